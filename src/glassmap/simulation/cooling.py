"""Sample preparation: batches of independently cooled replicas (Frontiers, Sec. 2.2).

A long cooling is a chain of segments (`glassmap.simulation.restarts`).
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError, OutOfTime, ProgramError
from glassmap.io.schema import variable
from glassmap.seeds import derive_seed
from glassmap.simulation.checkpoints import fingerprint, read_scratch, write_scratch
from glassmap.simulation.cooling_protocol import CoolingProtocol
from glassmap.simulation.lammps import Lammps, cooling_commands, read_dynamics
from glassmap.simulation.parallel import run_all
from glassmap.simulation.restarts import finished_segments, run_chain
from glassmap.system import System

# what the segments of a replica give, in the order of time
OF_SEGMENT = ("position", "kinetic_temperature", "step", "potential_energy", "kinetic_energy")


@dataclass(frozen=True)
class Replica:
    """What is kept of one cooling run.

    Attributes
    ----------
    position : ndarray, shape (temperature, N, d)
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


def replica_seeds(base_seed: int, system: System, replica: int) -> tuple[int, ...]:
    """Seeds of the positions of each species and of the velocities of one replica, whatever its batch."""
    return tuple(
        derive_seed(base_seed, system.name, replica, purpose)
        for purpose in (*(f"positions {letter}" for letter in system.species_names), "velocities")
    )


