"""Which replicas train, validate and test."""

from collections.abc import Mapping

import numpy as np

SPLITS = ("train", "validation", "test")
# of the replicas that no network was trained on: what is chosen on the first is reported on the second
CHOSEN_ON, REPORTED_ON = "validation", "test"


def assign_splits(replicas: int, fractions: Mapping[str, float]) -> np.ndarray:
    """Split of every replica.

    Each replica goes where the split is furthest behind its fraction, so that any leading part of the
    replicas is divided as the whole is: a replica keeps its split when more are added, and a test
    configuration stays one.

    Parameters
    ----------
    replicas : int
    fractions : mapping
        Of ``train``, ``validation`` and ``test``, with sum 1.

    Returns
    -------
    ndarray of str, shape (replicas,)
        The liquid and the glass of one replica share it (Frontiers, Sec. 2.2).
    """
    share = np.array([fractions[name] for name in SPLITS])
    count = np.zeros(len(SPLITS))
    chosen = np.empty(replicas, dtype=int)
    for replica in range(replicas):
        chosen[replica] = np.argmax(share * (replica + 1) - count)
        count[chosen[replica]] += 1
    return np.array(SPLITS)[chosen]
