"""Learning curves: correlation of the models against the number of structures that they learned from."""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from glassmap.analysis.prediction_scores import agreement
from glassmap.io.datasets import read_table
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.papers.jung2023.figures_panels import PEARSON, band, grid, legend_below, looks
from glassmap.papers.jung2023.models import learnable, members_of, new_model, structures_of
from glassmap.papers.predictors.names import label
from glassmap.plotting.style import STYLE
from glassmap.system import species_index

COLUMNS = (
    *("system", "state", "temperature", "model", "target", "time", "training_structures", "structures"),
    *("pearson", "low", "high", "mean_within"),
)


def learning_curve(
    dynamics: xr.Dataset,
    inputs: xr.Dataset,
    predicted: np.ndarray,
    numbers: Sequence[int],
    weights: np.ndarray,
    options: Mapping,
    make: Callable[[], object],
) -> list[dict]:
    """Correlations at every time after learning from the first structures of the training split.

    Parameters
    ----------
    dynamics, inputs : Dataset
        With the variables of `glassmap.io.schema.PROPENSITIES` and ``DESCRIPTORS``, of the same structures.
    predicted : ndarray, shape (time, M, n)
        Of the test structures by the model that has learned from all training structures.
    numbers : sequence of int
        Of training structures; the model learns anew for all that are fewer than there are.
    weights : ndarray
        Of the test structures, from `glassmap.statistics.bootstrap_weights`.
    options : mapping
        ``target`` and ``species`` of the section ``glassmlp``.
    make : callable
        Returns a model that has learned nothing.

    Returns
    -------
    list of dict
        ``time``, ``training_structures``, ``structures`` and the correlations.
    """
    split, times = dynamics["split"].values, dynamics["time"].values
    chosen = dynamics["species"].values == species_index(options["species"])
    targets = dynamics[options["target"]].values[:, :, chosen]
    train, validation, test = (np.flatnonzero(split == name) for name in ("train", SELECTION_SPLIT, REPORTED_SPLIT))
    measured = targets[test].transpose(1, 0, 2)
    rows = []
    for number in sorted({*numbers, len(train)}):
        if number > len(train):
            continue
        found = predicted
        if number < len(train):
            learned = learnable(targets, [*train[:number], *validation])
            found = np.full(measured.shape, np.nan)
            if learned.any():
                structures = structures_of(dynamics, inputs, options, learned)
                model = make().fit([structures[i] for i in train[:number]], [structures[i] for i in validation])
                found[learned] = np.stack([members_of(model, structures[i]).mean(axis=0).T for i in test], axis=1)
        for index, time in enumerate(times):
            row = {"time": time, "training_structures": number, "structures": len(test)}
            if np.isfinite(found[index]).all():
                one = agreement(found[index], measured[index], weights)
                row |= {"pearson": one.pooled, "low": one.pooled_low, "high": one.pooled_high, "mean_within": one.mean}
            rows.append(row)
    return rows


def new_models(name: str, options: Mapping, seed: int, report: Callable, regressor: Mapping | None) -> Callable:
    """As `glassmap.papers.jung2023.models.new_model`, again and again."""
    return lambda: new_model(name, options, seed, report, regressor)


def table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """All learning curves."""
    return pd.concat([read_table(path, COLUMNS) for path in files.curves], ignore_index=True)


def figure(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Pearson correlation against the number of training structures, at the time where it is largest with all."""
    found = read_table(files.table, COLUMNS)
    panels = list(dict.fromkeys(zip(found["system"], found["state"], strict=True)))
    models = list(dict.fromkeys(found["model"]))
    with plt.rc_context(STYLE):
        columns = min(len(panels), 2)
        drawn, axes = grid(-(-len(panels) // columns), columns, 2.6)
        for axis in axes.flat[len(panels) :]:
            axis.set_axis_off()
        for axis, (system, state) in zip(axes.flat, panels, strict=False):
            rows = found[(found["system"] == system) & (found["state"] == state)]
            everything = rows[rows["training_structures"] == rows["training_structures"].max()]
            best = everything.groupby("time")["pearson"].mean()
            if best.notna().any():
                rows = rows[rows["time"] == best.idxmax()]
            for model, look in ((one, looks(models)[one]) for one in models):
                of_model = rows[rows["model"] == model]
                numbers = of_model["training_structures"]
                axis.plot(numbers, of_model["pearson"], marker="o", markersize=3, label=label(model), **look)
                band(axis, numbers, of_model["low"], of_model["high"], look["color"])
            temperature, time = rows["temperature"].iloc[0], rows["time"].iloc[0]
            axis.set(xscale="log", xlabel="training structures", ylabel=PEARSON)
            numbers = sorted(set(rows["training_structures"]))
            axis.set_xticks(numbers, [str(number) for number in numbers])
            axis.set_xticks([], minor=True)
            axis.set_title(f"{system}, T = {temperature:g}, t = {time:.4g} τ")
        handles = axes[0][0].get_legend_handles_labels()[0]
        legend_below(drawn, handles, len(models))
    return drawn
