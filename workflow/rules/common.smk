# Every helper of the rules. The configuration is completed and checked here, before any job exists.
import pathlib
import re
import sys
from collections import Counter
from functools import cache
from types import SimpleNamespace

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# this copy of the repository, wherever Snakemake was started and whoever uses it as a module
ROOT = pathlib.Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1].resolve()
SOURCE = str(ROOT / "src")
sys.path.insert(0, SOURCE)

from glassmap.errors import ConfigurationError
from glassmap.io.sample_patterns import find_sample_files, in_state, is_array, match_files, split_archive
from glassmap.learning.names import D_MPNN, DENSITY_CNN
from glassmap.variants import Case
from glassmap.workflow import machine
from glassmap.workflow.code_dependencies import code_fingerprint, export_source
from glassmap.workflow.config import check_machine, load_schema, resolve_over
from glassmap.workflow.own_files import arrays_of_states, left_out
from glassmap.workflow.paths import Paths
from glassmap.workflow.predictors import GRAPH_NETWORK, array_of
from glassmap.workflow.progress import follow
from glassmap.workflow.resources import (
    attempts,
    job_resources,
    light,
    memory,
    molecular_dynamics,
    runtime,
    threads,
)
from glassmap.workflow.results_summary import what_to_open
from glassmap.workflow.study_files import name_foreign_target, read_command_line, repeated_keys
from glassmap.workflow.study import NO_ENSEMBLE, PURPOSES, StudyPlan, select_keys

export_source(SOURCE)

SCHEMA = str(ROOT / "workflow/schemas/config.schema.yaml")
ENVIRONMENT = str(ROOT / "envs/environment.yaml")


def in_repository(path):
    """A file of this repository; by its relative path where that is the working directory, so that both may move."""
    return path if ROOT == pathlib.Path.cwd() else str(ROOT / path)


REFERENCE = in_repository("resources/paper_values.csv")


class Refusal(WorkflowError):
    """Its lines are the last on the screen: without a traceback Snakemake names no file of ours below them."""

    __traceback__ = None


def complete_configuration(given):
    """The configuration with its defaults; problems end Snakemake with one line each."""
    try:
        if workflow.is_main_process and (
            twice := [line for path in workflow.configfiles for line in repeated_keys(path)]
        ):
            raise ConfigurationError(twice)
        given = read_command_line(given, workflow.config_settings.config)
        # as a module of another workflow it is given a study alone; else it has been laid over the same file before
        complete = resolve_over(ROOT / "config/config.yaml", given, load_schema(SCHEMA))
        if workflow.is_main_process:
            logger.addFilter(name_foreign_target(complete["study"], in_repository("config")))
            # with a cluster's --jobs the GPU is that of the node, not of the login node
            check_machine(complete, local=workflow.resource_settings.nodes is None)
            root = pathlib.Path(Paths(complete["study"]).root)
            for line in machine.check(complete, root, workflow.output_settings.dryrun):
                logger.warning(line)
    except ConfigurationError as error:
        raise Refusal("The configuration is refused:\n" + "\n".join(error.problems)) from None
    return complete


