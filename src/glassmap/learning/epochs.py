"""Training of the classifiers of Swanson et al. (2020), whatever their inputs, by the schedule of the authors' code."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from glassmap.learning.cnn import evaluate
from glassmap.learning.training import Epoch


@dataclass(frozen=True)
class Schedule:
    """How to train; the defaults are those of the published graph classifier.

    Attributes
    ----------
    epochs, batch_size : int
        10 epochs, of batches of 5 graphs, or 20 to 100 pictures.
    warm_up : float
        Epochs in which the learning rate rises linearly; then it falls exponentially.
    first, highest, last : float
        Learning rates of Adam.
    l2 : float
        Penalty of half the squares of the weights, not of biases; 0.01 for the image classifier.
    """

    epochs: int = 10
    batch_size: int = 5
    warm_up: float = 2.0
    first: float = 1e-4
    highest: float = 1e-3
    last: float = 1e-4
    l2: float = 0.0

    def rate(self, epoch: float) -> float:
        """Learning rate after a number of epochs, whole or not."""
        if epoch < self.warm_up:
            return self.first + (self.highest - self.first) * epoch / self.warm_up
        passed = (epoch - self.warm_up) / max(self.epochs - self.warm_up, np.finfo(float).tiny)
        return self.highest * (self.last / self.highest) ** passed


def train_epochs(
    model: nn.Module,
    samples: Callable[[int], Sequence],
    classes: np.ndarray,
    validation: tuple[Sequence, np.ndarray],
    schedule: Schedule,
    seed: int,
    device: torch.device,
) -> Iterator[tuple[Epoch, nn.Module]]:
    """Train, yielding after every epoch, for `glassmap.learning.cnn.keep_best`.

    Parameters
    ----------
    model : Module
        Trained in place; with a method ``inputs`` as `glassmap.learning.cnn.Classifier` has.
    samples : callable
        The training samples of an epoch, from 1: the same, or new windows or turned pictures in every epoch.
    classes : ndarray of int, shape (S,)
        0 or 1.
    validation : (sequence, ndarray)
        Samples, and their classes.
    schedule : Schedule
    seed : int
        For the order of the samples, and dropout.
    device : torch.device

    Yields
    ------
    Epoch, Module
        Record of the epoch, and the model after it. The training loss is without the penalty, and with dropout.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model.to(device)
    weights = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    biases = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    groups = [{"params": weights, "weight_decay": schedule.l2}, {"params": biases, "weight_decay": 0.0}]
    optimiser = torch.optim.Adam(groups, lr=schedule.first)
    targets, batches = torch.as_tensor(classes, dtype=torch.int64), -(-len(classes) // schedule.batch_size)
    for epoch in range(1, schedule.epochs + 1):
        model.train()
        drawn, loss_sum, right = samples(epoch), 0.0, 0
        for number, members in enumerate(np.array_split(shuffled_evenly(classes, rng), batches)):
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate(epoch - 1 + number / batches)
            chosen = drawn[members] if isinstance(drawn, np.ndarray) else [drawn[member] for member in members]
            expected = targets[members].to(device)
            logits = model(model.inputs(chosen, device))
            loss = functional.cross_entropy(logits, expected)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            loss_sum += float(loss.detach()) * len(members)
            right += int((logits.argmax(1) == expected).sum())
        found = evaluate(model, *validation, device, schedule.batch_size)  # as trained, for attention over the batch
        yield Epoch(epoch, loss_sum / len(classes), right / len(classes), *found), model


def shuffled_evenly(classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random order of samples in which classes alternate, so that all batches have the same share of each.

    A batch with more glasses than liquids moves the network along what both have in common, which for pictures is far
    more than what tells them apart.

    Parameters
    ----------
    classes : ndarray of int, shape (S,)
    rng : Generator

    Returns
    -------
    ndarray of int, shape (S,)
        Indices of the samples.
    """
    place = np.empty(len(classes))
    for label in np.unique(classes):
        members = np.flatnonzero(classes == label)
        place[members] = (rng.permutation(len(members)) + 0.5) / len(members)
    return np.argsort(place, kind="stable")
