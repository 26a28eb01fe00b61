"""Rule graph_network: a graph network with relative motion learns the propensities of a state, and predicts them."""

import numpy as np
import torch
import xarray as xr

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.io.datasets import opened_dataset, provenance, read_dataset, write_dataset
from glassmap.io.schema import ISOCONFIGURATIONAL_RUNS, PROPENSITIES, variable
from glassmap.learning.relative_motion_network import RelativeMotionRegressor, particle_graph
from glassmap.papers.jung2023.models import learnable
from glassmap.seeds import derive_seed
from glassmap.system import species_index
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
identity = (wildcards.system, wildcards.phase, "graph_network")
with job(snakemake.log[0], " ".join(identity), snakemake.threads) as report:
    torch.set_num_threads(1)  # more would change the order of summation
    torch.set_deterministic_debug_mode("error")
    torch.set_flush_denormal(True)
    dynamics = read_dataset(files.propensities, PROPENSITIES)
    species, times = dynamics["species"].values, dynamics["time"].values
    chosen = species == species_index(params.species)
    box = Box.cube(float(dynamics["box_length"]), dynamics.sizes["axis"])
    split, targets = dynamics["split"].values, dynamics[params.target].values
    learning = np.flatnonzero(np.isin(split, ("train", "validation")))
    learned = learnable(targets[:, :, chosen], learning)
    if not learned.any():
        raise GlassmapError(f"{' '.join(identity)}: {params.target} is the same for all particles at every time")
    place = {replica: index for index, replica in enumerate(dynamics["replica"].values.tolist())}
    graphs = {}
    for path in files.runs:
        with opened_dataset(path, ISOCONFIGURATIONAL_RUNS) as runs:
            for number, replica in enumerate(runs["replica"].values.tolist()):
                index, start = place[replica], runs["initial_position"].values[number]
                motion = moved = None
                if index in learning:
                    motion = targets[index][learned].T
                    moved = runs["position"].isel(sample=number).values[:, learned] - start
                graphs[index] = particle_graph(start, species, box, motion, moved)
    report(f"{len(graphs)} graphs of {len(species)} particles")
    model = RelativeMotionRegressor(derive_seed(params.base_seed, *identity), params.epochs, report)
    model.fit(*([graphs[index] for index in np.flatnonzero(split == name)] for name in ("train", "validation")))
    prediction = np.full((1, len(split), len(times), np.count_nonzero(chosen)), np.nan, dtype=np.float32)
    for index, graph in graphs.items():
        prediction[0, index][learned] = model.predict(graph)[chosen].T
    label = f"predicted {params.target} of species {params.species}; NaN at times left out"
    dataset = xr.Dataset(
        {
            "prediction": variable(
                ("member", "sample", "time", "particle"), prediction, dynamics[params.target].attrs["units"], label
            )
        },
        coords={name: dynamics[name] for name in ("replica", "split", "time")},
    )
    configuration = {"target": params.target, "species": params.species, "epochs": params.epochs}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, wildcards.system)
    write_dataset(dataset, snakemake.output.predictor, attributes)
