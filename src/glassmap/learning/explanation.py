"""What trained networks say of new configurations: their class, and the score of each particle."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch

from glassmap.io.trajectories.samples import Sample
from glassmap.learning.cnn import GLASS, LIQUID, Classifier, glass_probability
from glassmap.learning.gradcam import grad_cam, rectify
from glassmap.learning.particle_scores import particle_scores
from glassmap.statistics import finite_deviation
from glassmap.structure.density_grid import configuration_kernel

MEAN = "mean"  # of the networks, in the column network
AT_CHANCE = "at chance, not in the mean"


@dataclass(frozen=True)
class Explanation:
    """What an ensemble of networks says of one configuration.

    Attributes
    ----------
    probability : ndarray, shape (network, class)
        Softmax probabilities.
    gamma : ndarray, shape (network, N)
        Grad-CAM score of each particle, for the class ``explained``.
    explained : int
        0 or 1, the class that all networks' maps explain.
    trained : ndarray of bool, shape (network,)
        False for a network at chance, which is in no mean.
    """

    probability: np.ndarray
    gamma: np.ndarray
    explained: int
    trained: np.ndarray

    @property
    def mean_probability(self) -> np.ndarray:
        """Mean over the trained networks, shape (class,)."""
        return self.probability[self.trained].mean(axis=0)

    @property
    def mean_gamma(self) -> np.ndarray:
        """Mean over the trained networks, shape (N,)."""
        return self.gamma[self.trained].mean(axis=0)

    def scores(self, seeds: Sequence[int]) -> dict[str, np.ndarray]:
        """Columns of the particles, shape (N,): ``gamma_<seed>`` of each network and ``gamma_mean``."""
        return {f"gamma_{seed}": gamma for seed, gamma in zip(seeds, self.gamma, strict=True)} | {
            "gamma_mean": self.mean_gamma
        }

    def rows(self, seeds: Sequence[int], states: Sequence[str]) -> list[dict]:
        """Rows of the table of classes: one for each network, and one for their mean.

        Parameters
        ----------
        seeds : sequence of int
            Of the networks.
        states : sequence of str
            Names of the classes 0 and 1.

        Returns
        -------
        list of dict
            ``network``; ``p_<state>`` of each state; ``predicted``; ``std_over_networks`` of the probability, the same
            for both classes, in the row of the mean; ``note``.
        """
        names = [f"p_{state}" for state in states]
        spread = float(finite_deviation(self.probability[self.trained, GLASS]))
        said = [*self.probability, self.mean_probability]
        return [
            {
                "network": network,
                **dict(zip(names, values.tolist(), strict=True)),
                "predicted": states[class_of(values[GLASS])],
                "std_over_networks": deviation,
                "note": note,
            }
            for network, values, deviation, note in zip(
                [*seeds, MEAN],
                said,
                [np.nan] * len(seeds) + [spread],
                [*np.where(self.trained, "", AT_CHANCE).tolist(), ""],
                strict=True,
            )
        ]


def class_of(p_glass: float) -> int:
    """The class that a probability of class 1 stands for."""
    return GLASS if p_glass > 0.5 else LIQUID


def explain(
    positions: np.ndarray,
    species: np.ndarray,
    box_length: float,
    *,
    models: Sequence[Classifier],
    trained: np.ndarray,
    sigma: np.ndarray,
    density: Mapping,
    device: torch.device,
    map_class: int | None = None,
    batch_size: int = 50,
) -> list[Explanation]:
    """Classes and Grad-CAM scores of configurations of one mixture, without any training.

    Parameters
    ----------
    positions : ndarray, shape (S, N, 2)
        sigma*; any periodic image.
    species : ndarray of int, shape (N,)
        0 = A, 1 = B, ...
    box_length : float
        sigma*; that of the training samples.
    models : sequence of Classifier
        Each with the normalisation of its training samples.
    trained : ndarray of bool, shape (network,)
        False for networks at chance; at least one is true.
    sigma : ndarray, shape (species, species)
        sigma*.
    density : mapping
        grid, kernel_width and cutoff of the density fields that the networks were trained on.
    device : torch.device
    map_class : int, optional
        The class that the maps explain; by default the own class of each configuration, which is the one that the
        mean over the trained networks gives it, for all networks the same.
    batch_size : int
        Maps at once; does not affect the result.

    Returns
    -------
    list of Explanation
        One for each configuration.
    """
    kernels = [configuration_kernel(one, species, sigma, box_length, **density) for one in positions]
    raw = np.stack([kernel.density() for kernel in kernels])
    p_glass = np.stack([glass_probability(model, model.normalisation(raw), device) for model in models])
    probability = np.stack([1 - p_glass, p_glass], axis=-1)
    own = [class_of(mean) for mean in p_glass[trained].mean(axis=0)]
    explained = np.array(own) if map_class is None else np.full(len(own), map_class)
    maps = np.stack(
        [
            rectify(grad_cam(model, model.normalisation(raw), device, batch_size)[1][explained, np.arange(len(own))])
            for model in models
        ]
    )
    gamma = particle_scores(maps, kernels)
    return [
        Explanation(probability[:, sample], gamma[:, sample], int(explained[sample]), trained)
        for sample in range(len(own))
    ]


def explain_samples(
    samples: Iterable[Sample], explainer: Callable[..., list[Explanation]], at_once: int
) -> Iterator[tuple[Sample, Explanation]]:
    """Explain samples of one system in the order in which they are read, with a few in memory at a time.

    Parameters
    ----------
    samples : iterable of Sample
        From `glassmap.io.trajectories.samples.samples_of_system`.
    explainer : callable
        `explain` with the networks bound to it.
    at_once : int
        Samples in memory.

    Yields
    ------
    Sample, Explanation
    """
    samples = iter(samples)
    while batch := list(islice(samples, at_once)):
        positions = np.stack([sample.positions for sample in batch])
        yield from zip(batch, explainer(positions, batch[0].species, batch[0].box_lengths[0]), strict=True)
