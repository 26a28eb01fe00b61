"""Rule configurations: the liquid or the glass of every replica, with its split."""

from glassmap.io.configurations import select_phase
from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import SNAPSHOTS
from glassmap.workflow.logging import job

name, params = snakemake.wildcards.system, snakemake.params
with job(snakemake.log[0], f"configurations {name} {snakemake.wildcards.phase}"):
    batches = (read_dataset(path, SNAPSHOTS) for path in snakemake.input.batches)
    dataset = select_phase(batches, params.temperature, params.split)
    configuration = {"temperature": params.temperature, "split": params.split}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.configurations, attributes)
