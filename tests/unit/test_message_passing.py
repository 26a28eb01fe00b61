"""The graph classifier: messages against a loop, its symmetries and gradients, and the scores of its attention."""

import numpy as np
import pytest
import torch

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.learning.attention import (
    configuration_attention,
    edge_attention,
    high_attention,
    pair_attention,
    particle_attention,
)
from glassmap.learning.cnn import evaluate, glass_probability, predict_logits
from glassmap.learning.message_passing import (
    GraphArchitecture,
    LengthScaling,
    collate,
    new_graph_classifier,
)
from glassmap.structure.neighbour_graph import Graph, cut_window_graph, neighbour_graph, window_corner

CPU = torch.device("cpu")
LENGTH, NUMBER = 8.0, 40
BOX = Box.cube(LENGTH, 2)
CHOICES = [
    (attention, coordinates) for attention in ("graph", "batch", "none") for coordinates in ("relative", "absolute")
]


def configuration(rng, dimension: int = 2) -> tuple[np.ndarray, np.ndarray]:
    return rng.random((NUMBER, dimension)) * LENGTH, rng.permutation(np.repeat([0, 1], [26, 14]))


def graph_of(rng, neighbours: int = 3, dimension: int = 2) -> Graph:
    return neighbour_graph(*configuration(rng, dimension), Box.cube(LENGTH, dimension), neighbours)


def network(attention="graph", coordinates="relative", **sizes):
    """In double precision, with biases, which are 0 at first."""
    sizes = {"hidden": 7, "steps": 3, "layers": 2} | sizes
    architecture = GraphArchitecture(attention=attention, coordinates=coordinates, **sizes)
    model = new_graph_classifier(architecture, 3, LengthScaling(0.8, 0.3)).double()
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def relu(values):
    return np.maximum(values, 0)


def by_loops(model, graphs):
    """Logits and weights of the edges, message by message; of the batch all graphs together."""
    shape = model.architecture
    weight = {name: value.numpy() for name, value in model.state_dict().items()}
    entered, features, edges = {}, {}, {}
    for g, graph in enumerate(graphs):
        for v in range(len(graph.particle)):
            if shape.coordinates == "relative":
                features[g, v] = np.eye(2)[graph.species[v]]
            else:
                features[g, v] = np.array([*(graph.positions[v] / LENGTH), graph.species[v] + 1.0])
        edges[g] = [(int(v), int(w)) for a, b in graph.pairs for v, w in ((a, b), (b, a))]
        for (a, b), r in zip(graph.pairs, graph.distance, strict=True):
            for v, w in ((int(a), int(b)), (int(b), int(a))):
                length = ((r if shape.coordinates == "relative" else r / LENGTH) - 0.8) / 0.3
                entered[g, v, w] = weight["enter.weight"] @ np.array([*features[g, v], length])
    messages, alpha = {edge: relu(value) for edge, value in entered.items()}, {}
    for _ in range(shape.steps - 1):
        new = {}
        for g, v, w in entered:
            others = [u for u, target in edges[g] if target == v and u != w]
            arriving = sum((messages[g, u, v] for u in others), np.zeros(shape.hidden))
            new[g, v, w] = relu(entered[g, v, w] + weight["pass_on.weight"] @ arriving)
        if shape.attention != "none":
            score = {
                edge: (weight["attend.2.weight"] @ relu(weight["attend.0.weight"] @ m) + weight["attend.2.bias"])[0]
                for edge, m in new.items()
            }
            for edge in new:
                if shape.attention == "graph":
                    same = [np.exp(value) for other, value in score.items() if other[0] == edge[0]]
                    alpha[edge] = len(same) * np.exp(score[edge]) / sum(same)
                else:  # the padding of the authors' code has a message of 0
                    every = [np.exp(value) for value in score.values()] + [np.exp(weight["attend.2.bias"][0])]
                    alpha[edge] = np.exp(score[edge]) / sum(every)
                new[edge] = alpha[edge] * new[edge]
        messages = new
    logits = []
    for g, graph in enumerate(graphs):
        total = 0.0
        for v in range(len(graph.particle)):
            arriving = sum((messages[g, u, w] for u, w in edges[g] if w == v), np.zeros(shape.hidden))
            total = total + relu(weight["leave.weight"] @ np.array([*features[g, v], *arriving]) + weight["leave.bias"])
        values = total / len(graph.particle)
        values = relu(weight["head.1.weight"] @ values + weight["head.1.bias"])
        output = (weight["head.4.weight"] @ values + weight["head.4.bias"])[0]
        logits.append([-output / 2, output / 2])
    return np.array(logits), alpha, edges


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize(("attention", "coordinates"), CHOICES)
def test_messages_are_those_of_a_loop(attention, coordinates, dimension, rng):
    corners = ([0.0] * dimension, [5.0, 6.0, 7.0][:dimension])
    graphs = [graph_of(rng, dimension=dimension).window(corner, 0.7) for corner in corners]
    model = network(attention, coordinates, dimension=dimension)
    logits, weights = model.forward_with_attention(model.inputs(graphs, CPU))
    expected, alpha, edges = by_loops(model, graphs)
    np.testing.assert_allclose(logits.detach().numpy(), expected, rtol=1e-10)
    assert np.ptp(expected) > 1e-3
    if attention != "none":
        flat = [alpha[g, v, w] for g in range(2) for v, w in edges[g]]
        scale = len(flat) + 1 if attention == "batch" else 1
        np.testing.assert_allclose(weights[-1].detach().numpy(), scale * np.array(flat), rtol=1e-10)
        assert len(weights) == 2


