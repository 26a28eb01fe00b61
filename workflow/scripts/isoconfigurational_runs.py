"""Rule isoconfigurational_runs: runs with fresh velocities from each structure of a batch."""

import sys

import numpy as np

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import CONFIGURATIONS
from glassmap.simulation.checkpoints import fingerprint, keep_result, recover_result, scratch_of_code
from glassmap.simulation.isoconfigurational import Ensemble, identity, run_batch
from glassmap.simulation.lammps import Lammps
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.simulation.structure_runs import PRECISION, runs_dataset
from glassmap.simulation.wall_time import WallTime
from glassmap.system import System
from glassmap.workflow.logging import job
from glassmap.workflow.paths import Paths

wildcards, params, config = snakemake.wildcards, snakemake.params, snakemake.config
with job(
    snakemake.log[0],
    f"isoconfigurational runs of {wildcards.system} {wildcards.phase} batch {wildcards.batch}",
    snakemake.threads,
) as report:
    system = System.from_config(wildcards.system, params.model)
    protocol = PropensityProtocol.from_config(params.protocol, params.run_time)
    samples = read_dataset(snakemake.input.configurations, CONFIGURATIONS)
    chosen = np.flatnonzero(samples["split"].isin(params.splits))
    batch = samples.isel(sample=chosen[slice(*params.structures)])
    ensembles = [
        Ensemble(system, replica, position, params.temperature, protocol, params.base_seed)
        for replica, position in zip(batch["replica"].values.tolist(), batch["position"].values, strict=True)
    ]
    runs = range(params.runs)
    scratch = scratch_of_code(Paths(config["study"]).isoconfigurational_scratch.format(**wildcards), params.code)
    splits = batch["split"].values.tolist()
    mark = fingerprint({"first": [identity(one, runs[0]) for one in ensembles], "runs": list(runs), "splits": splits})
    if recover_result(scratch, mark, snakemake.output.runs):
        report("finished before, by a job that outlived Snakemake")
        sys.exit()
    lammps = Lammps(**config["lammps"], wall_time=WallTime.of_job(config["cluster"]["margin"]))
    results = [
        run_batch(one, runs, scratch / f"structure-{one.configuration}", lammps, snakemake.threads, report)
        for one in ensembles
    ]
    values = {"model": params.model, "isoconfigurational": params.protocol, "run_time": params.run_time}
    attributes = provenance(config["study"], params.base_seed, values, wildcards.system, lammps.version())
    dataset = runs_dataset(ensembles, runs, results, splits)
    write_dataset(dataset, snakemake.output.runs, attributes, {"position": "sample"}, {"position": PRECISION})
    keep_result(scratch, mark, snakemake.output.runs)
