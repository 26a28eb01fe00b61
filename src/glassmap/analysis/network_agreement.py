"""Agreement between the networks of an ensemble: on maps, on classes, and on the correlations of their maps.

Both papers show a single network per model; these numbers tell how much of a map is specific to the network.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.method import NO_LENGTH, Method
from glassmap.io.exclusions import CRYSTAL, FAILED, note_if_missing
from glassmap.learning.map_class import OWN, is_dead
from glassmap.learning.map_ensemble import GRADCAM_NAME, MapEnsemble
from glassmap.statistics import (
    bootstrap_weights,
    finite_deviation,
    finite_mean,
    half_width,
    interval,
    pearson,
    share_interval,
)
from glassmap.structure.coarse_graining import coarse_grain

COLUMNS = (
    *("system", "phase", "map_class", "protocol", "quantity", "value", "low", "high", "std_over_networks"),
    *("smallest", "largest", "expected", "networks", "failed", "samples", "note"),
)
# step of the bootstrap weights, see `_spread_interval`
SHIFT = 0.05
NO_PAIR = "no two maps of the same sample"
ONE_NETWORK = "fewer than two networks with a value"
ANY_PROTOCOL = "any"  # for quantities that do not depend on coarse-graining


def pair_correlations(fields: np.ndarray, usable: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Pearson correlations between pairs of maps on one sample.

    Parameters
    ----------
    fields : ndarray, shape (K, N)
    usable : ndarray of bool, shape (K,)
    pairs : ndarray of int, shape (pair, 2)

    Returns
    -------
    ndarray, shape (pair,)
        NaN if either map is not usable.
    """
    known = usable[pairs].all(axis=1)
    correlations = np.full(len(pairs), np.nan)
    correlations[known] = pearson(fields[pairs[known, 0]], fields[pairs[known, 1]])
    return correlations


def agreement(
    networks: MapEnsemble, positions: np.ndarray, box_length: float, lengths: Mapping[Method, float]
) -> dict[tuple[str, str], np.ndarray]:
    """Pairwise correlations between maps of the same name on every sample, bare and coarse-grained (Frontiers, Eq. 7).

    Parameters
    ----------
    networks : MapEnsemble
        Networks, optionally joined with the draws of the controls (`concatenate`).
    positions : ndarray, shape (S, N, 2)
        Positions of the same samples, sigma*.
    box_length : float
        sigma*.
    lengths : mapping of Method to float
        Coarse-graining length of each method, sigma*.

    Returns
    -------
    dict of (str, str) to ndarray, shape (pair, S)
        By name of the map and of the method: `pair_correlations` of the bare fields (``ANY_PROTOCOL``) and of fields
        coarse-grained with each method's kernel and length. A name with one map has no pairs.
    """
    usable = networks.usable
    names = np.array(networks.names)
    pairs = np.array([pair for pair in combinations(range(len(names)), 2) if names[pair[0]] == names[pair[1]]])
    pairs = pairs.reshape(-1, 2).astype(int)
    usable = usable & np.isin(np.arange(len(names)), pairs)[:, None]  # coarse-grain only maps that have a pair
    protocols = (ANY_PROTOCOL, *(method.name for method in lengths))
    correlations = {protocol: np.full((len(pairs), len(positions)), np.nan) for protocol in protocols}
    for sample, points in enumerate(positions):
        gamma, known = networks.gamma[:, sample], usable[:, sample]
        correlations[ANY_PROTOCOL][:, sample] = pair_correlations(gamma, known, pairs)
        # all maps at once, since the long kernel costs order N^2; skipped if there is no usable pair
        for method, xi in lengths.items() if known[pairs].all(axis=1).any() else ():
            coarse = np.zeros_like(gamma)
            coarse[known] = coarse_grain(gamma[known], points, box_length, xi, method.kernel_of(GRADCAM_NAME))
            correlations[method.name][:, sample] = pair_correlations(coarse, known, pairs)
    return {
        (name, protocol): values[names[pairs[:, 0]] == name]
        for name in dict.fromkeys(networks.names)
        for protocol, values in correlations.items()
    }


