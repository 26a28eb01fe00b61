"""What the network adds: its numbers beside those of maps that need no trained network, and of baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.correlations import KEYS, PARTIAL_QUANTITY, STATISTICS, quantity_of, table_of
from glassmap.dynamics import LARGEST, PAPER
from glassmap.indicators import BASELINES, INDICATORS
from glassmap.map_class import GLASS
from glassmap.networks import GRADCAM_NAME
from glassmap.statistics import bootstrap_weights, finite_mean, interval, mean_over_members
from glassmap.tables import MEANS, published
from glassmap.tables_dynamics import MAXIMA, zero_crossings

NETWORK, NULL, BASELINE, INDICATOR = "network", "null_map", "baseline", "indicator"
COLUMNS = (
    *("system", "phase", "map_class", "protocol", "quantity", "statistic", "map", "kind", "value", "low", "high"),
    *("std_over_draws", "draws", "samples", "delta", "best_null", "best_null_value", "excess", "excess_low"),
    *("excess_high", "paper", "paper_source", "moved_p", "moved_largest"),
)


@dataclass(frozen=True)
class Row:
    """One number of one map.

    Attributes
    ----------
    map, kind : str
    value, low, high : float
        With its 95 % interval, NaN where there is none.
    std_over_draws : float
        Over networks or draws.
    draws, samples : int
    again : ndarray, shape (samples,), optional
        The number in every bootstrap sample, the same replicas for all maps.
    delta : float
        Where the number is a maximum: the mean displacement at which it is, sigma*.
    moved_p, moved_largest : float
        Of a correlation with the dynamics: what maps moved against the glass have, see `glassmap.dynamics.gather`.
    """

    map: str
    kind: str
    value: float
    low: float
    high: float
    std_over_draws: float
    draws: int
    samples: int
    again: np.ndarray | None = field(default=None, repr=False)
    delta: float = np.nan
    moved_p: float = np.nan
    moved_largest: float = np.nan


def compare(
    head: Mapping[str, str], rows: Sequence[Row], paper: float, source: str = "", *, of_correlation: bool = True
) -> list[dict]:
    """One quantity of every map, with what the network has beyond the best null map.

    Parameters
    ----------
    head : mapping
        System, phase, protocol, quantity, statistic.
    rows : sequence of Row
        One of them of the kind ``network``.
    paper : float
    source : str
        The paper that printed it.
    of_correlation : bool
        The best null map of a correlation is the one that goes farthest in the direction of the network's
        own sign, and the excess is how much farther the network goes; negative if it does not. Of any other
        quantity (a length, a place) the best null map is the nearest, and the excess is the difference.

    Returns
    -------
    list of dict
        With the keys `COLUMNS`. The interval of the excess is from the bootstrap over the same replicas; where
        there is none, from both intervals as if they were independent, which is too wide.
    """
    found = []
    for row in rows:
        one = {**head, "paper": paper, "paper_source": source} if row.kind == NETWORK else dict(head)
        one |= {name: getattr(row, name) for name in Row.__dataclass_fields__ if name != "again"}
        if row.kind == NETWORK:
            one |= _excess(row, [other for other in rows if other.kind == NULL], of_correlation)
        found.append(one)
    return found


def _excess(network: Row, nulls: Sequence[Row], of_correlation: bool) -> dict:
    known = [null for null in nulls if np.isfinite(null.value)]
    if not known or not np.isfinite(network.value):
        return {}
    sign = np.sign(network.value) if of_correlation else 1.0
    if of_correlation:
        best = max(known, key=lambda null: sign * null.value)
    else:
        best = min(known, key=lambda null: abs(null.value - network.value))
    excess = sign * (network.value - best.value)
    if network.again is not None and best.again is not None:
        low, high = interval(excess, sign * (network.again - best.again), min(network.samples, best.samples))
    else:
        # in the direction of the sign, an end of the one interval goes with the other end of the other
        ends = sorted(sign * (end - network.value) for end in (network.low, network.high))
        other = sorted(sign * (best.value - end) for end in (best.low, best.high))
        low, high = excess - np.hypot(ends[0], other[0]), excess + np.hypot(ends[1], other[1])
    return {
        "best_null": best.map, "best_null_value": best.value, "excess": excess, "excess_low": low, "excess_high": high,
    }  # fmt: skip


def mean_row(
    name: str, kind: str, table: np.ndarray, weights: np.ndarray, limits: tuple[float, float] = (-1.0, 1.0)
) -> Row:
    """The mean of a map's correlations or accuracies, shape (member, sample), by `mean_over_members`."""
    mean = mean_over_members(table, weights, limits)
    return Row(name, kind, mean.value, mean.low, mean.high, mean.deviation, mean.members, mean.samples, mean.again)


