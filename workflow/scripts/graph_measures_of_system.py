"""Rule graph_measures_of_system: what is counted on the graphs of nearest neighbours, at every saved temperature."""

import numpy as np
import xarray as xr

from glassmap.box import Box
from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import SNAPSHOTS, variable
from glassmap.structure.neighbour_graph import measures_of_configurations
from glassmap.workflow.logging import job

LABELS = {
    "isolated": "particles other than B in no pair with a B, per particle",
    "minority_pairs": "pairs B-B, per particle",
    "components": "connected parts of the pairs with a B, per particle",
}
name, params = snakemake.wildcards.system, snakemake.params
with job(snakemake.log[0], f"graph_measures {name}") as report:
    found, replicas, temperature = [], [], None
    for path in snakemake.input.snapshots:
        batch = read_dataset(path, SNAPSHOTS)
        box = Box.cube(float(batch["box_length"]), batch.sizes["axis"])
        found.append(
            measures_of_configurations(batch["position"].values, batch["species"].values, box, params.neighbours)
        )
        replicas.append(batch["replica"].values)
        temperature = batch["temperature"]
        report(f"{path}: {batch.sizes['replica']} replicas at {batch.sizes['temperature']} temperatures")
    dataset = xr.Dataset(
        {
            key: variable(("replica", "temperature"), np.concatenate([one[key] for one in found]), "1", label)
            for key, label in LABELS.items()
        },
        coords={"replica": np.concatenate(replicas), "temperature": temperature},
    )
    attributes = provenance(snakemake.config["study"], params.base_seed, {"neighbours": params.neighbours}, name)
    write_dataset(dataset, snakemake.output.graph_measures, attributes)
