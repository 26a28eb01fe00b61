"""The choices of a paper that its correlations with structure and dynamics depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from glassmap.structure.coarse_graining import Kernel


@dataclass(frozen=True, eq=False)
class Method:
    """How a paper coarse-grains, and what it calls the propensity; one object each, so that it can be a key.

    Attributes
    ----------
    name : str
        Coordinate of the result files, ``protocol`` of the configuration.
    kernel : Kernel
        P(r) of every field without a kernel of its own.
    power : {1, 2}
        Of the cage-relative displacement that the propensity averages over the runs.
    propensity, delta : str
        Variables of the propensity files: the propensity, and the mean displacement it is compared at.
    coarse_grains_propensity : bool
        Whether the propensity is coarse-grained as the indicators are; else it is bare.
    own_kernels : mapping of str to Kernel
        By indicator.
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
