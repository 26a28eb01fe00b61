"""Correlations between indicators for each sample, and their statistics (Frontiers, Sec. 4.5)."""

from collections.abc import Iterable, Mapping
from itertools import combinations, product

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.method import NO_LENGTH, Method
from glassmap.io.exclusions import CONSTANT_FIELD, exclusion_reasons, note_if_missing
from glassmap.io.schema import variable
from glassmap.learning.map_class import ANY, involves_map, is_dead
from glassmap.learning.map_ensemble import MapEnsemble
from glassmap.statistics import (
    bootstrap_weights,
    finite_deviation,
    finite_mean,
    mean_over_members,
    partial,
    pearson,
    spearman,
)
from glassmap.structure.coarse_graining import coarse_grain, normalise
from glassmap.structure.indicators import HELD_FIXED, INDICATORS, ORDER_PARAMETERS

STATISTICS = ("pearson", "spearman")
KEYS = {"gradcam": "gamma", **{name: indicator.key for name, indicator in INDICATORS.items()}}
SYMBOLS = {"gradcam": "Γ", **{name: indicator.symbol for name, indicator in INDICATORS.items()}}
# Gamma first, the others alphabetically, as in the names of the reference values
PAIRS = tuple(tuple(sorted(pair, key=lambda name: (name != "gradcam", KEYS[name]))) for pair in combinations(KEYS, 2))


def quantity_of(first: str, second: str) -> str:
    """Name of the correlation between two indicators in either order, such as ``c_gamma_upsilon``."""
    pair = next(pair for pair in PAIRS if set(pair) == {first, second})
    return "c_" + "_".join(KEYS[name] for name in pair)


def pairs_of(names: Iterable[str]) -> list[tuple[str, str]]:
    """Those of `PAIRS` that these indicators, and maps, form."""
    known = {"gradcam", *names}
    return [pair for pair in PAIRS if known.issuperset(pair)]


# pairs in the papers: no baselines
PAPER_PAIRS = tuple(pair for pair in PAIRS if set(pair) <= {"gradcam", *ORDER_PARAMETERS})
PAPER_QUANTITIES = tuple(quantity_of(*pair) for pair in PAPER_PAIRS)
# C(Gamma, Theta), controlled for density, composition and Voronoi volume
PARTIAL_QUANTITY = "c_gamma_theta_partial"


def correlate_sample(
    gamma: np.ndarray,
    indicators: dict[str, np.ndarray],
    positions: np.ndarray,
    box_length: float,
    xi: float,
    method: Method,
) -> dict[str, np.ndarray]:
    """Correlations between the coarse-grained, normalised indicators of one configuration.

    Parameters
    ----------
    gamma : ndarray, shape (K, N)
        Bare Grad-CAM scores of K networks.
    indicators : dict of str to ndarray, shape (N,)
        Bare indicators, by their names in `INDICATORS`.
    positions : ndarray, shape (N, 2)
    box_length, xi : float
        Box and coarse-graining length, sigma*.
    method : Method
        Defines the kernels.

    Returns
    -------
    dict of str to ndarray
        ``pearson`` and ``spearman``, shape (K, pair), in the order of `pairs_of` the indicators; ``partial``, shape
        (K,), is C(Gamma, Theta) controlled for `HELD_FIXED`. NaN where a map is dead.
    """
    names = list(indicators)
    stacked = {"gradcam": gamma, **{name: indicators[name][None] for name in names}}
    by_kernel: dict = {}
    for name in stacked:
        by_kernel.setdefault(method.kernel_of(name), []).append(name)
    fields = {}
    for kernel, members in by_kernel.items():
        bare = np.concatenate([stacked[name] for name in members])
        coarse = normalise(coarse_grain(bare, positions, box_length, xi, kernel))
        ends = np.cumsum([len(stacked[name]) for name in members])
        fields |= dict(zip(members, np.split(coarse, ends[:-1]), strict=True))
    count = len(gamma)
    controls = np.stack([fields[name][0] for name in HELD_FIXED])
    return {
        "partial": partial(fields["gradcam"], fields["tong_tanaka"], controls),
    } | {
        statistic.__name__: np.stack(
            [np.broadcast_to(statistic(fields[first], fields[second]), count) for first, second in pairs_of(names)],
            axis=-1,
        )
        for statistic in (pearson, spearman)
    }


