"""Null maps, processed exactly like Grad-CAM maps: a network adds only what they lack.

A new null map of the density is a function ``(density, rng) -> map`` and one line in `DENSITY_NULLS`.
"""

from collections.abc import Callable, Sequence

import numpy as np

# networks that were not trained, or trained on meaningless labels
RANDOM_WEIGHTS, SHUFFLED_LABELS = "random_weights", "shuffled_labels"
# density fields thresholded at scanned values
DENSITY_CUTS = ("density_above", "density_below")


def constant(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """1 everywhere; a particle's score is then the sum over the grid of its fraction of the density."""
    return np.ones_like(density)


def density_above_mean(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """ReLU(rho - mean)."""
    return np.maximum(density - density.mean(), 0)


def density_below_mean(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """ReLU(mean - rho)."""
    return np.maximum(density.mean() - density, 0)


def white_noise(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uniform random numbers between 0 and 1, non-negative like a Grad-CAM map: a constant map plus noise."""
    return rng.uniform(size=density.shape)


def signed_white_noise(density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Normal random numbers of both signs, whose correlation with any field is 0 on average."""
    return rng.standard_normal(density.shape)


# functions of a raw density field, shape (G, G), and a generator that return a map, shape (G, G)
DENSITY_NULLS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    function.__name__: function
    for function in (constant, density_above_mean, density_below_mean, white_noise, signed_white_noise)
}
# null maps that differ between draws
RANDOM = frozenset({"white_noise", "signed_white_noise", RANDOM_WEIGHTS, SHUFFLED_LABELS})
# null maps made by networks, to which other attribution methods apply as well
NETWORK_NULLS = (RANDOM_WEIGHTS, SHUFFLED_LABELS)


def density_cut(density: np.ndarray, side: str, threshold: float) -> np.ndarray:
    """ReLU(rho - theta) or ReLU(theta - rho), with theta in standard deviations from the mean of the field.

    Parameters
    ----------
    density : ndarray, shape (G, G)
        Raw density field of one sample.
    side : {"density_above", "density_below"}
    threshold : float
        In standard deviations of this field over the grid; theta = mean + threshold * deviation.

    Returns
    -------
    ndarray, shape (G, G)
    """
    above = density - (density.mean() + threshold * density.std())
    return np.maximum(above if side == "density_above" else -above, 0)


def cut_name(side: str, threshold: float) -> str:
    """Name of a density cut, such as ``density_above_0.75``."""
    return f"{side}_{float(threshold)!r}"


def parse_cut_name(name: str) -> tuple[str, float] | None:
    """Side and threshold of a cut from its `cut_name`; None for any other null map."""
    for side in DENSITY_CUTS:
        try:
            return side, float(name.removeprefix(f"{side}_"))
        except ValueError:
            continue
    return None


def density_map(name: str, density: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Null map, shape (G, G), that depends only on the density; names as from `null_fields`.

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.learning.null_maps import density_map
    >>> density_map("density_above_mean", np.array([[1.0, 2.0], [2.0, 7.0]]), np.random.default_rng(0))
    array([[0., 0.],
           [0., 4.]])
    """
    cut = parse_cut_name(name)
    return DENSITY_NULLS[name](density, rng) if cut is None else density_cut(density, *cut)


def is_density_map(name: str) -> bool:
    """Whether a null map is a `density_map`; all others are maps of networks."""
    return name in DENSITY_NULLS or parse_cut_name(name) is not None


def null_fields(
    nulls: Sequence[str], draws: int, shuffled_networks: int, thresholds: Sequence[float] = ()
) -> list[tuple[str, int]]:
    """Name and draw of every null map of a study.

    Parameters
    ----------
    nulls : sequence of str
    draws : int
        Draws of each null in `RANDOM`, except networks trained on shuffled labels.
    shuffled_networks : int
        Number of networks trained on shuffled labels.
    thresholds : sequence of float
        For each of `DENSITY_CUTS` among the nulls.

    Returns
    -------
    list of (str, int)
        Cuts are named by threshold, see `cut_name`.
    """
    count = {name: draws if name in RANDOM else 1 for name in nulls} | {SHUFFLED_LABELS: shuffled_networks}
    fields = []
    for name in nulls:
        if name in DENSITY_CUTS:
            fields += [(cut_name(name, threshold), 0) for threshold in thresholds]
        else:
            fields += [(name, draw) for draw in range(count[name])]
    return fields
