"""Figure of the readings of the method."""

from collections.abc import Sequence
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.io.datasets import read_table
from glassmap.learning.map_class import OWN
from glassmap.papers.oyama2023.figures_correlations import class_colours, class_looks, class_names
from glassmap.papers.oyama2023.tables_readings import COLUMNS, MIRRORED_CUT, ONE_CUT
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, lowest, split_columns
from glassmap.variants import STUDY

LABELS = {"c_gamma_upsilon": "C(Γ, Υ)", "c_gamma_theta": "C(Γ, Θ)"}
# as for `class_looks`; offsets in units of the row height
MARKERS = ("o", "o", "D")
OFFSETS = (0.0, -0.15, 0.15)
GRADCAM = "gradcam"


def readings_figure(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Every reading next to the published correlations."""
    return readings(read_table(files.table, COLUMNS), params.phases)


def readings(table: pd.DataFrame, phases: Sequence[str]) -> Figure:
    """Correlations of the Grad-CAM maps in every reading, next to the published ones.

    One column of panels per system and phase, one row per correlation; readings are listed along the vertical axis with
    their mean test accuracy. Thin bars are 95 % confidence intervals over replicas, broad bars standard deviations over
    networks, dashed lines published values, crosses the density cuts closest to them. Open markers: a training failed.

    Parameters
    ----------
    table : DataFrame
        From `glassmap.papers.oyama2023.tables_readings.readings_beside_papers`.
    phases : (str, str)
        Liquid and glass.
    """
    systems = [name for name in dict.fromkeys(table["system"].fillna("")) if name]
    # Grad-CAM maps of every reading, and the density cuts chosen for all published values at once
    cuts = table["reading"].isin([ONE_CUT, MIRRORED_CUT])
    table = table[(table["attribution"] == GRADCAM) | cuts | table["attribution"].isna()]
    names = list(dict.fromkeys(table.loc[table["system"] != "", "reading"]))
    accuracy = table[table["quantity"] == "accuracy"].groupby("reading")["value"].mean()
    blocks = [[(system, phase) for system in block for phase in phases] for block in split_columns(systems, 2)]
    rows = [(panels, *quantity) for panels in blocks for quantity in LABELS.items()]
    with plt.rc_context(STYLE):
        height = 0.5 + len(rows) * (0.4 + 0.15 * len(names))
        figure, axes = plt.subplots(
            len(rows), len(blocks[0]), figsize=(DOUBLE_COLUMN, height), sharex=True, sharey=True, layout="constrained",
            squeeze=False,
        )  # fmt: skip
        for row, (panels, quantity, label) in zip(axes, rows, strict=True):
            for axis in row[len(panels) :]:
                axis.set_axis_off()
            for axis, (system, phase) in zip(row, panels, strict=False):
                selected = table[
                    (table["system"] == system) & (table["phase"] == phase) & (table["quantity"] == quantity)
                ]  # fmt: skip
                _draw(axis, selected, phase, names, phases)
                axis.set_title(f"{system} {phase}, {label}")
            row[0].set_yticks(range(len(names)), [_name(name, accuracy.get(name, np.nan)) for name in names])
            row[0].set_ylim(len(names) - 0.5, -0.5)
        for axis in lowest(axes):
            axis.set_xlabel("correlation")
        figure.legend(handles=_handles(table, phases), loc="outside lower center", ncols=4, frameon=False)
    return figure


def _draw(axis: plt.Axes, rows: pd.DataFrame, phase: str, names: list[str], phases: Sequence[str]) -> None:
    """One panel: one correlation of one system and phase."""
    for place in range(1, len(names), 2):
        axis.axhspan(place - 0.5, place + 0.5, color="0.95", linewidth=0, zorder=0)
    axis.axvline(0, color="0.6", linewidth=0.8, zorder=1)
    axis.set(xlim=(-1.05, 1.05), xticks=(-1, -0.5, 0, 0.5, 1), xticklabels=("−1", "", "0", "", "1"))
    for value in rows["paper"].dropna().unique():
        axis.axvline(value, color="black", linestyle="--", linewidth=0.8, zorder=1)
    markers, offsets = class_looks(phases, MARKERS), class_looks(phases, OFFSETS)
    for (_, map_class), colour in ((one, colour) for one, colour in class_colours(phases).items() if one[0] == phase):
        selected = rows[rows["map_class"] == map_class].set_index("reading").reindex(names)
        place = np.arange(len(names)) + offsets[phase, map_class]
        value, between = selected["value"], selected["std_over_networks"]
        axis.hlines(place, value - between, value + between, color=colour, linewidth=3.0, alpha=0.3, zorder=2)
        axis.hlines(place, selected["low"], selected["high"], color=colour, linewidth=1.0, zorder=3)
        some_failed = (selected["failed"] > 0).to_numpy()
        for chosen, face in ((~some_failed, colour), (some_failed, "white")):
            axis.plot(
                value[chosen], place[chosen], markers[phase, map_class], color=colour, markerfacecolor=face,
                markersize=3.0, markeredgewidth=0.8, zorder=4,
            )  # fmt: skip
        if map_class != OWN:
            axis.plot(
                selected["nearest_cut_value"], place, "x", color="black", markersize=3.5, markeredgewidth=0.8, zorder=2
            )
        for index in (
            np.flatnonzero(((selected["networks"] == 0) & (selected["failed"] > 0)).to_numpy())
            if map_class != OWN
            else ()
        ):
            axis.text(0, index, "all trainings failed", ha="center", va="center", fontsize=5, color="0.4")


def _name(name: str, accuracy: float) -> str:
    """Label of a reading, with its test accuracy averaged over systems and phases."""
    shown = f"{STUDY}: as in the study" if name == STUDY else name
    return f"{shown} ({accuracy:.2f})" if np.isfinite(accuracy) else shown


def _handles(table: pd.DataFrame, phases: Sequence[str]) -> list[Line2D]:
    """Legend entries."""
    markers, names = class_looks(phases, MARKERS), class_names(phases)
    handles = [
        Line2D([], [], color=colour, marker=markers[one], linewidth=1.0, markersize=3.0, label=names[one])
        for one, colour in class_colours(phases).items()
    ]
    if table["paper"].notna().any():
        handles.append(Line2D([], [], color="black", linestyle="--", linewidth=0.8, label="paper (v2, Table S1)"))
    if table["nearest_cut_value"].notna().any():
        null = {"marker": "x", "linestyle": "none", "markersize": 3.5, "color": "black"}
        handles.append(Line2D([], [], **null, label="density cut nearest to it"))
    return handles