def compare_correlations(
    head: Mapping[str, str],
    networks: xr.Dataset,
    controls: xr.Dataset | None,
    reference: pd.DataFrame,
    samples: int,
    seed: int,
) -> list[dict]:
    """Correlations with the hand-made indicators, of one system and phase and one class of the maps.

    Parameters
    ----------
    head : mapping
        System, phase and, of liquid samples, the class that the maps are for (``map_class``).
    networks, controls : Dataset
        From `glassmap.correlations.correlate`; no null maps if None.
    reference : DataFrame
        The published values.
    samples, seed : int
        Of the bootstrap over replicas.

    Returns
    -------
    list of dict
        For both protocols; baselines stand in the place of Gamma. Frontiers prints few of the means; v2's value
        stands beside the others, and ``paper_source`` says so.
    """
    used = _used(networks)
    weights = bootstrap_weights(samples, used.sizes["sample"], seed)
    partners = [name for name in INDICATORS if name not in BASELINES]
    wanted = [(f"c_gamma_{KEYS[name]}", name, statistic) for name in partners for statistic in STATISTICS]
    wanted.append((PARTIAL_QUANTITY, None, "pearson"))
    found = []
    for protocol in networks["protocol"].values.tolist():
        for quantity, partner, statistic in wanted:
            rows = [mean_row(GRADCAM_NAME, NETWORK, table_of(used, protocol, quantity, statistic), weights)]
            if controls is not None:
                of_nulls = _used(controls)
                table = table_of(of_nulls, protocol, quantity, statistic)
                rows += [
                    mean_row(name, NULL, table[of_nulls["map"].values == name], weights)
                    for name in dict.fromkeys(of_nulls["map"].values.tolist())
                ]
            if partner is not None:
                # the same for all networks, and known where any of them is used
                rows += [
                    mean_row(
                        name, BASELINE,
                        finite_mean(table_of(used, protocol, quantity_of(name, partner), statistic))[None], weights,
                    )
                    for name in BASELINES
                ]  # fmt: skip
            names = {**head, "protocol": protocol, "quantity": quantity, "statistic": statistic}
            found += compare(names, rows, *_printed(reference, **names))
    return found


def compare_accuracy(
    head: Mapping[str, str],
    networks: Sequence[pd.DataFrame],
    controls: Mapping[str, xr.Dataset] | None,
    reference: pd.DataFrame,
    samples: int,
    seed: int,
) -> list[dict]:
    """Test accuracy of the networks beside that of networks that learned nothing, of one system and phase.

    Parameters
    ----------
    head : mapping
        System and phase.
    networks : sequence of DataFrame
        ``predictions.csv`` of the networks whose training did not fail.
    controls : mapping of str to Dataset, optional
        By phase, of the same replicas: ``p_glass`` (field, sample), ``null`` (field). Their accuracy is that over
        both phases: a network that calls everything a glass is right about every glass.
    reference, samples, seed
        As for `compare_correlations`.

    Returns
    -------
    list of dict
        Where every sample is right the bootstrap says nothing; the interval then ends at the chance of 2.5 %
        that a network which is right less often would be right this often.
    """
    if not networks:
        return []
    phase = head["phase"]
    test = [one[(one["split"] == "test") & (one["phase"] == phase)].sort_values("replica") for one in networks]
    table = np.array([one["predicted"].to_numpy() == phase for one in test], dtype=float)
    count = table.shape[1]
    weights = bootstrap_weights(samples, count, seed)
    rows = [mean_row(GRADCAM_NAME, NETWORK, table, weights, (0.0, 1.0))]
    if rows[0].value == 1:
        exact = 0.025 ** (1 / count)
        rows[0] = Row(**{**vars(rows[0]), "low": exact, "high": 1.0})
    if controls is not None:
        said = {one: dataset["p_glass"].values for one, dataset in controls.items()}
        right = np.mean([(values > 0.5) == (one == "glass") for one, values in said.items()], axis=0)
        known = np.isfinite(said[phase]).all(axis=1)
        names = controls[phase]["null"].values[known]
        rows += [
            mean_row(name, NULL, right[known][names == name], weights, (0.0, 1.0))
            for name in dict.fromkeys(names.tolist())
        ]
    paper = published(reference, "frontiers", "table2", head["system"], phase, "accuracy", "test")[0]
    return compare(
        {**head, "protocol": "frontiers", "quantity": "accuracy", "statistic": "test"}, rows, paper, "frontiers"
    )


