"""Networks that were told two states, as predictors: what they say of single particles, and when they say nothing."""

import numpy as np
import pytest
import torch

from glassmap.box import Box
from glassmap.learning.attention import edge_attention, particle_attention
from glassmap.learning.class_networks import DensityNetworks, GraphNetworks
from glassmap.learning.cnn import GLASS, Architecture, new_classifier
from glassmap.learning.gradcam import grad_cam
from glassmap.learning.message_passing import GraphArchitecture, LengthScaling, new_graph_classifier
from glassmap.learning.networks import Network, Windows
from glassmap.learning.predictors import CLASSES, DENSITY_CNN, NOTHING, PREDICTORS, Samples
from glassmap.structure.density_grid import configuration_kernel
from glassmap.structure.indicators import Parameters
from glassmap.structure.neighbour_graph import neighbour_graph
from glassmap.system import System

CPU, BOX = torch.device("cpu"), Box.cube(10.0, 2)
SPECIES = np.repeat([0, 1], [42, 23])
SIGMA = np.array([[1.0, 0.9], [0.9, 0.8]])
FIELDS = {"grid": 16, "kernel_width": 1.0, "cutoff": 3.0}
HOW = {"steps": 8, "window": 4, "stride": 4}

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def positions(rng) -> np.ndarray:
    grid = np.stack(np.meshgrid(np.arange(10.0), np.arange(10.0)), axis=-1).reshape(-1, 2)
    return np.stack([rng.permutation(grid)[: len(SPECIES)] + 0.5 * rng.random((len(SPECIES), 2)) for _ in range(3)])


def of_density(*seeds: int) -> DensityNetworks:
    architecture = Architecture(grid=16, channels=(4, 4), dense=8)
    return DensityNetworks([new_classifier(architecture, seed) for seed in seeds], SIGMA, FIELDS, HOW, "contrast")


def of_graphs(*seeds: int, unseen) -> GraphNetworks:
    architecture = GraphArchitecture(hidden=8)
    networks = [
        Network(new_graph_classifier(architecture, seed, LengthScaling(1.0, 0.2)), Windows(3), 5) for seed in seeds
    ]
    return GraphNetworks(networks, np.array(unseen))


def test_grad_cam_is_the_mean_of_the_networks_maps_at_the_particles(positions):
    networks = of_density(1, 2)
    found = networks.scores("gradcam", positions, SPECIES, BOX)
    for sample, places in enumerate(positions):
        kernel = configuration_kernel(places, SPECIES, SIGMA, 10.0, **FIELDS)
        each = []
        for model in networks.models:
            field = model.normalisation(kernel.density()[None])
            signed = grad_cam(model, field, CPU)[1][GLASS, 0]
            each.append(kernel.inverse(np.maximum(signed, 0).astype(float)))
        np.testing.assert_allclose(found[sample], np.mean(each, axis=0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", ["gradcam", "occlusion", "integrated_gradients"])
def test_scores_move_with_the_particles_numbers(method, positions, rng):
    order = np.concatenate([rng.permutation(42), 42 + rng.permutation(23)])
    networks = of_density(1)
    first = networks.scores(method, positions, SPECIES, BOX)
    second = networks.scores(method, positions[:, order], SPECIES, BOX)
    assert first.shape == positions.shape[:2] and (first >= 0).all() and first.std() > 0
    np.testing.assert_allclose(second, first[:, order], atol=1e-4 * first.max())


def test_attention_is_the_mean_over_the_networks_that_have_not_learned_from_a_structure(positions):
    networks = of_graphs(1, 2, unseen=[[True, True, False], [False, True, False]])
    found = networks.scores("attention", positions, SPECIES, BOX)
    graphs = [neighbour_graph(places, SPECIES, BOX, 3) for places in positions]
    each = np.array(
        [
            [particle_attention(*both) for both in zip(graphs, edge_attention(one.module, graphs, CPU), strict=True)]
            for one in networks.networks
        ]
    )
    np.testing.assert_allclose(found[0], each[0, 0], rtol=1e-5)
    np.testing.assert_allclose(found[1], each[:, 1].mean(axis=0), rtol=1e-5)
    assert np.isnan(found[2]).all()
    with pytest.raises(ValueError, match="'gradcam' is no method for networks on graphs"):
        networks.scores("gradcam", positions, SPECIES, BOX)


def test_without_a_network_that_has_learned_nothing_is_said(positions):
    assert np.isnan(of_density().scores("gradcam", positions, SPECIES, BOX)).all()
    none = GraphNetworks([], np.empty((0, 3), dtype=bool))
    assert np.isnan(none.scores("attention", positions, SPECIES, BOX)).all()


@pytest.mark.parametrize(
    "networks, method",
    [(of_density(1, 2), "gradcam"), (of_graphs(1, unseen=[[True] * 3]), "attention")],
    ids=["density", "graphs"],
)
def test_untrained_networks_are_others_and_the_same_each_time(networks, method, positions):
    trained = networks.scores(method, positions, SPECIES, BOX)
    drawn = [networks.untrained(seed).scores(method, positions, SPECIES, BOX) for seed in (5, 5, 6)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.allclose(drawn[0], trained) and not np.allclose(drawn[0], drawn[2])
    np.testing.assert_array_equal(networks.scores(method, positions, SPECIES, BOX), trained)


def test_rows_of_networks_see_the_thermal_structures(positions):
    system = System("mixture", (42, 23), 0.65, SIGMA, np.ones((2, 2)), 2.5)
    networks = {DENSITY_CNN: of_density(1)}
    samples = Samples(
        positions[::-1], SPECIES, np.ones(3, dtype=bool), Parameters(system.box, SIGMA, system), 1, positions, networks
    )
    found = PREDICTORS["gradcam"].function(samples)
    np.testing.assert_array_equal(found, networks[DENSITY_CNN].scores("gradcam", positions, SPECIES, system.box))
    assert PREDICTORS["gradcam"].told == CLASSES and PREDICTORS["gradcam_untrained"].told == NOTHING
