"""Long molecular dynamics as a chain of segments that survives every interruption.

Each segment is a LAMMPS process of its own that starts from the restart file of the one before, also in a run that
nothing disturbs; so a run that was killed goes on from its last restart file and gives the same result, bit by bit.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from glassmap.simulation.checkpoints import checksum, read_scratch, write_scratch

Segment = tuple[int, int]


def segments(steps: int, length: int) -> list[Segment]:
    """First and last step of each segment of a run of ``steps`` steps, ``length`` steps each but the last."""
    length = max(1, length)
    return [(first, min(first + length, steps)) for first in range(0, steps, length)]


def run_chain(
    parts: Sequence[Segment],
    folder: Path,
    mark: str,
    run_segment: Callable[[int, int, Path | None, Path], Mapping],
) -> list[Mapping]:
    """Run the segments that are not finished yet.

    Parameters
    ----------
    parts : sequence of (int, int)
        From `segments`.
    folder : Path
        Keeps what finished segments gave (``segment-<k>.npz``) and the last two restart files.
    mark : str
        From `glassmap.simulation.checkpoints.fingerprint`, of everything that the run depends on.
    run_segment : callable
        Takes the first and the last step, the restart file to go on from (None at the start) and the folder ``work``,
        where it leaves ``end.restart`` unless it is the last; returns arrays.

    Returns
    -------
    list of mapping
        What each segment gave.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = folder / "work"
    finished: list[Mapping] = finished_segments(folder, mark, len(parts))
    for number in range(len(finished), len(parts)):
        first, last = parts[number]
        shutil.rmtree(work, ignore_errors=True)
        given = dict(run_segment(first, last, folder / f"segment-{number - 1}.restart" if number else None, work))
        if number + 1 < len(parts):
            state = folder / f"segment-{number}.restart"
            (work / "end.restart").rename(state)
            given["restart_checksum"] = checksum(state)
            # two are kept, in case the last is damaged
            (folder / f"segment-{number - 2}.restart").unlink(missing_ok=True)
        write_scratch(folder / f"segment-{number}.npz", mark, given)
        finished.append(given)
        shutil.rmtree(work)
    return finished


def finished_segments(folder: Path, mark: str, count: int) -> list[Mapping]:
    """What the segments gave before the one to go on with: the last of ``count`` that has a sound restart file."""
    parts: list[Mapping] = []
    for number in range(count):
        part = read_scratch(folder / f"segment-{number}.npz", mark)
        if part is None:
            break
        parts.append(part)
    while parts and len(parts) < count:
        state = folder / f"segment-{len(parts) - 1}.restart"
        if state.exists() and checksum(state) == str(parts[-1]["restart_checksum"]):
            break
        parts.pop()
    return parts
