"""Integrated gradients of pictures and graphs: complete, linear where the network is, and where the particles are."""

import numpy as np
import pytest
import torch

from glassmap.box import Box
from glassmap.learning.cnn import GLASS, predict_logits
from glassmap.learning.image_cnn import ImageArchitecture, new_image_classifier
from glassmap.learning.integrated_gradients import configuration_gradients, graph_gradients, picture_gradients
from glassmap.learning.message_passing import GraphArchitecture, LengthScaling, new_graph_classifier
from glassmap.structure.neighbour_graph import neighbour_graph, tiling
from glassmap.structure.picture import dot_shares, picture, pixels

CPU, BOX = torch.device("cpu"), Box.cube(10.0, 2)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def positions(rng) -> np.ndarray:
    return rng.random((3, 60, 2)) * 10


@pytest.fixture
def species(rng) -> np.ndarray:
    return rng.permutation(np.repeat([0, 1], [40, 20]))


def graphs_of(positions, species):
    return [neighbour_graph(one, species, BOX, neighbours=3) for one in positions]


def graph_network(**choices):
    architecture = GraphArchitecture(**{"hidden": 8, "steps": 3, **choices})
    return new_graph_classifier(architecture, 5, LengthScaling(0.8, 0.3))


@pytest.mark.parametrize("scale", ["ink", "raw"])
def test_scores_of_the_particles_of_a_picture_add_up_to_the_difference_of_the_logits(positions, species, scale):
    model = new_image_classifier(ImageArchitecture(size=30, dense=6, scale=scale), seed=2).double()
    model.inputs = lambda images, device, of=model.inputs: of(images, device).double()
    pictures = np.stack([picture(one, species, BOX, size=30) for one in positions])
    maps, difference = picture_gradients(model, pictures, CPU, steps=64, batch_size=2)
    white = np.full_like(pictures, 255)
    expected = predict_logits(model, pictures, CPU)[:, GLASS] - predict_logits(model, white, CPU)[:, GLASS]
    np.testing.assert_allclose(difference, expected, rtol=1e-9)
    assert (maps[(pictures == 255).all(axis=-1)] == 0).all()
    scores = np.stack(
        [dot_shares(*pixels(one, BOX, size=30), 30) @ of.ravel() for one, of in zip(positions, maps, strict=True)]
    )
    assert scores.shape == (3, 60)
    np.testing.assert_allclose(scores.sum(axis=1), maps.sum(axis=(1, 2)))  # nothing is lost beside the particles
    assert (np.abs(scores.sum(axis=1) - difference) < 5e-3 * np.abs(maps).sum(axis=(1, 2))).all()


def test_every_pixel_of_ink_belongs_to_the_particles_that_cover_it(positions, species):
    shares = dot_shares(*pixels(positions[0], BOX, size=50), 50).toarray()
    ink = (picture(positions[0], species, BOX, size=50) != 255).any(axis=-1).ravel()
    total = shares.sum(axis=0)
    np.testing.assert_allclose(total[ink], 1)
    # an edge that covers a 255th of a pixel can leave it white
    assert ((total == 0) | np.isclose(total, 1)).all() and (total[~ink] > 0).mean() < 0.05
    rows, columns = pixels(positions[0], BOX, size=50)
    alone = np.array([BOX.distances(one[None], positions[0]).ravel() for one in positions[0]])
    np.fill_diagonal(alone, 9)
    far = alone.min(axis=1).argmax()
    assert shares[far, rows[far] * 50 + columns[far]] == 1


@pytest.mark.parametrize("choices", [{}, {"attention": "batch", "coordinates": "absolute"}, {"attention": "none"}])
def test_scores_of_the_particles_of_a_graph_add_up_to_the_difference_of_the_logits(positions, species, choices):
    model, graphs = graph_network(**choices), graphs_of(positions, species)
    scores, difference = graph_gradients(model, graphs, CPU, steps=64)
    assert [len(one) for one in scores] == [60] * 3 and np.abs(difference).min() > 1e-4
    for one, total in zip(scores, difference, strict=True):
        assert abs(one.sum() - total) < 0.02 * np.abs(one).sum()  # kinks of many edges coincide


def test_graphs_of_a_batch_do_not_know_each_other(positions, species):
    model, graphs = graph_network(), graphs_of(positions, species)
    together, _ = graph_gradients(model, graphs, CPU)
    alone, _ = graph_gradients(model, graphs[1:2], CPU)
    np.testing.assert_allclose(together[1], alone[0], atol=1e-6)


def test_scores_move_with_the_particles(positions, species):
    """Of a network that knows distances alone: the same after a shift and a quarter turn."""
    model = graph_network()
    turned = BOX.wrap(positions[..., ::-1] * [1, -1] + [3.0, 4.0])
    first, second = (configuration_gradients(model, graphs_of(of, species), CPU) for of in (positions, turned))
    np.testing.assert_allclose(first, second, atol=2e-6)
    assert first.std() > 1e-4


def test_scores_of_windows_are_means_over_the_windows_that_hold_a_particle(positions, species):
    model, graph = graph_network(), graphs_of(positions, species)[0]
    (found,) = configuration_gradients(model, [graph], CPU, fraction=0.5)
    totals, held = np.zeros(60), np.zeros(60)
    for corner in tiling(BOX, 0.5):
        window = graph.window(corner, 0.5)
        (scores,), _ = graph_gradients(model, [window], CPU)
        totals[window.particle] += scores
        held[window.particle] += 1
    np.testing.assert_allclose(found, totals / held, atol=1e-6)
