"""The exported files of the smoke study: every field is the one of the NetCDF results."""

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from repository import read_study

from glassmap.io.trajectories.formats import read_frames
from glassmap.papers.oyama2023.method import FRONTIERS
from glassmap.structure.coarse_graining import coarse_grain
from glassmap.structure.indicators import INDICATORS
from glassmap.workflow.config import resolve

SYSTEMS, STATES, SEEDS = ("KAM", "ABM"), ("liquid", "glass"), (0, 1)


@pytest.fixture(scope="module")
def results(smoke):
    return smoke.folder / "results/smoke"


@pytest.fixture(scope="module")
def study(schema) -> dict:
    return resolve(read_study("smoke"), schema)


@pytest.fixture(params=[(system, state) for system in SYSTEMS for state in STATES], ids="-".join)
def place(request) -> tuple[str, str]:
    return request.param


@pytest.fixture
def exported(results, place):
    """Frames of the GSD file, by replica."""
    system, state = place
    with gsd.hoomd.open(results / f"export/{system}/{state}.gsd", "r") as trajectory:
        yield {int(frame.log["replica"][0]): frame for frame in trajectory}


def field(frame, name: str) -> np.ndarray:
    return frame.log[f"particles/{name}"]


def check(found: np.ndarray, expected: np.ndarray) -> None:
    """The same to the last bit of single precision."""
    np.testing.assert_array_equal(found, expected.astype(np.float32))


def by_replica(dataset: xr.Dataset, values: xr.DataArray):
    return zip(dataset["replica"].values.tolist(), values.values, strict=True)


def test_samples_are_the_test_samples(results, exported, place):
    system, state = place
    configurations = xr.open_dataset(results / system / f"configurations/{state}.nc")
    test = configurations.isel(sample=configurations["split"].values == "test")
    assert list(exported) == test["replica"].values.tolist()
    length = float(test["box_length"])
    for replica, positions in by_replica(test, test["position"]):
        frame = exported[replica]
        assert (frame.log["split"], frame.log["class"]) == ("test", state)
        np.testing.assert_allclose(frame.particles.position[:, :2] + length / 2, positions, atol=1e-5)
        np.testing.assert_array_equal(frame.particles.typeid, test["species"])


def test_scores_and_indicators_are_those_of_the_results(results, exported, place):
    """Whichever network or method; for liquids of both classes."""
    system, state = place
    suffixes = ["", "_liquid"] if state == "liquid" else [""]
    for seed in SEEDS:
        maps = xr.open_dataset(results / system / f"gradcam/seed-{seed}/{state}.nc")
        for suffix in suffixes:
            for replica, gamma in by_replica(maps, maps[f"gamma{suffix}"]):
                check(field(exported[replica], f"gamma{suffix}_seed_{seed}"), gamma)
        others = xr.open_dataset(results / system / f"attributions/seed-{seed}/{state}.nc")
        labels = zip(others["method"].values, others["map_class"].values, strict=True)
        for index, (method, map_class) in enumerate(labels):
            name = f"{method}_liquid" if map_class == "own" else method
            for replica, gamma in by_replica(others, others["gamma"].isel(method=index)):
                check(field(exported[replica], f"{name}_seed_{seed}"), gamma)
    indicators = xr.open_dataset(results / system / f"indicators/{state}.nc")
    indicators = indicators.isel(sample=indicators["split"].values == "test")
    for name in INDICATORS:
        for replica, values in by_replica(indicators, indicators[name]):
            check(field(exported[replica], name), values)


def test_means_are_over_the_networks_that_take_the_sample_for_what_it_is(results, exported, place):
    system, state = place
    tables = [pd.read_csv(results / system / f"classifier/seed-{seed}/predictions.csv") for seed in SEEDS]
    predicted = [table.set_index(["phase", "replica"])["predicted"] for table in tables]
    for replica, frame in exported.items():
        right = [
            field(frame, f"gamma_seed_{seed}")
            for seed, states in zip(SEEDS, predicted, strict=True)
            if states[state, replica] == state
        ]
        mean = np.mean(right, axis=0) if right else np.full(frame.particles.N, np.nan)
        np.testing.assert_allclose(field(frame, "gamma_mean"), mean, rtol=3e-7)


