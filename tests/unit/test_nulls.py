"""Maps without a trained network, sent the way of Grad-CAM: what is known of them by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from glassmap.learning.map_ensemble import read_controls, read_maps
from glassmap.learning.null_maps import (
    DENSITY_NULLS,
    cut_name,
    density_cut,
    density_map,
    is_density_map,
    null_fields,
    parse_cut_name,
)
from glassmap.learning.training import shuffle_labels
from glassmap.statistics import bootstrap_weights, interval, resampled_means
from glassmap.structure.density_grid import configuration_kernel
from glassmap.structure.indicators import INDICATORS

GRID = 24


@pytest.fixture
def glass(system, rng):
    """A configuration of a tenth of the particles with its kernel and its density."""
    species = system.species[::10]
    length = system.box_length / np.sqrt(10)
    positions = rng.uniform(0, length, (len(species), 2))
    kernel = configuration_kernel(positions, species, system.sigma, length, GRID)
    return positions, species, length, kernel


def test_the_constant_map_gives_the_partition_of_unity(system, glass, rng):
    """Gamma_i is the sum over the grid of the particle's fraction of the density; in all, the number of points."""
    positions, species, length, kernel = glass
    density = kernel.density()
    gamma = kernel.inverse(DENSITY_NULLS["constant"](density, rng))
    width = length / np.sqrt(0.64 * len(species))
    points = np.arange(GRID) * length / GRID
    grid = np.stack(np.meshgrid(points, points, indexing="ij"), -1).reshape(-1, 2)
    sigma = system.sigma.diagonal()[species]
    difference = grid[:, None] - positions
    difference -= length * np.round(difference / length)
    r = np.hypot(difference[..., 0], difference[..., 1])
    weight = np.where(r <= 2.5 * sigma, np.exp(-((r / (width * sigma)) ** 2)), 0.0)
    total = weight.sum(axis=1, keepdims=True)
    fraction = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    np.testing.assert_allclose(gamma, fraction.sum(axis=0), rtol=1e-9)
    assert gamma.sum() == pytest.approx((density > 0).sum())


def test_maps_of_the_density_are_its_excess_and_its_lack(glass, rng):
    density = glass[3].density()
    above, below = (DENSITY_NULLS[name](density, rng) for name in ("density_above_mean", "density_below_mean"))
    np.testing.assert_allclose(above - below, density - density.mean())
    assert above.min() == below.min() == 0 and (above * below == 0).all()
    assert above.sum() == pytest.approx(below.sum())


def test_a_cut_is_the_density_beyond_a_threshold(glass, rng):
    density = glass[3].density()
    centre, deviation = density.mean(), np.sqrt(((density - density.mean()) ** 2).mean())
    for threshold in (-1.5, -0.25, 0.0, 0.75):
        theta = centre + threshold * deviation
        above, below = (density_cut(density, side, threshold) for side in ("density_above", "density_below"))
        np.testing.assert_allclose(above, np.where(density > theta, density - theta, 0), atol=1e-12)
        np.testing.assert_allclose(below, np.where(density < theta, theta - density, 0), atol=1e-12)
        np.testing.assert_array_equal(density_map(cut_name("density_below", threshold), density, rng), below)
    np.testing.assert_array_equal(
        density_cut(density, "density_above", 0), density_map("density_above_mean", density, rng)
    )


@pytest.mark.parametrize("threshold", [-1.5, -0.1, 0, 1 / 3, 1e-7])
def test_name_of_a_cut_round_trips(threshold):
    for side in ("density_above", "density_below"):
        assert parse_cut_name(cut_name(side, threshold)) == (side, threshold) and is_density_map(
            cut_name(side, threshold)
        )
    for name in (*DENSITY_NULLS, "random_weights", "gradcam"):
        assert parse_cut_name(name) is None and is_density_map(name) == (name in DENSITY_NULLS)


