"""Correlation coefficients, means of finite values, and bootstrap confidence intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.linalg import orth
from scipy.special import betaincinv, stdtrit  # scipy.stats is slow to load, and every job loads this module

ROUNDING = 1e-12  # relative variation of a field that coarse-graining or a change of units leaves of a constant one


def is_constant(values: np.ndarray) -> np.ndarray:
    """Whether fields vary over the last axis by no more than rounding errors of their values, shape (..., N) to (...).

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.statistics import is_constant
    >>> is_constant(np.array([[0.3, 0.1 + 0.2], [0.3, 0.3001]]))
    array([ True, False])
    """
    values = np.asarray(values)
    return ~(values.max(axis=-1) - values.min(axis=-1) > ROUNDING * np.abs(values).max(axis=-1))


def pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson correlation over the last axis, shape (..., N) to (...); NaN where a field is constant."""
    dx = x - x.mean(axis=-1, keepdims=True)
    dy = y - y.mean(axis=-1, keepdims=True)
    norm = np.sqrt((dx**2).sum(-1) * (dy**2).sum(-1))
    covariance = (dx * dy).sum(-1)
    varies = (norm > 0) & ~(is_constant(x) | is_constant(y))
    return np.divide(covariance, norm, out=np.full_like(norm, np.nan), where=varies)


