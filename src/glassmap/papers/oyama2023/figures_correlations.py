"""Fig. 6: correlations between attribution maps and hand-crafted order parameters."""

from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from glassmap.analysis.correlations import PAPER_PAIRS, PAPER_QUANTITIES, SYMBOLS, reasons_of, without_value
from glassmap.io.datasets import read_dataset
from glassmap.io.exclusions import why_nothing_is_left
from glassmap.io.schema import CORRELATIONS
from glassmap.learning.map_class import OWN, involves_map, select_class
from glassmap.papers.oyama2023.method import METHODS, coarse_graining
from glassmap.papers.oyama2023.published import read_published
from glassmap.papers.oyama2023.tables_correlations import published_means
from glassmap.plotting.style import COLOURS, DOUBLE_COLUMN, EARLIER, PAPER, STYLE, annotate_panel, panel_letters

OWN_COLOUR = "#009E73"  # of liquid samples, maps of their own class


def class_looks(phases: Sequence[str], looks: Sequence) -> dict[tuple[str, str], Any]:
    """By phase of the samples and class of the maps: a look of the glass, of the liquid, and of the liquid's own class.

    Parameters
    ----------
    phases : (str, str)
        Liquid and glass.
    looks : sequence, length 3
        Such as colours or markers.
    """
    liquid, glass = phases
    return dict(zip(((glass, glass), (liquid, glass), (liquid, OWN)), looks, strict=True))


def class_colours(phases: Sequence[str]) -> dict[tuple[str, str], str]:
    """Colours, as `class_looks`."""
    return class_looks(phases, (*reversed(COLOURS), OWN_COLOUR))


def class_names(phases: Sequence[str]) -> dict[tuple[str, str], str]:
    """Names in legends, as `class_looks`."""
    liquid, glass = phases
    return class_looks(phases, (glass, f"{liquid}, class {glass}", f"{liquid}, own class"))


def fig6(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Distributions of the correlations between indicators (Frontiers, Fig. 6)."""
    results = [read_dataset(path, CORRELATIONS) for path in files.correlations]
    reference = read_published(files.reference)
    lengths = {
        system: by_method[METHODS[params.protocol]]["correlations"]
        for system, by_method in coarse_graining(params.lengths, files.measured_lengths).items()
    }
    measured = [system for system, lengths_of in params.lengths.items() if lengths_of is None]
    means, first = (published_means(reference, protocol, results) for protocol in (params.protocol, "arxiv-v2"))
    by_phase = {(dataset.attrs["system"], dataset.attrs["phase"]): dataset for dataset in results}
    return correlation_violins(by_phase, params.phases, params.protocol, lengths, means, first, measured)


def correlation_violins(
    results: Mapping[tuple[str, str], xr.Dataset],
    phases: Sequence[str],
    protocol: str,
    lengths: Mapping[str, float],
    published: Mapping[tuple[str, str, str], float],
    first_paper: Mapping[tuple[str, str, str], float] | None = None,
    measured: Collection[str] = (),
) -> Figure:
    """Distributions of the correlations between indicators over test samples (Frontiers, Fig. 6).

    Filled violins with dashed quartiles pool the samples of all networks that did not fail; thin outlines are the
    single networks, diamonds the paper's means. For liquid samples, maps for the class glass and for the own class are
    drawn side by side, each with the same published mean.

    Parameters
    ----------
    results : mapping of (system, phase) to Dataset
        With ``pearson`` (protocol, network, sample, pair), ``failed`` and ``map_class`` (network).
    phases : (str, str)
        Liquid and glass.
    protocol : {"frontiers", "arxiv-v2"}
    lengths : mapping of str to float
        Coarse-graining length of each system, sigma*.
    published : mapping of (system, phase, quantity) to float
        Means published in the protocol's paper.
    first_paper : mapping of (system, phase, quantity) to float, optional
        Means published in v2, shown in grey where the protocol's paper has none.
    measured : collection of str
        Systems without published lengths, whose lengths are measured.
    """
    systems, colours = list(dict.fromkeys(system for system, _ in results)), class_colours(phases)
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
            counts, drawn = [], False
            for number, (phase, map_class) in enumerate(colours):
                dataset = select_class(results[system, phase], map_class)
                trained = dataset.isel(network=~dataset["failed"].values.astype(bool))
                counts.append(f"{trained.sizes['network']} of {dataset.sizes['network']}")
                for place, name in enumerate(PAPER_QUANTITIES):
                    if map_class == OWN and not involves_map(name):
                        continue  # involves no map
                    across = place + (number - 1) * 0.3 if involves_map(name) else place + (number - 0.5) * 0.3
                    table = trained["pearson"].sel(protocol=protocol, pair=name).transpose("network", "sample")
                    _violin(axis, across, table.values, colours[phase, map_class])
                    drawn |= bool(table.notnull().any())
                    if (system, phase, name) in means:
                        mean, look = means[system, phase, name]
                        axis.plot(across, mean, zorder=5, **look)
            if not drawn:
                of_glass = select_class(results[system, phases[1]], phases[1])
                reasons = reasons_of(of_glass, PAPER_QUANTITIES[0])
                annotate_panel(axis, why_nothing_is_left(reasons) or without_value(of_glass, protocol))
            labels = [f"C({SYMBOLS[first]}, {SYMBOLS[second]})" for first, second in PAPER_PAIRS]
            axis.set_xticks(range(len(labels)), labels)
            axis.set(xlim=(-0.55, len(labels) - 0.45), ylim=(-1.05, 1.05))
            source = ", measured" if system in measured else ""
            length = f"{lengths[system]:.3g} σ*{source}" if np.isfinite(lengths[system]) else "not measured"
            axis.set_title(f"({letter}) {system}, ξ = {length}, networks: {counts[0]}")
        for axis in axes[:, 0]:
            axis.set_ylabel("Pearson correlation (dimensionless)")
        names = class_names(phases)
        handles = [Patch(facecolor=colour, alpha=0.55, label=names[one]) for one, colour in colours.items()]
        handles.append(Line2D([], [], color="0.2", linewidth=0.7, label="each network"))
        handles.append(Line2D([], [], color="black", linestyle="--", linewidth=0.7, label="quartiles"))
        if published:
            handles.append(Line2D([], [], label="paper's mean", **PAPER))
        if any(look is EARLIER for _, look in means.values()):
            handles.append(Line2D([], [], label="v2's", **EARLIER))
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    return figure


def _violin(axis: plt.Axes, place: float, table: np.ndarray, colour: str) -> None:
    """Violin of the pooled samples, shape (network, sample), overlaid with the outline of each network."""
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
