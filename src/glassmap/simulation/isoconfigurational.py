"""Runs of an isoconfigurational ensemble: one configuration, fresh velocities, NVT (Frontiers, Sec. 3.5).

A run is split into segments (`glassmap.simulation.restarts`).
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError, OutOfTime, ProgramError
from glassmap.io.schema import variable
from glassmap.seeds import derive_seed
from glassmap.simulation.checkpoints import fingerprint
from glassmap.simulation.lammps import (
    Lammps,
    dump_command,
    interaction_commands,
    interaction_files,
    plane_command,
    read_dynamics,
)
from glassmap.simulation.lammps_data import data_file, read_data_commands
from glassmap.simulation.parallel import run_all
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.simulation.restarts import finished_segments, run_segments
from glassmap.system import System


@dataclass(frozen=True)
class Ensemble:
    """One isoconfigurational ensemble.

    Attributes
    ----------
    system : System
    configuration : int
        Replica whose glass is the initial configuration of all runs.
    position : ndarray, shape (N, d)
        Initial configuration, wrapped into [0, L), sigma*.
    temperature : float
        Of the velocities and of the thermostat, epsilon*.
    protocol : PropensityProtocol
    base_seed : int
    """

    system: System
    configuration: int
    position: np.ndarray
    temperature: float
    protocol: PropensityProtocol
    base_seed: int

    def seed(self, run: int) -> int:
        """Velocity seed of a run; independent of the batch size."""
        identity = (self.system.name, self.configuration, "propensity", repr(float(self.temperature)), run)
        return derive_seed(self.base_seed, *identity)

    def name(self, run: int) -> str:
        """Name of a run in logs."""
        return f"{self.system.name} configuration {self.configuration}, T = {self.temperature:g}, run {run}"


@dataclass(frozen=True)
class Run:
    """Result of a run, or of one segment.

    Attributes
    ----------
    position : ndarray, shape (time, N, d)
        Unwrapped, sigma*.
    kinetic_temperature : ndarray, shape (time,)
        epsilon*.
    wall_time : float
        LAMMPS run time on one core, s.
    """

    position: np.ndarray
    kinetic_temperature: np.ndarray
    wall_time: float


def segment_commands(
    system: System,
    *,
    temperature: float,
    time_step: float,
    thermostat_damping: float,
    first_step: int,
    last_step: int,
    frame_steps: Sequence[int],
    velocities: int,
    neighbor_skin: float,
    restart: bool,
) -> str:
    """LAMMPS input of one segment of a run.

    Parameters
    ----------
    system : System
    temperature : float
        epsilon*.
    time_step, thermostat_damping : float
        tau.
    first_step, last_step : int
        A segment starting at step 0 reads ``start.data`` and draws velocities; later ones read ``start.restart``.
    frame_steps : sequence of int
        Steps in this segment, ascending, at which to write ``frame.<step>``.
    velocities : int
        Velocity seed.
    neighbor_skin : float
        sigma*.
    restart : bool
        Whether to write ``end.restart``.

    Returns
    -------
    str
    """
    target = repr(float(temperature))
    if first_step == 0:
        start = read_data_commands("start.data", system)
        draw = f"velocity all create {target} {velocities} mom yes rot no dist gaussian\n"
    else:
        start, draw = "read_restart start.restart", ""
    frames = "".join(
        f"run {step} upto\n{dump_command(f'frame.{step}', system, '{}u', 'v{}')}\n" for step in frame_steps
    )
    end = (f"run {last_step} upto\n" if last_step not in frame_steps else "") + (
        "write_restart end.restart\n" if restart else ""
    )
    return f"""\
