"""Progress of a running study on the terminal, one line per stage with the time left, and in a status file.

Snakemake's own report of each job, with its inputs and reason, goes to its log file, and to the terminal only with
``--verbose``.
"""

import contextlib
import csv
import logging
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from glassmap.workflow.logging import DATED_LINE, TIME_FORMAT

INTERVAL = 10.0  # minimum seconds between lines of the same stage
# Snakemake's messages about single jobs, except errors
OF_JOBS = frozenset({"job_info", "shellcmd", "job_started", "job_finished", "progress"})
WITHOUT_EVENT = ("Select jobs to execute", "Execute ")


def duration(seconds: float) -> str:
    """Format a duration, such as ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@dataclass
class Submitted:
    """A job that Snakemake has started, or put into the queue of a cluster.

    Attributes
    ----------
    rule : str
    threads : int
    time : float
        When, on the clock of `StageProgress`.
    logs : sequence of str
        Its log; Snakemake removes an older one before.
    benchmark : str or None
    """

    rule: str
    threads: int
    time: float
    logs: Iterable[str] = ()
    benchmark: str | None = None
    begun: float | None = None

    def waits(self, clock: Callable[[], float]) -> bool:
        """Whether it is still in the queue; ``begun`` is known from the first line of its log."""
        if self.begun is None and not self.logs:
            self.begun = self.time
        for log in self.logs if self.begun is None else ():
            with contextlib.suppress(OSError), open(log, errors="replace") as file:
                if line := DATED_LINE.match(file.readline()):
                    ago = time.time() - time.mktime(time.strptime(line[1], TIME_FORMAT))
                    self.begun = max(self.time, clock() - ago)
        return self.begun is None

    def seconds(self, now: float) -> float:
        """Run time of the finished job by its benchmark, without the time in a queue."""
        since = now - self.time
        with contextlib.suppress(OSError, KeyError, ValueError), open(self.benchmark or "", newline="") as file:
            return min(since, sum(float(line["s"]) for line in csv.DictReader(file, delimiter="\t")))
        return since if self.begun is None else now - self.begun


class StageProgress(logging.Handler):
    """Count the jobs of each rule as Snakemake reports them.

    Parameters
    ----------
    planned : mapping of str to int
        Number of jobs of each rule in this run.
    status : Path
        File with a table of all stages, rewritten after each job.
    stream : file
        The terminal.
    clock : callable
        Seconds.
    """

    def __init__(
        self,
        planned: Mapping[str, int],
        status: Path,
        stream: TextIO = sys.stderr,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__()
        self.planned, self.status, self.stream, self.clock = dict(planned), status, stream, clock
        self.begun = float("inf")  # the first job that ended, which may have been in a queue
        self.submitted: dict[int, Submitted] = {}
        self.done: dict[str, int] = defaultdict(int)
        self.failed: dict[str, int] = defaultdict(int)
        self.seconds: dict[str, float] = defaultdict(float)  # of finished jobs
        self.core_seconds: dict[str, float] = defaultdict(float)
        self.shown: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Record the start, end or failure of a job."""
        event = str(getattr(record, "event", ""))
        if event == "job_info" and record.rule_name in self.planned:
            of_job = {"logs": getattr(record, "log", ()), "benchmark": getattr(record, "benchmark", None)}
            self.submitted[record.jobid] = Submitted(record.rule_name, record.threads, self.clock(), **of_job)
        elif event in ("job_finished", "job_error"):
            number = record.job_id if event == "job_finished" else record.jobid
            if number not in self.submitted:
                return
            job = self.submitted.pop(number)
            job.waits(self.clock)
            rule, spent = job.rule, job.seconds(self.clock())
            self.begun = min(self.begun, self.clock() - spent)
            self.core_seconds[rule] += job.threads * spent
            if event == "job_error":
                self.failed[rule] += 1
            else:
                self.done[rule] += 1
                self.seconds[rule] += spent
                self._show(rule)
            self._write_status()

    def left(self, rule: str) -> int:
        """Unfinished jobs of a rule, including running ones."""
        return self.planned.get(rule, 0) - self.done[rule]

    def time_left(self, rules: Mapping[str, int] | None = None) -> tuple[float, bool]:
        """Estimated seconds until all jobs, or those of some rules, are done.

        Returns
        -------
        seconds : float
        whole : bool
            Whether all remaining rules have finished jobs to estimate from; otherwise this is a lower bound.
        """
        seconds, whole = 0.0, True
        for rule in self.planned if rules is None else rules:
            if self.left(rule) <= 0:
                continue
            if not self.done[rule]:
                whole = False
                continue
            seconds += self.left(rule) * self.seconds[rule] / self.done[rule]
        # mean number of concurrent jobs since the first began
        now, running = self.clock(), self.running()
        busy = sum(self.seconds.values()) + sum(now - job.begun for job in running)
        first = min([self.begun, *(job.begun for job in running)])
        return seconds / max(1.0, busy / max(now - first, 1e-9)), whole

    def running(self) -> list[Submitted]:
        """Jobs that have begun and not ended, without those in the queue of a cluster."""
        return [job for job in self.submitted.values() if not job.waits(self.clock)]

    def _show(self, rule: str) -> None:
        last = self.left(rule) <= 0
        if not last and self.clock() - self.shown.get(rule, -INTERVAL) < INTERVAL:
            return
        self.shown[rule] = self.clock()
        stage = "" if last else f", {duration(self.time_left({rule: 1})[0])} left"
        seconds, whole = self.time_left()
        done, total = sum(self.done.values()), sum(self.planned.values())
        least = "" if whole else "at least "
        study = f", {least}{duration(seconds)} left" if seconds >= 1 else ""
        print(
            f"{rule}: {self.done[rule]} / {self.planned.get(rule, 0)} done{stage}   (study: {done} / {total}{study})",
            file=self.stream,
            flush=True,
        )

    def table(self) -> str:
        """Jobs done, running, failed and left, and core-hours used and to come (``?`` if unknown), by stage."""
        running: dict[str, int] = defaultdict(int)
        for job in self.running():
            running[job.rule] += 1
        lines = [f"{'stage':30} {'done':>6} {'running':>8} {'failed':>7} {'left':>6} {'core-hours':>11} {'to come':>8}"]
        for rule, total in self.planned.items():
            if self.done[rule]:
                to_come = f"{self.left(rule) * self.core_seconds[rule] / self.done[rule] / 3600:.2f}"
            else:
                to_come = "?" if total else ""
            waiting = self.left(rule) - running[rule]
            lines.append(
                f"{rule:30} {self.done[rule]:6} {running[rule]:8} {self.failed[rule]:7} {waiting:6} "
                f"{self.core_seconds[rule] / 3600:11.2f} {to_come:>8}"
            )
        return "\n".join(lines) + "\n"

    def _write_status(self) -> None:
        try:
            self.status.parent.mkdir(parents=True, exist_ok=True)
            part = self.status.with_suffix(".part")
            part.write_text(time.strftime("%Y-%m-%d %H:%M:%S\n") + self.table())
            part.replace(self.status)
        except OSError:  # a full disk is for the jobs to report
            with contextlib.suppress(OSError):
                self.status.with_suffix(".part").unlink()


def without_single_jobs(record: logging.LogRecord) -> bool:
    """Log filter for the terminal that drops messages about single jobs, except errors."""
    if record.levelno > logging.INFO:
        return True
    event = str(getattr(record, "event", None) or "")
    return event not in OF_JOBS and not record.getMessage().startswith(WITHOUT_EVENT)


def follow(logger: logging.Logger, planned: Mapping[str, int], status: Path, verbose: bool) -> None:
    """Show the progress of this run on the terminal instead of Snakemake's report of each job.

    Parameters
    ----------
    logger : Logger
        Snakemake's logger.
    planned : mapping of str to int
        Number of jobs of each rule.
    status : Path
        Status file.
    verbose : bool
        Keep Snakemake's report as well.
    """
    if not verbose:
        for handler in logger.handlers:
            if handler.name == "DefaultStreamHandler":
                handler.addFilter(without_single_jobs)
    logger.addHandler(StageProgress(planned, status))
