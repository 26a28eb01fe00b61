"""What a study of the third paper computes (``papers.swanson2020``): its sets and networks, and what is refused."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from glassmap.io.sample_patterns import find_sample_files
from glassmap.learning.names import D_MPNN, IMAGE_CNN
from glassmap.simulation.cooling_protocol import CoolingProtocol, cooling_of
from glassmap.workflow.own_files import from_trajectories, one_replica_each
from glassmap.workflow.swap_source import from_swap

SPARE = 4  # particles that a window which is cut out holds beyond its neighbours, on average
# of each part of the paper
TABLES = {
    "samples": (),
    "networks": ("auc", "auc_matrix", "architectures"),
    "attention": ("attention", "artificial"),
    "cost": ("training_cost",),
}
FIGURES = {
    "samples": ("sets",),
    "networks": ("auc", "auc_matrix"),
    "attention": ("artificial",),
    "cost": ("training_cost",),
}
# figures of one of the networks, and of a cooling
OF_NETWORK = {D_MPNN: "attention_maps", IMAGE_CNN: "feature_maps"}
MEASURES = "graph_measures"
ALL_FIGURES = frozenset({MEASURES, *OF_NETWORK.values(), *(name for names in FIGURES.values() for name in names)})
EQUAL_ENERGY, VARIANTS, SEARCH = "equal_energy", "graph_variants", "search"  # tables of some studies
# the three sets of hyperparameters of Fig. 8, the smallest and the largest of the authors' search and one between
COST_MODELS = {
    "I": {"neighbours": 1, "hidden": 300, "steps": 2, "layers": 1, "dropout": 0.5, "batch_size": 5},
    "II": {"neighbours": 3, "hidden": 1000, "steps": 4, "layers": 2, "dropout": 0.5, "batch_size": 5},
    "III": {"neighbours": 5, "hidden": 2400, "steps": 6, "layers": 3, "dropout": 0.5, "batch_size": 5},
}
REQUIRED = {"attention": "networks", "cost": "networks"}
SET = "set"  # names of sets: with a number
MODEL = ("dimension", "particles", "density", "sigma", "epsilon", "cutoff", "potential")
PUBLISHED_MIXTURE = {  # of Kob and Andersen in two dimensions
    "share": 0.65, "sigma": {"AA": 1.0, "AB": 0.8, "BB": 0.88}, "epsilon": {"AA": 1.0, "AB": 1.5, "BB": 0.5},
}  # fmt: skip
INTEGERS = ("hidden", "steps", "layers", "neighbours", "batch_size")
OF_GRAPH, OF_IMAGE = ("hidden", "steps", "layers", "neighbours", "window", "dropout"), ("batch_size", "dropout")


@dataclass(frozen=True)
class Origin:
    """Where a state of a set comes from.

    Attributes
    ----------
    system : str
    temperature : float or None
        epsilon*; None where the energy of the fast glass decides.
    """

    system: str
    temperature: float | None


def section(config: Mapping) -> Mapping:
    """The section of the paper."""
    return config["swanson2020"]


def sets(config: Mapping) -> dict[str, tuple[Origin, Origin]]:
    """Liquid and glass of each set, by name; none in a study whose systems are the pairs."""
    options, (slow, fast) = section(config), cooled(config)
    if slow is None:
        return {}
    cold = config["classifier"]["states"][1]
    glass = {name: Origin(name, config["systems"][name]["states"][cold]) for name in (slow, fast) if name}
    pairs = [(Origin(slow, value), glass[slow]) for value in options["liquid_temperatures"]]
    if fast:
        pairs.append((Origin(slow, None), glass[fast]))
    return {f"{SET}{number}": pair for number, pair in enumerate(pairs, start=1)}


def cooled(config: Mapping) -> tuple[str | None, str | None]:
    """The slow and the fast system, if the study has them."""
    return section(config).get("slow"), section(config).get("fast")


def is_published_mixture(config: Mapping) -> bool:
    """Whether the slow system is the paper's mixture, so that the published numbers of its sets are of the same."""
    slow, _ = cooled(config)
    block = config["systems"].get(slow, {})
    particles = block.get("particles", {})
    return (
        set(particles) == {"A", "B"}
        and abs(particles["A"] / sum(particles.values()) - PUBLISHED_MIXTURE["share"]) < 0.01
        and all(block.get(key) == PUBLISHED_MIXTURE[key] for key in ("sigma", "epsilon"))
    )


def set_of_equal_energy(config: Mapping) -> str | None:
    """Name of the set whose liquid has the energy of its glass, if there is one."""
    return next((name for name, (liquid, _) in sets(config).items() if liquid.temperature is None), None)


