"""Coarse-graining and normalisation of particle fields.

Frontiers, Eq. 7 and Sec. 3.6; v2 supplement, Eq. S6.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from glassmap.box import Box
from glassmap.statistics import is_constant

ALL_PAIRS_CUTOFF = 0.4  # L: such a disc covers half the box, and a pair search costs more than using all pairs
KEPT_PAIRS = 1 << 22  # whose weights are kept for further fields; with more, every call searches the pairs again
SMALL_BLOCK = 64  # points per cell, processed at once: few enough to have most of their neighbours in common
ROWS = 256  # particles whose distances to all others are in memory at once


def gaussian(r: np.ndarray) -> np.ndarray:
    """exp(-r^2), r in units of xi (Frontiers)."""
    return np.exp(-(r**2))


def exponential(r: np.ndarray) -> np.ndarray:
    """exp(-r), r in units of xi (v2)."""
    return np.exp(-r)


@dataclass(frozen=True)
class Kernel:
    """Weight function P(r) of Eq. 7.

    Attributes
    ----------
    weight : callable
        Function of r / xi.
    cutoff : float
        P is 0 beyond ``cutoff * xi``; may be infinite.
    """

    weight: Callable[[np.ndarray], np.ndarray]
    cutoff: float


def smoother(positions: np.ndarray, box_length: float, xi: float, kernel: Kernel) -> Callable[[np.ndarray], np.ndarray]:
    """Coarse-graining operator of one configuration, for any number of fields.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box_length : float
        Side of the periodic square or cube.
    xi : float
        Coarse-graining length, in the units of the positions; 0 leaves fields unchanged (bare).
    kernel : Kernel
        Evaluated at minimum-image distances.

    Returns
    -------
    callable
        Maps fields, shape (..., N), to their weighted means around each particle, itself included (Frontiers,
        Eq. 7), same shape.

    Notes
    -----
    Linear in N for a cutoff below `ALL_PAIRS_CUTOFF` of the box. Above it (v2's kernel has no cutoff) at least half of
    all pairs contribute and the cost is of order N^2. Memory is bounded in all cases; beyond `KEPT_PAIRS` pairs are
    processed in blocks, anew in each call, so that many fields are best handed over in one.
    """
    if xi == 0:
        return lambda values: np.asarray(values, dtype=float)
    if not np.isfinite(xi):
        return lambda values: np.full(np.shape(values), np.nan)
    cutoff, box = kernel.cutoff * xi, Box.cube(box_length, positions.shape[-1])
    if cutoff >= ALL_PAIRS_CUTOFF * box_length:
        wrapped = box.wrap(positions)
        return lambda values: _all_pairs(values, wrapped, wrapped, box, xi, kernel)
    number = len(positions)
    if number * box.expected_neighbours(number, cutoff) > 2 * KEPT_PAIRS:
        return lambda values: coarse_grain_at(values, positions, positions, box_length, xi, kernel)
    # spatially sorted, so that the cost stays linear in N when the data outgrow the CPU cache
    order = cKDTree(box.wrap(positions), boxsize=box.lengths).indices
    i, j, distance = box.pairs_within(positions[order], cutoff)
    pairs = coo_array((kernel.weight(distance / xi), (i, j)), shape=(number, number))
    pairs.has_canonical_format = True  # pairs are unique; checking for duplicates would dominate the cost
    half = pairs.tocsr()

    def weighted_sum(columns: np.ndarray) -> np.ndarray:
        # each pair contributes to both particles, and P(0) = 1 is the particle itself
        return half @ columns + half.T @ columns + columns

    denominator = weighted_sum(np.ones((number, 1)))

    def smooth(values: np.ndarray) -> np.ndarray:
        columns = np.reshape(values, (-1, number)).T
        means = np.empty(columns.shape)
        means[order] = weighted_sum(columns[order]) / denominator
        return means.T.reshape(np.shape(values))

    return smooth


def coarse_grain(values: np.ndarray, positions: np.ndarray, box_length: float, xi: float, kernel: Kernel) -> np.ndarray:
    r"""Weighted mean of fields around each particle, itself included (Frontiers, Eq. 7).

    Parameters
    ----------
    values : ndarray, shape (..., N)
        One field, or several on the same positions.
    positions, box_length, xi, kernel
        As in `smoother`.

    Returns
    -------
    ndarray, same shape as ``values``

    Notes
    -----
    .. math:: \bar X_i = \frac{\sum_j X_j\,P(r_{ij})}{\sum_j P(r_{ij})}

    Examples
    --------
    A constant stays what it is; noise loses most of its variance.

    >>> import numpy as np
    >>> from glassmap.structure.coarse_graining import Kernel, coarse_grain, gaussian
    >>> random = np.random.default_rng(0)
    >>> positions = 20 * random.random((400, 2))
    >>> fields = np.stack([np.full(400, 3.0), random.standard_normal(400)])
    >>> coarse = coarse_grain(fields, positions, box_length=20.0, xi=2.0, kernel=Kernel(gaussian, 2.0))
    >>> bool(np.allclose(coarse[0], 3.0)), bool(coarse[1].std() < 0.3)
    (True, True)
    """
    return smoother(positions, box_length, xi, kernel)(values)


def coarse_grain_at(
    values: np.ndarray, positions: np.ndarray, points: np.ndarray, box_length: float, xi: float, kernel: Kernel
) -> np.ndarray:
    """Coarse-grained fields at arbitrary points: the mean of Eq. 7 around each point.

    Parameters
    ----------
    values : ndarray, shape (..., N)
        One field, or several on the same positions.
    positions : ndarray, shape (N, d)
    points : ndarray, shape (M, d)
    box_length, xi, kernel
        As in `smoother`.

    Returns
    -------
    ndarray, shape (..., M)
        Agrees with `coarse_grain` at the particles. The value of the nearest particle if xi is 0 (bare) or no
        particle is within the kernel's cutoff.

    Examples
    --------
    Halfway between two particles of equal weight the field is their mean.

    >>> import numpy as np
    >>> from glassmap.structure.coarse_graining import Kernel, coarse_grain_at, gaussian
    >>> positions, kernel = np.array([[1.0, 1.0], [2.0, 1.0]]), Kernel(gaussian, 2.0)
    >>> points = np.array([[1.5, 1.0]])
    >>> coarse_grain_at(np.array([0.0, 4.0]), positions, points, box_length=10.0, xi=1.0, kernel=kernel)
    array([2.])
    """
    box = Box.cube(box_length, positions.shape[-1])
    wrapped, points = box.wrap(positions), box.wrap(points)
    tree, cutoff = cKDTree(wrapped, boxsize=box.lengths), kernel.cutoff * xi
    if xi == 0:
        return np.asarray(values, dtype=float)[..., tree.query(points)[1]]
    if cutoff >= ALL_PAIRS_CUTOFF * box_length:
        return _all_pairs(values, points, wrapped, box, xi, kernel)
    columns = np.reshape(values, (-1, len(wrapped))).T[tree.indices]  # in spatial order, for the CPU cache
    wrapped = wrapped[tree.indices]
    tree = cKDTree(wrapped, boxsize=box.lengths)
    result = np.empty((len(points), columns.shape[1]))
    # square cells; successive particles of a k-d tree may be far apart, and all between them would be taken along
    edge = max(1, int((len(points) / SMALL_BLOCK) ** (1 / box.dimension)))
    cell = np.minimum((points * (edge / box_length)).astype(int), edge - 1) @ edge ** np.arange(box.dimension)
    order = np.argsort(cell, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
        block = points[rows]
        centre = (block.min(axis=0) + block.max(axis=0)) / 2
        reach = cutoff + np.linalg.norm(block - centre, axis=1).max()
        if reach < box_length / 2:
            near = np.array(tree.query_ball_point(centre, reach), dtype=int)
            # seen from the centre all are at their nearest images, so that plain distances are right
            distance = cdist(block - centre, box.minimum_image(wrapped[near] - centre))
        else:
            near, distance = slice(None), box.distances(block, wrapped)
        weight = np.where(distance <= cutoff, kernel.weight(distance / xi), 0.0)
        total = weight.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            result[rows] = weight @ columns[near] / total
        isolated = np.flatnonzero(total == 0)
        result[rows[isolated]] = columns[tree.query(block[isolated])[1]]
    return result.T.reshape(*np.shape(values)[:-1], len(points))


def _all_pairs(
    values: np.ndarray, points: np.ndarray, wrapped: np.ndarray, box: Box, xi: float, kernel: Kernel
) -> np.ndarray:
    """Coarse-graining at points over all particles, in blocks of points."""
    fields = np.reshape(values, (-1, len(wrapped)))
    result = np.empty((len(fields), len(points)))
    for start in range(0, len(points), ROWS):
        rows = slice(start, start + ROWS)
        distance = box.distances(points[rows], wrapped)
        weight = np.where(distance <= kernel.cutoff * xi, kernel.weight(distance / xi), 0.0)
        result[:, rows] = fields @ weight.T / weight.sum(axis=1)
    return result.reshape(*np.shape(values)[:-1], len(points))


def normalise(values: np.ndarray) -> np.ndarray:
    """Min-max normalisation of fields, shape (..., N), to [0, 1] over the particles of each (Frontiers, Sec. 3.6).

    NaN for a constant field (a dead map), which cannot be normalised.

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.structure.coarse_graining import normalise
    >>> normalise(np.array([1.0, 2.0, 5.0]))
    array([0.  , 0.25, 1.  ])
    """
    shifted = values - values.min(axis=-1, keepdims=True)
    largest = shifted.max(axis=-1, keepdims=True)
    varies = ~is_constant(values)[..., None]
    return np.divide(shifted, largest, out=np.full_like(shifted, np.nan), where=varies)
