"""Rule glassmlp_model: a model that learns the propensities of a state, and what it predicts for every structure."""

import numpy as np
import torch
import xarray as xr

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.io.datasets import provenance, read_dataset, select_replicas, write_dataset
from glassmap.io.schema import DESCRIPTORS, PROPENSITIES, variable
from glassmap.learning.regression import Structure
from glassmap.papers.jung2023.models import learnable, members_of, new_model
from glassmap.seeds import derive_seed
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
identity = (wildcards.system, wildcards.phase, wildcards.model)
with job(snakemake.log[0], " ".join(["glassmlp_model", *identity]), snakemake.threads) as report:
    torch.set_num_threads(1)  # more do not help such small networks, and would change the order of summation
    torch.use_deterministic_algorithms(True)
    torch.set_flush_denormal(True)
    dynamics = read_dataset(files.propensities, PROPENSITIES)
    inputs = select_replicas(dynamics, read_dataset(files.descriptors, DESCRIPTORS), files.descriptors)
    chosen = dynamics["species"].values == ord(params.options["species"]) - ord("A")
    targets = dynamics[params.options["target"]].values[:, :, chosen]
    split = dynamics["split"].values
    members = {name: np.flatnonzero(split == name) for name in ("train", "validation")}
    learned = learnable(targets, [*members["train"], *members["validation"]])
    if not learned.any():
        raise GlassmapError(
            f"{' '.join(identity)}: {params.options['target']} is the same for all particles of a structure at every "
            "time; longer runs are needed (isoconfigurational.run_time)"
        )
    times = dynamics["time"].values
    if not learned.all():
        report(f"left out: t = {', '.join(f'{time:g}' for time in times[~learned])}, without variance")
    box = Box.cube(float(dynamics["box_length"]), dynamics.sizes["axis"])
    structures = [
        Structure(values[chosen].astype(float), start[chosen], box, target[learned].T)
        for values, start, target in zip(
            inputs["value"].values, dynamics["initial_position"].values, targets, strict=True
        )
    ]
    model = new_model(wildcards.model, params.options, derive_seed(params.base_seed, *identity), report)
    model.fit(*([structures[index] for index in members[name]] for name in ("train", "validation")))
    predicted = np.stack([members_of(model, structure) for structure in structures], axis=1)
    prediction = np.full((len(predicted), *targets.shape), np.nan, dtype=np.float32)
    prediction[:, :, learned] = predicted.transpose(0, 1, 3, 2)
    species = params.options["species"]
    dataset = xr.Dataset(
        {
            "prediction": variable(
                ("member", "sample", "time", "particle"),
                prediction,
                dynamics[params.options["target"]].attrs["units"],
                f"predicted {params.options['target']} of the particles of species {species}; NaN at times left out",
            )
        },
        coords={name: dynamics[name] for name in ("replica", "split", "time")},
    )
    attributes = provenance(snakemake.config["study"], params.base_seed, {"glassmlp": params.options}, wildcards.system)
    write_dataset(dataset, snakemake.output.predictor, attributes)
