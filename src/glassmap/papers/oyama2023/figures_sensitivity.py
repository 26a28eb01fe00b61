"""Figure of the papers' claims in every variant of a study."""

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
from glassmap.papers.oyama2023.tables_sensitivity import COLUMNS
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, panel_letters
from glassmap.variants import STUDY

LABELS = {
    "c_gamma_upsilon": "C(Γ, Υ)",
    "c_gamma_theta": "C(Γ, Θ)",
    "c_gamma_delta": "C(Γ, Δ)",
    "r_gamma": "$r_Γ$",
}
# as for `class_looks`; offsets in units of the row height
MARKERS = ("o", "s", "D")
OFFSETS = (-0.26, 0.0, 0.26)
NOISE = {"marker": "x", "linestyle": "none", "markersize": 4, "markeredgewidth": 0.9, "color": "black"}


def sensitivity_figure(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """The papers' claims in the study and all its variants."""
    return sensitivity(read_table(files.table, COLUMNS), params.phases)


def sensitivity(table: pd.DataFrame, phases: Sequence[str]) -> Figure:
    """The papers' claims in the study and all its variants: correlations of Gamma, and its length.

    One row of panels per system, one panel per quantity, with the variants along the vertical axis. Thin bars are 95 %
    confidence intervals, broad bars standard deviations over networks, dashed lines the papers' values, crosses the
    length of white noise. Liquid samples have one marker per class that the maps explain; the paper does not say which
    class its value refers to.

    Parameters
    ----------
    table : DataFrame
        From `glassmap.papers.oyama2023.tables_sensitivity.claims_beside_papers`.
    phases : (str, str)
        Liquid and glass.
    """
    systems = list(dict.fromkeys(table["system"]))
    rows = {system: list(dict.fromkeys(table.loc[table["system"] == system, "variant"])) for system in systems}
    heights = [0.35 + 0.26 * len(variants) for variants in rows.values()]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(systems), len(LABELS), figsize=(DOUBLE_COLUMN, 0.6 + sum(heights)), sharex="col", sharey="row",
            layout="constrained", squeeze=False, gridspec_kw={"height_ratios": heights},
        )  # fmt: skip
        letters = panel_letters()
        for panels, system in zip(axes, systems, strict=True):
            of_system = table[table["system"] == system].set_index(["quantity", "phase", "variant"]).sort_index()
            for axis, (quantity, label) in zip(panels, LABELS.items(), strict=True):
                _draw(axis, of_system, quantity, rows[system], phases)
                axis.set_title(f"({next(letters)}) {system}, {label}")
            names = ["as in the study" if name == STUDY else name for name in rows[system]]
            panels[0].set_yticks(range(len(names)), names)
            panels[0].set_ylim(len(names) - 0.5, -0.5)
        for axis in axes[-1, :-1]:
            axis.set_xlabel("correlation")
        axes[-1, -1].set_xlabel("distance / σ*")
        figure.legend(handles=_handles(table, phases), loc="outside lower center", ncols=4, frameon=False)
    return figure


