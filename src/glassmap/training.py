"""The record of a training: which epoch is kept, and whether the training failed."""

from dataclasses import dataclass

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
