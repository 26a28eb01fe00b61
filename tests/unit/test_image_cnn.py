"""The image classifier, and the training that it shares with the graph classifier."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.learning.cnn import GLASS, evaluate, glass_probability, initialise, keep_best, predict_logits
from glassmap.learning.epochs import Schedule, train_epochs
from glassmap.learning.gradcam import grad_cam
from glassmap.learning.image_cnn import (
    ImageArchitecture,
    ImageClassifier,
    first_feature_maps,
    map_at_particles,
    new_image_classifier,
    turned,
)
from glassmap.learning.message_passing import GraphArchitecture, LengthScaling, new_graph_classifier
from glassmap.structure.neighbour_graph import neighbour_graph, window_corner
from glassmap.structure.picture import picture, pixels

CPU = torch.device("cpu")
SMALL = ImageArchitecture(size=24, channels=(3, 4), kernel_sizes=(6, 3), dense=5, dropout=0.2)
BOX = Box.cube(7.0, 2)
SPECIES = np.arange(49) % 3 // 2


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Networks this small are fastest on one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def configurations(rng, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Liquids, which are random, and glasses, particles near the sites of a lattice."""
    sites = np.stack(np.meshgrid(np.arange(7.0), np.arange(7.0)), axis=-1).reshape(-1, 2)
    glasses = sites + rng.normal(0, 0.1, (number, 49, 2)) + rng.random((number, 1, 2))
    classes = np.repeat([0, 1], number)
    return np.concatenate([rng.random((number, 49, 2)) * 7, glasses]), classes


def pictures_of(positions):
    return np.stack([picture(one, SPECIES, BOX, size=SMALL.size) for one in positions])


def test_the_published_network_has_its_number_of_parameters():
    published = ImageArchitecture(size=250, dense=80, scale="raw")
    with torch.device("meta"):  # without memory: it has 72 million
        model = ImageClassifier(published)
    counts = [value.numel() for value in model.parameters()]
    assert [sum(counts[i : i + 2]) for i in (0, 2, 4, 6)] == [1806, 2416, 71_896_400, 162]
    assert published.map_size == 237


@pytest.mark.parametrize("scale", ["ink", "raw"])
def test_feature_maps_are_correlations_with_the_kernels(scale, rng):
    """Of scipy, without padding."""
    pictures = pictures_of(configurations(rng, 1)[0])
    model = new_image_classifier(ImageArchitecture(24, (3, 4), (6, 3), 5, scale=scale), 1)
    found = first_feature_maps(model, pictures, CPU)
    values = 1 - pictures / 255 if scale == "ink" else pictures.astype(float)
    kernels, biases = (value.detach().numpy() for value in model.features[0].parameters())
    assert found.shape == (2, 3, 19, 19)
    for sample in range(2):
        for m in range(3):
            total = sum(correlate(values[sample, ..., c], kernels[m, c], mode="valid") for c in range(3))
            np.testing.assert_allclose(found[sample, m], np.maximum(total + biases[m], 0), rtol=1e-4, atol=1e-3)


def test_published_initial_weights_are_a_truncated_normal():
    model = new_image_classifier(SMALL, 2, "truncated_normal")
    for value in model.parameters():
        assert (value == 0.1).all() if value.ndim == 1 else value.abs().max() <= 0.2
    # 0.1 of a normal cut at two deviations
    assert float(model.head[1].weight.detach().std()) == pytest.approx(0.088, abs=0.002)
    again = new_image_classifier(SMALL, 2, "truncated_normal")
    assert all((one == other).all() for one, other in zip(model.parameters(), again.parameters(), strict=True))


def test_it_takes_the_initial_weights_of_the_first_classifier(rng):
    """Every unit has mean 0 and variance 1 before its ReLU; kernels of even size, too."""
    pictures = pictures_of(configurations(rng, 20)[0])
    model = new_image_classifier(SMALL, 1)
    initialise(model, "contrast", pictures)
    torch.testing.assert_close(model.features[0].weight.sum((2, 3)), torch.zeros(3, 3), atol=1e-4, rtol=0)
    values = model.inputs(pictures, CPU)
    with torch.no_grad():
        for layer in [*model.features, *model.head][:-2]:
            values = layer(values)
            if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
                others = [axis for axis in range(values.ndim) if axis != 1]
                torch.testing.assert_close(values.mean(others), torch.zeros(values.shape[1]), atol=1e-3, rtol=0)
                torch.testing.assert_close(values.std(others), torch.ones(values.shape[1]), atol=1e-3, rtol=0)


def test_grad_cam_explains_it_on_particles(rng):
    """A network that sees one pixel: its map is the picture, and the value at a particle that of its pixel."""
    positions, _ = configurations(rng, 1)
    positions = positions[1]
    positions[:, :] = np.clip(np.mod(positions, 7.0), 1.0, 6.0)
    image = picture(positions, SPECIES, BOX, size=24)
    model = new_image_classifier(ImageArchitecture(24, (1,), (5,), 2), 1)
    with torch.no_grad():
        model.features[0].weight.zero_()
        model.features[0].weight[0, 0, 2, 2] = 1.0  # red, which blue dots absorb
        model.features[0].bias.zero_()
        model.head[1].weight.fill_(1.0)
        model.head[1].bias.zero_()
        model.head[4].weight.fill_(0.5)
    _, signed = grad_cam(model, image[None], CPU)
    assert signed.shape == (2, 1, 20, 20)
    np.testing.assert_allclose(signed[GLASS, 0], 1 - image[2:-2, 2:-2, 0] / 255, atol=1e-6)
    rows, columns = pixels(positions, BOX, size=24)
    found = map_at_particles(signed[:, 0], rows, columns, 24)
    assert found.shape == (2, 49)
    np.testing.assert_allclose(found[GLASS], 1 - image[rows, columns, 0] / 255, atol=1e-6)
    assert found[GLASS][SPECIES == 1].min() == pytest.approx(1)


