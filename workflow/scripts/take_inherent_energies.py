"""Rule take_inherent_energies: energies of inherent structures that were made elsewhere."""

from glassmap.contract import INHERENT_ENERGIES
from glassmap.files import provenance, write_dataset
from glassmap.job import job
from glassmap.sample_files import take

name, params = snakemake.wildcards.system, snakemake.params
with job(snakemake.log[0], f"take inherent energies {name} batch {snakemake.wildcards.batch}"):
    dataset = take(snakemake.input.files, INHERENT_ENERGIES, range(*params.replicas))
    origin = {key: str(value) for key, value in dataset.attrs.items()}
    values = {"files": list(snakemake.input.files), "made by": origin}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, name)
    dataset.attrs = {}
    write_dataset(dataset, snakemake.output.inherent_structures, attributes)
