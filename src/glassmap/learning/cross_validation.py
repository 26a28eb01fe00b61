"""Pairs of states to tell apart, and their folds by replica (Swanson et al. 2020, as in the authors' code).

A replica is in the same fold in every set, so a network that was trained on one set has not seen the test replicas of
another either, whose liquids and glasses are moments of the same cooling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.datasets import files_by_key, read_dataset, read_table
from glassmap.io.exclusions import crystallised_replicas
from glassmap.io.schema import CONFIGURATIONS, CRYSTALS
from glassmap.learning.networks import Configurations

TRAIN, VALIDATION, TEST = "train", "validation", "test"
INNER_HELD_OUT = 0.1  # of the training replicas of a fold, for validation and once more for the test of a search


@dataclass(frozen=True)
class StatePair:
    """Liquids and glasses, in the order of their replicas, so that batches mix them.

    Attributes
    ----------
    configurations : Configurations
    classes : ndarray of int, shape (S,)
        0 for liquid, 1 for glass.
    replicas : ndarray of int, shape (S,)
    """

    configurations: Configurations
    classes: np.ndarray
    replicas: np.ndarray

    @classmethod
    def of_states(cls, liquid: xr.Dataset, glass: xr.Dataset, name: str) -> "StatePair":
        """From result files with the variables of `glassmap.io.schema.CONFIGURATIONS`.

        Raises
        ------
        GlassmapError
            If the particles or the boxes of the two differ: a network would tell them apart by these.
        """
        states = [liquid, glass]
        same = np.array_equal(*(state["species"].values for state in states))
        if not (same and np.isclose(*(float(state["box_length"]) for state in states), rtol=1e-6)):
            raise GlassmapError(f"{name}: liquid and glass have different particles or boxes, must have the same")
        positions = np.concatenate([state["position"].values for state in states])
        classes = np.repeat([0, 1], [state.sizes["sample"] for state in states])
        replicas = np.concatenate([state["replica"].values for state in states])
        order = np.lexsort((classes, replicas))
        like = Configurations.of_dataset(liquid)
        return cls(Configurations(positions[order], like.species, like.box), classes[order], replicas[order])

    def take(self, members: np.ndarray) -> "StatePair":
        """Some samples, by index or by a mask."""
        members = np.arange(len(self.classes))[members]
        return StatePair(self.configurations.take(members), self.classes[members], self.replicas[members])

    def of_split(self, splits: np.ndarray, split: str, name: str) -> "StatePair":
        """The samples of a split, of both classes.

        Raises
        ------
        GlassmapError
            If one class has none.
        """
        chosen = self.take(splits == split)
        if len(np.unique(chosen.classes)) < 2:
            raise GlassmapError(f"{name}: the {split} samples of a fold are of one class; more replicas or fewer folds")
        return chosen


def read_pairs(
    paths: Sequence[str], crystals: Sequence[str], names: Sequence[str], states: Sequence[str]
) -> dict[str, StatePair]:
    """The pairs of a study by name, without crystals, from the files of each pair and state, in this order.

    Parameters
    ----------
    paths : sequence of str
        Of the configurations.
    crystals : sequence of str
        Of the tables that say which replicas crystallised (`glassmap.structure.crystals.find_crystals`).
    names, states : sequence of str
    """
    files, flags = files_by_key(paths, names, states), files_by_key(crystals, names, states)

    def amorphous(key: tuple[str, str]) -> xr.Dataset:
        samples = read_dataset(files[key], CONFIGURATIONS)
        return samples.isel(sample=~crystallised_replicas(read_table(flags[key], CRYSTALS), samples["replica"].values))

    return {name: StatePair.of_states(*(amorphous((name, state)) for state in states), name) for name in names}


def splits_of_pairs(pairs: Mapping[str, StatePair], folds: int, fold: int, seed: int) -> dict[str, np.ndarray]:
    """Split of each sample of every pair in a fold; a replica is in the same split in all of them."""
    known = np.concatenate([pair.replicas for pair in pairs.values()])
    return {name: fold_splits(pair.replicas, known, folds, fold, seed) for name, pair in pairs.items()}


def fold_splits(replicas: np.ndarray, known: np.ndarray, folds: int, fold: int, seed: int) -> np.ndarray:
    """Split of each sample in a fold: one part of the replicas is held out, a half of it for validation.

    Parameters
    ----------
    replicas : ndarray of int, shape (S,)
        Of the samples.
    known : ndarray of int
        All replicas of the study.
    folds, fold : int
        Number of parts, and the one that is held out.
    seed : int
        Of the shuffling, for all sets the same.

    Returns
    -------
    ndarray of str, shape (S,)

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.learning.cross_validation import fold_splits
    >>> replicas = np.arange(12)
    >>> split = fold_splits(replicas, replicas, folds=3, fold=0, seed=1)
    >>> [int((split == name).sum()) for name in ("train", "validation", "test")]
    [8, 2, 2]
    """
    order = np.random.default_rng(seed).permutation(np.unique(known))
    held_out = order[fold::folds]
    return _split(replicas, held_out[::2], held_out[1::2])


def inner_splits(replicas: np.ndarray, seed: int) -> np.ndarray:
    """Split of the training samples of a fold for the search of hyperparameters: 80, 10 and 10 %, by replica."""
    order = np.random.default_rng(seed).permutation(np.unique(replicas))
    number = max(1, round(INNER_HELD_OUT * len(order)))
    return _split(replicas, order[:number], order[number : 2 * number])


def _split(replicas: np.ndarray, validation: np.ndarray, test: np.ndarray) -> np.ndarray:
    return np.select([np.isin(replicas, validation), np.isin(replicas, test)], [VALIDATION, TEST], TRAIN)
