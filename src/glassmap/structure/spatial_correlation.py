"""Spatial correlation functions of particle fields, and correlation lengths (Frontiers, Eq. 8, Secs. 4.2 and 4.7)."""

from collections.abc import Iterable

import numpy as np

from glassmap.box import Box
from glassmap.errors import GlassmapError


def bin_centres(bin_width: float, maximum_distance: float) -> np.ndarray:
    """Distances in `spatial_correlation`, shape (bin,): 0, then the bin centres, sigma*."""
    bins = max(1, round(maximum_distance / bin_width))
    return np.concatenate([[0.0], (np.arange(bins) + 0.5) * maximum_distance / bins])


def spatial_correlation(
    values: np.ndarray, positions: np.ndarray, box_length: float, bin_width: float, maximum_distance: float
) -> np.ndarray:
    r"""C_X(r) = <dX(r_i) dX(r_i + r)> over pairs at distance r, divided by the variance (Frontiers, Eq. 8).

    .. math:: C_X(r) = \frac{\langle \delta X_i\,\delta X_j \rangle_{r_{ij} = r}}{\langle \delta X^2 \rangle}

    Parameters
    ----------
    values : ndarray, shape (N,)
        A particle field X.
    positions : ndarray, shape (N, d)
        sigma*.
    box_length, bin_width, maximum_distance : float
        sigma*; ``maximum_distance`` must be less than half the box.

    Returns
    -------
    ndarray, shape (bin,)
        At `bin_centres`: 1 at r = 0; NaN in bins without pairs, and everywhere for a constant field.

    Examples
    --------
    A plane wave of wavelength L gives the Bessel function J0(2 pi r / L), whose first zero is at 0.383 L.

    >>> import numpy as np
    >>> from glassmap.structure.spatial_correlation import bin_centres, first_crossing, spatial_correlation
    >>> positions = 10 * np.random.default_rng(0).random((4000, 2))
    >>> wave = np.cos(2 * np.pi * positions[:, 0] / 10)
    >>> correlation = spatial_correlation(wave, positions, box_length=10.0, bin_width=0.1, maximum_distance=4.9)
    >>> round(first_crossing(bin_centres(0.1, 4.9), correlation, level=0.0), 1)
    3.8
    """
    covariance = spatial_covariance(values, positions, box_length, bin_width, maximum_distance)
    return covariance / covariance[0] if covariance[0] > 0 else np.full(len(covariance), np.nan)


def spatial_covariance(
    values: np.ndarray, positions: np.ndarray, box_length: float, bin_width: float, maximum_distance: float
) -> np.ndarray:
    """`spatial_correlation` before division by the variance, which is its value at r = 0; same parameters."""
    import freud  # slow to load, and the tables need only the crossings

    deviation = values - values.mean()
    bins = len(bin_centres(bin_width, maximum_distance)) - 1
    function = freud.density.CorrelationFunction(bins, maximum_distance)
    with freud.parallel.NumThreads(1):  # with several threads the order of summation varies
        function.compute(Box.cube(box_length, positions.shape[-1]).freud_system(positions), deviation)
    covariance = np.where(np.array(function.bin_counts) > 0, np.real(function.correlation), np.nan)
    return np.concatenate([[(deviation**2).mean()], covariance])


def spatial_correlations(
    fields: np.ndarray, positions: np.ndarray, box_length: float, bin_width: float, maximum_distance: float
) -> np.ndarray:
    """`spatial_correlation` of many fields of one configuration, with a single pair search.

    Parameters
    ----------
    fields : ndarray, shape (field, N)
    positions, box_length, bin_width, maximum_distance
        As for `spatial_correlation`.

    Returns
    -------
    ndarray, shape (field, bin)
        Equal but for pairs at the edge of a bin, of which `spatial_correlation` knows the distance in single precision.

    Raises
    ------
    GlassmapError
        If ``maximum_distance`` is half of the box or more.
    """
    from glassmap.structure.pair_products import add_products  # slow to load, and the tables need only the crossings

    if maximum_distance >= box_length / 2:
        raise GlassmapError(
            f"maximum_distance: got {maximum_distance:g}, must be less than half of the box, {box_length / 2:g}"
        )
    bins = len(bin_centres(bin_width, maximum_distance)) - 1
    deviations = fields - fields.mean(axis=-1, keepdims=True)
    count, total = np.zeros(bins, dtype=int), np.zeros((bins, len(fields)))
    by_particle = np.ascontiguousarray(deviations.T)  # so that the values of a particle lie side by side
    box = Box.cube(box_length, positions.shape[-1])
    for first, second, distance in box.pairs_in_blocks(positions, maximum_distance):
        bin_index = np.minimum((distance * (bins / maximum_distance)).astype(int), bins - 1)
        count += np.bincount(bin_index, minlength=bins)
        add_products(total, bin_index, first, second, by_particle)
    correlations = np.full((len(fields), bins + 1), np.nan)
    for row, pair_sum, variance in zip(correlations, total.T, (deviations**2).mean(axis=-1), strict=True):
        if variance > 0:
            row[0] = 1.0
            np.divide(pair_sum, count * variance, out=row[1:], where=count > 0)
    return correlations


