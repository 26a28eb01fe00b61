"""Rule glass_transition: T* of every system from the energies of its inherent structures."""

import numpy as np

from glassmap.analysis.glass_transition import glass_transition, transition_table
from glassmap.io.datasets import read_dataset, read_table, write_table
from glassmap.io.left_out import crystallised_replicas
from glassmap.io.schema import CRYSTALS, INHERENT_ENERGIES
from glassmap.seeds import derive_seed
from glassmap.workflow.logging import job

params, files = snakemake.params, snakemake.input
with job(snakemake.log[0], "glass_transition") as report:
    batches = [read_dataset(path, INHERENT_ENERGIES) for path in files.inherent_structures]
    transitions, counts = {}, {}
    for (name, limits), crystals in zip(params.limits.items(), files.crystals, strict=True):
        own = [batch for batch in batches if batch.attrs["system"] == name]
        replicas = np.concatenate([batch["replica"].values for batch in own])
        energy = np.concatenate([batch["inherent_energy"].values for batch in own])
        crystallised = crystallised_replicas(read_table(crystals, CRYSTALS), replicas)
        counts[name] = {"replicas": int((~crystallised).sum()), "crystallised": int(crystallised.sum())}
        seed = derive_seed(params.base_seed, name, "glass transition")
        temperature = own[0]["temperature"].values
        found = glass_transition(temperature, energy[~crystallised], tuple(limits), **params.fit, seed=seed)
        transitions[name] = found
        said = found.note or f"T* = {found.value:.3f} +- {found.std:.3f}"
        report(f"{name}: {said}, from {counts[name]['replicas']} replicas")
    reference = read_table(files.reference, ("system", "quantity", "value"))
    published = reference[reference["quantity"] == "glass_transition_temperature"].set_index("system")["value"]
    papers = {name: published[name.lower()] for name in transitions if name.lower() in published.index}
    write_table(transition_table(transitions, counts, params.cooling_rates, papers), snakemake.output.table)
