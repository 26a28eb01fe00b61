"""Table of the layer randomisation: how much of a map survives randomised weights."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.analysis.attribution_comparison import COARSE_GRAINED, compare, network_rows, replica_weights
from glassmap.io.datasets import files_by_key, read_dataset, select_replicas
from glassmap.io.schema import CONFIGURATIONS, LAYER_RANDOMISATION
from glassmap.learning.map_class import is_dead
from glassmap.learning.map_ensemble import networks_of
from glassmap.papers.oyama2023.method import METHODS, coarse_graining
from glassmap.seeds import derive_seed
from glassmap.statistics import finite_mean


def layer_randomisation_table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Similarity of maps, and their correlations, after randomising layers."""
    tables = []
    of_configurations = files_by_key(files.configurations, params.systems, params.phases)
    method = METHODS[params.protocol]
    lengths = coarse_graining(params.lengths, files.measured_lengths)
    of_layers = files_by_key(files.layer_randomisation, params.systems, params.phases, params.seeds)
    for system, phase, networks in networks_of(files, params.systems, params.phases, params.seeds, params.failed_below):
        samples, path = networks.indicators, of_configurations[system, phase]
        configurations = select_replicas(samples, read_dataset(path, CONFIGURATIONS), path)
        positions, box_length = configurations["position"].values, float(configurations["box_length"])
        paths = [of_layers[system, phase, seed] for seed in params.seeds]
        datasets = [select_replicas(samples, read_dataset(path, LAYER_RANDOMISATION), path) for path in paths]
        layers = datasets[0]["layer"].values.tolist()
        seed = derive_seed(params.base_seed, system, "bootstrap over samples")
        weights = replica_weights(networks, params.bootstrap_samples, seed)

        by_draw, dead = [], []
        for draw in range(datasets[0].sizes["draw"]):
            gamma = np.stack([dataset["gamma"].values[:, draw] for dataset in datasets])
            maps = np.stack([np.maximum(dataset["cam_signed"].values[:, draw], 0) for dataset in datasets])
            by_draw.append(
                compare(maps, gamma, networks, positions, box_length, lengths[system][method]["correlations"], method)
            )
            dead.append(is_dead(gamma))
        # average each sample over draws; its map counts as dead if it is dead in all draws
        means = {name: finite_mean(np.stack([values[name] for values in by_draw])) for name in by_draw[0]}
        always_dead = np.stack(dead).all(axis=0)
        for depth, layer in enumerate(layers):
            table = network_rows(
                {name: values[:, depth] for name, values in means.items()}, always_dead[:, depth], networks.not_counted,
                params.seeds, weights,
                without_length=() if np.isfinite(lengths[system][method]["correlations"]) else COARSE_GRAINED,
            )  # fmt: skip
            head = {"system": system, "phase": phase, "depth": depth, "layer": layer}
            for column, value in reversed(head.items()):
                table.insert(0, column, value)
            tables.append(table)
    return pd.concat(tables)
