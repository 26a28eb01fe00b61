"""Figure of the four-point structure factor: of the best predictors, beside that of the dynamics."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.io.datasets import read_table
from glassmap.learning.predictors import DYNAMICS as THE_DYNAMICS
from glassmap.learning.predictors import PREDICTORS
from glassmap.papers.jung2023.figures_panels import (
    LABELS,
    LINE,
    STRUCTURE_FACTOR,
    WAVE_NUMBER,
    grid,
    legend_below,
    logarithmic,
    means_of_bins,
)
from glassmap.papers.jung2023.method import DYNAMICS, NOISE_FREE, coldest
from glassmap.papers.predictors.fields import BARE, COARSE
from glassmap.papers.predictors.names import label
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE

# Okabe and Ito's palette; predictors that were told the dynamics are full, those that were not open
OF_DYNAMICS = {
    DYNAMICS: {"color": "black", "linestyle": "-", "marker": "s"},
    NOISE_FREE: {"color": "0.5", "linestyle": "-", "marker": "D"},
}
TOLD = [("#0072B2", "o"), ("#E69F00", "^"), ("#009E73", "v")]
NOT_TOLD = [("#D55E00", "o"), ("#CC79A7", "^"), ("#56B4E9", "v")]
SMALLEST = 1 / 100  # of the dynamics' smallest value; what is below is not shown


def predictors_s4(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """S_4(q) in the coldest state: the dynamics, the best models as they are, the best others coarse-grained."""
    waves = read_table(files.s4, ("system", "state", "target", "time", "source", "version", "wave_number", "s4"))
    cells = read_table(files.predictors, ("system", "state", "target", "time", "predictor", "version", "pearson"))
    waves, cells = (_of_coldest(table, params) for table in (waves, cells))
    shown = _shown(waves, cells, params)
    columns = min(len(params.systems), 2)
    with plt.rc_context(STYLE):
        figure, panels = grid(-(-len(params.systems) // columns), columns, 2.6, columns * DOUBLE_COLUMN / 2)
        for axis in panels.flat[len(params.systems) :]:
            axis.set_axis_off()
        for axis, system in zip(panels.flat, params.systems, strict=False):
            _panel(axis, waves[waves["system"] == system], shown)
            temperature = params.temperatures[system][coldest(params, system)]
            time = waves[waves["system"] == system]["time"].iloc[0]
            axis.set_title(f"{system}, T = {temperature:g}, t = {time:.4g} τ")
        names = {**LABELS, **{name: label(name) for name, version in shown if version}}
        handles = [Line2D([], [], label=names[name], **look) for (name, _), look in shown.items()]
        legend_below(figure, handles, 2 * columns)
    return figure


def _of_coldest(table: pd.DataFrame, params: SimpleNamespace) -> pd.DataFrame:
    """Rows of the learned dynamics in the coldest state of each system."""
    coldest_state = table["system"].map({system: coldest(params, system) for system in params.systems})
    return table[(table["target"] == params.target) & (table["state"] == coldest_state)]


def _shown(waves: pd.DataFrame, cells: pd.DataFrame, params: SimpleNamespace) -> dict[tuple[str, str], dict]:
    """Look of the dynamics and of the predictors with the largest correlations, by name and version."""
    shown = {(name, ""): look for name, look in OF_DYNAMICS.items() if (waves["source"] == name).any()}
    cells = cells[cells["time"] == cells["system"].map(waves.groupby("system")["time"].first())]
    told = [name for name in params.models if params.told[name] == THE_DYNAMICS]
    others = [name for name in (*params.rows, *params.models) if name not in told]
    others = [name for name in others if not (name in PREDICTORS and PREDICTORS[name].null)]
    for names, version, line, fill, styles in (
        (told, BARE, "--", "full", TOLD),
        (others, COARSE, ":", "none", NOT_TOLD),
    ):
        known = cells[(cells["version"] == version) & cells["predictor"].isin(names)]
        size = known["pearson"].abs().groupby(known["predictor"]).mean().dropna()
        best = size.sort_values(ascending=False, kind="stable").index
        for name, (colour, marker) in zip(best, styles, strict=False):
            shown[name, version] = {"color": colour, "linestyle": line, "marker": marker, "fillstyle": fill}
    return {key: {**LINE, **look} for key, look in shown.items()}


def _panel(axis: Axes, waves: pd.DataFrame, shown: dict[tuple[str, str], dict]) -> None:
    """S_4(q) of a system, averaged in bins of q."""
    for (source, version), look in shown.items():
        chosen = (waves["source"] == source) & (waves["version"].fillna("") == version)
        rows = waves[chosen & waves["s4"].notna()]
        q, (values,) = means_of_bins(rows["wave_number"].to_numpy(), rows["s4"].to_numpy())
        axis.plot(q, np.where(values > 0, values, np.nan), **look)  # without noise it may fall below 0
    axis.set(xlabel=WAVE_NUMBER, ylabel=STRUCTURE_FACTOR)
    logarithmic(axis, x=True, y=True)
    measured = waves[(waves["source"] == DYNAMICS) & (waves["s4"] > 0)]["s4"]
    if len(measured):
        axis.set_ylim(bottom=max(axis.get_ylim()[0], SMALLEST * measured.min()))
