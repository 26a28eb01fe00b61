"""What a graph classifier attends to: edges, pairs of particles, and a score of each particle.

Swanson et al. (2020), supplement, Sec. VI and Fig. 6. Attention has no class: unlike a class activation map it does not
speak for glass or liquid.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from glassmap.errors import GlassmapError
from glassmap.learning.message_passing import NONE, GraphClassifier, directed_edges
from glassmap.structure.neighbour_graph import Graph, tiling

HIGH = 0.0025  # of the range of a graph's weights; the authors' code


def edge_attention(
    model: GraphClassifier, graphs: Sequence[Graph], device: torch.device, batch_size: int = 50
) -> list[np.ndarray]:
    """Weights of the directed edges of each graph at the last step of message passing, relative to equal ones.

    Parameters
    ----------
    model : GraphClassifier
    graphs : sequence of Graph
    device : torch.device
    batch_size : int
        Graphs at once; affects the result if attention is normalised over the batch.

    Returns
    -------
    list of ndarray, shape (2 P,)
        In the order of `glassmap.learning.message_passing.directed_edges`; of mean 1 in each graph, unless attention is
        normalised over the batch.

    Raises
    ------
    GlassmapError
        If the network has no attention.
    """
    if model.architecture.attention == NONE or model.architecture.steps < 2:
        raise GlassmapError("attention: the network has none, or passes no messages on (steps: 1)")
    model.eval()
    model.to(device)
    found: list[np.ndarray] = []
    for start in range(0, len(graphs), batch_size):
        batch = graphs[start : start + batch_size]
        with torch.no_grad():
            _, weights = model.forward_with_attention(model.inputs(batch, device))
        ends = np.cumsum([2 * len(graph.pairs) for graph in batch])
        found += np.split(weights[-1].cpu().numpy().astype(float), ends[:-1])
    return found


def pair_attention(weights: np.ndarray) -> np.ndarray:
    """The higher weight of the two directions of each pair, shape (P,), which Fig. 6 draws."""
    return weights.reshape(-1, 2).max(axis=1)


def high_attention(weights: np.ndarray, threshold: float = HIGH) -> np.ndarray:
    """The pairs of high attention, bool of shape (P,), for `glassmap.structure.neighbour_graph.graph_measures`.

    Those whose weight lies above the least one of the graph by more than this fraction of the range, in one direction
    at least. None if all weights are equal.
    """
    lowest, highest = weights.min(initial=np.inf), weights.max(initial=-np.inf)
    return pair_attention(weights) - lowest > threshold * (highest - lowest)


def particle_attention(graph: Graph, weights: np.ndarray) -> np.ndarray:
    """Score of each particle of a graph, shape (n,): every edge is shared evenly by its two particles.

    The scores add up to the weights, as Grad-CAM's scores of particles add up to its map.

    Parameters
    ----------
    graph : Graph
    weights : ndarray, shape (2 P,)
        From `edge_attention`.

    Examples
    --------
    A chain of three particles: the middle one has a half of both pairs, in both directions.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.learning.attention import particle_attention
    >>> from glassmap.structure.neighbour_graph import neighbour_graph
    >>> chain = np.array([[1.0, 5.0], [2.0, 5.0], [3.1, 5.0]])
    >>> graph = neighbour_graph(chain, np.array([0, 1, 0]), Box.cube(20.0, 2), neighbours=1)
    >>> particle_attention(graph, np.array([1.0, 1.0, 0.5, 1.5]))
    array([1., 2., 1.])
    """
    ends = np.concatenate(directed_edges(graph))
    return np.bincount(ends, np.tile(weights, 2) / 2, minlength=len(graph.particle))


def configuration_attention(
    model: GraphClassifier, graphs: Sequence[Graph], device: torch.device, fraction: float = 1.0, batch_size: int = 50
) -> np.ndarray:
    """Scores of all particles of whole configurations, in the form of the scores Gamma of other attributions.

    Parameters
    ----------
    model : GraphClassifier
    graphs : sequence of Graph
        From `glassmap.structure.neighbour_graph.neighbour_graph`, of the same number N of particles.
    device : torch.device
    fraction : float
        Side of the windows that the network sees, as a fraction of the box. In windows, which overlap, a pair has the
        mean of its weights over all that hold it.
    batch_size : int
        Windows at once.

    Returns
    -------
    ndarray, shape (S, N)
    """
    return np.stack(
        [
            particle_attention(graph, weights)
            for graph, weights in zip(
                graphs, attention_over_windows(model, graphs, device, fraction, batch_size), strict=True
            )
        ]
    )


def attention_over_windows(
    model: GraphClassifier, graphs: Sequence[Graph], device: torch.device, fraction: float = 1.0, batch_size: int = 50
) -> Iterator[np.ndarray]:
    """Weights of the directed edges of each graph, shape (2 P,): means over the windows that hold them, 0 in none.

    Parameters
    ----------
    model, graphs, device, fraction, batch_size
        As in `configuration_attention`.
    """
    if fraction >= 1:
        yield from edge_attention(model, graphs, device, batch_size)
        return
    for graph in graphs:
        # particles in a window are in the order of the graph, so pairs keep their directions
        windows = [graph.window(corner, fraction) for corner in tiling(graph.box, fraction)]
        windows = [window for window in windows if len(window.particle)]
        number = len(graph.particle)
        keys = graph.pairs @ [number, 1]
        places = np.concatenate(
            [np.searchsorted(keys, window.particle[window.pairs] @ np.array([number, 1])) for window in windows]
        )
        weights = np.concatenate(edge_attention(model, windows, device, batch_size)).reshape(-1, 2)
        held = np.bincount(places, minlength=len(keys))
        total = np.stack([np.bincount(places, column, minlength=len(keys)) for column in weights.T], axis=1)
        yield (total / np.maximum(held, 1)[:, None]).reshape(-1)


def attention_by_kind(graph: Graph, weights: np.ndarray, species: int) -> dict[str, np.ndarray]:
    """To which pairs of species a network attends: the paper's finding is that it is those with at least one B.

    Parameters
    ----------
    graph : Graph
    weights : ndarray, shape (2 P,)
        From `edge_attention`.
    species : int
        Number of species; pairs are in the order of `glassmap.system.species_pairs`.

    Returns
    -------
    dict of str to ndarray, shape (kind,)
        ``weight``: mean over the pairs of a kind, relative to equal weights; ``high``: share of these pairs with
        `high_attention`; ``share``: of all pairs, how many are of this kind. NaN for a mean over no pairs.
    """
    low, high = np.sort(graph.species[graph.pairs], axis=1).T
    kinds = low * species + high
    wanted = [first * species + second for first, second in itertools.combinations_with_replacement(range(species), 2)]
    count = np.bincount(kinds, minlength=species**2)[wanted]

    def mean(values: np.ndarray) -> np.ndarray:
        total = np.bincount(kinds, values, minlength=species**2)[wanted]
        return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)

    return {
        "weight": mean(weights.reshape(-1, 2).mean(axis=1)),
        "high": mean(high_attention(weights)),
        "share": count / max(len(kinds), 1),
    }
