"""What every script does around its science: a log, progress, and errors in plain words."""

import contextlib
import ctypes
import fcntl
import logging
import os
import platform
import re
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import IO, NoReturn

from glassmap.errors import GlassmapError
from glassmap.workflow.paths import attempts_of

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
NEARLY_FULL = 1_000_000  # bytes left on a disk that explain a failure
PROGRESS_INTERVAL = 10.0  # seconds between lines of progress on the terminal; the log gets them all
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"  # local time, before every line of a log
DATED_LINE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ", re.M)
# the line that a job begins its log with, as `host_line` writes it
HOST_LINE = re.compile(
    r"^[\d-]+ [\d:]+ host (?P<host>\S+), process \d+, (?P<threads>\d+) threads?(?:, SLURM job (?P<slurm>\S+))?$", re.M
)


def host_line(threads: int) -> str:
    """Where this process runs; `HOST_LINE` reads it again."""
    slurm = os.environ.get("SLURM_JOB_ID")
    node = os.environ.get("SLURMD_NODENAME") or platform.node() or "unknown"
    line = f"host {node}, process {os.getpid()}, {threads} thread{'' if threads == 1 else 's'}"
    return f"{line}, SLURM job {slurm}" if slurm else line


def keep_freed_memory() -> None:
    """Let this process keep memory that it has freed, up to 256 MiB in arrays of up to 32 MiB.

    Arrays of a few megabytes otherwise go back to the system one by one, and to get them again, page by page, takes
    half the time of an analysis. Without glibc nothing is done.
    """
    with contextlib.suppress(AttributeError, OSError):
        glibc = ctypes.CDLL(None)
        glibc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
        glibc.mallopt(M_TRIM_THRESHOLD, 256 << 20)


@contextmanager
def job(log: str, name: str, threads: int = 1) -> Iterator[Callable[[str], None]]:
    """Run the body of a script.

    Parameters
    ----------
    log : str
        The rule's log file. Snakemake removes it before each attempt; beside it stays a history of all attempts.
    name : str
        Put before each line on the terminal.
    threads : int
        That Snakemake has given to the job; told in the log, with the host.

    Yields
    ------
    callable
        Takes a line of progress: to the log always, to the terminal at most every few seconds. What modules of
        glassmap log by `logging`, at the level INFO or above, goes the same way.

    Notes
    -----
    One job at a time holds its history: where Snakemake was killed, a job of it may still be at work when the next one
    begins it again. A `GlassmapError` ends the script with its text alone; anything else with its traceback in the log.
    """
    keep_freed_memory()
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    last_shown = 0.0
    with _opened(log) as file, _opened(attempts_of(log)) as history:

        def write(text: str) -> None:
            for one in (file, history):
                with contextlib.suppress(OSError):  # a full disk is reported on the terminal, whatever becomes of logs
                    one.write(text)

        def report(line: str) -> None:
            nonlocal last_shown
            write(f"{time.strftime(TIME_FORMAT)} {line}\n")
            if time.monotonic() - last_shown > PROGRESS_INTERVAL:
                last_shown = time.monotonic()
                print(f"{name}: {line}", file=sys.stderr, flush=True)

        _wait_for_others(history, report)
        write(f"{time.strftime(TIME_FORMAT)} {host_line(threads)}\n")

        def fail(reason: str) -> NoReturn:
            folder = Path(log).parent
            if shutil.disk_usage(folder).free < NEARLY_FULL:
                reason += f"\nthe disk of {folder} is full"
            print(f"{name}: {reason}\nsee {log}", file=sys.stderr, flush=True)
            sys.exit(1)

        try:
            with _logged(report):
                yield report
        except GlassmapError as error:
            write(f"{error}\n")
            fail(str(error))
        except Exception as error:
            write(traceback.format_exc())
            fail(f"{type(error).__name__}: {error}")
        finally:
            with contextlib.suppress(OSError):
                history.write(f"{time.strftime(TIME_FORMAT)} ended\n")


@contextmanager
def _logged(report: Callable[[str], None]) -> Iterator[None]:
    """Report what modules of glassmap log."""
    handler, logger = logging.Handler(), logging.getLogger("glassmap")
    handler.emit = lambda record: report(record.getMessage())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def _opened(path: str | PurePath) -> Iterator[IO]:
    """A file to append lines to; a full disk must not hide the error of a job behind that of closing its log."""
    file = open(path, "a", buffering=1)  # noqa: SIM115
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):
            file.close()


def _wait_for_others(history: IO, report: Callable[[str], None]) -> None:
    """Wait until no other job is at work on the same; its log is another file by now, but not the history."""
    try:
        fcntl.lockf(history, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        report("waiting for another job that is still at work on the same")
        fcntl.lockf(history, fcntl.LOCK_EX)
    except OSError:
        pass  # a file system without locks
