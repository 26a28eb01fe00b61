"""Voronoi cells of large configurations, tile by tile: those of the whole, whatever the halo."""

import freud
import numpy as np
import pytest
import reference

from glassmap.box import Box
from glassmap.structure import cells
from glassmap.structure.cells import voronoi_cells
from glassmap.structure.voronoi import tessellate

NUMBER = 1000


def lattice(dimension: int) -> np.ndarray:
    side = round(NUMBER ** (1 / dimension))
    return np.stack(np.meshgrid(*[np.arange(side)] * dimension), axis=-1).reshape(-1, dimension) + 0.5


def configuration(name: str, dimension: int) -> tuple[np.ndarray, Box]:
    rng = np.random.default_rng(5)
    if name == "crystal":
        positions = lattice(dimension)
        return positions + rng.normal(0, 0.05, positions.shape), Box.cube(positions.max() + 0.5, dimension)
    box = Box.cube(NUMBER ** (1 / dimension), dimension)
    positions = rng.random((NUMBER, dimension)) * box.lengths
    if name == "hole":
        outside = np.linalg.norm(positions - np.array(box.lengths) / 2, axis=1) > 0.42 * box.shortest
        return positions[outside], box
    if name == "slab":
        return positions * np.array([0.2, *[1.0] * (dimension - 1)]), box
    if name == "long":  # a tile and its halo go round it
        lengths = (*[4.0] * (dimension - 1), NUMBER / 4.0 ** (dimension - 1))
        return rng.random((NUMBER, dimension)) * lengths, Box(lengths)
    return positions, box


def in_tiles(monkeypatch, positions: np.ndarray, box: Box, halo: float = cells.HALO) -> cells.Cells:
    monkeypatch.setattr(cells, "LARGEST", 150)
    monkeypatch.setattr(cells, "HALO", halo)
    cells._voronoi_cells.cache_clear()
    found = voronoi_cells(positions, box)
    cells._voronoi_cells.cache_clear()
    return found


def faces(found: cells.Cells) -> dict[tuple[int, int], float]:
    """Size of what each pair shares; freud 3.4 omits some faces of one of their two particles."""
    size: dict[tuple[int, int], dict[tuple[int, int], float]] = {}
    bonds = found.bonds
    for i, j, weight in zip(
        bonds.query_point_indices.tolist(), bonds.point_indices.tolist(), bonds.weights.tolist(), strict=True
    ):
        of_pair = size.setdefault((min(i, j), max(i, j)), {})
        of_pair[i, j] = of_pair.get((i, j), 0.0) + weight  # across a small box a pair may share two
    return {pair: max(both.values()) for pair, both in size.items()}


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("name", ["random", "crystal", "hole", "slab", "long"])
def test_tiles_give_the_cells_of_the_whole(name, dimension, monkeypatch):
    """Volumes, neighbours and what they share, to the single precision in which freud takes positions."""
    positions, box = configuration(name, dimension)
    whole, tiled = voronoi_cells(positions, box), in_tiles(monkeypatch, positions, box)
    np.testing.assert_allclose(tiled.volume, whole.volume, rtol=1e-4, atol=2e-4)
    assert tiled.volume.sum() == pytest.approx(box.volume, rel=1e-6)
    expected, found = faces(whole), faces(tiled)
    for pair in expected.keys() | found.keys():
        assert found.get(pair, 0.0) == pytest.approx(expected.get(pair, 0.0), rel=1e-3, abs=2e-3), pair
    order = np.lexsort((tiled.bonds.point_indices, tiled.bonds.query_point_indices))
    np.testing.assert_array_equal(order, np.arange(len(order)))
    ends = positions[tiled.bonds.point_indices] - positions[tiled.bonds.query_point_indices]
    between = (tiled.bonds.vectors[:, :dimension] - ends) / box.lengths
    np.testing.assert_allclose(between, np.round(between), atol=1e-4)


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_halo_that_is_too_narrow_is_noticed(dimension, monkeypatch):
    """Against scipy: cells that such a halo leaves open are computed again with the particles that they lack."""
    positions, box = configuration("hole", dimension)
    tiled = in_tiles(monkeypatch, positions, box, halo=0.1)
    expected, _ = reference.voronoi(positions, box.shortest)
    np.testing.assert_allclose(tiled.volume, expected, rtol=1e-4, atol=1e-4)


def test_a_configuration_that_fits_is_tessellated_at_once():
    """Bit by bit what freud says, so that tables of existing studies stay as they are."""
    positions, box = configuration("random", 2)
    found = freud.locality.Voronoi().compute(box.freud_system(positions))
    np.testing.assert_array_equal(voronoi_cells(positions, box).volume, found.volumes)
    cut = tessellate(positions, box)
    np.testing.assert_array_equal(cut.centre, found.nlist.query_point_indices)
    np.testing.assert_array_equal(cut.neighbour, found.nlist.point_indices)