def test_values_between_points_of_a_map_are_interpolated():
    """Without padding and with even kernels a point of the map belongs to the corner of four pixels."""
    rows, columns = np.array([3, 0, 7]), np.array([4, 2, 7])
    steps = np.arange(5.0)
    plane = 10 * steps[:, None] + steps  # of a picture of 8 pixels: offset 1.5
    np.testing.assert_allclose(map_at_particles(plane, rows, columns, 8), [17.5, 0.5, 44.0])


def test_pictures_are_turned_and_mirrored_one_by_one(rng):
    pictures = rng.integers(0, 256, (200, 3, 3, 3), dtype=np.uint8)
    result = turned(pictures, np.random.default_rng(1))
    seen = set()
    for one, other in zip(pictures, result, strict=True):
        images = [np.rot90(flipped, k) for flipped in (one, one[::-1]) for k in range(4)]
        (match,) = [number for number, image in enumerate(images) if (image == other).all()]
        seen.add(match)
    assert seen == set(range(8))
    assert (turned(pictures, np.random.default_rng(1)) == result).all()


def test_the_learning_rate_rises_and_falls():
    schedule = Schedule(epochs=10)
    assert [schedule.rate(epoch) for epoch in (0, 1, 2, 6, 10)] == pytest.approx([1e-4, 5.5e-4, 1e-3, 10**-3.5, 1e-4])
    assert Schedule(epochs=2).rate(1.5) == pytest.approx(7.75e-4)


def test_the_first_step_is_adam_with_a_penalty_of_the_weights_alone(rng):
    """Adam's first step is the rate, against the sign of the gradient."""
    positions, classes = configurations(rng, 2)
    pictures = pictures_of(positions)
    model = new_image_classifier(SMALL, 1)
    model.head[3].p = 0.0
    before = [value.detach().clone() for value in model.parameters()]
    loss = torch.nn.functional.cross_entropy(model(model.inputs(pictures, CPU)), torch.tensor(classes))
    loss = loss + 0.05 * sum((value**2).sum() for value in model.parameters() if value.ndim > 1)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    schedule = Schedule(epochs=1, batch_size=4, l2=0.1)
    next(train_epochs(model, lambda epoch: pictures, classes, (pictures, classes), schedule, 1, CPU))
    for old, new, gradient in zip(before, model.parameters(), gradients, strict=True):
        sure = gradient.abs() > 1e-5
        torch.testing.assert_close((new - old)[sure], -1e-4 * gradient[sure].sign(), rtol=2e-2, atol=1e-7)


def test_the_image_classifier_learns(rng):
    positions, classes = configurations(rng, 30)
    pictures = pictures_of(positions)
    others, other_classes = configurations(rng, 20)
    test = pictures_of(others)

    def trained(epochs):
        model = new_image_classifier(SMALL, 3)
        schedule = Schedule(epochs=epochs, batch_size=10, highest=5e-3, last=1e-3, l2=1e-3)
        training = train_epochs(
            model,
            lambda epoch: turned(pictures, np.random.default_rng(epoch)),
            classes, (pictures, classes), schedule, 3, CPU,
        )  # fmt: skip
        history, _, weights = keep_best(training, epochs)
        model.load_state_dict(weights)
        return history, model

    history, model = trained(12)
    assert history[-1].train_loss < history[0].train_loss
    assert evaluate(model, test, other_classes, CPU)[1] >= 0.8
    probability = glass_probability(model, test, CPU)
    assert probability[other_classes == 1].mean() > 0.1 + probability[other_classes == 0].mean()
    first, second = trained(2), trained(2)
    assert first[0] == second[0]
    assert (predict_logits(first[1], test, CPU) == predict_logits(second[1], test, CPU)).all()


def test_the_graph_classifier_learns_from_windows(rng):
    positions, classes = configurations(rng, 30)
    graphs = [neighbour_graph(one, SPECIES, BOX, 3) for one in positions]
    test = [neighbour_graph(one, SPECIES, BOX, 3) for one in configurations(rng, 30)[0]]
    model = new_graph_classifier(GraphArchitecture(hidden=16), 1, LengthScaling.fit(graphs))

    def windows(epoch):
        draw = np.random.default_rng(epoch)
        return [graph.window(window_corner(BOX, 0.7, draw), 0.7) for graph in graphs]

    schedule = Schedule(epochs=8, highest=5e-3)
    history, _, _ = keep_best(train_epochs(model, windows, classes, (graphs, classes), schedule, 1, CPU), 8)
    assert [record.epoch for record in history] == list(range(1, 9))
    assert evaluate(model, test, classes, CPU)[1] >= 0.95


def test_what_does_not_fit_is_refused():
    with pytest.raises(GlassmapError, match="size: got 13, must be at least 14 pixels"):
        ImageArchitecture(size=13)
    assert ImageArchitecture(size=14).map_size == 1
    with pytest.raises(GlassmapError, match="scale: got 'grey', must be one of ink, raw"):
        ImageArchitecture(scale="grey")
    with pytest.raises(GlassmapError, match="initialization: got 'zero', must be one of torch, truncated_normal"):
        new_image_classifier(SMALL, 1, "zero")