def test_coarse_grained_fields_have_the_studys_length(results, study, exported, place):
    system, state = place
    xi = study["systems"][system]["coarse_graining"]["frontiers"]["correlations"]
    configurations = xr.open_dataset(results / system / f"configurations/{state}.nc").set_xindex("replica")
    for replica, frame in list(exported.items())[:2]:
        positions = configurations["position"].sel(replica=replica).values
        for name in ("gamma_mean", "gamma_seed_1", *INDICATORS):
            bare = field(frame, name).astype(float)
            expected = coarse_grain(bare, positions, float(configurations["box_length"]), xi, FRONTIERS.kernel)
            # the mean of positive and negative energies may be nearly 0
            np.testing.assert_allclose(field(frame, f"{name}_xi_{xi:g}"), expected, atol=1e-6 * np.abs(bare).max())


def test_propensities_are_of_the_glass_with_runs_at_the_reported_times(results, study, exported, place):
    system, state = place
    names = {name for frame in exported.values() for name in frame.log if name.startswith("particles/propensity")}
    if state == "liquid":
        assert not names
        return
    (temperature,) = study["systems"][system]["propensity"]["temperatures"]
    ensemble = xr.open_dataset(results / system / f"propensity/T-{temperature:g}.nc")
    delta = ensemble["delta"].values
    reached = 0
    for target in study["lengths"]["targets"]:
        name = f"propensity_T_{temperature:g}_delta_{target:g}".replace(".", "_")
        frame = int(np.argmin(np.abs(np.log(delta / target))))
        if abs(delta[frame] / target - 1) > study["lengths"]["tolerance"]:
            assert f"particles/{name}" not in names
            continue
        reached += 1
        (with_runs,) = study["propensity"]["configurations"]
        for replica, one in exported.items():
            expected = ensemble["propensity"].values[frame] if replica == with_runs else np.nan
            np.testing.assert_array_equal(field(one, name), np.broadcast_to(np.float32(expected), one.particles.N))
    assert reached == len(names) > 0


def test_extended_xyz_has_the_same(results, exported, place):
    system, state = place
    frames = read_frames(str(results / f"export/{system}/{state}.extxyz"))
    for frame, (replica, one) in zip(frames, exported.items(), strict=True):
        assert set(frame.columns) == {
            "radius",
            *(name.removeprefix("particles/") for name in one.log if name.startswith("particles/")),
        }, replica
        np.testing.assert_allclose(frame.columns["radius"], one.particles.diameter / 2, rtol=1e-6)
        for name, values in frame.columns.items():
            if name != "radius":
                np.testing.assert_allclose(values, field(one, name), rtol=6e-7)


def test_all_samples_have_what_is_known_of_them(finished):
    """Training samples nothing, validation samples indicators."""
    finished.configure(export={"samples": "all", "formats": ["gsd"]})
    finished.run("results/smoke/export/KAM/glass.gsd", "--cores", "1")
    with gsd.hoomd.open(finished.folder / "results/smoke/export/KAM/glass.gsd", "r") as trajectory:
        frames = list(trajectory)
    assert [int(frame.log["replica"][0]) for frame in frames] == list(range(40))
    for frame in frames:
        known = {name for name in frame.log if name.startswith("particles/") and np.isfinite(frame.log[name]).all()}
        bare = {f"particles/{name}" for name in INDICATORS}
        if frame.log["split"] == "train":
            assert not known
        elif frame.log["split"] == "validation":
            assert known == bare | {f"{name}_xi_4" for name in bare}
        else:
            assert bare | {"particles/gamma_seed_0", "particles/occlusion_seed_1"} <= known
