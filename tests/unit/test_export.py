"""Exported samples: what three independent readers find in the files is what was written."""

import json
import weakref
from dataclasses import replace

import chemfiles
import gsd.hoomd
import numpy as np
import pytest
import xarray as xr
from repository import read_study

from glassmap.analysis.exported_fields import (
    attribution_scores,
    fields_of_sample,
    number,
    propensities,
    scores,
    unit,
)
from glassmap.errors import ConfigurationError
from glassmap.io.export import Sample, read_about, read_exported, write_samples
from glassmap.io.trajectories.formats import read_frames
from glassmap.learning.map_ensemble import MapEnsemble
from glassmap.papers.oyama2023.method import ARXIV_V2, FRONTIERS
from glassmap.papers.oyama2023.report_particles import BYTES, particles
from glassmap.plotting.viewer import LEVELS, pack, printed, unpack
from glassmap.structure.indicators import INDICATORS
from glassmap.workflow.config import resolve

SIZES = {"A": 1.0, "B": 0.88}


def sample(replica: int, dimension: int = 2, particles: int = 60) -> Sample:
    """Random particles with a field of double precision, one of single precision, and one that is not known."""
    rng = np.random.default_rng(replica)
    lengths = [12.5, 7.25, 9.0][:dimension]
    species = rng.permutation(np.repeat(["A", "B"], [particles - 20, 20]))
    fields = {
        "voronoi_volume_xi_4": rng.lognormal(0, 3, particles),
        "gamma_mean": 1e-5 * rng.random(particles).astype(np.float32),
        "propensity_T_0_6_delta_0_3": np.full(particles, np.nan),
    }
    fields["voronoi_volume_xi_4"][3] = np.nan
    return Sample(
        rng.random((particles, dimension)) * lengths,
        species,
        np.where(species == "A", SIZES["A"], SIZES["B"]),
        lengths,
        fields,
        {"replica": replica, "split": "test", "class": "glass"},
    )


@pytest.fixture(params=[2, 3])
def written(request, tmp_path) -> tuple[list[Sample], dict]:
    samples = [sample(replica, request.param) for replica in (3, 8, 11)]
    paths = {kind: tmp_path / f"glass.{kind}" for kind in ("extxyz", "gsd")}
    assert write_samples(iter(samples), list(paths.values())) == len(samples)
    assert sorted(tmp_path.iterdir()) == sorted(paths.values())
    return samples, paths


def edges(one: Sample) -> list[float]:
    """Of the box in the files, whose third is 1 in two dimensions."""
    return [*one.box_lengths, 1.0][:3]


def test_gsd_has_what_was_written(written):
    """To single precision; positions from the middle of the box."""
    samples, paths = written
    with gsd.hoomd.open(paths["gsd"], "r") as trajectory:
        assert len(trajectory) == len(samples)
        for step, (one, frame) in enumerate(zip(samples, trajectory, strict=True)):
            dimension = len(one.box_lengths)
            assert frame.configuration.dimensions == dimension and frame.configuration.step == step
            np.testing.assert_array_equal(frame.configuration.box, [*edges(one), 0, 0, 0])
            middle = np.array(one.box_lengths) / 2
            np.testing.assert_allclose(frame.particles.position[:, :dimension], one.positions - middle, atol=1e-6)
            assert not frame.particles.position[:, dimension:].any()
            np.testing.assert_array_equal(np.array(frame.particles.types)[frame.particles.typeid], one.species)
            np.testing.assert_array_equal(frame.particles.diameter, one.diameters.astype(np.float32))
            assert {name for name in frame.log if name.startswith("particles/")} == {
                f"particles/{name}" for name in one.fields
            }
            for name, values in one.fields.items():
                np.testing.assert_array_equal(frame.log[f"particles/{name}"], values.astype(np.float32))
            assert frame.log["replica"].tolist() == [one.about["replica"]]
            assert (frame.log["split"], frame.log["class"]) == ("test", "glass")


