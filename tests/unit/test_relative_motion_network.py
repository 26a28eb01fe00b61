"""The graph network with relative motion: what it is told, its symmetries, and that it learns from neighbours."""

import numpy as np
import pytest
import torch

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.learning.relative_motion_network import CUTOFF, RelativeMotionRegressor, particle_graph, separations

BOX, NUMBER, RUNS = Box.cube(11.0, 2), 100, 3
SPECIES = np.arange(NUMBER) % 2


def structure(rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, what is to be predicted, and displacements of some runs, which go with it."""
    positions = np.stack(np.divmod(np.arange(NUMBER), 10), axis=-1) * 1.1 + 0.3 * rng.normal(size=(NUMBER, 2))
    positions = BOX.wrap(positions)
    near = np.exp(-(BOX.distances(positions, positions) ** 2)).sum(axis=1)
    motion = np.exp(-near - 0.3 * SPECIES)[:, None] * [1.0, 2.0]
    moved = motion.T[None, :, :, None] * rng.normal(size=(RUNS, 2, NUMBER, 2))
    return positions, motion, moved


@pytest.fixture(scope="module")
def regressor() -> RelativeMotionRegressor:
    rng = np.random.default_rng(3)
    graphs = [particle_graph(*(given := structure(rng))[:1], SPECIES, BOX, *given[1:]) for _ in range(8)]
    return RelativeMotionRegressor(1, 40).fit(graphs[:6], graphs[6:])


def test_edges_are_all_close_pairs_in_both_directions_with_their_separations(rng):
    positions, motion, moved = structure(rng)
    graph = particle_graph(positions, SPECIES, BOX, motion, moved)
    distance = BOX.distances(positions, positions)
    edges = set(zip(graph.sender.tolist(), graph.receiver.tolist(), strict=True))
    assert len(edges) == len(graph.sender)
    assert edges == set(zip(*(axis.tolist() for axis in np.nonzero((distance < CUTOFF) & (distance > 0))), strict=True))
    for edge in (0, 7, len(graph.sender) - 1):
        i, j = int(graph.sender[edge]), int(graph.receiver[edge])
        apart = BOX.minimum_image(positions[j] - positions[i])
        np.testing.assert_allclose(graph.vector[edge], apart, atol=1e-5)
        later = np.linalg.norm(apart + moved[:, :, j] - moved[:, :, i], axis=-1)
        np.testing.assert_allclose(graph.separation[edge], (later - distance[i, j]).mean(axis=0), atol=1e-5)


def test_particles_that_move_together_are_not_separated(rng):
    moved = np.broadcast_to(rng.normal(size=(RUNS, 2, 1, 2)), (RUNS, 2, NUMBER, 2))
    i, j = np.arange(5), np.arange(5) + 1
    np.testing.assert_allclose(separations(moved, i, j, rng.normal(size=(5, 2))), 0, atol=1e-12)


def test_it_learns_what_the_neighbours_decide(regressor):
    rng = np.random.default_rng(4)
    for _ in range(2):
        positions, motion, _ = structure(rng)
        found = regressor.predict(particle_graph(positions, SPECIES, BOX))
        assert found.shape == motion.shape
        found = [np.corrcoef(found[:, time], motion[:, time])[0, 1] for time in (0, 1)]
        assert min(found) > 0.8, found


def test_neither_a_translation_nor_the_order_of_the_particles_matters(regressor, rng):
    positions, _, _ = structure(rng)
    before = regressor.predict(particle_graph(positions, SPECIES, BOX))
    order = rng.permutation(NUMBER)
    after = regressor.predict(particle_graph(BOX.wrap(positions + [3.3, -7.1])[order], SPECIES[order], BOX))
    np.testing.assert_allclose(after, before[order], atol=1e-4)


def test_the_same_seed_gives_the_same_predictions():
    rng = np.random.default_rng(5)
    graphs = [particle_graph(*(given := structure(rng))[:1], SPECIES, BOX, *given[1:]) for _ in range(2)]
    torch.set_deterministic_debug_mode("error")
    try:
        first, again = (RelativeMotionRegressor(9, 2).fit(graphs[:1], graphs[1:]).predict(graphs[1]) for _ in "ab")
    finally:
        torch.set_deterministic_debug_mode("default")
    np.testing.assert_array_equal(first, again)


def test_it_needs_structures_to_validate_with(rng):
    with pytest.raises(GlassmapError, match="validation"):
        RelativeMotionRegressor(1, 1).fit([], [])