def noise_free_correlation(
    runs: Iterable[np.ndarray], positions: np.ndarray, box_length: float, bin_width: float, maximum_distance: float
) -> np.ndarray:
    """C(r) of the part common to the fields of independent runs, from products of different runs only.

    The mean over a finite number of runs contains their noise, which adds to the variance and makes the correlation
    function decay too early. The noise of different runs is uncorrelated at any distance.

    Parameters
    ----------
    runs : iterable of ndarray, shape (N,)
        One field per run, from at least two runs.
    positions, box_length, bin_width, maximum_distance
        As for `spatial_correlation`.

    Returns
    -------
    ndarray, shape (bin,)
        NaN if the runs have no common variance.
    """
    total, self_terms = 0.0, 0.0
    for field in runs:
        total = total + field
        self_terms = self_terms + spatial_covariance(field, positions, box_length, bin_width, maximum_distance)
    common = spatial_covariance(total, positions, box_length, bin_width, maximum_distance) - self_terms
    return common / common[0] if common[0] > 0 else np.full(len(common), np.nan)


def first_crossing(distance: np.ndarray, correlation: np.ndarray, level: float) -> float:
    """Smallest distance at which a function falls to a level, by linear interpolation.

    Parameters
    ----------
    distance, correlation : ndarray, shape (bin,)
        NaNs are skipped.
    level : float
        1/e for the decay length xi_Delta (Frontiers, Sec. 4.2), 0 for r_Gamma (Sec. 4.7).

    Returns
    -------
    float
        In the units of ``distance``. NaN if the function stays above the level, or is below it in the first bin with
        pairs already, where there is nothing to interpolate; `crossing_note` says which.
    """
    distance, correlation, below = _known_below(distance, correlation, level)
    if not len(below) or _before_first_bin(distance, below[0]):
        return np.nan
    after = below[0]
    (r0, r1), (c0, c1) = distance[after - 1 : after + 1], correlation[after - 1 : after + 1]
    return float(r0 + (c0 - level) / (c0 - c1) * (r1 - r0))


def crossing_note(distance: np.ndarray, curves: np.ndarray, level: float) -> str:
    """Why `first_crossing` found no crossing.

    Parameters
    ----------
    distance : ndarray, shape (bin,)
    curves : ndarray, shape (..., bin)
        Curves that are NaN everywhere are ignored.
    level : float

    Returns
    -------
    str
        Empty if every curve has a crossing; with counts if only some have.
    """
    notes, count = [], 0
    for curve in np.reshape(curves, (-1, len(distance))):
        known, values, below = _known_below(distance, curve, level)
        if not len(known):
            continue
        count += 1
        if not len(below):
            notes.append(f"not reached within {known[-1]:g}")
        elif _before_first_bin(known, below[0]):
            first, after = below[0], below[0] + 1
            # around 0 noise alone crosses again
            if level > 0 and after < len(known) and values[after] > level:
                place, again = f"{known[first]:g}", f"{known[after]:g}"
                notes.append(f"not determined: below in the first bin ({place}), above again at {again}")
            else:
                notes.append(f"shorter than the first bin ({known[first]:g})")
    reasons = dict.fromkeys(notes)
    if len(reasons) <= 1 and len(notes) == count:
        return next(iter(reasons), "")
    return "; ".join(f"{notes.count(reason)} of {count} {reason}" for reason in reasons)


def _known_below(
    distance: np.ndarray, correlation: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finite part of a function (distances, values), and the indices at which it is at or below a level."""
    known = np.isfinite(correlation)
    return distance[known], correlation[known], np.flatnonzero(correlation[known] <= level)


def _before_first_bin(distance: np.ndarray, after: int) -> bool:
    """Whether only r = 0, where a correlation function is 1 by definition, precedes an index."""
    return after == 0 or (after == 1 and distance[0] == 0)
