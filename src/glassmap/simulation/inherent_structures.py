"""Inherent structures: minima of the potential energy below snapshots of a cooling (v2 supplement, Sec. II.B)."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.schema import variable
from glassmap.simulation.checkpoints import fingerprint, read_scratch, write_scratch
from glassmap.simulation.lammps import Lammps, dump_command, interaction_commands, plane_command, read_dump
from glassmap.simulation.lammps_data import data_file, read_data_commands
from glassmap.simulation.parallel import run_all
from glassmap.system import System

# three times what conjugate gradients ever needed (2700 iterations at N = 2000); then something else is tried
ITERATIONS, EVALUATIONS = 8_000, 16_000


@dataclass(frozen=True)
class Minima:
    """Inherent structures of the snapshots of one replica.

    Attributes
    ----------
    position : ndarray, shape (temperature, N, d)
        Of the inherent structures, wrapped into [0, L).
    potential_energy : ndarray, shape (temperature,)
        E, of the snapshots as given, per particle, epsilon*.
    inherent_energy : ndarray, shape (temperature,)
        E_0, of the inherent structures, per particle, epsilon*.
    largest_force : ndarray, shape (temperature,)
        Largest component of the force on any particle of the inherent structure, epsilon*/sigma*.
    wall_time : float
        Seconds that LAMMPS took on its core for all temperatures.
    """

    position: np.ndarray
    potential_energy: np.ndarray
    inherent_energy: np.ndarray
    largest_force: np.ndarray
    wall_time: float


def minimisation_commands(system: System, *, snapshots: int, force_tolerance: float, neighbor_skin: float) -> str:
    """Input that minimises ``snapshot.<k>`` for every k < ``snapshots``, one after the other.

    Conjugate gradients with the line search ``forcezero``, until no component of any force exceeds the
    tolerance; if it gets stuck, some steps of FIRE and once more. (Measured at N = 2000: FIRE alone takes
    five to ten times as long. The potential has a kink in its force at the cutoff; the line search
    ``quadratic``, as fast, hung on one in one of 72 structures of ABM, ``backtrack`` on most.)

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
        Writes ``structure.<k>`` (id, type, positions, forces) and to ``energies.txt`` a line (k, E, E_0) each.
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
    """Minimise all snapshots of one replica with one run of LAMMPS, and check them.

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
        Where LAMMPS runs, empty or not there; left as it is, for a look after a failure.
    lammps : Lammps

    Returns
    -------
    Minima

    Raises
    ------
    GlassmapError
        If LAMMPS fails, an energy is not finite or went up, or a force is left beyond the tolerance.
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
    wall_time = lammps.run(commands, folder, "minimise", len(temperatures))
    files = [folder / f"structure.{snapshot}" for snapshot in range(len(temperatures))]
    tables = np.array([read_dump(file, 2 + 2 * system.dimension) for file in files])
    if tables.shape[1] != system.number_of_particles or (tables[:, :, 1] - 1 != system.species).any():
        raise GlassmapError(f"{folder}: the particles of the structures are not those of the snapshots")
    energies = np.loadtxt(folder / "energies.txt", ndmin=2)
    position, forces = np.split(tables[:, :, 2:], 2, axis=-1)
    largest_force = np.abs(forces).max(axis=(1, 2))
    for temperature, file, force in zip(temperatures, files, largest_force, strict=True):
        if not force < force_tolerance:
            raise GlassmapError(
                f"{file}: T = {temperature:g}, a force of {force:.3g} is left, allowed below {force_tolerance:g}"
            )
    if len(energies) != len(temperatures) or not (energies[:, 2] <= energies[:, 1]).all():
        raise GlassmapError(f"{folder / 'energies.txt'}: an energy is missing, not finite or went up")
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
    """Inherent structures of a batch, several replicas at a time on one core each; finished ones survive a crash.

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
        Keeps finished replicas (``replica-<r>.npz``) and the folders of running or failed ones. One of
        other snapshots, another system or tolerance, or a damaged one, is not used but computed again.
    lammps : Lammps
    workers : int
        Replicas run at a time.
    report : callable
        Takes one line of progress per replica.

    Returns
    -------
    list of Minima
        In the order of ``positions``.

    Raises
    ------
    ProgramError
        If a replica fails: names it and the reason. Running ones are finished and kept.
    OutOfTime
        If the job's wall time does not suffice.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    marks = {
        replica: fingerprint(identity(system, temperatures, snapshots, force_tolerance))
        for replica, snapshots in positions.items()
    }
    read = {replica: read_scratch(scratch / f"replica-{replica}.npz", mark) for replica, mark in marks.items()}
    kept = {replica: Minima(**found) for replica, found in read.items() if found is not None}
    if kept:
        report(f"{system.name}: {len(kept)} of {len(positions)} replicas were finished before")

    def work(replica: int) -> Minima:
        folder = scratch / f"replica-{replica}"
        shutil.rmtree(folder, ignore_errors=True)
        result = minimise_replica(system, temperatures, positions[replica], force_tolerance, folder, lammps)
        write_scratch(scratch / f"replica-{replica}.npz", marks[replica], asdict(result))
        shutil.rmtree(folder)
        return result

    tasks = {replica: f"{system.name} replica {replica}" for replica in positions if replica not in kept}
    kept |= run_all(tasks, work, workers, report, before=len(kept))
    return [kept[replica] for replica in positions]


def minima_dataset(
    system: System, temperatures: np.ndarray, replicas: Sequence[int], results: Sequence[Minima]
) -> xr.Dataset:
    """Content of ``inherent_structures/batch-<b>.nc``: inherent structures and energies of a batch."""
    by_temperature = ("replica", "temperature")
    return xr.Dataset(
        {
            "position": variable(
                (*by_temperature, "particle", "xy"),
                np.stack([result.position for result in results]),
                "sigma*",
                "positions of the inherent structure, wrapped into [0, L)",
            ),
            "species": variable(("particle",), system.species, "1", "species, 0 = A and 1 = B"),
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
