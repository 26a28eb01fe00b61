"""Structures moved by the symmetries of the periodic square or cube, and their particles matched with those of others.

A field that is carried over to another structure in this way keeps its values and its spatial correlations, and knows
nothing of where the particles of that structure move.
"""

from itertools import permutations, product

import numpy as np

from glassmap.box import Box

FEW = 128  # particles whose distances are compared all with all, which is faster than trees


def point_group(dimension: int) -> np.ndarray:
    """Rotations by right angles, with and without reflection, shape (8, 2, 2) or (48, 3, 3)."""
    identity = np.eye(dimension, dtype=int)
    return np.array([
        np.array(signs)[:, None] * identity[list(order)]
        for order in permutations(range(dimension)) for signs in product((1, -1), repeat=dimension)
    ])  # fmt: skip


def moved(positions: np.ndarray, box: Box, random: np.random.Generator) -> np.ndarray:
    """Positions after a random rotation, reflection and translation, shape (n, d); the box is a square or a cube."""
    group = point_group(box.dimension)
    shift = random.random(box.dimension) * box.lengths
    return box.wrap(positions @ group[random.integers(len(group))].T + shift)


def matched(positions: np.ndarray, others: np.ndarray, box: Box) -> np.ndarray:
    """A partner close by for every particle, each of the others once.

    Pairs of which both are the nearest to each other are taken, then those among the rest, and so on. So a field of the
    others that is read off at the partners has the same values as before.

    Parameters
    ----------
    positions, others : ndarray, shape (n, d)
    box : Box

    Returns
    -------
    ndarray of int, shape (n,)
        Indices of the others.

    Notes
    -----
    Of order n log n: a third of the particles or more finds its partner in each round.

    Examples
    --------
    The same particles in another order.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.moved_structures import matched
    >>> positions = 5 * np.random.default_rng(0).random((25, 2))
    >>> order = np.random.default_rng(1).permutation(25)
    >>> bool((matched(positions, positions[order], Box.cube(5.0, 2))[order] == np.arange(25)).all())
    True
    """
    from scipy.spatial import cKDTree  # slow to load; the Snakefile imports this module

    positions, others = box.wrap(positions), box.wrap(others)
    partner = np.empty(len(positions), dtype=np.int64)
    left, free = np.arange(len(positions)), np.arange(len(others))
    while len(left) > FEW:
        of_left = cKDTree(others[free], boxsize=box.lengths).query(positions[left])[1]
        of_free = cKDTree(positions[left], boxsize=box.lengths).query(others[free])[1]
        mutual = np.flatnonzero(of_free[of_left] == np.arange(len(left)))
        if not len(mutual):  # equal distances all round, as in a crystal
            partner[left] = free
            return partner
        partner[left[mutual]] = free[of_left[mutual]]
        left, free = np.delete(left, mutual), np.delete(free, of_left[mutual])
    difference = others[None, free] - positions[left, None]
    difference -= box.lengths * np.rint(difference / box.lengths)
    distance = (difference**2).sum(axis=-1)
    while len(left):  # the shortest distance left is mutual
        of_left, of_free = distance.argmin(axis=1), distance.argmin(axis=0)
        paired = of_free[of_left] == np.arange(len(left))
        partner[left[paired]] = free[of_left[paired]]
        rest = np.ones(len(free), dtype=bool)
        rest[of_left[paired]] = False
        left, free, distance = left[~paired], free[rest], distance[np.ix_(~paired, rest)]
    return partner
