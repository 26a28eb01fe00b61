"""For which class a class activation map is: the papers do not say it of the maps of liquid samples.

Both readings stand side by side: the class glass for every sample, and the sample's own class. Of glass samples
both are the same map.
"""

import numpy as np
import xarray as xr

GLASS, OWN = "glass", "own"
ANY = "any"  # of a map that no network made, which stands beside those of either class
GRADCAM_LIQUID = "gradcam_liquid"  # the attribution that is for the class liquid whatever the sample's


def is_dead(maps: np.ndarray, axes: int = 1) -> np.ndarray:
    """Whether a map is 0 everywhere, as one is that its ReLU leaves nothing of.

    Parameters
    ----------
    maps : ndarray, shape (..., N) or (..., G, G)
        Scores of particles, or rectified maps on the grid.
    axes : int
        How many of the last axes are the map's.

    Returns
    -------
    ndarray of bool, shape (...)
    """
    return (np.asarray(maps) == 0).all(axis=tuple(range(-axes, 0)))


def map_classes(phase: str) -> tuple[str, ...]:
    """The classes that the maps of the samples of a phase are for, each map once."""
    return (GLASS,) if phase == GLASS else (GLASS, OWN)


def is_of_map(quantity: str) -> bool:
    """Whether a quantity is that of a class activation map, such as ``c_gamma_upsilon``."""
    return "gamma" in quantity.split("_")


def in_class(classes, map_class: str) -> np.ndarray:
    """Which of the maps, with their classes, are for this one or for any; bool of the same shape."""
    return np.isin(classes, (map_class, ANY))


def of_class(results: xr.Dataset, map_class: str) -> xr.Dataset:
    """The part of a dataset whose maps are for one class.

    Parameters
    ----------
    results : Dataset
        With the coordinate ``map_class`` along the dimension of its maps.
    map_class : {"glass", "own"}

    Returns
    -------
    Dataset
        Maps that no network made are in both parts.
    """
    (dimension,) = results["map_class"].dims
    return results.isel({dimension: in_class(results["map_class"].values, map_class)})
