"""Rules transferred_predictions and predictions_without_runs: what a model predicts for a system it has not learned."""

import torch

from glassmap.io.datasets import provenance, read_dataset, select_replicas, write_dataset
from glassmap.io.schema import CONFIGURATIONS, DESCRIPTORS, PROPENSITIES
from glassmap.papers.jung2023.models import FittedModel
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
with job(snakemake.log[0], " ".join([snakemake.rule, *wildcards])):
    torch.set_num_threads(1)
    inputs, fitted = read_dataset(files.descriptors, DESCRIPTORS), FittedModel.load(files.model)
    if files.get("propensities"):
        dynamics = read_dataset(files.propensities, PROPENSITIES)
        predicted = fitted.predict(dynamics, select_replicas(dynamics, inputs, files.descriptors), params.options)
    else:
        structures = select_replicas(inputs, read_dataset(files.configurations, CONFIGURATIONS), files.configurations)
        predicted = fitted.predict_alone(structures, inputs, params.options)
    values = {"glassmlp": params.options}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, wildcards.system)
    write_dataset(predicted, snakemake.output.predictor, attributes)
