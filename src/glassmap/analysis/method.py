"""A paper's choices that affect its correlations with structure and dynamics."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from glassmap.structure.coarse_graining import Kernel


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
