"""Every fault on the way through a study: what is finished stays, and the tables come out the same, byte for byte.

One study of a small glass goes through all of them, stage by stage, and is never begun anew; at its end it is compared
with one that nothing disturbed.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd
import pytest
from faults import (
    TABLE,
    finished_outputs,
    finished_parts,
    finished_runs,
    kill,
    kill_all,
    lammps,
    said,
    scripts,
    start,
    wait_for,
)
from study import REPLICAS, RUNS, SEGMENTS, TINY_TABLES, TINY_TARGETS, Study, tiny_study

STAGES = [
    *("cool", "inherent_structures", "propensity_runs"),
    *("configurations", "propensity", "density", "indicators", "crystals", "classifier", "gradcam", "controls"),
    *("correlations", "lengths", "dynamics", "attributions", "table_s1", "maps"),
]
KILLS = ["job", "Snakemake"]
OF_LAMMPS = ["lmp at once", "lmp after two segments", "lmp after two runs"]
# one after the other along the stages, both where runs are lost
FAULTS = {rule: [KILLS[place % 2]] for place, rule in enumerate(STAGES)}
FAULTS["cool"] = ["full disk", *OF_LAMMPS, *KILLS, "truncated scratch files", "Snakemake alone"]
FAULTS["propensity_runs"] = [*OF_LAMMPS, *KILLS]
FAULTS["inherent_structures"] = ["truncated batch", "lmp at once", *KILLS]
FAULTS["gradcam"] = ["truncated model", *FAULTS["gradcam"]]
FAULTS["classifier"] = [*FAULTS["classifier"], "two Snakemakes"]
WHEN = random.Random(20230109)


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory):
    """The study that every fault hits."""
    study = tiny_study(tmp_path_factory.mktemp("disturbed") / "study")
    study.given_up = Counter()  # finished replicas that a damaged file takes with it
    study.forced = defaultdict(Counter)  # by rule, what a test asks for once more
    yield study
    if os.path.ismount(study.folder / "results"):
        subprocess.run(["umount", study.folder / "results"], check=True)


def seconds_of(study: Study, rule: str) -> float:
    """How long a job of a rule took, the shortest one."""
    files = (study.folder / "results/smoke/benchmarks" / rule).glob("*.tsv")
    return min(pd.read_csv(path, sep="\t")["s"].iloc[-1] for path in files)


def run_until(study: Study, rule: str, *arguments: str) -> subprocess.Popen:
    return start(study, "--cores", "2", "--until", rule, *arguments)


class Kept:
    """What is finished at the moment of a fault, to be the same afterwards."""

    def __init__(self, study: Study):
        self.study, self.parts, self.outputs = study, finished_parts(study), finished_outputs(study)

    def check(self) -> None:
        """Every file is still the same, or was put into its batch since."""
        for before, now in ((self.parts, finished_parts(self.study)), (self.outputs, finished_outputs(self.study))):
            again = [str(path) for path, mark in before.items() if now.get(path, mark) != mark]
            assert not again, f"computed again: {again}"


def lost(study: Study, rule: str) -> str:
    """Replicas that are lost when everything that runs is killed now: a segment of each."""
    running = len(lammps(study))
    return f"{running / SEGMENTS[rule]:.2f}" if running else "0"


def full_disk(study: Study, rule: str) -> tuple[str, str]:
    """A disk that others fill while jobs run: said in plain words, and no result of half a file; goes on with room."""
    results = study.folder / "results"
    results.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", results], capture_output=True).returncode:
        pytest.skip("no right to mount a tmpfs")
    running = run_until(study, rule)
    wait_for(lambda: scripts(study, rule) and lammps(study), "molecular dynamics")
    with contextlib.suppress(OSError), open(results / "ballast", "wb", buffering=0) as ballast:
        while ballast.write(bytes(1 << 16)):
            pass
    assert running.wait() == 1, said(study)
    assert "the disk of results/smoke/logs/cool is full" in said(study), said(study)
    assert "Traceback" not in said(study) and not finished_outputs(study)
    # a study that would not fit is not begun at all
    refused = study.run("--cores", "2", "--until", rule, check=False)
    assert refused.returncode == 1 and "MB are free on the disk of" in refused.stdout + refused.stderr
    (results / "ballast").unlink()
    kept = Kept(study)
    running = run_until(study, rule)
    wait_for(lambda: len(finished_parts(study)) > len(kept.parts) + 1, "further segments")
    kill_all(study, running)
    kept.check()
    return f"{2 / SEGMENTS[rule]:.2f}", "goes on once there is room"


def lmp_killed(study: Study, rule: str, moment: str) -> tuple[str, str]:
    """The run is named with what LAMMPS did; all others that run are finished first."""
    before, count = finished_parts(study).keys(), len(finished_runs(study, rule))
    running = run_until(study, rule)
    if moment == "after two segments":
        wait_for(lambda: len(finished_parts(study).keys() - before) >= 2, "segments")
    elif moment == "after two runs":
        wait_for(lambda: len(finished_runs(study, rule)) >= count + 2, "runs")
    kept = Kept(study)
    wait_for(lambda: running.poll() is not None or any(kill(process) for process in lammps(study)), "a running lmp")
    assert running.wait() == 1, said(study)
    assert "failed: lmp ended with status -9" in said(study) and "Traceback" not in said(study)
    kept.check()
    return f"{1 / SEGMENTS[rule]:.2f}", "named; goes on from its restart file"


def killed(study: Study, rule: str, victim: str, seconds: float) -> tuple[str, str]:
    """kill -9 of a job, or of Snakemake with all its jobs, some time after the job began."""
    for again, after in enumerate((seconds, seconds / 2, seconds / 4, seconds / 8, 0.0)):
        # it ended before the kill: once more, and earlier, in the end as soon as it is there
        if again:
            study.forced[rule].update(set(finished_runs(study, rule)))
        running = run_until(study, rule, *(("--forcerun", rule) if again else ()))
        wait_for(lambda running=running: scripts(study, rule) or running.poll() is not None, f"a job of {rule}")
        victims = scripts(study, rule)
        time.sleep(after)
        if any(process.is_running() for process in victims):
            kept, given_up = Kept(study), lost(study, rule)
            if victim == "Snakemake":
                kill_all(study, running)
                kept.check()
                return given_up, "goes on after --unlock"
            if any(kill(process) for process in victims):
                assert running.wait() == 1, said(study)
                kept.check()
                return given_up, "goes on"
        assert running.wait() == 0, said(study)
    raise AssertionError(f"five jobs of {rule} ended before they could be killed")


def truncated_scratch(study: Study, rule: str) -> tuple[str, str]:
    """A finished replica and the last restart file of another: only these parts are computed again."""
    (scratch,) = (study.folder / "results/smoke/scratch/KAM/cooling/batch-0").iterdir()

    def in_the_middle() -> list[Path]:
        try:
            return [path for path in scratch.glob("replica-*") if len(list(path.glob("segment-*.restart"))) == 2]
        except FileNotFoundError:  # a folder that went away, its replica being finished
            return []

    while not in_the_middle():
        running = run_until(study, rule)
        wait_for(in_the_middle, "a replica in the middle")
        kill_all(study, running)
    unfinished = in_the_middle()
    replica = min(scratch.glob("replica-*.npz"))
    restart = max(unfinished[0].glob("segment-*.restart"), key=lambda path: path.stat().st_mtime_ns)
    segments = len(list(unfinished[0].glob("segment-*.npz")))
    for path in (replica, restart):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    name = f"KAM {replica.stem.replace('-', ' ')}"
    study.given_up[name] += name in finished_runs(study, rule)  # it may have been killed before it said so
    kept, log = Kept(study), study.folder / "results/smoke/logs/cool/KAM-0.attempts"
    expected = f"KAM {unfinished[0].name.replace('-', ' ')}: {segments - 1} of {SEGMENTS[rule]} segments already"
    running = run_until(study, rule)
    wait_for(lambda: expected in log.read_text(), expected)
    kill_all(study, running)
    for path in (replica, unfinished[0] / f"segment-{segments - 1}.npz"):
        kept.parts.pop(path)  # the segment after the sound restart file, perhaps again by now
    kept.check()
    return f"{1 + 1 / SEGMENTS[rule]:.2f}", "found out by their checksums"


def snakemake_alone(study: Study, rule: str) -> tuple[str, str]:
    """Its job lives on, as on the node of a cluster: the next one waits for it and takes what it made."""
    running = run_until(study, rule)
    wait_for(lambda: lammps(study), "molecular dynamics")
    running.kill()
    running.wait()
    for lock in (study.folder / ".snakemake").glob("locks/*"):
        lock.unlink()
    study.run("--cores", "2", "--until", rule)
    log = (study.folder / "results/smoke/logs/cool/KAM-0.attempts").read_text()
    waited = log.index("waiting for another job that is still working on the same output")
    assert "finished before, by a job that outlived Snakemake" in log[waited:], log[waited:]
    return "0", "the next job waits, and takes what it made"


def truncated_result(study: Study, rule: str, file: str, made_by: str) -> tuple[str, str]:
    """A result of another rule is half a file: named, set aside, and made anew by the next run."""
    study.run("--cores", "2", "--until", made_by)
    path = study.folder / "results/smoke" / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    done = study.run("--cores", "2", "--until", rule, check=False)
    text = done.stdout + done.stderr
    assert done.returncode == 1 and f"{file}: " in text and f"set aside as results/smoke/{file}.damaged" in text, text
    assert "Traceback" not in text and not path.exists()
    if made_by == "cool":
        study.given_up.update(f"KAM replica {replica}" for replica in range(REPLICAS))
    return str(REPLICAS) if made_by == "cool" else "0 (one training)", "named, set aside, made anew"


def two_snakemakes(study: Study, rule: str) -> tuple[str, str]:
    """The second one refuses; the first does not notice."""
    running = run_until(study, rule, "--forcerun", rule)
    wait_for(lambda: any((study.folder / ".snakemake").glob("locks/*")), "the lock of the first")
    running.send_signal(signal.SIGSTOP)  # so that it does not end before the second has started
    second = study.run("--cores", "2", "--until", rule, check=False)
    running.send_signal(signal.SIGCONT)
    assert second.returncode == 1 and "cannot be locked" in second.stdout + second.stderr, second.stderr
    assert running.wait() == 0, said(study)
    return "0", "the second refuses"


@pytest.mark.parametrize("rule, fault", [(rule, fault) for rule in STAGES for fault in FAULTS[rule]])
def test_fault(tiny, disturbed, rule, fault):
    """What is finished is not computed again, and the study goes on in the next test."""
    when = rule
    if fault == "full disk":
        outcome = full_disk(disturbed, rule)
    elif fault.startswith("lmp"):
        moment = fault.removeprefix("lmp ")
        outcome, when, fault = lmp_killed(disturbed, rule, moment), f"{rule}, {moment}", "kill -9 of one lmp"
    elif fault == "truncated scratch files":
        outcome = truncated_scratch(disturbed, rule)
    elif fault == "Snakemake alone":
        outcome = snakemake_alone(disturbed, rule)
    elif fault == "truncated batch":
        outcome = truncated_result(disturbed, rule, "KAM/cooling/batch-0.nc", "cool")
    elif fault == "truncated model":
        outcome = truncated_result(disturbed, rule, "KAM/classifier/seed-0/model.pt", "classifier")
    elif fault == "two Snakemakes":
        outcome = two_snakemakes(disturbed, rule)
    else:
        seconds = seconds_of(tiny, rule)
        if rule in SEGMENTS:  # within the first runs, so that some are left for the other faults
            seconds *= 2 / {"cool": REPLICAS, "propensity_runs": RUNS}.get(rule, 8)
        seconds *= WHEN.uniform(0.1, 0.9)
        outcome = killed(disturbed, rule, fault, seconds)
        when, fault = f"{rule}, {seconds:.1f} s after it began", f"kill -9 of {fault}"
    TABLE.append((fault, when, *outcome))


def test_the_tables_are_those_of_an_undisturbed_run(tiny, disturbed):
    disturbed.run(*TINY_TARGETS, "--cores", "2")
    assert disturbed.planned(*TINY_TARGETS) == {}
    assert len(tiny.tables()) == len(TINY_TABLES) and disturbed.tables() == tiny.tables()
    for rule in SEGMENTS:
        times = Counter(finished_runs(disturbed, rule))
        again = times - Counter(set(times))
        assert again == (disturbed.given_up if rule == "cool" else Counter()) + disturbed.forced[rule]
    assert len(set(finished_runs(disturbed, "cool"))) == REPLICAS
