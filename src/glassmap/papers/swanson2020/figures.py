"""Figures of the sets and of the classifiers: cooling curves, accuracy and AUC (Fig. 5), AUC on other sets."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from glassmap.io.datasets import read_table
from glassmap.learning.names import NUMBERS
from glassmap.papers.swanson2020.tables_samples import read_energies
from glassmap.plotting.style import COLOURS, DOUBLE_COLUMN, STYLE, VALUE_COLOURS

LABELS = {"image_cnn": "image CNN", "d_mpnn": "D-MPNN"}
OF_NETWORKS = {"image_cnn": "#009E73", "d_mpnn": "#CC79A7"}  # Okabe and Ito's palette
LINE = {"linewidth": 1.0, "markersize": 3.5}


def sets(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Inherent energies along slow and fast cooling, with the liquids and glasses of the sets (supplement, Sec. I)."""
    energies = read_energies(files, params)
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(DOUBLE_COLUMN / 2, 2.8), layout="constrained")
        for name, look in zip(params.systems, ("o-", "s--"), strict=True):
            if name is None:
                continue
            curve = energies[name].sortby("temperature")
            error = curve.std("replica", ddof=1) / np.sqrt(curve.sizes["replica"])
            axis.errorbar(
                curve["temperature"], curve.mean("replica"), error, fmt=look, color="0.5", elinewidth=0.7, label=name,
                fillstyle="none", **LINE,
            )  # fmt: skip
        slow = energies[params.systems[0]].mean("replica")
        marked = {"linestyle": "none", "markersize": 5, "zorder": 3}
        for name, temperature in params.liquids.items():
            below = temperature is None  # apart from the numbers of the other sets
            if below:
                temperature = read_table(files.equal_energy[0], ("snapshot",))["snapshot"].item()
            energy = float(slow.sel(temperature=temperature, method="nearest"))
            axis.plot(temperature, energy, marker="o", color=COLOURS[0], **marked)
            axis.annotate(
                name.removeprefix("set"), (temperature, energy), (0, -11 if below else 6),
                textcoords="offset points", ha="center", fontsize=7,
            )  # fmt: skip
        for name in filter(None, params.systems):
            temperature = params.glass[name]
            energy = float(energies[name].mean("replica").sel(temperature=temperature, method="nearest"))
            axis.plot(temperature, energy, marker="D", color=COLOURS[1], **marked)
        axis.plot([], [], marker="o", color=COLOURS[0], label="liquids of the sets", **marked)
        axis.plot([], [], marker="D", color=COLOURS[1], label="glasses", **marked)
        axis.set(xlabel="T / ε*", ylabel="E₀ / ε* per particle")
        axis.legend(frameon=False)
    return figure


def auc(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Accuracy and AUC of both networks for every pair of states (Fig. 5)."""
    table = read_table(files.table, ("dataset", "network", "accuracy", "accuracy_std", "auc", "auc_std"))
    width = 0.8 / len(params.networks)
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(1, 2, figsize=(DOUBLE_COLUMN, 2.6), layout="constrained", sharey=True)
        for axis, quantity, label in zip(panels, ("accuracy", "auc"), ("test accuracy", "AUC"), strict=True):
            for number, network in enumerate(params.networks):
                rows = table[table["network"] == network].set_index("dataset").loc[params.datasets]
                place = np.arange(len(params.datasets)) + (number + 0.5) * width - 0.4
                axis.bar(
                    place, rows[quantity], width, yerr=rows[f"{quantity}_std"], color=OF_NETWORKS[network],
                    label=LABELS[network], error_kw={"linewidth": 0.8},
                )  # fmt: skip
            numbers = table[table["network"].isin(list(NUMBERS))].groupby("dataset")[quantity].max()
            axis.plot(
                range(len(params.datasets)), numbers.reindex(params.datasets), "_", color="black", markersize=16,
                markeredgewidth=1.2, label="one number, the best", clip_on=False,
            )  # fmt: skip
            axis.axhline(0.5, color="0.3", linestyle=":", linewidth=0.8)
            axis.set(ylabel=label, ylim=(0, 1.05), xticks=range(len(params.datasets)), xticklabels=params.datasets)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def auc_matrix(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """AUC of networks (rows: trained on) on every pair of states (columns), beside the published matrix."""
    table = read_table(files.table, ("network", "trained", "tested", "auc", "published"))
    matrices = {
        LABELS[network]: table[table["network"] == network].pivot(index="trained", columns="tested", values="auc")
        for network in params.networks
    }
    if table["published"].notna().any():
        first = table[table["network"] == params.networks[0]]
        matrices["published"] = first.pivot(index="trained", columns="tested", values="published")
    size = len(params.datasets)
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(
            1,
            len(matrices),
            figsize=(DOUBLE_COLUMN, 0.75 + 0.8 * DOUBLE_COLUMN / (len(matrices) + 0.6)),
            layout="constrained",
            squeeze=False,
        )
        for axis, (title, matrix) in zip(panels[0], matrices.items(), strict=True):
            values = matrix.loc[params.datasets, params.datasets].to_numpy()
            image = axis.imshow(values, cmap=VALUE_COLOURS, vmin=0, vmax=1)
            for (row, column), value in np.ndenumerate(values):
                if np.isfinite(value):
                    colour = "black" if value > 0.6 else "white"
                    axis.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=6, color=colour)
            names = [name.removeprefix("set") for name in params.datasets]
            axis.set(
                title=title, xlabel="tested on", ylabel="trained on", xticks=range(size), yticks=range(size),
                xticklabels=names, yticklabels=names,
            )  # fmt: skip
        figure.colorbar(image, ax=panels, shrink=0.7, label="AUC")
    return figure
