"""Graphs of nearest neighbours: against all distances and networkx, and how windows cut them."""

import networkx
import numpy as np
import pytest
import reference

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.structure.neighbour_graph import (
    cut_window_graph,
    graph_measures,
    measures_of_configurations,
    neighbour_graph,
    tiling,
    window_corner,
)

LENGTH = 9.0
BOX = Box.cube(LENGTH, 2)


@pytest.fixture
def positions(rng) -> np.ndarray:
    return rng.random((70, 2)) * LENGTH


@pytest.fixture
def species(rng) -> np.ndarray:
    return rng.permutation(np.repeat([0, 1], [45, 25]))


def nearest_pairs(distances, neighbours):
    """By sorting every row of a matrix of distances."""
    np.fill_diagonal(distances, np.inf)
    found = {(i, j) for i, row in enumerate(distances) for j in np.argsort(row)[:neighbours]}
    return sorted({(min(pair), max(pair)) for pair in found})


@pytest.mark.parametrize("neighbours", [1, 4])
@pytest.mark.parametrize("dimension", [2, 3])
def test_pairs_are_those_of_all_distances(neighbours, dimension, rng):
    positions = rng.random((60, dimension)) * LENGTH
    graph = neighbour_graph(positions + 2 * LENGTH, np.zeros(60, dtype=int), Box.cube(LENGTH, dimension), neighbours)
    distances = reference.distances(positions, LENGTH)
    expected = nearest_pairs(distances.copy(), neighbours)
    assert graph.pairs.tolist() == [list(pair) for pair in expected]
    np.testing.assert_allclose(graph.distance, distances[tuple(np.transpose(expected))], atol=1e-12)


@pytest.mark.parametrize("corner", [[1.0, 2.0], [6.0, 7.5]])
def test_a_window_has_the_pairs_of_the_configuration_that_it_holds(corner, positions, species):
    """Also across the edge of the box, where it is in one piece."""
    graph = neighbour_graph(positions, species, BOX, 3)
    window = graph.window(np.array(corner), 0.5)
    relative = np.mod(positions - corner, LENGTH)
    held = np.flatnonzero((relative < LENGTH / 2).all(axis=1))
    assert window.particle.tolist() == held.tolist()
    np.testing.assert_allclose(window.positions, corner + relative[held])
    np.testing.assert_array_equal(window.species, species[held])
    expected = [pair for pair in graph.pairs.tolist() if set(pair) <= set(held)]
    assert window.particle[window.pairs].tolist() == expected and len(expected) > 10
    difference = window.positions[window.pairs[:, 1]] - window.positions[window.pairs[:, 0]]
    np.testing.assert_allclose(window.distance, np.linalg.norm(difference, axis=1))
    whole = graph.window(np.array(corner), 1.0)
    assert whole.pairs.tolist() == graph.pairs.tolist() and (whole.distance == graph.distance).all()


def test_a_published_window_seeks_neighbours_inside_alone(positions, species):
    corner = np.array([2.0, 2.0])
    window = cut_window_graph(positions, species, BOX, 3, corner, 0.4)
    held = positions[window.particle]
    distances = np.linalg.norm(held[:, None] - held, axis=-1)
    assert window.pairs.tolist() == [list(pair) for pair in nearest_pairs(distances, 3)]
    sound = neighbour_graph(positions, species, BOX, 3).window(corner, 0.4)
    assert window.particle.tolist() == sound.particle.tolist()
    added = set(map(tuple, window.pairs.tolist())) - set(map(tuple, sound.pairs.tolist()))
    assert added  # neighbours at its edge that are not the nearest


def test_corners_lie_on_the_diagonal_or_anywhere(rng):
    box = Box((10.0, 20.0))
    diagonal = np.array([window_corner(box, 0.3, rng, diagonal=True) for _ in range(200)]) / box.lengths
    np.testing.assert_allclose(diagonal[:, 0], diagonal[:, 1])
    assert diagonal.min() >= 0 and 0.6 < diagonal.max() <= 0.7
    anywhere = np.array([window_corner(box, 0.3, rng) for _ in range(200)]) / box.lengths
    assert anywhere.max() > 0.9 and abs(np.corrcoef(anywhere.T)[0, 1]) < 0.3


@pytest.mark.parametrize(("fraction", "number"), [(1.0, 1), (0.5, 16), (0.45, 25)])
def test_a_tiling_covers_every_pair(fraction, number, positions, species):
    corners = tiling(BOX, fraction)
    assert len(corners) == number
    graph = neighbour_graph(positions, species, BOX, 2)
    assert graph.distance.max() < 0.2 * LENGTH
    windows = [graph.window(corner, fraction) for corner in corners]
    covered = {pair for window in windows for pair in map(tuple, window.particle[window.pairs].tolist())}
    assert covered == set(map(tuple, graph.pairs.tolist()))


@pytest.mark.parametrize("chosen", [False, True])
def test_measures_are_those_of_networkx(chosen, positions, species, rng):
    graph = neighbour_graph(positions, species, BOX, 2)
    kept = rng.random(len(graph.pairs)) < 0.4 if chosen else (species[graph.pairs] == 1).any(axis=1)
    edges = graph.pairs[kept].tolist()
    same = networkx.Graph(edges)
    assert graph_measures(graph, kept if chosen else None) == {
        "isolated": sum(1 for i in range(70) if species[i] == 0 and i not in same),
        "minority_pairs": sum(1 for i, j in edges if species[i] == species[j] == 1),
        "components": networkx.number_connected_components(same),
    }


def test_measures_of_many_configurations_are_those_of_each(species, rng):
    positions = rng.random((2, 3, 70, 2)) * LENGTH
    found = measures_of_configurations(positions, species, BOX, 2)
    expected = graph_measures(neighbour_graph(positions[1, 2], species, BOX, 2))
    assert {name: values.shape for name, values in found.items()} == dict.fromkeys(expected, (2, 3))
    assert {name: round(70 * values[1, 2]) for name, values in found.items()} == expected


def test_measures_without_any_pair_are_zero(positions):
    graph = neighbour_graph(positions, np.zeros(70, dtype=int), BOX, 2)
    assert graph_measures(graph) == {"isolated": 70, "minority_pairs": 0, "components": 0}


def test_too_few_particles_are_refused(positions, species):
    with pytest.raises(GlassmapError, match="neighbours: got 3, but the configuration holds 3 particles; must be few"):
        neighbour_graph(positions[:3], species[:3], BOX, 3)
    with pytest.raises(GlassmapError, match=r"neighbours: got 5, but the window holds \d particles"):
        cut_window_graph(positions, species, BOX, 5, np.zeros(2), 0.1)
