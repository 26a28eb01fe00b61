"""Stop a job before the scheduler kills it, so that the next attempt resumes from what is finished."""

import math
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass, field

from glassmap.errors import OutOfTime

SLACK = 1.2  # safety factor on the slowest pace so far


@dataclass
class WallTime:
    """Remaining wall time of a job.

    Attributes
    ----------
    end : float
        When the job must end, s since 1970; infinite without a limit.
    """

    end: float = math.inf
    _pace: float = field(default=0.0, init=False)  # s per unit of work, the slowest so far
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @classmethod
    def of_job(cls, margin: float) -> "WallTime":
        """Wall time of the SLURM job of this process, less a margin; unlimited outside a job.

        Parameters
        ----------
        margin : float
            Reserved for writing results, s; at most three quarters of the remaining time.
        """
        left = _left_in_slurm()
        return cls() if left is None else cls(time.time() + max(left - margin, left / 4))

    def left(self) -> float | None:
        """Seconds left; None without a limit."""
        return None if math.isinf(self.end) else max(0.0, self.end - time.time())

    def begin(self, work: float) -> None:
        """Refuse work that cannot be finished in time.

        Parameters
        ----------
        work : float
            Amount of work, proportional to its duration; the unit must be the same throughout a job.

        Raises
        ------
        OutOfTime
            If no time is left, or less than the work would take at the slowest pace so far.
        """
        left = self.left()
        needed = SLACK * self._pace * work
        if left is not None and left <= needed:
            raise OutOfTime(f"{left:.0f} s of the job's time are left, but the next part takes about {needed:.0f} s")

    def record(self, work: float, seconds: float) -> None:
        """Record how long some work took."""
        if work > 0:
            with self._lock:
                self._pace = max(self._pace, seconds / work)


def _left_in_slurm() -> float | None:
    """Seconds left in the SLURM job of this process; None outside a job or without a limit."""
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
        return None  # treated as unlimited: finished work is kept anyway
    return seconds_of(answer.strip())


def seconds_of(text: str) -> float | None:
    """Seconds in SLURM's ``[days-][[hours:]minutes:]seconds``; None for UNLIMITED and the like."""
    match = re.fullmatch(r"(?:(\d+)-)?(?:(?:(\d+):)?(\d+):)?(\d+)", text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
