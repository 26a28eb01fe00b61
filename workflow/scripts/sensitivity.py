"""Rule sensitivity: the papers' claims in numbers, of one system in the study or in a variant."""

import numpy as np
import pandas as pd

from glassmap.io.datasets import read_dataset, read_table, same_replicas, write_table
from glassmap.io.schema import CONFIGURATIONS, CORRELATIONS, PREDICTIONS, PROPENSITY, SPATIAL
from glassmap.learning.map_ensemble import read_networks
from glassmap.papers.oyama2023.sensitivity import (
    accuracies,
    dynamics_correlation,
    indicator_correlations,
    white_noise_correlations,
    zero_of_gamma,
)
from glassmap.seeds import derive_seed
from glassmap.system import pair_matrix
from glassmap.variants import plain_system
from glassmap.workflow.logging import job
from glassmap.workflow.paths import PHASES

params, files = snakemake.params, snakemake.input
name = plain_system(snakemake.wildcards.system)
with job(snakemake.log[0], f"sensitivity {snakemake.wildcards.system}") as report:
    # the same replicas are drawn for every variant
    bootstrap = (params.bootstrap_samples, derive_seed(params.base_seed, name, "bootstrap over samples"))
    networks = read_networks(files, params.seeds, params.failed_below, "glass")
    predictions = [read_table(path, PREDICTIONS) for path in files.predictions]
    correlations = [read_dataset(path, CORRELATIONS) for path in files.correlations]
    ensembles = [read_dataset(path, PROPENSITY) for path in files.propensity]
    glasses = read_dataset(files.configurations, CONFIGURATIONS)
    glasses = same_replicas(networks.indicators, glasses, files.configurations)
    noise = white_noise_correlations(
        glasses.isel(sample=np.flatnonzero(~networks.crystallised)),
        pair_matrix(params.sigma),
        params.density,
        params.bins,
        params.draws,
        derive_seed(params.base_seed, name, "sensitivity", "white noise"),
    )
    spatial = read_dataset(files.spatial_correlations, SPATIAL)
    parts = [
        accuracies(predictions, networks.failed, PHASES, *bootstrap),
        indicator_correlations(correlations, params.protocol, *bootstrap),
        dynamics_correlation(
            networks, ensembles, params.lengths, params.protocol, params.targets, params.tolerance, *bootstrap
        ),
        zero_of_gamma(spatial, noise, int(networks.failed.sum()), *bootstrap),
    ]
    report(f"{int((~networks.failed).sum())} of {len(networks.failed)} networks trained")
    write_table(pd.concat(parts, ignore_index=True), snakemake.output.sensitivity)
