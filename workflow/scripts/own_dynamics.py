"""Rule own_dynamics: the users' own dynamics of the test samples of one state, from their files."""

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.sample_patterns import match_files
from glassmap.io.schema import CONFIGURATIONS
from glassmap.io.trajectories.dynamics import own_dynamics
from glassmap.io.trajectories.samples import samples_of_system
from glassmap.system import System
from glassmap.workflow.logging import job

name, state, params = snakemake.wildcards.system, snakemake.wildcards.phase, snakemake.params
with job(snakemake.log[0], f"own_dynamics {name} {state}") as report:
    files = match_files(params.options["states"][state])
    dataset = own_dynamics(
        samples_of_system(System.from_config(name, params.model), files, params.options),
        files,
        params.options["dynamics"],
        params.arrays,
        read_dataset(snakemake.input.configurations, CONFIGURATIONS),
        required=state == params.glass,
    )
    quantities = ", ".join(dataset["quantity"].values) or "no dynamics"
    report(f"{name} {state}: {quantities} of {dataset.sizes['sample']} test samples")
    attributes = provenance(snakemake.config["study"], params.base_seed, {"files": params.options}, name)
    write_dataset(dataset, snakemake.output.dynamics, attributes)
