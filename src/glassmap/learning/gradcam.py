"""Grad-CAM: the parts of a density field that support a class (Frontiers, Eqs. 3-4)."""

import numpy as np
import torch

from glassmap.learning.cnn import CLASSES, Classifier


def grad_cam(
    model: Classifier, fields: np.ndarray, device: torch.device, batch_size: int = 50
) -> tuple[np.ndarray, np.ndarray]:
    r"""Channel weights and signed class activation maps of every class.

    .. math::

        \alpha_m = \frac{1}{G^2} \sum_{kl} \frac{\partial y_C}{\partial A_m^{kl}}, \qquad
        L_{kl} = \sum_m \alpha_m A_m^{kl}

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields.
    device : torch.device
    batch_size : int
        Samples at once; does not affect the result.

    Returns
    -------
    alpha : ndarray, shape (class, S, M)
        Mean of d y_C / d A_m over the pixels, with y_C the logit of class C and A_m the M feature maps of
        the last convolution after its ReLU (Eq. 3).
    cam_signed : ndarray, shape (class, S, G, G)
        ``sum_m alpha_m A_m``; its positive part is the paper's map (Eq. 4, `rectify`).

    Examples
    --------
    The maps of a network with random weights for both classes; the paper's map is the positive part for class 1.

    >>> import numpy as np
    >>> import torch
    >>> from glassmap.learning.cnn import GLASS, Architecture, new_classifier
    >>> from glassmap.learning.gradcam import grad_cam, rectify
    >>> network = new_classifier(Architecture(grid=16, channels=(4, 6), dense=8), seed=1)
    >>> fields = network.normalisation(np.random.default_rng(0).random((3, 16, 16)))
    >>> alpha, signed = grad_cam(network, fields, torch.device("cpu"))
    >>> alpha.shape, signed.shape, bool((rectify(signed[GLASS]) >= 0).all())
    ((2, 3, 6), (2, 3, 16, 16), True)
    """
    model.eval()
    model.to(device)
    alphas, maps = [], []
    for start in range(0, len(fields), batch_size):
        batch = model.inputs(fields[start : start + batch_size], device)
        with torch.no_grad():
            activation = model.features(batch)
        activation.requires_grad_(True)
        logits = model.head(activation)
        per_class = []
        for index in range(len(CLASSES)):
            # samples are independent, so the gradient of the sum contains each sample's own
            (gradient,) = torch.autograd.grad(logits[:, index].sum(), activation, retain_graph=True)
            per_class.append(gradient.mean((2, 3)))
        alpha = torch.stack(per_class)
        alphas.append(alpha.cpu())
        maps.append(torch.einsum("csm,smxy->csxy", alpha, activation.detach()).cpu())
    return torch.cat(alphas, 1).numpy(), torch.cat(maps, 1).numpy()


def rectify(cam_signed: np.ndarray) -> np.ndarray:
    """The map L = ReLU(cam_signed) of Eq. 4; any shape."""
    return np.maximum(cam_signed, 0)
