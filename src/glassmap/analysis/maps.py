"""Maps of the indicators of one configuration (Frontiers, Figs. 1 and 2)."""

from collections.abc import Mapping, Sequence

import numpy as np

from glassmap.analysis.correlations import SYMBOLS
from glassmap.analysis.method import Method
from glassmap.structure.coarse_graining import coarse_grain, normalise


def choose_network(correct: Sequence[bool], failed: Sequence[bool]) -> int:
    """Index of the network to show: the first that was trained and is right about the configuration.

    Parameters
    ----------
    correct, failed : sequence of bool
        One for each network.

    Returns
    -------
    int
        The first that was trained if none is right, the first of all if none was trained.
    """
    good = [right and not lost for right, lost in zip(correct, failed, strict=True)]
    trained = [not lost for lost in failed]
    return good.index(True) if any(good) else trained.index(True) if any(trained) else 0


def panels(
    fields: Mapping[str, np.ndarray],
    positions: np.ndarray,
    box_length: float,
    xi: Mapping[str, float],
    method: Method,
    inverted: Sequence[str],
) -> dict[str, np.ndarray]:
    """Coarse-grained, normalised indicators of one configuration.

    Parameters
    ----------
    fields : mapping of str to ndarray, shape (N,)
        Bare indicators, ``gradcam`` among them.
    positions : ndarray, shape (N, 2)
    box_length : float
        sigma*.
    xi : mapping of str to float
        Coarse-graining length of each indicator, sigma*; 0 is bare, NaN unknown.
    method : Method
    inverted : sequence of str
        Indicators X shown as 1 - X.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        By symbol, ``1 − Γ`` where inverted; NaN where the field is constant or the length unknown.
    """
    shown = {}
    for name, values in fields.items():
        if np.isfinite(xi[name]):
            coarse = normalise(coarse_grain(values, positions, box_length, xi[name], method.kernel_of(name)))
        else:
            coarse = np.full(len(values), np.nan)
        if name in inverted:
            shown[f"1 − {SYMBOLS[name]}"] = 1 - coarse
        else:
            shown[SYMBOLS[name]] = coarse
    return shown