def correlate(configurations: xr.Dataset, networks: MapEnsemble, lengths: Mapping[Method, float]) -> xr.Dataset:
    """Content of ``correlations/<phase>.nc``: correlations of all samples of one system and phase.

    Parameters
    ----------
    configurations : Dataset
        ``position`` (sample, particle, axis), ``box_length``, ``replica`` and ``split`` (sample).
    networks : MapEnsemble
        For the same samples. Correlations are NaN where a network misclassifies the sample, and where the
        replica's glass has crystallised.
    lengths : mapping of Method to float
        Coarse-graining length of each method, sigma*.

    Returns
    -------
    Dataset
        ``pearson`` and ``spearman`` (protocol, network, sample, pair), ``partial`` (protocol, network, sample),
        with the flags needed by `summarise`. A network appears once for each class that its maps explain, given by the
        coordinate ``map_class``; select with `glassmap.learning.map_class.select_class`.
    """
    box_length = float(configurations["box_length"])
    gamma, correct = networks.gamma, networks.correct
    shape, pairs = (len(lengths), *correct.shape), pairs_of(networks.indicator_names)
    values = {statistic: np.empty((*shape, len(pairs))) for statistic in STATISTICS} | {"partial": np.empty(shape)}
    for sample, positions in enumerate(configurations["position"].values):
        bare = {name: networks.indicators[name].values[sample] for name in networks.indicator_names}
        for index, (method, xi) in enumerate(lengths.items()):
            result = correlate_sample(gamma[:, sample], bare, positions, box_length, xi, method)
            for statistic in values:
                values[statistic][index, :, sample] = result[statistic]
    dims = ("protocol", "network", "sample", "pair")
    counted = correct & ~networks.crystallised
    left_out = "NaN where the network is wrong or a crystal"
    variables = {
        statistic: variable(
            dims, np.where(counted[..., None], values[statistic], np.nan), "1",
            f"{statistic} correlation of the coarse-grained indicators; {left_out}",
        )
        for statistic in STATISTICS
    }  # fmt: skip
    variables["partial"] = variable(
        dims[:3], np.where(counted, values["partial"], np.nan), "1",
        f"Pearson correlation of Gamma and Theta with {', '.join(HELD_FIXED)} held fixed; {left_out}",
    )  # fmt: skip
    flag = ("network", "sample")
    dead = is_dead(gamma)
    variables |= {
        "correct": variable(flag, correct.astype(np.int8), "1", "1 where the network classifies the sample correctly"),
        "dead": variable(flag, dead.astype(np.int8), "1", "1 where the map is nowhere positive"),
        "failed": variable(("network",), networks.failed.astype(np.int8), "1", "1 where the training failed"),
        "crystallised": variable(
            ("sample",), networks.crystallised.astype(np.int8), "1", "1 where the glass of the replica is a crystal"
        ),
    }
    coordinates = {
        "protocol": [method.name for method in lengths],
        "network": list(networks.seeds),
        "map": ("network", list(networks.names)),
        "map_class": ("network", list(networks.classes or [ANY] * len(networks.names))),
        "pair": [quantity_of(*pair) for pair in pairs],
        "replica": configurations["replica"],
        "split": configurations["split"],
        "xi": variable(("protocol",), list(lengths.values()), "sigma*", "coarse-graining length"),
    }
    return xr.Dataset(variables, coords=coordinates)


def correlation_values(used: xr.Dataset, protocol: str, quantity: str, statistic: str) -> np.ndarray:
    """Values of one correlation, shape (network, sample); Pearson only for `PARTIAL_QUANTITY`."""
    values = used["partial"] if quantity == PARTIAL_QUANTITY else used[statistic].sel(pair=quantity)
    return values.sel(protocol=protocol).transpose("network", "sample").values


def reasons_of(results: xr.Dataset, quantity: str) -> np.ndarray:
    """Why correlations of a quantity are missing, from `glassmap.io.exclusions.exclusion_reasons`.

    Parameters
    ----------
    results : Dataset
        From `correlate`.
    quantity : str
        If it involves a map, dead maps do not count.

    Returns
    -------
    ndarray of str, shape (network, sample)
    """
    flags = (results[name].values.astype(bool) for name in ("crystallised", "failed", "correct"))
    return exclusion_reasons(*flags, results["dead"].values.astype(bool) & involves_map(quantity))


def without_value(results: xr.Dataset, protocol: str) -> str:
    """Why a correlation has no value although samples are left: its length is unknown, or a field is constant."""
    return CONSTANT_FIELD if np.isfinite(results["xi"].sel(protocol=protocol)) else NO_LENGTH


def summarise(results: xr.Dataset, samples: int, seed: int) -> pd.DataFrame:
    """Means, standard deviations and counts for the correlations of one system and phase.

    Parameters
    ----------
    results : Dataset
        ``pearson`` and ``spearman`` (protocol, network, sample, pair), NaN where a sample is excluded;
        ``correct`` and ``dead`` (network, sample); ``failed`` (network); ``crystallised`` (sample). Maps of one class.
    samples, seed : int
        Bootstrap over replicas.

    Returns
    -------
    DataFrame
        One row per protocol, quantity and statistic. ``value`` is the mean over networks of each
        network's mean over its samples, ``low`` and ``high`` its 95 % confidence interval from a bootstrap over
        replicas at fixed networks; ``std_over_samples`` is the standard deviation over samples within a
        network, averaged over networks; ``std_over_networks`` that of the networks' means (NaN for
        one network). Failed networks and crystallised samples are counted but never averaged;
        ``wrong`` and ``dead`` count (network, sample) pairs among the networks and samples used. ``note``: why there
        is no value.
    """
    failed = results["failed"].values.astype(bool)
    crystallised = results["crystallised"].values.astype(bool)
    used = results.isel(network=~failed, sample=~crystallised)
    counts = {
        "networks": int((~failed).sum()),
        "failed": int(failed.sum()),
        "wrong": int((~used["correct"].values.astype(bool)).sum()),
        "dead": int(used["dead"].values.astype(bool).sum()),
        "crystallised": int(crystallised.sum()),
    }
    # weights for all samples, including crystals (NaN), so that the bootstrap draws match the other tables
    learned = results.isel(network=~failed)
    weights = bootstrap_weights(samples, learned.sizes["sample"], seed)
    rows = []
    for protocol in results["protocol"].values.tolist():
        for name, statistic in (*product(results["pair"].values.tolist(), STATISTICS), (PARTIAL_QUANTITY, "pearson")):
            table = correlation_values(learned, protocol, name, statistic)
            mean = mean_over_members(table, weights)
            rows.append(
                {
                    "protocol": protocol,
                    "quantity": name,
                    "statistic": statistic,
                    "value": mean.value,
                    "low": mean.low,
                    "high": mean.high,
                    "std_over_samples": float(finite_mean(finite_deviation(table, axis=1))),
                    "std_over_networks": mean.deviation,
                    "samples": mean.samples,
                    **counts,
                    "note": note_if_missing(mean.value, reasons_of(results, name), without_value(results, protocol)),
                }
            )
    return pd.DataFrame(rows)
