"""Figs. 1 and 2: structure and dynamics of one glass, particle by particle."""

import logging
from textwrap import fill
from types import SimpleNamespace

import numpy as np
from matplotlib.figure import Figure

from glassmap.analysis.lengths import target_lengths
from glassmap.analysis.maps import choose_network, panels
from glassmap.analysis.particle_fields import fields_of
from glassmap.analysis.propensity_correlations import PAPER, TOGETHER, choices
from glassmap.analysis.unreached import why_not_reached
from glassmap.dynamics.propensity import nearest_frame
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import LENGTHS, PROPENSITY
from glassmap.learning.map_ensemble import read_networks
from glassmap.papers.oyama2023.figures_panels import target_label
from glassmap.papers.oyama2023.method import METHODS, coarse_graining
from glassmap.plotting.particles import particle_maps
from glassmap.structure.coarse_graining import coarse_grain, normalise
from glassmap.structure.indicators import ORDER_PARAMETERS
from glassmap.system import pair_matrix

LOG = logging.getLogger(__name__)


def maps(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Structure and dynamics of one glass (Frontiers, Figs. 1, 2; bare in the supplement)."""
    networks = read_networks(files, params.seeds, params.failed_below, params.phases[1])
    replica = params.configuration
    correct = networks.correct[:, networks.replica == replica][:, 0]
    chosen = choose_network(correct, networks.failed)
    liquid, glass = params.phases
    status = "" if correct[chosen] else f" (takes it for a {liquid})"
    if networks.failed[chosen]:
        status = " (training failed)"
    if networks.crystallised[networks.replica == replica][0]:
        status += " (a crystal)"
    fields = fields_of(networks, replica)
    bare = {"gradcam": fields.values[chosen]}
    bare |= {name: fields.values[fields.indicator == name][0] for name in ORDER_PARAMETERS}

    ensemble, lengths = read_dataset(files.propensity[0], PROPENSITY), read_dataset(files.lengths[0], LENGTHS)
    positions, box_length = ensemble["initial_position"].values, float(ensemble["box_length"])
    method, targets = METHODS[params.protocol], params.targets["targets"]
    common = coarse_graining({params.system: params.published}, files.measured_lengths)[params.system]
    name_of_common = PAPER if params.published else TOGETHER
    selected = (method, name_of_common if params.xi == PAPER else params.xi)
    available = choices(lengths, common, replica, name_of_common)
    (choice,) = (choice for choice in available if (choice.method, choice.name) == selected)
    xi_structure = dict.fromkeys(bare, 0.0) if params.bare else {name: choice.xi_structure[name] for name in bare}
    xi_delta = target_lengths(lengths, common[method], params.xi, method.name, replica)
    shown = panels(bare, positions, box_length, xi_structure, method, params.inverted)
    field, delta = ensemble[method.propensity].values, ensemble[method.delta].values
    missing = {}
    for target, xi in zip(targets, xi_delta, strict=True):
        frame = nearest_frame(delta, target, params.targets["tolerance"])
        name = f"Δ at {target_label(target)}"
        if frame is None:
            shown[name] = None
            missing[name] = fill(f"{target_label(target)} {why_not_reached(delta[None], target)}", 24)
            continue
        xi = 0.0 if params.bare else xi
        if not np.isfinite(xi):
            shown[name] = None
            missing[name] = "no length was measured"
            continue
        kernel = method.kernel_of("propensity")
        shown[name] = normalise(coarse_grain(field[frame], positions, box_length, xi, kernel))
    diameters = pair_matrix(params.sigma).diagonal()[ensemble["species"].values]
    lengths_shown = sorted({f"{xi:g}" for xi in xi_structure.values() if xi == xi}) or ["not measured"]
    title = (
        f"{params.system} {glass}, replica {replica}, network {params.seeds[chosen]}{status}, "
        f"T = {ensemble.attrs['temperature']:g}, {int(ensemble['runs'])} runs, "
        + ("bare" if params.bare else f"ξ / σ* = {', '.join(lengths_shown)} (structure)")
    )
    LOG.info(f"{title}; panels {', '.join(shown)}")
    # the structure fills the first row, the dynamics the next
    columns = min(max(len(bare), 3), 4)
    return particle_maps(positions, diameters, box_length, shown, title, missing, columns)
