"""Supplementary figures of the samples: energies against temperature, and g(r)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.exclusions import crystallised_replicas
from glassmap.io.schema import BATCH, CRYSTALS, INHERENT_ENERGIES, RADIAL_DISTRIBUTION
from glassmap.plotting.style import COLOURS, DOUBLE_COLUMN, STYLE, panel_letters, split_columns, state_colours

INHERENT, PAPER = "#009E73", "#CC79A7"  # also from Okabe and Ito's palette
# columns read from tables/glass_transition.csv
TRANSITION = (
    *("system", "value", "std", "low", "high", "paper"),
    *("slope_lower", "intercept_lower", "slope_upper", "intercept_upper"),
)
CLOSE_UP = 3.0  # sigma*, the first two or three neighbour shells


@dataclass(frozen=True)
class Energies:
    """Data of one system in Fig. S6.

    Attributes
    ----------
    cooling : Dataset
        ``potential_energy`` (replica, record) and ``thermostat_temperature`` (record).
    inherent : Dataset
        ``potential_energy`` and ``inherent_energy`` (replica, temperature).
    temperature_glass, temperature_liquid : float
        epsilon*.
    transition : mapping
        The system's row of ``tables/glass_transition.csv``.
    """

    cooling: xr.Dataset
    inherent: xr.Dataset
    temperature_glass: float
    temperature_liquid: float
    transition: Mapping[str, float]


def fig_s6(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Energies and inherent structures against temperature, with T* (v2, Fig. S6)."""
    cooled = [read_dataset(path, BATCH)[["potential_energy", "thermostat_temperature"]] for path in files.batches]
    inherent = [
        read_dataset(path, INHERENT_ENERGIES)[["potential_energy", "inherent_energy"]]
        for path in files.inherent_structures
    ]
    transitions = read_table(files.table, TRANSITION).set_index("system")
    rows = {}
    for (name, limits), crystals in zip(params.limits.items(), files.crystals, strict=True):
        flags, parts = read_table(crystals, CRYSTALS), []
        for batches in (cooled, inherent):
            own = xr.concat(
                [batch for batch in batches if batch.attrs["system"] == name], "replica", data_vars="minimal"
            )
            parts.append(own.isel(replica=~crystallised_replicas(flags, own["replica"].values)))
        rows[name] = Energies(*parts, *limits, transitions.loc[name].to_dict())
    return energies_and_transition(rows)


