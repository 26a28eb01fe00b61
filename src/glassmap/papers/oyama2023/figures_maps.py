"""Figs. 1 and 2: structure and dynamics of one glass, particle by particle."""

import logging
from types import SimpleNamespace

from matplotlib.figure import Figure

from glassmap.analysis.lengths import target_lengths
from glassmap.analysis.maps import choose_network, panels
from glassmap.analysis.particle_fields import fields_of
from glassmap.analysis.propensity_correlations import choices
from glassmap.dynamics.propensity import nearest_frame
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import LENGTHS, OF_PROTOCOL, PROPENSITY
from glassmap.learning.map_ensemble import read_networks
from glassmap.plotting.particles import particle_maps
from glassmap.structure.coarse_graining import coarse_grain, kernel_of, normalise
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
