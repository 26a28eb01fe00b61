"""Grad-CAM against finite differences, and its symmetries."""

import numpy as np
import pytest
import torch

from glassmap.learning.cnn import CLASSES, Architecture, new_classifier
from glassmap.learning.gradcam import grad_cam, rectify
from glassmap.learning.map_class import is_dead

CPU = torch.device("cpu")
SMALL = Architecture(grid=6, channels=(3, 4), kernel_size=3, dense=16)


@pytest.fixture
def model():
    return new_classifier(SMALL, 3)


@pytest.fixture
def fields(rng) -> np.ndarray:
    return rng.uniform(size=(5, 6, 6))


def activations(model, fields) -> torch.Tensor:
    with torch.no_grad():
        return model.features(torch.from_numpy(fields)[:, None].float())


def test_alpha_is_the_mean_of_central_finite_differences(model, fields):
    """d y_C / d A_m by moving every pixel of every feature map, in double precision (Eq. 3)."""
    alpha, _ = grad_cam(model, fields, CPU)
    activation = activations(model, fields).double()
    head = model.head.double().eval()
    step = 1e-6
    expected = np.zeros_like(alpha)
    with torch.no_grad():
        for m in range(activation.shape[1]):
            for x in range(6):
                for y in range(6):
                    up, down = activation.clone(), activation.clone()
                    up[:, m, x, y] += step
                    down[:, m, x, y] -= step
                    slope = (head(up) - head(down)) / (2 * step)
                    expected[:, :, m] += slope.T.numpy() / 36
    np.testing.assert_allclose(alpha, expected, atol=1e-6)


def test_map_is_the_weighted_sum_of_the_feature_maps(model, fields):
    alpha, signed = grad_cam(model, fields, CPU)
    activation = activations(model, fields).numpy()
    for index in range(len(CLASSES)):
        expected = sum(alpha[index, :, m, None, None] * activation[:, m] for m in range(4))
        np.testing.assert_allclose(signed[index], expected, atol=1e-6)
    np.testing.assert_array_equal(rectify(signed), np.where(signed > 0, signed, 0))


def test_maps_do_not_depend_on_the_batch_size(model, fields):
    for one, other in zip(grad_cam(model, fields, CPU, 50), grad_cam(model, fields, CPU, 2), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_feature_maps_are_equivariant_and_alpha_invariant_under_translation(model, fields):
    """Translation by whole steps: A moves with the field; if the dense layer moves too, alpha is unchanged.

    The dense layer sees absolute positions, so with a fixed one alpha may change: that is the network's,
    not the map's.
    """
    shift = (2, 5)
    moved = np.roll(fields, shift, (1, 2))
    torch.testing.assert_close(
        activations(model, moved), torch.roll(activations(model, fields), shift, (2, 3)), atol=1e-6, rtol=0
    )
    alpha, signed = grad_cam(model, fields, CPU)
    with torch.no_grad():
        weight = model.head[1].weight
        weight.copy_(torch.roll(weight.reshape(16, 4, 6, 6), shift, (2, 3)).reshape(16, -1))
    moved_alpha, moved_signed = grad_cam(model, moved, CPU)
    np.testing.assert_allclose(moved_alpha, alpha, atol=1e-6)
    np.testing.assert_allclose(moved_signed, np.roll(signed, shift, (2, 3)), atol=1e-6)


def test_alpha_of_the_two_classes_differs_in_more_than_sign(model, fields):
    """The map of a class explains its own logit, not the difference of the two."""
    alpha, _ = grad_cam(model, fields, CPU)
    assert np.abs(alpha[0] + alpha[1]).max() > 1e-4


def test_dead_maps_are_found():
    maps = np.zeros((3, 4, 4))
    maps[0] -= 1
    maps[1, 2, 2] = 0.5
    np.testing.assert_array_equal(is_dead(rectify(maps), axes=2), [True, False, True])
