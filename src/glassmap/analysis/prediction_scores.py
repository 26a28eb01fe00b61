"""How well a predicted field of the particles agrees with the measured one, over many structures."""

from dataclasses import dataclass

import numpy as np

from glassmap.statistics import correlation_interval, fisher, pearson


@dataclass(frozen=True)
class Agreement:
    """Pearson correlation of a predicted with a measured field over M structures.

    Attributes
    ----------
    pooled, pooled_low, pooled_high : float
        Over the particles of all structures together, as GlassBench has it, with its 95 % interval over structures.
    mean, mean_low, mean_high : float
        Mean over the structures of the correlation within each, and its interval.
    """

    pooled: float
    pooled_low: float
    pooled_high: float
    mean: float
    mean_low: float
    mean_high: float


@dataclass(frozen=True)
class Score(Agreement):
    """The same, and its chance level.

    Attributes
    ----------
    shuffled, shuffled_largest : float
        Predictions pooled against the dynamics of other structures, mean and largest magnitude over all cyclic shifts;
        NaN for one structure.
    """

    shuffled: float
    shuffled_largest: float


def agreement(predicted: np.ndarray, measured: np.ndarray, weights: np.ndarray) -> Agreement:
    """Correlations of a prediction and their intervals; parameters as for `score`.

    NaN where a field is constant, in all structures (pooled) or in one (mean).
    """
    structures = len(predicted)
    value = pooled_pearson(predicted, measured)
    draws = _pooled(predicted, measured, weights)
    low, high = correlation_interval(value, fisher(draws) - fisher(value), structures)
    within = pearson(predicted, measured)
    mean = float(within.mean())
    resampled = weights @ within / weights.sum(axis=1)
    mean_low, mean_high = correlation_interval(mean, fisher(resampled) - fisher(mean), structures)
    return Agreement(*(value, float(low), float(high)), *(mean, float(mean_low), float(mean_high)))


def score(predicted: np.ndarray, measured: np.ndarray, weights: np.ndarray) -> Score:
    """Score of a prediction.

    Parameters
    ----------
    predicted, measured : ndarray, shape (M, n)
        Of each structure's particles.
    weights : ndarray, shape (samples, M)
        From `glassmap.statistics.bootstrap_weights`.

    Examples
    --------
    A prediction that knows the mean of each structure and nothing of its particles: pooled over all particles it
    correlates, within the structures it does not.

    >>> import numpy as np
    >>> from glassmap.analysis.prediction_scores import score
    >>> from glassmap.statistics import bootstrap_weights
    >>> rng = np.random.default_rng(0)
    >>> offsets = rng.normal(size=(50, 1))
    >>> predicted, measured = (offsets + rng.normal(size=(50, 400)) for _ in range(2))
    >>> found = score(predicted, measured, bootstrap_weights(100, 50, 1))
    >>> 0.4 < found.pooled < 0.6, abs(found.mean) < 0.05
    (True, True)
    """
    found = agreement(predicted, measured, weights)
    shifts = range(1, len(predicted))
    shifted = np.array([pooled_pearson(predicted, np.roll(measured, shift, axis=0)) for shift in shifts])
    some = len(shifted) > 0
    return Score(
        **vars(found),
        shuffled=float(shifted.mean()) if some else np.nan,
        shuffled_largest=float(np.abs(shifted).max()) if some else np.nan,
    )


def pooled_pearson(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Pearson correlation over the particles of all structures together; fields of shape (M, n)."""
    return float(_pooled(predicted, measured, np.ones((1, len(predicted))))[0])


def noise_ceiling(halves: np.ndarray) -> float:
    r"""Largest correlation that the noise of a finite number of runs allows.

    .. math:: \sqrt{\frac{2 r}{1 + r}}

    with r the pooled correlation between the two halves of the runs: the square root of the reliability of their mean
    (Spearman and Brown).

    Parameters
    ----------
    halves : ndarray, shape (2, M, n)
        From `glassmap.dynamics.structure_propensities.Propensity`.

    Returns
    -------
    float
        0 if the halves have nothing in common, NaN if one is constant.
    """
    half = pooled_pearson(*halves)
    return float(np.sqrt(2 * max(half, 0.0) / (1 + max(half, 0.0)))) if np.isfinite(half) else np.nan


def _pooled(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pooled correlation for multiplicities of the structures, shape (samples, M)."""
    x, y = x - x.mean(), y - y.mean()  # so that the squares below lose no digits
    sums = np.stack([x.sum(1), y.sum(1), (x * x).sum(1), (y * y).sum(1), (x * y).sum(1)], axis=-1)
    mean_x, mean_y, xx, yy, xy = (weights @ sums / (weights.sum(axis=1, keepdims=True) * x.shape[1])).T
    squares = (xx - mean_x**2) * (yy - mean_y**2)
    covariance = xy - mean_x * mean_y
    return np.divide(covariance, np.sqrt(np.maximum(squares, 0.0)), out=np.full_like(xy, np.nan), where=squares > 0)
