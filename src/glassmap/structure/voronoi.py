"""Voronoi tessellation of the periodic square, by freud."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from glassmap.box import points_of_freud


@dataclass(frozen=True)
class Tessellation:
    """Voronoi cells of one configuration.

    Attributes
    ----------
    volume : ndarray, shape (N,)
        Areas of the cells, in units of length squared.
    centre, neighbour : ndarray of int, shape (B,)
        Particles that share an edge, every pair in both directions, sorted by ``centre``.
    """

    volume: np.ndarray
    centre: np.ndarray
    neighbour: np.ndarray


def tessellate(positions: np.ndarray, box_length: float) -> Tessellation:
    """Tessellate (Frontiers, Eq. 5).

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box_length : float

    Returns
    -------
    Tessellation
        Of the last configuration asked for, when it is asked for again.
    """
    return _tessellate(np.ascontiguousarray(positions, dtype=float).tobytes(), float(box_length))


def sixfold_order(positions: np.ndarray, box_length: float) -> np.ndarray:
    """Bond-orientational order psi_6 of each particle, by freud.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box_length : float

    Returns
    -------
    ndarray of complex, shape (N,)
        Mean of ``exp(6 i theta)`` over the bonds to the Voronoi neighbours (Nelson and Halperin 1979); of modulus 1 in
        a triangular crystal.
    """
    import freud

    system = (freud.box.Box.square(box_length), points_of_freud(positions, box_length))
    voronoi = freud.locality.Voronoi().compute(system)
    return np.array(freud.order.Hexatic(k=6).compute(system, neighbors=voronoi.nlist).particle_order)


def coherent_order(positions: np.ndarray, box_length: float, symmetries: Sequence[int]) -> np.ndarray:
    """Bond-orientational order that a particle shares with its neighbours, by freud.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box_length : float
    symmetries : sequence of int
        k of each psi_k.

    Returns
    -------
    ndarray, shape (K, N)
        Modulus of the mean of psi_k of the particle and of that of its Voronoi neighbours, both weighted by the lengths
        of the common edges: 1 in a crystal of this symmetry, small where neighbours are ordered in other directions
        (in the spirit of Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008)).
    """
    import freud

    system = (freud.box.Box.square(box_length), points_of_freud(positions, box_length))
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


@lru_cache(maxsize=1)
def _tessellate(positions: bytes, box_length: float) -> Tessellation:
    import freud  # slow to load, and most jobs that know of indicators need no cells

    points = points_of_freud(np.frombuffer(positions).reshape(-1, 2), box_length)
    voronoi = freud.locality.Voronoi()
    voronoi.compute((freud.box.Box.square(box_length), points))
    return Tessellation(
        volume=np.array(voronoi.volumes, dtype=float),
        centre=np.array(voronoi.nlist.query_point_indices, dtype=np.int64),
        neighbour=np.array(voronoi.nlist.point_indices, dtype=np.int64),
    )
