"""Propensities of one structure, from its isoconfigurational runs (Jung, Biroli and Berthier 2023)."""

from dataclasses import dataclass

import numpy as np

from glassmap.box import Box
from glassmap.dynamics.bond_breaking import bond_breaking, displacement
from glassmap.dynamics.relaxation import (
    WAVE_NUMBER,
    bond_orientation,
    bond_orientation_correlation,
    intermediate_scattering,
)
from glassmap.errors import GlassmapError


@dataclass(frozen=True)
class Propensity:
    """Mean of a quantity of the particles over the runs.

    Attributes
    ----------
    mean : ndarray, shape (time, N)
    halves : ndarray, shape (2, time, N)
        Over the runs 0, 2, 4, ... and over 1, 3, 5, ... alone, which have no noise in common.
    """

    mean: np.ndarray
    halves: np.ndarray

    @classmethod
    def of(cls, runs: np.ndarray) -> "Propensity":
        """Of the values in each run, shape (run, time, N).

        Examples
        --------
        >>> import numpy as np
        >>> from glassmap.dynamics.structure_propensities import Propensity
        >>> one = Propensity.of(np.array([[[1.0]], [[0.5]], [[0.0]]]))
        >>> float(one.mean[0, 0]), one.halves[:, 0, 0].tolist()
        (0.5, [0.5, 0.5])
        """
        return cls(runs.mean(axis=0), np.stack([runs[part::2].mean(axis=0) for part in (0, 1)]))


def bond_breaking_propensity(
    initial: np.ndarray, positions: np.ndarray, species: np.ndarray, box: Box, sigma: np.ndarray
) -> Propensity:
    """C_B of each particle, `glassmap.dynamics.bond_breaking.bond_breaking`, averaged over the runs.

    Parameters
    ----------
    initial : ndarray, shape (N, d)
        Thermal structure that all runs start from, sigma*.
    positions : ndarray, shape (run, time, N, d)
        Unwrapped.
    species : ndarray of int, shape (N,)
    box : Box
    sigma : ndarray, shape (S, S)
        sigma*.

    Raises
    ------
    GlassmapError
        If a particle has no neighbours, whose bonds could break.
    """
    runs = bond_breaking(initial, positions, species, box, sigma)
    lonely = np.isnan(runs).any(axis=(0, 1))
    if lonely.any():
        raise GlassmapError(
            f"{lonely.sum()} of {len(initial)} particles, such as {np.flatnonzero(lonely)[0]}, have no neighbours at "
            "t = 0, and no bonds to break; predict the displacement (glassmlp.target)"
        )
    return Propensity.of(runs)


def displacement_propensity(initial: np.ndarray, positions: np.ndarray) -> Propensity:
    """Displacement of each particle averaged over the runs, sigma*; parameters as for `bond_breaking_propensity`."""
    return Propensity.of(displacement(initial, positions))


def scattering_by_species(
    initial: np.ndarray, positions: np.ndarray, species: np.ndarray, wave_number: float = WAVE_NUMBER
) -> np.ndarray:
    """F_s(t) of each species averaged over the runs, shape (time, S).

    Parameters
    ----------
    initial, positions, species
        As for `bond_breaking_propensity`.
    wave_number : float
        1/sigma*.
    """
    moved = positions - initial
    moved = moved - moved.mean(axis=-2, keepdims=True)  # no drift of the whole
    return np.stack(
        [
            intermediate_scattering(moved[..., species == kind, :], wave_number).mean(axis=0)
            for kind in range(int(species.max()) + 1)
        ],
        axis=-1,
    )


def bond_orientation_by_species(
    initial: np.ndarray, positions: np.ndarray, species: np.ndarray, box: Box
) -> np.ndarray:
    """C_psi(t) of each species averaged over the runs, shape (time, S); NaN in three dimensions.

    Parameters as for `bond_breaking_propensity`; neighbours are of every species.
    """
    kinds = range(int(species.max()) + 1)
    if box.dimension != 2:
        return np.full((positions.shape[1], len(kinds)), np.nan)
    start = bond_orientation(initial, box)
    members = [species == kind for kind in kinds]
    found = [
        [bond_orientation_correlation(later[one], start[one]) for one in members]
        for frame in positions.reshape(-1, *initial.shape)
        for later in [bond_orientation(frame, box)]
    ]
    return np.reshape(found, (*positions.shape[:2], len(kinds))).mean(axis=0)
