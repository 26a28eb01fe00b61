"""The check before the first job: a missing style, package, disk space or folder is a line with its remedy."""

import os
import re
import shutil
from pathlib import Path

import pytest

from glassmap.errors import ConfigurationError
from glassmap.potentials import KINDS
from glassmap.simulation.cooling_protocol import Stage
from glassmap.simulation.inherent_structures import minimisation_commands
from glassmap.simulation.isoconfigurational import segment_commands
from glassmap.simulation.lammps import cooling_commands, find_program
from glassmap.system import System
from glassmap.workflow import machine


@pytest.fixture(scope="module")
def help_text() -> str:
    """What the ``lmp`` of the environment prints."""
    program, environment = machine.executable(find_program("lmp"))
    return machine.subprocess.run([program, "-h"], env=environment, capture_output=True, text=True, check=True).stdout


def lmp_that_prints(folder: Path, text: str, status: int = 0) -> str:
    """A program that knows nothing but its help."""
    folder.mkdir(exist_ok=True)
    (folder / "help").write_text(text)
    program = folder / "lmp-other"
    program.write_text(f"#!/bin/sh\ncat '{folder}/help'\nexit {status}\n")
    program.chmod(0o755)
    return str(program)


def with_lmp(config: dict, command: str, arguments: str = "-sf omp -pk omp 1") -> dict:
    return {**config, "lammps": {**config["lammps"], "command": command, "arguments": arguments}}


