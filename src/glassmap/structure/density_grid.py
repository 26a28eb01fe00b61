"""Density field on a grid (operator M) and projection back onto particles (M^-1).

v2 supplement, Sec. I.A, Eqs. S1-S4. Grid point (k, l) sits at (k L/G, l L/G).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from glassmap.box import Box

LARGEST = 250_000  # particles evaluated at once, which takes 250 MB


def kernel_widths(species: np.ndarray, sigma: np.ndarray, box_length: float, factor: float = 1.0) -> np.ndarray:
    """Width a sigma_ii of each particle's Gaussian, a = factor * L / sqrt(0.64 N).

    Parameters
    ----------
    species : ndarray of int, shape (N,)
    sigma : ndarray, shape (S, S)
        Lennard-Jones lengths of the S species.
    box_length : float
    factor : float
        1 in the paper (v2 supplement, Sec. I.A).

    Returns
    -------
    ndarray, shape (N,)
    """
    return factor * box_length / np.sqrt(0.64 * len(species)) * sigma.diagonal()[species]


@dataclass(frozen=True)
class GridKernel:
    """Values f(|r_i - r_kl|) of one configuration on the grid points around each particle.

    Of up to `LARGEST` particles they are computed once and kept, of more block by block whenever they are needed.

    Attributes
    ----------
    positions : ndarray, shape (N, 2)
        In [0, L).
    widths, cutoffs : ndarray, shape (N,)
    spacing : float
        Of the grid points, in the units of the positions.
    grid : int
        Points per side, G.
    """

    positions: np.ndarray
    widths: np.ndarray
    cutoffs: np.ndarray
    spacing: float
    grid: int

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Grid points around the particles, and the values there, one block of particles after the other.

        Yields
        ------
        index : ndarray of int, shape (n, S)
            Flat grid index k * G + l of the S points around each particle.
        weight : ndarray, shape (n, S)
            Gaussian of the minimum-image distance, 0 beyond the cutoff.
        """
        if len(self.positions) <= LARGEST:
            yield self._whole
            return
        for start in range(0, len(self.positions), LARGEST):
            yield self._values(slice(start, start + LARGEST))

    @cached_property
    def _whole(self) -> tuple[np.ndarray, np.ndarray]:
        return self._values(slice(None))

    def _values(self, chosen: slice) -> tuple[np.ndarray, np.ndarray]:
        """Of some particles; a fixed window of points around each, and the Gaussian factorised into x and y."""
        positions, widths, cutoffs = self.positions[chosen], self.widths[chosen], self.cutoffs[chosen]
        below = int(self.cutoffs.max() / self.spacing)
        offsets = np.arange(-below, below + 2)
        points = np.floor(positions / self.spacing).astype(np.int64)[:, :, None] + offsets
        squares = (points * self.spacing - positions[:, :, None]) ** 2
        factors = np.exp(-squares / widths[:, None, None] ** 2)
        points %= self.grid
        weight = factors[:, 0, :, None] * factors[:, 1, None, :]
        weight *= squares[:, 0, :, None] + squares[:, 1, None, :] <= cutoffs[:, None, None] ** 2
        index = points[:, 0, :, None] * self.grid + points[:, 1, None, :]
        return index.reshape(len(positions), -1), weight.reshape(len(positions), -1)

    def density(self) -> np.ndarray:
        r"""Operator M: raw density field, shape (G, G), axis 0 = x (v2 Eq. S2).

        .. math::

            \rho_{kl} = \sum_i f_i(|\mathbf r_i - \mathbf r_{kl}|), \qquad
            f_i(r) = e^{-(r / a \sigma_{ii})^2}\ \text{up to the cutoff}
        """
        field = np.zeros(self.grid**2)
        for index, weight in self.blocks():
            field += np.bincount(index.ravel(), weight.ravel(), minlength=self.grid**2)
        return field.reshape(self.grid, self.grid)

    def inverse(self, field: np.ndarray) -> np.ndarray:
        r"""Operator M^-1: project a grid field onto the particles (v2 Eq. S4).

        .. math:: X_i = \sum_{kl} X_{kl}\,\frac{f_i(|\mathbf r_i - \mathbf r_{kl}|)}{\rho_{kl}}

        Parameters
        ----------
        field : ndarray, shape (..., G, G)

        Returns
        -------
        ndarray, shape (..., N)
            ``sum_kl field(k,l) f(|r_i - r_kl|) / rho(k,l)``. Conserves the sum of the field over all grid
            points within the cutoff of some particle; other points contribute nothing.
        """
        density = self.density().ravel()
        share = np.divide(1.0, density, out=np.zeros_like(density), where=density > 0)
        ratio = np.reshape(field, (*np.shape(field)[:-2], -1)) * share
        parts = [np.einsum("...is,is->...i", ratio[..., index], weight) for index, weight in self.blocks()]
        return np.concatenate(parts, axis=-1)


def grid_kernel(
    positions: np.ndarray, widths: np.ndarray, cutoffs: np.ndarray, box_length: float, grid: int
) -> GridKernel:
    """Each particle's Gaussian on the grid points around it.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    widths, cutoffs : ndarray, shape (N,)
        Gaussian width a sigma_ii and cutoff 2.5 sigma_ii, in the units of the positions.
    box_length : float
    grid : int
        Points per side, G.

    Returns
    -------
    GridKernel
        Its cost is linear in N.

    Raises
    ------
    GlassmapError
        If the positions are three-dimensional.
    ValueError
        If a cutoff is at least half the box, where a particle would overlap its own image.
    """
    box, reach = Box.cube(box_length, positions.shape[-1]), cutoffs.max()
    box.require_plane("density on the grid")
    if reach >= box_length / 2:
        raise ValueError(f"cutoff {reach:g} must be less than half the box ({box_length / 2:g})")
    return GridKernel(box.wrap(positions), widths, cutoffs, box_length / grid, grid)


def configuration_kernel(
    positions: np.ndarray,
    species: np.ndarray,
    sigma: np.ndarray,
    box_length: float,
    grid: int,
    kernel_width: float = 1.0,
    cutoff: float = 2.5,
) -> GridKernel:
    """`grid_kernel` of one configuration with widths and cutoffs in the paper's units.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    species : ndarray of int, shape (N,)
    sigma : ndarray, shape (S, S)
        Lennard-Jones lengths of the S species.
    box_length : float
    grid : int
        Points per side, G.
    kernel_width : float
        In units of L / sqrt(0.64 N) sigma_ii.
    cutoff : float
        In units of sigma_ii.

    Returns
    -------
    GridKernel

    Examples
    --------
    Its two operators: the density on the grid, and the share of each particle in a map; of a map of ones the particles
    share every point.

    >>> import numpy as np
    >>> from glassmap.structure.density_grid import configuration_kernel
    >>> positions, species = 10 * np.random.default_rng(0).random((100, 2)), np.repeat([0, 1], [65, 35])
    >>> kernel = configuration_kernel(positions, species, np.array([[1.0, 0.8], [0.8, 0.88]]), box_length=10.0, grid=20)
    >>> kernel.density().shape, float(kernel.inverse(np.ones((20, 20))).sum().round(6))
    ((20, 20), 400.0)
    """
    widths = kernel_widths(species, sigma, box_length, kernel_width)
    return grid_kernel(positions, widths, cutoff * sigma.diagonal()[species], box_length, grid)
