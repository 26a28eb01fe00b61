"""A graph network that learns how far particles move together with how neighbours move apart.

After BOTAN (Shiba et al., J. Chem. Phys. 158, 084503 (2023); code h3-Open-BDEC/pyg_botan): particles know their
species, edges the vector to the neighbour; the same update of edges and particles is applied seven times. Ours: all
times are learned at once, targets have unit variance, and the epoch with the best validation loss is kept.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from glassmap.box import Box
from glassmap.errors import GlassmapError

WIDTH, STEPS, CUTOFF = 64, 7, 2.0  # sigma*
RATE, CLIPPED = 1e-3, 1.0  # of Adam, theirs 1e-4 over a thousand epochs of hundreds of structures; norm of the gradient
NODE_WEIGHT = 0.5  # of the loss of the particles, beside that of the edges


@dataclass(frozen=True)
class ParticleGraph:
    """A structure as the network sees it, every pair closer than the cutoff being two directed edges.

    Attributes
    ----------
    species : Tensor of int, shape (N,)
    sender, receiver : Tensor of int, shape (E,)
        Edge e + E/2 is edge e in the other direction.
    vector : Tensor, shape (E, d)
        From the sender to the receiver, sigma*.
    motion : Tensor, shape (N, T)
        Targets of the particles; not needed to predict.
    separation : Tensor, shape (E, T)
        Targets of the edges.
    """

    species: Tensor
    sender: Tensor
    receiver: Tensor
    vector: Tensor
    motion: Tensor | None = None
    separation: Tensor | None = None


def pairs_and_vectors(positions: np.ndarray, box: Box, cutoff: float = CUTOFF) -> tuple[np.ndarray, ...]:
    """Particles i and j of every pair closer than the cutoff, each (P,), and the vectors between, (P, d)."""
    i, j, _ = box.pairs_within(positions, cutoff)
    return i, j, box.minimum_image(positions[j] - positions[i])


def separations(moved: np.ndarray, i: np.ndarray, j: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """How much farther apart the particles of pairs are than at the start, mean over the runs.

    Parameters
    ----------
    moved : ndarray, shape (run, T, N, d)
        Displacements since the start, sigma*.
    i, j, vectors
        From `pairs_and_vectors`.

    Returns
    -------
    ndarray, shape (P, T)
    """
    start = np.linalg.norm(vectors, axis=-1)
    total = np.zeros((moved.shape[1], len(i)))
    for run in moved:
        total += np.linalg.norm(vectors + run[:, j] - run[:, i], axis=-1) - start
    return total.T / len(moved)


def particle_graph(
    positions: np.ndarray,
    species: np.ndarray,
    box: Box,
    motion: np.ndarray | None = None,
    moved: np.ndarray | None = None,
) -> ParticleGraph:
    """The graph of a structure.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
        That the runs start from.
    species : ndarray of int, shape (N,)
    box : Box
    motion : ndarray, shape (N, T), optional
        What is predicted.
    moved : ndarray, shape (run, T, N, d), optional
        As for `separations`.
    """
    i, j, vectors = pairs_and_vectors(positions, box)
    apart = None if moved is None else np.tile(separations(moved, i, j, vectors), (2, 1))
    return ParticleGraph(
        torch.tensor(species, dtype=torch.int64),
        torch.tensor(np.concatenate([i, j])),
        torch.tensor(np.concatenate([j, i])),
        _float(np.concatenate([vectors, -vectors])),
        None if motion is None else _float(motion),
        None if apart is None else _float(apart),
    )


class RelativeMotionNetwork(nn.Module):
    """Encoders of particles and edges, their update, and a decoder of each.

    Parameters
    ----------
    species : int
    dimension : int
    outputs : int
        T.
    neighbours : float
        Of a particle on average, by which sums over edges are divided: else they grow with every step.
    """

    def __init__(self, species: int, dimension: int, outputs: int, neighbours: float):
        super().__init__()
        self.species, self.neighbours = species, neighbours
        self.of_particles, self.of_edges = _perceptron(species), _perceptron(dimension)
        # the first layer of the update of an edge, in parts: sender, receiver, edge, and edge at the start
        self.sender, self.receiver, self.edge = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(3))
        self.start = nn.Linear(WIDTH, WIDTH)
        self.second = nn.Linear(WIDTH, WIDTH)
        self.update = _perceptron(3 * WIDTH)
        self.motion, self.separation = (nn.Sequential(_perceptron(WIDTH), nn.Linear(WIDTH, outputs)) for _ in range(2))

    def forward(self, graph: ParticleGraph, vector: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Motion of the particles, shape (N, T), and separation of the edges, shape (E, T).

        ``vector`` replaces that of the graph, when it is turned.
        """
        kinds = nn.functional.one_hot(graph.species, self.species).to(graph.vector.dtype)
        start = particles = self.of_particles(kinds)
        edges = self.of_edges(graph.vector if vector is None else vector)
        from_start = self.start(edges)
        for _ in range(STEPS):
            hidden = (
                self.sender(particles).index_select(0, graph.sender)
                + self.receiver(particles).index_select(0, graph.receiver)
                + self.edge(edges)
                + from_start
            )
            edges = torch.relu(self.second(torch.relu(hidden)))
            received = torch.zeros_like(particles).index_add(0, graph.receiver, edges)
            particles = self.update(torch.cat([particles, start, received / self.neighbours], dim=1))
        return self.motion(particles), self.separation(edges)


