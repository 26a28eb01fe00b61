"""Correlation coefficients, means over what is there, and bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.linalg import orth
from scipy.special import stdtrit
from scipy.stats import t as student


def pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson correlation over the last axis, shape (..., N) to (...); NaN where a field is constant."""
    dx = x - x.mean(axis=-1, keepdims=True)
    dy = y - y.mean(axis=-1, keepdims=True)
    norm = np.sqrt((dx**2).sum(-1) * (dy**2).sum(-1))
    covariance = (dx * dy).sum(-1)
    return np.divide(covariance, norm, out=np.full_like(norm, np.nan), where=norm > 0)


def spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Spearman correlation over the last axis: Pearson's of the ranks, ties sharing their mean rank."""

    def ranks(values: np.ndarray) -> np.ndarray:
        rows = pd.DataFrame(np.reshape(values, (-1, np.shape(values)[-1])))
        return rows.rank(axis=1).to_numpy().reshape(np.shape(values))

    return pearson(ranks(x), ranks(y))


def residuals(values: np.ndarray, given: np.ndarray) -> np.ndarray:
    """What is left of fields after linear regression, with an intercept, on others.

    Parameters
    ----------
    values : ndarray, shape (..., N)
    given : ndarray, shape (C, N)
        The fields held fixed; linearly dependent ones count once.

    Returns
    -------
    ndarray, shape (..., N)
        Exactly 0 where the others explain a field entirely.
    """
    centred = given - given.mean(axis=-1, keepdims=True)
    size = np.linalg.norm(centred, axis=-1, keepdims=True)
    basis = orth(np.divide(centred, size, out=np.zeros_like(centred), where=size > 0).T, rcond=1e-8)
    deviation = values - values.mean(axis=-1, keepdims=True)
    left = deviation - (deviation @ basis) @ basis.T
    explained = (left**2).sum(-1, keepdims=True) <= 1e-20 * (deviation**2).sum(-1, keepdims=True)
    return np.where(explained, 0.0, left)


def partial(x: np.ndarray, y: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Partial Pearson correlation: that of the residuals of two fields.

    Parameters
    ----------
    x, y : ndarray, shape (..., N)
    given : ndarray, shape (C, N)
        The fields held fixed, as for `residuals`.

    Returns
    -------
    ndarray, shape (...)
        NaN where x or y is constant or explained by the others entirely.
    """
    return pearson(residuals(x, given), residuals(y, given))


def finite_mean(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Mean over the finite values along an axis; NaN where there is none, without a warning."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def finite_deviation(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Standard deviation (n - 1) of the finite values along an axis; NaN where there are fewer than two."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    mean = np.expand_dims(finite_mean(values, axis), axis)
    squares = np.where(known, values - np.where(known, mean, 0.0), 0.0) ** 2
    return np.sqrt(np.divide(squares.sum(axis=axis), count - 1, out=np.full(count.shape, np.nan), where=count > 1))


def bootstrap_weights(samples: int, items: int, seed: int) -> np.ndarray:
    """How often each item is drawn in each bootstrap sample, shape (samples, items); rows sum to ``items``."""
    return np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=samples)


def resampled_means(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over members of each member's mean over its samples, for every bootstrap sample.

    Parameters
    ----------
    values : ndarray, shape (member, sample)
        NaN where a sample is left out.
    weights : ndarray, shape (samples, sample)
        From `bootstrap_weights`.

    Returns
    -------
    ndarray, shape (samples,)
        A member none of whose samples was drawn is left out.
    """
    known = np.isfinite(values)
    counts = weights @ known.T
    sums = weights @ np.where(known, values, 0.0).T
    return finite_mean(np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0), axis=-1)


