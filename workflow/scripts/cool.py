"""Rule cool: one batch of replicas, cooled by LAMMPS."""

import sys

from glassmap.io.datasets import provenance, write_dataset
from glassmap.simulation.checkpoints import fingerprint, keep_result, recover_result, scratch_of_code
from glassmap.simulation.cooling import batch_dataset, cool_batch
from glassmap.simulation.cooling_protocol import CoolingProtocol
from glassmap.simulation.lammps import Lammps
from glassmap.simulation.wall_time import WallTime
from glassmap.system import System
from glassmap.workflow.logging import job
from glassmap.workflow.paths import Paths

name, params, config = snakemake.wildcards.system, snakemake.params, snakemake.config
with job(snakemake.log[0], f"cool {name} batch {snakemake.wildcards.batch}", snakemake.threads) as report:
    system = System.from_config(name, params.model)
    protocol = CoolingProtocol.from_config(params.preparation)
    scratch = scratch_of_code(
        Paths(config["study"]).of_case.batch_scratch.format(**snakemake.wildcards), snakemake.params.code
    )
    replicas = range(*params.replicas)
    mark = fingerprint(dict(params.items()))
    if recover_result(scratch, mark, snakemake.output.batch):
        report("finished before, by a job that outlived Snakemake")
        sys.exit()
    lammps = Lammps(**config["lammps"], wall_time=WallTime.of_job(config["cluster"]["margin"]))
    results = cool_batch(
        system,
        protocol,
        params.base_seed,
        replicas,
        scratch,
        lammps,
        snakemake.threads,
        report,
    )
    configuration = {"model": params.model, "cooling": params.preparation}
    attributes = provenance(config["study"], params.base_seed, configuration, name, lammps.version())
    dataset = batch_dataset(system, protocol, params.base_seed, replicas, results)
    write_dataset(dataset, snakemake.output.batch, attributes)
    keep_result(scratch, mark, snakemake.output.batch)
