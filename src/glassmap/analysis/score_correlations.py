"""Particle scores of networks against hand-made indicators, beside random weights and moved maps.

As the attributions of the first paper: both coarse-grained, and correlated in each configuration.
"""

from collections.abc import Mapping

import numpy as np

from glassmap.analysis.moved_maps import Symmetries, interpolated_fields, max_statistic_test, unit
from glassmap.statistics import partial, pearson
from glassmap.structure.coarse_graining import Kernel, gaussian, smoother
from glassmap.structure.indicators import HELD_FIXED, INDICATORS

KERNEL = Kernel(gaussian, 2.0)  # of the first paper (Frontiers)
THETA, PARTIAL = "tong_tanaka", "c_theta_partial"


def correlate_scores(
    gamma: np.ndarray, indicators: Mapping[str, np.ndarray], positions: np.ndarray, box_length: float, xi: float
) -> dict[str, np.ndarray]:
    """Pearson correlations of the scores of one configuration with its indicators.

    Parameters
    ----------
    gamma : ndarray, shape (..., N)
        Bare scores.
    indicators : mapping of str to ndarray, shape (N,)
        Bare, by their names in `glassmap.structure.indicators.INDICATORS`.
    positions : ndarray, shape (N, d)
        sigma*.
    box_length, xi : float
        Box and coarse-graining length of both, sigma*; 0 is bare.

    Returns
    -------
    dict of str to ndarray, shape (...)
        ``c_`` and the key of each indicator, such as ``c_upsilon``; ``c_theta_partial`` controls for `HELD_FIXED`. NaN
        where the scores or an indicator are the same for all particles.
    """
    smooth = smoother(positions, box_length, xi, KERNEL)
    scores = smooth(gamma)
    coarse = {name: smooth(values) for name, values in indicators.items()}
    found = {f"c_{INDICATORS[name].key}": pearson(scores, values) for name, values in coarse.items()}
    if THETA in coarse:
        found[PARTIAL] = partial(scores, coarse[THETA], np.stack([coarse[name] for name in HELD_FIXED]))
    return found


def moved_scores(
    gamma: np.ndarray,
    indicators: Mapping[str, np.ndarray],
    positions: np.ndarray,
    box_length: float,
    xi: float,
    draws: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """As `correlate_scores`, of scores moved by random symmetries of the box: what unrelated maps would have.

    Parameters
    ----------
    gamma : ndarray, shape (N,)
    indicators, positions, box_length, xi
        As in `correlate_scores`, in two dimensions.
    draws, seed : int

    Returns
    -------
    dict of str to ndarray, shape (draws,)
        Without the partial correlation.
    """
    evaluate = interpolated_fields(gamma[None], positions, box_length, xi, KERNEL)
    points = Symmetries.draw(draws, box_length, seed).apply(positions, box_length)
    moved = unit(evaluate(points.reshape(-1, 2)).reshape(draws, len(positions)))
    smooth = smoother(positions, box_length, xi, KERNEL)
    return {f"c_{INDICATORS[name].key}": moved @ unit(smooth(values)) for name, values in indicators.items()}


def moved_test(observed: np.ndarray, moved: np.ndarray) -> tuple[float, float]:
    """Whether the mean correlation of many configurations is larger than that of moved maps.

    Parameters
    ----------
    observed : ndarray, shape (S,)
        NaN of configurations that do not count.
    moved : ndarray, shape (draws, S)

    Returns
    -------
    p, largest : float
        As from `glassmap.analysis.moved_maps.max_statistic_test`, of the means over configurations; each is moved by a
        symmetry of its own.
    """
    counted = np.isfinite(observed)
    if not counted.any():
        return np.nan, np.nan
    return max_statistic_test(observed[counted].mean(keepdims=True), moved[:, counted].mean(axis=1, keepdims=True))
