"""What the jobs of each rule need, from the size of the study: cores, memory and time.

``mem_mb = 700 + 3 x (MB of the arrays that the rule holds)`` and ``runtime = 10 min + 3 x (seconds measured per unit x
units)``; docs/cluster.md has both as a table, ``benchmarks/needs.py`` holds them against what jobs used. Molecular
dynamics asks for ``cluster.job_time`` at most, since it goes on in the next attempt. Light: the Snakefile imports it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from glassmap.learning.null_maps import OF_NETWORKS, fields_of_study
from glassmap.simulation.cooling_protocol import CoolingProtocol, cooling_of
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.system import System

BASE_MB = 700.0  # an interpreter with torch, xarray and matplotlib; 560 measured
CUDA_MB = 4000.0  # of the host, for the libraries and the context of CUDA: usual, not measured
SAFETY = 3.0
BASE_MINUTES = 10.0
GPU_SPEEDUP = 10.0  # over one core, a careful guess: no GPU was there to measure on
# what the network 8-16-16 with G = 36 costs per training sample and epoch on one busy core, s (benchmarks/training.py);
# and forward and backward for a map
TRAINING, MAPPING = 2.5e-3, 0.02
COST_OF_STEP = {2: 1.0, 3: 4.0}  # of a particle, by dimension, in units of cluster.pace: 24 or 80 neighbours; measured


@dataclass(frozen=True)
class Size:
    """What the needs depend on.

    Attributes
    ----------
    particles : int
        N of the largest system.
    vector : float
        MB of one particle's position, of most dimensions.
    replicas, test, known, trained : int
        Of each system; in the test split; in this and the validation split; that the networks learn from.
    batch, snapshots : int
        Replicas in a batch of the cooling, and saved temperatures.
    grid : int
        Points of the density field.
    network : float
        Multiplications of the convolutions, relative to the network 8-16-16 with G = 36.
    weights : float
        MB of the dense layer's weights, by far the largest.
    judged_at_once, mapped_at_once : float
        MB of what the widest layer makes of 100 samples, and all layers of a batch of samples for maps.
    networks, maps, null_networks : int
        Of each system: trained networks, null maps (of null networks for the class glass and for the sample's own),
        null networks.
    methods, randomisations : int
        Of attribution beside Grad-CAM; draws of randomised layers times layers.
    runs, run_batch, frames, ensembles : int
        Of an isoconfigurational ensemble at the highest temperature; in a batch; of a run; ensembles of a system.
    moved : int
        Maps moved against the glass.
    minimised : int
        Replicas of a batch whose inherent structures are looked for.
    """

    particles: int
    vector: float
    replicas: int
    test: int
    known: int
    trained: int
    batch: int
    snapshots: int
    grid: int
    network: float
    weights: float
    judged_at_once: float
    mapped_at_once: float
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
    minimised: int

    @classmethod
    def of(cls, config: Mapping) -> "Size":
        """Of a configuration from `glassmap.workflow.config.resolve`."""
        cooling, classifier, controls = config["cooling"], config["classifier"], config["controls"]
        propensity, replicas = config["propensity"], cooling["replicas"]
        grid = config["density"]["grid"] ** 2
        nulls = controls["nulls"]
        fields = fields_of_study(
            nulls, controls["draws"], controls["shuffled_networks"], controls["density_thresholds"]
        )
        null_networks = sum(name in OF_NETWORKS for name, _ in fields)
        temperatures = max(len(block["propensity"]["temperatures"]) for block in config["systems"].values())
        return cls(
            particles=max(sum(block["particles"].values()) for block in config["systems"].values()),
            vector=8e-6 * max(block["dimension"] for block in config["systems"].values()),
            replicas=replicas,
            test=math.ceil(config["split"]["test"] * replicas),
            known=math.ceil((config["split"]["validation"] + config["split"]["test"]) * replicas),
            trained=config["classifier"]["training_replicas"] or math.ceil(config["split"]["train"] * replicas),
            batch=cooling["batch_size"],
            snapshots=len(cooling["temperature_grid"]) + 2,
            grid=grid,
            network=_multiplications(classifier["channels"], classifier["kernel_size"], grid)
            / _multiplications([8, 16, 16], 5, 36**2),
            weights=4e-6 * classifier["dense"] * classifier["channels"][-1] * grid,
            judged_at_once=4e-6 * 100 * max(classifier["channels"]) * grid,
            mapped_at_once=4e-6 * config["gradcam"]["batch_size"] * sum(classifier["channels"]) * grid,
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
            minimised=min(cooling["batch_size"], config["inherent_structures"]["replicas"]),
        )


def _multiplications(channels: list[int], kernel_size: int, grid: int) -> float:
    """Of the convolutions of a network, one sample; no layer makes the grid smaller."""
    pairs = zip([1, *channels[:-1]], channels, strict=True)
    return sum(first * last * kernel_size**2 * grid for first, last in pairs)


@dataclass(frozen=True)
class Need:
    """Megabytes of arrays, and seconds on one core (``on_gpu``: with the speed-up of a GPU where one is used)."""

    megabytes: float = 0.0
    seconds: float = 0.0
    on_gpu: bool = False


def needs(config: Mapping) -> dict[str, Need]:
    """What the rules need that hold more than tables, by rule; the rest is in `light`."""
    size = Size.of(config)
    scale, test, particles = size.particles / 2000, size.test, size.particles
    positions = size.vector * size.replicas * particles
    batch = size.vector * size.batch * size.snapshots * particles
    fields = 8e-6 * size.replicas * size.grid
    of_test = 8e-6 * test * particles  # one number per particle of the test samples
    maps = 8e-6 * test * size.grid
    more = size.known / test  # null maps and indicators of the validation samples, too
    pairs = 16e-6 * min(particles, 5000) ** 2  # within the longest coarse-graining length
    runs = size.vector * size.frames * particles
    both = size.networks + size.maps
    # of liquid samples each network has a map for the class glass and one for their own
    judged = positions + of_test * (10 + 4 * size.networks) + pairs
    # weights, two moments, the kept epoch and its copy in the file: five to six times the dense layer; what the layers
    # make of 100 samples that are judged at once four times: both measured, and both a third of what is asked for
    learning = 4 * fields + 2 * size.weights + 2 * size.judged_at_once
    asking = size.weights + size.judged_at_once + size.mapped_at_once
    training = TRAINING * 2 * size.trained * config["classifier"]["epochs"] * size.network
    mapping = MAPPING * test * size.network
    steps = config["controls"]["integrated_gradients_steps"] / 32
    attributing = 3 * (size.methods + 1) * steps * (4 * mapping + 0.1 * test * scale)
    return {
        **dict.fromkeys(("take_samples", "ship_samples"), Need(3 * batch, 0.05 * size.replicas * scale)),
        "configurations": Need(batch + 2 * positions, 0.05 * size.replicas * scale),
        "density": Need(positions + fields, 0.05 * size.replicas * scale),
        "crystals": Need(2 * positions, 0.3 * size.replicas * scale),
        "radial_distribution": Need(2 * positions, 0.1 * size.replicas * scale),
        "indicators": Need(positions + 10 * more * of_test, 0.2 * size.known * scale),
        "classifier": Need(learning, training, on_gpu=True),
        "shuffled_labels": Need(learning, training, on_gpu=True),
        "gradcam": Need(
            positions + fields + 4 * (of_test + maps) + asking, mapping + 0.1 * test * scale, on_gpu=True
        ),
        "controls": Need(
            positions + fields + size.maps * more * (of_test + maps) + asking,
            more * size.maps * (mapping + 0.1 * test * scale),
            on_gpu=True,
        ),
        "correlations": Need(judged, 0.6 * test * size.networks * scale),
        "control_correlations": Need(judged + size.maps * more * of_test, 0.1 * size.known * size.maps * scale),
        "spatial_correlations": Need(judged, 0.2 * test * (size.networks + 6) * scale),
        "control_spatial_correlations": Need(judged + size.maps * more * of_test, 0.2 * size.known * both * scale),
        # of the glass for one class, of the liquid for two
        "attributions": Need(
            judged + fields + 2 * size.methods * size.networks * (of_test + maps) + asking,
            size.networks * attributing, on_gpu=True,
        ),
        "control_attributions": Need(
            judged + fields + 2 * (size.methods + 1) * (of_test + maps) + asking,
            size.null_networks * attributing, on_gpu=True,
        ),
        "reading": Need(
            2 * judged + fields + 2 * (size.methods + 2) * size.networks * (of_test + maps) + asking,
            size.networks * attributing + 0.5 * test * size.networks * (size.methods + 2), on_gpu=True,
        ),
        "layer_randomisation": Need(
            judged + fields + size.randomisations * (of_test + maps) + asking,
            2 * size.networks * size.randomisations * (mapping + 0.1 * test * scale),
            on_gpu=True,
        ),
        "propensity": Need(8 * runs, 0.5 * size.runs * scale),
        "lengths": Need(judged + 8 * runs, (20 + 0.5 * size.runs) * scale * size.ensembles),
        "dynamics": _correlated(size, judged + 8 * runs, size.networks + 6, 6),
        "control_dynamics": _correlated(size, judged + size.maps * of_test + 8 * runs, size.maps + 6, 2),
        "ensemble": Need(2 * (judged + both * of_test), 0.2 * test * both * scale),
        "sensitivity": Need(judged, 0.5 * test * size.networks * scale),
        "attributions_table": Need(
            2 * judged + 4 * size.methods * max(size.networks, size.null_networks) * (of_test + maps),
            0.5 * test * (size.networks + size.null_networks),
        ),
        "layer_randomisation_table": Need(
            2 * judged + 2 * size.networks * size.randomisations * of_test, 0.3 * test * size.networks
        ),
        "glass_transition": Need(batch, 0.1 * config["inherent_structures"]["bootstrap"]),
        "maps": Need(judged, 10 * scale),
    }  # fmt: skip


def _correlated(size: Size, megabytes: float, fields: int, choices: int) -> Need:
    """Of fields with the dynamics, for both protocols and all choices of lengths, and of their moved maps."""
    scale, curves = size.particles / 2000, size.moved * size.frames * size.ensembles
    moved = 8e-6 * fields * ((90 * size.particles if size.moved else 0) + 2 * (1 + choices) * curves)
    of_moved = 1.5e-4 * size.moved * (1 + size.frames / 100) * fields * choices
    return Need(megabytes + moved, ((10 + 2 * size.runs) + of_moved) * scale * size.ensembles)


def light(config: Mapping) -> Need:
    """What the rules of tables and figures need: a row or point for every test sample and network, few arrays."""
    size = Size.of(config)
    return Need(8e-6 * size.test * size.networks * size.particles, 0.05 * size.test * size.networks + 60)


def molecular_dynamics(config: Mapping) -> dict[str, Need]:
    """What the rules that run LAMMPS need: megabytes, and seconds of the whole batch on its cores."""
    size, pace = Size.of(config), config["cluster"]["pace"]
    cooling = longest = segment = minimum = 0.0
    for name, block in config["systems"].items():
        system = System.from_config(name, block)
        protocol = CoolingProtocol.from_config(cooling_of(config, name))
        step = pace * COST_OF_STEP[system.dimension] * system.number_of_particles
        steps = protocol.equilibration_steps + protocol.steps(system)
        cooling = max(cooling, step * steps)
        run = PropensityProtocol.from_config(config["propensity"], block["propensity"]["run_time"])
        longest = max(longest, step * run.steps)
        for one, given in ((protocol, "cooling"), (run, "propensity")):
            steps = min(config[given]["segment_time"] / one.time_step, steps if given == "cooling" else run.steps)
            segment = max(segment, step * steps)
        # conjugate gradients: at most 3000 evaluations of the forces from every snapshot
        minimum = max(minimum, step * 3000 * size.snapshots)
    batch = size.vector * size.batch * size.snapshots * size.particles
    runs = size.vector * size.run_batch * size.frames * size.particles
    cores = config["cluster"]["cores"]
    program = 20 + 1e-3 * size.particles  # one lmp

    def batch_of(count: int, megabytes: float, seconds: float) -> Need:
        return Need(megabytes + program * threads(count, cores), seconds * rounds(count, cores))

    return {
        "cool": batch_of(size.batch, 2 * batch, cooling),
        "propensity_runs": batch_of(size.run_batch, 2 * runs, longest),
        "inherent_structures": batch_of(size.minimised, 2 * batch, minimum),
        "minimise": batch_of(size.batch, 2 * batch, minimum),
        "segment": Need(0.0, segment),
    }


def rounds(count: int, cores: int) -> int:
    """How often a batch fills its cores."""
    return -(-count // cores)


def threads(count: int, cores: int) -> int:
    """Cores of a batch: as few as end it in the same number of rounds."""
    return -(-count // rounds(count, cores))


def memory(need: Need, gpu: bool = False) -> int:
    """Megabytes to ask for."""
    return math.ceil(BASE_MB + (CUDA_MB if gpu and need.on_gpu else 0) + SAFETY * need.megabytes)


def runtime(need: Need, gpu: bool = False) -> int:
    """Minutes to ask for."""
    speed = GPU_SPEEDUP if gpu and need.on_gpu else 1.0
    return math.ceil(BASE_MINUTES + SAFETY * need.seconds / speed / 60)


def attempts(need: Need, cluster: Mapping) -> int:
    """Jobs that a batch of molecular dynamics takes under the limit ``cluster.job_time``."""
    return math.ceil(SAFETY / 2 * need.seconds / time_of_job(cluster))


def time_of_job(cluster: Mapping) -> float:
    """Seconds of molecular dynamics in a job, less the margin, as `WallTime.of_job` takes it."""
    limit = 60.0 * cluster["job_time"]
    return max(limit - cluster["margin"], limit / 4)
