"""Comparison of the networks' results with null maps: rows, confidence intervals, verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from glassmap.io.exclusions import CONSTANT_FIELD, note_if_missing
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.learning.null_maps import RANDOM, cut_name, parse_cut_name
from glassmap.statistics import finite_mean, half_width_of_sum, mean_over_members, share_over_members

NETWORK, NULL, BASELINE, INDICATOR = "network", "null_map", "baseline", "indicator"
# density cuts tested but not shown in figures (if all thresholds are tested, all but the extreme ones)
SCANNED = "scanned_null"
# density cuts with chosen threshold: extreme towards +1 or -1, closest to the networks
CUT_POSITIVE, CUT_NEGATIVE, CUT_NEAREST = "density_cut_positive", "density_cut_negative", "density_cut_nearest"
# error probability of each end of the excess interval, with Student's factors, exact for normal values; with skewed
# values more verdicts are false, up to 5 % in total at this level (tests/unit/test_verdicts.py)
TAIL = 0.01
# a null this close to the bound of a correlation or accuracy leaves no room to measure an excess
NEAR_BOUND = 0.98
BEYOND, NOT_MORE, UNLIKE = "beyond every null", "not more than", "unlike every null"
CANNOT_EXCEED, UNDECIDED, NOT_COMPARED = "cannot exceed", "undecided", "not compared"
COLUMNS = (
    *("system", "phase", "map_class", "protocol", "quantity", "statistic", "map", "side", "threshold", "kind", "value"),
    *("low", "high", "std_over_draws", "draws", "samples", "delta", "best_null", "best_null_value", "excess"),
    *(
        "excess_low",
        "excess_high",
        "verdict",
        "verdict_null",
        "paper",
        "paper_source",
        "moved_p",
        "moved_largest",
        "note",
    ),
)
# why the networks are not compared, or undecided without an interval
NO_NULL, EMPTY_NULLS = "no null map to compare with", "no null map has a value"
ONE_NETWORK, ONE_SAMPLE = "no interval of the excess: one network", "no interval of the excess: one sample"
NULL_WITHOUT_INTERVAL = "no interval of the excess: a null map has a value for fewer than two samples"


@dataclass(frozen=True)
class Row:
    """One quantity of one map.

    Attributes
    ----------
    map, kind : str
    value, low, high : float
        With 95 % confidence interval, NaN if there is none.
    std_over_draws : float
        Standard deviation over networks or draws.
    draws, samples : int
    table : ndarray, shape (member, sample), optional
        Values averaged to ``value``, for the same replicas in all maps; NaN where a sample is excluded.
    delta : float
        Mean displacement at the maximum, if the quantity is a maximum, sigma*.
    moved_p, moved_largest : float
        For correlations with the dynamics: test against moved maps, see
        `glassmap.analysis.propensity_correlations.gather`.
    side : str
        For density cuts: ``density_above`` or ``density_below``.
    threshold : float
        For density cuts: threshold in standard deviations of the field from its mean.
    direction : int
        +1 or -1 for a cut chosen as the extreme one in this direction; not a null for networks of the other sign.
    floor : float
        Lower bound on the variances over samples and over networks.
    note : str
        Why there is no value.
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
    note: str = ""

    @property
    def label(self) -> str:
        """Unique name: the map, or the cut for a chosen density cut."""
        return cut_name(self.side, self.threshold) if self.side else self.map


def compare(
    head: Mapping[str, str], rows: Sequence[Row], paper: float, source: str = "", *, of_correlation: bool = True
) -> list[dict]:
    """Rows of one quantity for every map, with the networks' excess over the null maps.

    Parameters
    ----------
    head : mapping
        System, phase, protocol, quantity, statistic.
    rows : sequence of Row
        Exactly one must be of kind ``network``.
    paper : float
        Published value.
    source : str
        The paper it is from.
    of_correlation : bool
        For a correlation, the best null map is the most extreme one in the direction of the network's sign, and the
        excess is how far the network exceeds it (negative if it does not). For any other quantity (a length, a
        location), the best null map is the closest one, and the excess is the difference.

    Returns
    -------
    list of dict
        With keys from `COLUMNS`; the networks' row includes the result of `judge`.
    """
    columns = [name for name in Row.__dataclass_fields__ if name in COLUMNS]
    nulls = [row for row in rows if row.kind in (NULL, SCANNED)]
    records = []
    for row in rows:
        record = {**head, "paper": paper, "paper_source": source} if row.kind == NETWORK else dict(head)
        record |= {name: getattr(row, name) for name in columns}
        if row.kind == NETWORK:
            judged = judge(row, nulls, of_correlation)
            record |= judged | {"note": "; ".join(filter(None, (row.note, judged["note"])))}
        records.append(record)
    return records


