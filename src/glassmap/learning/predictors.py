"""Predictors that are not told the dynamics, and their registry: structures in, a value of every particle out.

A new predictor is a function of `Samples` and a line in `PREDICTORS`. Those that learn from the dynamics are
regressors (`glassmap.learning.regression.Regressor`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from glassmap.box import Box
from glassmap.learning.names import ATTENTION, D_MPNN, DENSITY_CNN, GRADCAM, INTEGRATED
from glassmap.seeds import derive_seed
from glassmap.structure.indicators import (
    Parameters,
    composition,
    hexatic_order,
    number_density,
    potential_energy,
    tong_tanaka,
    voronoi_volume,
)
from glassmap.structure.moved_structures import matched, moved
from glassmap.structure.voronoi import coherent_order
from glassmap.system import System

NOTHING, CLASSES, DYNAMICS = TOLD = ("nothing", "classes", "dynamics")  # what a method was told


class ClassNetworks(Protocol):
    """An ensemble of networks that tell two states (`glassmap.learning.class_networks`), as predictors ask it."""

    def scores(self, method: str, positions: np.ndarray, species: np.ndarray, box: Box) -> np.ndarray:
        """Scores of the particles of configurations, mean over the networks.

        Parameters
        ----------
        method : str
        positions : ndarray, shape (S, N, d)
            Thermal, sigma*; of all structures of a state, in the order of its files.
        species : ndarray of int, shape (N,)
        box : Box

        Returns
        -------
        ndarray, shape (S, N)
            For the second of ``classifier.states``, if the method has a class. NaN where no network says anything.
        """

    def untrained(self, seed: int) -> "ClassNetworks":
        """As many networks of the same architecture with random weights."""


@dataclass(frozen=True)
class Samples:
    """Structures of one state.

    Attributes
    ----------
    positions : ndarray, shape (M, N, d)
        Of the inherent structures, sigma*.
    species : ndarray of int, shape (N,)
    training : ndarray of bool, shape (M,)
        Structures that may be learned from.
    parameters : Parameters
        Box, contact distances and model glass.
    seed : int
        Of whatever is random.
    thermal : ndarray, shape (M, N, d), optional
        Positions before minimisation, sigma*; for networks.
    networks : mapping of str to ClassNetworks
        Those of the study, by `DENSITY_CNN` and `D_MPNN`.
    """

    positions: np.ndarray
    species: np.ndarray
    training: np.ndarray
    parameters: Parameters
    seed: int
    thermal: np.ndarray | None = None
    networks: Mapping[str, ClassNetworks] = field(default_factory=dict)


@dataclass(frozen=True)
class Predictor:
    """An entry of the registry.

    Attributes
    ----------
    function : callable
        Of `Samples`; a value of every particle, shape (M, N).
    label : str
        In tables and figures.
    planar, energetic : bool
        Whether it is defined in two dimensions only; needs a potential.
    null : bool
        Whether it knows nothing of where particles move.
    trained : bool
        Whether it learns from the training structures.
    told : str
        One of `TOLD`: nothing, or to which state a structure belongs.
    networks : str
        Of ``Samples.networks``, those that it needs; empty if none.
    """

    function: Callable[[Samples], np.ndarray]
    label: str
    planar: bool = False
    energetic: bool = False
    null: bool = False
    trained: bool = False
    told: str = NOTHING
    networks: str = ""


def _of_each(function: Callable[[np.ndarray, np.ndarray, Parameters], np.ndarray]) -> Callable[[Samples], np.ndarray]:
    """An indicator (`glassmap.structure.indicators`) as a predictor."""
    return lambda samples: np.array(
        [function(positions, samples.species, samples.parameters) for positions in samples.positions]
    )


def fourfold_order(positions: np.ndarray, species: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Modulus of psi_4, averaged over a particle and its neighbours (`glassmap.structure.voronoi.coherent_order`).

    Squares are what the ternary mixture orders in (GlassBench, PSI4).
    """
    return coherent_order(positions, parameters.box, (4,))[0]


def random_values(samples: Samples) -> np.ndarray:
    """Gaussian noise, of every particle its own."""
    return np.random.default_rng(derive_seed(samples.seed, "random values")).standard_normal(
        samples.positions.shape[:2]
    )


