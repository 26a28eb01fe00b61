"""Sensitivity of the papers' claims to choices that they leave open: the numbers of one variant of a study."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.correlations import PAPER_QUANTITIES, correlation_values, reasons_of, without_value
from glassmap.analysis.method import NO_LENGTH, Method
from glassmap.analysis.particle_fields import fields_of
from glassmap.dynamics.propensity import nearest_frame
from glassmap.io.datasets import read_dataset, read_table, select_replicas
from glassmap.io.exclusions import CONSTANT_FIELD, CRYSTAL, FAILED, note_if_missing, why_nothing_is_left
from glassmap.io.schema import CONFIGURATIONS, CORRELATIONS, PREDICTIONS, PROPENSITY, SPATIAL
from glassmap.learning.map_class import OWN, involves_map, map_classes, select_class
from glassmap.learning.map_ensemble import MapEnsemble, read_networks
from glassmap.learning.null_maps import signed_white_noise
from glassmap.papers.oyama2023.method import METHODS, coarse_graining
from glassmap.papers.oyama2023.tables_lengths import zero_crossings
from glassmap.seeds import derive_seed
from glassmap.statistics import bootstrap_weights, finite_mean, mean_over_members, pearson, share_over_members
from glassmap.structure.coarse_graining import smoother
from glassmap.structure.density_grid import configuration_kernel
from glassmap.structure.spatial_correlation import bin_centres, spatial_correlation
from glassmap.system import pair_matrix

LOG = logging.getLogger(__name__)

DELTA = 1.0  # sigma*, near the maximum of the papers' correlations with the propensity


def sensitivity(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """The papers' claims in numbers, for one system of the study or of a variant."""
    # same bootstrap draws for every variant
    bootstrap = (params.bootstrap_samples, derive_seed(params.base_seed, params.system, "bootstrap over samples"))
    glass = params.phases[1]
    networks = read_networks(files, params.seeds, params.failed_below, glass)
    predictions = [read_table(path, PREDICTIONS) for path in files.predictions]
    correlations = [read_dataset(path, CORRELATIONS) for path in files.correlations]
    ensembles = [read_dataset(path, PROPENSITY) for path in files.propensity]
    glasses = read_dataset(files.configurations, CONFIGURATIONS)
    glasses = select_replicas(networks.indicators, glasses, files.configurations)
    noise = white_noise_correlations(
        glasses,
        networks.crystallised,
        pair_matrix(params.sigma),
        params.density,
        params.bins,
        params.draws,
        derive_seed(params.base_seed, params.system, "sensitivity", "white noise"),
    )
    spatial = read_dataset(files.spatial_correlations, SPATIAL)
    method = METHODS[params.protocol]
    lengths = coarse_graining({params.system: params.lengths}, files.measured_lengths)[params.system]
    parts = [
        accuracies(predictions, networks.failed, params.phases, *bootstrap),
        indicator_correlations(correlations, params.protocol, *bootstrap, params.phases),
        dynamics_correlation(
            networks, ensembles, lengths[method], method, params.targets, params.tolerance, *bootstrap, glass
        ),
        zero_of_gamma(spatial, noise, int(networks.failed.sum()), *bootstrap, glass),
    ]
    LOG.info(f"{int((~networks.failed).sum())} of {len(networks.failed)} networks trained")
    return pd.concat(parts, ignore_index=True)


def mean_over_networks(
    values: np.ndarray, failed: np.ndarray, bootstrap: int, seed: int, *, share: bool = False
) -> dict[str, float]:
    """Mean over networks of each network's mean over its samples, with confidence interval.

    Parameters
    ----------
    values : ndarray, shape (network, sample)
        NaN where a network has no value for a sample.
    failed : ndarray of bool, shape (network,)
        Networks that are counted but not averaged.
    bootstrap, seed : int
        Number of bootstrap samples and seed; equal seeds draw the same samples.
    share : bool
        Whether values are hits (1) and misses (0), not correlations.

    Returns
    -------
    dict
        ``value``, ``low``, ``high`` (95 %, NaN with fewer than two samples), ``std_over_networks``, ``networks``,
        ``failed``, ``samples``.
    """
    average = share_over_members if share else mean_over_members
    mean = average(values[~failed], bootstrap_weights(bootstrap, values.shape[1], seed))
    return {
        "value": mean.value, "low": mean.low, "high": mean.high, "std_over_networks": mean.deviation,
        "networks": int((~failed).sum()), "failed": int(failed.sum()), "samples": mean.samples,
    }  # fmt: skip


