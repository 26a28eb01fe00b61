"""What the network adds: its numbers beside those of maps that need no trained network, and of baselines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.correlations import KEYS, PARTIAL_QUANTITY, STATISTICS, correlation_values, quantity_of
from glassmap.analysis.propensity_correlations import LARGEST, PAPER, available_choice
from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CONTROLS, CORRELATIONS, DYNAMICS, HISTORY, PREDICTIONS, SPATIAL
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.learning.map_class import GLASS, map_classes, select_class
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
from glassmap.papers.oyama2023.tables_dynamics import MAXIMA
from glassmap.papers.oyama2023.tables_lengths import zero_crossings
from glassmap.seeds import derive_seed
from glassmap.statistics import bootstrap_weights, finite_mean
from glassmap.structure.indicators import BASELINES, INDICATORS
from glassmap.structure.spatial_correlation import first_crossing


def controls_table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """What the network adds to maps that need no trained network, one row for each number of a map."""
    reference = read_published(files.reference)
    trained = {}
    for (system, _), predictions, history in zip(params.networks, files.predictions, files.history, strict=True):
        of_system = trained.setdefault(system, [])
        if not has_failed(read_table(history, HISTORY), params.failed_below):
            of_system.append(read_table(predictions, PREDICTIONS))
    seeds = {name: derive_seed(params.base_seed, name, "bootstrap over samples") for name in trained}
    rows = []
    null_networks = {}
    for path in files.controls:
        null = read_dataset(path, CONTROLS)
        # a network's accuracy is the same whatever class its maps are for
        null_networks.setdefault(null.attrs["system"], {})[null.attrs["phase"]] = select_class(null, GLASS)
    for networks, controls in _pairs(files.correlations, files.control_correlations, CORRELATIONS):
        system, phase = networks.attrs["system"], networks.attrs["phase"]
        head, bootstrap = {"system": system, "phase": phase}, (params.bootstrap_samples, seeds[system])
        for map_class in map_classes(phase):
            null = None if controls is None else select_class(controls, map_class)
            of_map = (head | {"map_class": map_class}, select_class(networks, map_class), null)
            rows += compare_correlations(*of_map, reference, *bootstrap)
        rows += compare_accuracy(head, trained[system], null_networks.get(system), reference, *bootstrap)
    for networks, controls in _pairs(files.dynamics, files.control_dynamics, DYNAMICS):
        rows += compare_dynamics(networks.attrs["system"], networks, controls, reference)
    for networks, controls in _pairs(files.spatial, files.control_spatial, SPATIAL):
        system = networks.attrs["system"]
        rows += compare_lengths(system, networks, controls, reference, params.bootstrap_samples, seeds[system])
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _pairs(
    networks: Sequence[str], controls: Sequence[str], variables: Mapping[str, Sequence[str]]
) -> Iterator[tuple[xr.Dataset, xr.Dataset | None]]:
    """Datasets of the networks with those of the controls, None where a study has no null maps."""
    for one, other in zip(networks, controls or [None] * len(networks), strict=True):
        yield read_dataset(one, variables), None if other is None else read_dataset(other, variables)


def compare_correlations(
    head: Mapping[str, str],
    networks: xr.Dataset,
    controls: xr.Dataset | None,
    reference: pd.DataFrame,
    samples: int,
    seed: int,
) -> list[dict]:
    """Correlations with the hand-made indicators, of one system and phase and one class of the maps.

    Parameters
    ----------
    head : mapping
        System, phase and, of liquid samples, the class that the maps are for (``map_class``).
    networks, controls : Dataset
        From `glassmap.analysis.correlations.correlate`; no null maps if None. The controls are of the validation and
        test samples, and their test samples those of the networks, in the same order.
    reference : DataFrame
        The published values.
    samples, seed : int
        Of the bootstrap over replicas.

    Returns
    -------
    list of dict
        For both protocols; baselines stand in the place of Gamma. Frontiers prints few of the means; v2's value
        stands beside the others, and ``paper_source`` says so.
    """
    used = _used(networks)
    weights = bootstrap_weights(samples, used.sizes["sample"], seed)
    partners = [name for name in INDICATORS if name not in BASELINES]
    wanted = [(f"c_gamma_{KEYS[name]}", name, statistic) for name in partners for statistic in STATISTICS]
    wanted.append((PARTIAL_QUANTITY, None, "pearson"))
    found = []
    for protocol in networks["protocol"].values.tolist():
        for quantity, partner, statistic in wanted:
            rows = [mean_row(GRADCAM_NAME, NETWORK, correlation_values(used, protocol, quantity, statistic), weights)]
            if controls is not None:
                split, maps = controls["split"].values, controls["map"].values
                table = correlation_values(controls, protocol, quantity, statistic)
                names = dict.fromkeys(maps.tolist())
                rows += [
                    mean_row(name, NULL, table[maps == name][:, split == REPORTED_SPLIT], weights)
                    for name in names
                    if parse_cut_name(name) is None
                ]
                cuts = {name: table[maps == name][0] for name in names if parse_cut_name(name) is not None}
                rows += chosen_cuts(cuts, split, weights)
            if partner is not None:
                # the same for all networks, and known where any of them is used
                rows += [
                    mean_row(
                        name, BASELINE,
                        finite_mean(correlation_values(used, protocol, quantity_of(name, partner), statistic))[None],
                        weights,
                    )
                    for name in BASELINES
                ]  # fmt: skip
            names = {**head, "protocol": protocol, "quantity": quantity, "statistic": statistic}
            found += compare(names, rows, *_printed(reference, **names))
    return found


def compare_accuracy(
    head: Mapping[str, str],
    networks: Sequence[pd.DataFrame],
    controls: Mapping[str, xr.Dataset] | None,
    reference: pd.DataFrame,
    samples: int,
    seed: int,
) -> list[dict]:
    """Test accuracy of the networks beside that of networks that learned nothing, of one system and phase.

    Parameters
    ----------
    head : mapping
        System and phase.
    networks : sequence of DataFrame
        ``predictions.csv`` of the networks whose training did not fail.
    controls : mapping of str to Dataset, optional
        By phase, of the same replicas: ``p_glass`` (field, sample), ``null`` (field), ``split`` (sample). Their
        accuracy is that over both phases: a network that calls everything a glass is right about every glass.
    reference, samples, seed
        As for `compare_correlations`.

    Returns
    -------
    list of dict
        Where every sample is right the bootstrap says nothing; the interval then ends at the chance of 2.5 %
        that a network which is right less often would be right this often.
    """
    if not networks:
        return []
    phase = head["phase"]
    test = [one[(one["split"] == "test") & (one["phase"] == phase)].sort_values("replica") for one in networks]
    table = np.array([one["predicted"].to_numpy() == phase for one in test], dtype=float)
    count = table.shape[1]
    weights = bootstrap_weights(samples, count, seed)
    rows = [mean_row(GRADCAM_NAME, NETWORK, table, weights, (0.0, 1.0))]
    if rows[0].value == 1:
        exact = 0.025 ** (1 / count)
        rows[0] = replace(rows[0], low=exact, high=1.0)
    # where almost all are right, samples and networks show too little spread: two more of either kind (Agresti, Coull)
    share = (rows[0].value * count + 2) / (count + 4)
    rows[0] = replace(rows[0], floor=share * (1 - share) / (count + 4))
    if controls is not None:
        probabilities = {
            one: dataset["p_glass"].values[:, dataset["split"].values == REPORTED_SPLIT]
            for one, dataset in controls.items()
        }
        right = np.mean([(values > 0.5) == (one == "glass") for one, values in probabilities.items()], axis=0)
        known = np.isfinite(probabilities[phase]).all(axis=1)
        names = controls[phase]["null"].values[known]
        rows += [
            mean_row(name, NULL, right[known][names == name], weights, (0.0, 1.0))
            for name in dict.fromkeys(names.tolist())
        ]
    paper = published(reference, "frontiers", "table2", head["system"], phase, "accuracy", "test")[0]
    return compare(
        {**head, "protocol": "frontiers", "quantity": "accuracy", "statistic": "test"}, rows, paper, "frontiers"
    )


def compare_dynamics(
    system: str, networks: xr.Dataset, controls: xr.Dataset | None, reference: pd.DataFrame
) -> list[dict]:
    """Largest correlation with the propensity, and the partial one, at one length for all maps, of one system.

    Parameters
    ----------
    system : str
    networks, controls : Dataset
        From `glassmap.analysis.propensity_correlations.gather`; no null maps if None.
    reference : DataFrame

    Returns
    -------
    list of dict
        Each map's value of largest modulus over temperatures and times (Frontiers, Table 5). Only test replicas have
        runs, so that no threshold of a density cut can be chosen elsewhere: every one is a null of its own, a row of
        the kind ``scanned_null`` (`label_scanned_cuts`), and the choice is counted by testing them all.
    """
    found = []
    for protocol in networks["protocol"].values.tolist():
        at = {"protocol": protocol, "choice": available_choice(networks, PAPER)}
        for quantity, prefix in (("c_gamma_delta_max", ""), ("c_gamma_delta_partial_max", "partial_")):
            rows = [_largest(networks.sel(at), GRADCAM_NAME, NETWORK, prefix)]
            rows += [
                _largest(networks.sel(at), name, BASELINE if name in BASELINES else INDICATOR, prefix)
                for name in INDICATORS
            ]
            if controls is not None:
                names = dict.fromkeys(controls["indicator_name"].values.tolist())
                nulls = [_largest(controls.sel(at), name, NULL, prefix) for name in names if name not in INDICATORS]
                rows += label_scanned_cuts(nulls)
            rows = [row for row in rows if row.kind == NETWORK or np.isfinite(row.value)]
            head = {"system": system, "phase": "glass", "map_class": GLASS, "protocol": protocol}
            item = MAXIMA[protocol]
            paper = published(reference, protocol, item, system, "glass", quantity, "pearson")[0]
            found += compare({**head, "quantity": quantity, "statistic": "pearson"}, rows, paper, protocol)
            if not prefix:
                place = published(reference, protocol, item, system, "glass", "delta_star_gamma", "location")[0]
                places = [
                    replace(row, value=row.delta, low=np.nan, high=np.nan, std_over_draws=np.nan, delta=np.nan)
                    for row in rows
                ]
                names = {**head, "quantity": "delta_star_gamma", "statistic": "location"}
                found += compare(names, places, place, protocol, of_correlation=False)
    return found


def _largest(one: xr.Dataset, name: str, kind: str, prefix: str) -> Row:
    """The value of largest modulus of an indicator's mean curves (temperature, time), with its interval there."""
    of_name = one.sel(indicator_name=name)
    values = of_name[f"{prefix}mean"].values
    samples = one.sizes["configuration"]
    if not np.isfinite(values).any():
        return Row(name, kind, np.nan, np.nan, np.nan, np.nan, 0, samples)
    place = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    each = one["pearson"].transpose("temperature", "time", "configuration", "field").values[place]
    # the networks that are usable for a configuration
    draws = int(np.isfinite(each[:, one["indicator"].values == name]).any(axis=0).sum())
    low, high, spread = (float(of_name[f"{prefix}{key}"].values[place]) for key in ("low", "high", "std_over_networks"))
    delta = float(finite_mean(one["delta"].values)[place])
    moved = [float(of_name[f"{prefix}{key}"]) for key in LARGEST]
    return Row(name, kind, float(values[place]), low, high, spread, draws, samples, None, delta, *moved)


