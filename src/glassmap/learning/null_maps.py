"""Maps that no trained network made, for the way that Grad-CAM maps go: what the network adds is what they lack.

A new null map of the density is a function ``(density, rng) -> map`` and one line in `DENSITY_NULLS`.
"""

from collections.abc import Callable, Sequence

import numpy as np

# networks that were not trained, or not on what they should tell
RANDOM_WEIGHTS, SHUFFLED_LABELS = "random_weights", "shuffled_labels"
# cuts through the density at a scanned threshold
DENSITY_CUTS = ("density_above", "density_below")


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


def density_cut(density: np.ndarray, side: str, threshold: float) -> np.ndarray:
    """ReLU(rho - theta) or ReLU(theta - rho), theta at a number of deviations from the mean of the field.

    Parameters
    ----------
    density : ndarray, shape (G, G)
        Raw density field of one sample.
    side : {"density_above", "density_below"}
    threshold : float
        Standard deviations of this field over the grid; theta = mean + threshold * deviation.

    Returns
    -------
    ndarray, shape (G, G)
    """
    above = density - (density.mean() + threshold * density.std())
    return np.maximum(above if side == "density_above" else -above, 0)


def cut_name(side: str, threshold: float) -> str:
    """Name of the field of one cut, such as ``density_above_0.75``."""
    return f"{side}_{float(threshold)!r}"


def cut_of(name: str) -> tuple[str, float] | None:
    """Side and threshold of the cut with a name from `cut_name`; None of any other null map."""
    for side in DENSITY_CUTS:
        try:
            return side, float(name.removeprefix(f"{side}_"))
        except ValueError:
            continue
    return None


def density_map(name: str, density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The null map of a name from `fields_of_study` that needs the density only, shape (G, G)."""
    cut = cut_of(name)
    return DENSITY_NULLS[name](density, rng) if cut is None else density_cut(density, *cut)


def of_density(name: str) -> bool:
    """Whether `density_map` knows a null map; the others are maps of networks."""
    return name in DENSITY_NULLS or cut_of(name) is not None


def fields_of_study(
    nulls: Sequence[str], draws: int, shuffled_networks: int, thresholds: Sequence[float] = ()
) -> list[tuple[str, int]]:
    """Name and number of every null map of a study.

    Parameters
    ----------
    nulls : sequence of str
    draws : int
        Of those in `RANDOM`; networks trained on shuffled labels are ``shuffled_networks``.
    shuffled_networks : int
    thresholds : sequence of float
        Of each of `DENSITY_CUTS` among the nulls.

    Returns
    -------
    list of (str, int)
        A cut has a name of its own at every threshold, from `cut_name`.
    """
    count = {name: draws if name in RANDOM else 1 for name in nulls} | {SHUFFLED_LABELS: shuffled_networks}
    found = []
    for name in nulls:
        if name in DENSITY_CUTS:
            found += [(cut_name(name, threshold), 0) for threshold in thresholds]
        else:
            found += [(name, draw) for draw in range(count[name])]
    return found
