"""Figure of what the network adds: its correlations next to those of null maps and baselines."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.io.datasets import read_table
from glassmap.learning.map_class import OWN
from glassmap.learning.null_maps import NETWORK_NULLS, parse_cut_name
from glassmap.papers.oyama2023.figures_correlations import OWN_COLOUR
from glassmap.plotting.style import DOUBLE_COLUMN, PAPER, STYLE, annotate_panel, panel_letters, split_columns
from glassmap.structure.indicators import INDICATORS, ORDER_PARAMETERS

# columns read from tables/controls.csv
COLUMNS = (
    *("system", "phase", "map_class", "protocol", "quantity", "statistic", "map", "side", "threshold", "kind", "value"),
    *("low", "high", "std_over_draws", "draws", "samples", "excess", "excess_low", "excess_high", "best_null"),
    *("best_null_value", "verdict", "verdict_null", "paper", "moved_p", "moved_largest", "note"),
)
OF_ORDER_PARAMETERS = {
    f"c_gamma_{INDICATORS[name].key}": f"C(Γ, {INDICATORS[name].symbol})" for name in ORDER_PARAMETERS
}
# two panels per system in a row, of glass (1) and liquid (0); a quantity defined for glasses only is paired with its
# partial correlation
ROWS = (
    *(((quantity, 1), (quantity, 0)) for quantity in OF_ORDER_PARAMETERS),
    (("c_gamma_theta_partial", 1), ("c_gamma_theta_partial", 0)),
    (("c_gamma_delta_max", 1), ("c_gamma_delta_partial_max", 1)),
)
SYMBOLS = {
    **OF_ORDER_PARAMETERS,
    "c_gamma_theta_partial": "C(Γ, Θ | n, x_A, Υ)",
    "c_gamma_delta_max": "C(Γ, Δ), largest",
    "c_gamma_delta_partial_max": "C(Γ, Δ | n, x_A, Υ), largest",
    "r_gamma": "r_Γ / σ*",
    "accuracy": "accuracy",
}
MAPS = {
    "gradcam": "network (Grad-CAM)",
    "constant": "constant",
    "density_above_mean": "ReLU(ρ − mean)",
    "density_below_mean": "ReLU(mean − ρ)",
    "density_cut_positive": "density cut, farthest to +",
    "density_cut_negative": "density cut, farthest to −",
    "density_cut_nearest": "density cut, nearest",
    "white_noise": "white noise",
    "signed_white_noise": "white noise of either sign",
    "random_weights": "random weights",
    "shuffled_labels": "shuffled labels",
    **{name: entry.label for name, entry in INDICATORS.items()},
}
# Okabe and Ito's palette, with a marker for each colour
LOOKS = {
    "network": ("#0072B2", "o"),
    "null_map": ("#D55E00", "s"),
    "baseline": ("#333333", "^"),
    "indicator": ("#CC79A7", "v"),
}
KINDS = {
    "network": "networks (shaded: 95 % interval)",
    "null_map": "null maps in place of Grad-CAM's",
    "baseline": "baselines in place of Γ",
    "indicator": "indicators in place of Γ",
}
OWN_SHIFT = 0.32  # in units of the line spacing
EDGE = {"markeredgecolor": "white", "markeredgewidth": 0.4}
INTERVAL = {"linewidth": 2.6, "solid_capstyle": "butt", "alpha": 0.6}
DEVIATION = {"linewidth": 0.7}
ROW_HEIGHT = 0.115  # inches


def what_the_network_adds(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Correlations of the networks' maps next to those of null maps and baselines."""
    return networks_beside_nulls(read_table(files.controls, COLUMNS), params.protocol, params.phases)


