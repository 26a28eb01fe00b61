"""Samples that are shipped in files: what is kept, to which precision, and what is refused."""

import numpy as np
import pytest
import xarray as xr
from repository import REPOSITORY

from glassmap.errors import GlassmapError
from glassmap.io.datasets import read_dataset, write_dataset
from glassmap.io.sample_patterns import find_sample_files, match_files
from glassmap.io.samples import (
    PRECISION,
    compact_snapshots,
    cooling_rate,
    energy_problems,
    read_replicas,
    snapshot_problems,
)
from glassmap.io.schema import BATCH, INHERENT_ENERGIES
from glassmap.simulation.cooling import Replica, batch_dataset
from glassmap.simulation.cooling_protocol import CoolingProtocol
from glassmap.system import System

PROTOCOL = CoolingProtocol(
    4.0, 1.0, 0.5, ((1.1, 0.05),), 0.005, 0.1, (3.0, 0.4), 20, 1000.0, (("liquid", 1.2), ("glass", 0.05))
)
LIMITS = [1.2, 0.05]
ATTRIBUTES = {"study": "reference", "system": "KAM"}


def batch(system: System, rng, replicas):
    """A batch as the cooling leaves it, of random particles."""
    temperatures = len(PROTOCOL.temperatures())
    shape = (temperatures, system.number_of_particles, 2)

    def replica():
        place = rng.uniform(0, system.box_length, shape)
        place[0, :3] = [[0.0, np.nextafter(system.box_length, 0)]] * 3
        return Replica(place, rng.uniform(size=temperatures), np.arange(21), *rng.normal(size=(2, 21)), 1.5)

    return batch_dataset(system, PROTOCOL, 1, replicas, [replica() for _ in replicas])


@pytest.fixture
def shipped(system, rng, tmp_path):
    """Files of two batches, and the batches."""
    both = [batch(system, rng, range(3)), batch(system, rng, range(3, 6))]
    for index, one in enumerate(both):
        path = tmp_path / f"batch-{index}.nc"
        write_dataset(compact_snapshots(one, LIMITS), path, ATTRIBUTES, precision={"position": PRECISION})
    return sorted(tmp_path.glob("*.nc")), both


def test_what_is_shipped_is_what_was_cooled(system, shipped):
    """Two temperatures; positions inside the box and within the precision, energies in single precision."""
    paths, both = shipped
    found = read_replicas(paths, BATCH, [4, 1, 2], LIMITS)
    assert found["replica"].values.tolist() == [4, 1, 2]
    assert found["temperature"].values.tolist() == LIMITS
    for replica, source in ((4, both[1]), (1, both[0]), (2, both[0])):
        before = source.sel(replica=replica, temperature=found["temperature"].values)
        after = found.sel(replica=replica)
        moved = after["position"].values - before["position"].values
        assert 0 < np.abs(moved).max() <= PRECISION
        np.testing.assert_allclose(after["potential_energy"], before["potential_energy"], rtol=1e-6)
        np.testing.assert_array_equal(after["seeds"], before["seeds"])
    assert found["position"].values.min() >= 0 and found["position"].values.max() < system.box_length
    np.testing.assert_array_equal(found["species"], system.species)
    assert float(found["box_length"]) == system.box_length


def test_a_sample_takes_less_than_14_kilobytes(system, rng, tmp_path):
    """Beyond what every file has, so that liquids and glasses of 500 replicas stay below 16 MB."""
    sizes = []
    for count in (3, 13):
        small = compact_snapshots(batch(system, rng, range(count)), LIMITS)
        write_dataset(small, tmp_path / "batch.nc", ATTRIBUTES, precision={"position": PRECISION})
        sizes.append((tmp_path / "batch.nc").stat().st_size)
    assert (sizes[1] - sizes[0]) / 20 < 14e3


def test_what_is_missing_is_named(system, shipped):
    paths, _ = shipped
    with pytest.raises(GlassmapError, match=r"batch-0\.nc and 1 more: replicas 6, 7 are missing"):
        read_replicas(paths, BATCH, range(8))
    with pytest.raises(GlassmapError, match=r"batch-0\.nc: no snapshots at T = 3$"):
        read_replicas(paths, BATCH, range(2), [3.0])


def test_files_of_another_study_are_refused(system, shipped, config):
    paths, _ = shipped
    assert not list(snapshot_problems(paths, system, LIMITS, 6))
    (problem,) = snapshot_problems(paths, system, LIMITS, 7)
    assert "6 replicas of" in problem and "without replica 6; cooling.replicas requires 7" in problem
    values = {name: getattr(system, name) for name in System.__dataclass_fields__}
    assert all(problem.endswith("at T = 0.77") for problem in snapshot_problems(paths, system, [0.77, 0.05], 6))
    larger = System(**{**values, "counts": (values["counts"][0] + 1, *values["counts"][1:])})
    assert f"{larger.number_of_particles - 1} particles in a box of" in next(
        snapshot_problems(paths, larger, LIMITS, 6)
    )
    paths[0].write_bytes(paths[0].read_bytes()[:2000])
    assert "batch-0.nc" in next(snapshot_problems(paths, system, LIMITS, 6))


