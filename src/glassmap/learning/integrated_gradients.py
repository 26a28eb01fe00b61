"""Integrated gradients of the classifiers on pictures and on graphs, as scores of the particles.

Sundararajan, Taly and Yan, ICML 2017, Eq. 1. Paths begin where nothing is known of the particles: at the white picture,
or at a graph whose particles and edges are all like their mean. Scores of all particles add up to the difference of the
logits at both ends, so none of the evidence is lost between pixels or edges and particles.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from glassmap.learning.cnn import GLASS
from glassmap.learning.image_cnn import ImageClassifier
from glassmap.learning.message_passing import BATCH, GraphBatch, GraphClassifier
from glassmap.structure.neighbour_graph import Graph, tiling

STEPS = 32
WHITE = 255


def picture_gradients(
    model: ImageClassifier,
    pictures: np.ndarray,
    device: torch.device,
    steps: int = STEPS,
    batch_size: int = 20,
    target: int = GLASS,
) -> tuple[np.ndarray, np.ndarray]:
    """Integrated gradients from the white picture.

    Parameters
    ----------
    model : ImageClassifier
    pictures : ndarray of uint8, shape (S, size, size, 3)
    device : torch.device
    steps : int
        Points of the Gauss-Legendre quadrature.
    batch_size : int
        Pictures at once.
    target : int
        The class whose logit is explained.

    Returns
    -------
    maps : ndarray, shape (S, size, size)
        Sums over the three colours; 0 where the picture is white. To be shared out by
        `glassmap.structure.picture.dot_shares`.
    difference : ndarray, shape (S,)
        logit(picture) - logit(white), to which a map adds up but for the error of the quadrature.
    """
    _prepare(model, device)
    maps, differences = [], []
    for start in range(0, len(pictures), batch_size):
        values = model.inputs(pictures[start : start + batch_size], device)
        white = model.inputs(np.full_like(pictures[start : start + batch_size], WHITE), device)
        (found,) = _along_path(lambda one: model(one)[:, target], [values], [white], steps)
        maps.append(found.sum(1).cpu())
        with torch.no_grad():
            differences.append((model(values) - model(white))[:, target].double().cpu())
    return torch.cat(maps).numpy(), torch.cat(differences).numpy()


def graph_gradients(
    model: GraphClassifier,
    graphs: Sequence[Graph],
    device: torch.device,
    steps: int = STEPS,
    batch_size: int = 50,
    target: int = GLASS,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Integrated gradients from graphs whose particles and edges all have the mean features of their graph.

    Parameters
    ----------
    model : GraphClassifier
    graphs : sequence of Graph
    device : torch.device
    steps, target
        As in `picture_gradients`.
    batch_size : int
        Graphs at once; 1 if attention is normalised over the batch, where one graph changes what is said of another.

    Returns
    -------
    scores : list of ndarray, shape (n,)
        Of the particles of each graph: those of their features, and halves of those of their edges.
    difference : ndarray, shape (G,)
        logit(graph) - logit(mean), to which the scores add up but for the error of the quadrature.
    """
    _prepare(model, device)
    scores, differences = [], []
    size = 1 if model.architecture.attention == BATCH else batch_size
    for start in range(0, len(graphs), size):
        batch = model.inputs(graphs[start : start + size], device)
        values = [batch.nodes, batch.lengths]
        means = [_means(batch.nodes, batch.node_graph, batch), _means(batch.lengths, batch.edge_graph, batch)]

        def logit(nodes: Tensor, lengths: Tensor, batch: GraphBatch = batch) -> Tensor:
            return model(replace(batch, nodes=nodes, lengths=lengths))[:, target]

        of_nodes, of_edges = (found.sum(1) for found in _along_path(logit, values, means, steps))
        for ends in (batch.source, batch.target):
            of_nodes = of_nodes.index_add(0, ends, of_edges / 2)
        counts = np.cumsum([len(graph.particle) for graph in graphs[start : start + size]])
        scores += np.split(of_nodes.cpu().numpy().astype(float), counts[:-1])
        with torch.no_grad():
            differences.append((logit(*values) - logit(*means)).double().cpu())
    return scores, torch.cat(differences).numpy()


def configuration_gradients(
    model: GraphClassifier,
    graphs: Sequence[Graph],
    device: torch.device,
    fraction: float = 1.0,
    steps: int = STEPS,
    batch_size: int = 50,
) -> np.ndarray:
    """Scores of all particles of whole configurations, shape (S, N), for the class glass.

    Parameters
    ----------
    model : GraphClassifier
    graphs : sequence of Graph
        From `glassmap.structure.neighbour_graph.neighbour_graph`, of the same number N of particles.
    device : torch.device
    fraction : float
        Side of the windows that the network sees, as a fraction of the box; of overlapping windows, a particle has the
        mean of its scores over all that hold it.
    steps, batch_size
        As in `graph_gradients`.
    """
    if fraction >= 1:
        return np.stack(graph_gradients(model, graphs, device, steps, batch_size)[0])
    rows = []
    for graph in graphs:
        windows = [graph.window(corner, fraction) for corner in tiling(graph.box, fraction)]
        windows = [window for window in windows if len(window.pairs)]
        scores, _ = graph_gradients(model, windows, device, steps, batch_size)
        particle = np.concatenate([window.particle for window in windows])
        held = np.bincount(particle, minlength=len(graph.particle))
        rows.append(np.bincount(particle, np.concatenate(scores), len(graph.particle)) / np.maximum(held, 1))
    return np.stack(rows)


def _prepare(model: torch.nn.Module, device: torch.device) -> None:
    model.eval()
    model.to(device)


def _means(values: Tensor, index: Tensor, batch: GraphBatch) -> Tensor:
    """The mean of the rows of each graph, in every row of it."""
    ones = torch.ones_like(values[:, :1])
    total = values.new_zeros(batch.graphs, values.shape[1] + 1).index_add(0, index, torch.cat([values, ones], 1))
    return (total[:, :-1] / total[:, -1:].clamp(min=1))[index]


def _along_path(
    logit: Callable[..., Tensor], values: Sequence[Tensor], baselines: Sequence[Tensor], steps: int
) -> list[Tensor]:
    """Integrals of the gradient along the straight line from the baselines, times its ends' difference."""
    points, weights = np.polynomial.legendre.leggauss(steps)
    totals = [torch.zeros_like(value) for value in values]
    for place, weight in zip(((points + 1) / 2).tolist(), (weights / 2).tolist(), strict=True):
        on_path = [
            torch.lerp(baseline, value, place).requires_grad_()
            for value, baseline in zip(values, baselines, strict=True)
        ]
        # samples are independent, so the gradient of the sum contains each sample's own
        for total, gradient in zip(totals, torch.autograd.grad(logit(*on_path).sum(), on_path), strict=True):
            total += weight * gradient
    return [total * (value - baseline) for total, value, baseline in zip(totals, values, baselines, strict=True)]
