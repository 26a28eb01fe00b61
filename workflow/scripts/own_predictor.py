"""Rule own_predictor: a user's own values of the particles of a state, as predictions."""

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.sample_patterns import match_files
from glassmap.io.schema import CONFIGURATIONS, PROPENSITIES
from glassmap.io.trajectories.samples import samples_of_system
from glassmap.papers.predictors.own import from_array, from_column, prediction_of
from glassmap.system import System
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
name, state = wildcards.system, wildcards.phase
with job(snakemake.log[0], f"own_predictor {name} {state} {wildcards.own}") as report:
    dynamics, block = read_dataset(files.propensities, PROPENSITIES), params.own
    if "array" in block:
        values = from_array(files.array[0], dynamics)
    else:
        system = System.from_config(name, params.model)
        samples = samples_of_system(system, match_files(params.options["states"][state]), params.options)
        configurations = read_dataset(files.configurations, CONFIGURATIONS)
        values = from_column(samples, block["column"], configurations, dynamics, params.species)
    report(f"{wildcards.own} of {len(values)} structures at {dynamics.sizes['time']} times")
    attributes = provenance(snakemake.config["study"], params.base_seed, {"own": block}, name)
    dataset = prediction_of(values, dynamics, params.species, f"{wildcards.own}, of the user's own")
    write_dataset(dataset, snakemake.output.predictor, attributes)
