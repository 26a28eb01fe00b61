"""A system of which nothing is left: its numbers are empty and say why, and no other system loses any.

The jobs run in this process, on a copy of the finished smoke study: what follows from the networks of one system, then
every table, figure and page of the study.
"""

import logging
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, ResourceSettings
from study import Study

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import CORRELATIONS
from glassmap.papers.oyama2023 import figures_readings, figures_sensitivity
from glassmap.papers.oyama2023.published import read_published
from glassmap.papers.oyama2023.tables_readings import readings_beside_papers
from glassmap.papers.oyama2023.tables_sensitivity import claims_beside_papers
from glassmap.workflow.papers import make

EMPTY, OTHER = "KAM", "ABM"
PHASES = ("liquid", "glass")
# what depends on which samples and networks count
OF_NETWORKS = ("correlations", "spatial_correlations", "lengths", "dynamics")
OF_SAMPLES = ("control_correlations", "control_spatial_correlations", "control_dynamics", "radial_distribution")
# the glass with runs, the only one that is left
ALONE = 3
VALUES = ("value", "ours", "c_max", "accuracy")


def crystallise(results: Path, left: tuple[int, ...]) -> None:
    """Call every glass a crystal but for these replicas."""
    path = results / EMPTY / "crystals.csv"
    table = pd.read_csv(path)
    table["crystallised"] = (~table["replica"].isin(left)).astype(int)
    table.to_csv(path, index=False)


def fail(results: Path) -> None:
    """Put every training at chance."""
    for path in (results / EMPTY / "classifier").glob("seed-*/history.csv"):
        pd.read_csv(path).assign(train_accuracy=0.5, validation_accuracy=0.5).to_csv(path, index=False)


def jobs_of(study: Study, *targets: str) -> tuple[list, dict]:
    """All jobs of a study, or of these files, each after those that it needs, and the configuration."""
    with SnakemakeApi(OutputSettings(dryrun=True)) as api:
        workflow = api.workflow(
            ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[study.folder / name for name in study.configfiles]),
            snakefile=study.folder / "Snakefile",
            workdir=study.folder,
        )
        workflow.dag(DAGSettings(targets=set(targets), forceall=True)).execute_workflow(executor="dryrun")
        jobs = [job for level in workflow._workflow.dag.toposorted() for job in level if job.rule.script]
        return jobs, dict(workflow._workflow.globals["config"])


@contextmanager
def silent(*_):
    """In the place of `glassmap.workflow.logging.job`, which takes over the output of its process."""
    yield lambda *_: None


@pytest.fixture
def in_process(monkeypatch):
    """What Snakemake and the scripts change of this process is put back."""
    monkeypatch.setattr("glassmap.workflow.logging.job", silent)
    before, folder, path = list(sys.path), os.getcwd(), os.environ.get("PYTHONPATH", "")
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    sys.path[:] = before
    os.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", path)
    plt.close("all")


