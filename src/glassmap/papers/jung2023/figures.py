"""Figures of the second paper: 2a, 2b, 3a, 3b, 4, and the comparison of the models (SM Fig. 2)."""

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.dynamics.four_point import FourPointFit, fit_structure_factor, structure_factor
from glassmap.io.datasets import read_table
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.jung2023.method import DYNAMICS, State, read_states
from glassmap.plotting.particles import draw_particles, label_outer_axes
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, VALUE_COLOURS, annotate_panel, panel_letters
from glassmap.system import pair_matrix

# Okabe and Ito's palette
OF_STATES = ("#E69F00", "#0072B2", "#009E73", "#D55E00", "#56B4E9", "#CC79A7")
LABELS = {DYNAMICS: "MD", "glassmlp": "GlassMLP", "mlp_mae": "MLP (mae)", "ridge": "ridge regression"}
LOOKS = {
    DYNAMICS: {"color": "black", "linestyle": "-"},
    "glassmlp": {"color": "#0072B2", "linestyle": ":"},
    "mlp_mae": {"color": "#E69F00", "linestyle": "--"},
    "ridge": {"color": "#009E73", "linestyle": "-."},
}
SHARES = (1 / 30, 1 / 10, 1 / 3)  # of tau_BB, where distributions and maps are shown
PEAK = 1 / 3  # of tau_BB, where correlations and chi_4 are largest (Fig. 2a, Fig. 3b)
TIME, PEARSON = "$t$ / τ", "Pearson correlation ρ"
SHOWN_ABOVE = 0.5  # Pearson correlation of lengths that are shown (Fig. 4)
SHOWN_UP_TO, FITTED_UP_TO = 6.0, 2.0  # wave number, 1/sigma*; ours
LINE = {"linewidth": 1.0, "markersize": 3.5}


