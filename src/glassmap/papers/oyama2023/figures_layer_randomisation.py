"""Figure of the layer randomisation: how much of a map survives randomised weights."""

from collections.abc import Sequence
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.analysis.attribution_comparison import COLUMNS
from glassmap.io.datasets import read_table
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, lowest, panel_letters, split_columns, state_colours

# similarities, one row of panels each
SHOWN = {
    "similarity_map_spearman": "similarity of the map\n(Spearman)",
    "similarity_coarse": "similarity of coarse Γ\n(Pearson)",
}


def layer_randomisation_figure(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Similarity to the trained network's map against the depth of the randomisation."""
    return layer_randomisation(read_table(files.table, ("system", "phase", "depth", "layer", *COLUMNS)), params.phases)


def layer_randomisation(table: pd.DataFrame, phases: Sequence[str]) -> Figure:
    """Similarity to the trained network's map against depth (Adebayo et al. 2018, Fig. 4).

    Thick lines are means over networks with confidence intervals over replicas, thin lines single networks.

    Parameters
    ----------
    table : DataFrame
        ``layer_randomisation.csv``.
    phases : (str, str)
        Liquid and glass.
    """
    colours = state_colours(phases)
    blocks = split_columns(list(dict.fromkeys(table["system"])), 3)
    layers = table.drop_duplicates("depth").sort_values("depth")
    with plt.rc_context(STYLE):
        rows = [(block, *shown) for block in blocks for shown in SHOWN.items()]
        figure, axes = plt.subplots(
            len(rows), len(blocks[0]), figsize=(DOUBLE_COLUMN, 0.8 + 1.75 * len(rows)),
            sharex=True, sharey=True, layout="constrained", squeeze=False,
        )  # fmt: skip
        letters = panel_letters()
        for line, (block, quantity, label) in zip(axes, rows, strict=True):
            line[0].set_ylabel(label)
            for axis in line[len(block) :]:
                axis.set_axis_off()
            for axis, system in zip(line, block, strict=False):
                axis.axhline(0, color="0.6", linewidth=0.6, zorder=0)
                axis.set_title(f"({next(letters)}) {system}", loc="left")
                for side, (phase, colour) in zip((-0.06, 0.06), colours.items(), strict=True):
                    here = (table["system"] == system) & (table["phase"] == phase) & (table["quantity"] == quantity)
                    for network, one in table[here].groupby("network", sort=False):
                        # phases are shifted sideways, to separate their intervals
                        x, is_mean = one["depth"] + side, network == "mean"
                        width = 1.8 if is_mean else 0.6
                        axis.plot(x, one["value"], color=colour, linewidth=width, zorder=3 if is_mean else 2)
                        if is_mean:
                            axis.vlines(x, one["low"], one["high"], color=colour, linewidth=0.9, zorder=3)
        for axis in lowest(axes):
            names = [name.replace("_", " ").replace("none", "trained") for name in layers["layer"]]
            axis.set_xticks(layers["depth"], names, rotation=30, ha="right", rotation_mode="anchor")
            axis.set_ylim(-1.05, 1.05)
        figure.supxlabel("weights drawn anew down to this layer", fontsize=8)
        handles = [Line2D([], [], color=colour, linewidth=1.8, label=phase) for phase, colour in colours.items()]
        handles.append(Line2D([], [], color="0.3", linewidth=0.6, label="each network"))
        handles.append(Line2D([], [], color="0.3", marker="|", linestyle="none", label="95 % over replicas"))
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False)
    return figure
