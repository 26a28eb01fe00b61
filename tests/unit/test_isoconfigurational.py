"""Runs of an isoconfigurational ensemble by the real LAMMPS: frames, crossings, continuing after a kill."""

import os
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from glassmap.box import Box
from glassmap.errors import GlassmapError, ProgramError
from glassmap.simulation.cooling import cool_replica
from glassmap.simulation.cooling_protocol import CoolingProtocol
from glassmap.simulation.isoconfigurational import Ensemble, isoconfigurational_run, run_batch
from glassmap.simulation.lammps import Lammps
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.system import System

COOLING = CoolingProtocol(4.0, 1.0, 0.5, (), 0.005, 0.1, (), 20, 1000.0, (("liquid", 1.2), ("glass", 0.05)))
PROTOCOL = PropensityProtocol(
    run_time=30.0, time_step=0.005, thermostat_damping=0.5, frames=14, first_frame=0.005, extra_times=(16.0,),
    segment_time=8.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def ensemble(config, tmp_path_factory) -> Ensemble:
    """A small, quickly cooled ABM glass at its top temperature."""
    block = {**config["systems"]["ABM"], "particles": {"A": 150, "B": 150}}
    system = System.from_config("ABM", block)
    glass = cool_replica(system, COOLING, (1, 2, 3), tmp_path_factory.mktemp("cool"), Lammps()).position[-1]
    return Ensemble(system, 4, glass, 1.5, PROTOCOL, 11)


@pytest.fixture(scope="module")
def undisturbed(ensemble, tmp_path_factory):
    return isoconfigurational_run(ensemble, 0, tmp_path_factory.mktemp("run"), Lammps())


def test_runs_start_from_the_glass_at_the_right_temperature(ensemble, undisturbed):
    assert undisturbed.position.shape == (len(PROTOCOL.frame_steps()), 300, 2)
    first = np.hypot(*(undisturbed.position[0] - ensemble.position).T)
    # in its first step a particle flies freely: sqrt(2 T) t in the root mean square
    assert np.sqrt((first**2).mean()) == pytest.approx(np.sqrt(2 * 1.5) * 0.005, rel=0.02)
    late = PROTOCOL.frame_times() > 15
    assert undisturbed.kinetic_temperature[late].mean() == pytest.approx(1.5, abs=0.2)


def test_coordinates_are_unwrapped_across_the_boundary(ensemble, tmp_path):
    """Frames so close that no particle moves half a box: steps of unwrapped and of wrapped coordinates agree."""
    times = tuple(np.arange(0.5, 30, 0.5).tolist())
    dense = replace(ensemble, protocol=replace(PROTOCOL, extra_times=times))
    position = isoconfigurational_run(dense, 0, tmp_path, Lammps()).position
    box_length = ensemble.system.box_length
    track = np.concatenate([ensemble.position[None], position])
    steps = np.diff(track, axis=0)
    np.testing.assert_allclose(
        steps, Box.cube(box_length, 2).minimum_image(np.diff(np.mod(track, box_length), axis=0)), atol=1e-9
    )
    assert np.abs(steps).max() < box_length / 2
    crossed = (track[-1] < 0) | (track[-1] >= box_length)
    assert crossed.any()


def test_runs_differ_only_in_velocities_and_are_bitwise_reproducible(ensemble, undisturbed, tmp_path):
    again, other = run_batch(ensemble, [0, 1], tmp_path, Lammps(), workers=2)
    assert (again.position == undisturbed.position).all()
    assert not (other.position == undisturbed.position).any()
    assert ensemble.seed(0) != ensemble.seed(1) != replace(ensemble, temperature=1.4).seed(1)


def test_a_killed_run_resumes_with_bitwise_identical_frames(ensemble, undisturbed, tmp_path):
    """kill -9 of lmp in the third of four segments; the first two are not computed again."""
    killed = []

    def kill_in_third_segment():
        while not killed:
            if (tmp_path / "run-0/segment-1.npz").exists():
                for process in psutil.process_iter(["name"]):
                    try:
                        if process.info["name"] == "lmp" and process.cwd().startswith(str(tmp_path)):
                            os.kill(process.pid, signal.SIGKILL)
                            killed.append(process.pid)
                    except (psutil.Error, ProcessLookupError):
                        continue
            time.sleep(0.01)

    killer = threading.Thread(target=kill_in_third_segment)
    killer.start()
    with pytest.raises(ProgramError, match=r"ABM configuration 4, T = 1.5, run 0 failed: lmp ended with status -9"):
        run_batch(ensemble, [0], tmp_path, Lammps(), workers=1)
    killer.join()
    lines = []
    (resumed,) = run_batch(ensemble, [0], tmp_path, Lammps(), 1, lines.append)
    finished = int(lines[0].split(": ")[1].split()[0])
    assert finished >= 2 and lines[0].endswith(f"{finished} of 4 segments already finished")
    assert (resumed.position == undisturbed.position).all()
    assert (resumed.kinetic_temperature == undisturbed.kinetic_temperature).all()


@pytest.mark.parametrize("damage", ["restart", "frames", "both restarts", "another study"])
def test_damaged_checkpoints_are_recomputed(ensemble, undisturbed, tmp_path, damage):
    folder = tmp_path / "run"
    isoconfigurational_run(ensemble, 0, folder, Lammps())
    (folder / "segment-3.npz").unlink()
    restarts = sorted(folder.glob("*.restart"))
    assert [path.name for path in restarts] == ["segment-1.restart", "segment-2.restart"]
    expected = {"restart": 2, "frames": 2, "both restarts": 0, "another study": 0}[damage]
    if damage == "frames":
        path = folder / "segment-2.npz"
        path.write_bytes(path.read_bytes()[:-50])
    elif damage == "another study":
        ensemble = replace(ensemble, base_seed=12)
    else:
        for path in restarts[-1:] if damage == "restart" else restarts:
            path.write_bytes(path.read_bytes()[:-50])
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.npz")}
    result = isoconfigurational_run(ensemble, 0, folder, Lammps())
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.npz")}
    kept = {name for name in before if after[name] == before[name]}
    assert kept == {f"segment-{number}.npz" for number in range(expected)}
    assert (result.position == undisturbed.position).all() == (damage != "another study")


def test_a_failing_run_is_named_with_its_seed_and_file(ensemble, tmp_path):
    broken = replace(ensemble, position=np.zeros_like(ensemble.position))
    with pytest.raises(ProgramError) as failure:
        run_batch(broken, [3], tmp_path, Lammps(), workers=1)
    said = str(failure.value)
    assert "ABM configuration 4, T = 1.5, run 3 failed" in said and f"seed {broken.seed(3)}" in said
    assert str(tmp_path / "run-3/work") in said


def test_a_wrong_temperature_is_refused(ensemble, tmp_path):
    class Hot(Lammps):
        def run(self, commands, *others):
            return super().run(commands.replace("temp 1.5 1.5", "temp 3.0 3.0"), *others)

    short = replace(ensemble, protocol=replace(PROTOCOL, segment_time=100.0))
    with pytest.raises(GlassmapError, match=r"the temperature at step \d+ is [2-4]\.\S+, must be 1.5 within 0.52"):
        isoconfigurational_run(short, 0, tmp_path, Hot())
