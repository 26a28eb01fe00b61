"""Pictures of configurations, as matplotlib draws them: the input of the image classifier of Swanson et al. (2020).

Supplement, Sec. II, and the authors' code, which draws a scatter plot on a figure 10 % larger than the picture, at 100
dots per inch with a margin of 5 % around the data, A in orange and then B in blue, and cuts the frame off.

Only one dot is drawn by matplotlib. It moves every dot of a scatter plot to whole pixels, so a picture is that dot,
copied and blended in the arithmetic of matplotlib's renderer: the pixels are equal.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from glassmap.box import Box
from glassmap.errors import GlassmapError

SIZE = 250  # pixels
DOTS_PER_INCH = 100
MARGIN = 0.05  # of the range of the data, on each side
EDGE = 1.0  # points, the width of a dot's edge
TRIM = 0.1  # by which the figure is larger than the picture
COLOURS = ("orange", "blue", "green", "red", "purple")  # of A and B as published, and of further species
BOX, PARTICLES = LIMITS = ("box", "particles")


def picture(
    positions: np.ndarray,
    species: np.ndarray,
    box: Box,
    *,
    size: int = SIZE,
    limits: str = BOX,
    area: float = 1.0,
    colours: Sequence[str] = COLOURS,
) -> np.ndarray:
    """Draw the particles of a plane as dots.

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
        sigma*; wrapped into the box.
    species : ndarray of int, shape (N,)
        0 = A, drawn first, 1 = B, ...
    box : Box
    size : int
        Pixels per side.
    limits : {"box", "particles"}
        What the margin surrounds: the box, or, as published, the outermost particles, which makes the scale of each
        picture slightly different.
    area : float
        Of a dot, in points^2 (matplotlib's ``s``); half the width of its edge, 1 point, comes on top.
    colours : sequence of str
        Of the species.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        Red, green, blue on white; row 0 is the top, at large y.

    Raises
    ------
    GlassmapError
        In three dimensions, for unknown limits, or for more species than colours.

    Notes
    -----
    Matplotlib's figure would be 1.1 times larger, rounded up to even, and the picture is its middle: of 250 pixels, the
    box would fill 250.9, and its very edge is cut off. Periodic images are not drawn. Linear in N.

    Examples
    --------
    A blue dot in the middle covers nine pixels.

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.picture import picture
    >>> image = picture(np.array([[5.0, 5.0]]), np.array([1]), Box.cube(10.0, 2), size=20)
    >>> image.shape, int((image != 255).any(axis=-1).sum()), image[10, 10].tolist()
    ((20, 20, 3), 9, [0, 0, 255])
    """
    from matplotlib.colors import to_rgb

    rows, columns = pixels(positions, box, size=size, limits=limits)
    if len(species) and species.max() >= len(colours):
        raise GlassmapError(f"picture: {species.max() + 1} species, but {len(colours)} colours")
    order = np.argsort(species, kind="stable")
    rgb = np.array([np.round(255 * np.array(to_rgb(colour))) for colour in colours], dtype=np.int64)
    canvas = np.full((size, size, 3), 255, dtype=np.int64)
    _draw(canvas, rows[order], columns[order], rgb[species[order]], _dot(area))
    return canvas.astype(np.uint8)


def pixels(positions: np.ndarray, box: Box, *, size: int = SIZE, limits: str = BOX) -> tuple[np.ndarray, np.ndarray]:
    """The pixels on which `picture` draws the particles, as it rounds them.

    Parameters
    ----------
    positions, box, size, limits
        As for `picture`.

    Returns
    -------
    rows, columns : ndarray of int, shape (N,)
        From the top and the left; of particles at the edge of the box, just outside of the picture.

    Raises
    ------
    GlassmapError
        In three dimensions, and for unknown limits.
    """
    box.require_plane("picture")
    if limits not in LIMITS:
        raise GlassmapError(f"limits: got {limits!r}, must be one of {', '.join(LIMITS)}")
    wrapped = box.wrap(positions)
    low, high = np.zeros(2), np.array(box.lengths)
    if limits == PARTICLES:
        low, high = wrapped.min(axis=0), wrapped.max(axis=0)
    figure = 2 * int(np.ceil(size * (1 + TRIM) / 2))
    trimmed = int(figure / 2 - size / 2)
    places = (wrapped - (low - MARGIN * (high - low))) / ((1 + 2 * MARGIN) * (high - low)) * figure
    columns = np.floor(places[:, 0] + 0.5).astype(np.int64)
    rows = np.floor(figure + 0.5 - places[:, 1]).astype(np.int64)
    return rows - trimmed, columns - trimmed


def dot_shares(rows: np.ndarray, columns: np.ndarray, size: int = SIZE, area: float = 1.0) -> csr_array:
    """How the pixels of a picture belong to the particles: shares of a map of pixels out among them.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (N,)
        From `pixels`.
    size, area
        As for `picture`.

    Returns
    -------
    sparse array, shape (N, size^2)
        Every pixel that dots cover is shared by them in proportion to how much they cover of it, whatever was drawn
        last, so that the shares of every pixel that is not white add up to 1.
    """
    cover = _dot(area).sum(axis=0)
    there = np.nonzero(cover)
    row, column = (
        place[:, None] + offset - len(cover) // 2 for place, offset in zip((rows, columns), there, strict=True)
    )
    inside = (row >= 0) & (row < size) & (column >= 0) & (column < size)
    particle = np.broadcast_to(np.arange(len(rows))[:, None], row.shape)[inside]
    pixel, weight = (row * size + column)[inside], np.broadcast_to(cover[there], row.shape)[inside]
    total = np.bincount(pixel, weight, minlength=size**2)
    return csr_array((weight / total[pixel], (particle, pixel)), shape=(len(rows), size**2))


@lru_cache(maxsize=8)
def _dot(area: float) -> np.ndarray:
    """How much of each pixel a dot's face and edge cover, of 255, shape (2, n, n); its middle is the dot's pixel."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.markers import MarkerStyle
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D, IdentityTransform

    marker, scale = MarkerStyle("o"), DOTS_PER_INCH / 72
    reach = 2 + int((np.sqrt(area) + EDGE) * scale / 2)
    shape = marker.get_transform() + Affine2D().scale(np.sqrt(area) * scale)
    black, nothing = (0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 0.0)
    masks = []
    for face, edge in ((black, nothing), (nothing, black)):
        renderer = RendererAgg(2 * reach + 1, 2 * reach + 1, DOTS_PER_INCH)
        context = renderer.new_gc()
        context.set_linewidth(EDGE)  # points
        context.set_foreground(edge, isRGBA=True)
        # row reach of the array, from above
        renderer.draw_markers(context, marker.get_path(), shape, Path([(reach, reach + 1)]), IdentityTransform(), face)
        masks.append(np.asarray(renderer.buffer_rgba())[..., 3])
    return np.array(masks, dtype=np.int64)


@njit(cache=True)
def _draw(canvas, rows, columns, colours, masks):
    """Blend the face and then the edge of each dot into an opaque canvas, as matplotlib's 8-bit renderer does."""
    size, reach = len(canvas), masks.shape[1] // 2
    for dot in range(len(rows)):
        for part in range(len(masks)):
            for a in range(masks.shape[1]):
                for b in range(masks.shape[2]):
                    row, column = rows[dot] + a - reach, columns[dot] + b - reach
                    cover = masks[part, a, b]
                    if cover == 0 or not (0 <= row < size and 0 <= column < size):
                        continue
                    for channel in range(3):
                        colour, old = colours[dot, channel], canvas[row, column, channel]
                        if cover == 255:
                            new = colour
                        else:
                            new = (((colour << 8) - 255 * old) * cover + ((255 * old) << 8)) // ((255 << 8) + cover)
                        canvas[row, column, channel] = new
