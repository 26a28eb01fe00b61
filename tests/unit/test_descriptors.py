"""Descriptors and cell surfaces against brute force and known lattices."""

from itertools import pairwise

import numpy as np
import pytest

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.structure.cell_surface import cell_surface
from glassmap.structure.descriptors import FORMULAS, LENGTHS, descriptor_names, descriptors
from glassmap.structure.voronoi import tessellate


def configuration(rng, number, edges):
    positions = rng.random((number, len(edges))) * edges
    return positions, rng.integers(0, 3, number), rng.normal(-2, 0.5, number), rng.random(number) + 3


def by_loop(positions, species, energy, surface, box, cutoff, formula, lengths):
    r = box.distances(positions, positions)
    np.fill_diagonal(r, 0.0)
    rows = []
    for i in range(len(positions)):
        blocks = {name: [] for name in ("density", "energy", "surface", "variance")}
        for kind in (0, 1, 2, None):
            chosen = (np.ones(len(r), bool) if kind is None else species == kind) & (r[i] < cutoff)
            for length in lengths:
                weight = np.where(np.arange(len(r)) == i, 1.0, 0.0) if length == 0 else np.exp(-r[i] / length)
                w = weight[chosen]
                total = w.sum()
                norm = (total if formula == "code" else 1.0) if total > 0 else np.inf
                mean = (w * energy[chosen]).sum() / total if total > 0 else 0.0
                blocks["density"].append(total)
                blocks["energy"].append((w * energy[chosen]).sum() / norm)
                blocks["surface"].append((w * surface[chosen]).sum() / norm)
                blocks["variance"].append((w * (energy[chosen] - mean) ** 2).sum() / norm)
        rows.append(np.concatenate(list(blocks.values())))
    return np.array(rows)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(
    ("edges", "cutoff"), [((9.0, 7.0), 20.0), ((9.0, 7.0), 2.5), ((30.0, 26.0), 4.0), ((5.0, 6.0, 7.0), 2.0)]
)
def test_descriptors_against_a_loop(edges, cutoff, formula, rng):
    """Cutoffs below and beyond half the box; two and three dimensions."""
    box = Box(edges)
    values = configuration(rng, 60, edges)
    found = descriptors(*values, box, number_of_species=3, cutoff=cutoff, formula=formula)
    expected = by_loop(*values, box, cutoff, formula, LENGTHS)
    assert found.shape == (60, 256) == (60, len(descriptor_names("ABC")))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_descriptors_do_not_depend_on_order_place_or_image(rng):
    box = Box.cube(8.0, 2)
    positions, species, energy, surface = configuration(rng, 50, (8.0, 8.0))
    found = descriptors(positions, species, energy, surface, box, number_of_species=3)
    order = rng.permutation(50)
    moved = (positions + [3.1, -20.0])[order]
    again = descriptors(moved, species[order], energy[order], surface[order], box, number_of_species=3)
    np.testing.assert_allclose(again, found[order], rtol=1e-9, atol=1e-9)


def test_columns_have_their_names(rng):
    positions, species, energy, surface = configuration(rng, 30, (6.0, 6.0))
    values = descriptors(positions, species, energy, surface, Box.cube(6.0, 2), number_of_species=3)
    column = dict(zip(descriptor_names("ABC"), values.T, strict=True))
    np.testing.assert_allclose(column["potential_energy_all_0"], energy)
    np.testing.assert_allclose(column["cell_surface_B_0"], np.where(species == 1, surface, 0.0))
    assert (column["density_all_0"] == 1).all()
    np.testing.assert_allclose(column["density_all_3"], sum(column[f"density_{kind}_3"] for kind in "ABC"))
    # lengths that are much longer than the box: averages over all particles
    far = descriptors(positions, species, energy, surface, Box.cube(6.0, 2), number_of_species=3, lengths=(1e9,))
    mean = dict(zip(descriptor_names("ABC", (1e9,)), far.T, strict=True))
    np.testing.assert_allclose(mean["potential_energy_variance_all_1000000000"], energy.var(), rtol=1e-6)
    np.testing.assert_allclose(mean["density_A_1000000000"], (species == 0).sum())


def test_an_unknown_formula_is_refused(rng):
    with pytest.raises(GlassmapError, match="formula: got 'printed', must be one of code, paper"):
        descriptors(*configuration(rng, 5, (6.0, 6.0)), Box.cube(6.0, 2), number_of_species=3, formula="printed")


def test_perimeters_of_an_ordinary_tessellation(rng):
    """Of freud's cells, whose polygons are drawn by another library."""
    import freud

    box = Box.cube(9.0, 2)
    positions = rng.random((200, 2)) * 9
    cells = freud.locality.Voronoi()
    cells.compute(box.freud_system(positions))
    expected = [sum(np.linalg.norm(a - b) for a, b in pairwise([*polygon, polygon[0]])) for polygon in cells.polytopes]
    np.testing.assert_allclose(cell_surface(positions, box), expected, rtol=1e-5)
    np.testing.assert_allclose(cell_surface(positions, box, np.full(200, 0.3)), expected, rtol=1e-5)


def test_surfaces_of_a_cubic_lattice():
    axis = np.arange(4.0)
    lattice = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    np.testing.assert_allclose(cell_surface(lattice, Box.cube(4.0, 3)), 6.0, rtol=1e-6)


def test_a_larger_radius_has_a_larger_cell():
    """Rows of alternating radii: the edge lies where the powers are equal, at (1 + r1^2 - r2^2) / 2."""
    lattice = np.stack(np.meshgrid(np.arange(4.0), np.arange(4.0), indexing="ij"), axis=-1).reshape(-1, 2)
    radii = np.where(lattice[:, 0] % 2 == 0, 0.6, 0.4)
    width = 1 + 0.36 - 0.16
    expected = np.where(radii == 0.6, 2 * (width + 1), 2 * (2 - width + 1))
    np.testing.assert_allclose(cell_surface(lattice, Box.cube(4.0, 2), radii), expected, rtol=1e-6)


def test_radii_matter_for_a_mixture(rng):
    """Equal radii do not; the tessellation fills the box in both cases."""
    box = Box.cube(9.0, 2)
    positions = rng.random((120, 2)) * 9
    ordinary = cell_surface(positions, box)
    mixed = cell_surface(positions, box, rng.choice([0.3, 0.5], 120))
    assert np.corrcoef(ordinary, mixed)[0, 1] > 0.5
    assert np.abs(ordinary - mixed).max() > 0.1
    assert tessellate(positions, box).volume.sum() == pytest.approx(81)


def test_columns_keep_every_digit_of_their_length():
    assert descriptor_names("A", (0.0, 0.5, 1.0, 1.0000001, 2e6))[:5] == [
        f"density_A_{length}" for length in ("0", "0.5", "1", "1.0000001", "2000000")
    ]
