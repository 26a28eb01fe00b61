"""Figures of the third paper say what they have not got: attention, live maps, artificial configurations, a bend."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

from glassmap.box import Box
from glassmap.io.datasets import write_dataset, write_table
from glassmap.learning.attention import edge_attention
from glassmap.learning.image_cnn import ImageArchitecture, new_image_classifier
from glassmap.learning.message_passing import GraphArchitecture, LengthScaling, new_graph_classifier
from glassmap.learning.networks import Configurations, Network, Pictures, Windows, save_network
from glassmap.papers.swanson2020.figures_artificial import artificial as artificial_figure
from glassmap.papers.swanson2020.figures_attention import CPU, attended_window, attention_maps, feature_maps
from glassmap.papers.swanson2020.figures_cost import training_cost
from glassmap.papers.swanson2020.tables_artificial import artificial
from glassmap.structure.neighbour_graph import neighbour_graph, tiling
from glassmap.structure.picture import picture

PHASES = ("liquid", "glass")


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture
def files(tmp_path, rng):
    """Two liquids and two glasses of three species, all of them tested, of which the second ones are recognised."""
    grid = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    rows = []
    for phase in PHASES:
        samples = xr.Dataset(
            {
                "position": (("sample", "particle", "axis"), grid + 0.5 * rng.random((2, 64, 2))),
                "species": (("particle",), np.repeat([0, 1, 2], [40, 20, 4])),
                "box_length": ((), 8.0),
            },
            coords={"replica": ("sample", [3, 4]), "split": ("sample", ["test"] * 2)},
        )
        write_dataset(samples, tmp_path / f"{phase}.nc", {})
        sign = 1 if phase == "glass" else -1
        rows += [
            {"tested": "set1", "phase": phase, "replica": replica, "split": "test", "logit": sign * (replica - 3.5)}
            for replica in (3, 4)
        ]
    write_table(pd.DataFrame(rows), tmp_path / "predictions.csv")
    return SimpleNamespace(
        configurations=[tmp_path / f"{phase}.nc" for phase in PHASES],
        model=[tmp_path / "model.pt"],
        predictions=[tmp_path / "predictions.csv"],
    )


@pytest.fixture
def params():
    return SimpleNamespace(datasets=["set1"], phases=PHASES, base_seed=1)


def texts(figure) -> str:
    return " | ".join(text.get_text() for text in figure.findobj(plt.Text))


@pytest.mark.parametrize("attention", ["graph", "none"])
def test_attention(files, params, attention):
    architecture = GraphArchitecture(hidden=6, attention=attention, species=3)
    save_network(files.model[0], Network(new_graph_classifier(architecture, 1, LengthScaling(1.0, 0.2)), Windows(3), 5))
    found = texts(attention_maps(files, params))
    assert ("no attention" in found) == (attention == "none")
    assert "glass, random weights" in found and all(f"| {one} |" in found for one in "ABC")


@pytest.mark.parametrize("batch_size", [1, 3])
def test_attention_is_normalised_over_batches_as_in_training(batch_size, rng):
    """Edges of windows, batch by batch, one pair after the other."""
    box, species = Box.cube(8.0, 2), np.repeat([0, 1], [40, 24])
    grid = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    positions = grid + 0.5 * rng.random((64, 2))
    model = new_graph_classifier(GraphArchitecture(hidden=6, attention="batch"), 1, LengthScaling(1.0, 0.2))
    shown, found = attended_window(
        Network(model, Windows(3, 0.5), batch_size), Configurations(positions[None], species, box)
    )
    whole = neighbour_graph(positions, species, box, 3)
    windows = [whole.window(corner, 0.5) for corner in tiling(box, 0.5)]
    weights: dict[tuple[int, int], list] = {}
    for start in range(0, len(windows), batch_size):
        batch = windows[start : start + batch_size]
        for window, values in zip(batch, edge_attention(model, batch, CPU, batch_size), strict=True):
            for pair, both in zip(window.particle[window.pairs].tolist(), values.reshape(-1, 2), strict=True):
                weights.setdefault(tuple(pair), []).append(both)
    expected = [np.mean(weights[tuple(pair)], axis=0).max() for pair in shown.particle[shown.pairs].tolist()]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_feature_maps(files, params):
    model = new_image_classifier(ImageArchitecture(size=30, dense=4), 1)
    with torch.no_grad():
        model.features[0].weight[2] = 0
        model.features[0].bias[2] = -1
    save_network(files.model[0], Network(model, Pictures(30), 5))
    figure = feature_maps(files, params)
    assert texts(figure).count("map 3, blank") == 2 and texts(figure).count("blank") == 2
    # the picture is that of the sample which is recognised
    samples = Configurations.of_dataset(xr.open_dataset(files.configurations[0]))
    expected = picture(samples.positions[1], samples.species, samples.box, size=30)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), expected)


def test_no_artificial_configurations_of_three_species(files, params, tmp_path):
    given = SimpleNamespace(
        **vars(params), networks=["d_mpnn"], folds=[0], symmetries=[5], number=2, published_liquids={"set1": 1.992}
    )
    architecture = GraphArchitecture(hidden=6, species=3)
    save_network(files.model[0], Network(new_graph_classifier(architecture, 1, LengthScaling(1.0, 0.2)), Windows(3), 5))
    table = artificial(SimpleNamespace(configurations=files.configurations[1:], models=files.model), given)
    assert table["liquid"].isna().all() and "counts of A and B, got [40, 20, 4]" in table["note"].item()
    write_table(table, tmp_path / "artificial.csv")
    figure = artificial_figure(
        SimpleNamespace(configurations=files.configurations[1:], table=tmp_path / "artificial.csv"), given
    )
    assert "counts of A and B" in texts(figure) and "glass of set1" in texts(figure)


def test_cost_without_graphs(tmp_path):
    row = {"network": "image_cnn", "model": "own", "window": 1.0, "device": "cpu", "seconds": 0.01, "std": 0.001}
    write_table(pd.DataFrame([{**row, "published": np.nan}]), tmp_path / "cost.csv")
    assert "image CNN of the study, one core" in texts(
        training_cost(SimpleNamespace(table=tmp_path / "cost.csv"), None)
    )
