"""Rule one_number: what a threshold on one number of the graph says of the samples of every pair of states."""

import numpy as np
import pandas as pd

from glassmap.io.datasets import write_table
from glassmap.learning.cross_validation import TEST, TRAIN, read_pairs, splits_of_pairs
from glassmap.learning.names import NUMBERS
from glassmap.learning.one_number import logits, numbers_of
from glassmap.seeds import derive_seed
from glassmap.workflow.logging import job

params, files = snakemake.params, snakemake.input
with job(snakemake.log[0], "one_number") as report:
    pairs = read_pairs(files.configurations, files.crystals, params.datasets, params.phases)
    values = {name: numbers_of(pair.configurations, params.neighbours) for name, pair in pairs.items()}
    rows = []
    for fold in range(params.folds):
        splits = splits_of_pairs(pairs, params.folds, fold, derive_seed(params.base_seed, "folds"))
        for name, own in pairs.items():
            training = splits[name] == TRAIN
            for place, number in enumerate(NUMBERS):
                for tested, pair in pairs.items():
                    both = np.concatenate([values[name][:, place], values[tested][:, place]])
                    learned = np.concatenate([training, np.zeros(len(pair.classes), dtype=bool)])
                    said = logits(both, np.concatenate([own.classes, pair.classes]), learned)[len(own.classes) :]
                    judged = splits[tested] == TEST
                    columns = {"dataset": name, "network": number, "fold": fold, "tested": tested}
                    columns |= {"phase": np.array(params.phases)[pair.classes[judged]], "split": TEST}
                    rows.append(pd.DataFrame({**columns, "replica": pair.replicas[judged], "logit": said[judged]}))
    report(f"{len(NUMBERS)} numbers of {len(pairs)} pairs of states in {params.folds} folds")
    write_table(pd.concat(rows), snakemake.output.predictions)
