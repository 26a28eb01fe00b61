"""The image classifier of Swanson et al. (2020): two convolutions without padding on a picture of the configuration.

Its pictures are those of `glassmap.structure.picture`. Supplement, Secs. II and IV, and the authors' code.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import map_coordinates
from torch import nn

from glassmap.errors import GlassmapError
from glassmap.learning.cnn import dense_head

INK, RAW = SCALES = ("ink", "raw")
TORCH, TRUNCATED = INITIALIZATIONS = ("torch", "truncated_normal")
SPREAD, BIAS = 0.1, 0.1  # of the published initial weights, and their biases


@dataclass(frozen=True)
class ImageArchitecture:
    """Shape of the network; the defaults train on a laptop.

    Attributes
    ----------
    size : int
        Pixels per side of the picture; published 3.8 sqrt(N), so that dots of 3 pixels hardly hide each other.
    channels, kernel_sizes : tuple of int
        Feature maps of the convolutions, and sides of their kernels.
    dense : int
        Units of the dense layer.
    dropout : float
        Published between 0 and 0.5.
    scale : {"ink", "raw"}
        How values of pixels enter: 0 for white to 1, or, as published, 255 for white to 0.
    """

    size: int = 100
    channels: tuple[int, ...] = (6, 16)
    kernel_sizes: tuple[int, ...] = (10, 5)
    dense: int = 20
    dropout: float = 0.5
    scale: str = INK

    def __post_init__(self):
        if self.scale not in SCALES:
            raise GlassmapError(f"scale: got {self.scale!r}, must be one of {', '.join(SCALES)}")
        if self.map_size < 1:
            raise GlassmapError(f"size: got {self.size}, must be at least {self.size + 1 - self.map_size} pixels")

    @property
    def map_size(self) -> int:
        """Pixels per side of the last feature maps, which have lost the edge of the picture."""
        return self.size - sum(kernel - 1 for kernel in self.kernel_sizes)


class ImageClassifier(nn.Module):
    """Convolutions with ReLU and no padding, dense, ReLU, dropout, dense to 2 logits; no pooling.

    Parameters
    ----------
    architecture : ImageArchitecture
    """

    def __init__(self, architecture: ImageArchitecture):
        super().__init__()
        self.architecture = architecture
        layers: list[nn.Module] = []
        inputs = 3
        for outputs, kernel in zip(architecture.channels, architecture.kernel_sizes, strict=True):
            layers += [nn.Conv2d(inputs, outputs, kernel), nn.ReLU()]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.head = dense_head(inputs * architecture.map_size**2, architecture.dense, architecture.dropout)

    def inputs(self, pictures: np.ndarray, device: torch.device) -> torch.Tensor:
        """Input of the network, shape (B, 3, size, size), from pictures, uint8 of shape (B, size, size, 3).

        See `glassmap.learning.cnn.Classifier.inputs`.
        """
        values = torch.from_numpy(np.ascontiguousarray(np.moveaxis(pictures, -1, 1))).to(device).float()
        return 1 - values / 255 if self.architecture.scale == INK else values

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits, shape (B, 2), for input of shape (B, 3, size, size)."""
        return self.head(self.features(pictures))


def new_image_classifier(architecture: ImageArchitecture, seed: int, initialization: str = TORCH) -> ImageClassifier:
    """A network with random initial weights, seeded.

    Parameters
    ----------
    architecture : ImageArchitecture
    seed : int
    initialization : {"torch", "truncated_normal"}
        PyTorch's, which `glassmap.learning.cnn.initialise` can redraw, or as published normal of deviation 0.1, cut at
        two of these, with biases 0.1.

    Raises
    ------
    GlassmapError
        For another initialization.
    """
    if initialization not in INITIALIZATIONS:
        raise GlassmapError(f"initialization: got {initialization!r}, must be one of {', '.join(INITIALIZATIONS)}")
    torch.manual_seed(seed)
    model = ImageClassifier(architecture)
    if initialization == TRUNCATED:
        for parameter in model.parameters():
            if parameter.ndim == 1:
                nn.init.constant_(parameter, BIAS)
            else:
                nn.init.trunc_normal_(parameter, std=SPREAD, a=-2 * SPREAD, b=2 * SPREAD)
    return model


def turned(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pictures, shape (S, size, size, 3), each turned by a random multiple of 90 degrees, and half of them mirrored."""
    turns, mirrored = rng.integers(0, 4, len(pictures)), rng.integers(0, 2, len(pictures)) == 1
    result = np.array(pictures)
    for number in range(1, 4):
        result[turns == number] = np.rot90(pictures[turns == number], number, axes=(1, 2))
    result[mirrored] = result[mirrored, ::-1]
    return result


def first_feature_maps(model: ImageClassifier, pictures: np.ndarray, device: torch.device) -> np.ndarray:
    """Maps of the first convolution after its ReLU (supplement, Fig. 3), shape (S, M, h, h)."""
    model.eval()
    model.to(device)
    with torch.no_grad():
        return model.features[:2](model.inputs(pictures, device)).cpu().numpy()


def map_at_particles(maps: np.ndarray, rows: np.ndarray, columns: np.ndarray, size: int) -> np.ndarray:
    """Values of maps of a network without padding at the particles, such as `glassmap.learning.gradcam.grad_cam`'s.

    Parameters
    ----------
    maps : ndarray, shape (..., h, h)
        Of one picture; a point of the map belongs to the middle of the pixels that it sees.
    rows, columns : ndarray of int, shape (N,)
        From `glassmap.structure.picture.pixels`.
    size : int
        Pixels per side of the picture.

    Returns
    -------
    ndarray, shape (..., N)
        Interpolated linearly; particles within (size - h) / 2 pixels of the edge have the nearest value of the map.
    """
    margin = (size - maps.shape[-1]) / 2
    places = np.stack([rows, columns]) - margin
    flat = [map_coordinates(one, places, order=1, mode="nearest") for one in maps.reshape(-1, *maps.shape[-2:])]
    return np.reshape(flat, (*maps.shape[:-2], len(rows)))
