"""Where the workflow is started from: another directory, a path with blanks and umlauts, another workflow."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from study import SMOKE, TINY, Study

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CRYSTALS, DENSITY

AWKWARD = "Müllers Gläser/it's a glass map"
MODULE = """
configfile: "study.yaml"

module glassmap:
    snakefile: "{repository}/Snakefile"
    config: config

use rule * from glassmap{names}

rule mine:
    input: "results/smoke/KAM/crystals.csv"
    output: "mine.txt"
    shell: "wc -l < {{input}} > {{output}}"
"""


@pytest.fixture(scope="module")
def awkward(tmp_path_factory) -> Study:
    """A copy of the repository with the tiny study in a path that needs quotes."""
    study = Study.new(tmp_path_factory.mktemp("surroundings") / AWKWARD, SMOKE)
    study.configure(**TINY)
    return study


@pytest.fixture(scope="module")
def planned(awkward) -> dict[str, int]:
    """The jobs in the repository itself."""
    return jobs(awkward.run("--dry-run").stdout)


def snakemake(folder: Path, *arguments: str) -> str:
    """What Snakemake prints when it is started in a folder."""
    line = [sys.executable, "-m", "snakemake", *map(str, arguments)]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def jobs(printed: str) -> dict[str, int]:
    table = re.search(r"^job +count\n[- ]+\n(.*?)\n\n", printed, re.M | re.S)[1]
    return {name: int(count) for name, count in (line.split() for line in table.splitlines())}


def test_everything_is_planned_from_anywhere(awkward, planned, tmp_path):
    """The same jobs in the repository, with --directory, with -s from elsewhere, and by workflow/Snakefile."""
    study, elsewhere = awkward.folder / SMOKE, tmp_path / "Übung 1"
    elsewhere.mkdir()
    assert jobs(snakemake(awkward.folder, "-n", "--directory", elsewhere, "--configfile", study)) == planned
    for snakefile in ("Snakefile", "workflow/Snakefile"):
        assert jobs(snakemake(elsewhere, "-n", "-s", awkward.folder / snakefile, "--configfile", study)) == planned
    assert jobs(snakemake(awkward.folder, "-n", "-s", "workflow/Snakefile", "--configfile", study)) == planned


@pytest.mark.parametrize("names", ["", " as glassmap_*"])
def test_everything_is_planned_as_a_module(awkward, planned, tmp_path, names):
    (tmp_path / "Snakefile").write_text(MODULE.format(repository=awkward.folder, names=names))
    (tmp_path / "study.yaml").write_text((awkward.folder / SMOKE).read_text())
    target = "glassmap_all" if names else "all"
    prefix = "glassmap_" if names else ""
    assert jobs(snakemake(tmp_path, "-n", target)) == {
        name if name == "total" else f"{prefix}{name}": count for name, count in planned.items()
    }


def test_jobs_run_from_anywhere(tiny, awkward, tmp_path):
    """By another workflow that uses this one, with awkward paths for both: the same glasses as in the repository."""
    elsewhere = tmp_path / "Übung 1"
    elsewhere.mkdir()
    (elsewhere / "Snakefile").write_text(MODULE.format(repository=awkward.folder, names=" as glassmap_*"))
    (elsewhere / "study.yaml").write_text((awkward.folder / SMOKE).read_text())
    density = "results/smoke/KAM/density/glass.nc"
    snakemake(elsewhere, "mine.txt", density, "--cores", "2")
    table = read_table(elsewhere / "results/smoke/KAM/crystals.csv", CRYSTALS)
    assert int((elsewhere / "mine.txt").read_text()) == len(table) + 1
    one, other = (read_dataset(folder / density, DENSITY)["density"].values for folder in (tiny.folder, elsewhere))
    np.testing.assert_array_equal(one, other)
