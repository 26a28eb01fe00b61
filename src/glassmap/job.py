"""What every script does around its science: a log, progress, and errors in plain words."""

import contextlib
import ctypes
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from glassmap.errors import GlassmapError

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
PROGRESS_INTERVAL = 10.0  # seconds between lines of progress on the terminal; the log gets them all


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
def job(log: str, name: str) -> Iterator[Callable[[str], None]]:
    """Run the body of a script.

    Parameters
    ----------
    log : str
        The rule's log file; appended to, so that a resumed job's history stays.
    name : str
        Put before each line on the terminal.

    Yields
    ------
    callable
        Takes a line of progress: to the log always, to the terminal at most every few seconds.

    Notes
    -----
    A `GlassmapError` ends the script with its text alone; anything else with its traceback in the log.
    """
    keep_freed_memory()
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    last_shown = 0.0
    file = open(log, "a", buffering=1)  # noqa: SIM115  a full disk must not hide the error behind that of closing
    try:

        def write(text: str) -> None:
            with contextlib.suppress(OSError):  # a full disk is reported on the terminal, whatever becomes of the log
                file.write(text)

        def report(line: str) -> None:
            nonlocal last_shown
            write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")
            if time.monotonic() - last_shown > PROGRESS_INTERVAL:
                last_shown = time.monotonic()
                print(f"{name}: {line}", file=sys.stderr, flush=True)

        try:
            yield report
        except GlassmapError as error:
            write(f"{error}\n")
            print(f"{name}: {error}\nsee {log}", file=sys.stderr, flush=True)
            sys.exit(1)
        except Exception as error:
            write(traceback.format_exc())
            print(f"{name}: {type(error).__name__}: {error}\nsee {log}", file=sys.stderr, flush=True)
            sys.exit(1)
    finally:
        with contextlib.suppress(OSError):
            file.close()
