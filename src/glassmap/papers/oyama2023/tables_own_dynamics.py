"""Table of the correlations with the users' own dynamics of the particles."""

import logging
from types import SimpleNamespace

import pandas as pd

from glassmap.analysis.own_dynamics import COLUMNS, Glass, compare
from glassmap.analysis.particle_fields import fields_of
from glassmap.io.datasets import files_by_key, read_dataset, select_replicas
from glassmap.io.schema import CONFIGURATIONS, OWN_DYNAMICS
from glassmap.learning.map_ensemble import networks_of
from glassmap.papers.oyama2023.method import coarse_graining
from glassmap.seeds import derive_seed

LOG = logging.getLogger(__name__)


def own_dynamics(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Correlations of every structural field with the users' own dynamics, by system and state."""
    tables, keys = [], (params.systems, params.phases)
    of_system = coarse_graining(params.lengths, files.measured_lengths)
    of_configurations, of_dynamics = (files_by_key(paths, *keys) for paths in (files.configurations, files.dynamics))
    for system, phase, networks in networks_of(files, *keys, params.seeds, params.failed_below):
        path = of_dynamics[system, phase]
        dynamics = read_dataset(path, OWN_DYNAMICS)
        quantities = [str(name) for name in dynamics["quantity"].values]
        if not quantities:
            LOG.info(f"{system} {phase}: the files have no dynamics")
            continue
        dynamics = select_replicas(networks.indicators, dynamics, path)
        path = of_configurations[system, phase]
        configurations = select_replicas(networks.indicators, read_dataset(path, CONFIGURATIONS), path)
        box_length = float(configurations["box_length"])
        glasses = (
            Glass(
                fields_of(networks, replica),
                configurations["position"].values[sample],
                box_length,
                dynamics["value"].values[:, sample],
                derive_seed(params.base_seed, system, phase, replica, "moved maps"),
            )
            for sample, replica in enumerate(networks.replica.tolist())
        )
        seed = derive_seed(params.base_seed, system, phase, "bootstrap over samples")
        table = compare(
            glasses, quantities, of_system[system], params.moved_maps, (params.bootstrap_samples, seed)
        )  # fmt: skip
        tables.append(table.assign(system=system, phase=phase))
        LOG.info(f"{system} {phase}: {', '.join(quantities)} of {len(networks.replica)} samples")
    return pd.concat(tables)[["system", "phase", *COLUMNS]]
