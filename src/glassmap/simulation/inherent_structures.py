"""Inherent structures: potential-energy minima of the snapshots of a cooling (v2 supplement, Sec. II.B)."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.schema import variable
from glassmap.simulation.checkpoints import fingerprint, read_checkpoint, write_checkpoint
from glassmap.simulation.lammps import (
    Lammps,
    dump_command,
    interaction_commands,
    interaction_files,
    plane_command,
    read_dump,
    read_records,
)
from glassmap.simulation.lammps_data import data_file, read_data_commands
from glassmap.simulation.parallel import run_all
from glassmap.system import System

# three times the most that conjugate gradients ever needed (2700 iterations at N = 2000); beyond that, try FIRE
ITERATIONS, EVALUATIONS = 8_000, 16_000


@dataclass(frozen=True)
class Minima:
    """Inherent structures of the snapshots of one replica.

    Attributes
    ----------
    position : ndarray, shape (temperature, N, d)
        Positions in the inherent structures, wrapped into [0, L).
    potential_energy : ndarray, shape (temperature,)
        E of the snapshots, per particle, epsilon*.
    inherent_energy : ndarray, shape (temperature,)
        E_0 of the inherent structures, per particle, epsilon*.
    largest_force : ndarray, shape (temperature,)
        Largest force component on any particle of the inherent structure, epsilon*/sigma*.
    wall_time : float
        LAMMPS run time on one core for all temperatures, s.
    """

    position: np.ndarray
    potential_energy: np.ndarray
    inherent_energy: np.ndarray
    largest_force: np.ndarray
    wall_time: float


def minimisation_commands(system: System, *, snapshots: int, force_tolerance: float, neighbor_skin: float) -> str:
    """LAMMPS input that minimises ``snapshot.<k>`` for every k < ``snapshots`` in turn.

    Conjugate gradients with the ``forcezero`` line search, until no force component exceeds the tolerance; if stuck,
    a few steps of FIRE, then conjugate gradients again. (Measured at N = 2000: FIRE alone takes five to ten times as
    long. The force has a kink at the cutoff: the line search ``quadratic``, equally fast, got stuck at one in 1 of 72
    structures of ABM, ``backtrack`` in most.)

    Parameters
    ----------
    system : System
    snapshots : int
    force_tolerance : float
        epsilon*/sigma*.
    neighbor_skin : float
        sigma*.

    Returns
    -------
    str
        Writes ``structure.<k>`` (id, type, positions, forces), and a line (k, E, E_0) for each to ``energies.txt``.
    """
    end = f"minimize 0.0 {force_tolerance!r} {ITERATIONS} {EVALUATIONS}"
    gradients = ["min_style cg", "min_modify line forcezero norm max", end]
    fire = ["min_style fire", "min_modify norm max", "timestep 0.005", f"minimize 0.0 {force_tolerance!r} 1000 2000"]
    again = " ".join(f'"{command}"' for command in fire + gradients)
    once = "\n".join(gradients)
    blocks = [
        f"""\
clear
{read_data_commands(f"snapshot.{snapshot}", system)}
{interaction_commands(system, neighbor_skin)}
{plane_command(system)}
thermo_style custom step pe fmax
thermo {ITERATIONS}
run 0
variable energy equal $(pe:%.17g)
{once}
if "$(fmax) > {force_tolerance!r}" then {again}
print "{snapshot} ${{energy}} $(pe:%.17g)" append energies.txt screen no
{dump_command(f"structure.{snapshot}", system, "{}", "f{}")}
"""
        for snapshot in range(snapshots)
    ]
    return f"# glassmap: inherent structures of one replica of {system.name}\n" + "\n".join(blocks)


def minimise_replica(
    system: System,
    temperatures: np.ndarray,
    positions: np.ndarray,
    force_tolerance: float,
    folder: Path,
    lammps: Lammps,
) -> Minima:
    """Minimise all snapshots of one replica in one LAMMPS run, and check the result.

    Parameters
    ----------
    system : System
    temperatures : ndarray, shape (temperature,)
        Of the snapshots, epsilon*.
    positions : ndarray, shape (temperature, N, d)
        sigma*.
    force_tolerance : float
        epsilon*/sigma*.
    folder : Path
        Where LAMMPS runs; must be empty or absent, and is kept after a failure.
    lammps : Lammps

    Returns
    -------
    Minima

    Raises
    ------
    GlassmapError
        If LAMMPS fails, an energy is not finite or increased, or a force exceeds the tolerance.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for snapshot, sample in enumerate(positions):
        (folder / f"snapshot.{snapshot}").write_text(data_file(system.box.wrap(sample), system))
    commands = minimisation_commands(
        system,
        snapshots=len(temperatures),
        force_tolerance=force_tolerance,
        neighbor_skin=lammps.neighbor_skin,
    )
    wall_time = lammps.run(commands, folder, "minimise", len(temperatures), interaction_files(system))
    files = [folder / f"structure.{snapshot}" for snapshot in range(len(temperatures))]
    tables = np.array([read_dump(file, 2 + 2 * system.dimension) for file in files])
    if tables.shape[1] != system.number_of_particles or (tables[:, :, 1] - 1 != system.species).any():
        raise GlassmapError(f"{folder}: the particles of the structures differ from those of the snapshots")
    energies = read_records(folder / "energies.txt", 3)
    position, forces = np.split(tables[:, :, 2:], 2, axis=-1)
    largest_force = np.abs(forces).max(axis=(1, 2))
    for temperature, file, force in zip(temperatures, files, largest_force, strict=True):
        if not force < force_tolerance:
            raise GlassmapError(
                f"{file}: T = {temperature:g}, residual force {force:.3g}, must be below {force_tolerance:g}"
            )
    if len(energies) != len(temperatures) or not (energies[:, 2] <= energies[:, 1]).all():
        raise GlassmapError(f"{folder / 'energies.txt'}: an energy is missing, not finite, or increased")
    return Minima(
        position=system.box.wrap(position),
        potential_energy=energies[:, 1],
        inherent_energy=energies[:, 2],
        largest_force=largest_force,
        wall_time=wall_time,
    )


