"""Rule search: hyperparameters of a classifier of the third paper, by trials on the training replicas of a fold."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from glassmap.io.datasets import atomic_write, write_table
from glassmap.learning.cnn import choose_device, make_deterministic
from glassmap.learning.cross_validation import TEST, TRAIN, VALIDATION, inner_splits, read_pairs, splits_of_pairs
from glassmap.learning.networks import new_network, predict, schedule_of, train_network
from glassmap.learning.search import best_trial, search
from glassmap.seeds import derive_seed
from glassmap.statistics import area_under_curve
from glassmap.workflow.logging import job
from glassmap.workflow.paths import Paths

name, network, fold = (snakemake.wildcards[key] for key in ("dataset", "network", "fold"))
params, config = snakemake.params, snakemake.config
with job(snakemake.log[0], f"search {network} of {name}, fold {fold}", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device = choose_device(config["classifier"]["device"])
    pairs = read_pairs(snakemake.input.configurations, snakemake.input.crystals, params.datasets, params.phases)
    splits = splits_of_pairs(pairs, params.folds, int(fold), derive_seed(params.base_seed, "folds"))
    outer = pairs[name].of_split(splits[name], TRAIN, name)
    seed = derive_seed(params.base_seed, name, network, fold, "search")
    inner = inner_splits(outer.replicas, seed)
    training, validation, test = (outer.of_split(inner, split, name) for split in (TRAIN, VALIDATION, TEST))
    species = 1 + max(int(pair.configurations.species.max()) for pair in pairs.values())

    def objective(tried, go_on):
        options = {**params.options, **tried}
        classifier = new_network(network, options, training.configurations, species, seed)
        train_network(
            classifier,
            (training.configurations, training.classes),
            (validation.configurations, validation.classes),
            schedule_of(options),
            seed,
            device,
            after_epoch=lambda epoch: go_on(epoch.epoch, -epoch.validation_loss),
        )
        samples = classifier.samples_of(test.configurations, np.random.default_rng(seed))
        logits = predict(classifier, samples, device).astype(float)
        return area_under_curve(logits[:, 1] - logits[:, 0], test.classes)

    # of all that trials depend on
    content = json.dumps([params.code, params.options, params.ranges, seed, params.folds, outer.replicas.tolist()])
    mark = hashlib.sha256(content.encode() + outer.configurations.positions.tobytes()).hexdigest()
    storage = Path(Paths(config["study"]).of_dataset.search_scratch.format(**snakemake.wildcards))
    trials = search(objective, params.ranges, params.trials, storage, mark, seed, report)
    chosen = best_trial(trials)
    rows = [
        {
            "trial": trial.number,
            "state": trial.state,
            "auc": trial.value,
            "chosen": trial is chosen,
            **trial.hyperparameters,
        }
        for trial in trials
    ]
    write_table(pd.DataFrame(rows), snakemake.output.trials)
    with atomic_write(snakemake.output.chosen) as part:
        part.write_text(json.dumps(dict(chosen.hyperparameters)) + "\n")
    storage.unlink()
