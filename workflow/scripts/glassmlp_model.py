"""Rule glassmlp_model: a model that learns the propensities of a state, and what it predicts for every structure."""

import numpy as np
import torch

from glassmap.errors import GlassmapError
from glassmap.io.datasets import provenance, read_dataset, select_replicas, write_dataset
from glassmap.io.schema import DESCRIPTORS, PROPENSITIES
from glassmap.papers.jung2023.models import FittedModel, learnable, new_model, structures_of
from glassmap.seeds import derive_seed
from glassmap.system import species_index
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
identity = (wildcards.system, wildcards.phase, wildcards.model)
with job(snakemake.log[0], " ".join(["glassmlp_model", *identity]), snakemake.threads) as report:
    torch.set_num_threads(1)  # more do not help such small networks, and would change the order of summation
    torch.set_deterministic_debug_mode("error")
    torch.set_flush_denormal(True)
    dynamics = read_dataset(files.propensities, PROPENSITIES)
    inputs = select_replicas(dynamics, read_dataset(files.descriptors, DESCRIPTORS), files.descriptors)
    chosen = dynamics["species"].values == species_index(params.options["species"])
    split = dynamics["split"].values
    members = {name: np.flatnonzero(split == name) for name in ("train", "validation")}
    learned = learnable(
        dynamics[params.options["target"]].values[:, :, chosen], [*members["train"], *members["validation"]]
    )
    if not learned.any():
        raise GlassmapError(
            f"{' '.join(identity)}: {params.options['target']} is the same for all particles of a structure at every "
            "time; longer runs are needed (isoconfigurational.run_time)"
        )
    times = dynamics["time"].values
    if not learned.all():
        report(f"left out: t = {', '.join(f'{time:g}' for time in times[~learned])}, without variance")
    structures = structures_of(dynamics, inputs, params.options, learned)
    seed = derive_seed(params.base_seed, *identity)
    model = new_model(wildcards.model, params.options, seed, report, params.regressor)
    model.fit(*([structures[index] for index in members[name]] for name in ("train", "validation")))
    fitted = FittedModel(model, times, learned)
    values = {"glassmlp": params.options, "regressor": params.regressor}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, wildcards.system)
    write_dataset(fitted.predict(dynamics, inputs, params.options), snakemake.output.predictor, attributes)
    fitted.save(snakemake.output.model)