config = complete_configuration(config)
PLAN = StudyPlan(config, load_schema(SCHEMA))
PATHS = Paths(config["study"], unrelated_states=PLAN.by_state)
# the two states that the networks tell apart, and the one whose motion is measured
PHASES, GLASS = PLAN.phases, PLAN.phases[1]
SYSTEMS, SEEDS, PARTS = PLAN.systems, config["classifier"]["seeds"], PLAN.parts
BATCHES, INHERENT_BATCHES = PLAN.batches, PLAN.inherent_batches
CASES, ENSEMBLES = list(PLAN.settings), PLAN.ensembles
MAPS, BARE_MAPS = PLAN.maps, PLAN.bare_maps
SHUFFLED, NULL_NETWORKS = PLAN.shuffled, PLAN.null_networks
FROM_FILES, WITH_TRANSITION = PLAN.from_files, PLAN.with_transition
WITH_DYNAMICS = "dynamics" in PARTS
# configurations of users or of swap Monte Carlo as they are: those of the study, or what is minimised for it
AS_READ = PATHS.as_read if PLAN.uses_inherent_structures(CASES[0]) else PATHS.configurations
OWN_DYNAMICS = PLAN.own_dynamics
TABLES, FIGURES, FIGURE_KINDS = PLAN.tables, PLAN.figures, ["pdf", "png"]
# with --jobs, jobs run on the nodes of a cluster
ON_CLUSTER = workflow.resource_settings.nodes is not None
GPUS = 0 if config["classifier"]["device"] == "cpu" else 1
NOTHING = "(?!)"  # what matches no name
# files of the networks that predictors need: model, whether it failed, and whom it has learned from
OF_DENSITY_NETWORK = {"models": "model.pt", "histories": "history.csv"}
OF_GRAPH_NETWORK = {
    "graph_models": "model.pt",
    "graph_histories": "history.csv",
    "graph_predictions": "predictions.csv",
}


wildcard_constraints:
    # empty in the study; a variant only before the systems that it changes
    variant="|".join(f"{re.escape(case.wildcards['variant'])}(?={re.escape(case.system)}/)" for case in CASES),
    system="|".join(map(re.escape, SYSTEMS)),
    phase="|".join(PLAN.states),
    seed="|".join(map(str, PLAN.all_seeds)),
    batch=r"\d+",
    chain=r"\d+",
    map="|".join([*MAPS, *BARE_MAPS]),
    ensemble="|".join(sorted({re.escape(name) for names in ENSEMBLES.values() for name in names}))
    or NO_ENSEMBLE,
    model="|".join(config["glassmlp"]["models"]),
    dataset="|".join(map(re.escape, PLAN.datasets)) or NOTHING,
    network="|".join(PLAN.all_pair_networks) or NOTHING,
    fold=r"\d+",


# of systems that models learn from, and of those that the models of others predict
LEARNED_FROM = "|".join(re.escape(name) for name in SYSTEMS if name not in PLAN.transfer) or NOTHING
MEASURED = PLAN.systems_with_runs
TRANSFERRED = "|".join(re.escape(name) for name in PLAN.transfer if name in MEASURED) or NOTHING
PREDICTED_ALONE = {name: source for name, source in PLAN.transfer.items() if name not in MEASURED}
WITHOUT_RUNS = "|".join(map(re.escape, PREDICTED_ALONE)) or NOTHING


def case_of(wildcards):
    """The case that a job is about."""
    return Case.of_wildcards(getattr(wildcards, "variant", ""), wildcards.system)


def by_case(function):
    """A function of a case as one of the wildcards."""
    return lambda wildcards: function(case_of(wildcards))


@cache
def rule_resources(case):
    """What every rule needs for a case."""
    of = PLAN.settings[case]
    return {**job_resources(of), **molecular_dynamics(of), "light": light(of)}


def resources_for(rule, wildcards):
    """What a job needs; one of the whole study that of the study's systems."""
    case = case_of(wildcards) if hasattr(wildcards, "system") else CASES[0]
    return rule_resources(case)[rule]


def memory_of(rule):
    """Megabytes of a job of a rule; what died of too little is tried again with more."""
    return lambda wildcards, attempt: min(attempt, 3) * memory(resources_for(rule, wildcards), gpu=GPUS > 0)


def runtime_of(rule):
    """Minutes of a job of a rule; molecular dynamics goes on in the next attempt, all else is tried with more."""
    if molecular_dynamics(config).get(rule):
        return lambda wildcards: min(config["cluster"]["job_time"], runtime(resources_for(rule, wildcards)))
    return lambda wildcards, attempt: attempt * runtime(resources_for(rule, wildcards), gpu=GPUS > 0)


def continuations(rule):
    """Attempts of a rule of molecular dynamics on a cluster, as its length takes, and three for failures."""
    if not (ON_CLUSTER and workflow.is_main_process):  # a job itself does not begin again
        return 0
    most = max(attempts(rule_resources(case)[rule], config["cluster"]) for case in CASES)
    return 3 + most


