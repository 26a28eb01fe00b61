"""Attribution methods beyond the paper's Grad-CAM: Grad-CAM at other layers, integrated gradients, occlusion.

All give maps on the grid of the network's input that explain the logit of one class, glass by default. They are
projected onto the particles in the same way as Grad-CAM.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from captum.attr import FeatureAblation, IntegratedGradients

from glassmap.io.schema import variable
from glassmap.learning.cnn import GLASS, LIQUID, Classifier
from glassmap.learning.gradcam import grad_cam
from glassmap.learning.map_class import GRADCAM_CLASS_0, OWN, map_classes
from glassmap.learning.particle_scores import particle_scores
from glassmap.structure.density_grid import GridKernel

# methods projected onto the particles with both signs; of all others only the positive part, evidence for the class
SIGNED_METHODS = ("gradcam_signed",)


@dataclass(frozen=True)
class Attributions:
    """Maps of several methods.

    Attributes
    ----------
    methods : tuple of str
    maps : ndarray, shape (method, S, G, G)
        Signed; positive values are evidence for the class.
    completeness_error : ndarray, shape (S,), or None
        Of `integrated_gradients`; None if that is not among the methods.
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
    """Attribution maps of one network by several methods.

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields.
    methods : sequence of str
        ``gradcam``, ``gradcam_layer_<n>`` (at the n-th convolution), ``gradcam_class_0`` (for the class
        liquid, whatever the target), ``gradcam_signed`` (before the outer ReLU), ``integrated_gradients``,
        ``occlusion``.
    steps : int
        For `integrated_gradients`.
    window, stride : int
        For `occlusion`, grid points.
    device : torch.device
    batch_size : int
        Samples at once; affects the result only by rounding.
    target : int
        The class whose logit is explained.

    Returns
    -------
    Attributions
        In the order of ``methods``.

    Raises
    ------
    ValueError
        For an unknown method.
    """
    maps, error = {}, None
    layers = layer_cams(model, fields, device, batch_size, target)
    for method in methods:
        if method.startswith("gradcam_layer_"):
            maps[method] = layers[int(method.removeprefix("gradcam_layer_")) - 1]
        elif method == GRADCAM_CLASS_0:
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


def attribution_dataset(
    model: Classifier,
    fields: np.ndarray,
    kernels: Sequence[GridKernel],
    phase: str,
    phases: Sequence[str],
    attribution: Mapping,
    device: torch.device,
    batch_size: int,
) -> xr.Dataset:
    """Attribution maps of one network and their particle scores, for every class that explains the samples.

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields of samples of one phase.
    kernels : sequence of GridKernel, length S
    phase : str
    phases : (str, str)
        The two states that the network tells apart, liquid and glass.
    attribution : mapping
        ``methods``, ``steps``, ``window``, ``stride``, as for `attribute`.
    device : torch.device
    batch_size : int

    Returns
    -------
    Dataset
        ``map`` (method, sample, x, y), ``gamma`` (method, sample, particle), ``rectified`` (method), and
        ``completeness_error`` (method, sample), NaN except for integrated gradients. The coordinates ``method`` and
        ``map_class`` label the maps: liquid samples have one for the class glass and one for their own class, except
        for `GRADCAM_CLASS_0`, which is labelled with the name of the liquid in both coordinates: ``gradcam_liquid``.
    """
    maps, gamma, errors, names, classes = [], [], [], [], []
    for map_class in map_classes(phase, phases):
        methods = [name for name in attribution["methods"] if map_class != OWN or name != GRADCAM_CLASS_0]
        target = phases.index(phase) if map_class == OWN else GLASS
        settings = {**attribution, "methods": methods, "device": device, "batch_size": batch_size}
        # GRADCAM_CLASS_0 may have been the only method
        result = attribute(model, fields, **settings, target=target) if methods else Attributions((), np.empty(0), None)
        for name, signed in zip(result.methods, result.maps, strict=True):
            maps.append(signed)
            gamma.append(particle_scores(projected_part(signed, name), kernels))
            error = result.completeness_error if name == "integrated_gradients" else np.full(len(fields), np.nan)
            errors.append(error)
            of_liquid = name == GRADCAM_CLASS_0
            names.append(f"gradcam_{phases[LIQUID]}" if of_liquid else name)
            classes.append(phases[LIQUID] if of_liquid else map_class)
    rectified = np.array([name not in SIGNED_METHODS for name in names], dtype=np.int8)
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


def projected_part(maps: np.ndarray, method: str) -> np.ndarray:
    """The part of a method's maps that is projected onto the particles; any shape.

    The positive part, except for `SIGNED_METHODS`. Grad-CAM has an outer ReLU (Eq. 4). Integrated gradients and
    occlusion have none; their negative part, evidence against the class, is dropped too, so that all scores mean the
    same.
    """
    return maps if method in SIGNED_METHODS else np.maximum(maps, 0)


