"""docs/tutorial.md, executed as it is written: its files, its lines of code and its commands, in their order.

A block of ``sh`` is run. A block below a file's name is that file, or goes into it above the line that is named. A
block of ``text`` is what the commands before it print; the dots stand for anything.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import reference
from repository import REPOSITORY
from study import Study

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import CONFIGURATIONS

BLOCK = re.compile(
    r"(?:^\*\*`(?P<file>[^`\n]+)`\*\*(?:, above the line `(?P<line>[^`\n]+)`)?\n\n)?"
    r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.M | re.S,
)


def write(file: Path, line: str | None, text: str) -> None:
    """Write a file, or insert text above the one line of it that begins so."""
    if line is None:
        file.write_text(text)
        return
    before, found, after = re.split(rf"^({re.escape(line)})", file.read_text(), flags=re.M)
    file.write_text(before + text + found + after)


def run(folder: Path, commands: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{commands}{done.stdout}"
    return done.stdout


def words(line: str) -> str:
    return " ".join(line.split())


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory) -> SimpleNamespace:
    """The folder in which the tutorial was followed, what each command printed, and what the page says that it does."""
    folder = Study.new(tmp_path_factory.mktemp("tutorial") / "glassmap").folder
    printed, promised = [], []
    for block in BLOCK.finditer((REPOSITORY / "docs/tutorial.md").read_text()):
        kind, text = block["kind"], block["text"]
        if block["file"]:
            write(folder / block["file"], block["line"], text)
        elif kind == "sh":
            printed.append(run(folder, text))
            promised.append("")
        else:
            assert kind == "text", f"a block of {kind} without a file: {text}"
            promised[-1] += text
    return SimpleNamespace(folder=folder, printed=printed, promised=promised, results=folder / "results/ternary")


def test_every_command_prints_what_the_page_says(tutorial):
    assert sum(map(bool, tutorial.promised)) >= 4
    for printed, promised in zip(tutorial.printed, tutorial.promised, strict=True):
        lines = [words(line) for line in printed.splitlines()]
        for line in promised.splitlines():
            pattern = ".*".join(map(re.escape, words(line).split("…")))
            assert any(re.fullmatch(pattern, one) for one in lines), f"{line}\n{printed}"


def test_the_new_indicator_repeats_no_simulation_and_no_training(tutorial):
    _, first, planned, second, _ = tutorial.printed
    for job in ("cool", "classifier", "propensity_runs"):
        assert re.search(rf"^{job} +\d+$", first, re.M)
        assert not re.search(rf"^{job} +\d+$", planned + second, re.M)


def test_the_maps_have_a_panel_of_the_new_indicator(tutorial):
    """After those of the others, before the dynamics, as the job says of its figure."""
    before, after = (
        re.search(r"^maps map_ternary: .*; panels (.*)$", tutorial.printed[one], re.M)[1] for one in (1, 3)
    )
    assert before == "1 − Γ, Υ, Θ, Δ at δ = 0.2, Δ at δ = 0.5, Δ at δ = 1"
    assert after == before.replace("Θ", "Θ, D")
    for name in ("map_ternary.png", "map_ternary.pdf"):
        figure = tutorial.results / "figures" / name
        assert figure.stat().st_mtime >= (tutorial.results / "ternary/indicators/glass.nc").stat().st_mtime


def test_the_indicator_is_the_distance_from_the_centre_of_the_cage(tutorial):
    """Against scipy's Voronoi diagram, particle by particle."""
    samples = read_dataset(tutorial.results / "ternary/configurations/glass.nc", CONFIGURATIONS)
    indicators = read_dataset(
        tutorial.results / "ternary/indicators/glass.nc",
        {"cage_offset": ("sample", "particle"), "replica": ("sample",)},
    )
    assert indicators["cage_offset"].attrs["units"] == "sigma*"
    replica = int(indicators["replica"][0])
    (place,) = np.flatnonzero(samples["replica"].values == replica)
    _, neighbours = reference.voronoi(samples["position"].values[place], float(samples["box_length"]))
    expected = [np.linalg.norm(np.mean([vector for _, vector in around], axis=0)) for around in neighbours]
    # freud works in single precision, in which an edge of no length may be found or not
    different = ~np.isclose(indicators["cage_offset"].values[0], expected, atol=1e-5)
    assert different.sum() <= 4


def test_the_table_of_correlations_has_the_new_indicator(tutorial):
    table = pd.read_csv(tutorial.results / "tables/table_s1.csv")
    glass = table[(table["phase"] == "glass") & (table["statistic"] == "pearson")].set_index("quantity")
    assert {"c_gamma_offset", "c_offset_upsilon", "c_offset_theta"} <= set(glass.index)
    assert 0.75 < glass.loc["c_offset_theta", "value"] < 0.95  # about 0.85, says the page
    assert 0 < glass.loc["c_offset_theta", "low"] < glass.loc["c_offset_theta", "high"] < 1
