"""GlassMLP: a small network whose loss includes the variance and spatial correlation of the propensity.

Jung, Biroli and Berthier 2023, with its supplement, Sec. II; ``formula="code"`` where the authors' code differs.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.learning.regression import Scaling, Structure

HIDDEN = (2, 10, 10)  # the first is the bottleneck
CODE, PAPER = FORMULAS = ("code", "paper")
DISTANCES = {CODE: (2.0, 5.0, 8.0), PAPER: (2.0, 4.0, 6.0)}  # sigma*; the code for three dimensions has the paper's
PATIENCE = 15
VARIANCE, CORRELATION = 1.0, 0.5  # weights of the full loss
KEPT_WEIGHTS = 250_000_000  # of pairs of particles in all structures, a gigabyte


@dataclass(frozen=True)
class Phase:
    """A phase of the training.

    Attributes
    ----------
    epochs : int
        At most.
    rate : float
        Of Adam.
    full : bool
        Whether the loss includes variance and correlations.
    stops : bool
        Whether a network stops when its validation loss has not improved for `PATIENCE` epochs, and its best weights
        are taken.
    """

    epochs: int
    rate: float
    full: bool
    stops: bool


def phases(formula: str = CODE, scale: float = 1.0) -> tuple[Phase, ...]:
    """The four phases of the training.

    Parameters
    ----------
    formula : {"code", "paper"}
        At most 100 or 1000 epochs in the phases that stop.
    scale : float
        Of all numbers of epochs, for trials.
    """
    longest = {CODE: 100, PAPER: 1000}[formula]
    return tuple(
        Phase(max(1, round(scale * epochs)), rate, full, stops)
        for epochs, rate, full, stops in (
            (300, 5e-4, False, False),
            (longest, 2e-4, False, True),
            (50, 4e-5, True, False),
            (longest, 2e-5, True, True),
        )
    )


class Networks(nn.Module):
    """Many small networks side by side, on the same inputs.

    Parameters
    ----------
    inputs : int
        D.
    number : int
        M, networks.
    generator : torch.Generator
        For the initial weights, uniform after Glorot; biases are 0.
    """

    def __init__(self, inputs: int, number: int, generator: torch.Generator):
        super().__init__()
        sizes = (inputs, *HIDDEN, 1)
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for fan_in, fan_out in pairwise(sizes):
            bound = np.sqrt(6 / (fan_in + fan_out))
            weight = torch.rand(number, fan_in, fan_out, generator=generator)
            self.weights.append(nn.Parameter(bound * (2 * weight - 1)))
            self.biases.append(nn.Parameter(torch.zeros(number, 1, fan_out)))

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of all networks, shape (M, n), for inputs of shape (n, D)."""
        values = inputs
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = values @ weight + bias
            if layer < len(HIDDEN):
                values = nn.functional.elu(values)
        return values[..., 0]


def correlation_weights(positions: Tensor, box: Box, distances: Sequence[float], formula: str = CODE) -> Tensor:
    """Weights of pairs of particles in the spatial correlations, shape (len(distances), n, n).

    ``exp(-(r - d)^2 / 2)``, the particle itself included; of the code each row divided by its sum (supplement, Eq. 7,
    whose exponent is printed without the minus, with which it would not decay). Time and memory are of order n^2: all
    pairs of particles have a weight.
    """
    difference = positions[:, None] - positions
    lengths = torch.as_tensor(box.lengths, dtype=positions.dtype)
    difference = difference - lengths * torch.round(difference / lengths)
    r = difference.square().sum(dim=-1).sqrt()
    weights = torch.stack([torch.exp(-0.5 * (r - distance) ** 2) for distance in distances])
    return weights / weights.sum(dim=-1, keepdim=True) if formula == CODE else weights


def spatial_correlation(values: Tensor, weights: Tensor) -> Tensor:
    r"""C(d), shape (len(distances), M), of fields of shape (M, n) (supplement, Eq. 7).

    .. math:: C(d) = \sum_{ij} w_{ij}(d)\, \delta x_i\, \delta x_j \Big/ \sum_i \delta x_i^2
    """
    deviation = values - values.mean(dim=-1, keepdim=True)
    total = (weights @ deviation.T * deviation.T).sum(dim=1)
    return total / deviation.square().sum(dim=-1).clamp_min(torch.finfo(values.dtype).tiny)


