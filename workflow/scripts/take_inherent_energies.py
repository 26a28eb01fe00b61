"""Rule take_inherent_energies: energies of inherent structures that were made elsewhere."""

from glassmap.io.datasets import provenance, write_dataset
from glassmap.io.samples import take
from glassmap.io.schema import INHERENT_ENERGIES
from glassmap.workflow.logging import job

name, params = snakemake.wildcards.system, snakemake.params
with job(snakemake.log[0], f"take inherent energies {name} batch {snakemake.wildcards.batch}"):
    dataset = take(snakemake.input.files, INHERENT_ENERGIES, range(*params.replicas))
    origin = {key: str(value) for key, value in dataset.attrs.items()}
    values = {"files": list(snakemake.input.files), "made by": origin}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, name)
    dataset.attrs = {}
    write_dataset(dataset, snakemake.output.inherent_structures, attributes)
