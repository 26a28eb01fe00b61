"""Pictures of configurations: equal, pixel by pixel, to those that Swanson et al. make with matplotlib."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.structure.picture import picture


def drawn_by_matplotlib(positions, species, length, size, limits, area):
    """The steps of the authors: scatter plots on a larger figure, saved as PNG, whose middle is kept."""
    larger = int(np.ceil(size * 1.1 / 2) * 2)
    figure = plt.figure(figsize=(larger / 100, larger / 100), dpi=100, frameon=False)
    axes = figure.add_axes([0, 0, 1, 1])
    for kind, colour in enumerate(["orange", "blue"]):
        plt.scatter(*(positions[species == kind] / length).T, s=area, color=colour)
    plt.axis("equal")
    if limits == "box":
        axes.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05))
    file = io.BytesIO()
    plt.savefig(file)
    plt.close(figure)
    first, last = int(larger / 2 - 0.5 * size), int(larger / 2 + 0.5 * size)
    return np.asarray(Image.open(file).crop((first, first, last, last)))[..., :3]


@pytest.mark.parametrize("limits", ["box", "particles"])
@pytest.mark.parametrize(("size", "number", "area"), [(250, 4320, 1.0), (100, 700, 1.0), (120, 300, 9.0)])
def test_pixels_are_those_of_matplotlib(limits, size, number, area, rng):
    """With dots that touch and hide each other, at and beyond the edges."""
    length = 60.0
    positions = rng.random((number, 2)) * length
    positions[:4] = length * np.array([[0.0, 0.001], [0.9999, 0.999], [0.0005, 0.9995], [0.9995, 0.0]])
    species = rng.permutation(np.arange(number) % 3 // 2)
    found = picture(positions, species, Box.cube(length, 2), size=size, limits=limits, area=area)
    expected = drawn_by_matplotlib(positions, species, length, size, limits, area)
    assert found.shape == (size, size, 3) and found.dtype == np.uint8
    assert (expected != 255).any()
    np.testing.assert_array_equal(found, expected)


def test_dots_of_one_species_cover_those_of_the_former(rng):
    box = Box.cube(10.0, 2)
    both = picture(np.array([[5.0, 5.0], [5.0, 5.0]]), np.array([1, 0]), box, size=20)
    assert both[10, 10].tolist() == [0, 0, 255]
    again = picture(np.array([[15.0, -5.0], [5.0, 5.0]]), np.array([0, 1]), box, size=20)
    np.testing.assert_array_equal(both, again)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(GlassmapError, match="picture: defined in 2 dimensions"):
        picture(np.zeros((1, 3)), np.zeros(1, dtype=int), Box.cube(10.0, 3))
    with pytest.raises(GlassmapError, match="limits: got 'tight', must be one of box, particles"):
        picture(np.zeros((1, 2)), np.zeros(1, dtype=int), Box.cube(10.0, 2), limits="tight")
    with pytest.raises(GlassmapError, match="picture: 3 species, but 2 colours"):
        picture(np.zeros((1, 2)), np.array([2]), Box.cube(10.0, 2), colours=["orange", "blue"])
