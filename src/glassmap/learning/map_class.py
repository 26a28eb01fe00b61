"""The class that a class activation map explains, which the papers do not specify for liquid samples.

Both readings are computed: the class glass for every sample, and the sample's own class. For glass samples the two
maps coincide.
"""

import numpy as np
import xarray as xr

GLASS, OWN = "glass", "own"
ANY = "any"  # of a map that no network made, compared with those of both classes
GRADCAM_LIQUID = "gradcam_liquid"  # the attribution for the class liquid, whatever the sample's class


def is_dead(maps: np.ndarray, axes: int = 1) -> np.ndarray:
    """Whether a map is zero everywhere, because the ReLU has removed all of it.

    Parameters
    ----------
    maps : ndarray, shape (..., N) or (..., G, G)
        Particle scores, or rectified maps on the grid.
    axes : int
        Number of trailing axes that belong to the map.

    Returns
    -------
    ndarray of bool, shape (...)
    """
    return (np.asarray(maps) == 0).all(axis=tuple(range(-axes, 0)))


def map_classes(phase: str) -> tuple[str, ...]:
    """The classes explained by the maps of samples of a phase; maps that coincide are listed once."""
    return (GLASS,) if phase == GLASS else (GLASS, OWN)


def involves_map(quantity: str) -> bool:
    """Whether a quantity, such as ``c_gamma_upsilon``, involves a class activation map."""
    return "gamma" in quantity.split("_")


def matches_class(classes, map_class: str) -> np.ndarray:
    """Whether maps of these classes explain ``map_class`` or any class; bool of the same shape."""
    return np.isin(classes, (map_class, ANY))


def select_class(results: xr.Dataset, map_class: str) -> xr.Dataset:
    """The part of a dataset whose maps explain one class.

    Parameters
    ----------
    results : Dataset
        With the coordinate ``map_class`` along the dimension of its maps.
    map_class : {"glass", "own"}

    Returns
    -------
    Dataset
        Maps that no network made are always included.
    """
    (dimension,) = results["map_class"].dims
    return results.isel({dimension: matches_class(results["map_class"].values, map_class)})