class LearnedStructure:
    """A structure as networks learn it.

    Parameters
    ----------
    inputs : Tensor, shape (n, D)
    targets : Tensor, shape (M, n)
    positions : Tensor, shape (n, d)
    box : Box
    keeps : bool
        Whether the weights of its pairs, ``len(distances) * n**2`` numbers, are kept in memory.
    """

    def __init__(self, inputs: Tensor, targets: Tensor, positions: Tensor, box: Box, keeps: bool = True):
        self.inputs, self.targets, self.positions, self.box, self.keeps = inputs, targets, positions, box, keeps
        self._correlations: Tensor | None = None
        self._weights: Tensor | None = None

    def correlations(self, loss: "Loss") -> tuple[Tensor, Tensor]:
        """Those of the targets, shape (len(distances), M), and the weights of `correlation_weights`.

        Neither changes while networks are trained.
        """
        weights = self._weights
        if weights is None:
            weights = correlation_weights(self.positions, self.box, loss.distances, loss.formula)
            if self.keeps:
                self._weights = weights
        if self._correlations is None:
            self._correlations = spatial_correlation(loss.transformed(self.targets), weights)
        return self._correlations, weights


@dataclass(frozen=True)
class Loss:
    """The loss of one structure (supplement, Eq. 6).

    Attributes
    ----------
    formula : {"code", "paper"}
        The absolute error is divided by the deviation of all training labels (code) or of the structure's (paper); the
        difference of the variances has an absolute value only in the code.
    scale : Tensor, shape (M,)
        Deviation of the training labels.
    distances : tuple of float
        sigma*.
    transform : callable, optional
        Of targets and predictions, before they are correlated; the overlap of displacements in three dimensions.
    """

    formula: str
    scale: Tensor
    distances: tuple[float, ...]
    transform: Callable[[Tensor], Tensor] | None = None

    def transformed(self, values: Tensor) -> Tensor:
        return values if self.transform is None else self.transform(values)

    def __call__(self, predicted: Tensor, sample: LearnedStructure, full: bool) -> Tensor:
        """Loss of each network, shape (M,), for predictions of shape (M, n)."""
        target, tiny = sample.targets, torch.finfo(sample.targets.dtype).tiny
        variance = target.var(dim=-1, correction=0).clamp_min(tiny)
        scale = self.scale if self.formula == CODE else variance.sqrt()
        loss = (predicted - target).abs().mean(dim=-1) / scale
        if not full:
            return loss
        excess = (predicted.var(dim=-1, correction=0) - variance) / variance
        theirs, weights = sample.correlations(self)
        ours = spatial_correlation(self.transformed(predicted), weights)
        span = (theirs[0] - theirs[-1]).abs().clamp_min(tiny)
        difference = ((ours - theirs).abs() / span).sum(dim=0)
        return loss + VARIANCE * (excess.abs() if self.formula == CODE else excess) + CORRELATION * difference