def run(job, config: dict) -> None:
    """What a rule's script does; a figure is drawn, and not written."""
    script = Path(job.rule.script).name
    if script == "figure.py":
        assert isinstance(make(job.params.function, job.input, job.params), Figure)
        plt.close("all")
        return
    names = ("input", "output", "params", "wildcards", "log", "threads")
    snakemake = SimpleNamespace(**{name: getattr(job, name) for name in names}, rule=job.rule.name, config=config)
    code = Path("workflow/scripts", script).read_text()
    exec(compile(code, script, "exec"), {"snakemake": snakemake})


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    "spoil, reruns, reason",
    [
        (lambda results: crystallise(results, ()), OF_NETWORKS + OF_SAMPLES, "no glass left: 8 of 8 are crystals"),
        (fail, OF_NETWORKS, "no network above chance: 2 of 2 failed"),
        (lambda results: crystallise(results, (ALONE,)), OF_NETWORKS + OF_SAMPLES, None),
    ],
    ids=["crystals", "chance", "one glass"],
)
def test_nobody_elses_numbers_are_lost(finished, in_process, spoil, reruns, reason):
    results = finished.folder / "results/smoke"
    before = {path.name: pd.read_csv(path) for path in (results / "tables").glob("*.csv")}
    spoil(results)
    jobs, config = jobs_of(finished)
    os.chdir(finished.folder)
    for job in jobs:
        of_paper = Path(job.rule.script).name in ("table.py", "figure.py", "page.py")
        if of_paper or (job.rule.name in reruns and job.wildcards.system == EMPTY):
            run(job, config)

    after = {name: pd.read_csv(results / "tables" / name) for name in before}
    for name, table in after.items():
        assert set(table["system"]) == {EMPTY, OTHER}, name
        other, as_it_was = (one[one["system"] == OTHER].reset_index(drop=True) for one in (table, before[name]))
        pd.testing.assert_frame_equal(other, as_it_was, check_dtype=False, obj=name)
        value = next((column for column in VALUES if column in table), None)
        if value is not None:
            empty = table[(table["system"] == EMPTY) & ~np.isfinite(table[value])]
            assert empty["note"].notna().all(), (name, empty[empty["note"].isna()].iloc[0].to_dict())
    of_empty = {name: table[table["system"] == EMPTY] for name, table in after.items()}
    glasses = of_empty["table_s1.csv"].query("phase == 'glass' and map_class == 'glass'")
    page = (results / "what_the_network_adds.html").read_text()
    if reason is None:
        # a number of one glass has no interval, and no verdict
        assert (glasses["samples"] <= 1).all() and glasses["low"].isna().all()
        assert not set(of_empty["controls.csv"]["verdict"].dropna()) & {"beyond every null", "not more than"}
        return
    assert glasses["value"].isna().all() and set(glasses["note"]) == {reason}
    assert f"It was not measured: {reason}." in page
    controls = of_empty["controls.csv"].query("kind == 'network' and quantity != 'accuracy'")
    assert set(controls["verdict"]) == {"not compared"}
    assert of_empty["reproduction.csv"].query("quantity == 'c_gamma_theta'")["note"].eq(reason).all()


def test_claims_and_readings_of_a_study_with_variants(finished, in_process):
    """White noise has no length either: there is no glass to project it onto."""
    results, reason = finished.folder / "results/smoke", "no glass left: 8 of 8 are crystals"
    variant = {"classifier": {"epochs": 5, "seeds": [0]}}
    finished.configure(controls={"sensitivity": {"short": variant}})
    crystallise(results, ())
    jobs, config = jobs_of(finished, *(f"results/smoke/tables/{name}.csv" for name in ("sensitivity", "readings")))
    os.chdir(finished.folder)
    parts = {"sensitivity": {}, "reading": {}}
    for job in jobs:
        rule, case = job.rule.name, dict(job.wildcards.items())
        if rule in ("correlations", "spatial_correlations", "control_correlations") and case["system"] == EMPTY:
            if not case.get("variant"):
                run(job, config)
        elif rule in parts and not case["variant"]:
            run(job, config)
            parts[rule][case["system"]] = pd.read_csv(job.output[0])
    reference = read_published("resources/paper_values.csv")
    claims, readings = ([("base", system, part) for system, part in of_rule.items()] for of_rule in parts.values())
    table = claims_beside_papers(claims, reference, "frontiers")
    of_empty = table[(table["system"] == EMPTY) & (table["quantity"] != "accuracy")]
    assert of_empty["value"].isna().all() and len(of_empty) == len(table[table["quantity"] != "accuracy"]) / 2
    assert set(of_empty["note"]) == {reason, "no glass left: 1 of 1 are crystals"}
    assert table[table["system"] == OTHER]["value"].notna().any()
    figures_sensitivity.sensitivity(table, PHASES).canvas.draw()

    paths = [results / system / f"controls/correlations/{phase}.nc" for system in parts["reading"]
             for phase in PHASES]  # fmt: skip
    controls = [read_dataset(path, CORRELATIONS) for path in paths]
    table = readings_beside_papers(readings, reference, PHASES, controls, "frontiers")
    of_empty = table[(table["system"] == EMPTY) & table["quantity"].isin(["c_gamma_upsilon", "c_gamma_theta"])]
    of_networks = of_empty[of_empty["reading"] == "base"]
    assert len(of_networks) and of_networks["value"].isna().all() and set(of_networks["note"]) == {reason}
    distance = table[(table["quantity"] == "distance") & (table["reading"] == "base")]
    assert distance["value"].isna().all() and distance["note"].str.contains("c_gamma_upsilon of KAM glass").all()
    figures_readings.readings(table, PHASES).canvas.draw()
