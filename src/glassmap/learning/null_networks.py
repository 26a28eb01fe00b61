"""Null networks, which know nothing of the phases: random weights, or trained on shuffled labels."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.learning.cnn import Architecture, Classifier, initialise, load_model, new_classifier
from glassmap.learning.normalisation import Normalisation
from glassmap.learning.null_maps import RANDOM_WEIGHTS
from glassmap.learning.training import is_trained_on
from glassmap.seeds import derive_seed


def training_fields(samples: Sequence[xr.Dataset], densities: Sequence[np.ndarray], count: int) -> np.ndarray:
    """Density fields that the networks of a study are trained on.

    Parameters
    ----------
    samples : sequence of Dataset
        Liquids and glasses, with ``replica(sample)`` and ``split(sample)``.
    densities : sequence of ndarray, shape (S, G, G)
        Their raw density fields.
    count : int
        Replicas of the train split used for training, see `glassmap.learning.training.is_trained_on`.

    Returns
    -------
    ndarray, shape (T, G, G)
        In the order of ``samples``.
    """
    return np.concatenate([
        fields[is_trained_on(phase[["replica", "split"]].to_dataframe(), count)]
        for phase, fields in zip(samples, densities, strict=True)
    ])  # fmt: skip


def null_network(
    null: str,
    draw: int,
    architecture: Architecture,
    start: Mapping[str, str],
    training: np.ndarray,
    shuffled: Sequence[str | Path],
    base_seed: int,
    system: str,
) -> Classifier:
    """One of the null networks of a system, always the same for the same arguments.

    Parameters
    ----------
    null : {"random_weights", "shuffled_labels"}
    draw : int
    architecture : Architecture
    start : mapping
        ``normalisation``, for `glassmap.learning.normalisation.Normalisation`, and ``initialization``, for
        `glassmap.learning.cnn.initialise`.
    training : ndarray, shape (S, G, G)
        From `training_fields`; normalisation and initial weights depend on it.
    shuffled : sequence of str or Path
        Files of the networks trained on shuffled labels.
    base_seed : int
    system : str

    Returns
    -------
    Classifier
    """
    if null != RANDOM_WEIGHTS:
        return load_model(shuffled[draw], architecture)
    normalisation = Normalisation.fit(start["normalisation"], training)
    model = new_classifier(architecture, derive_seed(base_seed, system, null, draw), normalisation)
    initialise(model, start["initialization"], normalisation(training))
    return model
