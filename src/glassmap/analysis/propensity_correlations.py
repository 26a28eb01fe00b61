"""Does the structure say where the glass will move: correlations with the propensity (Frontiers, Secs. 4.3, 4.6)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.lengths import coarse_fields, correlate_fields
from glassmap.analysis.method import Method
from glassmap.analysis.moved_maps import band, chance, moved_correlations
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

# of the bootstrap over runs, see `correlate_ensemble`
SHIFT = 0.05
# how the coarse-graining lengths are chosen: as published; measured, one for all indicators, where none are published;
# measured, that of each indicator; the same on other configurations
PAPER, TOGETHER, MEASURED, HELD_OUT = "paper", "together", "measured", "held_out"
# what is told of each indicator, over networks and configurations
SUMMARY = ("mean", "low", "high", "std_over_networks")
# and of the maps moved against the glass: their band at each point, and of their largest over temperatures and times
BAND, LARGEST = ("moved_low", "moved_high"), ("moved_p", "moved_largest")


@dataclass(frozen=True)
class Choice:
    """Coarse-graining lengths of one method, chosen in one way.

    Attributes
    ----------
    method : Method
    name : {"paper", "together", "measured", "held_out"}
    xi_structure : mapping of str to float
        Of each indicator, sigma*; 0 is bare, NaN where none was found.
    xi_propensity : float
        sigma*; 0 is bare.
    """

    method: Method
    name: str
    xi_structure: Mapping[str, float]
    xi_propensity: float


@dataclass(frozen=True)
class Correlations:
    """Of one ensemble and choice.

    Attributes
    ----------
    choice : Choice
    fields : ParticleFields
    pearson, spearman, partial : ndarray, shape (time, field)
        ``partial`` is Pearson's with `HELD_FIXED` held fixed.
    deviations, partial_deviations : mapping of str to ndarray, shape (samples, time)
        Bootstrap over runs of the mean over networks, by indicator: deviations from it on Fisher's scale; of
        ``pearson`` and of ``partial``.
    ceiling, delta : ndarray, shape (time,)
    runs : int
        Of the ensemble.
    propensity : ndarray, shape (time, N)
        Coarse-grained, in sigma* to the power of the method.
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
    """One length for all fields and one for the propensity, by each method.

    Parameters
    ----------
    names : iterable of str
        Of the indicators.
    lengths : mapping
        By method ``dynamics`` (xi_alpha) and ``propensity`` (xi_Delta), sigma*.
    name : {"paper", "together"}
        Published, or measured.
    """
    return [
        Choice(method, name, dict.fromkeys(names, one["dynamics"]), one["propensity"])
        for method, one in lengths.items()
    ]


def choice_in(dataset: xr.Dataset, choice: str) -> str:
    """A choice of lengths that a ``dynamics.nc`` has: ``together`` for ``paper`` where no lengths are published."""
    return TOGETHER if choice == PAPER and PAPER not in dataset["choice"].values else choice


def choices(
    lengths: xr.Dataset, common: Mapping[Method, Mapping[str, float]], configuration: int, name: str = PAPER
) -> list[Choice]:
    """Every choice of lengths for one configuration.

    Parameters
    ----------
    lengths : Dataset
        From `glassmap.analysis.lengths.measure`.
    common, name
        As for `common_choices`.
    configuration : int
        Replica; where there are others, lengths chosen on them are a choice of its own.

    Returns
    -------
    list of Choice
    """
    names = lengths["indicator_name"].values.tolist()
    found = []
    for one in common_choices(names, common, name):
        found.append(one)
        of_method = lengths.sel(protocol=one.method.name)
        xi_propensity = float(of_method["xi_propensity"])
        measured = dict(zip(names, of_method["xi_structure"].values.tolist(), strict=True))
        found.append(Choice(one.method, MEASURED, measured, xi_propensity))
        if lengths.sizes["configuration"] > 1:
            others = of_method["xi_structure_held_out"].sel(configuration=configuration).values.tolist()
            found.append(Choice(one.method, HELD_OUT, dict(zip(names, others, strict=True)), xi_propensity))
    return found


