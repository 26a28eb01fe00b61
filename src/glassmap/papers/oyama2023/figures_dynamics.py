"""Figs. 5 and 7: correlations of structure with the propensity as a function of the mean displacement."""

from collections.abc import Iterable, Mapping
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from glassmap.analysis.propensity_correlations import available_choice, over_glasses
from glassmap.papers.oyama2023.figures_panels import (
    CORRELATION,
    LOOKS,
    THIN,
    against_delta,
    against_log_delta,
    colour_sequence,
    common_legend,
    draw_published,
    label_left,
    legend_below,
    line_handle,
    look_of,
    of_indicator,
    panel_grid,
    published_handle,
    shown_indicators,
    singles_handles,
    symbol_handles,
)
from glassmap.papers.oyama2023.published import read_published
from glassmap.papers.oyama2023.tables_dynamics import published_maxima, read_dynamics
from glassmap.plotting.style import STYLE

TARGETS = (0.3, 1.0, 3.0)  # delta of the maps of Figs. 1 and 2, sigma*
CEILING = {"linewidth": 0.7, "linestyle": (0, (4, 2))}
# bands of the moved maps: opaque, so that overlaps are no darker, with edges to tell them apart
BAND = {"facecolor": "0.93", "linewidth": 0}
EDGE = {"linewidth": 0.5, "alpha": 0.8}


