"""Rule transferred_predictions: what a model predicts for a system it has not learned from."""

import torch

from glassmap.io.datasets import provenance, read_dataset, select_replicas, write_dataset
from glassmap.io.schema import DESCRIPTORS, PROPENSITIES
from glassmap.papers.jung2023.models import FittedModel
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
with job(snakemake.log[0], f"transferred_predictions {wildcards.system} {wildcards.phase} {wildcards.model}"):
    torch.set_num_threads(1)
    dynamics = read_dataset(files.propensities, PROPENSITIES)
    inputs = select_replicas(dynamics, read_dataset(files.descriptors, DESCRIPTORS), files.descriptors)
    predicted = FittedModel.load(files.model).predict(dynamics, inputs, params.options)
    values = {"glassmlp": params.options}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, wildcards.system)
    write_dataset(predicted, snakemake.output.predictor, attributes)
