"""The frame of every script: log, progress and plain error messages."""

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
from glassmap.workflow.paths import attempts_log

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
# of torch's own memory, or of what CUDA and its libraries take
GPU_ERRORS = (
    "OutOfMemoryError",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
GPU_FULL = "\nthe memory of the GPU is full: fewer jobs at once (--resources gpu=1), or classifier: {device: cpu}"
NEARLY_FULL = 1_000_000  # bytes; less free disk space explains a failure
PROGRESS_INTERVAL = 10.0  # seconds between progress lines on the terminal; the log gets all of them
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"  # local time, before every line of a log
DATED_LINE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ", re.M)
# first line of a job's log, written by `host_line`
HOST_LINE = re.compile(
    r"^[\d-]+ [\d:]+ host (?P<host>\S+), process \d+, (?P<threads>\d+) threads?(?:, SLURM job (?P<slurm>\S+))?$", re.M
)


def host_line(threads: int) -> str:
    """Host, process and threads of this process, in the format of `HOST_LINE`."""
    slurm = os.environ.get("SLURM_JOB_ID")
    node = os.environ.get("SLURMD_NODENAME") or platform.node() or "unknown"
    line = f"host {node}, process {os.getpid()}, {threads} thread{'' if threads == 1 else 's'}"
    return f"{line}, SLURM job {slurm}" if slurm else line


def keep_freed_memory() -> None:
    """Keep freed memory in this process, up to 256 MiB in arrays of up to 32 MiB.

    Otherwise every array of a few megabytes is returned to the system, and getting its pages back takes
    half the time of an analysis. Does nothing without glibc.
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
        The rule's log file. Snakemake removes it before each attempt; a history of all attempts is kept next to it.
    name : str
        Prefix of each line on the terminal.
    threads : int
        Assigned by Snakemake; recorded in the log, with the host.

    Yields
    ------
    callable
        Reports a line of progress, always to the log, to the terminal at most every few seconds. What modules of
        glassmap log by `logging`, at the level INFO or above, goes the same way.

    Notes
    -----
    The history is locked by one job at a time: after Snakemake was killed, an old job may still be running when a new
    one starts on the same output. A `GlassmapError` ends the script with its message only, any other exception with its
    traceback in the log.
    """
    keep_freed_memory()
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    last_shown = 0.0
    with _opened(log) as file, _opened(attempts_log(log)) as history:

        def write(text: str) -> None:
            for stream in (file, history):
                with contextlib.suppress(OSError):  # a full disk is reported on the terminal
                    stream.write(text)

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
            reason = f"{type(error).__name__}: {error}"
            fail(reason + (GPU_FULL if any(sign in reason for sign in GPU_ERRORS) else ""))
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
    """Open a file for appending; an error on closing it, on a full disk, must not hide the error of the job."""
    file = open(path, "a", buffering=1)  # noqa: SIM115
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):
            file.close()


def _wait_for_others(history: IO, report: Callable[[str], None]) -> None:
    """Wait until no other job works on the same output; jobs share the history, but not the log."""
    try:
        fcntl.lockf(history, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        report("waiting for another job that is still working on the same output")
        fcntl.lockf(history, fcntl.LOCK_EX)
    except OSError:
        pass  # a file system without locks
