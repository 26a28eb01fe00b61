"""The papers' figures of propensity, lengths and dynamics: functions of datasets, drawn for print.

Correlations are drawn with the sign that they have; where there is no number (NaN), nothing is drawn.
"""

from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from glassmap.analysis.correlations import SYMBOLS
from glassmap.analysis.lengths import scan_notes
from glassmap.plotting.particles import add_value_bar, draw_particles, name_sides
from glassmap.plotting.style import DOUBLE_COLUMN, PAPER, STYLE, panel_letters, write_in_frame
from glassmap.structure.indicators import BASELINES
from glassmap.structure.spatial_correlation import crossing_note

# Okabe and Ito's palette without its green, and a marker for each colour
LOOKS = (
    ("#0072B2", "o"), ("#E69F00", "s"), ("#CC79A7", "^"), ("#000000", "v"), ("#56B4E9", "P"), ("#D55E00", "X"),
)  # fmt: skip
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
TARGETS = (0.3, 1.0, 3.0)  # delta of the maps of Figs. 1 and 2, sigma*
DELTA = "mean cage-relative displacement δ / σ*"
CORRELATION = "{} (dimensionless)"
THIN = {"linewidth": 0.5, "alpha": 0.45}
SPAN = "#FAF3B8"  # of a published uncertainty
CEILING = {"linewidth": 0.7, "linestyle": (0, (4, 2))}
# of maps moved against the glass: opaque, so that bands over each other are no darker, with edges that tell them apart
BAND = {"facecolor": "0.93", "linewidth": 0}
EDGE = {"linewidth": 0.5, "alpha": 0.8}


def propensity_correlations(lengths: Mapping[str, xr.Dataset], published: Mapping[tuple[str, float], float]) -> Figure:
    """Spatial correlation of the bare propensity, one panel a system (Frontiers, Fig. 3).

    The mean over configurations, each of them thin if there are several; the filled marker stands at
    the measured decay length, the open diamond at the paper's. The legend says where there is no decay length.

    Parameters
    ----------
    lengths : mapping of str to Dataset
        By system: ``propensity_correlation`` (configuration, target, bin), 1 at r = 0, NaN where the
        target was not reached; ``noise_free_correlation`` alike, drawn thin; ``xi_delta`` (configuration,
        target), sigma*; coordinates ``target`` and ``distance`` (bin), sigma*.
    published : mapping of (str, float) to float
        The paper's decay length of a system and target, sigma*.
    """
    with plt.rc_context(STYLE):
        figure, axes = _grid(lengths, height=2.7)
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
                    axis.plot(xi, 1 / np.e, marker, color=colour, markersize=4.5, zorder=4)
                if (system, target) in published:
                    _draw_published(axis, (published[system, target], 1 / np.e), colour)
                why = crossing_note(distance, curves.values, 1 / np.e)
                label = f"δ = {target:g} σ*{_how_many(curves)}" + (f", $ξ_Δ$ {why}" if why else "")
                handles.append(Line2D([], [], color=colour, linestyle=line, linewidth=1.2, label=label))
            axis.set(xlabel="r / σ*", xlim=(0, None))
            _legend_below(axis, handles)
        _label_left(axes, CORRELATION.format("$C_Δ(r)$"))
        handles = [
            Line2D([], [], color="0.3", linewidth=0.8, linestyle=":", label="1/e"),
            Line2D([], [], color="0.3", marker="o", linestyle="none", markersize=4.5, label="measured $ξ_Δ$"),
            Line2D([], [], color="0.3", linewidth=0.6, label="without the noise of the runs"),
        ]
        if published:
            handles.append(_published_handle("paper's $ξ_Δ$"))
        handles += _singles_handles(lengths.values(), networks=1)
        _common_legend(figure, handles)
    return figure


