"""Voronoi cells and bonds of one configuration, computed by freud; of large configurations tile by tile.

freud keeps every cell, 4 to 7 kB per particle with what it needs on the way. Beyond `LARGEST` particles, tiles of the
configuration are tessellated one after the other, each with the particles around it, and a cell is used only if no
other particle can belong to it: no particle is inside a circle around a vertex of the cell through the cell's particle
(in three dimensions, a sphere), the empty-circle property of the Delaunay triangulation.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from glassmap.box import Box

LARGEST = 20_000  # particles tessellated at once
HALO = 3.0  # width of what is tessellated around a tile, in particle spacings of the tile
NEAREST = {2: 32, 3: 64}  # particles around one at a large hole that its tessellation begins with, by dimension


class Cells(NamedTuple):
    """Voronoi cells of N particles.

    Attributes
    ----------
    volume : ndarray, shape (N,)
        Areas in two dimensions, volumes in three.
    bonds : freud.locality.NeighborList
        Pairs of particles with a common edge or face, in both directions, and its length or area as weight.
    """

    volume: np.ndarray
    bonds: object


class _Part(NamedTuple):
    """Cells of some particles, given by their numbers, and the bonds of these."""

    particle: np.ndarray
    volume: np.ndarray
    centre: np.ndarray
    neighbour: np.ndarray
    vector: np.ndarray
    weight: np.ndarray

    def of(self, chosen: np.ndarray) -> "_Part":
        """The cells of some of the particles."""
        of_bond, of_cell = (np.isin(numbers, chosen) for numbers in (self.centre, self.particle))
        return _Part(*(values[of_cell] for values in self[:2]), *(values[of_bond] for values in self[2:]))


def voronoi_cells(positions: np.ndarray, box: Box) -> Cells:
    """Voronoi cells of the particles of a periodic box.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box : Box

    Returns
    -------
    Cells
        Cached for the most recent configuration.
    """
    return _voronoi_cells(np.ascontiguousarray(positions, dtype=float).tobytes(), box)


@lru_cache(maxsize=1)
def _voronoi_cells(positions: bytes, box: Box) -> Cells:
    points = np.frombuffer(positions).reshape(-1, box.dimension)
    if len(points) > LARGEST:
        return _tiled(box.wrap(points), box)
    import freud  # slow to load, and most jobs that import the indicators need no cells

    voronoi = freud.locality.Voronoi().compute(box.freud_system(points))
    return Cells(np.array(voronoi.volumes, dtype=float), voronoi.nlist)


def _tiled(points: np.ndarray, box: Box) -> Cells:
    """`voronoi_cells` of a large configuration, wrapped into the box."""
    import freud
    from scipy.spatial import cKDTree

    tree = cKDTree(points, boxsize=box.lengths)
    parts, unfinished = [], []
    for tile in _leaves(tree.tree):
        cells, is_right = _tile(np.sort(tile), points, box, tree)
        parts.append(cells.of(cells.particle[is_right]))
        unfinished.append(cells.particle[~is_right])
    rest = np.concatenate(unfinished)
    for start in range(0, len(rest), LARGEST):
        parts.append(_at_holes(np.sort(rest[start : start + LARGEST]), points, box, tree))
    volume = np.empty(len(points))
    for part in parts:
        volume[part.particle] = part.volume
    of_bonds = [list(values) for values in zip(*(part[2:] for part in parts), strict=True)]
    parts.clear()
    order = np.argsort(np.concatenate(of_bonds[0]), kind="stable")
    # one after the other, and the pieces of each let go: in three dimensions they are 400 MB at a million particles
    arrays = [np.concatenate(of_bonds.pop(0))[order] for _ in range(len(of_bonds))]
    del order
    return Cells(volume, freud.locality.NeighborList.from_arrays(len(points), len(points), *arrays))


def _leaves(node) -> Iterator[np.ndarray]:
    """Particles of the largest nodes of a k-d tree that can be tessellated at once."""
    if node.children <= LARGEST:
        yield node.indices
    else:
        yield from _leaves(node.lesser)
        yield from _leaves(node.greater)


def _tile(tile: np.ndarray, points: np.ndarray, box: Box, tree) -> tuple[_Part, np.ndarray]:
    """Cells of the particles of a tile, and whether each is known to be right."""
    lowest, highest = points[tile].min(axis=0), points[tile].max(axis=0)
    middle, size = (lowest + highest) / 2, highest - lowest
    spacing = size.max() / len(tile) ** (1 / box.dimension)
    reach = size / 2 + HALO * spacing
    around = np.sort(tree.query_ball_point(middle, reach.max(), p=np.inf))
    from_middle = box.minimum_image(points[around] - middle)
    known = (np.abs(from_middle) <= reach).all(axis=1)
    whole = 2 * reach >= box.lengths
    # periodic with the box where it reaches all round it; else what enters from the other side is no particle
    period = Box(tuple(np.where(whole, box.lengths, 2 * reach + spacing)))
    cells, vertex, radius, owner = _cells_among(tile, around[known], from_middle[known], period)
    inside = (np.abs(vertex) + radius[:, None] <= np.where(whole, np.inf, reach)).all(axis=1)
    return cells, np.bincount(owner, ~inside, len(tile)) == 0


def _at_holes(particles: np.ndarray, points: np.ndarray, box: Box, tree) -> _Part:
    """Cells of particles whose neighbours may be far away: adds particles until every circle is empty."""
    middle, rounding = np.array(box.lengths) / 2, 4 * float(np.spacing(np.float32(max(box.lengths))))
    known = np.union1d(particles, tree.query(points[particles], k=NEAREST[box.dimension])[1])
    while True:
        cells, vertex, radius, _ = _cells_among(particles, known, points[known] - middle, box)
        distance, nearest = tree.query(box.wrap(vertex + middle))
        missing = np.setdiff1d(nearest[distance < radius - rounding], known)
        if not len(missing):
            return cells
        known = np.union1d(known, missing)


def _cells_among(
    particles: np.ndarray, known: np.ndarray, positions: np.ndarray, box: Box
) -> tuple[_Part, np.ndarray, np.ndarray, np.ndarray]:
    """Cells of some of the known particles among these, in a box around the origin.

    Returns
    -------
    cells : _Part
    vertex : ndarray, shape (V, d)
        Vertices of the cells.
    radius : ndarray, shape (V,)
        Their distances from their particles.
    owner : ndarray of int, shape (V,)
        Place of the particle of each in ``particles``.
    """
    import freud

    in_box, points = box.freud_system(positions + np.array(box.lengths) / 2)
    voronoi = freud.locality.Voronoi().compute((in_box, points))
    own = np.isin(known, particles)
    corners = [polytope for polytope, is_own in zip(voronoi.polytopes, own, strict=True) if is_own]
    owner = np.repeat(np.arange(len(particles)), [len(polytope) for polytope in corners])
    vertex = np.concatenate(corners)
    radius = np.linalg.norm(vertex - points[own][owner], axis=1)
    bonds = voronoi.nlist
    chosen, number = own[bonds.query_point_indices], known.astype(np.uint32)
    cells = _Part(
        particles,
        voronoi.volumes[own],
        number[bonds.query_point_indices[chosen]],
        number[bonds.point_indices[chosen]],
        bonds.vectors[chosen],
        bonds.weights[chosen],
    )
    return cells, vertex[:, : box.dimension], radius, owner
