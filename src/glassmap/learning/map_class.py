"""The class that a class activation map explains, which the papers do not specify for liquid samples.

Both readings are computed: the class glass for every sample, and the sample's own class. For glass samples the two
maps coincide. Here and elsewhere, liquid and glass are the two states that the networks tell apart, whatever their
names (``classifier.states``, handed on as ``phases``): liquid is the first, class 0, and glass the second, class 1. A
map of the class glass is labelled with the name of that state.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

OWN = "own"
ANY = "any"  # of a map that no network made, compared with those of both classes
GRADCAM_CLASS_0 = "gradcam_class_0"  # the attribution for the class liquid, whatever the sample's class


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


def map_classes(phase: str, phases: Sequence[str]) -> tuple[str, ...]:
    """The classes explained by the maps of samples of one of the phases; maps that coincide are listed once."""
    return (phases[1],) if phase == phases[1] else (phases[1], OWN)


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
    map_class : str
        From `map_classes`.

    Returns
    -------
    Dataset
        Maps that no network made are always included.
    """
    (dimension,) = results["map_class"].dims
    return results.isel({dimension: matches_class(results["map_class"].values, map_class)})
