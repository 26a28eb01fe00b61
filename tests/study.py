"""Running Snakemake on a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import snakemake_server
import yaml
from repository import REPOSITORY, read_study
from workplace import copy_repository


class Study:
    """A copy of the repository in which a study is computed.

    Parameters
    ----------
    folder : Path
    configfiles : str
        Study files laid over config/config.yaml.
    """

    def __init__(self, folder: Path, *configfiles: str):
        self.folder = folder
        self.configfiles = configfiles

    @classmethod
    def new(cls, folder: Path, *configfiles: str) -> "Study":
        folder.mkdir(parents=True)
        parsed = REPOSITORY / ".snakemake/glassmap"
        if parsed.is_dir():  # `make lint` has planned a study before
            shutil.copytree(parsed, folder / ".snakemake/glassmap")
        return cls(copy_repository(folder), *configfiles)

    def copy(self, folder: Path) -> "Study":
        """The study with its results, file times kept."""
        subprocess.run(["cp", "-a", self.folder, folder], check=True)
        return Study(folder, *self.configfiles)

    def arguments(self, *arguments: str) -> list[str]:
        return [*arguments, *(["--configfile", *self.configfiles] if self.configfiles else [])]

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "snakemake", *self.arguments(*arguments)]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": ""}

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        if {"--dry-run", "--summary"} & set(arguments):
            done = snakemake_server.run(self.arguments(*arguments), self.folder, self.environment())
        else:
            done = subprocess.run(
                self.command(*arguments), cwd=self.folder, env=self.environment(), capture_output=True, text=True
            )
        if check and done.returncode:
            raise AssertionError(f"snakemake {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def planned(self, *arguments: str) -> dict[str, int]:
        """As `jobs`, without the target rule, the record and the report, which follow nearly everything."""
        jobs = self.jobs(*arguments)
        return {name: count for name, count in jobs.items() if name not in ("all", "provenance", "report_page")}

    def jobs(self, *arguments: str) -> dict[str, int]:
        """Number of jobs of each rule that Snakemake would run."""
        done = self.run(*arguments, "--dry-run", "--quiet", "rules")
        text = done.stdout + done.stderr
        table = re.search(r"^job +count\n[- ]+\n(.*?)\n\n", text, re.M | re.S)
        if table is None:
            assert "Nothing to be done" in text, text
            return {}
        jobs = {name: int(count) for name, count in (line.split() for line in table[1].splitlines())}
        return {name: count for name, count in jobs.items() if name != "total"}

    def configure(self, **changes) -> None:
        """Set keys in the last study file: ``section={key: value}`` or ``key=value``."""
        path = self.folder / self.configfiles[-1]
        content = yaml.safe_load(path.read_text())
        for section, values in changes.items():
            content[section] = {**content.get(section, {}), **values} if isinstance(values, dict) else values
        path.write_text(yaml.safe_dump(content))

    def edit(self, file: str) -> None:
        """Change what a Python file does: it has one name more."""
        path = self.folder / file
        path.write_text(path.read_text() + "\nEDITED = True\n")

    def tables(self, name: str = "smoke") -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.folder / f"results/{name}/tables").glob("*.csv"))}


SMOKE = "config/smoke.yaml"
# replicas of the cooling, runs of the propensity, and segments of each replica and each run of the tiny study
REPLICAS, RUNS = 24, 16
SEGMENTS = {"cool": 9, "propensity_runs": 10, "inherent_structures": 1}

# the smoke study's DAG for one model of 150 particles: for tests of the workflow, not of the physics
TINY = {
    "systems": {"KAM": {"particles": {"A": 98, "B": 52}, "propensity": {"run_time": 60.0}}, "ABM": {"enabled": False}},
    "cooling": {"replicas": REPLICAS, "batch_size": REPLICAS, "cooling_rate": 0.04, "segment_time": 12.0},
    "inherent_structures": {"replicas": 8, "bootstrap": 100},
    "split": {"train": 0.6, "validation": 0.2, "test": 0.2},
    "density": {"grid": 12},
    "classifier": {"seeds": [0], "epochs": 40, "failed_below": 0.0, "dense": 16},
    "propensity": {"frames": 12, "segment_time": 6.0, "runs": RUNS, "runs_at_highest": RUNS, "batch_size": RUNS},
    "lengths": {"targets": [0.1, 0.2, 0.3], "maximum_distance": 5.0, "scan": [0.0, 2.0, 4.0]},
    "controls": {"draws": 1, "attributions": ["gradcam_class_0", "occlusion"], "bootstrap_samples": 100},
}
TINY_TABLES = (
    *("table2", "table3", "table4", "table5", "table_s1", "dynamics", "glass_transition", "reproduction"),
    *("controls", "attributions", "layer_randomisation", "ensemble"),
)
TINY_TARGETS = [*(f"results/smoke/tables/{name}.csv" for name in TINY_TABLES), "results/smoke/figures/fig1.png"]


def smoke_study(folder: Path) -> Study:
    return Study.new(folder, SMOKE)


def tiny_study(folder: Path) -> Study:
    study = smoke_study(folder)
    study.configure(**TINY)
    return study


SWANSON2020 = "config/swanson2020-smoke.yaml"


def swanson2020_study(folder: Path) -> Study:
    """The smoke study of the third paper as small as its rules allow."""
    study = Study.new(folder, SWANSON2020)
    options = read_study("swanson2020-smoke")["swanson2020"]
    study.configure(
        cooling={"replicas": 12, "batch_size": 12, "cooling_rate": 0.1},
        inherent_structures={"replicas": 3},
        swanson2020={"image": {**options["image"], "epochs": 2}, "variants": {}, "variant_sets": []},
    )
    return study
