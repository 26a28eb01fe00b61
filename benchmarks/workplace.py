"""A copy of the repository in which benchmarks run the workflow, and the cost of a program."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from glassmap.workflow.config import load_schema, read_study, resolve

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "config", "envs", "profiles", "resources", "src", "workflow")


@dataclass(frozen=True)
class Cost:
    """Output of a program, its wall-clock and processor seconds, and its peak memory in MiB."""

    printed: str
    wall: float
    processor: float
    memory: float


def copy_repository(folder: Path) -> Path:
    """Copy everything that the workflow needs into a folder, and return the folder."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy2(source, folder / part)
    return folder


def write_study(path: Path, *names: str, **changes: dict) -> dict:
    """Merge studies in config/ with changes of sections, write the study file, and return it completed.

    Raises
    ------
    ConfigurationError
        If the study is refused.
    """
    study = read_study(*(ROOT / f"config/{name}.yaml" for name in ("config", *names)))
    for section, values in changes.items():
        study[section] = {**study[section], **values} if isinstance(values, dict) else values
    path.write_text(yaml.safe_dump(study))
    return resolve(study, load_schema(ROOT / "workflow/schemas/config.schema.yaml"))


def run_snakemake(folder: Path, *arguments: str) -> Cost:
    """Run Snakemake in a copy of the repository.

    Raises
    ------
    RuntimeError
        If it fails, with its output.
    """
    output = folder / "snakemake.out"
    environment = {**os.environ, "PYTHONPATH": ""}
    start = time.monotonic()
    with output.open("w") as file:
        line = [sys.executable, "-m", "snakemake", *arguments]
        child = subprocess.Popen(line, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    printed = output.read_text(errors="replace")
    if child.returncode:
        raise RuntimeError(f"snakemake {' '.join(arguments)} failed:\n{printed}")
    return Cost(printed, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
