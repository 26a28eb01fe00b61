"""The classifiers of Swanson et al. (2020), on pictures and on graphs, from configurations to their verdicts.

The two differ in the module and in what `Pictures` or `Windows` make of configurations; training and predictions are
the same for both.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.learning.cnn import keep_best, not_a_model, predict_logits, read_model
from glassmap.learning.epochs import Schedule, train_epochs
from glassmap.learning.image_cnn import ImageArchitecture, ImageClassifier, new_image_classifier, turned
from glassmap.learning.message_passing import (
    ABSOLUTE,
    UNSCALED,
    GraphArchitecture,
    GraphClassifier,
    LengthScaling,
    new_graph_classifier,
)
from glassmap.learning.names import D_MPNN, IMAGE_CNN
from glassmap.learning.training import Epoch
from glassmap.structure.neighbour_graph import Graph, cut_window_graph, neighbour_graph, window_corner
from glassmap.structure.picture import BOX, picture

NETWORKS = (IMAGE_CNN, D_MPNN)
TRANSLATION, SYMMETRIES = AUGMENTATIONS = ("translation", "symmetries")
ANYWHERE, DIAGONAL = "anywhere", "diagonal"
CONFIGURATION, WINDOW = ("configuration", "window")
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Configurations:
    """Configurations of one kind of particles.

    Attributes
    ----------
    positions : ndarray, shape (S, N, d)
        sigma*.
    species : ndarray of int, shape (N,)
    box : Box
    """

    positions: np.ndarray
    species: np.ndarray
    box: Box

    @classmethod
    def of_dataset(cls, dataset: xr.Dataset) -> "Configurations":
        """From a result file with the variables of `glassmap.io.schema.CONFIGURATIONS`."""
        positions = dataset["position"].values
        box = Box.cube(float(dataset["box_length"]), positions.shape[-1])
        return cls(positions, dataset["species"].values, box)

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, members: np.ndarray | Sequence[int]) -> "Configurations":
        """Some of them, by index."""
        return replace(self, positions=self.positions[np.asarray(members, dtype=int)])


# makes the samples of a training epoch, or, not augmented, those that are judged
Draw = Callable[[np.random.Generator, bool], Sequence]


@dataclass(frozen=True)
class Pictures:
    """How configurations become pictures.

    Attributes
    ----------
    size : int
        Pixels per side.
    limits : {"box", "particles"}
        See `glassmap.structure.picture.picture`.
    augmentation : tuple of {"translation", "symmetries"}
        Of training samples: moved across the periodic box; turned and mirrored.
    """

    size: int
    limits: str = BOX
    augmentation: tuple[str, ...] = AUGMENTATIONS

    def drawn(self, configurations: Configurations) -> Draw:
        """What makes pictures of configurations, uint8 of shape (S, size, size, 3)."""
        box = configurations.box
        box.require_plane("image_cnn")

        def draw(rng: np.random.Generator, augmented: bool) -> np.ndarray:
            positions = configurations.positions
            if augmented and TRANSLATION in self.augmentation:
                positions = positions + rng.random((len(positions), 1, 2)) * box.lengths
            pictures = np.stack(
                [picture(one, configurations.species, box, size=self.size, limits=self.limits) for one in positions]
            )
            return turned(pictures, rng) if augmented and SYMMETRIES in self.augmentation else pictures

        return draw


@dataclass(frozen=True)
class Windows:
    """How configurations become graphs.

    Attributes
    ----------
    neighbours : int
        k.
    window : float
        Side of the windows, as a fraction of the box; 1 for whole configurations.
    corner : {"anywhere", "diagonal"}
    neighbours_of : {"configuration", "window"}
        Among which particles neighbours are sought.
    """

    neighbours: int = 3
    window: float = 1.0
    corner: str = ANYWHERE
    neighbours_of: str = CONFIGURATION

    def drawn(self, configurations: Configurations) -> Draw:
        """What makes a list of graphs of configurations, of new windows each time."""
        species, box = configurations.species, configurations.box
        cut = self.neighbours_of == WINDOW
        whole = [] if cut else [neighbour_graph(one, species, box, self.neighbours) for one in configurations.positions]

        def draw(rng: np.random.Generator, augmented: bool) -> list[Graph]:
            if not cut and self.window >= 1:
                return whole
            corners = [
                window_corner(box, self.window, rng, diagonal=self.corner == DIAGONAL) for _ in configurations.positions
            ]
            if cut:
                return [
                    cut_window_graph(one, species, box, self.neighbours, corner, self.window)
                    for one, corner in zip(configurations.positions, corners, strict=True)
                ]
            return [graph.window(corner, self.window) for graph, corner in zip(whole, corners, strict=True)]

        return draw


@dataclass(frozen=True)
class Network:
    """A classifier with how it sees configurations.

    Attributes
    ----------
    module : ImageClassifier or GraphClassifier
    sampling : Pictures or Windows
    batch_size : int
        Samples at once, as in its training: with attention over the batch they affect each other.
    """

    module: ImageClassifier | GraphClassifier
    sampling: Pictures | Windows
    batch_size: int

    @property
    def kind(self) -> str:
        """``image_cnn`` or ``d_mpnn``."""
        return IMAGE_CNN if isinstance(self.module, ImageClassifier) else D_MPNN

    def samples_of(self, configurations: Configurations | xr.Dataset, rng: np.random.Generator) -> Sequence:
        """Pictures, or graphs of windows at random, of configurations, one each."""
        if isinstance(configurations, xr.Dataset):
            configurations = Configurations.of_dataset(configurations)
        return self.sampling.drawn(configurations)(rng, False)


def predict(network: Network, samples: Sequence, device: torch.device = CPU) -> np.ndarray:
    """Logits of the liquid and the glass, shape (S, 2), of samples from `Network.samples_of`."""
    return predict_logits(network.module, samples, device, network.batch_size)


def schedule_of(options: Mapping) -> Schedule:
    """How a network is trained, from its section of the configuration."""
    first, highest, last = options["learning_rates"]
    return Schedule(options["epochs"], options["batch_size"], options["warm_up"], first, highest, last, options["l2"])


def new_network(kind: str, options: Mapping, training: Configurations, species: int, seed: int) -> Network:
    """A network that has learned nothing yet.

    Parameters
    ----------
    kind : {"image_cnn", "d_mpnn"}
    options : mapping
        Its section of the configuration, ``swanson2020.image`` or ``swanson2020.graph``.
    training : Configurations
        Those it will be trained on, whose distances set the scale of lengths.
    species : int
        That it knows.
    seed : int
        Of its initial weights.

    Raises
    ------
    GlassmapError
        For another kind; for pictures in three dimensions, or too small for the convolutions.
    """
    if kind == IMAGE_CNN:
        architecture = ImageArchitecture(
            options["size"],
            tuple(options["channels"]),
            tuple(options["kernel_sizes"]),
            options["dense"],
            options["dropout"],
            options["scale"],
        )
        pictures = Pictures(options["size"], options["limits"], tuple(options["augmentation"]))
        module = new_image_classifier(architecture, seed, options["initialization"])
        return Network(module, pictures, options["batch_size"])
    if kind != D_MPNN:
        raise GlassmapError(f"networks: got {kind!r}, must be one of {', '.join(NETWORKS)}")
    shape = {key: options[key] for key in ("hidden", "steps", "layers", "dropout", "attention", "coordinates")}
    windows = Windows(options["neighbours"], options["window"], options["corner"], options["neighbours_of"])
    scaling = UNSCALED
    if options["coordinates"] != ABSOLUTE:
        scaling = LengthScaling.fit(windows.drawn(training)(np.random.default_rng(seed), False))
    architecture = GraphArchitecture(**shape, species=species, dimension=training.box.dimension)
    return Network(new_graph_classifier(architecture, seed, scaling), windows, options["batch_size"])


def train_network(
    network: Network,
    training: tuple[Configurations, np.ndarray],
    validation: tuple[Configurations, np.ndarray],
    schedule: Schedule,
    seed: int,
    device: torch.device = CPU,
    report: Callable[[str], None] = lambda line: None,
    after_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> tuple[list[Epoch], Epoch]:
    """Train a network in place and keep its best epoch.

    Parameters
    ----------
    network : Network
    training, validation : (Configurations, ndarray)
        With their classes, 0 or 1, shape (S,).
    schedule : Schedule
    seed : int
        For windows, translations, the order of the samples and dropout.
    device : torch.device
    report : callable
        Called with a line for each epoch.
    after_epoch : callable
        Called with the record of each; what it raises ends the training.

    Returns
    -------
    history : list of Epoch
    best : Epoch
        By `glassmap.learning.training.rank`.
    """
    rng = np.random.default_rng(seed)
    draw = network.sampling.drawn(training[0])
    judged = network.sampling.drawn(validation[0])(rng, False)

    def epochs() -> Iterator[tuple[Epoch, torch.nn.Module]]:
        validated = (judged, validation[1])
        for record, module in train_epochs(
            network.module, lambda _: draw(rng, True), training[1], validated, schedule, seed, device
        ):
            after_epoch(record)
            yield record, module

    history, best, weights = keep_best(epochs(), schedule.epochs, report)
    network.module.load_state_dict(weights)
    return history, best


def save_network(path: str | Path, network: Network) -> None:
    """Write a network with how it sees configurations, loadable with ``weights_only``, i.e. without executing code."""
    torch.save(
        {
            "kind": network.kind,
            "architecture": asdict(network.module.architecture),
            "scaling": asdict(network.module.scaling) if network.kind == D_MPNN else {},
            "sampling": asdict(network.sampling),
            "batch_size": network.batch_size,
            "weights": {name: value.detach().cpu() for name, value in network.module.state_dict().items()},
        },
        path,
    )


def load_network(path: str | Path) -> Network:
    """Read a network written by `save_network`.

    Returns
    -------
    Network
        On the CPU, in evaluation mode.

    Raises
    ------
    GlassmapError
        If the file is missing, truncated or not from this workflow; the message names the file.
    """
    content = read_model(path)
    try:
        shape, sampling = content["architecture"], content["sampling"]
        if content["kind"] == IMAGE_CNN:
            module, seen = ImageClassifier(ImageArchitecture(**shape)), Pictures(**sampling)
        elif content["kind"] == D_MPNN:
            module = GraphClassifier(GraphArchitecture(**shape), LengthScaling(**content["scaling"]))
            seen = Windows(**sampling)
        else:
            raise KeyError(f"kind {content['kind']}")
        module.load_state_dict(content["weights"])
        network = Network(module, seen, content["batch_size"])
    except (KeyError, TypeError, RuntimeError, AttributeError, GlassmapError) as error:
        raise not_a_model(path, error) from None
    module.eval()
    return network
