"""Voronoi volume and Tong-Tanaka order parameter against a brute-force tessellation."""

import numpy as np
import pytest
import reference

from glassmap.box import Box
from glassmap.structure.indicators import (
    BASELINES,
    INDICATORS,
    Parameters,
    composition,
    compute_all,
    hexatic_order,
    number_density,
    potential_energy,
    tong_tanaka,
    voronoi_volume,
)
from glassmap.system import pair_matrix


@pytest.fixture
def positions(system, rng) -> np.ndarray:
    return rng.uniform(0, system.box_length, (system.number_of_particles, 2))


@pytest.fixture
def parameters(system, config) -> Parameters:
    contact = pair_matrix(config["systems"]["KAM"]["tong_tanaka_sigma"]) if system.name == "KAM" else system.sigma
    return Parameters(system.box, contact, system, density_radius=2.0)


def test_voronoi_volumes_are_those_of_scipy_and_sum_to_the_box(system, positions, parameters):
    volume = voronoi_volume(positions, system.species, parameters)
    expected, _ = reference.voronoi(positions, system.box_length)
    np.testing.assert_allclose(volume, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(volume.sum(), system.box_length**2, rtol=1e-6)


def test_tong_tanaka_agrees_with_its_definition(system, positions, parameters):
    """Random configurations; freud works in single precision, which bounds the agreement of near-ties."""
    theta = tong_tanaka(positions, system.species, parameters)
    expected = reference.tong_tanaka(positions, system.species, system.box_length, parameters.contact)
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
        theta = tong_tanaka(positions, np.zeros(len(positions), dtype=int), Parameters(Box.cube(box_length, 2), equal))
        strained.append(abs(theta).max())
    assert strained[0] < 2e-3
    assert strained[1] < 1e-4


def test_perturbed_square_lattice_by_hand():
    """A square cell with one particle in its middle: that particle's four angles are 90 degrees."""
    k, m = np.meshgrid(np.arange(10.0), np.arange(10.0), indexing="ij")
    corners = np.stack([k, m], -1).reshape(-1, 2)
    positions = np.vstack([corners, [4.5, 4.5]])
    theta = tong_tanaka(positions, np.zeros(101, dtype=int), Parameters(Box.cube(10, 2), np.ones((2, 2))))
    np.testing.assert_allclose(theta[-1], np.pi / 2 - np.pi / 3, atol=1e-9)


def test_number_density_counts_the_neighbours_in_a_disc_with_a_soft_edge(system, positions, parameters):
    """A neighbour within 1.5 counts, one beyond 2.5 does not, in between in proportion."""
    distance = reference.distances(positions, system.box_length)
    np.fill_diagonal(distance, np.inf)
    expected = np.clip(2.5 - distance, 0, 1).sum(axis=1) / (np.pi * 2.0**2)
    np.testing.assert_allclose(number_density(positions, system.species, parameters), expected, atol=1e-4)


def test_composition_is_one_for_species_a(system, positions, parameters):
    values = composition(positions, system.species, parameters)
    assert values[system.species == 0].min() == 1 and values[system.species == 1].max() == 0
    assert values.sum() == system.counts[0]


def test_potential_energy_agrees_with_the_sum_over_pairs_and_images(system, parameters, rng, monkeypatch):
    """On a lattice shaken so little that no pair overlaps; Eqs. 1-2 by brute force."""
    cells = 45
    k, m = np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij")
    lattice = np.stack([k, m], -1).reshape(-1, 2)[: system.number_of_particles] * system.box_length / cells
    positions = lattice + rng.uniform(-0.05, 0.05, lattice.shape)
    energy = potential_energy(positions, system.species, parameters)
    expected, _ = reference.energies_and_forces(positions, system.species, system)
    np.testing.assert_allclose(energy, expected, rtol=1e-9, atol=1e-9)
    monkeypatch.setattr("glassmap.box.PAIRS", 2000)
    in_blocks = potential_energy(positions, system.species, parameters)
    np.testing.assert_allclose(in_blocks, energy, rtol=1e-12, atol=1e-12)


def test_potential_energy_needs_a_system(positions, system):
    with pytest.raises(ValueError, match="system"):
        potential_energy(positions, system.species, Parameters(system.box, np.ones((2, 2))))


def test_hexatic_order_is_one_in_a_triangular_crystal_and_by_its_definition_elsewhere(system, positions, parameters):
    lattice, length = triangular(26)
    one = hexatic_order(lattice, np.zeros(len(lattice), dtype=int), Parameters(Box.cube(length, 2), np.ones((2, 2))))
    np.testing.assert_allclose(one, 1, atol=1e-2)
    _, neighbours = reference.voronoi(positions, system.box_length)
    found = hexatic_order(positions, system.species, parameters)
    for particle in (0, 7, 1234):
        bonds = np.array([to_neighbour for _, to_neighbour in neighbours[particle]])
        angles = np.arctan2(bonds[:, 1], bonds[:, 0])
        assert found[particle] == pytest.approx(abs(np.exp(6j * angles).mean()), abs=1e-4)


def test_indicators_of_the_papers_are_not_baselines():
    assert {"voronoi_volume", "tong_tanaka"} & set(BASELINES) == set()
    assert set(BASELINES) == {"number_density", "composition", "potential_energy", "hexatic_order"}


@pytest.mark.parametrize("name", list(INDICATORS))
def test_every_indicator_is_invariant(name, system, positions, parameters, rng):
    """Under translation, wrapping, rotation by 90 degrees, reflection, and relabelling of particles."""
    function = INDICATORS[name].function
    before = function(positions, system.species, parameters)
    order = rng.permutation(len(positions))
    # freud takes the angles between particles that nearly coincide in single precision
    close = {"rtol": 2e-4, "atol": 2e-3 if name == "hexatic_order" else 2e-4}
    for moved in (
        positions + [3.3, -1.7],
        positions + system.box_length * rng.integers(-2, 3, positions.shape),
        np.stack([-positions[:, 1], positions[:, 0]], axis=1),
        positions * [-1, 1],
    ):
        np.testing.assert_allclose(function(moved, system.species, parameters), before, **close)
    relabelled = function(positions[order], system.species[order], parameters)
    np.testing.assert_allclose(relabelled, before[order], **close)


def test_all_indicators_of_several_samples(system, positions, parameters):
    samples = np.stack([positions, positions + 1.0])
    values = compute_all(samples, system.species, parameters)
    assert set(values) == set(INDICATORS)
    for name, entry in INDICATORS.items():
        np.testing.assert_array_equal(values[name][1], entry.function(samples[1], system.species, parameters))
