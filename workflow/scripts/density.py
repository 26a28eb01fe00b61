"""Rule density: operator M on every configuration."""

import numpy as np
import xarray as xr

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import CONFIGURATIONS, variable
from glassmap.structure.density_grid import configuration_kernel
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

name, params = snakemake.wildcards.system, snakemake.params
with job(snakemake.log[0], f"density {name} {snakemake.wildcards.phase}"):
    configurations = read_dataset(snakemake.input.configurations, CONFIGURATIONS)
    species, box_length = configurations["species"].values, float(configurations["box_length"])
    sigma = pair_matrix(params.sigma)
    fields = np.array(
        [
            configuration_kernel(positions, species, sigma, box_length, **params.density).density()
            for positions in configurations["position"].values
        ]
    )
    dataset = xr.Dataset(
        {"density": variable(("sample", "x", "y"), fields, "1", "density field (operator M), raw")},
        coords={"replica": configurations["replica"]},
    )
    configuration = {"sigma": params.sigma, "density": params.density}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.density, attributes)
