"""Tables 4 and 5: propensities of different ensembles, and correlations of structure with the propensity."""

import logging
from collections.abc import Mapping, Sequence
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis import propensity_correlations
from glassmap.analysis.correlations import KEYS
from glassmap.analysis.lengths import CONSTANT_PROPENSITY, propensity_length
from glassmap.analysis.method import NO_LENGTH
from glassmap.analysis.particle_fields import NO_NETWORK
from glassmap.analysis.propensity_correlations import LARGEST, PAPER, available_choice, over_glasses
from glassmap.dynamics.propensity import correlation_table, frame_near
from glassmap.io.datasets import read_dataset
from glassmap.io.exclusions import CRYSTAL, why_nothing_is_left
from glassmap.io.schema import DYNAMICS, LENGTHS, PROPENSITY, SUB_ENSEMBLES
from glassmap.papers.oyama2023.method import FRONTIERS
from glassmap.papers.oyama2023.published import published, read_published
from glassmap.statistics import finite_mean
from glassmap.structure.coarse_graining import smoother

LOG = logging.getLogger(__name__)
# why there is no largest correlation
AT_THE_EDGE = "measured length at the edge of its scan"
# the largest correlation is that of the times that were simulated
AT_THE_END = "largest at the last time, and may grow after it"
CRYSTAL_GLASS = "the glass is a crystal"
# held-out lengths are those of the other glasses that are no crystals
ONE_CONFIGURATION = "cannot be done with one configuration"
# where each paper publishes its largest correlations
KINDS = ("", "partial_")  # prefixes of what is known of a correlation and of a partial one
MAXIMA = {"frontiers": "table5", "arxiv-v2": "table3"}
# rows of Table 4: our name, the paper's name with its sizes, and a label with our sizes
ENSEMBLE_ROWS = {
    "parts_bare": ("r_e30_e30_bare", "C(e{size}, e{size}'), bare"),
    "parts_coarse": ("r_e30_e30_coarse", "C(e{size}, e{size}'), coarse"),
    "part_bare_coarse": ("r_e30_bare_coarse", "C(e{size} bare, e{size} coarse)"),
    "whole_bare_coarse": ("r_e100_bare_coarse", "C(e{whole} bare, e{whole} coarse)"),
    "part_whole_coarse": ("r_e30_e100_coarse", "C(e{size}, e{whole}), coarse"),
}