def mean_of_samples(values: np.ndarray, draws: int, seed: int) -> dict[str, float]:
    """Mean over samples of the mean over members, with a 95 % confidence interval from a bootstrap over samples.

    Parameters
    ----------
    values : ndarray, shape (member, sample)
        Members are networks or pairs of networks; NaN where a member has no value for a sample.
    draws : int
        Bootstrap samples.
    seed : int

    Returns
    -------
    dict
        ``value``, ``low``, ``high``; ``std_over_networks``, ``smallest`` and ``largest`` of the members' means over
        samples; ``samples``, the number with any value. The interval is NaN for fewer than two samples.
    """
    sample_means = finite_mean(values)
    sample_means = sample_means[np.isfinite(sample_means)]
    members = finite_mean(values, axis=1)
    return {
        "value": float(finite_mean(sample_means)),
        # Student's widening for few samples must not exceed the range of a correlation
        **dict(zip(("low", "high"), np.clip(_interval(sample_means, draws, seed), -1, 1).tolist(), strict=True)),
        "std_over_networks": float(finite_deviation(members)),
        **_range(members),
        "samples": len(sample_means),
    }


def spread(values: np.ndarray, draws: int, seed: int) -> dict[str, float]:
    """Standard deviation over networks of their means over samples.

    Parameters
    ----------
    values : ndarray, shape (network, sample)
        NaN where a network is excluded for a sample.
    draws : int
        Bootstrap samples, for the 95 % confidence interval over samples.
    seed : int

    Returns
    -------
    dict
        ``value``, ``low``, ``high``; ``smallest`` and ``largest`` mean; ``samples``; ``expected``, the standard
        deviation if networks differed only by the noise of finite samples, from samples with values for all networks.

    Notes
    -----
    All networks see the same samples, so the effect common to all of them does not count: the expected variance is that
    of a two-way layout without replication, the interaction mean square divided by S.
    """
    known = values[:, np.isfinite(values).any(axis=0)]
    means = finite_mean(known, axis=1)
    complete = known[:, np.isfinite(known).all(axis=0)]
    networks, samples = complete.shape
    expected = np.nan
    if networks > 1 and samples > 1:
        interaction = complete - complete.mean(axis=0) - complete.mean(axis=1, keepdims=True) + complete.mean()
        expected = float(np.sqrt((interaction**2).sum() / ((networks - 1) * (samples - 1) * samples)))
    return {
        "value": float(finite_deviation(means)),
        **dict(zip(("low", "high"), _spread_interval(known, draws, seed), strict=True)),
        **_range(means),
        "expected": expected,
        "samples": known.shape[1],
    }


def summarise_ensemble(
    networks: MapEnsemble,
    agreements: Mapping[tuple[str, str], np.ndarray],
    correlations: xr.Dataset,
    draws: int,
    seed: int,
    map_class: str,
) -> pd.DataFrame:
    """Table of the agreement within the ensemble of one system and phase.

    Parameters
    ----------
    networks : MapEnsemble
        Maps of one class, the same as for ``agreements`` and ``correlations``.
    agreements : mapping of (str, str) to ndarray, shape (pair, sample)
        From `agreement`, for the networks and optionally the controls.
    correlations : Dataset
        ``pearson`` (protocol, network, sample, pair), ``failed`` (network), ``crystallised`` (sample) and the
        coordinate ``xi`` (protocol), NaN if unknown, as in
        ``correlations/<phase>.nc``.
    draws : int
        Bootstrap samples over replicas.
    seed : int
    map_class : str
        The class that the maps explain. Quantities that involve no map are listed with the class glass only, with
        empty ``map_class``.

    Returns
    -------
    DataFrame
        The columns `COLUMNS` without system and phase. ``agreement_bare``, ``agreement_coarse``: deviation and range
        are over pairs of networks; with suffix ``_<null>``, over pairs of draws of a null map, which share only the
        density and the projection onto particles. ``dead_fraction``, ``wrong_fraction``: fractions of samples that are
        not crystals; ``accuracy``: of all samples; with `glassmap.statistics.share_interval`. ``spread_c_gamma_<key>``:
        from `spread`, for the networks that did not fail. ``note`` says why there is no value.
    """
    trained = ~networks.failed
    used = ~networks.crystallised
    counts = {"networks": int(trained.sum()), "failed": int(networks.failed.sum())}
    of_maps, of_samples = networks.not_usable, np.where(networks.crystallised, CRYSTAL, "")[None]
    of_trained = np.where(networks.failed[:, None], FAILED, of_samples)
    unknown = correlations["protocol"].values[np.isnan(correlations["xi"].values)].tolist()
    of_map, of_no_map = {"map_class": map_class}, {"map_class": "", "protocol": ANY_PROTOCOL}
    rows = [
        of_map
        | {"protocol": protocol, "quantity": _agreement_quantity(name, protocol)}
        | _noted(
            mean_of_samples(values, draws, seed),
            of_maps if name == GRADCAM_NAME else of_samples,
            NO_LENGTH if protocol in unknown else NO_PAIR,
        )
        for (name, protocol), values in agreements.items()
        if name == GRADCAM_NAME or len(values)
    ]
    dead = is_dead(networks.gamma)[trained][:, used].astype(float)
    dead_fraction = _noted(_fraction(dead, draws, seed), of_trained)
    rows.append(of_map | {"protocol": ANY_PROTOCOL, "quantity": "dead_fraction"} | dead_fraction)
    of_networks = {} if map_class == OWN else {
        "wrong_fraction": (~networks.correct[trained][:, used], of_trained),
        "accuracy": (networks.correct[trained], np.where(of_trained == FAILED, FAILED, "")),
    }  # fmt: skip
    rows += [
        of_no_map | {"quantity": name} | _noted(_fraction(values.astype(float), draws, seed), reasons)
        for name, (values, reasons) in of_networks.items()
    ]
    if map_class != OWN:
        of_trainings = {"value": float(networks.failed.mean()), "samples": len(networks.replica)}
        rows.append(of_no_map | {"quantity": "failed_fraction"} | of_trainings)
    learned = correlations.isel(
        network=~correlations["failed"].values.astype(bool), sample=~correlations["crystallised"].values.astype(bool)
    )
    for protocol in learned["protocol"].values:
        for name in learned["pair"].values:
            if str(name).startswith("c_gamma_"):
                values = learned["pearson"].sel(protocol=protocol, pair=name).transpose("network", "sample").values
                rows.append(
                    of_map
                    | {"protocol": str(protocol), "quantity": f"spread_{name}"}
                    | _noted(spread(values, draws, seed), of_maps, NO_LENGTH if protocol in unknown else ONE_NETWORK)
                )
    return pd.DataFrame([row | counts for row in rows], columns=list(COLUMNS[2:]))


