"""Parallel runs of an external program; finished runs survive the failure of others."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from glassmap.errors import GlassmapError, OutOfTime, ProgramError

Key = TypeVar("Key")
Result = TypeVar("Result")


def run_all(
    tasks: Mapping[Key, str],
    work: Callable[[Key], Result],
    workers: int,
    report: Callable[[str], None],
    finished: int = 0,
) -> dict[Key, Result]:
    """Call ``work`` for every task, several in parallel.

    Parameters
    ----------
    tasks : mapping of key to str
        Argument of ``work``, and its name in reports.
    work : callable
        Must store its result before returning it.
    workers : int
        Tasks in parallel.
    report : callable
        Called with one line per finished or failed task.
    finished : int
        Number of tasks finished earlier, for the count in reports.

    Returns
    -------
    dict
        Results by key.

    Raises
    ------
    ProgramError
        If a task raises a `GlassmapError`; names each task that failed. Running tasks are finished first; no new ones
        are started. Any other exception, as of a full disk, is reported with its task and raised as it is.
    OutOfTime
        If no task failed but the job ran out of time; says how many are finished.
    """
    failed = threading.Event()
    results, failures, unexpected = {}, [], []

    def guarded(key: Key) -> tuple[bool, Result | None]:
        if failed.is_set():
            return False, None
        try:
            return True, work(key)
        except Exception:
            failed.set()
            raise

    with ThreadPoolExecutor(workers) as pool:
        running = {pool.submit(guarded, key): key for key in tasks}
        for future in as_completed(running):
            key = running[future]
            try:
                completed, result = future.result()
            except OutOfTime as reason:
                report(f"{tasks[key]}: {reason}")
                continue
            except GlassmapError as error:
                failures.append(f"{tasks[key]} failed: {error}")
                report(failures[-1])
                continue
            except Exception as error:
                unexpected.append(error)
                report(f"{tasks[key]} failed: {type(error).__name__}: {error}")
                continue
            if completed:
                results[key] = result
                report(f"{tasks[key]}: done, {finished + len(results)} of {finished + len(tasks)}")
    if unexpected:
        raise unexpected[0]
    if failures:
        raise ProgramError("\n".join(failures))
    if len(results) < len(tasks):
        raise OutOfTime(
            f"ended before its wall time with {finished + len(results)} of {finished + len(tasks)} finished; "
            "the next attempt goes on from here"
        )
    return results
