"""The classifier of glass and liquid, and its training.

Frontiers, Sec. 3.1; v2 supplement, Secs. I.B and I.C. Class 0 is the first of
``classifier.states``, the papers' liquid; class 1 is the second, their glass.
"""

import math
import os
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.optim.adam import adam

from glassmap.errors import GlassmapError
from glassmap.io.datasets import set_aside
from glassmap.learning.normalisation import EACH_SAMPLE, Normalisation
from glassmap.learning.training import Epoch, rank

CLASSES = (LIQUID, GLASS) = (0, 1)


@dataclass(frozen=True)
class Architecture:
    """Shape of the network.

    Attributes
    ----------
    grid : int
        Points per side of the input, G.
    channels : tuple of int
        Feature maps of the convolutions.
    kernel_size : int
        Side of the kernels, odd.
    dense : int
        Units of the dense layer.
    dropout : float
    """

    grid: int
    channels: tuple[int, ...] = (16, 32, 64)
    kernel_size: int = 5
    dense: int = 128
    dropout: float = 0.5

    @classmethod
    def from_config(cls, section: Mapping) -> "Architecture":
        """Build from the configuration's values of these names."""
        return cls(**{**section, "channels": tuple(section["channels"])})


def dense_head(features: int, dense: int, dropout: float) -> nn.Sequential:
    """Dense layer, ReLU, dropout and dense layer, from feature maps of so many values to the logits of the classes."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(features, dense),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(dense, len(CLASSES)),
    )


class Classifier(nn.Module):
    """Convolutions with circular padding and ReLU, dense, ReLU, dropout, dense to 2 logits; no pooling."""

    def __init__(self, architecture: Architecture, normalisation: Normalisation = EACH_SAMPLE):
        super().__init__()
        self.architecture = architecture
        self.normalisation = normalisation
        layers: list[nn.Module] = []
        inputs = 1
        for outputs in architecture.channels:
            layers += [
                nn.Conv2d(inputs, outputs, architecture.kernel_size, padding="same", padding_mode="circular"),
                nn.ReLU(),
            ]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.head = dense_head(inputs * architecture.grid**2, architecture.dense, architecture.dropout)

    def inputs(self, fields: np.ndarray, device: torch.device) -> torch.Tensor:
        """Input of the network, shape (B, 1, G, G), from normalised density fields, shape (B, G, G).

        By this method alone `predict_logits`, `evaluate` and `glass_probability` know a network: of what they call
        fields, another one takes pictures (`glassmap.learning.image_cnn`) or graphs
        (`glassmap.learning.message_passing`).
        """
        return _to_fields(fields, device)

    def forward(self, density: torch.Tensor) -> torch.Tensor:
        """Logits, shape (B, 2), for normalised density fields, shape (B, 1, G, G)."""
        return self.head(self.features(density))


def new_classifier(architecture: Architecture, seed: int, normalisation: Normalisation = EACH_SAMPLE) -> Classifier:
    """A network with PyTorch's random initial weights, seeded."""
    torch.manual_seed(seed)
    return Classifier(architecture, normalisation)


