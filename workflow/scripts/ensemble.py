"""Rule ensemble: how far the networks of every system agree."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.contract import CONFIGURATIONS, CORRELATIONS
from glassmap.ensemble import COLUMNS, agreement, summarise_ensemble
from glassmap.files import read_dataset, same_replicas, write_table
from glassmap.job import job
from glassmap.map_class import map_classes, of_class
from glassmap.networks import joined, read_controls, read_every_class
from glassmap.seeds import derive_seed

files, params = snakemake.input, snakemake.params
with job(snakemake.log[0], "ensemble") as report:
    tables = []
    # system by system, phase by phase where a file has one, network by network, as the rule lists them
    gradcam, predictions, history = (
        np.reshape(paths, (-1, len(params.seeds))).tolist()
        for paths in (files.gradcam, files.predictions, files.history)
    )
    for place, (system, phase) in enumerate(product(params.systems, params.phases)):
        row = params.systems.index(system)
        of_networks = SimpleNamespace(
            indicators=files.indicators[place],
            crystals=files.crystals[row],
            gradcam=gradcam[place],
            predictions=predictions[row],
            history=history[row],
        )
        networks = read_every_class(of_networks, params.seeds, params.failed_below, phase)
        configurations = read_dataset(files.configurations[place], CONFIGURATIONS)
        test = same_replicas(networks.indicators, configurations, files.configurations[place])
        every_map = networks
        if files.controls:
            of_controls = SimpleNamespace(
                indicators=files.indicators[place], crystals=files.crystals[row], controls=files.controls[place]
            )
            every_map = joined(networks, read_controls(of_controls))
        correlations = read_dataset(files.correlations[place], CORRELATIONS)
        seed = derive_seed(params.base_seed, system, phase, "ensemble")
        box_length = float(configurations["box_length"])
        for one in map_classes(phase):
            agreements = agreement(every_map.of_class(one), test["position"].values, box_length, params.lengths[system])
            table = summarise_ensemble(
                networks.of_class(one), agreements, of_class(correlations, one), params.bootstrap_samples, seed, one
            )
            tables.append(table.assign(system=system, phase=phase))
        report(f"{system} {phase}: {len(test['replica'])} samples")
    write_table(pd.concat(tables, ignore_index=True)[list(COLUMNS)], snakemake.output.table)