def layer_cams(
    model: Classifier, fields: np.ndarray, device: torch.device, batch_size: int = 50, target: int = GLASS
) -> np.ndarray:
    """Signed Grad-CAM for a class at every convolution, after its ReLU (Frontiers, Eqs. 3-4).

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
        ``sum_m alpha_m A_m``, with alpha_m the mean of d y / d A_m over the pixels. The last layer's map is that of
        `glassmap.learning.gradcam.grad_cam`.
    """
    maps = []
    for batch in _batches(model, fields, device, batch_size):
        values, activations = batch.requires_grad_(True), []
        for layer in model.features:
            values = layer(values)
            if isinstance(layer, torch.nn.ReLU):
                activations.append(values)
        # samples are independent, so the gradient of the sum contains each sample's own
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
        Points of the Gauss-Legendre quadrature along the straight line from the baseline, a uniform field at
        the sample's mean, to the sample.
    device : torch.device
    batch_size : int
        Fields at once.
    target : int
        The class.

    Returns
    -------
    maps : ndarray, shape (S, G, G)
        Their sum over the grid is logit(sample) - logit(baseline), up to quadrature error (completeness).
    completeness_error : ndarray, shape (S,)
        ``(sum - (logit(sample) - logit(baseline))) / |logit(sample) - logit(baseline)|``.

    Examples
    --------
    They are complete: a map adds up to the difference of the logits.

    >>> import numpy as np
    >>> import torch
    >>> from glassmap.learning.attribution import integrated_gradients
    >>> from glassmap.learning.cnn import Architecture, new_classifier
    >>> network = new_classifier(Architecture(grid=16, channels=(4, 4), dense=8), seed=2)
    >>> fields = network.normalisation(np.random.default_rng(0).random((2, 16, 16)))
    >>> maps, error = integrated_gradients(network, fields, steps=64, device=torch.device("cpu"))
    >>> maps.shape, bool((abs(error) < 0.02).all())
    ((2, 16, 16), True)
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
    """Drop of a class's logit when a square of the field is occluded (Zeiler and Fergus, ECCV 2014).

    Occluded points are set to the mean of the sample. Squares wrap around the periodic grid, and every
    point gets the mean drop over the squares that cover it.

    Parameters
    ----------
    model : Classifier
    fields : ndarray, shape (S, G, G)
        Normalised density fields.
    window : int
        Side of the squares, grid points.
    stride : int
        Largest step between squares; if it does not divide G, steps differ by one.
    device : torch.device
    batch_size : int
        Fields at once.
    target : int
        The class.

    Returns
    -------
    ndarray, shape (S, G, G)

    Examples
    --------
    Where the field is uniform, occluding a square changes nothing.

    >>> import numpy as np
    >>> import torch
    >>> from glassmap.learning.attribution import occlusion
    >>> from glassmap.learning.cnn import Architecture, new_classifier
    >>> network = new_classifier(Architecture(grid=16, channels=(4, 4), dense=8), seed=1)
    >>> maps = occlusion(network, np.full((1, 16, 16), 0.5), window=4, stride=4, device=torch.device("cpu"))
    >>> maps.shape, bool(np.allclose(maps, 0, atol=1e-6))
    ((1, 16, 16), True)
    """
    cover = _cover(fields.shape[-1], window, stride).to(device)

    def logits(switches: torch.Tensor, field: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
        # one switch per sample is off, so a point is occluded once or not at all
        hidden = torch.einsum("kx,bckl,ly->bcxy", cover, 1 - switches, cover)
        return model(field + hidden * (uniform - field))

    # Captum's Occlusion stops at the edges; here each feature is one window, which may wrap around the grid
    method = FeatureAblation(logits)
    coverage = torch.outer(cover.sum(0), cover.sum(0))
    maps = []
    for batch in _batches(model, fields, device, batch_size):
        switches = torch.ones(len(batch), 1, len(cover), len(cover), device=device)
        with torch.no_grad():
            drop = method.attribute(
                switches,
                target=target,
                additional_forward_args=(batch, _uniform(batch)),
                perturbations_per_eval=max(1, batch_size // len(batch)),
            )
        maps.append((torch.einsum("kx,bkl,ly->bxy", cover, drop[:, 0], cover) / coverage).cpu())
    return torch.cat(maps).numpy()


def _cover(grid: int, window: int, stride: int) -> torch.Tensor:
    """Points of a periodic line covered by each window, 1 or 0, shape (window, G)."""
    number = -(-grid // stride)
    start = torch.arange(number) * grid // number
    return (((torch.arange(grid) - start[:, None]) % grid) < window).float()


def _uniform(batch: torch.Tensor) -> torch.Tensor:
    """Uniform fields at the samples' means, same shape (B, 1, G, G)."""
    return batch.mean((1, 2, 3), keepdim=True).expand_as(batch)


def _batches(model: Classifier, fields: np.ndarray, device: torch.device, size: int):
    """The fields as tensors, shape (B, 1, G, G), for the network in evaluation mode."""
    model.eval()
    model.to(device)
    for start in range(0, len(fields), size):
        batch = np.ascontiguousarray(fields[start : start + size], dtype=np.float32)
        yield torch.from_numpy(batch)[:, None].to(device)
