"""Readings of the method: how choices that the papers leave open affect the maps.

A reading is a variant of a study (``controls.sensitivity``) or the study itself. It is characterised by the
correlations between maps and indicators published in the papers, and by what qualifies them: accuracy, failed
trainings, agreement between networks, and accuracy on samples cooled at another rate.
"""

from collections.abc import Sequence

import numpy as np

from glassmap.analysis.attribution_comparison import compare
from glassmap.analysis.method import NO_LENGTH, Method
from glassmap.analysis.network_agreement import NO_PAIR, agreement, mean_of_samples
from glassmap.io.exclusions import CONSTANT_FIELD, DEAD, FAILED, note_if_missing
from glassmap.learning.map_class import is_dead
from glassmap.learning.map_ensemble import GRADCAM_NAME, MapEnsemble
from glassmap.papers.oyama2023.sensitivity import mean_over_networks
from glassmap.statistics import finite_mean

# correlations with hand-crafted indicators: names in `glassmap.analysis.attribution_comparison.compare`, in the papers
PUBLISHED = {"c_upsilon": "c_gamma_upsilon", "c_theta": "c_gamma_theta"}


def map_rows(
    methods: Sequence[tuple[str, str]],
    maps: np.ndarray,
    gamma: np.ndarray,
    networks: MapEnsemble,
    positions: np.ndarray,
    box_length: float,
    xi: float,
    method: Method,
    bootstrap: int,
    seed: int,
) -> list[dict]:
    """Correlations of maps with hand-crafted indicators and between networks, for one system and phase.

    Parameters
    ----------
    methods : sequence of (str, str)
        Attribution and class of each map.
    maps : ndarray, shape (K, M, S, G, G)
        Maps of K networks and M methods, as projected onto the particles.
    gamma : ndarray, shape (K, M, S, N)
    networks : MapEnsemble
        Usability flags and indicators of the same samples.
    positions : ndarray, shape (S, N, 2)
    box_length, xi : float
        Box and coarse-graining length, sigma*.
    method : Method
    bootstrap, seed : int
        Bootstrap over replicas.

    Returns
    -------
    list of dict
        ``attribution``, ``map_class``, ``quantity`` (of `PUBLISHED`, ``agreement``, ``dead_fraction``) and the mean
        over networks as in `mean_over_networks`, with a ``note`` if it has no value; for `PUBLISHED` also each
        network's ``value``, with its seed as ``network``.
    """
    correlations = compare(maps, gamma, networks, positions, box_length, xi, method)
    usable = networks.counted
    rows = []
    for index, (attribution, map_class) in enumerate(methods):
        head = {"attribution": attribution, "map_class": map_class}
        dead = is_dead(gamma[:, index])
        reasons = np.where(usable & dead, DEAD, networks.not_counted)
        for name, quantity in PUBLISHED.items():
            values = np.where(usable, correlations[name][:, index], np.nan)
            mean = mean_over_networks(values, networks.failed, bootstrap, seed)
            note = note_if_missing(mean["value"], reasons, CONSTANT_FIELD if np.isfinite(xi) else NO_LENGTH)
            rows.append({**head, "quantity": quantity, **mean, "note": note})
            for network in np.flatnonzero(~networks.failed):
                single = {"network": networks.seeds[network], "value": float(finite_mean(values[network]))}
                rows.append({**head, "quantity": quantity, **single})
        dead = mean_over_networks(np.where(usable, dead, np.nan), networks.failed, bootstrap, seed, share=True)
        note = note_if_missing(dead["value"], networks.not_counted)
        rows.append({**head, "quantity": "dead_fraction", **dead, "note": note})
        ensemble = MapEnsemble(**{**vars(networks), "gamma": gamma[:, index], "names": [GRADCAM_NAME] * len(gamma)})
        pairs = agreement(ensemble, positions, box_length, {method: xi})[GRADCAM_NAME, method.name]
        between = mean_of_samples(pairs, bootstrap, seed)
        known = {key: between[key] for key in ("value", "low", "high", "samples")}
        known["note"] = note_if_missing(between["value"], reasons, NO_PAIR)
        counts = {"networks": int((~networks.failed).sum()), "failed": int(networks.failed.sum())}
        rows.append({**head, "quantity": "agreement", **counts, **known})
    return rows


def accuracy(correct: np.ndarray, failed: np.ndarray, quantity: str, bootstrap: int, seed: int) -> dict:
    """Row of `map_rows` for the fraction of correctly classified samples, shape (network, sample)."""
    mean = mean_over_networks(correct.astype(float), failed, bootstrap, seed, share=True)
    reasons = np.where(failed[:, None], FAILED, np.full(correct.shape, ""))
    return {"quantity": quantity, **mean, "note": note_if_missing(mean["value"], reasons)}
