"""Tables of the second paper: Pearson correlations, four-point susceptibility."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.analysis.prediction_scores import agreement, noise_ceiling, pooled_pearson
from glassmap.analysis.predictor_comparison import chance
from glassmap.dynamics.four_point import susceptibility
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.jung2023.method import (
    LEFT_OUT,
    ONE_STRUCTURE,
    TWO_STRUCTURES,
    moved_predictions,
    read_states,
    structure_weights,
)
from glassmap.papers.jung2023.published import glassbench
from glassmap.statistics import variance_interval


def pearson(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """How well each model predicts the propensity of the test structures, at each time (Fig. 2a).

    Pearson correlation over the particles of all test structures together, and the mean of that within each; 95 %
    intervals over structures; the largest correlation that the noise of the runs allows, and the share of it that is
    reached; two-sided p and the magnitude that 5 % of the predictions exceed which were moved to other structures; the
    correlation on the structures that the model was trained on; and that of GlassMLP in GlassBench, pooled as here,
    where it has the same state.
    """
    rows = []
    for state in read_states(files, params):
        measured, trained = state.measured(REPORTED_SPLIT), state.measured("train")
        halves = state.halves(REPORTED_SPLIT)
        weights, runs = structure_weights(state, params, REPORTED_SPLIT), int(state.dynamics["runs"])
        moved = moved_predictions(state, params)
        for model in state.predictors:
            predicted, of_training = state.predicted(model, REPORTED_SPLIT), state.predicted(model, "train")
            for index, time in enumerate(state.times):
                row = {**state.about(), "time": time, "model": model, "target": state.target.variable}
                row |= {"structures": measured.shape[1], "runs": runs}
                row["published"] = glassbench(
                    state.system, model, row["target"], state.temperature, time, state.species
                )
                if not np.isfinite(predicted[index]).all():
                    rows.append({**row, "note": LEFT_OUT})
                    continue
                found = agreement(predicted[index], measured[index], weights)
                p, largest = chance(found.pooled, moved.correlations(predicted[index], measured[index]))
                ceiling = noise_ceiling(halves[:, index], runs)
                rows.append(
                    {
                        **row,
                        **found.columns(),
                        "noise_ceiling": ceiling,
                        "share_of_ceiling": found.pooled / ceiling if ceiling > 0 else np.nan,
                        "p": p,
                        "moved_largest": largest,
                        "training": pooled_pearson(of_training[index], trained[index]) if trained.size else np.nan,
                        "note": ONE_STRUCTURE if measured.shape[1] == 1 else "",
                    }
                )
    columns = [
        *("system", "state", "temperature", "time", "model", "target", "structures", "runs", "pearson", "low", "high"),
        *("mean_within", "mean_within_low", "mean_within_high", "noise_ceiling", "share_of_ceiling"),
        *("p", "moved_largest", "training", "published", "note"),
    ]
    return pd.DataFrame(rows, columns=columns)


def chi4(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Four-point susceptibility of the dynamics and of each model's predictions for the test structures (Fig. 3b)."""
    rows = []
    for state in read_states(files, params):
        for source in state.sources():
            values = state.target.collective(state.field(source, REPORTED_SPLIT))
            number = values.shape[-1]
            for index, time in enumerate(state.times):
                means = values[index].mean(axis=-1)
                row = {**state.about(), "time": time, "source": source, "structures": len(means)}
                if not np.isfinite(means).all():
                    rows.append({**row, "note": LEFT_OUT})
                    continue
                low, high = (number * limit for limit in variance_interval(means))
                rows.append(
                    {
                        **row,
                        "mean": means.mean(),
                        "chi4": susceptibility(means, number),
                        "low": low,
                        "high": high,
                        "note": ONE_STRUCTURE if len(means) == 1 else TWO_STRUCTURES if len(means) == 2 else "",
                    }
                )
    columns = ["system", "state", "temperature", "time", "source", "structures", "mean", "chi4", "low", "high", "note"]
    return pd.DataFrame(rows, columns=columns)
