"""Runs of an isoconfigurational ensemble that come from users' files."""

import numpy as np
import pytest
import three_dimensional

from glassmap.dynamics.bond_breaking import displacement
from glassmap.errors import GlassmapError
from glassmap.io.trajectories.runs import runs_of_samples
from glassmap.io.trajectories.samples import configurations_of, samples_of_system
from glassmap.system import System

STRUCTURES, RUNS, TIMES = 6, 4, [10.0, 100.0]
OPTIONS = {"frames": "last", "length_unit": 2.0, "replica": "file"}
SPLIT = {"train": 0.5, "validation": 0.25, "test": 0.25}


@pytest.fixture
def system() -> System:
    return System.from_config("KA", {**three_dimensional.BLOCK, "particles": {"A": 80, "B": 20}})


@pytest.fixture
def moved(rng) -> np.ndarray:
    """Displacements in each structure, run and time, sigma*; the particles as in the files."""
    return rng.normal(0, 0.3, (STRUCTURES, RUNS, len(TIMES), 100, 3))


@pytest.fixture
def files(system, moved, rng, tmp_path) -> list[str]:
    """Two units of length to a sigma*, the B particles first, positions wrapped."""
    types = np.repeat([1, 0], [20, 80])
    paths = []
    for number, of_structure in enumerate(moved):
        initial = rng.uniform(0, system.box_length, (100, 3))
        later = np.mod(initial + of_structure, system.box_length).transpose(1, 0, 2, 3)
        paths.append(str(tmp_path / f"structure{number}.npz"))
        images = initial + system.box_length * rng.integers(-3, 4, (100, 3))
        unwrapped = (images + of_structure).transpose(1, 0, 2, 3)
        arrays = {"initial_positions": initial, "positions": later, "last": later[-1], "unwrapped": unwrapped}
        np.savez(paths[-1], types=types, **{name: 2 * array for name, array in arrays.items()})
    return paths


def read(system, files, array="positions", times=TIMES):
    configurations = configurations_of(samples_of_system(system, files, OPTIONS), SPLIT)
    samples = samples_of_system(system, files, OPTIONS)
    return runs_of_samples(samples, system, array, times, configurations, OPTIONS["length_unit"])


def test_displacements_are_those_of_the_files(system, files, moved):
    """In sigma*, sorted by species, over the edge of the box, with the splits of the structures."""
    runs = read(system, files)
    assert runs["time"].values.tolist() == TIMES and runs.sizes["run"] == RUNS
    assert set(runs["split"].values) == {"train", "validation", "test"}
    order = np.r_[20:100, :20]
    found = runs["position"].values - runs["initial_position"].values[:, None, None]
    np.testing.assert_allclose(found, moved[..., order, :], atol=1e-12)
    lengths = displacement(runs["initial_position"].values[0], runs["position"].values[0, :, 1], system.box)
    np.testing.assert_allclose(lengths, np.linalg.norm(moved[0, :, 1][:, order], axis=-1), atol=1e-12)


def test_one_time_needs_no_axis(system, files):
    np.testing.assert_array_equal(
        read(system, files, "last", TIMES[1:])["position"], read(system, files)["position"][:, :, 1:]
    )


def test_unwrapped_positions_may_go_farther_than_half_the_box(system, files, moved):
    """Whatever image the runs start from."""
    changed = dict(np.load(files[2]))
    changed["unwrapped"][1, 3, 50] += 2 * 0.7 * system.box_length
    np.savez(files[2], **changed)
    moved[2, 3, 1, 50] += 0.7 * system.box_length
    runs = read(system, files, "unwrapped")
    found = runs["position"].values - runs["initial_position"].values[:, None, None]
    np.testing.assert_allclose(found, moved[..., np.r_[20:100, :20], :], atol=1e-12)


def test_what_is_no_ensemble_is_refused(system, files, tmp_path):
    with pytest.raises(GlassmapError, match=r"structure0.npz, frame 0: array 'positions': got \(2, 4, N, 3\), must be"):
        read(system, files, times=[10.0])
    with pytest.raises(GlassmapError, match="no column 'elsewhere'"):
        read(system, files, "elsewhere")
    changed = dict(np.load(files[3]))
    np.savez(files[3], **{**changed, "positions": changed["positions"][:, :2]})
    with pytest.raises(GlassmapError, match=r"structure3.npz, frame 0: array 'positions': 2 runs, 4 in .*structure0"):
        read(system, files)
    far = changed["positions"].copy()
    far[1, 0, 7, 2] = np.mod(changed["initial_positions"][7, 2] + 0.48 * 2 * system.box_length, 2 * system.box_length)
    np.savez(files[3], **{**changed, "positions": far})
    with pytest.raises(GlassmapError, match=r"structure3.npz, frame 0: .* periodic images cannot be told apart"):
        read(system, files)
