"""Any structural predictor against any dynamics: coarse-grained with a length that test structures do not choose, with
a chance level from maps that were moved to other structures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassmap.analysis.prediction_scores import pooled_pearson
from glassmap.box import Box
from glassmap.structure.coarse_graining import Kernel, gaussian, smoother
from glassmap.structure.moved_structures import matched, moved

KERNEL = Kernel(gaussian, 2.0)  # exp(-(r / xi)^2), of the first paper (Frontiers, Eq. 7)
BLOCK = 16  # draws in memory at once
LEVEL = 0.95


@dataclass(frozen=True)
class MovedPredictions:
    """Predictions carried over to other structures: what correlations reach by chance.

    In each draw every structure gets the prediction for another, or for itself, after a random translation, rotation
    and reflection of the periodic box.

    Attributes
    ----------
    structure : ndarray of int, shape (draws, M)
        Whose prediction each structure gets; each is given once.
    particle : ndarray of int, shape (draws, M, n)
        Which particle's value each particle gets, of all each once (`glassmap.structure.moved_structures.matched`).
    """

    structure: np.ndarray
    particle: np.ndarray

    @classmethod
    def draw(cls, positions: np.ndarray, box: Box, draws: int, seed: int) -> "MovedPredictions":
        """Draw at random.

        Parameters
        ----------
        positions : ndarray, shape (M, n, d)
            Of the predicted particles of each structure.
        box : Box
            A square or a cube.
        draws : int
        seed : int
        """
        random = np.random.default_rng(seed)
        structure = np.array([random.permutation(len(positions)) for _ in range(draws)])
        particle = [
            [matched(positions[here], moved(positions[there], box, random), box) for here, there in enumerate(row)]
            for row in structure
        ]
        return cls(structure, np.array(particle))

    def correlations(self, predicted: np.ndarray, measured: np.ndarray) -> np.ndarray:
        """Pooled correlations of the moved predictions, shape (draws,), for fields of shape (M, n)."""
        x, y = (values - values.mean() for values in (predicted, measured))
        norm = np.sqrt((x**2).sum() * (y**2).sum())
        if not norm > 0:
            return np.full(len(self.structure), np.nan)
        found = np.empty(len(self.structure))
        for start in range(0, len(found), BLOCK):
            part = slice(start, start + BLOCK)
            carried = x[self.structure[part, :, None], self.particle[part]]
            found[part] = carried.reshape(len(carried), -1) @ y.ravel()
        return found / norm


def chance(value: float, moved_values: np.ndarray) -> tuple[float, float]:
    """Two-sided p of a correlation, and the magnitude that 5 % of the moved predictions exceed.

    ``p = (1 + draws as far from zero) / (1 + draws)`` (Davison and Hinkley, Bootstrap Methods, Eq. 4.11); NaN if the
    correlation is.
    """
    if not (np.isfinite(value) and np.isfinite(moved_values).all()):
        return np.nan, np.nan
    sizes = np.abs(moved_values)
    p = (1 + np.count_nonzero(sizes >= abs(value))) / (1 + len(sizes))
    return float(p), float(np.quantile(sizes, LEVEL, method="weibull"))


def coarse_grained(
    values: np.ndarray, positions: np.ndarray, box: Box, lengths: Sequence[float], chosen: np.ndarray
) -> np.ndarray:
    """Fields of every structure, bare and with each length.

    Parameters
    ----------
    values : ndarray, shape (F, M, N)
    positions : ndarray, shape (M, N, d)
    box : Box
    lengths : sequence of float
        sigma*; 0 is bare.
    chosen : ndarray of bool, shape (N,)
        Particles whose values are wanted; all are averaged over.

    Returns
    -------
    ndarray of float32, shape (len(lengths), F, M, n)
    """
    found = np.empty((len(lengths), *values.shape[:2], np.count_nonzero(chosen)), dtype=np.float32)
    for structure, places in enumerate(positions):
        for index, length in enumerate(lengths):
            smooth = smoother(places, box.shortest, length, KERNEL)
            found[index, :, structure] = smooth(values[:, structure])[:, chosen]
    return found


@dataclass(frozen=True)
class Calibration:
    """How a field is read as a prediction; decided by structures of which none is judged.

    Attributes
    ----------
    length : int
        Index of the coarse-graining length.
    slope, offset : float
        Least squares of the measured values on the field.
    """

    length: int
    slope: float
    offset: float

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """The field in units of the dynamics."""
        return self.offset + self.slope * values


def calibrate(fields: np.ndarray, measured: np.ndarray) -> Calibration | None:
    """The length whose field has the largest correlation in magnitude, and its linear fit.

    Parameters
    ----------
    fields : ndarray, shape (lengths, M, n)
    measured : ndarray, shape (M, n)

    Returns
    -------
    Calibration or None
        None if no field has a correlation: all are constant or not finite, or there are no structures.
    """
    if not measured.size:
        return None
    found = np.array([pooled_pearson(field.astype(float), measured) for field in fields])
    if not np.isfinite(found).any():
        return None
    best = int(np.nanargmax(np.abs(found)))
    field = fields[best].astype(float)
    slope = found[best] * measured.std() / field.std()
    return Calibration(best, float(slope), float(measured.mean() - slope * field.mean()))