def test_messages_are_not_sent_back():
    """Of two particles alone, nothing is ever passed on: all steps give the same."""
    pair = neighbour_graph(np.array([[1.0, 1.0], [1.9, 1.0]]), np.array([0, 1]), BOX, 1)
    few, many = network("none", steps=1), network("none", steps=5)
    many.load_state_dict(few.state_dict())
    torch.testing.assert_close(few(few.inputs([pair], CPU)), many(many.inputs([pair], CPU)))


@pytest.mark.parametrize(("attention", "coordinates"), CHOICES)
def test_the_order_of_particles_does_not_matter(attention, coordinates, rng):
    positions, species = configuration(rng)
    order = rng.permutation(NUMBER)
    graphs = [neighbour_graph(positions[o], species[o], BOX, 3) for o in (np.arange(NUMBER), order)]
    model = network(attention, coordinates)
    one, other = (predict_logits(model, [graph], CPU) for graph in graphs)
    np.testing.assert_allclose(one, other, rtol=1e-12)
    if attention != "none":
        first, second = (configuration_attention(model, [graph], CPU)[0] for graph in graphs)
        np.testing.assert_allclose(second, first[order], rtol=1e-10)


def rotated(positions, species, angle):
    """Graph of a patch of particles without periodic images, turned about its middle in the plane of x and y."""
    middle, dimension = positions.mean(axis=0), positions.shape[1]
    turn = np.eye(dimension)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    there = middle + (positions - middle) @ turn.T
    return neighbour_graph(there, species, Box.cube(100.0, dimension), 3)


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_default_is_invariant_under_translation_and_rotation(dimension, rng):
    """To 1e-12 of the logits in double precision, 1e-5 in single precision: rounding of the positions, no more."""
    positions, species = configuration(rng, dimension)
    box = Box.cube(LENGTH, dimension)
    shifted = positions + np.array([3.217, 6.91, 1.03])[:dimension]
    turned = positions[:, ::-1] * [-1, 1, 1][:dimension]  # axes exchanged and one mirrored
    pairs = [
        [neighbour_graph(positions, species, box, 3), neighbour_graph(shifted, species, box, 3)],
        [neighbour_graph(positions, species, box, 3), neighbour_graph(turned, species, box, 3)],
        [rotated(positions + 20, species, 0.0), rotated(positions + 20, species, 1.234)],
    ]
    for kind, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        model = network(dimension=dimension).to(kind)
        for one, other in pairs:
            np.testing.assert_allclose(
                predict_logits(model, [one], CPU), predict_logits(model, [other], CPU), rtol=tolerance
            )
            np.testing.assert_allclose(
                *(configuration_attention(model, [graph], CPU) for graph in (one, other)), rtol=1e-4
            )
    published = network(coordinates="absolute", dimension=dimension)
    one, other = pairs[0]
    assert np.abs(predict_logits(published, [one], CPU) - predict_logits(published, [other], CPU)).max() > 1e-4


