"""The null for the dynamics of few glasses: structural maps moved, turned and mirrored against the glass.

One glass holds few independent domains: two fields that know nothing of each other correlate with a deviation of 0.2
at xi = 8 in a box of 40.8. A map that a symmetry of the periodic square moved is as much a map of such a glass as
the map itself, but knows nothing of where this glass moves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates

from glassmap.analysis.lengths import coarse_fields
from glassmap.analysis.method import Method
from glassmap.analysis.particle_fields import ParticleFields, mean_by_indicator
from glassmap.box import wrap
from glassmap.statistics import residuals
from glassmap.structure.coarse_graining import Kernel, coarse_grain_at
from glassmap.structure.indicators import HELD_FIXED

# rotations by quarter turns, and each of them after a mirror image: the point group 4mm of the square
POINT_GROUP = np.array([
    [[sign_x, 0], [0, sign_y]] if straight else [[0, sign_x], [sign_y, 0]]
    for straight in (True, False) for sign_x in (1, -1) for sign_y in (1, -1)
])  # fmt: skip
LEVEL = 0.95
# points of the grid that coarse-grained fields are interpolated on: in a length xi, in the box at least, and in the
# distance of two particles at most
IN_LENGTH, IN_BOX, IN_DISTANCE = 12, 64, 5
BLOCK = 16  # draws whose moved fields are held in memory at once


@dataclass(frozen=True)
class Symmetries:
    """Symmetries of the periodic square: x goes to ``point @ x + shift``, modulo the box.

    Attributes
    ----------
    point : ndarray of int, shape (draws, 2, 2)
        Of `POINT_GROUP`.
    shift : ndarray, shape (draws, 2)
        sigma*.
    """

    point: np.ndarray
    shift: np.ndarray

    @classmethod
    def draw(cls, draws: int, box_length: float, seed: int) -> "Symmetries":
        """So many of them, each as likely as any other."""
        random = np.random.default_rng(seed)
        point = POINT_GROUP[random.integers(len(POINT_GROUP), size=draws)]
        return cls(point, box_length * random.random((draws, 2)))

    def of(self, positions: np.ndarray, box_length: float, chosen: slice = slice(None)) -> np.ndarray:
        """Where some of them bring positions, shape (N, 2) to (draws, N, 2), wrapped into the box."""
        turned = positions @ self.point[chosen].swapaxes(-1, -2)
        return wrap(turned + self.shift[chosen, None], box_length)


def field_between(
    values: np.ndarray, positions: np.ndarray, box_length: float, xi: float, kernel: Kernel
) -> Callable[[np.ndarray], np.ndarray]:
    """Coarse-grained fields as functions of the place, for many places.

    Parameters
    ----------
    values : ndarray, shape (field, N)
    positions : ndarray, shape (N, 2)
    box_length, xi : float
        sigma*; bare where xi is 0.
    kernel : Kernel

    Returns
    -------
    callable
        Takes points, shape (M, 2), and returns the fields there, shape (field, M), as
        `glassmap.structure.coarse_graining.coarse_grain_at` does: bare fields exactly, others interpolated linearly on
        a grid.

    Notes
    -----
    The cost of the grid is that of coarse-graining, linear in N but for kernels that reach across the box; a point
    costs the same for every N. The grid stays at 25 points a particle: where xi is less than half the distance of two
    particles it is coarser than `IN_LENGTH` says. Measured on a glass-like set of 2000 particles: the root mean square
    deviation is 1 % of the field's own at xi from 2 to 20, and 10 to 15 % for Tong-Tanaka's in v2, whose kernel ends
    with a jump (a correlation of 0.99 with the field itself).
    """
    if xi == 0:
        return lambda points: coarse_grain_at(values, positions, points, box_length, xi, kernel)
    side = int(np.ceil(min(max(IN_BOX, IN_LENGTH * box_length / xi), IN_DISTANCE * np.sqrt(len(positions)))))
    axis = np.arange(side) * box_length / side
    places = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    grids = coarse_grain_at(values, positions, places, box_length, xi, kernel).reshape(-1, side, side)

    def at(points: np.ndarray) -> np.ndarray:
        columns = points.T * side / box_length
        return np.stack([map_coordinates(grid, columns, order=1, mode="grid-wrap") for grid in grids])

    return at


def moved_correlations(
    fields: ParticleFields,
    positions: np.ndarray,
    box_length: float,
    method: Method,
    xi: Mapping[str, float],
    propensity: np.ndarray,
    draws: int,
    seed: int,
) -> dict[str, dict[str, np.ndarray]]:
    """Correlations of moved maps with the propensity of the glass that stays where it is.

    Parameters
    ----------
    fields : ParticleFields
    positions : ndarray, shape (N, 2)
        sigma*.
    box_length : float
    method : Method
        Decides the kernels.
    xi : mapping of str to float
        Of each indicator, sigma*; 0 is bare.
    propensity : ndarray, shape (time, N)
        Coarse-grained; times of several temperatures may follow each other.
    draws : int
    seed : int
        Of the symmetries. A draw is one symmetry for all fields and times: the networks' maps of one glass are alike.

    Returns
    -------
    dict of str to dict of str to ndarray, shape (draws, time)
        ``pearson`` and ``partial``, and for each the mean over the usable fields of an indicator (over networks), by
        its name. NaN where no field is usable. ``partial`` holds `HELD_FIXED` of the glass fixed, and the same
        fields moved with the map.

    Notes
    -----
    Linear in the number of particles, of fields, of draws and of times.

    A map that follows the density takes it along where it is moved. Without the moved density held fixed, what is
    left of the map would be another field than what is left of it at its place: measured on synthetic fields that
    have only the density in common, 0 to 16 % of p below 0.05. With it they are 3 to 6 %: the map itself is held
    against fewer fields than the moved ones are, which errs to the safe side.
    """
    held = np.isin(fields.indicator, HELD_FIXED) & fields.usable
    given = coarse_fields(fields.only(fields.indicator[held]), positions, box_length, method, xi)
    target = _unit(propensity).T
    kinds: dict = {}
    for index in np.flatnonzero(fields.usable).tolist():
        name = fields.indicator[index]
        kinds.setdefault((method.kernel_of(name), xi[name]), []).append(index)
    between = [
        (members, field_between(fields.values[members], positions, box_length, length, kernel))
        for (kernel, length), members in kinds.items()
    ]
    symmetries = Symmetries.draw(draws, box_length, seed)
    found = {kind: np.empty((draws, len(propensity), len(fields.values))) for kind in ("pearson", "partial")}
    for start in range(0, draws, BLOCK):
        part = slice(start, start + BLOCK)
        places = symmetries.of(positions, box_length, part)
        moved = np.zeros((len(fields.values), *places.shape[:2]))
        for members, at in between:
            moved[members] = at(places.reshape(-1, 2)).reshape(len(members), *places.shape[:2])
        found["pearson"][part] = np.moveaxis(_unit(moved) @ target, 0, -1)
        for draw, one in enumerate(moved.swapaxes(0, 1), start):
            both = np.concatenate([given, one[held]])
            left = _unit(residuals(one, both)), _unit(residuals(propensity, both))
            found["partial"][draw] = left[1] @ left[0].T
    return {kind: mean_by_indicator(values, fields) for kind, values in found.items()}


def band(moved: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise band of moved maps, shape (draws, ...) to two of shape (...).

    Of ``draws`` moved maps and the map itself, were it one of them, a share of ``level`` lies in it: quantiles at
    ``p (draws + 1)`` in the order of size, as the p of `chance` counts.
    """
    tail = (1 - level) / 2
    return tuple(np.quantile(moved, (tail, 1 - tail), axis=0, method="weibull"))


