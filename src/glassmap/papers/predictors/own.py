"""Predictions of the users' own, as files: a column of the files that the structures are from, or an array."""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.schema import variable
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.io.trajectories.frame import reading
from glassmap.io.trajectories.samples import Sample
from glassmap.system import species_index


def from_array(path: str, dynamics: xr.Dataset) -> np.ndarray:
    """Values of every structure of the dynamics from an array in a file.

    Parameters
    ----------
    path : str
        ``.npy``, of shape (M, N), or (M, T, N) with a value at each time; structures by the number of their replica,
        particles in the order of the study's files, sorted by species.
    dynamics : Dataset
        With the variables of `glassmap.io.schema.PROPENSITIES`.

    Returns
    -------
    ndarray, shape (sample, T, N)

    Raises
    ------
    GlassmapError
        If it cannot be read or has another shape; one line with the file.
    """
    with reading(path):
        values = np.load(path, allow_pickle=False)
        times, number, replicas = dynamics.sizes["time"], dynamics.sizes["particle"], dynamics["replica"].values
        shape = values.shape
        if values.ndim == 2:
            values = values[:, None]
        if values.dtype.kind not in "fiu" or values.ndim != 3 or values.shape[1:] not in ((1, number), (times, number)):
            raise GlassmapError(
                f"{values.dtype} of shape {shape}, must be numbers, (M, {number}) or (M, {times}, {number})"
            )
        if len(values) <= replicas.max():
            raise GlassmapError(f"{len(values)} structures, must have at least {replicas.max() + 1}")
        return np.repeat(values[replicas].astype(float), times // values.shape[1], axis=1)


def from_column(
    samples: Iterable[Sample], column: str, configurations: xr.Dataset, dynamics: xr.Dataset, species: str
) -> np.ndarray:
    """Values of every structure of the dynamics from a column of the files that the structures are from.

    Parameters
    ----------
    samples : iterable of Sample
        Those of ``configurations``, in the same order.
    column : str
        Of shape (N,), or with a value at each time, as in the models files of GlassBench. Only test structures must
        have it.
    configurations, dynamics : Dataset
        With the variables of `glassmap.io.schema.CONFIGURATIONS` and ``PROPENSITIES``.
    species : str
        That is judged; others may have no values.

    Returns
    -------
    ndarray, shape (sample, T, N)
        NaN where the files have no value.

    Raises
    ------
    GlassmapError
        If the column is missing or has another shape, or the files have changed since they were read.
    """
    sources, numbers = configurations["source"].values, configurations["replica"].values
    needed = dict(zip(dynamics["replica"].values.tolist(), dynamics["split"].values.tolist(), strict=True))
    chosen = dynamics["species"].values == species_index(species)
    shape, found = (dynamics.sizes["time"], dynamics.sizes["particle"]), {}
    for source, number, sample in zip(sources, numbers.tolist(), samples, strict=False):
        if number not in needed:
            continue
        with reading(sample.file, sample.frame):
            if f"{sample.file}, frame {sample.frame}" != source:
                raise GlassmapError("not there when the samples were read")
            found[number] = np.full(shape, np.nan)
            if column not in sample.columns and needed[number] != REPORTED_SPLIT:
                continue
            if column not in sample.columns:
                raise GlassmapError(f"no column {column!r}; columns: {', '.join(sample.columns) or 'none'}")
            values = np.asarray(sample.columns[column], dtype=float)
            if values.shape[1:] not in ((), (1,), shape[:1]):
                raise GlassmapError(
                    f"column {column!r}: {values.shape[1:]} values of a particle, must be 1 or {shape[0]}"
                )
            if not np.isfinite(values[chosen]).all(axis=0).any():
                raise GlassmapError(f"column {column!r} is not finite for species {species}")
            found[number][:] = values.reshape(len(values), -1).T
    missing = [replica for replica in dynamics["replica"].values.tolist() if replica not in found]
    if missing:
        raise GlassmapError(f"structures {missing[:5]} are not in the files any more")
    return np.array([found[replica] for replica in dynamics["replica"].values.tolist()])


def prediction_of(values: np.ndarray, dynamics: xr.Dataset, species: str, label: str) -> xr.Dataset:
    """A dataset with the variables of `glassmap.io.schema.PREDICTOR`, of values of shape (sample, T, N)."""
    chosen = dynamics["species"].values == species_index(species)
    return xr.Dataset(
        {"prediction": variable(("member", "sample", "time", "particle"), values[None, ..., chosen], "various", label)},
        coords={name: dynamics[name] for name in ("replica", "split", "time")},
    )
