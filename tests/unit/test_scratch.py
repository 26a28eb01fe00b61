"""What survives a killed job: parts, and results of jobs that outlived Snakemake; never those of other code."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from faults import wait_for

from glassmap.errors import GlassmapError
from glassmap.io.datasets import write_dataset
from glassmap.simulation.checkpoints import (
    forget_results,
    keep_result,
    read_checkpoint,
    recover_result,
    scratch_of_code,
    write_checkpoint,
)
from glassmap.workflow.code_dependencies import code_fingerprint


@pytest.fixture
def result(tmp_path, rng):
    path = tmp_path / "batch-0.nc"
    write_dataset(xr.Dataset({"position": (("particle", "axis"), rng.random((400, 2)))}), path, {})
    return path


def test_checkpoints_belong_to_one_code_version(tmp_path):
    """An edited module makes another folder, and what the old one made is gone."""
    code = tmp_path / "cooling.py"
    code.write_text("a = 1\n")
    first = scratch_of_code(tmp_path / "scratch", code_fingerprint(code))
    write_checkpoint(first / "replica-0.npz", "mark", {"position": np.arange(3)})
    code = tmp_path / "reworded.py"
    code.write_text('"""In other words."""\n\na = 1  # why\n')
    assert scratch_of_code(tmp_path / "scratch", code_fingerprint(code)) == first and (first / "replica-0.npz").exists()
    code = tmp_path / "changed.py"
    code.write_text("a = 2\n")
    second = scratch_of_code(tmp_path / "scratch", code_fingerprint(code))
    assert second != first and not first.exists() and list(second.iterdir()) == []


def test_a_checkpoint_with_another_fingerprint_or_damaged_is_none(tmp_path):
    path = tmp_path / "replica-0.npz"
    write_checkpoint(path, "mark", {"position": np.arange(3)})
    assert read_checkpoint(path, "mark")["position"].tolist() == [0, 1, 2]
    assert read_checkpoint(path, "other") is None
    path.write_bytes(path.read_bytes()[:100])
    assert read_checkpoint(path, "mark") is None


def test_a_checkpoint_that_cannot_be_written_is_reported(tmp_path):
    with pytest.raises(GlassmapError, match=r"replica-0\.part: No such file or directory"):
        write_checkpoint(tmp_path / "nowhere/replica-0.npz", "mark", {})


def test_a_result_deleted_by_snakemake_is_restored(tmp_path, result):
    """The same file, without a copy: Snakemake takes its name away, the scratch folder keeps another."""
    scratch = tmp_path / "scratch"
    (scratch / "replica-1").mkdir(parents=True)
    write_checkpoint(scratch / "replica-0.npz", "mark", {})
    inode = result.stat().st_ino
    keep_result(scratch, "mark", result)
    assert [path.name for path in scratch.iterdir()] == ["result-mark.nc"]
    result.unlink()
    assert not recover_result(scratch, "another mark", result)
    assert recover_result(scratch, "mark", result) and result.stat().st_ino == inode
    assert recover_result(scratch, "mark", result)  # also over one that is there


def test_links_to_results_are_removed_once_snakemake_has_finished(tmp_path, result):
    """But not a link to a result that is gone, nor checkpoints of an unfinished batch."""
    scratch = tmp_path / "scratch"
    for name in ("batch-0/code", "batch-1/code", "batch-2/code"):
        (scratch / "KAM/cooling" / name).mkdir(parents=True)
    keep_result(scratch / "KAM/cooling/batch-0/code", "mark", result)
    lost = tmp_path / "batch-1.nc"
    lost.write_bytes(result.read_bytes())
    keep_result(scratch / "KAM/cooling/batch-1/code", "mark", lost)
    lost.unlink()
    write_checkpoint(scratch / "KAM/cooling/batch-2/code/replica-0.npz", "mark", {})
    forget_results(scratch)
    left = sorted(str(path.relative_to(scratch / "KAM/cooling")) for path in scratch.rglob("*") if path.is_file())
    assert left == ["batch-1/code/result-mark.nc", "batch-2/code/replica-0.npz"] and result.exists()
    assert not (scratch / "KAM/cooling/batch-0").exists()


@pytest.mark.parametrize("damage", ["truncated", "corrupt"])
def test_a_damaged_result_is_not_restored(tmp_path, result, damage):
    """Damage hits both names, as they are one file."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    keep_result(scratch, "mark", result)
    content = bytearray(result.read_bytes())
    if damage == "truncated":
        content = content[: len(content) // 2]
    else:
        content[-5_000:-1_000] = bytes(4_000)
    result.write_bytes(content)
    result.unlink()
    assert not recover_result(scratch, "mark", result) and not result.exists()


def test_a_job_waits_for_another_that_is_at_work_on_the_same(tmp_path):
    """Also when Snakemake has removed the log of the first."""
    log, end = tmp_path / "logs/cool/KAM-0.log", tmp_path / "end"
    script = (
        "import pathlib, sys, time\nfrom glassmap.workflow.logging import job\n"
        "with job(sys.argv[1], 'cool') as report:\n    report(sys.argv[2] + ' begins')\n"
        "    while not pathlib.Path(sys.argv[3]).exists():\n        time.sleep(0.01)\n"
        "    report(sys.argv[2] + ' ends')\n"
    )

    def begin(name: str, says: str) -> subprocess.Popen:
        running = subprocess.Popen([sys.executable, "-c", script, str(log), name, str(end)])
        wait_for(lambda: log.exists() and says in log.read_text(), says)
        return running

    first = begin("first", "first begins")
    log.unlink()
    waiting = "waiting for another job that is still working on the same output"
    second = begin("second", waiting)
    end.touch()
    assert first.wait() == second.wait() == 0
    said = [line.split(maxsplit=2)[2] for line in log.with_suffix(".attempts").read_text().splitlines()]
    said = [line for line in said if not line.startswith(("host", "ended"))]
    assert said == ["first begins", waiting, "first ends", "second begins", "second ends"]