def test_the_lmp_of_the_environment_has_all_that_the_inputs_use(config, tmp_path):
    machine.check(config, tmp_path / "results")
    lmp = machine.inspect(find_program("lmp"))
    assert "OPENMP" in lmp.packages and "lj/smooth/linear" in lmp.styles["Pair"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_style_of_the_inputs_is_looked_for(config, kind):
    block = {**config["systems"]["KAM"], "potential": kind}
    system, times = System.from_config("KAM", block), {"time_step": 0.005, "thermostat_damping": 1.0}
    inputs = [
        cooling_commands(
            system, temperature_start=1.0, equilibration_steps=10, stages=[Stage(0, 20, 1.0, 0.5)], record_every=5,
            first_step=0, last_step=30, snapshot_steps=[20], seeds=(1, 2, 3), neighbor_skin=0.3, **times,
        ),
        minimisation_commands(system, snapshots=1, force_tolerance=1e-5, neighbor_skin=0.3),
        segment_commands(
            system, temperature=0.5, first_step=0, last_step=10, frame_steps=[10], velocities=1, neighbor_skin=0.3,
            restart=False, **times,
        ),
    ]  # fmt: skip
    named = {
        "Atom": r"atom_style (\S+)", "Pair": r"pair_style (\S+)", "Minimize": r"min_style (\w+)",
        "Fix": r"fix \w+ all (\S+)", "Compute": r"compute \w+ all (\S+)", "Dump": r"write_dump all (\S+)",
    }  # fmt: skip
    found = {heading: set(re.findall(pattern, "\n".join(inputs))) for heading, pattern in named.items()}
    required = machine.required_styles({**config, "systems": {"KAM": block}})
    # LAMMPS minimises by conjugate gradients unless told otherwise
    assert {**found, "Minimize": found["Minimize"] | {"cg"}} == required


@pytest.mark.parametrize(("kind", "style"), [("smoothed", "table"), ("shifted", "lj/cut")])
def test_an_lmp_needs_the_styles_of_the_potentials_alone(config, tmp_path, help_text, kind, style):
    without = re.sub(rf"(?<!\S){style}(?!\S)", " " * len(style), help_text)
    command = lmp_that_prints(tmp_path / "bin", without)
    assert list(machine.lammps_problems(with_lmp(config, command, ""))) == []
    other = {"ABM": config["systems"]["ABM"], "mine": {**config["systems"]["KAM"], "potential": kind}}
    (problem,) = machine.lammps_problems({**with_lmp(config, command, ""), "systems": other})
    assert f"has no pair style {style}" in problem and command in problem


@pytest.mark.parametrize(
    ("lost", "arguments", "expected"),
    [
        ("OPENMP ", "-sf omp -pk omp 1", "has no package OPENMP; leave -sf omp out"),
        ("lj/smooth/linear ", "", "has no pair style lj/smooth/linear (package EXTRA-PAIR"),
        ("enforce2d ", "", "has no fix style enforce2d"),
        ("fire ", "", "has no minimize style fire"),
    ],
)
def test_what_an_lmp_lacks_is_named_with_its_remedy(config, tmp_path, help_text, lost, arguments, expected):
    text = help_text.replace(lost, " " * len(lost))
    assert text != help_text
    command = lmp_that_prints(tmp_path / "bin", text)
    (problem,) = machine.lammps_problems(with_lmp(config, command, arguments))
    assert expected in problem and command in problem and "\n" not in problem
    with pytest.raises(ConfigurationError):
        machine.check(with_lmp(config, command, arguments), tmp_path)


@pytest.mark.parametrize("suffix", ["gpu", "kk", "intel"])
def test_a_suffix_needs_its_package(config, suffix):
    (problem,) = machine.lammps_problems(with_lmp(config, "lmp", f"-sf {suffix}"))
    assert machine.PACKAGE_OF_SUFFIX[suffix] in problem
    assert list(machine.lammps_problems(with_lmp(config, "lmp", "-sf hybrid omp opt"))) == []


def test_an_lmp_that_does_not_run_is_named_with_its_last_line(config, tmp_path):
    command = lmp_that_prints(tmp_path / "bin", "starting\ncannot load libfoo.so\n", status=3)
    (problem,) = machine.lammps_problems(with_lmp(config, command))
    assert problem.endswith("does not run: it ends with status 3: cannot load libfoo.so")


def test_a_study_of_files_without_dynamics_needs_no_lammps(config, tmp_path):
    of_files = with_lmp(config, lmp_that_prints(tmp_path / "bin", "", status=1))
    of_files["samples"] = {**of_files["samples"], "source": "files"}
    with pytest.raises(ConfigurationError, match="does not run"):
        machine.check(of_files, tmp_path)
    of_files["systems"] = {
        name: {**block, "propensity": {"temperatures": []}} for name, block in of_files["systems"].items()
    }
    machine.check({**of_files, "propensity": {**of_files["propensity"], "configurations": []}}, tmp_path)


def test_too_little_disk_space_is_named_with_what_is_there(config, tmp_path, monkeypatch):
    needed = machine.disk_megabytes(config)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, int(0.5e6 * needed)))
    (problem,) = machine.space_problems(config, tmp_path / "results")
    assert f"takes about {needed:.0f} MB more" in problem and f"{0.5 * needed:.0f} MB are free" in problem
    with pytest.raises(ConfigurationError, match="MB are free"):
        machine.check(config, tmp_path / "results")
    # a plan may be for another disk
    assert machine.check(config, tmp_path / "results", dry_run=True) == [problem]
    # what is there already needs no more space
    (tmp_path / "results").mkdir()
    with open(tmp_path / "results" / "kept", "wb") as file:
        file.truncate(int(0.6e6 * needed))
    assert list(machine.space_problems(config, tmp_path / "results")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root meets a folder that nobody may write to by its device")
def test_a_folder_that_cannot_be_written_is_named(config):
    with pytest.raises(ConfigurationError, match=r"/proc.*--directory"):
        machine.check(config, Path("/proc/results"))


def test_a_folder_without_the_right_to_write_is_named(config, tmp_path, monkeypatch):
    monkeypatch.setattr(machine.os, "access", lambda *_: False)
    (problem,) = machine.writing_problems(tmp_path / "results")
    assert f"{tmp_path} is not writable" in problem
