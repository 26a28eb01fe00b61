"""Rule swap: one chain of swap Monte Carlo."""

import sys

from glassmap.dynamics.relaxation import intermediate_scattering, relaxation_time
from glassmap.io.datasets import provenance, write_dataset
from glassmap.simulation.checkpoints import fingerprint, keep_result, recover_result, scratch_of_code
from glassmap.simulation.swap_chain import Chain, Relaxation, chain_dataset, run_chain
from glassmap.simulation.swap_protocol import ChainProtocol
from glassmap.simulation.wall_time import WallTime
from glassmap.system import System
from glassmap.workflow.logging import job
from glassmap.workflow.paths import Paths

wildcards, params, config = snakemake.wildcards, snakemake.params, snakemake.config
with job(snakemake.log[0], f"swap {wildcards.system} {wildcards.phase} chain {wildcards.chain}") as report:
    system = System.from_config(wildcards.system, params.model)
    protocol = ChainProtocol.from_config({**params.protocol, "longest_time": config["swap"]["longest_time"]})
    chain = Chain(system, wildcards.phase, int(wildcards.chain), protocol, params.base_seed)
    scratch = scratch_of_code(Paths(config["study"]).swap_scratch.format(**wildcards), params.code)
    mark = fingerprint(dict(params.items()))
    if recover_result(scratch, mark, snakemake.output.chain):
        report("finished before, by a job that outlived Snakemake")
        sys.exit()
    relaxation = Relaxation(intermediate_scattering, relaxation_time)
    progress = run_chain(chain, relaxation, scratch, WallTime.of_job(config["cluster"]["margin"]), report)
    attributes = provenance(
        config["study"], params.base_seed, {"model": params.model, "swap": params.protocol}, wildcards.system
    )
    write_dataset(chain_dataset(chain, progress, relaxation), snakemake.output.chain, attributes)
    keep_result(scratch, mark, snakemake.output.chain)
