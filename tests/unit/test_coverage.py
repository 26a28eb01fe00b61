"""Do 95 % intervals hold the truth 95 times in 100, from as few replicas or runs as there are?

In every case the truth is known; an interval that holds it too rarely or always is wrong.
"""

import numpy as np
import pytest
from scipy.special import ndtri

from glassmap.analysis.network_agreement import mean_of_samples, spread
from glassmap.analysis.particle_fields import ParticleFields
from glassmap.analysis.propensity_correlations import SHIFT, Choice, correlate_ensemble
from glassmap.papers.oyama2023.method import FRONTIERS
from glassmap.statistics import (
    bootstrap_weights,
    change_interval,
    correlation_interval,
    fisher,
    interval,
    mean_over_members,
    pearson,
    resampled_means,
    share_interval,
    share_over_members,
    variance_interval,
)

NUMBERS = (4, 6, 8, 23)
CASES = 4000
DRAWS = 400


def check(inside: np.ndarray, case: str, least: float = 0.93) -> None:
    """Between a least share and 98 %, give or take three standard errors of a fraction of so many cases."""
    inside = np.asarray(inside)
    tolerance = 3 * np.sqrt(0.95 * 0.05 / len(inside))
    print(f"{case}: {inside.mean():.3f} of {len(inside)} intervals hold the truth (tolerance {tolerance:.3f})")
    assert least - tolerance <= inside.mean() <= 0.98 + tolerance, case


def holds(ends: tuple, truth: float) -> bool:
    low, high = ends
    return bool(low <= truth <= high)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", ["normal", "skewed"])
def test_intervals_of_means(number, kind):
    """Skewed: a gamma distribution of shape 4, whose skewness is 1."""
    rng = np.random.default_rng(number)
    shape = (CASES, number)
    truth, values = (0.0, rng.normal(size=shape)) if kind == "normal" else (4.0, rng.gamma(4, size=shape))
    weights = bootstrap_weights(DRAWS, number, 1)
    inside = [holds(interval(one.mean(), resampled_means(one[None], weights), number), truth) for one in values]
    check(inside, f"mean of {number}, {kind}", 0.93 if kind == "skewed" else 0.945)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_intervals_of_means_over_networks(number, missing):
    """Three networks that see the same replicas, each of which some get wrong; the networks are as they are."""
    rng = np.random.default_rng(number)
    networks = np.array([0.1, -0.05, 0.02])[:, None]
    weights = bootstrap_weights(DRAWS, number, 1)
    inside = []
    for _ in range(CASES):
        table = 0.1 + networks + 0.2 * rng.normal(size=number) + 0.1 * rng.normal(size=(3, number))
        table[rng.random(table.shape) < missing] = np.nan
        known = np.isfinite(table).any(axis=1)
        mean = mean_over_members(table, weights)
        inside.append(holds((mean.low, mean.high), 0.1 + networks[known].mean()))
    check(inside, f"mean over 3 networks of {number} replicas, {missing:.0%} missing", 0.945)


@pytest.mark.parametrize("number", [8, 17, 40])
@pytest.mark.parametrize("accuracy", [0.8, 0.95, 0.99])
def test_intervals_of_accuracies_over_networks(number, accuracy):
    """Five networks that err on the same hard samples and each on some of its own; most tests are without an error."""
    rng = np.random.default_rng([number, int(100 * accuracy)])
    shared, own = (rng.random((CASES, count, number)) for count in (1, 5))
    right = (shared > (1 - accuracy) / 2) & (own > 1 - accuracy / (1 - (1 - accuracy) / 2))
    weights = bootstrap_weights(2, number, 1)
    found = [share_over_members(table, weights) for table in right.astype(float)]
    inside = np.mean([holds((one.low, one.high), accuracy) for one in found])
    assert inside >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / CASES)
    assert all(one.low < one.value or one.value == 0 for one in found)


@pytest.mark.parametrize("kind, least", [("normal", 0.93), ("skewed", 0.9)])
@pytest.mark.parametrize("number", [6, 8, 16, 30])
def test_intervals_of_variances(number, kind, least):
    """As of chi_4, from the means of so many structures; those are of many particles, and so nearly normal."""
    rng = np.random.default_rng([number, 5])
    values = rng.normal(3.0, 2.0, (CASES, number)) if kind == "normal" else rng.gamma(4.0, 1.0, (CASES, number))
    check([holds(variance_interval(one), 4.0) for one in values], f"variance of {number}, {kind}", least)


def test_a_variance_of_two_or_of_equal_values_has_no_interval():
    for values in ([1.0, 2.0], [3.0] * 5, [3.0, 3.0, 3.0, 4.0]):
        assert np.isnan(variance_interval(np.array(values))).all()


