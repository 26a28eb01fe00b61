"""Training, Grad-CAM, the attributions and the networks of the third paper say the same on a GPU as on the CPU.

float32 sums of up to 10^4 terms in another order differ by about 1e-6 of their size, and Adam divides the gradient by
its own size, which lets such a difference grow. On the CPU, weights changed by 1e-7 of their size change maps by up to
1e-5 of their largest value, integrated gradients, whose path crosses the corners of ReLU, by 8e-4, and the way of the
weights in 12 steps by 1e-5 of its length. Allowed are 1e-4, 1e-2 and 1e-3.
"""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from glassmap.box import Box
from glassmap.learning.attribution import integrated_gradients, layer_cams, occlusion
from glassmap.learning.cnn import (
    Architecture,
    Protocol,
    choose_device,
    make_deterministic,
    new_classifier,
    train,
)
from glassmap.learning.cnn import predict_logits as logits_of
from glassmap.learning.gradcam import grad_cam
from glassmap.learning.network_scores import network_scores
from glassmap.learning.networks import Configurations, new_network, predict, schedule_of, train_network
from glassmap.workflow.options import StudyFileSwanson2020Graph, StudyFileSwanson2020Image

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
CPU = torch.device("cpu")
ARCHITECTURE = Architecture(grid=24, channels=(8, 16, 16), dense=40, dropout=0.0)  # masks of dropout are the device's


@pytest.fixture
def cuda() -> torch.device:
    """The GPU, chosen as the workflow's scripts do, with kernels that cannot repeat themselves refused."""
    make_deterministic(1)
    return choose_device("auto")


