"""What a study of the second paper computes (``papers.jung2023``): its states and runs, and what is refused."""

import math
from collections.abc import Iterator, Mapping

from glassmap.errors import GlassmapError
from glassmap.io.plugins import make_object
from glassmap.io.splits import REPORTED_SPLIT, SPLITS, assign_splits
from glassmap.system import System
from glassmap.workflow.own_files import from_trajectories, has_potential, own_systems

# of each part of the paper
TABLES = {
    "dynamics": ("relaxation", "characteristic_temperatures"),
    "results": ("pearson", "chi4", "s4", "four_point", "g4"),
}
FIGURES = {
    "dynamics": ("relaxation",),
    "results": (
        "fig2a",
        "fig2b",
        "fig3a",
        "propensity_maps",
        "propensity_maps_by_mean",
        "fig3b",
        "four_point",
        "g4",
        "comparison",
    ),
}
# with jung2023.transfer, and with systems without runs
TRANSFER = "transfer"
WITHOUT_RUNS = {"tables": ("s4_without_runs", "four_point_without_runs"), "figures": ("s4_without_runs",)}
ALL_FIGURES = frozenset({TRANSFER, *WITHOUT_RUNS["figures"], *(name for names in FIGURES.values() for name in names)})
MODELS = ("glassmlp", "mlp_mae", "ridge")
REQUIRED = {"models": "dynamics", "results": "models"}
MOST_BATCHES, MOST_SEGMENTS, MOST_STEPS = 10_000, 10_000, 2**53


def only_named_papers(config: dict) -> dict:
    """A study that names other papers alone computes nothing of the first, whose parts are all there by default."""
    papers = config.get("papers")
    if isinstance(papers, dict) and {"jung2023", "swanson2020"} & papers.keys():
        papers.setdefault("oyama2023", [])
    return config


def states_of(config: Mapping) -> list[str]:
    """The states whose dynamics are predicted, from the hottest on; the same for every system."""
    known = next(iter(config["systems"].values()))["states"]
    asked = config["jung2023"]["states"] or known
    return [state for state in known if state in asked]


def runs_in_files(config: Mapping) -> bool:
    """Whether the runs from every structure are in the users' own files."""
    files = config["samples"]["files"]
    names = set(own_systems(config)).difference(config["jung2023"]["without_runs"])
    return bool(config["systems"]) and all("runs" in files.get(name, {}) for name in names or [""])


def run_time(config: Mapping, state: str) -> float:
    """Length of the runs of a state, tau."""
    section = config["isoconfigurational"]
    return section["run_times"].get(state, section["run_time"])


def systems_with_runs(config: Mapping) -> list[str]:
    """Systems whose dynamics runs measure: all but those whose dynamics are predicted alone."""
    return [name for name in config["systems"] if name not in config["jung2023"]["without_runs"]]


def number_of_structures(config: Mapping, system: str) -> int:
    """Structures of each state that runs start from: all, or the test structures of a system that is never learned."""
    replicas = config["cooling"]["replicas"]
    if system not in config["jung2023"]["transfer"]:
        return replicas
    return int((assign_splits(replicas, config["split"]) == REPORTED_SPLIT).sum())


def training_structures(config: Mapping, system: str) -> int:
    """Structures of each state of a system that models learn from; none of one that the models of another predict."""
    if system in config["jung2023"]["transfer"]:
        return 0
    return int((assign_splits(config["cooling"]["replicas"], config["split"]) == "train").sum())


def splits_of(config: Mapping, system: str) -> list[str]:
    """Splits whose structures runs start from."""
    return [REPORTED_SPLIT] if system in config["jung2023"]["transfer"] else list(SPLITS)


def batches(config: Mapping, system: str) -> range:
    """Batches of the structures of each state."""
    return range(math.ceil(number_of_structures(config, system) / config["isoconfigurational"]["batch_size"]))


def structure_range(config: Mapping, system: str, batch: int) -> list[int]:
    """First structure of a batch, and one past its last."""
    size = config["isoconfigurational"]["batch_size"]
    return [batch * size, min((batch + 1) * size, number_of_structures(config, system))]


