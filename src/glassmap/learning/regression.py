"""Predicting a value of each particle from its descriptors: samples, scaling, and models that fit and predict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from glassmap.box import Box
from glassmap.errors import GlassmapError

CONSTANT = 1e-5  # descriptors whose deviation over the training particles is smaller carry nothing


@dataclass(frozen=True)
class Structure:
    """The particles of one species in one structure.

    Attributes
    ----------
    inputs : ndarray, shape (n, D)
        Descriptors.
    positions : ndarray, shape (n, d)
        At t = 0, sigma*.
    box : Box
    targets : ndarray, shape (n, T)
        Propensity at each time; not needed to predict.
    """

    inputs: np.ndarray
    positions: np.ndarray
    box: Box
    targets: np.ndarray | None = None


class Regressor(Protocol):
    """A model that learns the targets of structures from their inputs."""

    def fit(self, training: Sequence[Structure], validation: Sequence[Structure]) -> "Regressor":
        """Learn; the validation structures may select, and are never learned from."""

    def predict(self, structure: Structure) -> np.ndarray:
        """Predicted targets, shape (n, T)."""


@dataclass(frozen=True)
class Scaling:
    """Zero mean and unit variance of each descriptor over the training particles.

    The authors of GlassMLP scale over training, validation and test structures together, the paper says over the
    training set, which is what is done here.

    Attributes
    ----------
    mean, deviation : ndarray, shape (D',)
    kept : ndarray of bool, shape (D,)
        Descriptors that vary.
    """

    mean: np.ndarray
    deviation: np.ndarray
    kept: np.ndarray

    @classmethod
    def of(cls, training: Sequence[Structure]) -> "Scaling":
        """The scaling of training structures.

        Raises
        ------
        GlassmapError
            If there are none, or no descriptor varies.
        """
        if not training:
            raise GlassmapError("no structures to train on; lower split.validation or split.test, or give more")
        inputs = np.concatenate([structure.inputs for structure in training])
        mean, deviation = inputs.mean(axis=0), inputs.std(axis=0)
        kept = deviation > CONSTANT
        if not kept.any():
            raise GlassmapError("no descriptor varies over the training structures")
        return cls(mean[kept], deviation[kept], kept)

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Scaled inputs, shape (n, D')."""
        return (inputs[:, self.kept] - self.mean) / self.deviation


class Pointwise:
    """A regressor of scikit-learn, which sees particles without their neighbours.

    Parameters
    ----------
    estimator : object
        With ``fit(X, y)`` and ``predict(X)`` for several targets, such as ``Ridge()``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from glassmap.box import Box
    >>> from glassmap.learning.regression import Pointwise, Structure
    >>> rng = np.random.default_rng(0)
    >>> inputs = rng.normal(size=(50, 3))
    >>> structure = Structure(inputs, rng.random((50, 2)), Box.cube(1, 2), inputs[:, :1] * 2)
    >>> nearest = Pointwise(KNeighborsRegressor(1)).fit([structure], [])
    >>> bool(np.allclose(nearest.predict(structure), structure.targets))
    True
    """

    def __init__(self, estimator: object):
        self.estimator = estimator

    def fit(self, training: Sequence[Structure], validation: Sequence[Structure]) -> "Pointwise":
        """Learn from the particles of all training structures; see `Regressor`."""
        self.scaling = Scaling.of(training)
        inputs = np.concatenate([self.scaling(structure.inputs) for structure in training])
        self.estimator.fit(inputs, np.concatenate([structure.targets for structure in training]))
        return self

    def predict(self, structure: Structure) -> np.ndarray:
        """Predicted targets, shape (n, T)."""
        values = np.asarray(self.estimator.predict(self.scaling(structure.inputs)))
        return values.reshape(len(values), -1)


class RidgeRegressor:
    """Linear regression with a penalty on the weights, which the validation structures choose.

    The baseline of Jung, Biroli and Berthier (2023, supplement, Sec. III), after Boattini, Smallenburg and Filion,
    Phys. Rev. Lett. 127, 088007 (2021). Neither gives the penalty.

    Parameters
    ----------
    penalties : sequence of float
        Tried in turn; the one of the smallest squared error on the validation structures is taken, without these the
        first.
    """

    def __init__(self, penalties: Sequence[float] = tuple(10.0**power for power in range(7))):
        self.penalties = penalties

    def fit(self, training: Sequence[Structure], validation: Sequence[Structure]) -> "RidgeRegressor":
        """Learn from the particles of all training structures; see `Regressor`."""
        from sklearn.linear_model import Ridge  # slow to load

        models = [Pointwise(Ridge(penalty)).fit(training, validation) for penalty in self.penalties]
        errors = [
            sum(((model.predict(structure) - structure.targets) ** 2).sum() for structure in validation)
            for model in models
        ]
        best = int(np.argmin(errors))
        self.penalty, self.model = self.penalties[best], models[best]
        return self

    def predict(self, structure: Structure) -> np.ndarray:
        """Predicted targets, shape (n, T)."""
        return self.model.predict(structure)
