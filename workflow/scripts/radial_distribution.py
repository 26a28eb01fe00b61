"""Rule radial_distribution: g(r) by species pair of the test samples."""

from glassmap.io.datasets import provenance, read_dataset, read_table, write_dataset
from glassmap.io.exclusions import crystallised_replicas
from glassmap.io.schema import CONFIGURATIONS, CRYSTALS
from glassmap.structure.radial_distribution import radial_distribution
from glassmap.workflow.logging import job

name, phase, params = snakemake.wildcards.system, snakemake.wildcards.phase, snakemake.params
with job(snakemake.log[0], f"radial_distribution {name} {phase}") as report:
    configurations = read_dataset(snakemake.input.configurations, CONFIGURATIONS)
    test = configurations.isel(sample=configurations["split"].values == "test")
    crystallised = crystallised_replicas(read_table(snakemake.input.crystals, CRYSTALS), test["replica"].values)
    report(f"{len(crystallised)} test samples, {crystallised.sum()} left out: their glass is a crystal")
    dataset = radial_distribution(
        test["position"].values[~crystallised],
        test["species"].values,
        float(test["box_length"]),
        **params.radial_distribution,
    )
    attributes = provenance(snakemake.config["study"], params.base_seed, params.radial_distribution, name)
    write_dataset(dataset.assign_attrs(phase=phase), snakemake.output.radial_distribution, attributes)
