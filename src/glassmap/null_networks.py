"""Networks that learned nothing of the phases: with random weights, or trained on shuffled labels."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from glassmap.classifier import Architecture, Classifier, initialise, load_model, new_classifier
from glassmap.nulls import RANDOM_WEIGHTS
from glassmap.seeds import derive_seed


def null_network(
    null: str,
    draw: int,
    architecture: Architecture,
    initialization: str | Mapping,
    training: np.ndarray | None,
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
    initialization
        As for `glassmap.classifier.initialise`.
    training : ndarray, shape (S, G, G), or None
        What a network sees of the training samples before it is trained; random weights need it.
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
    model = new_classifier(architecture, derive_seed(base_seed, system, null, draw))
    initialise(model, initialization, training)
    return model