def textures(number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rough and smooth random fields, shape (2 number, 24, 24), and their classes."""
    rough = rng.uniform(size=(number, 24, 24))
    smooth = sum(np.roll(rough, (i, j), (1, 2)) for i in range(3) for j in range(3)) / 9
    return np.concatenate([rough, smooth]), np.repeat([0, 1], number)


def agree(one: np.ndarray, other: np.ndarray, tolerance: float) -> None:
    """Every value within a fraction of the largest one, and there is something to compare."""
    assert np.abs(one).max() > 0
    np.testing.assert_allclose(other, one, rtol=0, atol=tolerance * np.abs(one).max())


def trained(device: torch.device, epochs: int = 3, precision: str = "float32") -> tuple[list, dict]:
    """Records and weights of a training from seed 0, in batches that do not divide the samples."""
    rng = np.random.default_rng(2)
    protocol = Protocol(
        learning_rate=1e-3, schedule="cosine", batch_size=11, epochs=epochs,
        augmentation=("translation", "rotation", "reflection"), precision=precision,
    )  # fmt: skip
    model, records = new_classifier(ARCHITECTURE, 0), []
    for record, changed in train(model, textures(20, rng), textures(10, rng), protocol, 5, device):
        records.append(record)
        assert next(changed.parameters()).device.type == device.type
    return records, {name: value.cpu().clone() for name, value in model.state_dict().items()}


def test_auto_takes_the_gpu(cuda):
    assert cuda.type == choose_device("cuda").type == "cuda"


def test_training(cuda):
    """Same samples and symmetries in the same order: the same losses and weights."""
    (records, weights), (on_gpu, weights_on_gpu) = trained(CPU), trained(cuda)
    start = new_classifier(ARCHITECTURE, 0).state_dict()
    for one, other in zip(records, on_gpu, strict=True):
        assert other.train_loss == pytest.approx(one.train_loss, rel=1e-4)
        assert other.validation_loss == pytest.approx(one.validation_loss, rel=1e-4)
    for name, value in weights.items():
        assert (weights_on_gpu[name] - value).norm() < 1e-3 * (value - start[name]).norm()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_training_is_bitwise_reproducible(cuda, precision):
    one, other = trained(cuda, precision=precision)[1], trained(cuda, precision=precision)[1]
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_replayed_steps_are_the_steps(cuda, precision, monkeypatch):
    """Steps recorded once and replayed give the bytes of steps launched one by one, with dropout, too."""
    monkeypatch.setattr(sys.modules[__name__], "ARCHITECTURE", replace(ARCHITECTURE, dropout=0.5))
    replayed = trained(cuda, 8, precision)[1]
    monkeypatch.setattr("glassmap.learning.cnn._Replayed.EAGER", 10**6)
    one_by_one = trained(cuda, 8, precision)[1]
    for name, value in one_by_one.items():
        torch.testing.assert_close(replayed[name], value, rtol=0, atol=0)


def test_training_learns(cuda):
    assert trained(cuda, epochs=25)[0][-1].validation_accuracy > 0.9


@pytest.mark.parametrize(
    ("method", "tolerance"),
    [
        (logits_of, 1e-4),
        (lambda *given: grad_cam(*given)[0], 1e-4),
        (lambda *given: grad_cam(*given)[1], 1e-4),
        (layer_cams, 1e-4),
        (lambda model, fields, device: integrated_gradients(model, fields, 16, device)[0], 1e-2),
        (lambda model, fields, device: occlusion(model, fields, 5, 3, device), 1e-4),
    ],
    ids=["logits", "alpha", "grad_cam", "layer_cams", "integrated_gradients", "occlusion"],
)
def test_maps(cuda, method, tolerance, rng):
    """Of the same network, for 7 fields."""
    model, fields = new_classifier(ARCHITECTURE, 3), textures(4, rng)[0][:7]
    agree(method(model, fields, CPU), method(model, fields, cuda), tolerance)


def gases_and_lattices(number: int, rng: np.random.Generator) -> tuple[Configurations, np.ndarray]:
    """Random particles, class 0, and square lattices with a little noise, class 1."""
    lattice = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    noise = rng.normal(0, 0.05, (number, 64, 2))
    positions = np.concatenate([rng.random((number, 64, 2)) * 8, np.mod(lattice + noise, 8)])
    return Configurations(positions, np.repeat([0, 1], [42, 22]), Box.cube(8.0, 2)), np.repeat([0, 1], number)


def swanson_network(kind: str, choices: dict, device: torch.device, epochs: int = 2):
    """A classifier of the third paper after a short training without dropout, and its records."""
    small = {
        "image_cnn": {"size": 30, "channels": [6, 8], "kernel_sizes": [5, 3], "dense": 16},
        "d_mpnn": {"hidden": 16},
    }
    defaults = {"image_cnn": StudyFileSwanson2020Image, "d_mpnn": StudyFileSwanson2020Graph}[kind]().model_dump()
    options = {**defaults, **small[kind], "dropout": 0.0, "batch_size": 5, "epochs": epochs, **choices}
    training = gases_and_lattices(8, np.random.default_rng(1))
    network = new_network(kind, options, training[0], 2, 1)
    judged = gases_and_lattices(3, np.random.default_rng(2))
    records, _ = train_network(network, training, judged, schedule_of(options), 1, device)
    return network, records


@pytest.mark.parametrize(
    ("kind", "choices"),
    [
        ("image_cnn", {}),
        ("d_mpnn", {"attention": "graph"}),
        ("d_mpnn", {"attention": "batch", "coordinates": "absolute"}),
        ("d_mpnn", {"attention": "none", "window": 0.6}),
    ],
    ids=["pictures", "attention of a graph", "of a batch, absolute", "windows"],
)
def test_networks_of_the_third_paper(cuda, kind, choices):
    """The same losses as on the CPU, the same bytes twice, and the same scores from the same weights."""
    (network, records), (again, on_gpu), (twice, _) = (
        swanson_network(kind, choices, device) for device in (CPU, cuda, cuda)
    )
    for one, other in zip(records, on_gpu, strict=True):
        assert other.train_loss == pytest.approx(one.train_loss, rel=1e-3)
        assert other.validation_loss == pytest.approx(one.validation_loss, rel=1e-3)
    one, other = again.module.state_dict(), twice.module.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    shown, _ = gases_and_lattices(3, np.random.default_rng(3))
    samples = network.samples_of(shown, np.random.default_rng(4))
    agree(predict(network, samples, CPU), predict(network, samples, cuda), 1e-4)
    scores, pairs = network_scores(network, shown, CPU)
    scores_on_gpu, pairs_on_gpu = network_scores(network, shown, cuda)
    for name, values in scores.items():
        agree(values, scores_on_gpu[name], 1e-2)  # integrated gradients among them
    for name, values in pairs.items():
        agree(values, pairs_on_gpu[name], 1e-4)