def compare_lengths(
    system: str, networks: xr.Dataset, controls: xr.Dataset | None, reference: pd.DataFrame, samples: int, seed: int
) -> list[dict]:
    """First zero of C(r) of the bare maps in the glass, of one system (Frontiers, Sec. 4.7).

    Parameters
    ----------
    system : str
    networks, controls : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin), ``split`` (sample); no null maps if None. The
        controls are of the validation and test samples, as for `compare_correlations`.
    reference : DataFrame
    samples, seed : int
        Of the bootstrap over replicas.

    Returns
    -------
    list of dict
    """
    datasets = [networks]
    if controls is not None:
        split = controls["split"].values
        tested, chosen_on = (controls.isel(sample=split == name) for name in (REPORTED_SPLIT, SELECTION_SPLIT))
        datasets.append(tested)
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
                    zero["networks"], zero["samples"],
                )  # fmt: skip
                rows.append(replace(row, table=pseudo_zeros(dataset, name)) if kind in (NETWORK, NULL) else row)
    if controls is not None:
        cuts = {row.map: row for row in rows if parse_cut_name(row.map) is not None}
        rows = [row for row in rows if row.map not in cuts]
        of_networks = next(row.value for row in rows if row.kind == NETWORK)
        rows += nearest_cut(cuts, chosen_on, of_networks)
    paper = published(reference, "frontiers", "section4.7", system, "glass", "r_gamma", "zero_crossing")[0]
    head = {"system": system, "phase": "glass", "map_class": GLASS, "protocol": "frontiers"}
    names = {**head, "quantity": "r_gamma", "statistic": "zero_crossing"}
    return compare(names, rows, paper, "frontiers", of_correlation=False)


