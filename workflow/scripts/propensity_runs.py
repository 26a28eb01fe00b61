"""Rule propensity_runs: one batch of runs of an isoconfigurational ensemble."""

import shutil
from pathlib import Path

from glassmap.contract import BATCH
from glassmap.files import provenance, read_dataset, write_dataset
from glassmap.isoconfigurational import Ensemble, batch_dataset, run_batch
from glassmap.job import job
from glassmap.lammps import Lammps
from glassmap.paths import Paths
from glassmap.propensity_protocol import PropensityProtocol
from glassmap.systems import System
from glassmap.wall_time import WallTime

wildcards, params, config = snakemake.wildcards, snakemake.params, snakemake.config
with job(snakemake.log[0], f"runs of {wildcards.system} {wildcards.ensemble} batch {wildcards.batch}") as report:
    system = System.from_config(wildcards.system, params.model)
    cooled = read_dataset(snakemake.input.cooled[0], BATCH)
    configuration, temperature = params.ensemble["configuration"], params.ensemble["temperature"]
    ensemble = Ensemble(
        system,
        configuration,
        cooled["position"].sel(replica=configuration, temperature=system.temperature_glass).values,
        temperature,
        PropensityProtocol.from_config(params.protocol, params.run_time),
        params.base_seed,
    )
    scratch = Path(Paths(config["study"]).runs_scratch.format(**wildcards))
    runs = range(*params.runs)
    results = run_batch(
        ensemble,
        runs,
        scratch,
        Lammps(**config["lammps"], wall_time=WallTime.of_job(config["cluster"]["margin"])),
        snakemake.threads,
        report,
    )
    values = {"model": params.model, "propensity": params.protocol, "run_time": params.run_time}
    attributes = provenance(config["study"], params.base_seed, values, wildcards.system)
    write_dataset(batch_dataset(ensemble, runs, results), snakemake.output.runs, attributes, {"position": "run"})
    shutil.rmtree(scratch)
