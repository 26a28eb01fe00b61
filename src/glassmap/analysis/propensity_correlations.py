"""Correlations of structure with the propensity: does structure predict motion? (Frontiers, Secs. 4.3, 4.6)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.lengths import coarse_fields, correlate_fields
from glassmap.analysis.method import Method
from glassmap.analysis.moved_maps import band, max_statistic_test, moved_correlations
from glassmap.analysis.particle_fields import ParticleFields, mean_by_indicator
from glassmap.dynamics.propensity import average, mean_displacement
from glassmap.io.schema import variable
from glassmap.statistics import (
    bootstrap_weights,
    correlation_interval,
    finite_deviation,
    finite_mean,
    fisher,
    residuals,
    spearman,
)
from glassmap.structure.coarse_graining import smoother
from glassmap.structure.indicators import HELD_FIXED

# step of the bootstrap weights over runs, see `correlate_ensemble`
SHIFT = 0.05
# choices of the coarse-graining lengths: published; if not published, measured, common to all indicators; measured for
# each indicator; the same on held-out configurations
PAPER, TOGETHER, MEASURED, HELD_OUT = "paper", "together", "measured", "held_out"
# statistics of each indicator over networks and configurations
SUMMARY = ("mean", "low", "high", "std_over_networks")
# statistics of the moved maps: pointwise band, and test of the maximum over temperatures and times
BAND, LARGEST = ("moved_low", "moved_high"), ("moved_p", "moved_largest")
PARTIAL_LIMITS = tuple(f"partial_{key}" for key in ("low", "high", *BAND))
TITLES = {"pearson": "Pearson correlation", "spearman": "Spearman correlation", "partial": "partial correlation"}
LABELS = {
    "mean": "mean of the Pearson correlation over networks and configurations",
    "low": "lower end of its 95 % interval, bootstrap over {interval}",
    "high": "upper end of its 95 % interval, bootstrap over {interval}",
    "std_over_networks": "deviation of the Pearson correlation over networks",
    "moved_low": "lower end of the band that holds 95 % of the maps moved, turned and mirrored against the glass",
    "moved_high": "upper end of that band",
    "moved_p": "share of the moved maps whose largest |mean| over temperatures and times reaches the map's own",
    "moved_largest": "what the largest |mean| of the moved maps exceeds in 5 % of the draws",
}
LABELS |= {f"partial_{name}": f"{label}, {', '.join(HELD_FIXED)} held fixed" for name, label in LABELS.items()}


@dataclass(frozen=True)
class Choice:
    """Coarse-graining lengths of one method and how they were chosen.

    Attributes
    ----------
    method : Method
    name : {"paper", "together", "measured", "held_out"}
    xi_structure : mapping of str to float
        Length of each indicator, sigma*; 0 is bare, NaN if none was found.
    xi_propensity : float
        sigma*; 0 is bare.
    """

    method: Method
    name: str
    xi_structure: Mapping[str, float]
    xi_propensity: float


@dataclass(frozen=True)
class Correlations:
    """Correlations of one ensemble for one choice of lengths.

    Attributes
    ----------
    choice : Choice
    fields : ParticleFields
    pearson, spearman, partial : ndarray, shape (time, field)
        ``partial`` is Pearson's, controlled for `HELD_FIXED`.
    deviations, partial_deviations : mapping of str to ndarray, shape (draws, time)
        By indicator, bootstrap over runs of the mean over networks: deviations from the mean on Fisher's z scale, for
        ``pearson`` and ``partial``.
    ceiling, delta : ndarray, shape (time,)
    runs : int
        Number of runs in the ensemble.
    propensity : ndarray, shape (time, N)
        Coarse-grained, in sigma* to the method's power.
    """

    choice: Choice
    fields: ParticleFields
    pearson: np.ndarray
    spearman: np.ndarray
    partial: np.ndarray
    deviations: Mapping[str, np.ndarray]
    partial_deviations: Mapping[str, np.ndarray]
    ceiling: np.ndarray
    delta: np.ndarray
    runs: int
    propensity: np.ndarray


def common_choices(
    names: Iterable[str], lengths: Mapping[Method, Mapping[str, float]], name: str = PAPER
) -> list[Choice]:
    """Choices with one length for all fields and one for the propensity, per method.

    Parameters
    ----------
    names : iterable of str
        Indicators.
    lengths : mapping
        By method: ``dynamics`` (xi_alpha) and ``propensity`` (xi_Delta), sigma*.
    name : {"paper", "together"}
        Published, or measured.
    """
    return [
        Choice(method, name, dict.fromkeys(names, xi["dynamics"]), xi["propensity"]) for method, xi in lengths.items()
    ]


def available_choice(dataset: xr.Dataset, choice: str) -> str:
    """The choice of lengths in a ``dynamics.nc``: ``together`` instead of ``paper`` if no lengths are published."""
    return TOGETHER if choice == PAPER and PAPER not in dataset["choice"].values else choice


def choices(
    lengths: xr.Dataset, common: Mapping[Method, Mapping[str, float]], configuration: int, name: str = PAPER
) -> list[Choice]:
    """All choices of lengths for one configuration.

    Parameters
    ----------
    lengths : Dataset
        From `glassmap.analysis.lengths.measure`.
    common, name
        As for `common_choices`.
    configuration : int
        Replica; if there are others, ``held_out`` uses the lengths chosen on those.

    Returns
    -------
    list of Choice
    """
    names = lengths["indicator_name"].values.tolist()
    result = []
    for choice in common_choices(names, common, name):
        result.append(choice)
        of_method = lengths.sel(protocol=choice.method.name)
        xi_propensity = float(of_method["xi_propensity"])
        measured = dict(zip(names, of_method["xi_structure"].values.tolist(), strict=True))
        result.append(Choice(choice.method, MEASURED, measured, xi_propensity))
        if lengths.sizes["configuration"] > 1:
            others = of_method["xi_structure_held_out"].sel(configuration=configuration).values.tolist()
            result.append(Choice(choice.method, HELD_OUT, dict(zip(names, others, strict=True)), xi_propensity))
    return result


def correlate_ensemble(
    fields: ParticleFields,
    positions: np.ndarray,
    box_length: float,
    mobilities: Callable[[int], Iterable[np.ndarray]],
    runs: int,
    choices: Sequence[Choice],
    samples: int,
    seed: int,
) -> list[Correlations]:
    """Correlations of all fields with the propensity of one ensemble, with uncertainties from its runs.

    Parameters
    ----------
    fields : ParticleFields
    positions : ndarray, shape (N, 2)
        At t = 0, sigma*.
    box_length : float
    mobilities : callable
        Maps the power of the displacement to an iterable over the fields of the runs, shape (time, N).
    runs : int
    choices : sequence of Choice
    samples : int
        Bootstrap samples.
    seed : int
        Bootstrap seed.

    Returns
    -------
    list of Correlations
        In the order of ``choices``. Memory is independent of the number of runs.

    Notes
    -----
    The mean over runs drawn with replacement is noisier than the mean over the original runs, and noise attenuates
    correlations. A bootstrap sample therefore shifts the weights of the runs only a small fraction `SHIFT` of the way
    to the resampled ones, and the change of the correlation is divided by `SHIFT`: the same spread, without the bias.
    If the noise of the runs exceeds their common part, the spread is a few per cent too wide, as the bootstrap counts
    second-order terms twice.
    """
    weights = (1 + SHIFT * (bootstrap_weights(samples, runs, seed) - 1)) / runs
    results: dict[int, Correlations] = {}
    groups: dict[tuple[Method, float], list[int]] = {}
    for index, choice in enumerate(choices):
        groups.setdefault((choice.method, choice.xi_propensity), []).append(index)
    for (method, xi_propensity), members in groups.items():
        # an unknown length is replaced by 0 here; its correlations are set to NaN below
        smooth = smoother(positions, box_length, np.nan_to_num(xi_propensity), method.kernel_of("propensity"))
        bare = average(mobilities(method.power)).mean
        resampled = 0.0

        def coarse_runs(smooth=smooth, power=method.power) -> Iterable[np.ndarray]:
            nonlocal resampled
            for run, field in enumerate(mobilities(power)):
                coarse = smooth(field)
                resampled = resampled + weights[:, run, None, None] * coarse
                yield coarse

        mean = average(coarse_runs())
        for index in members:
            structure = coarse_fields(fields, positions, box_length, method, _known(choices[index].xi_structure))
            pearson_values = correlate_fields(structure, mean.mean, fields)
            pearson_resampled = np.stack([correlate_fields(structure, sample, fields) for sample in resampled])
            controls = structure[np.isin(fields.indicator, HELD_FIXED)]
            residual = residuals(structure, controls)
            partial_values = correlate_fields(residual, residuals(mean.mean, controls), fields)
            partial_resampled = np.stack(
                [correlate_fields(residual, residuals(sample, controls), fields) for sample in resampled]
            )
            ranks = np.full_like(pearson_values, np.nan)
            for field in np.flatnonzero(fields.usable):
                ranks[:, field] = spearman(np.broadcast_to(structure[field], mean.mean.shape), mean.mean)
            unknown = [
                not np.isfinite([choices[index].xi_structure[name], xi_propensity]).all()
                for name in fields.indicator.tolist()
            ]
            for values in (pearson_values, ranks, partial_values, pearson_resampled, partial_resampled):
                values[..., unknown] = np.nan
            results[index] = Correlations(
                choices[index],
                fields,
                pearson_values,
                ranks,
                partial_values,
                _deviations(pearson_values, pearson_resampled, fields),
                _deviations(partial_values, partial_resampled, fields),
                mean.ceiling,
                mean_displacement(bare, method.power),
                runs,
                mean.mean,
            )
    return [results[index] for index in range(len(choices))]


def move_maps(
    results: Mapping[float, Sequence[Correlations]], positions: np.ndarray, box_length: float, draws: int, seed: int
) -> list[dict[str, dict[str, np.ndarray]]]:
    """Correlations of one glass with maps translated, rotated and reflected relative to it.

    Parameters
    ----------
    results : mapping of float to sequence of Correlations
        By temperature, with the same choices in the same order.
    positions : ndarray, shape (N, 2)
        At t = 0, sigma*.
    box_length : float
    draws, seed : int
        Number of symmetries and their seed; each draw applies one symmetry to all fields, temperatures and times.

    Returns
    -------
    list of dict of str to dict of str to ndarray, shape (draws, temperature, time)
        For each choice, in the order of ``results``: output of `glassmap.analysis.moved_maps.moved_correlations`, with
        ascending temperatures; NaN where the map itself has no correlation, as without a length, so that moved maps are
        averaged over the same glasses.
    """
    temperatures = sorted(results)
    result = []
    for of_choice in zip(*(results[temperature] for temperature in temperatures), strict=True):
        choice, fields = of_choice[0].choice, of_choice[0].fields
        moved = moved_correlations(
            fields, positions, box_length, choice.method, _known(choice.xi_structure),
            np.concatenate([correlations.propensity for correlations in of_choice]), draws, seed,
        )  # fmt: skip
        result.append({statistic: _where_known(by_name, statistic, of_choice) for statistic, by_name in moved.items()})
    return result


def gather(
    results: Mapping[tuple[int, float], Sequence[Correlations]],
    time: np.ndarray,
    samples: int,
    seed: int,
    moved: Mapping[int, Sequence[Mapping[str, Mapping[str, np.ndarray]]]] | None = None,
) -> xr.Dataset:
    """Content of ``dynamics.nc``: all correlations of a system.

    Parameters
    ----------
    results : mapping of (configuration, temperature) to sequence of Correlations
        With the same choices in the same order.
    time : ndarray, shape (time,)
        tau.
    samples, seed : int
        Bootstrap over configurations.
    moved : mapping of int to sequence, optional
        By configuration, from `move_maps`, with the same number of draws each.

    Returns
    -------
    Dataset
        ``pearson``, ``spearman`` (protocol, choice, configuration, temperature, time, field); ``mean``,
        ``low``, ``high``, ``std_over_networks`` (protocol, choice, temperature, time, indicator_name): the mean
        over networks and configurations with its 95 % confidence interval, from a bootstrap over configurations if
        there are several, else over the runs of the ensemble. ``moved_low``, ``moved_high``, of the same shape: band of
        95 % of the moved maps; ``moved_p``, ``moved_largest`` (protocol, choice, indicator_name): p-value of the mean
        and 95 % quantile of the moved maps, for the maximum of the modulus over temperatures and times; NaN without
        ``moved``. ``partial``, ``partial_mean`` etc. likewise, controlled for `HELD_FIXED`. ``not_usable``
        (configuration, field): why a field is not usable, empty if it is.

    Notes
    -----
    Within each draw the moved maps are averaged over networks and configurations like the originals, with the same
    symmetry for all maps of one glass and independent symmetries for different glasses. Lengths are not rechosen for
    each draw: if they maximise the correlation (``measured``), ``moved_p`` is too small.
    """
    configurations = list(dict.fromkeys(configuration for configuration, _ in results))
    temperatures = sorted({temperature for _, temperature in results})
    any_result = next(iter(results.values()))
    first = any_result[0].fields
    by_glass = {configuration: found[0].fields for (configuration, _), found in results.items()}
    indicators = list(dict.fromkeys(first.indicator.tolist()))
    protocols, names = (
        list(dict.fromkeys(values))
        for values in zip(*((one.choice.method.name, one.choice.name) for one in any_result), strict=True)
    )
    # dimensions: protocol, choice, configuration, temperature, time
    shape = (len(protocols), len(names), len(configurations), len(temperatures), len(time))
    per_field = {name: np.full((*shape, len(first.indicator)), np.nan) for name in ("pearson", "spearman", "partial")}
    ceiling, delta = np.full(shape, np.nan), np.full((shape[0], *shape[2:]), np.nan)
    xi_structure, xi_propensity = np.full((*shape[:3], len(indicators)), np.nan), np.full(shape[:2], np.nan)
    prefixes = {"pearson": "", "partial": "partial_"}
    summary = {
        f"{prefix}{key}": np.full((*shape[:2], *shape[3:], len(indicators)), np.nan)
        for prefix in prefixes.values() for key in (*SUMMARY, *BAND)
    }  # fmt: skip
    largest = {
        f"{prefix}{key}": np.full((*shape[:2], len(indicators)), np.nan)
        for prefix in prefixes.values() for key in LARGEST
    }  # fmt: skip
    weights = bootstrap_weights(samples, len(configurations), seed)
    for index, choice in enumerate(one.choice for one in any_result):
        p, c = protocols.index(choice.method.name), names.index(choice.name)
        xi_propensity[p, c] = choice.xi_propensity
        for t, temperature in enumerate(temperatures):
            by_configuration = [results[configuration, temperature][index] for configuration in configurations]
            for k, one in enumerate(by_configuration):
                for name, values in per_field.items():
                    values[p, c, k, t] = getattr(one, name)
                ceiling[p, c, k, t], delta[p, k, t] = one.ceiling, one.delta
                xi_structure[p, c, k] = [one.choice.xi_structure[name] for name in indicators]
            for i, name in enumerate(indicators):
                for statistic, prefix in prefixes.items():
                    statistics = _summary(by_configuration, name, weights, statistic)
                    for key, values in zip(SUMMARY, statistics, strict=True):
                        summary[f"{prefix}{key}"][p, c, t, :, i] = values
        for (i, name), (statistic, prefix) in product(enumerate(indicators if moved else ()), prefixes.items()):
            null = finite_mean(np.stack([of_glass[index][statistic][name] for of_glass in moved.values()]))
            mean = summary[f"{prefix}mean"][p, c, ..., i]
            for key, values in zip(BAND, band(np.where(np.isfinite(mean), null, np.nan)), strict=True):
                summary[f"{prefix}{key}"][p, c, ..., i] = values
            for key, value in zip(LARGEST, max_statistic_test(mean, null), strict=True):
                largest[f"{prefix}{key}"][p, c, i] = value
    long = ("protocol", "choice", "configuration", "temperature", "time")
    short = ("protocol", "choice", "temperature", "time", "indicator_name")
    interval = "configurations" if len(configurations) > 1 else "runs"
    return xr.Dataset(
        {
            **{
                name: variable((*long, "field"), values, "1", f"{TITLES[name]} with the propensity")
                for name, values in per_field.items()
            },
            "not_usable": variable(
                ("configuration", "field"),
                np.stack([by_glass[configuration].not_usable for configuration in configurations]),
                "",
                "why the field is not usable, as of a network that failed or of a crystal; empty if it is",
            ),
            **{
                name: variable(short, values, "1", LABELS[name].format(interval=interval))
                for name, values in summary.items()
            },
            **{
                name: variable(("protocol", "choice", "indicator_name"), values, "1", LABELS[name])
                for name, values in largest.items()
            },
            "ceiling": variable(long, ceiling, "1", "noise ceiling: correlation with that of infinitely many runs"),
            "delta": variable(
                ("protocol", *long[2:]), delta, "sigma*", "mean cage-relative displacement of the particles"
            ),
            "xi_structure": variable(
                (*long[:3], "indicator_name"), xi_structure, "sigma*", "coarse-graining length; 0 is bare"
            ),
            "xi_propensity": variable(
                long[:2], xi_propensity, "sigma*", "coarse-graining length of the propensity; 0 is bare"
            ),
        },
        coords={
            "protocol": protocols,
            "choice": names,
            "configuration": variable(("configuration",), np.array(configurations), "1", "replica"),
            "temperature": variable(("temperature",), np.array(temperatures), "epsilon*", "temperature of the runs"),
            "time": variable(("time",), time, "tau", "time"),
            "indicator_name": indicators,
            **first.coordinates(),
        },
        attrs={"interval": interval},
    )  # fmt: skip


def over_glasses(one: xr.Dataset, quantity: str, fields: np.ndarray) -> np.ndarray:
    """Mean of delta or the noise ceiling over the configurations in which some fields have a correlation.

    A glass that crystallised, or whose held-out length is unknown, is left out of the mean correlation, and so must be
    left out of where that is.

    Parameters
    ----------
    one : Dataset
        From `gather`, of one method and choice of lengths.
    quantity : {"delta", "ceiling"}
    fields : ndarray of bool, shape (field,)

    Returns
    -------
    ndarray, shape (..., time)
        Over all configurations where none has a correlation.
    """
    known = np.isfinite(one["pearson"].transpose("configuration", ..., "time", "field").values[..., fields]).any(-1)
    values = one[quantity].transpose("configuration", ..., "time").values
    mean = finite_mean(np.where(known, values, np.nan))
    return np.where(np.isfinite(mean), mean, finite_mean(values))


def table(dynamics: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """``dynamics.csv``: one row for every correlation with the propensity, sufficient to redraw Figs. 5 and 7.

    Parameters
    ----------
    dynamics : mapping of str to Dataset
        From `gather`, by system.

    Returns
    -------
    DataFrame
        One row per system, protocol, choice of lengths, configuration, temperature, time and field; the mean over
        networks and configurations, the only one with an interval, has ``network = mean`` and ``configuration = mean``.
    """
    tables = []
    for system, dataset in dynamics.items():
        base = {"time": dataset["time"].values}
        for p, protocol in enumerate(dataset["protocol"].values):
            for c, choice in enumerate(dataset["choice"].values):
                one = dataset.isel(protocol=p, choice=c)
                for t, temperature in enumerate(dataset["temperature"].values):
                    head = {"system": system, "protocol": protocol, "xi": choice, "temperature": temperature}
                    at = one.isel(temperature=t)
                    for i, name in enumerate(dataset["indicator_name"].values):
                        tables.append(pd.DataFrame({
                            **head, "configuration": "mean", "indicator": name, "network": "mean", **base,
                            "delta": over_glasses(at, "delta", dataset["indicator"].values == name),
                            **{key: at[key].values[:, i] for key in (*SUMMARY, *BAND)},
                            "partial": at["partial_mean"].values[:, i],
                            **{key: at[key].values[:, i] for key in PARTIAL_LIMITS},
                            "noise_ceiling": over_glasses(at, "ceiling", dataset["indicator"].values == name),
                            "xi_structure": finite_mean(at["xi_structure"].values[:, i]),
                            "xi_propensity": float(one["xi_propensity"]),
                        }).rename(columns={"mean": "pearson"}))  # fmt: skip
                    for k, configuration in enumerate(dataset["configuration"].values):
                        for f, name in enumerate(dataset["indicator"].values):
                            network = int(dataset["network"].values[f])
                            i = dataset["indicator_name"].values.tolist().index(name)
                            tables.append(pd.DataFrame({
                                **head, "configuration": str(configuration), "indicator": name,
                                "network": str(network) if name == "gradcam" else "", **base,
                                "delta": at["delta"].values[k],
                                "pearson": at["pearson"].values[k, :, f],
                                "spearman": at["spearman"].values[k, :, f],
                                "partial": at["partial"].values[k, :, f],
                                "noise_ceiling": at["ceiling"].values[k],
                                "xi_structure": float(at["xi_structure"].values[k, i]),
                                "xi_propensity": float(one["xi_propensity"]),
                            }))  # fmt: skip
    columns = [
        *("system", "protocol", "xi", "configuration", "temperature", "indicator", "network", "time", "delta"),
        *("pearson", "low", "high", "std_over_networks", *BAND, "spearman", "partial", *PARTIAL_LIMITS),
        *("noise_ceiling", "xi_structure", "xi_propensity"),
    ]
    return pd.concat(tables, ignore_index=True)[columns]


def _summary(
    by_configuration: Sequence[Correlations], name: str, weights: np.ndarray, statistic: str
) -> tuple[np.ndarray, ...]:
    """Mean of an indicator over networks and configurations, confidence interval, and deviation over networks.

    Parameters
    ----------
    by_configuration : sequence of Correlations
        One per configuration.
    name : str
        Indicator.
    weights : ndarray, shape (draws, configuration)
        Of the bootstrap over configurations.
    statistic : {"pearson", "partial"}

    Returns
    -------
    tuple of ndarray, shape (time,)
        In the order of `SUMMARY`.
    """
    each = np.stack([mean_by_indicator(getattr(one, statistic), one.fields)[name] for one in by_configuration])
    value = finite_mean(each)
    if len(by_configuration) == 1:
        (only,) = by_configuration
        deviations = {"pearson": only.deviations, "partial": only.partial_deviations}[statistic][name]
        items = only.runs
    else:
        known = np.isfinite(each)
        items = known.sum(axis=0)
        counts = weights @ known
        sums = weights @ np.where(known, each, 0.0)
        resampled = np.divide(sums, counts, out=np.broadcast_to(value, sums.shape).copy(), where=counts > 0)
        deviations = fisher(resampled) - fisher(value)
    masks = [one.fields.usable & (one.fields.indicator == name) for one in by_configuration]
    networks = [
        np.where(mask, getattr(one, statistic), np.nan) for mask, one in zip(masks, by_configuration, strict=True)
    ]
    by_network = finite_mean(np.stack(networks))
    return value, *correlation_interval(value, deviations, items), finite_deviation(by_network, axis=-1)


def _deviations(values: np.ndarray, resampled: np.ndarray, fields: ParticleFields) -> dict[str, np.ndarray]:
    """Deviations of the resampled means over networks on Fisher's z scale, shape (draws, time)."""
    means = mean_by_indicator(values, fields)
    again = mean_by_indicator(resampled, fields)
    return {name: (fisher(again[name]) - fisher(mean)) / SHIFT for name, mean in means.items()}


def _where_known(
    moved: Mapping[str, np.ndarray], statistic: str, of_choice: Sequence[Correlations]
) -> dict[str, np.ndarray]:
    """Those of moved maps, shape (draws, T * time), as (draws, T, time); NaN where the unmoved map has none."""
    own = [mean_by_indicator(getattr(one, statistic), one.fields) for one in of_choice]
    known = {name: np.isfinite(np.stack([means[name] for means in own])) for name in moved}
    return {
        name: np.where(known[name], values.reshape(len(values), *known[name].shape), np.nan)
        for name, values in moved.items()
    }


def _known(xi: Mapping[str, float]) -> dict[str, float]:
    """Lengths with NaN replaced by 0; `correlate_ensemble` and `_where_known` discard the results of these."""
    return {name: length if np.isfinite(length) else 0.0 for name, length in xi.items()}