def nearest_cut(cuts: Mapping[str, Row], validation: xr.Dataset, value: float) -> list[Row]:
    """The density cut whose length on the validation replicas is nearest to a value, with its row on the test replicas.

    Parameters
    ----------
    cuts : mapping of str to Row
        By the name of each cut, on the test replicas.
    validation : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin), of the validation replicas.
    value : float
        Of the networks, sigma*.

    Returns
    -------
    list of Row
        One, or none where no cut has a length.
    """
    names, curves = validation["indicator"].values, validation["correlation"].values
    lengths = {name: _zero(validation, curves[names == name][0]) for name in cuts}
    lengths = {name: length for name, length in lengths.items() if np.isfinite(length)}
    if not lengths or not np.isfinite(value):
        return []
    name = min(lengths, key=lambda one: abs(lengths[one] - value))
    return [replace(as_cut(cuts[name], name), map=CUT_NEAREST)]


def pseudo_zeros(spatial: xr.Dataset, name: str) -> np.ndarray:
    """First zero of C(r), sample by sample, from the jackknife: n x (of all) - (n - 1) x (of all but this sample).

    Parameters
    ----------
    spatial : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin).
    name : str
        Of the map.

    Returns
    -------
    ndarray, shape (member, sample)
        Their scatter over the samples is that of the zero of the mean curve (Tukey's pseudo-values). NaN where the map
        says nothing of a sample.
    """
    curves = spatial["correlation"].values[spatial["indicator"].values == name]
    known = np.isfinite(curves).any(axis=-1)
    found = np.full(known.shape, np.nan)
    for member, sample in np.argwhere(known):
        of_member, count = curves[member][known[member]], known[member].sum()
        place = known[member][:sample].sum()
        every, others = (_zero(spatial, one) for one in (of_member, np.delete(of_member, place, axis=0)))
        found[member, sample] = count * every - (count - 1) * others
    return found


def _zero(spatial: xr.Dataset, curves: np.ndarray) -> float:
    """First zero of the mean of curves, shape (sample, bin), sigma*."""
    return first_crossing(spatial["distance"].values, finite_mean(curves), 0.0)


def _printed(
    reference: pd.DataFrame, system: str, phase: str, protocol: str, quantity: str, statistic: str, **_
) -> tuple[float, str]:
    """A published mean correlation and the paper that printed it: v2 where Frontiers prints none."""
    sources = (protocol, "arxiv-v2")
    values = [published(reference, one, MEANS[one], system, phase, quantity, statistic)[0] for one in sources]
    known = [(value, source) for value, source in zip(values, sources, strict=True) if np.isfinite(value)]
    return known[0] if known else (np.nan, "")


def _kind(name: str) -> str:
    """What a field is, by its name."""
    if name == GRADCAM_NAME:
        return NETWORK
    return BASELINE if name in BASELINES else INDICATOR if name in INDICATORS else NULL


def _used(results: xr.Dataset) -> xr.Dataset:
    """Without the networks that failed; crystals and samples that a network gets wrong are NaN."""
    return results.isel(network=~results["failed"].values.astype(bool))
