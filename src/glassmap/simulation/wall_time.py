"""A job ends itself before the scheduler ends it: what is finished is kept, and the next attempt goes on from it."""

import math
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass, field

from glassmap.errors import OutOfTime

SLACK = 1.2  # how much slower than the slowest so far the next run may be


@dataclass
class WallTime:
    """What is left of the time that a scheduler gives a job.

    Attributes
    ----------
    end : float
        When the job must have ended, s since 1970; infinite where nothing limits it.
    """

    end: float = math.inf
    _pace: float = field(default=0.0, init=False)  # s per unit of work, the slowest so far
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @classmethod
    def of_job(cls, margin: float) -> "WallTime":
        """Of the SLURM job that this process belongs to, less a margin; without a limit outside of one.

        Parameters
        ----------
        margin : float
            Seconds kept for writing results, at most three quarters of what is left.
        """
        left = _left_in_slurm()
        return cls() if left is None else cls(time.time() + max(left - margin, left / 4))

    def left(self) -> float | None:
        """Seconds left, None without a limit."""
        return None if math.isinf(self.end) else max(0.0, self.end - time.time())

    def begin(self, work: float) -> None:
        """Refuse what cannot be finished in time.

        Parameters
        ----------
        work : float
            In any unit that its duration is proportional to, the same in a job.

        Raises
        ------
        OutOfTime
            If nothing is left, or less than the work would take at the slowest pace so far.
        """
        left = self.left()
        needed = SLACK * self._pace * work
        if left is not None and left <= needed:
            raise OutOfTime(f"{left:.0f} s of the job's time are left, and the next part takes about {needed:.0f} s")

    def record(self, work: float, seconds: float) -> None:
        """Learn how long some work took."""
        if work > 0:
            with self._lock:
                self._pace = max(self._pace, seconds / work)


def _left_in_slurm() -> float | None:
    """Seconds left to the SLURM job around this process; None outside of one, or if it has no limit."""
    job = os.environ.get("SLURM_JOB_ID")
    if not job:
        return None
    if "SLURM_JOB_END_TIME" in os.environ:  # newer SLURM
        return float(os.environ["SLURM_JOB_END_TIME"]) - time.time()
    try:
        answer = subprocess.run(
            ["squeue", "--noheader", f"--jobs={job}", "--format=%L"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None  # as good as no limit: what is finished is kept anyway
    return seconds_of(answer.strip())


def seconds_of(text: str) -> float | None:
    """Seconds in SLURM's ``[days-][[hours:]minutes:]seconds``; None for UNLIMITED and the like."""
    found = re.fullmatch(r"(?:(\d+)-)?(?:(?:(\d+):)?(\d+):)?(\d+)", text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
