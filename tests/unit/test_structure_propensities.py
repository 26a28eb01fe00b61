"""Propensities of a structure from its runs, and what the tables make of them."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import xarray as xr
from ka2d import SIGMA, ka2d

from glassmap.box import Box
from glassmap.dynamics import bond_breaking as dynamics
from glassmap.dynamics.structure_propensities import (
    Propensity,
    bond_breaking_propensity,
    displacement_propensity,
    scattering_by_species,
)
from glassmap.errors import GlassmapError
from glassmap.io.datasets import write_dataset, write_table
from glassmap.io.schema import variable
from glassmap.papers.jung2023 import figures, tables
from glassmap.papers.jung2023.models import learnable, overlap
from glassmap.papers.jung2023.report_sentences import prediction_lines
from glassmap.plotting.style import save
from glassmap.statistics import bootstrap_weights


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


def test_the_overlap_of_the_loss_is_that_of_the_dynamics(rng):
    values = rng.random(50)
    np.testing.assert_allclose(overlap(torch.tensor(values)).numpy(), dynamics.overlap(values), atol=1e-12)


def test_a_time_is_learned_if_the_propensity_varies_in_every_structure(rng):
    targets = rng.random((4, 3, 10))
    targets[1, 0] = 1.0  # of a structure that is learned from
    targets[3, 1] = 1.0  # of a test structure
    assert learnable(targets, [0, 1, 2]).tolist() == [False, True, True]


def test_resampled_variances_are_those_of_repeated_structures(rng):
    values, weights = 0.9 + 0.01 * rng.normal(size=6), bootstrap_weights(5, 6, 2)
    expected = [np.var(np.repeat(values, row), ddof=1) for row in weights]
    np.testing.assert_allclose(tables._variances(values, weights), expected, rtol=1e-9)


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
        target="bond_breaking", species="A", bootstrap_samples=50, base_seed=1,
    )  # fmt: skip
    return SimpleNamespace(propensities=files[:1], predictors=files[1:]), params


def test_a_perfect_prediction_has_a_correlation_of_one(results):
    table = tables.pearson(*results)
    assert table["time"].tolist() == TIMES.tolist() and set(table["structures"]) == {3}
    assert table["note"].tolist()[0] == tables.LEFT_OUT and table.loc[0, ["pearson", "noise_ceiling"]].isna().all()
    perfect = table.loc[1:, ["pearson", "mean_within", "noise_ceiling", "share_of_ceiling", "training"]]
    np.testing.assert_allclose(perfect.to_numpy(dtype=float), 1, atol=1e-6)
    assert (table.loc[1:, "shuffled"].abs() < 0.5).all()


def test_the_susceptibility_of_a_perfect_prediction_is_that_of_the_dynamics(results):
    table = tables.chi4(*results)
    md, predicted = (table[table["source"] == source].reset_index() for source in ("md", "ridge"))
    assert md.loc[0, "chi4"] == 0 and predicted.loc[0, "note"] == tables.LEFT_OUT
    np.testing.assert_allclose(md.loc[1:, "chi4"], predicted.loc[1:, "chi4"], rtol=1e-4)
    assert (md.loc[1:, "low"] <= md.loc[1:, "chi4"]).all() and (md.loc[1:, "chi4"] < md.loc[1:, "high"]).all()


def test_relaxation_times_beside_the_published_ones(results):
    files, params = results
    table = tables.relaxation(SimpleNamespace(propensities=files.propensities, predictors=[]), params)
    broken, scattering = table.to_dict("records")
    assert broken["quantity"] == "tau_bb" and broken["paper"] == 1.7e3
    # exp(-t / 50) falls to 1/e at 50, between the frames at 10 and 100
    level = (np.exp(-0.2) - np.exp(-1)) / (np.exp(-0.2) - np.exp(-2))
    assert scattering["value"] == pytest.approx(10 * 10**level, rel=1e-6)
    assert scattering["low"] == pytest.approx(scattering["value"]) == scattering["high"]
    assert scattering["structures"] == 5 and np.isnan(scattering["paper"])


def test_figures_and_sentences_of_a_state_with_a_time_that_is_left_out(results, tmp_path):
    files, params = results
    params.sigma = {"KA2D": {"AA": 1.0, "AB": 0.8, "BB": 0.88}}
    paths = {}
    for name in ("pearson", "chi4", "relaxation"):
        paths[name] = tmp_path / f"{name}.csv"
        write_table(getattr(tables, name)(files, params), paths[name])
    files = SimpleNamespace(**vars(files), **{name: str(path) for name, path in paths.items()})
    for name in ("fig2a", "fig2b", "fig3a", "fig3b", "four_point", "comparison"):
        save(getattr(figures, name)(files, params), [tmp_path / f"{name}.png"])
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    study = {"replicas": 5, "systems": {"KA2D": {"particles": 40, "states": {"cold": 0.4}}}}
    lines = {line["name"]: line["text"] for line in prediction_lines(paths, study)}
    assert "ridge regression 1.00" in lines["Correlation"] and "N = 40, T = 0.4" in lines["Prediction"]
    assert "(paper 1.7e+03)" in lines["Relaxation"] and "of the dynamics" in lines["Heterogeneity"]
