"""Figs. 3, 8 and S3: spatial correlations, and the best coarse-graining length of the structure."""

from collections.abc import Mapping
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from glassmap.analysis.correlations import SYMBOLS
from glassmap.analysis.lengths import scan_notes
from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.exclusions import CRYSTAL
from glassmap.io.schema import LENGTHS, SPATIAL
from glassmap.papers.oyama2023.figures_panels import (
    CORRELATION,
    DELTA,
    LOOKS,
    THIN,
    against_delta,
    against_log_delta,
    colour_sequence,
    common_legend,
    draw_published,
    figure_width,
    label_left,
    legend_below,
    look_of,
    of_indicator,
    panel_grid,
    published_handle,
    shown_indicators,
    singles_handles,
    symbol_handles,
    target_label,
)
from glassmap.papers.oyama2023.published import published_values, read_published, xi_delta_label
from glassmap.plotting.style import STYLE, panel_letters
from glassmap.structure.spatial_correlation import crossing_note

LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
SPAN = "#FAF3B8"  # published uncertainty


def fig3(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Spatial correlation of the propensity (Frontiers, Fig. 3)."""
    systems = params.systems
    lengths = {system: read_dataset(path, LENGTHS) for system, path in zip(systems, files.lengths, strict=True)}
    reference = read_published(files.reference)
    published = {}
    for target in lengths[systems[0]]["target"].values.tolist():
        values = published_values(reference, "frontiers", "table3", xi_delta_label(target), params.phase)
        published |= {(system, target): values[system.lower()][0] for system in systems if system.lower() in values}
    return propensity_correlations(lengths, published)


def fig8(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Spatial correlation of the bare indicators (Frontiers, Fig. 8)."""
    systems = params.systems
    spatial = {system: read_dataset(path, SPATIAL) for system, path in zip(systems, files.spatial, strict=True)}
    columns = ("system", "quantity", "value", "low", "high", "paper", "paper_uncertainty", "note")
    table = read_table(files.table3, columns).set_index(["system", "quantity"])
    rows = {system: table.loc[system, "r_gamma"] for system in systems}
    # half width of the 95 % interval over samples
    measured = {system: (row["value"], (row["high"] - row["low"]) / 2) for system, row in rows.items()}
    published = {
        system: (row["paper"], row["paper_uncertainty"]) for system, row in rows.items() if row["paper"] == row["paper"]
    }
    notes = {system: row["note"] for system, row in rows.items() if row["note"] == row["note"]}
    return structure_correlations(spatial, measured, published, notes)


def fig_s3(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Correlations with the propensity for a scan of the coarse-graining length (v2, Fig. S3)."""
    lengths = {system: read_dataset(path, LENGTHS) for system, path in zip(params.systems, files.lengths, strict=True)}
    published = {
        system: by_protocol[params.protocol]["dynamics"]
        for system, by_protocol in params.published.items()
        if by_protocol is not None
    }
    return scan_of_xi(lengths, params.protocol, published)


def propensity_correlations(lengths: Mapping[str, xr.Dataset], published: Mapping[tuple[str, float], float]) -> Figure:
    """Spatial correlation of the bare propensity, one panel per system (Frontiers, Fig. 3).

    Mean over configurations, with thin lines for each if there are several. Filled markers are at the measured decay
    length, open diamonds at the paper's. The legend says if there is no decay length.

    Parameters
    ----------
    lengths : mapping of str to Dataset
        By system: ``propensity_correlation`` (configuration, target, bin), 1 at r = 0, NaN where the
        target was not reached; ``noise_free_correlation``, likewise, drawn thin; ``xi_delta`` (configuration,
        target), sigma*; coordinates ``target`` and ``distance`` (bin), sigma*.
    published : mapping of (str, float) to float
        The paper's decay length for a system and target, sigma*.
    """
    with plt.rc_context(STYLE):
        figure, axes = panel_grid(lengths, height=2.7)
        for axis, (system, dataset) in zip(axes.flat, lengths.items(), strict=False):
            dataset = _with_pairs(dataset, "propensity_correlation")
            distance = dataset["distance"].values
            axis.axhline(0, color="0.8", linewidth=0.6, zorder=0)
            axis.axhline(1 / np.e, color="0.3", linewidth=0.8, linestyle=":", zorder=0)
            handles = []
            for place, target in enumerate(dataset["target"].values):
                (colour, marker), line = LOOKS[place % len(LOOKS)], LINES[place % len(LINES)]
                chosen = dataset.isel(target=place)
                curves = chosen["propensity_correlation"].transpose("configuration", "bin")
                if len(curves) > 1:
                    axis.plot(distance, curves.values.T, color=colour, **THIN)
                axis.plot(distance, curves.mean("configuration"), color=colour, linestyle=line, linewidth=1.2)
                common = chosen["noise_free_correlation"].mean("configuration")
                axis.plot(distance, common, color=colour, linestyle=line, linewidth=0.6)
                xi = chosen["xi_delta"].mean("configuration").item()
                if np.isfinite(xi):
                    axis.plot(xi, 1 / np.e, marker, color=colour, markersize=4.5, zorder=8)
                if (system, target) in published:
                    # equal ones lie inside each other
                    size = {"markersize": 3.5 + 2.0 * (dataset.sizes["target"] - 1 - place), "zorder": 5 + place / 100}
                    draw_published(axis, (published[system, target], 1 / np.e), colour, **size)
                why = crossing_note(distance, curves.values, 1 / np.e)
                label = f"{target_label(target)} σ*{_reached_label(curves, dataset['not_usable'])}" + (
                    f", $ξ_Δ$ {why}" if why else ""
                )
                handles.append(Line2D([], [], color=colour, linestyle=line, linewidth=1.2, label=label))
            axis.set(xlabel="r / σ*", xlim=(0, None))
            legend_below(axis, handles)
        label_left(axes, CORRELATION.format("$C_Δ(r)$"))
        handles = [
            Line2D([], [], color="0.3", linewidth=0.8, linestyle=":", label="1/e"),
            Line2D([], [], color="0.3", marker="o", linestyle="none", markersize=4.5, label="measured $ξ_Δ$"),
            Line2D([], [], color="0.3", linewidth=0.6, label="without the noise of the runs"),
        ]
        if published:
            handles.append(published_handle("paper's $ξ_Δ$"))
        handles += singles_handles(lengths.values(), networks=1)
        common_legend(figure, handles)
    return figure


def structure_correlations(
    spatial: Mapping[str, xr.Dataset],
    r_zero: Mapping[str, tuple[float, float]],
    published: Mapping[str, tuple[float, float]],
    notes: Mapping[str, str],
) -> Figure:
    """Spatial correlation of the bare indicators, one panel per system (Frontiers, Fig. 8).

    Mean over networks of each network's mean over samples; bands are standard deviations over samples, error bars
    standard errors of the mean over samples, both averaged over networks.

    Parameters
    ----------
    spatial : mapping of str to Dataset
        By system: ``correlation`` (field, sample, bin), NaN where the sample is excluded; coordinates
        ``distance`` (bin) in sigma* and ``indicator`` (field).
    r_zero : mapping of str to (float, float)
        First zero of the Grad-CAM score's correlation function, and its uncertainty, sigma*.
    published : mapping of str to (float, float)
        The same in the paper, sigma*.
    notes : mapping of str to str
        Why a system has no such zero, if so.
    """
    zero_colour = look_of("gradcam")[0]
    with plt.rc_context(STYLE):
        figure, axes = panel_grid(spatial, height=2.7)
        for axis, (system, dataset) in zip(axes.flat, spatial.items(), strict=False):
            dataset = _with_pairs(dataset, "correlation")
            distance = dataset["distance"].values
            axis.axhline(0, color="0.4", linewidth=0.6, zorder=1)
            if system in published:
                value, uncertainty = published[system]
                axis.axvspan(value - uncertainty, value + uncertainty, color=SPAN, linewidth=0, zorder=0)
            for name in shown_indicators([dataset]):
                colour, marker = look_of(name)
                table = of_indicator(dataset, name)["correlation"]
                mean = table.mean("sample").mean("field").values
                spread, error = (width.mean("field").values for width in _deviation(table))
                axis.fill_between(distance, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
                axis.errorbar(
                    distance, mean, error, color=colour, marker=marker, markersize=2.5, linewidth=0.9, elinewidth=0.9,
                )  # fmt: skip
            value, deviation = r_zero.get(system, (np.nan, np.nan))
            if np.isfinite(value):
                axis.axvline(value, color=zero_colour, linewidth=0.8, linestyle="--", zorder=1)
                # uncertainty, drawn above the curves, which are near zero there
                axis.errorbar(
                    value, 0.6, xerr=deviation, color=zero_colour, elinewidth=1, capsize=2.5,
                    transform=axis.get_xaxis_transform(),
                )  # fmt: skip
            elif system in notes:
                axis.text(
                    0.97, 0.95, f"$r_Γ$: {notes[system]}", transform=axis.transAxes, ha="right", va="top", fontsize=7
                )  # fmt: skip
            axis.set(xlabel="r / σ*", xlim=(0, None))
        label_left(axes, CORRELATION.format("$C_α(r)$"))
        handles = symbol_handles(shown_indicators(spatial.values()))
        handles.append(Patch(facecolor="0.6", alpha=0.4, label="deviation over samples"))
        handles.append(Line2D([], [], color=zero_colour, linewidth=0.8, linestyle="--", label="$r_Γ$"))
        if published:
            handles.append(Patch(facecolor=SPAN, label="paper's $r_Γ$"))
        common_legend(figure, handles)
    return figure


def scan_of_xi(lengths: Mapping[str, xr.Dataset], protocol: str, published_xi: Mapping[str, float]) -> Figure:
    """Correlation with the propensity for each coarse-graining length at the highest temperature (v2, Fig. S3).

    Rows are systems, columns indicators; curves are means over configurations of the mean over networks. The length
    with the largest correlation is drawn thick and named.

    Parameters
    ----------
    lengths : mapping of str to Dataset
        By system: ``scan`` (protocol, configuration, xi, time, field), ``scan_delta`` (protocol,
        configuration, time) in sigma*, ``xi_structure`` (protocol, indicator_name) in sigma*, ``scan_score``
        (protocol, configuration, xi, indicator_name), for `glassmap.analysis.lengths.scan_notes`;
        coordinates ``xi`` in sigma* (0 is bare) and ``indicator`` (field).
    protocol : {"frontiers", "arxiv-v2"}
    published_xi : mapping of str to float
        The paper's length for a system, sigma*.
    """
    names = shown_indicators(lengths.values())
    every_xi = sorted({float(xi) for dataset in lengths.values() for xi in dataset["xi"].values})
    colours = dict(zip(every_xi, colour_sequence(len(every_xi)), strict=True))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(lengths), len(names), figsize=(figure_width(len(names)), 0.5 + 1.9 * len(lengths)),
            sharey="row", layout="constrained", squeeze=False,
        )  # fmt: skip
        letters = panel_letters()
        for row, (system, dataset) in zip(axes, lengths.items(), strict=True):
            for axis, name in zip(row, names, strict=True):
                chosen = of_indicator(dataset.sel(protocol=protocol), name)
                best = float(chosen["xi_structure"].sel(indicator_name=name))
                for place, xi in enumerate(dataset["xi"].values):
                    x, y = against_delta(chosen["scan_delta"], chosen["scan"].isel(xi=place).mean("field"))
                    thick = np.isclose(xi, best)
                    axis.plot(x, y, color=colours[float(xi)], linewidth=2 if thick else 0.9, zorder=3 if thick else 2)
                if np.isfinite(best):
                    result = f"max |C|: ξ = {best:g} σ* "
                else:  # longer, so the paper's goes on the next line
                    result = f"{scan_notes(dataset, protocol)[name]}\n"
                paper = f"(paper: {published_xi[system]:g} σ*)" if system in published_xi else ""
                axis.set_title(
                    f"({next(letters)}) {system}, α = {SYMBOLS[name]}\n{(result + paper).strip()}", fontsize=7
                )
                against_log_delta(axis, bool(chosen["scan"].notnull().any()), label="")
        label_left(axes, CORRELATION.format("$C_{α,Δ}$"))
        figure.supxlabel(DELTA, fontsize=8)
        edges = np.arange(len(every_xi) + 1) - 0.5
        shades = ListedColormap([colours[xi] for xi in every_xi])
        bar = figure.colorbar(
            ScalarMappable(BoundaryNorm(edges, len(every_xi)), shades), ax=axes, ticks=range(len(every_xi)), pad=0.01,
        )  # fmt: skip
        bar.ax.set_yticklabels([f"{xi:g}" for xi in every_xi])
        bar.set_label("coarse-graining length ξ / σ*")
    return figure


def _reached_label(curves: xr.DataArray, not_usable: xr.DataArray) -> str:
    """Legend suffix if not all configurations reached a target.

    Parameters
    ----------
    curves : DataArray
        (configuration, bin).
    not_usable : DataArray of str
        (configuration, field), from `glassmap.analysis.lengths.measure`.
    """
    reached = int(curves.notnull().any("bin").sum())
    crystals = int((not_usable == CRYSTAL).all("field").sum())
    if crystals == len(curves):
        return ": every glass is a crystal"
    of_crystals = f", {crystals} of crystals" if crystals else ""
    if reached == 0:
        return f": not reached{of_crystals}"
    return "" if reached == len(curves) else f": {reached} of {len(curves)}{of_crystals}"


def _with_pairs(dataset: xr.Dataset, name: str) -> xr.Dataset:
    """Drop empty bins between 0 and the closest pairs, which would break the line; keep all if none has data."""
    known = dataset[name].notnull().any([dim for dim in dataset[name].dims if dim != "bin"])
    return dataset.isel(bin=known.values) if known.any() else dataset


def _deviation(table: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Standard deviation over samples and standard error of their mean; NaN for fewer than two samples."""
    count = table.notnull().sum("sample")
    count = count.where(count > 1)
    deviation = np.sqrt(((table - table.mean("sample")) ** 2).sum("sample") / (count - 1))
    return deviation, deviation / np.sqrt(count)