def table4(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Correlations between the propensities of different ensembles (Frontiers, Table 4)."""
    correlations, details = {}, {}
    for system, path, lengths in zip(params.systems, files.propensity, files.lengths, strict=True):
        ensemble = read_dataset(path, {**PROPENSITY, **SUB_ENSEMBLES})
        of_lengths = read_dataset(lengths, LENGTHS)
        xi = propensity_length(of_lengths, params.published[system], params.xi, "frontiers")
        delta = ensemble["delta"].values
        frame = frame_near(delta, params.delta)
        smooth = smoother(
            ensemble["initial_position"].values, float(ensemble["box_length"]), xi, FRONTIERS.kernel_of("propensity")
        )
        of_glass = of_lengths.sel(configuration=ensemble.attrs["replica"])
        correlations[system], note = dict.fromkeys(ENSEMBLE_ROWS, (np.nan, np.nan)), ""
        if (of_glass["not_usable"] == CRYSTAL).any():
            note = CRYSTAL_GLASS
        elif not delta.min() <= params.delta <= delta.max():
            span = f"{delta.min():.2g} to {delta.max():.2g}"
            note = f"delta = {params.delta:g} is not reached: it goes from {span}"
        else:
            correlations[system] = correlation_table(
                ensemble["sub_propensity"].values[:, frame], ensemble["propensity"].values[frame], smooth
            )
        details[system] = {
            "size": params.size,
            "whole": int(ensemble["runs"]),
            "parts": len(ensemble["sub_propensity"]),
            "temperature": float(ensemble.attrs["temperature"]),
            "delta": float(delta[frame]),
            "xi": xi,
            "note": note,
        }
        LOG.info(f"{system}: delta = {details[system]['delta']:.3g} is the nearest to {params.delta:g}")
    return ensembles_table(correlations, details, read_published(files.reference), params.phase)


def table5(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Largest correlations with the propensity and their locations (Frontiers, Table 5; v2, Table III)."""
    return maxima_table(read_dynamics(files, params), read_published(files.reference), params.phase)


def dynamics_table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """All correlations with the propensity, one row each."""
    return propensity_correlations.table(read_dynamics(files, params))


def read_dynamics(files: SimpleNamespace, params: SimpleNamespace) -> dict[str, xr.Dataset]:
    """Correlations with the propensity, by system."""
    paths = zip(params.systems, files.dynamics, strict=True)
    return {system: read_dataset(path, DYNAMICS) for system, path in paths}


def published_maxima(reference: pd.DataFrame, protocol: str, systems: Sequence[str], phase: str) -> dict[tuple, tuple]:
    """The paper's largest correlations with the propensity.

    Parameters
    ----------
    reference : DataFrame
    protocol : {"frontiers", "arxiv-v2"}
    systems : sequence of str
    phase : str
        Name of the glass.

    Returns
    -------
    dict of (system, indicator) to (float, float)
        delta* (sigma*) and the signed correlation there.
    """
    maxima = {}
    for system in systems:
        for name, key in KEYS.items():
            point = tuple(
                published(reference, protocol, MAXIMA[protocol], system, phase, quantity, statistic)[0]
                for quantity, statistic in ((f"delta_star_{key}", "location"), (f"c_{key}_delta_max", "pearson"))
            )
            if np.isfinite(point).all():
                maxima[system, name] = point
    return maxima


def ensembles_table(
    correlations: Mapping[str, Mapping[str, tuple[float, float]]],
    details: Mapping[str, Mapping[str, float]],
    reference: pd.DataFrame,
    phase: str,
) -> pd.DataFrame:
    """Correlations between the propensities of different ensembles (Frontiers, Table 4).

    Parameters
    ----------
    correlations : mapping of str to mapping
        From `glassmap.dynamics.propensity.correlation_table`, by system.
    details : mapping of str to mapping
        ``size``, ``whole`` (runs), ``parts`` (sub-ensembles), ``temperature``, ``delta``, ``xi``, ``note``, by system.
    reference : DataFrame
    phase : str
        Name of the glass.

    Returns
    -------
    DataFrame
        One row per system and correlation; ``quantity`` is the paper's name, ``label`` states our sizes. There is no
        number if the glass is a crystal, the wanted delta is not reached, a length is unknown or there is one
        sub-ensemble, as ``note`` says.
    """
    rows = []
    for system, values in correlations.items():
        about = details[system]
        for key, (quantity, label) in ENSEMBLE_ROWS.items():
            mean, deviation = values[key]
            rows.append({
                "system": system, "phase": phase, "quantity": quantity, "statistic": "pearson",
                "label": label.format(**about), "value": mean, "std": deviation, "size": about["size"],
                "runs": about["whole"], "temperature": about["temperature"], "delta": about["delta"], "xi": about["xi"],
                "paper": published(reference, "frontiers", "table4", system, phase, quantity, "pearson")[0],
                "note": about["note"] or ("" if np.isfinite(mean) else _why_no_ensemble_correlation(key, about)),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _why_no_ensemble_correlation(key: str, about: Mapping[str, float]) -> str:
    if "coarse" in key and not np.isfinite(about["xi"]):
        return NO_LENGTH
    return "one sub-ensemble" if key.startswith("parts") and about["parts"] < 2 else CONSTANT_PROPENSITY


def maxima_table(dynamics: Mapping[str, xr.Dataset], reference: pd.DataFrame, phase: str) -> pd.DataFrame:
    """Largest correlations with the propensity and their locations (Frontiers, Table 5; v2, Table III).

    Parameters
    ----------
    dynamics : mapping of str to Dataset
        From `glassmap.analysis.propensity_correlations.gather`, by system.
    reference : DataFrame
    phase : str
        Name of the glass.

    Returns
    -------
    DataFrame
        One row per protocol, choice of lengths, system, indicator and network; ``mean`` is for the curves averaged over
        networks and configurations, the only ones with an interval. ``c_max`` is the value with the largest modulus
        over all temperatures and times, sign as measured; ``delta_star`` and ``temperature`` are its location.
        ``moved_p`` is the p-value from moved maps, each at its own best temperature and time, ``moved_largest`` what
        these exceed in 5 % of the draws. ``partial`` is the largest correlation at fixed density, composition and
        Voronoi volume, with its own location, p-value and bound. ``note`` says why there is no number: no map is
        usable, no length is known, the chosen length is at the edge of its scan, or there is one configuration and so
        no ``held_out``. It also says if the largest value is that of the last time.
    """
    maxima = {protocol: published_maxima(reference, protocol, list(dynamics), phase) for protocol in MAXIMA}
    rows = []
    for system, dataset in dynamics.items():
        for protocol in dataset["protocol"].values.tolist():
            for choice in dataset["choice"].values.tolist():
                one = dataset.sel(protocol=protocol, choice=choice)
                for name in dataset["indicator_name"].values.tolist():
                    head = {"protocol": protocol, "xi": choice, "system": system, "indicator": name}
                    of_name = one.sel(indicator_name=name)
                    # a length common to all indicators gives a number if it is known and a network is usable
                    common = dataset.sel(
                        protocol=protocol, choice=available_choice(dataset, PAPER), indicator_name=name
                    )
                    fields = dataset["indicator"].values == name
                    usable = (one["not_usable"].transpose("field", "configuration").values[fields] == "").any(axis=0)
                    if np.isfinite(common["mean"]).any() and not np.isfinite(of_name["xi_structure"][usable]).any():
                        why = ONE_CONFIGURATION if choice == "held_out" and usable.sum() < 2 else AT_THE_EDGE
                    else:
                        why = why_no_correlation(common, name)
                    delta = over_glasses(one, "delta", fields)
                    row = {**head, "network": "mean", **_largest(of_name["mean"].values, delta, one, why)}
                    if choice == PAPER:
                        row["paper_delta_star"], row["paper"] = maxima[protocol].get((system, name), (np.nan, np.nan))
                    if "index" in row:
                        index = row.pop("index")
                        partial = _largest(of_name["partial_mean"].values, delta, one, "")
                        row |= {
                            "low": of_name["low"].values[index],
                            "high": of_name["high"].values[index],
                            "std_over_networks": of_name["std_over_networks"].values[index],
                            "noise_ceiling": over_glasses(one, "ceiling", fields)[index],
                            **{f"{kind}{key}": float(of_name[f"{kind}{key}"]) for kind in KINDS for key in LARGEST},
                            "partial": partial.get("c_max", np.nan),
                            "partial_delta_star": partial.get("delta_star", np.nan),
                        }
                    row["xi_structure"] = float(finite_mean(of_name["xi_structure"].values))
                    row["xi_propensity"] = float(one["xi_propensity"])
                    rows.append(row)
                    for field in np.flatnonzero(fields):
                        network = int(dataset["network"].values[field])
                        if network == NO_NETWORK:
                            continue
                        curve = finite_mean(one["pearson"].values[..., field])
                        of_network = dataset["not_usable"].transpose("field", "configuration").values[[field]]
                        nothing_left = why_nothing_is_left(of_network)
                        largest = _largest(curve, over_glasses(one, "delta", [field]), one, nothing_left or why)
                        largest.pop("index", None)
                        rows.append({**head, "network": f"seed-{network}", **largest})
            if "held_out" not in dataset["choice"].values:
                for name in dataset["indicator_name"].values.tolist():
                    rows.append({
                        "protocol": protocol, "xi": "held_out", "system": system, "indicator": name, "network": "mean",
                        "note": ONE_CONFIGURATION,
                    })  # fmt: skip
    columns = [
        *("protocol", "xi", "system", "indicator", "network", "c_max", "low", "high", "std_over_networks"),
        *LARGEST,
        *("partial", "partial_delta_star", *(f"partial_{key}" for key in LARGEST)),
        *("delta_star", "temperature", "time", "noise_ceiling", "xi_structure", "xi_propensity"),
        *("paper", "paper_delta_star", "note"),
    ]
    return pd.DataFrame(rows, columns=columns)


def why_no_correlation(one: xr.Dataset, name: str) -> str:
    """Why an indicator has no correlation with the propensity at any time.

    Parameters
    ----------
    one : Dataset
        From `glassmap.analysis.propensity_correlations.gather`, of one method, choice of lengths and indicator.
    name : str
        Indicator, or null map.
    """
    reasons = one["not_usable"].transpose("field", "configuration").values[one["indicator"].values == name]
    known = np.isfinite(one["xi_structure"]).any() and np.isfinite(one["xi_propensity"])
    return why_nothing_is_left(reasons) or (CONSTANT_PROPENSITY if known else NO_LENGTH)


def _largest(values: np.ndarray, delta: np.ndarray, dataset: xr.Dataset, why: str) -> dict:
    """Value with the largest modulus of a table (temperature, time) and its location; a note if all are NaN."""
    if not np.isfinite(values).any():
        return {"note": why}
    index = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    return {
        "c_max": values[index],
        "delta_star": delta[index],
        "temperature": dataset["temperature"].values[index[0]],
        "time": dataset["time"].values[index[1]],
        "index": index,
        "note": AT_THE_END if index[1] == values.shape[1] - 1 else "",
    }
