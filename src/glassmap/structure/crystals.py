"""Crystallised samples: found by the share of particles in crystalline surroundings, and by g(r) far away.

The papers look at psi_6 and at long-range order in g(r) (v2 supplement, Secs. II.A and II.D); in three dimensions q_6
stands in for psi_6.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.box import UNIT_BALL, Box
from glassmap.structure.radial_distribution import distances, total_distribution
from glassmap.structure.voronoi import averaged_order, coherent_order

SYMMETRIES = (4, 6)  # square and triangular lattices
MOST_OF_BOX = 0.45  # L, how far g(r) reaches
BEYOND = 4.0  # standard errors of g(r) in an ideal gas that are no order


def crystalline_fraction(positions: np.ndarray, box_length: float, order: float) -> float:
    """Share of particles in crystalline surroundings.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box_length : float
    order : float
        Threshold of `glassmap.structure.voronoi.coherent_order`, in one of `SYMMETRIES`; in three dimensions of
        `glassmap.structure.voronoi.averaged_order`.
    """
    box = Box.cube(box_length, positions.shape[-1])
    found = coherent_order(positions, box, SYMMETRIES).max(0) if box.dimension == 2 else averaged_order(positions, box)
    return float((found > order).mean())


def fraction_within(share: float, particles: int, dimension: int) -> float:
    """Share of the particles that lie within one disc or ball of crystal, a particle's distance from its rim.

    Those at the rim have neighbours in the glass and are in no crystalline surroundings: nearly all of a small one.

    Parameters
    ----------
    share : float
        Area of the disc or volume of the ball, in units of the sample's.
    particles : int
        N of the sample.
    dimension : {2, 3}
    """
    # in units of the particles' spacing
    radius = {2: np.sqrt, 3: np.cbrt}[dimension](share * particles / UNIT_BALL[dimension])
    return float(share * max(0.0, 1 - 1 / radius) ** dimension) if radius > 0 else 0.0


def long_range_amplitude(
    positions: np.ndarray, box_length: float, distance_range: tuple[float, float], bin_width: float
) -> float:
    """Largest ``|g(r) - 1|`` of all particles far away, where g of a liquid or a glass is flat, beyond its noise.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box_length : float
    distance_range : tuple of float
        Where to look, sigma*, as far as the box goes.
    bin_width : float
        sigma*.

    Returns
    -------
    float
        Less `BEYOND` standard errors of an ideal gas of as many particles, at least 0. NaN in a box that does not reach
        so far.
    """
    nearest, farthest = distance_range
    reach = min(farthest / box_length, MOST_OF_BOX)
    r = distances(box_length, reach, bin_width)
    far = r >= nearest
    if not far.any():
        return np.nan
    box = Box.cube(box_length, positions.shape[-1])
    shell = box.dimension * UNIT_BALL[box.dimension] * r ** (box.dimension - 1) * (r[0] * 2)
    pairs = 0.5 * len(positions) ** 2 * shell / box.volume
    beyond = np.abs(total_distribution(positions, box_length, reach, bin_width) - 1) - BEYOND / np.sqrt(pairs)
    return float(max(0.0, beyond[far].max()))


def find_crystals(glasses: xr.Dataset, criteria: Mapping) -> pd.DataFrame:
    """Content of ``crystals.csv``: the order of every glass sample, and whether it is a crystal.

    Parameters
    ----------
    glasses : Dataset
        ``position`` (sample, particle, xy), ``box_length``, coordinates ``replica`` and ``split``.
    criteria : mapping
        Keys of the section ``crystals`` of the configuration. One value above its threshold suffices; ``area`` is that
        of the volume in three dimensions, where ``averaged_order`` stands in for ``order``.

    Returns
    -------
    DataFrame
        Columns replica, split, crystalline_fraction, amplitude (NaN in a small box), crystallised (0 or 1).
    """
    box_length = float(glasses["box_length"])
    dimension = glasses["position"].shape[-1]
    most = fraction_within(criteria["area"], glasses.sizes["particle"], dimension)
    order = criteria["order" if dimension == 2 else "averaged_order"]
    rows = []
    for positions, replica, split in zip(
        glasses["position"].values, glasses["replica"].values, glasses["split"].values, strict=True
    ):
        fraction = crystalline_fraction(positions, box_length, order)
        amplitude = long_range_amplitude(positions, box_length, criteria["distance_range"], criteria["bin_width"])
        rows.append(
            {
                "replica": int(replica),
                "split": str(split),
                "crystalline_fraction": fraction,
                "amplitude": amplitude,
                "crystallised": int(fraction > most or amplitude > criteria["amplitude"]),
            }
        )
    return pd.DataFrame(rows)
