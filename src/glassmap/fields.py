"""The structural fields of one configuration, side by side: Grad-CAM of every network, and the hand-made indicators."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.indicators import INDICATORS

NO_NETWORK = -1


@dataclass(frozen=True)
class Fields:
    """Bare structural fields of one configuration.

    Attributes
    ----------
    values : ndarray, shape (field, N)
    indicator : ndarray of str, shape (field,)
        ``gradcam`` or a name of the registry `INDICATORS`.
    network : ndarray of int, shape (field,)
        Seed of the network of a Grad-CAM field, `NO_NETWORK` for the others.
    usable : ndarray of bool, shape (field,)
        Not so for a network that failed or is wrong about the configuration, and for a dead map.
    """

    values: np.ndarray
    indicator: np.ndarray
    network: np.ndarray
    usable: np.ndarray

    def coordinates(self) -> dict:
        """Coordinates of the dimension ``field`` of a dataset."""
        return {"indicator": ("field", self.indicator), "network": ("field", self.network)}


def assemble(
    replica: int,
    indicators: xr.Dataset,
    gradcam: Sequence[xr.Dataset],
    seeds: Sequence[int],
    correct: Sequence[bool],
    failed: Sequence[bool],
) -> Fields:
    """Collect the fields of one replica.

    Parameters
    ----------
    replica : int
    indicators : Dataset
        The registry's variables (sample, particle), coordinate ``replica``.
    gradcam : sequence of Dataset
        ``gamma`` (sample, particle) of each network, coordinate ``replica``.
    seeds : sequence of int
        Of the networks.
    correct, failed : sequence of bool
        Whether each network is right about this replica, and whether its training failed.

    Returns
    -------
    Fields

    Raises
    ------
    GlassmapError
        If the replica is not among the samples.
    """
    rows = [_sample(dataset, replica)["gamma"].values.astype(float) for dataset in gradcam]
    by_hand = _sample(indicators, replica)
    rows += [by_hand[name].values.astype(float) for name in INDICATORS]
    values = np.array(rows)
    right = [yes and not lost for yes, lost in zip(correct, failed, strict=True)] + [True] * len(INDICATORS)
    return Fields(
        values=values,
        indicator=np.array(["gradcam"] * len(gradcam) + list(INDICATORS)),
        network=np.array([*seeds, *[NO_NETWORK] * len(INDICATORS)]),
        usable=np.array(right) & (np.ptp(values, axis=-1) > 0),
    )


def mean_by_indicator(values: np.ndarray, fields: Fields) -> dict[str, np.ndarray]:
    """Mean over the usable fields of each indicator (over networks).

    Parameters
    ----------
    values : ndarray, shape (..., field)

    Returns
    -------
    dict of str to ndarray, shape (...)
        NaN where no field of an indicator is usable.
    """
    means = {}
    for name in dict.fromkeys(fields.indicator.tolist()):
        chosen = (fields.indicator == name) & fields.usable
        means[name] = values[..., chosen].mean(axis=-1) if chosen.any() else np.full(values.shape[:-1], np.nan)
    return means


def _sample(dataset: xr.Dataset, replica: int) -> xr.Dataset:
    where = np.flatnonzero(dataset["replica"].values == replica)
    if not len(where):
        raise GlassmapError(f"replica {replica} is not among the test samples; delete their files to make them again")
    return dataset.isel(sample=int(where[0]))
