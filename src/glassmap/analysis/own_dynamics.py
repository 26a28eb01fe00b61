"""Correlations of structure with the users' own dynamics of the particles, over the test samples."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from glassmap.analysis.lengths import coarse_fields, correlate_fields
from glassmap.analysis.method import NO_LENGTH, Method
from glassmap.analysis.moved_maps import band, max_statistic_test, moved_fields, unit
from glassmap.analysis.particle_fields import NO_NETWORK, ParticleFields
from glassmap.io.exclusions import CONSTANT_FIELD, why_nothing_is_left
from glassmap.statistics import bootstrap_weights, correlation_interval, finite_mean, fisher
from glassmap.structure.coarse_graining import smoother

BARE = "bare"
COLUMNS = (
    *("dynamics", "protocol", "indicator", "network", "xi_structure", "xi_dynamics", "pearson", "low", "high"),
    *("samples", "moved_low", "moved_high", "moved_p", "note"),
)


@dataclass(frozen=True)
class Glass:
    """A test sample.

    Attributes
    ----------
    fields : ParticleFields
    positions : ndarray, shape (N, 2)
        sigma*.
    box_length : float
    dynamics : ndarray, shape (quantity, N)
        The users' own, bare, in the units of their files.
    seed : int
        Of the symmetries that move the maps.
    """

    fields: ParticleFields
    positions: np.ndarray
    box_length: float
    dynamics: np.ndarray
    seed: int


def compare(
    glasses: Iterable[Glass],
    quantities: list[str],
    lengths: Mapping[Method, Mapping[str, float]],
    draws: int,
    bootstrap: tuple[int, int],
) -> pd.DataFrame:
    """Pearson correlation of every structural field with every quantity, mean over the test samples.

    Parameters
    ----------
    glasses : iterable of Glass
        With the same networks and indicators.
    quantities : list of str
        Names of the dynamics.
    lengths : mapping
        By method: the length of the structure (``dynamics``) and that of the users' dynamics (``propensity``), as for
        the propensity in Frontiers, Table 5; sigma*, 0 is bare, NaN unknown.
    draws : int
        Moved maps; 0: none.
    bootstrap : (int, int)
        Bootstrap samples over the test samples, and seed.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row per quantity, protocol and field: ``bare``, and coarse-grained by each method.
        ``network`` is ``mean`` for the mean over the networks of their correlations, else the seed, empty for an
        indicator. ``low`` and ``high``: 95 % interval, bootstrap over samples. ``moved_p``: share of the draws in
        which the mean over samples of maps moved at random (`glassmap.analysis.moved_maps`) reaches that of the maps
        themselves in modulus, each sample's by a symmetry of its own; ``moved_low`` and ``moved_high`` hold 95 % of
        them. Samples that a network misclassifies, dead maps and crystals do not count.
    """
    glasses = list(glasses)
    samples, seed = bootstrap
    weights = bootstrap_weights(samples, len(glasses), seed)
    by_protocol = {BARE: (next(iter(lengths)), 0.0, 0.0)}
    by_protocol |= {method.name: (method, xi["dynamics"], xi["propensity"]) for method, xi in lengths.items()}
    rows = []
    for protocol, (method, xi_structure, xi_dynamics) in by_protocol.items():
        known = bool(np.isfinite([xi_structure, xi_dynamics]).all())
        if known:
            observed, moved = _of_samples(glasses, method, xi_structure, xi_dynamics, draws)
        else:
            shape = (len(quantities), len(glasses[0].fields.indicator))
            observed, moved = (np.full((len(glasses), *part, *shape), np.nan) for part in ((), (draws,)))
        for indicator, network, members in _groups(glasses[0].fields):
            reasons = np.stack([glass.fields.not_usable[members] for glass in glasses], axis=1)
            of_samples = finite_mean(observed[..., members], axis=-1)
            of_draws = finite_mean(finite_mean(moved[..., members], axis=-1))
            for index, quantity in enumerate(quantities):
                values = of_samples[:, index]
                value = float(finite_mean(values))
                low, high = _interval(values, value, weights)
                null = of_draws[:, index : index + 1]
                known_null = bool(len(null)) and np.isfinite(null).all()
                limits = [float(limit[0]) for limit in band(null)] if known_null else [np.nan, np.nan]
                chance = max_statistic_test(np.array([value]), null)[0] if known_null else np.nan
                missing = why_nothing_is_left(reasons) or (CONSTANT_FIELD if known else NO_LENGTH)
                rows.append((
                    quantity, protocol, indicator, network, xi_structure, xi_dynamics, value, low, high,
                    int(np.isfinite(values).sum()), *limits, chance, "" if np.isfinite(value) else missing,
                ))  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = pd.Categorical(table["dynamics"], quantities)
    return table.iloc[np.argsort(order.codes, kind="stable")].reset_index(drop=True)


def _groups(fields: ParticleFields) -> list[tuple[str, str, np.ndarray]]:
    """Indicator, network and fields of every row: of the networks their mean and each; of the indicators one field."""
    groups = []
    for name in dict.fromkeys(fields.indicator.tolist()):
        members = np.flatnonzero(fields.indicator == name)
        if (fields.network[members] == NO_NETWORK).all():
            groups.append((name, "", members))
        else:
            groups.append((name, "mean", members))
            groups += [(name, str(fields.network[member]), np.array([member])) for member in members]
    return groups


def _of_samples(
    glasses: list[Glass], method: Method, xi_structure: float, xi_dynamics: float, draws: int
) -> tuple[np.ndarray, np.ndarray]:
    """Correlations of every sample, shape (sample, quantity, field), and of moved maps (sample, draw, quantity, field).

    NaN where a field is not usable.
    """
    observed, moved = [], []
    for glass in glasses:
        fields, geometry = glass.fields, (glass.positions, glass.box_length)
        xi = dict.fromkeys(fields.indicator.tolist(), xi_structure)
        dynamics = smoother(*geometry, xi_dynamics, method.kernel_of("propensity"))(glass.dynamics)
        observed.append(correlate_fields(coarse_fields(fields, *geometry, method, xi), dynamics, fields))
        target = unit(dynamics).T
        of_glass = np.full((draws, len(dynamics), len(fields.indicator)), np.nan)
        for part, maps in moved_fields(fields, *geometry, method, xi, draws, glass.seed) if draws else ():
            of_glass[part] = np.moveaxis(unit(maps) @ target, 0, -1)
        of_glass[..., ~fields.usable] = np.nan
        moved.append(of_glass)
    return np.stack(observed), np.stack(moved)


def _interval(values: np.ndarray, value: float, weights: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of the finite values, bootstrap over samples."""
    known = np.isfinite(values)
    counts = weights @ known
    sums = weights @ np.where(known, values, 0.0)
    means = np.divide(sums, counts, out=np.full(len(weights), np.nan), where=counts > 0)
    low, high = correlation_interval(np.array(value), fisher(means) - fisher(value), int(known.sum()))
    return float(low), float(high)
