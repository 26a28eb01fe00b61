"""Transfer of models across systems, temperature and time: what learned one state and time, against another."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.analysis.prediction_scores import agreement, noise_ceiling
from glassmap.analysis.predictor_comparison import MovedPredictions, chance
from glassmap.io.datasets import files_by_key, opened_dataset, read_dataset, select_replicas
from glassmap.io.schema import DESCRIPTORS, PROPENSITIES
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.jung2023.method import State, moved_predictions, read_states, structure_weights
from glassmap.papers.jung2023.models import FittedModel, members_of, structures_of

COLUMNS = (
    *("system", "model", "target", "learned_system", "learned_state", "learned_temperature", "learned_time"),
    *("state", "temperature", "time", "structures", "pearson", "low", "high"),
    *("mean_within", "mean_within_low", "mean_within_high", "p", "moved_largest", "noise_ceiling"),
)


def transfer(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Correlation of models with the dynamics of the test structures of every state at every time.

    Pooled, and the mean of that within each structure, with 95 % intervals over structures; p and the magnitude that
    5 % exceed of the predictions which were moved to other structures. Models are those of every state and time of all
    systems that have the same descriptors: dimension, species and lengths, and a cutoff within half of both boxes,
    beyond which the larger one has more neighbours. Structures of the same system that they learned from are not judged
    in the other states either, since chains and coolings are shared.
    """
    models = files_by_key(files.models, params.systems, params.states, params.models)
    inputs = files_by_key(files.descriptors, params.systems, params.states)
    dynamics = files_by_key(files.propensities, params.systems, params.states)
    first = params.states[0]
    known = {system: _descriptors(inputs[system, first], dynamics[system, first]) for system in params.systems}
    rows = []
    for state in read_states(files, params):
        path = inputs[state.system, state.state]
        tested = state.dynamics.isel(sample=state.of_split(REPORTED_SPLIT))
        descriptors = select_replicas(tested, read_dataset(path, DESCRIPTORS), path)
        weights, moved = structure_weights(state, params, REPORTED_SPLIT), moved_predictions(state, params)
        structures = structures_of(tested, descriptors, {"species": params.species})
        alike = [system for system in params.systems if known[system].alike(known[state.system], params.cutoff)]
        for learned_system, learned_state, model in product(alike, params.states, params.models):
            fitted = FittedModel.load(models[learned_system, learned_state, model])
            found = np.stack([members_of(fitted.model, one).mean(axis=0).T for one in structures], axis=1)
            about = {
                "model": model,
                "learned_system": learned_system,
                "learned_state": learned_state,
                "learned_temperature": params.temperatures[learned_system][learned_state],
            }
            rows += [about | row for row in _rows(state, found, fitted.times[fitted.learned], weights, moved)]
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True)
class Descriptors:
    """What decides whether the descriptors of two systems mean the same."""

    dimension: int
    box_length: float
    names: list[str]

    def alike(self, other: "Descriptors", cutoff: float) -> bool:
        """Whether a model of one can be asked of the other; the cutoff in sigma*."""
        if (self.dimension, self.names) != (other.dimension, other.names):
            return False
        lengths = (self.box_length, other.box_length)
        return bool(np.isclose(*lengths, rtol=1e-6)) or cutoff <= min(lengths) / 2


def _descriptors(descriptors: str, dynamics: str) -> Descriptors:
    """Of the files of a state."""
    with opened_dataset(descriptors, DESCRIPTORS) as inputs, opened_dataset(dynamics, PROPENSITIES) as measured:
        return Descriptors(measured.sizes["axis"], float(measured["box_length"]), inputs["descriptor"].values.tolist())


def _rows(
    state: State, predicted: np.ndarray, times: np.ndarray, weights: np.ndarray, moved: MovedPredictions
) -> Iterator[dict]:
    """Of predictions of shape (learned time, M, n)."""
    measured, halves = state.measured(REPORTED_SPLIT), state.halves(REPORTED_SPLIT)
    runs = int(state.dynamics["runs"])
    ceilings = [noise_ceiling(halves[:, index], runs) for index in range(len(state.times))]
    for learned, values in zip(times, predicted, strict=True):
        for index, time in enumerate(state.times):
            found = agreement(values, measured[index], weights)
            p, largest = chance(found.pooled, moved.correlations(values, measured[index]))
            yield {
                **state.about(),
                "target": state.target.variable,
                "learned_time": learned,
                "time": time,
                "structures": measured.shape[1],
                **found.columns(),
                "p": p,
                "moved_largest": largest,
                "noise_ceiling": ceilings[index],
            }
