"""Tables of the methods of attribution and of the layer randomisation: does it matter how the network is asked?

Both have one row per number: the mean over networks of each network's mean over the samples that it is right about,
with a 95 % interval from a bootstrap over replicas (``network = mean``), and each network's own mean. Networks that
learned nothing stand beside the trained ones; of them no sample is left out for being wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.method import Method
from glassmap.io.datasets import by_key
from glassmap.learning.map_class import OWN
from glassmap.learning.map_ensemble import GRADCAM_NAME, MapEnsemble, read_networks
from glassmap.statistics import bootstrap_weights, finite_mean, mean_over_members, pearson, spearman
from glassmap.structure.coarse_graining import smoother

COLUMNS = ("network", "quantity", "value", "low", "high", "std_over_networks", "networks", "samples", "dead")
TRAINED = "trained"  # kind of a network that is no null network
INDICATORS = {"c_upsilon": "voronoi_volume", "c_theta": "tong_tanaka"}


def networks_of(
    files, systems: Sequence[str], phases: Sequence[str], seeds: Sequence[int], failed_below: float
) -> Iterator[tuple[str, str, MapEnsemble]]:
    """The networks of every system and phase, from the files of all.

    Parameters
    ----------
    files
        As `glassmap.learning.map_ensemble.Files`, with a list everywhere: ``crystals`` one for each system,
        ``indicators`` for each system and phase, ``gradcam`` for each system, phase and network, ``predictions`` and
        ``history`` for each system and network.
    systems, phases
        In the order of the files.
    seeds, failed_below
        As for `glassmap.learning.map_ensemble.read_networks`.

    Yields
    ------
    system, phase : str
    networks : MapEnsemble
    """
    indicators, gradcam = by_key(files.indicators, systems, phases), by_key(files.gradcam, systems, phases, seeds)
    crystals = by_key(files.crystals, systems)
    predictions, history = by_key(files.predictions, systems, seeds), by_key(files.history, systems, seeds)
    for system, phase in product(systems, phases):
        one = SimpleNamespace(
            indicators=indicators[system, phase],
            crystals=crystals[system,],
            gradcam=[gradcam[system, phase, seed] for seed in seeds],
            predictions=[predictions[system, seed] for seed in seeds],
            history=[history[system, seed] for seed in seeds],
        )
        yield system, phase, read_networks(one, seeds, failed_below, phase)


def compare(
    maps: np.ndarray,
    gamma: np.ndarray,
    networks: MapEnsemble,
    positions: np.ndarray,
    box_length: float,
    xi: float,
    method: Method,
) -> dict[str, np.ndarray]:
    """Correlations of maps and scores with the first of them, and of the scores with the hand-made indicators.

    Parameters
    ----------
    maps : ndarray, shape (K, M, S, G, G)
        Of K networks, as they go to the particles; the first of the M is what the others are compared with.
    gamma : ndarray, shape (K, M, S, N)
        Scores of the particles, bare.
    networks : MapEnsemble
    positions : ndarray, shape (S, N, 2)
    box_length, xi : float
        Box and coarse-graining length, sigma*.
    method : Method
        Decides the kernels.

    Returns
    -------
    dict of str to ndarray, shape (K, M, S)
        ``similarity_map`` and its Spearman form, ``similarity_gamma`` (bare), ``similarity_coarse``, all with the
        first map; ``c_upsilon``, ``c_theta``, coarse-grained. NaN where a map is dead.
    """
    flat = maps.reshape(*maps.shape[:3], -1)
    found = {
        "similarity_map": pearson(flat, flat[:, :1]),
        "similarity_map_spearman": spearman(flat, np.broadcast_to(flat[:, :1], flat.shape)),
        "similarity_gamma": pearson(gamma, gamma[:, :1]),
        **{name: np.empty(gamma.shape[:3]) for name in ("similarity_coarse", *INDICATORS)},
    }
    # a constant map has no ranks that mean something
    found["similarity_map_spearman"][np.isnan(found["similarity_map"])] = np.nan
    for sample, place in enumerate(positions):
        smooth = {
            kernel: smoother(place, box_length, xi, kernel)
            for kernel in {method.kernel_of(name) for name in ("gradcam", *INDICATORS.values())}
        }
        coarse = smooth[method.kernel_of("gradcam")](gamma[:, :, sample])
        found["similarity_coarse"][:, :, sample] = pearson(coarse, coarse[:, :1])
        for quantity, name in INDICATORS.items():
            by_hand = smooth[method.kernel_of(name)](networks.indicators[name].values[sample])
            found[quantity][:, :, sample] = pearson(coarse, by_hand)
    return found


def with_propensity(
    gamma: np.ndarray,
    propensity: np.ndarray,
    positions: np.ndarray,
    box_length: float,
    lengths: Mapping[str, float],
    method: Method,
) -> np.ndarray:
    """Correlation of scores with a propensity, both coarse-grained (Frontiers, Sec. 4.6).

    Parameters
    ----------
    gamma : ndarray, shape (..., N)
        Scores of one configuration, bare.
    propensity : ndarray, shape (N,)
        Bare.
    positions : ndarray, shape (N, 2)
    box_length : float
        sigma*.
    lengths : mapping of str to float
        ``dynamics`` for the scores, ``propensity``, sigma*; 0 is bare.
    method : Method
        Decides the kernels.

    Returns
    -------
    ndarray, shape (...)
        NaN where a map is dead.
    """
    coarse = smoother(positions, box_length, lengths["dynamics"], method.kernel_of("gradcam"))(gamma)
    mobile = smoother(positions, box_length, lengths["propensity"], method.kernel_of("propensity"))(propensity)
    return pearson(coarse, mobile)


def rows(
    quantities: Mapping[str, np.ndarray],
    dead: np.ndarray,
    usable: np.ndarray,
    seeds: Sequence[int],
    weights: np.ndarray,
    label: str = "seed",
) -> pd.DataFrame:
    """One row per quantity for the mean over networks, and one for each network.

    Parameters
    ----------
    quantities : mapping of str to ndarray, shape (K, S)
        Correlations of K networks; NaN where there is none.
    dead : ndarray of bool, shape (K, S)
        Whether the map is nowhere positive.
    usable : ndarray of bool, shape (K, S)
        Not so where a network failed or is wrong, and for crystals.
    seeds : sequence of int, length K
    weights : ndarray, shape (samples, S)
        How often each replica is in each sample of the bootstrap.
    label : str
        What tells the networks apart: their seed, or the number of the draw.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``networks`` and ``samples`` are the numbers that a mean is made of (the largest of
        its networks'), ``dead`` counts dead maps among the usable pairs of network and sample.
    """
    found = []
    lost = (dead & usable).sum(axis=1)
    for quantity, values in quantities.items():
        values = np.where(usable, values, np.nan)
        present = np.isfinite(values).sum(axis=1)
        means = finite_mean(values, axis=1)
        mean = mean_over_members(values, weights)
        found.append({
            "network": "mean", "quantity": quantity, "value": mean.value, "low": mean.low, "high": mean.high,
            "std_over_networks": mean.deviation, "networks": mean.members, "samples": mean.samples,
            "dead": int(lost.sum()),
        })  # fmt: skip
        found += [
            {"network": f"{label}-{seed}", "quantity": quantity, "value": mean, "networks": int(count > 0),
             "samples": int(count), "dead": int(gone)}
            for seed, mean, count, gone in zip(seeds, means.tolist(), present, lost, strict=True)
        ]  # fmt: skip
    return pd.DataFrame(found, columns=list(COLUMNS))


def asked(
    methods: xr.Dataset, map_class: str, gradcam: tuple[np.ndarray, np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    """The maps of a network for one class as they go to the particles, Grad-CAM first.

    Parameters
    ----------
    methods : Dataset
        From `glassmap.learning.attribution.attributions_of`.
    map_class : {"glass", "own"}
        ``gradcam_liquid``, which is named by its class, is among those of the class glass and compared with it.
    gradcam : (ndarray, ndarray), optional
        Signed map, shape (S, G, G), and score, shape (S, N), of Grad-CAM; not given where it is the first method.

    Returns
    -------
    dict
        ``method`` and ``map_class``, shape (M,); ``map``, shape (M, S, G, G); ``gamma``, shape (M, S, N); ``error``,
        shape (M, S), of completeness, NaN where a method has none.
    """
    here = methods.isel(method=(methods["map_class"].values == OWN) == (map_class == OWN))
    found = {
        "method": here["method"].values,
        "map_class": here["map_class"].values,
        "map": here["map"].where(here["rectified"] == 0, np.maximum(here["map"], 0)).values,
        "gamma": here["gamma"].values,
        "error": here["completeness_error"].values,
    }
    if gradcam is None:
        return found
    signed, gamma = gradcam
    first = {
        "method": GRADCAM_NAME, "map_class": map_class, "map": np.maximum(signed, 0), "gamma": gamma,
        "error": np.full(len(signed), np.nan),
    }  # fmt: skip
    return {name: np.concatenate([np.asarray(first[name])[None], values]) for name, values in found.items()}


def replica_weights(networks: MapEnsemble, samples: int, seed: int) -> np.ndarray:
    """How often each replica is in each sample of the bootstrap, shape (samples, S)."""
    return bootstrap_weights(samples, len(networks.replica), seed)


def completeness_rows(
    errors: np.ndarray, usable: np.ndarray, seeds: Sequence[int], label: str = "seed"
) -> pd.DataFrame:
    """Largest completeness error of integrated gradients: over all, and of each network.

    Parameters
    ----------
    errors : ndarray, shape (K, S)
        Relative, of K networks.
    usable : ndarray of bool, shape (K, S)
    seeds : sequence of int, length K

    Returns
    -------
    DataFrame
        Columns `COLUMNS`.
    """
    sizes = np.where(usable & np.isfinite(errors), np.abs(errors), -np.inf)
    counts = np.isfinite(sizes).sum(axis=1)
    largest = np.where(counts > 0, sizes.max(axis=1), np.nan)
    one = [("mean", np.nan if not counts.any() else float(np.nanmax(largest)), int((counts > 0).sum()), counts.max())]
    each = [
        (f"{label}-{seed}", value, int(count > 0), count)
        for seed, value, count in zip(seeds, largest.tolist(), counts, strict=True)
    ]
    table = [
        {"network": name, "quantity": "completeness_error_max", "value": value, "networks": many, "samples": int(count)}
        for name, value, many, count in one + each
    ]
    return pd.DataFrame(table, columns=list(COLUMNS)).assign(dead=0)
