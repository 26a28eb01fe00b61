"""Dynamic heterogeneity: four-point susceptibility, structure factor and correlation function."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassmap.box import UNIT_BALL, Box


def susceptibility(mean_of_samples: np.ndarray, number: int) -> float:
    r"""Four-point susceptibility.

    .. math:: \chi_4(t) = N \left(\langle \bar C^2 \rangle - \langle \bar C \rangle^2\right)

    (Jung, Biroli and Berthier 2023), here with the unbiased variance, since few structures would give too little.

    Parameters
    ----------
    mean_of_samples : ndarray, shape (M,)
        Mean of the propensity over the particles of each structure.
    number : int
        N, particles averaged over in each.

    Returns
    -------
    float
        NaN for less than two structures.
    """
    return float(number * np.var(mean_of_samples, ddof=1)) if len(mean_of_samples) > 1 else np.nan


def wave_vectors(box: Box, largest: float) -> np.ndarray:
    """Wave vectors of the box up to the length ``largest`` (1/sigma*), one of each pair q and -q; shape (Q, d)."""
    highest = [int(largest * length / (2 * np.pi)) for length in box.lengths]
    axes = [np.arange(-steps, steps + 1) for steps in highest]
    vectors = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, box.dimension)
    first = vectors[np.arange(len(vectors)), np.argmax(vectors != 0, axis=1)]  # its sign tells q from -q
    vectors = vectors[first > 0] * (2 * np.pi / np.array(box.lengths))
    return vectors[np.linalg.norm(vectors, axis=1) <= largest]


def structure_factor(
    positions: Sequence[np.ndarray],
    fields: Sequence[np.ndarray],
    box: Box,
    largest: float,
    repeated: Sequence[np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Four-point structure factor, for each wave number of the box.

    .. math:: S_4(q) = \frac{1}{N} \langle |W(\mathbf q)|^2 \rangle, \qquad
              W(\mathbf q) = \sum_i (C^i - \langle C \rangle) e^{i \mathbf q \cdot \mathbf r_i}

    with the mean over all structures (Jung, Biroli and Berthier 2023). Each vector of the box has its own phase
    factors, products of powers along the axes.

    Parameters
    ----------
    positions : sequence of ndarray, shape (N, d)
        Initial positions of the particles considered, for each structure.
    fields : sequence of ndarray, shape (N,)
        Propensities.
    box : Box
    largest : float
        Largest wave number, 1/sigma*.
    repeated : sequence of ndarray, shape (N,), optional
        The same propensities from other runs. :math:`|W|^2` is then the real part of :math:`W W'^*`, to which the noise
        of the runs adds nothing on average.

    Returns
    -------
    wave_number : ndarray, shape (Q,)
        Distinct lengths, ascending.
    value : ndarray, shape (M, Q)
        Of each structure, averaged over the vectors of that length.
    """
    pairs = [(fields, np.mean(np.concatenate(fields)))]
    if repeated is not None:
        pairs.append((repeated, np.mean(np.concatenate(repeated))))
    vectors = wave_vectors(box, largest)
    steps = np.rint(vectors * np.array(box.lengths) / (2 * np.pi)).astype(int)
    highest = np.abs(steps).max(axis=0)
    values = np.empty((len(fields), len(vectors)))
    for number, (row, points) in enumerate(zip(values, positions, strict=True)):
        phases = []
        for axis, length in enumerate(box.lengths):
            one = np.exp(2j * np.pi / length * points[:, axis])
            powers = np.cumprod(np.broadcast_to(one, (highest[axis], len(one))), axis=0)
            phases.append(np.concatenate([powers[::-1].conj(), np.ones((1, len(one))), powers]))
        waves = []
        for measured, mean in pairs:
            amplitude = phases[0] * (measured[number] - mean)
            if box.dimension == 2:
                summed = amplitude @ phases[1].T
            else:
                summed = np.einsum("an,bn,cn->abc", amplitude, phases[1], phases[2], optimize=True)
            waves.append(summed[tuple((steps + highest).T)])
        row[:] = (waves[0] * waves[-1].conj()).real / len(points)
    length = np.round(np.linalg.norm(vectors, axis=1), 9)
    wave_number, place = np.unique(length, return_inverse=True)
    count = np.bincount(place)
    return wave_number, np.array([np.bincount(place, row) / count for row in values])