def compare_dynamics(
    system: str, networks: xr.Dataset, controls: xr.Dataset | None, reference: pd.DataFrame
) -> list[dict]:
    """Largest correlation with the propensity, and the partial one, at the published lengths, of one system.

    Parameters
    ----------
    system : str
    networks, controls : Dataset
        From `glassmap.dynamics.gather`; no null maps if None.
    reference : DataFrame

    Returns
    -------
    list of dict
        Each map's value of largest modulus over temperatures and times (Frontiers, Table 5).
    """
    found = []
    for protocol in networks["protocol"].values.tolist():
        at = {"protocol": protocol, "choice": PAPER}
        for quantity, prefix in (("c_gamma_delta_max", ""), ("c_gamma_delta_partial_max", "partial_")):
            rows = [_largest(networks.sel(at), GRADCAM_NAME, NETWORK, prefix)]
            rows += [
                _largest(networks.sel(at), name, BASELINE if name in BASELINES else INDICATOR, prefix)
                for name in INDICATORS
            ]
            if controls is not None:
                names = dict.fromkeys(controls["indicator_name"].values.tolist())
                rows += [_largest(controls.sel(at), name, NULL, prefix) for name in names if name not in INDICATORS]
            rows = [row for row in rows if row.kind == NETWORK or np.isfinite(row.value)]
            head = {"system": system, "phase": "glass", "map_class": GLASS, "protocol": protocol}
            item = MAXIMA[protocol]
            paper = published(reference, protocol, item, system, "glass", quantity, "pearson")[0]
            found += compare({**head, "quantity": quantity, "statistic": "pearson"}, rows, paper, protocol)
            if not prefix:
                place = published(reference, protocol, item, system, "glass", "delta_star_gamma", "location")[0]
                places = [
                    Row(row.map, row.kind, row.delta, np.nan, np.nan, np.nan, row.draws, row.samples) for row in rows
                ]
                names = {**head, "quantity": "delta_star_gamma", "statistic": "location"}
                found += compare(names, places, place, protocol, of_correlation=False)
    return found


def _largest(one: xr.Dataset, name: str, kind: str, prefix: str) -> Row:
    """The value of largest modulus of an indicator's mean curves (temperature, time), with its interval there."""
    of_name = one.sel(indicator_name=name)
    values = of_name[f"{prefix}mean"].values
    draws = int((one["indicator"].values == name).sum())
    samples = one.sizes["configuration"]
    if not np.isfinite(values).any():
        return Row(name, kind, np.nan, np.nan, np.nan, np.nan, draws, samples)
    place = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    low, high, spread = (float(of_name[f"{prefix}{key}"].values[place]) for key in ("low", "high", "std_over_networks"))
    delta = float(finite_mean(one["delta"].values)[place])
    moved = [float(of_name[f"{prefix}{key}"]) for key in LARGEST]
    return Row(name, kind, float(values[place]), low, high, spread, draws, samples, None, delta, *moved)


def compare_lengths(
    system: str, networks: xr.Dataset, controls: xr.Dataset | None, reference: pd.DataFrame, samples: int, seed: int
) -> list[dict]:
    """First zero of C(r) of the bare maps in the glass, of one system (Frontiers, Sec. 4.7).

    Parameters
    ----------
    system : str
    networks, controls : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin); no null maps if None.
    reference : DataFrame
    samples, seed : int
        Of the bootstrap over replicas.

    Returns
    -------
    list of dict
    """
    rows = []
    for dataset in [networks] if controls is None else [networks, controls]:
        for zero in zero_crossings(dataset, samples, seed).to_dict("records"):
            name = zero["indicator"]
            if dataset is controls and name in INDICATORS:
                continue
            kind = _kind(name)
            if kind == NETWORK or np.isfinite(zero["value"]):
                rows.append(Row(
                    name, kind, zero["value"], zero["low"], zero["high"], zero["std_over_networks"],
                    zero["networks"], zero["samples"],
                ))  # fmt: skip
    paper = published(reference, "frontiers", "section4.7", system, "glass", "r_gamma", "zero_crossing")[0]
    head = {"system": system, "phase": "glass", "map_class": GLASS, "protocol": "frontiers"}
    names = {**head, "quantity": "r_gamma", "statistic": "zero_crossing"}
    return compare(names, rows, paper, "frontiers", of_correlation=False)


def _printed(
    reference: pd.DataFrame, system: str, phase: str, protocol: str, quantity: str, statistic: str, **_
) -> tuple[float, str]:
    """A published mean correlation and the paper that printed it: v2 where Frontiers prints none."""
    sources = (protocol, "arxiv-v2")
    values = [published(reference, one, MEANS[one], system, phase, quantity, statistic)[0] for one in sources]
    known = [(value, source) for value, source in zip(values, sources, strict=True) if np.isfinite(value)]
    return known[0] if known else (np.nan, "")


def _kind(name: str) -> str:
    """What a field is, by its name."""
    if name == GRADCAM_NAME:
        return NETWORK
    return BASELINE if name in BASELINES else INDICATOR if name in INDICATORS else NULL


def _used(results: xr.Dataset) -> xr.Dataset:
    """Without the networks that failed; crystals and samples that a network gets wrong are NaN."""
    return results.isel(network=~results["failed"].values.astype(bool))
