"""Resources of the jobs of each rule, from the size of the study: cores, memory and time.

``mem_mb = 700 + 3 x (MB of the arrays held by the rule)`` and ``runtime = 10 min + 3 x (measured seconds per unit x
units)``; see docs/cluster.md. ``benchmarks/job_resources.py`` compares them with what jobs used. Molecular dynamics
requests at most ``cluster.job_time``, since it continues in the next attempt. The Snakefile imports this module, so it
imports nothing heavy.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from glassmap.learning.names import IMAGE_CNN
from glassmap.learning.null_maps import NETWORK_NULLS, null_fields
from glassmap.simulation.cooling_protocol import CoolingProtocol, cooling_of
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.simulation.swap_protocol import FRAMES, ChainProtocol
from glassmap.system import System
from glassmap.workflow.jung2023 import run_time, states_of, systems_with_runs
from glassmap.workflow.predictors import class_network_rows
from glassmap.workflow.swanson2020 import (
    all_networks,
    datasets,
    network_options,
    search_ranges,
    timed_networks,
)
from glassmap.workflow.swap_source import chain_settings, from_swap

BASE_MB = 700.0  # interpreter with torch, xarray and matplotlib; 560 measured
CUDA_MB = 4000.0  # host memory for the CUDA libraries and context: typical, not measured
SAFETY = 3.0
BASE_MINUTES = 10.0
GPU_SPEEDUP = 10.0  # relative to one core; an H100 is faster (benchmarks/training.py), other programs may share it
# seconds on one busy core for the 8-16-16 network with G = 36: per training sample and epoch (benchmarks/training.py),
# and per map (forward and backward pass)
TRAINING, MAPPING = 2.5e-3, 0.02
# seconds of the training of the third paper's classifiers: of a sample, and of a multiplication in it; measured
OF_SAMPLE, MULTIPLICATION = 3e-3, 2e-10
EXCHANGE = 10.0  # an attempted exchange, in units of a step of a particle; measured (benchmarks/swap.py)
COST_OF_STEP = {2: 1.0, 3: 4.0}  # of a particle, by dimension, in units of cluster.pace: 24 or 80 neighbours; measured


@dataclass(frozen=True)
class Size:
    """Sizes that determine the resources.

    Attributes
    ----------
    particles : int
        N of the largest system.
    vector : float
        MB of one particle's position in the highest dimension.
    replicas, test, held_out, trained : int
        Per system: all; test split; test and validation splits; used for training.
    batch, snapshots : int
        Replicas in a cooling batch; temperatures at which each is saved, with swap Monte Carlo the states.
    grid : int
        Points of the density field.
    network : float
        Multiplications of the convolutions, relative to the 8-16-16 network with G = 36.
    weights : float
        MB of the dense layer's weights, by far the largest.
    inference_batch, map_batch : float
        MB of the widest layer's output for 100 samples; MB of all layers' outputs for a batch of maps.
    networks, maps, null_networks : int
        Per system: trained networks; null maps (null networks count twice, for the class glass and the sample's own);
        null networks.
    methods, randomisations : int
        Attribution methods besides Grad-CAM; draws of randomised layers times layers.
    runs, run_batch, frames, ensembles : int
        Runs of the ensemble at the highest temperature; runs in a batch; frames of a run; ensembles of a system.
    moved : int
        Randomly moved maps.
    exported : int
        Samples of a state that are exported.
    minimised : int
        Replicas of a batch that are minimised.
    """

    particles: int
    vector: float
    replicas: int
    test: int
    held_out: int
    trained: int
    batch: int
    snapshots: int
    grid: int
    network: float
    weights: float
    inference_batch: float
    map_batch: float
    networks: int
    maps: int
    null_networks: int
    methods: int
    randomisations: int
    runs: int
    run_batch: int
    frames: int
    ensembles: int
    moved: int
    exported: int
    minimised: int

    @classmethod
    def from_config(cls, config: Mapping) -> "Size":
        """From a configuration completed by `glassmap.workflow.config.resolve`."""
        cooling, classifier, controls = config["cooling"], config["classifier"], config["controls"]
        propensity, replicas = config["propensity"], cooling["replicas"]
        grid = config["density"]["grid"] ** 2
        nulls = controls["nulls"]
        test = math.ceil(config["split"]["test"] * replicas)
        fields = null_fields(nulls, controls["draws"], controls["shuffled_networks"], controls["density_thresholds"])
        null_networks = sum(name in NETWORK_NULLS for name, _ in fields)
        temperatures = max(len(block["propensity"]["temperatures"]) for block in config["systems"].values())
        return cls(
            particles=max(sum(block["particles"].values()) for block in config["systems"].values()),
            vector=8e-6 * max(block["dimension"] for block in config["systems"].values()),
            replicas=replicas,
            test=test,
            held_out=math.ceil((config["split"]["validation"] + config["split"]["test"]) * replicas),
            trained=config["classifier"]["training_replicas"] or math.ceil(config["split"]["train"] * replicas),
            batch=cooling["batch_size"],
            snapshots=(0 if from_swap(config) else len(cooling["temperature_grid"]))
            + max(len(block["states"]) for block in config["systems"].values()),
            grid=grid,
            network=_multiplications(classifier["channels"], classifier["kernel_size"], grid)
            / _multiplications([8, 16, 16], 5, 36**2),
            weights=4e-6 * classifier["dense"] * classifier["channels"][-1] * grid,
            inference_batch=4e-6 * 100 * max(classifier["channels"]) * grid,
            map_batch=4e-6 * config["gradcam"]["batch_size"] * sum(classifier["channels"]) * grid,
            networks=len(classifier["seeds"]),
            maps=len(fields) + null_networks,
            null_networks=null_networks,
            methods=len(controls["attributions"]),
            randomisations=controls["layer_randomisations"] * (len(classifier["channels"]) + 2),
            runs=max(propensity["runs"], propensity["runs_at_highest"]),
            run_batch=propensity["batch_size"],
            frames=propensity["frames"] + len(propensity["extra_times"]),
            ensembles=temperatures * len(propensity["configurations"]),
            moved=propensity["moved_maps"],
            exported=test if config["export"]["samples"] == "test" else replicas,
            minimised=min(cooling["batch_size"], config["inherent_structures"]["replicas"]),
        )


def _multiplications(channels: list[int], kernel_size: int, grid: int) -> float:
    """Multiplications in the convolutions of a network for one sample; no layer reduces the grid."""
    pairs = zip([1, *channels[:-1]], channels, strict=True)
    return sum(first * last * kernel_size**2 * grid for first, last in pairs)


@dataclass(frozen=True)
class Resources:
    """Megabytes of arrays and seconds on one core; ``on_gpu`` if a GPU would speed the job up."""

    megabytes: float = 0.0
    seconds: float = 0.0
    on_gpu: bool = False


def job_resources(config: Mapping) -> dict[str, Resources]:
    """Resources of the rules that hold more than tables, by rule; see `light` for the others."""
    size = Size.from_config(config)
    scale, test, particles = size.particles / 2000, size.test, size.particles
    positions = size.vector * size.replicas * particles
    batch = size.vector * size.batch * size.snapshots * particles
    fields = 8e-6 * size.replicas * size.grid
    scores = 8e-6 * test * particles  # one number per particle of the test samples
    maps = 8e-6 * test * size.grid
    validation = size.held_out / test  # null maps and indicators include the validation samples
    pairs = 16e-6 * min(particles, 5000) ** 2  # within the longest coarse-graining length
    runs = size.vector * size.frames * particles
    all_maps = size.networks + size.maps
    # for liquid samples each network has one map for the class glass and one for their own class
    map_ensemble = positions + scores * (10 + 4 * size.networks) + pairs
    # measured: weights, two moments, the best epoch and its copy in the file take five to six times the dense layer,
    # and the layers' outputs for 100 samples four times the widest; SAFETY multiplies both by three
    training_memory = 4 * fields + 2 * size.weights + 2 * size.inference_batch
    inference = size.weights + size.inference_batch + size.map_batch
    training = TRAINING * 2 * size.trained * config["classifier"]["epochs"] * size.network
    mapping = MAPPING * test * size.network
    steps = config["controls"]["integrated_gradients_steps"] / 32
    attributing = 3 * (size.methods + 1) * steps * (4 * mapping + 0.1 * test * scale)
    return {
        **dict.fromkeys(("take_samples", "ship_samples"), Resources(3 * batch, 0.05 * size.replicas * scale)),
        "configurations": Resources(batch + 2 * positions, 0.05 * size.replicas * scale),
        "density": Resources(positions + fields, 0.05 * size.replicas * scale),
        "crystals": Resources(2 * positions, 0.3 * size.replicas * scale),
        "radial_distribution": Resources(2 * positions, 0.1 * size.replicas * scale),
        "indicators": Resources(positions + 10 * validation * scores, 0.2 * size.held_out * scale),
        "classifier": Resources(training_memory, training, on_gpu=True),
        "shuffled_labels": Resources(training_memory, training, on_gpu=True),
        "gradcam": Resources(
            positions + fields + 4 * (scores + maps) + inference, mapping + 0.1 * test * scale, on_gpu=True
        ),
        "controls": Resources(
            positions + fields + size.maps * validation * (scores + maps) + inference,
            validation * size.maps * (mapping + 0.1 * test * scale),
            on_gpu=True,
        ),
        "correlations": Resources(map_ensemble, 0.6 * test * size.networks * scale),
        "control_correlations": Resources(
            map_ensemble + size.maps * validation * scores, 0.1 * size.held_out * size.maps * scale
        ),
        "spatial_correlations": Resources(map_ensemble, 0.2 * test * (size.networks + 6) * scale),
        "control_spatial_correlations": Resources(
            map_ensemble + size.maps * validation * scores, 0.2 * size.held_out * all_maps * scale
        ),
        # glass samples have maps for one class, liquid samples for two
        "attributions": Resources(
            map_ensemble + fields + 2 * size.methods * size.networks * (scores + maps) + inference,
            size.networks * attributing, on_gpu=True,
        ),
        "control_attributions": Resources(
            map_ensemble + fields + 2 * (size.methods + 1) * (scores + maps) + inference,
            size.null_networks * attributing, on_gpu=True,
        ),
        # of as many new samples as there are test samples; how many there are, only the files know
        "explain": Resources(
            size.networks * (scores + maps) + fields + inference + size.networks * size.weights,
            size.networks * (mapping + 0.1 * test * scale), on_gpu=True,
        ),
        "reading": Resources(
            2 * map_ensemble + fields + 2 * (size.methods + 2) * size.networks * (scores + maps) + inference,
            size.networks * attributing + 0.5 * test * size.networks * (size.methods + 2), on_gpu=True,
        ),
        "layer_randomisation": Resources(
            map_ensemble + fields + size.randomisations * (scores + maps) + inference,
            2 * size.networks * size.randomisations * (mapping + 0.1 * test * scale),
            on_gpu=True,
        ),
        "propensity": Resources(8 * runs, 0.5 * size.runs * scale),
        "lengths": Resources(map_ensemble + 8 * runs, (20 + 0.5 * size.runs) * scale * size.ensembles),
        "dynamics": _correlated(size, map_ensemble + 8 * runs, size.networks + 6, 6),
        "control_dynamics": _correlated(size, map_ensemble + size.maps * scores + 8 * runs, size.maps + 6, 2),
        # bare and by both methods, for every test sample
        "own_dynamics": Resources(
            map_ensemble + 8e-6 * 2 * test * size.moved * (size.networks + 6),
            3 * test * (1 + 5e-4 * size.moved * (size.networks + 6)) * scale,
        ),
        "ensemble": Resources(2 * (map_ensemble + all_maps * scores), 0.2 * test * all_maps * scale),
        "sensitivity": Resources(map_ensemble, 0.5 * test * size.networks * scale),
        "attributions_table": Resources(
            2 * map_ensemble + 4 * size.methods * max(size.networks, size.null_networks) * (scores + maps),
            0.5 * test * (size.networks + size.null_networks),
        ),
        "layer_randomisation_table": Resources(
            2 * map_ensemble + 2 * size.networks * size.randomisations * scores, 0.3 * test * size.networks
        ),
        # scores of liquid samples for two classes
        "export": Resources(
            map_ensemble + 2 * size.methods * size.networks * scores,
            5e-3 * size.exported * (10 + 2 * size.networks * (size.methods + 2)) * scale,
        ),
        "glass_transition": Resources(batch, 0.1 * config["inherent_structures"]["bootstrap"]),
        "maps": Resources(map_ensemble, 10 * scale),
        **_structures_and_models(config, size),
        **_pair_networks(config, size),
    }  # fmt: skip


def with_runs(config: Mapping) -> int:
    """Particles of the largest system whose dynamics are measured."""
    return max(sum(config["systems"][name]["particles"].values()) for name in systems_with_runs(config))


def _structures_and_models(config: Mapping, size: Size) -> dict[str, Resources]:
    """Resources of the rules of the second paper; the times of a core are measured at N = 1290."""
    runs, options = config["isoconfigurational"], config["glassmlp"]
    measured, species = with_runs(config), max(len(block["particles"]) for block in config["systems"].values())
    scale, times = measured / 1290, runs["frames"] + len(runs["extra_times"])
    structure = size.vector * measured * runs["runs"] * times  # MB of the positions of its runs
    propensities = 8e-6 * 6 * size.replicas * times * measured
    values = 4e-6 * 4 * (species + 1) * len(options["lengths"]) * size.replicas * size.particles
    networks = times * options["members"]
    predictions = 4e-6 * times * size.replicas * max(options["members"] * measured, size.particles)
    # those of the pairs in the loss, which are kept up to a gigabyte, and of one structure more while they are computed
    pairs = 12e-6 * measured**2
    weights = min(1000, pairs * size.replicas) + 3 * pairs
    # 550 epochs of all phases
    training = 4e-4 * networks * 550 * options["epochs"] * size.replicas * scale * max(1, scale)
    states = len(next(iter(config["systems"].values()))["states"]) * len(config["systems"])
    rows, lengths = len(config["predictors"]["rows"]) + len(options["models"]), 1 + len(config["predictors"]["lengths"])
    fields = 8e-6 * rows * size.replicas * size.particles
    # maps of networks: fields, kernels of the particles, and the same number of passes as for an attribution
    by_networks = len(class_network_rows(config))
    explained = 8e-6 * size.replicas * (4 * size.grid + 60 * size.particles) if by_networks else 0
    steps = config["controls"]["integrated_gradients_steps"] / 32
    explaining = 3 * by_networks * size.networks * size.replicas * steps * (4 * MAPPING * size.network + 0.1 * scale)
    coarse = lengths * (fields + 4e-6 * times * size.replicas * size.particles)
    judged = propensities + len(options["models"]) * predictions
    return {
        "propensities": Resources(
            4 * structure + 2 * propensities, 2e-3 * size.replicas * runs["runs"] * times * scale
        ),
        "descriptors": Resources(2 * values, 0.5 * size.replicas * size.particles / 1290),
        "glassmlp_model": Resources(propensities + 4 * values + 2 * predictions + weights, training),
        # 1 ms per particle and structure in three dimensions, with 40 neighbours
        "graph_network": Resources(
            3 * structure + propensities + 0.4 * size.particles,
            2e-3 * size.particles * size.replicas * config["predictors"]["graph_network_epochs"],
        ),
        "predictor_fields": Resources(
            2 * fields + explained, 0.1 * len(config["predictors"]["rows"]) * size.replicas * scale + explaining
        ),
        "predictors_table": Resources(
            2 * judged + coarse + 8e-6 * config["predictors"]["moved_maps"] * size.test * size.particles,
            states
            * ((0.01 * config["predictors"]["moved_maps"] + rows * lengths) * size.test + 0.02 * rows * times)
            * scale
            + 60,
        ),
        "judged_predictions": Resources(2 * judged, 0.5 * size.test * times * states * scale + 60),
    }


def _pair_networks(config: Mapping, size: Size) -> dict[str, Resources]:
    """Resources of the classifiers of the third paper: of the largest of them."""
    options, most, longest = config["swanson2020"], 0.0, 0.0
    for name in all_networks(config):
        of_network = network_options(config, name)
        # the largest values that a search may try
        of_network |= {key: high for key, (_, high, _) in search_ranges(config, name).items()}
        megabytes, seconds, _ = pair_network(of_network, size, name == IMAGE_CNN)
        most, longest = max(most, megabytes), max(longest, seconds)
    samples = 2 * size.replicas * (1 - 1 / options["folds"])
    positions = 2 * size.vector * size.replicas * size.particles * max(1, len(datasets(config)))
    training = Resources(2 * positions + most, samples * longest, on_gpu=True)
    searching = Resources(training.megabytes, training.seconds * max(1, options["search"]["trials"]), on_gpu=True)
    of_scores = _scores_of_pair_networks(config, size, positions, most)
    return {"network": training, "search": searching, **of_scores}


def _scores_of_pair_networks(config: Mapping, size: Size, positions: float, network: float) -> dict[str, Resources]:
    """Resources of what is said of single particles and on graphs, and of the timing of the training."""
    options = config["swanson2020"]
    explanations, scale = options["explanations"], size.particles / 2000
    samples = 2 * min(explanations["samples"], -(-size.replicas // (2 * options["folds"])))
    once = 0.0  # seconds for a sample, forward and backward
    for name in options["networks"]:
        of_network = network_options(config, name)
        once = max(once, pair_network(of_network, size, name == IMAGE_CNN)[1] / of_network["epochs"])
    timed = [
        (pair_network(of_network, size, kind == IMAGE_CNN), of_network["epochs"])
        for kind, _, of_network in timed_networks(config)
    ]
    scored = samples * (1 + explanations["draws"])
    gamma = 8e-6 * 3 * scored * size.particles
    every = samples * options["folds"] * len(options["networks"]) * max(1, len(datasets(config)))
    return {
        # a graph of every sample
        "one_number": Resources(2 * positions, 0.02 * 2 * size.replicas * max(1, len(datasets(config))) * scale),
        "network_scores": Resources(
            positions + network + 2 * gamma, scored * (explanations["steps"] + 4) * once + 2 * scored * scale
        ),
        "attention_table": Resources(
            positions + 3 * gamma * options["folds"],
            every * len(explanations["lengths"]) * scale * (0.3 + 2e-3 * explanations["moved_maps"]),
        ),
        "graph_measures": Resources(
            2 * size.vector * size.particles * size.batch * size.snapshots,
            0.01 * size.replicas * size.snapshots * scale,
        ),
        "training_cost": Resources(
            positions + max(megabytes for (megabytes, _, _), _ in timed),
            4 * options["cost"]["samples"] * sum(seconds / epochs for (_, seconds, _), epochs in timed),
            on_gpu=True,
        ),
    }


def pair_network(options: Mapping, size: Size, pictures: bool) -> tuple[float, float, float]:
    """MB of a classifier of the third paper in training, seconds of that for each sample, and MB of its weights."""
    if pictures:
        side, inputs, multiplications, values = options["size"], 3, 0.0, 3.0 * options["size"] ** 2
        for outputs, kernel in zip(options["channels"], options["kernel_sizes"], strict=True):
            side = max(1, side - kernel + 1)
            multiplications += side**2 * kernel**2 * inputs * outputs
            values += 2.0 * side**2 * outputs
            inputs = outputs
        weights = float(side**2 * inputs * options["dense"])
        multiplications += weights
        pictures_megabytes = 2e-6 * 3 * options["size"] ** 2 * 2 * size.replicas
    else:
        hidden, pictures_megabytes = options["hidden"], 0.0
        edges = 1.25 * options["neighbours"] * size.particles * options["window"] ** 2
        multiplications = edges * hidden**2 * 2 * options["steps"]
        values, weights = edges * hidden * 6.0 * options["steps"], (3.0 + options["layers"]) * hidden**2
    megabytes = 4e-6 * (6 * weights + 2 * values * options["batch_size"]) + pictures_megabytes
    return megabytes, options["epochs"] * (OF_SAMPLE + MULTIPLICATION * multiplications), 4e-6 * weights


def _correlated(size: Size, megabytes: float, fields: int, choices: int) -> Resources:
    """Correlations of fields and their moved maps with the dynamics, for both protocols and all choices of lengths."""
    scale, curves = size.particles / 2000, size.moved * size.frames * size.ensembles
    moved_memory = 8e-6 * fields * ((90 * size.particles if size.moved else 0) + 2 * (1 + choices) * curves)
    moved_seconds = 1.5e-4 * size.moved * (1 + size.frames / 100) * fields * choices
    return Resources(megabytes + moved_memory, ((10 + 2 * size.runs) + moved_seconds) * scale * size.ensembles)


def light(config: Mapping) -> Resources:
    """Resources of tables and figures: a row or point for every test sample and network, few arrays."""
    size = Size.from_config(config)
    return Resources(8e-6 * size.test * size.networks * size.particles, 0.05 * size.test * size.networks + 60)


def molecular_dynamics(config: Mapping) -> dict[str, Resources]:
    """Resources of the rules that run LAMMPS; seconds are for the whole batch on its cores."""
    size, pace = Size.from_config(config), config["cluster"]["pace"]
    cooling = longest = segment = minimisation = 0.0
    for name, block in config["systems"].items():
        system = System.from_config(name, block)
        protocol = CoolingProtocol.from_config(cooling_of(config, name))
        step = pace * COST_OF_STEP[system.dimension] * system.number_of_particles
        steps = protocol.equilibration_steps + protocol.steps()
        cooling = max(cooling, step * steps)
        run = PropensityProtocol.from_config(config["propensity"], block["propensity"]["run_time"])
        longest = max(longest, step * run.steps)
        for time_step, section, total in (
            (protocol.time_step, "cooling", steps), (run.time_step, "propensity", run.steps),
        ):  # fmt: skip
            segment = max(segment, step * min(config[section]["segment_time"] / time_step, total))
        # conjugate gradients: at most 3000 force evaluations per snapshot
        minimisation = max(minimisation, step * 3000 * size.snapshots)
    section, from_structures = config["isoconfigurational"], 0.0
    if config["papers"]["jung2023"]:
        time = max(run_time(config, state) for state in states_of(config))
        particle = max(
            pace * COST_OF_STEP[block["dimension"]] * sum(block["particles"].values())
            for block in map(config["systems"].get, systems_with_runs(config))
        )
        from_structures = particle * time / section["time_step"]
        segment = max(segment, particle * min(section["segment_time"], time) / section["time_step"])
    batch = size.vector * size.batch * size.snapshots * size.particles
    runs = size.vector * size.run_batch * size.frames * size.particles
    of_structures = (
        size.vector * with_runs(config) * section["runs"] * (section["frames"] + len(section["extra_times"]))
    ) * section["batch_size"]
    cores = config["cluster"]["cores"]
    executable = 20 + 1e-3 * size.particles  # MB of one lmp process

    def batch_resources(count: int, megabytes: float, seconds: float) -> Resources:
        return Resources(megabytes + executable * threads(count, cores), seconds * rounds(count, cores))

    return {
        "cool": batch_resources(size.batch, 2 * batch, cooling),
        "propensity_runs": batch_resources(size.run_batch, 2 * runs, longest),
        "inherent_structures": batch_resources(size.minimised, 2 * batch, minimisation),
        "minimise": batch_resources(size.batch, 2 * batch, minimisation),
        # one structure after the other, each with all its runs
        "isoconfigurational_runs": batch_resources(
            section["runs"], 2 * of_structures, section["batch_size"] * from_structures
        ),
        "segment": Resources(0.0, segment),
        "swap": _swap(config, size),
    }


def _swap(config: Mapping, size: Size) -> Resources:
    """Resources of a chain of swap Monte Carlo that takes as long as it may."""
    seconds = structures = 0.0
    for name, block in config["systems"].items() if from_swap(config) else ():
        system = System.from_config(name, block)
        for state in block["states"]:
            protocol = ChainProtocol.from_config(chain_settings(config, name, state))
            of_particle = protocol.swap.steps_between + EXCHANGE * protocol.swap.attempts_per_particle
            cycle = (
                config["cluster"]["pace"] * COST_OF_STEP[system.dimension] * system.number_of_particles * of_particle
            )
            seconds = max(seconds, cycle * protocol.swap.cycles(protocol.longest_run))
            structures = max(structures, protocol.structures)
    # frames and structures, once more when they are saved
    return Resources(2 * size.vector * size.particles * (FRAMES + structures), seconds)


def rounds(count: int, cores: int) -> int:
    """Number of rounds that a batch takes on its cores."""
    return -(-count // cores)


def threads(count: int, cores: int) -> int:
    """Cores of a batch: the fewest that finish it in the same number of rounds."""
    return -(-count // rounds(count, cores))


def memory(resources: Resources, gpu: bool = False) -> int:
    """Megabytes to request."""
    return math.ceil(BASE_MB + (CUDA_MB if gpu and resources.on_gpu else 0) + SAFETY * resources.megabytes)


def runtime(resources: Resources, gpu: bool = False) -> int:
    """Minutes to request."""
    speed = GPU_SPEEDUP if gpu and resources.on_gpu else 1.0
    return math.ceil(BASE_MINUTES + SAFETY * resources.seconds / speed / 60)


def attempts(resources: Resources, cluster: Mapping) -> int:
    """Number of jobs of at most ``cluster.job_time`` for a batch of molecular dynamics."""
    return math.ceil(SAFETY / 2 * resources.seconds / time_of_job(cluster))


def time_of_job(cluster: Mapping) -> float:
    """Seconds of molecular dynamics in a job, without the margin of `WallTime.of_job`."""
    limit = 60.0 * cluster["job_time"]
    return max(limit - cluster["margin"], limit / 4)
