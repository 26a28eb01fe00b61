"""The network that tells glass from liquid, and its training.

Frontiers, Sec. 3.1; v2 supplement, Secs. I.B and I.C. Class 0 is liquid, class 1 is glass.
"""

import math
import os
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from glassmap.density import EACH_SAMPLE, Normalisation
from glassmap.errors import GlassmapError
from glassmap.files import set_aside
from glassmap.training import Epoch, rank

LIQUID, GLASS = 0, 1
CLASSES = ("liquid", "glass")


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


class Classifier(nn.Module):
    """Convolutions with circular padding and ReLU, dense, ReLU, dropout, dense to 2 logits; no pooling."""

    def __init__(self, architecture: Architecture, normalisation: Normalisation = EACH_SAMPLE):
        super().__init__()
        self.architecture = architecture
        self.normalisation = normalisation
        layers: list[nn.Module] = []
        before = 1
        for after in architecture.channels:
            layers += [
                nn.Conv2d(before, after, architecture.kernel_size, padding="same", padding_mode="circular"),
                nn.ReLU(),
            ]
            before = after
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(before * architecture.grid**2, architecture.dense),
            nn.ReLU(),
            nn.Dropout(architecture.dropout),
            nn.Linear(architecture.dense, len(CLASSES)),
        )

    def forward(self, density: torch.Tensor) -> torch.Tensor:
        """Logits, shape (B, 2), of normalised density fields, shape (B, 1, G, G)."""
        return self.head(self.features(density))


def new_classifier(architecture: Architecture, seed: int, normalisation: Normalisation = EACH_SAMPLE) -> Classifier:
    """A network with torch's random initial weights, from a seed."""
    torch.manual_seed(seed)
    return Classifier(architecture, normalisation)


