"""Sample preparation: batches of independently cooled replicas (Frontiers, Sec. 2.2).

A long cooling run is split into segments (`glassmap.simulation.restarts`).
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
from glassmap.simulation.checkpoints import fingerprint, read_checkpoint, write_checkpoint
from glassmap.simulation.cooling_protocol import CoolingProtocol
from glassmap.simulation.lammps import Lammps, cooling_commands, interaction_files, read_dynamics, read_records
from glassmap.simulation.parallel import run_all
from glassmap.simulation.restarts import finished_segments, run_segments
from glassmap.system import System

# arrays of a segment, concatenated in time order
SEGMENT_ARRAYS = ("position", "kinetic_temperature", "step", "potential_energy", "kinetic_energy")


@dataclass(frozen=True)
class Replica:
    """Result of one cooling run.

    Attributes
    ----------
    position : ndarray, shape (temperature, N, d)
        Wrapped into [0, L).
    kinetic_temperature : ndarray, shape (temperature,)
        From the velocities of the snapshots, epsilon*.
    step : ndarray of int, shape (record,)
        Cooling steps at which energies were recorded.
    potential_energy, kinetic_energy : ndarray, shape (record,)
        Per particle, epsilon*.
    wall_time : float
        LAMMPS run time on one core, s.
    """

    position: np.ndarray
    kinetic_temperature: np.ndarray
    step: np.ndarray
    potential_energy: np.ndarray
    kinetic_energy: np.ndarray
    wall_time: float


def replica_seeds(base_seed: int, system: System, replica: int) -> tuple[int, ...]:
    """Seeds of the positions of each species and of the velocities; independent of the batch size."""
    return tuple(
        derive_seed(base_seed, system.name, replica, purpose)
        for purpose in (*(f"positions {letter}" for letter in system.species_names), "velocities")
    )


def cool_replica(
    system: System, protocol: CoolingProtocol, seeds: tuple[int, ...], folder: Path, lammps: Lammps
) -> Replica:
    """Cool one replica with LAMMPS, resuming from the last valid restart file, and check the result.

    Parameters
    ----------
    system : System
    protocol : CoolingProtocol
    seeds : tuple of int
        From `replica_seeds`.
    folder : Path
        Holds finished segments, see `glassmap.simulation.restarts.run_segments`. LAMMPS runs in its subfolder ``work``,
        which is kept after a failure.
    lammps : Lammps

    Returns
    -------
    Replica

    Raises
    ------
    GlassmapError
        If LAMMPS fails, atoms are lost, a neighbour-list rebuild came too late, an energy is not finite, or the
        temperature of a snapshot is outside its statistical range.
    """
    mark = fingerprint(_identity(system, protocol, seeds))

    def segment(first: int, last: int, restart: Path | None, work: Path) -> dict:
        return _cool_segment(system, protocol, seeds, first, last, restart, work, lammps)

    parts = run_segments(protocol.segments(), folder, mark, segment)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name in SEGMENT_ARRAYS}
    # a segment records its first step, which is also the last of the previous segment
    steps, first = np.unique(joined["step"], return_index=True)
    check_temperatures(joined["kinetic_temperature"], system, protocol)
    return Replica(
        position=joined["position"],
        kinetic_temperature=joined["kinetic_temperature"],
        step=steps,
        potential_energy=joined["potential_energy"][first],
        kinetic_energy=joined["kinetic_energy"][first],
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
    """Run and check one segment of the cooling; returns `SEGMENT_ARRAYS` and the wall time."""
    folder.mkdir(parents=True)
    if restart is not None:
        shutil.copyfile(restart, folder / "start.restart")
    steps, equilibration = protocol.steps(), protocol.equilibration_steps
    # a segment's first step belongs to the previous segment, except for the first step of the cooling
    snapshot_steps = [
        step
        for step in protocol.snapshot_steps().tolist()
        if (first <= equilibration < last if step == 0 else first < equilibration + step <= last)
    ]
    commands = cooling_commands(
        system,
        temperature_start=protocol.temperature_start,
        time_step=protocol.time_step,
        thermostat_damping=protocol.thermostat_damping,
        equilibration_steps=equilibration,
        stages=protocol.stages(),
        record_every=steps // protocol.energy_records,
        first_step=first,
        last_step=last,
        snapshot_steps=snapshot_steps,
        seeds=seeds,
        neighbor_skin=lammps.neighbor_skin,
    )
    wall_time = lammps.run(commands, folder, "cool", last - first, interaction_files(system))
    dumps = [f"snapshot.{step}" for step in snapshot_steps]
    position, kinetic_temperature = read_dynamics(folder, "cool", dumps, system)
    energies = read_records(folder / "energies.txt", 3) if last > equilibration else np.empty((0, 3))
    interval = steps // protocol.energy_records
    # no records if the segment ends with the equilibration
    start = -(-max(first - equilibration, 0) // interval) * interval
    records = np.arange(start, last - equilibration + 1, interval) if last > equilibration else np.empty(0, dtype=int)
    if not np.array_equal(energies[:, 0], records):
        raise GlassmapError(f"{folder / 'energies.txt'}: {len(energies)} of {len(records)} records; is the disk full?")
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
    """Reject snapshots whose kinetic temperature is inconsistent with the thermostat.

    The tolerance is six standard deviations of the canonical kinetic temperature, T sqrt(2 / (d (N - 1))), plus the lag
    of a thermostat of relaxation time Tdamp behind the ramp, 4 Tdamp times the rate.

    Raises
    ------
    GlassmapError
    """
    target = protocol.temperatures()
    deviation = target / np.sqrt(system.degrees_of_freedom / 2)
    allowed = 6 * deviation + 4 * protocol.thermostat_damping * protocol.rates_at(target)
    for temperature, got, limit in zip(target, measured, allowed, strict=True):
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
    """Cool a batch, several replicas in parallel on one core each; finished replicas survive a crash.

    Parameters
    ----------
    system : System
    protocol : CoolingProtocol
    base_seed : int
    replicas : sequence of int
    scratch : Path
        Holds finished replicas (``replica-<r>.npz``) and the folders of unfinished ones, with their segments. Anything
        damaged or from another system, protocol or seed is recomputed.
    lammps : Lammps
    workers : int
        Replicas to run in parallel.
    report : callable
        Called with one line of progress per replica.

    Returns
    -------
    list of Replica
        In the order of ``replicas``.

    Raises
    ------
    ProgramError
        If a replica fails; names it, its seeds and the reason. Replicas already running are finished and kept.
    OutOfTime
        If the job's wall time is too short.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    seeds = {replica: replica_seeds(base_seed, system, replica) for replica in replicas}
    marks = {replica: fingerprint(_identity(system, protocol, seeds[replica])) for replica in replicas}
    kept = {}
    for replica, mark in marks.items():
        arrays = read_checkpoint(scratch / f"replica-{replica}.npz", mark)
        if arrays is not None:
            kept[replica] = Replica(**arrays)
    if kept:
        report(f"{system.name}: {len(kept)} of {len(replicas)} replicas already finished")

    count = len(protocol.segments())

    def work(replica: int) -> Replica:
        folder = scratch / f"replica-{replica}"
        done = len(finished_segments(folder, marks[replica], count))
        if done:
            report(f"{system.name} replica {replica}: {done} of {count} segments already finished")
        try:
            result = cool_replica(system, protocol, seeds[replica], folder, lammps)
        except OutOfTime:
            raise
        except GlassmapError as error:
            raise ProgramError(f"{error}\n  seeds {seeds[replica]}") from None
        write_checkpoint(scratch / f"replica-{replica}.npz", marks[replica], asdict(result))
        shutil.rmtree(folder)
        return result

    tasks = {replica: f"{system.name} replica {replica}" for replica in replicas if replica not in kept}
    kept |= run_all(tasks, work, workers, report, finished=len(kept))
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
                ("replica", "temperature", "particle", "axis"),
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
