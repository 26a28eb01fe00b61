"""Sanity check of saliency maps: weights are randomised layer by layer from the top.

J. Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018, Sec. 3 (cascading randomisation). A map that
survives the loss of the trained weights reflects the input or the architecture, not what the network has learned.
"""

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from glassmap.learning.cnn import GLASS, Classifier, new_classifier
from glassmap.learning.gradcam import grad_cam

TRAINED = "none"


def layers_from_top(model: Classifier) -> dict[str, nn.Module]:
    """The layers with weights by name: logits, dense, then the convolutions from the last to the first."""
    weighted = [layer for layer in [*model.features, *model.head] if isinstance(layer, nn.Conv2d | nn.Linear)]
    names = [f"convolution_{number}" for number in range(1, len(weighted) - 1)] + ["dense", "logits"]
    return dict(zip(reversed(names), reversed(weighted), strict=True))


def randomise(model: Classifier, depth: int, seed: int) -> Classifier:
    """A copy of a network with the weights of its uppermost layers randomised.

    Parameters
    ----------
    model : Classifier
        Not changed.
    depth : int
        Number of layers, counted from the logits down; 0 is the network itself.
    seed : int
        Of PyTorch's initial weights; with the same seed a deeper copy extends a shallower one.

    Returns
    -------
    Classifier
        On the CPU.
    """
    randomised = copy.deepcopy(model).cpu()
    fresh = layers_from_top(new_classifier(model.architecture, seed))
    for name, layer in list(layers_from_top(randomised).items())[:depth]:
        layer.load_state_dict(fresh[name].state_dict())
    return randomised


def cascade(
    model: Classifier, fields: np.ndarray, seeds: Sequence[int], device: torch.device, batch_size: int = 50
) -> np.ndarray:
    """Grad-CAM of the class glass as the layers of a network are successively randomised.

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields.
    seeds : sequence of int
        One for each draw of the weights.
    device : torch.device
    batch_size : int
        Samples at once; does not affect the result.

    Returns
    -------
    ndarray, shape (depth, draw, S, G, G)
        Signed maps; depth 0 is the trained network, the last depth is fully randomised.
    """
    return np.stack(
        [
            np.stack([grad_cam(randomise(model, depth, seed), fields, device, batch_size)[1][GLASS] for seed in seeds])
            for depth in range(len(layers_from_top(model)) + 1)
        ]
    )
