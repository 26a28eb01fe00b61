"""The figure of the papers' claims in every variant of a study."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.figures import COLOURS, DOUBLE_COLUMN, STYLE
from glassmap.paths import STUDY

LABELS = {
    "c_gamma_upsilon": "C(Γ, Υ)",
    "c_gamma_theta": "C(Γ, Θ)",
    "c_gamma_delta": "C(Γ, Δ)",
    "r_gamma": "$r_Γ$",
}
MARKERS = {"glass": "o", "liquid": "s"}
OFFSETS = {"glass": -0.17, "liquid": 0.17}  # of a row's height
NOISE = {"marker": "x", "linestyle": "none", "markersize": 4, "markeredgewidth": 0.9, "color": "black"}
UNCERTAINTY = 0.5  # sigma*, of the paper's r_Gamma


def sensitivity(table: pd.DataFrame) -> Figure:
    """The papers' claims in the study and in every variant: correlations of Gamma, and its length.

    A row of panels for each system, a panel for each quantity, the variants down its vertical axis. Thin bars are
    95 % intervals, broad ones the deviation between networks, dashed lines the papers' values, crosses the length
    that white noise gives.

    Parameters
    ----------
    table : DataFrame
        From `glassmap.sensitivity.sensitivity_table`.
    """
    systems = list(dict.fromkeys(table["system"]))
    rows = {system: list(dict.fromkeys(table.loc[table["system"] == system, "variant"])) for system in systems}
    heights = [0.35 + 0.22 * len(variants) for variants in rows.values()]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(systems), len(LABELS), figsize=(DOUBLE_COLUMN, 0.6 + sum(heights)), sharex="col", sharey="row",
            layout="constrained", squeeze=False, gridspec_kw={"height_ratios": heights},
        )  # fmt: skip
        letters = iter("abcdefghijklmnopqrstuvwxyz")
        for panels, system in zip(axes, systems, strict=True):
            of_system = table[table["system"] == system].set_index(["quantity", "phase", "variant"]).sort_index()
            for axis, (quantity, label) in zip(panels, LABELS.items(), strict=True):
                _draw(axis, of_system, quantity, rows[system])
                axis.set_title(f"({next(letters)}) {system}, {label}")
            names = ["as in the study" if name == STUDY else name for name in rows[system]]
            panels[0].set_yticks(range(len(names)), names)
            panels[0].set_ylim(len(names) - 0.5, -0.5)
        for axis in axes[-1, :-1]:
            axis.set_xlabel("correlation")
        axes[-1, -1].set_xlabel("distance / σ*")
        figure.legend(handles=_handles(table), loc="outside lower center", ncols=4, frameon=False)
    return figure


def _draw(axis: plt.Axes, of_system: pd.DataFrame, quantity: str, variants: list[str]) -> None:
    """One panel: a quantity of one system, indexed by (quantity, phase, variant)."""
    correlation = quantity.startswith("c_")
    for place in range(1, len(variants), 2):
        axis.axhspan(place - 0.5, place + 0.5, color="0.95", linewidth=0, zorder=0)
    if correlation:
        axis.axvline(0, color="0.6", linewidth=0.8, zorder=1)
        axis.set(xlim=(-1.05, 1.05), xticks=(-1, -0.5, 0, 0.5, 1), xticklabels=("−1", "", "0", "", "1"))
    for phase, colour in COLOURS.items():
        if (quantity, phase) not in of_system.index.droplevel("variant"):
            continue
        of_phase = of_system.loc[quantity, phase].reindex(variants)
        paper = of_phase["paper"].dropna()
        if len(paper):
            if not correlation:
                axis.axvspan(paper.iloc[0] - UNCERTAINTY, paper.iloc[0] + UNCERTAINTY, color="0.87", linewidth=0)
            axis.axvline(paper.iloc[0], color=colour, linestyle="--", linewidth=0.8, zorder=1)
        place = np.arange(len(variants)) + OFFSETS[phase]
        value = of_phase["value"].to_numpy()
        bars = np.stack([value - of_phase["low"], of_phase["high"] - value])
        known = np.isfinite(bars).all(axis=0)
        axis.errorbar(
            value[known], place[known], xerr=np.maximum(bars[:, known], 0), fmt="none", ecolor=colour, elinewidth=1.0,
            zorder=3,
        )  # fmt: skip
        between = of_phase["std_over_networks"].to_numpy()
        axis.errorbar(
            value, place, xerr=np.nan_to_num(between), fmt="none", ecolor=colour, elinewidth=3.5, alpha=0.3, zorder=2
        )
        axis.plot(value, place, MARKERS[phase], color=colour, markersize=3.2, zorder=4)
    of_glass = of_system.loc[quantity, "glass"].reindex(variants)
    for where in np.flatnonzero(~np.isfinite(of_glass["value"])):
        _say_why(axis, of_glass.iloc[where], where, 0.5 if correlation else 0.27)
    if not correlation:
        noise = of_system.loc["r_white_noise", "glass"].reindex(variants)
        place = np.arange(len(variants)) - OFFSETS["glass"]
        axis.hlines(place, noise["low"], noise["high"], color="black", linewidth=0.6, zorder=2)
        axis.plot(noise["value"], place, zorder=2, **NOISE)
        largest = np.nanmax([4.5, *noise["high"], *of_system.loc[quantity, "glass"]["high"]])
        axis.set_xlim(0, max(1.05 * largest, axis.get_xlim()[1]))


def _say_why(axis: plt.Axes, row: pd.Series, place: int, across: float) -> None:
    """Why a variant has no point."""
    text = "training failed" if row["networks"] == 0 else row["note"]
    background = {"facecolor": "0.95" if place % 2 else "white", "linewidth": 0, "pad": 0.8}
    axis.text(
        across, place, text if isinstance(text, str) else "no value", transform=axis.get_yaxis_transform(), ha="center",
        va="center", fontsize=6, color="0.4", bbox=background, zorder=5,
    )  # fmt: skip


def _handles(table: pd.DataFrame) -> list[Line2D]:
    """The legend."""
    handles = [
        Line2D([], [], color=colour, marker=MARKERS[phase], linewidth=1.0, markersize=3.2, label=f"{phase}, 95 %")
        for phase, colour in COLOURS.items()
    ]
    if table["paper"].notna().any():
        handles += [
            Line2D([], [], color=colour, linestyle="--", linewidth=0.8, label=f"paper, {phase}")
            for phase, colour in COLOURS.items()
        ]
    handles.append(Line2D([], [], color="0.4", linewidth=3.5, alpha=0.3, label="± deviation between networks"))
    handles.append(Line2D([], [], label="white noise, 95 %", **NOISE))
    return handles
