"""Geometry of the periodic box: minimum images, pairs, conversion to freud."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from glassmap.errors import GlassmapError

BLOCK = 1 << 15  # pairs whose distances are computed at once, sized to fit the CPU cache
PAIRS = 1 << 20  # pairs in memory at once, about 100 bytes each with what is computed from them
UNIT_BALL = {2: np.pi, 3: 4 * np.pi / 3}  # volume of the unit ball, by dimension


@dataclass(frozen=True)
class Box:
    """A periodic box with orthogonal edges, [0, L_x) x [0, L_y) or [0, L_x) x [0, L_y) x [0, L_z).

    Attributes
    ----------
    lengths : tuple of float
        Edge lengths, two or three, sigma*.

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> box = Box((10.0, 8.0))
    >>> box.minimum_image(np.array([9.0, 3.0])), box.wrap(np.array([-1.0, 9.0]))
    (array([-1.,  3.]), array([9., 1.]))
    """

    lengths: tuple[float, ...]

    @classmethod
    def cube(cls, length: float, dimension: int) -> "Box":
        """A square or cube of side ``length``."""
        return cls((float(length),) * dimension)

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return len(self.lengths)

    @property
    def volume(self) -> float:
        """Area or volume, sigma*^d."""
        return math.prod(self.lengths)

    @property
    def shortest(self) -> float:
        """Length of the shortest edge, sigma*."""
        return min(self.lengths)

    def wrap(self, positions: np.ndarray) -> np.ndarray:
        """Positions, shape (..., d), wrapped into the box."""
        wrapped = np.mod(positions, self.lengths)
        # np.mod rounds tiny negative numbers up to L itself
        return np.where(wrapped >= self.lengths, 0.0, wrapped)

    def minimum_image(self, displacements: np.ndarray) -> np.ndarray:
        """Displacements, shape (..., d), folded into [-L/2, L/2]."""
        return _nearest(displacements, np.array(self.lengths))

    def distances(self, points: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Minimum-image distances of points, shape (M, d), from others, shape (N, d): shape (M, N)."""
        axes = enumerate(self.lengths)
        # axis by axis: ten times faster than with whole vectors
        return reduce(np.hypot, (_nearest(points[:, None, axis] - others[:, axis], length) for axis, length in axes))

    def pairs_within(self, positions: np.ndarray, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All pairs i < j at minimum-image distance up to ``cutoff``.

        Parameters
        ----------
        positions : ndarray, shape (N, d)
        cutoff : float
            In the units of the positions; may exceed L/2 (each pair counts once, at its minimum image).

        Returns
        -------
        i, j : ndarray of int, shape (P,)
        distance : ndarray, shape (P,)

        Notes
        -----
        A periodic k-d tree; cost linear in N at fixed cutoff. Beyond L/2 the number of pairs is of
        order N^2.
        """
        from scipy.spatial import cKDTree  # slow to load; the Snakefile imports this module but needs no pairs

        wrapped = self.wrap(positions)
        if cutoff < self.shortest / 2:
            tree = cKDTree(wrapped, boxsize=self.lengths)
            i, j = np.ascontiguousarray(tree.query_pairs(cutoff, output_type="ndarray").T)
        else:
            i, j = np.triu_indices(len(wrapped), k=1)
        columns, distance = np.ascontiguousarray(wrapped.T), np.empty(len(i))
        for start in range(0, len(i), BLOCK):
            part = slice(start, start + BLOCK)
            square = 0.0
            for values, length in zip(columns, self.lengths, strict=True):
                square = square + _nearest(values[i[part]] - values[j[part]], length) ** 2
            distance[part] = np.sqrt(square)
        near = distance <= cutoff
        return (i, j, distance) if near.all() else (i[near], j[near], distance[near])

    def pairs_in_blocks(self, positions: np.ndarray, cutoff: float) -> Iterator[tuple[np.ndarray, ...]]:
        """The pairs of `pairs_within`, about `PAIRS` at a time: any number of particles in bounded memory.

        Parameters
        ----------
        positions, cutoff
            As in `pairs_within`.

        Yields
        ------
        i, j, distance : ndarray
            As from `pairs_within`; a single block if there are few.
        """
        from scipy.spatial import cKDTree

        number = len(positions)
        neighbours = self.expected_neighbours(number, cutoff)
        if number * neighbours <= PAIRS:
            yield self.pairs_within(positions, cutoff)
            return
        wrapped = self.wrap(positions)
        tree = cKDTree(wrapped, boxsize=self.lengths)
        rows = 1 + int(PAIRS / neighbours)
        for start in range(0, number, rows):
            block = tree.indices[start : start + rows]  # particles close together
            near = cKDTree(wrapped[block], boxsize=self.lengths)
            found = near.sparse_distance_matrix(tree, cutoff, output_type="ndarray")
            i, j = block[found["i"]], found["j"]
            once = i < j
            yield i[once], j[once], found["v"][once]

    def expected_neighbours(self, number: int, cutoff: float) -> float:
        """Mean number of particles within ``cutoff`` of one of ``number`` particles spread evenly over the box."""
        return (number - 1) * min(1.0, UNIT_BALL[self.dimension] * cutoff**self.dimension / self.volume)

    def freud_system(self, positions: np.ndarray) -> tuple:
        """The box and positions, shape (N, d), for freud: a box centred on the origin and positions of shape (N, 3)."""
        import freud  # slow to load

        points = np.zeros((len(positions), 3))
        points[:, : self.dimension] = self.wrap(positions) - np.array(self.lengths) / 2
        return freud.box.Box(*self.lengths), points

    def require_plane(self, what: str) -> None:
        """Reject three-dimensional boxes, for quantities defined in two dimensions only.

        Raises
        ------
        GlassmapError
            If the box is not two-dimensional.
        """
        if self.dimension != 2:
            raise GlassmapError(f"{what}: defined in 2 dimensions, got a box of {self.dimension}")


def _nearest(displacements: np.ndarray, length: float | np.ndarray) -> np.ndarray:
    return displacements - length * np.round(displacements / length)
