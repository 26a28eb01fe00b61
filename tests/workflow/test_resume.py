"""Killed jobs and a killed Snakemake: nothing finished is lost, and the tables come out the same, byte for byte."""

import os
import shutil
import signal
import subprocess
import time

import psutil
from study import Study


def start(study: Study) -> subprocess.Popen:
    with open(study.folder / "run.log", "w") as log:
        return subprocess.Popen(
            study.command("--cores", "2"),
            cwd=study.folder,
            env=study.environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_for(condition, what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def processes_in(study: Study, name: str) -> list[psutil.Process]:
    """Running programs of a name whose working directory lies in the study."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == name and process.cwd().startswith(str(study.folder)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def kill_one(study: Study, name: str) -> bool:
    """kill -9 of one running program; false if there is none, or it ended just before."""
    for process in processes_in(study, name):
        try:
            process.kill()
            return True
        except psutil.NoSuchProcess:
            continue
    return False


def test_killed_jobs_resume_and_tables_are_those_of_an_undisturbed_run(smoke, tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    scratch = study.folder / "results/smoke/scratch"

    # kill -9 of one LAMMPS run: the replica is named, what was finished is kept
    running = start(study)
    wait_for(lambda: len(list(scratch.rglob("*.npz"))) >= 3 and kill_one(study, "lmp"), "replicas")
    # then kill -9 of Snakemake and its jobs in the middle of another batch
    wait_for(lambda: "failed: lmp ended with status -9" in (study.folder / "run.log").read_text(), "the report")
    assert "replica" in (study.folder / "run.log").read_text()
    wait_for(lambda: processes_in(study, "lmp"), "further replicas")
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    wait_for(lambda: not processes_in(study, "lmp"), "no lmp left behind", 10)
    finished = {f"{path.parts[-4]} {path.stem.replace('-', ' ')}" for path in scratch.rglob("*.npz")}
    assert len(finished) >= 3
    logs = study.folder / "results/smoke/logs"
    shutil.rmtree(logs / "cool")

    # kill -9 in the middle of a training
    study.run("--unlock")
    running = start(study)
    wait_for(lambda: any("epoch 20/" in path.read_text() for path in (logs / "classifier").glob("*.log")), "training")
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()

    study.run("--unlock")
    study.run("--cores", "2")
    assert study.planned() == {}
    assert study.tables() == smoke.tables()
    assert len(smoke.tables()) == 12

    # what was finished at the first kill was not computed again
    log = "".join(path.read_text() for path in (logs / "cool").glob("*.log"))
    assert "replicas were finished before" in log
    computed = {line.split(": done")[0].split(maxsplit=2)[2] for line in log.splitlines() if ": done" in line}
    assert len(computed) > 20 and not computed & finished


def test_killed_propensity_runs_go_on_and_nothing_finished_is_run_again(finished, smoke):
    """kill -9 of Snakemake with its jobs between two restart files of the runs."""
    results = finished.folder / "results/smoke"
    for path in (results / "KAM/propensity").rglob("*.nc"):
        path.unlink()
    shutil.rmtree(results / "logs/propensity_runs")
    scratch = results / "scratch/KAM/propensity"
    running = start(finished)
    wait_for(lambda: list(scratch.rglob("segment-1.npz")), "segments")
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    wait_for(lambda: not processes_in(finished, "lmp"), "no lmp left behind", 10)
    kept = {path: path.stat().st_mtime_ns for path in scratch.rglob("segment-*.npz")}
    assert kept, "the runs were over before they could be killed"

    finished.run("--unlock")
    finished.run("--cores", "2")
    assert finished.planned() == {}
    assert finished.tables() == smoke.tables()
    log = "".join(path.read_text() for path in (results / "logs/propensity_runs").glob("*.log"))
    said = [line for line in log.splitlines() if "segments were finished before" in line]
    assert sum(int(line.split(": ")[1].split()[0]) for line in said) == len(kept)
