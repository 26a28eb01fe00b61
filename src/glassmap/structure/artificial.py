"""Artificial configurations, full of n-fold symmetry or random (Swanson et al. 2020, supplement, Sec. IV and Fig. 4).

If a network knows the glass by its pentagons of A round B, it should call a configuration glass that is full of them.
The authors' networks called every one of these liquid.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit

from glassmap.box import Box
from glassmap.errors import GlassmapError

# in units of the spacing of the grid of B, which is 1/39 of the box for the published 1512 of them
JITTER = 1 / 5  # published 1/195 of the box
RADIUS = 1 / 2  # 1/78
OVERLAP = 39 / 90  # 1/90
DECORATED = 500 / 1512  # of the B
CLUSTERED = 3 / 4
NEIGHBOURS = 4  # of a B on the grid
TRIES = 1000  # batches of random places


def symmetric_configuration(symmetry: int, counts: Sequence[int], box: Box, seed: int) -> np.ndarray:
    """Particles B on a grid, a third of them, in clusters, amid rings of n particles A; all other A at random.

    B are displaced at random from a square grid. Some are given a ring of A, one after the other: each, with a
    probability of 3/4, a neighbour of one that has a ring. Of two A that overlap, or A and B, the later A is removed;
    the missing A are placed at random without overlap.

    Parameters
    ----------
    symmetry : int
        n, of the rings; 5 in Fig. 4.
    counts : (int, int)
        Particles A and B; published 2808 and 1512.
    box : Box
        A square.
    seed : int

    Returns
    -------
    ndarray, shape (N, 2)
        A first, then B, in the units of the box.

    Raises
    ------
    GlassmapError
        If the box is no square, there are not two species, n is below 2, or there is no room for all particles.

    Notes
    -----
    Published lengths are fractions of the box that fit 1512 B on a grid of 39 x 39, of which nine sites at random stay
    empty; here they scale with the grid. Overlaps are removed across the periodic edge, too. B are never
    that close to each other. There are no more rings than there are A for.

    Examples
    --------
    >>> from glassmap.box import Box
    >>> from glassmap.structure.artificial import symmetric_configuration
    >>> positions = symmetric_configuration(5, (65, 35), Box.cube(10.0, 2), seed=1)
    >>> positions.shape
    (100, 2)
    """
    if symmetry < 2:
        raise GlassmapError(f"symmetry: got {symmetry}, must be at least 2")
    number_a, number_b = _two_species(counts, box)
    rng, spacing = np.random.default_rng(seed), _spacing(number_b, box)
    cells = round(box.shortest / spacing)
    sites = np.sort(rng.choice(cells**2, number_b, replace=False))
    grid = (np.stack(np.divmod(sites, cells), axis=-1) + 0.5) * spacing
    b = box.wrap(grid + rng.uniform(-JITTER, JITTER, grid.shape) * spacing)
    number = min(round(DECORATED * number_b), number_a // symmetry)
    centres = _clusters(b, box, number, rng)
    angle = rng.uniform(-2 * np.pi, 2 * np.pi, (number, 1)) + 2 * np.pi * np.arange(symmetry) / symmetry
    ring = b[centres][:, None] + RADIUS * spacing * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    placed = np.concatenate([b, box.wrap(ring.reshape(-1, 2))])
    kept = _without_overlap(placed, box, OVERLAP * spacing)
    a = placed[number_b:][kept[number_b:]]
    both = _fill(np.concatenate([b, a]), number_a + number_b, box, OVERLAP * spacing, rng)
    return np.concatenate([both[number_b:], b])


def random_configuration(counts: Sequence[int], box: Box, seed: int) -> np.ndarray:
    """Particles at random, none closer to another than in `symmetric_configuration`.

    Parameters
    ----------
    counts, box, seed
        As there.

    Returns
    -------
    ndarray, shape (N, 2)
        A first, then B.

    Raises
    ------
    GlassmapError
        If the box is no square, there are not two species, or there is no room for all particles.
    """
    number_a, number_b = _two_species(counts, box)
    rng, overlap = np.random.default_rng(seed), OVERLAP * _spacing(number_b, box)
    return _fill(np.empty((0, 2)), number_a + number_b, box, overlap, rng)


def _two_species(counts: Sequence[int], box: Box) -> tuple[int, int]:
    box.require_plane("artificial configurations")
    if box.lengths[0] != box.lengths[1]:
        raise GlassmapError(f"artificial configurations: the box must be a square, got {box.lengths}")
    if len(counts) != 2 or min(counts) < 1:
        raise GlassmapError(f"artificial configurations: counts of A and B, got {list(counts)}")
    return int(counts[0]), int(counts[1])


def _spacing(number: int, box: Box) -> float:
    """Of the smallest square grid that has a site for each."""
    return box.shortest / np.ceil(np.sqrt(number))


def _clusters(positions: np.ndarray, box: Box, number: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of particles, shape (number,), chosen one by one, mostly next to a former one."""
    from scipy.spatial import cKDTree

    nearest = min(NEIGHBOURS + 1, len(positions))
    _, neighbours = cKDTree(positions, boxsize=box.lengths).query(positions, nearest)
    return _grow(neighbours.reshape(len(positions), -1), number, rng.random((number, 2)))


@njit(cache=True)
def _grow(neighbours, number, uniform):
    """Choose by two random numbers each: whether next to a former one, and which of the particles that are free."""
    total = len(neighbours)
    chosen = np.empty(number, dtype=np.int64)
    # two lists, of all free particles and of those next to a chosen one, with the place of each particle in them
    lists, counts = np.empty((2, total), dtype=np.int64), np.array([total, 0])
    places = np.full((2, total), -1)
    lists[0] = places[0] = np.arange(total)
    taken = np.zeros(total, dtype=np.bool_)
    for step in range(number):
        which = 1 if counts[1] > 0 and uniform[step, 0] < CLUSTERED else 0
        particle = lists[which, int(uniform[step, 1] * counts[which])]
        chosen[step], taken[particle] = particle, True
        for which in range(2):
            if places[which, particle] >= 0:  # the last of the list takes its place
                counts[which] -= 1
                last = lists[which, counts[which]]
                lists[which, places[which, particle]], places[which, last] = last, places[which, particle]
                places[which, particle] = -1
        for neighbour in neighbours[particle]:
            if not taken[neighbour] and places[1, neighbour] < 0:
                lists[1, counts[1]], places[1, neighbour] = neighbour, counts[1]
                counts[1] += 1
    return chosen


def _without_overlap(positions: np.ndarray, box: Box, distance: float) -> np.ndarray:
    """Whether particles, taken in order, are no closer to a kept former one than a distance."""
    first, second, _ = box.pairs_within(positions, distance)
    order = np.argsort(second, kind="stable")
    return _keep(first[order], second[order], len(positions))


@njit(cache=True)
def _keep(first, second, number):
    kept = np.ones(number, dtype=np.bool_)
    for pair in range(len(first)):
        if kept[first[pair]]:
            kept[second[pair]] = False
    return kept


def _fill(positions: np.ndarray, number: int, box: Box, distance: float, rng: np.random.Generator) -> np.ndarray:
    """Add particles at random places without overlap, in batches, until there are so many."""
    for _ in range(TRIES):
        if len(positions) >= number:
            return positions
        trial = np.concatenate([positions, box.wrap(rng.random((number, 2)) * box.lengths)])
        positions = trial[_without_overlap(trial, box, distance)][:number]
    raise GlassmapError(
        f"artificial configurations: no room for {number} particles no closer than {distance:.3g}, "
        f"after {len(positions)} of them"
    )
