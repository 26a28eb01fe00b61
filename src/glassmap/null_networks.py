"""Networks that learned nothing of the phases: with random weights, or trained on shuffled labels."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from glassmap.classifier import Architecture, Classifier, initialise, load_model, new_classifier
from glassmap.density import Normalisation
from glassmap.nulls import RANDOM_WEIGHTS
from glassmap.seeds import derive_seed


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
    """One of the null networks of a system, the same for whoever asks.

    Parameters
    ----------
    null : {"random_weights", "shuffled_labels"}
    draw : int
    architecture : Architecture
    start : mapping
        ``normalisation`` of the input, for `glassmap.density.Normalisation`, and ``initialization``, for
        `glassmap.classifier.initialise`.
    training : ndarray, shape (S, G, G)
        Raw density fields of the training samples, which a network sees before it is trained.
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
    normalisation = Normalisation.of_training(start["normalisation"], training)
    model = new_classifier(architecture, derive_seed(base_seed, system, null, draw), normalisation)
    initialise(model, start["initialization"], normalisation(training))
    return model
