"""Correlation coefficients, means over what is there, and bootstrap intervals."""

import numpy as np
import pandas as pd


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


def fisher(correlation: np.ndarray) -> np.ndarray:
    """Fisher's scale artanh(C), on which the scatter of a correlation hardly depends on its size; any shape."""
    limit = 1 - 1e-12
    return np.arctanh(np.clip(correlation, -limit, limit))


def correlation_interval(
    value: np.ndarray, deviations: np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a correlation from its bootstrap.

    Parameters
    ----------
    value : ndarray, shape (...)
    deviations : ndarray, shape (samples, ...)
        Of the resampled correlations from the value, on Fisher's scale.
    level : float

    Returns
    -------
    low, high : ndarray, shape (...)
        NaN where the value is.
    """
    tail = (1 - level) / 2
    low, high = np.quantile(deviations, (tail, 1 - tail), axis=0)
    return np.tanh(fisher(value) + low), np.tanh(fisher(value) + high)
