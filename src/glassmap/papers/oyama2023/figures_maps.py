"""Figs. 1, 2 and 4: structure and propensity of one glass, particle by particle."""

import logging
from collections.abc import Mapping
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from glassmap.analysis.lengths import propensity_length, target_lengths
from glassmap.analysis.maps import choose_network, panels
from glassmap.analysis.particle_fields import fields_of
from glassmap.analysis.propensity_correlations import choices
from glassmap.dynamics.propensity import frame_near, nearest_frame
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import LENGTHS, OF_PROTOCOL, PROPENSITY, SUB_ENSEMBLES
from glassmap.learning.map_ensemble import read_networks
from glassmap.papers.oyama2023.figures_panels import figure_width
from glassmap.plotting.particles import add_value_bar, draw_particles, name_sides, particle_maps
from glassmap.plotting.style import STYLE, panel_letters
from glassmap.structure.coarse_graining import coarse_grain, kernel_of, normalise, smoother
from glassmap.structure.indicators import BASELINES, INDICATORS
from glassmap.system import pair_matrix

LOG = logging.getLogger(__name__)


def maps(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Structure and dynamics of one glass (Frontiers, Figs. 1, 2; bare in the supplement)."""
    networks = read_networks(files, params.seeds, params.failed_below, "glass")
    replica = params.configuration
    correct = networks.correct[:, networks.replica == replica][:, 0]
    chosen = choose_network(correct, networks.failed)
    status = " (training failed)" if networks.failed[chosen] else "" if correct[chosen] else " (takes it for a liquid)"
    if networks.crystallised[networks.replica == replica][0]:
        status += " (a crystal)"
    fields = fields_of(networks, replica)
    bare = {"gradcam": fields.values[chosen]}
    bare |= {name: fields.values[fields.indicator == name][0] for name in INDICATORS if name not in BASELINES}

    ensemble, lengths = read_dataset(files.propensity[0], PROPENSITY), read_dataset(files.lengths[0], LENGTHS)
    positions, box_length = ensemble["initial_position"].values, float(ensemble["box_length"])
    protocol, targets = params.protocol, params.targets["targets"]
    (choice,) = (
        choice
        for choice in choices(lengths, params.published, replica)
        if (choice.protocol, choice.name) == (protocol, params.xi)
    )
    xi_structure = dict.fromkeys(bare, 0.0) if params.bare else {name: choice.xi_structure[name] for name in bare}
    xi_delta = target_lengths(lengths, params.published[protocol], params.xi, protocol, replica)
    shown = panels(bare, positions, box_length, xi_structure, protocol, params.inverted)
    field, delta = (ensemble[name].values for name in OF_PROTOCOL[protocol])
    missing = {}
    for target, xi in zip(targets, xi_delta, strict=True):
        frame = nearest_frame(delta, target, params.targets["tolerance"])
        name = f"Δ at δ = {target:g}"
        if frame is None:
            shown[name] = None
            missing[name] = f"δ = {target:g} not reached\n(up to {delta.max():.2g})"
            continue
        xi = 0.0 if params.bare else xi
        kernel = kernel_of(protocol, "propensity")
        shown[name] = normalise(coarse_grain(field[frame], positions, box_length, xi, kernel))
    diameters = pair_matrix(params.sigma).diagonal()[ensemble["species"].values]
    lengths_shown = sorted({f"{xi:g}" for xi in xi_structure.values() if xi == xi}) or ["not measured"]
    title = (
        f"{params.system} glass, replica {replica}, network {params.seeds[chosen]}{status}, "
        f"T = {ensemble.attrs['temperature']:g}, {int(ensemble['runs'])} runs, "
        + ("bare" if params.bare else f"ξ / σ* = {', '.join(lengths_shown)} (structure)")
    )
    LOG.info(title)
    return particle_maps(positions, diameters, box_length, shown, title, missing)


def fig4(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Propensity of different ensembles of runs, bare and coarse-grained (Frontiers, Fig. 4)."""
    ensemble = read_dataset(files.propensity[0], {**PROPENSITY, **SUB_ENSEMBLES})
    xi = propensity_length(read_dataset(files.lengths[0], LENGTHS), params.published, params.xi, "frontiers")
    positions, box_length = ensemble["initial_position"].values, float(ensemble["box_length"])
    frame = frame_near(ensemble["delta"].values, params.delta)
    parts = ensemble["sub_propensity"].values[:, frame]
    fields = {f"{params.size} runs, {letter}": part for letter, part in zip("ABCDEFGHIJ", parts, strict=False)}
    fields[f"all {int(ensemble['runs'])} runs"] = ensemble["propensity"].values[frame]
    smooth = smoother(positions, box_length, xi, kernel_of("frontiers", "propensity"))
    diameters = pair_matrix(params.sigma).diagonal()[ensemble["species"].values]
    title = (
        f"Propensity of {params.system}, replica {ensemble.attrs['replica']}, "
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
        Label of each ensemble ("3 runs, A") to its propensity, normalised to [0, 1]; the same labels in
        both, one column each. NaN is drawn grey.
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
                name_sides(axis, bottom=row == 1, left=column == 0)
            axes[row, 0].set_ylabel(f"{kind}\ny / σ*")
        add_value_bar(figure, axes)
        figure.suptitle(title, fontsize=8)
    return figure