def ensemble_maps(
    positions: np.ndarray,
    diameters: np.ndarray,
    box_length: float,
    bare: Mapping[str, np.ndarray],
    coarse: Mapping[str, np.ndarray],
    title: str,
) -> Figure:
    """Propensity of isoconfigurational ensembles, bare above and coarse-grained below (Frontiers, Fig. 4).

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
        sigma*.
    diameters : ndarray, shape (N,)
        sigma_ii of each particle, sigma*.
    box_length : float
        sigma*.
    bare, coarse : mapping of str to ndarray, shape (N,)
        Label of each ensemble ("3 runs, A") to its propensity, normalised to [0, 1]; the same labels in
        both, one column each. NaN is drawn grey.
    title : str
    """
    columns = len(bare)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            2, columns, figsize=(_width(columns), 0.7 + 2 * (_width(columns) - 0.8) / columns), layout="constrained",
            squeeze=False,
        )  # fmt: skip
        letters = panel_letters()
        for row, (kind, fields) in enumerate((("bare", bare), ("coarse-grained", coarse))):
            for column, label in enumerate(bare):
                axis = axes[row, column]
                draw_particles(axis, positions, diameters, box_length, fields[label])
                axis.set_title(f"({next(letters)}) {label}")
                name_sides(axis, bottom=row == 1, left=column == 0)
            axes[row, 0].set_ylabel(f"{kind}\ny / σ*")
        add_value_bar(figure, axes)
        figure.suptitle(title, fontsize=8)
    return figure


def dynamics_by_temperature(
    dynamics: Mapping[str, xr.Dataset],
    protocol: str,
    choice: str,
    published: Mapping[str, tuple[float, float]],
) -> Figure:
    """Correlation of the Grad-CAM score with the propensity against delta, by temperature (Frontiers, Fig. 5).

    The mean over networks and configurations with its 95 % interval as error bars; thin lines are the single
    networks (and configurations). The noise ceiling has the sign of the data. Shaded: the band of 95 % of the maps
    moved, turned and mirrored against the glass, at each point and temperature.

    Parameters
    ----------
    dynamics : mapping of str to Dataset
        By system, from `glassmap.analysis.propensity_correlations.gather`: ``pearson`` (protocol, choice,
        configuration, temperature, time, field), ``mean``, ``low`` and ``high``, ``moved_low`` and ``moved_high``
        (protocol, choice, temperature, time, indicator_name),
        ``ceiling`` (protocol, choice, configuration, temperature, time), ``delta`` (protocol, configuration,
        temperature, time) in sigma*; coordinates ``temperature`` in epsilon* and ``indicator`` (field).
    protocol : {"frontiers", "arxiv-v2"}
    choice : {"paper", "measured", "held_out"}
        Whose coarse-graining lengths.
    published : mapping of str to (float, float)
        The paper's maximum of a system: delta in sigma* and signed correlation.
    """
    with plt.rc_context(STYLE):
        figure, axes = _grid(dynamics, height=3.0)
        for axis, (system, dataset) in zip(axes.flat, dynamics.items(), strict=False):
            chosen = _of_indicator(dataset.sel(protocol=protocol, choice=choice), "gradcam")
            sign = _sign(chosen["pearson"])
            colours = _sequence(dataset.sizes["temperature"])
            handles = []
            for place, temperature in enumerate(dataset["temperature"].values):
                colour, marker = colours[place], LOOKS[place % len(LOOKS)][1]
                part = chosen.isel(temperature=place)
                _draw_singles(axis, part["delta"], part["pearson"], colour)
                _draw_mean(axis, part, "gradcam", color=colour, marker=marker, linewidth=1)
                _draw_ceiling(axis, part, sign, colour)
                _draw_band(axis, part, "gradcam", colour)
                handles.append(_handle(f"{temperature:g}", colour, marker))
            if system in published:
                _draw_published(axis, published[system])
            _against_log_delta(axis, bool(np.isfinite(sign)))
            _legend_below(axis, handles, title="T / ε*")
        _label_left(axes, CORRELATION.format("$C_{Γ,Δ}$"))
        handles = [Line2D([], [], color="0.2", label="noise ceiling, with the data's sign", **CEILING)]
        if published:
            handles.append(_published_handle("paper's maximum"))
        handles += _band_handles(dynamics.values())
        networks = max(int((dataset["indicator"] == "gradcam").sum()) for dataset in dynamics.values())
        handles += _singles_handles(dynamics.values(), networks)
        _common_legend(figure, handles)
    return figure


