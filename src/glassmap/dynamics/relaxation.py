"""Relaxation of a liquid: intermediate scattering function, bond orientation, and the times they take."""

import numpy as np

from glassmap.box import Box

WAVE_NUMBER = 64 * np.pi / 32.896  # 1/sigma*, about 6.11 (Jung, Biroli and Berthier 2023, supplement, Sec. I A)
NEIGHBOURS = 1.4  # sigma*, of the bond orientation (the same, Eq. 2)


def intermediate_scattering(displacements: np.ndarray, wave_number: float = WAVE_NUMBER) -> np.ndarray:
    r"""Self part of the intermediate scattering function (supplement, Eq. 1).

    .. math:: \varphi_s(t) = \frac{1}{N d} \sum_{i, \alpha} \cos q (r_{i \alpha}(t) - r_{i \alpha}(0))

    averaged over the axes, where the paper takes x only; in an isotropic liquid it is the same with less noise.

    Parameters
    ----------
    displacements : ndarray, shape (..., N, d)
        Of the particles considered, from unwrapped positions without a drift of the whole, sigma*.
    wave_number : float
        q, 1/sigma*.

    Returns
    -------
    ndarray, shape (...)
    """
    return np.cos(wave_number * displacements).mean(axis=(-2, -1))


def bond_orientation(positions: np.ndarray, box: Box, cutoff: float = NEIGHBOURS) -> np.ndarray:
    """Sixfold bond-orientational order of each particle, from neighbours within ``cutoff`` (supplement, Eq. 2).

    Parameters
    ----------
    positions : ndarray, shape (N, 2)
    box : Box
    cutoff : float
        sigma*.

    Returns
    -------
    ndarray of complex, shape (N,)
        0 without neighbours.
    """
    i, j, _ = box.pairs_within(positions, cutoff)
    x, y = box.minimum_image(positions[i] - positions[j]).T
    bond = np.exp(6j * np.arctan2(y, x))  # the same from both ends
    number = len(positions)
    total = np.zeros(number, dtype=complex)
    np.add.at(total, i, bond)
    np.add.at(total, j, bond)
    count = np.bincount(i, minlength=number) + np.bincount(j, minlength=number)
    return total / np.maximum(count, 1)


def bond_orientation_correlation(later: np.ndarray, initial: np.ndarray) -> float:
    """C_psi(t), the real part of the correlation of `bond_orientation` at two times (supplement, Eq. 3).

    Parameters
    ----------
    later, initial : ndarray of complex, shape (N,)
        Of the particles considered.
    """
    return float((later * initial.conj()).sum().real / (np.abs(initial) ** 2).sum())


def relaxation_time(times: np.ndarray, values: np.ndarray, level: float = np.exp(-1)) -> float:
    """Time at which a decaying function first falls to ``level``, interpolated in the logarithm of the time.

    Parameters
    ----------
    times : ndarray, shape (T,)
        Ascending, positive, tau.
    values : ndarray, shape (T,)
    level : float
        1/e for the scattering function and the bond orientation, 0.5 for bond breaking (supplement, Sec. I C).

    Returns
    -------
    float
        tau; NaN if it does not fall so far, or has before the first time.
    """
    below = np.flatnonzero(np.asarray(values) <= level)
    if len(below) == 0 or below[0] == 0:
        return np.nan
    after, before = below[0], below[0] - 1
    share = (values[before] - level) / (values[before] - values[after])
    return float(np.exp(np.log(times[before]) + share * np.log(times[after] / times[before])))
