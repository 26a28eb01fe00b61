"""Propensities of a structure from its runs, and what the tables make of them."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import xarray as xr
from ka2d import SIGMA, ka2d

from glassmap.box import Box
from glassmap.dynamics import bond_breaking as dynamics
from glassmap.dynamics.four_point import correlation_function, fit_structure_factor, structure_factor
from glassmap.dynamics.relaxation import WAVE_NUMBER, bond_orientation, bond_orientation_correlation
from glassmap.dynamics.structure_propensities import (
    Propensity,
    bond_breaking_propensity,
    bond_orientation_by_species,
    displacement_propensity,
    scattering_by_species,
)
from glassmap.errors import GlassmapError
from glassmap.io.datasets import write_dataset, write_table
from glassmap.io.schema import variable
from glassmap.learning.regression import Structure
from glassmap.papers.jung2023 import (
    figures,
    figures_four_point,
    figures_maps,
    figures_relaxation,
    tables,
    tables_four_point,
    tables_relaxation,
    transfer,
)
from glassmap.papers.jung2023.method import TARGETS, State
from glassmap.papers.jung2023.models import FittedModel, learnable, members_of, new_model, overlap
from glassmap.papers.jung2023.published import (
    GLASSBENCH,
    bond_breaking_time,
    characteristic_temperature,
    glassbench,
)
from glassmap.papers.jung2023.report_sentences import prediction_lines
from glassmap.plotting.style import save
from glassmap.statistics import bootstrap_weights, half_width


def test_halves_have_no_run_in_common(rng):
    runs = rng.random((5, 2, 30))
    found = Propensity.of(runs)
    np.testing.assert_allclose(found.mean, runs.mean(axis=0))
    np.testing.assert_allclose(found.halves[0], (runs[0] + runs[2] + runs[4]) / 3)
    np.testing.assert_allclose(found.halves[1], (runs[1] + runs[3]) / 2)


def test_the_propensity_is_the_mean_of_single_runs(rng):
    system = ka2d(0.1)
    box, species = system.box, system.species
    rows = int(np.ceil(np.sqrt(len(species))))
    lattice = np.stack(np.divmod(np.arange(rows**2), rows), axis=-1)[: len(species)] * (system.box_length / rows)
    later = lattice + 0.4 * rng.normal(size=(4, 3, len(species), 2))
    found = bond_breaking_propensity(lattice, later, species, box, SIGMA)
    single = [dynamics.bond_breaking(lattice, run, species, box, SIGMA) for run in later]
    np.testing.assert_allclose(found.mean, np.mean(single, axis=0))
    assert found.mean.min() > 0 and found.mean.max() <= 1
    moved = displacement_propensity(lattice, later)
    np.testing.assert_allclose(moved.mean, np.linalg.norm(later - lattice, axis=-1).mean(axis=0))


def test_particles_without_neighbours_are_refused():
    initial = np.array([[1.0, 1.0], [2.0, 1.0], [5.0, 5.0]])
    with pytest.raises(GlassmapError, match=r"1 of 3 particles, such as 2, have no neighbours at t = 0"):
        bond_breaking_propensity(initial, initial[None, None], np.zeros(3, int), Box.cube(10, 2), np.ones((1, 1)))


def test_scattering_of_gaussian_displacements_without_the_drift(rng):
    """F_s = exp(-q^2 s^2 / 2), for each species its own width; a common drift changes nothing."""
    species, width = np.repeat([0, 1], 20_000), np.repeat([0.1, 0.3], 20_000)
    initial = rng.random((40_000, 2)) * 100
    moved = width[:, None] * rng.normal(size=(2, 1, 40_000, 2)) + [5.0, -2.0]
    found = scattering_by_species(initial, initial + moved, species, wave_number=4.0)
    np.testing.assert_allclose(found[0], np.exp(-(16.0 * np.array([0.01, 0.09])) / 2), atol=0.01)


def test_the_wave_number_is_the_published_one_in_any_box():
    """q = 6.11 of the paper's box; displacements along one axis by half a wave length in every box."""
    assert pytest.approx(6.11, abs=0.01) == WAVE_NUMBER
    for length in (5.0, 32.896, 263.2):
        initial = np.full((10, 2), length / 2)
        moved = initial.copy()
        moved[:5, 0] += np.pi / WAVE_NUMBER
        moved[5:, 0] -= np.pi / WAVE_NUMBER  # no drift
        found = scattering_by_species(initial, moved[None, None], np.zeros(10, int))
        np.testing.assert_allclose(found, 0, atol=1e-12)  # cos(pi) along x, cos(0) along y