def potential_problems(config: Mapping, name: str, block: Mapping) -> Iterator[str]:
    """Keys of the potential that the users' own files may leave out, but not with runs from them."""
    if config["papers"]["jung2023"] and from_trajectories(config, name) and not has_potential(block):
        yield f"systems.{name}.epsilon: missing, required with cutoff for the runs and energies of papers.jung2023"


def relations(config: Mapping) -> Iterator[str]:
    """Problems that involve several keys."""
    parts = config["papers"]["jung2023"]
    if not any(config["papers"].values()) and not own_systems(config):
        yield "papers: got no part of any paper, must have one of oyama2023, jung2023 or swanson2020"
    if not (parts and config["systems"]):
        return
    for part, required in REQUIRED.items():
        if part in parts and required not in parts:
            yield f"papers.jung2023: got {', '.join(parts)}; {part} require {required}"
    if config["configurations"]["input"] != "thermal":
        yield (
            f"configurations.input: got {config['configurations']['input']}, must be thermal for papers.jung2023, "
            "which takes runs from thermal structures and descriptors from their inherent structures"
        )
    known = next(iter(config["systems"].values()))["states"]
    for key, names in (
        ("jung2023.states", config["jung2023"]["states"]),
        ("isoconfigurational.run_times", config["isoconfigurational"]["run_times"]),
    ):
        for name in names:
            if name not in known:
                yield f"{key}: got {name[:80]!r}, not a state of the systems; allowed: {', '.join(known)}"
    distances = config["glassmlp"]["distances"]
    if len(distances) == 1:
        yield f"glassmlp.distances: got {distances[0]:g} alone, must have none (those of the formula) or at least 2"
    for name, block in config["systems"].items():
        farthest = math.sqrt(block["dimension"]) * System.from_config(name, block).box_length / 2
        if distances and max(distances) > farthest:
            yield (
                f"glassmlp.distances: got {max(distances):g}, must be at most {farthest:.4g}, the largest distance of "
                f"two particles in the box of systems.{name}"
            )
    size = config["isoconfigurational"]["batch_size"]
    if config["cooling"]["replicas"] > MOST_BATCHES * size:
        yield (
            f"isoconfigurational.batch_size: got {size} for {config['cooling']['replicas']} structures, must be at "
            f"least {math.ceil(config['cooling']['replicas'] / MOST_BATCHES)}"
        )
    own = config["glassmlp"]["regressors"]
    for name in own:
        if name in MODELS:
            yield f"glassmlp.regressors: got {name}, the name of another model; must not be {', '.join(MODELS)}"
    for name in config["glassmlp"]["models"]:
        if name not in MODELS and name not in own:
            yield f"glassmlp.models: got {name}, allowed: {', '.join([*MODELS, *own])} (more in glassmlp.regressors)"
    if not runs_in_files(config):
        for state in states_of(config):
            yield from _schedule_relations(config, state)
    yield from _transfer_relations(config)


def regressor_problems(config: Mapping) -> Iterator[str]:
    """Regressors of the user's own that cannot be made here; they are imported, so that only the main process asks."""
    for name, block in config["glassmlp"]["regressors"].items():
        if not (config["papers"]["jung2023"] and name in config["glassmlp"]["models"]):
            continue
        try:
            made = make_object(block["make"], block["arguments"])
        except GlassmapError as error:
            yield f"glassmlp.regressors.{name}: {error}"
            continue
        if not all(callable(getattr(made, method, None)) for method in ("fit", "predict", "get_params")):
            yield f"glassmlp.regressors.{name}: got {block['make']}, must make a regressor of scikit-learn's kind"