def test_extended_xyz_has_what_was_written(written):
    """As chemfiles reads it, which knows no NaN."""
    samples, paths = written
    samples = [
        replace(one, fields={name: np.nan_to_num(values) for name, values in one.fields.items()}) for one in samples
    ]
    write_samples(samples, [paths["extxyz"]])
    with chemfiles.Trajectory(str(paths["extxyz"]), format="XYZ") as trajectory:
        assert trajectory.nsteps == len(samples)
        for one in samples:
            frame = trajectory.read()
            dimension = len(one.box_lengths)
            np.testing.assert_allclose(frame.cell.lengths, edges(one), rtol=1e-12)
            np.testing.assert_allclose(frame.positions[:, :dimension], one.positions, rtol=6e-7)
            assert not frame.positions[:, dimension:].any()
            assert [atom.name for atom in frame.atoms] == one.species.tolist()
            for name, values in {"radius": one.diameters / 2, **one.fields}.items():
                np.testing.assert_allclose([atom[name] for atom in frame.atoms], values, rtol=6e-7)
            assert frame["replica"] == str(one.about["replica"])
            assert (frame["split"], frame["class"]) == ("test", "glass")
    assert f'pbc="T T {"T" if dimension == 3 else "F"}"' in paths["extxyz"].read_text()


@pytest.mark.parametrize("kind", ["extxyz", "gsd"])
def test_what_is_exported_can_be_a_users_file(written, kind):
    samples, paths = written
    frames = list(read_frames(str(paths[kind])))
    assert len(frames) == len(samples)
    for one, frame in zip(samples, frames, strict=True):
        assert frame.box_lengths == tuple(one.box_lengths)
        np.testing.assert_allclose(frame.positions, one.positions, atol=5e-6)
        np.testing.assert_array_equal(frame.species, one.species)
        for name, values in one.fields.items():
            np.testing.assert_allclose(frame.columns[name], values, rtol=6e-7)
    about = [{key: str(value) for key, value in one.about.items()} for one in samples]
    assert read_about(paths[kind]) == about
    (last, first) = read_exported(paths[kind], SIZES, [2, 0])
    for found, one in ((last, samples[2]), (first, samples[0])):
        assert found.about["replica"] == str(one.about["replica"]) and list(found.fields) == list(one.fields)
        np.testing.assert_array_equal(found.diameters, one.diameters)


def test_a_single_sample_is_in_memory_at_a_time(tmp_path):
    alive = weakref.WeakSet()

    class Watched(Sample):
        __hash__ = object.__hash__

    def samples():
        for replica in range(5):
            one = sample(replica)
            watched = Watched(one.positions, one.species, one.diameters, one.box_lengths, one.fields, one.about)
            alive.add(watched)
            # what was handed out before, and this one
            assert len(alive) <= 2
            del one
            yield watched

    assert write_samples(samples(), [tmp_path / "a.gsd", tmp_path / "a.extxyz"]) == 5


