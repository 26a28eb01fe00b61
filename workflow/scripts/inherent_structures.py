"""Rules inherent_structures and minimise: energy minima below the snapshots of a batch, by LAMMPS."""

import sys

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import BATCH
from glassmap.simulation.checkpoints import fingerprint, keep_result, recover_result, scratch_of_code
from glassmap.simulation.inherent_structures import identity, minima_dataset, minimise_batch
from glassmap.simulation.lammps import Lammps
from glassmap.simulation.wall_time import WallTime
from glassmap.system import System
from glassmap.workflow.logging import job
from glassmap.workflow.paths import Paths

name, params, config = snakemake.wildcards.system, snakemake.params, snakemake.config
with job(
    snakemake.log[0], f"inherent_structures {name} batch {snakemake.wildcards.batch}", snakemake.threads
) as report:
    system = System.from_config(name, params.model)
    batch, paths = read_dataset(snakemake.input.batch, BATCH), Paths(config["study"])
    # rule minimise takes some of the temperatures of the same replicas, maybe at the same time
    folder = paths.of_case.minimised_scratch if params.get("temperatures") else paths.inherent_structures_scratch
    batch = batch.sel(temperature=params.get("temperatures") or batch["temperature"].values)
    temperatures, replicas = batch["temperature"].values, range(*params.replicas)
    scratch = scratch_of_code(folder.format(**snakemake.wildcards), params.code)
    positions = {replica: batch["position"].sel(replica=replica).values for replica in replicas}
    mark = fingerprint(
        {str(replica): identity(system, temperatures, of, params.force_tolerance) for replica, of in positions.items()}
    )
    if recover_result(scratch, mark, snakemake.output.inherent_structures):
        report("finished before, by a job that outlived Snakemake")
        sys.exit()
    lammps = Lammps(**config["lammps"], wall_time=WallTime.of_job(config["cluster"]["margin"]))
    results = minimise_batch(
        system,
        temperatures,
        positions,
        params.force_tolerance,
        scratch,
        lammps,
        snakemake.threads,
        report,
    )
    configuration = {"model": params.model, "force_tolerance": params.force_tolerance}
    attributes = provenance(config["study"], params.base_seed, configuration, name, lammps.version())
    dataset = minima_dataset(system, temperatures, replicas, results)
    write_dataset(dataset, snakemake.output.inherent_structures, attributes)
    keep_result(scratch, mark, snakemake.output.inherent_structures)
