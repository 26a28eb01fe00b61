"""What the network adds: its numbers beside those of maps that need no trained network, and of baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.correlations import KEYS, PARTIAL_QUANTITY, STATISTICS, quantity_of, table_of
from glassmap.analysis.propensity_correlations import LARGEST, PAPER
from glassmap.io.splits import CHOSEN_ON, REPORTED_ON
from glassmap.learning.map_class import GLASS
from glassmap.learning.map_ensemble import GRADCAM_NAME
from glassmap.learning.null_maps import RANDOM, cut_name, cut_of
from glassmap.papers.oyama2023.tables import MEANS, published
from glassmap.papers.oyama2023.tables_dynamics import MAXIMA, zero_crossings
from glassmap.statistics import bootstrap_weights, finite_mean, half_width_of_sum, mean_over_members
from glassmap.structure.indicators import BASELINES, INDICATORS
from glassmap.structure.spatial_correlation import first_crossing

NETWORK, NULL, BASELINE, INDICATOR = "network", "null_map", "baseline", "indicator"
# cuts through the density that no figure shows: those that were not chosen where the choice is counted
SCANNED = "scanned_null"
# a density cut whose threshold was chosen: farthest towards +1, farthest towards -1, nearest to the networks
CUT_POSITIVE, CUT_NEGATIVE, CUT_NEAREST = "density_cut_positive", "density_cut_negative", "density_cut_nearest"
# chance that an end of the interval of the excess is wrong, by Student's factors, which hold for values spread
# normally; of skewed values more verdicts are false, with this chance up to 5 % in all (tests/unit/test_verdicts.py)
TAIL = 0.01
# a null as near to the bound of a correlation or an accuracy leaves nothing that could be measured beyond it
NEAR_BOUND = 0.98
BEYOND, NOT_MORE, UNLIKE = "beyond every null", "not more than", "unlike every null"
CANNOT_EXCEED, UNDECIDED, NOT_COMPARED = "cannot exceed", "undecided", "not compared"
COLUMNS = (
    *("system", "phase", "map_class", "protocol", "quantity", "statistic", "map", "side", "threshold", "kind", "value"),
    *("low", "high", "std_over_draws", "draws", "samples", "delta", "best_null", "best_null_value", "excess"),
    *("excess_low", "excess_high", "verdict", "verdict_null", "paper", "paper_source", "moved_p", "moved_largest"),
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
    table : ndarray, shape (member, sample), optional
        What the value is the mean of, the same replicas for all maps; NaN where a sample is left out.
    delta : float
        Where the number is a maximum: the mean displacement at which it is, sigma*.
    moved_p, moved_largest : float
        Of a correlation with the dynamics: what maps moved against the glass have, see
        `glassmap.analysis.propensity_correlations.gather`.
    side : str
        Of a density cut: ``density_above`` or ``density_below``.
    threshold : float
        Of a density cut, standard deviations of the field from its mean.
    direction : int
        +1 or -1 of a cut chosen as the farthest in this direction, which is no null for networks of the other sign.
    floor : float
        The variance of the mean over samples, and of that over networks, is not less, whatever the table says.
    """

    map: str
    kind: str
    value: float
    low: float
    high: float
    std_over_draws: float
    draws: int
    samples: int
    table: np.ndarray | None = field(default=None, repr=False)
    delta: float = np.nan
    moved_p: float = np.nan
    moved_largest: float = np.nan
    side: str = ""
    threshold: float = np.nan
    direction: int = 0
    floor: float = 0.0

    @property
    def label(self) -> str:
        """The name that tells it from all others: of a chosen cut that of the cut."""
        return cut_name(self.side, self.threshold) if self.side else self.map


def compare(
    head: Mapping[str, str], rows: Sequence[Row], paper: float, source: str = "", *, of_correlation: bool = True
) -> list[dict]:
    """One quantity of every map, with what the networks have beyond the null maps.

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
        With the keys `COLUMNS`; what is found of the networks by `judge`.
    """
    shown = [name for name in Row.__dataclass_fields__ if name in COLUMNS]
    found = []
    for row in rows:
        one = {**head, "paper": paper, "paper_source": source} if row.kind == NETWORK else dict(head)
        one |= {name: getattr(row, name) for name in shown}
        if row.kind == NETWORK:
            one |= judge(row, [other for other in rows if other.kind in (NULL, SCANNED)], of_correlation)
        found.append(one)
    return found


