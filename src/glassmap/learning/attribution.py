"""Other ways to the reasons of a trained network: Grad-CAM elsewhere, integrated gradients, occlusion.

All are maps on the grid of the network's input, made for the logit of one class, that of glass unless it is said
otherwise, and take the way of Grad-CAM to the particles.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from captum.attr import FeatureAblation, IntegratedGradients

from glassmap.io.schema import variable
from glassmap.learning.cnn import CLASSES, GLASS, LIQUID, Classifier
from glassmap.learning.gradcam import grad_cam
from glassmap.learning.map_class import GRADCAM_LIQUID, OWN, map_classes
from glassmap.learning.particle_scores import particle_scores
from glassmap.structure.density_grid import GridKernel

# what goes to the particles with both signs; of every other map only what speaks for its class does
SENT_SIGNED = ("gradcam_signed",)


@dataclass(frozen=True)
class Attributions:
    """Maps of several methods.

    Attributes
    ----------
    methods : tuple of str
    maps : ndarray, shape (method, S, G, G)
        With their sign; positive speaks for the class.
    completeness_error : ndarray, shape (S,), or None
        Of integrated gradients, see `integrated_gradients`; None where they are not among the methods.
    """

    methods: tuple[str, ...]
    maps: np.ndarray
    completeness_error: np.ndarray | None


def attribute(
    model: Classifier,
    fields: np.ndarray,
    methods: Sequence[str],
    steps: int,
    window: int,
    stride: int,
    device: torch.device,
    batch_size: int = 50,
    target: int = GLASS,
) -> Attributions:
    """Maps of several methods by one network.

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields.
    methods : sequence of str
        ``gradcam``, ``gradcam_layer_<n>`` (at the n-th convolution), ``gradcam_liquid`` (for the class liquid
        whatever the target), ``gradcam_signed`` (before the outer ReLU), ``integrated_gradients``, ``occlusion``.
    steps : int
        Of `integrated_gradients`.
    window, stride : int
        Of `occlusion`, grid points.
    device : torch.device
    batch_size : int
        Samples at once; no influence on the result but rounding.
    target : int
        The class whose logit is asked for its reasons.

    Returns
    -------
    Attributions
        In the order of ``methods``.
    """
    maps, error = {}, None
    layers = layer_cams(model, fields, device, batch_size, target)
    for method in methods:
        if method.startswith("gradcam_layer_"):
            maps[method] = layers[int(method.removeprefix("gradcam_layer_")) - 1]
        elif method == GRADCAM_LIQUID:
            maps[method] = grad_cam(model, fields, device, batch_size)[1][LIQUID]
        elif method in ("gradcam", "gradcam_signed"):
            maps[method] = layers[-1]
        elif method == "integrated_gradients":
            maps[method], error = integrated_gradients(model, fields, steps, device, batch_size, target)
        elif method == "occlusion":
            maps[method] = occlusion(model, fields, window, stride, device, batch_size, target)
        else:
            raise ValueError(f"{method!r} is no method of attribution")
    return Attributions(tuple(methods), np.stack(list(maps.values())).astype(np.float32), error)


def attributions_of(
    model: Classifier,
    fields: np.ndarray,
    kernels: Sequence[GridKernel],
    phase: str,
    attribution: Mapping,
    device: torch.device,
    batch_size: int,
) -> xr.Dataset:
    """Maps of several methods by one network, and their scores, for every class that a map of the samples is for.

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields of one phase.
    kernels : sequence of GridKernel, length S
    phase : {"liquid", "glass"}
    attribution : mapping
        ``methods``, ``steps``, ``window``, ``stride``, as for `attribute`.
    device : torch.device
    batch_size : int

    Returns
    -------
    Dataset
        ``map`` (method, sample, x, y), ``gamma`` (method, sample, particle), ``rectified`` (method), and
        ``completeness_error`` (method, sample), NaN except of integrated gradients. The coordinates ``method`` and
        ``map_class`` name the methods: of liquid samples each is there for the class glass and for their own, except
        `GRADCAM_LIQUID`, whose class is ``liquid``.
    """
    maps, gamma, errors, names, classes = [], [], [], [], []
    for map_class in map_classes(phase):
        methods = [name for name in attribution["methods"] if map_class != OWN or name != GRADCAM_LIQUID]
        target = CLASSES.index(phase) if map_class == OWN else GLASS
        settings = {**attribution, "methods": methods, "device": device, "batch_size": batch_size}
        # nothing may be left to ask for
        found = attribute(model, fields, **settings, target=target) if methods else Attributions((), np.empty(0), None)
        for name, signed in zip(found.methods, found.maps, strict=True):
            maps.append(signed)
            gamma.append(particle_scores(sent(signed, name), kernels))
            error = found.completeness_error if name == "integrated_gradients" else np.full(len(fields), np.nan)
            errors.append(error)
            names.append(name)
            classes.append(CLASSES[LIQUID] if name == GRADCAM_LIQUID else map_class)
    rectified = np.array([name not in SENT_SIGNED for name in names], dtype=np.int8)
    return xr.Dataset(
        {
            "map": variable(("method", "sample", "x", "y"), np.stack(maps), "1", "signed map of the method"),
            "gamma": variable(
                ("method", "sample", "particle"), np.stack(gamma), "1", "score of the particles by the method"
            ),
            "rectified": variable(("method",), rectified, "1", "1 where the map's positive part is shared out"),
            "completeness_error": variable(
                ("method", "sample"), np.stack(errors), "1",
                "relative deviation of the sum of integrated gradients from the difference of the logits",
            ),
        },
        coords={"method": names, "map_class": ("method", classes)},
    )  # fmt: skip


def sent(maps: np.ndarray, method: str) -> np.ndarray:
    """What of the maps of a method goes to the particles: the positive part, except for `SENT_SIGNED`; any shape.

    Grad-CAM has its outer ReLU (Eq. 4). Integrated gradients and occlusion have none of their own; their
    negative part, which speaks against the class, is left out too, so that all scores mean the same.
    """
    return maps if method in SENT_SIGNED else np.maximum(maps, 0)


def layer_cams(
    model: Classifier, fields: np.ndarray, device: torch.device, batch_size: int = 50, target: int = GLASS
) -> np.ndarray:
    """Signed Grad-CAM of a class at every convolution, after its ReLU (Frontiers, Eqs. 3-4).

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields.
    device : torch.device
    batch_size : int
        Samples at once.
    target : int
        The class.

    Returns
    -------
    ndarray, shape (layer, S, G, G)
        ``sum_m alpha_m A_m``, alpha_m the mean over the pixels of d y / d A_m. The last is that of
        `glassmap.learning.gradcam.grad_cam`.
    """
    maps = []
    for batch in _batches(model, fields, device, batch_size):
        values, activations = batch.requires_grad_(True), []
        for layer in model.features:
            values = layer(values)
            if isinstance(layer, torch.nn.ReLU):
                activations.append(values)
        # samples do not mix, so the gradient of the sum holds each sample's own
        gradients = torch.autograd.grad(model.head(values)[:, target].sum(), activations)
        cams = [
            torch.einsum("sm,smxy->sxy", gradient.mean((2, 3)), activation.detach())
            for gradient, activation in zip(gradients, activations, strict=True)
        ]
        maps.append(torch.stack(cams).cpu())
    return torch.cat(maps, 1).numpy()


def integrated_gradients(
    model: Classifier,
    fields: np.ndarray,
    steps: int,
    device: torch.device,
    batch_size: int = 50,
    target: int = GLASS,
) -> tuple[np.ndarray, np.ndarray]:
    """Integrated gradients of the logit of a class (Sundararajan, Taly and Yan, ICML 2017, Eq. 1).

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields.
    steps : int
        Points of the Gauss-Legendre quadrature on the straight line from the baseline, the uniform field of
        each sample's mean, to the sample.
    device : torch.device
    batch_size : int
        Fields at once.
    target : int
        The class.

    Returns
    -------
    maps : ndarray, shape (S, G, G)
        Their sum over the grid is logit(sample) - logit(baseline), up to the quadrature (completeness).
    completeness_error : ndarray, shape (S,)
        ``(sum - (logit(sample) - logit(baseline))) / |logit(sample) - logit(baseline)|``.
    """
    method = IntegratedGradients(model)
    maps, errors = [], []
    for batch in _batches(model, fields, device, batch_size):
        baseline = _uniform(batch)
        attributions = method.attribute(
            batch, baseline, target=target, n_steps=steps, internal_batch_size=max(batch_size, len(batch))
        ).detach()
        with torch.no_grad():
            difference = (model(batch) - model(baseline))[:, target].double().cpu()
        total = attributions.double().sum((1, 2, 3)).cpu()
        maps.append(attributions[:, 0].cpu())
        errors.append((total - difference) / difference.abs())
    return torch.cat(maps).numpy(), torch.cat(errors).numpy()


def occlusion(
    model: Classifier,
    fields: np.ndarray,
    window: int,
    stride: int,
    device: torch.device,
    batch_size: int = 50,
    target: int = GLASS,
) -> np.ndarray:
    """What the logit of a class loses when a square of the field is hidden (Zeiler and Fergus, ECCV 2014).

    Hidden points take the mean of the sample. Squares cross the boundaries of the periodic grid, and every
    point gets the mean loss over the squares that hide it.

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields.
    window : int
        Side of the squares, grid points.
    stride : int
        Largest step between squares; where it does not divide G, steps differ by one.
    device : torch.device
    batch_size : int
        Fields at once.
    target : int
        The class.

    Returns
    -------
    ndarray, shape (S, G, G)
    """
    cover = _cover(fields.shape[-1], window, stride).to(device)

    def logits(switches: torch.Tensor, field: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
        # one switch of each sample is off, so that a point is hidden once or not at all
        hidden = torch.einsum("kx,bckl,ly->bcxy", cover, 1 - switches, cover)
        return model(field + hidden * (uniform - field))

    # Captum's Occlusion stops at the edges: its windows are switched here one by one instead, each on the whole grid
    method = FeatureAblation(logits)
    times = torch.outer(cover.sum(0), cover.sum(0))
    maps = []
    for batch in _batches(model, fields, device, batch_size):
        switches = torch.ones(len(batch), 1, len(cover), len(cover), device=device)
        with torch.no_grad():
            loss = method.attribute(
                switches,
                target=target,
                additional_forward_args=(batch, _uniform(batch)),
                perturbations_per_eval=max(1, batch_size // len(batch)),
            )
        maps.append((torch.einsum("kx,bkl,ly->bxy", cover, loss[:, 0], cover) / times).cpu())
    return torch.cat(maps).numpy()


def _cover(grid: int, window: int, stride: int) -> torch.Tensor:
    """Which points of a periodic line each window hides, 1 or 0, shape (window, G)."""
    number = -(-grid // stride)
    start = torch.arange(number) * grid // number
    return (((torch.arange(grid) - start[:, None]) % grid) < window).float()


def _uniform(batch: torch.Tensor) -> torch.Tensor:
    """Uniform fields of the samples' means, same shape (B, 1, G, G)."""
    return batch.mean((1, 2, 3), keepdim=True).expand_as(batch)


def _batches(model: Classifier, fields: np.ndarray, device: torch.device, size: int):
    """The fields as tensors, shape (B, 1, G, G), for the network in evaluation mode."""
    model.eval()
    model.to(device)
    for start in range(0, len(fields), size):
        batch = np.ascontiguousarray(fields[start : start + size], dtype=np.float32)
        yield torch.from_numpy(batch)[:, None].to(device)
