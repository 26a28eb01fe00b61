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


def test_descriptors_and_training_of_the_second_paper():
    table = printed("glassmlp", "--particles", "400", "1600")
    rows = re.findall(r"^ +(\d+) +(\d+\.\d+) +(\d+\.\d+) +(\d+\.\d+) +(\d+\.\d+)$", table, re.M)
    assert [int(row[0]) for row in rows] == [400, 1600], table
    assert all(float(row[4]) < 5 for row in rows)
    plain, full = (
        float(re.search(rf"^{name} +(\d+\.\d+)$", table, re.M)[1]) for name in ("absolute error", "full loss")
    )
    assert plain > 0 and full > 0  # which is faster, other programs decide


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


def test_liquids_cooled_at_two_rates_are_compared(tmp_path):
    """Two replicas for real, at another rate than the shipped ones: both are read and every quantity is compared."""
    printed("cool_liquids", "ABM", "2", tmp_path / "liquids.nc", "0.2", "1.5:0.1")
    shipped = str(REPOSITORY / "resources/reference/fast/ABM/batch-0.nc")
    table = printed("liquids", "ABM", shipped, shipped)
    assert "20 and 20 replicas" in table and table.count("difference +0.0 standard errors") == 4
    mixed = re.search(r"composition over the box +(\d\.\d+) ± (\d\.\d+)", table)
    assert abs(float(mixed[1]) - 1) < 4 * float(mixed[2])  # the ABM is nearly an ideal mixture
    compared = subprocess.run(
        [sys.executable, REPOSITORY / "benchmarks/liquids.py", "ABM", shipped, tmp_path / "liquids.nc"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}, check=False,
    )  # fmt: skip
    assert "20 and 2 replicas" in compared.stdout and compared.returncode in (0, 1), compared.stderr


def test_a_long_step_makes_a_liquid_warmer():
    """Of two liquids, for real: twice the step shifts the energy four times as far."""
    arguments = (
        "--states",
        "ABM:1.5",
        "--steps",
        "0.005",
        "0.01",
        "--settling",
        "5",
        "--time",
        "10",
        "--replicas",
        "2",
    )
    rows = re.findall(
        r"^ABM +1\.5 +(0\.\d+) +(\d\.\d+) +(-?\d+\.\d+) \+- \d+\.\d+$", printed("time_step", *arguments), re.M
    )
    (step, energy, warmer), (longer, above, shifted) = (map(float, row) for row in rows)
    assert (step, longer) == (0.005, 0.01) and 0.9 < energy < above < 1.6
    assert abs(shifted - 4 * warmer) < 0.05
