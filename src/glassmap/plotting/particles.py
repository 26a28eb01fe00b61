"""Particle maps."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, VALUE_COLOURS, annotate_panel, panel_letters


def particle_maps(
    positions: np.ndarray,
    diameters: np.ndarray,
    box_length: float,
    panels: Mapping[str, np.ndarray | None],
    title: str,
    missing: Mapping[str, str] | None = None,
    columns: int = 3,
) -> Figure:
    """Maps of normalised indicators and propensities (Frontiers, Figs. 1 and 2; S4 and S5 if bare).

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
        sigma*.
    diameters : ndarray, shape (N,)
        sigma_ii of each particle, sigma*.
    box_length : float
        sigma*.
    panels : mapping of str to ndarray, shape (N,), or None
        Panel title to values in [0, 1]; NaN is drawn grey, None leaves the frame empty.
    title : str
    missing : mapping of str to str, optional
        Title of an empty panel to the reason written in it.
    columns : int
        Panels in a row, at most.
    """
    columns = min(len(panels), columns)
    rows = -(-len(panels) // columns)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=(DOUBLE_COLUMN, 0.5 + 6.75 / max(columns, 3) * rows),
            layout="constrained",
            squeeze=False,
        )
        for axis in axes.flat[len(panels) :]:
            axis.set_axis_off()
        letters = panel_letters()
        for index, (name, values) in enumerate(panels.items()):
            axis = axes.flat[index]
            draw_particles(axis, positions, diameters, box_length, values)
            axis.set_title(f"({next(letters)}) {name}")
            if values is None:
                annotate_panel(axis, (missing or {}).get(name, "not measured"))
            label_outer_axes(axis, bottom=index + columns >= len(panels), left=index % columns == 0)
        add_value_bar(figure, axes)
        figure.suptitle(title, fontsize=8)
    return figure


def draw_particles(
    axis: plt.Axes,
    positions: np.ndarray,
    diameters: np.ndarray,
    box_length: float,
    values: np.ndarray | None,
    colours: Colormap = VALUE_COLOURS,
) -> None:
    """Draw particles as discs coloured by values in [0, 1], shape (N,), in a square box; only the box if None."""
    axis.set(xlim=(0, box_length), ylim=(0, box_length), aspect="equal")
    if values is not None:
        discs = EllipseCollection(
            diameters, diameters, np.zeros_like(diameters), units="x", offsets=positions,
            offset_transform=axis.transData, cmap=colours, linewidths=0, rasterized=True,
        )  # fmt: skip
        discs.set_array(np.ma.masked_invalid(values))
        discs.set_clim(0, 1)
        axis.add_collection(discs)


def label_outer_axes(axis: plt.Axes, bottom: bool, left: bool) -> None:
    """Label the axes of a map on the outer sides of the figure, and hide tick labels elsewhere."""
    axis.set(xlabel="x / σ*" if bottom else "", ylabel="y / σ*" if left else "")
    axis.tick_params(labelbottom=bottom, labelleft=left)


def add_value_bar(figure: Figure, axes: np.ndarray, aspect: float = 20.0) -> None:
    """Add the colour bar of maps with values in [0, 1], ``aspect`` times as long as wide."""
    colours = ScalarMappable(Normalize(0, 1), VALUE_COLOURS)
    figure.colorbar(colours, ax=axes, shrink=0.85, pad=0.01, aspect=aspect, label="normalised value")