@pytest.mark.parametrize("attention", ["graph", "none"])
def test_a_graph_has_the_same_logits_alone_as_among_others(attention, rng):
    graphs = [graph_of(rng).window(window_corner(BOX, f, rng), f) for f in (0.5, 1.0, 0.7)]
    model = network(attention)
    alone = np.concatenate([predict_logits(model, [graph], CPU) for graph in graphs])
    np.testing.assert_allclose(predict_logits(model, graphs, CPU), alone, rtol=1e-12)
    if attention == "graph":
        together = edge_attention(model, graphs, CPU)
        for weights, graph in zip(together, graphs, strict=True):
            np.testing.assert_allclose(weights, edge_attention(model, [graph], CPU)[0], rtol=1e-12)
            assert weights.mean() == pytest.approx(1)


def test_attention_over_the_batch_makes_a_graph_depend_on_the_others(rng):
    graphs = [graph_of(rng), graph_of(rng)]
    model = network("batch")
    alone, together = predict_logits(model, graphs[:1], CPU)[0], predict_logits(model, graphs, CPU)[0]
    assert np.abs(alone - together).max() > 1e-6


@pytest.mark.parametrize("attention", ["graph", "batch"])
def test_gradients(attention, rng):
    """With respect to lengths, features and every weight, by finite differences."""
    graphs = [graph_of(rng, 2).window(np.zeros(2), 0.5), graph_of(rng, 2).window(np.zeros(2), 0.4)]
    model = network(attention, hidden=3)
    batch = model.inputs(graphs, CPU)
    names, values = zip(*model.named_parameters(), strict=True)

    def logits(lengths, nodes, *parameters):
        changed = type(batch)(**{**vars(batch), "lengths": lengths, "nodes": nodes})
        return torch.func.functional_call(model, dict(zip(names, parameters, strict=True)), (changed,))

    arguments = [value.detach().clone().requires_grad_() for value in (batch.lengths, batch.nodes, *values)]
    assert torch.autograd.gradcheck(logits, arguments)


def test_the_example_of_the_authors_code_has_its_number_of_parameters():
    """W_i 4 h, W_h h^2, W_o (3 + h) h + h, attention h^2 + h + 1, head h^2 + h and h + 1, with h = 870."""
    h = 870
    published = GraphArchitecture(hidden=h, steps=3, layers=2, dropout=0.5, attention="batch", coordinates="absolute")
    expected = 4 * h + h**2 + (3 + h) * h + h + h**2 + h + 1 + h**2 + h + h + 1
    assert sum(value.numel() for value in new_graph_classifier(published, 1).parameters()) == expected


def test_the_functions_of_the_first_classifier_take_it(rng):
    positions, species = configuration(rng)
    graphs = [cut_window_graph(positions, species, BOX, 3, window_corner(BOX, 0.5, rng), 0.5) for _ in range(5)]
    model = new_graph_classifier(GraphArchitecture(hidden=5), 1)
    probability = glass_probability(model, graphs, CPU)
    logits = predict_logits(model, graphs, CPU, batch_size=2)
    np.testing.assert_allclose(probability, 1 / (1 + np.exp(logits[:, 0] - logits[:, 1])), rtol=1e-5)
    loss, accuracy = evaluate(model, graphs, probability > 0.5, CPU)
    assert accuracy == 1 and loss < np.log(2)
    again = new_graph_classifier(GraphArchitecture(hidden=5), 1)
    assert (predict_logits(again, graphs, CPU) == predict_logits(model, graphs, CPU)).all()