def fig2a(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Pearson correlation of the predictions with the dynamics against time, by temperature."""
    table = read_table(files.pearson, ("system", "state", "model", "time", "pearson", "low", "high", "noise_ceiling"))
    model = params.models[0]
    with plt.rc_context(STYLE):
        figure, axes = _row(len(params.systems))
        for axis, system in zip(axes, params.systems, strict=True):
            rows = table[(table["system"] == system) & (table["model"] == model)]
            for state, colour in _colours(params.states).items():
                of_state = rows[rows["state"] == state]
                time = of_state["time"]
                axis.plot(time, of_state["pearson"], "o-", color=colour, **LINE)
                axis.fill_between(time, of_state["low"], of_state["high"], color=colour, alpha=0.2, linewidth=0)
                axis.plot(time, of_state["noise_ceiling"], "--", color=colour, linewidth=0.7)
            largest = rows.groupby("time")["shuffled_largest"].max()
            axis.fill_between(largest.index, -largest, largest, color="0.85", linewidth=0, zorder=0)
            axis.axhline(0, color="0.5", linewidth=0.5)
            axis.set(xscale="log", xlabel=TIME, ylabel=PEARSON, title=f"{system}, {LABELS[model]}")
        further = [
            Line2D([], [], color="0.3", linestyle="--", linewidth=0.7, label="noise ceiling"),
            plt.Rectangle((0, 0), 1, 1, color="0.85", label="other structures"),
        ]
        axes[0].legend(handles=[*_of_states(params), *further])
    return figure


def fig2b(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Distributions of the propensity of the test structures in the coldest state, at three times."""
    states = list(_coldest(files, params))
    with plt.rc_context(STYLE):
        figure, panels = _grid(len(states), len(SHARES))
        for row, state in zip(panels, states, strict=True):
            fields = {source: state.field(source, REPORTED_SPLIT) for source in state.sources()}
            for axis, share in zip(row, SHARES, strict=True):
                index = state.fraction_of_relaxation(share)
                values = {source: field[index].ravel() for source, field in fields.items()}
                all_values = np.concatenate([one for one in values.values() if np.isfinite(one).all()])
                edges = np.linspace(all_values.min(), all_values.max(), 31)
                for source, one in values.items():
                    density, _ = np.histogram(one, edges, density=True)
                    axis.plot((edges[1:] + edges[:-1]) / 2, np.where(density > 0, density, np.nan), **LOOKS[source])
                axis.set(yscale="log", xlabel=state.target.label, ylabel="probability density")
                axis.set_title(f"{state.system}, T = {state.temperature:g}, t = {state.times[index]:.3g} τ")
        panels[0, 0].legend(handles=_of_sources(states[0].sources()))
    return figure


def fig3a(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Maps of the measured and the predicted propensity of a test structure in the coldest state, at three times."""
    states, model = list(_coldest(files, params)), params.models[0]
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(
            2 * len(states),
            len(SHARES),
            figsize=(DOUBLE_COLUMN, 4.9 * len(states)),
            layout="constrained",
            squeeze=False,
        )
        letters = panel_letters()
        for number, state in enumerate(states):
            diameter = pair_matrix(params.sigma[state.system]).diagonal()[state.species]
            fields = {source: state.field(source, REPORTED_SPLIT) for source in (DYNAMICS, model)}
            for row, (source, field) in enumerate(fields.items()):
                for column, share in enumerate(SHARES):
                    axis, index = panels[2 * number + row, column], state.fraction_of_relaxation(share)
                    axis.set_title(f"({next(letters)}) {LABELS[source]}, t = {state.times[index]:.3g} τ")
                    if state.box.dimension != 2:
                        axis.set_axis_off()
                        annotate_panel(axis, f"{state.system} is three-dimensional")
                        continue
                    positions = state.positions(REPORTED_SPLIT)[0]
                    scale = 1.0 if state.target.still else fields[DYNAMICS][index, 0].max()
                    draw_particles(
                        axis,
                        state.box.wrap(positions),
                        np.full(len(positions), diameter),
                        state.box.shortest,
                        np.clip(field[index, 0] / scale, 0, 1),
                    )
                    label_outer_axes(axis, bottom=row == 1, left=column == 0)
        label = states[0].target.label if states[0].target.still else "displacement over the largest"
        figure.colorbar(ScalarMappable(Normalize(0, 1), VALUE_COLOURS), ax=panels, shrink=0.6, pad=0.01, label=label)
    return figure


def fig3b(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Four-point susceptibility of the dynamics and of the predictions against time, by temperature."""
    table, model = (
        read_table(files.chi4, ("system", "state", "time", "source", "chi4", "low", "high")),
        params.models[0],
    )
    with plt.rc_context(STYLE):
        figure, axes = _row(len(params.systems))
        for axis, system in zip(axes, params.systems, strict=True):
            for state, colour in _colours(params.states).items():
                of_state = table[(table["system"] == system) & (table["state"] == state)]
                md, predicted = (of_state[of_state["source"] == source] for source in (DYNAMICS, model))
                axis.plot(md["time"], md["chi4"], "-", color=colour, **LINE)
                axis.fill_between(md["time"], md["low"], md["high"], color=colour, alpha=0.15, linewidth=0)
                axis.plot(predicted["time"], predicted["chi4"], "o:", color=colour, **LINE)
            axis.set(xscale="log", xlabel=TIME, ylabel="susceptibility $χ_4$", title=system)
        kinds = [
            Line2D([], [], color="0.3", linestyle="-", label=LABELS[DYNAMICS]),
            Line2D([], [], color="0.3", linestyle=":", marker="o", markersize=3.5, label=LABELS[model]),
        ]
        axes[0].legend(handles=[*_of_states(params), *kinds])
    return figure


def four_point(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """S_4(q) near the peak of chi_4, its length xi and cubic coefficient A against time, and the scaled form."""
    table, model = read_table(files.pearson, ("system", "state", "model", "time", "pearson")), params.models[0]
    table = table[table["model"] == model]
    with plt.rc_context(STYLE):
        figure, panels = _grid(len(params.systems), 4)
        rows = dict(zip(params.systems, panels, strict=True))
        colours = _colours(params.states)
        for state in read_states(files, params):
            axes, colour = rows[state.system], colours[state.state]
            chosen = table[(table["system"] == state.system) & (table["state"] == state.state)]
            shown = chosen["pearson"].to_numpy() > SHOWN_ABOVE
            for source, look, marker in ((DYNAMICS, "-", "s"), (model, ":", "o")):
                q, values, fits = _structure_factors(state, source)
                peak = state.fraction_of_relaxation(PEAK)
                axes[0].plot(
                    q, values[peak], marker, color=colour, fillstyle="full" if source == model else "none", **LINE
                )
                axes[0].plot(q, fits[peak](q), look, color=colour, linewidth=0.8)
                for axis, name in ((axes[1], "length"), (axes[3], "cubic")):
                    series = np.array([getattr(fit, name) for fit in fits])
                    axis.plot(state.times[shown], series[shown], marker + look, color=colour, **LINE)
                scaled = q * fits[peak].length
                axes[2].plot(scaled, values[peak] / fits[peak].susceptibility, marker, color=colour, **LINE)
        for system, axes in rows.items():
            x = np.geomspace(0.3, 10, 50)
            axes[2].plot(x, 1 / (1 + x**2), "--", color="0.4", linewidth=0.7)
            axes[0].set(
                xscale="log", yscale="log", xlabel="$q$ σ*", ylabel="$S_4(q)$", title=f"{system}, t ≈ $τ_{{BB}}$/3"
            )
            axes[1].set(xscale="log", xlabel=TIME, ylabel="length $ξ$ / σ*", title=f"ρ > {SHOWN_ABOVE:g}")
            axes[2].set(xscale="log", yscale="log", xlabel="$qξ$", ylabel="$S_4/\\tildeχ_4$")
            axes[3].set(xscale="log", xlabel=TIME, ylabel="cubic coefficient $A$", title=f"ρ > {SHOWN_ABOVE:g}")
            for axis in (axes[1], axes[3]):
                if not any(len(line.get_xdata()) for line in axis.lines):
                    annotate_panel(axis, f"no time with\nρ > {SHOWN_ABOVE:g}")
        kinds = [
            Line2D([], [], color="0.3", linestyle="-", marker="s", fillstyle="none", markersize=3.5, label="MD"),
            Line2D([], [], color="0.3", linestyle=":", marker="o", markersize=3.5, label=LABELS[model]),
        ]
        figure.legend(handles=[*_of_states(params), *kinds], loc="outside lower center", ncols=6)
    return figure


def comparison(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """The models in the coldest state: Pearson correlation, chi_4, and S_4(q) near the peak (SM Fig. 2)."""
    pearson = read_table(files.pearson, ("system", "state", "model", "time", "pearson"))
    chi4 = read_table(files.chi4, ("system", "state", "source", "time", "chi4"))
    states = list(_coldest(files, params))
    with plt.rc_context(STYLE):
        figure, panels = _grid(len(states), 3)
        for axes, state in zip(panels, states, strict=True):
            for source in state.sources():
                look = {**LOOKS[source], "linewidth": 1.2}
                for axis, table, key, value in (
                    (axes[0], pearson, "model", "pearson"),
                    (axes[1], chi4, "source", "chi4"),
                ):
                    of_state = (table["system"] == state.system) & (table["state"] == state.state)
                    rows = table[of_state & (table[key] == source)]
                    axis.plot(rows["time"], rows[value], **look)
                q, values, _ = _structure_factors(state, source, [state.fraction_of_relaxation(PEAK)])
                axes[2].plot(q, values[0], **look)
            axes[0].set(xscale="log", xlabel=TIME, ylabel=PEARSON, title=f"{state.system}, T = {state.temperature:g}")
            axes[1].set(xscale="log", xlabel=TIME, ylabel="susceptibility $χ_4$")
            axes[2].set(xscale="log", yscale="log", xlabel="$q$ σ*", ylabel="$S_4(q)$")
            time = state.times[state.fraction_of_relaxation(PEAK)]
            axes[2].set_title(f"t = {time:.3g} τ")
        figure.legend(handles=_of_sources(states[0].sources()), loc="outside lower center", ncols=4)
    return figure


def _structure_factors(
    state: State, source: str, indices: Sequence[int] | None = None
) -> tuple[np.ndarray, list[np.ndarray], list[FourPointFit]]:
    """S_4 of the test structures at some times, or at all; NaN at those that are left out."""
    fields, positions = state.target.collective(state.field(source, REPORTED_SPLIT)), state.positions(REPORTED_SPLIT)
    values, fits = [], []
    for index in range(len(fields)) if indices is None else indices:
        q, of_structures = structure_factor(positions, fields[index], state.box, SHOWN_UP_TO)
        values.append(of_structures.mean(axis=0))
        fits.append(fit_structure_factor(q, values[-1], FITTED_UP_TO))
    return q, values, fits


def _coldest(files: SimpleNamespace, params: SimpleNamespace) -> Iterator[State]:
    """The coldest state of each system."""
    return (state for state in read_states(files, params) if state.state == params.states[-1])


def _colours(states: Sequence[str]) -> Mapping[str, str]:
    """Colour of each state."""
    return {state: OF_STATES[number % len(OF_STATES)] for number, state in enumerate(states)}


def _of_states(params: SimpleNamespace) -> list[Line2D]:
    """Legend of the states; their temperatures too, if there is one system."""
    temperatures = params.temperatures[params.systems[0]] if len(params.systems) == 1 else {}
    names = {state: f"T = {temperatures[state]:g}" if temperatures else state for state in params.states}
    return [Line2D([], [], color=colour, label=names[state]) for state, colour in _colours(params.states).items()]


def _of_sources(sources: Sequence[str]) -> list[Line2D]:
    return [Line2D([], [], label=LABELS[source], **LOOKS[source]) for source in sources]


def _row(columns: int) -> tuple[Figure, np.ndarray]:
    """A row of panels, one per system."""
    figure, axes = plt.subplots(
        1, columns, figsize=(DOUBLE_COLUMN / 2 * min(columns, 2), 2.6), layout="constrained", squeeze=False
    )
    return figure, axes[0]


def _grid(rows: int, columns: int) -> tuple[Figure, np.ndarray]:
    """A row of panels for each system."""
    return plt.subplots(rows, columns, figsize=(DOUBLE_COLUMN, 0.3 + 2.1 * rows), layout="constrained", squeeze=False)