def judge(network: Row, nulls: Sequence[Row], of_correlation: bool = True) -> dict:
    """What the networks have beyond every null, with an interval that would hold for another training and draw.

    Parameters
    ----------
    network : Row
    nulls : sequence of Row
        All of them are tested.
    of_correlation : bool
        As for `compare`.

    Returns
    -------
    dict
        ``best_null``, ``best_null_value``, ``excess``, ``excess_low``, ``excess_high``, ``verdict`` and
        ``verdict_null``, the null that the verdict names; see `verdict`. ``side`` and ``threshold`` are those of the
        best null if it is a density cut. The numbers are left out where nothing is known.

    Notes
    -----
    The error of the excess over one null has the parts (`parts_of_error`) networks, draws and replicas, which
    `half_width_of_sum` adds with Student's factors. ``excess_low`` is the lowest of the lower ends over all nulls: to
    be beyond every null is to be beyond each, which needs no correction for their number. ``excess_high`` is the lowest
    of the upper ends, each at `TAIL` over the number of nulls (Bonferroni), since the best of many nulls is the best
    by chance, too; only the networks' own part, which is the same for all nulls, is at `TAIL`. Of a length both ends
    are those of the nearest null.
    """
    known = [null for null in nulls if np.isfinite(null.value)]
    if not np.isfinite(network.value):
        return {"verdict": NOT_COMPARED}
    sign = -1 if of_correlation and network.value < 0 else 1
    known = [null for null in known if not of_correlation or null.direction in (0, sign)]
    if not known:
        return {"verdict": NOT_COMPARED}
    excess = np.array([sign * (network.value - null.value) for null in known])
    parts = [parts_of_error(network, null) for null in known]
    low = excess - [half_width_of_sum(each, TAIL) if each else np.nan for each in parts]
    if of_correlation:
        best = int(np.argmin(excess))
        high = excess + [
            np.hypot(half_width_of_sum(each[:1], TAIL), half_width_of_sum(each[1:], TAIL / len(known)))
            if each
            else np.nan
            for each in parts
        ]
        # one null that cannot be tested leaves it open whether the networks are beyond it
        # correlations and accuracies differ by 2 at most, however little few networks say
        ends = np.clip((low.min(), np.nan if np.isnan(high).all() else np.nanmin(high)), -2, 2).tolist()
        reached = sign * known[best].value
        said = verdict(*ends, bounded=bool(reached >= NEAR_BOUND))
        proven = best if said == CANNOT_EXCEED else int(np.nanargmin(high)) if said == NOT_MORE else None
    else:
        best = int(np.argmin(np.abs(excess)))
        width = excess - low
        ends = (low[best], excess[best] + width[best])
        said = verdict_of_length(np.abs(excess) - width)
        proven = None
    return {
        "best_null": known[best].label, "best_null_value": known[best].value, "threshold": known[best].threshold,
        "side": known[best].side, "excess": excess[best], "excess_low": ends[0], "excess_high": ends[1],
        "verdict": said, "verdict_null": "" if proven is None else known[proven].label,
    }  # fmt: skip


def verdict(low: float, high: float, *, bounded: bool) -> str:
    """What the excess over the nulls says. This is the rule of every verdict on a correlation or an accuracy.

    Parameters
    ----------
    low, high : float
        Interval of the excess over the nulls from `judge`: the networks go at least ``low`` farther than each null,
        in the direction of their own sign, and at most ``high`` farther than one of them. Each end is wrong in
        `TAIL` of all cases, over replicas, networks and draws alike.
    bounded : bool
        Whether the best null is within 1 - `NEAR_BOUND` of the bound, which is 1.

    Returns
    -------
    str
        ``cannot exceed`` (a null) where one is at the bound: no map could be beyond it, and nothing is tested;
        ``beyond every null`` where the whole interval is above 0; ``not more than`` (a null) where it is below 0;
        ``undecided`` otherwise, or where an end is not known: one network or one replica has no spread.
        ``not compared`` where there is no null.
    """
    if bounded:
        return CANNOT_EXCEED
    if low > 0:
        return BEYOND
    if high < 0:
        return NOT_MORE
    return UNDECIDED


