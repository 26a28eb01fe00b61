"""Projection of grid maps onto particles (operator M^-1; v2 supplement, Sec. I.A, Eq. S4)."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from glassmap.structure.density_grid import GridKernel, configuration_kernel


def sample_kernels(configurations: xr.Dataset, sigma: np.ndarray, density: Mapping) -> list[GridKernel]:
    """Grid kernel of every sample.

    Parameters
    ----------
    configurations : Dataset
        ``position`` (sample, particle, axis), ``species``, ``box_length``.
    sigma : ndarray, shape (species, species)
        sigma*.
    density : mapping
        Section of the configuration: grid, kernel_width, cutoff.
    """
    species, box_length = configurations["species"].values, float(configurations["box_length"])
    return [
        configuration_kernel(positions, species, sigma, box_length, **density)
        for positions in configurations["position"].values
    ]


def particle_scores(maps: np.ndarray, kernels: Sequence[GridKernel]) -> np.ndarray:
    """Particle scores, shape (..., S, N), from maps, shape (..., S, G, G), and the kernel of each sample.

    Examples
    --------
    A uniform map gives a particle the number of grid points that it fills, all together 256.

    >>> import numpy as np
    >>> from glassmap.learning.particle_scores import particle_scores
    >>> from glassmap.structure.density_grid import configuration_kernel
    >>> positions, species = 10 * np.random.default_rng(0).random((100, 2)), np.zeros(100, dtype=int)
    >>> kernel = configuration_kernel(positions, species, np.ones((1, 1)), box_length=10.0, grid=16)
    >>> scores = particle_scores(np.ones((1, 16, 16)), [kernel])
    >>> scores.shape, float(scores.sum().round(6))
    ((1, 100), 256.0)
    """
    return np.stack(
        [kernel.inverse(maps[..., sample, :, :].astype(float)) for sample, kernel in enumerate(kernels)], axis=-2
    )
