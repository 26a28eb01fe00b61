"""Methods of the two papers by Oyama, Koyama and Kawasaki.

Frontiers, Secs. 3.5 and 3.6; v2, Sec. III.D and its supplement, Eq. S6.
"""

import math
from collections.abc import Iterable, Mapping

from glassmap.analysis.method import Method, measured_lengths
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import LENGTHS
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
# in the order of the result files; selected by ``protocol`` in the configuration
METHODS = {method.name: method for method in (FRONTIERS, ARXIV_V2)}


def by_method(values: Mapping[str, object]) -> dict[Method, object]:
    """Replace names of methods by the methods as keys."""
    return {METHODS[name]: value for name, value in values.items()}


def coarse_graining(
    published: Mapping[str, Mapping[str, Mapping[str, float]] | None], measured: Iterable[str]
) -> dict[str, dict[Method, Mapping[str, float]]]:
    """Coarse-graining lengths of each system: published, or measured if none are published.

    Parameters
    ----------
    published : mapping
        By system and name of the method: length by purpose (``correlations``, ``dynamics``, ``propensity``,
        ``propensity_maps``), sigma*; None for a system without published lengths.
    measured : iterable of str
        Paths of ``lengths.nc`` of the systems without published lengths.

    Returns
    -------
    dict
        By system and method: length by purpose; 0 is bare, NaN if none was found.
    """
    result = {system: by_method(lengths) for system, lengths in published.items() if lengths is not None}
    for path in measured:
        dataset = read_dataset(path, LENGTHS)
        result[dataset.attrs["system"]] = {method: measured_lengths(dataset, method) for method in METHODS.values()}
    return result


def of_purpose(lengths: Mapping[Method, Mapping[str, float]], purpose: str) -> dict[Method, float]:
    """Length for one purpose by method, of one system."""
    return {method: by_purpose[purpose] for method, by_purpose in lengths.items()}
