"""Figures of the second paper: 2a, 2b, 3b, and the comparison of the models (SM Fig. 2)."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.io.datasets import read_table
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.jung2023.figures_panels import (
    LINE,
    PEARSON,
    SPECTRA,
    STRUCTURE_FACTOR,
    SUSCEPTIBILITY,
    TIME,
    WAVE_NUMBER,
    band,
    colours,
    dynamics_and,
    grid,
    label,
    legend_below,
    logarithmic,
    looks,
    of_sources,
    of_states,
    spectrum,
)
from glassmap.papers.jung2023.method import (
    DYNAMICS,
    NOISE_FREE,
    SHARES,
    coldest,
    read_states,
    structure_weights,
)
from glassmap.plotting.style import DOUBLE_COLUMN, PAPER, STYLE
from glassmap.statistics import half_width

BINS = 30


def fig2a(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Pearson correlation of the predictions with the dynamics against time, by temperature."""
    table = read_table(files.pearson, ("system", "state", "model", "time", "pearson", "low", "high", "noise_ceiling"))
    model = params.models[0]
    with plt.rc_context(STYLE):
        figure, panels = grid(1, len(params.systems), 2.6, DOUBLE_COLUMN / 2 * min(len(params.systems), 2))
        for axis, system in zip(panels[0], params.systems, strict=True):
            rows = table[(table["system"] == system) & (table["model"] == model)]
            for state, colour in colours(params.states).items():
                of_state = rows[rows["state"] == state]
                time = of_state["time"]
                axis.plot(time, of_state["pearson"], "o-", color=colour, **LINE)
                band(axis, time, of_state["low"], of_state["high"], colour)
                axis.plot(time, of_state["noise_ceiling"], "_" if len(time) == 1 else "--", color=colour, linewidth=0.7)
                axis.plot(time, of_state["published"], **{**PAPER, "markeredgecolor": colour})
                largest = of_state["moved_largest"]
                if len(largest) == 1:
                    axis.axhspan(-largest.iloc[0], largest.iloc[0], color="0.85", linewidth=0, zorder=0)
                else:
                    axis.fill_between(time, -largest, largest, color="0.85", linewidth=0, zorder=0)
            axis.axhline(0, color="0.5", linewidth=0.5)
            axis.set(xscale="log", xlabel=TIME, ylabel=PEARSON, title=f"{system}, {label(model)}")
        further = [
            Line2D([], [], color="0.3", linestyle="--", linewidth=0.7, label="noise ceiling"),
            plt.Rectangle((0, 0), 1, 1, color="0.85", label="moved predictions, 95 %"),
            *([Line2D([], [], label="GlassBench", **PAPER)] if table["published"].notna().any() else []),
        ]
        legend_below(figure, [*of_states(params), *further], 2 * min(len(params.systems), 2))
    return figure


