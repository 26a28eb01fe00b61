"""Voronoi tessellation of the periodic box and bond-orientational order, computed by freud."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from glassmap.box import Box
from glassmap.structure.cells import voronoi_cells


@dataclass(frozen=True)
class Tessellation:
    """Voronoi cells of one configuration.

    Attributes
    ----------
    volume : ndarray, shape (N,)
        Areas of the cells in two dimensions, volumes in three, in length^d.
    centre, neighbour : ndarray of int, shape (B,)
        Pairs of particles that share an edge (in three dimensions, a face), in both directions, sorted by ``centre``.
    """

    volume: np.ndarray
    centre: np.ndarray
    neighbour: np.ndarray


def tessellate(positions: np.ndarray, box: Box) -> Tessellation:
    """Voronoi tessellation (Frontiers, Eq. 5).

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box : Box

    Returns
    -------
    Tessellation
        Cached for the most recent configuration.

    Examples
    --------
    A triangular crystal of spacing 1: six neighbours, and cells of area sqrt 3 / 2.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.voronoi import tessellate
    >>> height = np.sqrt(3) / 2
    >>> i, j = np.meshgrid(np.arange(8), np.arange(8))
    >>> crystal = np.stack([i + 0.5 * (j % 2), height * j], axis=-1).reshape(-1, 2)
    >>> cells = tessellate(crystal, Box((8.0, 8 * height)))
    >>> bool(np.allclose(cells.volume, np.sqrt(3) / 2, rtol=1e-5)), set(np.bincount(cells.centre).tolist())
    (True, {6})
    """
    return _tessellate(np.ascontiguousarray(positions, dtype=float).tobytes(), box)


def sixfold_order(positions: np.ndarray, box: Box) -> np.ndarray:
    """Bond-orientational order psi_6 of each particle.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box : Box
        A rectangle.

    Returns
    -------
    ndarray of complex, shape (N,)
        Mean of ``exp(6 i theta)`` over the bonds to the Voronoi neighbours (Nelson and Halperin 1979); its modulus is 1
        in a triangular crystal.

    Raises
    ------
    GlassmapError
        In three dimensions.

    Examples
    --------
    In a triangular crystal with rows along x all bonds are at multiples of 60 degrees, and psi_6 is 1.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.voronoi import sixfold_order
    >>> height = np.sqrt(3) / 2
    >>> i, j = np.meshgrid(np.arange(8), np.arange(8))
    >>> crystal = np.stack([i + 0.5 * (j % 2), height * j], axis=-1).reshape(-1, 2)
    >>> bool(np.allclose(sixfold_order(crystal, Box((8.0, 8 * height))), 1, atol=1e-4))
    True
    """
    import freud

    box.require_plane("psi_6")
    system = box.freud_system(positions)
    bonds = voronoi_cells(positions, box).bonds
    return np.array(freud.order.Hexatic(k=6).compute(system, neighbors=bonds).particle_order)


def coherent_order(positions: np.ndarray, box: Box, symmetries: Sequence[int]) -> np.ndarray:
    """Bond-orientational order psi_k averaged over a particle and its neighbours.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box : Box
        A rectangle.
    symmetries : sequence of int
        The values of k.

    Returns
    -------
    ndarray, shape (K, N)
        Modulus of the average of the particle's psi_k and the mean over its Voronoi neighbours, both weighted by the
        lengths of the common edges: 1 in a crystal of this symmetry, small if neighbours are ordered along other
        directions (in the spirit of Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008)).

    Raises
    ------
    GlassmapError
        In three dimensions; use `averaged_order` there.

    Examples
    --------
    A square crystal has four-fold order and no six-fold order.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.voronoi import coherent_order
    >>> crystal = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    >>> fourfold, sixfold = coherent_order(crystal, Box((8.0, 8.0)), symmetries=(4, 6))
    >>> float(fourfold.min().round(2)), float(sixfold.max().round(2))
    (1.0, 0.0)
    """
    import freud

    box.require_plane("psi_k")
    system = box.freud_system(positions)
    bonds = voronoi_cells(positions, box).bonds
    centre, edge, count = bonds.query_point_indices, bonds.weights, len(positions)
    perimeter = np.bincount(centre, edge, count)
    orders = []
    for k in symmetries:
        psi = np.array(freud.order.Hexatic(k=k, weighted=True).compute(system, neighbors=bonds).particle_order)
        neighbours = psi[bonds.point_indices] * edge
        total = np.bincount(centre, neighbours.real, count) + 1j * np.bincount(centre, neighbours.imag, count)
        orders.append(np.abs(psi + total / perimeter) / 2)
    return np.array(orders)


def averaged_order(positions: np.ndarray, box: Box) -> np.ndarray:
    """Steinhardt order q_6 averaged over a particle and its Voronoi neighbours, in three dimensions.

    Parameters
    ----------
    positions : ndarray, shape (N, 3)
    box : Box

    Returns
    -------
    ndarray, shape (N,)
        Averaged following Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008), with each neighbour weighted by the
        area of the common face (Mickel et al., J. Chem. Phys. 138, 044501 (2013)): 0.57 in fcc and bcc
        crystals.

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.voronoi import averaged_order
    >>> corners = np.stack(np.meshgrid(*[np.arange(4.0)] * 3), axis=-1).reshape(-1, 1, 3)
    >>> fcc = (corners + 0.5 * np.array([[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]])).reshape(-1, 3)
    >>> averaged_order(fcc, Box.cube(4.0, 3))[:2].round(2)
    array([0.57, 0.57])
    """
    import freud

    system = box.freud_system(positions)
    bonds = voronoi_cells(positions, box).bonds
    order = freud.order.Steinhardt(l=6, average=True, weighted=True).compute(system, neighbors=bonds)
    return np.array(order.particle_order, dtype=float)


@lru_cache(maxsize=1)
def _tessellate(positions: bytes, box: Box) -> Tessellation:
    points = np.frombuffer(positions).reshape(-1, box.dimension)
    volume, bonds = voronoi_cells(points, box)
    centre, neighbour = (np.array(index, dtype=np.int64) for index in (bonds.query_point_indices, bonds.point_indices))
    if box.dimension == 3:
        # freud 3.4 lists one (small) face in ten thousand for one of its two particles only
        number = len(points)
        pair = np.concatenate([centre * number + neighbour, neighbour * number + centre])
        del centre, neighbour  # 250 MB at a million particles
        pair.sort()
        centre, neighbour = np.divmod(pair[np.diff(pair, prepend=-1) > 0], number)
    return Tessellation(volume, centre, neighbour)
