"""Normalisation of the density fields before the network, which the papers do not specify (method, section 3)."""

from dataclasses import dataclass

import numpy as np

NORMALISATIONS = ("sample", "sample_by_maximum", "dataset", "standardised")


def _divide(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Values divided by a scale, 0 where the scale is not positive."""
    return np.divide(values, scale, out=np.zeros_like(values), where=scale > 0)


@dataclass(frozen=True)
class Normalisation:
    """Maps density fields, shape (..., G, G), to the input of a network.

    The paper (v2 supplement, Sec. I.B) subtracts "the minimum value followed by the division by the maximum value"
    without saying of what. Offset and divisor are

    - ``sample``: min and max(rho - min) of the sample;
    - ``sample_by_maximum``: min and max(rho) of the sample, the most literal reading;
    - ``dataset``: min and max(rho - min) of all training samples, which preserves the amplitude of a sample;
    - ``standardised``: mean and standard deviation of all training samples (not the paper's; a control).

    Attributes
    ----------
    kind : str
        One of `NORMALISATIONS`.
    offset, scale : float
        From the training samples; 0 and 1 if each sample has its own.

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.learning.normalisation import Normalisation
    >>> Normalisation("sample")(np.array([[1.0, 2.0], [3.0, 5.0]]))
    array([[0.  , 0.25],
           [0.5 , 1.  ]])
    """

    kind: str = "sample"
    offset: float = 0.0
    scale: float = 1.0

    @classmethod
    def fit(cls, kind: str, density: np.ndarray) -> "Normalisation":
        """Fit to the training samples, raw density fields of shape (S, G, G).

        Raises
        ------
        ValueError
            If ``kind`` is not in `NORMALISATIONS`.
        """
        if kind not in NORMALISATIONS:
            raise ValueError(f"{kind!r} is not a normalisation, allowed: {', '.join(NORMALISATIONS)}")
        if kind == "dataset":
            return cls(kind, float(density.min()), float(density.max() - density.min()))
        if kind == "standardised":
            return cls(kind, float(density.mean()), float(density.std()))
        return cls(kind)

    def __call__(self, density: np.ndarray) -> np.ndarray:
        """Normalise raw density fields, shape (..., G, G); a uniform field gives 0."""
        if self.kind in ("dataset", "standardised"):
            return _divide(density - self.offset, np.full_like(density, self.scale))
        shifted = density - density.min(axis=(-2, -1), keepdims=True)
        reference = shifted if self.kind == "sample" else density
        return _divide(shifted, reference.max(axis=(-2, -1), keepdims=True))


EACH_SAMPLE = Normalisation()
