"""A study of the second paper as small as its rules allow, computed once with LAMMPS: its files, tables and figures."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from repository import read_study
from study import Study

from glassmap.analysis.prediction_scores import pooled_pearson
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import (
    DESCRIPTORS,
    INHERENT,
    ISOCONFIGURATIONAL_RUNS,
    PREDICTOR,
    PREDICTOR_FIELDS,
    PROPENSITIES,
)
from glassmap.learning.predictors import PREDICTORS
from glassmap.workflow.jung2023 import FIGURES, TABLES, TRANSFER, WITHOUT_RUNS

STUDY = "config/jung2023-smoke.yaml"
RESULTS = "results/jung2023-smoke"
SYSTEM, LARGE = f"{RESULTS}/KA2D", f"{RESULTS}/KA2D_large"
MODELS = ("glassmlp", "ridge")
STRUCTURES, TESTED, PARTICLES, OF_A, TIMES, RUNS = 12, 3, 129, 60, 4, 3
BLOCKS = read_study("jung2023-smoke")["systems"]
SMALL = {
    "systems": {
        **BLOCKS,
        "KA2D": {**BLOCKS["KA2D"], "particles": {"A": 60, "B": 33, "C": 36}, "cooling": {"cooling_rate": 0.06}},
        "KA2D_large": {**BLOCKS["KA2D_large"], "particles": {"A": 120, "B": 66, "C": 72}},
        "KA2D_alone": {**BLOCKS["KA2D_large"], "particles": {"A": 120, "B": 66, "C": 72}},
    },
    "cooling": {"replicas": STRUCTURES, "batch_size": STRUCTURES},
    "isoconfigurational": {"runs": RUNS, "batch_size": 6, "frames": TIMES},
    "glassmlp": {"models": list(MODELS), "cutoff": 5.0, "epochs": 0.1},
    "jung2023": {
        "states": ["cold"],
        "bootstrap_samples": 100,
        "transfer": {"KA2D_large": "KA2D", "KA2D_alone": "KA2D"},
        "without_runs": ["KA2D_alone"],
    },
    "predictors": {"lengths": [1.0, 2.0], "moved_maps": 39},
}
COARSE_GRAINING = {
    "frontiers": {"correlations": 3.0, "dynamics": 3.0, "propensity": 3.0, "propensity_maps": [3.0, 3.0, 3.0]},
    "arxiv-v2": {"correlations": 3.0, "dynamics": 3.0, "propensity": 0.0, "propensity_maps": [0.0, 0.0, 0.0]},
}
COMPARED = {
    "predictor_transfer", "predictors_table", "predictor_costs", "predictors", "predictors_page", "predictors_s4_table",
    "predictors_s4",
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    found = Study.new(tmp_path_factory.mktemp("jung2023") / "study", STUDY)
    found.configure(**SMALL)
    tables = {f"{name}_table" for names in TABLES.values() for name in names} - {"characteristic_temperatures_table"}
    assert found.planned() == {
        "cool": 3, "configurations": 3, "minimise_structures": 3, "isoconfigurational_runs": 3, "propensities": 2,
        "descriptors": 3, "glassmlp_model": 2, "transferred_predictions": 2, "predictions_without_runs": 2,
        **dict.fromkeys([*tables, *(f"{name}_table" for name in WITHOUT_RUNS["tables"]), *WITHOUT_RUNS["figures"]], 1),
        **dict.fromkeys([name for names in FIGURES.values() for name in names], 1),
        "characteristic_temperatures": 1, "transfer_table": 1, "transfer": 1,
        "predictor_fields": 2, **dict.fromkeys(COMPARED, 1),
    }  # fmt: skip
    found.run("--cores", "2")
    return found


def table(study: Study, name: str) -> pd.DataFrame:
    return pd.read_csv(study.folder / f"{RESULTS}/tables/{name}.csv")


def test_runs_start_from_the_thermal_structures_and_bonds_break(study):
    runs = read_dataset(study.folder / SYSTEM / "isoconfigurational/cold/runs-1.nc", ISOCONFIGURATIONAL_RUNS)
    assert runs["replica"].values.tolist() == list(range(6, 12)) and runs.attrs["temperature"] == 0.5
    assert runs["position"].shape == (6, RUNS, TIMES, PARTICLES, 2)
    np.testing.assert_allclose(runs["kinetic_temperature"][..., 1:].mean(), 0.5, rtol=0.03)
    found = read_dataset(study.folder / SYSTEM / "isoconfigurational/cold.nc", PROPENSITIES)
    np.testing.assert_array_equal(found["initial_position"][6:], runs["initial_position"])
    broken = found["bond_breaking"].values
    assert broken.shape == (STRUCTURES, TIMES, PARTICLES) and broken.min() >= 0 and broken.max() <= 1
    mean = broken.mean(axis=(0, 2))
    assert (np.diff(mean) < 0).all() and mean[0] > 0.9
    assert (np.diff(found["displacement"].mean(("sample", "particle"))) > 0).all()
    halves = found["bond_breaking_halves"].values  # of the runs 0 and 2, and of run 1
    np.testing.assert_allclose((2 * halves[0] + halves[1]) / 3, broken, atol=1e-12)
    # fresh velocities: no two runs are alike
    last = runs["position"].values[0, :, -1]
    assert (np.abs(last[1:] - last[:1]).max(axis=(1, 2)) > 0.1).all()


def test_descriptors_are_those_of_inherent_structures(study):
    minima = read_dataset(study.folder / SYSTEM / "inherent_structures/cold.nc", INHERENT)
    assert (minima["inherent_energy"] < minima["potential_energy"]).all()
    found = read_dataset(study.folder / SYSTEM / "descriptors/cold.nc", DESCRIPTORS)
    assert found["value"].shape == (STRUCTURES, PARTICLES, 256) and found["value"].dtype == np.float32
    # L = 0 is the particle alone: its own energy, here beside that of LAMMPS
    own = found["value"].sel(descriptor="potential_energy_all_0").mean("particle")
    np.testing.assert_allclose(own, minima["inherent_energy"], atol=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_every_structure_is_predicted_by_every_member(study, model):
    found = read_dataset(study.folder / SYSTEM / f"predictors/cold-{model}.nc", PREDICTOR)
    assert found["prediction"].shape == (1 if model == "ridge" else 2, STRUCTURES, TIMES, OF_A)
    assert found["split"].values.tolist().count("test") == TESTED
    learned = np.isfinite(found["prediction"]).all(("member", "sample", "particle"))
    assert learned[-1] and (np.isfinite(found["prediction"]).any(("member", "sample", "particle")) == learned).all()


def test_a_larger_system_is_predicted_by_models_that_never_saw_it(study):
    small = read_dataset(study.folder / SYSTEM / "predictors/cold-ridge.nc", PREDICTOR)
    large = read_dataset(study.folder / LARGE / "predictors/cold-ridge.nc", PREDICTOR)
    assert large["prediction"].shape == (1, TESTED, TIMES, 2 * OF_A) and set(large["split"].values) == {"test"}
    # as many neighbours within the cutoff in both boxes, so that descriptors and predictions are alike
    values = [
        read_dataset(study.folder / system / "descriptors/cold.nc", DESCRIPTORS)["value"].sel(
            descriptor=["density_all_5", "potential_energy_all_5"]
        )
        for system in (SYSTEM, LARGE)
    ]
    means, scatter = ([one.mean(("sample", "particle")) for one in values], values[0].std(("sample", "particle")))
    assert (np.abs(means[0] - means[1]) < scatter).all()
    ours, theirs = (one["prediction"].mean(("member", "sample", "particle")) for one in (small, large))
    np.testing.assert_allclose(ours[-1], theirs[-1], atol=0.1)
    found = table(study, TRANSFER)
    assert len(found) == len(MODELS) * TIMES and set(found["learned_from"]) == {"KA2D"}
    pearson = table(study, "pearson").set_index(["system", "model", "time"])["pearson"]
    for row in found.to_dict("records"):
        for column, system in (("pearson", "KA2D_large"), ("learned_pearson", "KA2D")):
            assert row[column] == pytest.approx(pearson[system, row["model"], row["time"]], nan_ok=True)


def test_a_system_without_runs_is_predicted_alone(study):
    assert not (study.folder / RESULTS / "KA2D_alone/isoconfigurational").exists()
    for name in ("cold-ridge", "cold-glassmlp"):
        found = read_dataset(study.folder / f"{RESULTS}/KA2D_alone/predictors/{name}.nc", PREDICTOR)
        assert found["prediction"].shape == (1, TESTED, TIMES, 2 * OF_A) and set(found["split"].values) == {"test"}
    s4, known = table(study, "s4_without_runs"), table(study, "s4")
    assert set(s4["system"]) == {"KA2D_alone"} and set(s4["source"]) == set(MODELS)
    assert set(s4["time"]) == {known[known["system"] == "KA2D"]["time"].iloc[0]}
    smallest = known[known["system"] == "KA2D"]["wave_number"].min()
    assert s4["wave_number"].min() == pytest.approx(smallest / np.sqrt(2), rel=1e-5)  # twice the area
    fits = table(study, "four_point_without_runs")
    assert len(fits) == len(MODELS) * TIMES and (fits["length"].isna() == fits["note"].notna()).all()
    assert "KA2D_alone" not in set(known["system"]) | set(table(study, "pearson")["system"])


def test_the_correlations_are_below_their_ceiling_and_above_chance(study):
    pearson = table(study, "pearson")
    assert len(pearson) == 2 * len(MODELS) * TIMES and set(pearson["structures"]) == {TESTED}
    left_out = pearson["pearson"].isna()
    assert (pearson["note"].notna() == left_out).all() and left_out.mean() <= 0.5
    found = pearson[~left_out]
    assert (found["low"] < found["pearson"]).all() and (found["pearson"] < found["high"]).all()
    assert found["noise_ceiling"].between(0, 1).all()
    # ridge has learned what it was shown
    ridge = found[(found["model"] == "ridge") & (found["system"] == "KA2D")]
    assert (ridge["training"] > ridge["pearson"]).all()
    assert found[found["system"] == "KA2D_large"]["training"].isna().all()


def test_other_tables(study):
    chi4 = table(study, "chi4")
    assert set(chi4["source"]) == {"md", *MODELS} and (chi4["chi4"].dropna() >= 0).all()
    relaxation = table(study, "relaxation").set_index(["system", "species", "quantity"])
    assert len(relaxation) == 2 * 3 * 3
    times = relaxation["value"]["KA2D", "A"]
    assert times["tau_isf"] < 40 and relaxation["paper"].isna().all()  # of other temperatures
    for row in relaxation.to_dict("records"):
        assert np.isnan(row["value"]) == isinstance(row["note"], str)
    temperatures = table(study, "characteristic_temperatures")
    assert temperatures["value"].isna().all() and temperatures["note"].notna().all()  # one state has no law
    for name, columns in (("s4", {"wave_number", "s4", "low", "high"}), ("g4", {"distance", "g4"})):
        noise_free = {"md_noise_free"} if name == "s4" else set()
        assert columns <= set(table(study, name)) and set(table(study, name)["source"]) == {"md", *noise_free, *MODELS}
    lengths = table(study, "four_point")
    assert len(lengths) == 2 * (1 + len(MODELS)) * TIMES
    assert (lengths["length"].isna() == lengths["note"].notna()).all()


def test_the_figures_and_the_report_are_there(study):
    figures = study.folder / RESULTS / "figures"
    of_paper = (name for names in FIGURES.values() for name in names)
    names = [TRANSFER, "predictors", "predictors_s4", *WITHOUT_RUNS["figures"], *of_paper]
    assert {path.name for path in figures.iterdir()} == {f"{name}.{kind}" for name in names for kind in ("pdf", "png")}
    report = (study.folder / RESULTS / "report.html").read_text()
    assert "how well the dynamics are predicted" in report and "the models beside each other" in report
    assert "How much of the dynamics of single particles" in report and "Voronoi volume Υ" not in report
    assert "Methods: G. Jung" in report and "Oyama" not in report.partition("<section class")[0]
    assert study.jobs() == {}


def test_every_predictor_is_compared_with_all_dynamics(study):
    found = table(study, "predictors")
    alone = [name for name, entry in PREDICTORS.items() if not entry.networks]  # the default rows
    # of the larger system, which nothing is learned from, without those that would learn
    fields = 2 * len(alone) - sum(PREDICTORS[name].trained for name in alone)
    keys = ["system", "target", "predictor", "version", "time"]
    assert not found.duplicated(keys).any()
    # fields with both dynamics, models with the one that they have learned; bare and coarse-grained
    assert len(found) == 2 * TIMES * (2 * fields + 2 * len(MODELS))
    known = found[found["pearson"].notna()].set_index(keys)
    assert (known["low"] < known["pearson"]).all() and (known["pearson"] < known["high"]).all()
    assert known["p"].between(1 / 40, 1).all() and known["length"].isin([0, 1, 2]).all()
    assert (found["note"].notna() == found["pearson"].isna()).all() and (found["structures"] == TESTED).all()
    told = found.set_index("predictor")["told"].to_dict()
    assert told == {**dict.fromkeys(alone, "nothing"), **dict.fromkeys(MODELS, "dynamics")}
    # bare, models are those of the other table
    pearson = table(study, "pearson").set_index(["system", "model", "time"])
    for (system, _, model, version, time), row in known.iterrows():
        if model in MODELS and version == "bare":
            for column in ("pearson", "low", "high", "mean_within", "noise_ceiling"):
                assert row[column] == pytest.approx(pearson.loc[(system, model, time), column], abs=1e-5)
    # the larger system takes lengths from the one that is learned from
    chosen = known["length"].unstack("system").dropna()
    assert len(chosen) and (chosen["KA2D"] == chosen["KA2D_large"]).all()
    seconds = pd.read_csv(study.folder / RESULTS / "predictor_costs.csv").set_index(["system", "predictor"])
    assert len(seconds) == fields + 2 * len(MODELS) and (seconds["seconds_per_structure"] > 0).all()
    assert (seconds["training_seconds"].notna() == seconds.index.isin(MODELS, level=1)).all()


def test_the_heterogeneity_of_every_predictor_is_beside_that_of_the_dynamics(study):
    found, known = table(study, "predictors_s4").astype({"time": float}), table(study, "s4")
    known = known[known["time"] == known.groupby(["system", "state"])["time"].transform("first")]
    learned = found[found["target"] == "bond_breaking"]
    keys = ["system", "source", "wave_number"]
    # the dynamics and, bare, the models are those of the other table, at the same time
    same = learned[learned["version"].fillna("bare").eq("bare") & learned["source"].isin(known["source"])]
    merged = known.merge(same, how="left", on=[*keys, "state", "time"], suffixes=("", "_here"), validate="1:1")
    for column in ("s4", "low", "high"):
        np.testing.assert_allclose(merged[column], merged[f"{column}_here"], rtol=1e-3, atol=1e-8)
    assert (found["s4"].isna() == found["note"].notna()).all()
    # beside the dynamics, which without noise are those of bond breaking alone, all rows of the other table, with the
    # same lengths
    keys = ["system", "target", "time", "source", "version"]
    rows, others = found.drop_duplicates(keys), table(study, "predictors").rename(columns={"predictor": "source"})
    assert rows["version"].isna().sum() == 2 * 3
    others = others.merge(rows[["system", "time"]].drop_duplicates())
    cells = rows[rows["version"].notna()].merge(others, how="outer", on=keys, suffixes=("", "_there"), validate="1:1")
    assert cells["structures"].eq(TESTED).all()
    np.testing.assert_array_equal(cells["length"], cells["length_there"])


def test_models_transfer_to_their_own_state_and_time_as_they_were_judged_there(study):
    found = table(study, "predictor_transfer")
    pearson = table(study, "pearson").query("system == 'KA2D'").set_index(["model", "time"])
    learned = pearson["pearson"].notna().groupby("model").sum()
    assert (
        set(found["system"]) == set(found["learned_system"]) == {"KA2D"} and len(found) == learned.sum() * TIMES
    )  # every time that was learned
    own = found[found["learned_time"] == found["time"]].set_index(["model", "time"])
    for key, row in own.iterrows():
        for column in (
            "pearson",
            "low",
            "high",
            "mean_within",
            "mean_within_low",
            "p",
            "moved_largest",
            "noise_ceiling",
        ):
            assert row[column] == pytest.approx(pearson.loc[key, column], abs=1e-5)
    assert (own["pearson"].groupby("model").mean() != found["pearson"].groupby(found["model"]).mean()).all()


def test_the_page_holds_every_cell_and_is_in_the_report(study):
    page = (study.folder / RESULTS / "predictors.html").read_text()
    cells = json.loads(re.search(r'id="cells">(.*?)</script>', page)[1])
    found = table(study, "predictors")
    assert cells["predictor"] == found["predictor"].tolist()
    np.testing.assert_allclose(np.array(cells["pearson"], dtype=float), found["pearson"], rtol=1e-3)
    report = (study.folder / RESULTS / "report.html").read_text()
    assert "Which structure says where it will move" in report and 'href="#predictors.html"' in report


def test_a_row_of_ones_own_by_an_array(study, tmp_path):
    """The dynamics themselves, and backwards: they reach their ceiling, and their lengths are those of nothing else."""
    copy, names = study.copy(tmp_path / "study"), ["KA2D", "KA2D_large"]
    for system in names:
        dynamics = read_dataset(copy.folder / RESULTS / f"{system}/isoconfigurational/cold.nc", PROPENSITIES)
        values = np.zeros((STRUCTURES, *dynamics["bond_breaking"].shape[1:]))
        values[dynamics["replica"].values] = -dynamics["bond_breaking"].values
        np.save(copy.folder / f"{system}-cold.npy", values)
    own = {"itself": {"array": "{system}-{state}.npy", "told": "classes", "training_structures": 7}}
    copy.configure(predictors={**SMALL["predictors"], "rows": ["random_values"], "own": own})
    target = f"{RESULTS}/tables/predictors.csv"
    assert copy.planned(target) == {"own_predictor": 2, "predictor_fields": 2, "predictors_table": 1}
    copy.run(target, "--cores", "2")
    found = (
        table(copy, "predictors").set_index(["predictor", "target", "version"]).loc["itself", "bond_breaking", "bare"]
    )
    assert len(found) == 2 * TIMES and (found["told"] == "classes").all() and (found["training_structures"] == 7).all()
    known = found[found["pearson"].notna()]
    np.testing.assert_allclose(known["pearson"], -1)
    noisy = known["noise_ceiling"] == 0  # two halves of three runs may have nothing in common
    assert known.loc[noisy, "share_of_ceiling"].isna().all() and not noisy.all()
    np.testing.assert_allclose(known["share_of_ceiling"][~noisy], 1 / known["noise_ceiling"][~noisy], rtol=1e-4)
    np.testing.assert_allclose(known["chi4"], known["chi4_dynamics"], rtol=1e-3)


def test_maps_and_attention_of_networks_are_rows(study, tmp_path):
    """Networks of the first and of the third paper learn two states, and take no new run."""
    copy = study.copy(tmp_path / "study")
    excluded = {name: {**SMALL["systems"][name], "enabled": False} for name in ("KA2D_large", "KA2D_alone")}
    system = {**SMALL["systems"]["KA2D"], "coarse_graining": COARSE_GRAINING}
    rows = ["potential_energy", "gradcam", "occlusion", "integrated_gradients", "gradcam_untrained"]
    copy.configure(
        papers={"jung2023": ["dynamics", "models", "results"], "oyama2023": ["networks"], "swanson2020": ["networks"]},
        systems={**SMALL["systems"], **excluded, "KA2D": system},
        classifier={"states": ["warm", "cold"], "seeds": [0, 1], "epochs": 3, "failed_below": 0.0},
        swanson2020={"networks": ["d_mpnn"], "folds": 2, "graph": {"epochs": 2, "hidden": 8}},
        predictors={**SMALL["predictors"], "rows": [*rows, "attention", "attention_untrained"]},
    )
    target = f"{RESULTS}/predictor_costs.csv"
    planned = copy.planned(target)
    assert "isoconfigurational_runs" not in planned and "cool" not in planned
    assert (planned["classifier"], planned["network"], planned["predictor_fields"]) == (2, 2, 1)
    copy.run(target, "--cores", "2")
    found = table(copy, "predictors")
    assert set(found["system"]) == {"KA2D"}
    told = found.groupby("predictor")["told"].first()
    assert (told[["gradcam", "occlusion", "integrated_gradients", "attention"]] == "classes").all()
    assert (told[["gradcam_untrained", "attention_untrained", "potential_energy"]] == "nothing").all()
    learned = found.groupby("predictor")["training_structures"].first()
    assert learned["gradcam"] == learned["attention"] == 6 and learned["attention_untrained"] == 0
    judged = found[found["predictor"].isin(["occlusion", "attention"])]
    assert judged["pearson"].notna().any() and (judged["pearson"].isna() == (judged["note"].fillna("") != "")).all()
    costs = pd.read_csv(copy.folder / target).set_index("predictor")
    assert (costs.loc[["gradcam", "attention"], "training_seconds"] > 0).all()
    assert np.isnan(costs.loc["potential_energy", "training_seconds"])
    fields = read_dataset(copy.folder / SYSTEM / "predictor_fields/cold.nc", PREDICTOR_FIELDS)
    assert fields["predictor"].values.tolist() == [*rows, "attention", "attention_untrained"]
    assert np.isfinite(fields["value"]).all() and (fields["value"].sel(predictor="occlusion") >= 0).all()


def test_training_again_gives_the_same_tables(study, tmp_path):
    copy = study.copy(tmp_path / "study")
    copy.run(f"{RESULTS}/tables/pearson.csv", "--cores", "2", "--forcerun", "glassmlp_model")
    assert copy.tables("jung2023-smoke") == study.tables("jung2023-smoke")


def test_a_regressor_of_ones_own_by_configuration_alone(study, tmp_path):
    """The nearest particle in the space of the descriptors: of a training particle itself, of others a stranger."""
    copy = study.copy(tmp_path / "study")
    nearest = {"make": "sklearn.neighbors.KNeighborsRegressor", "arguments": {"n_neighbors": 1}}
    copy.configure(glassmlp={**SMALL["glassmlp"], "models": [*MODELS, "nearest"], "regressors": {"nearest": nearest}})
    target = f"{SYSTEM}/predictors/cold-nearest.nc"
    assert copy.planned(target) == {"glassmlp_model": 1}
    copy.run(target, "--cores", "1")
    predicted = read_dataset(copy.folder / target, PREDICTOR)
    measured = read_dataset(copy.folder / SYSTEM / "isoconfigurational/cold.nc", PROPENSITIES)
    truth = measured["bond_breaking"].values[:, -1, measured["species"].values == 0]
    split = predicted["split"].values
    found = {
        name: pooled_pearson(predicted["prediction"].values[0, split == name, -1].astype(float), truth[split == name])
        for name in ("train", "test")
    }
    assert found["train"] == pytest.approx(1) and found["test"] < 0.6


def test_another_number_of_members_trains_anew_and_simulates_nothing(study, tmp_path):
    copy = study.copy(tmp_path / "study")
    copy.configure(glassmlp={**SMALL["glassmlp"], "members": 1})
    trained = {"glassmlp_model", "transferred_predictions", "predictions_without_runs"}
    results = {
        *(f"{name}_table" for name in (*TABLES["results"], TRANSFER, *WITHOUT_RUNS["tables"])), *FIGURES["results"],
        TRANSFER, *WITHOUT_RUNS["figures"], *COMPARED,
    }  # fmt: skip
    assert set(copy.planned()) == trained | results
    copy.configure(glassmlp={**SMALL["glassmlp"], "lengths": [0.0, 1.0, 2.0]})
    assert set(copy.planned()) == {"descriptors"} | trained | results


def test_runs_in_files_of_the_users_own_give_the_same_propensities(study, tmp_path):
    """In the layout of GlassBench, a file for each time; neither cooled nor run again."""
    files = tmp_path / "files"
    files.mkdir()
    paths = (f"{SYSTEM}/isoconfigurational/cold.nc", "results/of-files/KA2D/isoconfigurational/cold.nc")
    known = read_dataset(study.folder / paths[0], PROPENSITIES)
    for batch in (0, 1):
        runs = read_dataset(study.folder / SYSTEM / f"isoconfigurational/cold/runs-{batch}.nc", ISOCONFIGURATIONAL_RUNS)
        for number, replica in enumerate(runs["replica"].values.tolist()):
            initial, positions = runs["initial_position"].values[number], runs["position"].values[number]
            for code, of_time in enumerate(positions.transpose(1, 0, 2, 3)):
                arrays = {"initial_positions": initial, "positions": of_time}
                arrays["mine"] = known["bond_breaking"].values[replica]  # as predictions are in GlassBench
                path = files / f"{replica:02}_tc{code}.npz"
                np.savez(path, types=runs["species"], box=runs["box_length"], **arrays)
    of_files = study.copy(tmp_path / "study")
    given = {
        "states": {"cold": f"{files}/*_tc0.npz"},
        "runs": {
            "array": "positions",
            "times": runs["time"].values.tolist(),
            "files": [f"{files}/*_tc{code}.npz" for code in range(TIMES)],
        },
    }
    of_files.configure(
        study="of-files",
        systems={
            "KA2D": {**SMALL["systems"]["KA2D"], "states": {"cold": 0.5}},
            **{name: {**BLOCKS["KA2D_large"], "enabled": False} for name in ("KA2D_large", "KA2D_alone")},
        },
        samples={"source": "files", "files": {"KA2D": given}},
        jung2023={"transfer": {}, "without_runs": []},
        predictors={"own": {"mine": {"column": "mine", "told": "dynamics"}}},
    )
    target, own = paths[1], "results/of-files/KA2D/own_predictors/cold-mine.nc"
    assert of_files.planned(target) == {
        "configurations_of_files": 1, "isoconfigurational_runs_of_files": 2, "propensities": 1
    }  # fmt: skip
    everything = of_files.planned()
    assert "isoconfigurational_runs" not in everything and {"glassmlp_model", "pearson_table"} <= everything.keys()
    of_files.run(target, own, "--cores", "2")
    found = read_dataset(of_files.folder / target, PROPENSITIES)
    mine = read_dataset(of_files.folder / own, PREDICTOR)["prediction"].values[0]
    np.testing.assert_array_equal(mine, known["bond_breaking"].values[:, :, known["species"].values == 0])
    np.testing.assert_array_equal(found["split"], known["split"])
    for name in ("bond_breaking", "displacement", "displacement_halves", "scattering"):
        np.testing.assert_allclose(found[name], known[name], atol=1e-5)
