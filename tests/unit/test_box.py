"""The periodic box against brute force over its images, in two and three dimensions."""

import numpy as np
import pytest
import reference
from scipy.spatial import cKDTree

from glassmap.box import UNIT_BALL, Box
from glassmap.errors import GlassmapError

BOXES = [Box.cube(7, 2), Box.cube(7, 3), Box((7.0, 9.0)), Box((7.0, 9.0, 8.0))]


def of_images(box: Box, positions: np.ndarray) -> np.ndarray:
    """All distances, shape (N, N), as the least over the nearest images."""
    vectors = positions[:, None] - positions[None]
    shifts = reference.images(box.dimension, 1.0) * box.lengths
    return np.min([np.linalg.norm(vectors + shift, axis=-1) for shift in shifts], axis=0)


def test_a_square_and_a_cube():
    assert [(box.dimension, box.volume, box.shortest) for box in BOXES] == [
        (2, 49, 7), (3, 343, 7), (2, 63, 7), (3, 504, 7)
    ]  # fmt: skip
    assert Box.cube(7, 3) == Box((7.0, 7.0, 7.0))


@pytest.mark.parametrize("dimension", [2, 3])
def test_unit_ball_volume_by_counting_grid_points(dimension):
    axis = np.linspace(-1, 1, 201)
    inside = sum(values**2 for values in np.meshgrid(*[axis] * dimension)) <= 1
    assert inside.mean() * 2**dimension == pytest.approx(UNIT_BALL[dimension], rel=0.02)


@pytest.mark.parametrize("box", BOXES)
def test_wrap_and_minimum_image(box, rng):
    positions = rng.normal(scale=30, size=(1000, box.dimension))
    wrapped = box.wrap(positions)
    assert wrapped.min() >= 0 and (wrapped < box.lengths).all()
    turns = (positions - wrapped) / box.lengths
    np.testing.assert_allclose(np.round(turns), turns, atol=1e-12)
    edge = np.full(box.dimension, -1e-20)
    assert box.wrap(np.stack([edge, box.lengths])).tolist() == [[0.0] * box.dimension] * 2
    assert (np.abs(box.minimum_image(positions)) <= np.array(box.lengths) / 2).all()


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("cutoff", [0.8, 3.0, 6.0])
def test_pairs_agree_with_brute_force(box, cutoff, rng):
    positions = rng.uniform(-10, 20, (200, box.dimension))
    expected = of_images(box, box.wrap(positions))
    np.testing.assert_allclose(box.distances(positions, positions[:30]), expected[:, :30], atol=1e-12)
    vectors = box.minimum_image(positions[:, None] - positions[None])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), expected, atol=1e-12)
    i, j, distance = box.pairs_within(positions, cutoff)
    near = (expected <= cutoff) & (np.arange(200)[:, None] < np.arange(200))
    low, high = np.minimum(i, j), np.maximum(i, j)
    assert set(zip(low.tolist(), high.tolist(), strict=True)) == set(
        zip(*(a.tolist() for a in near.nonzero()), strict=True)
    )
    assert len(i) == near.sum()
    np.testing.assert_allclose(distance, expected[i, j], atol=1e-12)


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("cutoff", [0.8, 3.0, 6.0])
def test_blocks_contain_every_pair_once(box, cutoff, rng, monkeypatch):
    positions = rng.uniform(-10, 20, (200, box.dimension))
    (whole,) = box.pairs_in_blocks(positions, cutoff)
    for values, expected in zip(whole, box.pairs_within(positions, cutoff), strict=True):
        np.testing.assert_array_equal(values, expected)
    distance = of_images(box, box.wrap(positions))
    monkeypatch.setattr("glassmap.box.PAIRS", 50)
    blocks = list(box.pairs_in_blocks(positions, cutoff))
    assert len(blocks) > 1 and max(len(block[0]) for block in blocks) < len(whole[0]) / 2
    i, j, found = (np.concatenate(part) for part in zip(*blocks, strict=True))
    near = (distance <= cutoff) & (np.arange(200)[:, None] < np.arange(200))
    assert sorted(zip(i.tolist(), j.tolist(), strict=True)) == sorted(zip(*np.argwhere(near).T.tolist(), strict=True))
    np.testing.assert_allclose(found, distance[i, j], atol=1e-12)


@pytest.mark.parametrize("box", BOXES)
def test_freud_box_has_the_same_geometry(box, rng):
    positions = rng.uniform(-10, 20, (50, box.dimension))
    of_freud, points = box.freud_system(positions)
    assert of_freud.is2D == (box.dimension == 2) and of_freud.volume == pytest.approx(box.volume)
    found = of_freud.compute_all_distances(points, points)
    np.testing.assert_allclose(found, of_images(box, box.wrap(positions)), atol=1e-4)
    assert len(cKDTree(points).query_pairs(1e-9)) == 0


def test_planar_quantities_are_refused_in_three_dimensions():
    BOXES[0].require_plane("psi_6")
    with pytest.raises(GlassmapError, match="psi_6: defined in 2 dimensions, got a box of 3"):
        BOXES[1].require_plane("psi_6")
