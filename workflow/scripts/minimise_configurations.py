"""Rules minimise_configurations, minimise_structures: energy minima below all configurations of a state, by LAMMPS."""

import sys

import numpy as np

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import CONFIGURATIONS, variable
from glassmap.simulation.checkpoints import fingerprint, keep_result, recover_result, scratch_of_code
from glassmap.simulation.inherent_structures import identity, minimise_batch
from glassmap.simulation.lammps import Lammps
from glassmap.simulation.wall_time import WallTime
from glassmap.system import System
from glassmap.workflow.logging import job
from glassmap.workflow.paths import Paths

name, params, config = snakemake.wildcards.system, snakemake.params, snakemake.config
with job(snakemake.log[0], f"{snakemake.rule} {name} {snakemake.wildcards.phase}", snakemake.threads) as report:
    system, temperatures = System.from_config(name, params.model), np.array([params.temperature])
    samples = read_dataset(snakemake.input.configurations, CONFIGURATIONS)
    positions = dict(zip(samples["replica"].values.tolist(), samples["position"].values[:, None], strict=True))
    scratch = scratch_of_code(
        getattr(Paths(config["study"]), params.scratch).format(**snakemake.wildcards), params.code
    )
    minima = {
        str(replica): identity(system, temperatures, of, params.force_tolerance) for replica, of in positions.items()
    }
    about = {name: values.values.tolist() for name, values in samples.coords.items()}
    mark = fingerprint({"minima": minima, "samples": about})
    if recover_result(scratch, mark, snakemake.output.configurations):
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
    dims = samples["position"].dims
    energies = {
        "potential_energy": "potential energy E per particle of the configuration",
        "inherent_energy": "potential energy E_0 per particle of its inherent structure",
    }
    found = {
        "position": variable(
            dims,
            np.concatenate([result.position for result in results]),
            "sigma*",
            "position in the inherent structure",
        )
    } | {
        key: variable(dims[:1], np.concatenate([getattr(result, key) for result in results]), "epsilon*", label)
        for key, label in energies.items()
    }
    configuration = {"model": params.model, "force_tolerance": params.force_tolerance}
    attributes = provenance(config["study"], params.base_seed, configuration, name, lammps.version())
    dataset = samples.drop_attrs(deep=False).assign(found)
    write_dataset(dataset, snakemake.output.configurations, attributes)
    keep_result(scratch, mark, snakemake.output.configurations)