def accuracies(
    predictions: Sequence[pd.DataFrame], failed: np.ndarray, phases: Sequence[str], bootstrap: int, seed: int
) -> pd.DataFrame:
    """Test accuracies of the networks of a system.

    Parameters
    ----------
    predictions : sequence of DataFrame
        ``predictions.csv`` of each network.
    failed : ndarray of bool, shape (network,)
    phases : sequence of str
    bootstrap, seed : int

    Returns
    -------
    DataFrame
        One row per phase, with the columns of `glassmap.papers.oyama2023.tables_sensitivity.COLUMNS` that one variant
        has.
    """
    rows = []
    for phase in phases:
        tests = [table[(table["split"] == "test") & (table["phase"] == phase)] for table in predictions]
        correct = np.array([(test["predicted"] == phase).to_numpy(dtype=float) for test in tests])
        row = {"phase": phase, "quantity": "accuracy", "statistic": "test"}
        mean = mean_over_networks(correct, failed, bootstrap, seed, share=True)
        reasons = np.where(failed[:, None], FAILED, np.full(correct.shape, ""))
        rows.append(row | mean | {"note": note_if_missing(mean["value"], reasons)})
    return pd.DataFrame(rows)


def indicator_correlations(
    results: Iterable[xr.Dataset], protocol: str, bootstrap: int, seed: int, phases: Sequence[str]
) -> pd.DataFrame:
    """Correlations between the papers' indicators (Frontiers, Sec. 4.5).

    Parameters
    ----------
    results : iterable of Dataset
        From `glassmap.analysis.correlations.correlate`, one per phase.
    protocol : {"frontiers", "arxiv-v2"}
    bootstrap, seed : int
    phases : (str, str)
        Liquid and glass.

    Returns
    -------
    DataFrame
        One row per phase and correlation; for liquid samples, one for each class that the maps explain.
    """
    rows = []
    for dataset in results:
        phase = dataset.attrs["phase"]
        for map_class in map_classes(phase, phases):
            selected = select_class(dataset, map_class)
            failed = selected["failed"].values.astype(bool)
            for quantity in PAPER_QUANTITIES if map_class != OWN else filter(involves_map, PAPER_QUANTITIES):
                row = {"phase": phase, "map_class": map_class if involves_map(quantity) else ""}
                row |= {"quantity": quantity, "statistic": "pearson"}
                values = correlation_values(selected, protocol, quantity, "pearson")
                mean = mean_over_networks(values, failed, bootstrap, seed)
                reasons, otherwise = reasons_of(selected, quantity), without_value(selected, protocol)
                rows.append(row | mean | {"note": note_if_missing(mean["value"], reasons, otherwise)})
    return pd.DataFrame(rows)


def dynamics_correlation(
    networks: MapEnsemble,
    ensembles: Sequence[xr.Dataset],
    lengths: Mapping[str, float],
    method: Method,
    targets: Sequence[float],
    tolerance: float,
    bootstrap: int,
    seed: int,
    glass: str,
) -> pd.DataFrame:
    """C(Gamma, Delta) for the initial glasses of the isoconfigurational runs (Frontiers, Sec. 4.4).

    Parameters
    ----------
    networks : MapEnsemble
        Networks of the study or of a variant with the same particles.
    ensembles : sequence of Dataset
        The study's ensembles at the highest temperature, one per configuration; empty for a variant with other glasses.
    lengths : mapping of str to float
        Coarse-graining lengths of Gamma (``dynamics``) and Delta (``propensity``), sigma*.
    method : Method
    targets : sequence of float
        Mean displacements, sigma*; the largest one reached is used if delta = 1 is not reached.
    tolerance : float
        Largest relative deviation of a frame's delta from the target.
    bootstrap, seed : int
        Bootstrap over configurations; no interval for a single one.
    glass : str
        Name of the glass.

    Returns
    -------
    DataFrame
        One row; ``note`` gives the mean displacement, or says why there is no value.
    """
    values, reached = np.full((len(networks.seeds), max(len(ensembles), 1)), np.nan), []
    not_usable = []
    for column, ensemble in enumerate(ensembles):
        delta = ensemble[method.delta].values
        frames = (nearest_frame(delta, target, tolerance) for target in (DELTA, *sorted(targets, reverse=True)))
        frame = next((index for index in frames if index is not None), None)
        if frame is None:
            continue
        reached.append(delta[frame])
        positions, box_length = ensemble["initial_position"].values, float(ensemble["box_length"])
        fields = fields_of(networks, int(ensemble.attrs["replica"]))
        is_gradcam = fields.indicator == "gradcam"
        gamma = smoother(positions, box_length, lengths["dynamics"], method.kernel_of("gradcam"))
        mobility = smoother(positions, box_length, lengths["propensity"], method.kernel_of("propensity"))
        correlation = pearson(gamma(fields.values[is_gradcam]), mobility(ensemble[method.propensity].values[frame]))
        values[:, column] = np.where(fields.usable[is_gradcam], correlation, np.nan)
        not_usable.append(fields.not_usable[is_gradcam])
    if not ensembles:
        note = "not the runs' glass"
    elif not reached:
        note = "no target of delta is reached"
    elif not np.isfinite(values).any():
        known = np.isfinite([lengths["dynamics"], lengths["propensity"]]).all()
        note = why_nothing_is_left(np.stack(not_usable, axis=1)) or (CONSTANT_FIELD if known else NO_LENGTH)
    else:
        note = f"delta = {np.mean(reached):.2g}"
    row = {"phase": glass, "map_class": glass, "quantity": "c_gamma_delta", "statistic": "pearson", "note": note}
    return pd.DataFrame([row | mean_over_networks(values, networks.failed, bootstrap, seed)])


