"""What the network adds: its results next to those of null maps and baselines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.correlations import (
    KEYS,
    PARTIAL_QUANTITY,
    STATISTICS,
    correlation_values,
    quantity_of,
    reasons_of,
    without_value,
)
from glassmap.analysis.propensity_correlations import LARGEST, PAPER, available_choice, over_glasses
from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.exclusions import CRYSTAL, FAILED
from glassmap.io.schema import CONTROLS, CORRELATIONS, DYNAMICS, HISTORY, PREDICTIONS, SPATIAL
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.learning.map_class import map_classes, select_class
from glassmap.learning.map_ensemble import GRADCAM_NAME
from glassmap.learning.null_maps import parse_cut_name
from glassmap.learning.training import has_failed
from glassmap.papers.oyama2023.null_comparison import (
    BASELINE,
    COLUMNS,
    CUT_NEAREST,
    INDICATOR,
    NETWORK,
    NULL,
    Row,
    as_cut,
    chosen_cuts,
    compare,
    label_scanned_cuts,
    mean_row,
)
from glassmap.papers.oyama2023.published import published, read_published
from glassmap.papers.oyama2023.tables_correlations import MEANS
from glassmap.papers.oyama2023.tables_dynamics import MAXIMA, why_no_correlation
from glassmap.papers.oyama2023.tables_lengths import zero_crossings
from glassmap.seeds import derive_seed
from glassmap.statistics import bootstrap_weights, finite_mean
from glassmap.structure.indicators import BASELINES, INDICATORS, ORDER_PARAMETERS
from glassmap.structure.spatial_correlation import first_crossing


def controls_table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """What the network adds to null maps, one row per quantity and map."""
    reference, glass = read_published(files.reference), params.phases[1]
    networks_of = {}
    for (system, _), predictions, history in zip(params.networks, files.predictions, files.history, strict=True):
        failed = has_failed(read_table(history, HISTORY), params.failed_below)
        networks_of.setdefault(system, []).append((read_table(predictions, PREDICTIONS), failed))
    seeds = {name: derive_seed(params.base_seed, name, "bootstrap over samples") for name in networks_of}
    rows = []
    null_networks = {}
    for path in files.controls:
        null = read_dataset(path, CONTROLS | {f"p_{glass}": ("field", "sample")})
        # a network's accuracy does not depend on the class that its maps explain
        null_networks.setdefault(null.attrs["system"], {})[null.attrs["phase"]] = select_class(null, glass)
    for networks, controls in _pairs(files.correlations, files.control_correlations, CORRELATIONS):
        system, phase = networks.attrs["system"], networks.attrs["phase"]
        head, bootstrap = {"system": system, "phase": phase}, (params.bootstrap_samples, seeds[system])
        for map_class in map_classes(phase, params.phases):
            null = None if controls is None else select_class(controls, map_class)
            of_map = (head | {"map_class": map_class}, select_class(networks, map_class), null)
            rows += compare_correlations(*of_map, reference, *bootstrap)
        rows += compare_accuracy(head, networks_of[system], null_networks.get(system), reference, *bootstrap, glass)
    for networks, controls in _pairs(files.dynamics, files.control_dynamics, DYNAMICS):
        head = {"system": networks.attrs["system"], "phase": glass, "map_class": glass}
        rows += compare_dynamics(head, networks, controls, reference)
    for networks, controls in _pairs(files.spatial, files.control_spatial, SPATIAL):
        system = networks.attrs["system"]
        head = {"system": system, "phase": glass, "map_class": glass}
        rows += compare_lengths(head, networks, controls, reference, params.bootstrap_samples, seeds[system])
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _pairs(
    networks: Sequence[str], controls: Sequence[str], variables: Mapping[str, Sequence[str]]
) -> Iterator[tuple[xr.Dataset, xr.Dataset | None]]:
    """Datasets of the networks and the controls; None for the controls if a study has no null maps."""
    for path, control in zip(networks, controls or [None] * len(networks), strict=True):
        yield read_dataset(path, variables), None if control is None else read_dataset(control, variables)


def compare_correlations(
    head: Mapping[str, str],
    networks: xr.Dataset,
    controls: xr.Dataset | None,
    reference: pd.DataFrame,
    samples: int,
    seed: int,
) -> list[dict]:
    """Correlations with the hand-crafted indicators, for one system, phase and class of the maps.

    Parameters
    ----------
    head : mapping
        System, phase and, for liquid samples, the class that the maps explain (``map_class``).
    networks, controls : Dataset
        From `glassmap.analysis.correlations.correlate`; no null maps if None. The controls cover validation and test
        samples; their test samples are those of the networks, in the same order.
    reference : DataFrame
        The published values.
    samples, seed : int
        Bootstrap over replicas.

    Returns
    -------
    list of dict
        For both protocols; baselines take the place of Gamma. Where Frontiers publishes no mean, v2's is given, as
        stated in ``paper_source``.
    """
    used = _used(networks)
    weights = bootstrap_weights(samples, used.sizes["sample"], seed)
    quantities = [(f"c_gamma_{KEYS[name]}", name, statistic) for name in ORDER_PARAMETERS for statistic in STATISTICS]
    quantities.append((PARTIAL_QUANTITY, None, "pearson"))
    records = []
    for protocol in networks["protocol"].values.tolist():
        otherwise = without_value(networks, protocol)
        for quantity, partner, statistic in quantities:
            values, reasons = correlation_values(used, protocol, quantity, statistic), reasons_of(networks, quantity)
            rows = [mean_row(GRADCAM_NAME, NETWORK, values, weights, reasons=reasons, otherwise=otherwise)]
            of_samples = np.where(networks["crystallised"].values == 1, CRYSTAL, "")[None]
            if controls is not None:
                split, maps = controls["split"].values, controls["map"].values
                table = correlation_values(controls, protocol, quantity, statistic)
                names = dict.fromkeys(maps.tolist())
                rows += [
                    mean_row(
                        name, NULL, table[maps == name][:, split == REPORTED_SPLIT], weights,
                        reasons=of_samples, otherwise=otherwise,
                    )
                    for name in names
                    if parse_cut_name(name) is None
                ]  # fmt: skip
                cuts = {name: table[maps == name][0] for name in names if parse_cut_name(name) is not None}
                rows += chosen_cuts(cuts, split, weights)
            if partner is not None:
                # the same for all networks; known if any network is usable
                rows += [
                    mean_row(
                        name, BASELINE,
                        finite_mean(correlation_values(used, protocol, quantity_of(name, partner), statistic))[None],
                        weights, reasons=reasons_of(networks, quantity_of(name, partner)), otherwise=otherwise,
                    )
                    for name in BASELINES
                    if quantity_of(name, partner) in used["pair"].values  # no energies without a potential
                ]  # fmt: skip
            names = {**head, "protocol": protocol, "quantity": quantity, "statistic": statistic}
            records += compare(names, rows, *_published_mean(reference, **names))
    return records


def compare_accuracy(
    head: Mapping[str, str],
    networks: Sequence[tuple[pd.DataFrame, bool]],
    controls: Mapping[str, xr.Dataset] | None,
    reference: pd.DataFrame,
    samples: int,
    seed: int,
    glass: str,
) -> list[dict]:
    """Test accuracy of the networks next to that of null networks, for one system and phase.

    Parameters
    ----------
    head : mapping
        System and phase.
    networks : sequence of (DataFrame, bool)
        ``predictions.csv`` of each network, and whether its training failed.
    controls : mapping of str to Dataset, optional
        By phase, of the same null maps: ``p_<glass>`` (field, sample), ``null`` (field), ``split`` (sample). Their
        accuracy is averaged over both phases, since a network that always answers glass is correct for every glass.
    reference, samples, seed
        As for `compare_correlations`.
    glass : str
        Name of the phase whose probability is given.

    Returns
    -------
    list of dict
        With the intervals of `glassmap.statistics.share_interval`: if every sample is classified correctly, the lower
        limit is the accuracy with which that has probability 2.5 %.
    """
    phase = head["phase"]
    tests = [
        predictions[(predictions["split"] == "test") & (predictions["phase"] == phase)].sort_values("replica")
        for predictions, _ in networks
    ]
    failed = np.array([network_failed for _, network_failed in networks])
    table = np.array([test["predicted"].to_numpy() == phase for test in tests], dtype=float)[~failed]
    count = table.shape[1]
    weights = bootstrap_weights(samples, count, seed)
    reasons = np.repeat(np.where(failed, FAILED, "")[:, None], count, axis=1)
    rows = [mean_row(GRADCAM_NAME, NETWORK, table, weights, reasons, share=True)]
    # near accuracy 1 the observed spread is too small: add two successes and two failures (Agresti, Coull)
    share = (rows[0].value * count + 2) / (count + 4)
    rows[0] = replace(rows[0], floor=share * (1 - share) / (count + 4))
    if controls is not None:
        probabilities = {
            name: dataset[f"p_{glass}"].values[:, dataset["split"].values == REPORTED_SPLIT]
            for name, dataset in controls.items()
        }
        # the other phase, which may have other samples, counts by its mean
        right = {name: ((values > 0.5) == (name == glass)).astype(float) for name, values in probabilities.items()}
        others = [values.mean(axis=1, keepdims=True) for name, values in right.items() if name != phase]
        correct = np.mean([right[phase], *(np.broadcast_to(one, right[phase].shape) for one in others)], axis=0)
        known = np.isfinite(probabilities[phase]).all(axis=1)
        names = controls[phase]["null"].values[known]
        rows += [
            mean_row(name, NULL, correct[known][names == name], weights, share=True)
            for name in dict.fromkeys(names.tolist())
        ]
    paper = published(reference, "frontiers", "table2", head["system"], phase, "accuracy", "test")[0]
    return compare(
        {**head, "protocol": "frontiers", "quantity": "accuracy", "statistic": "test"}, rows, paper, "frontiers"
    )


def compare_dynamics(
    head: Mapping[str, str], networks: xr.Dataset, controls: xr.Dataset | None, reference: pd.DataFrame
) -> list[dict]:
    """Largest correlation and partial correlation with the propensity, at one length for all maps, for one system.

    Parameters
    ----------
    head : mapping
        System, phase (the glass) and the class of the maps (``map_class``, the same).
    networks, controls : Dataset
        From `glassmap.analysis.propensity_correlations.gather`; no null maps if None.
    reference : DataFrame

    Returns
    -------
    list of dict
        Each map's value with the largest modulus over temperatures and times (Frontiers, Table 5). Only test replicas
        have runs, so thresholds of density cuts cannot be chosen on held-out replicas: every threshold is a separate
        null, of kind ``scanned_null`` (`label_scanned_cuts`), and testing them all accounts for the choice.
    """
    records = []
    for protocol in networks["protocol"].values.tolist():
        at = {"protocol": protocol, "choice": available_choice(networks, PAPER)}
        for quantity, prefix in (("c_gamma_delta_max", ""), ("c_gamma_delta_partial_max", "partial_")):
            rows = [_largest(networks.sel(at), GRADCAM_NAME, NETWORK, prefix)]
            rows += [
                _largest(networks.sel(at), name, BASELINE if name in BASELINES else INDICATOR, prefix)
                for name in INDICATORS
                if name in networks["indicator_name"].values
            ]
            if controls is not None:
                names = dict.fromkeys(controls["indicator_name"].values.tolist())
                nulls = [_largest(controls.sel(at), name, NULL, prefix) for name in names if name not in INDICATORS]
                rows += label_scanned_cuts(nulls)
            rows = [row for row in rows if row.kind == NETWORK or np.isfinite(row.value)]
            of_paper = (reference, protocol, MAXIMA[protocol], head["system"], head["phase"])
            paper = published(*of_paper, quantity, "pearson")[0]
            names = {**head, "protocol": protocol, "quantity": quantity, "statistic": "pearson"}
            records += compare(names, rows, paper, protocol)
            if not prefix:
                paper = published(*of_paper, "delta_star_gamma", "location")[0]
                locations = [
                    replace(row, value=row.delta, low=np.nan, high=np.nan, std_over_draws=np.nan, delta=np.nan)
                    for row in rows
                ]
                names |= {"quantity": "delta_star_gamma", "statistic": "location"}
                records += compare(names, locations, paper, protocol, of_correlation=False)
    return records


def _largest(one: xr.Dataset, name: str, kind: str, prefix: str) -> Row:
    """Value of an indicator's mean curves (temperature, time) with the largest modulus, with its interval."""
    of_name = one.sel(indicator_name=name)
    values = of_name[f"{prefix}mean"].values
    samples = one.sizes["configuration"]
    if not np.isfinite(values).any():
        return Row(name, kind, np.nan, np.nan, np.nan, np.nan, 0, samples, note=why_no_correlation(of_name, name))
    index = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    each = one["pearson"].transpose("temperature", "time", "configuration", "field").values[index]
    # networks usable for any configuration
    draws = int(np.isfinite(each[:, one["indicator"].values == name]).any(axis=0).sum())
    low, high, spread = (float(of_name[f"{prefix}{key}"].values[index]) for key in ("low", "high", "std_over_networks"))
    delta = float(over_glasses(one, "delta", one["indicator"].values == name)[index])
    moved = [float(of_name[f"{prefix}{key}"]) for key in LARGEST]
    return Row(name, kind, float(values[index]), low, high, spread, draws, samples, None, delta, *moved)


