"""Shared by the figures of lengths and dynamics: panels, legends, and colours and markers of the indicators."""

from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from glassmap.analysis.correlations import SYMBOLS
from glassmap.plotting.style import DOUBLE_COLUMN, PAPER, annotate_panel, panel_letters
from glassmap.structure.indicators import BASELINES

# Okabe and Ito's palette without its green, with a marker for each colour
LOOKS = (
    ("#0072B2", "o"), ("#E69F00", "s"), ("#CC79A7", "^"), ("#000000", "v"), ("#56B4E9", "P"), ("#D55E00", "X"),
)  # fmt: skip
DELTA = "mean cage-relative displacement δ / σ*"
CORRELATION = "{} (dimensionless)"
THIN = {"linewidth": 0.5, "alpha": 0.45}


def target_label(target: float) -> str:
    """A target mean displacement as the user wrote it, with every digit: ``δ = 0.15``."""
    return f"δ = {np.format_float_positional(target, trim='-')}"


def figure_width(columns: int) -> float:
    """Figure width for a number of panels side by side, inches; a single panel is narrower."""
    return 0.6 * DOUBLE_COLUMN if columns == 1 else DOUBLE_COLUMN


def panel_grid(systems: Iterable[str], height: float) -> tuple[Figure, np.ndarray]:
    """Figure with one titled panel per system, of the given height (inches), two per row."""
    names = list(systems)
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(figure_width(columns), 0.3 + height * rows),
        sharey=True,
        layout="constrained",
        squeeze=False,
    )
    for axis, letter, name in zip(axes.flat, panel_letters(), names, strict=False):
        axis.set_title(f"({letter}) {name}")
    for axis in axes.flat[len(names) :]:
        axis.set_axis_off()
    return figure, axes


def label_left(axes: np.ndarray, label: str) -> None:
    for axis in axes[:, 0]:
        axis.set_ylabel(label)


def legend_below(axis: plt.Axes, handles: Sequence[Line2D], title: str | None = None) -> None:
    """Legend of one panel, below its x-axis label."""
    axis.legend(
        handles=handles, title=title, title_fontsize=7, loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4.6,
        ncols=_columns(handles, inches=3.4), frameon=False, columnspacing=1.2,
    )  # fmt: skip


def common_legend(figure: Figure, handles: Sequence[Line2D | Patch]) -> None:
    """Legend of all panels, below the figure."""
    columns = _columns(handles, figure.get_figwidth())
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False)


def _columns(handles: Sequence[Line2D | Patch], inches: float) -> int:
    """Largest number of legend columns, filled column by column, that fit a width at 19 letters per inch."""
    widths = [len(handle.get_label().replace("$", "")) + 8 for handle in handles]
    for columns in range(len(widths), 1, -1):
        if sum(part.max() for part in np.array_split(widths, columns)) <= 19 * inches:
            return columns
    return 1


def symbol_handles(names: Iterable[str]) -> list[Line2D]:
    return [line_handle(f"α = {SYMBOLS[name]}", *look_of(name)) for name in names]


def line_handle(label: str, colour: str | tuple, marker: str) -> Line2D:
    return Line2D([], [], color=colour, marker=marker, markersize=3.5, linewidth=1, label=label)


def published_handle(label: str) -> Line2D:
    return Line2D([], [], label=label, **PAPER)


def singles_handles(datasets: Iterable[xr.Dataset], networks: int) -> list[Line2D]:
    """Legend entry of the thin lines, if there are any."""
    configurations = max(dataset.sizes["configuration"] for dataset in datasets)
    kinds = [kind for kind, count in (("network", networks), ("configuration", configurations)) if count > 1]
    return [Line2D([], [], color="0.2", label=f"each {' and '.join(kinds)}", **THIN)] if kinds else []


def draw_published(axis: plt.Axes, point: tuple[float, float], colour: str = "black", **look) -> None:
    axis.plot(*point, **({"zorder": 6} | PAPER | {"markeredgecolor": colour} | look))


def look_of(name: str) -> tuple[str, str]:
    """Colour and marker of an indicator, the same in every figure."""
    return LOOKS[list(SYMBOLS).index(name) % len(LOOKS)]


def colour_sequence(count: int) -> list[tuple]:
    """Colours for ordered values, dark to light, omitting the palest, which are invisible on paper."""
    return [tuple(colour) for colour in plt.get_cmap("viridis")(np.linspace(0, 0.88, count))]


def shown_indicators(datasets: Iterable[xr.Dataset]) -> list[str]:
    """Indicators present in any dataset, in the order of `SYMBOLS`, without baselines."""
    present = {str(name) for dataset in datasets for name in dataset["indicator"].values} - {*BASELINES}
    return [name for name in SYMBOLS if name in present]


def of_indicator(dataset: xr.Dataset, name: str) -> xr.Dataset:
    """Fields of one indicator: one per network, or a single one."""
    return dataset.isel(field=dataset["indicator"].values == name)


def against_delta(delta: xr.DataArray, values: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Means over configurations of delta (configuration, time) and of ``values``, where both are finite."""
    known = values.notnull() & (delta > 0)
    return tuple(field.where(known).mean("configuration").values for field in (delta, values.broadcast_like(delta)))


def against_log_delta(axis: plt.Axes, measured: bool, label: str = DELTA) -> None:
    """Logarithmic delta axis with ticks at 1 and 3 times powers of ten, and a line at zero correlation."""
    axis.axhline(0, color="0.6", linewidth=0.6, zorder=0)
    if not measured:
        axis.update_datalim([(0.01, -1), (10, 1)])  # any range will do
        annotate_panel(axis, "not measured")
    axis.set(xscale="log", xlabel=label)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
