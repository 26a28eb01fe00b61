"""Particle maps of the test samples of a system, from an ensemble of networks or from the controls."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import SimpleNamespace
from typing import Protocol

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.datasets import files_by_key, read_dataset, read_table, select_replicas
from glassmap.io.exclusions import crystallised_replicas, exclusion_reasons
from glassmap.io.schema import CONTROLS, CRYSTALS, HISTORY, PREDICTIONS, gradcam
from glassmap.learning.map_class import ANY, OWN, is_dead, map_classes, matches_class
from glassmap.learning.training import has_failed
from glassmap.structure.indicators import INDICATORS

GRADCAM_NAME = "gradcam"
# every reported number is computed on these samples
TEST = ("test",)


@dataclass(frozen=True)
class MapEnsemble:
    """Bare fields of the test samples of one phase: particle maps and hand-made indicators.

    Attributes
    ----------
    replica : ndarray of int, shape (sample,)
    indicators : Dataset
        The registry's variables (sample, particle), without energies if there is no potential.
    gamma : ndarray, shape (network, sample, N)
    correct : ndarray of bool, shape (network, sample)
        Whether a network classifies a sample correctly; always true for controls.
    failed : ndarray of bool, shape (network,)
    crystallised : ndarray of bool, shape (sample,)
        Whether the glass of the replica (in users' files, the sample itself) is a crystal, and excluded from all
        averages.
    seeds : sequence of int
        Of the networks, or the draws of the controls.
    names : sequence of str
        ``gradcam`` for each network, or the names of the controls.
    classes : sequence of str
        The class that each map explains, see `glassmap.learning.map_class`; empty where it does not matter.
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
    def indicator_names(self) -> list[str]:
        """Names of the indicators, in the order of the registry."""
        return [name for name in INDICATORS if name in self.indicators]

    @property
    def not_counted(self) -> np.ndarray:
        """Why a sample does not count, from `glassmap.io.exclusions.exclusion_reasons`; empty if it does."""
        return exclusion_reasons(self.crystallised, self.failed, self.correct)

    @property
    def counted(self) -> np.ndarray:
        """Whether a sample counts: not a crystal, and correctly classified by a network that did not fail."""
        return self.not_counted == ""

    @property
    def not_usable(self) -> np.ndarray:
        """Why a map is not usable: its sample does not count, or it is dead or otherwise constant; empty if it is."""
        constant = ~(np.ptp(self.gamma, axis=-1) > 0)
        return exclusion_reasons(self.crystallised, self.failed, self.correct, is_dead(self.gamma), constant)

    @property
    def usable(self) -> np.ndarray:
        """Whether a sample is `counted` and its map is not constant (dead, for example)."""
        return self.not_usable == ""

    def select_class(self, map_class: str) -> "MapEnsemble":
        """The maps that explain one class, and those that no network made."""
        kept = np.flatnonzero(matches_class(self.classes or [ANY] * len(self.names), map_class))
        arrays = {name: getattr(self, name)[kept] for name in ("gamma", "correct", "failed")}
        lists = {name: [getattr(self, name)[i] for i in kept] for name in ("seeds", "names")}
        return replace(self, **arrays, **lists, classes=[self.classes[i] for i in kept] if self.classes else ())


class Files(Protocol):
    """Input files of a rule that reads the networks of a system."""

    indicators: str
    crystals: str
    gradcam: Sequence[str]
    predictions: Sequence[str]
    history: Sequence[str]


class ControlFiles(Protocol):
    """Input files of a rule that reads the controls of a system and phase."""

    indicators: str
    crystals: str
    controls: str


def read_networks(
    files: Files, seeds: Sequence[int], failed_below: float, phase: str, map_class: str | None = None
) -> MapEnsemble:
    """Read the files of all networks of a system and phase.

    Parameters
    ----------
    files : Files
        Network files in the order of the seeds.
    seeds : sequence of int
    failed_below : float
        Accuracy below which a training has failed.
    phase : str
    map_class : str, optional
        The class that the maps explain, from `glassmap.learning.map_class.map_classes`; the class glass by default.

    Returns
    -------
    MapEnsemble
        The test samples, in the order of ``files.indicators``.

    Raises
    ------
    GlassmapError
        If a file is missing, damaged or of other samples; the message names the file.
    """
    ensemble = read_predictions(files, seeds, failed_below, phase)
    suffix = f"_{phase}" if map_class == OWN else ""
    gamma = [
        select_replicas(ensemble.indicators, read_network_maps(path, seed, suffix), path)[f"gamma{suffix}"].values
        for path, seed in zip(files.gradcam, seeds, strict=True)
    ]
    return replace(ensemble, gamma=np.array(gamma, dtype=float), classes=[map_class] * len(gamma) if map_class else ())


def read_network_maps(path: str, seed: int, suffix: str = "") -> xr.Dataset:
    """Class activation maps of the network with a given seed, of the class that ends the variables' names.

    Raises
    ------
    GlassmapError
        If the file is missing, damaged or of another network.
    """
    dataset = read_dataset(path, gradcam(suffix))
    network = np.atleast_1d(dataset.attrs.get("seed", []))[-1:].tolist()
    if network != [seed]:
        raise GlassmapError(
            f"{path}: maps of the network with seed {network}, expected {seed}; delete it to make it again"
        )
    return dataset


def read_predictions(files: Files, seeds: Sequence[int], failed_below: float, phase: str) -> MapEnsemble:
    """As `read_networks`, without the maps: ``gamma`` has no particles."""
    indicators, crystallised = _read_indicators(files)
    replica = indicators["replica"].values
    correct, failed = [], []
    for prediction_file, history_file in zip(files.predictions, files.history, strict=True):
        predictions = read_table(prediction_file, PREDICTIONS).query("phase == @phase").set_index("replica")
        correct.append(predictions.loc[replica, "predicted"].to_numpy() == phase)
        failed.append(has_failed(read_table(history_file, HISTORY), failed_below))
    names, gamma = [GRADCAM_NAME] * len(failed), np.empty((len(failed), len(replica), 0))
    return MapEnsemble(
        replica, indicators, gamma, np.array(correct), np.array(failed), crystallised, list(seeds), names
    )


def read_controls(files: ControlFiles, splits: Sequence[str] = TEST) -> MapEnsemble:
    """Read the null maps in the same form as the maps of networks.

    Parameters
    ----------
    files : ControlFiles
    splits : sequence of str
        Splits to read. Validation replicas only serve to choose thresholds; nothing is reported on them.

    Returns
    -------
    MapEnsemble
        Controls are no classifiers: none has failed, and all samples count as correctly classified. Null networks have
        a map for every class that explains the samples.

    Raises
    ------
    GlassmapError
        As `read_networks`.
    """
    indicators, crystallised = _read_indicators(files, splits)
    controls = select_replicas(indicators, read_dataset(files.controls, CONTROLS), files.controls)
    names, draws, classes = (controls[name].values.tolist() for name in ("null", "draw", "map_class"))
    correct = np.ones((len(names), len(crystallised)), dtype=bool)
    gamma = controls["gamma"].values.astype(float)
    failed = np.zeros(len(names), dtype=bool)
    replica = indicators["replica"].values
    return MapEnsemble(replica, indicators, gamma, correct, failed, crystallised, draws, names, classes)


def read_maps(
    files, seeds: Sequence[int], failed_below: float, phase: str, splits_of_controls: Sequence[str] = TEST
) -> MapEnsemble:
    """`read_controls` if a rule has controls among its inputs, `read_networks` otherwise."""
    if hasattr(files, "controls"):
        return read_controls(files, splits_of_controls)
    return read_networks(files, seeds, failed_below, phase)


def read_all_classes(
    files,
    seeds: Sequence[int],
    failed_below: float,
    phase: str,
    phases: Sequence[str],
    splits_of_controls: Sequence[str] = TEST,
) -> MapEnsemble:
    """As `read_maps`, with the networks' maps for every class that explains the samples."""
    if hasattr(files, "controls"):
        return read_controls(files, splits_of_controls)
    classes = map_classes(phase, phases)
    return concatenate(*(read_networks(files, seeds, failed_below, phase, name) for name in classes))


def concatenate(first: MapEnsemble, *others: MapEnsemble) -> MapEnsemble:
    """Concatenate ensembles of maps of the same samples, such as those of networks and of controls."""
    parts = (first, *others)
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("gamma", "correct", "failed")}
    lists = {name: [item for part in parts for item in getattr(part, name)] for name in ("seeds", "names")}
    classes = [item for part in parts for item in part.classes or [ANY] * len(part.names)]
    return replace(first, **arrays, **lists, classes=classes)


