"""Arrays: the npz files of GlassBench, also in archives, and NetCDF files of this workflow."""

import tarfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from io import BytesIO
from itertools import product
from pathlib import PurePath
from string import ascii_uppercase

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.sample_patterns import split_archive
from glassmap.io.schema import SNAPSHOTS
from glassmap.io.trajectories.frame import RawFrame, UnreadFrame, reading, require_number_of_particles

LARGEST_ARRAY = 1 << 33  # bytes
GEOMETRY = frozenset({"initial_positions", "types", "box"})


def npz_frames(path: str) -> Iterator[UnreadFrame]:
    """The frame of an npz file of GlassBench: ``types``, ``initial_positions`` and sometimes ``box``.

    Notes
    -----
    Files of both kinds, "models" (md_prop, bb_prop, inherent positions) and "trajectories" (positions of the runs of
    an isoconfigurational ensemble), hold one configuration, ``initial_positions``. Columns are all other arrays
    with a value for each particle; the axis of the particles comes first.
    """
    yield UnreadFrame(path, 0, partial(_npz_frame, path))


def archive_frames(path: str) -> Iterator[UnreadFrame]:
    """As `npz_frames`, of the members of a tar archive, in the order of the archive.

    Parameters
    ----------
    path : str
        An archive, or members of it by a pattern: ``T0.23.tar.xz/T0.23/test/*_tc05.npz``. ``*`` also matches ``/``.
    """
    archive, pattern = split_archive(path)
    with tarfile.open(archive, "r|*") as members:
        for member in members:
            # GlassBench has a stray member without a name, T0.23/.npz
            if not member.isfile() or not fnmatchcase(member.name, pattern) or PurePath(member.name).suffix != ".npz":
                continue
            name = f"{archive}/{member.name}"
            with reading(name, 0):
                if member.size > LARGEST_ARRAY:
                    raise GlassmapError(f"{member.size} bytes, too large for one configuration; leave it out")
                content = members.extractfile(member).read()
            yield UnreadFrame(name, 0, partial(_npz_frame, content))


def _npz_frame(file: str | bytes) -> RawFrame:
    with np.load(file if isinstance(file, str) else BytesIO(file), allow_pickle=False) as arrays:
        if any(item.file_size > LARGEST_ARRAY for item in arrays.zip.infolist()):
            raise GlassmapError(f"an array of more than {LARGEST_ARRAY} bytes; damaged, or too large")
        if (broken := arrays.zip.testzip()) is not None:  # numpy would not notice a shorter shape
            raise GlassmapError(f"{broken} has another checksum; damaged, so copy it again")
        for name in ("types", "initial_positions"):
            if name not in arrays.files:
                raise GlassmapError(
                    f"no array {name!r}; must have types and initial_positions, and may have box, as in GlassBench"
                )
        types, positions = _array(arrays, "types"), _array(arrays, "initial_positions")
        if types.ndim != 1 or types.dtype.kind not in "iuU":
            raise GlassmapError(f"types are {types.dtype} of shape {types.shape}, must be whole numbers or text, (N,)")
        number = require_number_of_particles(len(types))
        if positions.dtype.kind not in "fiu" or positions.ndim != 2:
            raise GlassmapError(
                f"initial_positions are {positions.dtype} of shape {positions.shape}, must be numbers, (N, d)"
            )
        lengths = _edges(_array(arrays, "box"), positions.shape[1]) if "box" in arrays.files else None
        columns = {
            name: np.moveaxis(values, values.shape.index(number), 0)
            for name in arrays.files
            if name not in GEOMETRY and number in (values := _array(arrays, name)).shape and values.dtype.kind in "fiu"
        }
    return RawFrame(positions, types.astype(str), lengths, columns=columns)


def _array(arrays: np.lib.npyio.NpzFile, name: str) -> np.ndarray:
    try:
        return arrays[name]
    except ValueError as error:  # Python objects, which numpy could load only by running what the file says
        raise GlassmapError(f"array {name!r}: {str(error).splitlines()[0]}; save it as numbers") from None


def _edges(box: np.ndarray, dimension: int) -> np.ndarray:
    """Edges of a box given as one length or one for each dimension."""
    if box.shape not in ((), (1,), (dimension,)) or box.dtype.kind not in "fiu":
        raise GlassmapError(f"box of shape {box.shape}, must be one length or one for each of {dimension} dimensions")
    return np.broadcast_to(box, (dimension,)).astype(float)


def netcdf_frames(path: str) -> Iterator[UnreadFrame]:
    """Frames of a batch of this workflow: of every replica those of every temperature, in this order."""
    # not by `glassmap.io.datasets`, which sets damaged results aside: this is the user's file
    dataset = xr.open_dataset(path, engine="netcdf4")  # closed when the last unread frame is let go
    for name, dims in SNAPSHOTS.items():
        if name not in dataset.variables or dataset[name].dims != dims:
            raise GlassmapError(f"no variable {name!r} with dimensions {dims}; not a batch of replicas of glassmap")
    require_number_of_particles(dataset.sizes["particle"])
    order = product(range(dataset.sizes["replica"]), range(dataset.sizes["temperature"]))
    for index, (replica, temperature) in enumerate(order):
        yield UnreadFrame(path, index, partial(_netcdf_frame, dataset, replica, temperature))


def _netcdf_frame(dataset: xr.Dataset, replica: int, temperature: int) -> RawFrame:
    positions = dataset["position"].isel(replica=replica, temperature=temperature).values
    species = dataset["species"].values
    if species.dtype.kind not in "iu" or species.min() < 0 or species.max() >= len(ascii_uppercase):
        raise GlassmapError("species are not numbers from 0 to 25; damaged, so copy it again")
    lengths = [float(dataset["box_length"])] * positions.shape[-1]
    return RawFrame(positions, np.array(list(ascii_uppercase))[species], lengths, wrapped=True)
