"""Samples and the fields of their particles, in files that OVITO and other programs open as they are."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import gsd.hoomd
import numpy as np

from glassmap.io import extended_xyz
from glassmap.io.datasets import atomic_write
from glassmap.io.trajectories.formats import read_frame, unread_frames

DIGITS = "%.7g"  # of extended XYZ: single precision, as in GSD


@dataclass(frozen=True)
class Sample:
    """A configuration and what is known of its particles.

    Attributes
    ----------
    positions : ndarray, shape (N, d)
        In [0, L), sigma*.
    species : ndarray of str, shape (N,)
    diameters : ndarray, shape (N,)
        sigma_ii, sigma*; programs draw the particles of this size.
    box_lengths : sequence of float, length d
        sigma*.
    fields : mapping of str to ndarray, shape (N,)
        The same in all samples of a file; NaN where a sample has no value.
    about : mapping of str to int or str
        What the sample is, such as its ``replica``, ``split`` and ``class``.
    """

    positions: np.ndarray
    species: np.ndarray
    diameters: np.ndarray
    box_lengths: Sequence[float]
    fields: Mapping[str, np.ndarray]
    about: Mapping[str, int | str]

    @property
    def edges(self) -> np.ndarray:
        """Three edges of the box, the third `glassmap.io.extended_xyz.FLAT_EDGE` in two dimensions, sigma*."""
        return np.pad(
            np.asarray(self.box_lengths, dtype=float), (0, self._missing), constant_values=extended_xyz.FLAT_EDGE
        )

    def padded(self, positions: np.ndarray) -> np.ndarray:
        """Positions with z = 0 in two dimensions, shape (N, 3)."""
        return np.pad(positions, [(0, 0), (0, self._missing)])

    @property
    def _missing(self) -> int:
        return 3 - len(self.box_lengths)


def extxyz_frame(sample: Sample) -> str:
    """A sample as extended XYZ, with each field as a column of its name and the size of the particles as ``radius``."""
    columns = {"radius": sample.diameters / 2, **sample.fields}
    return extended_xyz.extended_xyz(
        extended_xyz.ParticleFrame(sample.positions, sample.species, sample.box_lengths, columns, sample.about), DIGITS
    )


def gsd_frame(sample: Sample, step: int = 0) -> gsd.hoomd.Frame:
    """A sample in HOOMD's schema, with each field as ``log/particles/<name>``; ``about`` is logged of the frame.

    Single precision, as the schema has it. Positions are relative to the middle of the box.
    """
    frame = gsd.hoomd.Frame()
    frame.configuration.step = step
    frame.configuration.dimensions = len(sample.box_lengths)
    frame.configuration.box = [*sample.edges, 0, 0, 0]
    types, typeid = np.unique(sample.species, return_inverse=True)
    particles = frame.particles
    particles.N, particles.types, particles.typeid = len(sample.species), types.tolist(), typeid
    particles.position = sample.padded(sample.positions - np.asarray(sample.box_lengths) / 2)
    particles.diameter = sample.diameters
    with np.errstate(over="ignore"):  # the energy of particles that nearly coincide becomes infinite
        frame.log = {f"particles/{name}": values.astype(np.float32) for name, values in sample.fields.items()}
    frame.log |= {key: value if isinstance(value, str) else np.array([value]) for key, value in sample.about.items()}
    return frame


@contextmanager
def extxyz_writer(path: Path) -> Iterator[Callable[[Sample], None]]:
    """Append samples to a file of extended XYZ."""
    with open(path, "w", encoding="utf-8") as file:
        yield lambda sample: file.write(extxyz_frame(sample))


@contextmanager
def gsd_writer(path: Path) -> Iterator[Callable[[Sample], None]]:
    """Append samples to a GSD file; they are steps 0, 1, ..."""
    path.touch()  # gsd would make a file that no group may read
    steps = count()
    with gsd.hoomd.open(path, "w") as trajectory:
        yield lambda sample: trajectory.append(gsd_frame(sample, next(steps)))


WRITERS: Mapping[str, Callable[[Path], AbstractContextManager[Callable[[Sample], None]]]] = {
    "extxyz": extxyz_writer,
    "gsd": gsd_writer,
}


def write_samples(samples: Iterable[Sample], paths: Sequence[str | Path]) -> int:
    """Write samples to each of the files, with one sample in memory at a time.

    Parameters
    ----------
    samples : iterable of Sample
    paths : sequence of str or Path
        Each ends in a format of `WRITERS`.

    Returns
    -------
    int
        Number of samples.
    """
    written = 0
    with ExitStack() as stack:
        # each is closed before it gets its final name
        parts = [stack.enter_context(atomic_write(path)) for path in paths]
        writers = [stack.enter_context(WRITERS[part.suffix[1:]](part)) for part in parts]
        for sample in samples:
            for append in writers:
                append(sample)
            written += 1
    return written


def read_about(path: str | Path) -> list[dict[str, str]]:
    """What each sample of a written file is: ``about`` of `Sample`, as text."""
    if Path(path).suffix == ".gsd":
        with gsd.hoomd.open(path, "r") as trajectory:
            file = trajectory.file
            names = [name for name in file.find_matching_chunk_names("log/") if not name.startswith("log/particles/")]
            return [
                {name.removeprefix("log/"): _text(file.read_chunk(frame, name)) for name in names}
                for frame in range(file.nframes)
            ]
    return extended_xyz.read_about(path)


def _text(chunk: str | np.ndarray) -> str:
    return chunk if isinstance(chunk, str) else str(chunk[0])


def read_exported(path: str | Path, diameters: Mapping[str, float], places: Sequence[int]) -> list[Sample]:
    """Some samples of a written file.

    Parameters
    ----------
    path : str or Path
    diameters : mapping of str to float
        sigma_ii of each species, sigma*.
    places : sequence of int
        Which samples, counted from 0, in any order.

    Returns
    -------
    list of Sample
        In this order.

    Raises
    ------
    GlassmapError
        If the file cannot be read.
    """
    abouts, found = read_about(path), {}
    for unread in unread_frames(str(path)):
        if unread.index in places:
            frame = read_frame(unread)
            names, kind = np.unique(frame.species, return_inverse=True)
            sizes = np.array([diameters[name] for name in names.tolist()])[kind]
            fields = {name: values for name, values in frame.columns.items() if name != "radius"}
            found[unread.index] = Sample(
                frame.positions, frame.species, sizes, frame.box_lengths, fields, abouts[unread.index]
            )
    return [found[place] for place in places]