def cool_replica(
    system: System, protocol: CoolingProtocol, seeds: tuple[int, ...], folder: Path, lammps: Lammps
) -> Replica:
    """Cool one replica with LAMMPS, going on from its last sound restart file if it was interrupted, and check it.

    Parameters
    ----------
    system : System
    protocol : CoolingProtocol
    seeds : tuple of int
        From `replica_seeds`.
    folder : Path
        Keeps finished segments, see `glassmap.simulation.restarts.run_chain`; LAMMPS runs in ``work`` below it, which
        is left as it is for a look after a failure.
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
    mark = fingerprint(_identity(system, protocol, seeds))

    def segment(first: int, last: int, restart: Path | None, work: Path) -> dict:
        return _cool_segment(system, protocol, seeds, first, last, restart, work, lammps)

    parts = run_chain(protocol.segments(), folder, mark, segment)
    together = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name in OF_SEGMENT}
    # a segment records the step that it begins with, which was the last of the one before
    steps, first = np.unique(together["step"], return_index=True)
    check_temperatures(together["kinetic_temperature"], system, protocol)
    return Replica(
        position=together["position"],
        kinetic_temperature=together["kinetic_temperature"],
        step=steps,
        potential_energy=together["potential_energy"][first],
        kinetic_energy=together["kinetic_energy"][first],
        wall_time=float(sum(part["wall_time"] for part in parts)),
    )


def _cool_segment(
    system: System,
    protocol: CoolingProtocol,
    seeds: tuple[int, ...],
    first: int,
    last: int,
    restart: Path | None,
    folder: Path,
    lammps: Lammps,
) -> dict:
    """One segment of the cooling of a replica, checked: `OF_SEGMENT` and the wall time."""
    folder.mkdir(parents=True)
    if restart is not None:
        shutil.copyfile(restart, folder / "start.restart")
    steps, before = protocol.steps(), protocol.equilibration_steps
    # the step at which a segment begins was the last of the one before, but for that at which the cooling begins
    wanted = [
        step
        for step in protocol.snapshot_steps().tolist()
        if (first <= before < last if step == 0 else first < before + step <= last)
    ]
    commands = cooling_commands(
        system,
        temperature_start=protocol.temperature_start,
        time_step=protocol.time_step,
        thermostat_damping=protocol.thermostat_damping,
        equilibration_steps=before,
        stages=protocol.stages(),
        record_every=steps // protocol.energy_records,
        first_step=first,
        last_step=last,
        snapshot_steps=wanted,
        seeds=seeds,
        neighbor_skin=lammps.neighbor_skin,
    )
    wall_time = lammps.run(commands, folder, "cool", last - first)
    dumps = [f"snapshot.{step}" for step in wanted]
    position, kinetic_temperature = read_dynamics(folder, "cool", dumps, system)
    energies = np.loadtxt(folder / "energies.txt", ndmin=2) if last > before else np.empty((0, 3))
    every = steps // protocol.energy_records
    # none is due where no time of the cooling passes, as where the equilibration ends with the segment
    due = range(-(-max(first - before, 0) // every) * every, last - before + 1, every) if last > before else ()
    records = np.array(due, dtype=int)
    if not np.array_equal(energies[:, 0], records):
        raise GlassmapError(f"{folder / 'energies.txt'}: {len(energies)} of {len(records)} records, disk full perhaps")
    if not np.isfinite(energies).all():
        raise GlassmapError(f"{folder / 'energies.txt'}: an energy is not finite")
    return {
        "position": system.box.wrap(position),
        "kinetic_temperature": kinetic_temperature,
        "step": energies[:, 0].astype(int),
        "potential_energy": energies[:, 1] / system.number_of_particles,
        "kinetic_energy": energies[:, 2] / system.number_of_particles,
        "wall_time": wall_time,
    }


def check_temperatures(measured: np.ndarray, system: System, protocol: CoolingProtocol) -> None:
    """Refuse snapshots whose kinetic temperature does not fit the thermostat's.

    Six standard deviations of the canonical kinetic temperature, T sqrt(2 / (d (N - 1))), and what a
    thermostat of relaxation time Tdamp can lag behind the ramp, 4 Tdamp times the rate, are allowed.

    Raises
    ------
    GlassmapError
    """
    wanted = protocol.temperatures()
    deviation = wanted / np.sqrt(system.degrees_of_freedom / 2)
    allowed = 6 * deviation + 4 * protocol.thermostat_damping * protocol.rates_at(wanted)
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
        Keeps finished replicas (``replica-<r>.npz``) and the folders of unfinished ones, with their segments. What
        is of another system, protocol or seed, or damaged, is not used but computed again.
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
    OutOfTime
        If the job's wall time does not suffice.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    seeds = {replica: replica_seeds(base_seed, system, replica) for replica in replicas}
    marks = {replica: fingerprint(_identity(system, protocol, seeds[replica])) for replica in replicas}
    kept = {}
    for replica, mark in marks.items():
        found = read_scratch(scratch / f"replica-{replica}.npz", mark)
        if found is not None:
            kept[replica] = Replica(**found)
    if kept:
        report(f"{system.name}: {len(kept)} of {len(replicas)} replicas were finished before")

    count = len(protocol.segments())

    def work(replica: int) -> Replica:
        folder = scratch / f"replica-{replica}"
        before = len(finished_segments(folder, marks[replica], count))
        if before:
            report(f"{system.name} replica {replica}: {before} of {count} segments were finished before")
        try:
            result = cool_replica(system, protocol, seeds[replica], folder, lammps)
        except OutOfTime:
            raise
        except GlassmapError as error:
            raise ProgramError(f"{error}\n  seeds {seeds[replica]}") from None
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
    temperatures = protocol.temperatures()
    ramp = protocol.temperatures_at(first.step)
    energy = ("replica", "record")
    return xr.Dataset(
        {
            "position": variable(
                ("replica", "temperature", "particle", "xy"),
                np.stack([result.position for result in results]),
                "sigma*",
                "positions, wrapped into [0, L)",
            ),
            "species": variable(("particle",), system.species, "1", "species, 0 = A, 1 = B, ..."),
            "box_length": variable((), system.box_length, "sigma*", "side L of the periodic box"),
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
                "LAMMPS seeds of the positions of each species and of the velocities",
            ),
        },
        coords={
            "replica": variable(("replica",), np.array(replicas), "1", "replica"),
            "temperature": variable(
                ("temperature",), temperatures, "epsilon*", "temperature of the thermostat at the snapshot"
            ),
        },
    )


def _identity(system: System, protocol: CoolingProtocol, seeds: tuple[int, ...]) -> dict:
    """Everything that the result of a replica depends on."""
    return {**system.identity(), **asdict(protocol), "seeds": seeds}
