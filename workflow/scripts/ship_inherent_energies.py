"""Rule ship_inherent_energies: energies of the inherent structures of a system, without their positions."""

from glassmap.io.datasets import read_dataset, write_dataset
from glassmap.io.samples import compact_energies
from glassmap.io.schema import INHERENT_ENERGIES
from glassmap.workflow.logging import job

with job(snakemake.log[0], f"ship inherent energies {snakemake.wildcards.system}"):
    batches = [read_dataset(path, INHERENT_ENERGIES) for path in snakemake.input.batches]
    dataset = compact_energies(batches, snakemake.params.replicas)
    write_dataset(dataset, snakemake.output.energies, batches[0].attrs)