def test_a_study_has_a_field_of_each_cut_at_each_threshold():
    fields = null_fields(["density_below", "constant", "density_above"], 3, 2, [-0.5, 1.0])
    assert fields == [
        ("density_below_-0.5", 0), ("density_below_1.0", 0), ("constant", 0),
        ("density_above_-0.5", 0), ("density_above_1.0", 0),
    ]  # fmt: skip


def test_controls_are_read_for_the_test_samples_by_default(tmp_path):
    """Files as the rules write them: every reader but those that choose sees the test samples only."""
    replica, split = np.arange(4), np.array(["validation", "test", "validation", "test"])
    coordinates = {"replica": ("sample", replica), "split": ("sample", split)}
    by_hand = {name: (("sample", "particle"), np.outer(replica, [1.0, 2.0, 3.0])) for name in INDICATORS}
    xr.Dataset(by_hand, coords=coordinates).to_netcdf(tmp_path / "indicators.nc")
    gamma = np.arange(4)[None, :, None] + np.zeros((1, 4, 3))
    content = {
        "map": (("field", "sample", "x", "y"), np.zeros((1, 4, 2, 2))),
        "gamma": (("field", "sample", "particle"), gamma),
        "p_glass": (("field", "sample"), np.full((1, 4), np.nan)),
    }
    field = {"null": ("field", ["constant"]), "draw": ("field", [0]), "map_class": ("field", ["any"])}
    xr.Dataset(content, coords=coordinates | field).to_netcdf(tmp_path / "controls.nc")
    crystals = pd.DataFrame({"replica": replica, "split": split})
    crystals.assign(crystalline_fraction=0.0, amplitude=0.0, crystallised=0).to_csv(tmp_path / "crystals.csv")
    files = SimpleNamespace(**{path.stem: path for path in tmp_path.iterdir()})
    for read in (read_controls(files), read_maps(files, [], 0.0, "glass")):
        assert read.replica.tolist() == [1, 3] and read.gamma[0, :, 0].tolist() == [1, 3]
        assert read.indicators["tong_tanaka"].values[:, 0].tolist() == [1, 3]
    assert read_maps(files, [], 0.0, "glass", ("validation", "test")).replica.tolist() == [0, 1, 2, 3]


def test_signed_noise_correlates_with_nothing_on_average_and_rectified_noise_as_half_a_constant(glass, rng):
    """Over many draws: the mean of the first is 0 within its interval, the second leans on the constant map."""
    density, kernel = glass[3].density(), glass[3]
    constant = kernel.inverse(np.ones_like(density))
    found = {}
    for name in ("signed_white_noise", "white_noise"):
        gamma = np.stack([kernel.inverse(DENSITY_NULLS[name](density, rng)) for _ in range(200)])
        values = np.array([[np.corrcoef(row, constant)[0, 1] for row in gamma]])
        again = resampled_means(values, bootstrap_weights(500, 200, 1))
        found[name] = interval(float(values.mean()), again, 200)
    low, high = found["signed_white_noise"]
    assert low < 0 < high and high - low < 0.1
    assert found["white_noise"][0] > 0.2


def test_shuffled_labels_are_independent_of_the_class():
    classes = np.repeat([0, 1], [40, 41])
    for seed in range(20):
        shuffled = shuffle_labels(classes, seed)
        assert shuffled[:40].sum() == 20 and shuffled[40:].sum() in (20, 21)
        assert set(shuffled.tolist()) == {0, 1}
    assert (shuffle_labels(classes, 1) == shuffle_labels(classes, 1)).all()
    assert (shuffle_labels(classes, 1) != shuffle_labels(classes, 2)).any()
    np.testing.assert_array_equal(classes, np.repeat([0, 1], [40, 41]))


def test_every_draw_of_a_random_map_is_a_field():
    fields = null_fields(["constant", "white_noise", "random_weights", "shuffled_labels"], 3, 2, [0.5])
    assert fields == [
        ("constant", 0), *[("white_noise", draw) for draw in range(3)],
        *[("random_weights", draw) for draw in range(3)], ("shuffled_labels", 0), ("shuffled_labels", 1),
    ]  # fmt: skip
    assert null_fields([], 3, 2, [0.5]) == []
