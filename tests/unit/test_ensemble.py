"""Agreement between networks: known correlations, what is left out, and whether the intervals hold the truth."""

import warnings

import numpy as np
import pytest
import xarray as xr

from glassmap.analysis.method import NO_LENGTH
from glassmap.analysis.network_agreement import (
    ANY_PROTOCOL,
    COLUMNS,
    ONE_NETWORK,
    agreement,
    mean_of_samples,
    pair_correlations,
    spread,
    summarise_ensemble,
)
from glassmap.learning.map_ensemble import MapEnsemble, concatenate
from glassmap.papers.oyama2023.method import ARXIV_V2, FRONTIERS, METHODS
from glassmap.statistics import pearson

LENGTHS = {FRONTIERS: 1.5, ARXIV_V2: 3.0}
BOX = 12.0
THREE = np.array([[0, 1], [0, 2], [1, 2]])


@pytest.fixture(autouse=True)
def strict():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def make(gamma: np.ndarray, correct=None, failed=None, crystallised=None) -> MapEnsemble:
    """Networks with these maps, shape (K, S, N); every sample classified correctly by default."""
    count, samples, _ = gamma.shape
    return MapEnsemble(
        replica=np.arange(samples),
        indicators=xr.Dataset(),
        gamma=gamma,
        correct=np.ones((count, samples), dtype=bool) if correct is None else correct,
        failed=np.zeros(count, dtype=bool) if failed is None else failed,
        crystallised=np.zeros(samples, dtype=bool) if crystallised is None else crystallised,
        seeds=list(range(count)),
        names=["gradcam"] * count,
    )


def places(rng, samples: int, particles: int) -> np.ndarray:
    return rng.uniform(0, BOX, (samples, particles, 2))


def correlations_of(values: np.ndarray, networks: MapEnsemble, xi: float = 2.0) -> xr.Dataset:
    """A correlations file with these values of C(Gamma, Upsilon), shape (K, S), in both protocols; xi of the first."""
    pearson = np.stack([values, values - 1], axis=-1)
    return xr.Dataset(
        {
            "pearson": (("protocol", "network", "sample", "pair"), np.stack([pearson, pearson / 2])),
            "failed": (("network",), networks.failed.astype(np.int8)),
            "crystallised": (("sample",), networks.crystallised.astype(np.int8)),
        },
        coords={
            "protocol": [method.name for method in LENGTHS],
            "pair": ["c_gamma_upsilon", "c_theta_upsilon"],
            "xi": ("protocol", [xi, 3.0]),
        },
    )


def summarised(networks: MapEnsemble, positions: np.ndarray, values=None):
    values = np.zeros(networks.correct.shape) if values is None else values
    found = agreement(networks, positions, BOX, LENGTHS)
    table = summarise_ensemble(networks, found, correlations_of(values, networks), draws=200, seed=3, map_class="glass")
    return table.set_index(["quantity", "protocol"])


def test_identical_maps_agree_entirely(rng):
    gamma = np.repeat(rng.uniform(size=(1, 4, 60)), 3, axis=0)
    table = summarised(make(gamma), places(rng, 4, 60))
    for key in (("agreement_bare", ANY_PROTOCOL), ("agreement_coarse", "frontiers"), ("agreement_coarse", "arxiv-v2")):
        row = table.loc[key]
        np.testing.assert_allclose(row[["value", "low", "high", "smallest", "largest"]].astype(float), 1, rtol=1e-12)
        assert row["samples"] == 4 and row["networks"] == 3 and row["std_over_networks"] < 1e-12


def test_independent_maps_do_not_agree(rng):
    networks = make(rng.uniform(size=(4, 30, 200)))
    table = summarised(networks, places(rng, 30, 200))
    for name, protocol in (("agreement_bare", ANY_PROTOCOL), ("agreement_coarse", "frontiers")):
        row = table.loc[name, protocol]
        assert row["low"] < 0 < row["high"] and abs(row["value"]) < 0.05, row


def test_agreement_of_three_fields_is_the_mean_over_pairs(rng):
    fields = rng.normal(size=(3, 50))
    known = np.ones(3, dtype=bool)
    expected = np.corrcoef(fields)[np.triu_indices(3, 1)]
    np.testing.assert_allclose(pair_correlations(fields, known, THREE), expected)
    # the coarse fields of a sample are those of its own particles
    networks = make(fields[:, None])
    (positions,) = places(rng, 1, 50)
    found = agreement(networks, positions[None], BOX, LENGTHS)
    distance = np.hypot(*np.moveaxis((positions[:, None] - positions + BOX / 2) % BOX - BOX / 2, -1, 0))
    weight = np.where(distance <= 3.0, np.exp(-((distance / 1.5) ** 2)), 0)
    coarse = fields @ weight.T / weight.sum(axis=1)
    np.testing.assert_allclose(found["gradcam", "frontiers"][:, 0], np.corrcoef(coarse)[np.triu_indices(3, 1)])
    row = mean_of_samples(found["gradcam", ANY_PROTOCOL], draws=50, seed=1)
    assert row["value"] == pytest.approx(expected.mean())
    assert row["std_over_networks"] == pytest.approx(expected.std(ddof=1))
    assert np.isnan([row["low"], row["high"]]).all()  # of one sample


