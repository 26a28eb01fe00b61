"""NetCDF and CSV result files: written atomically, read with clear error messages."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.schema import CONFIGURATIONS, DENSITY

PACKAGES = (
    "glassmap",
    "snakemake",
    "numpy",
    "scipy",
    "torch",
    "captum",
    "freud-analysis",
    "xarray",
    "netCDF4",
)


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path, renamed to ``path`` if the block succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        with open(part, "rb") as file:
            os.fsync(file.fileno())  # otherwise a system crash may leave an empty file under the final name
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def provenance(
    study: str,
    seed: int | Sequence[int],
    configuration: Mapping,
    system: str | None = None,
    lammps: str | None = None,
) -> dict:
    """Global attributes of every result file.

    Parameters
    ----------
    study : str
    seed : int or sequence of int
        Base seed, followed by the network's seed if there is one.
    configuration : mapping
        Configuration values that the file depends on.
    system : str, optional
    lammps : str, optional
        Version of the LAMMPS that made the contents (`glassmap.simulation.lammps.Lammps.version`).

    Returns
    -------
    dict
        ``study``, ``system``, ``seed``, ``configuration`` (JSON), ``versions`` (JSON), ``git_commit``.
    """
    versions = {name: _version(name) for name in PACKAGES} | ({} if lammps is None else {"lammps": lammps})
    attributes = {
        "study": study,
        "seed": seed,
        "configuration": json.dumps(configuration, sort_keys=True),
        "versions": json.dumps(versions),
        "git_commit": _git_commit(),
    }
    return attributes if system is None else {**attributes, "system": system}


def write_dataset(
    dataset: xr.Dataset,
    path: str | Path,
    attributes: Mapping,
    sliced_along: Mapping[str, str] | None = None,
    precision: Mapping[str, float] | None = None,
) -> None:
    """Write compressed NetCDF-4 with the attributes from `provenance`.

    Parameters
    ----------
    dataset : Dataset
    path : str or Path
    attributes : mapping
    sliced_along : mapping of str to str, optional
        Variable to the dimension along which it will be read in slices (`read_slices`).
    precision : mapping of str to float, optional
        Variable to the resolution of which it is stored as 32-bit integer multiples.
    """
    # how the file of an input was written must not decide here: its longest text would cut off longer ones
    dataset = dataset.drop_encoding().assign_attrs(attributes)
    encoding = {
        name: {"zlib": True, "complevel": 1, "shuffle": True}
        for name, array in dataset.data_vars.items()
        if array.ndim and array.dtype.kind in "fiub"
    }
    for name, resolution in (precision or {}).items():
        encoding[name] |= {
            "dtype": "int32",
            "scale_factor": resolution,
            "_FillValue": np.iinfo(np.int32).min,
            "complevel": 9,
        }
    for name, dimension in (sliced_along or {}).items():
        sizes = dataset[name].sizes
        encoding[name]["chunksizes"] = tuple(1 if dim == dimension else size for dim, size in sizes.items())
    with atomic_write(path) as part:
        dataset.to_netcdf(part, engine="netcdf4", encoding=encoding)


def read_dataset(path: str | Path, variables: Mapping[str, Sequence[str]]) -> xr.Dataset:
    """Read a result file into memory.

    Parameters
    ----------
    path : str or Path
    variables : mapping of str to sequence of str
        Required variables, with their dimensions in order.

    Returns
    -------
    Dataset

    Raises
    ------
    GlassmapError
        If the file is missing, truncated or not from this workflow; the message names the file.
    """
    with opened_dataset(path, variables) as opened:
        return _loaded(opened, path)


def read_slices(
    paths: Sequence[str | Path], variables: Mapping[str, Sequence[str]], name: str, dimension: str
) -> Iterator[np.ndarray]:
    """Iterate over slices of a variable in several files, with one slice in memory at a time.

    Parameters
    ----------
    paths : sequence of str or Path
    variables : mapping
        As for `read_dataset`.
    name, dimension : str
        Variable, and the dimension along which it is sliced.

    Yields
    ------
    ndarray

    Raises
    ------
    GlassmapError
        As `read_dataset`.
    """
    for path in paths:
        with opened_dataset(path, variables) as opened:
            for index in range(opened.sizes[dimension]):
                yield _loaded(opened[[name]].isel({dimension: index}), path)[name].values


@contextmanager
def opened_dataset(path: str | Path, variables: Mapping[str, Sequence[str]]) -> Iterator[xr.Dataset]:
    """Open a result file and check its variables, as in `read_dataset`."""
    try:
        opened = xr.open_dataset(path, engine="netcdf4")
    except FileNotFoundError:
        raise GlassmapError(f"{path}: no such file") from None
    except Exception as error:  # the NetCDF and HDF5 libraries raise many types
        raise _unreadable(path, error) from None
    with opened:
        for name, dims in variables.items():
            if name not in opened.variables:
                raise GlassmapError(f"{path}: not a file of this workflow, the variable {name!r} is missing")
            if opened[name].dims != tuple(dims):
                raise GlassmapError(
                    f"{path}: not a file of this workflow, {name!r} has dimensions {opened[name].dims}, "
                    f"expected {tuple(dims)}"
                )
        yield opened


def _loaded(dataset: xr.Dataset, path: str | Path) -> xr.Dataset:
    try:
        return dataset.load()
    except Exception as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str | Path, error: Exception) -> GlassmapError:
    reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    if is_truncated(path):
        return GlassmapError(f"{path}: incomplete NetCDF file ({reason}); {set_aside(path)}")
    return GlassmapError(f"{path}: unreadable NetCDF file ({reason}); delete it to make it again")


def is_truncated(path: str | Path) -> bool:
    """Whether a NetCDF-4 (HDF5) file is shorter than its header says, or has no such header.

    Only such files are set aside: a file that cannot be read may be intact and the file system at fault.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(48)
        size = os.path.getsize(path)
    except OSError:
        return False
    if not head.startswith(b"\x89HDF\r\n\x1a\n") or len(head) < 48:
        return True
    # offset of the end-of-file address in the superblock, by version (HDF5 file format specification, II.A)
    start = 40 if head[8] < 2 else 28
    return size < int.from_bytes(head[start : start + 8], "little")