def show_progress():
    """What is not computed, then one line per stage on the terminal, and a table in a file."""
    if missing := left_out(config):
        print(f"not computed: {missing}", file=sys.stderr, flush=True)
    planned = Counter(job.rule.name for job in workflow.dag.needrun_jobs() if job.output)
    follow(logger, planned, pathlib.Path(PATHS.status), workflow.output_settings.verbose)


def say_what_to_open():
    """The last lines of a run that ended well."""
    print("", *what_to_open(PATHS, SYSTEMS), sep="\n", file=sys.stderr, flush=True)


def forget_kept_results():
    """All jobs have ended under Snakemake's eyes: no result needs the second name that outlives a killed Snakemake."""
    from glassmap.simulation.checkpoints import forget_results  # heavy

    forget_results(PATHS.scratch)


def code(script, module=None):
    """Changes with what a script does, directly or by modules of glassmap, and not with its wording."""
    return code_fingerprint(ROOT / "workflow/scripts" / f"{script}.py", module)


def made_by(script, function):
    """Parameters of a rule whose script calls a function of `glassmap.papers`."""
    return {"function": function, "code": code(script, f"papers.{function.rpartition('.')[0]}")}


def select(section, *keys):
    """Some keys of a section of the configuration."""
    return select_keys(config[section], *keys)


def of_classifier(key):
    """A key of the section classifier, of the study or the variant that a job is about."""
    return lambda wildcards: PLAN.settings[case_of(wildcards)]["classifier"][key]


def of_samples(pattern, owner=PLAN.configurations_source):
    """The file of the samples, of the case that a job is about or of the one whose samples it takes."""
    return lambda wildcards: pattern.format(**{**wildcards, **owner(case_of(wildcards)).wildcards})


def of_both_phases(pattern, owner=PLAN.configurations_source):
    """As `of_samples`, of both phases."""
    return lambda wildcards: [
        pattern.format(**owner(case_of(wildcards)).wildcards, phase=phase) for phase in PHASES
    ]


def crystals_of(systems):
    """Which samples are crystals, for every system and phase, in this order; of replicas one file for both phases."""
    return [PATHS.crystals.format(system=system, phase=phase) for system in systems for phase in PHASES]


def of_cases(pattern):
    """A pattern of a case's file, for the study and all its variants."""
    return [pattern.format(**case.wildcards) for case in CASES]


def snapshots(case):
    """Files of the replicas that the configurations of a case are taken from."""
    if PLAN.uses_inherent_structures(case):
        return expand(PATHS.of_case.minimised, **case.wildcards, batch=BATCHES)
    return expand(PATHS.of_case.batch, **PLAN.cooling_source(case).wildcards, batch=BATCHES)


def transfer_files(system):
    """Files of replicas that were cooled otherwise, which the networks of a reading judge without more training."""
    return match_files(config["readings"]["transfer"].get(system, ""))


def sample_files(kind):
    """Files of ``samples.files`` of a system: its snapshots or inherent_energies."""
    return lambda wildcards: find_sample_files(config["samples"], wildcards.system, kind)


def users_files(pattern):
    """The user's files that a pattern matches; of members of archives the archives."""
    files = match_files(pattern)
    return [path if split_archive(path) is None else split_archive(path)[0] for path in files]


def trajectory_files(wildcards):
    """The user's files of a state of a system."""
    return users_files(config["samples"]["files"][wildcards.system]["states"][wildcards.phase])


def files_of_runs(wildcards):
    """The user's files with the runs from the structures of a state: those of the structures, or one for each time."""
    options = config["samples"]["files"][wildcards.system]
    patterns = [in_state(pattern, wildcards.phase) for pattern in options["runs"]["files"]]
    return [
        path for pattern in patterns or [options["states"][wildcards.phase]] for path in users_files(pattern)
    ]


def explained(wildcards):
    """What a block of ``explain`` says."""
    return config["explain"][wildcards.explanation]