def minimise_batch(
    system: System,
    temperatures: np.ndarray,
    positions: Mapping[int, np.ndarray],
    force_tolerance: float,
    scratch: Path,
    lammps: Lammps,
    workers: int,
    report: Callable[[str], None] = lambda line: None,
) -> list[Minima]:
    """Inherent structures of a batch, several replicas in parallel on one core each; finished ones survive a crash.

    Parameters
    ----------
    system : System
    temperatures : ndarray, shape (temperature,)
        epsilon*.
    positions : mapping of int to ndarray, shape (temperature, N, d)
        By replica, sigma*.
    force_tolerance : float
        epsilon*/sigma*.
    scratch : Path
        Holds finished replicas (``replica-<r>.npz``) and the folders of running or failed ones. A replica that is
        damaged or from other snapshots, another system or tolerance is recomputed.
    lammps : Lammps
    workers : int
        Replicas to run in parallel.
    report : callable
        Called with one line of progress per replica.

    Returns
    -------
    list of Minima
        In the order of ``positions``.

    Raises
    ------
    ProgramError
        If a replica fails; names it and the reason. Replicas already running are finished and kept.
    OutOfTime
        If the job's wall time is too short.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    marks = {
        replica: fingerprint(identity(system, temperatures, snapshots, force_tolerance))
        for replica, snapshots in positions.items()
    }
    saved = {replica: read_checkpoint(scratch / f"replica-{replica}.npz", mark) for replica, mark in marks.items()}
    kept = {replica: Minima(**arrays) for replica, arrays in saved.items() if arrays is not None}
    if kept:
        report(f"{system.name}: {len(kept)} of {len(positions)} replicas already finished")

    def work(replica: int) -> Minima:
        folder = scratch / f"replica-{replica}"
        shutil.rmtree(folder, ignore_errors=True)
        result = minimise_replica(system, temperatures, positions[replica], force_tolerance, folder, lammps)
        write_checkpoint(scratch / f"replica-{replica}.npz", marks[replica], asdict(result))
        shutil.rmtree(folder)
        return result

    tasks = {replica: f"{system.name} replica {replica}" for replica in positions if replica not in kept}
    kept |= run_all(tasks, work, workers, report, finished=len(kept))
    return [kept[replica] for replica in positions]


def minima_dataset(
    system: System, temperatures: np.ndarray, replicas: Sequence[int], results: Sequence[Minima]
) -> xr.Dataset:
    """Content of ``inherent_structures/batch-<b>.nc``: inherent structures and energies of a batch."""
    by_temperature = ("replica", "temperature")
    return xr.Dataset(
        {
            "position": variable(
                (*by_temperature, "particle", "axis"),
                np.stack([result.position for result in results]),
                "sigma*",
                "positions of the inherent structure, wrapped into [0, L)",
            ),
            "species": variable(("particle",), system.species, "1", "species, 0 = A, 1 = B, ..."),
            "box_length": variable((), system.box_length, "sigma*", "side L of the periodic box"),
            "potential_energy": variable(
                by_temperature,
                np.stack([result.potential_energy for result in results]),
                "epsilon*",
                "potential energy E per particle of the snapshot",
            ),
            "inherent_energy": variable(
                by_temperature,
                np.stack([result.inherent_energy for result in results]),
                "epsilon*",
                "potential energy E_0 per particle of the inherent structure",
            ),
            "largest_force": variable(
                by_temperature,
                np.stack([result.largest_force for result in results]),
                "epsilon*/sigma*",
                "largest force component left in the inherent structure",
            ),
            "wall_time": variable(
                ("replica",),
                np.array([float(result.wall_time) for result in results]),
                "s",
                "time that LAMMPS took on its core",
            ),
        },
        coords={
            "replica": variable(("replica",), np.array(replicas), "1", "replica"),
            "temperature": variable(
                ("temperature",), temperatures, "epsilon*", "temperature of the thermostat at the snapshot"
            ),
        },
    )


def identity(system: System, temperatures: np.ndarray, positions: np.ndarray, force_tolerance: float) -> dict:
    """Everything that the result of a replica depends on."""
    return {
        **system.identity(),
        "temperatures": np.asarray(temperatures).tolist(),
        "positions": positions.tolist(),
        "force_tolerance": force_tolerance,
    }
