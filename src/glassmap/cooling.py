"""Sample preparation: batches of independently cooled replicas (Frontiers, Sec. 2.2)."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.contract import variable
from glassmap.cooling_protocol import CoolingProtocol
from glassmap.errors import GlassmapError, ProgramError
from glassmap.lammps import Lammps, cooling_commands, dangerous_builds, read_dump
from glassmap.periodic import wrap
from glassmap.pool import run_all
from glassmap.scratch import fingerprint, read_scratch, write_scratch
from glassmap.seeds import derive_seed
from glassmap.systems import System


@dataclass(frozen=True)
class Replica:
    """What is kept of one cooling run.

    Attributes
    ----------
    position : ndarray, shape (temperature, N, 2)
        Wrapped into [0, L).
    kinetic_temperature : ndarray, shape (temperature,)
        Of the velocities at the snapshots.
    step : ndarray of int, shape (record,)
        Steps of cooling at which energies were recorded.
    potential_energy, kinetic_energy : ndarray, shape (record,)
        Per particle, epsilon*.
    wall_time : float
        Seconds that LAMMPS took on its core.
    """

    position: np.ndarray
    kinetic_temperature: np.ndarray
    step: np.ndarray
    potential_energy: np.ndarray
    kinetic_energy: np.ndarray
    wall_time: float


def replica_seeds(base_seed: int, system: System, replica: int) -> tuple[int, int, int]:
    """Seeds of the positions of A and B and of the velocities of one replica, whatever its batch."""
    return tuple(
        derive_seed(base_seed, system.name, replica, purpose)
        for purpose in ("positions A", "positions B", "velocities")
    )


def cool_replica(
    system: System, protocol: CoolingProtocol, seeds: tuple[int, int, int], folder: Path, lammps: Lammps
) -> Replica:
    """Cool one replica with LAMMPS and check the run.

    Parameters
    ----------
    system : System
    protocol : CoolingProtocol
    seeds : tuple of int
        From `replica_seeds`.
    folder : Path
        Where LAMMPS runs; left as it is, for a look after a failure.
    lammps : Lammps

    Returns
    -------
    Replica

    Raises
    ------
    GlassmapError
        If LAMMPS fails, atoms are lost, a neighbour list came too late, an energy is not finite, or the
        temperature of a snapshot is beyond its statistics.
    """
    steps = protocol.steps(system)
    snapshot_steps = protocol.snapshot_steps(system)
    commands = cooling_commands(
        system,
        temperature_start=protocol.temperature_start,
        time_step=protocol.time_step,
        thermostat_damping=protocol.thermostat_damping,
        equilibration_steps=round(protocol.equilibration_time / protocol.time_step),
        cooling_steps=steps,
        record_every=steps // protocol.energy_records,
        snapshot_steps=snapshot_steps.tolist(),
        seeds=seeds,
        neighbor_skin=lammps.neighbor_skin,
    )
    start = time.monotonic()
    lammps.run(commands, folder, "cool")
    wall_time = time.monotonic() - start
    tables = np.array([read_dump(folder / f"snapshot.{step}", 6) for step in snapshot_steps])
    if tables.shape[1] != system.number_of_particles:
        raise GlassmapError(f"{folder}: {tables.shape[1]} of {system.number_of_particles} particles are left")
    if (tables[:, :, 1] - 1 != system.species).any():
        raise GlassmapError(f"{folder}: the species of the snapshots are not those of the start")
    late = dangerous_builds(folder / "cool.log")
    if late:
        raise GlassmapError(f"{folder / 'cool.log'}: {late} dangerous neighbour list builds")
    energies = np.loadtxt(folder / "energies.txt", ndmin=2)
    if not np.isfinite(energies).all():
        raise GlassmapError(f"{folder / 'energies.txt'}: an energy is not finite")
    kinetic_temperature = (tables[:, :, 4:] ** 2).sum((1, 2)) / (2 * system.number_of_particles - 2)
    check_temperatures(kinetic_temperature, system, protocol)
    return Replica(
        position=wrap(tables[:, :, 2:4], system.box_length),
        kinetic_temperature=kinetic_temperature,
        step=energies[:, 0].astype(int),
        potential_energy=energies[:, 1] / system.number_of_particles,
        kinetic_energy=energies[:, 2] / system.number_of_particles,
        wall_time=wall_time,
    )


def check_temperatures(measured: np.ndarray, system: System, protocol: CoolingProtocol) -> None:
    """Refuse snapshots whose kinetic temperature does not fit the thermostat's.

    Six standard deviations of the canonical kinetic temperature, T sqrt(2 / (2N - 2)), and what a
    thermostat of relaxation time Tdamp can lag behind the ramp, 4 Tdamp times the rate, are allowed.

    Raises
    ------
    GlassmapError
    """
    wanted = protocol.temperatures(system)
    deviation = wanted / np.sqrt(system.number_of_particles - 1)
    allowed = 6 * deviation + 4 * protocol.thermostat_damping * protocol.cooling_rate
    for temperature, got, limit in zip(wanted, measured, allowed, strict=True):
        if not abs(got - temperature) <= limit:
            raise GlassmapError(
                f"temperature of the snapshot at T = {temperature:g} is {got:g}, allowed within {limit:.2g}"
            )


def cool_batch(
    system: System,
    protocol: CoolingProtocol,
    base_seed: int,
    replicas: Sequence[int],
    scratch: Path,
    lammps: Lammps,
    workers: int,
    report: Callable[[str], None] = lambda line: None,
) -> list[Replica]:
    """Cool a batch, several replicas at a time on one core each; finished ones survive a crash.

    Parameters
    ----------
    system : System
    protocol : CoolingProtocol
    base_seed : int
    replicas : sequence of int
    scratch : Path
        Keeps finished replicas (``replica-<r>.npz``) and the folders of running or failed ones. One of
        another system, protocol or seed, or a damaged one, is not used but computed again.
    lammps : Lammps
    workers : int
        Replicas run at a time.
    report : callable
        Takes one line of progress per replica.

    Returns
    -------
    list of Replica
        In the order of ``replicas``.

    Raises
    ------
    ProgramError
        If a replica fails: names it with its seeds and the reason. Running ones are finished and kept.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    marks = {replica: fingerprint(_identity(system, protocol, base_seed, replica)) for replica in replicas}
    kept = {}
    for replica, mark in marks.items():
        found = read_scratch(scratch / f"replica-{replica}.npz", mark)
        if found is not None:
            kept[replica] = Replica(**found)
    if kept:
        report(f"{system.name}: {len(kept)} of {len(replicas)} replicas were finished before")

    def work(replica: int) -> Replica:
        folder = scratch / f"replica-{replica}"
        shutil.rmtree(folder, ignore_errors=True)
        seeds = replica_seeds(base_seed, system, replica)
        try:
            result = cool_replica(system, protocol, seeds, folder, lammps)
        except GlassmapError as error:
            raise ProgramError(f"{error}\n  seeds {seeds}") from None
        write_scratch(scratch / f"replica-{replica}.npz", marks[replica], asdict(result))
        shutil.rmtree(folder)
        return result

    tasks = {replica: f"{system.name} replica {replica}" for replica in replicas if replica not in kept}
    kept |= run_all(tasks, work, workers, report, before=len(kept))
    return [kept[replica] for replica in replicas]


