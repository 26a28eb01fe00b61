"""The terminal of a run: a line per stage with the time left from measured paces, and a table to watch."""

import io
import logging
import time

import pytest

from glassmap.workflow.logging import TIME_FORMAT
from glassmap.workflow.progress import INTERVAL, StageProgress, duration, without_single_jobs


class Run:
    """Events as Snakemake logs them, under a clock of its own."""

    def __init__(self, folder, planned):
        self.now, self.stream = 0.0, io.StringIO()
        self.progress = StageProgress(planned, folder / "study/status.txt", self.stream, lambda: self.now)

    def log(self, event: str, **fields) -> None:
        record = logging.makeLogRecord({"event": event, "levelno": logging.INFO, **fields})
        self.progress.handle(record)

    def job(self, number: int, rule: str, seconds: float, threads: int = 1, end: str = "job_finished") -> None:
        self.log("job_info", jobid=number, rule_name=rule, threads=threads)
        self.now += seconds
        self.log(end, **({"job_id": number} if end == "job_finished" else {"jobid": number}))

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


def test_time_left_follows_from_the_paces_of_finished_jobs(tmp_path):
    run = Run(tmp_path, {"cool": 4, "density": 2})
    run.job(1, "cool", 100.0)
    # three of 100 s, and a stage without a pace
    assert run.progress.time_left() == (pytest.approx(300.0), False)
    assert run.lines == ["cool: 1 / 4 done, 5 min left   (study: 1 / 6, at least 5 min left)"]
    run.job(2, "density", 10.0)
    assert run.progress.time_left() == (pytest.approx(310.0), True)
    assert run.lines[-1] == "density: 1 / 2 done, 10 s left   (study: 2 / 6, 5 min left)"


def test_jobs_at_once_shorten_the_time_left(tmp_path):
    run = Run(tmp_path, {"cool": 4})
    for number in (1, 2):
        run.log("job_info", jobid=number, rule_name="cool", threads=1)
    run.now = 100.0
    for number in (1, 2):
        run.log("job_finished", job_id=number)
    assert run.progress.time_left() == (pytest.approx(100.0), True)


def test_time_in_a_queue_counts_neither_as_running_nor_as_core_hours(tmp_path):
    """Three jobs of a cluster: one waited for ten hours and ran for one, one is running, one still waits."""
    run = Run(tmp_path, {"cool": 4})
    logs, benchmarks = ([tmp_path / f"{number}.{kind}" for number in range(3)] for kind in ("log", "tsv"))
    for number in range(3):
        files = {"log": [str(logs[number])], "benchmark": str(benchmarks[number])}
        run.log("job_info", jobid=number, rule_name="cool", threads=2, **files)
    run.now = 11 * 3600.0
    began = time.strftime(TIME_FORMAT, time.localtime(time.time() - 3600))
    for number in (0, 1):
        logs[number].write_text(f"{began} host node-1, process 7, 2 threads\nnot dated\n")
    benchmarks[0].write_text("s\th:m:s\n3600.0\t1:00:00\n")
    run.log("job_finished", job_id=0)
    row = (tmp_path / "study/status.txt").read_text().splitlines()[2].split()
    assert row == ["cool", "1", "1", "0", "2", "2.00", "6.00"]
    # three of one hour, two at once since the first began
    assert run.progress.time_left() == (pytest.approx(1.5 * 3600, rel=1e-3), True)


def test_a_stage_is_shown_every_few_seconds_and_when_it_is_done(tmp_path):
    run = Run(tmp_path, {"table": 5})
    for number in range(5):
        run.job(number, "table", INTERVAL / 3)
    assert [line.split()[1] for line in run.lines] == ["1", "4", "5"]
    assert run.lines[-1] == "table: 5 / 5 done   (study: 5 / 5)"


def test_the_table_has_what_is_done_running_failed_and_left_in_core_hours(tmp_path):
    run = Run(tmp_path, {"cool": 4, "classifier": 2, "maps": 1})
    run.job(1, "cool", 1800.0, threads=4)
    run.log("job_info", jobid=2, rule_name="cool", threads=4)
    run.job(3, "classifier", 36.0, end="job_error")
    table = (tmp_path / "study/status.txt").read_text().splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in table[2:]}
    assert table[1].split() == ["stage", "done", "running", "failed", "left", "core-hours", "to", "come"]
    assert rows["cool"] == ["1", "1", "0", "2", "2.00", "6.00"]
    assert rows["classifier"] == ["0", "0", "1", "2", "0.01", "?"]
    assert rows["maps"] == ["0", "0", "0", "1", "0.00", "?"]


def test_a_status_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "study").write_text("a file where the folder should be")
    run = Run(tmp_path, {"cool": 1})
    run.job(1, "cool", 1.0)
    assert run.lines == ["cool: 1 / 1 done   (study: 1 / 1)"]


@pytest.mark.parametrize(
    ("event", "level", "text", "shown"),
    [
        ("job_info", logging.INFO, "Rule: cool, Jobid: 1", False),
        ("shellcmd", logging.INFO, "Shell command: None", False),
        ("job_finished", logging.INFO, "Finished jobid: 1", False),
        ("progress", logging.INFO, "1 of 2 steps", False),
        (None, logging.INFO, "Select jobs to execute...", False),
        ("job_error", logging.ERROR, "Error in rule cool", True),
        ("run_info", logging.INFO, "Job stats", True),
        (None, logging.WARNING, "Execute permission missing", True),
        (None, logging.INFO, "Nothing to be done", True),
    ],
)
def test_of_single_jobs_only_errors_are_shown(event, level, text, shown):
    fields = {"msg": text, "levelno": level} | ({"event": event} if event else {})
    assert without_single_jobs(logging.makeLogRecord(fields)) is shown


@pytest.mark.parametrize(("seconds", "text"), [(40, "40 s"), (90, "2 min"), (720, "12 min"), (12600, "3.5 h")])
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text


def test_jobs_without_a_result_are_no_stage(tmp_path):
    run = Run(tmp_path, {"cool": 1})
    run.job(1, "all", 1.0)
    assert run.lines == [] and run.progress.submitted == {}
