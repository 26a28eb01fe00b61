"""The graph classifier of Swanson et al. (2020): directed message passing with self-attention on the edges.

Supplement, Sec. VI, after the authors' code (D-MPNN, from chemprop). Every pair of neighbours carries two directed
edges with a message each, and a message is never sent back where it came from.

What the authors chose is kept as an option. The defaults are what a homogeneous material asks for:

- ``coordinates``: with ``absolute`` (published) particles know their place in the box; with ``relative`` (default)
  edges have only their length, so translations and rotations change nothing.
- ``attention``: with ``batch`` (published) the weights of the edges add up to 1 over all graphs of the batch, so that
  the class of one depends on the others; with ``graph`` (default) over each graph, and they are multiplied by the
  number of its edges, so that the size of the window does not matter either.
- windows on the diagonal of the box (published), or anywhere: `glassmap.structure.neighbour_graph`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from glassmap.errors import GlassmapError
from glassmap.structure.neighbour_graph import Graph

RELATIVE, ABSOLUTE = COORDINATES = ("relative", "absolute")
GRAPH, BATCH, NONE = ATTENTIONS = ("graph", "batch", "none")


@dataclass(frozen=True)
class GraphArchitecture:
    """Shape of the network.

    Attributes
    ----------
    hidden : int
        Width h of messages and layers; published 300 to 2400.
    steps : int
        T, of which T - 1 pass messages on; published 2 to 6.
    layers : int
        f, of the head; published 1 to 3.
    dropout : float
        After every step and layer; published 0 to 0.5.
    attention : {"graph", "batch", "none"}
        Over what the weights of the edges add up to 1.
    coordinates : {"relative", "absolute"}
        Distances in sigma* and species one by one; or, as published, places and distances in units of the box, and
        species by number.
    species : int
    dimension : {2, 3}
    """

    hidden: int = 64
    steps: int = 3
    layers: int = 2
    dropout: float = 0.0
    attention: str = GRAPH
    coordinates: str = RELATIVE
    species: int = 2
    dimension: int = 2

    def __post_init__(self):
        for name, allowed in (("attention", ATTENTIONS), ("coordinates", COORDINATES)):
            if (value := getattr(self, name)) not in allowed:
                raise GlassmapError(f"{name}: got {value!r}, must be one of {', '.join(allowed)}")

    @property
    def node_features(self) -> int:
        """Number of features of a particle; an edge has those of its source and its length."""
        return self.species if self.coordinates == RELATIVE else self.dimension + 1


@dataclass(frozen=True)
class LengthScaling:
    """Mean and deviation of the edges of the training graphs, by which lengths enter the network.

    They differ by a tenth of their mean; unscaled, as published, a small network learns far more slowly.

    Attributes
    ----------
    mean, deviation : float
        sigma*, or, of absolute coordinates, in units of the box.
    """

    mean: float = 0.0
    deviation: float = 1.0

    @classmethod
    def fit(cls, graphs: Sequence[Graph]) -> "LengthScaling":
        """Of training graphs, for relative coordinates.

        Raises
        ------
        GlassmapError
            If all edges have the same length, or there are none.
        """
        lengths = np.concatenate([graph.distance for graph in graphs])
        if not len(lengths) or not np.ptp(lengths) > 0:
            raise GlassmapError("the training graphs have no edges, or all of the same length")
        return cls(float(lengths.mean()), float(lengths.std()))


UNSCALED = LengthScaling()


@dataclass(frozen=True)
class GraphBatch:
    """Graphs side by side.

    Attributes
    ----------
    nodes : Tensor, shape (n, F)
        Features of all particles.
    lengths : Tensor, shape (E, 1)
        Of the directed edges, scaled; 2 e and 2 e + 1 of these are the two directions of a pair.
    source, target : Tensor of int, shape (E,)
    node_graph, edge_graph : Tensor of int, shape (n,) and (E,)
        The graph of each.
    graphs : int
        G.
    """

    nodes: Tensor
    lengths: Tensor
    source: Tensor
    target: Tensor
    node_graph: Tensor
    edge_graph: Tensor
    graphs: int


def directed_edges(graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    """Source and target of each directed edge, shape (2 P,): of every pair its first to its second, and back."""
    return graph.pairs.reshape(-1), graph.pairs[:, ::-1].reshape(-1)


def collate(
    graphs: Sequence[Graph],
    architecture: GraphArchitecture,
    scaling: LengthScaling = UNSCALED,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> GraphBatch:
    """Put graphs side by side.

    Raises
    ------
    GlassmapError
        If a graph has no particles, or more species than the network.
    """
    sizes, edges = [len(graph.particle) for graph in graphs], [2 * len(graph.pairs) for graph in graphs]
    first = np.cumsum([0, *sizes[:-1]])
    if not all(sizes):
        raise GlassmapError("a window holds no particles; make windows larger")
    species = np.concatenate([graph.species for graph in graphs]).astype(np.int64)
    if species.max() >= architecture.species:
        raise GlassmapError(f"graphs of {species.max() + 1} species, but the network knows {architecture.species}")
    lengths = np.concatenate([np.repeat(graph.distance, 2) for graph in graphs])
    if architecture.coordinates == RELATIVE:
        nodes = np.eye(architecture.species)[species]
    else:
        places = np.concatenate([graph.positions / np.array(graph.box.lengths) for graph in graphs])
        nodes = np.concatenate([places, 1.0 + species[:, None]], axis=1)
        lengths = lengths / np.repeat([graph.box.shortest for graph in graphs], edges)
    source, target = np.concatenate(
        [np.array(directed_edges(graph)) + start for graph, start in zip(graphs, first, strict=True)], axis=1
    )

    def tensor(values: np.ndarray, kind: torch.dtype) -> Tensor:
        return torch.as_tensor(values, dtype=kind).to(device)

    return GraphBatch(
        nodes=tensor(nodes, dtype),
        lengths=tensor((lengths[:, None] - scaling.mean) / scaling.deviation, dtype),
        source=tensor(source, torch.int64),
        target=tensor(target, torch.int64),
        node_graph=tensor(np.repeat(np.arange(len(graphs)), sizes), torch.int64),
        edge_graph=tensor(np.repeat(np.arange(len(graphs)), edges), torch.int64),
        graphs=len(graphs),
    )


class GraphClassifier(nn.Module):
    r"""Directed message passing on the edges, the mean over particles, and layers to two logits.

    With :math:`x_v` the features of particle v and :math:`r` the scaled length of an edge,

    .. math::

        m^1_{v w} = \mathrm{ReLU}(W_i [x_v, r_{v w}]), \qquad
        m^{t + 1}_{v w} = \alpha_{v w}\, \mathrm{ReLU}\Big(m'_{v w}
        + W_h \sum_{u \neq w} m^t_{u v}\Big), \qquad
        h_v = \mathrm{ReLU}\Big(W_o \Big[x_v, \sum_u m^T_{u v}\Big]\Big),

    :math:`m' = W_i [x_v, r_{v w}]`, and :math:`\alpha` the softmax of :math:`V\, \mathrm{ReLU}(W m)` over the edges
    (over what, see above; without attention 1). Initial weights are normal after Glorot, biases 0, as in chemprop.

    Parameters
    ----------
    architecture : GraphArchitecture
    scaling : LengthScaling
        Of the training graphs.
    """

    def __init__(self, architecture: GraphArchitecture, scaling: LengthScaling = UNSCALED):
        super().__init__()
        self.architecture = architecture
        self.scaling = scaling
        nodes, hidden = architecture.node_features, architecture.hidden
        self.enter = nn.Linear(nodes + 1, hidden, bias=False)
        self.pass_on = nn.Linear(hidden, hidden, bias=False)
        self.leave = nn.Linear(nodes + hidden, hidden)
        if architecture.attention != NONE:
            self.attend = nn.Sequential(nn.Linear(hidden, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, 1))
        self.dropout = nn.Dropout(architecture.dropout)
        layers: list[nn.Module] = [nn.Dropout(architecture.dropout)]
        for _ in range(architecture.layers - 1):
            layers += [nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(architecture.dropout)]
        self.head = nn.Sequential(*layers, nn.Linear(hidden, 1))
        for parameter in self.parameters():
            if parameter.ndim == 1:
                nn.init.zeros_(parameter)
            else:
                nn.init.xavier_normal_(parameter)

    def inputs(self, graphs: Sequence[Graph], device: torch.device) -> GraphBatch:
        """Input of the network; see `glassmap.learning.cnn.Classifier.inputs`."""
        return collate(graphs, self.architecture, self.scaling, device, self.enter.weight.dtype)

    def forward(self, batch: GraphBatch) -> Tensor:
        """Logits, shape (G, 2), whose difference is the single output of the published network."""
        return self.forward_with_attention(batch)[0]

    def forward_with_attention(self, batch: GraphBatch) -> tuple[Tensor, list[Tensor]]:
        """Logits, shape (G, 2), and the weights of the edges after each step that passes messages on, shape (E,).

        Weights are relative to all edges being attended alike: their mean is 1 over each graph or, with attention
        over the batch, over the batch and the edge of padding that the authors' code has.
        """
        nodes, number = batch.nodes, len(batch.nodes)
        entered = self.enter(torch.cat([nodes[batch.source], batch.lengths], dim=1))
        messages, weights = entered.relu(), []
        for _ in range(self.architecture.steps - 1):
            arriving = _sums(messages, batch.target, number)[batch.source] - _reverse(messages)
            messages = (entered + self.pass_on(arriving)).relu()
            if self.architecture.attention != NONE:
                factor, weight = self._attention(messages, batch)
                messages = factor[:, None] * messages
                weights.append(weight)
            messages = self.dropout(messages)
        arriving = _sums(messages, batch.target, number)
        hidden = self.dropout(self.leave(torch.cat([nodes, arriving], dim=1)).relu())
        count = _sums(torch.ones_like(nodes[:, :1]), batch.node_graph, batch.graphs)
        output = self.head(_sums(hidden, batch.node_graph, batch.graphs) / count)
        return torch.cat([-output / 2, output / 2], dim=1), weights

    def _attention(self, messages: Tensor, batch: GraphBatch) -> tuple[Tensor, Tensor]:
        """What messages are multiplied by, and the weights relative to equal ones, both of shape (E,)."""
        score = self.attend(messages)[:, 0]
        if self.architecture.attention == BATCH:
            # the row of padding has no message, so its score is the bias
            alpha = torch.cat([score, self.attend[-1].bias]).softmax(dim=0)[:-1]
            return alpha, alpha * (len(alpha) + 1)
        largest = torch.full((batch.graphs,), -torch.inf, dtype=score.dtype, device=score.device)
        largest = largest.scatter_reduce(0, batch.edge_graph, score.detach(), "amax")
        unnormalised = (score - largest[batch.edge_graph]).exp()
        totals = _sums(torch.stack([unnormalised, torch.ones_like(score)], dim=1), batch.edge_graph, batch.graphs)
        relative = unnormalised * (totals[:, 1] / totals[:, 0])[batch.edge_graph]
        return relative, relative


def new_graph_classifier(
    architecture: GraphArchitecture, seed: int, scaling: LengthScaling = UNSCALED
) -> GraphClassifier:
    """A network with random initial weights, seeded."""
    torch.manual_seed(seed)
    return GraphClassifier(architecture, scaling)


def _sums(values: Tensor, index: Tensor, number: int) -> Tensor:
    """Sums of the rows of values with the same index, shape (number, ...)."""
    return values.new_zeros(number, *values.shape[1:]).index_add(0, index, values)


def _reverse(values: Tensor) -> Tensor:
    """The value of the opposite edge, for each directed edge."""
    return values.reshape(-1, 2, values.shape[1]).flip(1).reshape(values.shape)