def batch_dataset(
    system: System,
    protocol: CoolingProtocol,
    base_seed: int,
    replicas: Sequence[int],
    results: Sequence[Replica],
) -> xr.Dataset:
    """Content of ``cooling/batch-<b>.nc``: snapshots and energies of a batch."""
    first = results[0]
    temperatures = protocol.temperatures(system)
    ramp = temperatures_along(first.step, system, protocol)
    energy = ("replica", "record")
    return xr.Dataset(
        {
            "position": variable(
                ("replica", "temperature", "particle", "xy"),
                np.stack([result.position for result in results]),
                "sigma*",
                "positions, wrapped into [0, L)",
            ),
            "species": variable(("particle",), system.species, "1", "species, 0 = A and 1 = B"),
            "box_length": variable((), system.box_length, "sigma*", "side L of the periodic square"),
            "kinetic_temperature": variable(
                ("replica", "temperature"),
                np.stack([result.kinetic_temperature for result in results]),
                "epsilon*",
                "kinetic temperature of the snapshot",
            ),
            "potential_energy": variable(
                energy,
                np.stack([result.potential_energy for result in results]),
                "epsilon*",
                "potential energy per particle along the cooling",
            ),
            "kinetic_energy": variable(
                energy,
                np.stack([result.kinetic_energy for result in results]),
                "epsilon*",
                "kinetic energy per particle along the cooling",
            ),
            "thermostat_temperature": variable(
                ("record",), ramp, "epsilon*", "temperature of the thermostat along the cooling"
            ),
            "time": variable(("record",), first.step * protocol.time_step, "tau", "time since the cooling began"),
            "wall_time": variable(
                ("replica",),
                np.array([float(result.wall_time) for result in results]),
                "s",
                "time that LAMMPS took on its core",
            ),
            "seeds": variable(
                ("replica", "stream"),
                np.array([replica_seeds(base_seed, system, replica) for replica in replicas]),
                "1",
                "LAMMPS seeds of the positions of A and B and of the velocities",
            ),
        },
        coords={
            "replica": variable(("replica",), np.array(replicas), "1", "replica"),
            "temperature": variable(
                ("temperature",), temperatures, "epsilon*", "temperature of the thermostat at the snapshot"
            ),
        },
    )


def temperatures_along(step: np.ndarray, system: System, protocol: CoolingProtocol) -> np.ndarray:
    """Temperature of the thermostat at steps of the cooling, epsilon*."""
    span = protocol.temperature_start - system.temperature_glass
    return protocol.temperature_start - span * step / protocol.steps(system)


def _identity(system: System, protocol: CoolingProtocol, base_seed: int, replica: int) -> dict:
    """Everything that the result of a replica depends on."""
    return {**system.identity(), **asdict(protocol), "seeds": replica_seeds(base_seed, system, replica)}
