"""Normalisation of the density fields that a network sees, which the papers leave open (method, section 11)."""

from dataclasses import dataclass

import numpy as np

NORMALISATIONS = ("sample", "sample_by_maximum", "dataset", "standardised")


def _relative(values: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Values divided by the largest of them, 0 where that is not positive."""
    return np.divide(values, largest, out=np.zeros_like(values), where=largest > 0)


@dataclass(frozen=True)
class Normalisation:
    """How the density becomes the input of a network.

    The paper (v2 supplement, Sec. I.B) subtracts "the minimum value followed by the division by the maximum value"
    and does not say of what. What is subtracted, and the divisor, are

    - ``sample``: min and max(rho - min) of the sample;
    - ``sample_by_maximum``: min and max(rho) of the sample, the most literal reading;
    - ``dataset``: min and max(rho - min) of all training samples, so that the amplitude of a sample is seen;
    - ``standardised``: mean and standard deviation of all training samples (not the paper's; a control).

    Attributes
    ----------
    kind : str
        One of `NORMALISATIONS`.
    offset, scale : float
        Of the training samples; 0 and 1 where each sample has its own.
    """

    kind: str = "sample"
    offset: float = 0.0
    scale: float = 1.0

    @classmethod
    def of_training(cls, kind: str, density: np.ndarray) -> "Normalisation":
        """With the values of the training samples, raw density fields of shape (S, G, G).

        Raises
        ------
        ValueError
            If ``kind`` is none of `NORMALISATIONS`.
        """
        if kind not in NORMALISATIONS:
            raise ValueError(f"{kind!r} is no normalisation, allowed: {', '.join(NORMALISATIONS)}")
        if kind == "dataset":
            return cls(kind, float(density.min()), float(density.max() - density.min()))
        if kind == "standardised":
            return cls(kind, float(density.mean()), float(density.std()))
        return cls(kind)

    def __call__(self, density: np.ndarray) -> np.ndarray:
        """Input of the network, shape (..., G, G), of raw density fields of the same shape; a uniform field gives 0."""
        if self.kind in ("dataset", "standardised"):
            return _relative(density - self.offset, np.full_like(density, self.scale))
        shifted = density - density.min(axis=(-2, -1), keepdims=True)
        of = shifted if self.kind == "sample" else density
        return _relative(shifted, of.max(axis=(-2, -1), keepdims=True))


EACH_SAMPLE = Normalisation()
