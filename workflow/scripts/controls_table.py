"""Rule controls_table: what the network adds to maps that need no trained network."""

import pandas as pd

from glassmap.io.datasets import read_dataset, read_table, write_table
from glassmap.io.schema import CONTROLS, CORRELATIONS, DYNAMICS, HISTORY, PREDICTIONS, SPATIAL
from glassmap.learning.map_class import GLASS, map_classes, of_class
from glassmap.learning.training import has_failed
from glassmap.papers.oyama2023.null_comparison import (
    COLUMNS,
    compare_accuracy,
    compare_correlations,
    compare_dynamics,
    compare_lengths,
)
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS
from glassmap.seeds import derive_seed
from glassmap.workflow.logging import job

params, files = snakemake.params, snakemake.input


def pairs(first, second, variables, variables_of_second=None):
    """Datasets of the networks with those of the controls, None where a study has no null maps."""
    others = second or [None] * len(first)
    for one, other in zip(first, others, strict=True):
        control = None if other is None else read_dataset(other, variables_of_second or variables)
        yield read_dataset(one, variables), control


with job(snakemake.log[0], "what the network adds"):
    reference = read_table(files.reference, REFERENCE_COLUMNS)
    trained = {}
    for (system, _), said, epochs in zip(params.networks, files.predictions, files.history, strict=True):
        of_system = trained.setdefault(system, [])
        if not has_failed(read_table(epochs, HISTORY), params.failed_below):
            of_system.append(read_table(said, PREDICTIONS))
    seeds = {name: derive_seed(params.base_seed, name, "bootstrap over samples") for name in trained}
    rows = []
    said = {}
    for path in files.controls:
        null = read_dataset(path, CONTROLS)
        # a network's accuracy is the same whatever class its maps are for
        said.setdefault(null.attrs["system"], {})[null.attrs["phase"]] = of_class(null, GLASS)
    for networks, controls in pairs(files.correlations, files.control_correlations, CORRELATIONS):
        head = {"system": networks.attrs["system"], "phase": networks.attrs["phase"]}
        bootstrap = (params.bootstrap_samples, seeds[head["system"]])
        for map_class in map_classes(head["phase"]):
            null = None if controls is None else of_class(controls, map_class)
            of_map = (head | {"map_class": map_class}, of_class(networks, map_class), null)
            rows += compare_correlations(*of_map, reference, *bootstrap)
        rows += compare_accuracy(head, trained[head["system"]], said.get(head["system"]), reference, *bootstrap)
    for networks, controls in pairs(files.dynamics, files.control_dynamics, DYNAMICS):
        rows += compare_dynamics(networks.attrs["system"], networks, controls, reference)
    for networks, controls in pairs(files.spatial, files.control_spatial, SPATIAL):
        system = networks.attrs["system"]
        rows += compare_lengths(system, networks, controls, reference, params.bootstrap_samples, seeds[system])
    write_table(pd.DataFrame(rows, columns=list(COLUMNS)), snakemake.output.table)