def constant_value(samples: Samples) -> np.ndarray:
    """The same for all particles; no correlation is defined."""
    return np.ones(samples.positions.shape[:2])


def moved_energies(samples: Samples) -> np.ndarray:
    """Potential energies of the next structure, moved at random (`glassmap.structure.moved_structures`).

    Relative to the mean of their species, which would tell the local composition once they are coarse-grained. Values
    and spatial correlations are those of the energy, of every species.
    """
    random = np.random.default_rng(derive_seed(samples.seed, "moved energies"))
    energies, box, values = _of_each(potential_energy)(samples), samples.parameters.box, []
    for index, positions in enumerate(samples.positions):
        other = (index + 1) % len(energies)
        elsewhere, of_this = moved(samples.positions[other], box, random), np.empty(len(positions))
        for species in np.unique(samples.species):
            chosen = np.flatnonzero(samples.species == species)
            relative = energies[other][chosen] - energies[other][chosen].mean()
            of_this[chosen] = relative[matched(positions[chosen], elsewhere[chosen], box)]
        values.append(of_this)
    return np.array(values)


def bond_order_mixture(samples: Samples) -> np.ndarray:
    """Probability of the rarer of two kinds of surroundings, see `glassmap.learning.bond_order_mixture`."""
    from glassmap.learning.bond_order_mixture import rarer_surroundings  # slow to load

    return rarer_surroundings(samples)


def _by_networks(kind: str, method: str, label: str, *, trained: bool = True) -> Predictor:
    """Scores by networks that tell two states (`glassmap.learning.class_networks`), or by untrained ones."""

    def scores(samples: Samples) -> np.ndarray:
        networks = samples.networks[kind]
        if not trained:
            networks = networks.untrained(derive_seed(samples.seed, kind, method, "random weights"))
        return networks.scores(method, samples.thermal, samples.species, samples.parameters.box)

    told = CLASSES if trained else NOTHING
    return Predictor(
        scores, label, planar=kind == DENSITY_CNN, null=not trained, trained=trained, told=told, networks=kind
    )


PREDICTORS: Mapping[str, Predictor] = {
    "number_density": Predictor(_of_each(number_density), "local number density"),
    "composition": Predictor(_of_each(composition), "local fraction of A"),
    "potential_energy": Predictor(_of_each(potential_energy), "potential energy", energetic=True),
    "voronoi_volume": Predictor(_of_each(voronoi_volume), "Voronoi volume"),
    "tong_tanaka": Predictor(_of_each(tong_tanaka), "Tong-Tanaka order parameter", planar=True),
    "hexatic_order": Predictor(_of_each(hexatic_order), "hexatic order |ψ₆|", planar=True),
    "fourfold_order": Predictor(_of_each(fourfold_order), "four-fold order |ψ₄|", planar=True),
    "bond_order_mixture": Predictor(bond_order_mixture, "mixture of bond orders", trained=True),
    "random_values": Predictor(random_values, "random values", null=True),
    "constant_value": Predictor(constant_value, "constant", null=True),
    "moved_energies": Predictor(moved_energies, "energies of another structure", energetic=True, null=True),
    "gradcam": _by_networks(DENSITY_CNN, GRADCAM, "Grad-CAM"),
    "occlusion": _by_networks(DENSITY_CNN, "occlusion", "occlusion"),
    "integrated_gradients": _by_networks(DENSITY_CNN, INTEGRATED, "integrated gradients"),
    "gradcam_untrained": _by_networks(DENSITY_CNN, GRADCAM, "Grad-CAM, random weights", trained=False),
    "attention": _by_networks(D_MPNN, ATTENTION, "attention (D-MPNN)"),
    "attention_untrained": _by_networks(D_MPNN, ATTENTION, "attention, random weights", trained=False),
}


def predictors_of(names: Sequence[str], system: System) -> dict[str, Predictor]:
    """Those of some predictors that are defined for a system, in their order."""
    return {
        name: PREDICTORS[name]
        for name in names
        if (system.dimension == 2 or not PREDICTORS[name].planar)
        and (system.has_potential or not PREDICTORS[name].energetic)
    }