def test_the_cooling_rate_is_that_of_the_last_stage_and_only_known_if_all_files_agree(tmp_path):
    folder = REPOSITORY / "resources/reference"
    slow, fast = (sorted(path.glob("batch-*.nc")) for path in (folder / "ABM", folder / "fast/ABM"))
    assert cooling_rate(slow) == 0.00395 and cooling_rate(fast) == 0.0395  # resources/reference/README.md
    assert cooling_rate([slow[0], fast[0]]) is None
    write_dataset(read_dataset(fast[0], BATCH).drop_attrs(deep=False), tmp_path / "silent.nc", ATTRIBUTES)
    assert cooling_rate([tmp_path / "silent.nc"]) is cooling_rate([]) is None


def test_energies_of_another_study_are_refused(system, tmp_path):
    def energies(name: str, replicas, temperatures) -> str:
        values = {
            key: (dims, np.zeros([len(replicas), len(temperatures)][: len(dims)]))
            for key, dims in INHERENT_ENERGIES.items()
            if key not in dims
        }
        dataset = xr.Dataset(values, coords={"replica": list(replicas), "temperature": list(temperatures)})
        write_dataset(dataset, tmp_path / name, ATTRIBUTES)
        return str(tmp_path / name)

    grid = np.linspace(0.05, 1.2, 6)
    first = energies("a.nc", range(3), grid)
    second = energies("b.nc", range(3, 6), grid)
    assert not list(energy_problems([first, second], system, (0.05, 1.2), 6, 3))
    (problem,) = energy_problems([first, second], system, (0.05, 1.2), 7, 3)
    assert problem.endswith("without replica 6; inherent_structures.replicas requires 7")
    problem, _ = energy_problems([first, second], system, (0.05, 1.2), 6, 4)
    assert "at 6 temperatures from T_G to T_L" in problem and "must be at least 8 for the two lines" in problem
    (problem,) = energy_problems([first, energies("c.nc", range(3, 6), grid + 1e-3)], system, (0.05, 1.2), 6, 2)
    assert problem == f"{tmp_path / 'c.nc'}: energies at other temperatures than in {first}"
    (tmp_path / "b.nc").write_bytes((tmp_path / "b.nc").read_bytes()[:2000])
    assert "b.nc" in next(energy_problems([first, second], system, (0.05, 1.2), 6, 3))


def test_files_are_found_by_pattern(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.nc").touch()
    samples = {"files": {"KAM": {"snapshots": f"{tmp_path}/*.nc"}}}
    assert find_sample_files(samples, "KAM", "snapshots") == [f"{tmp_path}/a.nc", f"{tmp_path}/b.nc"]
    assert (
        find_sample_files(samples, "KAM", "inherent_energies") == find_sample_files(samples, "ABM", "snapshots") == []
    )


def test_shipped_files_are_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = match_files("resources/reference/fast/KAM/batch-*.nc")
    assert found == [str(REPOSITORY / f"resources/reference/fast/KAM/batch-{batch}.nc") for batch in (0, 1)]
    own = tmp_path / "resources/reference/fast/KAM/batch-0.nc"
    own.parent.mkdir(parents=True)
    own.touch()
    assert match_files("resources/reference/fast/KAM/batch-*.nc") == ["resources/reference/fast/KAM/batch-0.nc"]
    assert match_files("") == match_files("no/such/file-*") == []


def test_reading_does_not_depend_on_the_order_of_files(system, shipped):
    paths, _ = shipped
    one, other = (read_replicas(order, BATCH, range(6))["position"].values for order in (paths, paths[::-1]))
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(one[:3], read_dataset(paths[0], BATCH)["position"].values)


@pytest.mark.parametrize("name", ["KAM", "ABM"])
def test_shipped_inherent_energies_belong_to_the_shipped_glasses(name):
    """In a harmonic solid each degree of freedom holds T / 2 above the energy of its inherent structure."""
    folder = REPOSITORY / "resources/reference" / name
    energies = read_dataset(folder / "inherent_energies.nc", INHERENT_ENERGIES)
    glasses = read_replicas(sorted(folder.glob("batch-*.nc")), BATCH, range(50))
    assert energies["replica"].values.tolist() == list(range(50))
    temperatures = energies["temperature"].values
    assert temperatures.min() == 0.05 and set(glasses["temperature"].values) <= set(temperatures)
    potential, inherent = energies["potential_energy"], energies["inherent_energy"]
    assert (inherent < potential).all()
    in_glass = potential.sel(temperature=0.05).values
    np.testing.assert_allclose(in_glass, glasses["potential_energy"].values[:, -1], atol=0.01)
    thermal = in_glass - inherent.sel(temperature=0.05).values
    assert thermal.mean() == pytest.approx(0.05, rel=0.1)
    # the colder, the deeper the minima, below T_L
    below = inherent.mean("replica").sortby("temperature").sel(temperature=slice(0.05, glasses["temperature"].max()))
    assert (np.diff(below.values) > 0).all()