def test_failed_wrong_and_dead_maps_are_excluded_and_counted(rng):
    gamma = np.repeat(rng.uniform(size=(1, 5, 40)), 4, axis=0)
    gamma[3] = rng.uniform(size=(5, 40))  # failed: agrees with nobody
    gamma[0, 0] = 0  # dead
    gamma[1, 1] = rng.uniform(size=40)  # wrong
    gamma[:, 4] = rng.uniform(size=(4, 40))  # a crystal
    correct = np.ones((4, 5), dtype=bool)
    correct[1, 1] = correct[2, 4] = False
    networks = make(gamma, correct, np.array([0, 0, 0, 1], dtype=bool), np.array([0, 0, 0, 0, 1], dtype=bool))
    assert networks.usable.sum() == 3 * 4 - 2
    table = summarised(networks, places(rng, 5, 40))
    row = table.loc["agreement_bare", ANY_PROTOCOL]
    assert row["value"] == pytest.approx(1) and row["samples"] == 4
    assert row["networks"] == 3 and row["failed"] == 1
    of = table["value"].xs(ANY_PROTOCOL, level="protocol")
    assert of["dead_fraction"] == pytest.approx(1 / 12)
    assert of["wrong_fraction"] == pytest.approx(1 / 12)
    assert of["failed_fraction"] == 0.25
    # every sample is classified, crystals too
    assert of["accuracy"] == pytest.approx(13 / 15)
    deviation = table.loc[("accuracy", ANY_PROTOCOL), "std_over_networks"]
    assert deviation == pytest.approx(np.std([1, 0.8, 0.8], ddof=1))


def test_interval_of_the_agreement_covers_the_truth():
    """About 95 times in 100, the samples being drawn around a true agreement of 0.4."""
    inside = 0
    for trial in range(200):
        rng = np.random.default_rng(trial)
        centre = rng.normal(0.4, 0.2, 24)  # of a sample
        row = mean_of_samples(centre + rng.normal(0, 0.1, (3, 24)), draws=300, seed=trial)
        inside += row["low"] <= 0.4 <= row["high"]
    assert 0.88 <= inside / 200 <= 0.99


def test_interval_of_maps_covers_their_correlation():
    """The same from fields: networks that share a part of their maps, on samples that are independent."""
    inside = 0
    for trial in range(100):
        rng = np.random.default_rng(1000 + trial)
        shared = rng.normal(size=(1, 12, 50))
        gamma = np.sqrt(0.3) * shared + np.sqrt(0.7) * rng.normal(size=(3, 12, 50))
        values = np.stack(
            [pair_correlations(gamma[:, sample], np.ones(3, dtype=bool), THREE) for sample in range(12)], -1
        )
        row = mean_of_samples(values, draws=300, seed=trial)
        inside += row["low"] <= 0.3 <= row["high"]
    assert 0.86 <= inside / 100 <= 1


def test_spread_is_that_of_the_means_and_separated_from_noise():
    rng = np.random.default_rng(4)
    of_sample = rng.normal(0, 0.3, 200)  # shared by the networks, so no difference between them
    noise = rng.normal(0, 0.2, (5, 200))
    same = spread(of_sample + noise, draws=300, seed=2)
    assert same["expected"] == pytest.approx(0.2 / np.sqrt(200), rel=0.1)
    assert same["value"] < 2.5 * same["expected"]
    centres = np.array([-0.4, -0.2, 0.0, 0.2, 0.4])
    apart = spread(centres[:, None] + of_sample + noise, draws=300, seed=2)
    means = (centres[:, None] + of_sample + noise).mean(axis=1)
    assert apart["value"] == pytest.approx(means.std(ddof=1))
    assert (apart["smallest"], apart["largest"]) == pytest.approx((means.min(), means.max()))
    assert apart["low"] < apart["value"] < apart["high"]
    assert apart["expected"] == pytest.approx(same["expected"])
    assert apart["value"] > 10 * apart["expected"]


