"""Style of all figures, for print: column width, colour-blind-safe colours, panel letters."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_lowercase

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from glassmap.io.datasets import atomic_write

matplotlib.rcdefaults()  # a matplotlibrc of the user's or of the working directory would change every figure

DOUBLE_COLUMN = 7.0  # inches
# of the liquid and the glass, by Okabe and Ito's palette
COLOURS = ("#E69F00", "#0072B2")
VALUE_COLOURS = matplotlib.colormaps["cividis"].with_extremes(bad="0.8")
# published values
PAPER = {
    "marker": "D", "linestyle": "none", "markersize": 3.5,
    "markerfacecolor": "white", "markeredgecolor": "black", "markeredgewidth": 0.8,
}  # fmt: skip
EARLIER = {**PAPER, "markerfacecolor": "0.6"}
STYLE = {
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.linewidth": 0.6,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
    "svg.hashsalt": "glassmap",
}


def save(figure: Figure, paths: Sequence[str | Path]) -> None:
    """Write a figure to each path (PDF, PNG) and close it; the same figure gives identical bytes."""
    with plt.rc_context(STYLE):  # resolution and fonts of the files, too
        figure.set_dpi(plt.rcParams["savefig.dpi"])
        figure.draw_without_rendering()  # lays out the panels, once for all files
        figure.set_layout_engine("none")
        for path in paths:
            metadata = {"CreationDate": None} if str(path).endswith(".pdf") else {}
            with atomic_write(path) as part:
                figure.savefig(part, metadata=metadata)
    plt.close(figure)


def state_colours(states: Sequence[str]) -> dict[str, str]:
    """Colour of the second of two states, the glass, and of the first, the liquid, in this order."""
    return dict(zip(reversed(states), reversed(COLOURS), strict=True))


def panel_letters() -> Iterator[str]:
    """a to z, then aa, ab, ..."""
    for length in itertools.count(1):
        yield from map("".join, itertools.product(ascii_lowercase, repeat=length))


def split_columns(systems: Sequence[str], most: int) -> list[list[str]]:
    """Split systems into blocks of at most ``most``, for figures with one column per system."""
    return [list(systems[start : start + most]) for start in range(0, len(systems), most)]


def lowest(axes: np.ndarray) -> list[plt.Axes]:
    """The lowest visible panel of each column of axes, shape (rows, columns), with tick labels switched on."""
    panels = [[axis for axis in column if axis.axison][-1] for column in axes.T]
    for axis in panels:
        axis.tick_params(labelbottom=True)
    return panels


def annotate_panel(axis: plt.Axes, text: str) -> None:
    """Write the reason why a panel is empty into its middle."""
    axis.text(
        0.5, 0.5, text, transform=axis.transAxes, ha="center", va="center", color="0.3",
        bbox={"facecolor": "white", "linewidth": 0},
    )  # fmt: skip
