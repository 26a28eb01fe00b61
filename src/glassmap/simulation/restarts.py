"""Long molecular-dynamics runs in segments, to survive interruptions.

Each segment is a separate LAMMPS process that starts from the previous segment's restart file, even in an uninterrupted
run. A killed run therefore resumes from its last restart file with bitwise identical results.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from glassmap.simulation.checkpoints import checksum, read_checkpoint, write_checkpoint

Segment = tuple[int, int]


def segments(steps: int, length: int) -> list[Segment]:
    """First and last step of each segment of a run of ``steps`` steps, ``length`` steps each except the last."""
    length = max(1, length)
    return [(first, min(first + length, steps)) for first in range(0, steps, length)]


def run_segments(
    parts: Sequence[Segment],
    folder: Path,
    mark: str,
    run_segment: Callable[[int, int, Path | None, Path], Mapping],
) -> list[Mapping]:
    """Run all unfinished segments.

    Parameters
    ----------
    parts : sequence of (int, int)
        From `segments`.
    folder : Path
        Holds the results of finished segments (``segment-<k>.npz``) and the last two restart files.
    mark : str
        From `glassmap.simulation.checkpoints.fingerprint`, for all parameters that the run depends on.
    run_segment : callable
        Takes the first and the last step, the restart file to start from (None at step 0) and the folder ``work``,
        where all but the last segment leave ``end.restart``. Returns arrays.

    Returns
    -------
    list of mapping
        Result of each segment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = folder / "work"
    finished: list[Mapping] = finished_segments(folder, mark, len(parts))
    for number in range(len(finished), len(parts)):
        first, last = parts[number]
        shutil.rmtree(work, ignore_errors=True)
        result = dict(run_segment(first, last, folder / f"segment-{number - 1}.restart" if number else None, work))
        if number + 1 < len(parts):
            state = folder / f"segment-{number}.restart"
            (work / "end.restart").rename(state)
            result["restart_checksum"] = checksum(state)
            # keep two, in case the last is damaged
            (folder / f"segment-{number - 2}.restart").unlink(missing_ok=True)
        write_checkpoint(folder / f"segment-{number}.npz", mark, result)
        finished.append(result)
        shutil.rmtree(work)
    return finished


def finished_segments(folder: Path, mark: str, count: int) -> list[Mapping]:
    """Results of the segments to keep: of all ``count``, or up to the last one with a valid restart file."""
    parts: list[Mapping] = []
    for number in range(count):
        part = read_checkpoint(folder / f"segment-{number}.npz", mark)
        if part is None:
            break
        parts.append(part)
    while parts and len(parts) < count:
        state = folder / f"segment-{len(parts) - 1}.restart"
        if state.exists() and checksum(state) == str(parts[-1]["restart_checksum"]):
            break
        parts.pop()
    return parts