def initialise_unit_variance(model: Classifier, fields: np.ndarray, *, zero_sum: bool) -> None:
    """Redraw the initial weights so that every unit has mean 0 and variance 1 before its ReLU.

    With PyTorch's initial weights the mean density, which is the same in every sample, drowns the structure if each
    sample is normalised separately: training then starts on a plateau or settles on the offset left by the
    normalisation. Here convolutions start from random kernels that decay within half a grid step of their centre, and
    each unit is rescaled, layer by layer, on training samples (after Mishkin and Matas, "All you need is a good
    init", ICLR 2016).

    Parameters
    ----------
    model : Classifier
        Changed in place, except for its last layer, which computes the logits. Random numbers come from torch's global
        generator.
    fields : ndarray, shape (S, G, G)
        Normalised density fields of the training split (or pictures of an `ImageClassifier`), sorted by class; at most
        100, evenly spaced, are used.
    zero_sum : bool
        Give the kernels of the first layer zero sum, so that they see the contrast of the field but not its mean
        density, and little of its long wavelengths. This decides the sign of what the maps show.
    """
    values = model.inputs(fields[:: math.ceil(len(fields) / 100)], torch.device("cpu"))
    with torch.no_grad():
        for index, layer in enumerate([*model.features, *model.head][:-2]):
            if isinstance(layer, nn.Conv2d):
                size = layer.weight.shape[-1]
                steps = torch.arange(size) - (size - 1) / 2
                nn.init.normal_(layer.weight)
                layer.weight.mul_(torch.exp(-2.0 * (steps[:, None] ** 2 + steps**2)))
                if zero_sum and index == 0 and size > 1:
                    layer.weight.sub_(layer.weight.mean((2, 3), keepdim=True))
            elif isinstance(layer, nn.Linear):
                nn.init.orthogonal_(layer.weight)
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.zeros_(layer.bias)
                produced = layer(values)
                others = [axis for axis in range(produced.ndim) if axis != 1]
                mean, deviation = produced.mean(others), produced.std(others).clamp_min(1e-8)
                layer.weight.div_(deviation.reshape(-1, *[1] * (layer.weight.ndim - 1)))
                layer.bias.copy_(-mean / deviation)
            values = layer(values)


def initialise(model: Classifier, initialization: str, fields: np.ndarray) -> None:
    """Initial weights before training.

    Parameters
    ----------
    model : Classifier
        From `new_classifier`; changed in place.
    initialization : {"contrast", "unit_variance", "torch"}
        `initialise_unit_variance` with or without zero sum; PyTorch's weights, unchanged.
    fields : ndarray, shape (S, G, G)
        Normalised density fields of the training split.
    """
    if initialization != "torch":
        initialise_unit_variance(model, fields, zero_sum=initialization == "contrast")


def choose_device(name: str) -> torch.device:
    """Device named in the configuration; ``auto`` uses a GPU if there is one.

    Raises
    ------
    GlassmapError
        If ``cuda`` is not available.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise GlassmapError("classifier.device: got 'cuda', but torch finds no CUDA device on this machine")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def make_deterministic(threads: int) -> None:
    """Make torch bitwise reproducible on one machine; subnormal numbers count as zero.

    Parameters
    ----------
    threads : int
        CPU threads; their number changes the order of summation.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is not deterministic without it
    # The moments that Adam keeps of dead units decay into subnormal numbers, which make training four times slower.
    # Before the threads start: they inherit it.
    torch.set_flush_denormal(True)
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms does this and imports a compiler, 2 s
    torch.utils.deterministic.fill_uninitialized_memory = False  # debugging aid that costs 5 % of the training time
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False  # true float32 on GPUs, too


def draw_symmetries(
    count: int, grid: int, symmetries: Sequence[str], generator: torch.Generator
) -> tuple[torch.Tensor, ...]:
    """Random symmetries of the periodic square, one for each field.

    Parameters
    ----------
    count : int
        Number of fields.
    grid : int
        Points per side, G.
    symmetries : sequence of {"translation", "rotation", "reflection"}
        Translations by whole grid steps, rotations by multiples of 90 degrees, reflections; those not listed
        are the identity.
    generator : torch.Generator
        On the CPU, so that training on CPU and GPU sees the same samples.

    Returns
    -------
    shift_x, shift_y, turns, mirrored : Tensor, shape (count,)
        Grid steps, quarter turns, and 1 where x is reflected.
    """

    def draw(largest: int, symmetry: str) -> torch.Tensor:
        values = torch.randint(0, largest, (count,), generator=generator)
        return values if symmetry in symmetries else torch.zeros_like(values)

    return (
        draw(grid, "translation"),
        draw(grid, "translation"),
        draw(4, "rotation"),
        draw(2, "reflection"),
    )


