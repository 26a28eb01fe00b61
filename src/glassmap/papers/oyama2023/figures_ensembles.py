"""Fig. 4: propensity in different ensembles of runs of one glass."""

from collections.abc import Mapping
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from glassmap.analysis.lengths import propensity_length
from glassmap.dynamics.propensity import frame_near
from glassmap.io.datasets import read_dataset
from glassmap.io.exclusions import CRYSTAL
from glassmap.io.schema import LENGTHS, PROPENSITY, SUB_ENSEMBLES
from glassmap.papers.oyama2023.figures_panels import figure_width
from glassmap.papers.oyama2023.method import FRONTIERS
from glassmap.plotting.particles import add_value_bar, draw_particles, label_outer_axes
from glassmap.plotting.style import STYLE, panel_letters
from glassmap.structure.coarse_graining import normalise, smoother
from glassmap.system import pair_matrix


def fig4(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Propensity in different ensembles of runs, bare and coarse-grained (Frontiers, Fig. 4)."""
    ensemble = read_dataset(files.propensity[0], {**PROPENSITY, **SUB_ENSEMBLES})
    lengths, replica = read_dataset(files.lengths[0], LENGTHS), ensemble.attrs["replica"]
    xi = propensity_length(lengths, params.published, params.xi, "frontiers")
    crystal = " (a crystal)" if (lengths["not_usable"].sel(configuration=replica) == CRYSTAL).any() else ""
    positions, box_length = ensemble["initial_position"].values, float(ensemble["box_length"])
    frame = frame_near(ensemble["delta"].values, params.delta)
    parts = ensemble["sub_propensity"].values[:, frame]
    # more panels than these ten would be too small to see anything
    fields = {f"{params.size} runs, {letter}": part for letter, part in zip("ABCDEFGHIJ", parts, strict=False)}
    fields[f"all {int(ensemble['runs'])} runs"] = ensemble["propensity"].values[frame]
    smooth = smoother(positions, box_length, xi, FRONTIERS.kernel_of("propensity"))
    diameters = pair_matrix(params.sigma).diagonal()[ensemble["species"].values]
    title = (
        f"Propensity of {params.system}, replica {replica}{crystal}, "
        f"T = {ensemble.attrs['temperature']:g}, δ = {float(ensemble['delta'][frame]):.2g} σ*, ξ = {xi:g} σ*"
    )
    return ensemble_maps(
        positions,
        diameters,
        box_length,
        {name: normalise(field) for name, field in fields.items()},
        {name: normalise(smooth(field)) for name, field in fields.items()},
        title,
    )


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
        Propensity of each ensemble, normalised to [0, 1], by label ("3 runs, A"); both have the same labels, one
        column each. NaN is drawn grey.
    title : str
    """
    columns = len(bare)
    width = figure_width(columns)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            2, columns, figsize=(width, 0.7 + 2 * (width - 0.8) / columns), layout="constrained", squeeze=False,
        )  # fmt: skip
        letters = panel_letters()
        for row, (kind, fields) in enumerate((("bare", bare), ("coarse-grained", coarse))):
            for column, label in enumerate(bare):
                axis = axes[row, column]
                draw_particles(axis, positions, diameters, box_length, fields[label])
                axis.set_title(f"({next(letters)}) {label}")
                label_outer_axes(axis, bottom=row == 1, left=column == 0)
            axes[row, 0].set_ylabel(f"{kind}\ny / σ*")
        add_value_bar(figure, axes)
        figure.suptitle(title, fontsize=8)
    return figure
