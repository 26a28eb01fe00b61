"""Rule descriptors: coarse-grained surroundings of every particle in the inherent structures of a state."""

import numpy as np
import xarray as xr

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import INHERENT, variable
from glassmap.structure.cell_surface import cell_surface
from glassmap.structure.descriptors import descriptor_names, descriptors
from glassmap.structure.indicators import Parameters, potential_energy
from glassmap.system import System
from glassmap.workflow.logging import job

wildcards, params = snakemake.wildcards, snakemake.params
with job(snakemake.log[0], f"descriptors of {wildcards.system} {wildcards.phase}") as report:
    system = System.from_config(wildcards.system, params.model)
    minima = read_dataset(snakemake.input.inherent, INHERENT)
    minima = minima.isel(sample=np.flatnonzero(minima["split"].isin(params.splits)))
    species, chosen = minima["species"].values, params.descriptors
    radii = system.sigma.diagonal()[species] / 2 if chosen["radii"] == "half_sigma" else None
    values = []
    for position in minima["position"].values:
        energy = potential_energy(position, species, Parameters(system.box, system.sigma, system))
        surface = cell_surface(position, system.box, radii)
        values.append(
            descriptors(
                position,
                species,
                energy,
                surface,
                system.box,
                number_of_species=len(system.counts),
                lengths=chosen["lengths"],
                cutoff=chosen["cutoff"],
                formula=chosen["formula"],
            ).astype(np.float32)
        )
    names = descriptor_names(system.species_names, chosen["lengths"])
    report(f"{len(names)} descriptors of {len(species)} particles in {len(values)} structures")
    label = "quantity of a species, or of all, within a length (sigma*)"
    dataset = xr.Dataset(
        {
            "value": variable(
                ("sample", "particle", "descriptor"),
                np.stack(values),
                "epsilon*, sigma* and their powers",
                "coarse-grained number, energy, cell surface or variance of the energy",
            ),
            "species": minima["species"],
        },
        coords={
            "replica": minima["replica"],
            "split": minima["split"],
            "descriptor": variable(("descriptor",), np.array(names), "1", label),
        },
    )
    configuration = {"model": params.model, "descriptors": chosen}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, wildcards.system)
    write_dataset(dataset, snakemake.output.descriptors, attributes)
