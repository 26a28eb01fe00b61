"""Maps of the indicators of one configuration (Frontiers, Figs. 1 and 2)."""

from collections.abc import Mapping, Sequence

import numpy as np

from glassmap.analysis.correlations import SYMBOLS
from glassmap.analysis.method import Method
from glassmap.structure.coarse_graining import coarse_grain, normalise


def choose_network(correct: Sequence[bool], failed: Sequence[bool]) -> int:
    """Index of the network to show: the first trained one that classifies the configuration correctly.

    Parameters
    ----------
    correct, failed : sequence of bool
        One for each network.

    Returns
    -------
    int
        If none is correct, the first trained network; if none was trained, the first.
    """
    trained = [not network_failed for network_failed in failed]
    suitable = [a and b for a, b in zip(correct, trained, strict=True)]
    return suitable.index(True) if any(suitable) else trained.index(True) if any(trained) else 0


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
        Coarse-graining length of each indicator, sigma*; 0 is bare, NaN is unknown.
    method : Method
    inverted : sequence of str
        Indicators X shown as 1 - X.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        By symbol, such as ``1 − Γ`` if inverted; NaN if the field is constant or the length unknown.
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
