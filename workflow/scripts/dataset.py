"""Rule dataset: the liquids or the glasses of a set, out of a cooling."""

import numpy as np

from glassmap.errors import GlassmapError
from glassmap.io.configurations import select_phase
from glassmap.io.datasets import provenance, read_dataset, read_table, write_dataset
from glassmap.io.schema import SNAPSHOTS
from glassmap.workflow.logging import job

name, phase, params = snakemake.wildcards.dataset, snakemake.wildcards.phase, snakemake.params
with job(snakemake.log[0], f"dataset {name} {phase}"):
    temperature = params.temperature
    if temperature is None:
        temperature = read_table(snakemake.input.equal_energy[0], ("snapshot",))["snapshot"].item()
    first = read_dataset(snakemake.input.batches[0], SNAPSHOTS)["temperature"].values
    nearest = float(first[np.abs(first - temperature).argmin()])
    if abs(nearest - temperature) > 1e-4:  # tables have six digits
        some = ", ".join(f"{value:g}" for value in first)
        raise GlassmapError(f"{name}: no snapshots at T = {temperature:g}; the samples have {some}")
    batches = (read_dataset(path, SNAPSHOTS) for path in snakemake.input.batches)
    dataset = select_phase(batches, nearest, params.split)
    attributes = provenance(snakemake.config["study"], params.base_seed, {"temperature": nearest}, name)
    write_dataset(dataset, snakemake.output.configurations, {**attributes, "temperature": nearest})
