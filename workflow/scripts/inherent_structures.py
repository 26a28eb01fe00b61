"""Rule inherent_structures: energy minima below the snapshots of a batch, by LAMMPS."""

import shutil
from pathlib import Path

from glassmap.contract import BATCH
from glassmap.files import provenance, read_dataset, write_dataset
from glassmap.inherent_structures import minima_dataset, minimise_batch
from glassmap.job import job
from glassmap.lammps import Lammps
from glassmap.paths import Paths, plain_system
from glassmap.systems import System
from glassmap.wall_time import WallTime

name, params, config = plain_system(snakemake.wildcards.system), snakemake.params, snakemake.config
with job(snakemake.log[0], f"inherent_structures {name} batch {snakemake.wildcards.batch}") as report:
    system = System.from_config(name, params.model)
    batch = read_dataset(snakemake.input.batch, BATCH)
    if params.get("temperatures"):  # else all
        batch = batch.sel(temperature=params.temperatures)
    temperatures, replicas = batch["temperature"].values, range(*params.replicas)
    scratch = Path(Paths(config["study"]).inherent_structures_scratch.format(**snakemake.wildcards))
    results = minimise_batch(
        system,
        temperatures,
        {replica: batch["position"].sel(replica=replica).values for replica in replicas},
        params.force_tolerance,
        scratch,
        Lammps(**config["lammps"], wall_time=WallTime.of_job(config["cluster"]["margin"])),
        snakemake.threads,
        report,
    )
    configuration = {"model": params.model, "force_tolerance": params.force_tolerance}
    attributes = provenance(config["study"], params.base_seed, configuration, name)
    dataset = minima_dataset(system, temperatures, replicas, results)
    write_dataset(dataset, snakemake.output.inherent_structures, attributes)
    shutil.rmtree(scratch)
