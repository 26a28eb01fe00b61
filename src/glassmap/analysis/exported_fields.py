"""Every field of the particles of a sample by its name in the exported files: scores, indicators, propensities."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from glassmap.analysis.method import Method
from glassmap.dynamics.propensity import nearest_frame
from glassmap.learning.map_class import OWN
from glassmap.learning.map_ensemble import GRADCAM_NAME, MapEnsemble
from glassmap.statistics import finite_mean
from glassmap.structure.coarse_graining import coarse_grain
from glassmap.structure.indicators import INDICATORS

# a field of a file: values of the particles, shape (N,), by the replica
Field = Mapping[int, np.ndarray]


def number(value: float) -> str:
    """Every digit of a number in a field's name, in which OVITO replaces points by underscores: 2_5 for 2.5."""
    return np.format_float_positional(value, trim="-").replace(".", "_")


def coarse_name(name: str, xi: float) -> str:
    """Name of a field coarse-grained with a length, such as ``voronoi_volume_xi_4``."""
    return f"{name}_xi_{number(xi)}"


def unit(name: str, dimension: int) -> str:
    """Unit of the field of this name."""
    bare = name.partition("_xi_")[0]
    if bare in INDICATORS:
        return INDICATORS[bare].units.format(d=dimension)
    if bare.startswith("propensity"):
        return "sigma*^2" if bare.startswith("propensity_squared") else "sigma*"
    return "1"


def scores(networks: MapEnsemble, phase: str) -> dict[str, Field]:
    """Grad-CAM scores of each network and their means over the networks.

    Parameters
    ----------
    networks : MapEnsemble
        Of all classes (`glassmap.learning.map_ensemble.read_all_classes`).
    phase : str
        The samples' own class.

    Returns
    -------
    dict of str to Field
        ``gamma_mean`` and ``gamma_seed_<s>`` for the class glass, ``gamma_<phase>_mean`` and ``gamma_<phase>_seed_<s>``
        for the samples' own. The means, as in the tables, are over the networks whose training did not fail and that
        classify the sample correctly; NaN if there is none.
    """
    fields = {}
    for map_class in dict.fromkeys(networks.classes):
        one = networks.select_class(map_class)
        prefix = f"gamma_{phase}" if map_class == OWN else "gamma"
        counted = one.correct & ~one.failed[:, None]
        mean = finite_mean(np.where(counted[..., None], one.gamma, np.nan))
        fields[f"{prefix}_mean"] = by_replica(one.replica, mean)
        for seed, gamma in zip(one.seeds, one.gamma, strict=True):
            fields[f"{prefix}_seed_{seed}"] = by_replica(one.replica, gamma)
    return fields


def attribution_scores(attributions: xr.Dataset, phase: str, seed: int) -> dict[str, Field]:
    """Scores of a network by other methods of attribution.

    Parameters
    ----------
    attributions : Dataset
        ``gamma`` (method, sample, particle), ``method``, ``map_class``, ``replica``.
    phase : str
        The samples' own class.
    seed : int
        Of the network.

    Returns
    -------
    dict of str to Field
        ``<method>_seed_<s>``, and ``<method>_<phase>_seed_<s>`` for the samples' own class where it is another.
    """
    fields = {}
    labels = zip(attributions["method"].values, attributions["map_class"].values, strict=True)
    for (method, map_class), gamma in zip(labels, attributions["gamma"].values, strict=True):
        name = f"{method}_{phase}" if map_class == OWN else method
        fields[f"{name}_seed_{seed}"] = by_replica(attributions["replica"].values, gamma)
    return fields


def propensities(
    ensembles: Iterable[xr.Dataset], method: Method, targets: Sequence[float], tolerance: float
) -> dict[str, Field]:
    """Bare propensities at the times that figures show: where the mean displacement delta is nearest to a target.

    Parameters
    ----------
    ensembles : iterable of Dataset
        Isoconfigurational ensembles with attributes ``temperature`` and ``replica``.
    method : Method
        Defines propensity and delta.
    targets : sequence of float
        sigma*.
    tolerance : float
        Largest relative deviation of delta from a target.

    Returns
    -------
    dict of str to Field
        ``propensity_T_<T>_delta_<target>``, of the targets that are reached; ``propensity_squared_...`` if the
        method squares displacements.
    """
    fields: dict[str, dict[int, np.ndarray]] = {}
    for ensemble in ensembles:
        for target in targets:
            frame = nearest_frame(ensemble[method.delta].values, target, tolerance)
            if frame is not None:
                name = f"{method.propensity}_T_{number(ensemble.attrs['temperature'])}_delta_{number(target)}"
                fields.setdefault(name, {})[int(ensemble.attrs["replica"])] = ensemble[method.propensity].values[frame]
    return fields


def by_replica(replica: np.ndarray, values: np.ndarray) -> Field:
    """Values of samples, shape (sample, N), by the replica of each."""
    return dict(zip(replica.tolist(), values, strict=True))


def fields_of_sample(
    fields: Mapping[str, Field],
    coarse: Sequence[str],
    replica: int,
    positions: np.ndarray,
    box_length: float,
    xi: float,
    method: Method,
) -> dict[str, np.ndarray]:
    """Every field of a sample, bare, and some coarse-grained as well.

    Parameters
    ----------
    fields : mapping of str to Field
    coarse : sequence of str
        Fields that are also coarse-grained (Frontiers, Eq. 7), unless ``xi`` is 0, which is bare, or NaN, unknown.
    replica : int
    positions : ndarray, shape (N, d)
        sigma*.
    box_length, xi : float
        Box and coarse-graining length, sigma*.
    method : Method
        Defines the kernels.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        A coarse-grained field follows its bare one; NaN where the replica has no value.
    """
    unknown = np.full(len(positions), np.nan)
    values = {name: field.get(replica, unknown) for name, field in fields.items()}
    smoothed = {}
    if xi > 0:
        of_kernel: dict = {}
        for name in coarse:
            kernel = method.kernel_of(GRADCAM_NAME if name.startswith("gamma") else name)
            of_kernel.setdefault(kernel, []).append(name)
        for kernel, names in of_kernel.items():
            bare = np.stack([values[name] for name in names])
            known = np.isfinite(bare).all(axis=1)
            means = np.full(bare.shape, np.nan)
            if known.any():
                means[known] = coarse_grain(bare[known], positions, box_length, xi, kernel)
            smoothed |= dict(zip(names, means, strict=True))
    result = {}
    for name, bare in values.items():
        result[name] = bare
        if name in smoothed:
            result[coarse_name(name, xi)] = smoothed[name]
    return result