def test_the_interval_of_a_variance_follows_the_unit(rng):
    values = rng.normal(size=9)
    np.testing.assert_allclose(variance_interval(100 + 3 * values), 9 * np.array(variance_interval(values)))


@pytest.mark.parametrize("number", NUMBERS)
def test_intervals_of_the_agreement(number):
    rng = np.random.default_rng(number)
    inside = []
    for case in range(2000):
        values = 0.4 + 0.2 * rng.normal(size=number) + 0.1 * rng.normal(size=(3, number))
        row = mean_of_samples(values, 200, case)
        inside.append(holds((row["low"], row["high"]), 0.4))
    check(inside, f"agreement on {number} replicas", 0.945)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("size", [0.0, 0.8])
def test_intervals_of_mean_correlations_on_fishers_scale(number, size):
    """Correlations of glasses scatter by 0.3 on Fisher's scale around a size; the truth is their mean."""
    rng = np.random.default_rng(number)
    scatter = np.tanh(np.arctanh(size) + 0.3 * rng.normal(size=(CASES, number)))
    truth = np.tanh(np.arctanh(size) + 0.3 * rng.normal(size=1_000_000)).mean()
    weights = bootstrap_weights(DRAWS, number, 1)
    value = scatter.mean(axis=1)
    deviations = fisher(weights @ scatter.T / number) - fisher(value)
    low, high = correlation_interval(value, deviations, number)
    check((low <= truth) & (truth <= high), f"mean of {number} correlations of about {size}")


