# Every helper of the rules. The configuration is completed and checked here, before any job exists.
import os
import pathlib
import re
import sys
from functools import cache

from snakemake.exceptions import WorkflowError

# this copy of the repository, wherever Snakemake was started and whoever uses it as a module
ROOT = pathlib.Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1].resolve()
SOURCE = str(ROOT / "src")
sys.path.insert(0, SOURCE)

from glassmap.workflow.config import check_machine, load_schema, resolve_over, systems_of_variant, variants
from glassmap.simulation.cooling_protocol import cooling_of, rates_of_glasses
from glassmap.errors import ConfigurationError
from glassmap.workflow.code_dependencies import code_of, use_in_jobs
from glassmap.learning.null_maps import OF_NETWORKS, fields_of_study
from glassmap.workflow.resources import attempts, light, memory, molecular_dynamics, needs, runtime, threads
from glassmap.workflow.paths import PHASES, Paths
from glassmap.simulation.propensity_protocol import ensembles
from glassmap.io.sample_patterns import files_of, matching
from glassmap.variants import plain_system, variant_of, variant_system

use_in_jobs(SOURCE)

SCHEMA = str(ROOT / "workflow/schemas/config.schema.yaml")
ENVIRONMENT = str(ROOT / "envs/environment.yaml")
REFERENCE = str(ROOT / "resources/paper_values.csv")


def complete_configuration(given):
    """The configuration with its defaults; problems end Snakemake with one line each."""
    try:
        # as a module of another workflow it is given a study alone; else it has been laid over the same file before
        complete = resolve_over(ROOT / "config/config.yaml", given, load_schema(SCHEMA))
        if workflow.is_main_process:
            # with a cluster's --jobs the GPU is that of the node, not of the login node
            check_machine(complete, local=workflow.resource_settings.nodes is None)
    except ConfigurationError as error:
        raise WorkflowError("The configuration is refused:\n" + "\n".join(error.problems)) from None
    return complete