def test_bond_orientation_decays_from_one_and_is_that_of_single_frames(rng):
    system = ka2d(0.1)
    box, species = system.box, system.species
    rows = int(np.ceil(np.sqrt(len(species))))
    lattice = np.stack(np.divmod(np.arange(rows**2), rows), axis=-1)[: len(species)] * (system.box_length / rows)
    start = lattice + 0.1 * rng.normal(size=lattice.shape)
    later = np.stack([start + width * rng.normal(size=(3, *start.shape)) for width in (0.0, 0.05, 0.3)], axis=1)
    found = bond_orientation_by_species(start, later + box.lengths, species, box)  # whole boxes change nothing
    np.testing.assert_allclose(found[0], 1, atol=1e-9)
    assert (found[1] < 1).all() and (found[2] < found[1]).all()
    psi, members = bond_orientation(start, box), species == 1
    single = [bond_orientation_correlation(bond_orientation(run, box)[members], psi[members]) for run in later[:, 1]]
    assert found[1, 1] == pytest.approx(np.mean(single))
    space = np.zeros((4, 3))
    assert np.isnan(bond_orientation_by_species(space, space[None, None], np.zeros(4, int), Box.cube(5, 3))).all()


def test_the_overlap_of_the_loss_is_that_of_the_dynamics(rng):
    values = rng.random(50)
    np.testing.assert_allclose(overlap(torch.tensor(values)).numpy(), dynamics.overlap(values), atol=1e-12)


def test_a_time_is_learned_if_the_propensity_varies_in_every_structure(rng):
    targets = rng.random((4, 3, 10))
    targets[1, 0] = 1.0  # of a structure that is learned from
    targets[3, 1] = 1.0  # of a test structure
    assert learnable(targets, [0, 1, 2]).tolist() == [False, True, True]


TIMES = np.array([1.0, 10.0, 100.0])
SPLIT = np.array(["train", "test", "validation", "test", "test"])