@dataclass(frozen=True)
class FourPointFit:
    """Parameters of the fitted structure factor.

    Attributes
    ----------
    susceptibility : float
        Its limit at small wave numbers.
    length : float
        xi, sigma*.
    cubic : float
        A, which is 0 for Ornstein and Zernike and large for domains with sharp interfaces (Porod).
    """

    susceptibility: float
    length: float
    cubic: float

    def __call__(self, wave_number: np.ndarray) -> np.ndarray:
        return _form(wave_number, self.susceptibility, self.length, self.cubic)

    def sensitivity(self, wave_number: np.ndarray) -> np.ndarray:
        """Derivatives of the logarithm by susceptibility, length and cubic coefficient, shape (Q, 3)."""
        q, scaled = wave_number, wave_number * self.length
        whole = 1 + scaled**2 + self.cubic * scaled**3
        by_length = -q * (2 * scaled + 3 * self.cubic * scaled**2) / whole
        return np.stack([np.full(len(q), 1 / self.susceptibility), by_length, -(scaled**3) / whole], axis=-1)


def fit_structure_factor(wave_number: np.ndarray, value: np.ndarray, largest: float) -> FourPointFit:
    r"""Fit the four-point structure factor (Jung, Biroli and Berthier 2023), in its logarithm.

    .. math:: S_4(q) = \frac{\tilde\chi_4}{1 + (q \xi)^2 + A (q \xi)^3}

    Parameters
    ----------
    wave_number, value : ndarray, shape (Q,)
        From `structure_factor`, averaged over the structures.
    largest : float
        Fit up to this wave number, 1/sigma*.

    Returns
    -------
    FourPointFit
        NaN if there are fewer than four wave numbers or a value is not positive. xi is larger than the box, without
        limit, if the values grow towards small wave numbers as a power; near 0 and A without limit if they fall with
        the cubic term alone; near 0 if they do not fall.

    Notes
    -----
    Of the coefficients of the reciprocal, 1/S_4 = a + b q^2 + c q^3 with a, b, c >= 0, which converges in ten to
    twenty steps. The printed parameters, of which one and the same curve has many at large xi, take hundreds.
    """
    used = (wave_number > 0) & (wave_number <= largest)
    q, s = wave_number[used], value[used]
    nothing = FourPointFit(np.nan, np.nan, np.nan)
    from scipy.optimize import least_squares  # slow to load

    if len(q) < 4 or not (s > 0).all():
        return nothing
    powers = np.stack([np.ones(len(q)), q**2, q**3], axis=-1)
    scaled = s / s[0]  # tolerances are absolute
    found = least_squares(
        lambda coefficients: np.log(powers @ coefficients) + np.log(scaled),
        np.array([1, 4 / q.max() ** 2, 0.8 / q.max() ** 3]),  # xi = 2 / q, A = 0.1
        jac=lambda coefficients: powers / (powers @ coefficients)[:, None],
        bounds=(0, np.inf),
        x_scale="jac",
        ftol=1e-12,
    )
    constant, square, cube = map(float, found.x)
    length = float(np.sqrt(square / constant))
    return FourPointFit(float(s[0]) / constant, length, cube / constant / length**3)


def _form(q: np.ndarray, susceptibility: float, length: float, cubic: float) -> np.ndarray:
    scaled = q * length
    return susceptibility / (1 + scaled**2 + cubic * scaled**3)


def correlation_function(
    positions: Sequence[np.ndarray], fields: Sequence[np.ndarray], box: Box, edges: np.ndarray
) -> np.ndarray:
    r"""Four-point correlation function in real space (supplement, Eq. 8), for each structure.

    .. math::

        G_4(r) = \frac{V}{N^2}
        \left\langle \sum_{i, j} \delta C^i \delta C^j \delta(\mathbf r - \mathbf r_{ij}) \right\rangle

    with the mean over all structures subtracted, and i = j left out. The printed prefactor is V/N, which would grow
    with the system.

    Parameters
    ----------
    positions, fields, box
        As for `structure_factor`.
    edges : ndarray, shape (B + 1,)
        Of the bins of distance, sigma*.

    Returns
    -------
    ndarray, shape (M, B)
        In units of the squared propensity; where particles are uncorrelated, 0.
    """
    mean = np.mean(np.concatenate(fields))
    shells = UNIT_BALL[box.dimension] * np.diff(np.asarray(edges, dtype=float) ** box.dimension)
    result = np.empty((len(fields), len(shells)))
    for row, points, field in zip(result, positions, fields, strict=True):
        deviation, total = field - mean, np.zeros(len(shells))
        for i, j, r in box.pairs_in_blocks(points, float(edges[-1])):
            total += np.histogram(r, edges, weights=deviation[i] * deviation[j])[0]
        row[:] = 2 * total / shells * box.volume / len(field) / len(field)
    return result
