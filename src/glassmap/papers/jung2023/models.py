"""The models of the paper, and the user's own, behind one interface, `glassmap.learning.regression.Regressor`."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.io.datasets import atomic_write
from glassmap.io.plugins import make_object
from glassmap.io.schema import variable
from glassmap.learning.glassmlp import GlassMLP
from glassmap.learning.regression import Pointwise, Regressor, RidgeRegressor, Structure
from glassmap.papers.jung2023.method import TARGETS, without_runs
from glassmap.system import species_index


def overlap(displacement: torch.Tensor) -> torch.Tensor:
    """As `glassmap.dynamics.bond_breaking.overlap`, with a gradient: (tanh x + 1) / 2 is the sigmoid of 2 x."""
    return torch.sigmoid(40 * (displacement - 0.44))


def new_model(
    name: str, options: Mapping, seed: int, report: Callable[[str], None], regressor: Mapping | None = None
) -> Regressor:
    """A model that has learned nothing yet.

    Parameters
    ----------
    name : str
        ``glassmlp``, ``mlp_mae``, ``ridge``, or a name of the user's.
    options : mapping
        ``target``, ``members``, ``formula``, ``epochs`` and ``distances`` of the section ``glassmlp``.
    seed : int
        Of the networks' initial weights, or of a regressor of the user's that draws random numbers.
    report : callable
        Called with a line on the progress.
    regressor : mapping, optional
        ``make`` and ``arguments`` of the user's regressor (`glassmap.io.plugins.make_object`). It learns each time by
        itself, as GlassMLP does.
    """
    if regressor is not None:
        from sklearn.multioutput import MultiOutputRegressor  # slow to load

        estimator = make_object(regressor["make"], regressor["arguments"])
        if estimator.get_params().get("random_state", seed) is None:
            estimator.set_params(random_state=seed % 2**32)
        return Pointwise(MultiOutputRegressor(estimator))
    if name == "ridge":
        return RidgeRegressor()
    return GlassMLP(
        seed,
        options["members"],
        options["formula"],
        full=name == "glassmlp",
        distances=options["distances"] or None,
        transform=overlap if options["target"] == "displacement" else None,
        scale=options["epochs"],
        report=report,
    )


def members_of(model: Regressor, structure: Structure) -> np.ndarray:
    """Predictions of each member of a fitted model, shape (members, n, T); of a model without members its own."""
    if isinstance(model, GlassMLP):
        return model.predict_members(structure)
    return model.predict(structure)[None]


def learnable(targets: np.ndarray, judged: Sequence[int]) -> np.ndarray:
    """Times at which a propensity can be learned, shape (T,): it varies within every structure that is learned from.

    At short times no bond is broken in some structures, whose variance and correlations, by which the loss divides,
    are then undefined.

    Parameters
    ----------
    targets : ndarray, shape (M, T, n)
    judged : sequence of int
        Structures of training and validation.
    """
    return (np.ptp(targets[list(judged)], axis=-1) > 0).all(axis=0)


@dataclass(frozen=True)
class FittedModel:
    """A model that has learned, and the times at which it has.

    Attributes
    ----------
    model : Regressor
    times : ndarray, shape (T,)
        Of the runs, tau.
    learned : ndarray of bool, shape (T,)
    """

    model: Regressor
    times: np.ndarray
    learned: np.ndarray

    def save(self, path: str | Path) -> None:
        """As a Python object, for `load`; not for others, since reading it runs code."""
        if isinstance(self.model, GlassMLP):
            self.model.report = _silent  # what it reported to belongs to this job
        with atomic_write(path) as part:
            Path(part).write_bytes(pickle.dumps(self))

    @classmethod
    def load(cls, path: str | Path) -> "FittedModel":
        return pickle.loads(Path(path).read_bytes())

    def predict(self, dynamics: xr.Dataset, inputs: xr.Dataset, options: Mapping) -> xr.Dataset:
        """Content of ``predictors/<state>-<model>.nc``; parameters as for `structures_of`.

        Raises
        ------
        GlassmapError
            If the times are others than those that were learned.
        """
        times = dynamics["time"].values
        if not np.array_equal(times, self.times):
            raise GlassmapError("the runs have other times than those that the model has learned")
        return self._predict(dynamics, inputs, options)

    def predict_alone(self, configurations: xr.Dataset, inputs: xr.Dataset, options: Mapping) -> xr.Dataset:
        """Mean of the members' predictions for structures from which there are no runs, which may be large.

        Parameters
        ----------
        configurations : Dataset
            With the variables of `glassmap.io.schema.CONFIGURATIONS`, of the same structures as the descriptors.
        inputs, options
            As for `structures_of`.
        """
        structures = without_runs(configurations, self.times)
        return self._predict(structures, inputs, options, lambda members: members.mean(axis=0, keepdims=True))

    def _predict(
        self, dynamics: xr.Dataset, inputs: xr.Dataset, options: Mapping, kept: Callable = lambda members: members
    ) -> xr.Dataset:
        chosen = structures_of(dynamics, inputs, options)
        found = np.stack([kept(members_of(self.model, structure)) for structure in chosen], axis=1)
        prediction = np.full((*found.shape[:2], len(self.times), found.shape[2]), np.nan, dtype=np.float32)
        prediction[:, :, self.learned] = found.transpose(0, 1, 3, 2)
        label = f"predicted {options['target']} of species {options['species']}; NaN at times left out"
        return xr.Dataset(
            {
                "prediction": variable(
                    ("member", "sample", "time", "particle"), prediction, TARGETS[options["target"]].units, label
                )
            },
            coords={name: dynamics[name] for name in ("replica", "split", "time")},
        )


def structures_of(
    dynamics: xr.Dataset, inputs: xr.Dataset, options: Mapping, learned: np.ndarray | None = None
) -> list[Structure]:
    """Structures that are learned from or predicted.

    Parameters
    ----------
    dynamics, inputs : Dataset
        With the variables of `glassmap.io.schema.PROPENSITIES` and `glassmap.io.schema.DESCRIPTORS`, of the same
        structures.
    options : mapping
        ``target`` and ``species`` of the section ``glassmlp``.
    learned : ndarray of bool, shape (T,), optional
        Times that become targets; by default there are none.
    """
    chosen = dynamics["species"].values == species_index(options["species"])
    box = Box.cube(float(dynamics["box_length"]), dynamics.sizes["axis"])
    targets = [None] * dynamics.sizes["sample"]
    if learned is not None:
        targets = dynamics[options["target"]].values[:, learned][:, :, chosen].transpose(0, 2, 1)
    return [
        Structure(values[chosen].astype(float), start[chosen], box, target)
        for values, start, target in zip(
            inputs["value"].values, dynamics["initial_position"].values, targets, strict=True
        )
    ]


def _silent(line: str) -> None:
    pass
