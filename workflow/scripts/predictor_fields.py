"""Rule predictor_fields: every predictor that is not told the dynamics, of the structures of a state."""

from time import perf_counter

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.io.datasets import provenance, read_dataset, read_table, select_replicas, write_dataset, write_table
from glassmap.io.schema import CONFIGURATIONS, HISTORY, INHERENT, variable
from glassmap.learning.names import D_MPNN, DENSITY_CNN
from glassmap.learning.predictors import Samples, predictors_of
from glassmap.learning.training import has_failed
from glassmap.seeds import derive_seed
from glassmap.structure.indicators import Parameters
from glassmap.system import System, pair_matrix
from glassmap.workflow.logging import job

name, state, params = snakemake.wildcards.system, snakemake.wildcards.phase, snakemake.params


def class_networks(minima: xr.Dataset) -> dict:
    """The networks that were told which samples are liquid and which are glass, without those at chance."""
    if not params.networks:
        return {}
    from glassmap.learning.class_networks import DensityNetworks, GraphNetworks  # slow to load
    from glassmap.learning.cnn import Architecture, load_model, make_deterministic
    from glassmap.learning.networks import load_network

    make_deterministic(snakemake.threads)
    files, options, found = snakemake.input, params.networks, {}

    def of_trained(models, histories, *others):
        """What belongs to the networks that have learned."""
        for one, history, *more in zip(models, histories, *others, strict=True):
            if not has_failed(read_table(history, HISTORY), options["failed_below"]):
                yield one, *more

    if files.get("models"):
        architecture = Architecture.from_config(options["architecture"])
        found[DENSITY_CNN] = DensityNetworks(
            [load_model(path, architecture) for (path,) in of_trained(files.models, files.histories)],
            system.sigma,
            options["density"],
            options["attribution"],
            options["initialization"],
        )
    if files.get("graph_models"):
        trained = list(of_trained(files.graph_models, files.graph_histories, files.graph_predictions))
        found[D_MPNN] = GraphNetworks(
            [load_network(path) for path, _ in trained],
            np.array([~np.isin(minima["replica"], learned_from(path)) for _, path in trained]),
        )
    return found


def thermal(minima: xr.Dataset) -> np.ndarray | None:
    """What networks see: the structures before they were minimised; nothing if no network is asked."""
    if not params.networks:
        return None
    path = snakemake.input.configurations[0]
    return select_replicas(minima, read_dataset(path, CONFIGURATIONS), path)["position"].values


def learned_from(predictions: str) -> np.ndarray:
    """Replicas that a network of the third paper was trained on, in whatever state: states of one may be related."""
    table = read_table(predictions, ("tested", "replica", "split"))
    own = (table["tested"] == name) & (table["split"] == "train")
    return table.loc[own, "replica"].to_numpy()


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
        thermal(minima),
        class_networks(minima),
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
