"""Figure of the graph measures against temperature (supplement, Fig. 7)."""

from itertools import cycle
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.exclusions import crystallised_replicas
from glassmap.io.schema import CRYSTALS, GRAPH_MEASURES
from glassmap.papers.swanson2020.tables_measures import MEASURES, curve
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, panel_letters

LABELS = {
    "isolated": "isolated A per particle",
    "minority_pairs": "pairs B-B per particle",
    "components": "connected parts per particle",
}
# Okabe and Ito's palette
OF_SYSTEMS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7")
MARKERS = "osDv^P"
COLUMNS = ("system", "quantity", "value", "low", "high", "slope_lower", "intercept_lower", "slope_upper", "note")


def graph_measures(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Means over replicas with standard errors; where the curve bends, both lines and T_g with its 95 % interval."""
    table = read_table(files.table, (*COLUMNS, "intercept_upper")).set_index(["system", "quantity"])
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(1, len(MEASURES), figsize=(DOUBLE_COLUMN, 2.5), layout="constrained")
        found, letters = False, panel_letters()
        for axis, name in zip(panels, MEASURES, strict=True):
            lines = []
            of_systems = zip(params.systems, files.graph_measures, files.crystals, strict=True)
            for (system, path, crystals), colour, marker in zip(
                of_systems, cycle(OF_SYSTEMS), cycle(MARKERS), strict=False
            ):
                measured = read_dataset(path, GRAPH_MEASURES)
                crystallised = crystallised_replicas(read_table(crystals, CRYSTALS), measured["replica"].values)
                temperature, mean, error = curve(measured, name, crystallised)
                axis.errorbar(temperature, mean, error, fmt=marker, markersize=2.5, linewidth=0.7, color=colour)
                row = table.loc[system, name]
                if np.isfinite(row["value"]):
                    found = True
                    axis.axvspan(row["low"], row["high"], color=colour, alpha=0.15, linewidth=0)
                    lines.append((row, params.limits[system], colour))
            left, right, low, high = axis.axis()
            for row, (first, last), colour in lines:
                # each goes on a little beyond T_g, as published
                beyond = 0.15 * (last - first)
                below, above = (first, row["value"] + beyond), (row["value"] - beyond, last)
                for part, points in (("lower", np.array(below)), ("upper", np.array(above))):
                    fitted = row[f"slope_{part}"] * points + row[f"intercept_{part}"]
                    axis.plot(points, fitted, "--", color=colour, linewidth=0.9)
            axis.set(xlim=(left, right), ylim=(low, high), xlabel="$T$ / ε*", ylabel=LABELS[name])
            none = [system for system in params.systems if not np.isfinite(table.loc[system, name]["value"])]
            axis.set_title(f"({next(letters)})" + (f" no bend: {', '.join(none)}" if none else ""), loc="left")
        handles = [
            Line2D([], [], color=colour, marker=marker, markersize=3.5, linestyle="", label=system)
            for system, colour, marker in zip(params.systems, cycle(OF_SYSTEMS), cycle(MARKERS), strict=False)
        ]
        if found:
            handles += [
                Line2D([], [], color="0.3", linestyle="--", label="fitted lines"),
                Patch(color="0.3", alpha=0.15, linewidth=0, label="$T_g$, 95 % interval"),
            ]
        figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 5))
    return figure
