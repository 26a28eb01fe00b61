"""The model glasses: dimension, species, box and interaction parameters of one block under ``systems:``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations_with_replacement
from string import ascii_uppercase

import numpy as np

from glassmap.box import Box
from glassmap.potentials import SHIFTED_FORCE, Potential


def species_index(name: str) -> int:
    """Number of a species in the files: 0 for A, 1 for B, ..."""
    return ascii_uppercase.index(name)


def species_name(index: int) -> str:
    """A for 0, B for 1, ..."""
    return ascii_uppercase[index]


def species_pairs(count: int) -> list[str]:
    """Names of the pairs of ``count`` species A, B, ...: AA, AB, ..., BB, ..."""
    return ["".join(pair) for pair in combinations_with_replacement(ascii_uppercase[:count], 2)]


def pair_matrix(values: Mapping[str, float]) -> np.ndarray:
    """Symmetric matrix, shape (S, S), from the values of all pairs of S species."""
    letters = sorted({letter for pair in values for letter in pair})
    return np.array([[values["".join(sorted(row + column))] for column in letters] for row in letters], dtype=float)


@dataclass(frozen=True)
class System:
    """A mixture in a periodic square or cube (Frontiers, Table 1).

    Attributes
    ----------
    name : str
    counts : tuple of int
        Particles of each of the S species A, B, ...
    density : float
        Number density, 1/sigma*^d.
    sigma : ndarray, shape (S, S)
        Lennard-Jones lengths (sigma*).
    epsilon : ndarray, shape (S, S), or None
        Lennard-Jones energies (epsilon*); None for a system without a potential.
    cutoff_factor : float or None
        Cutoff of the pair (i, j) in units of sigma_ij.
    dimension : {2, 3}
    potential_kind : str
        How the potential ends at the cutoff: a kind of `glassmap.potentials.Potential`.
    """

    name: str
    counts: tuple[int, ...]
    density: float
    sigma: np.ndarray
    epsilon: np.ndarray | None
    cutoff_factor: float | None
    dimension: int = 2
    potential_kind: str = SHIFTED_FORCE

    @classmethod
    def from_config(cls, name: str, block: Mapping) -> "System":
        """Build from a validated block of the configuration."""
        return cls(
            name=name,
            counts=tuple(block["particles"][letter] for letter in sorted(block["particles"])),
            density=block["density"],
            sigma=pair_matrix(block["sigma"]),
            epsilon=pair_matrix(block["epsilon"]) if "epsilon" in block else None,
            cutoff_factor=block.get("cutoff"),
            dimension=block.get("dimension", 2),
            potential_kind=block.get("potential", SHIFTED_FORCE),
        )

    def identity(self) -> dict:
        """All parameters, as plain Python types."""
        values = asdict(self)
        if self.potential_kind == SHIFTED_FORCE:
            del values["potential_kind"]  # which results of former versions do not have
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}

    @property
    def species_names(self) -> Sequence[str]:
        """A, B, ..."""
        return ascii_uppercase[: len(self.counts)]

    @property
    def number_of_particles(self) -> int:
        return sum(self.counts)

    @property
    def box_length(self) -> float:
        """Side L of the square or cube, sigma*."""
        root = {2: np.sqrt, 3: np.cbrt}[self.dimension]
        return float(root(self.number_of_particles / self.density))

    @property
    def box(self) -> Box:
        """The square or cube."""
        return Box.cube(self.box_length, self.dimension)

    @property
    def has_potential(self) -> bool:
        """Whether the energies of its pairs are known; samples of users' files need none."""
        return self.epsilon is not None

    @property
    def axes(self) -> Sequence[str]:
        """x, y and, in three dimensions, z."""
        return "xyz"[: self.dimension]

    @property
    def degrees_of_freedom(self) -> int:
        """d (N - 1), in the centre-of-mass frame."""
        return self.dimension * (self.number_of_particles - 1)

    @property
    def potential(self) -> Potential:
        """The pair potential, in units of sigma_ij and epsilon_ij."""
        return Potential(self.potential_kind, self.cutoff_factor)

    @property
    def cutoff(self) -> np.ndarray:
        """Cutoff of each pair, shape (S, S), sigma*."""
        return self.cutoff_factor * self.sigma

    @property
    def species(self) -> np.ndarray:
        """Species of each particle, shape (N,), 0 = A, 1 = B, ..., in file order."""
        return np.repeat(np.arange(len(self.counts), dtype=np.int8), self.counts)
