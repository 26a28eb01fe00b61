"""A paper's choices that affect its correlations with structure and dynamics."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from glassmap.statistics import finite_mean
from glassmap.structure.coarse_graining import Kernel

NO_LENGTH = "no length is published, and none could be measured"


@dataclass(frozen=True, eq=False)
class Method:
    """How a paper coarse-grains and defines the propensity; hashable by identity, for use as a key.

    Attributes
    ----------
    name : str
        Coordinate in result files; ``protocol`` in the configuration.
    kernel : Kernel
        P(r) of fields not in ``own_kernels``.
    power : {1, 2}
        Power of the cage-relative displacement that the propensity averages over runs.
    propensity, delta : str
        Variables in the propensity files: the propensity, and the mean displacement that labels its frames.
    coarse_grains_propensity : bool
        Whether the propensity is coarse-grained like the indicators, or bare.
    own_kernels : mapping of str to Kernel
        Kernels of particular indicators.
    """

    name: str
    kernel: Kernel
    power: int
    propensity: str
    delta: str
    coarse_grains_propensity: bool = True
    own_kernels: Mapping[str, Kernel] = field(default_factory=dict)

    def kernel_of(self, indicator: str) -> Kernel:
        """P(r) of an indicator, or of ``propensity``."""
        return self.own_kernels.get(indicator, self.kernel)


def measured_lengths(lengths: xr.Dataset, method: Method) -> dict[str, float | list[float]]:
    """Measured lengths of a system without published ones.

    Parameters
    ----------
    lengths : Dataset
        From `glassmap.analysis.lengths.measure`.
    method : Method

    Returns
    -------
    dict of str to float or list of float
        sigma*; 0 is bare, NaN if none was found. ``propensity``: xi_Delta at delta = 1. ``propensity_maps``: the
        same at each target, averaged over configurations. ``dynamics``: the common xi_alpha of all indicators with the
        largest mean |C|. ``correlations``: equal to ``propensity`` if that is coarse-grained (Frontiers: 4 and 4 for
        KAM, 3 and 3 for ABM), else to ``dynamics`` (v2: 20 and 20, 10 and 10).
    """
    of_method = lengths.sel(protocol=method.name)
    propensity, dynamics = float(of_method["xi_propensity"]), float(of_method["xi_structure_together"])
    noise_free = lengths["xi_delta_noise_free"].values
    targets = finite_mean(np.where(np.isfinite(noise_free), noise_free, lengths["xi_delta"].values))
    return {
        "correlations": propensity if method.coarse_grains_propensity else dynamics,
        "dynamics": dynamics,
        "propensity": propensity,
        "propensity_maps": targets.tolist() if method.coarse_grains_propensity else [0.0] * len(targets),
    }
