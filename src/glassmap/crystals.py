"""Crystallised samples: found by sixfold order and by long-range order in g(r) (v2 supplement, Secs. II.A and II.D)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.radial_distribution import distances, total_distribution
from glassmap.voronoi import sixfold_order


def order_of(positions: np.ndarray, box_length: float) -> tuple[float, float]:
    """Local and global sixfold bond-orientational order of one configuration.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box_length : float

    Returns
    -------
    local, global : float
        Mean over particles of ``|psi_6|``, and ``|mean of psi_6|``; 1 in a triangular crystal, where the
        second is small when the crystal is of many grains.
    """
    psi = sixfold_order(positions, box_length)
    return float(np.abs(psi).mean()), float(np.abs(psi.mean()))


def long_range_amplitude(
    positions: np.ndarray, box_length: float, distance_range: tuple[float, float], bin_width: float
) -> float:
    """Largest ``|g(r) - 1|`` of all particles far away, where g of a liquid or a glass is flat.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box_length : float
    distance_range : tuple of float
        Where to look, in units of the box; below 0.5.
    bin_width : float
        sigma*.
    """
    nearest, farthest = distance_range
    r = distances(box_length, farthest, bin_width)
    g = total_distribution(positions, box_length, farthest, bin_width)
    return float(np.abs(g[r >= nearest * box_length] - 1).max())


def find_crystals(glasses: xr.Dataset, criteria: Mapping) -> pd.DataFrame:
    """Content of ``crystals.csv``: the order of every glass sample, and whether it is a crystal.

    Parameters
    ----------
    glasses : Dataset
        ``position`` (sample, particle, xy), ``box_length``, coordinates ``replica`` and ``split``.
    criteria : mapping
        Keys of the section ``crystals`` of the configuration. One value above its threshold suffices.

    Returns
    -------
    DataFrame
        Columns replica, split, local_order, global_order, amplitude, crystallised (0 or 1).
    """
    box_length = float(glasses["box_length"])
    rows = []
    for positions, replica, split in zip(
        glasses["position"].values, glasses["replica"].values, glasses["split"].values, strict=True
    ):
        local_order, global_order = order_of(positions, box_length)
        amplitude = long_range_amplitude(positions, box_length, criteria["distance_range"], criteria["bin_width"])
        crystallised = (
            local_order > criteria["local_order"]
            or global_order > criteria["global_order"]
            or amplitude > criteria["amplitude"]
        )
        rows.append(
            {
                "replica": int(replica),
                "split": str(split),
                "local_order": local_order,
                "global_order": global_order,
                "amplitude": amplitude,
                "crystallised": int(crystallised),
            }
        )
    return pd.DataFrame(rows)