def start_with_unit_variance(model: Classifier, fields: np.ndarray, *, zero_sum: bool) -> None:
    """Redraw the initial weights so that every unit has mean 0 and variance 1 before its ReLU.

    Torch's own initial weights let the mean density, which is the same in every sample, drown the structure where each
    sample is normalised by itself, and training starts on a plateau or settles on the offset that the normalisation
    leaves. Here convolutions start from random kernels that fall off from their centre within half a grid step, and
    each unit is rescaled, layer by layer, over training samples (after Mishkin and Matas, "All you need is a good
    init", ICLR 2016).

    Parameters
    ----------
    model : Classifier
        Changed in place; its last layer, which makes the logits, stays as it is. Random numbers are
        those of torch's global generator.
    fields : ndarray, shape (S, G, G)
        Normalised density fields of the training split, class after class; at most 100, evenly of all, are used.
    zero_sum : bool
        Kernels of the first layer have zero sum: they see the contrast of the field and not its mean density, and
        little of its long wavelengths. That decides the sign of what the maps show.
    """
    values = _to_fields(fields[:: math.ceil(len(fields) / 100)], torch.device("cpu"))
    size = model.architecture.kernel_size
    steps = torch.arange(size) - size // 2
    taper = torch.exp(-2.0 * (steps[:, None] ** 2 + steps**2))
    with torch.no_grad():
        for index, layer in enumerate([*model.features, *model.head][:-2]):
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight)
                layer.weight.mul_(taper)
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
        `start_with_unit_variance` with and without zero sum, or as they are.
    fields : ndarray, shape (S, G, G)
        Normalised density fields of the training split.
    """
    if initialization != "torch":
        start_with_unit_variance(model, fields, zero_sum=initialization == "contrast")


def choose_device(name: str) -> torch.device:
    """Device of the configuration: ``auto`` takes a GPU when there is one.

    Raises
    ------
    GlassmapError
        If ``cuda`` is asked for and not there.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise GlassmapError("classifier.device: got 'cuda', but torch finds no CUDA device on this machine")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def make_deterministic(threads: int) -> None:
    """Make torch repeat itself bit for bit on one machine.

    Parameters
    ----------
    threads : int
        CPU threads; sums are taken in another order with another number.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS refuses to repeat itself without
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False


def random_symmetries(fields: torch.Tensor, symmetries: Sequence[str], generator: torch.Generator) -> torch.Tensor:
    """Apply one random exact symmetry of the periodic square to each field.

    Parameters
    ----------
    fields : Tensor, shape (B, 1, G, G)
    symmetries : sequence of {"translation", "rotation", "reflection"}
        Translations by whole grid steps, rotations by multiples of 90 degrees, reflections.
    generator : torch.Generator
        On the CPU, so that CPU and GPU trainings see the same samples.

    Returns
    -------
    Tensor, shape (B, 1, G, G)
    """
    count, _, grid, _ = fields.shape

    def draw(largest: int, wanted: bool) -> torch.Tensor:
        drawn = torch.randint(0, largest, (count, 1, 1), generator=generator)
        return drawn if wanted else torch.zeros_like(drawn)

    shift_x, shift_y = (draw(grid, "translation" in symmetries) for _ in range(2))
    turns = draw(4, "rotation" in symmetries)
    mirrored = draw(2, "reflection" in symmetries)
    x, y = torch.meshgrid(torch.arange(grid), torch.arange(grid), indexing="ij")
    # where each point of the result comes from: rotate about the origin, reflect x, translate
    cosine = torch.tensor([1, 0, -1, 0])[turns]
    sine = torch.tensor([0, 1, 0, -1])[turns]
    from_x = cosine * x - sine * y
    from_y = sine * x + cosine * y
    from_x = torch.where(mirrored == 1, -from_x, from_x)
    index = (((from_x + shift_x) % grid) * grid + (from_y + shift_y) % grid).reshape(count, 1, -1)
    return fields.flatten(2).gather(2, index.to(fields.device)).reshape(fields.shape)


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
        For `random_symmetries`.
    """

    learning_rate: float = 1e-6
    schedule: str = "constant"
    l2: float = 1e-4
    batch_size: int = 5
    epochs: int = 250
    augmentation: tuple[str, ...] = ()

    @classmethod
    def from_config(cls, section: Mapping) -> "Protocol":
        """Build from the configuration's values of these names."""
        return cls(**{**section, "augmentation": tuple(section["augmentation"])})


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
        Of the order of the samples, their symmetries and dropout.
    device : torch.device

    Yields
    ------
    Epoch, Classifier
        The epoch's record and the model as it is after it.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    fields, classes = _to_tensors(*train_set, device)
    model.to(device)
    optimizer = torch.optim.Adam(
        model.parameters(),
        lr=protocol.learning_rate,
        betas=(0.9, 0.999),
        weight_decay=protocol.l2,
        fused=True,
    )
    steps = math.ceil(len(fields) / protocol.batch_size) * protocol.epochs
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate_factor(protocol.schedule, step, steps))
    for epoch in range(1, protocol.epochs + 1):
        model.train()
        loss_sum, right = torch.zeros((), device=device), torch.zeros((), device=device)
        for chosen in torch.randperm(len(fields), generator=generator).split(protocol.batch_size):
            batch = random_symmetries(fields[chosen], protocol.augmentation, generator)
            logits = model(batch)
            loss = functional.cross_entropy(logits, classes[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            loss_sum += loss.detach() * len(chosen)
            right += (logits.argmax(1) == classes[chosen]).sum()
        validation_loss, validation_accuracy = evaluate(model, *validation_set, device)
        yield (
            Epoch(
                epoch,
                float(loss_sum) / len(fields),
                float(right) / len(fields),
                validation_loss,
                validation_accuracy,
            ),
            model,
        )


def keep_best(
    epochs: Iterator[tuple[Epoch, Classifier]],
    total: int,
    report: Callable[[str], None] = lambda line: None,
) -> tuple[list[Epoch], Epoch, dict[str, torch.Tensor]]:
    """Run a training to its end and keep the best validation epoch.

    Parameters
    ----------
    epochs : iterator
        From `train`.
    total : int
        Number of epochs, for the time left.
    report : callable
        Takes one line of progress per epoch.

    Returns
    -------
    history : list of Epoch
    best : Epoch
        By `glassmap.training.rank`.
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


def evaluate(model: Classifier, fields: np.ndarray, classes: np.ndarray, device: torch.device) -> tuple[float, float]:
    """Mean cross entropy and accuracy of samples, shape (S, G, G), with classes, shape (S,)."""
    logits = torch.from_numpy(predict_logits(model, fields, device))
    wanted = torch.from_numpy(np.asarray(classes, dtype=np.int64))
    return (
        float(functional.cross_entropy(logits, wanted)),
        float((logits.argmax(1) == wanted).double().mean()),
    )


def predict_logits(model: Classifier, fields: np.ndarray, device: torch.device, batch_size: int = 100) -> np.ndarray:
    """Logits, shape (S, 2), of normalised density fields, shape (S, G, G), without dropout."""
    model.eval()
    model.to(device)
    with torch.no_grad():
        parts = [
            model(_to_fields(fields[start : start + batch_size], device)).cpu()
            for start in range(0, len(fields), batch_size)
        ]
    return torch.cat(parts).numpy()


def glass_probability(model: Classifier, fields: np.ndarray, device: torch.device) -> np.ndarray:
    """Probability of the class glass by the softmax of the logits, shape (S,), of fields, shape (S, G, G)."""
    logits = torch.from_numpy(predict_logits(model, fields, device)).double()
    return logits.softmax(1)[:, GLASS].numpy()


def save_model(path: str | Path, model: Classifier) -> None:
    """Write architecture, normalisation and weights; readable without pickle's code execution (``weights_only``)."""
    shape = {**asdict(model.architecture), "channels": list(model.architecture.channels)}
    weights = {name: value.detach().cpu() for name, value in model.state_dict().items()}
    torch.save({"architecture": shape, "normalisation": asdict(model.normalisation), "weights": weights}, path)


def load_model(path: str | Path, expected: Architecture | None = None) -> Classifier:
    """Read a model written by `save_model`.

    Parameters
    ----------
    path : str or Path
    expected : Architecture, optional
        That of the configuration.

    Returns
    -------
    Classifier
        On the CPU, in evaluation mode.

    Raises
    ------
    GlassmapError
        If the file is truncated, foreign, or of another architecture; it names the file.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        shape = content["architecture"]
        architecture = Architecture.from_config(shape)
        normalisation = Normalisation(**content["normalisation"])
        weights = content["weights"]
    except FileNotFoundError:
        raise GlassmapError(f"{path}: no such model file") from None
    except Exception as error:  # torch raises many kinds for a bad file
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if not zipfile.is_zipfile(path):  # its directory is at its end
            raise GlassmapError(f"{path}: a truncated model ({reason[:120]}); {set_aside(path)}") from None
        raise GlassmapError(f"{path}: no model of this workflow ({reason[:120]}); delete it to train again") from None
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


def _rate_factor(schedule: str, step: int, steps: int) -> float:
    if schedule == "constant":
        return 1.0
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _to_fields(fields: np.ndarray, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(fields, dtype=np.float32))[:, None].to(device)


def _to_tensors(fields: np.ndarray, classes: np.ndarray, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return _to_fields(fields, device), torch.from_numpy(np.asarray(classes, dtype=np.int64)).to(device)
