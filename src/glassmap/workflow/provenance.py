"""Provenance record of a study: code, programs, configuration, seeds, hosts and cost."""

import contextlib
import csv
import math
import os
import platform
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from itertools import pairwise
from pathlib import Path

from glassmap.seeds import network_seed
from glassmap.simulation.lammps import find_program, without_launcher
from glassmap.workflow.logging import DATED_LINE, HOST_LINE, TIME_FORMAT
from glassmap.workflow.paths import attempts_log

UNKNOWN = "unknown"
SECONDS_PER_HOUR = 3600.0
# explanations of the values, included in every record
NOTES = {
    "git": "when this record was made; every NetCDF file names the commit that made it",
    "wall_hours": "sum over the last attempts of all jobs with a benchmark",
    "core_hours": "wall time times the assigned threads, without jobs whose log does not name them",
    "earlier_core_hours": "the same for attempts that failed or stopped at their walltime, and for earlier runs of "
    "these jobs; a killed attempt counts up to the last line of its log",
    "cpu_hours": "processor time of all processes of a job up to Snakemake's last measurement (every 0.5 s, "
    "after half a minute every 30 s): a lower bound",
    "max_rss_mb": "largest resident memory of a job with its child processes, MiB",
    "replicas": "LAMMPS seeds of every replica: variable `seeds` of <system>/cooling/batch-<b>.nc",
    "runs": "LAMMPS seeds of every run: variable `seeds` of <system>/propensity/<ensemble>/runs-<b>.nc",
}


@dataclass(frozen=True)
class Job:
    """A job with a benchmark.

    Attributes
    ----------
    rule : str
    host : str
        ``unknown`` if the log does not name it.
    threads : float
        Assigned threads; NaN if the log does not name them.
    slurm : str or None
        SLURM job id.
    wall, cpu : float
        Wall-clock and processor time, s; NaN if the job was too short to be measured.
    max_rss : float
        Largest resident memory, MiB; NaN likewise.
    earlier : float
        Time times threads of its earlier attempts, up to the last line of their logs, s.
    """

    rule: str
    host: str
    threads: float
    slurm: str | None
    wall: float
    cpu: float
    max_rss: float
    earlier: float


def git_state(folder: Path) -> dict:
    """Commit of the repository that tracks a directory, and local changes.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict
        ``commit``; ``dirty``, whether tracked files have changed; ``changed`` and ``untracked``, file names.
        ``unknown``, None and no names without git, outside a repository, or in an untracked copy.
    """
    try:
        if not _git(folder, "ls-files", "--", "."):
            raise FileNotFoundError(f"{folder} is not tracked")
        commit = _git(folder, "rev-parse", "HEAD").strip()
        status = _git(folder, "status", "--porcelain", "-z", "--no-renames", "--", ".").split("\0")
    except (OSError, subprocess.CalledProcessError):
        return {"commit": UNKNOWN, "dirty": None, "changed": [], "untracked": []}
    untracked = sorted(line[3:] for line in status if line.startswith("?? "))
    changed = sorted(line[3:] for line in status if line and not line.startswith("?? "))
    return {"commit": commit, "dirty": bool(changed), "changed": changed, "untracked": untracked}


def versions(pins: str) -> dict:
    """Versions of Python, the platform and all pinned packages.

    Parameters
    ----------
    pins : str
        Contents of a requirements file, lines of ``name==version`` or ``name[extra]==version``.

    Returns
    -------
    dict
        ``python``, ``platform``, ``packages`` (installed versions, None if missing) and ``not_as_pinned``
        (the pins of those that differ; local versions such as ``+cpu`` are ignored).
    """
    pinned = dict(line.split("==") for line in pins.splitlines() if "==" in line and not line.startswith("#"))
    pinned = {name.split("[")[0].strip(): pin.strip() for name, pin in pinned.items()}
    packages = {name: _installed(name) for name in pinned}
    differ = {name: pin for name, pin in pinned.items() if (packages[name] or "").split("+")[0] != pin}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": packages,
        "not_as_pinned": differ,
    }


