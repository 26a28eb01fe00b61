"""The choices of the two papers of Oyama, Koyama and Kawasaki.

Frontiers, Secs. 3.5 and 3.6; v2, Sec. III.D and its supplement, Eq. S6.
"""

import math
from collections.abc import Mapping

from glassmap.analysis.method import Method
from glassmap.structure.coarse_graining import Kernel, exponential, gaussian

FRONTIERS = Method("frontiers", Kernel(gaussian, 2.0), 1, "propensity", "delta")
ARXIV_V2 = Method(
    "arxiv-v2",
    Kernel(exponential, math.inf),
    2,
    "propensity_squared",
    "delta_root",
    coarse_grains_propensity=False,
    own_kernels={"tong_tanaka": Kernel(exponential, 1.0)},
)
# in the order of the result files; the configuration chooses by ``protocol``
METHODS = {method.name: method for method in (FRONTIERS, ARXIV_V2)}


def by_method(values: Mapping[str, object]) -> dict[Method, object]:
    """What the configuration or a file has by the names of the methods."""
    return {METHODS[name]: value for name, value in values.items()}
