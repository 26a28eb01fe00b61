"""Correlations between indicators, sample by sample, and their statistics (Frontiers, Sec. 4.5)."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.coarse_grain import coarse_grain, kernel_of, normalise
from glassmap.contract import variable
from glassmap.indicators import INDICATORS
from glassmap.statistics import pearson, spearman

STATISTICS = ("pearson", "spearman")
KEYS = {"gradcam": "gamma", **{name: indicator.key for name, indicator in INDICATORS.items()}}
SYMBOLS = {"gradcam": "Γ", **{name: indicator.symbol for name, indicator in INDICATORS.items()}}
# Gamma first, the others in alphabetical order, as the reference values name them
PAIRS = tuple(tuple(sorted(pair, key=lambda name: (name != "gradcam", KEYS[name]))) for pair in combinations(KEYS, 2))
QUANTITIES = tuple("c_" + "_".join(KEYS[name] for name in pair) for pair in PAIRS)


def correlate_sample(
    gamma: np.ndarray,
    indicators: dict[str, np.ndarray],
    positions: np.ndarray,
    box_length: float,
    xi: float,
    protocol: str,
) -> dict[str, np.ndarray]:
    """Correlations between the coarse-grained, normalised indicators of one configuration.

    Parameters
    ----------
    gamma : ndarray, shape (K, N)
        Grad-CAM score of K networks, bare.
    indicators : dict of str to ndarray, shape (N,)
        Bare, by the names of `INDICATORS`.
    positions : ndarray, shape (N, 2)
    box_length, xi : float
        Box and coarse-graining length, sigma*.
    protocol : {"frontiers", "arxiv-v2"}
        Decides the kernel.

    Returns
    -------
    dict of str to ndarray, shape (K, pair)
        ``pearson`` and ``spearman`` in the order of `PAIRS`; NaN where a map is dead.
    """
    names = list(indicators)
    stacked = {"gradcam": gamma, **{name: indicators[name][None] for name in names}}
    by_kernel: dict = {}
    for name in stacked:
        by_kernel.setdefault(kernel_of(protocol, name), []).append(name)
    fields = {}
    for kernel, members in by_kernel.items():
        together = np.concatenate([stacked[name] for name in members])
        coarse = normalise(coarse_grain(together, positions, box_length, xi, kernel))
        ends = np.cumsum([len(stacked[name]) for name in members])
        fields |= dict(zip(members, np.split(coarse, ends[:-1]), strict=True))
    count = len(gamma)
    return {
        statistic.__name__: np.stack(
            [np.broadcast_to(statistic(fields[first], fields[second]), count) for first, second in PAIRS],
            axis=-1,
        )
        for statistic in (pearson, spearman)
    }


def correlate(
    configurations: xr.Dataset,
    gamma: np.ndarray,
    indicators: xr.Dataset,
    lengths: Mapping[str, float],
    seeds: Sequence[int],
    correct: np.ndarray,
    failed: np.ndarray,
    crystallised: np.ndarray,
) -> xr.Dataset:
    """Content of ``correlations/<phase>.nc``: all correlations of the test samples of a system and phase.

    Parameters
    ----------
    configurations : Dataset
        ``position`` (sample, particle, xy), ``box_length``, coordinate ``replica``.
    gamma : ndarray, shape (K, S, N)
        Grad-CAM score of every network, bare.
    indicators : Dataset
        The indicators of the registry (sample, particle), bare, of the same samples.
    lengths : mapping of str to float
        Coarse-graining length of each protocol, sigma*.
    seeds : sequence of int, length K
        Of the networks.
    correct : ndarray of bool, shape (K, S)
        Whether the network is right about the sample; its correlations are NaN if not.
    failed : ndarray of bool, shape (K,)
    crystallised : ndarray of bool, shape (S,)
        Whether the glass of the sample's replica is a crystal; the correlations of both its phases are NaN then.

    Returns
    -------
    Dataset
        ``pearson`` and ``spearman`` (protocol, network, sample, pair), with the flags that `summarise`
        needs.
    """
    box_length = float(configurations["box_length"])
    values = {statistic: np.empty((len(lengths), *correct.shape, len(PAIRS))) for statistic in STATISTICS}
    for sample, positions in enumerate(configurations["position"].values):
        bare = {name: indicators[name].values[sample] for name in INDICATORS}
        for index, (protocol, xi) in enumerate(lengths.items()):
            found = correlate_sample(gamma[:, sample], bare, positions, box_length, xi, protocol)
            for statistic in STATISTICS:
                values[statistic][index, :, sample] = found[statistic]
    dims = ("protocol", "network", "sample", "pair")
    variables = {
        statistic: variable(
            dims, np.where((correct & ~crystallised)[..., None], values[statistic], np.nan), "1",
            f"{statistic} correlation of the coarse-grained indicators; NaN where the network is wrong or a crystal",
        )
        for statistic in STATISTICS
    }  # fmt: skip
    flag = ("network", "sample")
    dead = (gamma == 0).all(axis=-1)
    variables |= {
        "correct": variable(flag, correct.astype(np.int8), "1", "1 where the network classifies the sample correctly"),
        "dead": variable(flag, dead.astype(np.int8), "1", "1 where the map is nowhere positive"),
        "failed": variable(("network",), np.asarray(failed, dtype=np.int8), "1", "1 where the training failed"),
        "crystallised": variable(
            ("sample",), crystallised.astype(np.int8), "1", "1 where the glass of the replica is a crystal"
        ),
    }
    coordinates = {
        "protocol": list(lengths),
        "network": list(seeds),
        "pair": list(QUANTITIES),
        "replica": configurations["replica"],
        "xi": variable(("protocol",), list(lengths.values()), "sigma*", "coarse-graining length"),
    }
    return xr.Dataset(variables, coords=coordinates)


def summarise(results: xr.Dataset) -> pd.DataFrame:
    """Mean, deviations and counts of the correlations of one system and phase.

    Parameters
    ----------
    results : Dataset
        ``pearson`` and ``spearman`` (protocol, network, sample, pair), NaN where a sample is left out;
        ``correct`` and ``dead`` (network, sample); ``failed`` (network); ``crystallised`` (sample).

    Returns
    -------
    DataFrame
        One row per protocol, quantity and statistic. ``value`` is the mean over networks of each
        network's mean over its samples; ``std_over_samples`` the deviation over samples within a
        network, averaged over networks; ``std_over_networks`` that of the networks' means (NaN for
        one network). Failed networks and crystallised samples are counted, never averaged in;
        ``wrong`` and ``dead`` count (network, sample) pairs of the networks and samples that are used.
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
    rows = []
    for protocol in results["protocol"].values:
        for name in results["pair"].values:
            for statistic in STATISTICS:
                table = used[statistic].sel(protocol=protocol, pair=name).transpose("network", "sample").values
                present = np.isfinite(table).sum(axis=1)
                means = np.array([row[np.isfinite(row)].mean() if np.isfinite(row).any() else np.nan for row in table])
                spread = np.array([_deviation(row[np.isfinite(row)]) for row in table])
                rows.append(
                    {
                        "protocol": str(protocol),
                        "quantity": str(name),
                        "statistic": statistic,
                        "value": _mean(means),
                        "std_over_samples": _mean(spread),
                        "std_over_networks": _deviation(means[np.isfinite(means)]),
                        "samples": int(present.max(initial=0)),
                        **counts,
                    }
                )
    return pd.DataFrame(rows)


def _mean(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan


def _deviation(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else np.nan
