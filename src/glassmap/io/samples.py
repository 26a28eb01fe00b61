"""Shipped samples: a few temperatures of every replica, small enough for a repository."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.datasets import opened_dataset
from glassmap.io.schema import BATCH, INHERENT_ENERGIES
from glassmap.system import System

PRECISION = 1e-5  # sigma*, resolution of shipped positions; far below thermal displacements


def compact_snapshots(batch: xr.Dataset, temperatures: Sequence[float]) -> xr.Dataset:
    """Reduce a batch of cooled replicas to what is shipped.

    Parameters
    ----------
    batch : Dataset
        From `glassmap.simulation.cooling.batch_dataset`.
    temperatures : sequence of float
        Temperatures to keep, epsilon*.

    Returns
    -------
    Dataset
        With the same variables. Positions are integer multiples of `PRECISION`, rounded down so that they stay below L;
        energies and temperatures are in single precision.
    """
    small = batch.sel(temperature=list(temperatures)).copy()
    steps = np.floor(small["position"].values / PRECISION)
    small["position"] = small["position"].copy(data=steps * PRECISION)
    for name in ("potential_energy", "kinetic_energy", "kinetic_temperature", "thermostat_temperature", "wall_time"):
        small[name] = small[name].astype(np.float32)
    return small


def compact_energies(batches: Sequence[xr.Dataset], replicas: int) -> xr.Dataset:
    """Energies of the inherent structures of the first replicas, without their positions.

    Parameters
    ----------
    batches : sequence of Dataset
        From `glassmap.simulation.inherent_structures.minima_dataset`, in the order of the replicas.
    replicas : int
    """
    names = list(INHERENT_ENERGIES)
    return _concatenate([batch[names] for batch in batches]).isel(replica=slice(replicas))


def read_replicas(
    paths: Sequence[str | Path],
    variables: Mapping[str, Sequence[str]],
    replicas: Sequence[int] | None = None,
    temperatures: Sequence[float] | None = None,
) -> xr.Dataset:
    """Read replicas from several files, in the order requested.

    Parameters
    ----------
    paths : sequence of str or Path
    variables : mapping
        Required in every file, as for `glassmap.io.datasets.read_dataset`.
    replicas : sequence of int, optional
        All by default.
    temperatures : sequence of float, optional
        epsilon*; all by default.

    Returns
    -------
    Dataset

    Raises
    ------
    GlassmapError
        If a file is damaged or not from this workflow, or a replica or temperature is missing; names the files.
    """
    parts, available = [], set()
    for path in paths:
        with opened_dataset(path, variables) as opened:
            new = [replica for replica in opened["replica"].values.tolist() if replica not in available]
            if replicas is not None:
                new = [replica for replica in new if replica in set(replicas)]
            selected = opened["temperature"].values if temperatures is None else list(temperatures)
            missing = [value for value in selected if value not in opened["temperature"].values]
            if missing:
                raise GlassmapError(f"{path}: no snapshots at T = {', '.join(f'{value:g}' for value in missing)}")
            if new:
                parts.append(opened.sel(replica=new, temperature=selected).load())
                available.update(new)
        if replicas is not None and available.issuperset(replicas):
            break
    replicas = sorted(available) if replicas is None else list(replicas)
    absent = sorted(set(replicas) - available)
    if absent:
        some = ", ".join(map(str, absent[:5])) + (", ..." if len(absent) > 5 else "")
        raise GlassmapError(f"{_several(paths)}: replicas {some} are missing")
    return _concatenate(parts).sel(replica=replicas)


def snapshot_problems(
    paths: Sequence[str | Path], system: System, temperatures: Sequence[float], replicas: int
) -> Iterator[str]:
    """Reasons why files are not valid samples of a system; reads only their coordinates.

    Parameters
    ----------
    paths : sequence of str or Path
        With the variables of `glassmap.io.schema.BATCH`.
    system : System
        Its particles and box must match.
    temperatures : sequence of float
        Of the states, epsilon*.
    replicas : int
        Required number of replicas, counted from 0.
    """
    known: set[int] = set()
    for path in paths:
        try:
            with opened_dataset(path, BATCH) as opened:
                species, box_length = opened["species"].values, float(opened["box_length"])
                dimension = opened.sizes["axis"]
                saved = opened["temperature"].values
                known.update(opened["replica"].values.tolist())
        except GlassmapError as error:
            yield str(error)
            continue
        if dimension != system.dimension:
            yield f"{path}: positions in {dimension} dimensions, {system.name} has {system.dimension}"
        elif not np.array_equal(species, system.species) or not np.isclose(box_length, system.box_length, rtol=1e-9):
            yield (
                f"{path}: {len(species)} particles in a box of {box_length:g} sigma*, {system.name} has "
                f"{system.number_of_particles} in {system.box_length:g}, or other species"
            )
        for temperature in temperatures:
            if temperature not in saved:
                yield f"{path}: no snapshots of {system.name} at T = {temperature:g}"
    yield from _missing_replicas(paths, system, known, replicas, "cooling.replicas")


def cooling_rate(paths: Sequence[str | Path]) -> float | None:
    """Rate at which the glasses of sample files were cooled, epsilon*/tau, from the configuration in their attributes.

    None if the files differ, or one does not say.
    """
    rates = set()
    for path in paths:
        with opened_dataset(path, {}) as opened:
            try:
                cooling = json.loads(opened.attrs["configuration"])["cooling"]
                rates.add([cooling["cooling_rate"], *(stage["rate"] for stage in cooling["further_rates"])][-1])
            except (KeyError, TypeError, ValueError):
                return None
    return rates.pop() if len(rates) == 1 else None


def energy_problems(
    paths: Sequence[str | Path], system: System, limits: tuple[float, float], replicas: int, points_per_line: int
) -> Iterator[str]:
    """Reasons why files are not valid inherent-structure energies of a system.

    Parameters
    ----------
    paths : sequence of str or Path
        With the variables of `glassmap.io.schema.INHERENT_ENERGIES`.
    system : System
    limits : tuple of float
        T_G and T_L, epsilon*.
    replicas : int
        Required number of replicas, counted from 0.
    points_per_line : int
        Minimum number of temperatures for each of the two line fits that give T*.
    """
    known: set[int] = set()
    first = None
    for path in paths:
        try:
            with opened_dataset(path, INHERENT_ENERGIES) as opened:
                temperatures = opened["temperature"].values
                known.update(opened["replica"].values.tolist())
        except GlassmapError as error:
            yield str(error)
            continue
        first = temperatures if first is None else first
        if not np.array_equal(temperatures, first):
            yield f"{path}: energies at other temperatures than in {paths[0]}"
        low, high = limits
        if (count := int(((low <= temperatures) & (temperatures <= high)).sum())) < 2 * points_per_line:
            yield (
                f"{path}: energies of {system.name} at {count} temperatures from T_G to T_L ({low:g} to {high:g}), "
                f"must be at least {2 * points_per_line} for the two lines that meet at T*"
            )
    yield from _missing_replicas(paths, system, known, replicas, "inherent_structures.replicas")


def _missing_replicas(
    paths: Sequence[str | Path], system: System, known: set[int], replicas: int, key: str
) -> Iterator[str]:
    missing = sorted(set(range(replicas)) - known)
    if known and missing:
        yield (
            f"{_several(paths)}: got {len(known)} replicas of {system.name} without replica {missing[0]}; {key} "
            f"requires {replicas}"
        )


def _concatenate(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    return xr.concat(parts, "replica", data_vars="minimal", coords="minimal", compat="override", join="exact")


def _several(paths: Sequence[str | Path]) -> str:
    return f"{paths[0]} and {len(paths) - 1} more" if len(paths) > 1 else str(paths[0])
