"""Graphs of nearest neighbours, of a configuration or of windows of it, and what is counted on them.

Swanson et al. (2020), supplement, Sec. VI, and the authors' code, which draws square windows on the diagonal of the box
and looks for neighbours inside of the window alone: a particle at its edge gets neighbours that are not its nearest.
Here neighbours are those of the periodic configuration unless asked for otherwise.
"""

from dataclasses import dataclass

import numpy as np

from glassmap.box import Box
from glassmap.errors import GlassmapError

B = 1  # the minority species of the Kob-Andersen mixture, whose bonds the published counts are about


@dataclass(frozen=True)
class Graph:
    """Particles and the pairs of them that are neighbours.

    Attributes
    ----------
    particle : ndarray of int, shape (n,)
        Index of each particle in its configuration.
    positions : ndarray, shape (n, d)
        sigma*; those of a window are not wrapped, so that it is in one piece.
    species : ndarray of int, shape (n,)
    pairs : ndarray of int, shape (P, 2)
        Places in ``particle`` of the two neighbours, the smaller one first; sorted.
    distance : ndarray, shape (P,)
        Between the neighbours, at their nearest images, sigma*.
    box : Box
        Of the configuration.
    """

    particle: np.ndarray
    positions: np.ndarray
    species: np.ndarray
    pairs: np.ndarray
    distance: np.ndarray
    box: Box

    def window(self, corner: np.ndarray, fraction: float) -> "Graph":
        """The particles in a window, and the pairs of which it holds both.

        Parameters
        ----------
        corner : ndarray, shape (d,)
            Of the window, sigma*, anywhere: the window continues periodically.
        fraction : float
            Side of the window, as a fraction of the box; 1 for all particles, unchanged but for their order.
        """
        inside, positions = _inside(self.positions, self.box, corner, fraction)
        place = np.full(len(self.particle), -1)
        place[inside] = np.arange(len(inside))
        pairs = place[self.pairs]
        kept = (pairs >= 0).all(axis=1)
        return Graph(self.particle[inside], positions, self.species[inside], pairs[kept], self.distance[kept], self.box)


def neighbour_graph(positions: np.ndarray, species: np.ndarray, box: Box, neighbours: int) -> Graph:
    """Graph of a whole periodic configuration: two particles are a pair if one is among the other's k nearest.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
        sigma*.
    species : ndarray of int, shape (N,)
    box : Box
    neighbours : int
        k.

    Raises
    ------
    GlassmapError
        If there are not more particles than neighbours.

    Notes
    -----
    By a periodic k-d tree: N log N, within a factor of two of linear for any N of practice.

    Examples
    --------
    On a square lattice every particle has its four neighbours, in the graph and in a window apart from its edge.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.neighbour_graph import neighbour_graph
    >>> lattice = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
    >>> graph = neighbour_graph(lattice, np.zeros(36, dtype=int), Box.cube(6.0, 2), neighbours=4)
    >>> graph.pairs.shape, graph.window(np.array([4.5, 4.5]), fraction=0.5).pairs.shape
    ((72, 2), (12, 2))
    """
    wrapped = box.wrap(positions)
    pairs, distance = _nearest_pairs(wrapped, neighbours, "configuration", box)
    return Graph(np.arange(len(wrapped)), wrapped, np.asarray(species), pairs, distance, box)


def cut_window_graph(
    positions: np.ndarray, species: np.ndarray, box: Box, neighbours: int, corner: np.ndarray, fraction: float
) -> Graph:
    """Graph of a window as published: neighbours are sought among the particles of the window alone.

    Parameters
    ----------
    positions, species, box, neighbours
        As in `neighbour_graph`.
    corner, fraction
        As in `Graph.window`; published corners, from `window_corner` on the diagonal, keep the window inside the box.

    Raises
    ------
    GlassmapError
        If the window does not hold more particles than neighbours.
    """
    inside, there = _inside(box.wrap(positions), box, corner, fraction)
    pairs, distance = _nearest_pairs(there, neighbours, "window", None)
    return Graph(inside, there, np.asarray(species)[inside], pairs, distance, box)


def window_corner(box: Box, fraction: float, rng: np.random.Generator, *, diagonal: bool = False) -> np.ndarray:
    """Corner of a random window, shape (d,): anywhere in the periodic box, or as published on its diagonal, inside."""
    place = rng.uniform(0, 1 - fraction) if diagonal else rng.random(box.dimension)
    return place * np.array(box.lengths)


