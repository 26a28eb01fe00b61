"""The tiny study through the profile on a real SLURM, with every fault that a cluster has in store."""

import contextlib
from collections import Counter

import psutil
import pytest
import xarray as xr
from cluster import Cluster
from faults import TABLE, finished_runs, lammps, said, scripts, start, wait_for
from study import REPLICAS, SMOKE, TINY, Study

from glassmap.workflow.provenance import costs, jobs

# a batch for each node; the inherent structures take the first
BATCHES = 2
PROFILE = ("--profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "10")
# computed on nodes: samples, a network, runs and the transition; a job there costs two starts of Snakemake more
TABLES = [f"results/smoke/tables/{name}.csv" for name in ("table2", "glass_transition")]
TARGETS = [*TABLES, "results/smoke/KAM/propensity/T-0.6.nc"]


class Submitted(Study):
    """A study on a cluster."""

    cluster: Cluster

    def environment(self) -> dict[str, str]:
        return {**self.cluster.environment(), "PYTHONPATH": ""}

    def coolings(self) -> dict[int, tuple[str, str]]:
        """Number and node of every running job of the cooling, by its batch."""
        jobs = (job for job in self.cluster.jobs() if job[1] == "RUNNING" and job[3].startswith("rule_cool_"))
        return {int(comment.rsplit("_", 1)[1]): (number, node) for number, _, node, comment in jobs}

    def stop_lammps(self) -> None:
        """Stop all molecular dynamics, which then does nothing."""
        for process in lammps(self):
            with contextlib.suppress(psutil.Error):  # it ended just now
                process.suspend()

    def hang(self, rule: str) -> str:
        """Stop the script of a job as soon as there is one, which then does nothing; number of the job."""

        def stopped() -> str | None:
            for process in scripts(self, rule):
                with contextlib.suppress(psutil.Error):  # it is just being started
                    if number := process.environ().get("SLURM_JOB_ID"):
                        process.suspend()
                        return number
            return None

        return wait_for(stopped, f"a job of {rule}")

    def state(self, number: str) -> str:
        """Of a job, in the accounts of the cluster."""
        return self.cluster.call(
            "sacct", "-X", "--noheader", "--parsable2", "--format=State", f"--jobs={number}"
        ).strip()


@pytest.fixture(scope="module")
def submitted(cluster, tmp_path_factory):
    """The tiny study on the cluster, in more batches, and in jobs of a minute at most."""
    study = Submitted.new(tmp_path_factory.mktemp("submitted") / "study", SMOKE)
    study.cluster = cluster
    study.configure(**TINY)
    # an estimate of the pace that is far too high gives many attempts
    study.configure(
        classifier={"device": "cpu"},
        cooling={"batch_size": REPLICAS // BATCHES},
        cluster={"job_time": 1, "margin": 30.0, "cores": 2, "pace": 2e-5},
    )
    return study


def test_a_study_through_the_profile_and_every_fault_of_a_cluster(tiny, submitted):
    cluster, logs = submitted.cluster, submitted.folder / "results/smoke/logs/cool"
    running = start(submitted, *PROFILE, *TARGETS)
    try:
        # Snakemake is killed on the login node. Its jobs go on; their runs are stopped, so that none finishes its batch
        wait_for(lambda: len(finished_runs(submitted, "cool")) >= 2, "replicas")
        running.kill()
        running.wait()
        wait_for(lambda: submitted.stop_lammps() or not cluster.jobs(), "the end of the jobs")
        assert any("ended before its wall time with" in path.read_text() for path in logs.glob("*.attempts"))
        TABLE.append(
            ("kill -9 of Snakemake", "cool, jobs on nodes", "0", "jobs go on; the next ones take what they made")
        )
        TABLE.append(("wall time shorter than a batch", "cool, every job", "0", "ends itself, goes on in the next"))
        for lock in (submitted.folder / ".snakemake/locks").iterdir():  # as --unlock does
            lock.unlink()
        running = start(submitted, *PROFILE, *TARGETS)

        # a node goes down in the middle of a job, and the job on the other one is cancelled
        found = wait_for(lambda: len(jobs := submitted.coolings()) == BATCHES and jobs, "a job on each node")
        (cancelled, other), (lost, node) = (found[batch] for batch in range(BATCHES))
        assert other != node
        cluster.call("scancel", cancelled)
        TABLE.append(("scancel", "cool", "at most 2", "tried again, goes on"))
        cluster.fail_node(node)
        wait_for(lambda: (lost, node) not in submitted.coolings().values(), "the end of the job")
        cluster.resume_node(node)
        TABLE.append(("node down", "cool", "at most 4", "SLURM puts the job back into the queue"))

        # a job that hangs is ended by SLURM at its time limit; this one needs what the cancelled one is still to make
        hanging = submitted.hang("inherent_structures")
        wait_for(lambda: submitted.state(hanging).startswith("TIMEOUT"), "the time limit")
        TABLE.append(("job over its time limit", "inherent_structures, hanging", "0", "tried again, goes on"))

        assert running.wait() == 0, said(submitted)
    finally:
        if running.poll() is None:
            running.kill()
    states = Counter(
        line.split("|")[0].split()[0]
        for line in cluster.call(
            "sacct", "-X", "--noheader", "--parsable2", "--format=State", "--duplicates"
        ).splitlines()
    )
    assert states["CANCELLED"] >= 1 and states["TIMEOUT"] >= 1 and states["NODE_FAIL"] + states["REQUEUED"] >= 1, states
    assert submitted.planned(*TARGETS) == {}
    # every replica was finished once
    times = Counter(finished_runs(submitted, "cool"))
    assert len(times) == REPLICAS and set(times.values()) == {1}

    # what was made on nodes is what was made here; the record of the study knows where
    for table in TABLES:
        assert (submitted.folder / table).read_bytes() == (tiny.folder / table).read_bytes(), table
    made, here = (xr.load_dataset(study.folder / TARGETS[-1]) for study in (submitted, tiny))
    xr.testing.assert_identical(made.drop_attrs(deep=False), here.drop_attrs(deep=False))
    results = submitted.folder / "results/smoke"
    cost = costs([job for job in jobs(results / "benchmarks", results / "logs") if job.rule == "cool"])
    assert set(cost["hosts"]) <= {"n1", "n2"} and sum(cost["hosts"].values()) == BATCHES
    assert len(cost["slurm_jobs"]) == BATCHES and cost["earlier_core_hours"] > 0
