"""Tables of the second paper: Pearson correlations, four-point susceptibility, relaxation times."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.analysis.prediction_scores import noise_ceiling, pooled_pearson, score
from glassmap.dynamics.four_point import susceptibility
from glassmap.dynamics.relaxation import relaxation_time
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.jung2023.method import HALF, State, read_states
from glassmap.papers.jung2023.published import bond_breaking_time
from glassmap.seeds import derive_seed
from glassmap.statistics import bootstrap_weights, half_width

LEFT_OUT = "the propensity is the same for all particles of a structure: not learned"
ONE_STRUCTURE = "one test structure: no interval"
TOO_SHORT = "not reached within the runs"


def pearson(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """How well each model predicts the propensity of the test structures, at each time (Fig. 2a).

    Pearson correlation over the particles of all test structures together, and the mean of that within each; 95 %
    intervals over structures; the largest correlation that the noise of the runs allows, and the share of it that is
    reached; the chance level of predictions against the dynamics of other structures; and the correlation on the
    structures that the model was trained on.
    """
    rows = []
    for state in read_states(files, params):
        measured, trained = state.measured(REPORTED_SPLIT), state.measured("train")
        halves = state.halves(REPORTED_SPLIT)
        weights = _weights(state, params, REPORTED_SPLIT)
        for model in state.predictors:
            predicted, of_training = state.predicted(model, REPORTED_SPLIT), state.predicted(model, "train")
            for index, time in enumerate(state.times):
                row = {**_about(state), "time": time, "model": model, "target": state.target.variable}
                row |= {"structures": measured.shape[1], "runs": int(state.dynamics["runs"])}
                if not np.isfinite(predicted[index]).all():
                    rows.append({**row, "note": LEFT_OUT})
                    continue
                found = score(predicted[index], measured[index], weights)
                ceiling = noise_ceiling(halves[:, index])
                rows.append(
                    {
                        **row,
                        "pearson": found.pooled,
                        "low": found.pooled_low,
                        "high": found.pooled_high,
                        "mean_within": found.mean,
                        "mean_within_low": found.mean_low,
                        "mean_within_high": found.mean_high,
                        "noise_ceiling": ceiling,
                        "share_of_ceiling": found.pooled / ceiling if ceiling > 0 else np.nan,
                        "shuffled": found.shuffled,
                        "shuffled_largest": found.shuffled_largest,
                        "training": pooled_pearson(of_training[index], trained[index]),
                        "note": ONE_STRUCTURE if measured.shape[1] == 1 else "",
                    }
                )
    columns = [
        *("system", "state", "temperature", "time", "model", "target", "structures", "runs", "pearson", "low", "high"),
        *("mean_within", "mean_within_low", "mean_within_high", "noise_ceiling", "share_of_ceiling"),
        *("shuffled", "shuffled_largest", "training", "note"),
    ]
    return pd.DataFrame(rows, columns=columns)


def chi4(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Four-point susceptibility of the dynamics and of each model's predictions for the test structures (Fig. 3b)."""
    rows = []
    for state in read_states(files, params):
        weights = _weights(state, params, REPORTED_SPLIT)
        for source in state.sources():
            values = state.target.collective(state.field(source, REPORTED_SPLIT))
            number = values.shape[-1]
            for index, time in enumerate(state.times):
                means = values[index].mean(axis=-1)
                row = {**_about(state), "time": time, "source": source, "structures": len(means)}
                if not np.isfinite(means).all():
                    rows.append({**row, "note": LEFT_OUT})
                    continue
                value = susceptibility(means, number)
                half = half_width(_variances(means, weights) * number, len(means))
                rows.append(
                    {
                        **row,
                        "mean": means.mean(),
                        "chi4": value,
                        "low": max(value - float(half), 0.0),
                        "high": value + float(half),
                        "note": ONE_STRUCTURE if len(means) == 1 else "",
                    }
                )
    columns = ["system", "state", "temperature", "time", "source", "structures", "mean", "chi4", "low", "high", "note"]
    return pd.DataFrame(rows, columns=columns)


def relaxation(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Relaxation times of the predicted species, from all structures, with 95 % intervals over them (SM Fig. 1).

    ``tau_bb``: half of the bonds are broken; ``tau_isf``: the self intermediate scattering function has fallen to 1/e.
    """
    rows = []
    for state in read_states(files, params):
        broken = state.dynamics["bond_breaking"].values[:, :, state.chosen].mean(axis=-1)
        scattering = state.dynamics["scattering"].values[:, :, state.species]
        published = bond_breaking_time(state.system, state.temperature)
        weights = _weights(state, params, None)
        for quantity, curves, level, paper in (
            ("tau_bb", broken, HALF, published),
            ("tau_isf", scattering, np.exp(-1), np.nan),
        ):
            value = relaxation_time(state.times, curves.mean(axis=0), level)
            means = weights @ curves / weights.sum(axis=1, keepdims=True)
            drawn = np.log([relaxation_time(state.times, curve, level) for curve in means])
            # those that do not relax within the runs would make the interval too narrow
            factor = np.exp(half_width(drawn, len(curves))) if np.isfinite(drawn).all() else np.nan
            rows.append(
                {
                    **_about(state),
                    "quantity": quantity,
                    "value": value,
                    "low": value / factor,
                    "high": value * factor,
                    "paper": paper,
                    "structures": len(curves),
                    "at_the_end": curves.mean(axis=0)[-1],
                    "note": "" if np.isfinite(value) else TOO_SHORT,
                }
            )
    return pd.DataFrame(rows)


def _about(state: State) -> dict:
    return {"system": state.system, "state": state.state, "temperature": state.temperature}


def _weights(state: State, params: SimpleNamespace, split: str | None) -> np.ndarray:
    """Bootstrap samples of the structures of a split, or of all."""
    structures = state.dynamics.sizes["sample"] if split is None else len(state.of_split(split))
    seed = derive_seed(params.base_seed, state.system, state.state, "bootstrap of structures")
    return bootstrap_weights(params.bootstrap_samples, structures, seed)


def _variances(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Unbiased variance of the structures in each bootstrap sample, shape (samples,)."""
    count = weights.sum(axis=1)
    mean = weights @ values / count
    squares = weights @ (values - values.mean()) ** 2 / count - (mean - values.mean()) ** 2
    return squares * count / np.maximum(count - 1, 1)
