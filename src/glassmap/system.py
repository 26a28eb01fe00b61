"""The model glasses: species, box and interaction parameters of one block under ``systems:``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np


def pair_matrix(values: Mapping[str, float]) -> np.ndarray:
    """Symmetric (2, 2) matrix from the values of the pairs ``AA``, ``AB`` and ``BB``."""
    return np.array([[values["AA"], values["AB"]], [values["AB"], values["BB"]]], dtype=float)


@dataclass(frozen=True)
class System:
    """A binary mixture in a periodic square (Frontiers, Table 1).

    Attributes
    ----------
    name : str
    number_a, number_b : int
        Particles of species A and B.
    density : float
        Number density, 1/sigma*^2.
    sigma, epsilon : ndarray, shape (2, 2)
        Lennard-Jones lengths (sigma*) and energies (epsilon*).
    cutoff_factor : float
        Cutoff of the pair (i, j) in units of sigma_ij.
    temperature_liquid, temperature_glass : float
        T_L and T_G, epsilon*.
    """

    name: str
    number_a: int
    number_b: int
    density: float
    sigma: np.ndarray
    epsilon: np.ndarray
    cutoff_factor: float
    temperature_liquid: float
    temperature_glass: float

    @classmethod
    def from_config(cls, name: str, block: Mapping) -> "System":
        """Build from a validated block of the configuration."""
        return cls(
            name=name,
            number_a=block["particles"]["A"],
            number_b=block["particles"]["B"],
            density=block["density"],
            sigma=pair_matrix(block["sigma"]),
            epsilon=pair_matrix(block["epsilon"]),
            cutoff_factor=block["cutoff"],
            temperature_liquid=block["temperature_liquid"],
            temperature_glass=block["temperature_glass"],
        )

    def identity(self) -> dict:
        """Every parameter, in plain Python types."""
        values = asdict(self)
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}

    @property
    def number_of_particles(self) -> int:
        return self.number_a + self.number_b

    @property
    def box_length(self) -> float:
        """Side L of the square, sigma*."""
        return float(np.sqrt(self.number_of_particles / self.density))

    @property
    def cutoff(self) -> np.ndarray:
        """Cutoff of each pair, shape (2, 2), sigma*."""
        return self.cutoff_factor * self.sigma

    @property
    def species(self) -> np.ndarray:
        """Species of each particle, shape (N,), 0 = A and 1 = B, in the order of the files."""
        return np.repeat(np.array([0, 1], dtype=np.int8), [self.number_a, self.number_b])
