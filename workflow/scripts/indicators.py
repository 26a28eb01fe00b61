"""Rule indicators: every indicator of the registry on the validation and test samples."""

import numpy as np
import xarray as xr

from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.schema import CONFIGURATIONS, variable
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.structure.indicators import Parameters, compute_all, indicators_in
from glassmap.system import System, pair_matrix
from glassmap.workflow.logging import job

name, params = snakemake.wildcards.system, snakemake.params
with job(snakemake.log[0], f"indicators {name} {snakemake.wildcards.phase}"):
    configurations = read_dataset(snakemake.input.configurations, CONFIGURATIONS)
    known = configurations.isel(sample=np.isin(configurations["split"].values, (SELECTION_SPLIT, REPORTED_SPLIT)))
    system = System.from_config(name, params.model)
    parameters = Parameters(system.box, pair_matrix(params.contact), system, params.density_radius)
    values = compute_all(known["position"].values, known["species"].values, parameters)
    dataset = xr.Dataset(
        {
            key: variable(("sample", "particle"), values[key], entry.units.format(d=system.dimension), entry.long_name)
            for key, entry in indicators_in(system.dimension, system).items()
        },
        coords={"replica": known["replica"], "split": known["split"]},
    )
    configuration = {"tong_tanaka_sigma": params.contact, "density_radius": params.density_radius}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.indicators, attributes)
