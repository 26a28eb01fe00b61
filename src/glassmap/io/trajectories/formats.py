"""The formats that users' configurations may have; a further one is a function and a line here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from glassmap.errors import GlassmapError
from glassmap.io.sample_patterns import split_archive
from glassmap.io.trajectories.arrays import archive_frames, netcdf_frames, npz_frames
from glassmap.io.trajectories.frame import Frame, UnreadFrame, checked_frame, reading
from glassmap.io.trajectories.hoomd import gsd_frames
from glassmap.io.trajectories.lammps import data_frames, dump_frames
from glassmap.io.trajectories.xyz import xyz_frames


class Format(NamedTuple):
    """A format: the endings of its files' names, without ``.gz``, and its reader."""

    endings: tuple[str, ...]
    frames: Callable[[str], Iterator[UnreadFrame]]


FORMATS: Mapping[str, Format] = {
    "gsd": Format((".gsd",), gsd_frames),
    "lammps-dump": Format((".lammpstrj", ".lammpsdump", ".dump"), dump_frames),
    "lammps-data": Format((".data", ".lmp"), data_frames),
    "xyz": Format((".xyz", ".extxyz", ".exyz"), xyz_frames),
    "npz": Format((".npz",), npz_frames),
    "tar": Format((".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2"), archive_frames),
    "netcdf": Format((".nc",), netcdf_frames),
}


def format_of(path: str, name: str | None = None) -> Format:
    """The format of a file, by its name's ending unless it is given.

    Raises
    ------
    GlassmapError
        If it is unknown.
    """
    if name is not None:
        if name not in FORMATS:
            raise GlassmapError(f"format {name!r}, allowed: {', '.join(FORMATS)}")
        return FORMATS[name]
    if split_archive(path) is not None:
        return FORMATS["tar"]
    plain = path.removesuffix(".gz").lower()
    known = [one for one in FORMATS.values() if plain.endswith(one.endings)]
    if not known:
        raise GlassmapError(f"{path}: unknown format; name it, one of {', '.join(FORMATS)}")
    return known[0]


def unread_frames(path: str, format_name: str | None = None) -> Iterator[UnreadFrame]:
    """All frames of a file, none of them read.

    Raises
    ------
    GlassmapError
        If the file cannot be read, or has no frame.
    """
    frames = format_of(path, format_name).frames(path)
    empty = True
    while True:
        with reading(path):
            frame = next(frames, None)
        if frame is None:
            break
        empty = False
        yield frame
    if empty:
        raise GlassmapError(f"{path}: no frames; leave it out")


def read_frames(
    path: str,
    format_name: str | None = None,
    *,
    box_lengths: Sequence[float] | None = None,
    length_unit: float = 1.0,
) -> Iterator[Frame]:
    """All frames of a file of a user, one in memory at a time.

    Parameters
    ----------
    path : str
        Or members of an archive, see `glassmap.io.trajectories.arrays.archive_frames`.
    format_name : str, optional
        One of `FORMATS`; by the ending of the name if it is not given.
    box_lengths : sequence of float, optional
        Edges of the box of files that do not have it, in the unit of the file.
    length_unit : float
        sigma* in the unit of the file.

    Yields
    ------
    Frame
        See `glassmap.io.trajectories.frame.checked_frame`.

    Raises
    ------
    GlassmapError
        One line with the file, the frame and what to do.
    """
    for unread in unread_frames(path, format_name):
        yield read_frame(unread, box_lengths, length_unit)


def read_frame(
    unread: UnreadFrame,
    box_lengths: Sequence[float] | None = None,
    length_unit: float = 1.0,
    assumed_box: Sequence[float] | None = None,
) -> Frame:
    """One of `unread_frames`, with the parameters of `read_frames`.

    A file's own box may differ from ``assumed_box``, which is that of files without one, but not from ``box_lengths``.
    """
    with reading(unread.file, unread.index):
        raw = unread.read()
    if raw.lengths is None and box_lengths is None:
        box_lengths = assumed_box
    return checked_frame(unread.file, unread.index, raw, box_lengths, length_unit)