def correlate_ensemble(
    fields: ParticleFields,
    positions: np.ndarray,
    box_length: float,
    mobilities: Callable[[int], Iterable[np.ndarray]],
    runs: int,
    wanted: Sequence[Choice],
    samples: int,
    seed: int,
) -> list[Correlations]:
    """Correlations of all fields with the propensity of one ensemble, with their uncertainty from its runs.

    Parameters
    ----------
    fields : ParticleFields
    positions : ndarray, shape (N, 2)
        At t = 0, sigma*.
    box_length : float
    mobilities : callable
        Of the power of the displacement: the fields of the runs, shape (time, N), one after the other.
    runs : int
    wanted : sequence of Choice
    samples : int
        Of the bootstrap.
    seed : int
        Of the bootstrap.

    Returns
    -------
    list of Correlations
        In the order of ``wanted``. The memory does not grow with the number of runs.

    Notes
    -----
    Runs drawn with replacement are noisier together than the runs themselves, and noise attenuates. So a
    bootstrap sample only shifts the weights of the runs by the small fraction `SHIFT` of the way to those
    drawn, and the change of the correlation is divided by it: the same spread, without the bias.
    Where the noise of the runs exceeds what they have in common it is too wide by a few per cent, as the bootstrap
    counts the part of the change that is of second order twice.
    """
    weights = (1 + SHIFT * (bootstrap_weights(samples, runs, seed) - 1)) / runs
    found: dict[int, Correlations] = {}
    kinds: dict[tuple[Method, float], list[int]] = {}
    for index, choice in enumerate(wanted):
        kinds.setdefault((choice.method, choice.xi_propensity), []).append(index)
    for (method, xi_propensity), members in kinds.items():
        # what is correlated with a propensity of unknown length is no number, see below
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
            structure = coarse_fields(fields, positions, box_length, method, _known(wanted[index].xi_structure))
            pearson_values = correlate_fields(structure, mean.mean, fields)
            again = np.stack([correlate_fields(structure, sample, fields) for sample in resampled])
            given = structure[np.isin(fields.indicator, HELD_FIXED)]
            rest = residuals(structure, given)
            partial_values = correlate_fields(rest, residuals(mean.mean, given), fields)
            partial_again = np.stack([correlate_fields(rest, residuals(one, given), fields) for one in resampled])
            ranks = np.full_like(pearson_values, np.nan)
            for field in np.flatnonzero(fields.usable):
                ranks[:, field] = spearman(np.broadcast_to(structure[field], mean.mean.shape), mean.mean)
            unknown = [
                not np.isfinite([wanted[index].xi_structure[name], xi_propensity]).all()
                for name in fields.indicator.tolist()
            ]
            for values in (pearson_values, ranks, partial_values, again, partial_again):
                values[..., unknown] = np.nan
            found[index] = Correlations(
                wanted[index],
                fields,
                pearson_values,
                ranks,
                partial_values,
                _deviations(pearson_values, again, fields),
                _deviations(partial_values, partial_again, fields),
                mean.ceiling,
                mean_displacement(bare, method.power),
                runs,
                mean.mean,
            )
    return [found[index] for index in range(len(wanted))]


