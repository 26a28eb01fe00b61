"""Pair potentials: Lennard-Jones with a polynomial that makes it vanish smoothly at the cutoff."""

from dataclasses import dataclass

import numpy as np

SHIFTED_FORCE, SMOOTHED, SHIFTED = KINDS = ("shifted_force", "smoothed", "shifted")


@dataclass(frozen=True)
class Potential:
    r"""A Lennard-Jones potential that ends at a cutoff proportional to sigma.

    .. math:: V(r) = 4 \epsilon \left[x^{-12} - x^{-6} + C_0 + C_1 x + C_2 x^2 + C_4 x^4\right],
              \quad x = r / \sigma < x_c,

    and zero beyond. The kinds differ in the constants:

    ``shifted_force``
        V and V' vanish at the cutoff; C_0 and C_1 (Oyama, Koyama and Kawasaki 2023, Eqs. 1 and 2).
    ``smoothed``
        V, V' and V'' vanish at the cutoff; C_0, C_2 and C_4 (Jung, Biroli and Berthier 2023, supplement, Sec. I, with
        the constants inside the bracket: as printed there, outside of it, V would not vanish).
    ``shifted``
        V vanishes at the cutoff; C_0 (Kob and Andersen 1995).

    Attributes
    ----------
    kind : {"shifted_force", "smoothed", "shifted"}
    cutoff : float
        x_c.

    Raises
    ------
    ValueError
        If the kind is unknown.

    Examples
    --------
    >>> from glassmap.potentials import Potential
    >>> Potential("smoothed", 2.5).constants.round(8).tolist()  # published: 0.0404902..., -0.0097015..., 0.0006201...
    [0.04049024, 0.0, -0.00970155, 0.00062013]
    """

    kind: str
    cutoff: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"potential: got {self.kind!r}, must be one of {', '.join(KINDS)}")

    @property
    def constants(self) -> np.ndarray:
        """C_0, C_1, C_2, C_4."""
        x = self.cutoff
        # value, slope and curvature of x^-12 - x^-6 at the cutoff, which the polynomial cancels
        bare = np.array([x**-12 - x**-6, -12 * x**-13 + 6 * x**-7, 156 * x**-14 - 42 * x**-8])
        powers = {SHIFTED_FORCE: [0, 1], SMOOTHED: [0, 2, 4], SHIFTED: [0]}[self.kind]
        derivatives = [
            [x**power, power * x ** (power - 1), power * (power - 1) * x ** (power - 2)][: len(powers)]
            for power in powers
        ]
        found = dict(zip(powers, np.linalg.solve(np.transpose(derivatives), -bare[: len(powers)]), strict=True))
        return np.array([found.get(power, 0.0) for power in (0, 1, 2, 4)])

    def energy(self, r: np.ndarray, sigma: np.ndarray, epsilon: np.ndarray) -> np.ndarray:
        """V of each pair.

        Parameters
        ----------
        r, sigma, epsilon : ndarray
            Distance and parameters of each pair, of shapes that broadcast; sigma* and epsilon*.

        Returns
        -------
        ndarray
            epsilon*; 0 at and beyond the cutoff.
        """
        c0, c1, c2, c4 = self.constants
        x = r / sigma
        inverse, square = x**-6, x**2
        value = 4 * epsilon * (inverse**2 - inverse + c0 + c1 * x + c2 * square + c4 * square**2)
        return np.where(x < self.cutoff, value, 0.0)

    def force(self, r: np.ndarray, sigma: np.ndarray, epsilon: np.ndarray) -> np.ndarray:
        """-dV/dr of each pair, epsilon*/sigma*; parameters as for `energy`."""
        _, c1, c2, c4 = self.constants
        x = r / sigma
        inverse = x**-6
        value = 4 * epsilon / sigma * ((12 * inverse**2 - 6 * inverse) / x - c1 - 2 * c2 * x - 4 * c4 * x**3)
        return np.where(x < self.cutoff, value, 0.0)
