"""Figures of what the networks look at: attention (supplement, Fig. 6) and first feature maps (Fig. 3)."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CONFIGURATIONS
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.learning.attention import attention_over_windows, pair_attention
from glassmap.learning.cnn import GLASS
from glassmap.learning.image_cnn import first_feature_maps
from glassmap.learning.message_passing import NONE
from glassmap.learning.network_scores import random_networks
from glassmap.learning.networks import Configurations, Network, load_network
from glassmap.papers.swanson2020.figures_panels import EDGE, draw_graph, legend_below, of_species
from glassmap.plotting.style import DOUBLE_COLUMN, STYLE, VALUE_COLOURS, annotate_panel, panel_letters
from glassmap.seeds import derive_seed
from glassmap.structure.neighbour_graph import Graph, neighbour_graph

CPU = torch.device("cpu")
SHOWN = 0.3**2 * 4320  # particles, those of the windows of Fig. 6


def attention_maps(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """The pairs of a window that the network attends to, in a liquid and a glass of the first dataset.

    Parameters
    ----------
    files : namespace
        ``configurations`` of both phases of the first dataset, ``model`` and ``predictions`` of its first fold.
    params : namespace
        ``datasets``, ``phases``, ``base_seed``.
    """
    torch.set_num_threads(1)  # more change the order of summation
    network = load_network(files.model[0])
    beside = {
        "trained": network,
        "random weights": next(random_networks(network, [derive_seed(params.base_seed, "random weights")])),
    }
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(2, 2, figsize=(DOUBLE_COLUMN, 7.3), layout="constrained")
        letters = panel_letters()
        for row, (phase, path) in zip(panels, zip(params.phases, files.configurations, strict=True), strict=True):
            shown = tested_configuration(path, files, params, phase)
            for axis, (name, one) in zip(row, beside.items(), strict=True):
                axis.set_title(f"({next(letters)}) {phase}, {name}", loc="left")
                if not has_attention(one) or shown.box.dimension != 2:
                    axis.set_axis_off()
                    annotate_panel(axis, "no attention" if shown.box.dimension == 2 else "three-dimensional")
                    continue
                window, weights = attended_window(one, shown)
                draw_graph(axis, window, weights, shown_side(shown))
                axis.set(
                    xlabel="$x$ / σ*" if phase == params.phases[-1] else "", ylabel="$y$ / σ*" if axis is row[0] else ""
                )
        pairs = Line2D([], [], color=EDGE, linewidth=1.5, label="pair of neighbours, width: attention")
        legend_below(figure, [*of_species(len(np.unique(shown.species))), pairs], 4)
        figure.suptitle(f"attention of the D-MPNN of {params.datasets[0]}", fontsize=8)
    return figure


def feature_maps(files: SimpleNamespace, params: SimpleNamespace) -> Figure:
    """Maps of the first convolution of a liquid and a glass, each from 0 to the largest value of both.

    Parameters
    ----------
    files, params
        As in `attention_maps`.
    """
    torch.set_num_threads(1)
    network = load_network(files.model[0])
    rng, pictures = np.random.default_rng(params.base_seed), []
    for phase, path in zip(params.phases, files.configurations, strict=True):
        shown = tested_configuration(path, files, params, phase)
        pictures.append(network.samples_of(shown, rng)[0])
    maps = first_feature_maps(network.module, np.stack(pictures), CPU)
    number, columns = maps.shape[1], 4
    of_phase = -(-(number + 1) // columns)
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(
            2 * of_phase, columns, figsize=(DOUBLE_COLUMN, 0.3 + 3.6 * of_phase), layout="constrained", squeeze=False
        )
        letters = panel_letters()
        for phase, image, of_image, block in zip(params.phases, pictures, maps, np.split(panels, 2), strict=True):
            for axis in block.flat:
                axis.set_axis_off()
            axis, *others = block.flat
            axis.imshow(image, interpolation="nearest")
            axis.set_title(f"({next(letters)}) {phase}", loc="left")
            for index, (axis, one) in enumerate(zip(others, of_image, strict=False)):
                largest = maps[:, index].max()
                axis.imshow(one, cmap=VALUE_COLOURS, vmin=0, vmax=largest or 1, interpolation="nearest")
                blank = "" if largest > 0 else ", blank"
                axis.set_title(f"({next(letters)}) map {index + 1}{blank}", loc="left")
        figure.suptitle(f"first convolution of the image CNN of {params.datasets[0]}", fontsize=8)
    return figure


def tested_configuration(path: str, files: SimpleNamespace, params: SimpleNamespace, phase: str) -> Configurations:
    """The first test sample of a phase that the network classifies correctly, or the first if there is none."""
    samples = read_dataset(path, CONFIGURATIONS)
    table = read_table(files.predictions[0], ("tested", "phase", "replica", "split", "logit"))
    own = table[
        (table["tested"] == params.datasets[0]) & (table["phase"] == phase) & (table["split"] == REPORTED_SPLIT)
    ].sort_values("replica")
    right = own[(own["logit"] > 0) == (phase == params.phases[GLASS])]
    replica = (own if right.empty else right)["replica"].iloc[0]
    return Configurations.of_dataset(samples).take(np.flatnonzero(samples["replica"].values == replica))


def has_attention(network: Network) -> bool:
    """Whether a network weighs its edges."""
    architecture = network.module.architecture
    return architecture.attention != NONE and architecture.steps > 1


def shown_side(shown: Configurations) -> float:
    """Side of the square that is shown, sigma*, with as many particles as published, or the whole box."""
    return min(1.0, np.sqrt(SHOWN / shown.positions.shape[1])) * shown.box.shortest


def attended_window(network: Network, shown: Configurations) -> tuple[Graph, np.ndarray]:
    """Graph of the square that is shown, and the higher weight of the two directions of each of its pairs."""
    seen = network.sampling
    graph = neighbour_graph(shown.positions[0], shown.species, shown.box, seen.neighbours)
    (weights,) = attention_over_windows(network.module, [graph], CPU, seen.window, network.batch_size)
    window = graph.window(np.zeros(graph.box.dimension), shown_side(shown) / shown.box.shortest)
    number = np.array([len(graph.particle), 1])
    places = np.searchsorted(graph.pairs @ number, window.particle[window.pairs] @ number)
    return window, pair_attention(weights)[places]