def _agreement_quantity(name: str, protocol: str) -> str:
    quantity = "agreement_bare" if protocol == ANY_PROTOCOL else "agreement_coarse"
    return quantity if name == GRADCAM_NAME else f"{quantity}_{name}"


def _noted(row: Mapping[str, float], reasons: np.ndarray, otherwise: str = "") -> dict:
    """A row with its note, from `glassmap.io.exclusions.note_if_missing`."""
    return {**row, "note": note_if_missing(row["value"], reasons, otherwise)}


def _interval(values: np.ndarray, draws: int, seed: int) -> tuple[float, float]:
    """95 % bootstrap confidence interval of a mean over samples; NaN for fewer than two."""
    if len(values) < 2:
        return np.nan, np.nan
    means = bootstrap_weights(draws, len(values), seed) @ values / len(values)
    return interval(float(values.mean()), means, len(values))


def _fraction(values: np.ndarray, draws: int, seed: int) -> dict[str, float]:
    """As `mean_of_samples`, but with `share_interval`: near 0 or 1 that of a bootstrap has hardly any width."""
    row = mean_of_samples(values, draws, seed)
    if row["samples"] > 1:
        row |= dict(zip(("low", "high"), map(float, share_interval(row["value"], row["samples"])), strict=True))
    return row


def _spread_interval(values: np.ndarray, draws: int, seed: int) -> tuple[float, float]:
    """95 % bootstrap confidence interval of the standard deviation of the networks' means; values (network, sample).

    Computed on a logarithmic scale, since a standard deviation is positive. Resampled data are noisier than the
    original and would inflate the deviation, so the weights move only a fraction `SHIFT` of the way.
    """
    networks, samples = values.shape
    if networks < 2 or samples < 2:
        return np.nan, np.nan
    known = np.isfinite(values)
    weights = 1 + SHIFT * (bootstrap_weights(draws, samples, seed) - 1)
    counts = weights @ known.T
    sums = weights @ np.where(known, values, 0.0).T
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    value, resampled = float(finite_deviation(finite_mean(values, axis=1))), finite_deviation(means, axis=1)
    if not value > 0:
        return value, value
    half = float(half_width(np.log(resampled / value) / SHIFT, int(known.sum(axis=1).max())))
    # upper bound for numbers between -1 and 1
    return value * np.exp(-half), min(value * np.exp(half), np.sqrt(networks / (networks - 1)))


def _range(members: np.ndarray) -> dict[str, float]:
    known = members[np.isfinite(members)]
    return {
        "smallest": float(known.min()) if len(known) else np.nan,
        "largest": float(known.max()) if len(known) else np.nan,
    }
