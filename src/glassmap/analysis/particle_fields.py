"""Structural fields of one configuration: maps of networks or controls, and hand-crafted indicators."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from glassmap.errors import GlassmapError
from glassmap.io.exclusions import CONSTANT, CRYSTAL
from glassmap.learning.map_ensemble import MapEnsemble
from glassmap.statistics import is_constant

NO_NETWORK = -1


@dataclass(frozen=True)
class ParticleFields:
    """Bare structural fields of one configuration.

    Attributes
    ----------
    values : ndarray, shape (field, N)
    indicator : ndarray of str, shape (field,)
        ``gradcam``, a control, or a name in the registry `glassmap.structure.indicators.INDICATORS`.
    network : ndarray of int, shape (field,)
        Network seed of a Grad-CAM field, draw number of a control, else `NO_NETWORK`.
    not_usable : ndarray of str, shape (field,)
        Why a field is not usable, from `glassmap.io.exclusions`: a network failed or misclassifies the configuration,
        the field is constant, such as a dead map, or the configuration is a crystal; empty if it is usable.
    """

    values: np.ndarray
    indicator: np.ndarray
    network: np.ndarray
    not_usable: np.ndarray

    @property
    def usable(self) -> np.ndarray:
        """Whether each field is usable, shape (field,)."""
        return self.not_usable == ""

    def coordinates(self) -> dict:
        """Coordinates of the dimension ``field`` in a dataset."""
        return {"indicator": ("field", self.indicator), "network": ("field", self.network)}

    def only(self, names: Iterable[str]) -> "ParticleFields":
        """Subset of the fields, by indicator."""
        chosen = np.isin(self.indicator, list(names))
        arrays = (self.values, self.indicator, self.network, self.not_usable)
        return ParticleFields(*(array[chosen] for array in arrays))


def fields_of(networks: MapEnsemble, replica: int) -> ParticleFields:
    """Fields of one replica.

    Parameters
    ----------
    networks : MapEnsemble
    replica : int

    Returns
    -------
    ParticleFields

    Raises
    ------
    GlassmapError
        If the replica is not among the samples.
    """
    where = np.flatnonzero(networks.replica == replica)
    if not len(where):
        raise GlassmapError(f"replica {replica} is not among the test samples")
    sample = int(where[0])
    names = networks.indicator_names
    indicators = np.stack([networks.indicators[name].values[sample] for name in names])
    values = np.concatenate([networks.gamma[:, sample], indicators])
    constant = np.where(is_constant(indicators), CONSTANT, "")
    of_indicators = np.where(networks.crystallised[sample], CRYSTAL, constant)
    return ParticleFields(
        values=values,
        indicator=np.array([*networks.names, *names]),
        network=np.array([*networks.seeds, *[NO_NETWORK] * len(names)]),
        not_usable=np.concatenate([networks.not_usable[:, sample], of_indicators]),
    )


def mean_by_indicator(values: np.ndarray, fields: ParticleFields) -> dict[str, np.ndarray]:
    """Mean over the usable fields of each indicator (over networks).

    Parameters
    ----------
    values : ndarray, shape (..., field)

    Returns
    -------
    dict of str to ndarray, shape (...)
        NaN if no field of an indicator is usable.
    """
    means = {}
    for name in dict.fromkeys(fields.indicator.tolist()):
        chosen = (fields.indicator == name) & fields.usable
        means[name] = values[..., chosen].mean(axis=-1) if chosen.any() else np.full(values.shape[:-1], np.nan)
    return means