def test_the_same_samples_give_the_same_bytes(tmp_path):
    for folder in ("first", "second"):
        write_samples([sample(1), sample(2)], [tmp_path / folder / f"glass.{kind}" for kind in ("gsd", "extxyz")])
    for kind in ("gsd", "extxyz"):
        first, second = (tmp_path / folder / f"glass.{kind}" for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


def networks(**changes) -> MapEnsemble:
    """Three networks on two samples of four particles; maps for the class glass, and two for the samples' own."""
    gamma = np.arange(3 * 2 * 4, dtype=float).reshape(3, 2, 4)
    given = {
        "replica": np.array([3, 8]),
        "indicators": xr.Dataset(),
        "gamma": np.concatenate([gamma, 100 + gamma]),
        "correct": np.tile([[True, True], [True, False], [True, True]], (2, 1)),
        "failed": np.tile([False, False, True], 2),
        "crystallised": np.zeros(2, dtype=bool),
        "seeds": [0, 1, 5] * 2,
        "names": ["gradcam"] * 6,
        "classes": ["glass"] * 3 + ["own"] * 3,
    }
    return MapEnsemble(**{**given, **changes})


def test_the_mean_is_over_the_networks_that_count():
    """Of three the last failed, and the second takes the second sample for the other state."""
    fields = scores(networks(), "liquid")
    assert list(fields) == [
        *("gamma_mean", "gamma_seed_0", "gamma_seed_1", "gamma_seed_5"),
        *("gamma_liquid_mean", "gamma_liquid_seed_0", "gamma_liquid_seed_1", "gamma_liquid_seed_5"),
    ]
    gamma = networks().gamma
    np.testing.assert_array_equal(fields["gamma_mean"][3], (gamma[0, 0] + gamma[1, 0]) / 2)
    np.testing.assert_array_equal(fields["gamma_mean"][8], gamma[0, 1])
    np.testing.assert_array_equal(fields["gamma_seed_5"][8], gamma[2, 1])
    np.testing.assert_array_equal(fields["gamma_liquid_mean"][8], gamma[3, 1])
    nothing = scores(networks(failed=np.ones(6, dtype=bool)), "liquid")
    assert np.isnan(nothing["gamma_mean"][3]).all()


def test_attributions_are_named_after_method_class_and_network():
    gamma = np.arange(2.0 * 1 * 4).reshape(2, 1, 4)
    attributions = xr.Dataset(
        {"gamma": (("method", "sample", "particle"), gamma)},
        coords={
            "method": ["occlusion", "occlusion"],
            "map_class": ("method", ["glass", "own"]),
            "replica": ("sample", [3]),
        },
    )
    fields = attribution_scores(attributions, "liquid", 5)
    assert list(fields) == ["occlusion_seed_5", "occlusion_liquid_seed_5"]
    np.testing.assert_array_equal(fields["occlusion_liquid_seed_5"][3], gamma[1, 0])


@pytest.mark.parametrize("method, name", [(FRONTIERS, "propensity"), (ARXIV_V2, "propensity_squared")])
def test_propensities_are_those_of_the_frames_nearest_to_the_targets(method, name):
    values = np.arange(12.0).reshape(3, 4)
    ensembles = [
        xr.Dataset({name: (("time", "particle"), values + replica), method.delta: ("time", [0.1, 0.29, 1.6])},
                   attrs={"temperature": 0.6, "replica": replica})
        for replica in (3, 8)
    ]  # fmt: skip
    fields = propensities(ensembles, method, targets=[0.3, 1.0], tolerance=0.15)
    assert list(fields) == [f"{name}_T_0_6_delta_0_3"]  # 1.0 is not reached
    for replica in (3, 8):
        np.testing.assert_array_equal(fields[f"{name}_T_0_6_delta_0_3"][replica], values[1] + replica)


def test_numbers_in_names_keep_every_digit():
    """Targets and lengths that agree to six digits are fields of their own."""
    assert [number(value) for value in (1.0, 2.5, 0.3, 1e-5, 4e6)] == ["1", "2_5", "0_3", "0_00001", "4000000"]
    ensemble = xr.Dataset(
        {"propensity": (("time", "particle"), np.ones((2, 3))), FRONTIERS.delta: ("time", [0.5, 1.0])},
        attrs={"temperature": 0.1 + 0.2, "replica": 0},
    )
    fields = propensities([ensemble], FRONTIERS, targets=[1.0, 1.0000001], tolerance=0.15)
    prefix = "propensity_T_0_30000000000000004_delta"
    assert list(fields) == [f"{prefix}_1", f"{prefix}_1_0000001"]


@pytest.mark.parametrize("method", [FRONTIERS, ARXIV_V2])
def test_coarse_grained_fields_are_weighted_means(method, rng):
    """Frontiers, Eq. 7, written out for all pairs; Theta has a kernel of its own in version 2."""
    length, xi = 9.0, 1.5
    positions = length * rng.random((50, 2))
    fields = {name: {3: rng.random(50)} for name in ("gamma_seed_0", "tong_tanaka", "occlusion_seed_0")}
    fields["gamma_mean"] = {8: rng.random(50)}
    found = fields_of_sample(fields, ["gamma_seed_0", "tong_tanaka", "gamma_mean"], 3, positions, length, xi, method)
    assert list(found) == [
        *("gamma_seed_0", "gamma_seed_0_xi_1_5", "tong_tanaka", "tong_tanaka_xi_1_5", "occlusion_seed_0"),
        *("gamma_mean", "gamma_mean_xi_1_5"),
    ]
    apart = positions[:, None] - positions
    distance = np.linalg.norm(apart - length * np.round(apart / length), axis=-1)
    for name in ("gamma_seed_0", "tong_tanaka"):
        cutoff = {FRONTIERS: 2.0, ARXIV_V2: 1.0 if name == "tong_tanaka" else np.inf}[method]
        weight = np.exp(-((distance / xi) ** 2)) if method is FRONTIERS else np.exp(-distance / xi)
        weight[distance > cutoff * xi] = 0
        expected = weight @ fields[name][3] / weight.sum(axis=1)
        np.testing.assert_allclose(found[f"{name}_xi_1_5"], expected, rtol=1e-12)
        np.testing.assert_array_equal(found[name], fields[name][3])
    assert np.isnan(found["gamma_mean"]).all() and np.isnan(found["gamma_mean_xi_1_5"]).all()
    for unknown in (0.0, np.nan):
        assert list(fields_of_sample(fields, ["tong_tanaka"], 3, positions, length, unknown, method)) == list(fields)


def test_every_field_has_a_unit():
    for name, indicator in INDICATORS.items():
        assert unit(name, 2) == unit(f"{name}_xi_{number(2.5)}", 2) == indicator.units.format(d=2)
    assert unit("gamma_liquid_mean_xi_4", 2) == unit("integrated_gradients_seed_3", 2) == "1"
    assert unit("propensity_T_0_6_delta_1", 2) == "sigma*"
    assert unit("propensity_squared_T_0_6_delta_1", 2) == "sigma*^2"
    assert [printed(text) for text in ("1", "1/sigma*^2", "epsilon*", "rad")] == ["dimensionless", "1/σ*²", "ε*", "rad"]


def test_the_viewer_keeps_values_to_half_a_step(rng):
    values = rng.normal(size=1000) * 1e-4
    values[7] = np.nan
    codes, (low, high) = pack(values)
    assert (low, high) == (np.nanmin(values), np.nanmax(values)) and codes.dtype == np.uint16
    assert np.nanmax(np.abs(unpack(codes, (low, high)) - values)) <= 0.5001 * (high - low) / LEVELS
    assert np.isnan(unpack(codes, (low, high))).nonzero()[0].tolist() == [7]
    constant = np.full(5, 2.5)
    np.testing.assert_array_equal(unpack(*pack(constant)), constant)


@pytest.mark.parametrize("kind", ["extxyz", "gsd"])
def test_the_report_shows_samples_as_far_as_there_is_room(tmp_path, kind):
    """Those with runs first, whichever format was exported; a sample that is too large, or in space, is not shown."""
    sigma = {"KAM": {"AA": 1.0, "AB": 0.8, "BB": 0.88}}
    path = tmp_path / f"results/study/export/KAM/glass.{kind}"
    write_samples([sample(replica) for replica in (1, 3, 8, 11, 13, 18, 23)], [path])
    page = particles([str(path)], sigma, [0, 1], [8])
    assert page["files"] == [{"name": "KAM glass", "path": f"export/KAM/glass.{kind}", "shown": 5, "count": 7}]
    text = json.dumps(page["item"])
    assert [replica for replica in (1, 3, 8, 11, 13, 18, 23) if f'KAM glass {replica}"' in text] == [1, 3, 8, 11, 13]
    assert text.index("KAM glass 8") < text.index("KAM glass 1")
    large = 1 + BYTES // (9 + 2 * 3)
    write_samples([sample(1, particles=large)], [path])
    assert particles([str(path)], sigma, [0], []) is None
    write_samples([sample(1, dimension=3)], [path])
    assert particles([str(path)], sigma, [0], []) is None


@pytest.mark.parametrize(
    "given, line",
    [
        ({"formats": []}, "export.formats: got [], must have at least 1 entries"),
        ({"formats": ["xyz"]}, 'export.formats[0]: got "xyz", allowed: extxyz, gsd'),
        ({"formats": ["gsd", "gsd"]}, 'export.formats: got ["gsd", "gsd"], entries must differ'),
        ({"samples": "train"}, 'export.samples: got "train", allowed: test, all'),
        ({"format": ["gsd"]}, "export.format: unknown key, allowed here: formats, samples"),
    ],
)
def test_a_bad_option_is_refused_in_one_line(schema, given, line):
    with pytest.raises(ConfigurationError) as refused:
        resolve({**read_study("smoke"), "export": given}, schema)
    (problem,) = refused.value.problems
    assert problem.startswith(line)


def test_any_subset_of_the_formats_will_do(schema):
    for formats in (["extxyz"], ["gsd"], ["gsd", "extxyz"]):
        assert resolve({**read_study("smoke"), "export": {"formats": formats}}, schema)["export"]["formats"] == formats
