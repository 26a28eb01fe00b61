"""Rule configurations_of_chains: the structures of all chains of a state, with their split."""

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import SWAP_CHAIN
from glassmap.simulation.swap_samples import configurations_of_chains
from glassmap.workflow.logging import job

name, state, params = snakemake.wildcards.system, snakemake.wildcards.phase, snakemake.params
with job(snakemake.log[0], f"configurations_of_chains {name} {state}"):
    protocol = params.protocol
    given = protocol["relaxation_time"]
    remedy = (
        f"swap.equilibration (now {protocol['equilibration']:g} relaxation times)"
        if given is None
        else f"swap.relaxation_time.{name}.{state} (now {given:g} tau)"
    )
    chains = [read_dataset(path, SWAP_CHAIN) for path in snakemake.input.chains]
    dataset = configurations_of_chains(
        chains, params.split, f"{name} {state} (T = {protocol['temperature']:g})", remedy
    )
    configuration = {"swap": protocol, "split": params.split}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.configurations, attributes)
