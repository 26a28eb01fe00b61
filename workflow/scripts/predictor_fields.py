"""Rule predictor_fields: every predictor that is not told the dynamics, of the structures of a state."""

from time import perf_counter

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.io.datasets import provenance, read_dataset, write_dataset, write_table
from glassmap.io.schema import INHERENT, variable
from glassmap.learning.predictors import Samples, predictors_of
from glassmap.seeds import derive_seed
from glassmap.structure.indicators import Parameters
from glassmap.system import System, pair_matrix
from glassmap.workflow.logging import job

name, state, params = snakemake.wildcards.system, snakemake.wildcards.phase, snakemake.params
with job(snakemake.log[0], f"predictor_fields {name} {state}") as report:
    system = System.from_config(name, params.model)
    minima = read_dataset(snakemake.input.inherent, INHERENT)
    minima = minima.isel(sample=np.flatnonzero(minima["split"].isin(params.splits)))
    samples = Samples(
        minima["position"].values,
        minima["species"].values,
        minima["split"].values == "train",
        Parameters(system.box, pair_matrix(params.contact), system, params.density_radius),
        derive_seed(params.base_seed, name, state, "predictors"),
    )
    values, seconds = {}, []
    for row, predictor in predictors_of(params.rows, system).items():
        start = perf_counter()
        values[row] = predictor.function(samples)
        seconds.append((row, perf_counter() - start, len(samples.positions)))
    report(f"{len(values)} predictors of {len(samples.positions)} structures")
    label = "value of a predictor, in units of its own"
    number = samples.positions.shape[:2]
    dataset = xr.Dataset(
        {
            "value": variable(
                ("predictor", "sample", "particle"),
                np.array(list(values.values())).reshape(-1, *number),
                "various",
                label,
            ),
            "species": minima["species"],
        },
        coords={
            "predictor": np.array(list(values), dtype=str),
            "replica": minima["replica"],
            "split": minima["split"],
        },
    )
    configuration = {"rows": params.rows, "density_radius": params.density_radius, "contact": params.contact}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.fields, attributes)
    write_table(pd.DataFrame(seconds, columns=["predictor", "seconds", "structures"]), snakemake.output.seconds)