def verdict_of_length(clear: np.ndarray) -> str:
    """The rule for a length: ``unlike every null`` where its difference from every null is surely not 0.

    Parameters
    ----------
    clear : ndarray, shape (null,)
        Modulus of the difference from each null less the half width of its interval, which is wrong in 2 `TAIL`.
    """
    return UNLIKE if (clear > 0).all() else UNDECIDED


def parts_of_error(network: Row, null: Row) -> list[tuple[float, float]]:
    """Variance and degrees of freedom of what makes the difference of two maps' numbers uncertain.

    Parameters
    ----------
    network, null : Row

    Returns
    -------
    list of (float, float)
        First over the networks: of their means, over their number. Over the draws of a random null likewise; one
        draw has no spread of its own, and is taken to scatter as the networks do. Last over the replicas: of the
        differences replica by replica, since both maps see the same, over their number; without tables that of both
        intervals. Empty where one of them is not known; so of a single glass, whose runs say nothing of others.
    """
    networks, draws = network.draws, null.draws
    if networks < 2 or min(network.samples, null.samples) < 2 or not np.isfinite(network.std_over_draws):
        return []
    between, freedom = max(network.std_over_draws**2, network.floor), networks - 1
    if null.map not in RANDOM:
        parts = [(between / networks, freedom)]
    elif draws > 1 and np.isfinite(null.std_over_draws):
        parts = [(between / networks, freedom), (null.std_over_draws**2 / draws, draws - 1)]
    else:
        parts = [(between / networks, freedom), (between, freedom)]
    if network.table is not None and null.table is not None:
        differences = finite_mean(network.table) - finite_mean(null.table)
        differences = differences[np.isfinite(differences)]
        if len(differences) < 2:
            return []
        variance = max(differences.var(ddof=1) / len(differences), network.floor)
        return [*parts, (variance, len(differences) - 1)]
    # an interval has its own Student factor
    widths = np.array([(row.high - row.low) / (2 * 1.96) for row in (network, null)])
    return [*parts, (float((widths**2).sum()), np.inf)] if np.isfinite(widths).all() else []


def mean_row(
    name: str, kind: str, table: np.ndarray, weights: np.ndarray, limits: tuple[float, float] = (-1.0, 1.0)
) -> Row:
    """The mean of a map's correlations or accuracies, shape (member, sample), by `mean_over_members`."""
    mean = mean_over_members(table, weights, limits)
    return Row(name, kind, mean.value, mean.low, mean.high, mean.deviation, mean.members, mean.samples, table)


def chosen_cuts(tables: Mapping[str, np.ndarray], split: np.ndarray, weights: np.ndarray) -> list[Row]:
    """The density cuts whose threshold is chosen on the validation replicas, with their numbers on the test replicas.

    Parameters
    ----------
    tables : mapping of str to ndarray, shape (sample,)
        By the name of each cut, from `glassmap.learning.null_maps.cut_name`.
    split : ndarray of str, shape (sample,)
    weights : ndarray, shape (samples, test sample)
        Of the bootstrap over the test replicas.

    Returns
    -------
    list of Row
        `CUT_POSITIVE` and `CUT_NEGATIVE`, the farthest towards either bound. No value of a test replica enters the
        choice and none of a validation replica the numbers, so that choosing costs nothing. Only cuts with a number
        on every validation replica that has any are candidates.
    """
    on_validation = {name: values[split == CHOSEN_ON] for name, values in tables.items()}
    known = {name: int(np.isfinite(values).sum()) for name, values in on_validation.items()}
    most = max(known.values(), default=0)
    means = {name: float(finite_mean(on_validation[name])) for name, count in known.items() if count == most > 0}
    rows = []
    for role, direction in ((CUT_POSITIVE, 1), (CUT_NEGATIVE, -1)) if means else ():
        name = max(means, key=lambda one, direction=direction: direction * means[one])
        row = mean_row(role, NULL, tables[name][None, split == REPORTED_ON], weights)
        rows.append(as_cut(row, name, direction))
    return rows


