"""Maps of a few configurations, each beside its particles."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from glassmap.plotting.particles import add_value_bar, draw_particles, label_outer_axes
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, annotate_panel, panel_letters

SPECIES_COLOURS = matplotlib.colormaps["Greys"]


class MappedSample(NamedTuple):
    """A configuration and its map.

    Attributes
    ----------
    name : str
        Title of the panel with the particles.
    said : str
        Title of the panel with the map.
    positions : ndarray, shape (N, 2)
        sigma*.
    values : ndarray, shape (N,)
        In [0, 1]; NaN if there is nothing to show, as of a dead map.
    """

    name: str
    said: str
    positions: np.ndarray
    values: np.ndarray


def maps_beside_particles(
    samples: Sequence[MappedSample], species: np.ndarray, diameters: np.ndarray, box_length: float, title: str
) -> Figure:
    """A row for each configuration: its particles, darker from species to species, and the same with their values.

    Parameters
    ----------
    samples : sequence of MappedSample
    species : ndarray of int, shape (N,)
        0 = A, 1 = B, ...
    diameters : ndarray, shape (N,)
        sigma_ii of each particle, sigma*.
    box_length : float
        sigma*.
    title : str
    """
    shades = 0.3 + 0.5 * species / max(species.max(), 1)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(samples),
            2,
            figsize=(DOUBLE_COLUMN, 0.5 + 3.1 * len(samples)),
            layout="constrained",
            squeeze=False,
        )
        letters = panel_letters()
        for row, sample in enumerate(samples):
            particles, scores = axes[row]
            draw_particles(particles, sample.positions, diameters, box_length, shades, SPECIES_COLOURS)
            draw_particles(scores, sample.positions, diameters, box_length, sample.values)
            if np.isnan(sample.values).all():
                annotate_panel(scores, "the map is zero everywhere")
            for axis, text in ((particles, sample.name), (scores, sample.said)):
                axis.set_title(f"({next(letters)}) {text}")
                label_outer_axes(axis, bottom=row == len(samples) - 1, left=axis is particles)
        add_value_bar(figure, axes, 15.0 * len(samples))
        figure.suptitle(title, fontsize=8)
    return figure
