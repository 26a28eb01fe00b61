"""Cost of reading users' files, and its scaling with the number of particles.

    python benchmarks/reading.py [--sizes 2000 20000 200000 1000000]

Writes one random configuration of the KAM in each format, reads it with the function that the workflow's scripts call,
and prints processor time per frame on one thread, its growth divided by that of the number of particles (1 is linear),
and the largest resident memory of the process meanwhile, libraries included. Every file is read anew three times; the
shortest time counts.
"""

import argparse
import gzip
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
from analysis import forget_peak, resident_peak, scaled

from glassmap.io.extended_xyz import ParticleFrame, write_extended_xyz
from glassmap.io.trajectories.samples import samples_of_system
from glassmap.system import System
from glassmap.workflow.config import load_schema, read_study, resolve

ROOT = Path(__file__).parents[1]
ROUNDS = 3
GOAL_MEMORY = 2000.0  # MB, at 1,000,000 particles
OPTIONS = {"frames": "last", "species": {"A": "1", "B": "2"}, "length_unit": 1.0}


def write_gsd(path: Path, system: System, positions: np.ndarray) -> None:
    frame = gsd.hoomd.Frame()
    frame.configuration.box = [system.box_length, system.box_length, 1, 0, 0, 0]
    frame.configuration.dimensions = 2
    frame.particles.N, frame.particles.types, frame.particles.typeid = len(positions), ["1", "2"], system.species
    frame.particles.position = np.pad(positions - system.box_length / 2, [(0, 0), (0, 1)])
    with gsd.hoomd.open(path, "w") as trajectory:
        trajectory.append(frame)


def write_dump(path: Path, system: System, positions: np.ndarray) -> None:
    side = f"0 {system.box_length!r}"
    header = f"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n{len(positions)}\nITEM: BOX BOUNDS pp pp pp\n{side}\n{side}\n"
    table = pd.DataFrame({"type": system.species + 1, "x": positions[:, 0], "y": positions[:, 1], "z": 0})
    table.insert(0, "id", np.arange(1, len(table) + 1))
    rows = table.to_csv(sep=" ", header=False, index=False)
    text = f"{header}-0.5 0.5\nITEM: ATOMS id type x y z\n{rows}"
    path.write_bytes(gzip.compress(text.encode(), 6) if path.suffix == ".gz" else text.encode())


def write_xyz(path: Path, system: System, positions: np.ndarray) -> None:
    species = (system.species + 1).astype(str)
    write_extended_xyz(path, [ParticleFrame(positions, species, system.box.lengths)])


def write_npz(path: Path, system: System, positions: np.ndarray) -> None:
    np.savez(path, types=system.species + 1, initial_positions=positions, box=system.box_length)


FORMATS: Mapping[str, Callable[[Path, System, np.ndarray], None]] = {
    "frame.gsd": write_gsd,
    "frame.lammpstrj": write_dump,
    "frame.lammpstrj.gz": write_dump,
    "frame.extxyz": write_xyz,
    "frame.npz": write_npz,
}


def measured(system: System, folder: Path) -> Iterator[tuple[str, float, float]]:
    """Name of each file, processor time of reading it, s, and largest memory, MB."""
    rng = np.random.default_rng(1)
    sites = rng.permutation(int(np.ceil(np.sqrt(system.number_of_particles))) ** 2)[: system.number_of_particles]
    rows = int(np.ceil(np.sqrt(system.number_of_particles)))
    spread = rng.uniform(-0.3, 0.3, (system.number_of_particles, 2))
    positions = system.box.wrap((np.stack(np.divmod(sites, rows), -1) + spread) * (system.box_length / rows))
    for name, write in FORMATS.items():
        path = folder / name
        write(path, system, positions)
        times, memory = [], 0.0
        for _ in range(ROUNDS):
            forget_peak()
            start = time.process_time()
            (sample,) = samples_of_system(system, [str(path)], OPTIONS)
            times.append(time.process_time() - start)
            memory = max(memory, resident_peak())
            if len(sample.positions) != system.number_of_particles:
                raise SystemExit(f"{name}: {len(sample.positions)} particles")
            del sample
        path.unlink()
        yield name, min(times), memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000, 20000, 200000, 1000000])
    options = parser.parse_args()
    config = resolve(read_study(ROOT / "config/config.yaml"), load_schema(ROOT / "workflow/schemas/config.schema.yaml"))
    times, memory = {name: {} for name in FORMATS}, {name: {} for name in FORMATS}
    with tempfile.TemporaryDirectory() as folder:
        for size in sorted(options.sizes):
            block = scaled(config["systems"]["KAM"], size)
            system = System.from_config("KAM", block)
            for name, seconds, megabytes in measured(system, Path(folder)):
                times[name][size], memory[name][size] = seconds, megabytes
    sizes = sorted(options.sizes)
    growths = list(itertools.pairwise(sizes))
    header = "".join(f"{f'N = {size}':>13s}" for size in sizes)
    print("ms per frame on one thread")
    print(f"  {'file':20s}{header}" + "".join(f"{f'x {right / left:g}':>8s}" for left, right in growths))
    for name, by_size in times.items():
        row = "".join(f"{by_size[size] * 1e3:13.1f}" for size in sizes)
        ratios = "".join(f"{by_size[right] / by_size[left] / (right / left):8.2f}" for left, right in growths)
        print(f"  {name:20s}{row}{ratios}")
    print("\nlargest resident memory, MB")
    print(f"  {'file':20s}{header}")
    for name, by_size in memory.items():
        print(f"  {name:20s}" + "".join(f"{by_size[size]:13.0f}" for size in sizes))
    if sizes[-1] >= 1_000_000:
        above = [name for name, by_size in memory.items() if by_size[sizes[-1]] > GOAL_MEMORY]
        print(f"  above {GOAL_MEMORY:.0f} MB: {', '.join(above) or 'none'}")


if __name__ == "__main__":
    main()