def _transfer_relations(config: Mapping) -> Iterator[str]:
    """Problems of systems that the models of others predict."""
    systems, transfer = config["systems"], config["jung2023"]["transfer"]
    if transfer and "models" not in config["papers"]["jung2023"]:
        yield "jung2023.transfer: needs models in papers.jung2023"
    for name in config["jung2023"]["without_runs"]:
        if name not in transfer:
            allowed = ", ".join(transfer) or "none"
            yield f"jung2023.without_runs: got {name}, must be one of jung2023.transfer: {allowed}"
    for name, source in transfer.items():
        key = f"jung2023.transfer.{name}"
        if missing := [one for one in (name, source) if one not in systems]:
            yield f"{key}: got {source}; {missing[0]} must be one of the systems: {', '.join(systems)}"
            continue
        if source in transfer:
            learned = [one for one in systems if one not in transfer]
            yield f"{key}: got {source}, must be a system that models learn from: {', '.join(learned) or 'none'}"
            continue
        options = config["samples"]["files"].get(name, {}) if from_trajectories(config, name) else {}
        if options and options["replica"] != "frame" and (options["replica"], options["frames"]) != ("file", "last"):
            yield (
                f"samples.files.{name}.replica: got {options['replica']}, must be frame for {key}: runs start from the "
                "test samples, whose number is that of cooling.replicas"
            )
        ours, theirs = (systems[one] for one in (name, source))
        for what in ("dimension", "sigma"):
            if ours[what] != theirs[what]:
                yield f"{key}: got {source}, whose {what} must be that of {name}"
        half = min(System.from_config(one, systems[one]).box_length for one in (name, source)) / 2
        if config["glassmlp"]["cutoff"] > half:
            yield (
                f"glassmlp.cutoff: got {config['glassmlp']['cutoff']:g}, must be at most {half:.4g} for {key}, half of "
                "the smaller box, beyond which its particles have fewer neighbours than those of the larger one"
            )


def _relations_of_runs(config: Mapping, name: str) -> Iterator[str]:
    """Problems of the runs in the users' own files of a system."""
    key, files = f"samples.files.{name}", config["samples"]["files"]
    if name in config["jung2023"]["without_runs"]:
        return
    if "runs" not in files.get(name, {}):
        if with_runs := [one for one in own_systems(config) if "runs" in files[one]]:
            yield f"{key}.runs: missing, and {with_runs[0]} has them; must be there for all systems or for none"
        return
    times = files[name]["runs"]["times"]
    patterns = files[name]["runs"]["files"]
    if patterns and len(patterns) != len(times):
        yield f"{key}.runs.files: got {len(patterns)} patterns, must be one for each of the {len(times)} runs.times"
    if sorted(set(times)) != times:
        yield f"{key}.runs.times: got {', '.join(f'{time:g}' for time in times)[:80]}, must increase"
    if "dynamics" not in config["papers"]["jung2023"]:
        yield f"{key}.runs: are runs for papers.jung2023, which must have dynamics"


def system_relations(config: Mapping, name: str, block: Mapping) -> Iterator[str]:
    """Problems of one system."""
    if from_trajectories(config, name):
        yield from _relations_of_runs(config, name)
    species = config["glassmlp"]["species"]
    if config["papers"]["jung2023"] and species not in block["particles"]:
        yield f"glassmlp.species: got {species}, must be a species of systems.{name}: {', '.join(block['particles'])}"


def _schedule_relations(config: Mapping, state: str) -> Iterator[str]:
    section, longest = config["isoconfigurational"], run_time(config, state)
    key = f"isoconfigurational.{'run_times.' + state if state in section['run_times'] else 'run_time'}"
    time_step = section["time_step"]
    for name, times in (("first_frame", [section["first_frame"]]), ("extra_times", section["extra_times"])):
        for time in times:
            if not time_step <= time <= longest:
                yield (
                    f"isoconfigurational.{name}: got {time:g}, must lie between isoconfigurational.time_step "
                    f"({time_step:g}) and {key} ({longest:g})"
                )
    for name, time in ((key, longest), ("isoconfigurational.segment_time", section["segment_time"])):
        if not time_step <= time < time_step * MOST_STEPS:
            yield f"{name}: got {time:g}, must be at least isoconfigurational.time_step ({time_step:g})"
    if section["segment_time"] < longest / MOST_SEGMENTS:
        yield (
            f"isoconfigurational.segment_time: got {section['segment_time']:g}, must be at least "
            f"{longest / MOST_SEGMENTS:g} for at most {MOST_SEGMENTS} segments of {key} ({longest:g})"
        )
