"""Radial distribution functions, total and by species pair (v2 supplement, Sec. II.D and Fig. S7).

Not computed with freud, whose ``density.RDF`` takes 6 GB and 8 s per sample at the figure's bin width; a test
compares the two with wider bins.
"""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from glassmap.box import UNIT_BALL, Box
from glassmap.io.schema import variable
from glassmap.system import species_pairs


def distances(box_length: float, reach: float, bin_width: float) -> np.ndarray:
    """Centres of the bins of g(r), shape (R,), sigma*.

    Parameters
    ----------
    box_length : float
        sigma*.
    reach : float
        Largest distance, in units of the box length; below 0.5.
    bin_width : float
        sigma*; widened slightly if no whole number of bins fits.
    """
    # guard against rounding down a whole number of bins
    bins = max(1, int(reach * box_length / bin_width * (1 + 1e-12)))
    return (np.arange(bins) + 0.5) * reach * box_length / bins


def total_distribution(positions: np.ndarray, box_length: float, reach: float, bin_width: float) -> np.ndarray:
    r"""g(r) of all particles regardless of species, at `distances`.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box_length, reach, bin_width : float
        As for `distances`.

    Returns
    -------
    ndarray, shape (R,)
        1 for an ideal gas.

    Notes
    -----
    With n(r) pairs whose distance lies in the bin from r to r + w, in two dimensions

    .. math:: g(r) = \frac{n(r)}{N (N - 1) / 2}\,\frac{L^2}{\pi\,[(r + w)^2 - r^2]}.

    Examples
    --------
    A square lattice has pairs at 1, sqrt 2 and 2, and none between: g is 0 but for the bins from 1, 1.4 and 2 on.

    >>> import numpy as np
    >>> from glassmap.structure.radial_distribution import distances, total_distribution
    >>> lattice = np.stack(np.meshgrid(np.arange(20.0), np.arange(20.0)), axis=-1).reshape(-1, 2)
    >>> g = total_distribution(lattice, box_length=20.0, reach=0.11, bin_width=0.2)
    >>> distances(box_length=20.0, reach=0.11, bin_width=0.2)[g > 0].round(1)
    array([1.1, 1.5, 2.1])
    """
    return pair_distributions(positions, np.zeros(len(positions), dtype=int), box_length, reach, bin_width)[0]


def pair_distributions(
    positions: np.ndarray, species: np.ndarray, box_length: float, reach: float, bin_width: float
) -> np.ndarray:
    """g(r) by species pair (v2 supplement, Fig. S7).

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    species : ndarray of int, shape (N,)
        0 = A, 1 = B, ...
    box_length, reach, bin_width : float
        As for `distances`.

    Returns
    -------
    ndarray, shape (pair, R)
        In the order of `glassmap.system.species_pairs`, 1 for an ideal gas; NaN if the sample has no such pair.

    Notes
    -----
    Counts every pair within ``reach`` at its minimum image: of order N^2 pairs, since ``reach`` scales with the
    box. They are counted in blocks, in bounded memory.

    Examples
    --------
    A chequerboard of A and B: unlike particles at 1, like ones at sqrt 2.

    >>> import numpy as np
    >>> from glassmap.structure.radial_distribution import distances, pair_distributions
    >>> i, j = np.meshgrid(np.arange(20), np.arange(20))
    >>> positions, species = np.stack([i, j], axis=-1).reshape(-1, 2).astype(float), ((i + j) % 2).ravel()
    >>> r = distances(box_length=20.0, reach=0.08, bin_width=0.2)
    >>> aa, ab, bb = pair_distributions(positions, species, box_length=20.0, reach=0.08, bin_width=0.2)
    >>> r[aa > 0].round(1), r[ab > 0].round(1)
    (array([1.5]), array([1.1]))
    """
    box, bins = Box.cube(box_length, positions.shape[-1]), len(distances(box_length, reach, bin_width))
    species, species_count = species.astype(int), _species_count(species)
    # index of each species pair
    first, second = np.triu_indices(species_count)
    pair = np.empty((species_count, species_count), dtype=int)
    pair[first, second] = pair[second, first] = np.arange(len(first))
    cutoff, counts = reach * box_length, np.zeros(len(first) * bins, dtype=int)
    for i, j, distance in box.pairs_in_blocks(positions, cutoff):
        bin_index = (distance * (bins / cutoff)).astype(int)
        near = bin_index < bins
        counts += np.bincount(pair[species[i], species[j]][near] * bins + bin_index[near], minlength=len(counts))
    counts = counts.reshape(len(first), bins)
    number = np.bincount(species, minlength=species_count).astype(float)
    pairs = np.where(first == second, number[first] * (number[second] - 1) / 2, number[first] * number[second])
    edges = np.arange(bins + 1) * reach * box_length / bins
    expected = pairs[:, None] * UNIT_BALL[box.dimension] * np.diff(edges**box.dimension) / box.volume
    return np.divide(counts, expected, out=np.full(counts.shape, np.nan), where=expected > 0)


def radial_distribution(
    positions: Iterable[np.ndarray], species: np.ndarray, box_length: float, reach: float, bin_width: float
) -> xr.Dataset:
    """Content of ``radial_distribution/<phase>.nc``: g(r) by species pair, averaged over samples.

    Parameters
    ----------
    positions : iterable of ndarray, shape (N, d)
        One configuration per sample.
    species : ndarray of int, shape (N,)
    box_length, reach, bin_width : float
        As for `distances`.

    Returns
    -------
    Dataset
        ``g`` and ``g_std`` (pair, r): mean and standard deviation over samples, NaN without samples; ``samples``.
    """
    r = distances(box_length, reach, bin_width)
    tables = np.array([pair_distributions(sample, species, box_length, reach, bin_width) for sample in positions])
    pairs = species_pairs(_species_count(species))
    missing = np.full((len(pairs), len(r)), np.nan)
    dims = ("pair", "r")
    return xr.Dataset(
        {
            "g": variable(dims, tables.mean(axis=0) if len(tables) else missing, "1", "g(r), mean over samples"),
            "g_std": variable(
                dims, tables.std(axis=0, ddof=1) if len(tables) > 1 else missing, "1", "g(r), deviation over samples"
            ),
            "samples": variable((), len(tables), "1", "samples in the mean"),
            "box_length": variable((), box_length, "sigma*", "side L of the periodic box"),
        },
        coords={"pair": pairs, "r": variable(("r",), r, "sigma*", "distance of the pair")},
    )


def _species_count(species: np.ndarray) -> int:
    """Number of species, at least two: a sample may contain only the first."""
    return max(2, int(species.max(initial=0)) + 1)
