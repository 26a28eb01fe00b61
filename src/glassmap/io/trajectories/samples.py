"""Samples from users' files: which frames, what is a replica, which species is which."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError
from glassmap.io.schema import variable
from glassmap.io.splits import FURTHER, REPORTED_SPLIT, SPLITS, assign_splits
from glassmap.io.trajectories.formats import read_frame, unread_frames
from glassmap.io.trajectories.frame import Frame, UnreadFrame, reading
from glassmap.system import System, species_index

BOX_TOLERANCE = 1e-6  # GSD files have single precision


@dataclass(frozen=True)
class Sample:
    """A configuration of a known mixture.

    Attributes
    ----------
    replica : str
        Samples of the same replica are not independent and belong to the same split.
    file : str
        Where it is from.
    frame : int
        Index of the frame in the file.
    positions : ndarray of float, shape (N, d)
        Sorted by species, in [0, L), sigma*.
    species : ndarray of int8, shape (N,)
        0 = A, 1 = B, ...
    box_lengths : tuple of float
        sigma*, d of them.
    columns : dict of str to ndarray, shape (N,) or (N, ...)
        Further values of each particle, in the units of the file.
    order : ndarray of int, shape (N,)
        Place of each particle in the file, or among its ids if it has any.
    """

    replica: str
    file: str
    frame: int
    positions: np.ndarray
    species: np.ndarray
    box_lengths: tuple[float, ...]
    columns: dict[str, np.ndarray]
    order: np.ndarray

    def values(self, column: str) -> np.ndarray:
        """A column as numbers, shape (N,) or (N, ...).

        Raises
        ------
        GlassmapError
            If there is no such column, or a value is not finite; one line with the file and the frame.
        """
        with reading(self.file, self.frame):
            if column not in self.columns:
                known = ", ".join(self.columns) or "none"
                raise GlassmapError(f"no column {column!r}; columns besides positions and species: {known}")
            values = np.asarray(self.columns[column], dtype=float)
            finite = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
            if not finite.all():
                particle = int(self.order[np.argmin(finite)])
                raise GlassmapError(
                    f"column {column!r} is not finite for particle {particle} (from 0); mend it or leave the frame out"
                )
        return values


def read_samples(
    files: Iterable[str],
    *,
    counts: Mapping[str, int],
    species: Mapping[str, str] | None = None,
    frames: str | int = "last",
    replica: str = "file",
    format_name: str | None = None,
    box_lengths: Sequence[float] | None = None,
    length_unit: float = 1.0,
    assumed_box: Sequence[float] | None = None,
) -> Iterator[Sample]:
    """Samples from files, with one frame in memory at a time.

    Parameters
    ----------
    files : iterable of str
        In the order of the samples; also members of archives.
    counts : mapping of str to int
        Particles of each species A, B, ...
    species : mapping of str to str, optional
        Name or type number in the files of each species A, B, ...; by default the species are told apart by their
        ``counts``.
    frames : {"last", "all"} or int
        Of each file; a number n selects the frames 0, n, 2n, ...
    replica : str
        "file", "frame", or a regular expression with one group, such as ``seed([0-9]+)``: files are the same replica if
        what the group matches in their names is the same.
    format_name, box_lengths, length_unit, assumed_box
        See `glassmap.io.trajectories.formats.read_frames` and ``read_frame``.

    Yields
    ------
    Sample

    Raises
    ------
    GlassmapError
        If there is no file, one cannot be read or is damaged, its species or their counts are others than expected or
        cannot be told apart; one line with the file, the frame and what to do.
    """
    label = _replica_names(replica)
    empty = True
    for path in files:
        for _, of_one_file in groupby(unread_frames(path, format_name), key=lambda unread: unread.file):
            for unread in _selected(of_one_file, frames):
                empty = False
                frame = read_frame(unread, box_lengths, length_unit, assumed_box)
                with reading(frame.file, frame.index):
                    sample = _sample(label(frame), frame, counts, species)
                yield sample
    if empty:
        raise GlassmapError("no file; check the pattern")


def samples_of_system(
    system: System, files: Iterable[str], options: Mapping, grid: int | None = None
) -> Iterator[Sample]:
    """As `read_samples`, with the settings of ``samples.files.<system>`` or ``explain.<name>``, in the system's box.

    Parameters
    ----------
    system : System
    files : iterable of str
    options : mapping
    grid : int, optional
        Points per side of the density fields that networks have been trained on, for the message on another box.

    Raises
    ------
    GlassmapError
        Also if a sample has another dimension or box than the system; a file without a box has that of the system.
    """
    frames = options["frames"]
    samples = read_samples(
        files,
        counts=dict(zip(system.species_names, system.counts, strict=True)),
        species=options.get("species"),
        frames=int(frames) if frames.isdecimal() else frames,
        replica=options.get("replica", "file"),
        format_name=options.get("format"),
        length_unit=options["length_unit"],
        assumed_box=[length * options["length_unit"] for length in system.box.lengths],
    )
    for sample in samples:
        with reading(sample.file, sample.frame):
            dimension, volume = len(sample.box_lengths), np.prod(sample.box_lengths)
            told = " x ".join(f"{length:.8g}" for length in sample.box_lengths)
            if not np.allclose(sample.box_lengths, sample.box_lengths[0], rtol=BOX_TOLERANCE, atol=0):
                raise GlassmapError(f"a box of {told}, must be a square or a cube")
            if dimension != system.dimension:
                raise GlassmapError(f"{dimension} dimensions, {system.name} has {system.dimension}")
            if not np.allclose(sample.box_lengths, system.box_length, rtol=BOX_TOLERANCE, atol=0):
                spacings = ""
                if grid is not None:
                    here = " x ".join(f"{length / grid:.6g}" for length in sample.box_lengths)
                    known = f"{system.box_length / grid:.6g}"
                    spacings = f"; the networks know a grid spacing of {known}, here it would be {here}"
                raise GlassmapError(
                    f"a box of {told}, that of {system.name} has {system.box_length:.8g}; set density to "
                    f"{len(sample.species) / volume:.9g}, or leave it out{spacings}"
                )
        # a box of single precision differs in its last digits
        yield replace(sample, positions=system.box.wrap(sample.positions), box_lengths=system.box.lengths)


def _selected(unread: Iterator[UnreadFrame], frames: str | int) -> Iterator[UnreadFrame]:
    if frames == "last":
        yield from deque(unread, maxlen=1)  # the others are never read
    elif frames == "all":
        yield from unread
    elif isinstance(frames, int) and frames >= 1:
        yield from (frame for frame in unread if frame.index % frames == 0)
    else:
        raise GlassmapError(f"frames: got {frames!r}, must be last, all or a number n for every n-th")


def _replica_names(replica: str):
    """The function that names the replica of a frame."""
    if replica == "file":
        return lambda frame: frame.file
    if replica == "frame":
        return lambda frame: f"{frame.file}, frame {frame.index}"
    try:
        pattern = re.compile(replica)
    except re.error as error:
        raise GlassmapError(f"replica: got {replica!r}, not a regular expression ({error})") from None
    if pattern.groups != 1:
        raise GlassmapError(f"replica: got {replica!r}, must be file, frame or a regular expression with one group ( )")

    def name(frame: Frame) -> str:
        match = pattern.search(frame.file)
        if match is None:
            raise GlassmapError(f"the file's name does not match replica {replica!r}; change the expression")
        return match[1] or ""

    return name


def shared_replicas(files: Mapping[str, Sequence[str]], replica: str) -> list[str]:
    """Replicas that files of several states may share, in the order in which they are split.

    Parameters
    ----------
    files : mapping of str to sequence of str
        By state.
    replica : str
        As for `read_samples`. A file or a frame is of one state; a regular expression gives the liquid and the glass of
        a run the same name.

    Returns
    -------
    list of str
        Those of the first state, then those that only others have; empty for "file" and "frame".
    """
    if replica in ("file", "frame"):
        return []
    matches = (re.search(replica, path) for of_state in files.values() for path in of_state)
    return list(dict.fromkeys(match[1] or "" for match in matches if match))


def _sample(replica: str, frame: Frame, counts: Mapping[str, int], species: Mapping[str, str] | None) -> Sample:
    names, place, found = np.unique(frame.species, return_inverse=True, return_counts=True)
    of_file = dict(zip(names.tolist(), found.tolist(), strict=True))
    expected = dict(sorted(counts.items()))
    told = ", ".join(f"{count} of {name!r}" for name, count in of_file.items())
    if sorted(of_file.values()) != sorted(expected.values()):
        wanted = ", ".join(f"{count} {letter}" for letter, count in expected.items())
        raise GlassmapError(f"{told}; must be {wanted} in every frame, so give their numbers or leave the frame out")
    if species is None:
        if len(set(expected.values())) < len(expected):
            raise GlassmapError(f"{told}: species with the same number of particles; say which is which by species")
        letter_of = {name: next(one for one in expected if expected[one] == count) for name, count in of_file.items()}
    else:
        letter_of = {str(name): letter for letter, name in species.items()}
        if set(letter_of) != set(of_file) or any(of_file[name] != expected[one] for name, one in letter_of.items()):
            meant = ", ".join(f"{letter} = {name!r} ({expected[letter]})" for name, letter in letter_of.items())
            raise GlassmapError(f"{told}; species are {meant}, so change species or the numbers")
    codes = np.array([species_index(letter_of[name]) for name in names.tolist()], dtype=np.int8)[place]
    order = np.argsort(codes, kind="stable")
    return Sample(
        replica,
        frame.file,
        frame.index,
        frame.positions[order],
        codes[order],
        frame.box_lengths,
        {name: values[order] for name, values in frame.columns.items()},
        order,
    )


def configurations_of(
    samples: Iterable[Sample], split: Mapping[str, float], replicas: Sequence[str] = ()
) -> xr.Dataset:
    """Contents of ``configurations/<state>.nc`` from users' files.

    Parameters
    ----------
    samples : iterable of Sample
        From `read_samples`.
    split : mapping
        Fractions, for `glassmap.io.splits.assign_splits`.
    replicas : sequence of str, optional
        From `shared_replicas`, so that liquid and glass of a run are in the same split (Frontiers, Sec. 2.2).

    Returns
    -------
    Dataset
        With the variables of `glassmap.io.schema.CONFIGURATIONS`; ``replica`` numbers the samples, ``source`` names
        their files and frames. All samples of one replica are in the same split, but of a test replica only the last
        one is; the others are `glassmap.io.splits.FURTHER`.

    Raises
    ------
    GlassmapError
        If the boxes are not squares or cubes of one size, which the grid network requires, or there are too few
        replicas for three splits.
    """
    positions, names, sources = [], [], []
    first = None
    for sample in samples:
        first = first or sample
        with reading(sample.file, sample.frame):
            lengths = np.array(sample.box_lengths)
            told = " x ".join(f"{length:g}" for length in lengths)
            if not np.allclose(lengths, lengths[0], rtol=BOX_TOLERANCE, atol=0):
                raise GlassmapError(f"a box of {told}, must be a square or a cube")
            if len(lengths) != len(first.box_lengths) or not np.allclose(
                lengths, first.box_lengths, rtol=BOX_TOLERANCE, atol=0
            ):
                raise GlassmapError(f"a box of {told}, unlike {first.file}; samples of a state must have the same box")
        positions.append(sample.positions)
        names.append(sample.replica)
        sources.append(f"{sample.file}, frame {sample.frame}")
    number = {name: index for index, name in enumerate(dict.fromkeys([*replicas, *names]))}
    of_samples = assign_splits(len(number), split)[[number[name] for name in names]]
    if missing := [name for name in SPLITS if name not in of_samples]:
        raise GlassmapError(
            f"{len(set(names))} replica(s) in {len(names)} frame(s), none left for {' and '.join(missing)}; give more "
            "files, or say that each frame is a replica"
        )
    last = {name: index for index, name in enumerate(names)}
    is_last = np.array([last[name] == index for index, name in enumerate(names)])
    of_samples = np.where((of_samples == REPORTED_SPLIT) & ~is_last, FURTHER, of_samples)
    return xr.Dataset(
        {
            "position": variable(("sample", "particle", "axis"), np.array(positions), "sigma*", "wrapped position"),
            "species": variable(("particle",), first.species, "1", "species, 0 = A, 1 = B, ..."),
            "box_length": variable((), first.box_lengths[0], "sigma*", "side of the box"),
        },
        coords={
            "replica": variable(("sample",), np.arange(len(names)), "1", "number of the sample"),
            "split": variable(("sample",), of_samples, "1", "train, validation, test or further"),
            "source": variable(("sample",), np.array(sources), "1", "file and frame"),
        },
    )