def dynamics_by_indicator(
    dynamics: Mapping[str, xr.Dataset],
    protocol: str,
    choice: str,
    published: Mapping[tuple[str, str], tuple[float, float]],
) -> Figure:
    """Correlation of every indicator with the propensity against delta, all temperatures alike (Frontiers, Fig. 7).

    Means, intervals and bands as in `dynamics_by_temperature`, one thin line a temperature. The noise ceiling,
    which the indicators share, is drawn with every sign that an indicator has.

    Parameters
    ----------
    dynamics, protocol, choice
        As in `dynamics_by_temperature`.
    published : mapping of (str, str) to (float, float)
        The paper's maximum of a system and indicator: delta in sigma* and signed correlation.
    """
    with plt.rc_context(STYLE):
        figure, axes = _grid(dynamics, height=3.0)
        for axis, (system, dataset) in zip(axes.flat, dynamics.items(), strict=False):
            chosen = dataset.sel(protocol=protocol, choice=choice)
            for target in TARGETS:
                axis.axvline(target, color="0.5", linewidth=0.7, linestyle=":", zorder=0)
            signs = []
            for name in _indicators([dataset]):
                colour, marker = _look(name)
                fields = _of_indicator(chosen, name)
                signs.append(_sign(fields["pearson"]))
                for place in range(dataset.sizes["temperature"]):
                    part = chosen.isel(temperature=place)
                    _draw_mean(axis, part, name, color=colour, marker=marker, linewidth=0.5)
                    _draw_band(axis, part, name, colour)
                if (system, name) in published:
                    _draw_published(axis, published[system, name], colour)
            for sign in sorted({sign for sign in signs if np.isfinite(sign)}):
                for place in range(dataset.sizes["temperature"]):
                    _draw_ceiling(axis, chosen.isel(temperature=place), sign, "0.6")
            _against_log_delta(axis, bool(np.isfinite(signs).any()))
        _label_left(axes, CORRELATION.format("$C_{α,Δ}$"))
        handles = _symbol_handles(_indicators(dynamics.values()))
        handles.append(Line2D([], [], color="0.6", label="± noise ceiling", **CEILING))
        handles += _band_handles(dynamics.values())
        if published:
            handles.append(_published_handle("paper's maxima"))
        _common_legend(figure, handles)
    return figure


