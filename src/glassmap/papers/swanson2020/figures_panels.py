"""Colours, labels and particles that the figures of the third paper share."""

from collections.abc import Iterable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from glassmap.box import Box
from glassmap.structure.neighbour_graph import Graph
from glassmap.system import species_name

# Okabe and Ito's palette
OF_DATASETS = ("#E69F00", "#0072B2", "#009E73", "#D55E00", "#56B4E9", "#CC79A7")
LOOKS = [
    {"color": colour, "marker": marker, "markersize": 3.5, "linewidth": 1.0}
    for colour, marker in zip(OF_DATASETS, "osDv^P", strict=True)
]
# of A and B as published, orange and blue
OF_SPECIES = ("#E69F00", "#0072B2", "#009E73", "#CC79A7", "#D55E00")
EDGE = "0.25"


def _colour(species: int) -> str:
    """Colour of a species; more species than colours begin anew."""
    return OF_SPECIES[species % len(OF_SPECIES)]


def of_species(number: int) -> list[Line2D]:
    """Legend of the species."""
    return [
        Line2D([], [], linestyle="", marker="o", markersize=4, color=_colour(one), label=species_name(one))
        for one in range(number)
    ]


def legend_below(figure: Figure | SubFigure, handles: Iterable, columns: int, labels: Iterable = ()) -> None:
    """A legend that hides no data."""
    handles = list(handles)
    further = {"labels": list(labels)} if labels else {}
    figure.legend(handles=handles, loc="outside lower center", ncols=min(columns, len(handles)), **further)


def draw_species(axis: plt.Axes, positions: np.ndarray, species: np.ndarray, box: Box, shown: float) -> None:
    """Particles of a corner of the box, of this fraction of its side, as dots coloured by species."""
    wrapped, side = box.wrap(positions), shown * box.shortest
    inside = (wrapped < side).all(axis=1)
    for one in np.unique(species):
        chosen = inside & (species == one)
        axis.plot(*wrapped[chosen].T, ".", markersize=2.5, color=_colour(one), rasterized=True)
    axis.set(xlim=(0, side), ylim=(0, side), aspect="equal", xlabel="$x$ / σ*")


def draw_graph(axis: plt.Axes, graph: Graph, weights: np.ndarray, side: float) -> None:
    """Particles of a window at the origin by species, joined by lines as wide as the weights of the pairs, shape (P,).

    Published are green lines; here they are dark, so that they differ from the particles in lightness.
    """
    first, second = graph.positions[graph.pairs[:, 0]], graph.positions[graph.pairs[:, 1]]
    near = np.abs(second - first).max(axis=1) < graph.box.shortest / 2  # of a whole box, none across its edge
    width = 2.2 * weights / max(weights.max(initial=0), np.finfo(float).tiny)
    lines = np.stack([first, second], axis=1)[near]
    axis.add_collection(LineCollection(lines, linewidths=width[near], colors=EDGE, capstyle="round", zorder=1))
    for one in np.unique(graph.species):
        places = graph.positions[graph.species == one]
        axis.plot(*places.T, "o", markersize=2.6, markeredgewidth=0, color=_colour(one))
    axis.set(xlim=(0, side), ylim=(0, side), aspect="equal")
