"""Figure of the artificial configurations, and what the networks say of them (supplement, Fig. 4)."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from glassmap.errors import GlassmapError
from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CONFIGURATIONS
from glassmap.learning.names import RANDOM
from glassmap.learning.networks import Configurations
from glassmap.papers.swanson2020.figures import LABELS
from glassmap.papers.swanson2020.figures_panels import LOOKS, draw_species, legend_below, of_species
from glassmap.papers.swanson2020.tables_artificial import artificial_configurations
from glassmap.plotting.style import DOUBLE_COLUMN, PAPER, STYLE, annotate_panel, panel_letters
from glassmap.seeds import derive_seed

SHOWN = 0.5  # of the box


def artificial(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """One configuration full of n-fold symmetry, a random one and a glass; below, the share called liquid."""
    table = read_table(files.table, ("dataset", "network", "configurations", "liquid", "low", "high", "published"))
    glass = Configurations.of_dataset(read_dataset(files.configurations[0], CONFIGURATIONS))
    counts = np.bincount(glass.species).tolist()
    first = f"{params.symmetries[0]}-fold"
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(DOUBLE_COLUMN, 5.2), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(1.0, 1.05))
        panels, letters = above.subplots(1, 3), panel_letters()
        seed = derive_seed(params.base_seed, params.datasets[0])
        names = (f"{first} symmetry", "random", f"glass of {params.datasets[0]}")
        try:
            made = artificial_configurations(params.symmetries[:1], 1, counts, glass.box, seed)
            shown = [(made[name][0], np.repeat([0, 1], counts)) for name in (first, RANDOM)]
        except GlassmapError as error:
            shown, reason = [None, None], str(error)
        shown.append((glass.positions[0], glass.species) if glass.box.dimension == 2 else None)
        for axis, name, one in zip(panels, names, shown, strict=True):
            axis.set_title(f"({next(letters)}) {name}", loc="left")
            if one is None:
                axis.set_axis_off()
                annotate_panel(axis, reason if glass.box.dimension == 2 else "three-dimensional")
                continue
            draw_species(axis, *one, glass.box, SHOWN)
        panels[0].set_ylabel("$y$ / σ*")
        axes = below.subplots(1, len(params.networks), sharey=True, squeeze=False)[0]
        order = [*(f"{n}-fold" for n in params.symmetries), RANDOM]
        width = 0.8 / len(params.datasets)
        for axis, network in zip(axes, params.networks, strict=True):
            axis.set_title(f"({next(letters)}) {LABELS[network]}", loc="left")
            for number, dataset in enumerate(params.datasets):
                rows = table[(table["dataset"] == dataset) & (table["network"] == network)]
                rows = rows.set_index("configurations").reindex(order)
                place = np.arange(len(order)) + (number - (len(params.datasets) - 1) / 2) * width
                look = LOOKS[number % len(LOOKS)]
                errors = np.abs(rows[["low", "high"]].to_numpy().T - rows["liquid"].to_numpy())
                axis.errorbar(place, rows["liquid"], errors, linestyle="", label=dataset, **look)
                if rows["published"].notna().any():
                    axis.plot(place, rows["published"], label="published", zorder=5, **PAPER)
            axis.axhline(0.5, color="0.6", linewidth=0.5)
            axis.set_xticks(np.arange(len(order)), order, rotation=30)
            axis.set(ylim=(-0.05, 1.05), xlim=(-0.6, len(order) - 0.4))
        axes[0].set_ylabel("share called liquid")
        handles = {}
        for axis in axes:
            handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
        legend_below(below, handles.values(), 7, labels=handles.keys())
        legend_below(above, of_species(2), 2)
    return figure