def move_maps(
    results: Mapping[float, Sequence[Correlations]], positions: np.ndarray, box_length: float, draws: int, seed: int
) -> list[dict[str, dict[str, np.ndarray]]]:
    """The correlations of one glass again, of maps moved, turned and mirrored against it.

    Parameters
    ----------
    results : mapping of float to sequence of Correlations
        By temperature, the same choices in the same order everywhere.
    positions : ndarray, shape (N, 2)
        At t = 0, sigma*.
    box_length : float
    draws, seed : int
        Of the symmetries: a draw is one symmetry for all fields, temperatures and times.

    Returns
    -------
    list of dict of str to dict of str to ndarray, shape (draws, temperature, time)
        For each choice, in the order of ``results``, as `glassmap.analysis.moved_maps.moved_correlations` returns them;
        temperatures ascending.
    """
    temperatures = sorted(results)
    found = []
    for of_choice in zip(*(results[temperature] for temperature in temperatures), strict=True):
        choice, fields = of_choice[0].choice, of_choice[0].fields
        moved = moved_correlations(
            fields, positions, box_length, choice.method, _known(choice.xi_structure),
            np.concatenate([one.propensity for one in of_choice]), draws, seed,
        )  # fmt: skip
        found.append({
            kind: {name: values.reshape(draws, len(temperatures), -1) for name, values in of_kind.items()}
            for kind, of_kind in moved.items()
        })  # fmt: skip
    return found


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
        The same choices in the same order everywhere.
    time : ndarray, shape (time,)
        tau.
    samples, seed : int
        Of the bootstrap over configurations.
    moved : mapping of int to sequence, optional
        By configuration, from `move_maps`, each with the same number of draws.

    Returns
    -------
    Dataset
        ``pearson``, ``spearman`` (protocol, choice, configuration, temperature, time, field); ``mean``,
        ``low``, ``high``, ``std_over_networks`` (protocol, choice, temperature, time, indicator_name): the mean
        over networks and configurations with its 95 % interval, over configurations where there are several,
        over the runs of the ensemble where there is one. ``moved_low``, ``moved_high``, of the same shape: the band
        that holds the means of 95 % of the moved maps; ``moved_p``, ``moved_largest`` (protocol, choice,
        indicator_name): how many of them go as far as the mean does, each at its own best temperature and time, and
        what they exceed in 5 % of the draws; NaN without ``moved``. ``partial`` and ``partial_mean`` and so on
        likewise, with `HELD_FIXED` held fixed.

    Notes
    -----
    The moved maps are averaged over networks and configurations draw by draw, as the mean itself is; those of one
    glass by the same symmetry, those of different glasses by independent ones. Lengths are not chosen again in a
    draw: where they are those of the largest correlation (``measured``), ``moved_p`` is too small.
    """
    configurations = list(dict.fromkeys(configuration for configuration, _ in results))
    temperatures = sorted({temperature for _, temperature in results})
    one_of_all = next(iter(results.values()))
    first = one_of_all[0].fields
    indicators = list(dict.fromkeys(first.indicator.tolist()))
    protocols, names = (
        list(dict.fromkeys(values))
        for values in zip(*((one.choice.method.name, one.choice.name) for one in one_of_all), strict=True)
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
    for index, kind in enumerate(one.choice for one in one_of_all):
        p, c = protocols.index(kind.method.name), names.index(kind.name)
        xi_propensity[p, c] = kind.xi_propensity
        for t, temperature in enumerate(temperatures):
            found = [results[configuration, temperature][index] for configuration in configurations]
            for k, one in enumerate(found):
                for name, values in per_field.items():
                    values[p, c, k, t] = getattr(one, name)
                ceiling[p, c, k, t], delta[p, k, t] = one.ceiling, one.delta
                xi_structure[p, c, k] = [one.choice.xi_structure[name] for name in indicators]
            for i, name in enumerate(indicators):
                for kind_of_correlation, prefix in prefixes.items():
                    told = _summary(found, name, weights, kind_of_correlation)
                    for key, values in zip(SUMMARY, told, strict=True):
                        summary[f"{prefix}{key}"][p, c, t, :, i] = values
        for (i, name), (kind_of_correlation, prefix) in product(
            enumerate(indicators if moved else ()), prefixes.items()
        ):
            of_draws = finite_mean(
                np.stack([of_glass[index][kind_of_correlation][name] for of_glass in moved.values()])
            )
            mean = summary[f"{prefix}mean"][p, c, ..., i]
            for key, values in zip(BAND, band(np.where(np.isfinite(mean), of_draws, np.nan)), strict=True):
                summary[f"{prefix}{key}"][p, c, ..., i] = values
            for key, value in zip(LARGEST, chance(mean, of_draws), strict=True):
                largest[f"{prefix}{key}"][p, c, i] = value
    long = ("protocol", "choice", "configuration", "temperature", "time")
    short = ("protocol", "choice", "temperature", "time", "indicator_name")
    interval = "configurations" if len(configurations) > 1 else "runs"
    labels = {
        "mean": "mean of the Pearson correlation over networks and configurations",
        "low": f"lower end of its 95 % interval, bootstrap over {interval}",
        "high": f"upper end of its 95 % interval, bootstrap over {interval}",
        "std_over_networks": "deviation of the Pearson correlation over networks",
        "moved_low": "lower end of the band that holds 95 % of the maps moved, turned and mirrored against the glass",
        "moved_high": "upper end of that band",
        "moved_p": "share of the moved maps whose largest |mean| over temperatures and times reaches the map's own",
        "moved_largest": "what the largest |mean| of the moved maps exceeds in 5 % of the draws",
    }
    labels |= {f"partial_{name}": f"{label}, {', '.join(HELD_FIXED)} held fixed" for name, label in labels.items()}
    kinds = {"pearson": "Pearson correlation", "spearman": "Spearman correlation", "partial": "partial correlation"}
    return xr.Dataset(
        {
            **{
                name: variable((*long, "field"), values, "1", f"{kinds[name]} with the propensity")
                for name, values in per_field.items()
            },
            **{name: variable(short, values, "1", labels[name]) for name, values in summary.items()},
            **{
                name: variable(("protocol", "choice", "indicator_name"), values, "1", labels[name])
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


def table(dynamics: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """``dynamics.csv``: every correlation with the propensity, one row each, enough to draw Figs. 5 and 7 again.

    Parameters
    ----------
    dynamics : mapping of str to Dataset
        From `gather`, by system.

    Returns
    -------
    DataFrame
        A row per system, protocol, choice of lengths, configuration, temperature, time and field, with
        ``network = mean`` and ``configuration = mean`` for the mean over both, which alone has an interval.
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
                            "delta": finite_mean(at["delta"].values),
                            **{key: at[key].values[:, i] for key in (*SUMMARY, *BAND)},
                            "partial": at["partial_mean"].values[:, i],
                            "noise_ceiling": finite_mean(at["ceiling"].values),
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
        *("pearson", "low", "high", "std_over_networks", *BAND, "spearman", "partial"),
        *("noise_ceiling", "xi_structure", "xi_propensity"),
    ]
    return pd.concat(tables, ignore_index=True)[columns]