def _draw(axis: plt.Axes, of_system: pd.DataFrame, quantity: str, variants: list[str], phases: Sequence[str]) -> None:
    """One panel: a quantity of one system, indexed by (quantity, phase, variant)."""
    correlation = quantity.startswith("c_")
    for place in range(1, len(variants), 2):
        axis.axhspan(place - 0.5, place + 0.5, color="0.95", linewidth=0, zorder=0)
    if correlation:
        axis.axvline(0, color="0.6", linewidth=0.8, zorder=1)
        axis.set(xlim=(-1.05, 1.05), xticks=(-1, -0.5, 0, 0.5, 1), xticklabels=("−1", "", "0", "", "1"))
    else:
        _draw_noise(axis, of_system.loc["r_white_noise", phases[1]].reindex(variants))
        shown = of_system.loc[[quantity, "r_white_noise"]]
        largest = np.nanmax([4.5, *shown["high"], *(shown["value"] + shown["std_over_networks"])])
        axis.set_xlim(0, 1.05 * largest)
    of_quantity = of_system.loc[quantity]
    markers, offsets = class_looks(phases, MARKERS), class_looks(phases, OFFSETS)
    for (phase, map_class), colour in class_colours(phases).items():
        if phase in of_quantity.index.get_level_values("phase"):
            of_phase, look = of_quantity.loc[phase], (phase, map_class)
            rows = of_phase[of_phase["map_class"] == map_class].reindex(variants)
            _draw_phase(axis, rows, colour, markers[look], offsets[look], with_paper=map_class != OWN)
    of_glass = of_quantity.loc[phases[1]].reindex(variants)
    for place in np.flatnonzero(of_glass["value"].isna()):
        _note_missing(axis, of_glass.iloc[place], place, 0.5 if correlation else 0.27)


def _draw_phase(axis: plt.Axes, rows: pd.DataFrame, colour: str, marker: str, offset: float, with_paper: bool) -> None:
    """Markers of one phase and class of the maps, one per variant, and the paper's value."""
    place = np.arange(len(rows)) + offset
    # the paper's single value applies to the maps of either class; draw it once
    printed = rows[["paper", "paper_uncertainty"]].drop_duplicates().dropna(subset="paper").values
    for value, uncertainty in printed if with_paper else ():
        # not for correlations, whose published uncertainty is a deviation over samples
        if uncertainty > 0 and not (rows["statistic"] == "pearson").any():
            axis.axvspan(value - uncertainty, value + uncertainty, color="0.87", linewidth=0, zorder=1)
        axis.axvline(value, color=colour, linestyle="--", linewidth=0.8, zorder=1)
    axis.hlines(place, rows["low"], rows["high"], color=colour, linewidth=1.0, zorder=3)
    value, between = rows["value"], rows["std_over_networks"]
    axis.hlines(place, value - between, value + between, color=colour, linewidth=3.5, alpha=0.3, zorder=2)
    axis.plot(value, place, marker, color=colour, markersize=3.2, zorder=4)


def _draw_noise(axis: plt.Axes, rows: pd.DataFrame) -> None:
    """Length of white noise, one marker per variant."""
    place = np.arange(len(rows)) - OFFSETS[0]
    axis.hlines(place, rows["low"], rows["high"], color="black", linewidth=0.6, zorder=2)
    axis.plot(rows["value"], place, zorder=2, **NOISE)


def _note_missing(axis: plt.Axes, row: pd.Series, place: int, across: float) -> None:
    """Write why a variant has no marker."""
    text = "training failed" if row["networks"] == 0 else row["note"]
    background = {"facecolor": "0.95" if place % 2 else "white", "linewidth": 0, "pad": 0.8}
    axis.text(
        across, place, text if isinstance(text, str) else "no value", transform=axis.get_yaxis_transform(), ha="center",
        va="center", fontsize=6, color="0.4", bbox=background, zorder=5,
    )  # fmt: skip


def _handles(table: pd.DataFrame, phases: Sequence[str]) -> list[Line2D]:
    """Legend entries."""
    colours, markers, names = class_colours(phases), class_looks(phases, MARKERS), class_names(phases)
    handles = [
        Line2D([], [], color=colour, marker=markers[one], linewidth=1.0, markersize=3.2, label=f"{names[one]}, 95 %")
        for one, colour in colours.items()
    ]
    if table["paper"].notna().any():
        handles += [
            Line2D([], [], color=colour, linestyle="--", linewidth=0.8, label=f"paper, {phase}")
            for (phase, map_class), colour in colours.items()
            if map_class != OWN
        ]
    handles.append(Line2D([], [], color="0.4", linewidth=3.5, alpha=0.3, label="± deviation between networks"))
    handles.append(Line2D([], [], label="white noise, 95 %", **NOISE))
    return handles
