"""Scores of predictions: against plain correlations, explicit resampling and known reliabilities."""

import numpy as np
import pytest

from glassmap.analysis.prediction_scores import _pooled, agreement, noise_ceiling, pooled_pearson
from glassmap.statistics import bootstrap_weights


@pytest.fixture
def fields(rng) -> tuple[np.ndarray, np.ndarray]:
    """Of seven structures with means of their own."""
    common = rng.normal(size=(7, 50)) + rng.normal(size=(7, 1))
    return common + rng.normal(size=(7, 50)), 3.0 + 0.1 * common + 0.05 * rng.normal(size=(7, 50))


def test_the_pooled_correlation_is_that_of_all_particles(fields):
    predicted, measured = fields
    assert pooled_pearson(*fields) == pytest.approx(np.corrcoef(predicted.ravel(), measured.ravel())[0, 1], rel=1e-12)
    found = agreement(*fields, bootstrap_weights(50, 7, 1))
    within = [np.corrcoef(*pair)[0, 1] for pair in zip(predicted, measured, strict=True)]
    assert found.mean == pytest.approx(np.mean(within), rel=1e-12)
    assert found.pooled_low < found.pooled < found.pooled_high and found.mean_low < found.mean < found.mean_high


def test_resampled_correlations_are_those_of_repeated_structures(fields):
    weights = bootstrap_weights(5, 7, 3)
    for row, value in zip(weights, _pooled(*fields, weights), strict=True):
        drawn = np.repeat(np.arange(7), row)
        assert value == pytest.approx(np.corrcoef(fields[0][drawn].ravel(), fields[1][drawn].ravel())[0, 1], rel=1e-9)


def test_one_structure_has_no_interval(fields):
    found = agreement(fields[0][:1], fields[1][:1], bootstrap_weights(20, 1, 1))
    assert found.pooled == pytest.approx(found.mean) and np.isfinite(found.pooled)
    assert np.isnan([found.pooled_low, found.mean_high]).all()


@pytest.mark.parametrize("noise", [0.5, 2.0])
def test_the_noise_ceiling_is_the_correlation_of_the_mean_with_the_truth(noise, rng):
    """Of ten runs; the truth is known, and no prediction can do better than it."""
    truth = rng.normal(size=(20, 2000))
    runs = truth + noise * rng.normal(size=(10, 20, 2000))
    halves = np.stack([runs[part::2].mean(axis=0) for part in (0, 1)])
    assert noise_ceiling(halves, 10) == pytest.approx(pooled_pearson(truth, runs.mean(axis=0)), abs=0.01)
    assert noise_ceiling(halves, 10) == pytest.approx(np.sqrt(1 / (1 + noise**2 / 10)), abs=0.01)


@pytest.mark.parametrize("runs", [2, 3, 5, 20])
def test_the_noise_ceiling_is_exact_for_halves_of_different_size(runs, rng):
    """The second half of three runs is a single one."""
    truth = rng.normal(size=(60, 5000))
    halves = np.stack([truth + 3 * rng.normal(size=truth.shape) / np.sqrt(n) for n in ((runs + 1) // 2, runs // 2)])
    assert noise_ceiling(halves, runs) == pytest.approx(1 / np.sqrt(1 + 9 / runs), abs=0.004)


def test_halves_with_nothing_in_common_and_halves_that_are_constant(rng):
    first = rng.normal(size=(3, 100))
    assert noise_ceiling(np.stack([first, -first]), 2) == 0
    assert np.isnan(noise_ceiling(np.ones((2, 3, 100)), 2))
