"""Radial distribution functions, in total and by species pair, by freud (v2 supplement, Sec. II.D and Fig. S7)."""

from collections.abc import Iterable

import freud
import numpy as np
import xarray as xr

from glassmap.contract import variable
from glassmap.periodic import wrap

SPECIES_PAIRS = {"AA": (0, 0), "AB": (0, 1), "BB": (1, 1)}


def freud_points(positions: np.ndarray, box_length: float) -> tuple[freud.box.Box, np.ndarray]:
    """Box and points as freud takes them: three coordinates, the origin in the centre; from shape (N, 2)."""
    points = np.zeros((len(positions), 3))
    points[:, :2] = wrap(positions, box_length) - box_length / 2
    return freud.box.Box.square(box_length), points


def distances(box_length: float, reach: float, bin_width: float) -> np.ndarray:
    """Centres of the bins of g(r), shape (R,), sigma*.

    Parameters
    ----------
    box_length : float
        sigma*.
    reach : float
        Largest distance, in units of the box; below 0.5.
    bin_width : float
        sigma*; widened a little where no whole number of bins fits.
    """
    bins = max(1, int(reach * box_length / bin_width))
    return (np.arange(bins) + 0.5) * reach * box_length / bins


def total_distribution(positions: np.ndarray, box_length: float, reach: float, bin_width: float) -> np.ndarray:
    """g(r) of all particles, whatever their species, at `distances`.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box_length, reach, bin_width : float
        As for `distances`.

    Returns
    -------
    ndarray, shape (R,)
    """
    bins = len(distances(box_length, reach, bin_width))
    # N particles have N - 1 others each, so that an ideal gas has g = 1
    rdf = freud.density.RDF(bins, reach * box_length, normalization_mode="finite_size")
    return np.array(rdf.compute(freud_points(positions, box_length)).rdf, dtype=float)


def pair_distributions(
    positions: np.ndarray, species: np.ndarray, box_length: float, reach: float, bin_width: float
) -> np.ndarray:
    """g(r) by species pair (v2 supplement, Fig. S7).

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    species : ndarray of int, shape (N,)
    box_length, reach, bin_width : float
        As for `distances`.

    Returns
    -------
    ndarray, shape (pair, R)
        In the order of `SPECIES_PAIRS`, 1 for an ideal gas.
    """
    box, points = freud_points(positions, box_length)
    bins = len(distances(box_length, reach, bin_width))
    rows = []
    for first, second in SPECIES_PAIRS.values():
        mode = "finite_size" if first == second else "exact"
        rdf = freud.density.RDF(bins, reach * box_length, normalization_mode=mode)
        # without query points freud leaves out each particle's distance to itself
        others = None if first == second else points[species == second]
        rows.append(np.array(rdf.compute((box, points[species == first]), others).rdf, dtype=float))
    return np.array(rows)


def radial_distribution(
    positions: Iterable[np.ndarray], species: np.ndarray, box_length: float, reach: float, bin_width: float
) -> xr.Dataset:
    """Content of ``radial_distribution/<phase>.nc``: g(r) by species pair over samples.

    Parameters
    ----------
    positions : iterable of ndarray, shape (N, 2)
        One configuration per sample.
    species : ndarray of int, shape (N,)
    box_length, reach, bin_width : float
        As for `distances`.

    Returns
    -------
    Dataset
        ``g`` and ``g_std`` (pair, r): mean and deviation over samples, NaN without samples; ``samples``.
    """
    r = distances(box_length, reach, bin_width)
    tables = np.array([pair_distributions(sample, species, box_length, reach, bin_width) for sample in positions])
    missing = np.full((len(SPECIES_PAIRS), len(r)), np.nan)
    dims = ("pair", "r")
    return xr.Dataset(
        {
            "g": variable(dims, tables.mean(axis=0) if len(tables) else missing, "1", "g(r), mean over samples"),
            "g_std": variable(
                dims, tables.std(axis=0, ddof=1) if len(tables) > 1 else missing, "1", "g(r), deviation over samples"
            ),
            "samples": variable((), len(tables), "1", "samples in the mean"),
            "box_length": variable((), box_length, "sigma*", "side L of the periodic square"),
        },
        coords={"pair": list(SPECIES_PAIRS), "r": variable(("r",), r, "sigma*", "distance of the pair")},
    )
