"""Training, Grad-CAM and the attributions say the same on a GPU as on the CPU; skipped where there is none.

float32 sums of up to 10^4 terms in another order differ by about 1e-6 of their size, and Adam divides the gradient by
its own size, which lets such a difference grow. On the CPU, weights changed by 1e-7 of their size change maps by up to
1e-5 of their largest value, integrated gradients, whose path crosses the corners of ReLU, by 8e-4, and the way of the
weights in 12 steps by 1e-5 of its length. Allowed are 1e-4, 1e-2 and 1e-3.
"""

import numpy as np
import pytest
import torch

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
