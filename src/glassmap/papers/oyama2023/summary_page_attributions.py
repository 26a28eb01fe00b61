"""The page's section on other attributions: does what a network is said to see depend on how it is asked?

Nothing is said that a row of ``tables/attributions.csv`` does not say.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from glassmap.analysis.attribution_comparison import TRAINED
from glassmap.learning.map_class import GLASS, GRADCAM_LIQUID, OWN
from glassmap.learning.null_maps import RANDOM_WEIGHTS, SHUFFLED_LABELS
from glassmap.papers.oyama2023.figures_controls import name_of_map
from glassmap.papers.oyama2023.summary_page_sentences import group_name, number, with_interval

QUANTITIES = {
    "c_upsilon": "C(·, Υ)",
    "c_theta": "C(·, Θ)",
    "similarity_coarse": "agreement with their own Grad-CAM",
}
METHODS = {
    "gradcam": "Grad-CAM",
    GRADCAM_LIQUID: "Grad-CAM, class liquid",
    "gradcam_signed": "Grad-CAM with both signs",
    "integrated_gradients": "integrated gradients",
}
COLUMNS = ("system", "phase", "network_kind", "map_class", "method", "network", "quantity", "value", "low", "high")
NETWORKS = {
    TRAINED: "trained networks",
    RANDOM_WEIGHTS: "networks with random weights",
    SHUFFLED_LABELS: "networks trained on shuffled labels",
}
DEPENDS, SAME, UNDECIDED = (
    "its sign depends on the attribution",
    "its sign is the same by all of them",
    "whether its sign depends on the attribution is undecided",
)


def name_of_method(method: str) -> str:
    """What a method is called in print."""
    if method.startswith("gradcam_layer_"):
        return f"Grad-CAM at convolution {method.removeprefix('gradcam_layer_')}"
    return METHODS.get(method, method.replace("_", " "))


def section(table: pd.DataFrame) -> list[dict]:
    """Sentences and a table on the attributions of each system, phase and class.

    Parameters
    ----------
    table : DataFrame
        The columns `COLUMNS` and ``std_over_networks`` of ``tables/attributions.csv``.

    Returns
    -------
    list of dict
        ``name``, ``lines`` and the table's ``head`` and ``rows``.
    """
    means = table[table["network"] == "mean"]
    found = []
    # the glass of a system before its liquid, in the order of the table otherwise
    own = means["map_class"] == OWN
    for (system, phase, of_own), group in means.groupby(["system", "phase", own], sort=False):
        found.append({"name": group_name(system, phase, OWN if of_own else GLASS), "lines": sentences(group),
                      **grid(group), "order": (system, phase, of_own)})  # fmt: skip
    systems = list(dict.fromkeys(means["system"]))
    return sorted(found, key=lambda one: (systems.index(one["order"][0]), *one["order"][1:]))


def sentences(group: pd.DataFrame) -> list[str]:
    """What C(·, Υ) of the same networks is by one attribution and by another.

    Parameters
    ----------
    group : DataFrame
        Means over networks of one system, phase and class.

    Returns
    -------
    list of str
        The first says by how much the trained networks' correlation differs between attributions of one class, and
        whether its sign does: it does if the smallest is surely negative and the largest surely positive, by their
        95 % intervals; it does not if all are surely of one sign. The next names attributions by which they have no
        value; then comes a sentence for each kind of null network, and one on the attribution by which the trained
        networks are furthest from them.
    """
    rows = group[(group["quantity"] == "c_upsilon") & (group["method"] != GRADCAM_LIQUID)]
    asked = list(dict.fromkeys(rows.loc[rows["network_kind"] == TRAINED, "method"]))
    rows = rows[rows["value"].notna()]
    by_kind = {kind: one.set_index("method") for kind, one in rows.groupby("network_kind", sort=False)}
    trained = by_kind.pop(TRAINED, None)
    lines = []
    if trained is not None and len(trained) > 1:
        lines.append(f"Of the same trained networks {_range(trained)}: {of_sign(trained)}.")
        lost = [name_of_method(name) for name in asked if name not in trained.index]
        if lost:
            lines.append(f"By {' and '.join(lost)} they have no value: no map is alive.")
    lines += [f"Of {NETWORKS[kind]} {_range(one)}." for kind, one in by_kind.items() if len(one) > 1]
    if trained is not None and by_kind:
        lines += _furthest(trained, by_kind)
    return lines


def of_sign(rows: pd.DataFrame) -> str:
    """Whether the sign of a correlation depends on the attribution: `DEPENDS`, `SAME` or `UNDECIDED`."""
    negative, positive = rows["high"] < 0, rows["low"] > 0  # not so where there is no interval
    if negative.any() and positive.any():
        return DEPENDS
    return SAME if negative.all() or positive.all() else UNDECIDED


def _range(rows: pd.DataFrame) -> str:
    """From the smallest to the largest value of the attributions, by method."""
    least, most = rows.loc[rows["value"].idxmin()], rows.loc[rows["value"].idxmax()]
    first, last = (
        f"{with_interval(*(float(row[name]) for name in ('value', 'low', 'high')))} ({name_of_method(row.name)})"
        for row in (least, most)
    )
    difference = number(float(most["value"] - least["value"]), False)
    return f"C(·, Υ) goes from {first} to {last}, by {difference} between {len(rows)} attributions"


def _furthest(trained: pd.DataFrame, nulls: Mapping[str, pd.DataFrame]) -> list[str]:
    """By which attribution the trained networks differ most from the nearest kind of null network."""
    values = pd.DataFrame({kind: one["value"] for kind, one in nulls.items()}).reindex(trained.index)
    distance = values.sub(trained["value"], axis=0).abs().min(axis=1, skipna=False)
    if not np.isfinite(distance).any():
        return []
    method = distance.idxmax()
    beside = []
    for kind, one in nulls.items():
        row = one.loc[method]
        deviation = float(row["std_over_networks"])
        over = f", deviation {number(deviation, False)} over draws" if np.isfinite(deviation) else ""
        beside.append(f"{number(float(row['value']))} of {NETWORKS[kind]}{over}")
    return [
        f"The trained networks are furthest from those that learned nothing by {name_of_method(method)}: "
        f"{number(float(trained.loc[method, 'value']))} beside {' and '.join(beside)}."
    ]


def grid(group: pd.DataFrame) -> dict[str, list]:
    """Attributions down, quantities and kinds of network across: ``head`` and ``rows``."""
    cells = group.set_index(["method", "quantity", "network_kind"])
    kinds = list(dict.fromkeys(group["network_kind"]))
    columns = [(quantity, kind) for quantity in QUANTITIES for kind in kinds]
    rows = [
        [name_of_method(method), *(_cell(cells, (method, *column)) for column in columns)]
        for method in dict.fromkeys(group["method"])
    ]
    return {
        "head": ["attribution", *(f"{QUANTITIES[one]}, {name_of_map(kind)}" for one, kind in columns)],
        "rows": rows,
    }


def _cell(cells: pd.DataFrame, key: tuple) -> str:
    """Value and interval of one row; a dash where there is none."""
    if key not in cells.index or not np.isfinite(float(cells.loc[key, "value"])):
        return "–"
    return with_interval(*(float(cells.loc[key, name]) for name in ("value", "low", "high")))
