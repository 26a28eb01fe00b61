"""Make the files that the examples read: glasses of resources/reference as a LAMMPS dump, a GSD file and a tar archive.

    python config/examples/make_files.py dump gsd archive

writes config/examples/files/. The glasses of the dump and the archive have a column with dynamics of their own: the
mean displacement of each particle relative to its cage, over two short runs with LAMMPS from the same glass.
"""

import argparse
import gzip
import io
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import gsd.hoomd
import numpy as np

from glassmap.dynamics.propensity import Cage, average, mobility
from glassmap.io.samples import read_replicas
from glassmap.io.schema import SNAPSHOTS
from glassmap.simulation.isoconfigurational import Ensemble, run_batch
from glassmap.simulation.lammps import Lammps
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.system import System
from glassmap.workflow.config import read_study

REPOSITORY = Path(__file__).parents[2]
FILES = Path(__file__).parent / "files"
SAMPLES = 40  # of each state
SEED = 1
RUNS, TEMPERATURE = 2, 0.4  # epsilon*, where particles move
PROTOCOL = PropensityProtocol(
    run_time=2.5, time_step=0.005, thermostat_damping=0.5, frames=2, first_frame=0.5, extra_times=(), segment_time=2.5
)


def kob_andersen() -> tuple[System, dict[str, np.ndarray]]:
    """The model, and positions of the liquids and the glasses, shape (sample, N, 2), sigma*."""
    block = read_study(REPOSITORY / "config/config.yaml")["systems"]["KAM"]
    files = [REPOSITORY / f"resources/reference/KAM/batch-{batch}.nc" for batch in (0, 1)]
    snapshots = read_replicas(files, SNAPSHOTS, range(SAMPLES))
    positions = {
        state: snapshots["position"].sel(temperature=temperature).values
        for state, temperature in block["states"].items()
    }
    return System.from_config("KAM", block), positions


def displacements(system: System, positions: np.ndarray, sample: int, folder: Path, workers: int) -> np.ndarray:
    """Cage-relative displacements of the particles of one glass, mean over the runs, shape (time, N), sigma*."""
    ensemble = Ensemble(system, sample, positions, TEMPERATURE, PROTOCOL, SEED)
    runs = run_batch(ensemble, range(RUNS), folder, Lammps(), workers)
    cage = Cage.of(positions, system.box_length)
    return average(mobility(run.position, positions, cage) for run in runs).mean


def dump(system: System, positions: np.ndarray, column: np.ndarray | None) -> bytes:
    """A LAMMPS dump of one frame, compressed, with the column c_move if there is one."""
    number = system.number_of_particles
    edge = f"0 {system.box_length!r}\n"
    head = f"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n{number}\nITEM: BOX BOUNDS pp pp pp\n{edge}{edge}-0.5 0.5\n"
    columns = [np.arange(1, number + 1), system.species + 1, *positions.T, np.zeros(number)]
    names, formats = "id type x y z", "%d %d %.5f %.5f %g"
    if column is not None:
        columns, names, formats = [*columns, column], f"{names} c_move", f"{formats} %.6g"
    text = io.StringIO()
    np.savetxt(text, np.column_stack(columns), fmt=formats)
    return gzip.compress(f"{head}ITEM: ATOMS {names}\n{text.getvalue()}".encode(), mtime=0)


def write_dumps(system: System, states: dict[str, np.ndarray], moved: Sequence[np.ndarray]) -> None:
    """A file for each liquid and each glass; the glasses say how far each particle moves."""
    folder = FILES / "dump"
    folder.mkdir(parents=True, exist_ok=True)
    for state, of_state in states.items():
        for sample, positions in enumerate(of_state):
            column = moved[sample][-1] if state == "glass" else None
            (folder / f"{state}-{sample:02}.lammpstrj.gz").write_bytes(dump(system, positions, column))


def write_gsd(system: System, states: dict[str, np.ndarray]) -> None:
    """A file for each state with a sample in each frame, the box centred on the origin as in HOOMD."""
    folder = FILES / "gsd"
    folder.mkdir(parents=True, exist_ok=True)
    length = system.box_length
    for state, of_state in states.items():
        with gsd.hoomd.open(str(folder / f"{state}.gsd"), "w") as trajectory:
            for positions in of_state:
                frame = gsd.hoomd.Frame()
                frame.configuration.box = [length, length, 1, 0, 0, 0]
                frame.configuration.dimensions = 2
                frame.particles.N = len(positions)
                frame.particles.types = list(system.species_names)
                frame.particles.typeid = system.species
                frame.particles.position = np.pad(positions - length / 2, [(0, 0), (0, 1)])
                trajectory.append(frame)


def write_archive(system: System, states: dict[str, np.ndarray], moved: Sequence[np.ndarray]) -> None:
    """An archive as those of GlassBench: npz files of types, initial_positions and, of glasses, md_prop (time, N)."""
    folder = FILES / "archive"
    folder.mkdir(parents=True, exist_ok=True)
    for state, of_state in states.items():
        with tarfile.open(folder / f"{state}.tar.xz", "w:xz") as archive:
            for sample, positions in enumerate(of_state):
                arrays = {"types": system.species + 1, "initial_positions": positions}
                if state == "glass":
                    arrays["md_prop"] = moved[sample]
                content = io.BytesIO()
                np.savez(content, **arrays)
                member = tarfile.TarInfo(f"{state}/N{system.number_of_particles}_{sample:02}.npz")
                member.size = content.tell()
                content.seek(0)
                archive.addfile(member, content)


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("layouts", nargs="+", choices=["dump", "gsd", "archive"])
    parser.add_argument("--cores", type=int, default=2, help="runs with LAMMPS at a time")
    given = parser.parse_args()
    system, states = kob_andersen()
    moved = []
    if {"dump", "archive"}.intersection(given.layouts):
        with tempfile.TemporaryDirectory() as scratch:
            moved = [
                displacements(system, positions, sample, Path(scratch) / str(sample), given.cores)
                for sample, positions in enumerate(states["glass"])
            ]
    if "dump" in given.layouts:
        write_dumps(system, states, moved)
    if "gsd" in given.layouts:
        write_gsd(system, states)
    if "archive" in given.layouts:
        write_archive(system, states, moved)
    print(f"wrote {', '.join(given.layouts)} to {FILES}: {SAMPLES} liquids and {SAMPLES} glasses of {system.name}")


if __name__ == "__main__":
    main()