def pearson_of_each(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson correlation of each of some fields with each of others, as one product of matrices.

    Parameters
    ----------
    x : ndarray, shape (F, N)
    y : ndarray, shape (..., N)

    Returns
    -------
    ndarray, shape (..., F)
        NaN where a field is constant.
    """
    dx = x - x.mean(axis=-1, keepdims=True)
    dy = y - y.mean(axis=-1, keepdims=True)
    norm = np.sqrt((dy**2).sum(-1)[..., None] * (dx**2).sum(-1))
    varies = (norm > 0) & ~(is_constant(y)[..., None] | is_constant(x))
    return np.divide(dy @ dx.T, norm, out=np.full_like(norm, np.nan), where=varies)


def spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Spearman correlation over the last axis, shape (..., N) to (...).

    Pearson's of the ranks, ties sharing their mean rank.

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.statistics import spearman
    >>> x = np.arange(1.0, 9.0)
    >>> float(spearman(x, x**3)), float(spearman(x, 1 / x))
    (1.0, -1.0)
    """

    def ranks(values: np.ndarray) -> np.ndarray:
        rows = pd.DataFrame(np.reshape(values, (-1, np.shape(values)[-1])))
        return rows.rank(axis=1).to_numpy().reshape(np.shape(values))

    return pearson(ranks(x), ranks(y))


def residuals(values: np.ndarray, controls: np.ndarray) -> np.ndarray:
    """Residuals of fields after linear regression, with intercept, on control fields.

    Parameters
    ----------
    values : ndarray, shape (..., N)
    controls : ndarray, shape (C, N)
        The fields held fixed; they may be linearly dependent.

    Returns
    -------
    ndarray, shape (..., N)
        Exactly 0 if the controls fully explain a field, or it is constant.
    """
    centred = controls - controls.mean(axis=-1, keepdims=True)
    size = np.linalg.norm(centred, axis=-1, keepdims=True)
    varies = ~is_constant(controls)[..., None]
    basis = orth(np.divide(centred, size, out=np.zeros_like(centred), where=varies).T, rcond=1e-8)
    deviation = values - values.mean(axis=-1, keepdims=True)
    residual = deviation - (deviation @ basis) @ basis.T
    explained = (residual**2).sum(-1, keepdims=True) <= 1e-20 * (deviation**2).sum(-1, keepdims=True)
    return np.where(explained | is_constant(values)[..., None], 0.0, residual)


def partial(x: np.ndarray, y: np.ndarray, controls: np.ndarray) -> np.ndarray:
    """Partial Pearson correlation: correlation of the residuals of two fields.

    Parameters
    ----------
    x, y : ndarray, shape (..., N)
    controls : ndarray, shape (C, N)
        The fields held fixed, as for `residuals`.

    Returns
    -------
    ndarray, shape (...)
        NaN where x or y is constant or fully explained by the controls.

    Examples
    --------
    Two fields that have only a third one in common.

    >>> import numpy as np
    >>> from glassmap.statistics import partial, pearson
    >>> x, y, common = np.random.default_rng(0).standard_normal((3, 10_000))
    >>> x, y = x + common, y + common
    >>> float(pearson(x, y).round(1)), float(abs(partial(x, y, common[None])).round(1))
    (0.5, 0.0)
    """
    return pearson(residuals(x, controls), residuals(y, controls))


def finite_mean(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Mean of the finite values along an axis; NaN without a warning if there are none."""
    finite = np.isfinite(values)
    count = finite.sum(axis=axis)
    total = np.where(finite, values, 0.0).sum(axis=axis)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def finite_deviation(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Sample standard deviation (n - 1) of the finite values along an axis; NaN for fewer than two."""
    finite = np.isfinite(values)
    count = finite.sum(axis=axis)
    mean = np.expand_dims(finite_mean(values, axis), axis)
    squares = np.where(finite, values - np.where(finite, mean, 0.0), 0.0) ** 2
    return np.sqrt(np.divide(squares.sum(axis=axis), count - 1, out=np.full(count.shape, np.nan), where=count > 1))


def bootstrap_weights(samples: int, items: int, seed: int) -> np.ndarray:
    """How often each of ``samples`` bootstrap draws has each item, shape (draws, items); rows sum to ``items``."""
    if not items:
        return np.zeros((samples, 0), dtype=int)
    return np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=samples)


def resampled_means(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over members of their sample means, for every draw of the bootstrap.

    Parameters
    ----------
    values : ndarray, shape (member, sample)
        NaN where a sample is excluded.
    weights : ndarray, shape (draws, sample)
        From `bootstrap_weights`.

    Returns
    -------
    ndarray, shape (draws,)
        Members without any drawn sample are excluded.
    """
    finite = np.isfinite(values)
    counts = weights @ finite.T
    sums = weights @ np.where(finite, values, 0.0).T
    return finite_mean(np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0), axis=-1)


def half_width(resampled: np.ndarray, items: int | np.ndarray, level: float = 0.95) -> np.ndarray:
    """Half-width of a confidence interval: Student's quantile times the bootstrap standard error.

    Parameters
    ----------
    resampled : ndarray, shape (draws, ...)
        The resampled values, or their deviations; non-finite values are ignored.
    items : int or ndarray, shape (...)
        Number n of resampled items.
    level : float

    Returns
    -------
    ndarray, shape (...)
        NaN for fewer than two items or resampled values.

    Notes
    -----
    Bootstrap percentile intervals cover 82 % at n = 4 and 91 % at n = 8: the variance of n items drawn with replacement
    is too small by (n - 1) / n, and the error itself is estimated from only n - 1 deviations (Hesterberg,
    The American Statistician 69, 371 (2015)). For a mean without missing values this is Student's
    interval. The far tails of the resampled values carry no information at such n; only their deviation is used.
    """
    items = np.asarray(items, dtype=float)
    enough = np.where(items > 1, items, np.nan)
    return stdtrit(enough - 1, (1 + level) / 2) * np.sqrt(enough / (enough - 1)) * finite_deviation(resampled)


def interval(value: float, resampled: np.ndarray, items: int, level: float = 0.95) -> tuple[float, float]:
    """Confidence interval of a mean from its bootstrap, see `half_width`.

    Parameters
    ----------
    value : float
    resampled : ndarray, shape (draws,)
        The resampled values.
    items : int
        Number of resampled items.
    level : float

    Returns
    -------
    low, high : float
        NaN if undetermined.
    """
    half = half_width(resampled, items, level)
    return float(value - half), float(value + half)


def variance_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Confidence interval of the variance of few values, whose unbiased estimate is ``var(values, ddof=1)``.

    Parameters
    ----------
    values : ndarray, shape (n,)
    level : float

    Returns
    -------
    low, high : float
        NaN for fewer than three values, or if all, or all but one, are equal.

    Notes
    -----
    Jackknife of the logarithm of the variance (Miller, Ann. Math. Stat. 39, 567 (1968)). The variance of few values
    scatters by factors: an interval symmetric about it would hold the truth too rarely and almost always miss below it.

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.statistics import variance_interval
    >>> low, high = variance_interval(np.random.default_rng(0).normal(size=16))
    >>> round(low, 2), round(high, 2)
    (0.32, 2.15)
    """
    count = len(values)
    if count < 3:
        return np.nan, np.nan
    deviations = values - np.mean(values)
    total = np.sum(deviations**2)
    without = (total - deviations**2 * count / (count - 1)) / (count - 2)  # variance of all values but one
    if not (without > 1e-12 * total).all():
        return np.nan, np.nan
    logs = np.log(without)
    error = np.sqrt((count - 1) / count * np.sum((logs - logs.mean()) ** 2))
    factor = np.exp(_student((1 - level) / 2, count - 1) * error)
    variance = total / (count - 1)
    return float(variance / factor), float(variance * factor)


@dataclass(frozen=True)
class MemberMean:
    """Mean over members (networks, draws) of their sample means.

    Attributes
    ----------
    value, low, high : float
        Mean and 95 % confidence interval, from a bootstrap over samples with fixed members; NaN if undetermined.
    deviation : float
        Standard deviation of the members' means; NaN for one member.
    members, samples : int
        Number of members with a value, and of samples with a value in the member that has the most.
    resampled : ndarray, shape (draws,)
        The resampled values.
    """

    value: float
    low: float
    high: float
    deviation: float
    members: int
    samples: int
    resampled: np.ndarray


def mean_over_members(table: np.ndarray, weights: np.ndarray, limits: tuple[float, float] = (-1.0, 1.0)) -> MemberMean:
    """Mean of a table over members and samples, with its confidence interval.

    Parameters
    ----------
    table : ndarray, shape (member, sample)
        NaN where a sample is excluded.
    weights : ndarray, shape (draws, sample)
        From `bootstrap_weights`.
    limits : (float, float)
        Bounds of the interval, which Student's quantile for few samples may exceed.
    """
    means = finite_mean(table, axis=1)
    value, samples = float(finite_mean(means)), int(np.isfinite(table).sum(axis=1).max(initial=0))
    resampled = resampled_means(table, weights)
    low, high = np.clip(interval(value, resampled, samples), *limits).tolist()
    return MemberMean(
        value, low, high, float(finite_deviation(means)), int(np.isfinite(means).sum()), samples, resampled
    )


def share_over_members(table: np.ndarray, weights: np.ndarray) -> MemberMean:
    """As `mean_over_members`, for a table of hits (1) and misses (0): its interval is `share_interval`.

    A bootstrap of hits alone has no width. All members see the same samples, which are the trials.
    """
    mean = mean_over_members(table, weights, (0.0, 1.0))
    low, high = share_interval(mean.value, mean.samples) if mean.samples > 1 else (np.nan, np.nan)
    return replace(mean, low=float(low), high=float(high))


def fisher(correlation: np.ndarray) -> np.ndarray:
    """Fisher's z = artanh(C), whose scatter hardly depends on the correlation C; any shape."""
    limit = 1 - 1e-12
    return np.arctanh(np.clip(correlation, -limit, limit))


def correlation_interval(
    value: np.ndarray, deviations: np.ndarray, items: int | np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Confidence interval of a correlation from its bootstrap, in Fisher's z, see `half_width`.

    Parameters
    ----------
    value : ndarray, shape (...)
    deviations : ndarray, shape (draws, ...)
        Of the resampled correlations from the value, in Fisher's z.
    items : int or ndarray, shape (...)
        Number of resampled items.
    level : float

    Returns
    -------
    low, high : ndarray, shape (...)
        NaN where the value is NaN, and for fewer than two items.
    """
    half = half_width(deviations, items, level)
    return np.tanh(fisher(value) - half), np.tanh(fisher(value) + half)


def half_width_of_sum(parts: Sequence[tuple[float, float]], tail: float) -> float:
    """Half-width of a confidence interval for a sum of independent errors, each estimated from few values.

    Parameters
    ----------
    parts : sequence of (float, float)
        Variance of each error and its degrees of freedom, infinite if the variance is known.
    tail : float
        One-sided probability that the true value lies outside.

    Returns
    -------
    float
        sqrt(sum t_i^2 v_i): each part is scaled by its own Student quantile, and all add in quadrature. Exact for one
        part; for several it is conservative where the Welch-Satterthwaite degrees of freedom are few.
    """
    return float(np.sqrt(sum(_student(tail, freedom) ** 2 * variance for variance, freedom in parts)))


@lru_cache(maxsize=4096)
def _student(tail: float, freedom: float) -> float:
    """The value that Student's t exceeds with probability ``tail``."""
    return float(-stdtrit(freedom, tail))


def area_under_curve(scores: np.ndarray, classes: np.ndarray) -> float:
    """Area under the receiver operating characteristic (AUC), from scores, shape (S,), and classes, 0 or 1.

    The share of the pairs of a sample of class 1 and one of class 0 of which the former has the higher score; ties
    count a half.

    Returns
    -------
    float
        NaN if there is one class only.

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.statistics import area_under_curve
    >>> area_under_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))
    0.75
    """
    ranks = pd.Series(scores).rank().to_numpy()
    ones = np.asarray(classes) == 1
    number, others = int(ones.sum()), int((~ones).sum())
    if not (number and others):
        return float("nan")
    return float((ranks[ones].sum() - number * (number + 1) / 2) / (number * others))


def share_interval(
    share: np.ndarray | float, trials: np.ndarray | float, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Confidence interval of a share that varies no more than that of the hits among independent trials.

    Parameters
    ----------
    share : float or ndarray, shape (...)
        Between 0 and 1; the number of hits, ``share * trials``, need not be whole.
    trials : float or ndarray, shape (...)
        Greater than 0.
    level : float

    Returns
    -------
    low, high : ndarray, shape (...)
        Apart also for a share of 0 or 1.

    Notes
    -----
    Clopper and Pearson, Biometrika 26, 404 (1934), the quantiles of beta distributions, with numbers that are not whole
    as Korn and Graubard, Survey Methodology 24, 193 (1998), have them for clustered samples.

    Examples
    --------
    Eight of eight: the share with which that happens in one of 40 cases.

    >>> from glassmap.statistics import share_interval
    >>> low, high = share_interval(1.0, 8)
    >>> float(low.round(3)), float(high), round(0.631**8, 3)
    (0.631, 1.0, 0.025)
    """
    trials = np.asarray(trials, dtype=float)
    hits = np.clip(share * trials, 0, trials)
    misses, tail = trials - hits, (1 - level) / 2
    few = 1e-9  # rounding errors of means are no hits or misses
    low = betaincinv(np.maximum(hits, few), misses + 1, tail)
    high = betaincinv(hits + 1, np.maximum(misses, few), 1 - tail)
    return np.where(hits > few, low, 0.0), np.where(misses > few, high, 1.0)


def change_interval(
    value: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...], correlation: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Confidence interval of a difference of two estimates, from the interval of each.

    Parameters
    ----------
    value, other : (value, low, high)
        ndarrays, shape (...), or floats; the difference is ``value - other``.
    correlation : ndarray, shape (...), or float
        Of the errors of both; 0 is conservative where they agree.

    Returns
    -------
    low, high : ndarray, shape (...)

    Notes
    -----
    Newcombe, Statistics in Medicine 17, 2635 (1998), method 10; with the correlation Zou and Donner, Statistics in
    Medicine 27, 1693 (2008). For symmetric intervals that of the difference of two correlated means.
    """
    change = value[0] - other[0]

    def half(one: np.ndarray, two: np.ndarray) -> np.ndarray:
        return np.sqrt(np.maximum(one**2 + two**2 - 2 * correlation * one * two, 0.0))

    return (
        change - half(value[0] - value[1], other[2] - other[0]),
        change + half(value[2] - value[0], other[0] - other[1]),
    )
