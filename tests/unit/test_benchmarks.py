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