def as_cut(row: Row, name: str, direction: int = 0) -> Row:
    """A row of the density cut with a name from `glassmap.learning.null_maps.cut_name`."""
    side, threshold = cut_of(name)
    return replace(row, side=side, threshold=threshold, direction=direction)


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
        From `glassmap.analysis.correlations.correlate`; no null maps if None. The controls are of the validation and
        test samples, and their test samples those of the networks, in the same order.
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
                split, maps = controls["split"].values, controls["map"].values
                table = table_of(controls, protocol, quantity, statistic)
                names = dict.fromkeys(maps.tolist())
                rows += [
                    mean_row(name, NULL, table[maps == name][:, split == REPORTED_ON], weights)
                    for name in names
                    if cut_of(name) is None
                ]
                cuts = {name: table[maps == name][0] for name in names if cut_of(name) is not None}
                rows += chosen_cuts(cuts, split, weights)
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
        By phase, of the same replicas: ``p_glass`` (field, sample), ``null`` (field), ``split`` (sample). Their
        accuracy is that over both phases: a network that calls everything a glass is right about every glass.
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
        rows[0] = replace(rows[0], low=exact, high=1.0)
    # where almost all are right, samples and networks show too little spread: two more of either kind (Agresti, Coull)
    share = (rows[0].value * count + 2) / (count + 4)
    rows[0] = replace(rows[0], floor=share * (1 - share) / (count + 4))
    if controls is not None:
        said = {
            one: dataset["p_glass"].values[:, dataset["split"].values == REPORTED_ON]
            for one, dataset in controls.items()
        }
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
        From `glassmap.analysis.propensity_correlations.gather`; no null maps if None.
    reference : DataFrame

    Returns
    -------
    list of dict
        Each map's value of largest modulus over temperatures and times (Frontiers, Table 5). Only test replicas have
        runs, so that no threshold of a density cut can be chosen elsewhere: every one is a null of its own, a row of
        the kind ``scanned_null`` (`counted_cuts`), and the choice is counted by testing them all.
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
                nulls = [_largest(controls.sel(at), name, NULL, prefix) for name in names if name not in INDICATORS]
                rows += counted_cuts(nulls)
            rows = [row for row in rows if row.kind == NETWORK or np.isfinite(row.value)]
            head = {"system": system, "phase": "glass", "map_class": GLASS, "protocol": protocol}
            item = MAXIMA[protocol]
            paper = published(reference, protocol, item, system, "glass", quantity, "pearson")[0]
            found += compare({**head, "quantity": quantity, "statistic": "pearson"}, rows, paper, protocol)
            if not prefix:
                place = published(reference, protocol, item, system, "glass", "delta_star_gamma", "location")[0]
                places = [
                    replace(row, value=row.delta, low=np.nan, high=np.nan, std_over_draws=np.nan, delta=np.nan)
                    for row in rows
                ]
                names = {**head, "quantity": "delta_star_gamma", "statistic": "location"}
                found += compare(names, places, place, protocol, of_correlation=False)
    return found


def counted_cuts(nulls: Sequence[Row]) -> list[Row]:
    """Null maps with the density cuts among them named: the farthest in either direction, and all others scanned."""
    cuts = [as_cut(row, row.map) for row in nulls if cut_of(row.map) is not None]
    known = [row for row in cuts if np.isfinite(row.value)]
    named = {}
    for role, choose in ((CUT_NEGATIVE, min), (CUT_POSITIVE, max)) if known else ():
        named[choose(known, key=lambda row: row.value).label] = role
    return [row for row in nulls if cut_of(row.map) is None] + [
        replace(row, map=named[row.label]) if row.label in named else replace(row, map=row.side, kind=SCANNED)
        for row in cuts
    ]