def half_width(again: np.ndarray, items: int | np.ndarray, level: float = 0.95) -> np.ndarray:
    """Half of an interval: Student's quantile times the standard error that a bootstrap says.

    Parameters
    ----------
    again : ndarray, shape (samples, ...)
        The resampled values, or their deviations; those that are not finite are passed over.
    items : int or ndarray, shape (...)
        Number n that were resampled.
    level : float

    Returns
    -------
    ndarray, shape (...)
        NaN for fewer than two items or resampled values.

    Notes
    -----
    The percentiles of a bootstrap cover 82 % at n = 4 and 91 % at n = 8: n drawn with replacement scatter by
    (n - 1) / n less than n new ones would, and the error is itself known from n - 1 deviations only (Hesterberg,
    The American Statistician 69, 371 (2015)). Of a mean without missing values this is Student's
    interval. A far tail of the resampled values says nothing at such n, so only their deviation is used.
    """
    items = np.asarray(items, dtype=float)
    enough = np.where(items > 1, items, np.nan)
    return stdtrit(enough - 1, (1 + level) / 2) * np.sqrt(enough / (enough - 1)) * finite_deviation(again)


def interval(value: float, again: np.ndarray, items: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a mean from its bootstrap, see `half_width`.

    Parameters
    ----------
    value : float
    again : ndarray, shape (samples,)
        The resampled values.
    items : int
        Number that were resampled.
    level : float

    Returns
    -------
    low, high : float
        NaN where nothing can be said.
    """
    half = half_width(again, items, level)
    return float(value - half), float(value + half)


@dataclass(frozen=True)
class MemberMean:
    """A mean over members (networks, draws) of each one's mean over its samples.

    Attributes
    ----------
    value, low, high : float
        With its 95 % interval from a bootstrap over the samples, the members as they are; NaN where unknown.
    deviation : float
        Over the members' means; NaN for one member.
    members, samples : int
        That have a value; samples of the member that has the most.
    again : ndarray, shape (samples,)
        The resampled values.
    """

    value: float
    low: float
    high: float
    deviation: float
    members: int
    samples: int
    again: np.ndarray


def mean_over_members(table: np.ndarray, weights: np.ndarray, limits: tuple[float, float] = (-1.0, 1.0)) -> MemberMean:
    """Mean of a table with its interval.

    Parameters
    ----------
    table : ndarray, shape (member, sample)
        NaN where a sample is left out.
    weights : ndarray, shape (samples, sample)
        From `bootstrap_weights`.
    limits : (float, float)
        What the interval cannot leave: Student's quantile for few samples may be wide.
    """
    means = finite_mean(table, axis=1)
    value, samples = float(finite_mean(means)), int(np.isfinite(table).sum(axis=1).max(initial=0))
    again = resampled_means(table, weights)
    low, high = np.clip(interval(value, again, samples), *limits).tolist()
    return MemberMean(value, low, high, float(finite_deviation(means)), int(np.isfinite(means).sum()), samples, again)


def fisher(correlation: np.ndarray) -> np.ndarray:
    """Fisher's scale artanh(C), on which the scatter of a correlation hardly depends on its size; any shape."""
    limit = 1 - 1e-12
    return np.arctanh(np.clip(correlation, -limit, limit))


def correlation_interval(
    value: np.ndarray, deviations: np.ndarray, items: int | np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a correlation from its bootstrap, on Fisher's scale, see `half_width`.

    Parameters
    ----------
    value : ndarray, shape (...)
    deviations : ndarray, shape (samples, ...)
        Of the resampled correlations from the value, on Fisher's scale.
    items : int or ndarray, shape (...)
        Number that were resampled.
    level : float

    Returns
    -------
    low, high : ndarray, shape (...)
        NaN where the value is, and for fewer than two items.
    """
    half = half_width(deviations, items, level)
    return np.tanh(fisher(value) - half), np.tanh(fisher(value) + half)


def half_width_of_sum(parts: Sequence[tuple[float, float]], tail: float) -> float:
    """Half of an interval about a sum of independent errors, each known from few values.

    Parameters
    ----------
    parts : sequence of (float, float)
        Variance of each error, and its degrees of freedom; infinite where the variance is known.
    tail : float
        Chance on one side that the truth lies outside.

    Returns
    -------
    float
        sqrt(sum t_i^2 v_i): every part is widened by its own Student factor, and all add in squares. Exact for one
        part; of several it is the wider, safe one where Welch's and Satterthwaite's degrees of freedom are few.
    """
    return float(np.sqrt(sum(_student(tail, freedom) ** 2 * variance for variance, freedom in parts)))


@lru_cache(maxsize=4096)
def _student(tail: float, freedom: float) -> float:
    """What Student's t exceeds with a chance ``tail``."""
    return float(student.isf(tail, freedom))
