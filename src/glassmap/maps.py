"""Maps of the indicators of one configuration (Frontiers, Figs. 1 and 2)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from glassmap.coarse_grain import coarse_grain, kernel_of, normalise
from glassmap.correlations import SYMBOLS
from glassmap.errors import GlassmapError


def choose_sample(replicas: np.ndarray, predictions: pd.DataFrame, number: int) -> int:
    """Index of the glass to show: the ``number``-th test sample that the network gets right.

    Parameters
    ----------
    replicas : ndarray of int, shape (S,)
        Of the test samples.
    predictions : DataFrame
        Columns phase, replica, predicted.
    number : int
        Counted from 0.

    Raises
    ------
    GlassmapError
        If the network gets no more than ``number`` of them right.
    """
    glass = predictions[predictions["phase"] == "glass"].set_index("replica")
    right = np.flatnonzero(glass.loc[replicas, "predicted"] == "glass")
    if number >= len(right):
        raise GlassmapError(
            f"maps.sample: got {number}, must be less than {len(right)}, the test glasses that the network gets right"
        )
    return int(right[number])


def panels(
    fields: Mapping[str, np.ndarray],
    positions: np.ndarray,
    box_length: float,
    xi: float,
    protocol: str,
    inverted: Sequence[str],
) -> dict[str, np.ndarray]:
    """Coarse-grained, normalised indicators of one configuration.

    Parameters
    ----------
    fields : mapping of str to ndarray, shape (N,)
        Bare indicators, ``gradcam`` among them.
    positions : ndarray, shape (N, 2)
    box_length, xi : float
        sigma*.
    protocol : {"frontiers", "arxiv-v2"}
    inverted : sequence of str
        Indicators X shown as 1 - X.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        By symbol, ``1 − Γ`` where inverted; NaN where the field is constant.
    """
    shown = {}
    for name, values in fields.items():
        coarse = normalise(coarse_grain(values, positions, box_length, xi, kernel_of(protocol, name)))
        if name in inverted:
            shown[f"1 − {SYMBOLS[name]}"] = 1 - coarse
        else:
            shown[SYMBOLS[name]] = coarse
    return shown
