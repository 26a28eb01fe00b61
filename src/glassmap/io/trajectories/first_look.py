"""What is wrong with users' files, as far as it is seen in moments: before any job starts."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from glassmap.errors import GlassmapError
from glassmap.io.sample_patterns import split_archive
from glassmap.io.trajectories.dynamics import columns_of
from glassmap.io.trajectories.formats import format_of, unread_frames
from glassmap.io.trajectories.lammps import dump_frames
from glassmap.io.trajectories.samples import samples_of_system
from glassmap.io.trajectories.xyz import xyz_frames
from glassmap.system import System

PARTICLES = 400_000  # read of each state, about a second
LARGEST = 1 << 20  # bytes of a text file that is searched for its last frame
REPORTED = 3  # problems of a state; the others are likely the same


def problems_at_a_glance(
    system: System, files: Sequence[str], options: Mapping, *, with_dynamics: bool
) -> Iterator[str]:
    """Reasons why files are no samples of a state of a system, one line each, at most `REPORTED`.

    Parameters
    ----------
    system : System
    files : sequence of str
        From `glassmap.io.sample_patterns.match_files`.
    options : mapping
        Section ``samples.files.<system>``.
    with_dynamics : bool
        Whether the samples must have the columns of ``dynamics``.

    Notes
    -----
    The format and size of every file, and the first sample of as many as have `PARTICLES` particles together, spread
    evenly over the files; of archives only that of the first. A large text file is not searched for its last frame,
    and jobs check all samples again.
    """
    count = min(len(files), max(1, PARTICLES // system.number_of_particles))
    chosen = set(np.linspace(0, len(files) - 1, count).astype(int).tolist())
    found = 0
    for place, path in enumerate(files):
        try:
            reader = format_of(path, options.get("format")).frames
            if split_archive(path) is not None:
                read = place == 0
            else:
                size = Path(path).stat().st_size
                if size == 0:
                    raise GlassmapError(f"{path}: an empty file; leave it out")
                is_searched = options["frames"] == "last" and reader in (dump_frames, xyz_frames)
                read = place in chosen and not (is_searched and size > LARGEST)
            if read:
                sample = next(samples_of_system(system, [path], options))
                for column in columns_of(options) if with_dynamics else ():
                    sample.values(column)
            elif place in chosen:
                next(unread_frames(path, options.get("format")), None)
        except (GlassmapError, OSError) as error:
            yield str(error) if isinstance(error, GlassmapError) else f"{path}: {error.strerror}"
            found += 1
            if found == REPORTED:
                return
