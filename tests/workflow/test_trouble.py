"""Damaged and foreign files inside a study: a clear error that names the file, no traceback."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from study import Study

from glassmap.learning.cnn import Architecture, new_classifier, save_model
from glassmap.structure.indicators import INDICATORS


@pytest.fixture
def finished(tiny, tmp_path) -> Study:
    """A copy of the finished tiny study to try changes on."""
    return tiny.copy(tmp_path / "study")


def fails_with(study: Study, part: str, *targets: str) -> None:
    """Each target, or the study, fails with a line."""
    done = study.run("--cores", "2", *targets, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1 and said.count(part) >= max(len(targets), 1), said
    assert "Traceback" not in said, said


def test_a_foreign_dataset_is_named(finished):
    foreign = finished.folder / "results/smoke/KAM/density/glass.nc"
    path = finished.folder / "results/smoke/KAM/configurations/glass.nc"
    path.write_bytes(foreign.read_bytes())
    fails_with(finished, "configurations/glass.nc: not a file of this workflow, the variable 'position' is missing")


def test_a_model_of_another_architecture_is_named(finished):
    model = finished.folder / "results/smoke/KAM/classifier/seed-0/model.pt"
    other = Architecture(grid=12, channels=(4, 4), kernel_size=3, dense=8)
    save_model(model, new_classifier(other, 0))
    # of every rule that reads one
    targets = [
        f"results/smoke/KAM/{name}/seed-0/glass.nc" for name in ("gradcam", "attributions", "layer_randomisation")
    ]
    fails_with(finished, "KAM/classifier/seed-0/model.pt: model of another architecture", *targets)


def test_the_protocol_of_the_arxiv_paper_in_one_key(finished):
    """Kernel and lengths (the values change) and the paper's column; only tables and figures are made again."""
    before = pd.read_csv(finished.folder / "results/smoke/tables/table_s1.csv")
    finished.configure(protocol="arxiv-v2")
    planned = finished.planned()
    assert {"fig7", "maps"} <= planned.keys() and not {"cool", "classifier", "dynamics"} & planned.keys()
    finished.run(*(f"results/smoke/tables/{name}.csv" for name in ("table_s1", "reproduction")), "--cores", "2")
    after = pd.read_csv(finished.folder / "results/smoke/tables/table_s1.csv")
    assert (before["protocol"] == "frontiers").all() and (after["protocol"] == "arxiv-v2").all()
    assert set(before["xi"]) == {4.0} and set(after["xi"]) == {20.0}
    assert after["paper"].notna().all() and after["paper_std"].notna().all()
    assert (abs(after["value"] - before["value"]) > 1e-3).mean() > 0.9
    first = pd.read_csv(finished.folder / "results/smoke/tables/reproduction.csv")["source"].iloc[0]
    assert first == "arxiv-v2"


def test_a_training_at_chance_is_reported_and_does_not_stop_the_workflow(finished):
    """Networks that cannot learn (a vanishing learning rate): failed in log and tables, averaged nowhere."""
    finished.configure(classifier={"learning_rate": 1e-12, "epochs": 2, "failed_below": 0.6})
    # of all others tests/workflow/test_nothing_left.py
    finished.run(*(f"results/smoke/tables/{name}.csv" for name in ("table2", "table_s1")), "--cores", "2")
    tables = finished.folder / "results/smoke/tables"
    accuracy = pd.read_csv(tables / "table2.csv")
    assert (accuracy.query("network != 'mean'")["status"] == "failed").all()
    means = accuracy.query("network == 'mean'")
    assert (means["status"] == "0 of 1 trained").all() and means["accuracy"].isna().all()
    s1 = pd.read_csv(tables / "table_s1.csv")
    assert (s1["networks"] == 0).all() and (s1["failed"] == 1).all() and s1["value"].isna().all()
    for log in (finished.folder / "results/smoke/logs/classifier").glob("*.log"):
        assert "FAILED: at chance" in log.read_text()


def test_lengths_chosen_on_other_configurations(finished):
    """With a second glass the honest companion exists: each glass's lengths come from the other."""
    finished.configure(propensity={"configurations": [3, 8]}, xi="held_out")
    finished.run("results/smoke/tables/table5.csv", "--cores", "2")
    results = finished.folder / "results/smoke"
    five = pd.read_csv(results / "tables/table5.csv")
    held_out = five.query("xi == 'held_out' and network == 'mean' and indicator != 'gradcam'")
    assert len(held_out) == 2 * len(INDICATORS) and held_out["c_max"].notna().any()
    # a number, or the note that the other glass has its best length at the edge of the scan
    assert (held_out["c_max"].isna() == (held_out["note"] == "measured length at the edge of its scan")).all()
    with (
        xr.open_dataset(results / "KAM/lengths.nc") as lengths,
        xr.open_dataset(results / "KAM/dynamics.nc") as dynamics,
    ):
        assert lengths["configuration"].values.tolist() == dynamics["configuration"].values.tolist() == [3, 8]
        assert dynamics.attrs["interval"] == "configurations"
        score = lengths["scan_score"].sel(protocol="frontiers", indicator_name="tong_tanaka")
        best = lengths["xi"].values[score.values.argmax(axis=1)]
        best = np.where(best == lengths["xi"].values.max(), np.nan, best)
        used = dynamics["xi_structure"].sel(protocol="frontiers", choice="held_out", indicator_name="tong_tanaka")
        np.testing.assert_array_equal(used.values, best[::-1])
