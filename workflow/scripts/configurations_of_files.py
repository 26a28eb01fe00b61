"""Rule configurations_of_files: the samples of one state from the user's files, with their split."""

from itertools import islice

from glassmap.errors import GlassmapError
from glassmap.io.datasets import provenance, write_dataset
from glassmap.io.sample_patterns import match_files
from glassmap.io.trajectories.samples import configurations_of, samples_of_system, shared_replicas
from glassmap.system import System
from glassmap.workflow.logging import job

name, state, params = snakemake.wildcards.system, snakemake.wildcards.phase, snakemake.params
with job(snakemake.log[0], f"configurations_of_files {name} {state}") as report:
    pattern = params.options["states"][state]
    samples = samples_of_system(System.from_config(name, params.model), match_files(pattern), params.options)
    of_states = {one: match_files(files) for one, files in params.options["states"].items()}
    shared = shared_replicas(of_states, params.options["replica"])
    dataset = configurations_of(islice(samples, params.replicas), params.split, shared)
    if (found := dataset.sizes["sample"]) < params.replicas:
        raise GlassmapError(f"{pattern}: got {found} samples of {state}, cooling.replicas requires {params.replicas}")
    report(f"{name} {state}: {found} samples, from {dataset['source'].values[0]} to {dataset['source'].values[-1]}")
    configuration = {"files": params.options, "split": params.split}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.configurations, attributes)