def datasets(config: Mapping) -> list[str]:
    """Pairs of liquids and glasses that networks are trained on: sets, or the systems themselves."""
    if not config["papers"]["swanson2020"]:
        return []
    return list(sets(config)) or list(config["systems"])


def networks(config: Mapping, dataset: str) -> list[str]:
    """Names of the networks of a set: ``image_cnn``, ``d_mpnn``, and variants such as ``d_mpnn-absolute``."""
    options = section(config)
    varied = dataset in (options["variant_sets"] or datasets(config))
    return [*options["networks"], *(f"{D_MPNN}-{name}" for name in options["variants"] if varied)]


def all_networks(config: Mapping) -> list[str]:
    """Names of the networks of all sets."""
    return list(dict.fromkeys(name for dataset in datasets(config) for name in networks(config, dataset)))


def network_options(config: Mapping, network: str) -> dict:
    """Shape, sampling and training of a network."""
    options = section(config)
    kind, _, variant = network.partition("-")
    if kind == IMAGE_CNN:
        return dict(options["image"])
    return {**options["graph"], **(options["variants"][variant] if variant else {})}


def search_ranges(config: Mapping, network: str) -> dict[str, list]:
    """Lowest and highest value and step of each hyperparameter that is searched for a network; none for variants."""
    options = section(config)["search"]
    if not options["trials"] or "-" in network:
        return {}
    names = OF_IMAGE if network == IMAGE_CNN else OF_GRAPH
    return {name: [int(value) if name in INTEGERS else value for value in options[name]] for name in names}


def measured_systems(config: Mapping) -> list[str]:
    """Systems that were cooled through many temperatures, on whose graphs is counted."""
    if "attention" not in config["papers"]["swanson2020"] or from_swap(config):
        return []
    names = list(filter(None, cooled(config))) or list(config["systems"])
    return [name for name in names if not from_trajectories(config, name)]


def timed_networks(config: Mapping) -> list[list]:
    """Kind, name and options of the networks whose training is timed, graph classifiers for every size of windows."""
    options, timed = section(config), []
    for kind in options["networks"]:
        if kind == IMAGE_CNN:
            timed.append([kind, "own", dict(options["image"])])
            continue
        for model in options["cost"]["models"]:
            of_model = {**options["graph"], **COST_MODELS.get(model, {})}
            timed += ([kind, model, {**of_model, "window": window}] for window in options["window_sizes"])
    return timed


def tables(config: Mapping) -> list[str]:
    """Names of the tables of the paper."""
    parts, options = config["papers"]["swanson2020"], section(config)
    return [
        *(name for part in parts for name in TABLES[part]),
        *([MEASURES] if measured_systems(config) else []),
        *([EQUAL_ENERGY] if parts and options.get("fast") else []),
        *([VARIANTS] if "networks" in parts and options["variants"] else []),
        *([SEARCH] if "networks" in parts and options["search"]["trials"] else []),
    ]


def figures(config: Mapping) -> list[str]:
    """Names of the figures of the paper."""
    parts = config["papers"]["swanson2020"]
    return [
        *(name for part in parts for name in FIGURES[part]),
        *(OF_NETWORK[network] for network in section(config)["networks"] if "attention" in parts),
        *([MEASURES] if measured_systems(config) else []),
    ]


def relations(config: Mapping) -> Iterator[str]:
    """Problems that involve several keys."""
    parts, options = config["papers"]["swanson2020"], section(config)
    if not (parts and config["systems"]):
        return
    for part, required in REQUIRED.items():
        if part in parts and required not in parts:
            yield f"papers.swanson2020: got {', '.join(parts)}; {part} requires {required}"
    if "samples" in parts and not options.get("slow"):
        yield "papers.swanson2020: got samples, which needs swanson2020.slow"
    if not one_replica_each(config):
        yield (
            "samples.files: got several samples of a replica (frames and replica), must be one each for "
            "papers.swanson2020, whose folds are of samples: frames: last, or replica: frame of independent frames"
        )
    problems = list(_set_relations(config))
    yield from problems
    if problems:
        return
    replicas = config["cooling"]["replicas"]
    if 2 * options["folds"] > replicas:
        yield (
            f"swanson2020.folds: got {options['folds']} for {replicas} replicas, must be at most {replicas // 2}: each "
            "fold holds out replicas for validation and for the test"
        )
    known = datasets(config)
    for name in options["variant_sets"]:
        if name not in known:
            yield f"swanson2020.variant_sets: got {name}, allowed: {', '.join(known)}"
    if options["variants"] and D_MPNN not in options["networks"]:
        yield "swanson2020.variants: are of d_mpnn, which swanson2020.networks must have"
    for name, changes in options["variants"].items():
        if all(options["graph"][key] == value for key, value in changes.items()):
            yield f"swanson2020.variants.{name}: changes nothing of swanson2020.graph, must differ in at least one key"
    yield from _picture_relations(config)
    yield from _graph_relations(config)
    yield from _search_relations(config)