def of_protocol(table: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """Rows of a protocol, plus those of quantities that it does not measure."""
    selected = table["protocol"] == protocol
    return table[selected | ~table["quantity"].isin(table.loc[selected, "quantity"])]


def name_of_map(name: str) -> str:
    """Printed name of a map; the formula for a density cut, with sd the standard deviation of the field."""
    cut = parse_cut_name(str(name))
    if cut is None:
        return MAPS.get(name, str(name).replace("_", " "))
    side, threshold = cut
    sign = "−" if (side == "density_above") == (threshold >= 0) else "+"
    shift = f" {sign} {abs(threshold):g} sd" if threshold else ""
    return f"ReLU(ρ − mean{shift})" if side == "density_above" else f"ReLU(mean{shift} − ρ)"


def threshold_of(row: Mapping) -> str:
    """Threshold of a density cut, such as ``ρ > +0.75``, in standard deviations from the mean; empty for other maps."""
    if not isinstance(row["side"], str) or not row["side"]:
        return ""
    text = f"{float(row['threshold']) + 0.0:+.3g}" if row["threshold"] else "0"
    return f"ρ {'>' if row['side'] == 'density_above' else '<'} {text}".replace("-", "−")


def maps_of(table: pd.DataFrame) -> dict[str, str]:
    """Kind of each map in a table, ordered by kind, networks first."""
    kinds = table.drop_duplicates("map").set_index("map")["kind"].to_dict()
    order = [*MAPS, *sorted(set(kinds) - set(MAPS))]
    return {name: kind for kind in LOOKS for name in order if kinds.get(name) == kind}


def networks_beside_nulls(table: pd.DataFrame, protocol: str, phases: Sequence[str]) -> Figure:
    """Correlations of the networks' maps next to those of null maps and of hand-crafted fields.

    Parameters
    ----------
    table : DataFrame
        Columns `COLUMNS`, one row per system, phase, class, protocol, quantity, statistic and map. ``kind`` is
        ``network``, ``null_map``, ``baseline`` or ``indicator``; ``low`` and ``high`` are 95 % intervals or NaN.
    protocol : {"frontiers", "arxiv-v2"}
    phases : (str, str)
        Liquid and glass.

    Returns
    -------
    Figure
        Rows are the quantities of `ROWS` present in the table, columns are systems and phases. Thick bars are intervals
        over replicas (for the dynamics over glasses, of one glass over its runs), thin bars standard deviations over
        networks or draws; the band is the network's interval, the diamond the paper's value. For liquid samples, maps
        for the own class are drawn below those for the class glass. Only the chosen density cuts are drawn, labelled
        with their thresholds. Pearson correlations, signs as measured.
    """
    table = of_protocol(table, protocol)
    table = table[(table["statistic"] != "spearman") & table["quantity"].isin(SYMBOLS)]
    systems = list(dict.fromkeys(table["system"]))
    present = set(table["quantity"])
    rows = [row for row in ROWS if present & {quantity for quantity, _ in row}]
    # maps listed in each row
    maps = [maps_of(table[table["quantity"].isin([quantity for quantity, _ in row])]) for row in rows]
    heights = [0.5 + ROW_HEIGHT * max(len(names), 4) for names in maps] or [1.0]
    blocks = split_columns(systems, 2) or [[]]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(blocks) * len(heights), max(2 * len(blocks[0]), 1),
            figsize=(DOUBLE_COLUMN, 0.7 + len(blocks) * sum(heights)), sharey="row",
            height_ratios=len(blocks) * heights, layout="constrained", squeeze=False,
        )  # fmt: skip
        figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.02)
        letters = panel_letters()
        lines = [(block, row, names) for block in blocks for row, names in zip(rows, maps, strict=True)]
        for line, (block, row, names) in zip(axes, lines, strict=False):
            panels = [(system, quantity, phases[index]) for system in block for quantity, index in row]
            for axis in line[len(panels) :]:
                axis.set_axis_off()
            for axis, (system, quantity, phase) in zip(line, panels, strict=False):
                chosen = table[
                    (table["system"] == system) & (table["phase"] == phase) & (table["quantity"] == quantity)
                ]
                _panel(axis, chosen, names)
                axis.set_title(f"({next(letters)}) {system} {phase}", loc="left", fontsize=7.5, pad=3)
                axis.set_xlabel(SYMBOLS[quantity], labelpad=1.5, fontsize=7.5)
            line[0].set_yticks(range(len(names)), [name_of_map(name) for name in names])
            line[0].set_ylim(len(names) - 0.4, -0.6)
            for label, kind in zip(line[0].get_yticklabels(), names.values(), strict=True):
                label.set_color(LOOKS[kind][0])
        if not rows:
            for axis in axes.flat:
                annotate_panel(axis, "not measured")
        drawn = {kind for names in maps for kind in names.values()}
        of_own = bool((table["map_class"] == OWN).any())
        own = f"{phases[0]}: class {phases[0]}, not {phases[1]}" if of_own else ""
        _legend(figure, [kind for kind in LOOKS if kind in drawn], bool(table["paper"].notna().any()), own)
    return figure


