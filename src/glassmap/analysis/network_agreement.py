"""How far the networks of an ensemble agree: on maps, on classes, and on what their maps correlate with.

Neither paper shows more than one network of a model; these numbers say how much of a map is the network's own.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.method import Method
from glassmap.learning.map_class import GLASS, is_dead
from glassmap.learning.map_ensemble import GRADCAM_NAME, MapEnsemble
from glassmap.statistics import bootstrap_weights, finite_deviation, finite_mean, half_width, interval, pearson
from glassmap.structure.coarse_graining import coarse_grain

COLUMNS = (
    *("system", "phase", "map_class", "protocol", "quantity", "value", "low", "high", "std_over_networks"),
    *("smallest", "largest", "expected", "networks", "failed", "samples"),
)
# of the bootstrap of a deviation, see `_spread_interval`
SHIFT = 0.05
ANY_PROTOCOL = "any"  # of quantities that depend on no coarse-graining


def pair_correlations(fields: np.ndarray, usable: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Pearson correlation between the fields of two maps on one sample.

    Parameters
    ----------
    fields : ndarray, shape (K, N)
    usable : ndarray of bool, shape (K,)
    pairs : ndarray of int, shape (pair, 2)

    Returns
    -------
    ndarray, shape (pair,)
        NaN where one of the two is not usable.
    """
    known = usable[pairs].all(axis=1)
    found = np.full(len(pairs), np.nan)
    found[known] = pearson(fields[pairs[known, 0]], fields[pairs[known, 1]])
    return found


def agreement(
    networks: MapEnsemble, positions: np.ndarray, box_length: float, lengths: Mapping[Method, float]
) -> dict[tuple[str, str], np.ndarray]:
    """Agreement between the maps of one name about every sample, bare and coarse-grained (Frontiers, Eq. 7).

    Parameters
    ----------
    networks : MapEnsemble
        Those of the networks, with the draws of the controls perhaps (`joined`).
    positions : ndarray, shape (S, N, 2)
        sigma*, of the same samples.
    box_length : float
        sigma*.
    lengths : mapping of Method to float
        Coarse-graining length of each method, sigma*.

    Returns
    -------
    dict of (str, str) to ndarray, shape (pair, S)
        By name and name of the method: `pair_correlations` of the bare fields (``ANY_PROTOCOL``) and of those of each
        method's kernel and length. A name with one map has no pairs.
    """
    usable = networks.usable
    names = np.array(networks.names)
    pairs = np.array([pair for pair in combinations(range(len(names)), 2) if names[pair[0]] == names[pair[1]]])
    pairs = pairs.reshape(-1, 2).astype(int)
    usable = usable & np.isin(np.arange(len(names)), pairs)[:, None]  # no other map is coarse-grained
    kinds = (ANY_PROTOCOL, *(method.name for method in lengths))
    found = {kind: np.full((len(pairs), len(positions)), np.nan) for kind in kinds}
    for sample, place in enumerate(positions):
        gamma, known = networks.gamma[:, sample], usable[:, sample]
        found[ANY_PROTOCOL][:, sample] = pair_correlations(gamma, known, pairs)
        # all maps at once, since the long kernel costs order N^2, and none where there is no pair
        for method, xi in lengths.items() if known[pairs].all(axis=1).any() else ():
            coarse = np.zeros_like(gamma)
            coarse[known] = coarse_grain(gamma[known], place, box_length, xi, method.kernel_of(GRADCAM_NAME))
            found[method.name][:, sample] = pair_correlations(coarse, known, pairs)
    return {
        (name, kind): values[names[pairs[:, 0]] == name]
        for name in dict.fromkeys(networks.names)
        for kind, values in found.items()
    }


def mean_of_samples(values: np.ndarray, draws: int, seed: int) -> dict[str, float]:
    """Mean over samples of the mean over members, with its 95 % interval from a bootstrap over samples.

    Parameters
    ----------
    values : ndarray, shape (member, sample)
        Members are networks or pairs of them; NaN where one says nothing of a sample.
    draws : int
        Bootstrap samples.
    seed : int

    Returns
    -------
    dict
        ``value``, ``low``, ``high``; ``std_over_networks``, ``smallest`` and ``largest`` of the members' means over
        samples; ``samples`` of which some member says something. The interval is NaN for fewer than two samples.
    """
    of_samples = finite_mean(values)
    of_samples = of_samples[np.isfinite(of_samples)]
    members = finite_mean(values, axis=1)
    return {
        "value": float(finite_mean(of_samples)),
        # the widening for few samples must not leave the range of a correlation
        **dict(zip(("low", "high"), np.clip(_interval(of_samples, draws, seed), -1, 1).tolist(), strict=True)),
        "std_over_networks": float(finite_deviation(members)),
        **_range(members),
        "samples": len(of_samples),
    }