def compare_lengths(
    head: Mapping[str, str],
    networks: xr.Dataset,
    controls: xr.Dataset | None,
    reference: pd.DataFrame,
    samples: int,
    seed: int,
) -> list[dict]:
    """First zero of C(r) of the bare maps in the glass, for one system (Frontiers, Sec. 4.7).

    Parameters
    ----------
    head : mapping
        As for `compare_dynamics`.
    networks, controls : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin), ``split`` (sample); no null maps if None. The
        controls cover validation and test samples, as for `compare_correlations`.
    reference : DataFrame
    samples, seed : int
        Bootstrap over replicas.

    Returns
    -------
    list of dict
    """
    datasets = [networks]
    if controls is not None:
        split = controls["split"].values
        test, validation = (controls.isel(sample=split == name) for name in (REPORTED_SPLIT, SELECTION_SPLIT))
        datasets.append(test)
    rows = []
    for dataset in datasets:
        for zero in zero_crossings(dataset, samples, seed).to_dict("records"):
            name = zero["indicator"]
            if dataset is not networks and name in INDICATORS:
                continue
            kind = _kind(name)
            if kind == NETWORK or np.isfinite(zero["value"]):
                row = Row(
                    name, kind, zero["value"], zero["low"], zero["high"], zero["std_over_networks"],
                    zero["networks"], zero["samples"], note="" if np.isfinite(zero["value"]) else zero["note"],
                )  # fmt: skip
                rows.append(replace(row, table=pseudo_zeros(dataset, name)) if kind in (NETWORK, NULL) else row)
    if controls is not None:
        cuts = {row.map: row for row in rows if parse_cut_name(row.map) is not None}
        rows = [row for row in rows if row.map not in cuts]
        of_networks = next(row.value for row in rows if row.kind == NETWORK)
        rows += nearest_cut(cuts, validation, of_networks)
    of_paper = (reference, "frontiers", "section4.7", head["system"], head["phase"])
    paper = published(*of_paper, "r_gamma", "zero_crossing")[0]
    names = {**head, "protocol": "frontiers", "quantity": "r_gamma", "statistic": "zero_crossing"}
    return compare(names, rows, paper, "frontiers", of_correlation=False)


