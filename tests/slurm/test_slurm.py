"""The smoke study through the profile on a real SLURM, with every fault that a cluster has in store."""

import json
import time
from collections import Counter

import psutil
import pytest
from cluster import Cluster
from faults import TABLE, finished_runs, said, scripts, start, wait_for
from study import Study

# the smoke study has 20 replicas in each of four batches of the cooling
BATCHES, REPLICAS = 4, 80
# jobs of a minute at most; on a fast machine those of the cooling may have ended when one is to hang
MOLECULAR_DYNAMICS = ("cool", "propensity_runs", "inherent_structures")
YOUNG = 1.5  # s; each takes longer
PROFILE = ("--profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks", "3", "--latency-wait", "10")


class Submitted(Study):
    """A study on a cluster."""

    cluster: Cluster

    def environment(self) -> dict[str, str]:
        return {**self.cluster.environment(), "PYTHONPATH": ""}

    def job_of(self, rule: str, state: str = "RUNNING", but: tuple = ()) -> tuple[str, str] | None:
        """Number and node of a job of a rule in the queue."""
        for number, found, node, comment in self.cluster.jobs():
            if found == state and f"rule_{rule}_" in f"{comment}_" and number not in but:
                return number, node
        return None

    def hang(self, rules: tuple[str, ...], but: tuple) -> str:
        """Stop the script of a job that has just begun, which then does nothing; returns the number of the job."""
        end = time.monotonic() + 240
        while time.monotonic() < end:
            for process in (process for rule in rules for process in scripts(self, rule)):
                try:
                    number = process.environ().get("SLURM_JOB_ID")
                    # one that is about to end would never reach its time limit
                    if number and number not in but and time.time() - process.create_time() < YOUNG:
                        process.suspend()
                        return number
                except psutil.Error:
                    continue  # it ended just now
        raise AssertionError(f"waited in vain for a job of {', '.join(rules)}")

    def state(self, number: str) -> str:
        """Of a job, in the accounts of the cluster."""
        return self.cluster.call(
            "sacct", "-X", "--noheader", "--parsable2", "--format=State", f"--jobs={number}"
        ).strip()


@pytest.fixture(scope="module")
def submitted(cluster, tmp_path_factory):
    """The smoke study on the cluster: jobs of a minute at most, so that the cooling needs several."""
    study = Submitted.new(tmp_path_factory.mktemp("submitted") / "study", "config/smoke.yaml")
    study.cluster = cluster
    # an estimate of the pace that is far too high gives many attempts
    study.configure(classifier={"device": "cpu"}, cluster={"job_time": 1, "margin": 30.0, "cores": 2, "pace": 2e-6})
    return study


def test_a_study_through_the_profile_and_every_fault_of_a_cluster(smoke, submitted):
    cluster, logs = submitted.cluster, submitted.folder / "results/smoke/logs/cool"
    running = start(submitted, *PROFILE)
    try:
        # Snakemake is killed on the login node. Its jobs go on; they have a minute and keep half of it, so that four at
        # a time do not finish their batches
        wait_for(lambda: len(finished_runs(submitted, "cool")) >= 2, "replicas")
        running.kill()
        running.wait()
        wait_for(lambda: not cluster.jobs(), "the end of the jobs")
        assert any("ended before its wall time with" in path.read_text() for path in logs.glob("*.attempts"))
        TABLE.append(
            ("kill -9 of Snakemake", "cool, jobs on nodes", "0", "jobs go on; the next ones take what they made")
        )
        TABLE.append(("wall time shorter than a batch", "cool, every job", "0", "ends itself, goes on in the next"))
        for lock in (submitted.folder / ".snakemake/locks").iterdir():  # as --unlock does
            lock.unlink()
        running = start(submitted, *PROFILE)

        # scancel of a job in the middle of its replicas
        wait_for(lambda: scripts(submitted, "cool") and submitted.job_of("cool"), "a running job")
        cancelled, _ = submitted.job_of("cool")
        cluster.call("scancel", cancelled)
        TABLE.append(("scancel", "cool", "at most 2", "tried again, goes on"))

        # a node goes down in the middle of a job
        wait_for(lambda: submitted.job_of("cool", but=(cancelled,)), "another job of the cooling")
        lost, node = submitted.job_of("cool", but=(cancelled,))
        cluster.fail_node(node)
        wait_for(lambda: (lost, node) != submitted.job_of("cool", but=(cancelled,)), "the end of the job")
        cluster.resume_node(node)
        TABLE.append(("node down", "cool", "at most 4", "SLURM puts the job back into the queue"))

        # a job that hangs is ended by SLURM at its time limit
        number = submitted.hang(MOLECULAR_DYNAMICS, but=(cancelled,))
        wait_for(lambda: submitted.state(number).startswith("TIMEOUT"), "the time limit", 240)
        TABLE.append(("job over its time limit", "hanging", "at most 2", "tried again, goes on"))

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

    assert submitted.planned() == {}
    assert submitted.tables() == smoke.tables() and len(smoke.tables()) == 12
    cost = json.loads((submitted.folder / "results/smoke/provenance.json").read_text())["rules"]["cool"]
    assert set(cost["hosts"]) <= {"n1", "n2"} and sum(cost["hosts"].values()) == BATCHES
    assert len(cost["slurm_jobs"]) == BATCHES and cost["earlier_core_hours"] > 0
    # every replica was finished once
    times = Counter(finished_runs(submitted, "cool"))
    assert len(times) == REPLICAS and set(times.values()) == {1}
