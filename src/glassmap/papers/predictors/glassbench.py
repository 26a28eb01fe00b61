"""Structures, dynamics and predictions in the layout of GlassBench (Zenodo 10.5281/zenodo.10118191), for others to add
their rows, or us."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.io.datasets import atomic_write
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.system import species_index

DISPLACEMENT, BOND_BREAKING = "md_prop", "bb_prop"


def arrays_of(
    dynamics: xr.Dataset,
    inherent: np.ndarray,
    fields: Mapping[str, np.ndarray],
    predictions: Mapping[str, np.ndarray],
    species: str,
) -> dict[int, dict[str, np.ndarray]]:
    """The arrays of each test structure, by the number of its replica.

    Parameters
    ----------
    dynamics : Dataset
        With the variables of `glassmap.io.schema.PROPENSITIES`.
    inherent : ndarray, shape (M, N, d)
        Positions in the inherent structures.
    fields : mapping of str to ndarray, shape (M, N)
        Predictors of all particles.
    predictions : mapping of str to ndarray, shape (M, T, n)
        Of the particles of the predicted species.
    species : str
        That is predicted.

    Returns
    -------
    dict of int to dict of str to ndarray
        As in GlassBench ``types`` (1 = A, ...), ``initial_positions``, ``initial_positions_inherent``, and of shape
        (T, N) ``md_prop``, ``bb_prop`` and one array of each predictor, NaN where it says nothing; besides ``times``
        (tau) and ``box``. Positions are in [-L/2, L/2).
    """
    length = float(dynamics["box_length"])
    chosen = dynamics["species"].values == species_index(species)
    shape = (dynamics.sizes["time"], dynamics.sizes["particle"])
    found = {}
    for index in np.flatnonzero(dynamics["split"].values == REPORTED_SPLIT):
        arrays = {
            "types": dynamics["species"].values.astype(np.int64) + 1,
            "initial_positions": _centred(dynamics["initial_position"].values[index], length),
            "initial_positions_inherent": _centred(inherent[index], length),
            "box": np.array(length),
            "times": dynamics["time"].values,
            DISPLACEMENT: dynamics["displacement"].values[index],
            BOND_BREAKING: dynamics["bond_breaking"].values[index],
        }
        for name, values in fields.items():
            arrays[name] = np.broadcast_to(values[index], shape)
        for name, values in predictions.items():
            arrays[name] = np.full(shape, np.nan)
            arrays[name][:, chosen] = values[index]
        found[int(dynamics["replica"].values[index])] = arrays
    return found


def write_archive(path: str | Path, structures: Mapping[int, Mapping[str, np.ndarray]], temperature: float) -> None:
    """A tar.gz archive with members ``T<T>/test/N<N>T<T>_<replica>.npz``; equal arrays give equal bytes within."""
    with atomic_write(path) as part, tarfile.open(part, "w:gz") as archive:
        for replica, arrays in structures.items():
            content = io.BytesIO()
            np.savez(content, **arrays)
            state = f"T{temperature:.2f}"
            member = tarfile.TarInfo(f"{state}/{REPORTED_SPLIT}/N{len(arrays['types'])}{state}_{replica}.npz")
            member.size = content.tell()
            content.seek(0)
            archive.addfile(member, content)


def _centred(positions: np.ndarray, length: float) -> np.ndarray:
    """Wrapped into [-L/2, L/2)."""
    return np.mod(positions + length / 2, length) - length / 2
