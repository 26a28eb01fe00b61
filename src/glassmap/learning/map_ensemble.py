"""What the maps say of the test samples of a system: those of an ensemble of networks, or the controls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.datasets import read_dataset, read_table, same_replicas
from glassmap.io.left_out import crystallised_replicas
from glassmap.io.schema import CONTROLS, CRYSTALS, GRADCAM, HISTORY, PREDICTIONS
from glassmap.learning.map_class import GLASS, in_class, map_classes
from glassmap.learning.training import has_failed
from glassmap.structure.indicators import INDICATORS

GRADCAM_NAME = "gradcam"
# the samples that every number is of
TEST = ("test",)


@dataclass(frozen=True)
class MapEnsemble:
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
    classes : sequence of str
        The class that each map is for, see `glassmap.learning.map_class`; empty if all are for the class glass.
    """

    replica: np.ndarray
    indicators: xr.Dataset
    gamma: np.ndarray
    correct: np.ndarray
    failed: np.ndarray
    crystallised: np.ndarray
    seeds: Sequence[int]
    names: Sequence[str]
    classes: Sequence[str] = ()

    @property
    def counted(self) -> np.ndarray:
        """Whether a network did not fail and is right about a sample that is no crystal, shape (network, sample)."""
        return self.correct & ~self.failed[:, None] & ~self.crystallised

    @property
    def usable(self) -> np.ndarray:
        """Whether a network is `counted` and its map says something: it is not dead or constant elsewhere."""
        return self.counted & (np.ptp(self.gamma, axis=-1) > 0)

    def of_class(self, map_class: str) -> "MapEnsemble":
        """Those whose maps are for one class, with the maps that no network made."""
        kept = np.flatnonzero(in_class(self.classes or [GLASS] * len(self.names), map_class))
        arrays = {name: getattr(self, name)[kept] for name in ("gamma", "correct", "failed")}
        lists = {name: [getattr(self, name)[i] for i in kept] for name in ("seeds", "names")}
        return replace(self, **arrays, **lists, classes=[self.classes[i] for i in kept] if self.classes else ())


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


def read_networks(
    files: Files, seeds: Sequence[int], failed_below: float, phase: str, map_class: str = GLASS
) -> MapEnsemble:
    """Read the files of all networks of a system and phase.

    Parameters
    ----------
    files : Files
        Those of the networks in the order of the seeds.
    seeds : sequence of int
    failed_below : float
        Validation accuracy of a training that failed.
    phase : {"liquid", "glass"}
    map_class : {"glass", "own"}
        The class that the maps are for.

    Returns
    -------
    MapEnsemble
        Of the test samples, in the order of ``files.indicators``.

    Raises
    ------
    GlassmapError
        If a file is missing, damaged or of other samples; it names the file.
    """
    judged = read_judgements(files, seeds, failed_below, phase)
    key = "gamma" if map_class == GLASS or phase == GLASS else f"gamma_{phase}"
    gamma = [
        same_replicas(judged.indicators, read_maps_of(path, seed), path)[key].values.astype(float)
        for path, seed in zip(files.gradcam, seeds, strict=True)
    ]
    return replace(judged, gamma=np.array(gamma), classes=[map_class] * len(gamma))


def read_maps_of(path: str, seed: int) -> xr.Dataset:
    """Class activation maps of the network of a seed.

    Raises
    ------
    GlassmapError
        If the file is missing, damaged or of another network.
    """
    dataset = read_dataset(path, GRADCAM)
    found = np.atleast_1d(dataset.attrs.get("seed", []))[-1:].tolist()
    if found != [seed]:
        raise GlassmapError(
            f"{path}: maps of the network with seed {found}, expected {seed}; delete it to make it again"
        )
    return dataset


def read_judgements(files: Files, seeds: Sequence[int], failed_below: float, phase: str) -> MapEnsemble:
    """As `read_networks`, without their maps: ``gamma`` has no particles."""
    by_hand, crystallised = _hand_made(files)
    replica = by_hand["replica"].values
    correct, failed = [], []
    for judged, epochs in zip(files.predictions, files.history, strict=True):
        said = read_table(judged, PREDICTIONS).query("phase == @phase").set_index("replica")
        correct.append(said.loc[replica, "predicted"].to_numpy() == phase)
        failed.append(has_failed(read_table(epochs, HISTORY), failed_below))
    names, nothing = [GRADCAM_NAME] * len(failed), np.empty((len(failed), len(replica), 0))
    return MapEnsemble(replica, by_hand, nothing, np.array(correct), np.array(failed), crystallised, list(seeds), names)


def read_controls(files: ControlFiles, splits: Sequence[str] = TEST) -> MapEnsemble:
    """Read the maps that need no trained network, in the form of those of the networks.

    Parameters
    ----------
    files : ControlFiles
    splits : sequence of str
        Whose samples to read. Only what is chosen, and never what is reported, is of the validation replicas.

    Returns
    -------
    MapEnsemble
        Each control counts as trained and as right about every sample: it is no classifier. Those of networks are
        there for every class that a map of the samples is for.

    Raises
    ------
    GlassmapError
        As `read_networks`.
    """
    by_hand, crystallised = _hand_made(files, splits)
    controls = same_replicas(by_hand, read_dataset(files.controls, CONTROLS), files.controls)
    names, draws, classes = (controls[name].values.tolist() for name in ("null", "draw", "map_class"))
    right = np.ones((len(names), len(crystallised)), dtype=bool)
    gamma = controls["gamma"].values.astype(float)
    nothing = np.zeros(len(names), dtype=bool)
    return MapEnsemble(by_hand["replica"].values, by_hand, gamma, right, nothing, crystallised, draws, names, classes)


def read_maps(
    files, seeds: Sequence[int], failed_below: float, phase: str, splits_of_controls: Sequence[str] = TEST
) -> MapEnsemble:
    """The controls where a rule has them among its inputs, the networks otherwise; as those two."""
    if hasattr(files, "controls"):
        return read_controls(files, splits_of_controls)
    return read_networks(files, seeds, failed_below, phase)


def read_every_class(
    files, seeds: Sequence[int], failed_below: float, phase: str, splits_of_controls: Sequence[str] = TEST
) -> MapEnsemble:
    """As `read_maps`, with the networks' maps for each class that a map of the samples is for, one after the other."""
    if hasattr(files, "controls"):
        return read_controls(files, splits_of_controls)
    return joined(*(read_networks(files, seeds, failed_below, phase, one) for one in map_classes(phase)))


def joined(first: MapEnsemble, *others: MapEnsemble) -> MapEnsemble:
    """Maps of the same samples, such as those of networks and of controls, as if they were one ensemble."""
    every = (first, *others)
    arrays = {name: np.concatenate([getattr(one, name) for one in every]) for name in ("gamma", "correct", "failed")}
    lists = {name: [item for one in every for item in getattr(one, name)] for name in ("seeds", "names")}
    return replace(
        first, **arrays, **lists, classes=[item for one in every for item in one.classes or [GLASS] * len(one.names)]
    )


def _hand_made(files: ControlFiles | Files, splits: Sequence[str] = TEST) -> tuple[xr.Dataset, np.ndarray]:
    """The indicators of the registry, and which samples are crystals."""
    by_hand = read_dataset(
        files.indicators,
        {**{name: ("sample", "particle") for name in INDICATORS}, "replica": ("sample",), "split": ("sample",)},
    )
    by_hand = by_hand.isel(sample=np.isin(by_hand["split"].values, splits))
    return by_hand, crystallised_replicas(read_table(files.crystals, CRYSTALS), by_hand["replica"].values)