def _panel(axis: plt.Axes, chosen: pd.DataFrame, maps: dict[str, str]) -> None:
    """One quantity of a system and phase, one line per map."""
    axis.axvline(0, color="0.6", linewidth=0.6, zorder=0)
    axis.set_xlim(-1.08, 1.08)
    axis.set_xticks((-1, -0.5, 0, 0.5, 1), ("−1", "", "0", "", "1"))
    axis.tick_params(axis="y", length=0)
    axis.tick_params(axis="x", length=2.5, pad=2)
    kinds = list(maps.values())
    for place, kind in enumerate(kinds):
        axis.axhline(place, color="0.9", linewidth=0.4, zorder=-1)  # guides the eye from the name to the marker
        if place and kind != kinds[place - 1]:
            axis.axhline(place - 0.5, color="0.6", linewidth=0.5, zorder=0)
    own = chosen["map_class"] == OWN
    by_map = chosen[~own].drop_duplicates("map").set_index("map")
    # maps without a network are the same for both classes
    of_own = chosen[own & (chosen["kind"].eq("network") | chosen["map"].isin(NETWORK_NULLS))].set_index("map")
    if not np.isfinite(by_map["value"].astype(float)).any():
        why = by_map.loc[by_map["kind"] == "network", "note"].dropna()
        annotate_panel(axis, fill(why.iloc[0], 24) if len(why) else "not measured")
    for place, (name, kind) in enumerate(maps.items()):
        if name in by_map.index:
            _map(axis, place, by_map.loc[name], *LOOKS[kind], band=kind == "network")
        if name in of_own.index:
            _map(axis, place + OWN_SHIFT, of_own.loc[name], OWN_COLOUR, LOOKS[kind][1], band=kind == "network")


def _map(axis: plt.Axes, place: int, row: pd.Series, colour: str, marker: str, band: bool) -> None:
    """Marker, interval and deviation of one map; for the network also the band, and the paper's value."""
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    deviation = float(row["std_over_draws"])
    if band and np.isfinite([low, high]).all():
        axis.axvspan(low, high, color=colour, alpha=0.15, linewidth=0, zorder=0)
    if band and np.isfinite(value):
        axis.axvline(value, color=colour, linewidth=0.6, linestyle=(0, (3, 2)), zorder=0.5)
    if np.isfinite([value, deviation]).all():
        axis.plot([value - deviation, value + deviation], [place] * 2, color=colour, zorder=3, **DEVIATION)
    if np.isfinite([low, high]).all():
        axis.plot([low, high], [place] * 2, color=colour, zorder=2.5, **INTERVAL)
    if np.isfinite(value):
        axis.plot(value, place, marker, color=colour, markersize=3.2, zorder=4, **EDGE)
        if not band:
            _threshold(axis, place, row, colour)
    if np.isfinite(float(row["paper"])) and row["map_class"] != OWN:  # draw the paper's single value once
        axis.plot(float(row["paper"]), place, zorder=5, clip_on=False, **PAPER)


def _threshold(axis: plt.Axes, place: int, row: pd.Series, colour: str) -> None:
    """Threshold of a density cut, written at the emptier end of its line."""
    ends = [float(row[name]) for name in ("low", "high") if np.isfinite(row[name])] or [float(row["value"])]
    left = min(ends) + max(ends) > 0
    axis.annotate(
        threshold_of(row), (0 if left else 1, place), (2 if left else -2, 0), ("axes fraction", "data"),
        textcoords="offset points", fontsize=5.5, color=colour, ha="left" if left else "right", va="center_baseline",
    )  # fmt: skip


def _legend(figure: Figure, kinds: Sequence[str], paper: bool, own: str) -> None:
    handles = []
    for kind in kinds:
        colour, marker = LOOKS[kind]
        dot = Line2D([], [], color=colour, marker=marker, linestyle="none", markersize=3.5, label=KINDS[kind])
        handles.append(dot)
    if own:
        handles.append(Line2D([], [], color=OWN_COLOUR, marker="o", markersize=3.5, label=own))
    handles.append(Line2D([], [], color="0.4", label="95 % interval", **INTERVAL))
    handles.append(Line2D([], [], color="0.4", label="± deviation over networks or draws", **DEVIATION))
    if paper:
        handles.append(Line2D([], [], label="paper's value", **PAPER))
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, columnspacing=1.2)
