"""The record of a study: which code, programs, configuration and seeds made it, where, and at what cost."""

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
from functools import partial
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import jinja2
import yaml

from glassmap.seeds import network_seed
from glassmap.simulation.lammps import find_program, without_launcher
from glassmap.workflow.logging import DATED_LINE, HOST_LINE, TIME_FORMAT
from glassmap.workflow.paths import attempts_of

UNKNOWN = "unknown"
SECONDS_PER_HOUR = 3600.0
# sections of the configuration that the report's first page shows
MAIN = ("protocol", "xi", "cooling", "split", "density", "classifier", "propensity")
# what the numbers of `costs` are, told in every record
NOTES = {
    "git": "of the moment of this record; every NetCDF file names the commit that it was made with",
    "wall_hours": "sum over the jobs whose benchmark is there, of each its last attempt",
    "core_hours": "wall time times the threads that the job was given, without jobs whose log does not name them",
    "earlier_core_hours": "the same of attempts that failed or stopped before their time limit, and of earlier runs of "
    "these jobs; an attempt that was killed counts up to the last line that it wrote",
    "cpu_hours": "processor time of every program of a job up to the last time that Snakemake looked (every 0.5 s, "
    "after half a minute every 30 s): a lower bound",
    "max_rss_mb": "largest resident memory of one job with its children, MiB",
    "replicas": "LAMMPS seeds of every replica: variable `seeds` of <system>/cooling/batch-<b>.nc",
    "runs": "LAMMPS seeds of every run: variable `seeds` of <system>/propensity/<ensemble>/runs-<b>.nc",
}


@dataclass(frozen=True)
class Job:
    """One job whose benchmark is there.

    Attributes
    ----------
    rule : str
    host : str
        ``unknown`` where the log does not say.
    threads : float
        That the job was given; NaN where the log does not say.
    slurm : str or None
        Number of the SLURM job that it ran in.
    wall, cpu : float
        Wall and processor time, s; NaN where the job was too short to be measured.
    max_rss : float
        Largest resident memory, MiB; NaN as above.
    earlier : float
        Time times threads of its earlier attempts, as far as they left an end, s.
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
    """Commit of the repository that tracks a folder, and what differs from it.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict
        ``commit``; ``dirty``, whether tracked files were changed; ``changed`` and ``untracked``, names of files.
        ``unknown``, None and no names without git, outside a repository, and in a copy that git does not track.
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
    """Versions of Python, of the platform and of all pinned packages.

    Parameters
    ----------
    pins : str
        Text of a file of requirements, ``name==version`` or ``name[extra]==version`` by line.

    Returns
    -------
    dict
        ``python``, ``platform``, ``packages`` (installed versions, None where one is missing) and ``not_as_pinned``
        (the pins of those that differ; what follows a ``+``, such as ``+cpu``, does not count).
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
    """What the lmp program says of itself.

    Parameters
    ----------
    command : str
        ``lammps.command``.
    arguments : str
        ``lammps.arguments``, copied.

    Returns
    -------
    dict
        ``command``, ``arguments``, ``path``, and what `build_information` reads from ``lmp -h``.
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
    """Version and build of LAMMPS from the text of ``lmp -h``.

    Parameters
    ----------
    text : str

    Returns
    -------
    dict
        ``version``, ``git``, ``os``, ``compiler``, ``mpi``, ``fft``, ``integers`` (their sizes) and ``flags``: text,
        ``unknown`` where there is none; ``accelerators`` (properties of these packages) and ``packages``: lists.
    """

    def line(pattern: str) -> str:
        found = re.search(pattern, text, re.M)
        return " ".join(found[1].split()) if found else UNKNOWN

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
    """The base seed and those that derive from it without a file.

    Parameters
    ----------
    config : mapping
        From `glassmap.workflow.config.resolve`.

    Returns
    -------
    dict
        ``base``; ``networks`` and ``shuffled_networks``: by system and number of the network.
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
    """The jobs of a study, from what Snakemake measured and what their logs say.

    Parameters
    ----------
    benchmarks, logs : Path
        Folders with one folder for each rule; a job has the same stem in both.

    Returns
    -------
    list of Job
        In the order of the files' names. A benchmark with several lines is one job.
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
        threads), ``cpu_hours`` and ``max_rss_mb`` (the largest), None where nothing was measured;
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
    """Everything that `provenance.json` says.

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
        That JSON can hold.
    """
    by_rule: dict[str, list[Job]] = {}
    for job in measured:
        by_rule.setdefault(job.rule, []).append(job)
    return {
        "study": config["study"],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.node() or UNKNOWN,
        "git": git_state(folder),
        "versions": versions(pins),
        "lammps": lammps_build(config["lammps"]["command"], config["lammps"]["arguments"]),
        "seeds": seeds(config),
        "total": costs(measured),
        "rules": {rule: costs(of_rule) for rule, of_rule in by_rule.items()},
        "notes": NOTES,
        "configuration": dict(config),
    }


def first_page(content: Mapping, template: str) -> str:
    """The report's first page.

    Parameters
    ----------
    content : mapping
        From `record`.
    template : str
        Text of a Jinja2 template of RST; it sees the keys of ``content``, and as ``main`` the `MAIN` sections of the
        configuration.

    Returns
    -------
    str
        RST.
    """
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["yaml"] = partial(yaml.safe_dump, sort_keys=False, default_flow_style=None, width=100)
    main = {section: content["configuration"][section] for section in MAIN}
    return environment.from_string(template).render(content, main=main)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _job(benchmark: Path, log: Path, rule: str) -> Job:
    """A job from its benchmark, its log and the list of its attempts, whose last one made the benchmark."""
    with benchmark.open(newline="") as file:
        lines = list(csv.DictReader(file, delimiter="\t")) or [{}]
    where = UNKNOWN, math.nan, None
    for found in HOST_LINE.finditer(_text(log)):
        where = found["host"], float(found["threads"]), found["slurm"]
    attempts = _text(Path(attempts_of(log)))
    starts = pairwise(HOST_LINE.finditer(attempts))
    earlier = sum(
        int(one["threads"]) * _duration(attempts[one.start() : following.start()]) for one, following in starts
    )
    wall, cpu, memory = ([_number(line.get(name)) for line in lines] for name in ("s", "cpu_time", "max_rss"))
    known = [value for value in memory if math.isfinite(value)]
    return Job(rule, *where, sum(wall), sum(cpu), max(known, default=math.nan), earlier)


def _text(path: Path) -> str:
    """Of a file, empty where there is none."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _duration(text: str) -> float:
    """Time from the first to the last dated line, s; of an attempt that was killed the last that it wrote."""
    times = [datetime.strptime(found, TIME_FORMAT) for found in DATED_LINE.findall(text)]
    return max((times[-1] - times[0]).total_seconds(), 0.0)


def _number(text: str | None) -> float:
    """A number of a benchmark; Snakemake writes ``NA`` or ``-`` for what it has not measured."""
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _sum(seconds: Iterator[float]) -> float | None:
    """Hours of what is known, None of nothing."""
    known = [value for value in seconds if math.isfinite(value)]
    return math.fsum(known) / SECONDS_PER_HOUR if known else None