def fig2b(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Distributions of the propensity of the test structures in the coldest state, at three times.

    Bands are 95 % intervals over structures.
    """
    states = [state for state in read_states(files, params) if state.state == coldest(params, state.system)]
    with plt.rc_context(STYLE):
        figure, panels = grid(len(states), len(SHARES))
        for row, state in zip(panels, states, strict=True):
            fields = {source: state.field(source, REPORTED_SPLIT) for source in state.sources()}
            weights = structure_weights(state, params, REPORTED_SPLIT)
            unit = "" if state.target.still else " · σ*"
            for axis, share in zip(row, SHARES, strict=True):
                index = state.fraction_of_relaxation(share)
                values = {source: field[index] for source, field in fields.items()}
                everything = np.concatenate([one.ravel() for one in values.values()])
                edges = np.linspace(everything.min(), everything.max(), BINS + 1)
                for source, one in values.items():
                    look = looks(state.sources())[source]
                    of_structures = np.array([np.histogram(single, edges, density=True)[0] for single in one])
                    density = of_structures.mean(axis=0)
                    half = half_width(weights @ of_structures / len(of_structures), len(of_structures))
                    there = density > 0  # few runs have few different values of C_B, and bins without any
                    x, density, half = ((edges[1:] + edges[:-1]) / 2)[there], density[there], half[there]
                    axis.plot(x, density, **look)
                    band(axis, x, np.maximum(density - half, density.min() / 2), density + half, look["color"])
                axis.set(yscale="log", xlabel=state.target.label, ylabel=f"probability density{unit}")
                axis.set_title(f"{state.system}, T = {state.temperature:g}, t = {state.times[index]:.4g} τ")
        legend_below(figure, of_sources(states[0].sources()), 4)
    return figure


def fig3b(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Four-point susceptibility of the dynamics and of the predictions against time, by temperature."""
    table = read_table(files.chi4, ("system", "state", "time", "source", "chi4", "low", "high"))
    model = params.models[0]
    with plt.rc_context(STYLE):
        figure, panels = grid(1, len(params.systems), 2.6, DOUBLE_COLUMN / 2 * min(len(params.systems), 2))
        for axis, system in zip(panels[0], params.systems, strict=True):
            for state, colour in colours(params.states).items():
                of_state = table[(table["system"] == system) & (table["state"] == state)]
                for source, look, fill in ((DYNAMICS, "s-", "none"), (model, "o:", "full")):
                    rows = of_state[of_state["source"] == source]
                    axis.plot(rows["time"], rows["chi4"], look, color=colour, fillstyle=fill, **LINE)
                    band(axis, rows["time"], rows["low"], rows["high"], colour, look[1])
            axis.set(xscale="log", xlabel=TIME, ylabel=SUSCEPTIBILITY, title=system)
        legend_below(figure, [*of_states(params), *dynamics_and(model)], 2 * min(len(params.systems), 2))
    return figure


def comparison(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """The models in the coldest state: Pearson correlation, chi_4, and S_4(q) near the peak (SM Fig. 2)."""
    pearson = read_table(files.pearson, ("system", "state", "model", "time", "pearson", "low", "high"))
    chi4 = read_table(files.chi4, ("system", "state", "source", "time", "chi4", "low", "high"))
    s4 = read_table(files.s4, SPECTRA)
    noise_free = [NOISE_FREE] if NOISE_FREE in set(s4["source"]) else []
    sources = [DYNAMICS, *noise_free, *params.models]
    with plt.rc_context(STYLE):
        figure, panels = grid(len(params.systems), 3)
        for axes, system in zip(panels, params.systems, strict=True):
            state = coldest(params, system)
            times = chi4[(chi4["system"] == system) & (chi4["state"] == state)]["time"].unique()
            single = len(times) == 1
            for place, (source, look) in enumerate(looks(sources).items()):
                for axis, table, key, value in zip(
                    axes, (pearson, chi4, s4), ("model", "source", "source"), ("pearson", "chi4", "s4"), strict=True
                ):
                    chosen = (table["system"] == system) & (table["state"] == state) & (table[key] == source)
                    rows = table[chosen]
                    if rows.empty:
                        continue
                    if value == "s4":
                        for time, at in rows.groupby("time", sort=False):
                            q, values = spectrum(axis, at, look["color"], linestyle=look["linestyle"])
                            if source == DYNAMICS:  # which curves are of which time
                                axis.annotate(
                                    f"{time:.4g} τ", (q[0], values[0]), (0, 5), textcoords="offset points", fontsize=6
                                )
                        axis.set_title(f"t = {' and '.join(f'{time:.4g}' for time in rows['time'].unique())} τ")
                        continue
                    if single:  # points side by side
                        time, further = [place], {"marker": "o", **LINE}
                    else:
                        time, further = rows["time"], {}
                    axis.plot(time, rows[value], **look, **further)
                    band(axis, time, rows["low"], rows["high"], look["color"])
            for axis, quantity in zip(axes, (PEARSON, SUSCEPTIBILITY), strict=False):
                axis.set(ylabel=quantity, xscale="linear" if single else "log", xlabel=TIME)
                if single:
                    axis.set(xlabel=f"$t$ = {times[0]:.4g} τ", xticks=[], xlim=(-1, len(sources)))
            axes[0].set_title(f"{system}, T = {params.temperatures[system][state]:g}")
            axes[2].set(xlabel=WAVE_NUMBER, ylabel=STRUCTURE_FACTOR)
            logarithmic(axes[2], x=True, y=True)
        legend_below(figure, of_sources(sources), 5)
    return figure
