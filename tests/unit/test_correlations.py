"""Correlations and their statistics, against scipy and by hand."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from glassmap.analysis.correlations import (
    PAIRS,
    PAPER_QUANTITIES,
    correlate,
    correlate_sample,
    pearson,
    quantity_of,
    spearman,
    summarise,
)
from glassmap.learning.map_ensemble import MapEnsemble
from glassmap.papers.oyama2023.method import ARXIV_V2, FRONTIERS, METHODS
from glassmap.structure.coarse_graining import coarse_grain
from glassmap.structure.indicators import HELD_FIXED, INDICATORS

BOX, NUMBER = 12.0, 150


@pytest.fixture
def positions(rng):
    return rng.uniform(0, BOX, (NUMBER, 2))


@pytest.fixture
def indicators(rng):
    return {name: rng.normal(size=NUMBER) for name in INDICATORS}


def test_names_are_those_of_the_reference_values():
    assert PAPER_QUANTITIES == ("c_gamma_upsilon", "c_gamma_theta", "c_theta_upsilon")
    quantities = [quantity_of(*pair) for pair in PAIRS]
    assert len(quantities) == len(set(quantities)) == 21 and set(PAPER_QUANTITIES) < set(quantities)
    assert quantity_of("tong_tanaka", "gradcam") == quantity_of("gradcam", "tong_tanaka") == "c_gamma_theta"


def test_pearson_and_spearman_are_scipys(rng):
    x, y = rng.normal(size=(2, 4, 50))
    y[1] = np.round(y[1])  # ties
    for row in range(4):
        assert pearson(x, y)[row] == pytest.approx(scipy.stats.pearsonr(x[row], y[row])[0], abs=1e-12)
        assert spearman(x, y)[row] == pytest.approx(scipy.stats.spearmanr(x[row], y[row])[0], abs=1e-12)
    assert np.isnan(pearson(np.ones(5), np.arange(5.0)))


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_sample_is_correlated_after_coarse_graining(method, positions, indicators, rng):
    """Three networks at once give what one indicator at a time gives; normalisation changes no correlation."""
    gamma = rng.uniform(size=(3, NUMBER))
    found = correlate_sample(gamma, indicators, positions, BOX, 2.0, method)
    for network in range(3):
        bare = {"gradcam": gamma[network], **indicators}
        coarse = {
            name: coarse_grain(field, positions, BOX, 2.0, method.kernel_of(name)) for name, field in bare.items()
        }
        # the partial correlation by its definition: residuals of regressions on the fields held fixed
        design = np.stack([np.ones(NUMBER), *(coarse[name] for name in HELD_FIXED)], axis=1)
        rest = [
            coarse[name] - design @ np.linalg.lstsq(design, coarse[name], rcond=None)[0]
            for name in ("gradcam", "tong_tanaka")
        ]
        assert found["partial"][network] == pytest.approx(scipy.stats.pearsonr(*rest)[0], abs=1e-9)
        for index, (first, second) in enumerate(PAIRS):
            expected = scipy.stats.pearsonr(coarse[first], coarse[second])[0]
            assert found["pearson"][network, index] == pytest.approx(expected, abs=1e-10)
            expected = scipy.stats.spearmanr(coarse[first], coarse[second])[0]
            assert found["spearman"][network, index] == pytest.approx(expected, abs=1e-10)


def test_signs_of_correlations(positions, indicators):
    """A map that is the Voronoi volume correlates with it by 1, its negative by -1; a dead one not at all."""
    volume = indicators["voronoi_volume"]
    gamma = np.stack([volume, -volume, np.zeros(NUMBER)])
    found = correlate_sample(gamma, indicators, positions, BOX, 2.0, FRONTIERS)
    for statistic in ("pearson", "spearman"):
        np.testing.assert_allclose(found[statistic][:2, 0], [1, -1])
        of_gamma = np.array(["gradcam" in pair for pair in PAIRS])
        assert np.isnan(found[statistic][2, of_gamma]).all()
        assert np.isfinite(found[statistic][2, ~of_gamma]).all()
    assert np.isnan(found["partial"][2])


def test_wrong_samples_are_left_out_and_failed_networks_counted(positions, rng):
    samples = 4
    configurations = xr.Dataset(
        {"position": (("sample", "particle", "axis"), np.stack([positions + i for i in range(samples)]))},
        coords={"replica": ("sample", [2, 5, 7, 9]), "split": ("sample", ["test"] * 4)},
    ).assign(box_length=BOX)
    bare = {name: (("sample", "particle"), rng.normal(size=(samples, NUMBER))) for name in INDICATORS}
    indicators = xr.Dataset(bare, coords={"replica": ("sample", [2, 5, 7, 9])})
    gamma = rng.uniform(size=(3, samples, NUMBER))
    gamma[0, 1] = 0  # a dead map
    correct = np.ones((3, samples), dtype=bool)
    correct[1, 2] = False
    failed = np.array([False, False, True])
    lengths = {FRONTIERS: 2.0, ARXIV_V2: 5.0}
    networks = MapEnsemble(
        np.array([2, 5, 7, 9]), indicators, gamma, correct, failed, np.zeros(4, dtype=bool), [0, 1, 4], ["gradcam"] * 3
    )
    dataset = correlate(configurations, networks, lengths)
    assert np.isnan(dataset["pearson"].sel(network=1).isel(sample=2)).all()
    assert dataset["dead"].sum() == 1 and dataset["dead"].sel(network=0).isel(sample=1) == 1
    table = summarise(dataset, 200, 1)
    row = table.query("protocol == 'frontiers' and quantity == 'c_gamma_upsilon' and statistic == 'pearson'").iloc[0]
    assert (row["networks"], row["failed"], row["wrong"], row["dead"]) == (2, 1, 1, 1)
    values = dataset["pearson"].sel(protocol="frontiers", pair="c_gamma_upsilon").values
    first, second = values[0, [0, 2, 3]], values[1, [0, 1, 3]]
    assert row["value"] == pytest.approx(np.mean([first.mean(), second.mean()]))
    assert row["std_over_samples"] == pytest.approx(np.mean([first.std(ddof=1), second.std(ddof=1)]))
    assert row["std_over_networks"] == pytest.approx(np.std([first.mean(), second.mean()], ddof=1))
    assert row["samples"] == 3
    assert row["crystallised"] == 0
    assert row["low"] < row["value"] < row["high"]
    assert (table["low"].dropna() >= -1).all() and (table["high"].dropna() <= 1).all()

    # a crystal is left out whatever the networks say of it, and no longer counted as wrong
    crystal = np.arange(4) == 2
    dataset = correlate(configurations, replace(networks, crystallised=crystal), lengths)
    for statistic in ("pearson", "spearman"):
        assert np.isnan(dataset[statistic].isel(sample=2)).all()
    table = summarise(dataset, 200, 1)
    row = table.query("protocol == 'frontiers' and quantity == 'c_gamma_upsilon' and statistic == 'pearson'").iloc[0]
    assert (row["crystallised"], row["wrong"], row["dead"], row["samples"]) == (1, 0, 1, 3)
    assert row["value"] == pytest.approx(np.mean([values[0, [0, 3]].mean(), values[1, [0, 1, 3]].mean()]))


def test_an_ensemble_that_failed_as_a_whole_has_no_value(positions, rng):
    quantities = [quantity_of(*pair) for pair in PAIRS]
    shape = (2, 1, 3, len(quantities))
    dataset = xr.Dataset(
        {name: (("protocol", "network", "sample", "pair"), rng.uniform(size=shape)) for name in ("pearson", "spearman")}
        | {"partial": (("protocol", "network", "sample"), rng.uniform(size=shape[:3]))}
        | {name: (("network", "sample"), np.ones((1, 3))) for name in ("correct", "dead")}
        | {"failed": (("network",), [1]), "crystallised": (("sample",), np.zeros(3))},
        coords={
            "protocol": ["frontiers", "arxiv-v2"], "pair": quantities, "xi": ("protocol", [4.0, 20.0]),
        },
    )  # fmt: skip
    table = summarise(dataset, 200, 1)
    assert set(table["note"]) == {"no network above chance: 1 of 1 failed"}
    assert table["value"].isna().all() and (table["networks"] == 0).all() and (table["failed"] == 1).all()
