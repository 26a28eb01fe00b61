"""Colours, lines, labels and grids of panels that the figures of the second paper share."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from glassmap.io.datasets import read_table
from glassmap.papers.jung2023.method import DYNAMICS, NOISE_FREE
from glassmap.papers.jung2023.names import MODELS
from glassmap.plotting.style import DOUBLE_COLUMN

# Okabe and Ito's palette
OF_STATES = ("#E69F00", "#0072B2", "#009E73", "#D55E00", "#56B4E9", "#CC79A7")
LABELS = {
    DYNAMICS: "MD",
    NOISE_FREE: "MD, noise-free",
    **MODELS,
}
LOOKS = {
    DYNAMICS: {"color": "black", "linestyle": "-"},
    NOISE_FREE: {"color": "0.5", "linestyle": "-"},
    "glassmlp": {"color": "#0072B2", "linestyle": ":"},
    "mlp_mae": {"color": "#E69F00", "linestyle": "--"},
    "ridge": {"color": "#009E73", "linestyle": "-."},
}
OF_USERS = ("#D55E00", "#CC79A7", "#56B4E9")  # models of the users' own
TIME, PEARSON = "$t$ / τ", "Pearson correlation ρ"
SUSCEPTIBILITY, STRUCTURE_FACTOR, WAVE_NUMBER = "susceptibility $χ_4$", "$S_4(q)$", "$q$ σ*"
SPECTRA = ("system", "state", "source", "time", "wave_number", "s4", "low", "high")  # columns of S_4(q)
LINE = {"linewidth": 1.0, "markersize": 3.5}


def label(source: str) -> str:
    """Name of the dynamics or a model."""
    return LABELS.get(source, source)


def looks(sources: Sequence[str]) -> dict[str, dict]:
    """Colour and line of the dynamics and each model."""
    own = [source for source in sources if source not in LOOKS]
    return {
        **LOOKS,
        **{
            source: {"color": OF_USERS[number % len(OF_USERS)], "linestyle": (0, (5, 1, 1, 1, 1, 1))}
            for number, source in enumerate(own)
        },
    }


def colours(states: Sequence[str]) -> Mapping[str, str]:
    """Colour of each state; of more than the palette has, from dark (the first) to bright."""
    if len(states) > len(OF_STATES):
        shades = colormaps["viridis"](np.linspace(0, 0.95, len(states)))
        return {state: to_hex(shade) for state, shade in zip(states, shades, strict=True)}
    return dict(zip(states, OF_STATES, strict=False))


def of_states(params: SimpleNamespace) -> list[Line2D]:
    """Legend of the states; their temperatures too, if all systems have the same."""
    temperatures = [params.temperatures[system] for system in params.systems]
    same = all(one == temperatures[0] for one in temperatures)
    names = {state: f"T = {temperatures[0][state]:g}" if same else state for state in params.states}
    return [Line2D([], [], color=colour, label=names[state]) for state, colour in colours(params.states).items()]


def of_sources(sources: Sequence[str]) -> list[Line2D]:
    """Legend of the dynamics and the models."""
    return [Line2D([], [], label=label(source), **looks(sources)[source]) for source in sources]


def dynamics_and(model: str) -> list[Line2D]:
    """Legend of the dynamics, full lines and open squares, and one model, dotted lines and discs."""
    common = {"color": "0.3", "markersize": 3.5}
    return [
        Line2D([], [], linestyle="-", marker="s", fillstyle="none", label=LABELS[DYNAMICS], **common),
        Line2D([], [], linestyle=":", marker="o", label=label(model), **common),
    ]


def band(axis: plt.Axes, x: Sequence, low: Sequence, high: Sequence, colour: str, edge: str = "") -> None:
    """Intervals round a curve; those of a single point are a bar.

    With ``edge``, the line style of the curve, they can be told from those of another curve of the same colour.
    """
    if len(x) == 1:
        axis.vlines(x, low, high, color=colour, linewidth=1.0)
        return
    axis.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    for limit in (low, high) if edge else ():
        axis.plot(x, limit, linestyle=edge, color=colour, linewidth=0.5, alpha=0.7)


def read_spectra(file: str) -> pd.DataFrame:
    """S_4(q) near the peak of chi_4, the first of the times of each state."""
    table = read_table(file, SPECTRA)
    return table[table["time"] == table.groupby(["system", "state"])["time"].transform("first")]


def spectrum(axis: plt.Axes, rows: pd.DataFrame, colour: str, marker: str = "", **look: object) -> tuple:
    """Means of S_4(q) in bins of q, with the mean of their intervals, which is at least as wide as that of the mean.

    Returns the wave numbers of the bins, 1/sigma*, and the means.
    """
    columns = (rows[name].to_numpy() for name in ("s4", "low", "high"))
    q, (s4, low, high) = means_of_bins(rows["wave_number"].to_numpy(), *columns)
    s4 = np.where(s4 > 0, s4, np.nan)  # without noise it may fall below 0
    axis.plot(q, s4, *([marker] if marker else []), color=colour, **look)
    if np.isfinite(s4).any():
        lowest = np.nanmin(s4) / 2  # an interval that reaches 0 ends below the curve
        band(axis, q, np.maximum(low, lowest), np.maximum(high, lowest), colour)
    return q, s4


def grid(rows: int, columns: int, height: float = 2.1, width: float = DOUBLE_COLUMN) -> tuple[Figure, np.ndarray]:
    """Panels, with room for a legend below."""
    return plt.subplots(rows, columns, figsize=(width, 0.6 + height * rows), layout="constrained", squeeze=False)


def legend_below(figure: Figure, handles: Sequence, columns: int) -> None:
    """A legend that hides no data."""
    figure.legend(handles=handles, loc="outside lower center", ncols=min(columns, len(handles)))


def logarithmic(axis: plt.Axes, x: bool = False, y: bool = False) -> None:
    """Logarithmic axes, once all is drawn, whose labels do not overlap within two decades; linear without data."""
    for chosen, name, of_axis in ((x, "x", axis.xaxis), (y, "y", axis.yaxis)):
        drawn = [
            line.get_data(orig=False)[name == "y"] for line in axis.lines if line.get_transform() == axis.transData
        ]
        values = np.concatenate([[], *drawn])
        values = values[np.isfinite(values) & (values > 0)]
        if not chosen or not len(values):
            continue
        axis.set(**{f"{name}scale": "log"})
        if values.max() / values.min() < 100:
            of_axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            of_axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        of_axis.set_minor_formatter(NullFormatter())


def means_of_bins(x: np.ndarray, *columns: np.ndarray, per_decade: int = 12) -> tuple[np.ndarray, list[np.ndarray]]:
    """Means of points in logarithmic bins of their x, which are too many to be drawn; points that are alone stay."""
    place = np.floor(np.log10(x) * per_decade).astype(int)
    bins = np.unique(place)
    means = [np.array([values[place == one].mean() for one in bins]) for values in (x, *columns)]
    return means[0], means[1:]
