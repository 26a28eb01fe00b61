"""Dynamic propensity: particle displacement relative to its cage, averaged over an isoconfigurational ensemble.

Frontiers, Sec. 3.5 (magnitude of the cage-relative displacement); v2, Sec. III.D (its square).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array

from glassmap.box import Box
from glassmap.statistics import finite_deviation, finite_mean, pearson
from glassmap.structure.voronoi import tessellate


@dataclass(frozen=True)
class Cage:
    """Cages: each particle and its Voronoi neighbours at t = 0.

    Attributes
    ----------
    mean : sparse array, shape (N, N)
        Row i averages over particle i and its neighbours.
    """

    mean: object

    @classmethod
    def of(cls, positions: np.ndarray, box_length: float) -> "Cage":
        """The cages of a configuration, shape (N, d), in a periodic square or cube."""
        cells = tessellate(positions, Box.cube(box_length, positions.shape[-1]))
        number = len(positions)
        centre = np.concatenate([np.arange(number), cells.centre])
        neighbour = np.concatenate([np.arange(number), cells.neighbour])
        # in a tiny box two particles may share two edges across the boundary; count them as neighbours once
        matrix = coo_array((np.ones(len(centre)), (centre, neighbour)), shape=(number, number)).tocsr()
        matrix.data[:] = 1.0
        weights = 1 / matrix.sum(axis=1)
        return cls(matrix.multiply(weights[:, None]).tocsr())

    def relative(self, displacements: np.ndarray) -> np.ndarray:
        """Cage-relative displacements: d_i minus the mean of d over i and its neighbours (Frontiers, Sec. 3.5).

        Parameters
        ----------
        displacements : ndarray, shape (..., N, d)
            From unwrapped positions, sigma*.

        Returns
        -------
        ndarray, same shape

        Examples
        --------
        A glass that drifts as a whole moves no particle relative to its cage.

        >>> import numpy as np
        >>> from glassmap.dynamics.propensity import Cage
        >>> cage = Cage.of(10 * np.random.default_rng(0).random((100, 2)), box_length=10.0)
        >>> drift = np.tile([3.0, 4.0], (100, 1))
        >>> bool(np.allclose(cage.relative(drift), 0, atol=1e-12))
        True
        """
        first = np.moveaxis(displacements, -2, 0)  # particles first, to match the rows of the matrix
        columns = first.reshape(len(first), -1)
        return np.moveaxis((columns - self.mean @ columns).reshape(first.shape), 0, -2)


def mobility(positions: np.ndarray, initial: np.ndarray, cage: Cage, power: int = 1) -> np.ndarray:
    r"""Power of the length of the cage-relative displacement of every particle.

    .. math::

        |\mathbf u_i|^p, \qquad
        \mathbf u_i = \mathbf d_i - \frac{1}{|\mathcal N_i|} \sum_{j \in \mathcal N_i} \mathbf d_j,

    with the particle itself and its Voronoi neighbours at t = 0 as its cage. The propensity is the mean over the runs
    of an isoconfigurational ensemble (`average`).

    Parameters
    ----------
    positions : ndarray, shape (..., N, d)
        Unwrapped, sigma*.
    initial : ndarray, shape (N, d)
        At t = 0.
    cage : Cage
        At t = 0.
    power : {1, 2}
        1 for Frontiers, 2 for v2.

    Returns
    -------
    ndarray, shape (..., N)
        In sigma* to that power.

    Examples
    --------
    A uniform translation moves no particle out of its cage; one particle that hops moves relative to its own.

    >>> import numpy as np
    >>> from glassmap.dynamics.propensity import Cage, mobility
    >>> initial = 10 * np.random.default_rng(0).random((100, 2))
    >>> cage = Cage.of(initial, box_length=10.0)
    >>> later = initial + [3.0, 4.0]
    >>> float(mobility(later, initial, cage).max().round(12))
    0.0
    >>> later[7] += [0.5, 0.0]
    >>> int(mobility(later, initial, cage).argmax())
    7
    """
    squares = (cage.relative(positions - initial) ** 2).sum(axis=-1)
    return np.sqrt(squares) if power == 1 else squares


@dataclass(frozen=True)
class Average:
    """Mean of a field over runs, and its reliability for a finite number of runs.

    Attributes
    ----------
    runs : int
    mean : ndarray, shape (time, N)
    reliability : ndarray, shape (time,)
        Fraction of the spatial variance of the mean that is not noise of the runs, in [0, 1]; NaN for one run.
    """

    runs: int
    mean: np.ndarray
    reliability: np.ndarray

    @property
    def ceiling(self) -> np.ndarray:
        """Noise ceiling, shape (time,); upper bound on the correlation with any field independent of the runs' noise.

        The correlation of the mean over these runs with that over infinitely many: the square root of the
        reliability (Spearman's correction for attenuation).
        """
        return np.sqrt(self.reliability)


def average(fields: Iterable[np.ndarray]) -> Average:
    """Running average of the fields of the runs, at constant memory.

    Parameters
    ----------
    fields : iterable of ndarray, shape (time, N)
        One per run.

    Returns
    -------
    Average

    Raises
    ------
    ValueError
        If there are no runs.

    Examples
    --------
    The propensity at one time from four runs, whose noise is as large as the pattern that they share: a fifth of the
    variance of their mean is noise.

    >>> import numpy as np
    >>> from glassmap.dynamics.propensity import average
    >>> random = np.random.default_rng(0)
    >>> pattern = random.standard_normal((1, 10_000))
    >>> propensity = average(pattern + random.standard_normal((1, 10_000)) for _ in range(4))
    >>> propensity.runs, propensity.mean.shape, propensity.reliability.round(1)
    (4, (1, 10000), array([0.8]))
    """
    runs, mean = 0, None
    for field in fields:
        runs += 1
        # spatial variation only: a run that is faster everywhere adds no noise to the pattern
        pattern = field - field.mean(axis=-1, keepdims=True)
        if mean is None:
            mean, centre, scatter = np.zeros_like(field), np.zeros_like(field), np.zeros_like(field)
        mean += (field - mean) / runs
        step = pattern - centre
        centre += step / runs
        scatter += step * (pattern - centre)
    if mean is None:
        raise ValueError("no runs")
    if runs == 1:
        return Average(runs, mean, np.full(mean.shape[:-1], np.nan))
    total = (centre**2).mean(axis=-1)
    noise = scatter.mean(axis=-1) / (runs - 1) / runs
    share = np.divide(noise, total, out=np.ones_like(total), where=total > 0)
    return Average(runs, mean, np.clip(1 - share, 0, 1))


def sub_ensembles(fields: Iterable[np.ndarray], count: int, size: int) -> np.ndarray:
    """Means over disjoint sub-ensembles (Frontiers, Sec. 4.2).

    Parameters
    ----------
    fields : iterable of ndarray, shape (time, N)
        One per run; the first ``count * size`` are used, in order.
    count, size : int
        Number of sub-ensembles, and of runs in each.

    Returns
    -------
    ndarray, shape (count, time, N)

    Raises
    ------
    ValueError
        If there are fewer than ``count * size`` runs.
    """
    sums: list[np.ndarray] = []
    used = 0
    for index, field in zip(range(count * size), fields, strict=False):
        if index % size == 0:
            sums.append(np.zeros_like(field))
        sums[-1] += field / size
        used += 1
    if used < count * size:
        raise ValueError(f"{used} runs for {count} sub-ensembles of {size}")
    return np.stack(sums)


def mean_displacement(propensity: np.ndarray, power: int) -> np.ndarray:
    """delta(t), the mean over particles of Delta_i (Frontiers) or of its square root (v2), sigma*.

    Parameters
    ----------
    propensity : ndarray, shape (..., N)
    power : {1, 2}

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.dynamics.propensity import mean_displacement
    >>> squares = np.array([1.0, 4.0])
    >>> float(mean_displacement(squares, power=2))
    1.5
    """
    return (propensity if power == 1 else np.sqrt(propensity)).mean(axis=-1)


def frame_near(delta: np.ndarray, target: float) -> int:
    """Frame at which delta(t), shape (time,), is closest to a target on a logarithmic scale; not one where it is 0."""
    with np.errstate(divide="ignore"):
        return int(np.argmin(np.abs(np.log(delta / target))))


def nearest_frame(delta: np.ndarray, target: float, tolerance: float) -> int | None:
    """Frame at which delta(t) is closest to a target, within a tolerance.

    Parameters
    ----------
    delta : ndarray, shape (time,)
    target : float
        sigma*.
    tolerance : float
        Largest relative deviation.

    Returns
    -------
    int or None
        None if delta does not reach the target within the tolerance.
    """
    best = frame_near(delta, target)
    return best if abs(delta[best] / target - 1) <= tolerance else None


def correlation_table(
    parts: np.ndarray, whole: np.ndarray, coarse: Callable[[np.ndarray], np.ndarray]
) -> dict[str, tuple[float, float]]:
    """Correlations between the propensities of ensembles (Frontiers, Table 4).

    Parameters
    ----------
    parts : ndarray, shape (count, N)
        Bare propensity of the sub-ensembles.
    whole : ndarray, shape (N,)
        Bare propensity of all runs.
    coarse : callable
        Coarse-grains fields, shape (..., N).

    Returns
    -------
    dict of str to (float, float)
        Mean and standard deviation, over pairs or over sub-ensembles: bare and coarse between sub-ensembles, bare with
        coarse within a sub-ensemble and within the whole, coarse between a sub-ensemble and the whole.
    """
    smooth_parts, smooth_whole = coarse(parts), coarse(whole)
    pairs = np.triu_indices(len(parts), k=1)

    def between(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
        values = pearson(first, second)
        return float(finite_mean(values)), float(finite_deviation(values))

    return {
        "parts_bare": between(parts[pairs[0]], parts[pairs[1]]),
        "parts_coarse": between(smooth_parts[pairs[0]], smooth_parts[pairs[1]]),
        "part_bare_coarse": between(parts, smooth_parts),
        "whole_bare_coarse": between(whole[None], smooth_whole[None]),
        "part_whole_coarse": between(smooth_parts, np.broadcast_to(smooth_whole, smooth_parts.shape)),
    }
