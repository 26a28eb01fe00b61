"""The glass transition temperature T* from the energies of inherent structures (v2 supplement, Sec. II.C)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

INTERVAL = (2.5, 97.5)  # percentiles of the bootstrap: 95 %


@dataclass(frozen=True)
class Transition:
    """Two lines through E_0(T) and where they meet.

    Attributes
    ----------
    value : float
        T*, epsilon*.
    std, low, high : float
        Deviation and 95 % interval of T* over the bootstrap, epsilon*.
    lower, upper : tuple of float
        Slope and intercept of the line through the low and through the high temperatures.
    """

    value: float
    std: float
    low: float
    high: float
    lower: tuple[float, float]
    upper: tuple[float, float]


def fit_two_lines(
    temperature: np.ndarray, energy: np.ndarray, points_per_line: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least squares of two lines, with the division of the temperatures that leaves the least squared residual.

    Parameters
    ----------
    temperature : ndarray, shape (T,)
        Ascending, epsilon*.
    energy : ndarray, shape (..., T)
        E_0, epsilon*.
    points_per_line : int
        Temperatures that each line has at least; T must be twice as many.

    Returns
    -------
    lower, upper : ndarray, shape (..., 2)
        Slope and intercept.
    division : ndarray of int, shape (...)
        Number of temperatures of the lower line.
    """
    divisions = np.arange(points_per_line, len(temperature) - points_per_line + 1)
    lines, residuals = [], []
    for division in divisions:
        both, residual = [], 0.0
        for part in (slice(None, division), slice(division, None)):
            design = np.stack([temperature[part], np.ones_like(temperature[part])], axis=1)
            line = energy[..., part] @ np.linalg.pinv(design).T
            residual = residual + ((energy[..., part] - line @ design.T) ** 2).sum(axis=-1)
            both.append(line)
        lines.append(both)
        residuals.append(residual)
    best = np.argmin(residuals, axis=0)
    chosen = np.take_along_axis(np.array(lines), best[None, None, ..., None], axis=0)[0]
    return chosen[0], chosen[1], divisions[best]


def intersection(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Temperature at which lines (slope, intercept), shape (..., 2), meet; NaN where they are parallel."""
    slopes = lower[..., 0] - upper[..., 0]
    return np.divide(upper[..., 1] - lower[..., 1], slopes, out=np.full_like(slopes, np.nan), where=slopes != 0)


def glass_transition(
    temperature: np.ndarray,
    energy: np.ndarray,
    limits: tuple[float, float],
    points_per_line: int,
    bootstrap: int,
    seed: int,
) -> Transition:
    """T* of one system (v2 supplement, Sec. II.C).

    Parameters
    ----------
    temperature : ndarray, shape (T,)
        Of the snapshots, in any order, epsilon*.
    energy : ndarray, shape (replica, T)
        E_0 per particle, epsilon*; not of crystallised replicas.
    limits : tuple of float
        T_G and T_L, which are included: above T_L even the liquid does not follow the second line.
    points_per_line : int
        As for `fit_two_lines`.
    bootstrap : int
        Means over as many replicas drawn with replacement, each fitted anew, its division too.
    seed : int

    Returns
    -------
    Transition
        All NaN without replicas; deviation and interval NaN with one.
    """
    order = np.argsort(temperature)
    order = order[(temperature[order] >= limits[0]) & (temperature[order] <= limits[1])]
    temperature, energy = temperature[order], energy[:, order]
    missing = (np.nan, np.nan)
    if not len(energy):
        return Transition(np.nan, np.nan, np.nan, np.nan, missing, missing)
    lower, upper, _ = fit_two_lines(temperature, energy.mean(axis=0), points_per_line)
    std, low, high = np.nan, np.nan, np.nan
    if len(energy) > 1:
        drawn = np.random.default_rng(seed).integers(len(energy), size=(bootstrap, len(energy)))
        found = intersection(*fit_two_lines(temperature, energy[drawn].mean(axis=1), points_per_line)[:2])
        found = found[np.isfinite(found)]
        std, (low, high) = found.std(ddof=1), np.percentile(found, INTERVAL)
    return Transition(
        value=float(intersection(lower, upper)),
        std=float(std),
        low=float(low),
        high=float(high),
        lower=tuple(lower.tolist()),
        upper=tuple(upper.tolist()),
    )


def transition_table(
    transitions: Mapping[str, Transition],
    counts: Mapping[str, Mapping[str, int]],
    cooling_rate: float,
    published: Mapping[str, float],
) -> pd.DataFrame:
    """Content of ``tables/glass_transition.csv``.

    Parameters
    ----------
    transitions : mapping of str to Transition
        By system.
    counts : mapping of str to mapping
        ``replicas`` used and ``crystallised`` ones left out, by system.
    cooling_rate : float
        epsilon*/tau.
    published : mapping of str to float
        The paper's T* by system, where there is one.
    """
    rows = [
        {
            "system": system,
            "phase": "glass",
            "quantity": "glass_transition_temperature",
            "statistic": "intersection",
            "value": found.value,
            "std": found.std,
            "low": found.low,
            "high": found.high,
            "paper": published.get(system, np.nan),
            **counts[system],
            "cooling_rate": cooling_rate,
            "slope_lower": found.lower[0],
            "intercept_lower": found.lower[1],
            "slope_upper": found.upper[0],
            "intercept_upper": found.upper[1],
        }
        for system, found in transitions.items()
    ]
    return pd.DataFrame(rows)
