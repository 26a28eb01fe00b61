"""GSD files of HOOMD."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from glassmap.errors import GlassmapError
from glassmap.io.trajectories.frame import RawFrame, UnreadFrame, cuboid, require_number_of_particles


def gsd_frames(path: str) -> Iterator[UnreadFrame]:
    """Frames of a GSD file with the schema ``hoomd``.

    Notes
    -----
    Columns are what was logged for each particle, such as ``particles/md/pair/LJ/energies``.
    """
    import gsd.hoomd  # only those need it who read such files

    trajectory = gsd.hoomd.open(path, "r")  # closed when the last unread frame is let go
    for index in range(len(trajectory)):
        yield UnreadFrame(path, index, partial(_frame, trajectory, index))


def _frame(trajectory, index: int) -> RawFrame:
    file = trajectory.file
    source = index if file.chunk_exists(frame=index, name="particles/N") else 0
    if not file.chunk_exists(frame=source, name="particles/N"):
        raise GlassmapError("no particles; leave the frame out")
    number = require_number_of_particles(int(file.read_chunk(frame=source, name="particles/N")[0]))
    frame = trajectory[index]
    lengths = np.array(frame.configuration.box, dtype=float)
    particles = frame.particles
    shapes = {np.shape(particles.position), np.shape(particles.typeid), lengths.shape}
    if shapes != {(number, 3), (number,), (6,)}:
        raise GlassmapError("positions, types and the box do not fit together; damaged, so write the file again")
    tilted = np.diag(lengths[:3])
    tilted[[0, 0, 1], [1, 2, 2]] = lengths[3:]
    edges = cuboid(tilted)
    names = np.array(particles.types, dtype=str)
    if particles.typeid.max() >= len(names):
        raise GlassmapError(f"type {particles.typeid.max()} of {len(names)}; damaged, so write the file again")
    positions = np.array(particles.position, dtype=float)
    if frame.configuration.dimensions == 2 and np.ptp(positions[:, 2]) > 0:
        raise GlassmapError("two dimensions and a z that varies; write the file again")
    columns = {
        name.removeprefix("particles/"): values
        for name, values in frame.log.items()
        if name.startswith("particles/") and len(values) == number
    }
    return RawFrame(positions, names[particles.typeid], edges, -edges / 2, wrapped=True, columns=columns)