def judge(network: Row, nulls: Sequence[Row], of_correlation: bool = True) -> dict:
    """Excess of the networks over all nulls, with an interval that accounts for other trainings and draws.

    Parameters
    ----------
    network : Row
    nulls : sequence of Row
        All are tested.
    of_correlation : bool
        As for `compare`.

    Returns
    -------
    dict
        ``best_null``, ``best_null_value``, ``excess``, ``excess_low``, ``excess_high``, ``verdict`` and
        ``verdict_null``, the null named by the verdict; see `verdict`. ``side`` and ``threshold`` are those of the
        best null if it is a density cut. ``note``: why there is no comparison, or no interval of the excess. Only the
        verdict and the note if no comparison is possible.

    Notes
    -----
    The error of the excess over one null has contributions from networks, draws and replicas
    (`error_components`), combined by `half_width_of_sum` with Student's factors. ``excess_low`` is the smallest lower
    limit over all nulls: exceeding every null means exceeding each one, an intersection-union test that needs no
    multiplicity correction. ``excess_high`` is the smallest upper limit, each at `TAIL` divided by the number of nulls
    (Bonferroni), since the best of many nulls is best partly by chance; only the networks' contribution, common to all
    nulls, is at `TAIL`. For a length, both limits are those of the closest null.
    """
    known = [null for null in nulls if np.isfinite(null.value)]
    if not np.isfinite(network.value):
        return {"verdict": NOT_COMPARED, "note": ""}
    sign = -1 if of_correlation and network.value < 0 else 1
    known = [null for null in known if not of_correlation or null.direction in (0, sign)]
    if not known:
        return {"verdict": NOT_COMPARED, "note": EMPTY_NULLS if nulls else NO_NULL}
    excess = np.array([sign * (network.value - null.value) for null in known])
    parts = [error_components(network, null) for null in known]
    low = excess - [half_width_of_sum(each, TAIL) if each else np.nan for each in parts]
    if of_correlation:
        best = int(np.argmin(excess))
        high = excess + [
            np.hypot(half_width_of_sum(each[:1], TAIL), half_width_of_sum(each[1:], TAIL / len(known)))
            if each
            else np.nan
            for each in parts
        ]
        # a null that cannot be tested makes the lower limit NaN
        # two correlations or accuracies differ by at most 2, however wide the interval
        ends = np.clip((low.min(), np.nan if np.isnan(high).all() else np.nanmin(high)), -2, 2).tolist()
        reached = sign * known[best].value
        judgement = verdict(*ends, bounded=bool(reached >= NEAR_BOUND))
        proven = best if judgement == CANNOT_EXCEED else int(np.nanargmin(high)) if judgement == NOT_MORE else None
    else:
        best = int(np.argmin(np.abs(excess)))
        width = excess - low
        ends = (low[best], excess[best] + width[best])
        judgement = verdict_of_length(np.abs(excess) - width)
        proven = None
    return {
        "best_null": known[best].label, "best_null_value": known[best].value, "threshold": known[best].threshold,
        "side": known[best].side, "excess": excess[best], "excess_low": ends[0], "excess_high": ends[1],
        "verdict": judgement, "verdict_null": "" if proven is None else known[proven].label,
        "note": "" if np.isfinite(ends).all() else _why_no_interval(network),
    }  # fmt: skip


def _why_no_interval(network: Row) -> str:
    """Why the excess of the networks has no interval, as `error_components` decides it."""
    return ONE_NETWORK if network.draws < 2 else ONE_SAMPLE if network.samples < 2 else NULL_WITHOUT_INTERVAL


def verdict(low: float, high: float, *, bounded: bool) -> str:
    """Verdict from the excess over the nulls; the rule for every correlation and accuracy.

    Parameters
    ----------
    low, high : float
        Interval of the excess from `judge`: the networks exceed every null by at least ``low``, in the direction of
        their sign, and some null by at most ``high``. Each limit has error probability `TAIL`, over replicas, networks
        and draws.
    bounded : bool
        Whether the best null is within 1 - `NEAR_BOUND` of the bound, which is 1.

    Returns
    -------
    str
        ``cannot exceed`` (a null) if a null is at the bound, so that no map could exceed it and nothing is tested;
        ``beyond every null`` if the whole interval is above 0; ``not more than`` (a null) if it is below 0;
        ``undecided`` otherwise, or if a limit is unknown, as for one network or one replica.
        ``not compared`` if there is no null.
    """
    if bounded:
        return CANNOT_EXCEED
    if low > 0:
        return BEYOND
    if high < 0:
        return NOT_MORE
    return UNDECIDED