def chance(observed: np.ndarray, moved: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """How often a moved map goes as far as the map itself, each at its own best point.

    Parameters
    ----------
    observed : ndarray, shape (...)
        Correlations, NaN where there is none; what moved maps have there does not count.
    moved : ndarray, shape (draws, ...)

    Returns
    -------
    p : float
        (1 + draws whose largest modulus reaches the map's own) / (1 + draws) (Davison and Hinkley, Bootstrap Methods,
        Eq. 4.11): choosing the largest costs nothing, since every draw chooses, too. NaN where nothing was observed.
    largest : float
        What the largest modulus of the moved maps exceeds in 5 % of the draws.
    """
    known = np.isfinite(observed)
    if not known.any() or not len(moved):
        return np.nan, np.nan
    largest = np.abs(moved[:, known]).max(axis=1)
    # a draw without a number counts against the map
    reached = int((~(largest < np.abs(observed[known]).max())).sum())
    return (1 + reached) / (1 + len(moved)), float(np.quantile(largest, level, method="weibull"))


def _unit(values: np.ndarray) -> np.ndarray:
    """Patterns of mean 0 and norm 1 over the last axis, whose products are Pearson correlations; NaN if constant."""
    pattern = values - values.mean(axis=-1, keepdims=True)
    norm = np.sqrt((pattern**2).sum(axis=-1, keepdims=True))
    return np.divide(pattern, norm, out=np.full_like(pattern, np.nan), where=norm > 0)
