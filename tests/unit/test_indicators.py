"""Voronoi volume and Tong-Tanaka order parameter against a brute-force tessellation."""

import numpy as np
import pytest
import reference

from glassmap.indicators import INDICATORS, Box, compute_all, tong_tanaka, voronoi_volume
from glassmap.systems import pair_matrix


@pytest.fixture
def positions(system, rng) -> np.ndarray:
    return rng.uniform(0, system.box_length, (system.number_of_particles, 2))


@pytest.fixture
def box(system, config) -> Box:
    return Box(system.box_length, pair_matrix(config["systems"][system.name]["tong_tanaka_sigma"]))


def test_voronoi_volumes_are_those_of_scipy_and_sum_to_the_box(system, positions, box):
    volume = voronoi_volume(positions, system.species, box)
    expected, _ = reference.voronoi(positions, system.box_length)
    np.testing.assert_allclose(volume, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(volume.sum(), system.box_length**2, rtol=1e-6)


def test_tong_tanaka_is_its_definition(system, positions, box):
    """Random configurations; freud works in single precision, which bounds the agreement of near-ties."""
    theta = tong_tanaka(positions, system.species, box)
    expected = reference.tong_tanaka(positions, system.species, system.box_length, box.contact)
    np.testing.assert_allclose(theta, expected, atol=1e-8)


def triangular(cells: int) -> tuple[np.ndarray, float]:
    """A triangular lattice, strained by less than one percent so as to fit a square box."""
    rows = round(cells * 2 / np.sqrt(3) / 2) * 2
    k, m = np.meshgrid(np.arange(cells), np.arange(rows), indexing="ij")
    lattice = np.stack([(k + 0.5 * (m % 2)) / cells, m / rows], axis=-1).reshape(-1, 2)
    return lattice * cells, float(cells)


def test_tong_tanaka_vanishes_on_the_triangular_lattice():
    """Equal particles: all reference angles are 60 degrees, those of a fitting lattice too."""
    equal = np.ones((2, 2))
    strained = []
    for cells in (26, 97):  # 30 and 112 rows: the square box strains them by 8e-4 and 3e-5
        positions, box_length = triangular(cells)
        theta = tong_tanaka(positions, np.zeros(len(positions), dtype=int), Box(box_length, equal))
        strained.append(abs(theta).max())
    assert strained[0] < 2e-3
    assert strained[1] < 1e-4


def test_square_lattice_disturbed_is_known_by_hand():
    """A square cell with one particle in its middle: that particle's four angles are 90 degrees."""
    k, m = np.meshgrid(np.arange(10.0), np.arange(10.0), indexing="ij")
    corners = np.stack([k, m], -1).reshape(-1, 2)
    positions = np.vstack([corners, [4.5, 4.5]])
    theta = tong_tanaka(positions, np.zeros(101, dtype=int), Box(10.0, np.ones((2, 2))))
    np.testing.assert_allclose(theta[-1], np.pi / 2 - np.pi / 3, atol=1e-9)


@pytest.mark.parametrize("name", list(INDICATORS))
def test_every_indicator_is_invariant(name, system, positions, box, rng):
    """Under translation, wrapping, rotation by 90 degrees, reflection, and relabelling of particles."""
    function = INDICATORS[name].function
    before = function(positions, system.species, box)
    order = rng.permutation(len(positions))
    for moved in (
        positions + [3.3, -1.7],
        positions + system.box_length * rng.integers(-2, 3, positions.shape),
        np.stack([-positions[:, 1], positions[:, 0]], axis=1),
        positions * [-1, 1],
    ):
        np.testing.assert_allclose(function(moved, system.species, box), before, rtol=2e-4, atol=2e-4)
    relabelled = function(positions[order], system.species[order], box)
    np.testing.assert_allclose(relabelled, before[order], rtol=2e-4, atol=2e-4)


def test_all_indicators_of_several_samples(system, positions, box):
    samples = np.stack([positions, positions + 1.0])
    values = compute_all(samples, system.species, box)
    assert set(values) == set(INDICATORS)
    for name, entry in INDICATORS.items():
        np.testing.assert_array_equal(values[name][1], entry.function(samples[1], system.species, box))
