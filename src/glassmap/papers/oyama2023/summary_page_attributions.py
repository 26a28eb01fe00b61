"""Section of the page on other attribution methods: does what a network appears to see depend on the method?

Every statement is backed by a row of ``tables/attributions.csv``.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from glassmap.analysis.attribution_comparison import TRAINED
from glassmap.learning.map_class import OWN
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
    "gradcam_signed": "Grad-CAM with both signs",
    "integrated_gradients": "integrated gradients",
}
COLUMNS = (
    *("system", "phase", "network_kind", "map_class", "method", "network", "quantity", "value", "low", "high", "note"),
)
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
    """Printed name of a method."""
    if method.startswith("gradcam_layer_"):
        return f"Grad-CAM at convolution {method.removeprefix('gradcam_layer_')}"
    if method not in METHODS and method.startswith("gradcam_"):
        return f"Grad-CAM, class {method.removeprefix('gradcam_')}"
    return METHODS.get(method, method.replace("_", " "))


def section(table: pd.DataFrame, phases: Sequence[str]) -> list[dict]:
    """Sentences and a table on the attributions of each system, phase and class.

    Parameters
    ----------
    table : DataFrame
        Columns `COLUMNS` and ``std_over_networks`` of ``tables/attributions.csv``.
    phases : (str, str)
        Liquid and glass.

    Returns
    -------
    list of dict
        ``name``, ``lines``, and ``head`` and ``rows`` of the table.
    """
    means = table[table["network"] == "mean"]
    sections = []
    # glass before liquid for each system, otherwise in table order
    own = means["map_class"] == OWN
    systems = list(dict.fromkeys(means["system"]))
    for (system, phase, of_own), group in means.groupby(["system", "phase", own], sort=False):
        sections.append({"name": group_name(system, phase, phases, of_own), "lines": sentences(group), **grid(group),
                         "order": (systems.index(system), -phases.index(phase), of_own)})  # fmt: skip
    return sorted(sections, key=lambda part: part["order"])


def sentences(group: pd.DataFrame) -> list[str]:
    """Sentences on how C(·, Υ) of the same networks depends on the attribution.

    Parameters
    ----------
    group : DataFrame
        Means over networks of one system, phase and class.

    Returns
    -------
    list of str
        The first gives the range of the trained networks' correlation over attributions for one class, and whether its
        sign differs: it does if the 95 % interval of the smallest is negative and that of the largest positive; it does
        not if all intervals have the same sign. The next name attributions without a value, by reason; then follows a
        sentence for each kind of null network, and one on the attribution that separates the trained networks most from
        these.
    """
    # without Grad-CAM for the class liquid, which is named after its class
    rows = group[(group["quantity"] == "c_upsilon") & (group["method"] != "gradcam_" + group["map_class"])]
    missing = rows[(rows["network_kind"] == TRAINED) & rows["value"].isna()]
    rows = rows[rows["value"].notna()]
    by_kind = {kind: one.set_index("method") for kind, one in rows.groupby("network_kind", sort=False)}
    trained = by_kind.pop(TRAINED, None)
    lines = []
    if trained is not None and len(trained) > 1:
        lines.append(f"Of the same trained networks {_range(trained)}: {of_sign(trained)}.")
    for note, without in missing.groupby("note", sort=False):
        names = " and ".join(name_of_method(name) for name in dict.fromkeys(without["method"]))
        lines.append(f"By {names} the trained networks have no value: {note}.")
    lines += [f"Of {NETWORKS[kind]} {_range(one)}." for kind, one in by_kind.items() if len(one) > 1]
    if trained is not None and by_kind:
        lines += _furthest(trained, by_kind)
    return lines


def of_sign(rows: pd.DataFrame) -> str:
    """Whether the sign of a correlation depends on the attribution: `DEPENDS`, `SAME` or `UNDECIDED`."""
    negative, positive = rows["high"] < 0, rows["low"] > 0  # both False without an interval
    if negative.any() and positive.any():
        return DEPENDS
    return SAME if negative.all() or positive.all() else UNDECIDED


def _range(rows: pd.DataFrame) -> str:
    """Sentence on the smallest and largest value over attributions."""
    least, most = rows.loc[rows["value"].idxmin()], rows.loc[rows["value"].idxmax()]
    first, last = (
        f"{with_interval(*(float(row[name]) for name in ('value', 'low', 'high')))} ({name_of_method(row.name)})"
        for row in (least, most)
    )
    difference = number(float(most["value"] - least["value"]), False)
    return f"C(·, Υ) goes from {first} to {last}, by {difference} between {len(rows)} attributions"


def _furthest(trained: pd.DataFrame, nulls: Mapping[str, pd.DataFrame]) -> list[str]:
    """Sentence on the attribution by which trained networks differ most from the closest kind of null network."""
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
    """Table with attributions in rows, quantities and kinds of network in columns: ``head`` and ``rows``."""
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
    """Value and interval of one row; a dash if there is none."""
    if key not in cells.index or not np.isfinite(float(cells.loc[key, "value"])):
        return "–"
    return with_interval(*(float(cells.loc[key, name]) for name in ("value", "low", "high")))