def structure_correlations(
    spatial: Mapping[str, xr.Dataset],
    r_zero: Mapping[str, tuple[float, float]],
    published: Mapping[str, tuple[float, float]],
    notes: Mapping[str, str],
) -> Figure:
    """Spatial correlation of the bare indicators, one panel a system (Frontiers, Fig. 8).

    The mean over networks of each network's mean over samples; bands are the standard deviation over
    samples, error bars the standard error of the mean over samples, both averaged over networks.

    Parameters
    ----------
    spatial : mapping of str to Dataset
        By system: ``correlation`` (field, sample, bin), NaN where the sample is not used; coordinates
        ``distance`` (bin) in sigma* and ``indicator`` (field).
    r_zero : mapping of str to (float, float)
        First zero of the Grad-CAM score's correlation in a system, and its deviation, sigma*.
    published : mapping of str to (float, float)
        The paper's, and its uncertainty, sigma*.
    notes : mapping of str to str
        Why a system has no such zero.
    """
    zero_colour = _look("gradcam")[0]
    with plt.rc_context(STYLE):
        figure, axes = _grid(spatial, height=2.7)
        for axis, (system, dataset) in zip(axes.flat, spatial.items(), strict=False):
            dataset = _with_pairs(dataset, "correlation")
            distance = dataset["distance"].values
            axis.axhline(0, color="0.4", linewidth=0.6, zorder=1)
            if system in published:
                value, uncertainty = published[system]
                axis.axvspan(value - uncertainty, value + uncertainty, color=SPAN, linewidth=0, zorder=0)
            for name in _indicators([dataset]):
                colour, marker = _look(name)
                table = _of_indicator(dataset, name)["correlation"]
                mean = table.mean("sample").mean("field").values
                spread, error = (width.mean("field").values for width in _deviation(table))
                axis.fill_between(distance, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
                axis.errorbar(
                    distance, mean, error, color=colour, marker=marker, markersize=2.5, linewidth=0.9, elinewidth=0.9,
                )  # fmt: skip
            value, deviation = r_zero.get(system, (np.nan, np.nan))
            if np.isfinite(value):
                axis.axvline(value, color=zero_colour, linewidth=0.8, linestyle="--", zorder=1)
                # its deviation as a bar above the curves, which are near zero there
                axis.errorbar(
                    value, 0.6, xerr=deviation, color=zero_colour, elinewidth=1, capsize=2.5,
                    transform=axis.get_xaxis_transform(),
                )  # fmt: skip
            elif system in notes:
                axis.text(
                    0.97, 0.95, f"$r_Γ$: {notes[system]}", transform=axis.transAxes, ha="right", va="top", fontsize=7
                )  # fmt: skip
            axis.set(xlabel="r / σ*", xlim=(0, None))
        _label_left(axes, CORRELATION.format("$C_α(r)$"))
        handles = _symbol_handles(_indicators(spatial.values()))
        handles.append(Patch(facecolor="0.6", alpha=0.4, label="deviation over samples"))
        handles.append(Line2D([], [], color=zero_colour, linewidth=0.8, linestyle="--", label="$r_Γ$"))
        if published:
            handles.append(Patch(facecolor=SPAN, label="paper's $r_Γ$"))
        _common_legend(figure, handles)
    return figure


def scan_of_xi(lengths: Mapping[str, xr.Dataset], protocol: str, published_xi: Mapping[str, float]) -> Figure:
    """Correlation with the propensity for each coarse-graining length, highest temperature (v2, Fig. S3).

    Rows are systems, columns indicators; a curve is the mean over configurations of the mean over
    networks. The length of the largest correlation is drawn thick and named.

    Parameters
    ----------
    lengths : mapping of str to Dataset
        By system: ``scan`` (protocol, configuration, xi, time, field), ``scan_delta`` (protocol,
        configuration, time) in sigma*, ``xi_structure`` (protocol, indicator_name) in sigma*, ``scan_score``
        (protocol, configuration, xi, indicator_name), of which `glassmap.analysis.lengths.scan_notes` takes the note;
        coordinates ``xi`` in sigma* (0 is bare) and ``indicator`` (field).
    protocol : {"frontiers", "arxiv-v2"}
    published_xi : mapping of str to float
        The paper's length of a system, sigma*.
    """
    names = _indicators(lengths.values())
    every_xi = sorted({float(xi) for dataset in lengths.values() for xi in dataset["xi"].values})
    colours = dict(zip(every_xi, _sequence(len(every_xi)), strict=True))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(lengths), len(names), figsize=(_width(len(names)), 0.5 + 1.9 * len(lengths)),
            sharey="row", layout="constrained", squeeze=False,
        )  # fmt: skip
        letters = panel_letters()
        for row, (system, dataset) in zip(axes, lengths.items(), strict=True):
            for axis, name in zip(row, names, strict=True):
                chosen = _of_indicator(dataset.sel(protocol=protocol), name)
                best = float(chosen["xi_structure"].sel(indicator_name=name))
                for place, xi in enumerate(dataset["xi"].values):
                    x, y = _against_delta(chosen["scan_delta"], chosen["scan"].isel(xi=place).mean("field"))
                    thick = np.isclose(xi, best)
                    axis.plot(x, y, color=colours[float(xi)], linewidth=2 if thick else 0.9, zorder=3 if thick else 2)
                if np.isfinite(best):
                    found = f"max |C|: ξ = {best:g} σ* "
                else:  # longer, so that the paper's goes below
                    found = f"{scan_notes(dataset, protocol)[name]}\n"
                paper = f"(paper: {published_xi[system]:g} σ*)" if system in published_xi else ""
                axis.set_title(
                    f"({next(letters)}) {system}, α = {SYMBOLS[name]}\n{(found + paper).strip()}", fontsize=7
                )
                _against_log_delta(axis, bool(chosen["scan"].notnull().any()), label="")
        _label_left(axes, CORRELATION.format("$C_{α,Δ}$"))
        figure.supxlabel(DELTA, fontsize=8)
        edges = np.arange(len(every_xi) + 1) - 0.5
        shades = ListedColormap([colours[xi] for xi in every_xi])
        bar = figure.colorbar(
            ScalarMappable(BoundaryNorm(edges, len(every_xi)), shades), ax=axes, ticks=range(len(every_xi)), pad=0.01,
        )  # fmt: skip
        bar.ax.set_yticklabels([f"{xi:g}" for xi in every_xi])
        bar.set_label("coarse-graining length ξ / σ*")
    return figure


