"""One configuration of a user's file, as it is read and as it is used."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from glassmap.box import Box
from glassmap.errors import GlassmapError

MOST_PARTICLES = 5_000_000  # a frame needs about 1 kB per particle on the way in; no indicator has been tried on more
STRAY = 0.1  # L; LAMMPS wraps only when it renews neighbour lists, so particles stray by up to half a skin
FARTHEST = 1e6  # L; no unwrapped trajectory diffuses so far, and four digits would be lost
CLOSEST = 1e-4  # mean spacing; freud, in single precision, ends the whole process where it cannot tell particles apart
FLAT = 1e-9  # L; largest spread of z in a two-dimensional configuration


@dataclass(frozen=True)
class RawFrame:
    """What a file says, before any check.

    Attributes
    ----------
    positions : ndarray, shape (N, d)
    species : ndarray of str, shape (N,)
        Names or type numbers, as in the file.
    lengths : sequence of float or None
        Edges of the box, or None if the file does not have it.
    origin : sequence of float
        Lower corner of the box.
    periodic : sequence of bool
        By axis.
    wrapped : bool
        Whether the format promises positions inside the box.
    identity : ndarray or None, shape (N,)
        Names of the particles, by which they are sorted.
    columns : mapping of str to ndarray, shape (N,) or (N, ...)
        Whatever else the file has for each particle.
    """

    positions: np.ndarray
    species: np.ndarray
    lengths: Sequence[float] | None
    origin: Sequence[float] = (0.0, 0.0, 0.0)
    periodic: Sequence[bool] = (True, True, True)
    wrapped: bool = False
    identity: np.ndarray | None = None
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """A configuration in a periodic box.

    Attributes
    ----------
    file : str
        Where it is from; of an archive with the member's name.
    index : int
        Of the frame in its file, from 0.
    positions : ndarray of float, shape (N, d)
        In [0, L), in units of length of the file or of ``length_unit``.
    species : ndarray of str, shape (N,)
        Names or type numbers, as in the file.
    box_lengths : tuple of float
        Edges of the box, d of them.
    columns : dict of str to ndarray, shape (N,) or (N, ...)
        Further values of each particle, in the units of the file.
    """

    file: str
    index: int
    positions: np.ndarray
    species: np.ndarray
    box_lengths: tuple[float, ...]
    columns: dict[str, np.ndarray]


class UnreadFrame(NamedTuple):
    """A frame that is read when ``read`` is called, so that those not selected cost no time."""

    file: str
    index: int
    read: Callable[[], RawFrame]


class FileProblem(GlassmapError):
    """A problem of a user's file; the message names the file and, where it is known, the frame."""


@contextmanager
def reading(file: str, index: int | None = None) -> Iterator[None]:
    """Any failure within is a `FileProblem` of one line."""
    where = file if index is None else f"{file}, frame {index}"
    try:
        yield
    except FileProblem:
        raise
    except GlassmapError as error:
        raise FileProblem(f"{where}: {error}") from None
    except FileNotFoundError:
        raise FileProblem(f"{file}: no such file") from None
    except Exception as error:  # gsd, HDF5, zip, the compressors and numpy raise many types
        reason = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
        raise FileProblem(f"{where}: unreadable ({reason}); cut off, or of another format") from None


def require_number_of_particles(count: int) -> int:
    """Refuse what is too large, before it is read.

    Raises
    ------
    GlassmapError
        If ``count`` is not between 1 and `MOST_PARTICLES`.
    """
    if count < 1:
        raise GlassmapError("no particles; leave the frame out")
    if count > MOST_PARTICLES:
        raise GlassmapError(f"{count:,} particles, must be at most {MOST_PARTICLES:,}; cut out a part of the box")
    return int(count)