class GlassMLP:
    """An ensemble of networks for each target, trained at once.

    Parameters
    ----------
    seed : int
    members : int
        Networks of each target; their mean is the prediction.
    formula : {"code", "paper"}
    full : bool
        False for the paper's "MLP (mae)": only the two phases without variance and correlation.
    distances : sequence of float, optional
        Of the correlations, sigma*; by default those of the formula.
    transform : callable, optional
        See `Loss`.
    scale : float
        Of the numbers of epochs.
    report : callable, optional
        Called with a line on the progress after each phase.
    """

    def __init__(
        self,
        seed: int,
        members: int = 8,
        formula: str = CODE,
        full: bool = True,
        distances: Sequence[float] | None = None,
        transform: Callable[[Tensor], Tensor] | None = None,
        scale: float = 1.0,
        report: Callable[[str], None] = lambda line: None,
    ):
        if formula not in FORMULAS:
            raise GlassmapError(f"formula: got {formula!r}, must be one of {', '.join(FORMULAS)}")
        self.seed, self.members, self.formula, self.full, self.scale = seed, members, formula, full, scale
        self.distances = tuple(DISTANCES[formula] if distances is None else distances)
        self.transform, self.report = transform, report

    def fit(self, training: Sequence[Structure], validation: Sequence[Structure]) -> "GlassMLP":
        """Train on structures one by one, in their order; see `glassmap.learning.regression.Regressor`.

        Raises
        ------
        GlassmapError
            If there are no validation structures, or a target does not vary.
        """
        if not validation:
            raise GlassmapError("no validation structures, which decide when the training stops; give more structures")
        self.scaling = Scaling.of(training)
        labels = np.concatenate([structure.targets for structure in training])
        if not (labels.std(axis=0) > 0).all():
            raise GlassmapError("a target is the same for all training particles; leave its time out")
        generator = torch.Generator().manual_seed(self.seed)
        self.targets = labels.shape[1]
        self.networks = Networks(int(self.scaling.kept.sum()), self.targets * self.members, generator)
        loss = Loss(
            self.formula,
            torch.tensor(np.repeat(labels.std(axis=0), self.members), dtype=torch.float32),
            self.distances,
            self.transform,
        )
        sizes = [len(self.distances) * len(structure.positions) ** 2 for structure in [*training, *validation]]
        keeps = iter(np.cumsum(sizes) <= KEPT_WEIGHTS)
        prepared = [[self._prepare(structure, next(keeps)) for structure in part] for part in (training, validation)]
        for phase in phases(self.formula, self.scale):
            if phase.full <= self.full:
                self._train(phase, loss, *prepared)
        return self

    def predict(self, structure: Structure) -> np.ndarray:
        """Mean over the members, shape (n, T)."""
        return self.predict_members(structure).mean(axis=0)

    def predict_members(self, structure: Structure) -> np.ndarray:
        """Predictions of each network, shape (members, n, T)."""
        inputs = torch.tensor(self.scaling(structure.inputs), dtype=torch.float32)
        with torch.no_grad():
            values = self.networks(inputs).numpy().astype(float)
        return values.reshape(self.targets, self.members, -1).transpose(1, 2, 0)

    def _prepare(self, structure: Structure, keeps: bool) -> LearnedStructure:
        inputs, targets, positions = (
            torch.tensor(values, dtype=torch.float32)
            for values in (
                self.scaling(structure.inputs),
                np.repeat(structure.targets.T, self.members, axis=0),
                structure.positions,
            )
        )
        return LearnedStructure(inputs, targets, positions, structure.box, keeps)

    def _train(self, phase: Phase, loss: Loss, training: list, validation: list) -> None:
        networks = self.networks
        optimiser = torch.optim.Adam(networks.parameters(), lr=phase.rate, foreach=True)
        number = self.targets * self.members
        best = torch.full((number,), torch.inf)
        waited = torch.zeros(number, dtype=torch.int64)
        weights = copy.deepcopy([parameter.data for parameter in networks.parameters()])
        trained = 0
        for _ in range(phase.epochs):
            trained += 1
            for sample in training:
                optimiser.zero_grad(set_to_none=True)
                loss(networks(sample.inputs), sample, phase.full).sum().backward()
                optimiser.step()
            if phase.stops:
                with torch.no_grad():
                    losses = [loss(networks(sample.inputs), sample, phase.full) for sample in validation]
                now = torch.stack(losses).mean(0)
                running = waited < PATIENCE  # a network that has stopped keeps its best weights
                better = running & (now < best)
                best[better] = now[better]
                waited = torch.where(better, 0, waited + 1).where(running, waited)
                for kept, parameter in zip(weights, networks.parameters(), strict=True):
                    kept[better] = parameter.data[better]
                if (waited >= PATIENCE).all():
                    break
        if phase.stops:
            for kept, parameter in zip(weights, networks.parameters(), strict=True):
                parameter.data.copy_(kept)
        kind = "full loss" if phase.full else "absolute error"
        ended = f", validation loss {best.mean():.4g}" if phase.stops else ""
        self.report(f"{kind}, rate {phase.rate:g}: {trained} epochs{ended}")
