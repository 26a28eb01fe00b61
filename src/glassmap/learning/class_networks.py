"""Networks that were told which samples are liquid and which are glass, and how they score single particles.

Both are `glassmap.learning.predictors.ClassNetworks`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from glassmap.box import Box
from glassmap.learning.attention import attention_over_windows, particle_attention
from glassmap.learning.attribution import attribute, projected_part
from glassmap.learning.cnn import Classifier, initialise, new_classifier
from glassmap.learning.names import ATTENTION
from glassmap.learning.network_scores import random_networks
from glassmap.learning.networks import Network
from glassmap.learning.particle_scores import particle_scores
from glassmap.structure.density_grid import configuration_kernel
from glassmap.structure.neighbour_graph import neighbour_graph

CPU = torch.device("cpu")


@dataclass(frozen=True)
class DensityNetworks:
    """Those of the first paper, which see density fields.

    Attributes
    ----------
    models : sequence of Classifier
        Without those at chance.
    sigma : ndarray, shape (species, species)
        sigma*.
    density : mapping
        grid, kernel_width and cutoff of the fields.
    attribution : mapping
        ``steps``, ``window`` and ``stride``, as for `glassmap.learning.attribution.attribute`.
    initialization : str
        Of untrained ones, see `glassmap.learning.cnn.initialise`; on the fields that they explain.
    seed : int, optional
        Random weights are drawn from it; none for trained ones.
    """

    models: Sequence[Classifier]
    sigma: np.ndarray
    density: Mapping
    attribution: Mapping
    initialization: str
    seed: int | None = None

    def scores(self, method: str, positions: np.ndarray, species: np.ndarray, box: Box) -> np.ndarray:
        """As `ClassNetworks.scores`; ``method`` is one of `glassmap.learning.attribution.attribute`."""
        if not self.models:
            return np.full(positions.shape[:2], np.nan)
        kernels = [configuration_kernel(one, species, self.sigma, box.shortest, **self.density) for one in positions]
        raw, total = np.stack([kernel.density() for kernel in kernels]), 0.0
        for number, model in enumerate(self.models):
            fields = model.normalisation(raw)
            if self.seed is not None:
                model = new_classifier(model.architecture, self.seed + number, model.normalisation)
                initialise(model, self.initialization, fields)
            signed = attribute(model, fields, [method], **self.attribution, device=CPU).maps[0]
            total = total + particle_scores(projected_part(signed, method), kernels)
        return total / len(self.models)

    def untrained(self, seed: int) -> "DensityNetworks":
        return replace(self, seed=seed)


@dataclass(frozen=True)
class GraphNetworks:
    """Those of the third paper, which see graphs of nearest neighbours.

    Attributes
    ----------
    networks : sequence of Network
        ``d_mpnn``, one of each fold.
    unseen : ndarray of bool, shape (network, S)
        Structures that each has not learned from; their mean is taken over these networks alone. With folds by replica
        each structure has one such network.
    """

    networks: Sequence[Network]
    unseen: np.ndarray

    def scores(self, method: str, positions: np.ndarray, species: np.ndarray, box: Box) -> np.ndarray:
        """As `ClassNetworks.scores`; ``method`` is ``attention``, which has no class."""
        if method != ATTENTION:
            raise ValueError(f"{method!r} is no method for networks on graphs")
        total, number = np.zeros(positions.shape[:2]), np.zeros((len(positions), 1))
        for network, unseen in zip(self.networks, self.unseen, strict=True):
            places, seen = np.flatnonzero(unseen), network.sampling
            graphs = [neighbour_graph(positions[place], species, box, seen.neighbours) for place in places]
            weights = attention_over_windows(network.module, graphs, CPU, seen.window, network.batch_size)
            for place, graph, weight in zip(places, graphs, weights, strict=True):
                total[place] += particle_attention(graph, weight)
            number[places] += 1
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)

    def untrained(self, seed: int) -> "GraphNetworks":
        drawn = [next(random_networks(one, [seed + number])) for number, one in enumerate(self.networks)]
        return replace(self, networks=drawn, unseen=np.ones_like(self.unseen))
