"""Figures of the second paper from S_4(q) and G_4(r): Fig. 4, SM Fig. 5."""

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
    STRUCTURE_FACTOR,
    TIME,
    WAVE_NUMBER,
    band,
    colours,
    dynamics_and,
    grid,
    legend_below,
    logarithmic,
    of_states,
    read_spectra,
    spectrum,
)
from glassmap.papers.jung2023.method import DYNAMICS
from glassmap.papers.jung2023.tables_four_point import FITTED_UP_TO
from glassmap.plotting.style import STYLE, annotate_panel

SHOWN_ABOVE = 0.5  # Pearson correlation of lengths that are shown (Fig. 4)
LIMITS = "dashed $1 / (1 + (qξ)^2)$, dotted $\\propto (qξ)^{-3}$"
LONG_RANGE = 4.0  # sigma*; beyond it G_4 decays as exp(-r / xi) / sqrt(r) (SM Fig. 5)
FITS = ("system", "state", "source", "time", "length", "cubic", "susceptibility")


def four_point(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """S_4(q) near the peak of chi_4, its length xi and cubic coefficient A against time, and the scaled form."""
    model = params.models[0]
    pearson = read_table(files.pearson, ("system", "state", "model", "time", "pearson"))
    waves = read_spectra(files.s4)
    fits = read_table(files.four_point, FITS)
    known = pearson[(pearson["model"] == model) & (pearson["pearson"] > SHOWN_ABOVE)]
    with plt.rc_context(STYLE):
        figure, panels = grid(2 * len(params.systems), 2)
        for number, system in enumerate(params.systems):
            waves_of, length, scaled, cubic = panels[2 * number : 2 * number + 2].flat
            for state, colour in colours(params.states).items():
                times = known[(known["system"] == system) & (known["state"] == state)]["time"]
                for source, look, marker in ((DYNAMICS, "-", "s"), (model, ":", "o")):
                    points, of_state = (_chosen(table, system, state, source) for table in (waves, fits))
                    fill = {"fillstyle": "full" if source == model else "none"}
                    q, values = spectrum(waves_of, points, colour, marker, **fill, **LINE)
                    at_peak = of_state[of_state["time"] == points["time"].iloc[0]]
                    fit = FourPointFit(*at_peak[["susceptibility", "length", "cubic"]].iloc[0])
                    fitted = np.geomspace(q.min(), FITTED_UP_TO, 50)
                    waves_of.plot(fitted, fit(fitted), look, color=colour, linewidth=0.8)
                    scaled.plot(q * fit.length, values / fit.susceptibility, marker, color=colour, **fill, **LINE)
                    shown = of_state[of_state["time"].isin(times) & of_state["length"].notna()]
                    for axis, name in ((length, "length"), (cubic, "cubic")):
                        axis.plot(shown["time"], shown[name], marker + look, color=colour, **fill, **LINE)
                        band(axis, shown["time"], shown[f"{name}_low"], shown[f"{name}_high"], colour, look)
            draw_limits(scaled)
            waves_of.set(xlabel=WAVE_NUMBER, ylabel=STRUCTURE_FACTOR, title=_times(waves, system))
            length.set(xscale="log", xlabel=TIME, ylabel="length $ξ$ / σ*", title=f"ρ > {SHOWN_ABOVE:g}")
            scaled.set(xlabel="$qξ$", ylabel="$S_4(q) / \\tildeχ_4$", title=LIMITS)
            cubic.set(xscale="log", xlabel=TIME, ylabel="cubic coefficient $A$", title=f"ρ > {SHOWN_ABOVE:g}")
            for axis in (waves_of, scaled):
                logarithmic(axis, x=True, y=True)
            for axis in (length, cubic):
                logarithmic(axis, x=True)
                say_if_empty(axis, f"no time with ρ > {SHOWN_ABOVE:g}\nand a length that the box resolves")
        legend_below(figure, [*of_states(params), *dynamics_and(model)], 6)
    return figure


def g4(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """G_4(r) near the peak of chi_4; dashed its decay with the length of S_4(q) (SM Fig. 5)."""
    model = params.models[0]
    table = read_table(files.g4, ("system", "state", "source", "time", "distance", "g4", "low", "high"))
    fits, decays = read_table(files.four_point, FITS), False
    with plt.rc_context(STYLE):
        figure, panels = grid(1, len(params.systems), 2.6, 3.5 * min(len(params.systems), 2))
        for axis, system in zip(panels[0], params.systems, strict=True):
            for state, colour in colours(params.states).items():
                for source, look in ((DYNAMICS, "-"), (model, ":")):
                    rows = _chosen(table, system, state, source)
                    r, values = rows["distance"].to_numpy(), rows["g4"].to_numpy()
                    axis.plot(r, np.where(values > 0, values, np.nan), look, color=colour, linewidth=1.0)
                    if source != DYNAMICS:
                        continue
                    low = np.maximum(rows["low"], np.finfo(float).tiny)
                    band(axis, r, low, np.maximum(rows["high"], low), colour)
                    of_state = _chosen(fits, system, state, source)
                    length = of_state[of_state["time"] == rows["time"].iloc[0]]["length"].iloc[0]
                    far = r > LONG_RANGE
                    decay = np.exp(-r[far] / length) / np.sqrt(r[far])
                    height = (values[far] * decay).sum() / (decay**2).sum() if far.any() else 0.0
                    if height > 0:
                        axis.plot(r[far], height * decay, "--", color="0.2", linewidth=0.8)
                        decays = True
            positive = table[(table["system"] == system) & (table["g4"] > 0)]["g4"]
            axis.set(xlabel="$r$ / σ*", ylabel="$G_4(r)$", title=_times(table, system))
            logarithmic(axis, y=True)
            if len(positive):
                axis.set_ylim(max(positive.max() * 1e-4, positive.min()) / 2, positive.max() * 2)
        kinds = dynamics_and(model)
        for handle in kinds:
            handle.set_marker("none")
        if decays:
            kinds.append(Line2D([], [], color="0.2", linestyle="--", linewidth=0.8, label="$e^{-r/ξ} / \\sqrt{r}$"))
        legend_below(figure, [*of_states(params), *kinds], 3)
    return figure


def _chosen(table: pd.DataFrame, system: str, state: str, source: str) -> pd.DataFrame:
    return table[(table["system"] == system) & (table["state"] == state) & (table["source"] == source)]


def _times(table: pd.DataFrame, system: str) -> str:
    """Title: a system, and the times of its states."""
    times = table[table["system"] == system].groupby("state", sort=False)["time"].first()
    return f"{system}, t = {', '.join(f'{time:.4g}' for time in times)} τ"


def draw_limits(axis: plt.Axes) -> None:
    """Ornstein and Zernike's form of the scaled S_4, dashed, and the power of Porod's law, dotted (Fig. 4c)."""
    x = np.geomspace(0.3, 10, 50)
    axis.plot(x, 1 / (1 + x**2), "--", color="0.4", linewidth=0.7)
    axis.plot(x[x > 1], 0.5 * x[x > 1] ** -3, ":", color="0.4", linewidth=0.7)


def say_if_empty(axis: plt.Axes, text: str) -> None:
    """A word in a panel without data."""
    if not any(len(line.get_xdata()) for line in axis.lines):
        axis.set(xscale="linear", xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
        annotate_panel(axis, text)