def test_scores_share_the_weights_of_edges(rng):
    graph, model = graph_of(rng), network()
    (weights,) = edge_attention(model, [graph], CPU)
    expected = np.zeros(NUMBER)
    for (a, b), (there, back) in zip(graph.pairs, weights.reshape(-1, 2), strict=True):
        expected[a] += (there + back) / 2
        expected[b] += (there + back) / 2
    scores = particle_attention(graph, weights)
    np.testing.assert_allclose(scores, expected)
    assert scores.sum() == pytest.approx(weights.sum())
    np.testing.assert_array_equal(pair_attention(weights), np.maximum(weights[::2], weights[1::2]))


def test_scores_from_windows_are_means_over_those_that_hold_a_pair(rng):
    graph, model = graph_of(rng), network()
    found = configuration_attention(model, [graph, graph], CPU, fraction=0.7)
    total, held = np.zeros((NUMBER, NUMBER)), np.zeros((NUMBER, NUMBER))
    for x in range(3):
        for y in range(3):
            window = graph.window(np.array([x, y]) * LENGTH / 3, 0.7)
            (weights,) = edge_attention(model, [window], CPU)
            for (a, b), (there, back) in zip(window.particle[window.pairs], weights.reshape(-1, 2), strict=True):
                total[a, b] += (there + back) / 2
                held[a, b] += 1
    assert (held[tuple(graph.pairs.T)] > 0).all()
    mean = total / np.maximum(held, 1)
    np.testing.assert_allclose(found[1], mean.sum(axis=0) + mean.sum(axis=1))
    np.testing.assert_array_equal(found[0], found[1])


def test_high_attention_is_above_the_threshold_of_the_authors():
    """Their widths of lines: 4 (w - min) / (max - min) + 0.1 above 0.11."""
    weights = np.array([0.0, 0.0024, 0.0026, 0.0, 1.0, 0.5])
    width = 4 * (weights - weights.min()) / np.max(weights - weights.min()) + 0.1
    assert high_attention(weights).tolist() == (width.reshape(-1, 2) > 0.11).any(axis=1).tolist() == [False, True, True]
    assert not high_attention(np.ones(6)).any()


def test_lengths_are_scaled_by_those_of_the_training_graphs(rng):
    graphs = [graph_of(rng), graph_of(rng)]
    scaling = LengthScaling.fit(graphs)
    lengths = collate(graphs, GraphArchitecture(), scaling, dtype=torch.float64).lengths
    assert float(lengths.mean()) == pytest.approx(0, abs=1e-12)
    assert float(lengths.std(correction=0)) == pytest.approx(1)
    with pytest.raises(GlassmapError, match="no edges, or all of the same length"):
        LengthScaling.fit([graphs[0].window(np.zeros(2), 1e-6)])


def test_what_does_not_fit_is_refused(rng):
    graph = graph_of(rng)
    with pytest.raises(GlassmapError, match="attention: got 'all', must be one of graph, batch, none"):
        GraphArchitecture(attention="all")
    with pytest.raises(GlassmapError, match="coordinates: got 'polar', must be one of relative, absolute"):
        GraphArchitecture(coordinates="polar")
    with pytest.raises(GlassmapError, match="graphs of 2 species, but the network knows 1"):
        collate([graph], GraphArchitecture(species=1))
    with pytest.raises(GlassmapError, match="a window holds no particles"):
        collate([graph.window(np.zeros(2), 1e-6)], GraphArchitecture())
    with pytest.raises(GlassmapError, match="attention: the network has none"):
        edge_attention(network("none"), [graph], CPU)
