"""The table of all predictors."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.prediction_scores import agreement, noise_ceiling, pooled_pearson
from glassmap.analysis.predictor_comparison import (
    Calibration,
    MovedPredictions,
    calibrate,
    chance,
    coarse_grained,
)
from glassmap.dynamics.four_point import susceptibility
from glassmap.io.datasets import files_by_key, read_dataset, select_replicas
from glassmap.io.schema import PREDICTOR_FIELDS
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.learning.predictors import DYNAMICS, PREDICTORS
from glassmap.papers.jung2023.method import LEFT_OUT, ONE_STRUCTURE, TARGETS, State, read_states, structure_weights
from glassmap.seeds import derive_seed

BARE, COARSE = VERSIONS = ("bare", "coarse_grained")
AS_IT_IS = Calibration(0, 1.0, 0.0)  # of a prediction of the dynamics themselves
CONSTANT = "the same for all particles: no correlation"
NO_VALUE = "particles without a value"
NOT_CHOSEN = "no structures of {split} to choose a length or a sign from"
COLUMNS = (
    *("system", "state", "temperature", "target", "time", "predictor", "version", "length", "told"),
    *("training_structures", "structures", "runs", "pearson", "low", "high"),
    *("mean_within", "mean_within_low", "mean_within_high", "spearman", "p", "moved_largest"),
    *("noise_ceiling", "share_of_ceiling", "chi4", "chi4_dynamics", "note"),
)


@dataclass(frozen=True)
class Group:
    """Predictors whose values belong to the same particles.

    Attributes
    ----------
    names : list of str
    told : list of str
        Of each, one of `glassmap.learning.predictors.TOLD`.
    training : list of int
        Structures that it has learned from.
    values : ndarray, shape (len(names), 1 or time, M, N or n)
    particles : ndarray of bool, shape (N,)
        That have values.
    targets : list of str
        Dynamics that it is compared with.
    split : str
        Whose structures choose length and sign: of those that were told the dynamics of the training structures, the
        validation structures.
    """

    names: list[str]
    told: list[str]
    training: list[int]
    values: np.ndarray
    particles: np.ndarray
    targets: list[str]
    split: str


def predictors(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """How well every predictor agrees with the dynamics of the test structures, at each time.

    Bare, and coarse-grained with the length that has the largest correlation in structures that are not judged. Pearson
    correlation over the particles of all test structures together and the mean of that within each, with 95 % intervals
    over structures; Spearman's; two-sided p and the magnitude that 5 % of moved predictions exceed; the noise ceiling
    of the runs and the share of it that is reached, with the sign that a linear fit to the other structures has; chi_4
    of that fit beside the dynamics'.
    """
    fields = files_by_key(files.fields, params.systems, params.states)
    calibrations: dict[tuple, Calibration | None] = {}
    rows = []
    for state in read_states(files, params):
        path = fields[state.system, state.state]
        of_fields = select_replicas(state.dynamics, read_dataset(path, PREDICTOR_FIELDS), path)
        positions = np.array(state.positions(REPORTED_SPLIT))
        seed = derive_seed(params.base_seed, state.system, state.state, "moved predictions")
        moved = MovedPredictions.draw(positions, state.box, params.moved_maps, seed)
        for group in _groups(state, of_fields, params):
            rows += _rows(state, group, params, moved, calibrations)
    order = {name: index for index, name in enumerate([*params.rows, *params.models])}
    places = {name: index for index, name in enumerate([*params.systems, *params.states, *TARGETS])}
    rows.sort(
        key=lambda row: (
            *(places[row[key]] for key in ("system", "state", "target")),
            row["time"],
            order[row["predictor"]],
            VERSIONS.index(row["version"]),
        )
    )
    return pd.DataFrame(rows, columns=COLUMNS)


def _groups(state: State, fields: xr.Dataset, params: SimpleNamespace) -> Iterator[Group]:
    """What there is of a state: first all that were not told the dynamics, then the models, one by one."""
    names = fields["predictor"].values.tolist()
    training = params.training[params.transfer.get(state.system, state.system)]
    everything = np.ones(state.dynamics.sizes["particle"], dtype=bool)
    yield Group(
        names,
        [PREDICTORS[name].told for name in names],
        [training if PREDICTORS[name].trained else 0 for name in names],
        fields["value"].values[:, None],
        everything,
        list(TARGETS),
        "train",
    )
    for model in state.predictors:
        told = params.told[model]
        values = state.predictors[model]["prediction"].values.astype(float).mean(axis=0).transpose(1, 0, 2)
        supervised = told == DYNAMICS
        yield Group(
            [model],
            [told],
            [params.own_training.get(model, training)],
            values[None],
            state.chosen,
            [params.target] if supervised else list(TARGETS),
            SELECTION_SPLIT if supervised else "train",
        )


def _rows(
    state: State, group: Group, params: SimpleNamespace, moved: MovedPredictions, calibrations: dict
) -> Iterator[dict]:
    """Rows of a group of predictors in a state; calibrations of earlier systems are read, its own are added."""
    learned_from = params.transfer.get(state.system, state.system)
    selecting, judged = state.of_split(group.split), state.of_split(REPORTED_SPLIT)
    needed = np.concatenate([selecting, judged])
    lengths = (0.0, *params.lengths)
    places = state.dynamics["initial_position"].values[needed][:, group.particles]
    flat = group.values[:, :, needed].reshape(-1, len(needed), group.values.shape[-1])
    coarse = coarse_grained(flat, places, state.box, lengths, state.chosen[group.particles])
    coarse = coarse.reshape(len(lengths), *group.values.shape[:2], *coarse.shape[-2:])
    for target in group.targets:
        aimed = replace(state, target=TARGETS[target])
        known, measured = aimed.measured(group.split), aimed.measured(REPORTED_SPLIT)
        halves, weights = aimed.halves(REPORTED_SPLIT), structure_weights(state, params, REPORTED_SPLIT)
        for index, time in enumerate(state.times):
            ceiling = noise_ceiling(halves[:, index])
            dynamics = _chi4(aimed, measured[index])
            for number, name in enumerate(group.names):
                at_time = coarse[:, number, min(index, coarse.shape[2] - 1)]
                for version, part in zip(VERSIONS, (slice(0, 1), slice(1, None)), strict=True):
                    key = (state.state, target, index, name, version)
                    if learned_from == state.system:
                        calibrations[state.system, *key] = calibrate(at_time[part, : len(selecting)], known[index])
                    chosen = calibrations.get((learned_from, *key))
                    supervised = group.told[number] == DYNAMICS
                    row = {
                        **state.about(),
                        "target": target,
                        "time": time,
                        "predictor": name,
                        "version": version,
                        "told": group.told[number],
                        "training_structures": group.training[number],
                        "structures": len(judged),
                        "runs": int(state.dynamics["runs"]),
                        "noise_ceiling": ceiling,
                        "chi4_dynamics": dynamics,
                    }
                    judging = at_time[part, len(selecting) :].astype(float)
                    if supervised and version == BARE and np.ptp(judging) > 0:
                        chosen = AS_IT_IS
                    if chosen is None:
                        yield {**row, "note": _why_nothing(judging, known[index], supervised, group.split)}
                        continue
                    field = judging[chosen.length]
                    found = agreement(field, measured[index], weights)
                    p, largest = chance(found.pooled, moved.correlations(field, measured[index]))
                    sign = 1.0 if supervised else np.sign(chosen.slope)
                    yield row | {
                        "length": lengths[part][chosen.length],
                        "pearson": found.pooled,
                        "low": found.pooled_low,
                        "high": found.pooled_high,
                        "mean_within": found.mean,
                        "mean_within_low": found.mean_low,
                        "mean_within_high": found.mean_high,
                        "spearman": pooled_pearson(_ranks(field), _ranks(measured[index])),
                        "p": p,
                        "moved_largest": largest,
                        "share_of_ceiling": sign * found.pooled / ceiling if ceiling > 0 else np.nan,
                        "chi4": _chi4(aimed, field if supervised else chosen(field)),
                        "note": ONE_STRUCTURE if len(judged) == 1 else "",
                    }


def _why_nothing(field: np.ndarray, known: np.ndarray, supervised: bool, split: str) -> str:
    """Why a predictor is not judged: neither is a correlation known in the structures that choose."""
    if not np.isfinite(field).all() and not supervised:
        return NO_VALUE
    if np.isfinite(field).all() and np.ptp(field) == 0:
        return CONSTANT
    return LEFT_OUT if len(known) else NOT_CHOSEN.format(split=split)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks over all structures together, ties sharing their mean; same shape."""
    return pd.Series(values.ravel()).rank().to_numpy().reshape(values.shape)


def _chi4(state: State, values: np.ndarray) -> float:
    """Susceptibility of a field, shape (M, n)."""
    return susceptibility(state.target.collective(values).mean(axis=-1), values.shape[-1])
