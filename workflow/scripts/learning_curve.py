"""Rule learning_curve: a model learns the propensities of a state from fewer and fewer structures."""

import numpy as np
import pandas as pd
import torch

from glassmap.io.datasets import read_dataset, select_replicas, write_table
from glassmap.io.schema import DESCRIPTORS, PREDICTOR, PROPENSITIES
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.predictors.learning_curves import COLUMNS, learning_curve, new_models
from glassmap.seeds import derive_seed
from glassmap.statistics import bootstrap_weights
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
identity = (wildcards.system, wildcards.phase, wildcards.model)
with job(snakemake.log[0], " ".join(["learning_curve", *identity]), snakemake.threads) as report:
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("error")
    torch.set_flush_denormal(True)
    dynamics = read_dataset(files.propensities, PROPENSITIES)
    inputs = select_replicas(dynamics, read_dataset(files.descriptors, DESCRIPTORS), files.descriptors)
    known = select_replicas(dynamics, read_dataset(files.predictor, PREDICTOR), files.predictor)
    test = np.flatnonzero(dynamics["split"].values == REPORTED_SPLIT)
    predicted = known["prediction"].values[:, test].astype(float).mean(axis=0).transpose(1, 0, 2)
    seed = derive_seed(params.base_seed, wildcards.system, wildcards.phase, "bootstrap of structures")
    weights = bootstrap_weights(params.bootstrap_samples, len(test), seed)
    seed = derive_seed(params.base_seed, *identity)
    make = new_models(wildcards.model, params.options, seed, report, params.regressor)
    rows = learning_curve(dynamics, inputs, predicted, params.numbers, weights, params.options, make)
    about = {"system": wildcards.system, "state": wildcards.phase, "temperature": params.temperature}
    about |= {"model": wildcards.model, "target": params.options["target"]}
    write_table(pd.DataFrame([about | row for row in rows], columns=COLUMNS), snakemake.output.curve)
