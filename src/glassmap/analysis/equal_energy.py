"""The liquid whose inherent structures have the energy of a glass that was cooled faster.

Dataset 6 of Swanson et al. (2020), supplement, Sec. I: a slowly cooled liquid at T = 0.55 and a glass cooled a hundred
times faster, which differ by 0.0005 epsilon* per particle. A network that tells these apart has not just found the
energy.
"""

from dataclasses import dataclass

import numpy as np

from glassmap.errors import GlassmapError
from glassmap.seeds import derive_seed
from glassmap.statistics import bootstrap_weights, finite_deviation, interval


@dataclass(frozen=True)
class EqualEnergy:
    """Temperature at which a cooling curve has a given energy.

    Attributes
    ----------
    value, std, low, high : float
        Temperature on the curve, its standard error and 95 % interval from the bootstrap, epsilon*. The interval ends
        where the curve does.
    snapshot : float
        The temperature nearest to it of which there are samples, epsilon*.
    difference, difference_std : float
        Mean energy of these samples above that of the glasses, and its standard error, epsilon* per particle.
    """

    value: float
    std: float
    low: float
    high: float
    snapshot: float
    difference: float
    difference_std: float


def equal_energy(
    temperature: np.ndarray, energy: np.ndarray, glass_energy: np.ndarray, bootstrap: int, seed: int
) -> EqualEnergy:
    """Where the inherent energies of slow cooling equal those of the fast glass.

    Parameters
    ----------
    temperature : ndarray, shape (T,)
        Of the snapshots of slow cooling, in any order, epsilon*.
    energy : ndarray, shape (replica, T)
        Their inherent energies per particle, epsilon*.
    glass_energy : ndarray, shape (other replica,)
        Those of the fast glass.
    bootstrap : int
        Bootstrap samples over the replicas of both, drawn independently.
    seed : int

    Returns
    -------
    EqualEnergy

    Raises
    ------
    GlassmapError
        If the glasses' mean energy is not among those of the curve, which is never extrapolated; if there are fewer
        than two temperatures, or fewer than two replicas of either.

    Notes
    -----
    The mean over replicas is first made to rise with temperature (isotonic regression), as the energy does but for
    noise, and is then interpolated linearly. Where noise makes it flat, the temperature is the middle of that part.

    Examples
    --------
    Energies that rise linearly from -3.9 at T = 0.1 to -3.8 at T = 0.5, of 2 replicas, shape (2, 5):

    >>> import numpy as np
    >>> from glassmap.analysis.equal_energy import equal_energy
    >>> temperature = np.linspace(0.1, 0.5, 5)
    >>> energy = -3.9 + 0.25 * (temperature - 0.1) + np.array([[0.001], [-0.001]])
    >>> found = equal_energy(temperature, energy, np.array([-3.84, -3.85]), bootstrap=200, seed=1)
    >>> round(found.value, 3), round(found.snapshot, 3), round(found.difference, 3)
    (0.32, 0.3, -0.005)
    """
    order = np.argsort(temperature)
    temperature, energy, glass_energy = temperature[order], energy[:, order], np.asarray(glass_energy, dtype=float)
    replicas = min(len(energy), len(glass_energy))
    if len(temperature) < 2 or replicas < 2:
        raise GlassmapError(
            f"equal energies: got {len(temperature)} temperatures, {len(energy)} replicas cooled slowly and "
            f"{len(glass_energy)} fast, must be at least 2 of each"
        )
    mean, target = energy.mean(axis=0), float(glass_energy.mean())
    levels, places = _inverse(temperature, mean)
    if not levels[0] <= target <= levels[-1]:
        side, remedy = ("below", "cool the glass faster") if target < levels[0] else ("above", "record higher ones")
        raise GlassmapError(
            f"equal energies: the fast glass has {target:.5g}, {side} those of the slow curve, {levels[0]:.5g} to "
            f"{levels[-1]:.5g} at T = {temperature[0]:g} to {temperature[-1]:g}; {remedy}"
        )
    value = float(np.interp(target, levels, places))
    slow, fast = (
        bootstrap_weights(bootstrap, len(values), derive_seed(seed, name)) @ values / len(values)
        for name, values in (("slow curve", energy), ("fast glass", glass_energy))
    )
    # beyond the ends of a resampled curve np.interp stays at the end
    resampled = np.array([np.interp(one, *_inverse(temperature, curve)) for curve, one in zip(slow, fast, strict=True)])
    low, high = np.clip(interval(value, resampled, replicas), temperature[0], temperature[-1]).tolist()
    nearest = int(np.abs(temperature - value).argmin())
    variances = [values.var(ddof=1) / len(values) for values in (energy[:, nearest], glass_energy)]
    return EqualEnergy(
        value=value,
        std=float(finite_deviation(resampled) * np.sqrt(replicas / (replicas - 1))),
        low=low,
        high=high,
        snapshot=float(temperature[nearest]),
        difference=float(mean[nearest] - target),
        difference_std=float(np.sqrt(sum(variances))),
    )


def _inverse(temperature: np.ndarray, energy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ascending levels of the energy made to rise, and the mean temperature of each."""
    from scipy.optimize import isotonic_regression  # slow to load

    levels, index = np.unique(isotonic_regression(energy).x, return_inverse=True)
    return levels, np.bincount(index, temperature) / np.bincount(index)
