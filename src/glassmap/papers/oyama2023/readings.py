"""Readings of the method: what follows for the maps where the papers leave a choice open.

A reading is a variant of a study (``controls.sensitivity``) or the study itself. Its numbers are the correlations that
the papers print of maps and indicators, beside what tells how much they mean: accuracy, trainings that fail,
agreement between networks, and accuracy on samples that were cooled at another rate.
"""

from collections.abc import Sequence

import numpy as np

from glassmap.analysis.attribution_comparison import compare
from glassmap.analysis.network_agreement import agreement, mean_of_samples
from glassmap.learning.map_class import is_dead
from glassmap.learning.map_ensemble import GRADCAM_NAME, MapEnsemble
from glassmap.papers.oyama2023.sensitivity import mean_over_networks
from glassmap.statistics import finite_mean

# of the hand-made indicators, as `glassmap.analysis.attribution_comparison.compare` and the papers call them
PUBLISHED = {"c_upsilon": "c_gamma_upsilon", "c_theta": "c_gamma_theta"}


def map_rows(
    methods: Sequence[tuple[str, str]],
    maps: np.ndarray,
    gamma: np.ndarray,
    networks: MapEnsemble,
    positions: np.ndarray,
    box_length: float,
    xi: float,
    protocol: str,
    bootstrap: int,
    seed: int,
) -> list[dict]:
    """Correlations of the maps with the hand-made indicators and between networks, of one system and phase.

    Parameters
    ----------
    methods : sequence of (str, str)
        Attribution and class of each map.
    maps : ndarray, shape (K, M, S, G, G)
        Of K networks and M methods, as they go to the particles.
    gamma : ndarray, shape (K, M, S, N)
    networks : MapEnsemble
        Of the same samples; which are usable, and the indicators.
    positions : ndarray, shape (S, N, 2)
    box_length, xi : float
        Box and coarse-graining length, sigma*.
    protocol : {"frontiers", "arxiv-v2"}
    bootstrap, seed : int
        Over the replicas.

    Returns
    -------
    list of dict
        ``attribution``, ``map_class``, ``quantity`` (of `PUBLISHED`, ``agreement``, ``dead_fraction``) and the mean
        over networks as in `COLUMNS`; of `PUBLISHED` also each network's ``value``, with its seed as ``network``.
    """
    found = compare(maps, gamma, networks, positions, box_length, xi, protocol)
    usable = networks.counted
    rows = []
    for index, (attribution, map_class) in enumerate(methods):
        head = {"attribution": attribution, "map_class": map_class}
        for name, quantity in PUBLISHED.items():
            values = np.where(usable, found[name][:, index], np.nan)
            rows.append({**head, "quantity": quantity, **mean_over_networks(values, networks.failed, bootstrap, seed)})
            for network in np.flatnonzero(~networks.failed):
                one = {"network": networks.seeds[network], "value": float(finite_mean(values[network]))}
                rows.append({**head, "quantity": quantity, **one})
        dead = np.where(usable, is_dead(gamma[:, index]), np.nan)
        rows.append(
            {**head, "quantity": "dead_fraction", **mean_over_networks(dead, networks.failed, bootstrap, seed, (0, 1))}
        )
        one = MapEnsemble(**{**vars(networks), "gamma": gamma[:, index], "names": [GRADCAM_NAME] * len(gamma)})
        pairs = agreement(one, positions, box_length, {protocol: xi})[GRADCAM_NAME, protocol]
        between = mean_of_samples(pairs, bootstrap, seed) if len(pairs) else {}
        known = {key: between[key] for key in ("value", "low", "high", "samples") if key in between}
        counts = {"networks": int((~networks.failed).sum()), "failed": int(networks.failed.sum())}
        rows.append({**head, "quantity": "agreement", **counts, **known})
    return rows


def accuracy(right: np.ndarray, failed: np.ndarray, quantity: str, bootstrap: int, seed: int) -> dict:
    """A share of samples that the networks are right about, shape (network, sample): its row, as of `map_rows`."""
    return {"quantity": quantity, **mean_over_networks(right.astype(float), failed, bootstrap, seed, (0, 1))}