@pytest.mark.parametrize("number", NUMBERS)
def test_intervals_of_correlations_with_the_mean_of_runs(number):
    """A field against the mean of noisy runs; the truth is what the mean of as many other runs gives on average.

    The noise of a run has a correlation length of its own: five particles move together.
    """
    rng = np.random.default_rng(number)
    particles, cases, noise = 100, 1000, 1.0
    clean = rng.normal(size=particles)
    structure = 0.7 * clean + 0.7 * rng.normal(size=particles)
    fields = ParticleFields(structure[None], np.array(["tong_tanaka"]), np.array([-1]), np.array([""]))
    choice = Choice(FRONTIERS, "paper", {"tong_tanaka": 0.0}, 0.0)
    positions = rng.uniform(0, 10, (particles, 2))
    found = []
    for case in range(cases):
        together = np.repeat(rng.normal(size=(number, particles // 5)), 5, axis=1)
        runs = clean + noise * together
        (one,) = correlate_ensemble(
            fields, positions, 10.0, lambda power, runs=runs: (run[None] for run in runs), number, [choice], 30, case
        )
        low, high = correlation_interval(one.pearson[:, 0], one.deviations["tong_tanaka"], one.runs)
        found.append((one.pearson[0, 0], low[0], high[0]))
    value, low, high = np.transpose(found)
    truth = value.mean()
    check((low <= truth) & (truth <= high), f"correlation with the mean of {number} runs")


def test_the_deviations_over_runs_are_those_of_the_derivative(rng):
    """What the bootstrap over runs hands on is the derivative along the drawn weights, not scaled in any way."""
    clean = rng.normal(size=300)
    runs = clean + rng.normal(size=(5, 300))
    fields = ParticleFields(clean[None], np.array(["tong_tanaka"]), np.array([-1]), np.array([""]))
    choice = Choice(FRONTIERS, "paper", {"tong_tanaka": 0.0}, 0.0)
    (one,) = correlate_ensemble(
        fields, rng.uniform(0, 10, (300, 2)), 10.0, lambda power: (run[None] for run in runs), 5, [choice], 30, 2
    )
    weights = (1 + SHIFT * (bootstrap_weights(30, 5, 2) - 1)) / 5
    means = weights @ runs
    expected = np.arctanh(pearson(clean, means)) - np.arctanh(pearson(clean, runs.mean(axis=0)))
    np.testing.assert_allclose(one.deviations["tong_tanaka"][:, 0], expected / SHIFT, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("apart", [0.0, 0.3])
def test_intervals_of_the_spread_between_networks(number, apart):
    """The truth is the spread that as many other replicas show on average, noise of their number included."""
    rng = np.random.default_rng(number)
    centres = apart * np.array([-1.0, 0.0, 1.0])[:, None]
    found = []
    for case in range(2000):
        row = spread(centres + 0.2 * rng.normal(size=number) + 0.1 * rng.normal(size=(3, number)), 200, case)
        found.append((row["value"], row["low"], row["high"]))
    value, low, high = np.transpose(found)
    check((low <= value.mean()) & (value.mean() <= high), f"spread of 3 networks {apart} apart, {number} replicas")


FOLDS = [(3, 8), (2, 4), (3, 2)]  # and test replicas of each
TOGETHER = (-0.9, 0.0, 0.9)  # correlation of the logits of the liquid and the glass of a replica


def at_least(inside: np.ndarray, low: np.ndarray, high: np.ndarray, case: str) -> None:
    """Intervals that are wider than they must be where the verdicts on a replica are independent."""
    width = high - low
    print(f"{case}: {inside.mean():.3f} hold the truth, mean width {width.mean():.2f}, least {width.min():.2f}")
    assert inside.mean() >= 0.93 and width.min() > 0.02 and (low >= 0).all() and (high <= 1).all(), case


@pytest.mark.parametrize(("folds", "replicas"), FOLDS)
@pytest.mark.parametrize("together", TOGETHER)
def test_intervals_of_accuracies(folds, replicas, together):
    """Of networks whose accuracy is not the same in both classes, nor in all folds."""
    rng = np.random.default_rng(folds * replicas)
    for truth in (0.84, 0.96):
        for apart in (0.0, 0.015):
            of_fold = truth + apart * np.linspace(-1, 1, folds)[:, None]
            liquid = rng.standard_normal((CASES, folds, replicas))
            glass = together * liquid + np.sqrt(1 - together**2) * rng.standard_normal(liquid.shape)
            right = (liquid < ndtri(of_fold + apart)).mean((1, 2)) + (glass > -ndtri(of_fold - apart)).mean((1, 2))
            low, high = share_interval(right / 2, folds * replicas)
            inside = (low <= truth) & (truth <= high)
            at_least(inside, low, high, f"accuracy {truth} of {folds} x {replicas}, {together}, apart {apart}")


def areas(liquid: np.ndarray, glass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over folds of the AUC, shape (case,), and what replicas add, of logits of shape (case, fold, replica)."""
    above = glass[..., :, None] > liquid[..., None, :]
    of_fold = above.mean(axis=(-1, -2))
    return of_fold.mean(axis=-1), above.mean(axis=-1) + above.mean(axis=-2) - 2 * of_fold[..., None]


def logits(
    rng: np.random.Generator, shape: tuple, together: float, truth: np.ndarray, common: np.ndarray, share: float
):
    """Normal logits of liquids and glasses, a share of whose variance two networks have in common."""
    liquid, other = np.sqrt(share) * common + np.sqrt(1 - share) * rng.standard_normal((2, *shape))
    glass = together * liquid + np.sqrt(1 - together**2) * other
    return liquid, glass + np.sqrt(2) * ndtri(truth)


@pytest.mark.parametrize(("folds", "replicas"), FOLDS)
@pytest.mark.parametrize("together", TOGETHER)
def test_intervals_of_the_auc(folds, replicas, together):
    rng, shape = np.random.default_rng(folds * replicas), (CASES, folds, replicas)
    for truth in (0.7, 0.92, 0.993):
        auc, _ = areas(*logits(rng, shape, together, np.full((folds, 1), truth), np.zeros((2, *shape)), 0.0))
        low, high = share_interval(auc, folds * replicas)
        at_least((low <= truth) & (truth <= high), low, high, f"AUC {truth} of {folds} x {replicas}, {together}")


@pytest.mark.parametrize(("folds", "replicas"), FOLDS)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_intervals_of_changes_of_the_auc(folds, replicas, share):
    """Of two networks that judge the same replicas, with the correlation of `change_of_auc`."""
    rng, shape = np.random.default_rng(folds * replicas), (CASES, folds, replicas)
    for one, two in ((0.92, 0.92), (0.993, 0.993), (0.993, 0.92), (0.92, 0.7), (0.7, 0.7)):
        common = rng.standard_normal((2, *shape))
        (first, of_first), (second, of_second) = (
            areas(*logits(rng, shape, 0.0, np.array(truth), common, share)) for truth in (one, two)
        )
        size = np.sqrt((of_first**2).sum(axis=(1, 2)) * (of_second**2).sum(axis=(1, 2)))
        product = np.maximum((of_first * of_second).sum(axis=(1, 2)), 0)
        trials = folds * replicas
        correlation = np.divide(product, size, out=np.zeros(CASES), where=size > 0) * (trials - 1) / trials
        ends = ((value, *share_interval(value, trials)) for value in (first, second))
        low, high = change_interval(*ends, correlation)
        inside = (low <= one - two) & (one - two <= high)
        print(f"{one} - {two} of {folds} x {replicas}, common {share}: {inside.mean():.3f}, {(high - low).mean():.2f}")
        assert inside.mean() >= 0.93 and (high - low).min() > 0.02
