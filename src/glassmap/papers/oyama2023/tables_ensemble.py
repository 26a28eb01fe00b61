"""Table of the agreement between the networks of an ensemble."""

import logging
from functools import partial
from types import SimpleNamespace

import pandas as pd

from glassmap.analysis.network_agreement import COLUMNS, agreement, summarise_ensemble
from glassmap.io.datasets import files_by_key, read_dataset, select_replicas
from glassmap.io.schema import CONFIGURATIONS, CORRELATIONS
from glassmap.learning.map_class import map_classes, select_class
from glassmap.learning.map_ensemble import concatenate, networks_of, read_all_classes, read_controls
from glassmap.papers.oyama2023.method import coarse_graining, of_purpose
from glassmap.seeds import derive_seed

LOG = logging.getLogger(__name__)


def ensemble(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Agreement between the networks of every system."""
    tables = []
    keys = (params.systems, params.phases)
    read = partial(read_all_classes, phases=params.phases)
    indicators, crystals, correlations_of, configurations_of = (
        files_by_key(paths, *keys)
        for paths in (files.indicators, files.crystals, files.correlations, files.configurations)
    )
    controls = files_by_key(files.controls, *keys) if files.controls else {}
    lengths = coarse_graining(params.lengths, files.measured_lengths)
    for system, phase, networks in networks_of(files, *keys, params.seeds, params.failed_below, read):
        path = configurations_of[system, phase]
        configurations = read_dataset(path, CONFIGURATIONS)
        test = select_replicas(networks.indicators, configurations, path)
        every_map = networks
        if controls:
            control_files = SimpleNamespace(
                indicators=indicators[system, phase], crystals=crystals[system, phase], controls=controls[system, phase]
            )
            every_map = concatenate(networks, read_controls(control_files))
        correlations = read_dataset(correlations_of[system, phase], CORRELATIONS)
        seed = derive_seed(params.base_seed, system, "bootstrap over samples")
        box_length = float(configurations["box_length"])
        for map_class in map_classes(phase, params.phases):
            agreements = agreement(
                every_map.select_class(map_class),
                test["position"].values,
                box_length,
                of_purpose(lengths[system], "correlations"),
            )
            table = summarise_ensemble(
                networks.select_class(map_class),
                agreements,
                select_class(correlations, map_class),
                params.bootstrap_samples,
                seed,
                map_class,
            )
            tables.append(table.assign(system=system, phase=phase))
        LOG.info(f"{system} {phase}: {len(test['replica'])} samples")
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]
