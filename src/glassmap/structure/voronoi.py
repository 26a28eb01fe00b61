"""Voronoi tessellation of the periodic box, and bond order of the neighbours, by freud."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from glassmap.box import Box


@dataclass(frozen=True)
class Tessellation:
    """Voronoi cells of one configuration.

    Attributes
    ----------
    volume : ndarray, shape (N,)
        Areas of the cells in two dimensions, volumes in three, in units of length^d.
    centre, neighbour : ndarray of int, shape (B,)
        Particles that share an edge (in three dimensions a face), every pair in both directions, sorted by ``centre``.
    """

    volume: np.ndarray
    centre: np.ndarray
    neighbour: np.ndarray


def tessellate(positions: np.ndarray, box: Box) -> Tessellation:
    """Tessellate (Frontiers, Eq. 5).

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box : Box

    Returns
    -------
    Tessellation
        Of the last configuration asked for, when it is asked for again.
    """
    return _tessellate(np.ascontiguousarray(positions, dtype=float).tobytes(), box)


def sixfold_order(positions: np.ndarray, box: Box) -> np.ndarray:
    """Bond-orientational order psi_6 of each particle, by freud.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box : Box
        A rectangle.

    Returns
    -------
    ndarray of complex, shape (N,)
        Mean of ``exp(6 i theta)`` over the bonds to the Voronoi neighbours (Nelson and Halperin 1979); of modulus 1 in
        a triangular crystal.

    Raises
    ------
    GlassmapError
        In three dimensions.
    """
    import freud

    box.require_plane("psi_6")
    system = box.freud_system(positions)
    voronoi = freud.locality.Voronoi().compute(system)
    return np.array(freud.order.Hexatic(k=6).compute(system, neighbors=voronoi.nlist).particle_order)


def coherent_order(positions: np.ndarray, box: Box, symmetries: Sequence[int]) -> np.ndarray:
    """Bond-orientational order that a particle shares with its neighbours, by freud.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box : Box
        A rectangle.
    symmetries : sequence of int
        k of each psi_k.

    Returns
    -------
    ndarray, shape (K, N)
        Modulus of the mean of psi_k of the particle and of that of its Voronoi neighbours, both weighted by the lengths
        of the common edges: 1 in a crystal of this symmetry, small where neighbours are ordered in other directions
        (in the spirit of Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008)).

    Raises
    ------
    GlassmapError
        In three dimensions, where `averaged_order` is what to ask for.
    """
    import freud

    box.require_plane("psi_k")
    system = box.freud_system(positions)
    bonds = freud.locality.Voronoi().compute(system).nlist
    centre, edge, count = bonds.query_point_indices, bonds.weights, len(positions)
    perimeter = np.bincount(centre, edge, count)
    found = []
    for k in symmetries:
        psi = np.array(freud.order.Hexatic(k=k, weighted=True).compute(system, neighbors=bonds).particle_order)
        around = psi[bonds.point_indices] * edge
        total = np.bincount(centre, around.real, count) + 1j * np.bincount(centre, around.imag, count)
        found.append(np.abs(psi + total / perimeter) / 2)
    return np.array(found)


def averaged_order(positions: np.ndarray, box: Box) -> np.ndarray:
    """Steinhardt order q_6, averaged over a particle and its Voronoi neighbours, in three dimensions, by freud.

    Parameters
    ----------
    positions : ndarray, shape (N, 3)
    box : Box

    Returns
    -------
    ndarray, shape (N,)
        Averaged as by Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008), each neighbour weighted by the area of
        the common face (Mickel et al., J. Chem. Phys. 138, 044501 (2013)): 0.57 in fcc and in bcc
        crystals.
    """
    import freud

    system = box.freud_system(positions)
    bonds = freud.locality.Voronoi().compute(system).nlist
    order = freud.order.Steinhardt(l=6, average=True, weighted=True).compute(system, neighbors=bonds)
    return np.array(order.particle_order, dtype=float)


@lru_cache(maxsize=1)
def _tessellate(positions: bytes, box: Box) -> Tessellation:
    import freud  # slow to load, and most jobs that know of indicators need no cells

    voronoi = freud.locality.Voronoi()
    voronoi.compute(box.freud_system(np.frombuffer(positions).reshape(-1, box.dimension)))
    centre, neighbour = (
        np.array(index, dtype=np.int64) for index in (voronoi.nlist.query_point_indices, voronoi.nlist.point_indices)
    )
    if box.dimension == 3:
        # of one face in ten thousand, a small one, freud 3.4 gives one side alone
        both = np.concatenate([[centre, neighbour], [neighbour, centre]], axis=1)
        centre, neighbour = np.unique(both, axis=1)
    return Tessellation(np.array(voronoi.volumes, dtype=float), centre, neighbour)
