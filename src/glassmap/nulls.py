"""Maps that no trained network made, for the way that Grad-CAM maps go: what the network adds is what they lack.

A new null map of the density is a function ``(density, rng) -> map`` and one line in `DENSITY_NULLS`.
"""

from collections.abc import Callable

import numpy as np

# networks that were not trained, or not on what they should tell
RANDOM_WEIGHTS, SHUFFLED_LABELS = "random_weights", "shuffled_labels"


def constant(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """1 everywhere; a particle's share is the sum of its fractions of the density over the grid."""
    return np.ones_like(density)


def density_above_mean(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """ReLU(rho - mean)."""
    return np.maximum(density - density.mean(), 0)


def density_below_mean(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """ReLU(mean - rho)."""
    return np.maximum(density.mean() - density, 0)


def white_noise(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uniform random numbers between 0 and 1, as positive as a Grad-CAM map: a constant map with noise on it."""
    return rng.uniform(size=density.shape)


def signed_white_noise(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Normal random numbers of either sign, whose correlation with anything is 0 on average."""
    return rng.standard_normal(density.shape)


# of a raw density field, shape (G, G), and a generator: a map, shape (G, G)
DENSITY_NULLS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    function.__name__: function
    for function in (constant, density_above_mean, density_below_mean, white_noise, signed_white_noise)
}
# those with another map in each draw
RANDOM = frozenset({"white_noise", "signed_white_noise", RANDOM_WEIGHTS, SHUFFLED_LABELS})


# those that are networks, which can be asked in other ways than by Grad-CAM
OF_NETWORKS = (RANDOM_WEIGHTS, SHUFFLED_LABELS)


def fields_of_study(nulls: list[str], draws: int, shuffled_networks: int) -> list[tuple[str, int]]:
    """Name and number of every null map of a study.

    Parameters
    ----------
    nulls : list of str
    draws : int
        Of those in `RANDOM`; networks trained on shuffled labels are ``shuffled_networks``.
    shuffled_networks : int

    Returns
    -------
    list of (str, int)
    """
    count = {name: draws if name in RANDOM else 1 for name in nulls} | {SHUFFLED_LABELS: shuffled_networks}
    return [(name, draw) for name in nulls for draw in range(count[name])]