def fig_s7(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Radial distribution functions (v2, Fig. S7)."""
    results = [read_dataset(path, RADIAL_DISTRIBUTION) for path in files.radial_distribution]
    return radial_distributions({(one.attrs["system"], one.attrs["phase"]): one for one in results}, params.phases)


def energies_and_transition(systems: Mapping[str, Energies]) -> Figure:
    """E(T), E_0(T) and a close-up with T*, one row per system (v2, Fig. S6).

    Error bars are standard errors over replicas; the band is the 95 % confidence interval of T*. If the energies have
    no bend, lines and T* are omitted and the panel says so.
    """
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(systems), 3, figsize=(DOUBLE_COLUMN, 0.4 + 2.1 * len(systems)), layout="constrained", squeeze=False
        )
        letters = panel_letters()
        for row, (name, shown) in zip(axes, systems.items(), strict=True):
            cooled = shown.cooling
            mean = cooled["potential_energy"].mean("replica")
            row[0].plot(cooled["thermostat_temperature"], mean, color="0.4", linewidth=0.8, label="along the cooling")
            _points(row[0], shown, "potential_energy", "snapshots", "0.4")
            for axis in row[1:]:
                _points(axis, shown, "inherent_energy", "inherent structures", INHERENT)
            _transition(row[2], shown)
            replicas = shown.inherent.sizes["replica"]
            titles = (f"{name}, snapshots", f"{name}, inherent structures", f"{name}, {replicas} replicas, close-up")
            for axis, title in zip(row, titles, strict=True):
                axis.set(xlabel="T / ε*", title=f"({next(letters)}) {title}")
            row[0].set_ylabel("E / ε* per particle")
            for axis in row[1:]:
                axis.set_ylabel("E₀ / ε* per particle")
        handles = {}
        for axis in axes.flat:
            handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False)
    return figure


def radial_distributions(results: Mapping[tuple[str, str], xr.Dataset], phases: Sequence[str]) -> Figure:
    """g(r) by species pair, liquid and glass, with insets at short distances (v2, Fig. S7).

    Parameters
    ----------
    results : mapping of (system, phase) to Dataset
        ``g`` and ``g_std`` (pair, r), ``samples``.
    phases : (str, str)
        Liquid and glass.
    """
    systems, colours = list(dict.fromkeys(system for system, _ in results)), state_colours(phases)
    with plt.rc_context(STYLE):
        # three species pairs per line
        lines = [
            (system, block)
            for system in systems
            for block in split_columns(results[system, phases[1]]["pair"].values.tolist(), 3)
        ]
        figure, axes = plt.subplots(
            len(lines), 3, figsize=(DOUBLE_COLUMN, 0.3 + 2.1 * len(lines)), layout="constrained", squeeze=False
        )
        letters = panel_letters()
        for row, (system, pairs) in zip(axes, lines, strict=True):
            for axis in row[len(pairs) :]:
                axis.set_axis_off()
            for axis, pair in zip(row, pairs, strict=False):
                inset = axis.inset_axes((0.36, 0.36, 0.61, 0.6))
                for phase, colour in colours.items():
                    dataset = results[system, phase]
                    r, g, deviation = dataset["r"], dataset["g"].sel(pair=pair), dataset["g_std"].sel(pair=pair)
                    for drawn in (axis, inset):
                        drawn.plot(r, g, color=colour, linewidth=0.8, label=phase)
                        drawn.fill_between(r, g - deviation, g + deviation, color=colour, alpha=0.3, linewidth=0)
                # NaN if all samples are crystals
                largest = np.nanmax(
                    [1.0, *(float(results[system, phase]["g"].sel(pair=pair).max()) for phase in phases)]
                )
                axis.axhline(1, color="0.6", linewidth=0.5, zorder=0)
                # leaves room for the inset above g = 1 at large r
                axis.set(xlim=(0, float(r.max())), ylim=(0, max(1.08 * largest, 5)), xlabel="r / σ*", ylabel="g(r)")
                inset.set(xlim=(0.5, CLOSE_UP), ylim=(0, 1.08 * largest))
                inset.tick_params(labelsize=6, pad=1, length=2)
                samples = int(results[system, phases[1]]["samples"])
                axis.set_title(f"({next(letters)}) {system}, {pair}, {samples} samples")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _standard_error(values: xr.DataArray) -> xr.DataArray:
    """Of the mean over replicas; NaN of one."""
    return values.std("replica", ddof=1) / np.sqrt(values.sizes["replica"])


def _points(axis: plt.Axes, shown: Energies, name: str, label: str, colour: str) -> None:
    """Mean over replicas at each temperature; T_G and T_L in the colours of glass and liquid."""
    values = shown.inherent[name].sortby("temperature")
    temperature, mean = values["temperature"].values, values.mean("replica").values
    error = _standard_error(values).values
    axis.errorbar(
        temperature, mean, error, fmt="o", markersize=2.5, color=colour, elinewidth=0.7, capsize=1.2, label=label
    )
    for own_colour, special, text in (
        (COLOURS[1], shown.temperature_glass, "$T_G$"),
        (COLOURS[0], shown.temperature_liquid, "$T_L$"),
    ):
        axis.plot(
            special, np.interp(special, temperature, mean, left=np.nan, right=np.nan), "o", markersize=5,
            color=own_colour, markeredgecolor="black", markeredgewidth=0.5, zorder=5, label=text,
        )  # fmt: skip


def _transition(axis: plt.Axes, shown: Energies) -> None:
    """The two fitted lines and their intersection, or why there is no T*; also the paper's T*."""
    transition, glass, liquid = shown.transition, shown.temperature_glass, shown.temperature_liquid
    missing = not np.isfinite(transition["value"])
    if missing:
        # upper left corner, empty since energies increase with T
        note = "\n".join(["no T*", *wrap(str(transition["note"]), 24)])
        axis.text(
            0.04, 0.96, note, transform=axis.transAxes, va="top", fontsize=6,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        )  # fmt: skip
    if not shown.inherent.sizes["replica"]:
        return
    inside = shown.inherent["inherent_energy"].sel(
        temperature=[value for value in shown.inherent["temperature"].values if glass <= value <= liquid]
    )
    mean, error = inside.mean("replica"), _standard_error(inside).fillna(0.0)
    margin = 0.25 * float(mean.max() - mean.min())
    limits = (float((mean - error).min()) - margin, float((mean + error).max()) + margin)
    axis.set(xlim=(glass - 0.04 * (liquid - glass), liquid + 0.04 * (liquid - glass)), ylim=limits)
    if np.isfinite(transition["paper"]):
        axis.axvline(transition["paper"], color=PAPER, linestyle=":", linewidth=1.2, zorder=1, label="paper's T*")
    if missing:
        return
    ends = np.array([0.0, liquid * 1.1])
    for side, label in (("lower", "fitted lines"), ("upper", None)):
        line = transition[f"slope_{side}"] * ends + transition[f"intercept_{side}"]
        axis.plot(ends, line, color="black", linestyle="--", linewidth=0.8, zorder=1, label=label)
    axis.axvline(transition["value"], color="black", linewidth=0.8, zorder=1, label="T* and its 95 % interval")
    axis.axvspan(transition["low"], transition["high"], color="0.85", zorder=0, linewidth=0)
    axis.text(
        0.97, 0.04, f"T* = {transition['value']:.2f} ± {transition['std']:.2f}", transform=axis.transAxes, ha="right",
        fontsize=7, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )  # fmt: skip
