"""Table of the agreement between the networks of an ensemble."""

import logging
from itertools import product
from types import SimpleNamespace

import pandas as pd

from glassmap.analysis.network_agreement import COLUMNS, agreement, summarise_ensemble
from glassmap.io.datasets import by_key, read_dataset, same_replicas
from glassmap.io.schema import CONFIGURATIONS, CORRELATIONS
from glassmap.learning.map_class import map_classes, of_class
from glassmap.learning.map_ensemble import joined, read_controls, read_every_class
from glassmap.seeds import derive_seed

LOG = logging.getLogger(__name__)


def ensemble(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """How far the networks of every system agree."""
    tables = []
    keys, seeds = (params.systems, params.phases), params.seeds
    indicators, correlations_of, configurations_of = (
        by_key(paths, *keys) for paths in (files.indicators, files.correlations, files.configurations)
    )
    controls = by_key(files.controls, *keys) if files.controls else {}
    crystals, gradcam = by_key(files.crystals, params.systems), by_key(files.gradcam, *keys, seeds)
    predictions, history = (by_key(paths, params.systems, seeds) for paths in (files.predictions, files.history))
    for system, phase in product(*keys):
        of_networks = SimpleNamespace(
            indicators=indicators[system, phase],
            crystals=crystals[system,],
            gradcam=[gradcam[system, phase, seed] for seed in seeds],
            predictions=[predictions[system, seed] for seed in seeds],
            history=[history[system, seed] for seed in seeds],
        )
        networks = read_every_class(of_networks, params.seeds, params.failed_below, phase)
        path = configurations_of[system, phase]
        configurations = read_dataset(path, CONFIGURATIONS)
        test = same_replicas(networks.indicators, configurations, path)
        every_map = networks
        if controls:
            of_controls = SimpleNamespace(
                indicators=indicators[system, phase], crystals=crystals[system,], controls=controls[system, phase]
            )
            every_map = joined(networks, read_controls(of_controls))
        correlations = read_dataset(correlations_of[system, phase], CORRELATIONS)
        seed = derive_seed(params.base_seed, system, "bootstrap over samples")
        box_length = float(configurations["box_length"])
        for one in map_classes(phase):
            agreements = agreement(every_map.of_class(one), test["position"].values, box_length, params.lengths[system])
            table = summarise_ensemble(
                networks.of_class(one), agreements, of_class(correlations, one), params.bootstrap_samples, seed, one
            )
            tables.append(table.assign(system=system, phase=phase))
        LOG.info(f"{system} {phase}: {len(test['replica'])} samples")
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]
