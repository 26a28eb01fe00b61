"""Jobs that end themselves: what fits in the time left, and molecular dynamics longer than any job."""

import os
import stat
import time
from dataclasses import replace

import numpy as np
import pytest

from glassmap.errors import OutOfTime
from glassmap.simulation.cooling import Replica, cool_batch, cool_replica, replica_seeds
from glassmap.simulation.cooling_protocol import CoolingProtocol
from glassmap.simulation.lammps import Lammps
from glassmap.simulation.parallel import run_all
from glassmap.simulation.restarts import segments
from glassmap.simulation.wall_time import WallTime, seconds_of
from glassmap.system import System

# 400 steps of equilibration and 1580 of cooling, in segments of 300: two of the hot liquid alone and one across
PROTOCOL = CoolingProtocol(
    temperature_start=4.0,
    equilibration_time=2.0,
    cooling_rate=0.5,
    further_rates=(),
    time_step=0.005,
    thermostat_damping=0.1,
    temperature_grid=(4.0, 1.0),
    energy_records=20,
    segment_time=1.5,
    states=(("liquid", 0.8), ("glass", 0.05)),
)


@pytest.fixture
def small(config) -> System:
    return System.from_config("KAM", {**config["systems"]["KAM"], "particles": {"A": 260, "B": 140}})


def same(first: Replica, second: Replica) -> bool:
    names = ("position", "kinetic_temperature", "step", "potential_energy", "kinetic_energy")
    return all((getattr(first, name) == getattr(second, name)).all() for name in names)


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("59", 59),
        ("1:02", 62),
        ("2:00:05", 7205),
        ("1-00:00:01", 86401),
        ("UNLIMITED", None),
        ("NOT_SET", None),
        ("", None),
    ],
)
def test_what_squeue_says_is_left(text, seconds):
    assert seconds_of(text) == seconds


def test_no_limit_outside_a_job(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    wall_time = WallTime.of_job(100)
    wall_time.record(1, 1e9)
    wall_time.begin(1e9)
    assert wall_time.left() is None


@pytest.mark.parametrize("answer, left", [("10:00", 500), ("1:00", 15), ("UNLIMITED", None), ("exit 1", None)])
def test_the_time_of_a_job_is_that_of_squeue_less_the_margin(answer, left, tmp_path, monkeypatch):
    """A margin of 100 s; of a short job it is three quarters."""
    program = tmp_path / "squeue"
    program.write_text(
        f'#!/bin/sh\n[ "$2" = --jobs=17 ] || exit 2\n{"exit 1" if "exit" in answer else "echo " + answer}\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.delenv("SLURM_JOB_END_TIME", raising=False)
    found = WallTime.of_job(100).left()
    assert found is None if left is None else found == pytest.approx(left, abs=1)


def test_no_run_is_started_that_cannot_finish():
    wall_time = WallTime(time.time() + 100)
    wall_time.begin(1000)  # nothing is known of its pace
    wall_time.record(10, 1.0)
    wall_time.record(10, 0.5)  # the slowest counts
    wall_time.begin(500)
    with pytest.raises(OutOfTime, match="s of the job's time are left"):
        wall_time.begin(1000)


def test_a_batch_that_runs_out_of_time_says_what_is_finished():
    lines = []

    def work(key):
        if key == 2:
            raise OutOfTime("nothing left")
        return key

    with pytest.raises(OutOfTime, match=r"with 3 of 5 finished; the next attempt goes on"):
        run_all({1: "one", 2: "two", 3: "three"}, work, 1, lines.append, finished=2)


def test_after_any_failure_nothing_else_is_started_and_the_task_is_named():
    """Not only failures that were foreseen: a full disk, a file that is cut off."""
    begun, lines = [], []

    def work(key):
        begun.append(key)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        run_all({key: f"KAM replica {key}" for key in range(5)}, work, 1, lines.append)
    assert begun == [0] and lines == ["KAM replica 0 failed: OSError: [Errno 28] No space left on device"]


def test_segments_cover_a_run_once():
    assert segments(10, 4) == [(0, 4), (4, 8), (8, 10)]
    assert segments(8, 4) == [(0, 4), (4, 8)]
    assert segments(3, 100) == [(0, 3)]


def test_cooling_in_segments_agrees_with_a_single_run(small, tmp_path):
    """Not its bits (after a restart sums run in another order), but schedule, energies and temperatures."""
    chained = cool_replica(small, PROTOCOL, replica_seeds(1, small, 0), tmp_path / "chained", Lammps())
    whole = cool_replica(
        small, replace(PROTOCOL, segment_time=1e3), replica_seeds(1, small, 0), tmp_path / "whole", Lammps()
    )
    assert len(PROTOCOL.segments()) == 7
    assert (chained.step == whole.step).all() and len(np.unique(chained.step)) == len(chained.step)
    assert chained.position.shape == whole.position.shape == (4, 400, 2)
    # the hot liquid forgets how it was made within a time of order one; thermal averages agree
    np.testing.assert_allclose(chained.kinetic_energy, whole.kinetic_energy, rtol=0.25, atol=0.02)
    np.testing.assert_allclose(chained.potential_energy, whole.potential_energy, rtol=0, atol=0.35)
    # and no jump where a segment ends: as smooth as in one piece
    assert np.abs(np.diff(chained.potential_energy)).max() < 1.5 * np.abs(np.diff(whole.potential_energy)).max()


def test_cooling_over_several_jobs_gives_the_same_result(small, tmp_path):
    """Jobs of one segment each: every attempt resumes, and the result is bitwise identical to that of one job."""

    class OfOneSegment(WallTime):
        """LAMMPS is stopped in the second."""

        begun = 0

        def begin(self, work: float) -> None:
            self.begun += 1

        def left(self) -> float | None:
            return None if self.begun == 1 else 1e-3

    def cool(folder: str, wall_time: WallTime) -> Replica:
        (replica,) = cool_batch(
            small, PROTOCOL, 5, [0], tmp_path / folder, Lammps(wall_time=wall_time), 1, lines.append
        )
        return replica

    lines, last = [], len(PROTOCOL.segments()) - 1
    for _ in range(last):
        with pytest.raises(OutOfTime, match="0 of 1 finished"):
            cool("many", OfOneSegment())
    assert same(cool("many", OfOneSegment()), cool("one", WallTime()))
    assert f"{last} of {last + 1} segments already finished" in "\n".join(lines)


def test_lammps_is_stopped_at_the_end_of_the_time(small, tmp_path):
    long = replace(PROTOCOL, cooling_rate=1e-4, segment_time=1e6)
    with pytest.raises(OutOfTime, match="0 of 2 finished"):  # it would take hours
        cool_batch(small, long, 5, [0, 1], tmp_path, Lammps(wall_time=WallTime(time.time() + 2)), 2)