RESULTS = (".nc", ".pt")


def set_aside(path: str | Path) -> str:
    """Rename a damaged result, so that the next run regenerates it; returns advice for the user.

    Only what a study has written below ``results`` is renamed, never a file that its user gave it.
    """
    path = Path(path)
    if path.suffix not in RESULTS or not path.absolute().is_relative_to(Path.cwd() / "results"):
        return "it is none of this workflow, or was cut off"
    aside = f"{path}.damaged"
    try:
        os.replace(path, aside)
    except OSError:
        return "delete it and run again to regenerate it"
    return f"it is set aside as {aside}: run again to regenerate it"


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a CSV table; equal numbers give identical bytes."""
    with atomic_write(path) as part:
        table.to_csv(part, index=False, float_format="%.6g", lineterminator="\n")


TEXT = {"note": object}  # columns that are text even where every cell is empty


def read_table(path: str | Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a CSV table with at least these columns.

    Raises
    ------
    GlassmapError
        If it cannot be read or a column is missing; the message names the file.
    """
    try:
        # only empty cells are missing values; words such as "null" are text
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=TEXT)
    except FileNotFoundError:
        raise GlassmapError(f"{path}: no such file") from None
    except (ValueError, OSError) as error:
        raise GlassmapError(f"{path}: unreadable table ({str(error)[:120]})") from None
    missing = [name for name in columns if name not in table]
    if missing:
        raise GlassmapError(f"{path}: columns {', '.join(missing)} are missing")
    return table


def files_by_key(paths: Sequence[str], *keys: Sequence) -> dict[tuple, str]:
    """Map combinations of keys to the files of a rule's input, which lists one per combination, last key fastest.

    Parameters
    ----------
    paths : sequence of str
    *keys : sequence
        Such as systems, phases and seeds.

    Returns
    -------
    dict of tuple to str
        Keys are tuples with one value of each key.

    Raises
    ------
    GlassmapError
        If the numbers of files and combinations differ.
    """
    combinations = list(product(*keys))
    if len(paths) != len(combinations):
        raise GlassmapError(f"{len(paths)} files for {len(combinations)} combinations of {len(keys)} keys: {paths[:2]}")
    return dict(zip(combinations, paths, strict=True))


def select_replicas(first: xr.Dataset, second: xr.Dataset, what: str) -> xr.Dataset:
    """The samples of ``second`` that are the same replicas as in ``first``, in the same order.

    Raises
    ------
    GlassmapError
        If one is missing; ``what`` is the file named in the message.
    """
    index = {replica: sample for sample, replica in enumerate(second["replica"].values.tolist())}
    replicas = first["replica"].values.tolist()
    missing = [replica for replica in replicas if replica not in index]
    if missing:
        raise GlassmapError(f"{what}: replicas {missing[:5]} are missing; delete it to make it again")
    return second.isel(sample=np.array([index[replica] for replica in replicas], dtype=int))


def read_test_samples(configurations: str | Path, density: str | Path) -> tuple[xr.Dataset, np.ndarray]:
    """The held-out test samples and their density fields.

    Parameters
    ----------
    configurations, density : str or Path
        Files of one system and phase.

    Returns
    -------
    configurations : Dataset
        The test samples.
    density : ndarray of float, shape (sample, x, y)
        Their density fields, raw (not normalised), dimensionless.

    Raises
    ------
    GlassmapError
        As `read_dataset` and `select_replicas`.
    """
    samples = read_dataset(configurations, CONFIGURATIONS)
    test = samples.isel(sample=samples["split"].values == "test")
    return test, select_replicas(test, read_dataset(density, DENSITY), str(density))["density"].values


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"  # glassmap itself, if run from its source folder


def _git_commit() -> str:
    """Commit of the repository that tracks this module, ``-dirty`` if it has local changes; ``unknown`` without."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:  # a copy that lies in another repository, untracked, is of no commit of it
        tracked = git("ls-files", "--", Path(__file__).name)
        return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") if tracked else "unknown"
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
