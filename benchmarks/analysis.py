"""Cost of analysing one configuration, and its scaling with the number of particles.

    python benchmarks/analysis.py [--sizes 2000 20000 200000] [--large] [--systems KAM ABM]

Times every stage on one thread, with the functions that the workflow's scripts call, on random configurations at the
model's density and composition: a rectangular lattice in random order, with each particle displaced at random within
its cell. The grid scales with the box, so that the number of grid points per particle is that of the study; the network
is the study's, with a dense layer that scales with the grid. Times are processor times, which other programs on the
machine affect least, and the best of several rounds over all stages, so that a busy moment affects a stage and its
reference alike.

Prints milliseconds per stage and size and, between successive sizes, the growth of the time divided by the growth of
the number of particles: 1 is linear. Goals are for 2000 particles on one core. A second table gives the largest
resident memory of the process during each stage, libraries, network and fields included; each size has a process of its
own. ``--large`` adds 1,000,000 particles, without the network and without freud's tessellation of all of them at once;
their goal is 2000 MB.
"""

import argparse
import itertools
import math
import os
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy and torch are loaded

import freud
import numpy as np
import torch

from glassmap.dynamics.propensity import Cage, average, mobility
from glassmap.learning.cnn import Architecture, make_deterministic, new_classifier
from glassmap.learning.gradcam import grad_cam, rectify
from glassmap.learning.particle_scores import particle_scores
from glassmap.papers.oyama2023.method import FRONTIERS
from glassmap.structure.coarse_graining import coarse_grain
from glassmap.structure.density_grid import configuration_kernel
from glassmap.structure.indicators import INDICATORS, Parameters, tong_tanaka
from glassmap.structure.voronoi import tessellate
from glassmap.system import System, pair_matrix
from glassmap.workflow.config import load_schema, read_study, resolve
from glassmap.workflow.logging import keep_freed_memory

ROOT = Path(__file__).parents[1]
SIZE_OF_PAPER = 2000
LARGE, GOAL_MEMORY = 1_000_000, 2000.0  # particles, MB
FRAMES = 10  # per run, in the propensity analysis
SPREAD = 0.35  # largest displacement from the lattice, in lattice spacings
GOAL, GOAL_TONG_TANAKA = 10.0, 5.0  # ms at SIZE_OF_PAPER
GOAL_VORONOI = 1.2  # times freud alone
WITHOUT_GOAL = ("number_density", "potential_energy", "hexatic_order")  # whose time is that of freud or few pairs
VORONOI, FREUD = "Voronoi volumes and neighbours", "freud's Voronoi alone"


def scaled(block: dict, number: int) -> dict:
    """A block of ``systems:`` rescaled to another number of particles at the same composition."""
    particles = block["particles"]
    number_a = round(number * particles["A"] / (particles["A"] + particles["B"]))
    return {**block, "particles": {"A": number_a, "B": number - number_a}}


