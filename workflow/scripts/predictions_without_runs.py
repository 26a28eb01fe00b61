"""Rule predictions_without_runs: what a model predicts for structures from which no runs are made."""

import torch

from glassmap.io.datasets import provenance, read_dataset, select_replicas, write_dataset
from glassmap.io.schema import CONFIGURATIONS, DESCRIPTORS
from glassmap.papers.jung2023.models import FittedModel
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
with job(snakemake.log[0], f"predictions_without_runs {wildcards.system} {wildcards.phase} {wildcards.model}"):
    torch.set_num_threads(1)
    inputs = read_dataset(files.descriptors, DESCRIPTORS)
    structures = select_replicas(inputs, read_dataset(files.configurations, CONFIGURATIONS), files.configurations)
    predicted = FittedModel.load(files.model).predict_alone(structures, inputs, params.options)
    values = {"glassmlp": params.options}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, wildcards.system)
    write_dataset(predicted, snakemake.output.predictor, attributes)
