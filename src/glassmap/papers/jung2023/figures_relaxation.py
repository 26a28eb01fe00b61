"""Figure of the second paper on relaxation (SM Fig. 1)."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.io.datasets import read_table
from glassmap.papers.jung2023.figures_panels import (
    LINE,
    TIME,
    colours,
    grid,
    legend_below,
    logarithmic,
    of_states,
)
from glassmap.papers.jung2023.method import read_states
from glassmap.papers.jung2023.tables_relaxation import LEVELS, decay
from glassmap.plotting.style import PAPER, STYLE, annotate_panel
from glassmap.system import species_index

NAMES = {"tau_bb": ("$C_B$", "$τ^{BB}$"), "tau_isf": ("$F_s$", "$τ^{ISF}$"), "tau_bo": ("$C_ψ$", "$τ^{BO}$")}
DECAYS = {"tau_bb": "-", "tau_isf": "--", "tau_bo": ":"}
MARKERS = {"tau_bb": "s", "tau_isf": "o", "tau_bo": "^"}
SIDE = 0.006  # of 1/T, between times of one temperature
OF_SPECIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def relaxation(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Decay of C_B, F_s and C_psi of the predicted species, and relaxation times against 1/T, also by species."""
    table = read_table(
        files.relaxation, ("system", "temperature", "species", "quantity", "value", "low", "high", "paper")
    )
    scales = read_table(files.temperatures, ("system", "quantity", "temperature", "value", "note"))
    with plt.rc_context(STYLE):
        figure, panels = grid(len(params.systems), 3, 2.4)
        rows = dict(zip(params.systems, panels, strict=True))
        for state in read_states(files, params):
            axis, colour = rows[state.system][0], colours(params.states)[state.state]
            for quantity, look in DECAYS.items():
                curve = decay(state, quantity, state.species).mean(axis=0)
                axis.plot(state.times, curve, look, color=colour, linewidth=1.0)
        for system, (decays, times, species) in rows.items():
            of_system = table[table["system"] == system]
            for level in sorted(set(LEVELS.values())):
                decays.axhline(level, color="0.7", linewidth=0.5, zorder=0)
            decays.set(xscale="log", xlabel=TIME, ylabel=f"$C_B$, $F_s$, $C_ψ$ of {params.species}", title=system)
            chosen = of_system[of_system["species"] == params.species]
            for place, (quantity, look) in enumerate(DECAYS.items()):
                _times(times, chosen[chosen["quantity"] == quantity], MARKERS[quantity], look, "black", place - 1)
            published = chosen[np.isfinite(chosen["paper"])]
            times.plot(1 / published["temperature"], published["paper"], **PAPER)
            _temperatures(times, scales[scales["system"] == system])
            times.set(title=f"species {params.species}")
            groups = of_system.groupby(["species", "quantity"], sort=True)
            for place, ((name, quantity), rows_of) in enumerate(groups):
                colour = OF_SPECIES[species_index(name) % len(OF_SPECIES)]
                shift = place - (len(groups) - 1) / 2
                _times(species, rows_of, MARKERS[quantity], DECAYS[quantity], colour, shift)
            species.set(title="every species")
            for axis in (times, species):
                axis.set(xlabel="$1/T$, 1/ε*", ylabel="relaxation time / τ")
                logarithmic(axis, y=True)
                if len(inverse := set(1 / of_system["temperature"])) == 1:  # times stand side by side
                    (place,) = inverse
                    axis.set(xticks=[place], xticklabels=[f"{place:.3g}"], xlim=(0.95 * place, 1.05 * place))
                if not any(np.isfinite(line.get_ydata(orig=False)).any() for line in axis.lines):
                    annotate_panel(axis, "no state relaxes\nwithin the runs")
        kinds = [
            Line2D(
                [], [], color="0.3", linestyle=look, marker=MARKERS[name], markersize=3.5, label=", ".join(NAMES[name])
            )
            for name, look in DECAYS.items()
        ]
        names = sorted(set(table["species"]))
        of_species = [
            Line2D([], [], color=OF_SPECIES[species_index(name) % len(OF_SPECIES)], label=f"species {name}")
            for name in names
        ]
        paper = [Line2D([], [], label="$τ^{BB}$, paper", **PAPER)] if np.isfinite(table["paper"]).any() else []
        legend_below(figure, [*of_states(params), *kinds, *of_species, *paper], 6)
    return figure


def _times(axis: plt.Axes, rows: pd.DataFrame, marker: str, look: str, colour: str, shift: float) -> None:
    """Relaxation times against 1/T; of a single temperature side by side, by a number of steps."""
    rows = rows.sort_values("temperature")
    side = 1 + SIDE * shift if len(rows) == 1 else 1.0
    errors = np.nan_to_num([rows["value"] - rows["low"], rows["high"] - rows["value"]])
    axis.errorbar(
        side / rows["temperature"],
        rows["value"],
        errors,
        marker=marker,
        linestyle=look,
        color=colour,
        elinewidth=0.7,
        **LINE,
    )


def _temperatures(axis: plt.Axes, scales: pd.DataFrame) -> None:
    """Vertical lines at the characteristic temperatures of tau_BB that the data carry."""
    for row in scales[(scales["quantity"] == "tau_bb") & scales["value"].notna()].to_dict("records"):
        axis.axvline(1 / row["value"], color="0.6", linewidth=0.6, zorder=0)
        axis.text(
            1 / row["value"], 0.98, row["temperature"].replace("_", "\n"), transform=axis.get_xaxis_transform(),
            ha="right", va="top", rotation=90, fontsize=6, color="0.3",
        )  # fmt: skip
