"""Hand-made structural indicators, and the registry that the workflow goes through.

A new indicator is a function ``(positions, species, box) -> value per particle`` and one line in
`INDICATORS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glassmap.periodic import minimum_image
from glassmap.voronoi import tessellate


@dataclass(frozen=True)
class Box:
    """What an indicator knows beside positions and species.

    Attributes
    ----------
    length : float
        Side of the periodic square, sigma*.
    contact : ndarray, shape (2, 2)
        Distances of touching particles of each species pair, sigma* (Tong-Tanaka).
    """

    length: float
    contact: np.ndarray


@dataclass(frozen=True)
class Indicator:
    """An entry of the registry: the function, and how tables and figures name it."""

    function: Callable[[np.ndarray, np.ndarray, Box], np.ndarray]
    key: str
    symbol: str
    units: str
    long_name: str


def voronoi_volume(positions: np.ndarray, species: np.ndarray, box: Box) -> np.ndarray:
    """Area of the periodic Voronoi cell of each particle (Frontiers, Eq. 5 and Sec. 3.3).

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    species : ndarray of int, shape (N,)
    box : Box

    Returns
    -------
    ndarray, shape (N,)
        In sigma*^2; the sum is L^2.
    """
    return tessellate(positions, box.length).volume


def tong_tanaka(positions: np.ndarray, species: np.ndarray, box: Box) -> np.ndarray:
    """Tong-Tanaka order parameter Theta (Frontiers, Eq. 6; v2 supplement, Sec. I.D and Eq. S5).

    Mean over the pairs (i, j) of angularly adjacent Voronoi neighbours of particle o of
    ``|theta1 - theta2|``: theta1 is the angle i-o-j, theta2 the angle at o of the triangle with sides
    ``contact[o, i]``, ``contact[o, j]`` and ``contact[i, j]``. Small where particles are well packed.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    species : ndarray of int, shape (N,)
    box : Box

    Returns
    -------
    ndarray, shape (N,)
        In radians.
    """
    cells = tessellate(positions, box.length)
    bond = minimum_image(positions[cells.neighbour] - positions[cells.centre], box.length)
    angle = np.arctan2(bond[:, 1], bond[:, 0])
    order = np.lexsort((angle, cells.centre))
    centre, neighbour, angle = cells.centre[order], cells.neighbour[order], angle[order]
    # the neighbour that follows counterclockwise; after the last one of a particle comes its first
    number = np.bincount(centre, minlength=len(positions))
    first = np.cumsum(number) - number
    following = np.arange(1, len(centre) + 1)
    following[first + number - 1] = first
    theta1 = np.mod(angle[following] - angle, 2 * np.pi)
    side_i = box.contact[species[centre], species[neighbour]]
    side_j = side_i[following]
    opposite = box.contact[species[neighbour], species[neighbour[following]]]
    theta2 = np.arccos((side_i**2 + side_j**2 - opposite**2) / (2 * side_i * side_j))
    return np.bincount(centre, np.abs(theta1 - theta2), minlength=len(positions)) / number


INDICATORS = {
    "voronoi_volume": Indicator(voronoi_volume, "upsilon", "Υ", "sigma*^2", "Voronoi volume"),
    "tong_tanaka": Indicator(tong_tanaka, "theta", "Θ", "rad", "Tong-Tanaka order parameter"),
}


def compute_all(positions: np.ndarray, species: np.ndarray, box: Box) -> dict[str, np.ndarray]:
    """Every indicator of the registry for many configurations.

    Parameters
    ----------
    positions : ndarray, shape (S, N, 2)
    species : ndarray of int, shape (N,)
    box : Box

    Returns
    -------
    dict of str to ndarray, shape (S, N)
        Bare values, by the names of `INDICATORS`.
    """
    # configuration by configuration, so that indicators share its tessellation
    rows = [[entry.function(sample, species, box) for entry in INDICATORS.values()] for sample in positions]
    return {name: np.array([row[index] for row in rows]) for index, name in enumerate(INDICATORS)}
