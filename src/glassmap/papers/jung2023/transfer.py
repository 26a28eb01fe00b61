"""Table and figure of the transfer: models that learned from one system predict another, such as a larger one."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.dynamics.four_point import FourPointFit
from glassmap.io.datasets import read_table
from glassmap.papers.jung2023.figures_panels import (
    LINE,
    OF_STATES,
    PEARSON,
    STRUCTURE_FACTOR,
    SUSCEPTIBILITY,
    TIME,
    WAVE_NUMBER,
    band,
    dynamics_and,
    grid,
    label,
    legend_below,
    logarithmic,
    means_of_bins,
)
from glassmap.papers.jung2023.method import DYNAMICS, coldest
from glassmap.papers.jung2023.tables_four_point import FITTED_UP_TO
from glassmap.plotting.style import STYLE

KEYS = ["state", "temperature", "time", "model"]
CORRELATIONS = ["pearson", "low", "high", "noise_ceiling"]


def transfer_table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Correlation, chi_4 and length xi of predictions, in the system that was learned from and in the other.

    Correlations are those of the test structures, with 95 % intervals over them; columns that start with ``learned_``
    are of the system that was learned from.
    """
    pearson = read_table(files.pearson, ("system", *KEYS, *CORRELATIONS))
    of_sources = {
        "chi4": read_table(files.chi4, ("system", "state", "time", "source", "chi4")),
        "length": read_table(files.four_point, ("system", "state", "time", "source", "length")),
    }
    tables = []
    for system, learned in params.transfer.items():
        both = []
        for one in (system, learned):
            rows = pearson[pearson["system"] == one].set_index(KEYS)[CORRELATIONS]
            for name, table in of_sources.items():
                chosen = table[table["system"] == one]
                for source, column in ((None, name), (DYNAMICS, f"{name}_{DYNAMICS}")):
                    values = chosen if source is None else chosen[chosen["source"] == source]
                    on = ["state", "time"] if source else ["state", "time", "source"]
                    keys = rows.index.to_frame(index=False).rename(columns={"model": "source"})
                    merged = keys.merge(values[[*on, name]], how="left", on=on)
                    rows[column] = merged[name].to_numpy()
            both.append(rows)
        table = both[0].join(both[1].add_prefix("learned_"), how="left").reset_index()
        table.insert(0, "learned_from", learned)
        table.insert(0, "system", system)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def transfer(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Pearson correlation, chi_4 and S_4(q) in the coldest state, of the system learned from and of the other."""
    pearson = read_table(files.pearson, ("system", "state", "model", "time", "pearson", "low", "high"))
    chi4 = read_table(files.chi4, ("system", "state", "source", "time", "chi4", "low", "high"))
    s4 = read_table(files.s4, ("system", "state", "source", "time", "wave_number", "s4"))
    model = params.models[0]
    with plt.rc_context(STYLE):
        figure, panels = grid(len(params.transfer), 3, 2.4)
        for axes, (system, learned) in zip(panels, params.transfer.items(), strict=True):
            names = {learned: OF_STATES[0], system: OF_STATES[1]}
            for one, colour in names.items():
                state = coldest(params, one)
                rows = _chosen(pearson, one, state, model, "model")
                axes[0].plot(rows["time"], rows["pearson"], "o:", color=colour, **LINE)
                band(axes[0], rows["time"], rows["low"], rows["high"], colour)
                for source, look, fill in ((DYNAMICS, "s-", "none"), (model, "o:", "full")):
                    rows = _chosen(chi4, one, state, source)
                    axes[1].plot(rows["time"], rows["chi4"], look, color=colour, fillstyle=fill, **LINE)
                    band(axes[1], rows["time"], rows["low"], rows["high"], colour)
                    rows = _chosen(s4, one, state, source)
                    q, values = means_of_bins(rows["wave_number"].to_numpy(), rows["s4"].to_numpy())
                    axes[2].plot(q, values, look, color=colour, fillstyle=fill, **LINE)
            axes[0].set(xscale="log", xlabel=TIME, ylabel=PEARSON, title=f"{label(model)}, learned from {learned}")
            axes[1].set(xscale="log", xlabel=TIME, ylabel=SUSCEPTIBILITY)
            axes[1].set_title(f"T = {params.temperatures[system][state]:g}")
            axes[2].set(xlabel=WAVE_NUMBER, ylabel=STRUCTURE_FACTOR, title=f"t = {rows['time'].iloc[0]:.4g} τ")
            logarithmic(axes[2], x=True, y=True)
            axes[1].legend(handles=[Line2D([], [], color=colour, label=one) for one, colour in names.items()])
        legend_below(figure, dynamics_and(model), 2)
    return figure


def s4_without_runs(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """S_4(q) of a system predicted without runs, beside that of the system learned from, measured and predicted."""
    known = read_table(files.s4, ("system", "state", "source", "time", "wave_number", "s4"))
    alone = read_table(files.without_runs, ("system", "state", "source", "time", "wave_number", "s4", "low", "high"))
    fits = read_table(files.fits_without_runs, ("system", "state", "source", "length", "cubic", "susceptibility"))
    model = params.models[0]
    with plt.rc_context(STYLE):
        figure, panels = grid(len(params.without_runs), len(params.states), 2.6)
        for axes, (system, learned) in zip(panels, params.without_runs.items(), strict=True):
            for axis, state in zip(axes, params.states, strict=True):
                for table, one, source, look, colour, fill in (
                    (known, learned, DYNAMICS, "s", OF_STATES[0], "none"),
                    (known, learned, model, "o", OF_STATES[0], "full"),
                    (alone, system, model, "o", OF_STATES[1], "full"),
                ):
                    rows = _chosen(table, one, state, source)
                    q, values = means_of_bins(rows["wave_number"].to_numpy(), rows["s4"].to_numpy())
                    name = f"{one}, {label(source)}"
                    axis.plot(q, values, look, color=colour, fillstyle=fill, label=name, **LINE)
                fit = FourPointFit(
                    *_chosen(fits, system, state, model)[["susceptibility", "length", "cubic"]].iloc[0].astype(float)
                )
                fitted = np.geomspace(q.min(), FITTED_UP_TO, 50)
                axis.plot(fitted, fit(fitted), "-", color=OF_STATES[1], linewidth=0.8)
                temperature = params.temperatures[system][state]
                axis.set(xlabel=WAVE_NUMBER, ylabel=STRUCTURE_FACTOR)
                axis.set_title(f"T = {temperature:g}, t = {rows['time'].iloc[0]:.4g} τ")
                logarithmic(axis, x=True, y=True)
                axis.legend()
    return figure


def _chosen(table: pd.DataFrame, system: str, state: str, source: str, key: str = "source") -> pd.DataFrame:
    return table[(table["system"] == system) & (table["state"] == state) & (table[key] == source)]