def fig5(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Correlation of the Grad-CAM score with the propensity (Frontiers, Fig. 5)."""
    maxima = published_maxima(read_published(files.reference), params.protocol, params.systems, params.phase)
    maxima = {system: point for (system, name), point in maxima.items() if name == "gradcam"}
    return dynamics_by_temperature(read_dynamics(files, params), params.protocol, params.xi, maxima)


def fig7(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Correlations of all indicators with the propensity (Frontiers, Fig. 7)."""
    maxima = published_maxima(read_published(files.reference), params.protocol, params.systems, params.phase)
    return dynamics_by_indicator(read_dynamics(files, params), params.protocol, params.xi, maxima)


def dynamics_by_temperature(
    dynamics: Mapping[str, xr.Dataset],
    protocol: str,
    choice: str,
    published: Mapping[str, tuple[float, float]],
) -> Figure:
    """Correlation of the Grad-CAM score with the propensity against delta, by temperature (Frontiers, Fig. 5).

    Mean over networks and configurations, with 95 % confidence intervals as error bars; thin lines are single networks
    (and configurations). The noise ceiling is drawn with the sign of the data. The shaded band contains 95 % of the
    moved maps (translated, rotated, reflected), pointwise and for each temperature.

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
        Choice of coarse-graining lengths; a common measured one for a system without published lengths.
    published : mapping of str to (float, float)
        The paper's maximum for a system: delta in sigma* and signed correlation.
    """
    with plt.rc_context(STYLE):
        figure, axes = panel_grid(dynamics, height=3.0)
        for axis, (system, dataset) in zip(axes.flat, dynamics.items(), strict=False):
            chosen = of_indicator(dataset.sel(protocol=protocol, choice=available_choice(dataset, choice)), "gradcam")
            colours = colour_sequence(dataset.sizes["temperature"])
            handles = []
            for place, temperature in enumerate(dataset["temperature"].values):
                colour, marker = colours[place], LOOKS[place % len(LOOKS)][1]
                part = chosen.isel(temperature=place)
                _draw_singles(axis, part["delta"], part["pearson"], colour)
                _draw_mean(axis, part, "gradcam", color=colour, marker=marker, linewidth=1)
                _draw_ceiling(axis, part, colour)
                _draw_band(axis, part, "gradcam", colour)
                handles.append(line_handle(f"{temperature:g}", colour, marker))
            if system in published:
                draw_published(axis, published[system])
            against_log_delta(axis, bool(chosen["pearson"].notnull().any()))
            legend_below(axis, handles, title="T / ε*")
        label_left(axes, CORRELATION.format("$C_{Γ,Δ}$"))
        handles = [Line2D([], [], color="0.2", label="± noise ceiling", **CEILING)]
        if published:
            handles.append(published_handle("paper's maximum"))
        handles += _band_handles(dynamics.values())
        networks = max(int((dataset["indicator"] == "gradcam").sum()) for dataset in dynamics.values())
        handles += singles_handles(dynamics.values(), networks)
        common_legend(figure, handles)
    return figure


def dynamics_by_indicator(
    dynamics: Mapping[str, xr.Dataset],
    protocol: str,
    choice: str,
    published: Mapping[tuple[str, str], tuple[float, float]],
) -> Figure:
    """Correlation of every indicator with the propensity against delta, at all temperatures (Frontiers, Fig. 7).

    Means, intervals and bands as in `dynamics_by_temperature`, one thin line per temperature. The noise ceiling,
    common to all indicators, is drawn with either sign.

    Parameters
    ----------
    dynamics, protocol, choice
        As in `dynamics_by_temperature`.
    published : mapping of (str, str) to (float, float)
        The paper's maximum for a system and indicator: delta in sigma* and signed correlation.
    """
    with plt.rc_context(STYLE):
        figure, axes = panel_grid(dynamics, height=3.0)
        for axis, (system, dataset) in zip(axes.flat, dynamics.items(), strict=False):
            chosen = dataset.sel(protocol=protocol, choice=available_choice(dataset, choice))
            for target in TARGETS:
                axis.axvline(target, color="0.5", linewidth=0.7, linestyle=":", zorder=0)
            for name in shown_indicators([dataset]):
                colour, marker = look_of(name)
                for place in range(dataset.sizes["temperature"]):
                    part = chosen.isel(temperature=place)
                    _draw_mean(axis, part, name, color=colour, marker=marker, linewidth=0.5)
                    _draw_band(axis, part, name, colour)
                if (system, name) in published:
                    draw_published(axis, published[system, name], colour)
            for place in range(dataset.sizes["temperature"]):
                _draw_ceiling(axis, chosen.isel(temperature=place), "0.6")
            against_log_delta(axis, bool(chosen["pearson"].notnull().any()))
        label_left(axes, CORRELATION.format("$C_{α,Δ}$"))
        handles = symbol_handles(shown_indicators(dynamics.values()))
        handles.append(Line2D([], [], color="0.6", label="± noise ceiling", **CEILING))
        handles += _band_handles(dynamics.values())
        if published:
            handles.append(published_handle("paper's maxima"))
        common_legend(figure, handles)
    return figure


def _draw_mean(axis: plt.Axes, part: xr.Dataset, name: str, **look) -> None:
    """Mean correlation of an indicator at one temperature against delta, with its interval as error bars."""
    of_name = part.sel(indicator_name=name)
    x, y = _on_mean_delta(part, name, of_name["mean"])
    bars = np.maximum([y - of_name["low"].values, of_name["high"].values - y], 0)
    axis.errorbar(x, y, bars, markersize=3, elinewidth=0.6, zorder=3, **look)


def _draw_band(axis: plt.Axes, part: xr.Dataset, name: str, colour: str | tuple) -> None:
    """Band of the moved maps of an indicator at one temperature, if there are any."""
    of_name = part.sel(indicator_name=name)
    x, low = _on_mean_delta(part, name, of_name["moved_low"])
    if np.isfinite(low).any():
        ends = np.stack([low, of_name["moved_high"].values], axis=-1)
        axis.fill_between(x, *ends.T, zorder=-1, **BAND)
        axis.plot(x, ends, color=colour, zorder=1, **EDGE)


def _on_mean_delta(part: xr.Dataset, name: str, values: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """delta of an indicator's mean correlation, and values there, shape (time,); NaN off a logarithmic axis."""
    delta = over_glasses(part, "delta", part["indicator"].values == name)
    known = (delta > 0) & values.notnull().values
    return np.where(known, delta, np.nan), np.where(known, values, np.nan)


def _band_handles(datasets: Iterable[xr.Dataset]) -> list[Patch]:
    """Legend entry of the bands, if there are any."""
    drawn = any(dataset["moved_low"].notnull().any() for dataset in datasets)
    return [Patch(label="95 % of moved maps", **BAND)] if drawn else []


def _draw_singles(axis: plt.Axes, delta: xr.DataArray, values: xr.DataArray, colour: tuple) -> None:
    """Thin lines of single networks and configurations at one temperature, if there are several."""
    values = values.transpose("configuration", "field", "time").values
    if values.shape[0] * values.shape[1] > 1:
        for x, rows in zip(delta.where(delta > 0).transpose("configuration", "time").values, values, strict=True):
            axis.plot(x, rows.T, color=colour, zorder=2, **THIN)


def _draw_ceiling(axis: plt.Axes, part: xr.Dataset, colour: str | tuple) -> None:
    """Noise ceiling at one temperature, of either sign; none where nothing was measured."""
    if part["pearson"].notnull().any():
        for sign in (-1, 1):
            axis.plot(*against_delta(part["delta"], sign * part["ceiling"]), color=colour, zorder=1, **CEILING)