class RelativeMotionRegressor:
    """The network with its training.

    Parameters
    ----------
    seed : int
    epochs : int
    report : callable, optional
        Called with a line on the progress.
    """

    def __init__(self, seed: int, epochs: int, report: Callable[[str], None] = lambda line: None):
        self.seed, self.epochs, self.report = seed, epochs, report

    def fit(self, training: Sequence[ParticleGraph], validation: Sequence[ParticleGraph]) -> "RelativeMotionRegressor":
        """Learn from graphs one by one, each time turned at random by right angles or reflected.

        Raises
        ------
        GlassmapError
            If there are no structures to learn from or to validate with.
        """
        if not (training and validation):
            raise GlassmapError("no training or validation structures; give more")
        random, generator = np.random.default_rng(self.seed), torch.Generator().manual_seed(self.seed)
        first, dimension = training[0], training[0].vector.shape[1]
        species = 1 + max(int(graph.species.max()) for graph in (*training, *validation))
        neighbours = sum(len(graph.sender) for graph in training) / sum(len(graph.species) for graph in training)
        self.network = RelativeMotionNetwork(species, dimension, first.motion.shape[1], neighbours)
        for parameter in self.network.parameters():  # uniform after Glorot, as the other networks
            bound = np.sqrt(6 / sum(parameter.shape)) if parameter.ndim == 2 else 0.0
            parameter.data = bound * (2 * torch.rand(parameter.shape, generator=generator) - 1)
        self.scales = [
            (values.mean(dim=0), values.std(dim=0).clamp_min(torch.finfo(values.dtype).tiny))
            for values in (torch.cat([getattr(graph, name) for graph in training]) for name in ("motion", "separation"))
        ]
        optimiser = torch.optim.Adam(self.network.parameters(), lr=RATE)
        best, kept = np.inf, copy.deepcopy(self.network.state_dict())
        for epoch in range(self.epochs):
            for index in random.permutation(len(training)):
                graph = training[index]
                axes = torch.tensor(random.permutation(dimension))
                signs = torch.tensor(random.choice([-1.0, 1.0], dimension), dtype=graph.vector.dtype)
                optimiser.zero_grad(set_to_none=True)
                self._loss(graph, graph.vector[:, axes] * signs).backward()
                nn.utils.clip_grad_norm_(self.network.parameters(), CLIPPED, foreach=False)
                optimiser.step()
            with torch.no_grad():
                now = float(np.mean([float(self._loss(graph, graph.vector)) for graph in validation]))
            if now < best:
                best, kept = now, copy.deepcopy(self.network.state_dict())
            if (epoch + 1) % max(1, self.epochs // 10) == 0:
                self.report(f"epoch {epoch + 1} of {self.epochs}: validation loss {now:.4g}, best {best:.4g}")
        self.network.load_state_dict(kept)
        return self

    def predict(self, graph: ParticleGraph) -> np.ndarray:
        """Predicted motion of all particles, shape (N, T)."""
        with torch.no_grad():
            motion, _ = self.network(graph)
        mean, deviation = self.scales[0]
        return (mean + deviation * motion).numpy().astype(float)

    def _loss(self, graph: ParticleGraph, vector: Tensor) -> Tensor:
        """Mean squared errors of particles and edges, targets having unit variance."""
        errors = [
            ((found - (wanted - mean) / deviation) ** 2).mean()
            for found, wanted, (mean, deviation) in zip(
                self.network(graph, vector), (graph.motion, graph.separation), self.scales, strict=True
            )
        ]
        return NODE_WEIGHT * errors[0] + (1 - NODE_WEIGHT) * errors[1]


def _perceptron(inputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())


def _float(values: np.ndarray) -> Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float32)
