"""Perimeters of Voronoi cells, in three dimensions surfaces, with and without radii."""

import numpy as np

from glassmap.box import Box


def cell_surface(positions: np.ndarray, box: Box, radii: np.ndarray | None = None) -> np.ndarray:
    """Perimeter of each particle's Voronoi cell; in three dimensions its surface.

    With radii the cells are those of the radical (power) tessellation, in which larger particles have larger cells
    (Jung, Biroli and Berthier 2023 with voro++). The radical cell of a small particle may vanish.

    Parameters
    ----------
    positions : ndarray, shape (N, d)
    box : Box
    radii : ndarray, shape (N,), optional
        sigma*; by default all are the same, which is the ordinary tessellation.

    Returns
    -------
    ndarray, shape (N,)
        sigma*^(d-1).

    Examples
    --------
    A square lattice:

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.structure.cell_surface import cell_surface
    >>> lattice = np.stack(np.meshgrid(np.arange(4.0), np.arange(4.0)), axis=-1).reshape(-1, 2)
    >>> cell_surface(lattice, Box.cube(4.0, 2))[:3].round(6)
    array([4., 4., 4.])
    """
    import pyvoro2  # slow to load
    from pyvoro2 import planar

    points = box.wrap(positions)
    bounds = tuple((0.0, length) for length in box.lengths)
    mode = {"mode": "standard"} if radii is None else {"mode": "power", "radii": np.asarray(radii, dtype=float)}
    if box.dimension == 2:
        domain = planar.RectangularCell(bounds, periodic=(True, True))
        cells, sides = planar.compute(points, domain=domain, output="cells", **mode), "edges"
    else:
        domain = pyvoro2.OrthorhombicCell(bounds, periodic=(True, True, True))
        cells, sides = pyvoro2.compute(points, domain=domain, output="cells", **mode), "faces"
    vertices = np.array([vertex for cell in cells for vertex in cell["vertices"]])
    first = np.cumsum([0, *(len(cell["vertices"]) for cell in cells[:-1])])
    owner = np.repeat([cell["id"] for cell in cells], [len(cell[sides]) for cell in cells])
    corners = [
        start + np.array(side["vertices"]) for start, cell in zip(first, cells, strict=True) for side in cell[sides]
    ]
    if box.dimension == 2:
        ends = vertices[np.array(corners)]
        size = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=-1)
    else:
        size = _areas(vertices, corners)
    return np.bincount(owner, size, minlength=len(points))


def _areas(vertices: np.ndarray, corners: list[np.ndarray]) -> np.ndarray:
    """Areas of plane convex polygons, by the indices of their corners in order."""
    number = np.array([len(polygon) for polygon in corners])
    of_corner = np.repeat(np.arange(len(corners)), number)
    last = np.cumsum(number)
    here = np.concatenate(corners)
    following = np.roll(here, -1)
    following[last - 1] = here[last - number]  # the polygon closes
    origin = vertices[here[last - number]][of_corner]
    fans = 0.5 * np.cross(vertices[here] - origin, vertices[following] - origin)
    vector = np.stack([np.bincount(of_corner, fans[:, axis]) for axis in range(3)], axis=-1)
    return np.linalg.norm(vector, axis=-1)
