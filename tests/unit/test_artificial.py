"""Artificial configurations of n-fold symmetry: composition, distances, rings and clusters of the paper."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.structure.artificial import random_configuration, symmetric_configuration

COUNTS = (2808, 1512)
BOX = Box.cube(1.0, 2)


def closest(positions: np.ndarray) -> float:
    return cKDTree(positions, boxsize=1.0).query(positions, 2)[0][:, 1].min()


def ring_bonds(positions: np.ndarray) -> list[np.ndarray]:
    """Directions of the A at the radius 1/78 of every B."""
    a, b = positions[: COUNTS[0]], positions[COUNTS[0] :]
    tree = cKDTree(a, boxsize=1.0)
    found = []
    for centre in b:
        near = tree.query_ball_point(centre, 1 / 78 + 1e-9)
        bonds = BOX.minimum_image(a[near] - centre)
        on_ring = np.abs(np.linalg.norm(bonds, axis=1) - 1 / 78) < 1e-9
        found.append(np.arctan2(*bonds[on_ring].T[::-1]))
    return found


@pytest.mark.parametrize("symmetry", [3, 5, 7])
def test_the_published_numbers_and_lengths(symmetry):
    positions = symmetric_configuration(symmetry, COUNTS, BOX, seed=3)
    assert positions.shape == (4320, 2) and (positions >= 0).all() and (positions < 1).all()
    assert closest(positions) > 1 / 90
    # B are within 1/195 of the sites of a grid of 39 x 39, no two at the same
    sites = np.floor(positions[COUNTS[0] :] * 39)
    assert len(np.unique(sites, axis=0)) == 1512
    assert np.abs(positions[COUNTS[0] :] * 39 - sites - 0.5).max() <= 39 / 195 + 1e-9
    # what is left of the rings has n-fold symmetry: n times its angles differ by whole turns
    bonds = [angles for angles in ring_bonds(positions) if len(angles) > 1]
    assert max(map(len, bonds)) == symmetry and len(bonds) > 300
    order = [np.abs(np.exp(1j * symmetry * angles).mean()) for angles in bonds]
    assert np.min(order) > 1 - 1e-6


def test_centres_of_rings_are_clustered():
    """More often side by side than 500 of 1512 at random, and not all of them."""
    positions = symmetric_configuration(5, COUNTS, BOX, seed=4)
    has_ring = np.array([len(angles) > 1 for angles in ring_bonds(positions)])
    b = positions[COUNTS[0] :]
    _, near = cKDTree(b, boxsize=1.0).query(b, 5)
    share = has_ring[near[has_ring, 1:]].mean()
    assert 0.27 < has_ring.mean() < 0.34  # of 500 rings some have lost their A to others
    assert share > 1.4 * has_ring.mean()
    assert share < 0.9


def test_random_places_are_random_and_do_not_overlap():
    positions = random_configuration(COUNTS, BOX, seed=1)
    assert positions.shape == (4320, 2) and closest(positions) > 1 / 90
    counts = np.histogram2d(*positions.T, bins=6, range=[[0, 1], [0, 1]])[0]
    assert counts.mean() == 120 and counts.std() < np.sqrt(120)
    # no place knows of the grid of B
    assert abs(np.exp(2j * np.pi * 39 * positions).mean(axis=0)).max() < 4 / np.sqrt(4320)


@pytest.mark.parametrize("make", [lambda seed: symmetric_configuration(5, (65, 35), Box.cube(9.0, 2), seed),
                                  lambda seed: random_configuration((65, 35), Box.cube(9.0, 2), seed)])  # fmt: skip
def test_the_same_seed_gives_the_same_configuration(make):
    assert (make(1) == make(1)).all()
    assert (make(1) != make(2)).any()


def test_what_cannot_be_made_is_refused():
    with pytest.raises(GlassmapError, match="symmetry: got 1, must be at least 2"):
        symmetric_configuration(1, COUNTS, BOX, 1)
    with pytest.raises(GlassmapError, match="artificial configurations: the box must be a square"):
        random_configuration(COUNTS, Box((1.0, 2.0)), 1)
    with pytest.raises(GlassmapError, match=r"counts of A and B, got \[5, 4, 3\]"):
        symmetric_configuration(5, (5, 4, 3), BOX, 1)
    with pytest.raises(GlassmapError, match="defined in 2 dimensions"):
        random_configuration(COUNTS, Box.cube(1.0, 3), 1)
    with pytest.raises(GlassmapError, match="no room for 110 particles"):
        random_configuration((100, 10), BOX, 1)
