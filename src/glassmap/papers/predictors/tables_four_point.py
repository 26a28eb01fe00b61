"""Four-point structure factor of the field of every predictor, beside that of the dynamics."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.io.splits import REPORTED_SPLIT
from glassmap.papers.jung2023.method import DYNAMICS, NOISE_FREE, ONE_STRUCTURE, PEAK, TARGETS, structure_weights
from glassmap.papers.jung2023.tables_four_point import spectra_of_dynamics, spectrum
from glassmap.papers.predictors.fields import NO_VALUE, compared_states, in_order, judged_fields

COLUMNS = (
    *("system", "state", "temperature", "target", "time", "source", "version", "length", "told", "structures"),
    *("wave_number", "s4", "low", "high", "note"),
)
NOTHING_LEFT = {name: [np.nan] for name in ("wave_number", "s4", "low", "high")}


def predictors_s4(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """S_4(q) of every predictor's field and of the dynamics near the peak of chi_4, with 95 % intervals.

    Wave numbers, times and intervals are those of `glassmap.papers.jung2023.tables_four_point.s4`; the fields those of
    chi_4 in the table of all predictors: predictions of the dynamics as they are, all others after a linear fit to
    structures that are not judged.
    """
    calibrations, rows = {}, []
    for state, fields in compared_states(files, params):
        # the time of `s4`: other predictions may be left out at other times
        learned = {model: state.predictors[model] for model in params.learned}
        index = replace(state, predictors=learned).fraction_of_relaxation(PEAK)
        weights = structure_weights(state, params, REPORTED_SPLIT)
        about = {**state.about(), "time": state.times[index], "structures": len(state.of_split(REPORTED_SPLIT))}
        about["note"] = ONE_STRUCTURE if about["structures"] == 1 else ""
        for name, target in TARGETS.items():
            found = spectra_of_dynamics(replace(state, target=target), index, weights)
            of_dynamics = {**about, "target": name, "version": "", "told": ""}
            rows += [{**of_dynamics, "source": source, **columns} for source, columns in found.items()]
        for aimed, judged in judged_fields(state, fields, params, calibrations):
            for one in judged:
                if one.index != index:
                    continue
                row = {**about, "target": aimed.target.variable, "source": one.name}
                row |= {"version": one.version, "length": one.length, "told": one.told}
                note = one.note or ("" if np.isfinite(one.field).all() else NO_VALUE)
                columns = {**NOTHING_LEFT, "note": note} if note else spectrum(aimed, one.calibrated, weights)
                rows.append({**row, **columns})
    rows.sort(key=in_order(params, (DYNAMICS, NOISE_FREE), "source"))
    return pd.concat(map(pd.DataFrame, rows), ignore_index=True).reindex(columns=COLUMNS)
