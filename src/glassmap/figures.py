"""The papers' figures, drawn for print: column width, labelled axes, colours that everyone can tell apart."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from glassmap.correlations import PAIRS, QUANTITIES, SYMBOLS
from glassmap.files import replacing

DOUBLE_COLUMN = 7.0  # inches
# Okabe and Ito's palette
COLOURS = {"glass": "#0072B2", "liquid": "#E69F00"}
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
    for path in paths:
        metadata = {"CreationDate": None} if str(path).endswith(".pdf") else {}
        with replacing(path) as part:
            figure.savefig(part, metadata=metadata)
    plt.close(figure)


def particle_maps(
    positions: np.ndarray,
    diameters: np.ndarray,
    box_length: float,
    panels: Mapping[str, np.ndarray],
    title: str,
) -> Figure:
    """Maps of coarse-grained, normalised indicators, one panel each (Frontiers, Figs. 1 and 2).

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
        sigma*.
    diameters : ndarray, shape (N,)
        sigma_ii of each particle, sigma*.
    box_length : float
    panels : mapping of str to ndarray, shape (N,)
        Panel title to values in [0, 1]; NaN is drawn grey.
    title : str
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, len(panels), figsize=(DOUBLE_COLUMN, 2.75), sharey=True, layout="constrained", squeeze=False
        )
        colours = matplotlib.colormaps["cividis"].with_extremes(bad="0.8")
        for axis, letter, (name, values) in zip(axes[0], "abcdefghijkl", panels.items(), strict=False):
            drawn = EllipseCollection(
                diameters, diameters, np.zeros_like(diameters), units="x", offsets=positions,
                offset_transform=axis.transData, cmap=colours, linewidths=0, rasterized=True,
            )  # fmt: skip
            drawn.set_array(np.ma.masked_invalid(values))
            drawn.set_clim(0, 1)
            axis.add_collection(drawn)
            axis.set(xlim=(0, box_length), ylim=(0, box_length), aspect="equal", xlabel="x / σ*")
            axis.set_title(f"({letter}) {name}")
        axes[0, 0].set_ylabel("y / σ*")
        bar = figure.colorbar(drawn, ax=axes[0], shrink=0.85, pad=0.01)
        bar.set_label("normalised value")
        figure.suptitle(title, fontsize=8)
    return figure


def correlation_violins(
    results: Mapping[tuple[str, str], xr.Dataset],
    protocol: str,
    lengths: Mapping[str, float],
    published: Mapping[tuple[str, str, str], float],
) -> Figure:
    """Distributions of the correlations between indicators over test samples (Frontiers, Fig. 6).

    Filled violins with dashed quartiles hold the samples of all networks that did not fail; the thin
    outlines are the single networks, the diamonds the paper's means.

    Parameters
    ----------
    results : mapping of (system, phase) to Dataset
        With ``pearson`` (protocol, network, sample, pair) and ``failed`` (network).
    protocol : {"frontiers", "arxiv-v2"}
    lengths : mapping of str to float
        Coarse-graining length of each system, sigma*.
    published : mapping of (system, phase, quantity) to float
    """
    systems = list(dict.fromkeys(system for system, _ in results))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, len(systems), figsize=(DOUBLE_COLUMN, 2.9), sharey=True, layout="constrained", squeeze=False
        )
        for axis, letter, system in zip(axes[0], "abcdefghijkl", systems, strict=False):
            axis.axhline(0, color="0.6", linewidth=0.6, zorder=0)
            counts = []
            for side, phase in ((-0.21, "glass"), (0.21, "liquid")):
                dataset = results[system, phase]
                trained = dataset.isel(network=~dataset["failed"].values.astype(bool))
                counts.append(f"{trained.sizes['network']} of {dataset.sizes['network']}")
                for place, name in enumerate(QUANTITIES):
                    table = trained["pearson"].sel(protocol=protocol, pair=name).transpose("network", "sample")
                    _violin(axis, place + side, table.values, COLOURS[phase])
                    if (system, phase, name) in published:
                        axis.plot(
                            place + side, published[system, phase, name], "D", markersize=3.5,
                            markerfacecolor="white", markeredgecolor="black", markeredgewidth=0.8, zorder=5,
                        )  # fmt: skip
            axis.set_xticks(range(len(PAIRS)), [f"C({SYMBOLS[first]}, {SYMBOLS[second]})" for first, second in PAIRS])
            axis.set(xlim=(-0.55, len(PAIRS) - 0.45), ylim=(-1.05, 1.05))
            axis.set_title(f"({letter}) {system}, ξ = {lengths[system]:g} σ*, networks: {counts[0]}")
        axes[0, 0].set_ylabel("Pearson correlation (dimensionless)")
        handles = [Patch(facecolor=colour, alpha=0.55, label=phase) for phase, colour in COLOURS.items()]
        handles.append(Line2D([], [], color="0.2", linewidth=0.7, label="each network"))
        handles.append(Line2D([], [], color="black", linestyle="--", linewidth=0.7, label="quartiles"))
        if published:
            handles.append(
                Line2D([], [], marker="D", color="none", markerfacecolor="white", markeredgecolor="black",
                       markersize=3.5, label="paper's mean")
            )  # fmt: skip
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    return figure


def _violin(axis: plt.Axes, place: float, table: np.ndarray, colour: str) -> None:
    """One violin of all networks' samples, shape (network, sample), with each network's outline over it."""
    pooled = table[np.isfinite(table)]
    if len(pooled) < 2 or np.ptp(pooled) == 0:
        axis.plot(np.full(len(pooled), place), pooled, "_", color=colour)
        return
    body = axis.violinplot(pooled, [place], widths=0.38, showextrema=False, quantiles=[0.25, 0.5, 0.75])
    for part in body["bodies"]:
        part.set(facecolor=colour, alpha=0.55, linewidth=0)
    body["cquantiles"].set(color="black", linewidth=0.7, linestyle="--")
    networks = [row[np.isfinite(row)] for row in table]
    for row in networks:
        if len(networks) > 1 and len(row) > 1 and np.ptp(row) > 0:
            outline = axis.violinplot(row, [place], widths=0.38, showextrema=False)
            for part in outline["bodies"]:
                part.set(facecolor="none", edgecolor="0.2", linewidth=0.5, alpha=0.8)
