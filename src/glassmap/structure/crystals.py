"""Detection of crystallised samples: the fraction of crystalline particles, and long-range order in g(r).

The papers use psi_6 and long-range order in g(r) (v2 supplement, Secs. II.A and II.D); in three dimensions q_6
replaces psi_6.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.box import UNIT_BALL, Box
from glassmap.structure.radial_distribution import distances, total_distribution
from glassmap.structure.voronoi import averaged_order, coherent_order

SYMMETRIES = (4, 6)  # square and triangular lattices
MAX_DISTANCE = 0.45  # L, largest distance of g(r)
NOISE_LEVEL = 4.0  # standard errors of g(r) in an ideal gas, subtracted as noise


def crystalline_fraction(positions: np.ndarray, box_length: float, order: float) -> float:
    """Fraction of particles in a crystalline environment.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box_length : float
    order : float
        Threshold for `glassmap.structure.voronoi.coherent_order` in any of `SYMMETRIES`; in three dimensions, for
        `glassmap.structure.voronoi.averaged_order`.

    Examples
    --------
    All of a square crystal, nothing of an ideal gas.

    >>> import numpy as np
    >>> from glassmap.structure.crystals import crystalline_fraction
    >>> crystal = np.stack(np.meshgrid(np.arange(20.0), np.arange(20.0)), axis=-1).reshape(-1, 2)
    >>> gas = 20 * np.random.default_rng(0).random((400, 2))
    >>> crystalline_fraction(crystal, box_length=20.0, order=0.9), crystalline_fraction(gas, box_length=20.0, order=0.9)
    (1.0, 0.0)
    """
    box = Box.cube(box_length, positions.shape[-1])
    local = coherent_order(positions, box, SYMMETRIES).max(0) if box.dimension == 2 else averaged_order(positions, box)
    return float((local > order).mean())


def fraction_within(share: float, particles: int, dimension: int) -> float:
    """Fraction of all particles inside one crystalline disc or ball, at least a particle spacing from its surface.

    Particles at the surface have neighbours in the glass and do not count as crystalline; in a small crystal these are
    nearly all.

    Parameters
    ----------
    share : float
        Area of the disc or volume of the ball, as a fraction of the sample's.
    particles : int
        N of the sample.
    dimension : {2, 3}
    """
    # in units of the particle spacing
    radius = {2: np.sqrt, 3: np.cbrt}[dimension](share * particles / UNIT_BALL[dimension])
    return float(share * max(0.0, 1 - 1 / radius) ** dimension) if radius > 0 else 0.0


def long_range_amplitude(
    positions: np.ndarray, box_length: float, distance_range: tuple[float, float], bin_width: float
) -> float:
    """Largest ``|g(r) - 1|`` above the noise at large r, where g(r) of a liquid or a glass is flat; all species.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box_length : float
    distance_range : tuple of float
        Range of r, sigma*, truncated to the box.
    bin_width : float
        sigma*.

    Returns
    -------
    float
        After subtracting `NOISE_LEVEL` standard errors of an ideal gas at the same density, at least 0. NaN if the box
        is too small for the range.
    """
    nearest, farthest = distance_range
    reach = min(farthest / box_length, MAX_DISTANCE)
    r = distances(box_length, reach, bin_width)
    far = r >= nearest
    if not far.any():
        return np.nan
    box = Box.cube(box_length, positions.shape[-1])
    shell_volume = box.dimension * UNIT_BALL[box.dimension] * r ** (box.dimension - 1) * (r[0] * 2)
    pairs = 0.5 * len(positions) ** 2 * shell_volume / box.volume
    excess = np.abs(total_distribution(positions, box_length, reach, bin_width) - 1) - NOISE_LEVEL / np.sqrt(pairs)
    return float(max(0.0, excess[far].max()))


def find_crystals(glasses: xr.Dataset, criteria: Mapping) -> pd.DataFrame:
    """Content of ``crystals.csv``: the order of each glass sample, and whether it has crystallised.

    Where the states are unrelated, as in users' files and of swap Monte Carlo, ``crystals/<state>.csv`` of every state.

    Parameters
    ----------
    glasses : Dataset
        ``position`` (sample, particle, axis), ``box_length``, coordinates ``replica`` and ``split``.
    criteria : mapping
        The section ``crystals`` of the configuration. A sample counts as crystallised if either value exceeds its
        threshold. In three dimensions ``area`` is a volume fraction and ``averaged_order`` replaces ``order``.

    Returns
    -------
    DataFrame
        Columns replica, split, crystalline_fraction, amplitude (NaN if the box is too small), crystallised (0 or 1).
    """
    box_length = float(glasses["box_length"])
    dimension = glasses["position"].shape[-1]
    max_fraction = fraction_within(criteria["area"], glasses.sizes["particle"], dimension)
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
                "crystallised": int(fraction > max_fraction or amplitude > criteria["amplitude"]),
            }
        )
    return pd.DataFrame(rows)