def tiling(box: Box, fraction: float) -> np.ndarray:
    """Corners, shape (W, d), of windows in rows and columns half a window apart, or of the one that is the whole box.

    Two particles closer than half a window in every direction are together in one of them.
    """
    number = 1 if fraction >= 1 else int(np.ceil(2 / fraction - 1e-9))
    steps = np.meshgrid(*[np.arange(number) / number] * box.dimension, indexing="ij")
    return np.stack(steps, axis=-1).reshape(-1, box.dimension) * np.array(box.lengths)


def graph_measures(graph: Graph, kept: np.ndarray | None = None, minority: int = B) -> dict[str, int]:
    """What the supplement's Fig. 7 counts on the edges that a network attends to.

    Parameters
    ----------
    graph : Graph
    kept : ndarray of bool, shape (P,), optional
        The pairs of high attention; by default those with at least one B, which they turned out to be.
    minority : int
        The species B.

    Returns
    -------
    dict of str to int
        ``isolated``: particles other than B in no kept pair; ``minority_pairs``: kept pairs B-B; ``components``: the
        connected parts that kept pairs form.

    Examples
    --------
    A chain A-B-B-A and an A whose nearest neighbour is an A of the chain:

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.neighbour_graph import graph_measures, neighbour_graph
    >>> x = np.array([1.0, 2.0, 2.9, 3.9, 5.2])
    >>> chain = np.stack([x, np.full(5, 5.0)], axis=-1)  # shape (5, 2)
    >>> graph_measures(neighbour_graph(chain, np.array([0, 1, 1, 0, 0]), Box.cube(20.0, 2), neighbours=1))
    {'isolated': 1, 'minority_pairs': 1, 'components': 1}
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    is_minority = graph.species == minority
    if kept is None:
        kept = is_minority[graph.pairs].any(axis=1)
    pairs, number = graph.pairs[kept], len(graph.particle)
    touched = np.zeros(number, dtype=bool)
    touched[pairs] = True
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(number, number))
    components = connected_components(links, directed=False, return_labels=False) - int((~touched).sum())
    return {
        "isolated": int((~touched & ~is_minority).sum()),
        "minority_pairs": int(is_minority[pairs].all(axis=1).sum()),
        "components": int(components),
    }


def measures_of_configurations(
    positions: np.ndarray, species: np.ndarray, box: Box, neighbours: int
) -> dict[str, np.ndarray]:
    """`graph_measures` of whole configurations, divided by N, for curves against the temperature.

    The paper counts in windows, whose edges add isolated particles and components.

    Parameters
    ----------
    positions : ndarray, shape (..., N, d)
        For example (replica, T, N, d).
    species : ndarray of int, shape (N,)
    box : Box
    neighbours : int

    Returns
    -------
    dict of str to ndarray, shape (...)
        For `glassmap.analysis.glass_transition.bend_temperature`.
    """
    shape, number = positions.shape[:-2], len(species)
    rows = [
        graph_measures(neighbour_graph(one, species, box, neighbours))
        for one in positions.reshape(-1, *positions.shape[-2:])
    ]
    return {name: np.reshape([row[name] for row in rows], shape) / number for name in rows[0]}


def _inside(positions: np.ndarray, box: Box, corner: np.ndarray, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Which particles a window holds, shape (n,), and where they are, shape (n, d), in one piece from its corner on."""
    relative = box.wrap(positions - corner)
    inside = np.flatnonzero((relative < fraction * np.array(box.lengths)).all(axis=1))
    return inside, corner + relative[inside]


def _nearest_pairs(positions: np.ndarray, neighbours: int, what: str, box: Box | None) -> tuple[np.ndarray, np.ndarray]:
    """Sorted pairs, shape (P, 2), of which one is among the k nearest of the other, and their distances."""
    from scipy.spatial import cKDTree

    number = len(positions)
    if number <= neighbours:
        raise GlassmapError(f"neighbours: got {neighbours}, but the {what} holds {number} particles; must be fewer")
    _, nearest = cKDTree(positions, boxsize=box.lengths if box else None).query(positions, neighbours + 1)
    pairs = np.stack(np.broadcast_arrays(np.arange(number)[:, None], nearest), axis=-1).reshape(-1, 2)
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    difference = positions[pairs[:, 1]] - positions[pairs[:, 0]]
    return pairs, np.linalg.norm(box.minimum_image(difference) if box else difference, axis=1)