def _largest(one: xr.Dataset, name: str, kind: str, prefix: str) -> Row:
    """The value of largest modulus of an indicator's mean curves (temperature, time), with its interval there."""
    of_name = one.sel(indicator_name=name)
    values = of_name[f"{prefix}mean"].values
    samples = one.sizes["configuration"]
    if not np.isfinite(values).any():
        return Row(name, kind, np.nan, np.nan, np.nan, np.nan, 0, samples)
    place = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    each = one["pearson"].transpose("temperature", "time", "configuration", "field").values[place]
    # the networks that are usable for a configuration
    draws = int(np.isfinite(each[:, one["indicator"].values == name]).any(axis=0).sum())
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
        ``correlation`` (field, sample, bin), ``distance`` (bin), ``split`` (sample); no null maps if None. The
        controls are of the validation and test samples, as for `compare_correlations`.
    reference : DataFrame
    samples, seed : int
        Of the bootstrap over replicas.

    Returns
    -------
    list of dict
    """
    datasets = [networks]
    if controls is not None:
        split = controls["split"].values
        tested, chosen_on = (controls.isel(sample=split == name) for name in (REPORTED_ON, CHOSEN_ON))
        datasets.append(tested)
    rows = []
    for dataset in datasets:
        for zero in zero_crossings(dataset, samples, seed).to_dict("records"):
            name = zero["indicator"]
            if dataset is not networks and name in INDICATORS:
                continue
            kind = _kind(name)
            if kind == NETWORK or np.isfinite(zero["value"]):
                row = Row(
                    name, kind, zero["value"], zero["low"], zero["high"], zero["std_over_networks"],
                    zero["networks"], zero["samples"],
                )  # fmt: skip
                rows.append(replace(row, table=pseudo_zeros(dataset, name)) if kind in (NETWORK, NULL) else row)
    if controls is not None:
        cuts = {row.map: row for row in rows if cut_of(row.map) is not None}
        rows = [row for row in rows if row.map not in cuts]
        of_networks = next(row.value for row in rows if row.kind == NETWORK)
        rows += nearest_cut(cuts, chosen_on, of_networks)
    paper = published(reference, "frontiers", "section4.7", system, "glass", "r_gamma", "zero_crossing")[0]
    head = {"system": system, "phase": "glass", "map_class": GLASS, "protocol": "frontiers"}
    names = {**head, "quantity": "r_gamma", "statistic": "zero_crossing"}
    return compare(names, rows, paper, "frontiers", of_correlation=False)


def nearest_cut(cuts: Mapping[str, Row], validation: xr.Dataset, value: float) -> list[Row]:
    """The density cut whose length on the validation replicas is nearest to a value, with its row on the test replicas.

    Parameters
    ----------
    cuts : mapping of str to Row
        By the name of each cut, on the test replicas.
    validation : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin), of the validation replicas.
    value : float
        Of the networks, sigma*.

    Returns
    -------
    list of Row
        One, or none where no cut has a length.
    """
    names, curves = validation["indicator"].values, validation["correlation"].values
    lengths = {name: _zero(validation, curves[names == name][0]) for name in cuts}
    lengths = {name: length for name, length in lengths.items() if np.isfinite(length)}
    if not lengths or not np.isfinite(value):
        return []
    name = min(lengths, key=lambda one: abs(lengths[one] - value))
    return [replace(as_cut(cuts[name], name), map=CUT_NEAREST)]


def pseudo_zeros(spatial: xr.Dataset, name: str) -> np.ndarray:
    """First zero of C(r), sample by sample, from the jackknife: n x (of all) - (n - 1) x (of all but this sample).

    Parameters
    ----------
    spatial : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin).
    name : str
        Of the map.

    Returns
    -------
    ndarray, shape (member, sample)
        Their scatter over the samples is that of the zero of the mean curve (Tukey's pseudo-values). NaN where the map
        says nothing of a sample.
    """
    curves = spatial["correlation"].values[spatial["indicator"].values == name]
    known = np.isfinite(curves).any(axis=-1)
    found = np.full(known.shape, np.nan)
    for member, sample in np.argwhere(known):
        of_member, count = curves[member][known[member]], known[member].sum()
        place = known[member][:sample].sum()
        every, others = (_zero(spatial, one) for one in (of_member, np.delete(of_member, place, axis=0)))
        found[member, sample] = count * every - (count - 1) * others
    return found


def _zero(spatial: xr.Dataset, curves: np.ndarray) -> float:
    """First zero of the mean of curves, shape (sample, bin), sigma*."""
    return first_crossing(spatial["distance"].values, finite_mean(curves), 0.0)


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
