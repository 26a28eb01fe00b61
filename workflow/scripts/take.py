"""Rules take_samples and take_inherent_energies: a batch of replicas that were made elsewhere."""

from glassmap.io.datasets import provenance, write_dataset
from glassmap.io.samples import read_replicas
from glassmap.io.schema import BATCH, INHERENT_ENERGIES
from glassmap.workflow.logging import job

VARIABLES = {"snapshots": BATCH, "inherent_energies": INHERENT_ENERGIES}

name, params = snakemake.wildcards.system, snakemake.params
with job(snakemake.log[0], f"{snakemake.rule} {name} batch {snakemake.wildcards.batch}"):
    temperatures = params.get("temperatures")
    dataset = read_replicas(snakemake.input.files, VARIABLES[params.kind], range(*params.replicas), temperatures)
    origin = {key: str(value) for key, value in dataset.attrs.items()}
    values = {"files": list(snakemake.input.files), "made by": origin}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, name)
    dataset.attrs = {}
    write_dataset(dataset, snakemake.output[0], attributes)