def lammps_build(command: str, arguments: str) -> dict:
    """Version and build of the LAMMPS executable.

    Parameters
    ----------
    command : str
        ``lammps.command``.
    arguments : str
        ``lammps.arguments``, only recorded.

    Returns
    -------
    dict
        ``command``, ``arguments``, ``path``, and the `build_information` from ``lmp -h``.
    """
    program = find_program(command)
    text = ""
    # a record without the build is better than none
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        text = subprocess.run(
            [program or command, "-h"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            env=without_launcher(os.environ),
            check=True,
        ).stdout
    return {"command": command, "arguments": arguments, "path": program or UNKNOWN, **build_information(text)}


def build_information(text: str) -> dict:
    """Version and build of LAMMPS from the output of ``lmp -h``.

    Parameters
    ----------
    text : str

    Returns
    -------
    dict
        Text ``version``, ``git``, ``os``, ``compiler``, ``mpi``, ``fft``, ``integers`` (sizes) and ``flags``,
        ``unknown`` if missing; lists ``accelerators`` (properties of these packages) and ``packages``.
    """

    def line(pattern: str) -> str:
        match = re.search(pattern, text, re.M)
        return " ".join(match[1].split()) if match else UNKNOWN

    sizes = re.findall(r"^sizeof\((\w+)\):\s*(\d+)-bit", text, re.M)
    packages = re.search(r"^Installed packages:\s*\n\n(.*?)\n\n", text, re.M | re.S)
    return {
        "version": line(r"^Large-scale Atomic/Molecular Massively Parallel Simulator - (.+)$"),
        "git": line(r"^Git info \((.+)\)$"),
        "os": line(r"^OS: (.+)$"),
        "compiler": line(r"^Compiler: (.+)$"),
        "mpi": line(r"^(MPI v.+)$"),
        "fft": line(r"^FFT library\s*= (.+)$"),
        "integers": ", ".join(f"{name} {bits} bit" for name, bits in sizes) or UNKNOWN,
        "flags": " ".join(re.findall(r"^-D\S+", text, re.M)) or UNKNOWN,
        "accelerators": re.findall(r"^(?:KOKKOS|OPENMP|GPU|INTEL|OPT) package .+$", text, re.M),
        "packages": packages[1].split() if packages else [],
    }


def seeds(config: Mapping) -> dict:
    """The base seed, and the network seeds derived from it.

    Parameters
    ----------
    config : mapping
        From `glassmap.workflow.config.resolve`.

    Returns
    -------
    dict
        ``base``; ``networks`` and ``shuffled_networks`` by system and network number.
    """
    base, networks, controls = config["seed"], config["classifier"]["seeds"], config["controls"]
    shuffled = range(controls["shuffled_networks"] if "shuffled_labels" in controls["nulls"] else 0)
    return {
        "base": base,
        "networks": {
            system: {str(number): network_seed(base, system, number) for number in networks}
            for system in config["systems"]
        },
        "shuffled_networks": {
            system: {str(number): network_seed(base, system, number, shuffled=True) for number in shuffled}
            for system in config["systems"]
        },
    }


def jobs(benchmarks: Path, logs: Path) -> list[Job]:
    """The jobs of a study, from Snakemake's benchmarks and the jobs' logs.

    Parameters
    ----------
    benchmarks, logs : Path
        Directories with one subdirectory per rule; a job has the same file stem in both.

    Returns
    -------
    list of Job
        Sorted by file name. A benchmark with several lines is one job.
    """
    return [
        _job(path, logs / path.relative_to(benchmarks).with_suffix(".log"), path.relative_to(benchmarks).parts[0])
        for path in sorted(benchmarks.rglob("*.tsv"))
    ]


def costs(measured: list[Job]) -> dict:
    """Number, hosts, time and memory of some jobs.

    Parameters
    ----------
    measured : list of Job

    Returns
    -------
    dict
        ``jobs``; ``hosts``, number of jobs by host; ``slurm_jobs``; ``wall_hours``, ``core_hours`` (wall time times
        threads), ``cpu_hours`` and ``max_rss_mb`` (the largest), None if nothing was measured;
        ``earlier_core_hours``.
    """
    return {
        "jobs": len(measured),
        "hosts": dict(sorted(Counter(job.host for job in measured).items())),
        "slurm_jobs": sorted({job.slurm for job in measured if job.slurm}),
        "wall_hours": _sum(job.wall for job in measured),
        "core_hours": _sum(job.wall * job.threads for job in measured),
        "earlier_core_hours": math.fsum(job.earlier for job in measured) / SECONDS_PER_HOUR,
        "cpu_hours": _sum(job.cpu for job in measured),
        "max_rss_mb": max((job.max_rss for job in measured if math.isfinite(job.max_rss)), default=None),
    }


def record(config: Mapping, folder: Path, pins: str, measured: list[Job]) -> dict:
    """Contents of ``provenance.json``.

    Parameters
    ----------
    config : mapping
        From `glassmap.workflow.config.resolve`.
    folder : Path
        The repository.
    pins : str
        As for `versions`.
    measured : list of Job
        From `jobs`.

    Returns
    -------
    dict
        JSON-serialisable.
    """
    rules: dict[str, list[Job]] = {}
    for job in measured:
        rules.setdefault(job.rule, []).append(job)
    return {
        "study": config["study"],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.node() or UNKNOWN,
        "git": git_state(folder),
        "versions": versions(pins),
        "lammps": lammps_build(config["lammps"]["command"], config["lammps"]["arguments"]),
        "seeds": seeds(config),
        "total": costs(measured),
        "rules": {rule: costs(rule_jobs) for rule, rule_jobs in rules.items()},
        "notes": NOTES,
        "configuration": dict(config),
    }


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _job(benchmark: Path, log: Path, rule: str) -> Job:
    """A job from its benchmark, its log and the history of its attempts, the last of which made the benchmark."""
    with benchmark.open(newline="") as file:
        lines = list(csv.DictReader(file, delimiter="\t")) or [{}]
    host = UNKNOWN, math.nan, None
    for match in HOST_LINE.finditer(_text(log)):
        host = match["host"], float(match["threads"]), match["slurm"]
    attempts = _text(Path(attempts_log(log)))
    starts = pairwise(HOST_LINE.finditer(attempts))
    earlier = sum(
        int(start["threads"]) * _duration(attempts[start.start() : following.start()]) for start, following in starts
    )
    wall, cpu, memory = ([_number(line.get(name)) for line in lines] for name in ("s", "cpu_time", "max_rss"))
    known = [value for value in memory if math.isfinite(value)]
    return Job(rule, *host, sum(wall), sum(cpu), max(known, default=math.nan), earlier)


def _text(path: Path) -> str:
    """Text of a file, empty if it does not exist."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _duration(text: str) -> float:
    """Time from the first to the last dated line, s."""
    times = [datetime.strptime(stamp, TIME_FORMAT) for stamp in DATED_LINE.findall(text)]
    return max((times[-1] - times[0]).total_seconds(), 0.0)


def _number(text: str | None) -> float:
    """A number in a benchmark; Snakemake writes ``NA`` or ``-`` if it was not measured."""
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _sum(seconds: Iterator[float]) -> float | None:
    """Sum of the finite values in hours; None if there are none."""
    known = [value for value in seconds if math.isfinite(value)]
    return math.fsum(known) / SECONDS_PER_HOUR if known else None