def temperatures_of_sets(config: Mapping, system: str) -> list[float]:
    """Temperatures of a system that may become the liquid of a set: all that are saved, if an energy decides."""
    if not (config["papers"]["swanson2020"] and system == cooled(config)[0]):
        return []
    if set_of_equal_energy(config):
        return list(CoolingProtocol.from_config(cooling_of(config, system)).temperatures())
    return list(section(config)["liquid_temperatures"])


def file_temperatures(config: Mapping, system: str) -> list[float]:
    """Temperatures beside those of its states that snapshots in files of a system must have."""
    used = config["papers"]["swanson2020"] and system == cooled(config)[0]
    return list(section(config)["liquid_temperatures"]) if used else []


def problems_of_energies(config: Mapping) -> Iterator[str]:
    """A fast glass that the cooling curve does not reach, where both are in files; else the job finds out."""
    slow, fast = cooled(config)
    if not (config["papers"]["swanson2020"] and fast and config["samples"]["source"] == "files"):
        return
    from glassmap.io.datasets import read_dataset  # heavy
    from glassmap.io.schema import INHERENT_ENERGIES

    means = {}
    for name in (slow, fast):
        files = find_sample_files(config["samples"], name, "inherent_energies")
        found = [read_dataset(path, INHERENT_ENERGIES)["inherent_energy"] for path in files]
        sums = sum(one.sum("replica") for one in found)
        means[name] = sums / sum(one.sizes["replica"] for one in found)
    cold = {name: config["systems"][name]["states"][config["classifier"]["states"][1]] for name in means}
    glass = float(means[fast].sel(temperature=cold[fast], method="nearest"))
    liquids = means[slow].where(means[slow]["temperature"] > cold[slow] + 1e-9, drop=True)
    low, high = float(liquids.min()), float(liquids.max())
    if not low <= glass <= high:
        yield (
            f"swanson2020.fast: the glass of {fast} has the inherent energy {glass:.5g}, must be among those of the "
            f"liquids of {slow}, {low:.5g} to {high:.5g}, for the last set"
        )


def _set_relations(config: Mapping) -> Iterator[str]:
    """Problems of the sets, or of the systems that are told apart."""
    options, systems = section(config), config["systems"]
    slow, fast = cooled(config)
    if fast and not slow:
        yield f"swanson2020.fast: got {fast} without swanson2020.slow"
    for key, name in (("slow", slow), ("fast", fast)):
        if name and name not in systems:
            yield f"swanson2020.{key}: got {name}, must be one of the systems: {', '.join(systems)}"
            return
    if not slow:
        first, block = next(iter(systems.items()))
        for name, other in systems.items():
            if (other["dimension"], len(other["particles"])) != (block["dimension"], len(block["particles"])):
                yield (
                    f"systems.{name}: has other dimensions or species than {first}; networks of papers.swanson2020 are "
                    "tested on all systems, which must have the same number of both"
                )
        return
    if slow == fast:
        yield f"swanson2020.fast: got {fast}, must not be swanson2020.slow"
        return
    if taken := [name for name in systems if re.fullmatch(rf"{SET}\d+", name)]:
        yield f"systems: got the name {taken[0]}, that of a set of swanson2020.slow; must be another"
    for name in filter(None, cooled(config)):
        if from_trajectories(config, name) or from_swap(config):
            yield f"swanson2020.slow: takes liquids and glasses from a cooling, and the samples of {name} have none"
            return
    if fast:
        for key in MODEL:
            if systems[slow].get(key) != systems[fast].get(key):
                yield (
                    f"swanson2020.fast: got {fast}, whose {key} must be that of {slow}: liquid and glass of a set have "
                    "a common potential"
                )
    if fast and config["samples"]["source"] == "files" and config["configurations"]["input"] == "inherent_structures":
        yield (
            "configurations.input: got inherent_structures, must be thermal for the set of swanson2020.fast with "
            "samples from files, whose temperatures are not known beforehand"
        )
    if fast and config["samples"]["source"] == "files":
        for name in (slow, fast):
            if "inherent_energies" not in config["samples"]["files"].get(name, {}):
                yield f"samples.files.{name}.inherent_energies: missing, required for the set of swanson2020.fast"
    minimised, replicas = config["inherent_structures"]["replicas"], config["cooling"]["replicas"]
    if minimised > replicas:
        yield f"inherent_structures.replicas: got {minimised}, must be at most cooling.replicas ({replicas})"
    saved = CoolingProtocol.from_config(cooling_of(config, slow)).temperatures()
    if config["samples"]["source"] == "files":
        return  # the job says which temperatures the files have
    cold = systems[slow]["states"][config["classifier"]["states"][1]]
    for temperature in options["liquid_temperatures"]:
        if temperature not in saved or temperature <= cold:
            some = ", ".join(f"{value:g}" for value in saved if value > cold)
            yield (
                f"swanson2020.liquid_temperatures: got {temperature:g}, must be a temperature above the glass at which "
                f"the cooling of {slow} saves its positions ({some})"
            )


