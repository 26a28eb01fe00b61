"""What a training learns from and leaves: shuffled labels, which epoch is kept, whether the training failed."""

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
    """What is least for the epoch to keep: highest validation accuracy, of these the lowest loss."""
    return -epoch.validation_accuracy, epoch.validation_loss


def kept_epoch(history: pd.DataFrame) -> Epoch:
    """The epoch whose weights a network has, from its history with the columns of `Epoch`."""
    return min((Epoch(**row) for row in history.to_dict("records")), key=rank)


def has_failed(history: pd.DataFrame, failed_below: float) -> bool:
    """Whether a training ended at chance.

    Parameters
    ----------
    history : DataFrame
        With the columns of `Epoch`.
    failed_below : float
        Smallest accuracy that counts as learned. Both training and validation accuracy of the kept
        epoch must reach it: among many epochs, one that guesses well on few validation samples is
        no rarity.
    """
    kept = kept_epoch(history)
    return min(kept.train_accuracy, kept.validation_accuracy) < failed_below


def shuffle_labels(classes: np.ndarray, seed: int) -> np.ndarray:
    """Labels that say nothing of the classes: half of the samples of each class change theirs.

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
    A plain permutation leaves each class with a chance majority of one label, which a network finds, since
    liquid and glass are easily told apart; its accuracy is then near 0 or 1 instead of one half.
    """
    rng = np.random.default_rng(seed)
    shuffled = np.array(classes)
    for kind in np.unique(classes):
        members = rng.permutation(np.flatnonzero(classes == kind))
        # of an odd number, the one left over goes either way
        changed = len(members) // 2 + (len(members) % 2) * rng.integers(0, 2)
        shuffled[members[:changed]] = 1 - kind
    return shuffled


def training_replicas(samples: pd.DataFrame, count: int) -> np.ndarray:
    """Replicas of the training split that a network learns from, the first ``count`` of them; 0 takes all.

    Parameters
    ----------
    samples : DataFrame
        With the columns ``replica`` and ``split``, one row for each sample.
    count : int

    Returns
    -------
    ndarray of int
    """
    every = np.unique(samples.loc[samples["split"] == "train", "replica"])
    return every[: count or None]