def _width(columns: int) -> float:
    """Width of a figure with so many panels side by side, inches: a lone panel needs no whole page."""
    return 0.6 * DOUBLE_COLUMN if columns == 1 else DOUBLE_COLUMN


def _grid(systems: Iterable[str], height: float) -> tuple[Figure, np.ndarray]:
    """A figure with one named panel of a height (inches) for each system, two to a row."""
    names = list(systems)
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(_width(columns), 0.3 + height * rows), sharey=True, layout="constrained", squeeze=False
    )
    for axis, letter, name in zip(axes.flat, panel_letters(), names, strict=False):
        axis.set_title(f"({letter}) {name}")
    for axis in axes.flat[len(names) :]:
        axis.set_axis_off()
    return figure, axes


def _label_left(axes: np.ndarray, label: str) -> None:
    for axis in axes[:, 0]:
        axis.set_ylabel(label)


def _legend_below(axis: plt.Axes, handles: Sequence[Line2D], title: str | None = None) -> None:
    """A panel's own legend, under the label of its x axis, where no data are."""
    axis.legend(
        handles=handles, title=title, title_fontsize=7, loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4.6,
        ncols=_columns(handles, inches=3.4), frameon=False, columnspacing=1.2,
    )  # fmt: skip


def _common_legend(figure: Figure, handles: Sequence[Line2D | Patch]) -> None:
    """The legend of all panels, under the figure."""
    columns = _columns(handles, figure.get_figwidth())
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False)


def _columns(handles: Sequence[Line2D | Patch], inches: float) -> int:
    """Most columns of a legend, filled column by column, that fit a width, at 19 letters an inch."""
    widths = [len(handle.get_label().replace("$", "")) + 8 for handle in handles]
    for columns in range(len(widths), 1, -1):
        if sum(part.max() for part in np.array_split(widths, columns)) <= 19 * inches:
            return columns
    return 1


def _how_many(curves: xr.DataArray) -> str:
    """What the legend adds where not all configurations reached a target; curves (configuration, bin)."""
    reached = int(curves.notnull().any("bin").sum())
    if reached == 0:
        return ": not reached"
    return "" if reached == len(curves) else f": {reached} of {len(curves)}"


def _symbol_handles(names: Iterable[str]) -> list[Line2D]:
    return [_handle(f"α = {SYMBOLS[name]}", *_look(name)) for name in names]


def _handle(label: str, colour: str | tuple, marker: str) -> Line2D:
    return Line2D([], [], color=colour, marker=marker, markersize=3.5, linewidth=1, label=label)


def _published_handle(label: str) -> Line2D:
    return Line2D([], [], label=label, **PAPER)


def _singles_handles(datasets: Iterable[xr.Dataset], networks: int) -> list[Line2D]:
    """What the thin lines are, where there are any."""
    configurations = max(dataset.sizes["configuration"] for dataset in datasets)
    kinds = [kind for kind, count in (("network", networks), ("configuration", configurations)) if count > 1]
    return [Line2D([], [], color="0.2", label=f"each {' and '.join(kinds)}", **THIN)] if kinds else []


def _draw_published(axis: plt.Axes, point: tuple[float, float], colour: str = "black") -> None:
    axis.plot(*point, zorder=6, **(PAPER | {"markeredgecolor": colour}))


def _look(name: str) -> tuple[str, str]:
    """Colour and marker of an indicator, the same in every figure."""
    return LOOKS[list(SYMBOLS).index(name) % len(LOOKS)]


def _sequence(count: int) -> list[tuple]:
    """Colours of ordered values, dark to light, short of the palest, which paper swallows."""
    return [tuple(colour) for colour in plt.get_cmap("viridis")(np.linspace(0, 0.88, count))]


