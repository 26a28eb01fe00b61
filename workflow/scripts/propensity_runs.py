"""Rule propensity_runs: one batch of runs of an isoconfigurational ensemble."""

import sys

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import BATCH, CONFIGURATIONS
from glassmap.simulation.checkpoints import fingerprint, keep_result, recover_result, scratch_of_code
from glassmap.simulation.isoconfigurational import Ensemble, batch_dataset, identity, run_batch
from glassmap.simulation.lammps import Lammps
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.simulation.wall_time import WallTime
from glassmap.system import System
from glassmap.workflow.logging import job
from glassmap.workflow.paths import Paths

wildcards, params, config = snakemake.wildcards, snakemake.params, snakemake.config
with job(
    snakemake.log[0], f"runs of {wildcards.system} {wildcards.ensemble} batch {wildcards.batch}", snakemake.threads
) as report:
    system = System.from_config(wildcards.system, params.model)
    configuration, temperature = params.ensemble["configuration"], params.ensemble["temperature"]
    if params.glass_temperature is None:
        samples = read_dataset(snakemake.input.glass, CONFIGURATIONS)
        glass = samples["position"].values[samples["replica"].values == configuration][0]
    else:
        cooled = read_dataset(snakemake.input.glass, BATCH)
        glass = cooled["position"].sel(replica=configuration, temperature=params.glass_temperature).values
    ensemble = Ensemble(
        system,
        configuration,
        glass,
        temperature,
        PropensityProtocol.from_config(params.protocol, params.run_time),
        params.base_seed,
    )
    scratch = scratch_of_code(Paths(config["study"]).runs_scratch.format(**wildcards), snakemake.params.code)
    runs = range(*params.runs)
    mark = fingerprint({"first": identity(ensemble, runs[0]), "runs": list(runs)})
    if recover_result(scratch, mark, snakemake.output.runs):
        report("finished before, by a job that outlived Snakemake")
        sys.exit()
    lammps = Lammps(**config["lammps"], wall_time=WallTime.of_job(config["cluster"]["margin"]))
    results = run_batch(
        ensemble,
        runs,
        scratch,
        lammps,
        snakemake.threads,
        report,
    )
    values = {"model": params.model, "propensity": params.protocol, "run_time": params.run_time}
    attributes = provenance(config["study"], params.base_seed, values, wildcards.system, lammps.version())
    write_dataset(batch_dataset(ensemble, runs, results), snakemake.output.runs, attributes, {"position": "run"})
    keep_result(scratch, mark, snakemake.output.runs)