@pytest.fixture
def results(tmp_path, rng) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Files of a state whose bonds break slowly, and of a model that knows the truth but for the first time."""
    number, species = 40, np.repeat([0, 1], [30, 10])
    slow = np.clip(1 - 0.5 * np.linspace(0, 1.2, 3)[:, None] * rng.random((5, 1, number)) * 2, 0, 1)
    slow[:, 0] = 1.0  # no bond is broken yet
    dims = ("sample", "time", "particle")
    quantities = {name: variable(dims, slow, "1", name) for name in ("bond_breaking", "displacement")}
    halves = {f"{name}_halves": variable(("half", *dims), np.stack([slow, slow]), "1", name) for name in quantities}
    coordinates = {
        "replica": variable(("sample",), np.arange(5), "1", "replica"),
        "split": variable(("sample",), SPLIT, "1", "split"),
        "time": variable(("time",), TIMES, "tau", "time"),
    }
    decay = np.broadcast_to(np.exp(-TIMES / 50)[:, None], (5, 3, 2))
    measured = xr.Dataset(
        {
            **quantities,
            **halves,
            "scattering": variable(("sample", "time", "kind"), decay, "1", "F_s"),
            "bond_orientation": variable(("sample", "time", "kind"), decay**2, "1", "C_psi"),
            "initial_position": variable(("sample", "particle", "axis"), rng.random((5, number, 2)) * 6, "sigma*", "x"),
            "species": variable(("particle",), species, "1", "species"),
            "box_length": variable((), 6.0, "sigma*", "L"),
            "runs": variable((), 4, "1", "runs"),
        },
        coords=coordinates,
    )
    prediction = slow[None, :, :, :30].astype(np.float32).copy()
    prediction[:, :, 0] = np.nan
    predicted = xr.Dataset(
        {"prediction": variable(("member", *dims), prediction, "1", "prediction")}, coords=coordinates
    )
    files = [str(tmp_path / "cold.nc"), str(tmp_path / "cold-ridge.nc")]
    for dataset, file in zip((measured, predicted), files, strict=True):
        write_dataset(dataset, file, {})
    params = SimpleNamespace(
        systems=["KA2D"], states=["cold"], temperatures={"KA2D": {"cold": 0.4}}, models=["ridge"],
        target="bond_breaking", species="A", bootstrap_samples=50, base_seed=1, transfer={}, moved_maps=39,
    )  # fmt: skip
    return SimpleNamespace(propensities=files[:1], predictors=files[1:]), params


def test_a_perfect_prediction_has_a_correlation_of_one(results):
    table = tables.pearson(*results)
    assert table["time"].tolist() == TIMES.tolist() and set(table["structures"]) == {3}
    assert table["note"].tolist()[0] == tables.LEFT_OUT and table.loc[0, ["pearson", "noise_ceiling"]].isna().all()
    perfect = table.loc[1:, ["pearson", "mean_within", "noise_ceiling", "share_of_ceiling", "training"]]
    np.testing.assert_allclose(perfect.to_numpy(dtype=float), 1, atol=1e-6)
    assert (table.loc[1:, "p"] == 1 / 40).all() and (table.loc[1:, "moved_largest"] < 0.6).all()


def test_the_susceptibility_of_a_perfect_prediction_is_that_of_the_dynamics(results):
    table = tables.chi4(*results)
    md, predicted = (table[table["source"] == source].reset_index() for source in ("md", "ridge"))
    assert md.loc[0, "chi4"] == 0 and predicted.loc[0, "note"] == tables.LEFT_OUT
    np.testing.assert_allclose(md.loc[1:, "chi4"], predicted.loc[1:, "chi4"], rtol=1e-4)
    assert (md.loc[1:, "low"] <= md.loc[1:, "chi4"]).all() and (md.loc[1:, "chi4"] < md.loc[1:, "high"]).all()


@pytest.mark.parametrize("rate, end", [(0.002, 100.0), (0.02, 100.0)])
def test_the_bond_breaking_time_of_short_runs_is_that_of_their_decay(rate, end):
    """exp(-rate t) is half at ln 2 / rate, within the runs or beyond their end."""
    times = np.geomspace(1, end, 30)
    kept = np.broadcast_to(np.exp(-rate * times)[None, :, None], (3, 30, 4))
    dynamics = xr.Dataset(
        {"bond_breaking": (("sample", "time", "particle"), kept), "species": (("particle",), np.zeros(4, dtype=int))},
        coords={"time": times},
    )
    state = State("KA2D", "cold", 0.4, dynamics, 0, TARGETS["bond_breaking"], {})
    assert state.bond_breaking_time() == pytest.approx(np.log(2) / rate, rel=0.01)
    still = dynamics.assign(bond_breaking=dynamics["bond_breaking"] * 0 + 1)
    assert np.isnan(State("KA2D", "cold", 0.4, still, 0, TARGETS["bond_breaking"], {}).bond_breaking_time())


def test_relaxation_times_beside_the_published_ones(results):
    files, params = results
    files = SimpleNamespace(propensities=files.propensities, predictors=[])
    table = tables_relaxation.relaxation(files, params)
    assert set(zip(table["species"], table["quantity"], strict=True)) == {
        (species, quantity) for species in "AB" for quantity in ("tau_bb", "tau_isf", "tau_bo")
    }
    broken, scattering, orientation = table[table["predicted"]].to_dict("records")
    assert broken["quantity"] == "tau_bb" and broken["paper"] == 1.7e3
    # exp(-t / 50) falls to 1/e at 50, between the frames at 10 and 100, its square at 25
    for row, rate in ((scattering, 1), (orientation, 2)):
        share = (np.exp(-0.2 * rate) - np.exp(-1)) / (np.exp(-0.2 * rate) - np.exp(-2 * rate))
        assert row["value"] == pytest.approx(10 * 10**share, rel=1e-6)
        assert row["low"] == pytest.approx(row["value"]) == row["high"]
        assert row["structures"] == 5 and np.isnan(row["paper"])
    temperatures = tables_relaxation.characteristic_temperatures(files, params)
    assert len(temperatures) == 9 and temperatures["value"].isna().all()
    assert temperatures.set_index(["quantity", "temperature"])["paper"]["tau_isf", "onset"] == 0.5
    assert temperatures["note"].str.contains("states that relax, 4 are needed").all()


def test_s4_and_g4_are_those_of_the_structures(results):
    files, params = results
    box, test = Box.cube(6.0, 2), np.flatnonzero(SPLIT == "test")
    with xr.open_dataset(files.propensities[0]) as opened:
        field, positions = opened["bond_breaking"].values[test, :, :30], opened["initial_position"].values[test, :30]
    s4, fits, g4 = (getattr(tables_four_point, name)(files, params) for name in ("s4", "four_point", "g4"))
    peak = s4["time"].iloc[0]
    assert s4["time"].nunique() <= 2 and (s4["time"].iloc[-1] <= peak)
    s4 = s4[s4["time"] == peak]
    at = field[:, TIMES.tolist().index(peak)]
    q, expected = structure_factor(list(positions), list(at), box, tables_four_point.SHOWN_UP_TO)
    md = s4[s4["source"] == "md"]
    np.testing.assert_allclose(md["s4"], expected.mean(axis=0), rtol=1e-9)
    assert (md["low"] >= 0).all() and (md["low"] <= md["s4"]).all() and (md["s4"] <= md["high"]).all()
    np.testing.assert_allclose(s4[s4["source"] == "ridge"]["s4"], md["s4"], rtol=1e-4)
    md = g4[g4["source"] == "md"]
    edges = tables_four_point.BIN * np.arange(len(md) + 1)
    assert len(md) == 15  # up to half of the box
    np.testing.assert_allclose(md["g4"], correlation_function(list(positions), list(at), box, edges).mean(axis=0))
    assert fits[(fits["source"] == "ridge") & (fits["time"] == 1)]["note"].item() == tables.LEFT_OUT
    fit = fit_structure_factor(q, expected.mean(axis=0), tables_four_point.FITTED_UP_TO)
    row = fits[(fits["source"] == "md") & (fits["time"] == peak)].to_dict("records")[0]
    assert row["length"] == pytest.approx(fit.length) if not row["note"] else np.isnan(row["length"])


def test_the_heterogeneity_of_predictions_alone_is_that_of_the_same_structures_with_runs(results, tmp_path):
    """The same predictions, given with the structures instead of the dynamics."""
    files, params = results
    with xr.open_dataset(files.propensities[0]) as opened:
        structures = opened[["initial_position", "species", "box_length"]].rename(initial_position="position").load()
    write_dataset(structures, tmp_path / "structures.nc", {})
    s4, fits = tables_four_point.s4(files, params), tables_four_point.four_point(files, params)
    write_table(s4, tmp_path / "s4.csv")
    params.without_runs, params.temperatures["large"] = {"large": "KA2D"}, {"cold": 0.4}
    files.configurations, files.s4 = [str(tmp_path / "structures.nc")], str(tmp_path / "s4.csv")
    for name, known in (("s4", s4), ("four_point", fits)):
        found = getattr(tables_four_point, f"{name}_without_runs")(files, params)
        peak = (known["time"] == s4["time"].iloc[0]) | (name == "four_point")
        expected = known[peak & (known["source"] == "ridge")].reset_index(drop=True)
        assert set(found["system"]) == {"large"} and len(found) == len(expected)
        value = {"s4": "s4", "four_point": "length"}[name]
        np.testing.assert_allclose(found[value], expected[value])
        write_table(found, tmp_path / f"{name}_without_runs.csv")
    files.without_runs, files.fits_without_runs = (
        tmp_path / f"{name}_without_runs.csv" for name in ("s4", "four_point")
    )
    write_table(fits, tmp_path / "four_point.csv")
    write_table(tables.pearson(files, params), tmp_path / "pearson.csv")
    files.four_point, files.pearson = tmp_path / "four_point.csv", tmp_path / "pearson.csv"
    figure = transfer.s4_without_runs(files, params)
    measured, small, large = (line.get_ydata() for line in figure.axes[0].lines[:3])
    np.testing.assert_allclose(small, measured, rtol=1e-4)
    np.testing.assert_allclose(large, small)
    assert [text.get_text() for text in figure.legends[0].get_texts()][1:] == [
        "MD, KA2D",
        "ridge regression, KA2D",
        "ridge regression, without runs",
    ]


@pytest.mark.parametrize(
    "length, note",
    [(0.1, tables_four_point.SHORTER), (1.2, ""), (9.0, tables_four_point.LONGER), (np.nan, tables_four_point.NO_FIT)],
)
def test_a_length_that_the_box_does_not_resolve_is_not_a_number(length, note):
    q = np.linspace(0.2, 2, 20)
    fit = tables_four_point.FourPointFit(1.0, length, 0.2)
    assert tables_four_point._outside(fit, q) == note


def test_a_structure_factor_without_a_square_term_has_no_length_that_the_form_names():
    q = np.linspace(0.2, 2, 20)
    fit = fit_structure_factor(q, 1 / (1 + (3 * q) ** 3), 2.0)
    assert tables_four_point._outside(fit, q) == tables_four_point.CUBIC
    np.testing.assert_allclose(np.cbrt(fit.cubic) * fit.length, 3.0, rtol=1e-3)


@pytest.mark.parametrize("cubic", [0.4, 0.0])
def test_a_known_length_has_an_interval_that_holds_it(rng, cubic):
    q = np.linspace(0.2, 2, 30)
    truth = tables_four_point.FourPointFit(3.0, 1.5, cubic)
    values = truth(q) * rng.gamma(20, 1 / 20, size=(40, 30))
    weights = bootstrap_weights(60, 40, 1)
    fit = fit_structure_factor(q, values.mean(axis=0), 2.0)
    row = tables_four_point._with_intervals(fit, q, values, weights)
    for name in ("length", "cubic", "susceptibility"):
        assert row[f"{name}_low"] <= getattr(truth, name) < row[f"{name}_high"]
        assert row[f"{name}_low"] <= row[name] < row[f"{name}_high"]
    # as wide as from fits to the bootstrap samples themselves
    fits = [fit_structure_factor(q, one, 2.0).length for one in weights @ values / 40]
    half = half_width(np.array(fits), 40)
    ours = row["length_high"] - row["length"]
    assert 0.75 * half < ours < (1.25 if cubic else 2) * half  # wider near the bound of A, which those fits meet


def test_correlations_stand_beside_those_of_glassbench():
    of_state = GLASSBENCH["KA2D", "bond_breaking", 0.3]
    for time, value in of_state.items():
        assert glassbench("KA2D", "glassmlp", "bond_breaking", 0.3, time) == pytest.approx(value)
    assert glassbench("KA", "glassmlp", "displacement", 0.44, 4120.0) == pytest.approx(0.768)
    # GlassBench's 0.23 is 0.231 in its files
    assert glassbench("KA2D", "glassmlp", "displacement", 0.231, 142587.0) == pytest.approx(0.702)
    # species B has no published numbers
    assert np.isnan(glassbench("KA2D", "glassmlp", "bond_breaking", 0.3, 1781.79, species=1))
    assert np.isnan(bond_breaking_time("KA2D", 0.3, 1)) and np.isnan(characteristic_temperature("KA2D", "onset", 1))
    assert characteristic_temperature("KA2D", "onset") == 0.5
    assert bond_breaking_time("KA2D", 0.231) == 4.0e6 and np.isnan(bond_breaking_time("KA2D", 0.25))
    between = glassbench("KA2D", "glassmlp", "bond_breaking", 0.3, 5000.0)
    assert of_state[1781.79] < between < of_state[20000]
    for other in (
        ("KA2D", "ridge", "bond_breaking", 0.3, 158.74),
        ("KA2D", "glassmlp", "bond_breaking", 0.4, 158.74),
        ("KAM", "glassmlp", "bond_breaking", 0.3, 158.74),
        ("KA2D", "glassmlp", "bond_breaking", 0.3, 3e4),  # beyond its times
    ):
        assert np.isnan(glassbench(*other))


OPTIONS = {
    "target": "bond_breaking", "species": "A", "members": 2, "formula": "code", "epochs": 0.01, "distances": [],
}  # fmt: skip


@pytest.fixture
def structures(rng) -> list[Structure]:
    found = []
    for _ in range(4):
        inputs = rng.normal(size=(60, 5))
        targets = np.stack([inputs[:, 0] > 0, inputs[:, 1]], axis=-1) + 0.01 * rng.normal(size=(60, 2))
        found.append(Structure(inputs, rng.random((60, 2)) * 8, Box.cube(8, 2), targets))
    return found


@pytest.mark.parametrize(
    "make, arguments, exact",
    [
        ("sklearn.neighbors.KNeighborsRegressor", {"n_neighbors": 1}, True),
        ("sklearn.svm.SVR", {}, False),  # of one target alone
        ("sklearn.ensemble.RandomForestRegressor", {"n_estimators": 5}, False),  # draws random numbers
        ("own_model.steps", {"degree": 2}, False),  # a function of the user's
    ],
)
def test_a_regressor_of_ones_own(structures, make, arguments, exact, tmp_path, monkeypatch):
    (tmp_path / "own_model.py").write_text(
        "from sklearn.linear_model import Ridge\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import PolynomialFeatures\n\n\n"
        "def steps(degree):\n"
        "    return make_pipeline(PolynomialFeatures(degree), Ridge())\n"
    )
    monkeypatch.chdir(tmp_path)
    predictions = []
    for _ in range(2):
        model = new_model("mine", OPTIONS, 7, print, {"make": make, "arguments": arguments})
        model.fit(structures[:3], structures[3:])
        predictions.append(members_of(model, structures[3]))
    assert predictions[0].shape == (1, 60, 2)
    np.testing.assert_array_equal(*predictions)  # the same seed
    for index in range(2):
        assert np.corrcoef(predictions[0][0, :, index], structures[3].targets[:, index])[0, 1] > 0.5
    if exact:
        np.testing.assert_allclose(members_of(model, structures[0])[0], structures[0].targets)


@pytest.mark.parametrize("name", ["glassmlp", "ridge"])
def test_a_model_that_was_saved_predicts_a_larger_system(results, structures, name, tmp_path, rng):
    files, _ = results
    model = new_model(name, OPTIONS, 1, print).fit(structures[:3], structures[3:])
    path = tmp_path / "model.pickle"
    FittedModel(model, TIMES, np.array([False, True, True])).save(path)
    dynamics = xr.open_dataset(files.propensities[0]).load()
    values = rng.normal(size=(5, 40, 5))
    inputs = xr.Dataset({"value": (("sample", "particle", "descriptor"), values)})
    found = FittedModel.load(path).predict(dynamics, inputs, OPTIONS)["prediction"].values
    assert found.shape == (2 if name == "glassmlp" else 1, 5, 3, 30) and np.isnan(found[:, :, 0]).all()
    expected = members_of(model, Structure(values[2, :30], np.zeros((30, 2)), Box.cube(6, 2)))
    np.testing.assert_allclose(found[:, 2, 1:], expected.transpose(0, 2, 1), rtol=1e-5, atol=1e-6)
    with pytest.raises(GlassmapError, match="other times than those that the model has learned"):
        FittedModel.load(path).predict(dynamics.assign_coords(time=TIMES * 2), inputs, OPTIONS)


def test_figures_and_sentences_of_a_state_with_a_time_that_is_left_out(results, tmp_path):
    files, params = results
    params.sigma = {"KA2D": {"AA": 1.0, "AB": 0.8, "BB": 0.88}}
    made = {
        "pearson": tables.pearson,
        "chi4": tables.chi4,
        "s4": tables_four_point.s4,
        "four_point": tables_four_point.four_point,
        "g4": tables_four_point.g4,
        "relaxation": tables_relaxation.relaxation,
        "temperatures": tables_relaxation.characteristic_temperatures,
    }
    paths = {name: tmp_path / f"{name}.csv" for name in made}
    for name, function in made.items():
        write_table(function(files, params), paths[name])
    files = SimpleNamespace(**vars(files), **{name: str(path) for name, path in paths.items()})
    of_itself = SimpleNamespace(**{**vars(params), "transfer": {"KA2D": "KA2D"}})
    transferred = transfer.transfer_table(files, of_itself)
    np.testing.assert_array_equal(transferred["pearson"], transferred["learned_pearson"])
    np.testing.assert_array_equal(transferred["chi4_md"], transferred["learned_chi4_md"])
    assert len(transferred) == 3 and transferred["chi4_md"].notna().all()
    for function in (
        figures.fig2a,
        figures.fig2b,
        figures.fig3b,
        figures.comparison,
        figures_maps.fig3a,
        figures_maps.propensity_maps,
        figures_maps.propensity_maps_by_mean,
        figures_four_point.four_point,
        figures_four_point.g4,
        figures_relaxation.relaxation,
        transfer.transfer,
    ):
        figure = function(files, of_itself if function is transfer.transfer else params)
        path = tmp_path / f"{function.__name__}.png"
        labelled = [axis for axis in figure.axes if axis.axison and axis.get_subplotspec() is not None]
        if function.__module__ != figures_maps.__name__:  # whose inner panels share their labels
            assert all(axis.get_xlabel() and axis.get_ylabel() for axis in labelled), function.__name__
        save(figure, [path])
        assert path.stat().st_size > 10_000
    study = {
        "replicas": 5,
        "transfer": {"KA2D": "KA2D"},
        "predicted_states": ["cold"],
        "systems": {"KA2D": {"particles": 40, "states": {"cold": 0.4}}},
    }
    lines = {line["name"]: line["text"] for line in prediction_lines(paths, study)}
    assert "ridge regression 1.00" in lines["Correlation"] and "N = 40, T = 0.4; its test" in lines["Prediction"]
    assert "(paper 1700 τ)" in lines["Relaxation"] and "of the dynamics" in lines["Heterogeneity"]