def _indicators(datasets: Iterable[xr.Dataset]) -> list[str]:
    """The indicators in any of the datasets, in the order of `SYMBOLS`, without the baselines."""
    present = {str(name) for dataset in datasets for name in dataset["indicator"].values} - {*BASELINES}
    return [name for name in SYMBOLS if name in present]


def _with_pairs(dataset: xr.Dataset, name: str) -> xr.Dataset:
    """Without the bins between 0 and the nearest pairs, which would break the line; all where nothing is known."""
    known = dataset[name].notnull().any([dim for dim in dataset[name].dims if dim != "bin"])
    return dataset.isel(bin=known.values) if known.any() else dataset


def _of_indicator(dataset: xr.Dataset, name: str) -> xr.Dataset:
    """The fields of one indicator: of every network, or a single one."""
    return dataset.isel(field=dataset["indicator"].values == name)


def _sign(values: xr.DataArray) -> float:
    """Sign of the sum of what was measured; NaN if nothing was."""
    return float(np.sign(values.sum(min_count=1)))


def _against_delta(delta: xr.DataArray, values: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Means over configurations of delta (configuration, time) and of values, where both are known."""
    known = values.notnull() & (delta > 0)
    return tuple(field.where(known).mean("configuration").values for field in (delta, values.broadcast_like(delta)))


def _draw_mean(axis: plt.Axes, part: xr.Dataset, name: str, **look) -> None:
    """Mean correlation of an indicator at one temperature against delta, with its interval as error bars."""
    of_name = part.sel(indicator_name=name)
    x, y = _against_delta(part["delta"], of_name["mean"])
    bars = np.maximum([y - of_name["low"].values, of_name["high"].values - y], 0)
    axis.errorbar(x, y, bars, markersize=3, elinewidth=0.6, zorder=3, **look)


def _draw_band(axis: plt.Axes, part: xr.Dataset, name: str, colour: str | tuple) -> None:
    """Band of the moved maps of an indicator at one temperature, if there are any."""
    of_name = part.sel(indicator_name=name)
    x, low = _against_delta(part["delta"], of_name["moved_low"])
    if np.isfinite(low).any():
        ends = np.stack([low, of_name["moved_high"].values], axis=-1)
        axis.fill_between(x, *ends.T, zorder=-1, **BAND)
        axis.plot(x, ends, color=colour, zorder=1, **EDGE)


def _band_handles(datasets: Iterable[xr.Dataset]) -> list[Patch]:
    """What the bands are, where there are any."""
    drawn = any(dataset["moved_low"].notnull().any() for dataset in datasets)
    return [Patch(label="95 % of moved maps", **BAND)] if drawn else []


def _draw_singles(axis: plt.Axes, delta: xr.DataArray, values: xr.DataArray, colour: tuple) -> None:
    """Each network and configuration of one temperature as a thin line, if there are several."""
    values = values.transpose("configuration", "field", "time").values
    if values.shape[0] * values.shape[1] > 1:
        for x, rows in zip(delta.where(delta > 0).transpose("configuration", "time").values, values, strict=True):
            axis.plot(x, rows.T, color=colour, zorder=2, **THIN)


def _draw_ceiling(axis: plt.Axes, part: xr.Dataset, sign: float, colour: str | tuple) -> None:
    """Noise ceiling of one temperature, with a sign."""
    axis.plot(*_against_delta(part["delta"], sign * part["ceiling"]), color=colour, zorder=1, **CEILING)


def _against_log_delta(axis: plt.Axes, measured: bool, label: str = DELTA) -> None:
    """The delta axis, with ticks at the powers of ten and three times them, and the line of no correlation."""
    axis.axhline(0, color="0.6", linewidth=0.6, zorder=0)
    if not measured:
        axis.update_datalim([(0.01, -1), (10, 1)])  # any range will do
        write_in_frame(axis, "not measured")
    axis.set(xscale="log", xlabel=label)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def _deviation(table: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Standard deviation over samples and standard error of their mean; NaN for fewer than two samples."""
    count = table.notnull().sum("sample")
    count = count.where(count > 1)
    deviation = np.sqrt(((table - table.mean("sample")) ** 2).sum("sample") / (count - 1))
    return deviation, deviation / np.sqrt(count)
