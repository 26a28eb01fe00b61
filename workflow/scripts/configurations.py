"""Rule configurations: the liquid or the glass of every replica, with its split."""

from glassmap.configurations import select_phase
from glassmap.contract import SNAPSHOTS
from glassmap.files import provenance, read_dataset, write_dataset
from glassmap.job import job
from glassmap.variants import plain_system

name, params = plain_system(snakemake.wildcards.system), snakemake.params
with job(snakemake.log[0], f"configurations {name} {snakemake.wildcards.phase}"):
    batches = (read_dataset(path, SNAPSHOTS) for path in snakemake.input.batches)
    dataset = select_phase(batches, params.temperature, params.split)
    configuration = {"temperature": params.temperature, "split": params.split}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.configurations, attributes)
