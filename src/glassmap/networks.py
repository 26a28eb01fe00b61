"""What the maps say of the test samples of a system: those of an ensemble of networks, or the controls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import xarray as xr

from glassmap.contract import CONTROLS, CRYSTALS, GRADCAM, HISTORY, PREDICTIONS
from glassmap.crystallised import crystallised_replicas
from glassmap.files import read_dataset, read_table, same_replicas
from glassmap.indicators import INDICATORS
from glassmap.training import has_failed

GRADCAM_NAME = "gradcam"
# the samples that every number is of
TEST = ("test",)


@dataclass(frozen=True)
class Networks:
    """Bare fields of the test samples of one phase: maps on the particles and hand-made indicators.

    Attributes
    ----------
    replica : ndarray of int, shape (sample,)
    indicators : Dataset
        The registry's variables (sample, particle).
    gamma : ndarray, shape (network, sample, N)
    correct : ndarray of bool, shape (network, sample)
        Whether a network is right about a sample; controls need not be.
    failed : ndarray of bool, shape (network,)
    crystallised : ndarray of bool, shape (sample,)
        Whether the glass of the replica is a crystal, which no average takes.
    seeds : sequence of int
        Of the networks, or the numbers of the draws of a control.
    names : sequence of str
        ``gradcam`` for each network, or the names of the controls.
    """

    replica: np.ndarray
    indicators: xr.Dataset
    gamma: np.ndarray
    correct: np.ndarray
    failed: np.ndarray
    crystallised: np.ndarray
    seeds: Sequence[int]
    names: Sequence[str]


class Files(Protocol):
    """Files of the networks of a system, as a rule names them among its inputs."""

    indicators: str
    crystals: str
    gradcam: Sequence[str]
    predictions: Sequence[str]
    history: Sequence[str]


class ControlFiles(Protocol):
    """Files of the controls of a system and phase, as a rule names them among its inputs."""

    indicators: str
    crystals: str
    controls: str


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
        Of the test samples, in the order of ``files.indicators``.

    Raises
    ------
    GlassmapError
        If a file is missing, damaged or of other samples; it names the file.
    """
    by_hand, crystallised = _hand_made(files)
    replica = by_hand["replica"].values
    gamma, correct, failed = [], [], []
    for scores, judged, epochs in zip(files.gradcam, files.predictions, files.history, strict=True):
        gamma.append(same_replicas(by_hand, read_dataset(scores, GRADCAM), scores)["gamma"].values.astype(float))
        said = read_table(judged, PREDICTIONS).query("phase == @phase").set_index("replica")
        correct.append(said.loc[replica, "predicted"].to_numpy() == phase)
        failed.append(has_failed(read_table(epochs, HISTORY), failed_below))
    names = [GRADCAM_NAME] * len(gamma)
    return Networks(
        replica, by_hand, np.array(gamma), np.array(correct), np.array(failed), crystallised, list(seeds), names
    )


def read_controls(files: ControlFiles, splits: Sequence[str] = TEST) -> Networks:
    """Read the maps that need no trained network, in the form of those of the networks.

    Parameters
    ----------
    files : ControlFiles
    splits : sequence of str
        Whose samples to read. Only what is chosen, and never what is reported, is of the validation replicas.

    Returns
    -------
    Networks
        Each control counts as trained and as right about every sample: it is no classifier.

    Raises
    ------
    GlassmapError
        As `read_networks`.
    """
    by_hand, crystallised = _hand_made(files, splits)
    controls = same_replicas(by_hand, read_dataset(files.controls, CONTROLS), files.controls)
    names, draws = controls["null"].values.tolist(), controls["draw"].values.tolist()
    right = np.ones((len(names), len(crystallised)), dtype=bool)
    gamma = controls["gamma"].values.astype(float)
    nothing = np.zeros(len(names), dtype=bool)
    return Networks(by_hand["replica"].values, by_hand, gamma, right, nothing, crystallised, draws, names)


def read_maps(
    files, seeds: Sequence[int], failed_below: float, phase: str, splits_of_controls: Sequence[str] = TEST
) -> Networks:
    """The controls where a rule has them among its inputs, the networks otherwise; as those two."""
    if hasattr(files, "controls"):
        return read_controls(files, splits_of_controls)
    return read_networks(files, seeds, failed_below, phase)


def _hand_made(files: ControlFiles | Files, splits: Sequence[str] = TEST) -> tuple[xr.Dataset, np.ndarray]:
    """The indicators of the registry, and which samples are crystals."""
    by_hand = read_dataset(
        files.indicators,
        {**{name: ("sample", "particle") for name in INDICATORS}, "replica": ("sample",), "split": ("sample",)},
    )
    by_hand = by_hand.isel(sample=np.isin(by_hand["split"].values, splits))
    return by_hand, crystallised_replicas(read_table(files.crystals, CRYSTALS), by_hand["replica"].values)