def white_noise_correlations(
    configurations: xr.Dataset,
    crystallised: np.ndarray,
    sigma: np.ndarray,
    density: Mapping[str, float],
    lengths: Mapping[str, float],
    draws: int,
    seed: int,
) -> xr.Dataset:
    """C(r) of white noise projected onto the particles in the same way as Grad-CAM.

    The noise has both signs, so its length is that of the projection alone; positive noise would add that of a constant
    map.

    Parameters
    ----------
    configurations : Dataset
        ``position`` (sample, particle, axis), ``species``, ``box_length`` of the glasses to average over.
    crystallised : ndarray of bool, shape (sample,)
        Glasses that are crystals, and are left out.
    sigma : ndarray, shape (S, S)
        Lennard-Jones lengths of the S species.
    density : mapping
        ``grid``, ``kernel_width`` and ``cutoff``, for `glassmap.structure.density_grid.configuration_kernel`.
    lengths : mapping
        ``bin_width`` and ``maximum_distance``, sigma*.
    draws : int
        Noise maps per glass.
    seed : int

    Returns
    -------
    Dataset
        ``correlation`` (field, sample, bin), averaged over draws, NaN for crystals, ``distance`` and ``not_usable``
        (field, sample), for the single field ``white_noise``.
    """
    generator = np.random.default_rng(seed)
    species, box_length = configurations["species"].values, float(configurations["box_length"])
    distance, samples = bin_centres(**lengths), configurations.sizes["sample"]
    curves = np.full((samples, len(distance)), np.nan)
    for sample in np.flatnonzero(~crystallised):
        positions = configurations["position"].values[sample]
        kernel = configuration_kernel(positions, species, sigma, box_length, **density)
        density_field = kernel.density()
        fields = kernel.inverse(np.stack([signed_white_noise(density_field, generator) for _ in range(draws)]))
        of_draws = [spatial_correlation(values, positions, box_length, **lengths) for values in fields]
        curves[sample] = finite_mean(np.array(of_draws))
    return xr.Dataset(
        {
            "correlation": (("field", "sample", "bin"), curves[None]),
            "not_usable": (("field", "sample"), np.where(crystallised, CRYSTAL, "")[None]),
        },
        coords={"distance": ("bin", distance), "indicator": ("field", ["white_noise"])},
    )


def zero_of_gamma(
    spatial: xr.Dataset, noise: xr.Dataset, failed: int, bootstrap: int, seed: int, glass: str
) -> pd.DataFrame:
    """r_Gamma, the first zero of C_Gamma(r) (Frontiers, Sec. 4.7), and the same for white noise.

    Parameters
    ----------
    spatial : Dataset
        Content of ``spatial_correlations/<glass>.nc``.
    noise : Dataset
        From `white_noise_correlations`.
    failed : int
        Number of failed networks.
    bootstrap, seed : int
    glass : str
        Name of the glass.

    Returns
    -------
    DataFrame
        Two rows, r_gamma and r_white_noise.
    """
    rows = []
    gamma = spatial.isel(field=np.flatnonzero(spatial["indicator"].values == "gradcam"))
    for quantity, dataset, failures in (("r_gamma", gamma, failed), ("r_white_noise", noise, 0)):
        (zero,) = zero_crossings(dataset, bootstrap, seed).to_dict("records")
        kept = {key: zero[key] for key in ("value", "low", "high", "std_over_networks", "samples")}
        # a network without a zero has not failed
        counts = {"networks": gamma.sizes["field"] - failed if quantity == "r_gamma" else 0, "failed": failures}
        row = {"phase": glass, "map_class": glass if involves_map(quantity) else ""}
        row |= {"quantity": quantity, "statistic": "zero_crossing"}
        rows.append(row | kept | counts | {"note": zero["note"]})
    return pd.DataFrame(rows)
