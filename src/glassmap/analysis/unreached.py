"""Why the mean displacement delta(t) of a glass is at no target: each cause has a note of its own."""

import numpy as np


def why_not_reached(delta: np.ndarray, target: float, crystal: np.ndarray | bool = False) -> str:
    """Note on a target for which `glassmap.dynamics.propensity.nearest_frame` has no frame in any configuration.

    Parameters
    ----------
    delta : ndarray, shape (configuration, time)
        Mean displacement, sigma*.
    target : float
        sigma*.
    crystal : ndarray of bool, shape (configuration,), optional
        Configurations that are left out as crystals.

    Returns
    -------
    str
        delta ends below the target, begins above it, or passes it between two times; with counts if the
        configurations differ.

    Examples
    --------
    >>> import numpy as np
    >>> from glassmap.analysis.unreached import why_not_reached
    >>> why_not_reached(np.array([[0.1, 0.4], [0.2, 0.5]]), 1.0)
    'not reached: delta goes up to 0.5'
    """
    low, high = delta.min(axis=1), delta.max(axis=1)
    crystal = np.broadcast_to(crystal, low.shape)
    below, above = ~crystal & (high < target), ~crystal & (low > target)
    causes = (
        (crystal, "a crystal"),
        (below, f"not reached: delta goes up to {high[below].max(initial=0.0):.2g}"),
        (above, f"passed before the first time: delta starts at {low[above].min(initial=np.inf):.2g}"),
        (~(crystal | below | above), "passed between two times, of which neither is near enough"),
    )
    found = [(int(of_cause.sum()), note) for of_cause, note in causes if of_cause.any()]
    if len(found) == 1:
        return found[0][1]
    return "; ".join(f"{count} of {len(delta)} {note}" for count, note in found)
