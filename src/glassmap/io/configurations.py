"""Liquid and glass configurations, the input of everything else (Frontiers, Sec. 2.2)."""

from collections.abc import Iterable, Mapping

import xarray as xr

from glassmap.io.schema import variable
from glassmap.io.splits import assign_splits


def select_phase(batches: Iterable[xr.Dataset], temperature: float, split: Mapping[str, float]) -> xr.Dataset:
    """Contents of ``configurations/<phase>.nc``: every replica at one temperature, with its split.

    Parameters
    ----------
    batches : iterable of Dataset
        From `glassmap.simulation.cooling.batch_dataset` or `glassmap.simulation.inherent_structures.minima_dataset`, in
        the order of the replicas.
    temperature : float
        T_L or T_G, epsilon*.
    split : mapping
        Fractions, for `glassmap.io.splits.assign_splits`.

    Returns
    -------
    Dataset
    """
    # inherent structures have no kinetic temperature
    names = ("position", "species", "box_length", "kinetic_temperature")
    snapshots = [
        # a copy, or every batch would stay in memory with all its temperatures
        batch[[name for name in names if name in batch]].sel(temperature=temperature, drop=True).copy(deep=True)
        for batch in batches
    ]
    merged = xr.concat(snapshots, "replica", data_vars="minimal", coords="minimal", compat="override", join="exact")
    replica = merged["replica"].values
    samples = merged.rename({"replica": "sample"}).drop_vars("sample")
    return samples.assign_coords(
        replica=variable(("sample",), replica, "1", "replica"),
        split=variable(("sample",), assign_splits(len(replica), split), "1", "train, validation or test"),
    )
