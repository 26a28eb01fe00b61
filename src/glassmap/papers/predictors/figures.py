"""Figure of all predictors: correlation with the dynamics over time and temperature."""

import itertools
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from glassmap.io.datasets import read_table
from glassmap.papers.predictors.names import label
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, annotate_panel

DIVERGING, LARGEST_P = "PuOr", 0.05
VERSIONS = {"bare": "bare", "coarse_grained": "coarse-grained"}
TARGETS = {"bond_breaking": "bond breaking", "displacement": "displacement"}
CELL, CELLS_WITH_NUMBERS = 0.17, 12  # inches; at most so many times have their numbers printed
TICKS = 24  # labels that fit below a panel


def predictors(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Pearson correlation of every predictor (rows) at every time of every state, bare and coarse-grained."""
    columns = ("system", "state", "temperature", "target", "time", "predictor", "version", "pearson", "p")
    table = read_table(files.predictors, columns)
    panels = list(dict.fromkeys(zip(table["system"], table["target"], strict=True)))
    names = [name for name in (*params.models, *params.rows) if (table["predictor"] == name).any()]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(panels),
            len(VERSIONS),
            figsize=(DOUBLE_COLUMN, len(panels) * (CELL * len(names) + 0.75)),
            layout="constrained",
            squeeze=False,
        )
        for row, (system, target) in zip(axes, panels, strict=True):
            chosen = table[(table["system"] == system) & (table["target"] == target)]
            for axis, (version, title) in zip(row, VERSIONS.items(), strict=True):
                _panel(axis, chosen[chosen["version"] == version], names)
                axis.set_title(f"{system}, {TARGETS[target]}, {title}")
                if version == "bare":
                    axis.set_yticks(range(len(names)), [label(name) for name in names])
                else:
                    axis.set_yticks([])
        figure.colorbar(
            ScalarMappable(Normalize(-1, 1), DIVERGING),
            ax=axes,
            shrink=min(1.0, 1.5 / len(panels)),
            pad=0.01,
            label="Pearson correlation",
        )
    return figure


def _panel(axis: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """A cell for each predictor and time, the states side by side; pale where moved predictions do as well."""
    places = list(dict.fromkeys(zip(rows["state"], rows["temperature"], rows["time"], strict=True)))
    index = pd.MultiIndex.from_tuples([(state, time) for state, _, time in places])
    values, p = (
        rows.pivot(index="predictor", columns=["state", "time"], values=what).reindex(index=names, columns=index)
        for what in ("pearson", "p")
    )
    if not np.isfinite(values.to_numpy(dtype=float)).any():
        axis.set_axis_off()
        annotate_panel(axis, "no correlation")
        return
    image = plt.get_cmap(DIVERGING)(Normalize(-1, 1)(values.to_numpy(dtype=float)))
    if len(places) > CELLS_WITH_NUMBERS:  # no number says so
        chance = ~(p.to_numpy(dtype=float) <= LARGEST_P)
        image[chance] = 0.3 * image[chance] + 0.7
    image[~np.isfinite(values.to_numpy(dtype=float))] = (0.9, 0.9, 0.9, 1.0)
    axis.imshow(image, aspect="auto", interpolation="nearest")
    if len(places) <= CELLS_WITH_NUMBERS:
        for (row, column), value in np.ndenumerate(values.to_numpy(dtype=float)):
            if np.isfinite(value):
                unlike = p.to_numpy(dtype=float)[row, column] <= LARGEST_P
                grey = "white" if abs(value) > 0.6 else ("black" if unlike else "0.55")
                text = f"{value:.2f}".replace("0.", ".")
                axis.text(column, row, text, ha="center", va="center", fontsize=5, color=grey)
    states = [state for state, _, _ in places]
    for edge in np.flatnonzero([here != there for here, there in itertools.pairwise(states)]):
        axis.axvline(edge + 0.5, color="black", linewidth=0.8)
    every = -(-len(places) // TICKS)
    ticks = range(0, len(places), every)
    axis.set_xticks(ticks, [f"{places[place][2]:.4g}" for place in ticks], rotation=90, fontsize=5)
    by_state = {state: temperature for state, temperature, _ in places}
    axis.set_xlabel("t / τ, at T = " + " | ".join(f"{temperature:g}" for temperature in by_state.values()))
