"""Assignment of replicas to the train, validation and test splits."""

from collections.abc import Mapping

import numpy as np

SPLITS = ("train", "validation", "test")
# held-out splits: thresholds are chosen on the first and results reported on the second
SELECTION_SPLIT, REPORTED_SPLIT = "validation", "test"
# samples of a test replica other than its last: not reported, since intervals take the samples for independent
FURTHER = "further"


def assign_splits(replicas: int, fractions: Mapping[str, float]) -> np.ndarray:
    """Split of every replica.

    Each replica goes to the split that is furthest below its fraction, so any leading subset of the
    replicas is divided in the same proportions: a replica keeps its split when more are added, and a test
    configuration stays a test configuration.

    Parameters
    ----------
    replicas : int
    fractions : mapping
        Fractions of ``train``, ``validation`` and ``test``, with sum 1.

    Returns
    -------
    ndarray of str, shape (replicas,)
        The liquid and the glass of a replica share its split (Frontiers, Sec. 2.2).
    """
    share = np.array([fractions[name] for name in SPLITS])
    count = np.zeros(len(SPLITS))
    splits = np.empty(replicas, dtype=int)
    for replica in range(replicas):
        splits[replica] = np.argmax(share * (replica + 1) - count)
        count[splits[replica]] += 1
    return np.array(SPLITS)[splits]