def of_explaining_networks(file):
    """A file of every network of the system that new configurations belong to."""
    return lambda wildcards: expand(PATHS.classifier(file), system=explained(wildcards)["system"], seed=SEEDS)


def by_explained_system(function):
    """As `by_case`, of the system that new configurations belong to."""
    return lambda wildcards: function(Case(explained(wildcards)["system"]))


def file_options(wildcards):
    """How the user's files of a system are read; dynamics and runs are read by rules of their own."""
    options = config["samples"]["files"][wildcards.system]
    return {key: value for key, value in options.items() if key not in ("dynamics", "runs")}


def dynamics_arrays(wildcards):
    """Arrays of the user's own dynamics of a state, by name; those that are columns of the files have none."""
    options = config["samples"]["files"][wildcards.system]
    by_name = {
        name: arrays_of_states(source, options, config)
        for name, source in options["dynamics"].items()
        if is_array(source)
    }
    return {
        name: by_state[wildcards.phase] for name, by_state in by_name.items() if wildcards.phase in by_state
    }


def glass_of_runs(wildcards):
    """The file with the configuration that the runs of an ensemble start from, never an inherent structure."""
    if PLAN.by_state:
        return AS_READ.format(system=wildcards.system, phase=GLASS)
    # the one batch of the cooling that holds it: more replicas rerun nothing here
    batch = ensemble(wildcards)["configuration"] // config["cooling"]["batch_size"]
    return PATHS.batch.format(system=wildcards.system, batch=batch)


def batch_replicas(wildcards):
    """First replica of a batch and the one after its last."""
    return PLAN.replica_range(int(wildcards.batch))


def inherent_replicas(wildcards):
    """First replica of a batch whose inherent structures are looked for, and the one after the last."""
    return PLAN.inherent_replica_range(int(wildcards.batch))


def batch_runs(wildcards):
    """First run of a batch and the one after its last."""
    return PLAN.run_range(int(wildcards.batch))


def ensemble(wildcards):
    """Temperature, configuration and number of runs of an isoconfigurational ensemble."""
    return ENSEMBLES[wildcards.system][wildcards.ensemble]


def batches_of(system, name):
    """Files of all runs of an ensemble."""
    return expand(PATHS.runs, system=system, ensemble=name, batch=PLAN.run_batches(system, name))


def runs_of(system):
    """Files of the runs of every ensemble of a system."""
    return [path for name in ENSEMBLES[system] for path in batches_of(system, name)]


def networks_of(case):
    """What is needed of the networks of a case to know their fields in the glass."""
    paths, samples = PATHS.of_case, PLAN.configurations_source(case).wildcards
    networks = {**case.wildcards, "seed": PLAN.seeds(case)}
    return {
        "crystals": paths.crystals.format(**samples, phase=GLASS),
        "indicators": paths.indicators.format(**samples, phase=GLASS),
        "gradcam": expand(paths.gradcam, **networks, phase=GLASS),
        "predictions": expand(paths.classifier("predictions.csv"), **networks),
        "history": expand(paths.classifier("history.csv"), **networks),
    }


def measured_lengths(*systems):
    """Files of the measured lengths of those systems that have no published ones."""
    return [PATHS.lengths.format(system=system) for system in PLAN.measured_lengths(*systems)]


def measured_lengths_of_system(wildcards):
    """As `measured_lengths`, of the system that a job is about."""
    return measured_lengths(wildcards.system)