def nearest_cut(cuts: Mapping[str, Row], validation: xr.Dataset, value: float) -> list[Row]:
    """Density cut whose length on the validation replicas is closest to a value; its row on the test replicas.

    Parameters
    ----------
    cuts : mapping of str to Row
        Rows on the test replicas, by name of the cut.
    validation : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin) of the validation replicas.
    value : float
        Length of the networks' maps, sigma*.

    Returns
    -------
    list of Row
        One row, or none if no cut has a length.
    """
    names, curves = validation["indicator"].values, validation["correlation"].values
    lengths = {name: _zero(validation, curves[names == name][0]) for name in cuts}
    lengths = {name: length for name, length in lengths.items() if np.isfinite(length)}
    if not lengths or not np.isfinite(value):
        return []
    name = min(lengths, key=lambda cut: abs(lengths[cut] - value))
    return [replace(as_cut(cuts[name], name), map=CUT_NEAREST)]


def pseudo_zeros(spatial: xr.Dataset, name: str) -> np.ndarray:
    """Jackknife pseudo-values of the first zero of C(r): n x (all samples) - (n - 1) x (all but this sample).

    Parameters
    ----------
    spatial : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin).
    name : str
        Name of the map.

    Returns
    -------
    ndarray, shape (member, sample)
        Their variance over samples estimates that of the zero of the mean curve (Tukey). NaN where the map has no value
        for a sample.
    """
    curves = spatial["correlation"].values[spatial["indicator"].values == name]
    known = np.isfinite(curves).any(axis=-1)
    zeros = np.full(known.shape, np.nan)
    for member, sample in np.argwhere(known):
        of_member, count = curves[member][known[member]], known[member].sum()
        position = known[member][:sample].sum()
        of_all, of_others = (_zero(spatial, part) for part in (of_member, np.delete(of_member, position, axis=0)))
        zeros[member, sample] = count * of_all - (count - 1) * of_others
    return zeros


def _zero(spatial: xr.Dataset, curves: np.ndarray) -> float:
    """First zero of the mean curve, sigma*; curves of shape (sample, bin)."""
    return first_crossing(spatial["distance"].values, finite_mean(curves), 0.0)


def _published_mean(
    reference: pd.DataFrame, system: str, phase: str, protocol: str, quantity: str, statistic: str, **_
) -> tuple[float, str]:
    """Published mean correlation and the paper it is from: v2 if the protocol's paper has none."""
    sources = (protocol, "arxiv-v2")
    values = [published(reference, name, MEANS[name], system, phase, quantity, statistic)[0] for name in sources]
    known = [(value, source) for value, source in zip(values, sources, strict=True) if np.isfinite(value)]
    return known[0] if known else (np.nan, "")


def _kind(name: str) -> str:
    """Kind of a map, by its name."""
    if name == GRADCAM_NAME:
        return NETWORK
    return BASELINE if name in BASELINES else INDICATOR if name in INDICATORS else NULL


def _used(results: xr.Dataset) -> xr.Dataset:
    """Drop failed networks; crystals and misclassified samples are NaN already."""
    return results.isel(network=~results["failed"].values.astype(bool))
