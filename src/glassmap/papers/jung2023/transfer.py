"""Table and figure of the transfer: models that learned from one system predict another, such as a larger one."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.dynamics.four_point import FourPointFit
from glassmap.io.datasets import read_table
from glassmap.papers.jung2023.figures_four_point import FITS, LIMITS, SHOWN_ABOVE, draw_limits, say_if_empty
from glassmap.papers.jung2023.figures_panels import (
    LINE,
    OF_STATES,
    PEARSON,
    STRUCTURE_FACTOR,
    SUSCEPTIBILITY,
    TIME,
    WAVE_NUMBER,
    band,
    colours,
    dynamics_and,
    grid,
    label,
    legend_below,
    logarithmic,
    of_states,
    read_spectra,
    spectrum,
)
from glassmap.papers.jung2023.method import DYNAMICS, coldest
from glassmap.papers.jung2023.tables_four_point import FITTED_UP_TO
from glassmap.plotting.style import STYLE

KEYS = ["state", "temperature", "time", "model"]
CORRELATIONS = ["pearson", "low", "high", "noise_ceiling"]


def transfer_table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Correlation, chi_4 and length xi of predictions, in the system that was learned from and in the other.

    Correlations are those of the test structures, with 95 % intervals over them; columns that start with ``learned_``
    are of the system that was learned from.
    """
    pearson = read_table(files.pearson, ("system", *KEYS, *CORRELATIONS))
    of_sources = {
        "chi4": read_table(files.chi4, ("system", "state", "time", "source", "chi4")),
        "length": read_table(files.four_point, ("system", "state", "time", "source", "length")),
    }
    tables = []
    for system, learned in params.transfer.items():
        both = []
        for one in (system, learned):
            rows = pearson[pearson["system"] == one].set_index(KEYS)[CORRELATIONS]
            for name, table in of_sources.items():
                chosen = table[table["system"] == one]
                for source, column in ((None, name), (DYNAMICS, f"{name}_{DYNAMICS}")):
                    values = chosen if source is None else chosen[chosen["source"] == source]
                    on = ["state", "time"] if source else ["state", "time", "source"]
                    keys = rows.index.to_frame(index=False).rename(columns={"model": "source"})
                    merged = keys.merge(values[[*on, name]], how="left", on=on)
                    rows[column] = merged[name].to_numpy()
            both.append(rows)
        table = both[0].join(both[1].add_prefix("learned_"), how="left").reset_index()
        table.insert(0, "learned_from", learned)
        table.insert(0, "system", system)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def transfer(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Pearson correlation, chi_4 and S_4(q) in the coldest state, of the system learned from and of the other."""
    pearson = read_table(files.pearson, ("system", "state", "model", "time", "pearson", "low", "high"))
    chi4 = read_table(files.chi4, ("system", "state", "source", "time", "chi4", "low", "high"))
    s4 = read_spectra(files.s4)
    model = params.models[0]
    with plt.rc_context(STYLE):
        figure, panels = grid(len(params.transfer), 3, 2.4)
        for axes, (system, learned) in zip(panels, params.transfer.items(), strict=True):
            names = {learned: OF_STATES[0], system: OF_STATES[1]}
            for one, colour in names.items():
                state = coldest(params, one)
                rows = _chosen(pearson, one, state, model, "model")
                axes[0].plot(rows["time"], rows["pearson"], "o:", color=colour, **LINE)
                band(axes[0], rows["time"], rows["low"], rows["high"], colour)
                for source, look, fill in ((DYNAMICS, "s-", "none"), (model, "o:", "full")):
                    rows = _chosen(chi4, one, state, source)
                    axes[1].plot(rows["time"], rows["chi4"], look, color=colour, fillstyle=fill, **LINE)
                    band(axes[1], rows["time"], rows["low"], rows["high"], colour, look[1])
                    rows = _chosen(s4, one, state, source)
                    spectrum(axes[2], rows, colour, look[0], linestyle=look[1], fillstyle=fill, **LINE)
            axes[0].set(xlabel=TIME, ylabel=PEARSON, title=f"{label(model)}, learned from {learned}")
            axes[1].set(xlabel=TIME, ylabel=SUSCEPTIBILITY)
            for axis in axes[:2]:
                logarithmic(axis, x=True)
            axes[1].set_title(f"T = {params.temperatures[system][state]:g}")
            axes[2].set(xlabel=WAVE_NUMBER, ylabel=STRUCTURE_FACTOR, title=f"t = {rows['time'].iloc[0]:.4g} τ")
            logarithmic(axes[2], x=True, y=True)
            axes[1].legend(handles=[Line2D([], [], color=colour, label=one) for one, colour in names.items()])
        legend_below(figure, dynamics_and(model), 2)
    return figure


def s4_without_runs(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """S_4(q), its length xi, scaled form and cubic coefficient A, predicted for a system without runs.

    Beside those of the system that was learned from, measured and predicted; xi and A at times at which its Pearson
    correlation is above 0.5 (Fig. 4).
    """
    model = params.models[0]
    known, alone = read_spectra(files.s4), read_spectra(files.without_runs)
    fits, alone_fits = (read_table(file, FITS) for file in (files.four_point, files.fits_without_runs))
    pearson = read_table(files.pearson, ("system", "state", "model", "time", "pearson"))
    with plt.rc_context(STYLE):
        figure, panels = grid(2 * len(params.without_runs), 2)
        for number, (system, learned) in enumerate(params.without_runs.items()):
            waves, length, scaled, cubic = panels[2 * number : 2 * number + 2].flat
            titles = []
            for state, colour in colours(params.states).items():
                for table, one, source, marker, fill in (
                    (known, learned, DYNAMICS, "s", "none"),
                    (known, learned, model, "o", "full"),
                    (alone, system, model, "^", "full"),
                ):
                    rows, look = _chosen(table, one, state, source), {"fillstyle": fill, **LINE}
                    q, values = spectrum(waves, rows, colour, marker, **look)
                of_state = _chosen(alone_fits, system, state, model)
                fit = FourPointFit(
                    *of_state[of_state["time"] == rows["time"].iloc[0]][["susceptibility", "length", "cubic"]].iloc[0]
                )
                fitted = np.geomspace(q.min(), FITTED_UP_TO, 50)
                waves.plot(fitted, fit(fitted), ":", color=colour, linewidth=0.8)
                scaled.plot(q * fit.length, values / fit.susceptibility, "^", color=colour, **LINE)
                titles.append(f"{rows['time'].iloc[0]:.4g}")
                rows = _chosen(pearson, learned, state, model, "model")
                times = rows[rows["pearson"] > SHOWN_ABOVE]["time"]
                measured = _chosen(fits, learned, state, DYNAMICS)
                for axis, name in ((length, "length"), (cubic, "cubic")):
                    for rows, look, fill in ((measured, "s-", "none"), (of_state, "^:", "full")):
                        shown = rows[np.isclose(rows["time"].to_numpy()[:, None], times).any(axis=1)]
                        shown = shown[shown["length"].notna()]
                        axis.plot(shown["time"], shown[name], look, color=colour, fillstyle=fill, **LINE)
                        band(axis, shown["time"], shown[f"{name}_low"], shown[f"{name}_high"], colour, look[1])
            waves.set(xlabel=WAVE_NUMBER, ylabel=STRUCTURE_FACTOR, title=f"{system}, t = {', '.join(titles)} τ")
            draw_limits(scaled)
            scaled.set(xlabel="$qξ$", ylabel="$S_4(q) / \\tildeχ_4$", title=LIMITS)
            length.set(xlabel=TIME, ylabel="length $ξ$ / σ*", title=f"ρ > {SHOWN_ABOVE:g}")
            cubic.set(xlabel=TIME, ylabel="cubic coefficient $A$", title=f"ρ > {SHOWN_ABOVE:g}")
            for axis in (waves, scaled):
                logarithmic(axis, x=True, y=True)
            for axis in (length, cubic):
                logarithmic(axis, x=True)
                say_if_empty(axis, f"no time with ρ > {SHOWN_ABOVE:g}\nand a length that the box resolves")
        first = " and ".join(dict.fromkeys(params.without_runs.values()))
        kinds = dynamics_and(model)
        kinds.append(Line2D([], [], color="0.3", linestyle=":", marker="^", markersize=3.5))
        for handle, name in zip(kinds, (first, first, "without runs"), strict=True):
            handle.set_label(f"{label(DYNAMICS if handle is kinds[0] else model)}, {name}")
        legend_below(figure, [*of_states(params), *kinds], 4)
    return figure


def _chosen(table: pd.DataFrame, system: str, state: str, source: str, key: str = "source") -> pd.DataFrame:
    return table[(table["system"] == system) & (table["state"] == state) & (table[key] == source)]
