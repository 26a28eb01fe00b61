"""What the networks of an ensemble say of the test samples of a system, read from their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import xarray as xr

from glassmap.contract import CRYSTALS, GRADCAM, HISTORY, PREDICTIONS
from glassmap.crystallised import crystallised_replicas
from glassmap.files import read_dataset, read_table, same_replicas
from glassmap.indicators import INDICATORS
from glassmap.training import has_failed


@dataclass(frozen=True)
class Networks:
    """Bare fields of the test samples of one phase.

    Attributes
    ----------
    replica : ndarray of int, shape (sample,)
    indicators : Dataset
        The registry's variables (sample, particle).
    gamma : ndarray, shape (network, sample, N)
    correct : ndarray of bool, shape (network, sample)
        Whether a network is right about a sample.
    failed : ndarray of bool, shape (network,)
    crystallised : ndarray of bool, shape (sample,)
        Whether the glass of the replica is a crystal, which no average takes.
    seeds : sequence of int
    """

    replica: np.ndarray
    indicators: xr.Dataset
    gamma: np.ndarray
    correct: np.ndarray
    failed: np.ndarray
    crystallised: np.ndarray
    seeds: Sequence[int]


class Files(Protocol):
    """Files of the networks of a system, as a rule names them among its inputs."""

    indicators: str
    crystals: str
    gradcam: Sequence[str]
    predictions: Sequence[str]
    history: Sequence[str]


def read_networks(files: Files, seeds: Sequence[int], failed_below: float, phase: str) -> Networks:
    """Read the files of all networks of a system and phase.

    Parameters
    ----------
    files : Files
        Those of the networks in the order of the seeds.
    seeds : sequence of int
    failed_below : float
        Validation accuracy of a training that failed.
    phase : {"liquid", "glass"}

    Returns
    -------
    Networks
        In the order of the samples of ``files.indicators``.

    Raises
    ------
    GlassmapError
        If a file is missing, damaged or of other samples; it names the file.
    """
    by_hand = read_dataset(
        files.indicators, {**{name: ("sample", "particle") for name in INDICATORS}, "replica": ("sample",)}
    )
    replica = by_hand["replica"].values
    gamma, correct, failed = [], [], []
    for scores, judged, epochs in zip(files.gradcam, files.predictions, files.history, strict=True):
        gamma.append(same_replicas(by_hand, read_dataset(scores, GRADCAM), scores)["gamma"].values.astype(float))
        said = read_table(judged, PREDICTIONS).query("phase == @phase").set_index("replica")
        correct.append(said.loc[replica, "predicted"].to_numpy() == phase)
        failed.append(has_failed(read_table(epochs, HISTORY), failed_below))
    crystallised = crystallised_replicas(read_table(files.crystals, CRYSTALS), replica)
    return Networks(replica, by_hand, np.array(gamma), np.array(correct), np.array(failed), crystallised, seeds)