def checked_frame(
    file: str, index: int, raw: RawFrame, box_lengths: Sequence[float] | None = None, length_unit: float = 1.0
) -> Frame:
    """A frame that can be relied on.

    Parameters
    ----------
    file : str
    index : int
    raw : RawFrame
    box_lengths : sequence of float, optional
        Of files without a box, in the unit of the file.
    length_unit : float
        sigma* in the unit of the file, by which all lengths are divided.

    Returns
    -------
    Frame
        With particles in the order of their identities if the file has them. A constant z is left out. Positions are
        wrapped where the format leaves them unwrapped (xu, GlassBench, XYZ); where it promises them inside the box
        (x, xs, data files, GSD) they may stray by `STRAY` box lengths, since more would mean a wrong box.

    Raises
    ------
    GlassmapError
        If the frame has no or too many particles, no box, a box that is not periodic or disagrees with
        ``box_lengths``, positions that are not finite, outside the box or coincide, or identities that repeat; one
        line, with the file, the frame and what to do.
    """
    if not (np.isfinite(length_unit) and length_unit > 0):
        raise GlassmapError(f"length_unit: got {length_unit:g}, must be positive")
    with reading(file, index):
        positions = np.asarray(raw.positions, dtype=float)
        if positions.ndim != 2 or positions.shape[1] not in (2, 3) or len(raw.species) != len(positions):
            raise GlassmapError(
                f"positions of shape {positions.shape} and {len(raw.species)} species, must be (N, 2) or (N, 3) and N"
            )
        require_number_of_particles(len(positions))
        finite = np.isfinite(positions).all(axis=1)
        if not finite.all():
            raise GlassmapError(
                f"the position of particle {int(np.argmin(finite))} (from 0) is not finite; leave the frame out"
            )
        lengths = _box_lengths(raw, box_lengths, positions)
        dimension = len(lengths)
        positions = positions[:, :dimension]
        origin, edges = np.asarray(raw.origin, dtype=float)[:dimension], np.array(lengths)
        if not np.isfinite(origin).all():
            raise GlassmapError("the origin of the box is not finite; write the box again")
        reduced = (positions - origin) / edges
        outside = np.abs(reduced - 0.5).max(axis=1) - 0.5
        allowed = STRAY if raw.wrapped else FARTHEST
        worst = int(np.argmax(outside))
        if outside[worst] > allowed:
            raise GlassmapError(
                f"particle {worst} (from 0) is {outside[worst]:.3g} box lengths outside the box, must be at most "
                f"{allowed:g}; check the box, or write unwrapped positions as such (xu, yu)"
            )
        positions = Box(lengths).wrap(positions - origin)
        _require_distinct(positions, lengths)
        order = slice(None) if raw.identity is None else _order(raw.identity)
        if length_unit != 1.0:
            positions, lengths = positions / length_unit, tuple(length / length_unit for length in lengths)
            positions = Box(lengths).wrap(positions)  # rounding may reach L itself
        columns = {name: np.asarray(values)[order] for name, values in raw.columns.items()}
        return Frame(file, index, positions[order], np.asarray(raw.species)[order].astype(str), lengths, columns)


def _box_lengths(raw: RawFrame, given: Sequence[float] | None, positions: np.ndarray) -> tuple[float, ...]:
    """Edges of the box, without that of a constant z."""
    if raw.lengths is None and given is None:
        raise GlassmapError("the file has no box; give box_lengths")
    known = raw.lengths if raw.lengths is not None else given
    lengths = np.array(known, dtype=float)
    dimension = positions.shape[1]
    if dimension == 3 and np.ptp(positions[:, 2]) <= FLAT * abs(lengths[0]):
        dimension = 2
    if len(lengths) < dimension:
        raise GlassmapError(f"a box of {len(lengths)} lengths and positions in {dimension} dimensions")
    lengths = lengths[:dimension]
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise GlassmapError(f"box lengths {', '.join(f'{length:g}' for length in lengths)}, must be positive")
    if raw.lengths is not None and given is not None and not np.allclose(lengths, given[:dimension], rtol=1e-6):
        raise GlassmapError(
            f"the file has box lengths {', '.join(f'{length:g}' for length in lengths)}, and box_lengths are "
            f"{', '.join(f'{length:g}' for length in given)}; leave out box_lengths"
        )
    if not all(raw.periodic[:dimension]):
        raise GlassmapError("the box is not periodic; glassmap needs periodic boundaries in every direction")
    return tuple(map(float, lengths))


def _require_distinct(positions: np.ndarray, lengths: tuple[float, ...]) -> None:
    from scipy.spatial import cKDTree  # slow to load

    order = np.lexsort(positions.T)
    same = (np.diff(positions[order], axis=0) == 0).all(axis=1)
    if same.any():
        first = int(np.argmax(same))
        i, j = sorted((int(order[first]), int(order[first + 1])))
        raise GlassmapError(f"particles {i} and {j} (from 0) have the same position; leave the frame out")
    reach = CLOSEST * (math.prod(lengths) / len(positions)) ** (1 / len(lengths))
    tree = cKDTree(positions, boxsize=lengths, balanced_tree=False, compact_nodes=False)
    # in the order of the tree, for the CPU cache; the nearest is the particle itself
    distance, neighbour = tree.query(positions[tree.indices], k=2, distance_upper_bound=reach)
    close = np.flatnonzero(np.isfinite(distance[:, 1]))
    if len(close):
        i, j = sorted((int(tree.indices[close[0]]), int(neighbour[close[0], 1])))
        raise GlassmapError(
            f"particles {i} and {j} (from 0) are {distance[close[0], 1]:.3g} apart, must be more than {CLOSEST:g} of "
            "the mean spacing; leave the frame out"
        )


def _order(identity: np.ndarray) -> np.ndarray:
    order = np.argsort(identity, kind="stable")
    repeated = np.diff(identity[order]) == 0
    if repeated.any():
        raise GlassmapError(f"particle id {int(identity[order][np.argmax(repeated)])} occurs twice; write it again")
    return order


def cuboid(matrix: np.ndarray) -> np.ndarray:
    """Edges of a box from its vectors.

    Parameters
    ----------
    matrix : ndarray, shape (d, d)

    Raises
    ------
    GlassmapError
        If the box is tilted.
    """
    matrix = np.asarray(matrix, dtype=float)
    edges = np.diag(matrix)
    if not np.isfinite(matrix).all():
        raise GlassmapError("the box is not finite; write the box again")
    if np.abs(matrix - np.diag(edges)).max() > FLAT * np.abs(edges).max():
        raise GlassmapError("the box is tilted; glassmap needs an orthogonal box, so remap the configuration")
    return edges
