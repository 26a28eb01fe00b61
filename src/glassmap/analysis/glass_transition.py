"""The glass transition temperature T* from the energies of inherent structures (v2 supplement, Sec. II.C)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from glassmap.statistics import bootstrap_weights, finite_deviation, interval

SIGNIFICANCE = 0.05  # of the bend
NO_BEND = "no bend found"


@dataclass(frozen=True)
class Transition:
    """Two lines through E_0(T) and where they meet.

    Attributes
    ----------
    value : float
        T*, epsilon*; NaN where no bend was found.
    std, low, high : float
        Standard error and 95 % interval of T* from the bootstrap, epsilon*.
    lower, upper : tuple of float
        Slope and intercept of the line through the low and through the high temperatures.
    p : float
        From `bend_test`: how often a smooth curve looks as bent as this.
    note : str
        Why there is no T*; empty where there is.
    """

    value: float
    std: float
    low: float
    high: float
    lower: tuple[float, float]
    upper: tuple[float, float]
    p: float
    note: str


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


def smooth_projection(temperature: np.ndarray) -> np.ndarray:
    """Matrix, shape (T, T), that takes values to their least-squares cubic polynomial in the temperature."""
    basis, _ = np.linalg.qr(np.vander((temperature - temperature.mean()) / np.ptp(temperature), 4))
    return basis @ basis.T


def bend_test(temperature: np.ndarray, energy: np.ndarray, points_per_line: int, draws: int, seed: int) -> float:
    """How often the replicas of a smooth curve, a cubic polynomial, look as bent as these.

    Parameters
    ----------
    temperature : ndarray, shape (T,)
        Ascending, epsilon*.
    energy : ndarray, shape (replica, T)
        E_0, epsilon*, of two replicas or more.
    points_per_line : int
        As for `fit_two_lines`.
    draws, seed : int
        Of the null distribution.

    Returns
    -------
    float
        The p-value, of a bend upwards.

    Notes
    -----
    A bend at a division is what is left of max(T - T_division, 0) after a cubic polynomial is taken away. The
    amplitude of each replica along it is one number, whose mean over replicas is 0 for any cubic polynomial; Student's
    t of these numbers is exact however the energies of one replica depend on each other, which the residuals of a fit
    to the mean are not. The statistic is the largest t over all divisions, its null distribution that of
    independent normal noise, of which the choice of the division is part.
    """
    divisions = np.arange(points_per_line, len(temperature) - points_per_line + 1)
    places = (temperature[divisions - 1] + temperature[divisions]) / 2
    bends = np.maximum(temperature - places[:, None], 0)
    bends = bends - bends @ smooth_projection(temperature)
    bends /= np.linalg.norm(bends, axis=1, keepdims=True)
    rounding = 1e-12 * np.abs(energy).max()

    def largest(values: np.ndarray, least: float) -> float:
        amplitude = values @ bends.T
        error = amplitude.std(axis=0, ddof=1) / np.sqrt(len(values))
        return float((amplitude.mean(axis=0) / np.maximum(error, least)).max())

    found = largest(energy - energy.mean(axis=1, keepdims=True), rounding)
    rng = np.random.default_rng(seed)
    null = np.array([largest(rng.standard_normal(energy.shape), 0.0) for _ in range(draws)])
    return float((1 + (null >= found).sum()) / (1 + draws))


def glass_transition(
    temperature: np.ndarray,
    energy: np.ndarray,
    limits: tuple[float, float],
    points_per_line: int,
    bootstrap: int,
    seed: int,
) -> Transition:
    """T* of one system (v2 supplement, Sec. II.C), if its energies have a bend.

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
        Means over as many replicas drawn with replacement, each fitted anew, its division too; also the draws of
        `bend_test`.
    seed : int

    Returns
    -------
    Transition
        Two lines meet somewhere for any curve, E_0 ~ T^2 say. So there is a T* only where they leave smaller
        residuals than a cubic polynomial, which has as many parameters (so that Akaike's criterion compares just
        these), where the replicas refute the polynomial (`bend_test`), where the upper line is the steeper one and
        where T* lies between T_G and T_L. ``note`` says which of these failed.
    """
    order = np.argsort(temperature)
    order = order[(temperature[order] >= limits[0]) & (temperature[order] <= limits[1])]
    temperature, energy = temperature[order], energy[:, order]
    missing = (np.nan, np.nan)

    def none(note: str, lower: tuple = missing, upper: tuple = missing, p: float = np.nan) -> Transition:
        return Transition(np.nan, np.nan, np.nan, np.nan, lower, upper, p, note)

    # with fewer than five a cubic polynomial leaves nothing
    needed = max(2 * points_per_line, 5)
    if len(temperature) < needed:
        return none(f"too few temperatures from T_G to T_L: {len(temperature)}, must be at least {needed}")
    if not len(energy):
        return none("every replica is a crystal")
    if len(energy) == 1:
        return none("one replica, whose noise is not known")
    mean = energy.mean(axis=0)
    lower, upper, division = fit_two_lines(temperature, mean, points_per_line)
    value = float(intersection(lower, upper))
    p = bend_test(temperature, energy, points_per_line, bootstrap, seed)
    lines = np.where(
        np.arange(len(temperature)) < division, np.polyval(lower, temperature), np.polyval(upper, temperature)
    )
    smooth = smooth_projection(temperature) @ mean
    fitted = {"lower": tuple(lower.tolist()), "upper": tuple(upper.tolist()), "p": p}
    if ((mean - smooth) ** 2).sum() <= ((mean - lines) ** 2).sum():
        return none(f"{NO_BEND}: one smooth curve fits better than two lines", **fitted)
    if p > SIGNIFICANCE:
        return none(f"{NO_BEND}: one smooth curve is not refuted, p = {p:.2g}", **fitted)
    if not upper[0] > lower[0]:
        return none(f"{NO_BEND}: the upper line is not the steeper one", **fitted)
    if not limits[0] < value < limits[1]:
        return none(f"{NO_BEND}: the lines meet at {value:.2g}, not between T_G and T_L", **fitted)
    count = len(energy)
    again = bootstrap_weights(bootstrap, count, seed) @ energy / count
    # lines that are nearly parallel meet anywhere
    found = np.clip(intersection(*fit_two_lines(temperature, again, points_per_line)[:2]), *limits)
    low, high = np.clip(interval(value, found, count), *limits).tolist()
    std = float(finite_deviation(found) * np.sqrt(count / (count - 1)))
    return Transition(value=value, std=std, low=low, high=high, note="", **fitted)


def transition_table(
    transitions: Mapping[str, Transition],
    counts: Mapping[str, Mapping[str, int]],
    cooling_rates: Mapping[str, float],
    published: Mapping[str, float],
) -> pd.DataFrame:
    """Content of ``tables/glass_transition.csv``: T* with its interval, or in ``note`` why there is none.

    Parameters
    ----------
    transitions : mapping of str to Transition
        By system.
    counts : mapping of str to mapping
        ``replicas`` used and ``crystallised`` ones left out, by system.
    cooling_rates : mapping of str to float
        epsilon*/tau, by system.
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
            "cooling_rate": cooling_rates[system],
            "slope_lower": found.lower[0],
            "intercept_lower": found.lower[1],
            "slope_upper": found.upper[0],
            "intercept_upper": found.upper[1],
            "p": found.p,
            "note": found.note,
        }
        for system, found in transitions.items()
    ]
    return pd.DataFrame(rows)
