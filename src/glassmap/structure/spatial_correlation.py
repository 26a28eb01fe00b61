"""Spatial correlation functions of particle fields and their lengths (Frontiers, Eq. 8, Secs. 4.2 and 4.7)."""

from collections.abc import Iterable

import numpy as np

from glassmap.box import Box


def bin_centres(bin_width: float, maximum_distance: float) -> np.ndarray:
    """Distances of `spatial_correlation`, shape (bin,): 0, then the centres of the bins, sigma*."""
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
        sigma*; the last less than half the box.

    Returns
    -------
    ndarray, shape (bin,)
        At `bin_centres`: 1 at r = 0; NaN in a bin without pairs and everywhere for a constant field.
    """
    covariance = spatial_covariance(values, positions, box_length, bin_width, maximum_distance)
    return covariance / covariance[0] if covariance[0] > 0 else np.full(len(covariance), np.nan)


def spatial_covariance(
    values: np.ndarray, positions: np.ndarray, box_length: float, bin_width: float, maximum_distance: float
) -> np.ndarray:
    """`spatial_correlation` before it is divided by the variance, which it is at r = 0; same parameters."""
    import freud  # slow to load, and the tables need only the crossings

    deviation = values - values.mean()
    bins = len(bin_centres(bin_width, maximum_distance)) - 1
    function = freud.density.CorrelationFunction(bins, maximum_distance)
    with freud.parallel.NumThreads(1):  # several threads sum in another order each time
        function.compute(Box.cube(box_length, positions.shape[-1]).freud_system(positions), deviation)
    found = np.where(np.array(function.bin_counts) > 0, np.real(function.correlation), np.nan)
    return np.concatenate([[(deviation**2).mean()], found])


def spatial_correlations(
    fields: np.ndarray, positions: np.ndarray, box_length: float, bin_width: float, maximum_distance: float
) -> np.ndarray:
    """`spatial_correlation` of many fields of one configuration, whose pairs are looked for once.

    Parameters
    ----------
    fields : ndarray, shape (field, N)
    positions, box_length, bin_width, maximum_distance
        As for `spatial_correlation`.

    Returns
    -------
    ndarray, shape (field, bin)
        The same numbers up to rounding; ten times as fast for forty fields.
    """
    import freud  # slow to load, and the tables need only the crossings

    bins = len(bin_centres(bin_width, maximum_distance)) - 1
    with freud.parallel.NumThreads(1):
        query = freud.locality.AABBQuery(*Box.cube(box_length, positions.shape[-1]).freud_system(positions))
        pairs = query.query(query.points, {"r_max": maximum_distance, "exclude_ii": True}).toNeighborList(True)
    once = pairs.query_point_indices < pairs.point_indices
    first, second = pairs.query_point_indices[once], pairs.point_indices[once]
    place = np.minimum((pairs.distances[once] * (bins / maximum_distance)).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    found = np.full((len(fields), bins + 1), np.nan)
    for row, values in zip(found, fields, strict=True):
        deviation = values - values.mean()
        variance = (deviation**2).mean()
        if variance > 0:
            total = np.bincount(place, deviation[first] * deviation[second], minlength=bins)
            row[0] = 1.0
            np.divide(total, count * variance, out=row[1:], where=count > 0)
    return found


def noise_free_correlation(
    runs: Iterable[np.ndarray], positions: np.ndarray, box_length: float, bin_width: float, maximum_distance: float
) -> np.ndarray:
    """C(r) of what the fields of independent runs have in common: products of different runs only.

    The mean over a finite number of runs holds their noise, which adds to its variance and so makes its
    own correlation decay too early. Noise of different runs is not correlated at any distance.

    Parameters
    ----------
    runs : iterable of ndarray, shape (N,)
        A field of each of two or more runs.
    positions, box_length, bin_width, maximum_distance
        As for `spatial_correlation`.

    Returns
    -------
    ndarray, shape (bin,)
        NaN where the runs have no variance in common.
    """
    together, alone = 0.0, 0.0
    for field in runs:
        together = together + field
        alone = alone + spatial_covariance(field, positions, box_length, bin_width, maximum_distance)
    common = spatial_covariance(together, positions, box_length, bin_width, maximum_distance) - alone
    return common / common[0] if common[0] > 0 else np.full(len(common), np.nan)


def first_crossing(distance: np.ndarray, correlation: np.ndarray, level: float) -> float:
    """Smallest distance at which a function falls to a level, by linear interpolation.

    Parameters
    ----------
    distance, correlation : ndarray, shape (bin,)
        NaN are passed over.
    level : float
        1/e for the decay length xi_Delta (Frontiers, Sec. 4.2), 0 for r_Gamma (Sec. 4.7).

    Returns
    -------
    float
        In the units of ``distance``; NaN if it stays above, and if it is below in the first bin with pairs already:
        between that and r = 0 there is nothing to interpolate. `crossing_note` says which.
    """
    distance, correlation, below = _known_below(distance, correlation, level)
    if not len(below) or _before_first_bin(distance, below[0]):
        return np.nan
    after = below[0]
    (r0, r1), (c0, c1) = distance[after - 1 : after + 1], correlation[after - 1 : after + 1]
    return float(r0 + (c0 - level) / (c0 - c1) * (r1 - r0))


def crossing_note(distance: np.ndarray, curves: np.ndarray, level: float) -> str:
    """Why `first_crossing` finds nothing.

    Parameters
    ----------
    distance : ndarray, shape (bin,)
    curves : ndarray, shape (..., bin)
        Those that are NaN everywhere count for nothing.
    level : float

    Returns
    -------
    str
        Empty where every curve has its crossing; with their number where some have.
    """
    found, count = [], 0
    for curve in np.reshape(curves, (-1, len(distance))):
        places, _, below = _known_below(distance, curve, level)
        if not len(places):
            continue
        count += 1
        if not len(below):
            found.append(f"not reached within {places[-1]:g}")
        elif _before_first_bin(places, below[0]):
            found.append(f"shorter than the first bin ({places[1 if places[0] == 0 else 0]:g})")
    reasons = dict.fromkeys(found)
    if len(reasons) <= 1 and len(found) == count:
        return next(iter(reasons), "")
    return "; ".join(f"{found.count(reason)} of {count} {reason}" for reason in reasons)


def _known_below(
    distance: np.ndarray, correlation: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is known of a function, and where it is not above a level."""
    known = np.isfinite(correlation)
    return distance[known], correlation[known], np.flatnonzero(correlation[known] <= level)


def _before_first_bin(distance: np.ndarray, after: int) -> bool:
    """Whether nothing but r = 0, where a correlation function is 1 by definition, lies before a place."""
    return after == 0 or (after == 1 and distance[0] == 0)
