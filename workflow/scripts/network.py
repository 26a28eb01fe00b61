"""Rule network: train one classifier of the third paper and let it judge its own pair of states and the others."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from glassmap.io.datasets import atomic_write, write_table
from glassmap.learning.cnn import choose_device, make_deterministic
from glassmap.learning.cross_validation import TEST, TRAIN, VALIDATION, read_pairs, splits_of_pairs
from glassmap.learning.networks import new_network, predict, save_network, schedule_of, train_network
from glassmap.seeds import derive_seed
from glassmap.workflow.logging import job

name, network, fold = (snakemake.wildcards[key] for key in ("dataset", "network", "fold"))
params, config, files = snakemake.params, snakemake.config, snakemake.input
with job(snakemake.log[0], f"network {network} of {name}, fold {fold}", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device = choose_device(config["classifier"]["device"])
    pairs = read_pairs(files.configurations, files.crystals, params.datasets, params.phases)
    splits = splits_of_pairs(pairs, params.folds, int(fold), derive_seed(params.base_seed, "folds"))
    parts = {split: pairs[name].of_split(splits[name], split, name) for split in (TRAIN, VALIDATION, TEST)}
    options = {**params.options, **(json.loads(Path(files.chosen[0]).read_text()) if files.chosen else {})}
    seed = derive_seed(params.base_seed, name, network, fold)
    training, validation = parts[TRAIN], parts[VALIDATION]
    species = 1 + max(int(pair.configurations.species.max()) for pair in pairs.values())
    classifier = new_network(network.partition("-")[0], options, training.configurations, species, seed)
    report(f"training on {device}: {len(training.classes)} samples, {len(validation.classes)} to validate")
    history, best = train_network(
        classifier,
        (training.configurations, training.classes),
        (validation.configurations, validation.classes),
        schedule_of(options),
        seed,
        device,
        report,
    )
    report(f"kept epoch {best.epoch}: validation accuracy {best.validation_accuracy:.3f}")
    rows = []
    for dataset, pair in pairs.items():
        judged = pair if dataset == name else pair.of_split(splits[dataset], TEST, dataset)
        # the same windows for all networks of a fold, so that they are compared on the same samples
        rng = np.random.default_rng(derive_seed(params.base_seed, name, fold, "judged", dataset))
        samples = classifier.samples_of(judged.configurations, rng)
        split = splits[dataset] if dataset == name else np.full(len(judged.classes), TEST)
        logit = np.empty(len(split))
        for part in np.unique(split):  # with attention over the batch, those of one affect each other
            places = np.flatnonzero(split == part)
            logits = predict(classifier, [samples[place] for place in places], device).astype(float)
            logit[places] = logits[:, 1] - logits[:, 0]
        phase = np.array(params.phases)[judged.classes]
        columns = {"tested": dataset, "phase": phase, "replica": judged.replicas, "split": split}
        rows.append(pd.DataFrame({**columns, "logit": logit, "p_glass": expit(logit)}))
    write_table(pd.concat(rows), snakemake.output.predictions)
    write_table(pd.DataFrame([asdict(record) for record in history]), snakemake.output.history)
    with atomic_write(snakemake.output.model) as part:
        save_network(part, classifier)
