"""Rule isoconfigurational_runs_of_files: the runs from each structure of a batch, from the user's files."""

from itertools import compress

import numpy as np

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.sample_patterns import in_state, match_files
from glassmap.io.schema import CONFIGURATIONS
from glassmap.io.trajectories.runs import runs_of_samples
from glassmap.io.trajectories.samples import samples_of_system
from glassmap.simulation.structure_runs import PRECISION
from glassmap.system import System
from glassmap.workflow.logging import job

name, state, params = snakemake.wildcards.system, snakemake.wildcards.phase, snakemake.params
batch = snakemake.wildcards.batch
with job(snakemake.log[0], f"isoconfigurational runs of {name} {state} from files, batch {batch}") as report:
    system, options = System.from_config(name, params.model), params.options
    configurations = read_dataset(snakemake.input.configurations, CONFIGURATIONS)
    of_splits = np.flatnonzero(configurations["split"].isin(params.splits))
    chosen = of_splits[slice(*params.structures)]
    # a file for every time, or one for all
    patterns = [in_state(pattern, state) for pattern in options["runs"]["files"]] or [options["states"][state]]
    samples = zip(*(samples_of_system(system, match_files(pattern), options) for pattern in patterns), strict=False)
    dataset = runs_of_samples(
        compress(samples, np.isin(np.arange(chosen[-1] + 1), chosen)),
        system,
        options["runs"]["array"],
        options["runs"]["times"],
        configurations.isel(sample=chosen),
        options["length_unit"],
    )
    dataset.attrs["temperature"] = params.temperature
    report(f"{dataset.sizes['run']} runs from each of {len(chosen)} structures")
    attributes = provenance(snakemake.config["study"], params.base_seed, {"files": options}, name)
    write_dataset(dataset, snakemake.output.runs, attributes, {"position": "sample"}, {"position": PRECISION})
