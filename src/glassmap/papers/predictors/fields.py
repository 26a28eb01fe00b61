"""The field of every predictor as it is judged, bare and coarse-grained, in test structures, and its calibration."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import xarray as xr

from glassmap.analysis.predictor_comparison import Calibration, calibrate, coarse_grained
from glassmap.io.datasets import files_by_key, read_dataset, select_replicas
from glassmap.io.schema import PREDICTOR_FIELDS
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.learning.predictors import DYNAMICS, PREDICTORS
from glassmap.papers.jung2023.method import LEFT_OUT, TARGETS, State, read_states

BARE, COARSE = VERSIONS = ("bare", "coarse_grained")
AS_IT_IS = Calibration(0, 1.0, 0.0)  # of a prediction of the dynamics themselves
CONSTANT = "the same for all particles: no correlation"
NO_VALUE = "particles without a value"
NONE_TO_CHOOSE = "{split} structures, which choose length and sign, have no values"
NOT_CHOSEN = "no structures of {split} to choose a length or a sign from"


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


@dataclass(frozen=True)
class JudgedField:
    """A predictor beside the dynamics of the test structures at one time.

    Attributes
    ----------
    index : int
        Of the time.
    name, told : str
    training : int
        Structures that it has learned from.
    version : str
        One of `VERSIONS`.
    length : float
        Of the coarse-graining, sigma*; NaN if none is chosen.
    calibration : Calibration or None
        None if no correlation is known.
    field : ndarray of float32, shape (M, n)
        With that length; a view.
    note : str
        Why no correlation is known.
    """

    index: int
    name: str
    told: str
    training: int
    version: str
    length: float
    calibration: Calibration | None
    field: np.ndarray
    note: str

    @property
    def supervised(self) -> bool:
        """Whether it is a prediction of the dynamics."""
        return self.told == DYNAMICS

    @property
    def values(self) -> np.ndarray:
        """Shape (M, n), in double precision."""
        return self.field.astype(float)

    @property
    def calibrated(self) -> np.ndarray:
        """In units of the dynamics, shape (M, n); a prediction of the dynamics as it is."""
        return self.values if self.supervised else self.calibration(self.values)


def compared_states(files: SimpleNamespace, params: SimpleNamespace) -> Iterator[tuple[State, xr.Dataset]]:
    """Every state, and the values of the predictors that are not told its dynamics, of the same structures."""
    fields = files_by_key(files.fields, params.systems, params.states)
    for state in read_states(files, params):
        path = fields[state.system, state.state]
        yield state, select_replicas(state.dynamics, read_dataset(path, PREDICTOR_FIELDS), path)


def judged_fields(
    state: State, fields: xr.Dataset, params: SimpleNamespace, calibrations: dict[tuple, Calibration | None]
) -> Iterator[tuple[State, list[JudgedField]]]:
    """Every predictor of a state at each time, bare and coarse-grained, with the dynamics that it is judged by.

    Calibrations of earlier systems are read from ``calibrations``, those of a system that is learned from are added.
    """
    for group in _groups(state, fields, params):
        yield from _judged(state, group, params, calibrations)


def in_order(params: SimpleNamespace, first: tuple[str, ...] = (), key: str = "predictor") -> Callable[[dict], tuple]:
    """Key by which rows of a table are sorted: as the study names systems, states and predictors.

    Parameters
    ----------
    params : namespace
    first : tuple of str
        What comes before the predictors.
    key : str
        Column with the name of the predictor.
    """
    order = {name: index for index, name in enumerate([*first, *params.rows, *params.models])}
    places = {name: index for index, name in enumerate([*params.systems, *params.states, *TARGETS])}
    versions = {name: index for index, name in enumerate(["", *VERSIONS])}
    return lambda row: (
        *(places[row[name]] for name in ("system", "state", "target")),
        row["time"],
        order[row[key]],
        versions[row["version"]],
    )


def _groups(state: State, fields: xr.Dataset, params: SimpleNamespace) -> Iterator[Group]:
    """What there is of a state: first all that were not told the dynamics, then the models, one by one."""
    names = fields["predictor"].values.tolist()
    training = params.training[params.transfer.get(state.system, state.system)]
    everything = np.ones(state.dynamics.sizes["particle"], dtype=bool)
    yield Group(
        names,
        [PREDICTORS[name].told for name in names],
        [params.trained_on.get(name, training) if PREDICTORS[name].trained else 0 for name in names],
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


def _judged(
    state: State, group: Group, params: SimpleNamespace, calibrations: dict
) -> Iterator[tuple[State, list[JudgedField]]]:
    """The fields of a group of predictors in a state, for each of the dynamics that it is compared with."""
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
        known = aimed.measured(group.split)
        found = []
        for index in range(len(state.times)):
            for number, (name, told) in enumerate(zip(group.names, group.told, strict=True)):
                at_time = coarse[:, number, min(index, coarse.shape[2] - 1)]
                for version, part in zip(VERSIONS, (slice(0, 1), slice(1, None)), strict=True):
                    key = (state.state, target, index, name, version)
                    if learned_from == state.system:
                        calibrations[state.system, *key] = calibrate(at_time[part, : len(selecting)], known[index])
                    chosen = calibrations.get((learned_from, *key))
                    judging = at_time[part, len(selecting) :]
                    supervised = told == DYNAMICS
                    if supervised and version == BARE and np.ptp(judging) > 0:
                        chosen = AS_IT_IS
                    length, field, note = np.nan, judging[0], ""
                    if chosen is None:
                        note = _why_nothing(at_time[part], len(selecting), supervised, group.split)
                    else:
                        length, field = lengths[part][chosen.length], judging[chosen.length]
                    found.append(
                        JudgedField(index, name, told, group.training[number], version, length, chosen, field, note)
                    )
        yield aimed, found


def _why_nothing(fields: np.ndarray, selecting: int, supervised: bool, split: str) -> str:
    """Why a predictor is not judged, by its fields of shape (lengths, M, n), of which the first structures choose."""
    choosing, judged = fields[:, :selecting], fields[:, selecting:]
    if not selecting:
        return NOT_CHOSEN.format(split=split)
    if not np.isfinite(judged).all():
        return LEFT_OUT if supervised else NO_VALUE
    if np.ptp(judged) == 0:
        return CONSTANT
    return LEFT_OUT if np.isfinite(choosing).all() else NONE_TO_CHOOSE.format(split=split)
