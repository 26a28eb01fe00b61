"""How well a predicted field of the particles agrees with the measured one, over many structures."""

from dataclasses import dataclass

import numpy as np

from glassmap.statistics import correlation_interval, fisher, is_constant, pearson


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

    def columns(self) -> dict[str, float]:
        """As every table of correlations names them."""
        return {
            "pearson": self.pooled,
            "low": self.pooled_low,
            "high": self.pooled_high,
            "mean_within": self.mean,
            "mean_within_low": self.mean_low,
            "mean_within_high": self.mean_high,
        }


def agreement(predicted: np.ndarray, measured: np.ndarray, weights: np.ndarray) -> Agreement:
    """Correlations of a prediction and their intervals.

    Parameters
    ----------
    predicted, measured : ndarray, shape (M, n)
        Of each structure's particles.
    weights : ndarray, shape (draws, M)
        From `glassmap.statistics.bootstrap_weights`.

    Returns
    -------
    Agreement
        NaN where a field is constant, in all structures (pooled) or in one (mean). What is reached by chance:
        `glassmap.analysis.predictor_comparison.MovedPredictions`.

    Examples
    --------
    A prediction that knows the mean of each structure and nothing of its particles: pooled over all particles it
    correlates, within the structures it does not.

    >>> import numpy as np
    >>> from glassmap.analysis.prediction_scores import agreement
    >>> from glassmap.statistics import bootstrap_weights
    >>> rng = np.random.default_rng(0)
    >>> offsets = rng.normal(size=(50, 1))
    >>> predicted, measured = (offsets + rng.normal(size=(50, 400)) for _ in range(2))
    >>> found = agreement(predicted, measured, bootstrap_weights(100, 50, 1))
    >>> 0.4 < found.pooled < 0.6, abs(found.mean) < 0.05
    (True, True)
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


def pooled_pearson(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Pearson correlation over the particles of all structures together; fields of shape (M, n)."""
    return float(_pooled(predicted, measured, np.ones((1, len(predicted))))[0])


def noise_ceiling(halves: np.ndarray, runs: int) -> float:
    r"""Largest correlation that the noise of a finite number of runs allows.

    The halves of a and b runs correlate by :math:`r = [(1 + s / a)(1 + s / b)]^{-1/2}`, with s the variance of a
    run relative to that of the propensity; the mean of all with the propensity by
    :math:`(1 + s / (a + b))^{-1/2}`. With equal halves this is :math:`\sqrt{2 r / (1 + r)}` (Spearman and Brown).

    Parameters
    ----------
    halves : ndarray, shape (2, M, n)
        From `glassmap.dynamics.structure_propensities.Propensity`: the first, third, ... runs, and the others.
    runs : int
        Of both, at least 2.

    Returns
    -------
    float
        0 if the halves have nothing in common, NaN if one is constant.
    """
    half = pooled_pearson(*halves)
    if not half > 0:
        return 0.0 if np.isfinite(half) else np.nan
    a, b = (runs + 1) // 2, runs // 2
    # s^2 + (a + b) s = a b (1 / r^2 - 1)
    noise = (np.sqrt((a + b) ** 2 + 4 * a * b * max(half**-2 - 1, 0.0)) - (a + b)) / 2
    return float(1 / np.sqrt(1 + noise / runs))


def _pooled(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pooled correlation for multiplicities of the structures, shape (draws, M)."""
    varies = not (is_constant(x.ravel()) or is_constant(y.ravel()))
    x, y = x - x.mean(), y - y.mean()  # so that the squares below lose no digits
    sums = np.stack([x.sum(1), y.sum(1), (x * x).sum(1), (y * y).sum(1), (x * y).sum(1)], axis=-1)
    mean_x, mean_y, xx, yy, xy = (weights @ sums / (weights.sum(axis=1, keepdims=True) * x.shape[1])).T
    squares = (xx - mean_x**2) * (yy - mean_y**2)
    covariance = xy - mean_x * mean_y
    size = np.sqrt(np.maximum(squares, 0.0))
    return np.divide(covariance, size, out=np.full_like(xy, np.nan), where=(squares > 0) & varies)
