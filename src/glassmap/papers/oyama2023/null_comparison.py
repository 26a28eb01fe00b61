"""Whether a network's number goes beyond those of maps that need no trained network: rows, intervals, verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from glassmap.io.splits import CHOSEN_ON, REPORTED_ON
from glassmap.learning.null_maps import RANDOM, cut_name, cut_of
from glassmap.statistics import finite_mean, half_width_of_sum, mean_over_members

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
