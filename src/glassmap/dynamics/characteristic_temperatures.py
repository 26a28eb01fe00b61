r"""Onset, mode-coupling and glass transition temperature, from relaxation times at several temperatures.

As in Ninarello, Berthier and Coslovich, Phys. Rev. X 7, 021039 (2017), whose reasoning Jung, Biroli and Berthier (2023,
supplement, Sec. I C) follow; neither gives the ranges of its fits, so those here are ours. An estimate that lies beyond
the temperatures of the data is an extrapolation: its value is NaN, and where it would be is kept beside it.
"""

from dataclasses import dataclass

import numpy as np

DEPARTURE = 1.2  # of the relaxation time from the Arrhenius law of the hottest states, at the onset
ARRHENIUS = 3  # states that an Arrhenius law is fitted to
POWER_LAW = 4  # states that the power law of mode coupling is fitted to, at least
DECADES = 3.0  # of slowing down below the onset, over which the power law is fitted
GLASS = 12.0  # decades of slowing down below the onset, at the glass transition


@dataclass(frozen=True)
class Estimate:
    """A characteristic temperature.

    Attributes
    ----------
    value : float
        epsilon*; NaN if the data do not carry it.
    note : str
        Why not; empty if they do.
    extrapolated : float
        epsilon*; where it would be, if that is below the coldest state that relaxes; NaN otherwise.
    """

    value: float
    note: str = ""
    extrapolated: float = np.nan


def onset(temperature: np.ndarray, time: np.ndarray) -> Estimate:
    """Temperature at which the relaxation time has left the Arrhenius law of the three hottest states by a fifth.

    Parameters
    ----------
    temperature, time : ndarray, shape (T,)
        epsilon*, tau; states whose time is NaN are left out.

    Examples
    --------
    A liquid whose barrier grows below T = 0.5:

    >>> import numpy as np
    >>> from glassmap.dynamics.characteristic_temperatures import onset
    >>> temperature = np.arange(0.3, 1.05, 0.05)
    >>> below = np.maximum(1 / temperature - 2, 0)
    >>> round(onset(temperature, np.exp(2 / temperature + below**2)).value, 2)
    0.42
    """
    inverse, log_time = _known(temperature, time)
    if len(inverse) <= ARRHENIUS:
        return _too_few(len(inverse), ARRHENIUS + 1)
    law = np.polyfit(inverse[:ARRHENIUS], log_time[:ARRHENIUS], 1)
    excess = log_time - np.polyval(law, inverse) - np.log(DEPARTURE)
    beyond = np.flatnonzero(excess > 0)
    beyond = beyond[beyond >= ARRHENIUS]
    if len(beyond) == 0:
        return Estimate(np.nan, f"Arrhenius law down to the coldest state ({1 / inverse[-1]:g})")
    after, before = beyond[0], beyond[0] - 1
    share = -excess[before] / (excess[after] - excess[before])
    return Estimate(float(1 / (inverse[before] + share * (inverse[after] - inverse[before]))))


def mode_coupling(temperature: np.ndarray, time: np.ndarray) -> Estimate:
    r"""T_MCT of the power law :math:`\tau \propto (T - T_\mathrm{MCT})^{-\gamma}`, over three decades below the onset.

    Parameters as for `onset`. The data carry it if a state at or below it has relaxed.
    """
    start = onset(temperature, time)
    if start.note:
        return Estimate(np.nan, f"no onset: {start.note}")
    inverse, log_time = _known(temperature, time)
    first = np.interp(1 / start.value, inverse, log_time)
    used = (inverse >= 1 / start.value) & (log_time <= first + DECADES * np.log(10))
    if used.sum() < POWER_LAW:
        return _too_few(int(used.sum()), POWER_LAW, f" within {DECADES:g} decades below the onset")
    from scipy.optimize import minimize_scalar  # slow to load

    hot, slow = 1 / inverse[used], log_time[used]

    def misfit(log_distance: float) -> float:
        x = np.log(hot - hot.min() + np.exp(log_distance))
        return float(((np.polyval(np.polyfit(x, slow, 1), x) - slow) ** 2).sum())

    nearest, farthest = np.log(1e-4 * hot.min()), np.log(hot.min())
    found = minimize_scalar(misfit, bounds=(nearest, farthest), method="bounded")
    value = float(hot.min() - np.exp(found.x))
    if value < 0.01 * hot.min():
        return Estimate(np.nan, "no power law fits")
    return _within(value, 1 / inverse[-1])


def glass_transition(temperature: np.ndarray, time: np.ndarray) -> Estimate:
    """T_g, where the Arrhenius law of the three coldest states is twelve decades slower than the onset.

    Parameters as for `onset`.
    """
    start = onset(temperature, time)
    if start.note:
        return Estimate(np.nan, f"no onset: {start.note}")
    inverse, log_time = _known(temperature, time)
    slope, constant = np.polyfit(inverse[-ARRHENIUS:], log_time[-ARRHENIUS:], 1)
    wanted = np.interp(1 / start.value, inverse, log_time) + GLASS * np.log(10)
    return _within(float(slope / (wanted - constant)), 1 / inverse[-1])


SCALES = {"onset": onset, "mode_coupling": mode_coupling, "glass_transition": glass_transition}


def _known(temperature: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """1/T, ascending, and ln tau of the states that have relaxed."""
    temperature, time = np.asarray(temperature, dtype=float), np.asarray(time, dtype=float)
    order = np.argsort(-temperature)
    order = order[np.isfinite(time[order])]
    return 1 / temperature[order], np.log(time[order])


def _too_few(number: int, needed: int, where: str = "") -> Estimate:
    return Estimate(np.nan, f"{number} states that relax{where}, {needed} are needed")


def _within(value: float, coldest: float) -> Estimate:
    if not value >= coldest:
        note = f"extrapolated to {value:.3g}, below the coldest state that relaxes ({coldest:g})"
        return Estimate(np.nan, note, value)
    return Estimate(value)