def _read_indicators(files: ControlFiles | Files, splits: Sequence[str] = TEST) -> tuple[xr.Dataset, np.ndarray]:
    """The registry's indicators of the samples, and which of these are crystals."""
    # a system without a potential has no energies
    variables = {name: ("sample", "particle") for name, entry in INDICATORS.items() if not entry.energetic}
    indicators = read_dataset(files.indicators, {**variables, "replica": ("sample",), "split": ("sample",)})
    indicators = indicators.isel(sample=np.isin(indicators["split"].values, splits))
    return indicators, crystallised_replicas(read_table(files.crystals, CRYSTALS), indicators["replica"].values)


def networks_of(
    files,
    systems: Sequence[str],
    phases: Sequence[str],
    seeds: Sequence[int],
    failed_below: float,
    read: Callable[..., MapEnsemble] = read_networks,
) -> Iterator[tuple[str, str, MapEnsemble]]:
    """Iterate over the networks of every system and phase.

    Parameters
    ----------
    files
        As `Files`, but every attribute is a list: ``crystals`` and
        ``indicators`` per system and phase, ``gradcam`` per system, phase and network, ``predictions`` and
        ``history`` per system and network.
    systems, phases
        In the order of the files.
    seeds, failed_below
        As for `read_networks`.
    read : callable
        `read_networks`, or `read_all_classes`.

    Yields
    ------
    system, phase : str
    networks : MapEnsemble
    """
    indicators, crystals = (files_by_key(paths, systems, phases) for paths in (files.indicators, files.crystals))
    gradcam = files_by_key(files.gradcam, systems, phases, seeds)
    predictions, history = files_by_key(files.predictions, systems, seeds), files_by_key(files.history, systems, seeds)
    for system, phase in product(systems, phases):
        paths = SimpleNamespace(
            indicators=indicators[system, phase],
            crystals=crystals[system, phase],
            gradcam=[gradcam[system, phase, seed] for seed in seeds],
            predictions=[predictions[system, seed] for seed in seeds],
            history=[history[system, seed] for seed in seeds],
        )
        yield system, phase, read(paths, seeds, failed_below, phase)