def random_positions(system: System, rng: np.random.Generator) -> np.ndarray:
    """Disordered positions without serious overlaps, shape (N, 2), sigma*; in random order, as in LAMMPS."""
    number = system.number_of_particles
    columns = next(count for count in range(math.isqrt(number), 0, -1) if number % count == 0)
    shape = np.array([columns, number // columns])
    lattice = np.stack(np.unravel_index(rng.permutation(number), shape), axis=-1)
    return (lattice + 0.5 + rng.uniform(-SPREAD, SPREAD, (number, 2))) * system.box_length / shape


def stages(name: str, config: dict, number: int, rng: np.random.Generator) -> dict[str, tuple[Callable, float]]:
    """Stages to time for one model and size: name to function and number of configurations it processes."""
    block = scaled(config["systems"][name], number)
    system = System.from_config(name, block)
    length, species, sigma = system.box_length, system.species, pair_matrix(block["sigma"])
    parameters = Parameters(system.box, pair_matrix(block["tong_tanaka_sigma"]), system)
    grid = round(config["density"]["grid"] * math.sqrt(number / SIZE_OF_PAPER))
    density = {**config["density"], "grid": grid}
    keys = ("channels", "kernel_size", "dense", "dropout")
    architecture = Architecture.from_config({"grid": grid, **{key: config["classifier"][key] for key in keys}})
    # its dense layer grows with the grid, to a billion weights at a million particles
    model = new_classifier(architecture, config["seed"]) if number < LARGE else None
    # two alternating configurations, since the last tessellation is cached
    positions = itertools.cycle([random_positions(system, rng) for _ in range(2)])
    current = next(positions)
    field = configuration_kernel(current, species, sigma, length, **density).density() if model else None
    cage = Cage.of(current, length)
    run = current + rng.normal(0.0, 0.3, (FRAMES, number, 2))
    values = rng.normal(size=number)
    xi = block["coarse_graining"]["frontiers"]["correlations"]

    def voronoi() -> None:
        nonlocal current
        current = next(positions)
        tessellate(current, system.box)

    def freud_alone() -> None:
        computed = freud.locality.Voronoi().compute(in_freud)
        assert len(computed.volumes) == number

    def density_field() -> None:
        configuration_kernel(current, species, sigma, length, **density).density()

    def grad_cam_and_inverse() -> None:
        _, signed = grad_cam(model, model.normalisation(field[None]), torch.device("cpu"))
        particle_scores(rectify(signed), [configuration_kernel(current, species, sigma, length, **density)])

    def indicator(name: str) -> tuple[Callable, float]:
        return lambda: INDICATORS[name].function(current, species, parameters), 1

    in_freud = system.box.freud_system(current)
    return {
        VORONOI: (voronoi, 1),
        "Tong-Tanaka of these neighbours": (lambda: tong_tanaka(current, species, parameters), 1),
        **{INDICATORS[name].long_name: indicator(name) for name in WITHOUT_GOAL},
        "cages of these neighbours": (lambda: Cage.of(current, length), 1),
        f"coarse-graining, xi = {xi:g}": (
            lambda: coarse_grain(values, current, length, xi, FRONTIERS.kernel_of("gradcam")),
            1,
        ),
        "propensity analysis, one frame": (lambda: average([mobility(run, run[0], cage)]), FRAMES),
        # last, for the memory that they leave scattered
        "density field": (density_field, 1),
        **({"Grad-CAM and inverse": (grad_cam_and_inverse, 1)} if model else {}),
        **({FREUD: (freud_alone, 1)} if number < LARGE else {}),
    }


def resident_peak() -> float:
    """Largest resident memory of this process since `forget_peak`, MB."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def forget_peak() -> None:
    """Start a new measurement of the largest resident memory (man 5 proc)."""
    Path("/proc/self/clear_refs").write_text("5")


def measure(work: dict[str, tuple[Callable, float]], rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Shortest time of each stage over several rounds, ms per configuration, and its memory in the first, MB."""
    times: dict[str, list[float]] = {stage: [] for stage in work}
    memory: dict[str, float] = {}
    for _ in range(rounds + 1):  # the first round is a warm-up
        for stage, (function, configurations) in work.items():
            forget_peak()
            start = time.process_time()
            function()
            times[stage].append((time.process_time() - start) * 1e3 / configurations)
            memory.setdefault(stage, resident_peak())
    return {stage: min(values[1:]) for stage, values in times.items()}, memory


def measure_size(name: str, config: dict, size: int) -> tuple[dict[str, float], dict[str, float]]:
    """`measure` of one model and size."""
    make_deterministic(threads=1)
    keep_freed_memory()  # as in every job
    rounds = 1 if size == LARGE else max(3, min(20, 100_000 // size))
    with freud.parallel.NumThreads(1):
        return measure(stages(name, config, size, np.random.default_rng(config["seed"])), rounds)


def goal_of(stage: str, times: dict[str, float]) -> float | None:
    """Goal of a stage at `SIZE_OF_PAPER`, ms; None if there is none."""
    if stage == FREUD or stage in [INDICATORS[name].long_name for name in WITHOUT_GOAL]:
        return None
    if stage == VORONOI:
        return GOAL_VORONOI * times[FREUD]
    return GOAL_TONG_TANAKA if stage.startswith("Tong-Tanaka") else GOAL


def report(name: str, measured: dict[int, dict[str, float]]) -> None:
    """Print the table of one model."""
    sizes = list(measured)
    growths = list(itertools.pairwise(sizes))
    print(f"{name}, ms per configuration on one thread")
    header = "".join(f"{f'N = {size}':>13s}" for size in sizes) + f"{'goal':>9s}  {'holds':7s}"
    print(f"  {'stage':32s}{header}" + "".join(f"{f'x {right / left:g}':>8s}" for left, right in growths))
    for stage in measured[sizes[0]]:
        row = "".join(f"{measured[size].get(stage, math.nan):13.2f}" for size in sizes)
        goal = goal_of(stage, measured[SIZE_OF_PAPER]) if SIZE_OF_PAPER in measured else None
        row += (
            f"{'':>9s}  {'':7s}"
            if goal is None
            else (f"{goal:9.1f}  {'yes' if measured[SIZE_OF_PAPER][stage] <= goal else 'no':7s}")
        )
        row += "".join(
            f"{measured[right].get(stage, math.nan) / measured[left][stage] / (right / left):8.2f}"
            for left, right in growths
        )
        print(f"  {stage:32s}{row}")
    ratios = ", ".join(
        f"{times[VORONOI] / times[FREUD]:.2f} at N = {size}" for size, times in measured.items() if FREUD in times
    )
    print(f"  Voronoi / freud: {ratios} (goal: at most {GOAL_VORONOI:g})\n", flush=True)


def report_memory(name: str, memory: dict[int, dict[str, float]]) -> None:
    """Print the largest resident memory of each stage of one model."""
    print(f"{name}, largest resident memory, MB")
    print(f"  {'stage':32s}" + "".join(f"{f'N = {size}':>13s}" for size in memory))
    for stage in next(iter(memory.values())):
        print(f"  {stage:32s}" + "".join(f"{of_size.get(stage, math.nan):13.0f}" for of_size in memory.values()))
    if LARGE in memory:
        above = [stage for stage, megabytes in memory[LARGE].items() if megabytes > GOAL_MEMORY]
        print(f"  above {GOAL_MEMORY:.0f} MB at N = {LARGE}: {', '.join(above) or 'none'}")
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000, 20000, 200000], help="numbers of particles")
    parser.add_argument("--large", action="store_true", help=f"add {LARGE} particles")
    parser.add_argument("--systems", nargs="+", default=["KAM", "ABM"], help="models of config/config.yaml")
    options = parser.parse_args()
    config = resolve(read_study(ROOT / "config/config.yaml"), load_schema(ROOT / "workflow/schemas/config.schema.yaml"))
    for name in options.systems:
        measured, memory = {}, {}
        for size in sorted({*options.sizes, *([LARGE] if options.large else [])}):
            # what one size leaves behind does not count for the next
            with get_context("spawn").Pool(1) as process:
                measured[size], memory[size] = process.apply(measure_size, (name, config, size))
        report(name, measured)
        report_memory(name, memory)


if __name__ == "__main__":
    main()
