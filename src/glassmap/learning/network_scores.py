"""Particle scores of the classifiers of Swanson et al. (2020), in the form of the attributions of the first paper.

``gradcam`` and ``integrated_gradients`` speak for the glass: their positive part, as there. ``attention`` has no class.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from glassmap.box import Box
from glassmap.learning.attention import attention_by_kind, attention_over_windows, particle_attention
from glassmap.learning.cnn import GLASS
from glassmap.learning.gradcam import grad_cam, rectify
from glassmap.learning.image_cnn import TORCH, ImageClassifier, map_at_particles, new_image_classifier
from glassmap.learning.integrated_gradients import STEPS, configuration_gradients, picture_gradients
from glassmap.learning.message_passing import NONE, GraphClassifier, new_graph_classifier
from glassmap.learning.names import ATTENTION, GRADCAM, INTEGRATED
from glassmap.learning.networks import Configurations, Network, Pictures
from glassmap.structure.neighbour_graph import neighbour_graph
from glassmap.structure.picture import BOX, dot_shares, picture, pixels


def scores_of_pictures(
    model: ImageClassifier,
    positions: np.ndarray,
    species: np.ndarray,
    box: Box,
    device: torch.device,
    limits: str = BOX,
    steps: int = STEPS,
) -> dict[str, np.ndarray]:
    """Scores of the particles by a classifier on pictures, for the class glass.

    Parameters
    ----------
    model : ImageClassifier
    positions : ndarray, shape (S, N, 2)
    species : ndarray of int, shape (N,)
    box : Box
    device : torch.device
    limits : str
        As for `glassmap.structure.picture.picture`.
    steps : int
        Of the integrated gradients.

    Returns
    -------
    dict of str to ndarray, shape (S, N)
        ``gradcam``, the map at the particles, and ``integrated_gradients``, their shares of the pixels.
    """
    size = model.architecture.size
    pictures = np.stack([picture(one, species, box, size=size, limits=limits) for one in positions])
    maps = rectify(grad_cam(model, pictures, device)[1][GLASS])
    gradients, _ = picture_gradients(model, pictures, device, steps)
    places = [pixels(one, box, size=size, limits=limits) for one in positions]
    return {
        GRADCAM: np.stack([map_at_particles(one, *at, size) for one, at in zip(maps, places, strict=True)]),
        INTEGRATED: np.stack(
            [rectify(dot_shares(*at, size) @ one.ravel()) for one, at in zip(gradients, places, strict=True)]
        ),
    }


def scores_of_graphs(
    model: GraphClassifier,
    positions: np.ndarray,
    species: np.ndarray,
    box: Box,
    device: torch.device,
    neighbours: int,
    fraction: float = 1.0,
    steps: int = STEPS,
    batch_size: int = 50,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Scores of the particles by a classifier on graphs, and which pairs it attends to.

    Parameters
    ----------
    model, positions, species, box, device, steps
        As in `scores_of_pictures`.
    neighbours : int
        k.
    fraction : float
        Side of the windows that the network sees, as a fraction of the box.
    batch_size : int
        Windows at once, which affect each other if attention is normalised over the batch.

    Returns
    -------
    scores : dict of str to ndarray, shape (S, N)
        ``attention``, unless the network has none, and ``integrated_gradients``.
    pairs : dict of str to ndarray, shape (S, kind)
        From `glassmap.learning.attention.attention_by_kind`; empty without attention.
    """
    graphs = [neighbour_graph(one, species, box, neighbours) for one in positions]
    scores, pairs = {}, {}
    if model.architecture.attention != NONE and model.architecture.steps > 1:
        weights = list(attention_over_windows(model, graphs, device, fraction, batch_size))
        scores[ATTENTION] = np.stack([particle_attention(*both) for both in zip(graphs, weights, strict=True)])
        kinds = [attention_by_kind(*both, model.architecture.species) for both in zip(graphs, weights, strict=True)]
        pairs = {name: np.stack([one[name] for one in kinds]) for name in kinds[0]}
    scores[INTEGRATED] = rectify(configuration_gradients(model, graphs, device, fraction, steps))
    return scores, pairs


def network_scores(
    network: Network, configurations: Configurations, device: torch.device, steps: int = STEPS
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Scores of the particles by either kind of network, and the pairs it attends to.

    Parameters
    ----------
    network : Network
        Of windows, whole configurations are covered by overlapping ones, with their nearest neighbours in the
        configuration.
    configurations : Configurations
    device : torch.device
    steps : int
        Of the integrated gradients.

    Returns
    -------
    scores, pairs : dict
        As from `scores_of_pictures`, without pairs, or `scores_of_graphs`.
    """
    seen, shown = network.sampling, (configurations.positions, configurations.species, configurations.box, device)
    if isinstance(seen, Pictures):
        return scores_of_pictures(network.module, *shown, seen.limits, steps), {}
    return scores_of_graphs(network.module, *shown, seen.neighbours, seen.window, steps, network.batch_size)


def random_networks(network: Network, seeds: Sequence[int], initialization: str = TORCH) -> Iterator[Network]:
    """Networks of the same architecture with random weights, which know nothing of the classes.

    Parameters
    ----------
    network : Network
    seeds : sequence of int
    initialization : str
        Of a classifier on pictures, see `glassmap.learning.image_cnn.new_image_classifier`.
    """
    module = network.module
    for seed in seeds:
        if isinstance(module, GraphClassifier):
            yield replace(network, module=new_graph_classifier(module.architecture, seed, module.scaling))
        else:
            yield replace(network, module=new_image_classifier(module.architecture, seed, initialization))
