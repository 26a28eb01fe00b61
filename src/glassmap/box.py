"""Geometry of the periodic square [0, L)^2."""

import numpy as np
from scipy.spatial import cKDTree

BLOCK = 1 << 15  # pairs whose distances are computed at a time, in the processor's cache


def wrap(positions: np.ndarray, box_length: float) -> np.ndarray:
    """Positions wrapped into [0, L); any shape, same units as ``box_length``."""
    wrapped = np.mod(positions, box_length)
    # np.mod rounds tiny negative numbers up to L itself
    return np.where(wrapped >= box_length, 0.0, wrapped)


def minimum_image(displacements: np.ndarray, box_length: float) -> np.ndarray:
    """Displacements folded into [-L/2, L/2]; any shape."""
    return displacements - box_length * np.round(displacements / box_length)


def points_of_freud(positions: np.ndarray, box_length: float) -> np.ndarray:
    """Positions, shape (N, 2), as freud takes them: shape (N, 3), in a box centred on the origin."""
    points = np.zeros((len(positions), 3))
    points[:, :2] = wrap(positions, box_length) - box_length / 2
    return points


def pairs_within(positions: np.ndarray, box_length: float, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs i < j at minimum-image distance up to ``cutoff``.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box_length : float
    cutoff : float
        In units of the positions; may exceed L/2 (every pair counts once, at its nearest image).

    Returns
    -------
    i, j : ndarray of int, shape (P,)
    distance : ndarray, shape (P,)

    Notes
    -----
    A k-d tree on the torus; cost linear in N at fixed cutoff. Beyond L/2 the number of pairs is of
    order N^2 whatever one does.
    """
    wrapped = wrap(positions, box_length)
    if cutoff < box_length / 2:
        tree = cKDTree(wrapped, boxsize=box_length)
        i, j = np.ascontiguousarray(tree.query_pairs(cutoff, output_type="ndarray").T)
    else:
        i, j = np.triu_indices(len(wrapped), k=1)
    columns, distance = np.ascontiguousarray(wrapped.T), np.empty(len(i))
    for start in range(0, len(i), BLOCK):
        part = slice(start, start + BLOCK)
        x, y = (minimum_image(values[i[part]] - values[j[part]], box_length) for values in columns)
        distance[part] = np.sqrt(x**2 + y**2)
    near = distance <= cutoff
    return (i, j, distance) if near.all() else (i[near], j[near], distance[near])
