"""Several runs of an external program at a time; what is finished survives the failure of another."""

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
    before: int = 0,
) -> dict[Key, Result]:
    """Do ``work`` for every task, some at a time.

    Parameters
    ----------
    tasks : mapping of key to str
        What ``work`` takes, and what it is called in reports.
    work : callable
        Keeps its own result safe before it returns it.
    workers : int
        Tasks at a time.
    report : callable
        Takes one line per finished or failed task.
    before : int
        How many of the same were finished before, for the count in the reports.

    Returns
    -------
    dict
        Results by key.

    Raises
    ------
    ProgramError
        If a task raises a `GlassmapError`: names each that failed. Running ones are finished first, none
        is started.
    OutOfTime
        If nothing failed but the job's time was spent: says how many are finished.
    """
    failed = threading.Event()
    results, failures = {}, []

    def guarded(key: Key) -> tuple[bool, Result | None]:
        if failed.is_set():
            return False, None
        try:
            return True, work(key)
        except GlassmapError:
            failed.set()
            raise

    with ThreadPoolExecutor(workers) as pool:
        running = {pool.submit(guarded, key): key for key in tasks}
        for done in as_completed(running):
            key = running[done]
            try:
                was_done, result = done.result()
            except OutOfTime as reason:
                report(f"{tasks[key]}: {reason}")
                continue
            except GlassmapError as error:
                failures.append(f"{tasks[key]} failed: {error}")
                report(failures[-1])
                continue
            if was_done:
                results[key] = result
                report(f"{tasks[key]}: done, {before + len(results)} of {before + len(tasks)}")
    if failures:
        raise ProgramError("\n".join(failures))
    if len(results) < len(tasks):
        raise OutOfTime(
            f"ended before its wall time with {before + len(results)} of {before + len(tasks)} finished; "
            "the next attempt goes on from here"
        )
    return results
