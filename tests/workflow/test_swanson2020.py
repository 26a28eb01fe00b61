"""A study of the third paper as small as its rules allow, computed once with LAMMPS: its files, tables and figures."""

import numpy as np
import pandas as pd
import pytest
from repository import read_study
from study import Study

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import CONFIGURATIONS, HISTORY, SNAPSHOTS
from glassmap.io.splits import SPLITS
from glassmap.learning.cross_validation import StatePair
from glassmap.learning.names import NUMBERS
from glassmap.learning.networks import load_network, predict
from glassmap.statistics import area_under_curve

STUDY, RESULTS = "config/swanson2020-smoke.yaml", "results/swanson2020-smoke"
OPTIONS = read_study("swanson2020-smoke")["swanson2020"]
NETWORKS, FOLDS, SETS = ["image_cnn", "d_mpnn"], 2, ["set1", "set2"]
FAILED_BELOW = 0.6  # classifier.failed_below, by default
EPOCHS = {"image_cnn": 2, "d_mpnn": OPTIONS["graph"]["epochs"]}
RULES = {
    "cool": 2, "inherent_structures": 2, "equal_energy": 1, "dataset": 4, "network": 10, "one_number": 1,
    "auc_table": 1, "auc_matrix_table": 1, "graph_variants_table": 1, "architectures_table": 1, "sets": 1, "auc": 1,
    "auc_matrix": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def study(swanson2020) -> Study:
    return swanson2020


def test_what_a_study_of_sets_and_networks_runs(tmp_path):
    study = Study.new(tmp_path / "study", STUDY)
    study.configure(papers={"swanson2020": ["samples", "networks"]})
    planned = study.planned()
    assert {name: planned.get(name) for name in RULES} == RULES
    with_search = {**OPTIONS, "search": {"trials": 2, "hidden": [8, 16, 8], "window": [1, 1, 1]}}
    study.configure(swanson2020=with_search)
    searched = study.planned()
    assert {name for name in searched if name not in planned} == {"search", "search_table"}
    assert searched["search"] == 8  # of no variant


def test_first_papers_liquids_and_glasses_are_told_apart_beside_its_own_networks(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    study.configure(papers={"oyama2023": ["networks"], "swanson2020": ["networks"]}, swanson2020={"folds": 2})
    planned = study.planned("results/smoke/tables/architectures.csv")
    assert planned == {
        "cool": 4, "configurations": 4, "crystals": 2, "density": 4, "classifier": 4, "gradcam": 4, "network": 8,
        "architectures_table": 1,
    }  # fmt: skip


def table(study: Study, name: str) -> pd.DataFrame:
    return pd.read_csv(study.folder / f"{RESULTS}/tables/{name}.csv")


def configurations(study: Study, name: str, phase: str):
    return read_dataset(study.folder / f"{RESULTS}/{name}/configurations/{phase}.nc", CONFIGURATIONS)


def test_sets_are_moments_of_the_cooling(study):
    folder = study.folder / RESULTS
    slow, fast = (read_dataset(folder / f"{name}/cooling/batch-0.nc", SNAPSHOTS) for name in ("KA_slow", "KA_fast"))
    (equal,) = table(study, "equal_energy").to_dict("records")
    assert equal["snapshot"] in slow["temperature"] and equal["low"] <= equal["temperature"] <= equal["high"]
    assert (equal["slow_rate"], equal["fast_rate"]) == (0.1, 0.2)  # tests/study.py, config/swanson2020-smoke.yaml
    for name, liquid, glass in (("set1", 1.992, slow), ("set2", equal["snapshot"], fast)):
        found = configurations(study, name, "liquid")
        np.testing.assert_array_equal(found["position"], slow["position"].sel(temperature=liquid))
        assert found.attrs["temperature"] == liquid and found["replica"].values.tolist() == list(range(12))
        cold = configurations(study, name, "glass")
        np.testing.assert_array_equal(cold["position"], glass["position"].sel(temperature=0.05))


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_judges_its_own_set_and_the_test_replicas_of_the_other(study, network):
    folder = study.folder / f"{RESULTS}/set1/swanson2020/{network}/fold-0"
    said = pd.read_csv(folder / "predictions.csv")
    own, other = (said[said["tested"] == name] for name in SETS)
    assert len(own) == 24 and own.groupby("split")["replica"].nunique().to_dict() == dict(
        zip(SPLITS, (6, 3, 3), strict=True)
    )
    assert set(other["split"]) == {"test"}
    assert set(other["replica"]) == set(own.loc[own["split"] == "test", "replica"])
    np.testing.assert_allclose(said["p_glass"], 1 / (1 + np.exp(-said["logit"])), rtol=1e-4)
    history = pd.read_csv(folder / "history.csv")
    assert list(history) == list(HISTORY) and len(history) == EPOCHS[network]
    # the saved network says the same again
    pair = StatePair.of_states(*(configurations(study, "set1", phase) for phase in ("liquid", "glass")), "set1")
    loaded = load_network(folder / "model.pt")
    logits = predict(loaded, loaded.samples_of(pair.configurations, np.random.default_rng(0)))
    np.testing.assert_allclose(logits[:, 1] - logits[:, 0], own["logit"], rtol=1e-4, atol=1e-5)


def test_tables_are_made_of_the_predictions(study):
    auc, matrix = table(study, "auc"), table(study, "auc_matrix")
    assert set(auc["folds"]) == {FOLDS}
    # after the networks what one number of the graph says of the same samples
    by_numbers = pd.read_csv(study.folder / RESULTS / "one_number.csv")
    for name, per_set in (("auc", 2), ("auc_matrix", 4)):
        found = table(study, name)["network"].value_counts().to_dict()
        assert found == dict.fromkeys([*NETWORKS, *NUMBERS], per_set)
    for row in matrix.to_dict("records"):
        folds = []
        for fold in range(FOLDS):
            if row["network"] in NUMBERS:
                said = by_numbers.query(
                    "dataset == @row['trained'] and network == @row['network'] and tested == @row['tested'] "
                    "and fold == @fold"
                )
                folds.append(area_under_curve(said["logit"].to_numpy(), (said["phase"] == "glass").to_numpy()))
                continue
            path = f"{RESULTS}/{row['trained']}/swanson2020/{row['network']}/fold-{fold}/predictions.csv"
            said = pd.read_csv(study.folder / path).query("tested == @row['tested'] and split == 'test'")
            folds.append(area_under_curve(said["logit"].to_numpy(), (said["phase"] == "glass").to_numpy()))
        assert row["auc"] == pytest.approx(np.mean(folds), abs=1e-5)
    # tested on set 6 as published, trained on set 1
    published = matrix.set_index(["network", "trained", "tested"])["published"]
    assert published["d_mpnn", "set1", "set2"] == 0.612 and published["d_mpnn", "set2", "set2"] == 0.985
    # graphs are easily told apart
    assert auc.set_index(["dataset", "network"])["auc"]["set1", "d_mpnn"] > 0.7
    assert auc.set_index(["dataset", "network"])["auc"]["set1", "distance_deviation"] == 1  # vibrations alone say it
    kinds = table(study, "architectures").set_index(["dataset", "network"])
    assert kinds["sees"].to_dict()["set1", "image_cnn"] == "picture" and (kinds["c_upsilon"].dropna().abs() <= 1).all()
    for (name, network), row in kinds.iterrows():
        values = []
        for fold in range(FOLDS):
            folder = study.folder / f"{RESULTS}/{name}/swanson2020/{network}/fold-{fold}"
            history = pd.read_csv(folder / "history.csv")
            kept = history.sort_values(["validation_accuracy", "validation_loss"], ascending=[False, True]).iloc[0]
            if min(kept["train_accuracy"], kept["validation_accuracy"]) < FAILED_BELOW:
                continue
            said = pd.read_csv(folder / "predictions.csv").query("tested == @name and split == 'test'")
            values.append(area_under_curve(said["logit"].to_numpy(), (said["phase"] == "glass").to_numpy()))
        assert row["networks"] == len(values)
        np.testing.assert_allclose(row["auc"], np.mean(values) if values else np.nan, atol=1e-5)


def test_the_figures_and_the_report_are_there(study):
    figures = study.folder / RESULTS / "figures"
    names = ("sets", "auc", "auc_matrix")
    assert {path.name for path in figures.iterdir()} >= {f"{name}.{kind}" for name in names for kind in ("pdf", "png")}
    report = (study.folder / RESULTS / "report.html").read_text()
    assert "accuracy and AUC" in report and "AUC of the D-MPNN" in report
    assert study.jobs() == {}


def test_training_again_gives_the_same_network(study, tmp_path):
    copy = study.copy(tmp_path / "study")
    target = f"{RESULTS}/set2/swanson2020/d_mpnn/fold-1/predictions.csv"
    before = (copy.folder / target).read_bytes()
    (copy.folder / target).unlink()
    copy.run(target, "--cores", "1")
    assert (copy.folder / target).read_bytes() == before


def test_only_what_depends_on_a_change_is_made_anew(study, tmp_path):
    copy = study.copy(tmp_path / "study")
    copy.configure(swanson2020={"graph": {**OPTIONS["graph"], "epochs": 9}})
    again = copy.planned()
    assert again["network"] == 4 and not {"cool", "inherent_structures", "dataset", "equal_energy"} & set(again)
    assert {"auc_table", "auc_matrix_table", "architectures_table"} <= set(again) and "sets" not in again