def test_spreads_are_of_gamma_and_of_trained_networks_only(rng):
    values = rng.normal(size=(3, 6))
    values[2] = 50
    values[0, 1] = np.nan
    networks = make(rng.uniform(size=(3, 6, 20)), failed=np.array([0, 0, 1], dtype=bool))
    table = summarised(networks, places(rng, 6, 20), values)
    assert not any("theta" in name for name, _ in table.index)
    expected = np.std([np.nanmean(values[0]), values[1].mean()], ddof=1)
    assert table.loc[("spread_c_gamma_upsilon", "frontiers"), "value"] == pytest.approx(expected)
    assert table.loc[("spread_c_gamma_upsilon", "arxiv-v2"), "value"] == pytest.approx(expected / 2)
    assert table.loc[("spread_c_gamma_upsilon", "frontiers"), "samples"] == 6


@pytest.mark.parametrize("failed", [False, True])
def test_one_or_no_network_gives_nan(rng, failed):
    networks = make(rng.uniform(size=(1, 3, 20)), failed=np.array([failed]))
    table = summarised(networks, places(rng, 3, 20))
    assert list(table.reset_index()[list(COLUMNS[2:])].columns) == list(COLUMNS[2:])
    assert table.loc[["agreement_bare", "agreement_coarse"], "value"].isna().all()
    assert (table.loc[["agreement_bare", "agreement_coarse"], "samples"] == 0).all()
    assert table.loc["spread_c_gamma_upsilon", "value"].isna().all()
    assert table.loc[("failed_fraction", ANY_PROTOCOL), "value"] == failed
    assert (table["networks"] == (not failed)).all()


def test_draws_of_a_null_map_are_compared_among_themselves(rng):
    networks = make(rng.uniform(size=(2, 6, 40)))
    same = np.repeat(rng.uniform(size=(1, 6, 40)), 2, axis=0)
    others = make(np.concatenate([same, rng.uniform(size=(1, 6, 40))]))
    controls = MapEnsemble(**{**vars(others), "names": ["random_weights", "random_weights", "constant"]})
    positions = places(rng, 6, 40)
    alone = agreement(networks, positions, BOX, LENGTHS)
    found = agreement(concatenate(networks, controls), positions, BOX, LENGTHS)
    for protocol in (ANY_PROTOCOL, *METHODS):
        np.testing.assert_allclose(found["gradcam", protocol], alone["gradcam", protocol])
        np.testing.assert_allclose(found["random_weights", protocol], 1)
        assert found["constant", protocol].shape == (0, 6)
    values = correlations_of(np.zeros((2, 6)), networks)
    table = summarise_ensemble(networks, found, values, draws=50, seed=3, map_class="glass").set_index(
        ["quantity", "protocol"]
    )
    assert table.loc[("agreement_bare_random_weights", ANY_PROTOCOL), "value"] == pytest.approx(1)
    assert table.loc[("agreement_coarse_random_weights", "arxiv-v2"), "value"] == pytest.approx(1)
    assert not any("constant" in name for name, _ in table.index)


def test_a_fraction_of_0_or_1_has_a_finite_interval(rng):
    table = summarised(make(rng.uniform(size=(2, 8, 20))), places(rng, 8, 20))
    for name, value in (("dead_fraction", 0), ("wrong_fraction", 0), ("accuracy", 1)):
        row = table.loc[name, ANY_PROTOCOL]
        assert row["value"] == value and row["high"] - row["low"] == pytest.approx(1 - 0.025 ** (1 / 8))
        assert row["low"] >= 0 and row["high"] <= 1


def test_the_same_seed_gives_the_same_interval(rng):
    values = rng.normal(size=(3, 9))
    assert mean_of_samples(values, 50, 1) == mean_of_samples(values, 50, 1)
    assert mean_of_samples(values, 50, 1)["low"] != mean_of_samples(values, 50, 2)["low"]
    known = pearson(values[0], values[1])
    assert pair_correlations(values, np.array([True, True, False]), THREE)[0] == pytest.approx(known)


def test_without_a_length_the_note_says_so(rng):
    """What is coarse-grained has no value, and not for a lack of networks or samples; bare maps are compared."""
    networks = make(rng.uniform(size=(3, 4, 40)))
    lengths = {method: np.nan if place == 0 else 3.0 for place, method in enumerate(LENGTHS)}
    found = agreement(networks, places(rng, 4, 40), BOX, lengths)
    values = np.full(networks.correct.shape, np.nan)
    correlations = correlations_of(values, networks, np.nan)
    notes = summarise_ensemble(networks, found, correlations, draws=20, seed=3, map_class="glass").set_index(
        ["quantity", "protocol"]
    )["note"]
    first, second = (method.name for method in LENGTHS)
    assert notes["agreement_coarse", first] == notes["spread_c_gamma_upsilon", first] == NO_LENGTH
    assert notes["agreement_coarse", second] == notes["agreement_bare", ANY_PROTOCOL] == ""
    assert notes["spread_c_gamma_upsilon", second] == ONE_NETWORK
