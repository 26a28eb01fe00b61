"""The papers' figures, drawn for print: column width, labelled axes, colours that everyone can tell apart."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import ascii_lowercase

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from glassmap.correlations import PAPER_PAIRS, PAPER_QUANTITIES, SYMBOLS
from glassmap.files import replacing
from glassmap.map_class import GLASS, OWN, is_of_map, of_class

DOUBLE_COLUMN = 7.0  # inches
# Okabe and Ito's palette
COLOURS = {"glass": "#0072B2", "liquid": "#E69F00"}
# of the maps of the samples of a phase for one class
CLASS_COLOURS = {("glass", GLASS): "#0072B2", ("liquid", GLASS): "#E69F00", ("liquid", OWN): "#009E73"}
CLASS_NAMES = {
    ("glass", GLASS): "glass",
    ("liquid", GLASS): "liquid, class glass",
    ("liquid", OWN): "liquid, own class",
}
VALUE_COLOURS = matplotlib.colormaps["cividis"].with_extremes(bad="0.8")
# a number that the paper printed
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
    """Write a figure to each path (PDF, PNG) and close it; the same figure gives the same bytes."""
    with plt.rc_context(STYLE):  # it holds the resolution and the fonts of the files, too
        for path in paths:
            metadata = {"CreationDate": None} if str(path).endswith(".pdf") else {}
            with replacing(path) as part:
                figure.savefig(part, metadata=metadata)
    plt.close(figure)


def particle_maps(
    positions: np.ndarray,
    diameters: np.ndarray,
    box_length: float,
    panels: Mapping[str, np.ndarray | None],
    title: str,
    missing: Mapping[str, str] | None = None,
) -> Figure:
    """Maps of normalised indicators and propensities (Frontiers, Figs. 1 and 2; S4 and S5 if bare).

    Up to three panels stand in one row, more in rows of three.

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
        Title of an empty panel to the reason, which is written in it.
    """
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            rows, columns, figsize=(DOUBLE_COLUMN, 0.5 + 2.25 * rows), layout="constrained", squeeze=False
        )
        for axis in axes.flat[len(panels) :]:
            axis.set_axis_off()
        letters = panel_letters()
        for place, (name, values) in enumerate(panels.items()):
            axis = axes.flat[place]
            draw_particles(axis, positions, diameters, box_length, values)
            axis.set_title(f"({next(letters)}) {name}")
            if values is None:
                write_in_frame(axis, (missing or {}).get(name, "not measured"))
            name_sides(axis, bottom=place + columns >= len(panels), left=place % columns == 0)
        add_value_bar(figure, axes)
        figure.suptitle(title, fontsize=8)
    return figure


def panel_letters() -> Iterator[str]:
    """a to z, then aa, ab, ..."""
    for length in itertools.count(1):
        yield from map("".join, itertools.product(ascii_lowercase, repeat=length))


def in_blocks(systems: Sequence[str], most: int) -> list[list[str]]:
    """Systems in blocks of at most ``most``, which a figure that has a column for each sets below each other."""
    return [list(systems[start : start + most]) for start in range(0, len(systems), most)]


def lowest(axes: np.ndarray) -> list[plt.Axes]:
    """The lowest drawn panel of each column, shape (rows, columns), with the labels of its ticks."""
    found = [[axis for axis in column if axis.axison][-1] for column in axes.T]
    for axis in found:
        axis.tick_params(labelbottom=True)
    return found


def draw_particles(
    axis: plt.Axes, positions: np.ndarray, diameters: np.ndarray, box_length: float, values: np.ndarray | None
) -> None:
    """Discs of shape (N,) coloured by values in [0, 1] in a square box; only the box where values are None."""
    axis.set(xlim=(0, box_length), ylim=(0, box_length), aspect="equal")
    if values is not None:
        drawn = EllipseCollection(
            diameters, diameters, np.zeros_like(diameters), units="x", offsets=positions,
            offset_transform=axis.transData, cmap=VALUE_COLOURS, linewidths=0, rasterized=True,
        )  # fmt: skip
        drawn.set_array(np.ma.masked_invalid(values))
        drawn.set_clim(0, 1)
        axis.add_collection(drawn)


def name_sides(axis: plt.Axes, bottom: bool, left: bool) -> None:
    """Label the sides of a map that are outer sides of the figure, and take the numbers from the others."""
    axis.set(xlabel="x / σ*" if bottom else "", ylabel="y / σ*" if left else "")
    axis.tick_params(labelbottom=bottom, labelleft=left)


def write_in_frame(axis: plt.Axes, text: str) -> None:
    """Say in the middle of an empty panel why it is empty."""
    axis.text(
        0.5, 0.5, text, transform=axis.transAxes, ha="center", va="center", color="0.3",
        bbox={"facecolor": "white", "linewidth": 0},
    )  # fmt: skip


def add_value_bar(figure: Figure, axes: np.ndarray) -> None:
    """The colour bar of maps whose values lie in [0, 1]."""
    colours = ScalarMappable(Normalize(0, 1), VALUE_COLOURS)
    figure.colorbar(colours, ax=axes, shrink=0.85, pad=0.01, label="normalised value")


def correlation_violins(
    results: Mapping[tuple[str, str], xr.Dataset],
    protocol: str,
    lengths: Mapping[str, float],
    published: Mapping[tuple[str, str, str], float],
    first_paper: Mapping[tuple[str, str, str], float] | None = None,
) -> Figure:
    """Distributions of the correlations between indicators over test samples (Frontiers, Fig. 6).

    Filled violins with dashed quartiles hold the samples of all networks that did not fail; the thin
    outlines are the single networks, the diamonds the paper's means. Of liquid samples, maps for the class glass and
    for their own class stand side by side, with the same published mean beside each.

    Parameters
    ----------
    results : mapping of (system, phase) to Dataset
        With ``pearson`` (protocol, network, sample, pair), ``failed`` and ``map_class`` (network).
    protocol : {"frontiers", "arxiv-v2"}
    lengths : mapping of str to float
        Coarse-graining length of each system, sigma*.
    published : mapping of (system, phase, quantity) to float
        Means of the protocol's paper.
    first_paper : mapping of (system, phase, quantity) to float, optional
        Means of v2, which are shown, in grey, where the protocol's paper prints none.
    """
    systems = list(dict.fromkeys(system for system, _ in results))
    means = {
        **{key: (value, EARLIER) for key, value in (first_paper or {}).items()},
        **{key: (value, PAPER) for key, value in published.items()},
    }
    columns = min(len(systems), 2)
    rows = -(-len(systems) // columns)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            rows, columns, figsize=(DOUBLE_COLUMN, 0.5 + 2.4 * rows), sharey=True, layout="constrained", squeeze=False
        )
        for axis in axes.flat[len(systems) :]:
            axis.set_axis_off()
        for axis, letter, system in zip(axes.flat, panel_letters(), systems, strict=False):
            axis.axhline(0, color="0.6", linewidth=0.6, zorder=0)
            counts = []
            for number, (phase, map_class) in enumerate(CLASS_COLOURS):
                dataset = of_class(results[system, phase], map_class)
                trained = dataset.isel(network=~dataset["failed"].values.astype(bool))
                counts.append(f"{trained.sizes['network']} of {dataset.sizes['network']}")
                for place, name in enumerate(PAPER_QUANTITIES):
                    if map_class == OWN and not is_of_map(name):
                        continue  # no map is in it
                    across = place + (number - 1) * 0.3 if is_of_map(name) else place + (number - 0.5) * 0.3
                    table = trained["pearson"].sel(protocol=protocol, pair=name).transpose("network", "sample")
                    _violin(axis, across, table.values, CLASS_COLOURS[phase, map_class])
                    if (system, phase, name) in means:
                        mean, look = means[system, phase, name]
                        axis.plot(across, mean, zorder=5, **look)
            labels = [f"C({SYMBOLS[first]}, {SYMBOLS[second]})" for first, second in PAPER_PAIRS]
            axis.set_xticks(range(len(labels)), labels)
            axis.set(xlim=(-0.55, len(labels) - 0.45), ylim=(-1.05, 1.05))
            axis.set_title(f"({letter}) {system}, ξ = {lengths[system]:g} σ*, networks: {counts[0]}")
        for axis in axes[:, 0]:
            axis.set_ylabel("Pearson correlation (dimensionless)")
        handles = [Patch(facecolor=colour, alpha=0.55, label=CLASS_NAMES[one]) for one, colour in CLASS_COLOURS.items()]
        handles.append(Line2D([], [], color="0.2", linewidth=0.7, label="each network"))
        handles.append(Line2D([], [], color="black", linestyle="--", linewidth=0.7, label="quartiles"))
        if published:
            handles.append(Line2D([], [], label="paper's mean", **PAPER))
        if any(look is EARLIER for _, look in means.values()):
            handles.append(Line2D([], [], label="v2's", **EARLIER))
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    return figure


def _violin(axis: plt.Axes, place: float, table: np.ndarray, colour: str) -> None:
    """One violin of all networks' samples, shape (network, sample), with each network's outline over it."""
    pooled = table[np.isfinite(table)]
    if len(pooled) < 2 or np.ptp(pooled) == 0:
        axis.plot(np.full(len(pooled), place), pooled, "_", color=colour)
        return
    body = axis.violinplot(pooled, [place], widths=0.28, showextrema=False, quantiles=[0.25, 0.5, 0.75])
    for part in body["bodies"]:
        part.set(facecolor=colour, alpha=0.55, linewidth=0)
    body["cquantiles"].set(color="black", linewidth=0.7, linestyle="--")
    networks = [row[np.isfinite(row)] for row in table]
    for row in networks:
        if len(networks) > 1 and len(row) > 1 and np.ptp(row) > 0:
            outline = axis.violinplot(row, [place], widths=0.28, showextrema=False)
            for part in outline["bodies"]:
                part.set(facecolor="none", edgecolor="0.2", linewidth=0.5, alpha=0.8)
