"""The glass transition temperature T* from the energies of inherent structures (v2 supplement, Sec. II.C)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from glassmap.statistics import bootstrap_weights, finite_deviation, interval

SIGNIFICANCE = 0.05  # level of the bend test
NO_BEND = "no bend found"


@dataclass(frozen=True)
class Transition:
    """Two-line fit of E_0(T) and its intersection.

    Attributes
    ----------
    value : float
        T*, epsilon*; NaN if no bend was found.
    std, low, high : float
        Standard error and 95 % interval of T* from the bootstrap, epsilon*.
    lower, upper : tuple of float
        Slope and intercept of the low- and high-temperature line.
    p : float
        p-value of `bend_test`.
    note : str
        Why there is no T*; empty if there is one.
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
    """Least-squares fit of two lines, with the division of the temperatures that minimises the squared residual.

    Parameters
    ----------
    temperature : ndarray, shape (T,)
        Ascending, epsilon*.
    energy : ndarray, shape (..., T)
        E_0, epsilon*.
    points_per_line : int
        Minimum number of temperatures per line; T must be at least twice this.

    Returns
    -------
    lower, upper : ndarray, shape (..., 2)
        Slope and intercept.
    division : ndarray of int, shape (...)
        Number of temperatures in the lower line.

    Examples
    --------
    Energies that are flat below T = 0.5 and rise above; the lines intersect there.

    >>> import numpy as np
    >>> from glassmap.analysis.glass_transition import fit_two_lines, intersection
    >>> temperature = np.linspace(0.1, 1.0, 10)
    >>> lower, upper, division = fit_two_lines(temperature, -4 + np.maximum(temperature - 0.5, 0), points_per_line=3)
    >>> float(intersection(lower, upper).round(6))
    0.5
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
    """Temperature at which lines (slope, intercept), shape (..., 2), intersect; NaN if parallel."""
    slopes = lower[..., 0] - upper[..., 0]
    return np.divide(upper[..., 1] - lower[..., 1], slopes, out=np.full_like(slopes, np.nan), where=slopes != 0)


def smooth_projection(temperature: np.ndarray) -> np.ndarray:
    """Projection matrix, shape (T, T), onto cubic polynomials in the temperature (least squares)."""
    basis, _ = np.linalg.qr(np.vander((temperature - temperature.mean()) / np.ptp(temperature), 4))
    return basis @ basis.T


def bend_test(temperature: np.ndarray, energy: np.ndarray, points_per_line: int, draws: int, seed: int) -> float:
    """p-value of a bend in E_0(T), against the null hypothesis of a smooth curve (a cubic polynomial).

    Parameters
    ----------
    temperature : ndarray, shape (T,)
        Ascending, epsilon*.
    energy : ndarray, shape (replica, T)
        E_0, epsilon*, of at least two replicas.
    points_per_line : int
        As for `fit_two_lines`.
    draws, seed : int
        Number of draws from the null distribution, and their seed.

    Returns
    -------
    float
        One-sided p-value of an upward bend.

    Notes
    -----
    The bend at a division is the residual of max(T - T_division, 0) after projecting out cubic polynomials. Each
    replica has one amplitude along it, whose mean over replicas is 0 for any cubic polynomial. Student's t of these
    amplitudes is exact even if the energies within a replica are correlated, unlike the residuals of a fit to the mean.
    The test statistic is the largest t over all divisions; its null distribution is that of independent normal noise,
    which accounts for the choice of the division.
    """
    divisions = np.arange(points_per_line, len(temperature) - points_per_line + 1)
    midpoints = (temperature[divisions - 1] + temperature[divisions]) / 2
    bends = np.maximum(temperature - midpoints[:, None], 0)
    bends = bends - bends @ smooth_projection(temperature)
    bends /= np.linalg.norm(bends, axis=1, keepdims=True)
    rounding = 1e-12 * np.abs(energy).max()

    def largest_t(values: np.ndarray, minimum_error: float) -> float:
        amplitude = values @ bends.T
        error = amplitude.std(axis=0, ddof=1) / np.sqrt(len(values))
        return float((amplitude.mean(axis=0) / np.maximum(error, minimum_error)).max())

    observed = largest_t(energy - energy.mean(axis=1, keepdims=True), rounding)
    rng = np.random.default_rng(seed)
    null = np.array([largest_t(rng.standard_normal(energy.shape), 0.0) for _ in range(draws)])
    return float((1 + (null >= observed).sum()) / (1 + draws))


def glass_transition(
    temperature: np.ndarray,
    energy: np.ndarray,
    limits: tuple[float, float],
    points_per_line: int,
    bootstrap: int,
    seed: int,
) -> Transition:
    """T* of one system (v2 supplement, Sec. II.C), if E_0(T) has a bend.

    Parameters
    ----------
    temperature : ndarray, shape (T,)
        Of the snapshots, in any order, epsilon*.
    energy : ndarray, shape (replica, T)
        E_0 per particle, epsilon*, without crystallised replicas.
    limits : tuple of float
        T_G and T_L, inclusive: above T_L even the liquid departs from the second line.
    points_per_line : int
        As for `fit_two_lines`.
    bootstrap : int
        Number of bootstrap samples over replicas, each fitted anew, including its division; also the number of draws
        in `bend_test`.
    seed : int

    Returns
    -------
    Transition
        Two lines fitted to any curve, such as E_0 ~ T^2, intersect somewhere. So T* is reported only if the lines
        have the smaller Akaike criterion than a cubic polynomial (their division is a fifth parameter beside its four),
        the replicas reject the polynomial (`bend_test`), the upper line is steeper, and T* lies among the temperatures
        of the snapshots. ``note`` says which condition failed.
    """
    order = np.argsort(temperature)
    order = order[(temperature[order] >= limits[0]) & (temperature[order] <= limits[1])]
    temperature, energy = temperature[order], energy[:, order]
    missing = (np.nan, np.nan)

    def none(note: str, lower: tuple = missing, upper: tuple = missing, p: float = np.nan) -> Transition:
        return Transition(np.nan, np.nan, np.nan, np.nan, lower, upper, p, note)

    # a cubic polynomial fits fewer than five points exactly
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
    penalty = np.exp(2 / len(temperature))  # AIC = n ln(sum of squares) + 2 x the number of parameters
    if ((mean - smooth) ** 2).sum() <= penalty * ((mean - lines) ** 2).sum():
        return none(f"{NO_BEND}: one smooth curve fits better than two lines", **fitted)
    if p > SIGNIFICANCE:
        return none(f"{NO_BEND}: one smooth curve is not refuted, p = {p:.2g}", **fitted)
    if not upper[0] > lower[0]:
        return none(f"{NO_BEND}: the upper line is not the steeper one", **fitted)
    measured = temperature[[0, -1]]
    if not measured[0] < value < measured[1]:
        outside = f"outside the snapshots from T_G to T_L ({measured[0]:g} to {measured[1]:g})"
        return none(f"{NO_BEND}: the lines meet at {value:.2g}, {outside}", **fitted)
    count = len(energy)
    means = bootstrap_weights(bootstrap, count, seed) @ energy / count
    # nearly parallel lines may intersect anywhere
    resampled = np.clip(intersection(*fit_two_lines(temperature, means, points_per_line)[:2]), *measured)
    low, high = np.clip(interval(value, resampled, count), *measured).tolist()
    std = float(finite_deviation(resampled) * np.sqrt(count / (count - 1)))
    return Transition(value=value, std=std, low=low, high=high, note="", **fitted)


def bend_temperature(
    temperature: np.ndarray,
    values: np.ndarray,
    limits: tuple[float, float],
    points_per_line: int,
    bootstrap: int,
    seed: int,
) -> Transition:
    """T_g from any quantity that bends, upwards or downwards (Swanson et al. 2020, supplement, Fig. 7).

    Under the rule of `glass_transition`, applied to the values if their upper line is the steeper one, otherwise to
    their negative; p is doubled for the choice.

    Parameters
    ----------
    temperature : ndarray, shape (T,)
        In any order, epsilon*.
    values : ndarray, shape (replica, T)
        Such as the counts of `glassmap.structure.neighbour_graph.graph_measures`.
    limits, points_per_line, bootstrap, seed
        As for `glass_transition`.

    Returns
    -------
    Transition
        ``note`` says why there is no T_g, in the words of `glass_transition`; of a bend downwards, of its negative.

    Examples
    --------
    A count that rises more slowly above T = 0.5 than below:

    >>> import numpy as np
    >>> from glassmap.analysis.glass_transition import bend_temperature
    >>> temperature = np.linspace(0.1, 1.0, 10)
    >>> mean = 100 + 40 * temperature - 30 * np.maximum(temperature - 0.5, 0)
    >>> counts = mean + np.random.default_rng(0).normal(0, 0.05, (6, 10))  # of 6 replicas, shape (6, 10)
    >>> float(round(bend_temperature(temperature, counts, (0.1, 1.0), 3, 200, seed=1).value, 2))
    0.5
    """
    settings = (limits, points_per_line, bootstrap, seed)
    found = {sign: glass_transition(temperature, sign * values, *settings) for sign in (1, -1)}
    sign = -1 if found[-1].upper[0] > found[-1].lower[0] else 1
    bend, p = found[sign], min(1.0, 2 * found[sign].p)
    lines = {name: (sign * getattr(bend, name)[0], sign * getattr(bend, name)[1]) for name in ("lower", "upper")}
    if not bend.note and p > SIGNIFICANCE:
        nothing = dict.fromkeys(("value", "std", "low", "high"), np.nan)
        note = f"{NO_BEND}: one smooth curve is not refuted, p = {p:.2g}"
        return replace(bend, **lines, **nothing, p=p, note=note)
    return replace(bend, **lines, p=p)


def transition_table(
    transitions: Mapping[str, Transition],
    counts: Mapping[str, Mapping[str, int]],
    cooling_rates: Mapping[str, float],
    published: Mapping[str, float],
    state: str,
) -> pd.DataFrame:
    """Content of ``tables/glass_transition.csv``: T* with its confidence interval, or a ``note`` why there is none.

    Parameters
    ----------
    transitions : mapping of str to Transition
        By system.
    counts : mapping of str to mapping
        Number of ``replicas`` used and of ``crystallised`` ones excluded, by system.
    cooling_rates : mapping of str to float
        epsilon*/tau, by system, where it is known.
    published : mapping of str to float
        The paper's T*, by system, if it gives one.
    state : str
        Name of the glass, the state in which cooling ends (column ``phase``).
    """
    rows = [
        {
            "system": system,
            "phase": state,
            "quantity": "glass_transition_temperature",
            "statistic": "intersection",
            "value": transition.value,
            "std": transition.std,
            "low": transition.low,
            "high": transition.high,
            "paper": published.get(system, np.nan),
            **counts[system],
            "cooling_rate": cooling_rates.get(system, np.nan),
            "slope_lower": transition.lower[0],
            "intercept_lower": transition.lower[1],
            "slope_upper": transition.upper[0],
            "intercept_upper": transition.upper[1],
            "p": transition.p,
            "note": transition.note,
        }
        for system, transition in transitions.items()
    ]
    return pd.DataFrame(rows)