def _picture_relations(config: Mapping) -> Iterator[str]:
    """Problems of the pictures."""
    options, image = section(config), section(config)["image"]
    if IMAGE_CNN not in options["networks"]:
        return
    for name, block in config["systems"].items():
        if block["dimension"] != 2:
            yield f"swanson2020.networks: got {IMAGE_CNN}, whose pictures are two-dimensional; {name} is not"
    kernels = image["kernel_sizes"]
    if len(kernels) != len(image["channels"]):
        yield (
            f"swanson2020.image.kernel_sizes: got {len(kernels)} for {len(image['channels'])} convolutions "
            "(swanson2020.image.channels), must be one for each"
        )
    smallest = 1 + sum(kernel - 1 for kernel in kernels)
    if image["size"] < smallest:
        yield f"swanson2020.image.size: got {image['size']}, must be at least {smallest} for convolutions unpadded"


def _graph_relations(config: Mapping) -> Iterator[str]:
    """Windows that hold too few particles."""
    options = section(config)
    names = list(filter(None, cooled(config))) or list(config["systems"])
    smallest = min(names, key=lambda name: sum(config["systems"][name]["particles"].values()))
    block = config["systems"][smallest]
    number = sum(block["particles"].values())

    def problem(key: str, window: float, graph: Mapping) -> Iterator[str]:
        held, neighbours = number * window ** block["dimension"], graph["neighbours"]
        # the number varies from window to window, by 1.1 where it is 11; those cut out have no others to turn to
        spare = SPARE if window < 1 and graph["neighbours_of"] == "window" else 0
        if held <= neighbours + spare:
            yield (
                f"{key}: got {window:g}, a window that holds {held:.3g} of the {number} particles of {smallest}; must "
                f"hold more than the {neighbours:g} neighbours{f' and {spare} to spare' if spare else ''}"
            )

    if D_MPNN in options["networks"]:
        graph = options["graph"]
        yield from problem("swanson2020.graph.window", graph["window"], graph)
        for name, changes in options["variants"].items():
            varied = {**graph, **changes}
            key = f"swanson2020.variants.{name}"
            if any(varied[name] != graph[name] for name in ("window", "neighbours", "neighbours_of")):
                yield from problem(key, varied["window"], varied)
        if options["search"]["trials"]:
            ranges = options["search"]
            most = {**graph, "neighbours": ranges["neighbours"][1]}
            yield from problem("swanson2020.search.window", ranges["window"][0], most)
    if "cost" in config["papers"]["swanson2020"]:
        for kind, _, timed in timed_networks(config):
            if kind == D_MPNN:
                yield from problem("swanson2020.window_sizes", timed["window"], timed)
    if "attention" in config["papers"]["swanson2020"] and number <= options["measured_neighbours"]:
        yield (
            f"swanson2020.measured_neighbours: got {options['measured_neighbours']}, must be fewer than the {number} "
            f"particles of {smallest}"
        )


def _search_relations(config: Mapping) -> Iterator[str]:
    """Problems of the ranges of the search."""
    options = section(config)["search"]
    if not options["trials"]:
        return
    for name in dict.fromkeys((*OF_GRAPH, *OF_IMAGE)):
        low, high, step = options[name]
        key, got = f"swanson2020.search.{name}", f"got [{low:g}, {high:g}, {step:g}]"
        if low > high or step <= 0:
            yield f"{key}: {got}, must be lowest, highest and a step greater than 0"
        elif name in INTEGERS and (low < 1 or any(value % 1 for value in (low, high, step))):
            yield f"{key}: {got}, must be whole numbers from 1 on"
        elif name == "dropout" and high >= 1:
            yield f"{key}: {got}, must be less than 1"
        elif name == "window" and not 0 < low <= high <= 1:
            yield f"{key}: {got}, must lie between 0 and 1"
    replicas = config["cooling"]["replicas"]
    if replicas * (1 - 1 / section(config)["folds"]) < 3:
        yield f"cooling.replicas: got {replicas}, must be more for swanson2020.search, which holds out some of a fold"
