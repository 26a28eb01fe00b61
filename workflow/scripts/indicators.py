"""Rule indicators: every indicator of the registry on the test samples."""

import xarray as xr

from glassmap.contract import CONFIGURATIONS, variable
from glassmap.files import provenance, read_dataset, write_dataset
from glassmap.indicators import INDICATORS, Box, compute_all
from glassmap.job import job
from glassmap.paths import plain_system
from glassmap.systems import System, pair_matrix

name, params = plain_system(snakemake.wildcards.system), snakemake.params
with job(snakemake.log[0], f"indicators {name} {snakemake.wildcards.phase}"):
    configurations = read_dataset(snakemake.input.configurations, CONFIGURATIONS)
    test = configurations.isel(sample=configurations["split"].values == "test")
    box = Box(
        float(test["box_length"]),
        pair_matrix(params.contact),
        System.from_config(name, params.model),
        params.density_radius,
    )
    values = compute_all(test["position"].values, test["species"].values, box)
    dataset = xr.Dataset(
        {
            key: variable(("sample", "particle"), values[key], entry.units, entry.long_name)
            for key, entry in INDICATORS.items()
        },
        coords={"replica": test["replica"]},
    )
    configuration = {"tong_tanaka_sigma": params.contact, "density_radius": params.density_radius}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.indicators, attributes)
