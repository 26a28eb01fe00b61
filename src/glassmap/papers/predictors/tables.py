"""The table of all predictors."""

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.analysis.prediction_scores import agreement, noise_ceiling, pooled_pearson
from glassmap.analysis.predictor_comparison import MovedPredictions, chance
from glassmap.dynamics.four_point import susceptibility
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.jung2023.method import ONE_STRUCTURE, State, moved_predictions, structure_weights
from glassmap.papers.predictors.fields import NO_VALUE, JudgedField, compared_states, in_order, judged_fields

COLUMNS = (
    *("system", "state", "temperature", "target", "time", "predictor", "version", "length", "told"),
    *("training_structures", "structures", "runs", "pearson", "low", "high"),
    *("mean_within", "mean_within_low", "mean_within_high", "spearman", "p", "moved_largest"),
    *("noise_ceiling", "share_of_ceiling", "chi4", "chi4_dynamics", "note"),
)


def predictors(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """How well every predictor agrees with the dynamics of the test structures, at each time.

    Bare, and coarse-grained with the length that has the largest correlation in structures that are not judged. Pearson
    correlation over the particles of all test structures together and the mean of that within each, with 95 % intervals
    over structures; Spearman's; two-sided p and the magnitude that 5 % of moved predictions exceed; the noise ceiling
    of the runs and the share of it that is reached, with the sign that a linear fit to the other structures has; chi_4
    of that fit beside the dynamics'.
    """
    calibrations, rows = {}, []
    for state, fields in compared_states(files, params):
        moved = moved_predictions(state, params)
        for aimed, judged in judged_fields(state, fields, params, calibrations):
            rows += _rows(aimed, judged, params, moved)
    return pd.DataFrame(sorted(rows, key=in_order(params)), columns=COLUMNS)


def _rows(state: State, judged: list[JudgedField], params: SimpleNamespace, moved: MovedPredictions) -> Iterator[dict]:
    """Rows of predictors beside one of the dynamics of a state."""
    measured, halves = state.measured(REPORTED_SPLIT), state.halves(REPORTED_SPLIT)
    weights, runs = structure_weights(state, params, REPORTED_SPLIT), int(state.dynamics["runs"])
    ceilings = [noise_ceiling(halves[:, index], runs) for index in range(len(state.times))]
    dynamics = [_chi4(state, at_time) for at_time in measured]
    for one in judged:
        aim, ceiling = measured[one.index], ceilings[one.index]
        row = {
            **state.about(),
            "target": state.target.variable,
            "time": state.times[one.index],
            "predictor": one.name,
            "version": one.version,
            "length": one.length,
            "told": one.told,
            "training_structures": one.training,
            "structures": len(aim),
            "runs": runs,
            "noise_ceiling": ceiling,
            "chi4_dynamics": dynamics[one.index],
            "note": one.note,
        }
        if one.calibration is None:
            yield row
            continue
        field = one.values
        found = agreement(field, aim, weights)
        p, largest = chance(found.pooled, moved.correlations(field, aim))
        sign = 1.0 if one.supervised else np.sign(one.calibration.slope)
        yield row | {
            **found.columns(),
            "spearman": pooled_pearson(_ranks(field), _ranks(aim)),
            "p": p,
            "moved_largest": largest,
            "share_of_ceiling": sign * found.pooled / ceiling if ceiling > 0 else np.nan,
            "chi4": _chi4(state, one.calibrated),
            "note": (ONE_STRUCTURE if len(aim) == 1 else "") if np.isfinite(field).all() else NO_VALUE,
        }


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks over all structures together, ties sharing their mean; same shape."""
    return pd.Series(values.ravel()).rank().to_numpy().reshape(values.shape)


def _chi4(state: State, values: np.ndarray) -> float:
    """Susceptibility of a field, shape (M, n)."""
    return susceptibility(state.target.collective(values).mean(axis=-1), values.shape[-1])
