"""What is randomised, and what is left of the map."""

import numpy as np
import pandas as pd
import pytest
import torch

from glassmap.learning.cnn import GLASS, Architecture, new_classifier
from glassmap.learning.gradcam import grad_cam
from glassmap.learning.layer_randomisation import cascade, layers_from_top, randomise
from glassmap.papers.oyama2023.figures_layer_randomisation import SHOWN, layer_randomisation
from glassmap.plotting.style import save

PHASES = ("liquid", "glass")

CPU = torch.device("cpu")
SMALL = Architecture(grid=6, channels=(3, 4, 4), kernel_size=3, dense=16)
NAMES = ["logits", "dense", "convolution_3", "convolution_2", "convolution_1"]


@pytest.fixture
def model():
    return new_classifier(SMALL, 3)


@pytest.fixture
def fields(rng) -> np.ndarray:
    return rng.uniform(size=(4, 6, 6))


def weights(model) -> dict[str, np.ndarray]:
    return {name: layer.weight.detach().numpy().copy() for name, layer in layers_from_top(model).items()}


def test_layers_are_named_from_the_top(model):
    assert list(layers_from_top(model)) == NAMES
    assert [len(layer.bias) for layer in layers_from_top(model).values()] == [2, 16, 4, 4, 3]


@pytest.mark.parametrize("depth", range(6))
def test_only_the_layers_above_change(model, depth):
    before, changed, fresh = weights(model), randomise(model, depth, 11), new_classifier(SMALL, 11)
    for name, weight in weights(changed).items():
        origin = fresh if name in NAMES[:depth] else model
        np.testing.assert_array_equal(weight, weights(origin)[name])
        np.testing.assert_array_equal(
            layers_from_top(changed)[name].bias.detach(), layers_from_top(origin)[name].bias.detach()
        )
        assert (weight != before[name]).all() == (name in NAMES[:depth])
    for name, weight in weights(model).items():
        np.testing.assert_array_equal(weight, before[name])


def test_depth_0_is_the_trained_map_and_the_last_is_independent_of_it(model, fields):
    other = new_classifier(SMALL, 4)
    maps, of_other = (cascade(network, fields, [11, 12], CPU) for network in (model, other))
    assert maps.shape == (6, 2, 4, 6, 6)
    expected = grad_cam(model, fields, CPU)[1][GLASS]
    for draw in (0, 1):
        np.testing.assert_array_equal(maps[0, draw], expected)
    np.testing.assert_array_equal(maps[-1], of_other[-1])
    # before the last depth something of the network is left, and draws differ
    for depth in range(5):
        assert np.abs(maps[depth] - of_other[depth]).max() > 0
    for depth in range(1, 6):
        assert np.abs(maps[depth, 0] - maps[depth, 1]).max() > 0


def test_draws_are_reproducible(model, fields):
    np.testing.assert_array_equal(cascade(model, fields, [11], CPU), cascade(model, fields, [11], CPU))


def test_the_figure_shows_every_network_of_every_system(tmp_path):
    """Eight lines of data in a panel: two phases, three networks and their mean."""
    table = pd.DataFrame(
        [
            {
                "system": system, "phase": phase, "depth": depth, "layer": ["none", *NAMES][depth], "network": network,
                "quantity": quantity, "value": 0.9**depth, "low": 0.8**depth, "high": 0.95**depth,
            }
            for system in ("KAM", "ABM")
            for phase in ("liquid", "glass")
            for depth in range(6)
            for network in ("mean", "seed-0", "seed-1", "seed-2")
            for quantity in SHOWN
        ]
    )  # fmt: skip
    figure = layer_randomisation(table, PHASES)
    panels = figure.axes
    assert [panel.get_title(loc="left") for panel in panels] == ["(a) KAM", "(b) ABM", "(c) KAM", "(d) ABM"]
    for panel in panels:
        lines = [line for line in panel.lines if len(line.get_xdata()) == 6]
        assert len(lines) == 8 and all(line.get_ydata()[0] == 1 for line in lines)
    assert [tick.get_text() for tick in panels[-1].get_xticklabels()][:3] == ["trained", "logits", "dense"]
    save(figure, [tmp_path / "one.png", tmp_path / "one.pdf"])
    save(layer_randomisation(table, PHASES), [tmp_path / "other.png", tmp_path / "other.pdf"])
    for kind in ("png", "pdf"):
        assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"other.{kind}").read_bytes()
