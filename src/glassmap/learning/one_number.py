"""Classifiers that know one number of a configuration: what needs no network to tell a liquid from a glass.

Thermal vibrations alone spread the distances of neighbours, more in a hotter configuration, and cold ones have other
pairs of species.
"""

import numpy as np

from glassmap.learning.networks import Configurations
from glassmap.structure.neighbour_graph import Graph, neighbour_graph


def numbers_of_graph(graph: Graph) -> np.ndarray:
    """Those of `glassmap.learning.names.NUMBERS`, shape (3,): sigma*, sigma*, 1.

    The deviation is taken within each pair of species, so that it does not know how many of which pairs there are.

    Examples
    --------
    Three particles in a row, of which the last is B.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.learning.one_number import numbers_of_graph
    >>> from glassmap.structure.neighbour_graph import neighbour_graph
    >>> positions = np.array([[1.0, 5.0], [2.0, 5.0], [2.8, 5.0]])
    >>> graph = neighbour_graph(positions, np.array([0, 0, 1]), Box.cube(10.0, 2), neighbours=1)
    >>> numbers_of_graph(graph).round(3).tolist()
    [0.9, 0.0, 0.5]
    """
    species = np.sort(graph.species[graph.pairs], axis=1)
    kind = np.unique(species, axis=0, return_inverse=True)[1].ravel()
    mean = np.bincount(kind, graph.distance) / np.bincount(kind)
    deviation = (graph.distance - mean[kind]).std()
    return np.array([graph.distance.mean(), deviation, (species == 0).all(axis=1).mean()])


def numbers_of(configurations: Configurations, neighbours: int) -> np.ndarray:
    """Those of every configuration, shape (S, 3), from pairs of k nearest neighbours."""
    shown = configurations.species, configurations.box, neighbours
    return np.array([numbers_of_graph(neighbour_graph(one, *shown)) for one in configurations.positions])


def logits(values: np.ndarray, classes: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Logit of the glass by one number, normal in both classes with one variance (linear discriminant analysis).

    Parameters
    ----------
    values : ndarray, shape (S,)
    classes : ndarray of int, shape (S,)
        0 for liquid, 1 for glass; only those of the training samples are used.
    training : ndarray of bool, shape (S,)
        Holds samples of both classes.

    Returns
    -------
    ndarray, shape (S,)
        0 where the number does not vary within or between the classes.
    """
    known = [values[training & (classes == which)] for which in (0, 1)]
    mean = [part.mean() for part in known]
    variance = sum(((part - part.mean()) ** 2).sum() for part in known) / sum(map(len, known))
    if not variance > 0:
        return np.sign(mean[1] - mean[0]) * np.sign(values - np.mean(mean))
    return (values - np.mean(mean)) * (mean[1] - mean[0]) / variance
