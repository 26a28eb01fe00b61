"""The three models of the paper behind one interface, `glassmap.learning.regression.Regressor`."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from glassmap.learning.glassmlp import GlassMLP
from glassmap.learning.regression import Regressor, RidgeRegressor, Structure


def overlap(displacement: torch.Tensor) -> torch.Tensor:
    """As `glassmap.dynamics.bond_breaking.overlap`, with a gradient: (tanh x + 1) / 2 is the sigmoid of 2 x."""
    return torch.sigmoid(40 * (displacement - 0.44))


def new_model(name: str, options: Mapping, seed: int, report: Callable[[str], None]) -> Regressor:
    """A model that has learned nothing yet.

    Parameters
    ----------
    name : {"glassmlp", "mlp_mae", "ridge"}
    options : mapping
        ``target``, ``members``, ``formula``, ``epochs`` and ``distances`` of the section ``glassmlp``.
    seed : int
        Of the networks' initial weights.
    report : callable
        Called with a line on the progress.
    """
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