config = complete_configuration(config)
PATHS = Paths(config["study"])
SYSTEMS = list(config["systems"])
SEEDS = config["classifier"]["seeds"]
BATCHES = range(config["cooling"]["replicas"] // config["cooling"]["batch_size"])
# the configuration of each value of the wildcard {system}: of the study, and of every system that a variant changes
SETTINGS = dict.fromkeys(SYSTEMS, config) | {
    variant_system(name, system): variant
    for name, variant in variants(config, load_schema(SCHEMA)).items()
    for system in systems_of_variant(config, variant)
}
VARIANTS = list(SETTINGS)[len(SYSTEMS) :]
FROM_FILES = config["samples"]["source"] == "files"
PARTS = config["papers"]["oyama2023"]
# whether inherent structures are known at enough temperatures for T*
WITH_TRANSITION = "glass_transition" in PARTS and (
    not FROM_FILES or all("inherent_energies" in config["samples"]["files"][system] for system in SYSTEMS)
)
# the isoconfigurational ensembles of each system, by name
ENSEMBLES = {
    system: ensembles(config["propensity"], block["propensity"]["temperatures"])
    for system, block in config["systems"].items()
}
MAPS = {block["map"]["figure"]: system for system, block in config["systems"].items()}
BARE_MAPS = {block["map"]["bare_figure"]: system for system, block in config["systems"].items()}
# networks trained on shuffled labels
SHUFFLED = range(
    config["controls"]["shuffled_networks"] if "shuffled_labels" in config["controls"]["nulls"] else 0
)
# name and number of the networks that learned nothing of the phases
NULL_NETWORKS = [
    [null, draw]
    for null, draw in fields_of_study(config["controls"]["nulls"], config["controls"]["draws"], len(SHUFFLED))
    if null in OF_NETWORKS
]
# the batches that hold the replicas whose inherent structures are looked for
INHERENT_BATCHES = range(-(-config["inherent_structures"]["replicas"] // config["cooling"]["batch_size"]))
TABLES = {
    "networks": ["table2", "table_s1", "ensemble"],
    "dynamics": ["table3", "table4", "table5", "dynamics"],
    "controls": ["controls", "reproduction"],
}
TABLES = [name for part, names in TABLES.items() if part in PARTS for name in names]
FIGURES = {
    "samples": ["fig_s7"],
    "networks": ["fig6"],
    "dynamics": [*MAPS, "fig3", "fig4", "fig5", "fig7", "fig8", "fig_s3", *BARE_MAPS],
    "controls": ["what_the_network_adds"],
}
FIGURES = [name for part, names in FIGURES.items() if part in PARTS for name in names]
if WITH_TRANSITION:
    TABLES, FIGURES = [*TABLES, "glass_transition"], [*FIGURES, "fig_s6"]
if config["controls"]["attributions"]:
    TABLES += ["attributions"]
if config["controls"]["layer_randomisations"] > 0:
    TABLES += ["layer_randomisation"]
    FIGURES += ["layer_randomisation"]
if VARIANTS:
    TABLES, FIGURES = [*TABLES, "sensitivity"], [*FIGURES, "sensitivity"]
FIGURE_KINDS = ["pdf", "png"]
NO_ENSEMBLE = "none"
# with --jobs, jobs run on the nodes of a cluster
ON_CLUSTER = workflow.resource_settings.nodes is not None
GPUS = 0 if config["classifier"]["device"] == "cpu" else 1
# category of the report for what stands beside the papers' numbers; its tables and figures are subcategories
CONTROLS = "What the network adds"


wildcard_constraints:
    system="|".join(map(re.escape, SETTINGS)),
    phase="|".join(PHASES),
    seed="|".join(
        map(
            str,
            sorted({*SHUFFLED, *(seed for one in SETTINGS.values() for seed in one["classifier"]["seeds"])}),
        )
    ),
    batch=r"\d+",
    map="|".join([*MAPS, *BARE_MAPS]),
    ensemble="|".join(
        re.escape(name) for name in sorted({name for names in ENSEMBLES.values() for name in names})
    )
    or NO_ENSEMBLE,


@cache
def needs_of(system):
    """What every rule needs for a value of the wildcard {system}; rules of the whole study are given that of the study."""
    of = settings(system)
    return {**needs(of), **molecular_dynamics(of), "light": light(of)}


def need(rule, wildcards):
    """What a job needs."""
    return needs_of(getattr(wildcards, "system", SYSTEMS[0]))[rule]


def memory_of(rule):
    """Megabytes of a job of a rule; what died of too little is tried again with more."""
    return lambda wildcards, attempt: min(attempt, 3) * memory(need(rule, wildcards), gpu=GPUS > 0)


def runtime_of(rule):
    """Minutes of a job of a rule; molecular dynamics goes on in the next attempt, all else is tried with more."""
    if molecular_dynamics(config).get(rule):
        return lambda wildcards: min(config["cluster"]["job_time"], runtime(need(rule, wildcards)))
    return lambda wildcards, attempt: attempt * runtime(need(rule, wildcards), gpu=GPUS > 0)


def continuations(rule):
    """Attempts of a rule of molecular dynamics on a cluster, as its length takes, and three for failures."""
    if not (ON_CLUSTER and workflow.is_main_process):  # a job itself does not begin again
        return 0
    most = max(attempts(needs_of(system)[rule], config["cluster"]) for system in SETTINGS)
    return 3 + most


def forget_kept_results():
    """All jobs have ended under Snakemake's eyes: no result needs the second name that outlives a killed Snakemake."""
    from glassmap.simulation.checkpoints import forget_results  # heavy

    forget_results(PATHS.scratch)


def code(script):
    """Changes with what a script does, directly or by modules of glassmap, and not with its wording."""
    return code_of(ROOT / "workflow/scripts" / f"{script}.py")


def settings(system):
    """The configuration that holds for a value of the wildcard {system}: the study's or a variant's."""
    return SETTINGS[system]


def block(system):
    """The parameters of the model that a value of the wildcard {system} stands for."""
    return settings(system)["systems"][plain_system(system)]


def seeds(system):
    """Seeds of the networks of a system."""
    return settings(system)["classifier"]["seeds"]


def model(system):
    """The parameters of a system that its molecular dynamics depends on."""
    keys = ["particles", "density", "sigma", "epsilon", "cutoff", "temperature_liquid", "temperature_glass"]
    return {key: block(system)[key] for key in keys}


def preparation(system):
    """The parameters of the cooling; neither the number of replicas nor that of a batch is among them."""
    return {
        key: value
        for key, value in cooling_of(settings(system), plain_system(system)).items()
        if key not in ("replicas", "batch_size")
    }


def shares_cooling(system):
    """Whether a system is cooled as in the study, so that a variant takes the study's replicas."""
    return settings(system)["cooling"] == config["cooling"]


def cooled(system):
    """The system whose cooled replicas a system takes: the study's, or its own in a variant with another cooling."""
    return plain_system(system) if shares_cooling(system) else system


def sampled(system):
    """The system whose configurations a system takes: the study's, or its own in a variant with other samples."""
    mine, own = settings(system), block(system)
    as_in_study = (
        shares_cooling(system)
        and mine["configurations"] == config["configurations"]
        and own == config["systems"][plain_system(system)]
    )
    return plain_system(system) if as_in_study else system


def gridded(system):
    """As `sampled`, of the density fields."""
    return sampled(system) if settings(system)["density"] == config["density"] else system


def of_samples(pattern, owner=sampled):
    """The file of the samples, of the system that a job is about or of the one whose samples it takes."""
    return lambda wildcards: pattern.format(**{**wildcards, "system": owner(wildcards.system)})


def of_both_phases(pattern, owner=sampled):
    """As `of_samples`, of both phases."""
    return lambda wildcards: expand(pattern, system=owner(wildcards.system), phase=PHASES)


def snapshots(system):
    """Files of the replicas that a system's configurations are taken from."""
    if settings(system)["configurations"]["input"] == "inherent_structures":
        return expand(PATHS.minimised, system=system, batch=BATCHES)
    return expand(PATHS.batch, system=cooled(system), batch=BATCHES)


def attribution_of_reading(system):
    """Attributions of a reading: Grad-CAM, and all that the study has where a centre of the readings is asked."""
    if variant_of(system) not in config["readings"]["centres"]:
        return {
            "methods": ["gradcam"],
            "steps": 1,
            "window": 1,
            "stride": 1,
        }  # of the others, which it does not use
    others = config["controls"]["attributions"]
    return attribution(["gradcam", *(method for method in others if method != "gradcam_liquid")])


def transfer_files(system):
    """Files of replicas that were cooled otherwise, which the networks of a reading judge without more training."""
    return matching(config["readings"]["transfer"].get(plain_system(system), ""))


def sample_files(kind):
    """Files of ``samples.files`` of a system: its snapshots or inherent_energies."""
    return lambda wildcards: files_of(config["samples"], wildcards.system, kind)


def batch_replicas(wildcards):
    """First replica of a batch and the one after its last."""
    size = config["cooling"]["batch_size"]
    return [int(wildcards.batch) * size, (int(wildcards.batch) + 1) * size]


def inherent_replicas(wildcards):
    """First replica of a batch whose inherent structures are looked for, and the one after the last."""
    start, stop = batch_replicas(wildcards)
    return [start, min(stop, config["inherent_structures"]["replicas"])]


def select(section, *keys):
    """Some keys of a section of the configuration."""
    return {key: config[section][key] for key in keys}


def select_from(block, *keys):
    """Some keys of a mapping."""
    return {key: block[key] for key in keys}


def batch_runs(wildcards):
    """First run of a batch and the one after its last."""
    size = config["propensity"]["batch_size"]
    return [int(wildcards.batch) * size, (int(wildcards.batch) + 1) * size]


def architecture(system=SYSTEMS[0]):
    """The keys that fix the shape of the networks of a system; all systems of the study have the same."""
    return {
        "grid": settings(system)["density"]["grid"],
        **select_from(settings(system)["classifier"], "channels", "kernel_size", "dense", "dropout"),
    }


def of_classifier(key):
    """A key of the section classifier, of the study or the variant that a job is about."""
    return lambda wildcards: settings(wildcards.system)["classifier"][key]


def attribution(methods):
    """What `glassmap.learning.attribution.attribute` is told of its methods."""
    controls = config["controls"]
    return {
        "methods": methods,
        "steps": controls["integrated_gradients_steps"],
        "window": controls["occlusion_window"],
        "stride": controls["occlusion_stride"],
    }


def lengths(purpose):
    """Coarse-graining length of each system, by protocol: of the correlations or of the maps."""
    return {
        system: {protocol: given[purpose] for protocol, given in block["coarse_graining"].items()}
        for system, block in config["systems"].items()
    }


def published_lengths(system):
    """Published coarse-graining lengths of a system, by protocol."""
    return config["systems"][system]["coarse_graining"]


def ensemble(wildcards):
    """Temperature, configuration and number of runs of an isoconfigurational ensemble."""
    return ENSEMBLES[wildcards.system][wildcards.ensemble]


def highest(system):
    """Names of the ensembles at the highest temperature of a system, one for each configuration."""
    if not ENSEMBLES[system]:
        return [NO_ENSEMBLE]  # of rules that nobody asks for in a study without dynamics
    top = max(config["systems"][system]["propensity"]["temperatures"])
    return [name for name, block in ENSEMBLES[system].items() if block["temperature"] == top]


def batches_of(system, name):
    """Files of all runs of an ensemble."""
    count = ENSEMBLES[system][name]["runs"] // config["propensity"]["batch_size"]
    return expand(PATHS.runs, system=system, ensemble=name, batch=range(count))


def runs_of(system):
    """Files of the runs of every ensemble of a system."""
    return [path for name in ENSEMBLES[system] for path in batches_of(system, name)]


def ensembles_of(system):
    """Configuration, temperature and number of files (batches) of every ensemble of a system."""
    return [
        [block["configuration"], block["temperature"], len(batches_of(system, name))]
        for name, block in ENSEMBLES[system].items()
    ]


def dynamics_lengths(system):
    """Published lengths of the correlations with the dynamics, by protocol."""
    return {
        protocol: select_from(given, "dynamics", "propensity")
        for protocol, given in published_lengths(system).items()
    }


def networks_of(system):
    """What is needed of the networks of a system to know their fields in the glass."""
    return {
        "crystals": PATHS.crystals.format(system=sampled(system)),
        "indicators": PATHS.indicators.format(system=sampled(system), phase="glass"),
        "gradcam": expand(PATHS.gradcam, system=system, phase="glass", seed=seeds(system)),
        "predictions": expand(PATHS.classifier("predictions.csv"), system=system, seed=seeds(system)),
        "history": expand(PATHS.classifier("history.csv"), system=system, seed=seeds(system)),
    }


def glass_controls(system):
    """What is needed of the null maps of a system to know their fields in the glass."""
    return {
        "crystals": PATHS.crystals.format(system=system),
        "indicators": PATHS.indicators.format(system=system, phase="glass"),
        "controls": PATHS.controls.format(system=system, phase="glass"),
    }


def of_null_networks(pattern, **values):
    """A pattern of a null network's file, for every phase and null network, in this order."""
    return [
        path
        for phase in PHASES
        for null, draw in NULL_NETWORKS
        for path in expand(pattern, phase=phase, null=null, draw=draw, allow_missing=True, **values)
    ]


def controls_of(pattern, **values):
    """A pattern of a file of the controls, for every system; nothing if the study has no null maps."""
    return expand(pattern, system=SYSTEMS, **values) if config["controls"]["nulls"] else []


def map_system(wildcards):
    """The system that a figure of maps shows."""
    return {**MAPS, **BARE_MAPS}[wildcards.map]


def of_networks(pattern, **values):
    """A pattern of a network's file, for every network of the ensemble."""
    return expand(pattern, seed=SEEDS, allow_missing=True, **values)


def of_own_networks(pattern):
    """As `of_networks`, of the system, in the study or a variant, that a job is about."""
    return lambda wildcards: expand(pattern, seed=seeds(wildcards.system), **wildcards)


def of_systems(pattern):
    """A pattern of a system's file, for every system and phase."""
    return expand(pattern, system=SYSTEMS, phase=PHASES)


def further_tables():
    """The tables of the controls that the page of what the network adds shows if the study has them."""
    return {name: PATHS.table(name) for name in ("attributions", "layer_randomisation") if name in TABLES}


def study_size():
    """What the page of what the network adds says of the study."""
    return {
        "protocol": config["protocol"],
        "replicas": config["cooling"]["replicas"],
        "test": config["split"]["test"],
        "networks": len(SEEDS),
        "configurations": len(config["propensity"]["configurations"]),
        "runs": config["propensity"]["runs_at_highest"],
        "cooling_rates": rates_of_glasses(config),
    }


def of_all_networks(pattern):
    """A pattern of a network's file, for every system, phase and network, in this order."""
    return expand(pattern, system=SYSTEMS, phase=PHASES, seed=SEEDS)


def judged_networks():
    """What is needed to know what all networks say of which samples, for `tables_attribution.networks_of`."""
    return {
        "configurations": of_systems(PATHS.configurations),
        "indicators": of_systems(PATHS.indicators),
        "crystals": expand(PATHS.crystals, system=SYSTEMS),
        "gradcam": of_all_networks(PATHS.gradcam),
        "predictions": expand(PATHS.classifier("predictions.csv"), system=SYSTEMS, seed=SEEDS),
        "history": expand(PATHS.classifier("history.csv"), system=SYSTEMS, seed=SEEDS),
    }


def drawn(name, shows, **said):
    """Files of a figure with what the report says of them, as `drawn_as`."""
    return [drawn_as(kind, name, shows, **said) for kind in FIGURE_KINDS]


def drawn_as(kind, name, shows, *, caption=None, category="Figures"):
    """A file of a figure with what the report says of it; ``shows`` is text or a function of the wildcards.

    Files with the same labels hide each other in the report, so each is told its kind.
    """

    def labels(wildcards):
        figure = name.format(**wildcards)
        return {"figure": figure, "shows": shows(wildcards) if callable(shows) else shows, "format": kind}

    return report(
        PATHS.figure(name, kind),
        caption=caption or f"../report/{name}.rst",
        category=category,
        subcategory="Figures" if category == CONTROLS else None,
        labels=labels,
    )


def results():
    """Everything that a study is computed for."""
    return [
        *(expand(PATHS.propensity, system=system, ensemble=names) for system, names in ENSEMBLES.items()),
        *(PATHS.table(name) for name in TABLES),
        *(PATHS.figure(name, kind) for name in FIGURES for kind in FIGURE_KINDS),
        *([PATHS.page("what_the_network_adds")] if "controls" in PARTS else []),
    ]
