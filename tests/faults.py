"""Faults to inject into a running study, and the table of what they cost."""

import base64
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from study import Study

# fault, injected at, lost work in replicas, result; printed at the end of the session (tests/conftest.py)
TABLE: list[tuple[str, str, str, str]] = []
DONE = re.compile(r"^\S+ \S+ (.*): done, \d+ of \d+$", re.M)


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 1200, poll: float = 0.05) -> Any:
    """What the condition says, once it is true of something."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(poll)
    return found


def start(study: Study, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.Popen:
    """Snakemake in the background, in a session of its own; what it says goes to ``run.log``."""
    with open(study.folder / "run.log", "w") as log:
        return subprocess.Popen(
            study.command(*arguments),
            cwd=study.folder,
            env=environment or study.environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def said(study: Study) -> str:
    """What the last Snakemake in the background said."""
    return (study.folder / "run.log").read_text()


def processes(study: Study, belongs: Callable[[psutil.Process], bool]) -> Iterator[psutil.Process]:
    """Running processes whose working directory lies in the study."""
    for process in psutil.process_iter():
        try:
            place = process.cwd()
            if (place == str(study.folder) or place.startswith(f"{study.folder}/")) and belongs(process):
                yield process
        except psutil.Error:
            continue


def scripts(study: Study, rule: str) -> list[psutil.Process]:
    """Running jobs of a rule, by its script."""
    script = {"table_s1": "table", "maps": "figure"}.get(rule, rule)

    def belongs(process: psutil.Process) -> bool:
        return any(part.endswith(f".{script}.py") for part in process.cmdline())

    return list(processes(study, belongs))


def lammps(study: Study) -> list[psutil.Process]:
    """Running molecular dynamics."""
    return list(processes(study, lambda process: process.name() == "lmp"))


def kill(process: psutil.Process) -> bool:
    """kill -9; false if it ended just before, or had nothing left to do but to end."""
    try:
        process.suspend()
        while process.status() != psutil.STATUS_STOPPED:
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return False
            time.sleep(0.01)
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def kill_all(study: Study, running: subprocess.Popen) -> None:
    """kill -9 of Snakemake and all its jobs, as on a node that loses power; then what ``--unlock`` does."""
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    wait_for(lambda: not lammps(study), "no lmp left behind")
    for lock in (study.folder / ".snakemake").glob("locks/*"):  # none yet if it had just begun
        lock.unlink()


def finished_outputs(study: Study) -> dict[Path, tuple[int, int]]:
    """Identity of every output of a finished job: another inode is another computation."""
    incomplete = {
        base64.b64decode(path.name, altchars=b"-_").decode()
        for path in (study.folder / ".snakemake/incomplete").glob("*")
        if path.is_file()
    }
    found = {}
    for path in (study.folder / "results/smoke").rglob("*"):
        parts = path.relative_to(study.folder).parts
        of_job = parts[2] not in ("logs", "benchmarks", "scratch", "status.txt") and not path.name.startswith(".")
        if path.is_file() and of_job and "/".join(parts) not in incomplete:
            found[path] = (path.stat().st_ino, path.stat().st_mtime_ns)
    return found


def finished_parts(study: Study) -> dict[Path, tuple[int, int]]:
    """As `finished_outputs`, of the finished replicas and segments in the scratch folder."""
    found = (study.folder / "results/smoke/scratch").rglob("*.npz")
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def finished_runs(study: Study, rule: str) -> list[str]:
    """Replicas or runs that the jobs of a rule called done in any of their attempts, each time that they did."""
    logs = (study.folder / "results/smoke/logs" / rule).glob("*.attempts")
    return [name for path in logs for name in DONE.findall(path.read_text())]