# glassmap: a run of the isoconfigurational ensemble of {system.name}, steps {first_step} to {last_step}
{start}
{interaction_commands(system, neighbor_skin)}
timestep {time_step!r}
{draw}{plane_command(system)}
fix thermostat all nvt temp {target} {target} {thermostat_damping!r}
thermo {max(1, (last_step - first_step) // 10)}
{frames}{end}"""


def run_segment(
    ensemble: Ensemble, run: int, first: int, last: int, restart: Path | None, folder: Path, lammps: Lammps
) -> Run:
    """Run and check one segment.

    Parameters
    ----------
    ensemble : Ensemble
    run : int
    first, last : int
        First and last step.
    restart : Path or None
        Restart file to continue from; None for the first segment.
    folder : Path
        Where LAMMPS runs; must not exist. Contains ``end.restart`` afterwards, except after the last segment.
    lammps : Lammps

    Returns
    -------
    Run

    Raises
    ------
    GlassmapError
        If LAMMPS fails, atoms are lost, a neighbour-list rebuild came too late, or the temperature deviates from the
        thermostat's.
    """
    system, protocol = ensemble.system, ensemble.protocol
    folder.mkdir(parents=True)
    if restart is None:
        (folder / "start.data").write_text(data_file(ensemble.position, system))
    else:
        shutil.copyfile(restart, folder / "start.restart")
    steps = [step for step in protocol.frame_steps().tolist() if first < step <= last]
    commands = segment_commands(
        system,
        temperature=ensemble.temperature,
        time_step=protocol.time_step,
        thermostat_damping=protocol.thermostat_damping,
        first_step=first,
        last_step=last,
        frame_steps=steps,
        velocities=ensemble.seed(run),
        neighbor_skin=lammps.neighbor_skin,
        restart=last < protocol.steps,
    )
    wall_time = lammps.run(commands, folder, "run", last - first, interaction_files(system))
    position, kinetic_temperature = read_dynamics(folder, "run", [f"frame.{step}" for step in steps], system)
    # initially kinetic energy turns into potential energy; later, allow six standard deviations of the canonical T
    settled = np.array(steps) * protocol.time_step > 20 * protocol.thermostat_damping + 5
    allowed = 6 * ensemble.temperature / np.sqrt(system.degrees_of_freedom / 2)
    off = settled & ~(np.abs(kinetic_temperature - ensemble.temperature) <= allowed)
    if off.any():
        raise GlassmapError(
            f"{folder}: the temperature at step {np.array(steps)[off][0]} is {kinetic_temperature[off][0]:g}, "
            f"must be {ensemble.temperature:g} within {allowed:.2g}"
        )
    return Run(position, kinetic_temperature, wall_time)


def isoconfigurational_run(ensemble: Ensemble, run: int, folder: Path, lammps: Lammps) -> Run:
    """One run, resumed from its last valid restart file if it was interrupted.

    Parameters
    ----------
    ensemble : Ensemble
    run : int
    folder : Path
        Holds finished segments, see `glassmap.simulation.restarts.run_segments`.
    lammps : Lammps

    Returns
    -------
    Run

    Raises
    ------
    GlassmapError
        See `run_segment`.
    """

    def segment(first: int, last: int, restart: Path | None, work: Path) -> dict:
        return asdict(run_segment(ensemble, run, first, last, restart, work, lammps))

    finished = run_segments(ensemble.protocol.segments(), folder, fingerprint(identity(ensemble, run)), segment)
    return _join(finished)


def _join(segments: Sequence[Mapping]) -> Run:
    """A run from the results of all its segments."""
    return Run(
        np.concatenate([part["position"] for part in segments]),
        np.concatenate([part["kinetic_temperature"] for part in segments]),
        float(sum(part["wall_time"] for part in segments)),
    )


def run_batch(
    ensemble: Ensemble,
    runs: Sequence[int],
    scratch: Path,
    lammps: Lammps,
    workers: int,
    report: Callable[[str], None] = lambda line: None,
) -> list[Run]:
    """A batch of runs, several in parallel on one core each; finished segments survive a crash.

    Parameters
    ----------
    ensemble : Ensemble
    runs : sequence of int
    scratch : Path
        Contains one folder per run, see `isoconfigurational_run`.
    lammps : Lammps
    workers : int
        Runs in parallel.
    report : callable
        Called with one line of progress per run.

    Returns
    -------
    list of Run
        In the order of ``runs``.

    Raises
    ------
    ProgramError
        If a run fails; names it, its seed and the reason. Runs already in progress are finished and kept.
    OutOfTime
        If the job's wall time is too short.
    """
    count, kept = len(ensemble.protocol.segments()), {}
    for run in runs:
        parts = finished_segments(scratch / f"run-{run}", fingerprint(identity(ensemble, run)), count)
        if len(parts) == count:
            kept[run] = _join(parts)
    if kept:
        report(f"{ensemble.system.name}: {len(kept)} of {len(runs)} runs already finished")

    def work(run: int) -> Run:
        folder = scratch / f"run-{run}"
        done = len(finished_segments(folder, fingerprint(identity(ensemble, run)), count))
        if done:
            report(f"{ensemble.name(run)}: {done} of {count} segments already finished")
        try:
            return isoconfigurational_run(ensemble, run, folder, lammps)
        except OutOfTime:
            raise
        except GlassmapError as error:
            raise ProgramError(f"{error}\n  seed {ensemble.seed(run)}") from None

    tasks = {run: ensemble.name(run) for run in runs if run not in kept}
    kept |= run_all(tasks, work, workers, report, finished=len(kept))
    return [kept[run] for run in runs]


def batch_dataset(ensemble: Ensemble, runs: Sequence[int], results: Sequence[Run]) -> xr.Dataset:
    """Content of ``propensity/<ensemble>/runs-<b>.nc``: frames of a batch of runs."""
    return xr.Dataset(
        {
            "position": variable(
                ("run", "time", "particle", "axis"),
                np.stack([result.position for result in results]),
                "sigma*",
                "unwrapped positions",
            ),
            "initial_position": variable(
                ("particle", "axis"), ensemble.position, "sigma*", "positions that all runs start from, in [0, L)"
            ),
            "species": variable(("particle",), ensemble.system.species, "1", "species, 0 = A, 1 = B, ..."),
            "box_length": variable((), ensemble.system.box_length, "sigma*", "side L of the periodic box"),
            "kinetic_temperature": variable(
                ("run", "time"),
                np.stack([result.kinetic_temperature for result in results]),
                "epsilon*",
                "kinetic temperature of the frame",
            ),
            "wall_time": variable(
                ("run",),
                np.array([float(result.wall_time) for result in results]),
                "s",
                "time that LAMMPS took on its core",
            ),
            "seeds": variable(
                ("run",), np.array([ensemble.seed(run) for run in runs]), "1", "LAMMPS seed of the velocities"
            ),
        },
        coords={
            "run": variable(("run",), np.array(runs), "1", "run"),
            "time": variable(("time",), ensemble.protocol.frame_times(), "tau", "time since the start of the run"),
        },
        attrs={"temperature": ensemble.temperature, "replica": ensemble.configuration},
    )


def identity(ensemble: Ensemble, run: int) -> dict:
    """All parameters that a run depends on."""
    return {
        **ensemble.system.identity(),
        **asdict(ensemble.protocol),
        "position": ensemble.position.tolist(),
        "temperature": ensemble.temperature,
        "seed": ensemble.seed(run),
    }