def image_indices(symmetries: Sequence[torch.Tensor], grid: int, margin: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Source indices of the points of transformed fields.

    A rotation by 90 degrees exchanges x and y, so the index of a point in the flattened field is always the sum of a
    term that depends on its x and one that depends on its y.

    Parameters
    ----------
    symmetries : sequence of Tensor
        From `draw_symmetries`, one symmetry for each of S fields.
    grid : int
        Points per side, G.
    margin : int
        Width P of the frame of periodic images around the result.

    Returns
    -------
    rows, columns : Tensor, shape (S, G + 2 P)
        Point (k, l) of the result is point ``rows[:, k] + columns[:, l]`` of the flattened field.
    """
    shift_x, shift_y, turns, mirrored = (values[:, None] for values in symmetries)
    cosine, sine = torch.tensor([1, 0, -1, 0])[turns], torch.tensor([0, 1, 0, -1])[turns]
    sign = 1 - 2 * mirrored
    steps = torch.arange(-margin, grid + margin)
    # rotate about the origin, reflect x, translate:
    # x' = sign (cosine x - sine y) + shift_x, y' = sine x + cosine y + shift_y
    straight = turns % 2 == 0
    rows = torch.where(straight, (sign * cosine * steps + shift_x) % grid * grid, (sine * steps + shift_y) % grid)
    columns = torch.where(straight, (cosine * steps + shift_y) % grid, (shift_x - sign * sine * steps) % grid * grid)
    return rows, columns


@dataclass(frozen=True)
class Protocol:
    """How to train (v2 supplement, Sec. I.C); the defaults are the published protocol.

    Attributes
    ----------
    learning_rate : float
    schedule : {"constant", "cosine"}
        Cosine rises linearly over the first 5 % of the steps, then falls to 0.
    l2 : float
        L2 penalty.
    batch_size, epochs : int
    augmentation : tuple of str
        For `draw_symmetries`.
    precision : {"float32", "bfloat16"}
        Of the convolutions during training. Weights, dense layers and everything after training are float32.
    """

    learning_rate: float = 1e-6
    schedule: str = "constant"
    l2: float = 1e-4
    batch_size: int = 5
    epochs: int = 250
    augmentation: tuple[str, ...] = ()
    precision: str = "float32"

    @classmethod
    def from_config(cls, section: Mapping) -> "Protocol":
        """Build from the configuration's values of these names."""
        return cls(**{**section, "augmentation": tuple(section["augmentation"])})


class _Adam:
    """Adam (0.9, 0.999) in torch's fused form, for a subset of the parameters."""

    def __init__(self, parameters: Sequence[torch.Tensor], l2: float):
        self.parameters, self.l2 = list(parameters), l2
        self.means, self.squares = ([torch.zeros_like(values) for values in parameters] for _ in range(2))
        self.steps = [torch.zeros((), device=values.device) for values in parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[torch.Tensor], rate: float | torch.Tensor) -> None:
        """Update the parameters by one step at this learning rate."""
        adam(
            self.parameters, list(gradients), self.means, self.squares, [], self.steps,
            fused=True, amsgrad=False, maximize=False, beta1=0.9, beta2=0.999, eps=1e-8, lr=rate, weight_decay=self.l2,
        )  # fmt: skip


class _DenseStep(torch.autograd.Function):
    """Values, shape (B, N), times weights, shape (M, N), transposed; the backward pass also updates the weights.

    The weights of the dense layer take 10 MB and more. Their gradient is computed and applied strip by strip, so it
    stays in the cache and no array of that size is written to memory in every step.
    """

    @staticmethod
    def forward(
        ctx, values: torch.Tensor, weights: torch.Tensor, step: Callable[[int, torch.Tensor], None]
    ) -> torch.Tensor:
        ctx.save_for_backward(values, weights)
        ctx.step = step
        return (weights @ values.t()).t()  # up to twice as fast as functional.linear for few samples

    @staticmethod
    def backward(ctx, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        values, weights = ctx.saved_tensors
        input_gradient, memory = torch.zeros_like(values), None
        strips = zip(gradient.t().contiguous().split(_height(weights)), weights.split(_height(weights)), strict=True)
        for number, (strip_gradient, strip) in enumerate(strips):
            input_gradient.addmm_(strip_gradient.t(), strip)  # before the step, with the weights of the forward pass
            memory = torch.empty_like(strip) if memory is None else memory[: len(strip)]
            ctx.step(number, torch.mm(strip_gradient, values, out=memory))
        return input_gradient, None, None


def _height(weights: torch.Tensor) -> int:
    """Rows per strip of the dense layer: 16 are fastest on the CPU; a GPU takes all at once."""
    return 16 if weights.device.type == "cpu" else len(weights)


def padding(architecture: Architecture) -> int:
    """Width of the frame of periodic images needed by all convolutions together."""
    return architecture.kernel_size // 2 * len(architecture.channels)


def training_logits(
    model: Classifier,
    padded: torch.Tensor,
    precision: str = "float32",
    step: Callable[[int, torch.Tensor], None] | None = None,
) -> torch.Tensor:
    """The logits of `Classifier.forward`, faster for training: fields are padded once, not in each layer.

    Parameters
    ----------
    model : Classifier
    padded : Tensor, shape (B, 1, G + 2 P, G + 2 P)
        Normalised density fields with a frame of periodic images of width P = `padding`.
    precision : {"float32", "bfloat16"}
        Of the convolutions.
    step : callable, optional
        Called in the backward pass with the number of a strip of the first dense layer's weights and its gradient;
        updates the strip. These weights then get no ``grad``.

    Returns
    -------
    Tensor, shape (B, 2)
    """
    values = padded
    with torch.autocast(padded.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        for layer in model.features:
            if isinstance(layer, nn.Conv2d):
                values = functional.conv2d(values, layer.weight, layer.bias)
                if values.device.type == "cpu":  # fastest layout in oneDNN; kept by the layers that follow
                    values = values.contiguous(memory_format=torch.channels_last)
            else:
                values = layer(values)
    flatten, dense, *remaining = model.head
    values = flatten(values).float()
    values = dense(values) if step is None else _DenseStep.apply(values, dense.weight, step) + dense.bias
    for layer in remaining:
        values = layer(values)
    return values


class _Replayed:
    """A training step on a GPU, recorded as a CUDA graph for each size of batch and replayed.

    A step is some sixty kernels of a few microseconds; Python takes longer to launch them than the GPU to run them.

    Parameters
    ----------
    step : callable
        Of a learning rate, as a tensor, and the tensors of a batch; returns a tensor.
    device : torch.device
    """

    EAGER = 3  # steps of each size that are not replayed: in them the libraries choose kernels and take memory

    def __init__(self, step: Callable[..., torch.Tensor], device: torch.device):
        self.step, self.stream = step, torch.cuda.Stream(device)
        self.rate = torch.zeros((), device=device)
        self.eager: Counter[int] = Counter()
        self.recorded: dict[int, tuple[torch.cuda.CUDAGraph, list[torch.Tensor], torch.Tensor]] = {}

    def __call__(self, rate: float, *batch: torch.Tensor) -> torch.Tensor:
        """Take the step; what it returns is overwritten by the next."""
        size = len(batch[0])
        self.rate.fill_(rate)
        if self.eager[size] < self.EAGER:
            self.eager[size] += 1
            current = torch.cuda.current_stream()
            self.stream.wait_stream(current)
            with torch.cuda.stream(self.stream):
                result = self.step(self.rate, *batch)
            current.wait_stream(self.stream)
            return result
        if size not in self.recorded:
            graph, inputs = torch.cuda.CUDAGraph(), [torch.clone(values) for values in batch]
            with torch.cuda.graph(graph):
                result = self.step(self.rate, *inputs)
            self.recorded[size] = graph, inputs, result
        graph, inputs, result = self.recorded[size]
        for known, values in zip(inputs, batch, strict=True):
            known.copy_(values)
        graph.replay()
        return result


def train(
    model: Classifier,
    train_set: tuple[np.ndarray, np.ndarray],
    validation_set: tuple[np.ndarray, np.ndarray],
    protocol: Protocol,
    seed: int,
    device: torch.device,
) -> Iterator[tuple[Epoch, Classifier]]:
    """Train, yielding after every epoch.

    Parameters
    ----------
    model : Classifier
        Trained in place.
    train_set, validation_set : tuple of ndarray
        Normalised density fields, shape (S, G, G), and classes, shape (S,).
    protocol : Protocol
    seed : int
        For the order of the samples, their symmetries and dropout.
    device : torch.device

    Yields
    ------
    Epoch, Classifier
        Record of the epoch, and the model after it.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    fields, classes = _to_tensors(*train_set, device)
    count, grid, points = len(fields), fields.shape[-1], fields.flatten()
    model.to(device)
    weights = model.head[1].weight
    strips = [_Adam([strip], protocol.l2) for strip in weights.detach().split(_height(weights))]
    rest = _Adam([values for values in model.parameters() if values is not weights], protocol.l2)
    step, steps = 0, math.ceil(count / protocol.batch_size) * protocol.epochs

    def take_step(
        rate: float | torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        batch_logits = training_logits(
            model,
            points[rows[:, :, None] + columns[:, None, :]][:, None],
            protocol.precision,
            lambda number, gradient: strips[number].step([gradient], rate),
        )
        for values in rest.parameters:
            values.grad = None
        functional.cross_entropy(batch_logits, targets).backward()
        rest.step([values.grad for values in rest.parameters], rate)
        return batch_logits.detach()

    take = take_step if device.type == "cpu" else _Replayed(take_step, device)
    for epoch in range(1, protocol.epochs + 1):
        model.train()
        order = torch.randperm(count, generator=generator)
        drawn = draw_symmetries(count, grid, protocol.augmentation, generator)
        rows, columns = image_indices(drawn, grid, padding(model.architecture))
        rows += order[:, None] * grid**2
        rows, columns, targets = rows.to(device), columns.to(device), classes[order.to(device)]
        logits = torch.empty(count, len(CLASSES), device=device)
        for start in range(0, count, protocol.batch_size):
            batch = slice(start, start + protocol.batch_size)
            rate = protocol.learning_rate * _rate_factor(protocol.schedule, step, steps)
            logits[batch] = take(rate, rows[batch], columns[batch], targets[batch])
            step += 1
        train_loss, train_accuracy = _loss_and_accuracy(logits, targets)
        validation_loss, validation_accuracy = evaluate(model, *validation_set, device)
        yield Epoch(epoch, train_loss, train_accuracy, validation_loss, validation_accuracy), model


def keep_best(
    epochs: Iterator[tuple[Epoch, Classifier]],
    total: int,
    report: Callable[[str], None] = lambda line: None,
) -> tuple[list[Epoch], Epoch, dict[str, torch.Tensor]]:
    """Run a training to its end and keep the epoch with the best validation result.

    Parameters
    ----------
    epochs : iterator
        From `train`.
    total : int
        Number of epochs, for estimating the time left.
    report : callable
        Called with one line of progress per epoch.

    Returns
    -------
    history : list of Epoch
    best : Epoch
        By `glassmap.learning.training.rank`.
    weights : dict of str to Tensor
        Of the best epoch, on the CPU.
    """
    history: list[Epoch] = []
    best, weights = None, {}
    start = time.monotonic()
    for record, model in epochs:
        history.append(record)
        if best is None or rank(record) < rank(best):
            best = record
            weights = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
        left = (time.monotonic() - start) / record.epoch * (total - record.epoch)
        report(
            f"epoch {record.epoch}/{total}: loss {record.train_loss:.4f} train, "
            f"{record.validation_loss:.4f} validation; accuracy {record.train_accuracy:.3f} train, "
            f"{record.validation_accuracy:.3f} validation; {left:.0f} s left"
        )
    return history, best, weights


def evaluate(
    model: Classifier, fields: np.ndarray, classes: np.ndarray, device: torch.device, batch_size: int = 100
) -> tuple[float, float]:
    """Mean cross entropy and accuracy for samples, shape (S, G, G), of known classes, shape (S,)."""
    logits = torch.from_numpy(predict_logits(model, fields, device, batch_size))
    return _loss_and_accuracy(logits, torch.from_numpy(np.asarray(classes, dtype=np.int64)))


def predict_logits(model: Classifier, fields: np.ndarray, device: torch.device, batch_size: int = 100) -> np.ndarray:
    """Logits, shape (S, 2), for normalised density fields, shape (S, G, G), without dropout."""
    model.eval()
    model.to(device)
    with torch.no_grad():
        parts = [
            model(model.inputs(fields[start : start + batch_size], device)).cpu()
            for start in range(0, len(fields), batch_size)
        ]
    return torch.cat(parts).numpy()


def glass_probability(model: Classifier, fields: np.ndarray, device: torch.device) -> np.ndarray:
    """Softmax probability of class 1, the glass, shape (S,), for normalised density fields, shape (S, G, G).

    Examples
    --------
    A network with random weights cannot tell; `load_model` reads a trained one.

    >>> import numpy as np
    >>> import torch
    >>> from glassmap.learning.cnn import Architecture, glass_probability, new_classifier
    >>> network = new_classifier(Architecture(grid=16, channels=(4, 4), dense=8), seed=1)
    >>> fields = network.normalisation(np.random.default_rng(0).random((3, 16, 16)))
    >>> probability = glass_probability(network, fields, torch.device("cpu"))
    >>> probability.shape, bool(((0.2 < probability) & (probability < 0.8)).all())
    ((3,), True)
    """
    logits = torch.from_numpy(predict_logits(model, fields, device)).double()
    return logits.softmax(1)[:, GLASS].numpy()


def save_model(path: str | Path, model: Classifier) -> None:
    """Write architecture, normalisation and weights, loadable with ``weights_only``, i.e. without executing code."""
    shape = {**asdict(model.architecture), "channels": list(model.architecture.channels)}
    weights = {name: value.detach().cpu() for name, value in model.state_dict().items()}
    torch.save({"architecture": shape, "normalisation": asdict(model.normalisation), "weights": weights}, path)


def load_model(path: str | Path, expected: Architecture | None = None) -> Classifier:
    """Read a model written by `save_model`.

    Parameters
    ----------
    path : str or Path
    expected : Architecture, optional
        From the configuration.

    Returns
    -------
    Classifier
        On the CPU, in evaluation mode.

    Raises
    ------
    GlassmapError
        If the file is truncated, not from this workflow, or of another architecture; the message names the file.
    """
    content = read_model(path)
    try:
        architecture = Architecture.from_config(content["architecture"])
        normalisation = Normalisation(**content["normalisation"])
        weights = content["weights"]
    except (KeyError, TypeError) as error:
        raise not_a_model(path, error) from None
    if expected is not None and architecture != expected:
        raise GlassmapError(f"{path}: model of another architecture, {architecture}; the configuration has {expected}")
    model = Classifier(architecture, normalisation)
    try:
        model.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError):
        raise GlassmapError(
            f"{path}: its weights do not fit its architecture {architecture}; delete it to train again"
        ) from None
    model.eval()
    return model


def read_model(path: str | Path) -> dict:
    """Content of a model file, read without executing code.

    Raises
    ------
    GlassmapError
        If there is no such file, or it is truncated or not from this workflow; the message names the file.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise GlassmapError(f"{path}: no such model file") from None
    except Exception as error:  # torch raises many types for a bad file
        if not zipfile.is_zipfile(path):  # the directory of a zip file is at its end
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise GlassmapError(f"{path}: truncated model ({reason[:120]}); {set_aside(path)}") from None
        raise not_a_model(path, error) from None
    if not isinstance(content, dict):
        raise not_a_model(path, TypeError(type(content).__name__))
    return content


def not_a_model(path: str | Path, error: Exception) -> GlassmapError:
    """What is said of a file that holds something else."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return GlassmapError(f"{path}: not a model of this workflow ({reason[:120]}); delete it to train again")


def _rate_factor(schedule: str, step: int, steps: int) -> float:
    if schedule == "constant":
        return 1.0
    warm_up = max(1, steps // 20)
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


def _loss_and_accuracy(logits: torch.Tensor, targets: torch.Tensor) -> tuple[float, float]:
    """Mean cross entropy and accuracy of logits, shape (S, 2), for classes, shape (S,)."""
    return float(functional.cross_entropy(logits, targets)), float((logits.argmax(1) == targets).double().mean())


def _to_fields(fields: np.ndarray, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(fields, dtype=np.float32))[:, None].to(device)


def _to_tensors(fields: np.ndarray, classes: np.ndarray, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return _to_fields(fields, device), torch.from_numpy(np.asarray(classes, dtype=np.int64)).to(device)
