"""Runs of an isoconfigurational ensemble that come from users' files."""

from dataclasses import replace

import numpy as np
import pytest
import three_dimensional
from ka2d import BLOCK, REAL_FILES

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
    samples = zip(samples_of_system(system, files, OPTIONS), strict=True)
    return runs_of_samples(samples, system, array, times, configurations, OPTIONS["length_unit"])


@pytest.fixture
def by_time(files, tmp_path) -> list[list[str]]:
    """The same as GlassBench has it: a file for each structure and time, the runs first."""
    found = []
    for index in range(len(TIMES)):
        (tmp_path / f"tc{index}").mkdir()
        found.append([])
        for number, file in enumerate(files):
            arrays = dict(np.load(file))
            found[-1].append(str(tmp_path / f"tc{index}/structure{number}.npz"))
            np.savez(found[-1][-1], **{**arrays, "positions": arrays["positions"][index]})
    return found


def read_by_time(system, by_time, times=TIMES):
    configurations = configurations_of(samples_of_system(system, by_time[-1], OPTIONS), SPLIT)
    samples = zip(*(samples_of_system(system, files, OPTIONS) for files in by_time), strict=True)
    return runs_of_samples(samples, system, "positions", times, configurations, OPTIONS["length_unit"])


def test_a_file_for_every_time_gives_the_same_runs(system, files, by_time):
    found, expected = read_by_time(system, by_time), read(system, files)
    for name in ("position", "initial_position", "split", "time"):
        np.testing.assert_array_equal(found[name], expected[name])


def test_files_of_different_structures_are_no_times_of_one(system, by_time):
    by_time[0][2:4] = by_time[0][3:1:-1]
    with pytest.raises(GlassmapError, match=r"tc0/structure3.npz, frame 0: another structure than .*structure2"):
        read_by_time(system, by_time)
    by_time[0][2:4] = by_time[0][3:1:-1]
    arrays = dict(np.load(by_time[1][4]))
    np.savez(by_time[1][4], **{**arrays, "positions": arrays["positions"][:-1]})
    with pytest.raises(
        GlassmapError, match=r"tc1/structure4.npz, frame 0: array 'positions': got \(3, N, 3\), \(4, N, 3\) in"
    ):
        read_by_time(system, by_time)


@pytest.mark.skipif(not REAL_FILES.is_dir(), reason="real files of others are not here")
def test_times_of_a_real_structure():
    """Structure 151 of GlassBench at T = 0.23, against displacements computed from the files alone."""
    codes, times = ("05", "25", "35", "40"), [0.1, 1288.41, 142587.0, 1.5e6]
    files = [str(REAL_FILES / f"glassbench/N1290T0.23_151_tc{code}_excerpt.npz") for code in codes]
    mixture = System.from_config("KA2D", {**BLOCK, "density": 1.19206035})  # their box is 32.8962 wide
    options = {"frames": "last", "length_unit": 1.0, "replica": "file"}
    samples = [next(samples_of_system(mixture, [file], options)) for file in files]
    three = [replace(samples[0], replica=str(number)) for number in range(3)]  # as splits need
    structure = configurations_of(three, SPLIT).isel(sample=[0])
    runs = runs_of_samples([samples], mixture, "positions", times, structure)
    for index, golden in ((0, (0.0533, 0.0512, 0.0525)), (2, (0.1914, 0.1995, 0.2131)), (3, (0.6260, 0.6991, 0.7161))):
        moved = displacement(runs["initial_position"].values[0], runs["position"].values[0, :, index], mixture.box)
        of_species = [moved.mean(axis=0)[runs["species"] == species].mean() for species in range(3)]
        np.testing.assert_allclose(of_species, golden, atol=6e-5)


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


def test_wrapped_particles_that_stray_from_the_box_have_not_crossed_it(system, files, moved, tmp_path):
    """LAMMPS wraps only when it renews its neighbour lists."""
    strayed = []
    for file in files:
        arrays = dict(np.load(file))
        length, positions = 2 * system.box_length, arrays["positions"]
        outside = (positions < 0.02 * length) & (np.arange(100) % 2 == 0)[:, None]  # of every second particle
        positions = np.where(outside, positions + length, positions)
        strayed.append(str(tmp_path / f"strayed-{len(strayed)}.npz"))
        np.savez(strayed[-1], **{**arrays, "positions": positions})
    assert max(np.ptp(np.load(file)["positions"]) for file in strayed) > 2 * system.box_length
    found, expected = (read(system, paths)["position"].values for paths in (strayed, files))
    np.testing.assert_allclose(found, expected, atol=1e-9)


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
