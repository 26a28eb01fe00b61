"""Bookkeeping of a training: training replicas, shuffled labels, choice of the epoch, failed trainings."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Epoch:
    """One line of ``history.csv``: means over the training and the validation samples."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float


def rank(epoch: Epoch) -> tuple[float, float]:
    """Sort key, smallest for the best epoch: highest validation accuracy, then lowest validation loss."""
    return -epoch.validation_accuracy, epoch.validation_loss


def best_epoch(history: pd.DataFrame) -> Epoch:
    """The epoch whose weights are kept, from a history with the columns of `Epoch`."""
    return min((Epoch(**row) for row in history.to_dict("records")), key=rank)


def has_failed(history: pd.DataFrame, failed_below: float) -> bool:
    """Whether a training ended at chance level.

    Parameters
    ----------
    history : DataFrame
        With the columns of `Epoch`.
    failed_below : float
        Smallest accuracy that counts as learned. Both training and validation accuracy of the kept
        epoch must reach it, because among many epochs one will guess well on a few validation samples.
    """
    kept = best_epoch(history)
    return min(kept.train_accuracy, kept.validation_accuracy) < failed_below


def shuffle_labels(classes: np.ndarray, seed: int) -> np.ndarray:
    """Labels independent of the classes: half of the samples of each class are relabelled.

    Parameters
    ----------
    classes : ndarray of int, shape (S,)
        0 or 1.
    seed : int

    Returns
    -------
    ndarray of int, shape (S,)

    Notes
    -----
    A plain permutation leaves each class with a chance majority of one label. A network finds it, since
    liquid and glass are easy to distinguish, and its accuracy is then near 0 or 1 instead of one half.
    """
    rng = np.random.default_rng(seed)
    shuffled = np.array(classes)
    for label in np.unique(classes):
        members = rng.permutation(np.flatnonzero(classes == label))
        # if the number is odd, the last sample is relabelled at random
        relabelled = len(members) // 2 + (len(members) % 2) * rng.integers(0, 2)
        shuffled[members[:relabelled]] = 1 - label
    return shuffled


def is_trained_on(samples: pd.DataFrame, count: int) -> np.ndarray:
    """Whether a network is trained on each sample of a state: the first ``count`` of the train split, or all if 0.

    Parameters
    ----------
    samples : DataFrame
        Of one state, since in users' files the same number means other samples in another. With the columns ``replica``
        and ``split``, one row for each sample.
    count : int

    Returns
    -------
    ndarray of bool, shape (S,)
    """
    in_train = samples["split"] == "train"
    first = np.sort(samples.loc[in_train, "replica"])[: count or None]
    return (in_train & samples["replica"].isin(first)).to_numpy()
