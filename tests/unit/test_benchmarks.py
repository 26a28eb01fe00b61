"""The benchmarks run and print their tables; bounds are loose, for a busy machine."""

import os
import re
import subprocess
import sys

from repository import REPOSITORY

STAGES = ("density field", "Grad-CAM and inverse", "Voronoi volumes and neighbours", "Tong-Tanaka", "coarse-graining")


def printed(name: str, *arguments: str) -> str:
    line = [sys.executable, REPOSITORY / f"benchmarks/{name}.py", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_analysis_prints_every_stage_and_adds_little_to_freud():
    table = printed("analysis", "--sizes", "2000", "--systems", "KAM")
    for stage in (*STAGES, "cages", "propensity analysis"):
        row = re.search(rf"^ +{stage}[^\n]*? +(\d+\.\d+) +(\d+\.\d+) +(yes|no)", table, re.M)
        assert row, f"{stage} is not in\n{table}"
        # a loop over particles or over all pairs would take far longer
        assert float(row[1]) < 10 * float(row[2])
    ratio = re.search(r"Voronoi / freud: (\d+\.\d+) at N = 2000", table)
    assert 0.5 < float(ratio[1]) <= 1.5


def test_dag_prints_jobs_and_cost():
    table = printed("dag", "--replicas", "100")
    replicas, batches, jobs, *costs = re.findall(r"[\d.]+", table.splitlines()[1])
    assert (int(replicas), int(batches)) == (100, 4)
    # at least a job for each batch, table and figure
    assert int(jobs) > 4 + 10 + 15
    assert len(costs) == 9 and all(float(cost) > 0 for cost in costs)


def test_training_prints_every_way_with_its_ratio():
    """A few steps of a small network: the columns belong together, and the plain loop is the measure."""
    table = printed("training", "--quick", "--device", "cpu")
    peak = float(re.search(r"float32 matrices: (\d+) GFLOP/s", table)[1])
    rows = re.findall(r"^4-6 +12 +5 +(\w+) +(\d+) +(\d+) +(\d+\.\d+) +(\d+) min +(\d+\.\d+)$", table, re.M)
    assert [row[0] for row in rows] == ["plain", "float32", "bfloat16"], table
    step = {row[0]: float(row[1]) for row in rows}
    assert float(rows[0][5]) == 1.0
    # multiplications and additions of 4 and 6 maps with kernels of 5 x 5, and of the dense layers
    forward = 2 * 144 * (25 * (4 + 24) + 6 * 16) + 2 * 32
    work = 5 * (3 * forward - 2 * 144 * 100)
    for way, _, samples, share, minutes, ratio in rows:
        assert abs(float(samples) - 5e6 / step[way]) < 0.01 * float(samples)
        assert abs(float(share) - work / (1e3 * step[way] * peak)) < 0.006
        assert abs(float(minutes) - step[way] * 1e-6 * 1600 * 250 / 60) < 1
        assert abs(float(ratio) - step["plain"] / step[way]) < 0.02