def spread(values: np.ndarray, draws: int, seed: int) -> dict[str, float]:
    """Deviation over networks of the networks' means over samples.

    Parameters
    ----------
    values : ndarray, shape (network, sample)
        NaN where a network is left out of a sample.
    draws : int
        Bootstrap samples, for the 95 % interval over samples.
    seed : int

    Returns
    -------
    dict
        ``value``, ``low``, ``high``; ``smallest`` and ``largest`` mean; ``samples``; ``expected``, the deviation if
        the networks differed by the noise of finite samples only, of the samples that no network is left out of.

    Notes
    -----
    All networks see the same samples, so what a sample does to all of them is no difference between them: the
    expected variance is that of a two-way layout without replication, the mean square of the interaction over S.
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
    map_class: str = GLASS,
) -> pd.DataFrame:
    """What the ensemble of one system and phase says of itself.

    Parameters
    ----------
    networks : MapEnsemble
        Of one class, as `agreements` and `correlations` are.
    agreements : mapping of (str, str) to ndarray, shape (pair, sample)
        From `agreement`, of the networks and perhaps of controls.
    correlations : Dataset
        ``pearson`` (protocol, network, sample, pair), ``failed`` (network) and ``crystallised`` (sample), as
        ``correlations/<phase>.nc`` has them.
    draws : int
        Bootstrap samples over replicas.
    seed : int
    map_class : {"glass", "own"}
        The class that the maps are for. What no map is in has rows with those of the class glass only, and
        ``map_class`` is empty there.

    Returns
    -------
    DataFrame
        The columns `COLUMNS` without system and phase. ``agreement_bare``, ``agreement_coarse``: deviation and range
        over pairs of networks; with ``_<null>`` at the end of pairs of draws of a null map, which have nothing in
        common but the density and the way from the map to the particles. ``dead_fraction``, ``wrong_fraction``: of
        the samples that are no crystals; ``accuracy``: of all; at 0 and 1 the interval is the exact one of as many
        samples. ``spread_c_gamma_<key>``: from `spread`, of the networks that did not fail.
    """
    trained = ~networks.failed
    used = ~networks.crystallised
    counts = {"networks": int(trained.sum()), "failed": int(networks.failed.sum())}
    of_map, of_no_map = {"map_class": map_class}, {"map_class": "", "protocol": ANY_PROTOCOL}
    rows = [
        of_map
        | {"protocol": protocol, "quantity": _agreement_of(name, protocol)}
        | mean_of_samples(values, draws, seed)
        for (name, protocol), values in agreements.items()
        if name == GRADCAM_NAME or len(values)
    ]
    dead = is_dead(networks.gamma)[trained][:, used].astype(float)
    rows.append(of_map | {"protocol": ANY_PROTOCOL, "quantity": "dead_fraction"} | _fraction(dead, draws, seed))
    of_networks = {} if map_class != GLASS else {
        "wrong_fraction": ~networks.correct[trained][:, used],
        "accuracy": networks.correct[trained],
    }  # fmt: skip
    rows += [
        of_no_map | {"quantity": name} | _fraction(values.astype(float), draws, seed)
        for name, values in of_networks.items()
    ]
    if map_class == GLASS:
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
                    of_map | {"protocol": str(protocol), "quantity": f"spread_{name}"} | spread(values, draws, seed),
                )
    return pd.DataFrame([row | counts for row in rows], columns=list(COLUMNS[2:]))


def _agreement_of(name: str, protocol: str) -> str:
    kind = "agreement_bare" if protocol == ANY_PROTOCOL else "agreement_coarse"
    return kind if name == GRADCAM_NAME else f"{kind}_{name}"


def _interval(values: np.ndarray, draws: int, seed: int) -> tuple[float, float]:
    """95 % interval of a mean over samples, from a bootstrap; NaN for fewer than two."""
    if len(values) < 2:
        return np.nan, np.nan
    means = bootstrap_weights(draws, len(values), seed) @ values / len(values)
    return interval(float(values.mean()), means, len(values))


def _fraction(values: np.ndarray, draws: int, seed: int) -> dict[str, float]:
    """As `mean_of_samples`; of 0 or 1 in all samples, which a bootstrap calls certain, the exact 95 % interval."""
    row = mean_of_samples(values, draws, seed)
    row |= {"low": float(np.clip(row["low"], 0, 1)), "high": float(np.clip(row["high"], 0, 1))}
    if row["value"] in (0, 1):
        margin = 1 - 0.025 ** (1 / row["samples"])
        row |= {"low": max(row["value"] - margin, 0.0), "high": min(row["value"] + margin, 1.0)}
    return row


def _spread_interval(values: np.ndarray, draws: int, seed: int) -> tuple[float, float]:
    """95 % interval of the deviation of the networks' means, shape (network, sample), from the same bootstrap.

    On a logarithmic scale, as a deviation is positive. Samples drawn with replacement are noisier than the samples
    themselves and would pull the networks apart, so their weights move by `SHIFT` of the way only.
    """
    networks, samples = values.shape
    if networks < 2 or samples < 2:
        return np.nan, np.nan
    known = np.isfinite(values)
    weights = 1 + SHIFT * (bootstrap_weights(draws, samples, seed) - 1)
    counts = weights @ known.T
    sums = weights @ np.where(known, values, 0.0).T
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    value, again = float(finite_deviation(finite_mean(values, axis=1))), finite_deviation(means, axis=1)
    if not value > 0:
        return value, value
    half = float(half_width(np.log(again / value) / SHIFT, int(known.sum(axis=1).max())))
    # numbers between -1 and 1 cannot scatter more
    return value * np.exp(-half), min(value * np.exp(half), np.sqrt(networks / (networks - 1)))


def _range(members: np.ndarray) -> dict[str, float]:
    known = members[np.isfinite(members)]
    return {
        "smallest": float(known.min()) if len(known) else np.nan,
        "largest": float(known.max()) if len(known) else np.nan,
    }
