"""Tables of the second paper: four-point structure factor, its length and shape, and its counterpart in real space."""

from collections.abc import Iterable, Iterator
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.dynamics.four_point import FourPointFit, correlation_function, fit_structure_factor, structure_factor
from glassmap.io.datasets import read_table
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.jung2023.method import (
    DYNAMICS,
    EARLY,
    LEFT_OUT,
    NOISE_FREE,
    ONE_STRUCTURE,
    PEAK,
    State,
    read_states,
    read_states_without_runs,
    structure_weights,
)
from glassmap.statistics import half_width

SHOWN_UP_TO, FITTED_UP_TO = 6.0, 2.0  # wave number, 1/sigma*; ours
FARTHEST, BIN = 10.0, 0.2  # of G_4(r), sigma*; the authors' code goes as far
NEGLIGIBLE = 1e-6  # A
NO_FIT = "no fit"
LONGER = "longer than the box resolves, L / (2 pi)"
SHORTER = "shorter than the waves that are fitted"
CUBIC = "the cubic term alone: xi = 0, A without limit"


def s4(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """S_4(q) of the dynamics and of each prediction, with 95 % intervals (Fig. 4a, SM Fig. 2).

    First near the peak of chi_4, then at a thirtieth of tau_BB. Also of the dynamics without the noise of their runs:
    from the waves in one half of the runs times those in the other.
    """
    rows = [
        _spectra(state, index, params)
        for state in read_states(files, params)
        for index in dict.fromkeys(state.fraction_of_relaxation(share) for share in (PEAK, EARLY))
    ]
    return pd.concat(rows, ignore_index=True)


def s4_without_runs(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """S_4(q) of predictions for systems without runs, at the time of `s4` of the system that was learned from."""
    rows = [_spectra(state, index, params) for state, index in _without_runs(files, params)]
    return pd.concat(rows, ignore_index=True)


def spectrum(state: State, field: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """S_4(q) of a field of the test structures, with 95 % intervals over them.

    Parameters
    ----------
    state : State
    field : ndarray, shape (M, n)
        In units of the propensity.
    weights : ndarray, shape (draws, M)
        Of the structures in each draw of the bootstrap.

    Returns
    -------
    dict of str to ndarray, shape (Q,)
        ``wave_number`` (1/sigma*), ``s4``, ``low`` and ``high``.
    """
    positions = state.positions(REPORTED_SPLIT)
    q, values = structure_factor(positions, state.target.collective(field), state.box, SHOWN_UP_TO)
    mean, half = _mean(values, weights)
    return {"wave_number": q, "s4": mean, **_limits(mean, half)}


def spectra_of_dynamics(state: State, index: int, weights: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """As `spectrum`, of the measured propensity at a time and of that without the noise of the runs, by source."""
    found = {DYNAMICS: spectrum(state, state.measured(REPORTED_SPLIT)[index], weights)}
    if state.target.still:  # the overlap of displacements is no mean over runs
        one, other = state.halves(REPORTED_SPLIT)[:, index]
        q, values = structure_factor(state.positions(REPORTED_SPLIT), one, state.box, SHOWN_UP_TO, repeated=other)
        mean, half = _mean(values, weights)
        found[NOISE_FREE] = {"wave_number": q, "s4": mean, "low": mean - half, "high": mean + half}
    return found


def four_point(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Length xi, coefficient A and limit at q = 0 of S_4(q), with 95 % intervals, at each time (Figs. 4b, 4d).

    A length that the wave numbers of the box do not resolve is left out, and A and the limit with it.
    """
    return _fits(((state, range(len(state.times))) for state in read_states(files, params)), params)


def four_point_without_runs(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """As `four_point`, of predictions for systems without runs."""
    return _fits(((state, range(len(state.times))) for state, _ in _without_runs(files, params)), params)


def g4(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """G_4(r) of the dynamics and of each prediction near the peak of chi_4, with 95 % intervals (SM Fig. 5)."""
    rows = []
    for state in read_states(files, params):
        index, weights = state.fraction_of_relaxation(PEAK), structure_weights(state, params, REPORTED_SPLIT)
        positions = state.positions(REPORTED_SPLIT)
        bins = int(min(FARTHEST, state.box.shortest / 2) / BIN)
        edges = BIN * np.arange(bins + 1)
        for source, field in _fields(state):
            mean, half = _mean(correlation_function(positions, field[index], state.box, edges), weights)
            about = {**state.about(), "time": state.times[index], "source": source, "structures": field.shape[1]}
            distance = (edges[1:] + edges[:-1]) / 2
            rows.append(
                pd.DataFrame({**about, "distance": distance, "g4": mean, "low": mean - half, "high": mean + half})
            )
    return pd.concat(rows, ignore_index=True)


def _without_runs(files: SimpleNamespace, params: SimpleNamespace) -> Iterator[tuple[State, int]]:
    """States without runs, and the index of the time of `s4` of the system that was learned from."""
    known = read_table(files.s4, ("system", "state", "time"))
    for state in read_states_without_runs(files, params):
        learned_from = params.without_runs[state.system]
        time = known[(known["system"] == learned_from) & (known["state"] == state.state)]["time"].iloc[0]
        yield state, int(np.abs(state.times - time).argmin())


def _spectra(state: State, index: int, params: SimpleNamespace) -> pd.DataFrame:
    """Rows of `s4` of a state at one of its times."""
    weights, rows = structure_weights(state, params, REPORTED_SPLIT), []
    for source in state.sources():
        if source == DYNAMICS:
            found = spectra_of_dynamics(state, index, weights)
        else:
            found = {source: spectrum(state, state.predicted(source, REPORTED_SPLIT)[index], weights)}
        structures = len(state.of_split(REPORTED_SPLIT))
        for name, columns in found.items():
            about = {**state.about(), "time": state.times[index], "source": name, "structures": structures}
            rows.append(pd.DataFrame({**about, **columns}))
    return pd.concat(rows, ignore_index=True)


def _fits(states: Iterable[tuple[State, Iterable[int]]], params: SimpleNamespace) -> pd.DataFrame:
    """Table of `four_point` of some states at some of their times."""
    rows = []
    for state, indices in states:
        weights, positions = structure_weights(state, params, REPORTED_SPLIT), state.positions(REPORTED_SPLIT)
        for source, field in _fields(state):
            for index in indices:
                row = {**state.about(), "time": state.times[index], "source": source, "structures": field.shape[1]}
                if not np.isfinite(field[index]).all():
                    rows.append({**row, "note": LEFT_OUT})
                    continue
                q, values = structure_factor(positions, field[index], state.box, FITTED_UP_TO)
                fit = fit_structure_factor(q, values.mean(axis=0), FITTED_UP_TO)
                note = _outside(fit, q)
                if not note:
                    row |= _with_intervals(fit, q, values, weights)
                rows.append({**row, "note": note or (ONE_STRUCTURE if len(values) == 1 else "")})
    limits = [f"{name}{limit}" for name in ("length", "cubic", "susceptibility") for limit in ("", "_low", "_high")]
    return pd.DataFrame(
        rows, columns=["system", "state", "temperature", "time", "source", "structures", *limits, "note"]
    )


def _fields(state: State) -> Iterator[tuple[str, np.ndarray]]:
    """What S_4 and G_4 are those of, by source; shape (time, M, n)."""
    for source in state.sources():
        yield source, state.target.collective(state.field(source, REPORTED_SPLIT))


def _mean(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over structures of values of shape (M, ...), and half of the width of its interval."""
    drawn = weights @ values / len(values)
    return values.mean(axis=0), half_width(drawn, len(values))


def _limits(value: np.ndarray, half: np.ndarray) -> dict[str, np.ndarray]:
    """Of a quantity that is never negative."""
    return {"low": np.maximum(value - half, 0.0), "high": value + half}


def _outside(fit: FourPointFit, q: np.ndarray) -> str:
    """Why the length of a fit says nothing; empty if it says something."""
    if not np.isfinite(fit.length):
        return NO_FIT
    if fit.length > 1 / q.min():
        return LONGER
    if fit.length >= 1 / FITTED_UP_TO:
        return ""
    return CUBIC if np.cbrt(fit.cubic) * fit.length > 1 / FITTED_UP_TO else SHORTER


def _with_intervals(fit: FourPointFit, q: np.ndarray, values: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """Parameters of a fit with their intervals.

    To first order in the deviations of the bootstrap samples, whose fits by themselves would take far longer.
    """
    deviations = np.log(weights @ values / len(values)) - np.log(values.mean(axis=0))
    slopes = fit.sensitivity(q)
    half = half_width(deviations @ np.linalg.pinv(slopes).T, len(values))
    if fit.cubic < NEGLIGIBLE:  # at its bound, where it moves nothing else
        half[:2] = half_width(deviations @ np.linalg.pinv(slopes[:, :2]).T, len(values))
    row = {}
    for name, width in zip(("susceptibility", "length", "cubic"), half, strict=True):
        value = getattr(fit, name)
        row |= {name: value, **{f"{name}_{limit}": number for limit, number in _limits(value, width).items()}}
    return row
