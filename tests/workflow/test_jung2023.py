"""The smoke study of the second paper, computed once with LAMMPS: its files, tables and figures."""

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsRegressor
from study import Study

from glassmap.analysis.prediction_scores import pooled_pearson
from glassmap.box import Box
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import DESCRIPTORS, INHERENT, ISOCONFIGURATIONAL_RUNS, PREDICTOR, PROPENSITIES
from glassmap.learning.regression import Pointwise, Structure

STUDY = "config/jung2023-smoke.yaml"
SYSTEM = "results/jung2023-smoke/KA2D"
MODELS = ("glassmlp", "mlp_mae", "ridge")
FIGURES = ("comparison", "fig2a", "fig2b", "fig3a", "fig3b", "four_point")
STRUCTURES, PARTICLES, OF_A, TIMES, RUNS = 16, 258, 120, 6, 4


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    found = Study.new(tmp_path_factory.mktemp("jung2023") / "study", STUDY)
    assert found.planned() == {
        "cool": 1, "configurations": 2, "minimise_structures": 2, "isoconfigurational_runs": 4, "propensities": 2,
        "descriptors": 2, "glassmlp_model": 6, "relaxation_table": 1, "pearson_table": 1, "chi4_table": 1,
        **dict.fromkeys(FIGURES, 1),
    }  # fmt: skip
    found.run("--cores", "2")
    return found


def table(study: Study, name: str) -> pd.DataFrame:
    return pd.read_csv(study.folder / f"results/jung2023-smoke/tables/{name}.csv")


def test_runs_start_from_the_thermal_structures_and_bonds_break(study):
    for state, temperature in (("warm", 0.8), ("cold", 0.5)):
        runs = read_dataset(study.folder / SYSTEM / f"isoconfigurational/{state}/runs-1.nc", ISOCONFIGURATIONAL_RUNS)
        assert runs["replica"].values.tolist() == list(range(8, 16)) and runs.attrs["temperature"] == temperature
        assert runs["position"].shape == (8, RUNS, TIMES, PARTICLES, 2)
        np.testing.assert_allclose(runs["kinetic_temperature"][..., 1:].mean(), temperature, rtol=0.02)
        found = read_dataset(study.folder / SYSTEM / f"isoconfigurational/{state}.nc", PROPENSITIES)
        np.testing.assert_array_equal(found["initial_position"][8:], runs["initial_position"])
        broken = found["bond_breaking"].values
        assert broken.shape == (STRUCTURES, TIMES, PARTICLES) and broken.min() >= 0 and broken.max() <= 1
        mean = broken.mean(axis=(0, 2))
        assert (np.diff(mean) < 0).all() and mean[0] > 0.9
        assert (np.diff(found["displacement"].mean(("sample", "particle"))) > 0).all()
        np.testing.assert_allclose(found["bond_breaking_halves"].mean("half"), broken, atol=1e-12)
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
    assert found["split"].values.tolist().count("test") == 4
    learned = np.isfinite(found["prediction"]).all(("member", "sample", "particle"))
    assert learned[-1] and (np.isfinite(found["prediction"]).any(("member", "sample", "particle")) == learned).all()


def test_the_correlations_are_below_their_ceiling_and_above_chance(study):
    pearson = table(study, "pearson")
    assert len(pearson) == 2 * len(MODELS) * TIMES and set(pearson["structures"]) == {4}
    left_out = pearson["pearson"].isna()
    assert (pearson["note"].notna() == left_out).all() and left_out.mean() < 0.5
    found = pearson[~left_out]
    assert (found["low"] < found["pearson"]).all() and (found["pearson"] < found["high"]).all()
    assert found["noise_ceiling"].between(0, 1).all() and (found["pearson"] < found["noise_ceiling"] + 0.1).all()
    np.testing.assert_allclose(
        found["share_of_ceiling"],
        (found["pearson"] / found["noise_ceiling"]).where(found["noise_ceiling"] > 0),
        rtol=1e-4,
    )
    # ridge has learned what it was shown, and something of what it was not
    ridge = found[(found["model"] == "ridge") & (found["state"] == "cold")]
    assert (ridge["training"] > ridge["pearson"]).all()
    assert ridge["pearson"].max() > ridge["shuffled"].abs().max()


def test_other_tables(study):
    chi4 = table(study, "chi4")
    assert set(chi4["source"]) == {"md", *MODELS} and (chi4["chi4"].dropna() >= 0).all()
    relaxation = table(study, "relaxation").set_index(["state", "quantity"])
    assert relaxation["value"]["warm", "tau_isf"] < relaxation["value"]["cold", "tau_isf"] <= 60
    assert relaxation["paper"].isna().all()  # of other temperatures
    for row in relaxation.to_dict("records"):
        assert np.isnan(row["value"]) == isinstance(row["note"], str)


def test_a_predictor_that_memorises_knows_the_training_structures_alone(study):
    """The nearest particle in the space of the descriptors: of a training particle itself, of others a stranger."""
    dynamics = read_dataset(study.folder / SYSTEM / "isoconfigurational/cold.nc", PROPENSITIES)
    values = read_dataset(study.folder / SYSTEM / "descriptors/cold.nc", DESCRIPTORS)["value"].values
    box, chosen = Box.cube(float(dynamics["box_length"]), 2), dynamics["species"].values == 0
    structures = [
        Structure(x[chosen].astype(float), at[chosen], box, y[-1:, chosen].T)
        for x, at, y in zip(values, dynamics["initial_position"].values, dynamics["bond_breaking"].values, strict=True)
    ]
    split = dynamics["split"].values
    parts = {name: [structures[index] for index in np.flatnonzero(split == name)] for name in ("train", "test")}
    nearest = Pointwise(KNeighborsRegressor(1)).fit(parts["train"], [])
    found = {
        name: pooled_pearson(*(np.array(one) for one in zip(
            *((nearest.predict(structure)[:, 0], structure.targets[:, 0]) for structure in part), strict=True
        )))
        for name, part in parts.items()
    }  # fmt: skip
    assert found["train"] == pytest.approx(1) and found["test"] < 0.6


def test_the_figures_and_the_report_are_there(study):
    figures = study.folder / "results/jung2023-smoke/figures"
    assert {path.name for path in figures.iterdir()} == {
        f"{name}.{kind}" for name in FIGURES for kind in ("pdf", "png")
    }
    report = (study.folder / "results/jung2023-smoke/report.html").read_text()
    assert "how well the dynamics are predicted" in report and "three models" in report
    assert "How much of the dynamics of single particles" in report and "Voronoi volume Υ" not in report


def test_training_again_gives_the_same_tables(study):
    before = study.tables("jung2023-smoke")
    study.run("--cores", "2", "--forcerun", "glassmlp_model")
    assert study.tables("jung2023-smoke") == before
    assert study.jobs() == {}


def test_another_number_of_members_trains_anew_and_simulates_nothing(study, tmp_path):
    copy = study.copy(tmp_path / "study")
    copy.configure(glassmlp={"members": 1})
    assert set(copy.planned()) == {"glassmlp_model", "pearson_table", "chi4_table", *FIGURES}
    copy.configure(glassmlp={"lengths": [0.0, 1.0, 2.0]})
    assert set(copy.planned()) == {"descriptors", "glassmlp_model", "pearson_table", "chi4_table", *FIGURES}