def _summary(found: Sequence[Correlations], name: str, weights: np.ndarray, kind: str) -> tuple[np.ndarray, ...]:
    """Mean of an indicator over networks and configurations, its interval, and its deviation over networks.

    Parameters
    ----------
    found : sequence of Correlations
        One for each configuration.
    name : str
        Of the indicator.
    weights : ndarray, shape (samples, configuration)
        Of the bootstrap over configurations.
    kind : {"pearson", "partial"}

    Returns
    -------
    tuple of ndarray, shape (time,)
        In the order of `SUMMARY`.
    """
    each = np.stack([mean_by_indicator(getattr(one, kind), one.fields)[name] for one in found])
    value = finite_mean(each)
    if len(found) == 1:
        deviations = {"pearson": found[0].deviations, "partial": found[0].partial_deviations}[kind][name]
        items = found[0].runs
    else:
        known = np.isfinite(each)
        items = known.sum(axis=0)
        counts = weights @ known
        sums = weights @ np.where(known, each, 0.0)
        again = np.divide(sums, counts, out=np.broadcast_to(value, sums.shape).copy(), where=counts > 0)
        deviations = fisher(again) - fisher(value)
    chosen = [one.fields.usable & (one.fields.indicator == name) for one in found]
    networks = [np.where(mask, getattr(one, kind), np.nan) for mask, one in zip(chosen, found, strict=True)]
    by_network = finite_mean(np.stack(networks))
    return value, *correlation_interval(value, deviations, items), finite_deviation(by_network, axis=-1)


def _deviations(values: np.ndarray, again: np.ndarray, fields: ParticleFields) -> dict[str, np.ndarray]:
    """Deviations of the resampled means over networks, on Fisher's scale, shape (samples, time)."""
    means = mean_by_indicator(values, fields)
    return {name: (fisher(one) - fisher(means[name])) / SHIFT for name, one in mean_by_indicator(again, fields).items()}


def _known(xi: Mapping[str, float]) -> dict[str, float]:
    """Lengths with 0 in place of NaN; what is computed with those is left out afterwards."""
    return {name: length if np.isfinite(length) else 0.0 for name, length in xi.items()}
