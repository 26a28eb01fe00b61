"""Partial correlations against regressions, intervals against repeated experiments."""

import numpy as np
import pytest
from scipy import stats

from glassmap.analysis.moved_maps import unit
from glassmap.analysis.prediction_scores import pooled_pearson
from glassmap.statistics import (
    bootstrap_weights,
    interval,
    is_constant,
    partial,
    pearson,
    pearson_of_each,
    resampled_means,
    residuals,
)
from glassmap.structure.coarse_graining import normalise


def test_correlations_of_each_field_with_each_other_field(rng):
    x, y = rng.normal(size=(3, 50)), 5 + rng.normal(size=(2, 4, 50))
    y[1, 2] = 7.0
    found = pearson_of_each(x, y)
    assert found.shape == (2, 4, 3) and np.isnan(found[1, 2]).all()
    expected = [[[np.nan if np.ptp(b) == 0 else np.corrcoef(a, b)[0, 1] for a in x] for b in rows] for rows in y]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_partial_correlation_is_that_of_the_residuals_of_regressions(rng):
    given = rng.normal(size=(3, 400))
    x = rng.normal(size=(2, 400)) + 2 * given[0] - given[2]
    y = rng.normal(size=400) + 0.5 * x[0] + 3 * given[1] + given[0]
    design = np.stack([np.ones(400), *given], axis=1)

    def rest(values):
        return values - design @ np.linalg.lstsq(design, values, rcond=None)[0]

    expected = [stats.pearsonr(rest(row), rest(y))[0] for row in x]
    np.testing.assert_allclose(partial(x, np.broadcast_to(y, x.shape), given), expected, atol=1e-12)


def test_partial_correlation_with_one_field_fixed_is_the_textbook_formula(rng):
    z = rng.normal(size=500)
    x, y = z + rng.normal(size=500), -z + rng.normal(size=500)
    xy, xz, yz = pearson(x, y), pearson(x, z), pearson(y, z)
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert partial(x, y, z[None]) == pytest.approx(expected, abs=1e-12)
    assert abs(partial(x, y, z[None])) < 0.1 < 0.4 < abs(xy)  # they are alike through z only


def test_a_fully_explained_field_has_no_partial_correlation(rng):
    given = rng.normal(size=(2, 100))
    explained = 3 * given[0] - given[1] + 7
    assert (residuals(explained, given) == 0).all()
    assert np.isnan(partial(explained, rng.normal(size=100), given))
    # a field that says the same twice, and one that says nothing, change nothing
    x, y = rng.normal(size=(2, 100))
    more = np.vstack([given, 2 * given[0] + given[1], np.ones(100)])
    assert partial(x, y, more) == pytest.approx(partial(x, y, given), abs=1e-12)


def test_resampled_means_by_hand():
    values = np.array([[1.0, 2.0, 6.0], [3.0, np.nan, 5.0]])
    weights = np.array([[1, 1, 1], [3, 0, 0], [0, 3, 0], [1, 2, 0]])
    np.testing.assert_allclose(resampled_means(values, weights), [(3 + 4) / 2, (1 + 3) / 2, 2, (5 / 3 + 3) / 2])


def test_the_bootstrap_over_replicas_covers_the_truth(rng):
    """Repeated experiments with 23 replicas and 3 networks that share them: 95 % intervals hold the truth so often."""
    truth, inside = 0.3, []
    for trial in range(400):
        replica = truth + 0.3 * rng.standard_normal(23)
        table = replica + 0.05 * rng.standard_normal((3, 23))
        table[rng.random(table.shape) < 0.1] = np.nan
        again = resampled_means(table, bootstrap_weights(400, 23, trial))
        low, high = interval(float(np.nanmean(table)), again, 23)
        inside.append(low <= truth <= high)
    assert 0.91 <= np.mean(inside) <= 0.98


def test_no_interval_for_one_replica():
    assert np.isnan(interval(0.3, np.full(10, 0.3), 1)).all()
    assert np.isnan(interval(np.nan, np.full(10, np.nan), 5)).all()


def test_fields_that_are_constant_but_for_rounding_have_no_correlation(rng):
    """Means of equal numbers differ in their last digit, and that digit would be normalised to a field of unit norm."""
    weights = rng.random((200, 150))
    constant = (weights / weights.sum(axis=1, keepdims=True)) @ np.full(150, 0.3)
    field, other = rng.normal(size=(2, 200))
    assert 0 < np.ptp(constant) < 1e-12 and is_constant(constant) and not is_constant(1 + 1e-9 * field)
    assert np.isnan([pearson(constant, field), pearson_of_each(constant[None], field)[0]]).all()
    assert np.isnan([pearson_of_each(field[None], constant)[0], partial(constant, field, other[None])]).all()
    assert np.isnan(normalise(constant)).all() and np.isnan(unit(constant)).all()
    assert np.isnan(pooled_pearson(constant.reshape(2, 100), field.reshape(2, 100)))
    # nor are they held fixed
    assert partial(field, other, constant[None]) == pytest.approx(pearson(field, other), abs=1e-12)
