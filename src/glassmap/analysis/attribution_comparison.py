"""Rows of the tables of attribution methods and layer randomisation: how far do maps depend on the method?

Each quantity has a row ``network = mean``, the mean over networks of each network's mean over its correctly classified
samples, with a 95 % confidence interval from a bootstrap over replicas, and a row for each network. Null networks,
which learned nothing, are listed too; their misclassified samples are kept.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.method import NO_LENGTH, Method
from glassmap.io.exclusions import CONSTANT_FIELD, DEAD, note_if_missing
from glassmap.learning.map_class import OWN
from glassmap.learning.map_ensemble import GRADCAM_NAME, MapEnsemble
from glassmap.statistics import bootstrap_weights, finite_mean, mean_over_members, pearson, spearman
from glassmap.structure.coarse_graining import smoother

COLUMNS = ("network", "quantity", "value", "low", "high", "std_over_networks", "networks", "samples", "dead", "note")
TRAINED = "trained"  # ``network_kind`` of all but the null networks
NO_COMPLETENESS = "the logit is that of the baseline"
INDICATORS = {"c_upsilon": "voronoi_volume", "c_theta": "tong_tanaka"}
COARSE_GRAINED = ("similarity_coarse", *INDICATORS)  # quantities of `compare` that need a coarse-graining length


def compare(
    maps: np.ndarray,
    gamma: np.ndarray,
    networks: MapEnsemble,
    positions: np.ndarray,
    box_length: float,
    xi: float,
    method: Method,
) -> dict[str, np.ndarray]:
    """Correlations of maps and scores with those of the first method, and of scores with hand-crafted indicators.

    Parameters
    ----------
    maps : ndarray, shape (K, M, S, G, G)
        Maps of K networks by M methods, as projected onto the particles; the first method is the reference.
    gamma : ndarray, shape (K, M, S, N)
        Particle scores, bare.
    networks : MapEnsemble
    positions : ndarray, shape (S, N, 2)
    box_length, xi : float
        Box and coarse-graining length, sigma*.
    method : Method
        Defines the kernels.

    Returns
    -------
    dict of str to ndarray, shape (K, M, S)
        ``similarity_map`` (and its Spearman variant), ``similarity_gamma`` (bare) and ``similarity_coarse``, all with
        the first method; ``c_upsilon``, ``c_theta``, coarse-grained. NaN where a map is dead.
    """
    flat = maps.reshape(*maps.shape[:3], -1)
    correlations = {
        "similarity_map": pearson(flat, flat[:, :1]),
        "similarity_map_spearman": spearman(flat, np.broadcast_to(flat[:, :1], flat.shape)),
        "similarity_gamma": pearson(gamma, gamma[:, :1]),
        **{name: np.empty(gamma.shape[:3]) for name in ("similarity_coarse", *INDICATORS)},
    }
    # ranks of a constant map are meaningless
    correlations["similarity_map_spearman"][np.isnan(correlations["similarity_map"])] = np.nan
    for sample, points in enumerate(positions):
        smooth = {
            kernel: smoother(points, box_length, xi, kernel)
            for kernel in {method.kernel_of(name) for name in ("gradcam", *INDICATORS.values())}
        }
        coarse = smooth[method.kernel_of("gradcam")](gamma[:, :, sample])
        correlations["similarity_coarse"][:, :, sample] = pearson(coarse, coarse[:, :1])
        for quantity, name in INDICATORS.items():
            indicator = smooth[method.kernel_of(name)](networks.indicators[name].values[sample])
            correlations[quantity][:, :, sample] = pearson(coarse, indicator)
    return correlations


def propensity_correlation(
    gamma: np.ndarray,
    propensity: np.ndarray,
    positions: np.ndarray,
    box_length: float,
    lengths: Mapping[str, float],
    method: Method,
) -> np.ndarray:
    """Correlation of particle scores with the propensity, both coarse-grained (Frontiers, Sec. 4.6).

    Parameters
    ----------
    gamma : ndarray, shape (..., N)
        Scores of one configuration, bare.
    propensity : ndarray, shape (N,)
        Bare.
    positions : ndarray, shape (N, 2)
    box_length : float
        sigma*.
    lengths : mapping of str to float
        Coarse-graining lengths of the scores (``dynamics``) and the ``propensity``, sigma*; 0 is bare.
    method : Method
        Defines the kernels.

    Returns
    -------
    ndarray, shape (...)
        NaN where a map is dead.
    """
    coarse = smoother(positions, box_length, lengths["dynamics"], method.kernel_of("gradcam"))(gamma)
    mobile = smoother(positions, box_length, lengths["propensity"], method.kernel_of("propensity"))(propensity)
    return pearson(coarse, mobile)


def network_rows(
    quantities: Mapping[str, np.ndarray],
    dead: np.ndarray,
    not_counted: np.ndarray,
    seeds: Sequence[int],
    weights: np.ndarray,
    label: str = "seed",
    without_length: Collection[str] = (),
) -> pd.DataFrame:
    """Table with one row per quantity for the mean over networks, and one for each network.

    Parameters
    ----------
    quantities : mapping of str to ndarray, shape (K, S)
        Correlations of K networks; NaN if undefined.
    dead : ndarray of bool, shape (K, S)
        True if the map is nowhere positive.
    not_counted : ndarray of str, shape (K, S)
        Why a sample does not count for a network, as in `glassmap.learning.map_ensemble.MapEnsemble`; empty if it does.
    seeds : sequence of int, length K
    weights : ndarray, shape (draws, S)
        Multiplicity of each replica in each draw of the bootstrap.
    label : str
        What numbers the networks: their ``seed`` or their ``draw``.
    without_length : collection of str
        Quantities whose coarse-graining length is unknown.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``networks`` and ``samples`` count what enters a mean (for samples, the maximum over
        networks); ``dead`` counts dead maps among the pairs of network and sample that count; ``note`` says why there
        is no value.
    """
    records = []
    usable = not_counted == ""
    reasons = np.where(usable & dead, DEAD, not_counted)
    dead_count = (dead & usable).sum(axis=1)
    for quantity, values in quantities.items():
        values = np.where(usable, values, np.nan)
        present = np.isfinite(values).sum(axis=1)
        means = finite_mean(values, axis=1)
        mean = mean_over_members(values, weights)
        otherwise = NO_LENGTH if quantity in without_length else CONSTANT_FIELD
        records.append({
            "network": "mean", "quantity": quantity, "value": mean.value, "low": mean.low, "high": mean.high,
            "std_over_networks": mean.deviation, "networks": mean.members, "samples": mean.samples,
            "dead": int(dead_count.sum()), "note": note_if_missing(mean.value, reasons, otherwise),
        })  # fmt: skip
        records += [
            {"network": f"{label}-{seed}", "quantity": quantity, "value": mean, "networks": int(count > 0),
             "samples": int(count), "dead": int(dead_maps), "note": note_if_missing(mean, of_network[None], otherwise)}
            for seed, mean, count, dead_maps, of_network in zip(
                seeds, means.tolist(), present, dead_count, reasons, strict=True
            )
        ]  # fmt: skip
    return pd.DataFrame(records, columns=list(COLUMNS))


def maps_for_class(
    methods: xr.Dataset, map_class: str, gradcam: tuple[np.ndarray, np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    """Maps of a network for one class, as projected onto the particles, Grad-CAM first.

    Parameters
    ----------
    methods : Dataset
        From `glassmap.learning.attribution.attribution_dataset`.
    map_class : str
        From `glassmap.learning.map_class.map_classes`. ``gradcam_liquid``, named after its class, is listed under the
        class glass and compared with those maps.
    gradcam : (ndarray, ndarray), optional
        Signed map, shape (S, G, G), and score, shape (S, N), of Grad-CAM, if not the first of ``methods`` already.

    Returns
    -------
    dict
        ``method`` and ``map_class``, shape (M,); ``map``, shape (M, S, G, G); ``gamma``, shape (M, S, N); ``error``,
        shape (M, S), the completeness error, NaN for methods without one.
    """
    selected = methods.isel(method=(methods["map_class"].values == OWN) == (map_class == OWN))
    maps = {
        "method": selected["method"].values,
        "map_class": selected["map_class"].values,
        "map": selected["map"].where(selected["rectified"] == 0, np.maximum(selected["map"], 0)).values,
        "gamma": selected["gamma"].values,
        "error": selected["completeness_error"].values,
    }
    if gradcam is None:
        return maps
    signed, gamma = gradcam
    first = {
        "method": GRADCAM_NAME, "map_class": map_class, "map": np.maximum(signed, 0), "gamma": gamma,
        "error": np.full(len(signed), np.nan),
    }  # fmt: skip
    return {name: np.concatenate([np.asarray(first[name])[None], values]) for name, values in maps.items()}


def replica_weights(networks: MapEnsemble, samples: int, seed: int) -> np.ndarray:
    """Multiplicity of each replica in each of ``samples`` draws of the bootstrap, shape (draws, S)."""
    return bootstrap_weights(samples, len(networks.replica), seed)


def completeness_rows(
    errors: np.ndarray, not_counted: np.ndarray, seeds: Sequence[int], label: str = "seed"
) -> pd.DataFrame:
    """Largest completeness error of integrated gradients, over all networks and for each.

    Parameters
    ----------
    errors : ndarray, shape (K, S)
        Relative errors of K networks.
    not_counted : ndarray of str, shape (K, S)
        As for `network_rows`.
    seeds : sequence of int, length K

    Returns
    -------
    DataFrame
        Columns `COLUMNS`.
    """
    sizes = np.where((not_counted == "") & np.isfinite(errors), np.abs(errors), -np.inf)
    counts = np.isfinite(sizes).sum(axis=1)
    largest = np.where(counts > 0, sizes.max(axis=1, initial=-np.inf), np.nan)
    maximum = float(np.nanmax(largest)) if counts.any() else np.nan
    overall = [("mean", maximum, int((counts > 0).sum()), counts.max(initial=0), not_counted)]
    single = [
        (f"{label}-{seed}", value, int(count > 0), count, of_network[None])
        for seed, value, count, of_network in zip(seeds, largest.tolist(), counts, not_counted, strict=True)
    ]
    table = [
        {
            "network": name,
            "quantity": "completeness_error_max",
            "value": value,
            "networks": network_count,
            "samples": int(count),
            "note": note_if_missing(value, reasons, NO_COMPLETENESS),
        }
        for name, value, network_count, count, reasons in overall + single
    ]
    return pd.DataFrame(table, columns=list(COLUMNS)).assign(dead=0)