def verdict_of_length(margin: np.ndarray) -> str:
    """Verdict for a length: ``unlike every null`` if it differs significantly from every null.

    Parameters
    ----------
    margin : ndarray, shape (null,)
        Modulus of the difference from each null minus the half width of its interval, of error probability 2 `TAIL`.
    """
    return UNLIKE if (margin > 0).all() else UNDECIDED


def error_components(network: Row, null: Row) -> list[tuple[float, float]]:
    """Variances and degrees of freedom that contribute to the error of the difference between two maps.

    Parameters
    ----------
    network, null : Row

    Returns
    -------
    list of (float, float)
        First the networks: variance of their means divided by their number. Then the draws of a random null, likewise;
        a single draw is assumed to scatter like the networks. Last the replicas: variance of the paired differences
        divided by their number, since both maps see the same replicas; without tables, from both intervals. Empty if a
        contribution is unknown, as for a single glass, whose runs tell nothing about other glasses.
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
    # intervals already include a Student factor
    widths = np.array([(row.high - row.low) / (2 * 1.96) for row in (network, null)])
    return [*parts, (float((widths**2).sum()), np.inf)] if np.isfinite(widths).all() else []


def mean_row(
    name: str,
    kind: str,
    table: np.ndarray,
    weights: np.ndarray,
    reasons: np.ndarray | None = None,
    otherwise: str = CONSTANT_FIELD,
    *,
    share: bool = False,
) -> Row:
    """Row of the mean of a map's correlations, or of the share of hits, shape (member, sample).

    If there is no value, ``reasons`` and ``otherwise`` give the note, see `glassmap.io.exclusions.note_if_missing`.
    """
    mean = share_over_members(table, weights) if share else mean_over_members(table, weights)
    note = "" if reasons is None else note_if_missing(mean.value, reasons, otherwise)
    of_members = (mean.value, mean.low, mean.high, mean.deviation, mean.members, mean.samples)
    return Row(name, kind, *of_members, table, note=note)


def chosen_cuts(tables: Mapping[str, np.ndarray], split: np.ndarray, weights: np.ndarray) -> list[Row]:
    """Density cuts with thresholds chosen on the validation replicas and values on the test replicas.

    Parameters
    ----------
    tables : mapping of str to ndarray, shape (sample,)
        By name of the cut, from `glassmap.learning.null_maps.cut_name`.
    split : ndarray of str, shape (sample,)
    weights : ndarray, shape (draws, test sample)
        Of the bootstrap over the test replicas.

    Returns
    -------
    list of Row
        `CUT_POSITIVE` and `CUT_NEGATIVE`, the extreme cuts in either direction. Choice and values use disjoint
        replicas, so the choice introduces no bias. Candidates must have a value on every validation replica that any
        cut has.
    """
    on_validation = {name: values[split == SELECTION_SPLIT] for name, values in tables.items()}
    known = {name: int(np.isfinite(values).sum()) for name, values in on_validation.items()}
    most = max(known.values(), default=0)
    means = {name: float(finite_mean(on_validation[name])) for name, count in known.items() if count == most > 0}
    rows = []
    for role, direction in ((CUT_POSITIVE, 1), (CUT_NEGATIVE, -1)) if means else ():
        name = max(means, key=lambda cut, direction=direction: direction * means[cut])
        row = mean_row(role, NULL, tables[name][None, split == REPORTED_SPLIT], weights)
        rows.append(as_cut(row, name, direction))
    return rows


def as_cut(row: Row, name: str, direction: int = 0) -> Row:
    """Row with side and threshold of a density cut, by its name from `glassmap.learning.null_maps.cut_name`."""
    side, threshold = parse_cut_name(name)
    return replace(row, side=side, threshold=threshold, direction=direction)


def label_scanned_cuts(nulls: Sequence[Row]) -> list[Row]:
    """Null maps with their density cuts relabelled: the extreme cut in either direction, all others as scanned."""
    cuts = [as_cut(row, row.map) for row in nulls if parse_cut_name(row.map) is not None]
    known = [row for row in cuts if np.isfinite(row.value)]
    named = {}
    for role, choose in ((CUT_NEGATIVE, min), (CUT_POSITIVE, max)) if known else ():
        named[choose(known, key=lambda row: row.value).label] = role
    return [row for row in nulls if parse_cut_name(row.map) is None] + [
        replace(row, map=named[row.label]) if row.label in named else replace(row, map=row.side, kind=SCANNED)
        for row in cuts
    ]
