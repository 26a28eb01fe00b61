"""Bond breaking and displacement: the propensities of Jung, Biroli and Berthier (2023)."""

import numpy as np

from glassmap.box import Box

NEAR, FAR = 1.4, 1.8  # sigma_ij; neighbours at t = 0, and those that are still bonded at t


def bond_breaking(
    initial: np.ndarray,
    positions: np.ndarray,
    species: np.ndarray,
    box: Box,
    sigma: np.ndarray,
    near: float = NEAR,
    far: float = FAR,
) -> np.ndarray:
    r"""Fraction of a particle's initial neighbours that it still has (supplement, Sec. I C).

    .. math:: C_B^i(t) = n_t^i / n_0^i

    with the n_0 particles within ``near`` sigma_ij of particle i at t = 0, of which n_t are within ``far`` sigma_ij at
    t. The larger distance tells particles that have left from those that fluctuate. High values: unmoved. The
    propensity is the mean over the runs of an isoconfigurational ensemble.

    Parameters
    ----------
    initial : ndarray, shape (N, d)
        At t = 0.
    positions : ndarray, shape (..., N, d)
        At t; wrapped or unwrapped.
    species : ndarray of int, shape (N,)
    box : Box
    sigma : ndarray, shape (S, S)
        sigma*.
    near, far : float
        sigma_ij.

    Returns
    -------
    ndarray, shape (..., N)
        NaN for particles without neighbours.

    Examples
    --------
    One of four neighbours leaves the central particle:

    >>> import numpy as np
    >>> from glassmap.box import Box
    >>> from glassmap.dynamics.bond_breaking import bond_breaking
    >>> initial = np.array([[5.0, 5.0], [6.0, 5.0], [4.0, 5.0], [5.0, 6.0], [5.0, 4.0]])
    >>> later = initial + np.array([[0, 0], [2, 0], [0, 0], [0, 0], [0, 0]])
    >>> bond_breaking(initial, later, np.zeros(5, dtype=int), Box.cube(10, 2), np.ones((1, 1)))[0]
    np.float64(0.75)
    """
    i, j, r = box.pairs_within(initial, near * float(np.max(sigma)))
    length = sigma[species[i], species[j]]
    bonded = r < near * length
    i, j, reach = i[bonded], j[bonded], far * length[bonded]
    number = len(initial)
    at_first = np.bincount(i, minlength=number) + np.bincount(j, minlength=number)
    frames = np.reshape(positions, (-1, number, box.dimension))
    result = np.empty(frames.shape[:-1])
    for frame, row in zip(frames, result, strict=True):
        kept = np.linalg.norm(box.minimum_image(frame[i] - frame[j]), axis=-1) < reach
        still = np.bincount(i[kept], minlength=number) + np.bincount(j[kept], minlength=number)
        with np.errstate(invalid="ignore"):
            np.divide(still, at_first, out=row)
    return result.reshape(np.shape(positions)[:-1])


def displacement(initial: np.ndarray, positions: np.ndarray, box: Box | None = None) -> np.ndarray:
    """Length of the displacement of each particle (supplement, Sec. VI).

    Parameters
    ----------
    initial : ndarray, shape (N, d)
    positions : ndarray, shape (..., N, d)
        Unwrapped; wrapped only with a ``box``.
    box : Box, optional
        Take the nearest image, as GlassBench does, whose displacements beyond half the box are therefore folded.

    Returns
    -------
    ndarray, shape (..., N)
        sigma*.
    """
    difference = positions - initial
    return np.linalg.norm(difference if box is None else box.minimum_image(difference), axis=-1)


def overlap(displacement: np.ndarray, distance: float = 0.44, steepness: float = 20.0) -> np.ndarray:
    r"""Smooth step from 0, unmoved, to 1, moved: ``(tanh(20 (R - 0.44)) + 1) / 2`` (supplement, Sec. VI).

    The printed formula has the +1 inside the tanh, which would be 1 everywhere; the authors' code has it outside.

    Parameters
    ----------
    displacement : ndarray
        R, sigma*.
    distance : float
        Where it is 1/2, sigma*.
    steepness : float
        1/sigma*.
    """
    return (np.tanh(steepness * (displacement - distance)) + 1) / 2