def glass_controls(system):
    """What is needed of the null maps of a system to know their fields in the glass."""
    return {
        "crystals": PATHS.crystals.format(system=system, phase=GLASS),
        "indicators": PATHS.indicators.format(system=system, phase=GLASS),
        "controls": PATHS.controls.format(system=system, phase=GLASS),
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
    """As `of_networks`, of the case that a job is about."""
    return lambda wildcards: expand(pattern, seed=PLAN.seeds(case_of(wildcards)), **wildcards)


def of_systems(pattern):
    """A pattern of a system's file, for every system and phase."""
    return expand(pattern, system=SYSTEMS, phase=PHASES)


def further_tables():
    """The tables of the controls that the page of what the network adds shows if the study has them."""
    return {name: PATHS.table(name) for name in ("attributions", "layer_randomisation") if name in TABLES}


def of_all_networks(pattern):
    """A pattern of a network's file, for every system, phase and network, in this order."""
    return expand(pattern, system=SYSTEMS, phase=PHASES, seed=SEEDS)


def judged_networks():
    """What is needed to know what all networks say of which samples, for `attribution_comparison.networks_of`."""
    return {
        "configurations": of_systems(PATHS.configurations),
        "indicators": of_systems(PATHS.indicators),
        "crystals": crystals_of(SYSTEMS),
        "gradcam": of_all_networks(PATHS.gradcam),
        "predictions": expand(PATHS.classifier("predictions.csv"), system=SYSTEMS, seed=SEEDS),
        "history": expand(PATHS.classifier("history.csv"), system=SYSTEMS, seed=SEEDS),
    }


def exported():
    """The files of a state's samples with every field of their particles."""
    return [PATHS.export(kind) for kind in config["export"]["formats"]]


def exported_fields(wildcards):
    """What the study knows of the particles of a state, besides the indicators."""
    of_system = {"system": wildcards.system}
    known = {"measured_lengths": []}
    if PLAN.with_networks and wildcards.phase in PHASES:
        of_networks = {**of_system, "phase": wildcards.phase, "seed": SEEDS}
        known = {
            "crystals": PATHS.crystals.format(**of_system, phase=wildcards.phase),
            "gradcam": expand(PATHS.gradcam, **of_networks),
            "predictions": expand(PATHS.classifier("predictions.csv"), **of_networks),
            "history": expand(PATHS.classifier("history.csv"), **of_networks),
            "measured_lengths": measured_lengths(wildcards.system),
        }
        if config["controls"]["attributions"]:
            known["attributions"] = expand(PATHS.attributions, **of_networks)
    if wildcards.phase == GLASS and ENSEMBLES[wildcards.system]:
        known["propensity"] = expand(PATHS.propensity, **of_system, ensemble=ENSEMBLES[wildcards.system])
    return known


def of_predicted_states(pattern, systems=MEASURED):
    """A pattern of a file of a state, for every system and state whose dynamics are predicted, in this order."""
    return expand(pattern, system=systems, phase=PLAN.predicted_states, allow_missing=True)


def of_predictors(systems=MEASURED):
    """What every model predicts, by system, state and model."""
    return [
        path
        for pattern in of_predicted_states(PATHS.predictor, systems)
        for path in expand(pattern, model=config["glassmlp"]["models"])
    ]


def learned_by(wildcards):
    """A model that has learned from the system whose models predict for another."""
    return PATHS.fitted_model.format(**{**wildcards, "system": PLAN.transfer[wildcards.system]})


def of_jung2023():
    """What all tables and figures of the second paper take."""
    return {
        "systems": MEASURED,
        "states": PLAN.predicted_states,
        "temperatures": {system: config["systems"][system]["states"] for system in SYSTEMS},
        "sigma": {system: config["systems"][system]["sigma"] for system in SYSTEMS},
        "transfer": {name: source for name, source in PLAN.transfer.items() if name in MEASURED},
        **select("glassmlp", "models", "target", "species"),
        "bootstrap_samples": config["jung2023"]["bootstrap_samples"],
        "base_seed": config["seed"],
    }


# systems that models learn from come first: they choose lengths for the others
LEARNED_FROM_FIRST = sorted(MEASURED, key=PLAN.transfer.__contains__)
LEARNED_FROM_SYSTEMS = [name for name in SYSTEMS if name not in PLAN.transfer]


def compared_models_of_state(wildcards):
    """What each of the compared models predicts of a state; also the user's own values."""
    patterns = dict.fromkeys(PLAN.own_rows, PATHS.own_predictor) | {GRAPH_NETWORK: PATHS.graph_network}
    return [
        patterns.get(model, PATHS.predictor).format(
            system=wildcards.system, phase=wildcards.phase, model=model, own=model
        )
        for model in PLAN.compared_models
    ]


def of_compared_models():
    """The same of every system, state and model, in this order."""
    return [
        path
        for system in LEARNED_FROM_FIRST
        for state in PLAN.predicted_states
        for path in compared_models_of_state(SimpleNamespace(system=system, phase=state))
    ]


def class_networks(wildcards):
    """The networks that predictors of a state need, which were told which samples are liquid and which are glass."""
    if not of_class_networks(wildcards.system):
        return {}
    needed = {"configurations": PATHS.configurations}
    if DENSITY_CNN in PLAN.class_networks:
        needed |= {name: of_networks(PATHS.classifier(file)) for name, file in OF_DENSITY_NETWORK.items()}
    if D_MPNN in PLAN.class_networks:
        pattern = PATHS.of_dataset.swanson2020
        of_system = {"dataset": wildcards.system, "network": D_MPNN, "fold": PLAN.folds}
        needed |= {name: expand(pattern(file), **of_system) for name, file in OF_GRAPH_NETWORK.items()}
    return {name: expand(paths, **wildcards) for name, paths in needed.items()}


def of_class_networks(system):
    """How the networks of a system see samples, and what they are asked; nothing if none are needed."""
    if not PLAN.class_networks or system in PLAN.transfer:
        return {}
    return {
        "architecture": PLAN.architecture(CASES[0]),
        "density": config["density"],
        "attribution": select_keys(PLAN.attribution([]), "steps", "window", "stride"),
        **select("classifier", "initialization", "failed_below"),
    }


def training_of_class_networks(kind):
    """Benchmarks of the training of these networks of a system."""
    if kind == DENSITY_CNN:
        return [PATHS.benchmark("classifier", f"{{system}}-{seed}") for seed in SEEDS]
    return [PATHS.benchmark("network", f"{{system}}-{kind}-{fold}") for fold in PLAN.folds]


def own_predictor_files(wildcards):
    """The user's files with the values of a predictor."""
    block = PLAN.own_rows[wildcards.own]
    if "array" in block:
        return {"array": [array_of(block["array"], wildcards.system, wildcards.phase)]}
    return {
        "files": trajectory_files(wildcards),
        "configurations": AS_READ.format(system=wildcards.system, phase=wildcards.phase),
    }


def of_comparison():
    """What the comparison of all predictors takes."""
    return {
        **of_jung2023(),
        "systems": LEARNED_FROM_FIRST,
        "models": PLAN.compared_models,
        "told": PLAN.told,
        "training": {system: PLAN.training_structures(system) for system in SYSTEMS},
        "own_training": {name: block["training_structures"] for name, block in PLAN.own_rows.items()},
        "rows": PLAN.predictor_fields,
        "trained_on": PLAN.trained_on,
        **select("predictors", "lengths", "moved_maps"),
    }


def drawn(name):
    """The files of a figure."""
    return [PATHS.figure(name, kind) for kind in FIGURE_KINDS]


def pages():
    """Pages of the study other than the report."""
    return [
        *([PATHS.page("what_the_network_adds")] if "controls" in PARTS else []),
        *([PATHS.page("predictors")] if PLAN.compares_predictors else []),
    ]


def results():
    """Everything that a study is computed for."""
    return [
        *(expand(PATHS.configurations, system=SYSTEMS, phase=PLAN.states) if "samples" in PARTS else []),
        *(expand(PATHS.propensity, system=system, ensemble=names) for system, names in ENSEMBLES.items()),
        *(of_predicted_states(PATHS.propensities) if "dynamics" in PLAN.jung2023 else []),
        *([*of_predictors(), *of_predictors(PREDICTED_ALONE)] if "models" in PLAN.jung2023 else []),
        *(PATHS.table(name) for name in TABLES),
        *(PATHS.figure(name, kind) for name in FIGURES for kind in FIGURE_KINDS),
        *pages(),
        *(path for pattern in exported() for path in of_systems(pattern) if PLAN.with_networks),
    ]
