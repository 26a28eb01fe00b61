"""The papers' tables of lengths, ensembles and correlations with the dynamics (Frontiers, Tables 3 to 5)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.correlations import KEYS
from glassmap.analysis.lengths import scan_notes
from glassmap.analysis.particle_fields import NO_NETWORK
from glassmap.analysis.propensity_correlations import PAPER
from glassmap.papers.oyama2023.tables import published
from glassmap.statistics import bootstrap_weights, finite_deviation, finite_mean, interval
from glassmap.structure.indicators import INDICATORS
from glassmap.structure.spatial_correlation import crossing_note, first_crossing

TAIL = 0.025  # of a 95 % interval
# why there is no largest correlation
NOT_USABLE = "no usable network"
AT_THE_EDGE = "measured length at the edge of its scan"
# where each paper prints its largest correlations
MAXIMA = {"frontiers": "table5", "arxiv-v2": "table3"}
# Table 4's rows: ours, the paper's name with its sizes, and the row in words with ours
ENSEMBLE_ROWS = {
    "parts_bare": ("r_e30_e30_bare", "C(e{size}, e{size}'), bare"),
    "parts_coarse": ("r_e30_e30_coarse", "C(e{size}, e{size}'), coarse"),
    "part_bare_coarse": ("r_e30_bare_coarse", "C(e{size} bare, e{size} coarse)"),
    "whole_bare_coarse": ("r_e100_bare_coarse", "C(e{whole} bare, e{whole} coarse)"),
    "part_whole_coarse": ("r_e30_e100_coarse", "C(e{size}, e{whole}), coarse"),
}


def published_maxima(reference: pd.DataFrame, protocol: str, systems: Sequence[str]) -> dict[tuple, tuple]:
    """The paper's largest correlations with the propensity.

    Parameters
    ----------
    reference : DataFrame
    protocol : {"frontiers", "arxiv-v2"}
    systems : sequence of str

    Returns
    -------
    dict of (system, indicator) to (float, float)
        delta* (sigma*) and the signed correlation.
    """
    found = {}
    for system in systems:
        for name, key in KEYS.items():
            point = tuple(
                published(reference, protocol, MAXIMA[protocol], system, "glass", quantity, statistic)[0]
                for quantity, statistic in ((f"delta_star_{key}", "location"), (f"c_{key}_delta_max", "pearson"))
            )
            if np.isfinite(point).all():
                found[system, name] = point
    return found


def zero_crossings(spatial: xr.Dataset, samples: int, seed: int) -> pd.DataFrame:
    """First zero of C_alpha(r) of each indicator (Frontiers, Sec. 4.7).

    Parameters
    ----------
    spatial : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin).
    samples, seed : int
        Of the bootstrap over test samples.

    Returns
    -------
    DataFrame
        Columns indicator, value (mean over networks of the zero of each one's mean curve), low, high (95 %,
        bootstrap over samples), std_over_networks, samples, networks, note (why there is no zero, or how many
        networks have none).
    """
    distance = spatial["distance"].values
    weights = bootstrap_weights(samples, spatial.sizes["sample"], seed)
    rows = []
    for name in dict.fromkeys(spatial["indicator"].values.tolist()):
        curves = spatial["correlation"].values[spatial["indicator"].values == name]
        means = finite_mean(curves, axis=1)
        each = np.array([first_crossing(distance, curve, 0.0) for curve in means])
        again = np.array([
            finite_mean(np.array([first_crossing(distance, weighted_mean(curve, row), 0.0) for curve in curves]))
            for row in weights
        ])  # fmt: skip
        count = int(np.isfinite(curves[:, :, 0]).sum(axis=1).max(initial=0))
        low, high = interval(float(finite_mean(each)), again, count)
        note = crossing_note(distance, means, 0.0)
        without = 1 - float(np.isfinite(again).mean())
        if np.isfinite([low, high]).all() and without > TAIL:
            # an end of the interval lies where there is no number
            low, high = np.nan, np.nan
            note = "; ".join([*filter(None, [note]), f"no interval: {without:.0%} of the resampled have no zero"])
        rows.append({
            "indicator": name, "value": float(finite_mean(each)), "low": float(np.maximum(low, 0)), "high": high,
            "std_over_networks": float(finite_deviation(each)), "samples": count,
            "networks": int(np.isfinite(each).sum()) if name not in INDICATORS else 0,
            "note": note,
        })  # fmt: skip
    return pd.DataFrame(rows)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over the first axis with weights, of what is finite; shape (item, bin) to (bin,)."""
    known = np.isfinite(values) * weights[:, None]
    total = known.sum(axis=0)
    return np.divide(
        (known * np.nan_to_num(values)).sum(axis=0), total, out=np.full(values.shape[1], np.nan), where=total > 0
    )


def table3(
    lengths: Mapping[str, xr.Dataset],
    zeros: Mapping[str, pd.DataFrame],
    reference: pd.DataFrame,
) -> pd.DataFrame:
    """Lengths: of the propensity, of the best coarse-graining, and of the structure (Frontiers, Table 3, Sec. 4.7).

    Parameters
    ----------
    lengths : mapping of str to Dataset
        From `glassmap.analysis.lengths.measure`, by system.
    zeros : mapping of str to DataFrame
        From `zero_crossings`, by system.
    reference : DataFrame
        The published values.

    Returns
    -------
    DataFrame
        One row per system and length. ``std`` is over configurations for xi; ``noise_ceiling`` is that of the
        bare propensity, whose noise of a finite number of runs shortens xi_delta; ``noise_free`` is the length
        without that noise; ``note`` says why there is no number: delta or the level was not reached, the length is
        shorter than the first bin with pairs, or the best one is at the edge of the scan.
    """
    rows = []
    for system, dataset in lengths.items():
        frontiers = dataset.sel(protocol="frontiers")
        for column, target in enumerate(dataset["target"].values.tolist()):
            values = dataset["xi_delta"].values[:, column]
            reached = dataset["delta_at_target"].values[:, column]
            note = ""
            if not np.isfinite(reached).any():
                note = f"not reached: delta goes up to {float(frontiers['scan_delta'].max()):.2g}"
            elif not np.isfinite(values).any():
                note = crossing_note(
                    dataset["distance"].values, dataset["propensity_correlation"].values[:, column], 1 / np.e
                )
            row = _length(system, f"xi_delta_{target:.1f}", "decay_length", values, reference, "table3", note)
            for name, key in (("noise_free", "xi_delta_noise_free"), ("noise_ceiling", "noise_ceiling_at_target")):
                row[name] = float(finite_mean(dataset[key].values[:, column]))
            rows.append(row)
        notes = scan_notes(dataset, "frontiers")
        together = np.array([float(frontiers["xi_structure_together"])])
        rows.append(_length(system, "xi_structure", "argmax", together, reference, "table3", notes["together"]))
        for name in dataset["indicator_name"].values.tolist():
            value = np.array([float(frontiers["xi_structure"].sel(indicator_name=name))])
            rows.append(_length(system, f"xi_{KEYS[name]}", "argmax", value, reference, "table3", notes[name]))
        for zero in zeros[system].to_dict("records"):
            quantity, value = f"r_{KEYS[zero['indicator']]}", np.array([zero["value"]])
            row = _length(system, quantity, "zero_crossing", value, reference, "section4.7", zero["note"])
            rows.append({**row, **{key: zero[key] for key in ("low", "high", "std_over_networks", "networks")}})
    columns = [
        *("system", "phase", "quantity", "statistic", "value", "std", "low", "high", "std_over_networks", "networks"),
        *("noise_free", "noise_ceiling", "paper", "paper_uncertainty", "note"),
    ]
    return pd.DataFrame(rows, columns=columns)


def table4(
    found: Mapping[str, Mapping[str, tuple[float, float]]],
    of_system: Mapping[str, Mapping[str, float]],
    reference: pd.DataFrame,
) -> pd.DataFrame:
    """Correlations between the propensities of different ensembles (Frontiers, Table 4).

    Parameters
    ----------
    found : mapping of str to mapping
        From `glassmap.dynamics.propensity.correlation_table`, by system.
    of_system : mapping of str to mapping
        ``size``, ``whole`` (runs), ``temperature``, ``delta``, ``xi`` of each system.
    reference : DataFrame

    Returns
    -------
    DataFrame
        One row per system and correlation; ``quantity`` is the paper's name, ``label`` has our sizes.
    """
    rows = []
    for system, values in found.items():
        about = of_system[system]
        for key, (quantity, label) in ENSEMBLE_ROWS.items():
            mean, deviation = values[key]
            rows.append({
                "system": system, "phase": "glass", "quantity": quantity, "statistic": "pearson",
                "label": label.format(**about), "value": mean, "std": deviation, "size": about["size"],
                "runs": about["whole"], "temperature": about["temperature"], "delta": about["delta"], "xi": about["xi"],
                "paper": published(reference, "frontiers", "table4", system, "glass", quantity, "pearson")[0],
            })  # fmt: skip
    return pd.DataFrame(rows)


def table5(dynamics: Mapping[str, xr.Dataset], reference: pd.DataFrame) -> pd.DataFrame:
    """Largest correlations with the propensity and where they are (Frontiers, Table 5; v2, Table III).

    Parameters
    ----------
    dynamics : mapping of str to Dataset
        From `glassmap.analysis.propensity_correlations.gather`, by system.
    reference : DataFrame

    Returns
    -------
    DataFrame
        One row per protocol, choice of lengths, system, indicator and network (``mean`` is that of the
        curves averaged over networks and configurations, the only one with an interval). ``c_max`` is the
        value with the largest modulus over all temperatures and times, sign as measured; ``delta_star``
        and ``temperature`` are where it is. ``moved_p`` is the share of the maps moved against the glass that go as
        far at their own best temperature and time, ``moved_largest`` what they exceed in 5 % of the draws. Where the
        chosen length is at the edge of its scan there is no number, and ``note`` says so; for ``held_out`` with one
        configuration it says that it cannot be done.
    """
    maxima = {protocol: published_maxima(reference, protocol, list(dynamics)) for protocol in MAXIMA}
    rows = []
    for system, dataset in dynamics.items():
        for protocol in dataset["protocol"].values.tolist():
            for choice in dataset["choice"].values.tolist():
                one = dataset.sel(protocol=protocol, choice=choice)
                for name in dataset["indicator_name"].values.tolist():
                    head = {"protocol": protocol, "xi": choice, "system": system, "indicator": name}
                    of_name = one.sel(indicator_name=name)
                    # with the published lengths there is a number wherever a network is usable
                    usable = np.isfinite(
                        dataset["mean"].sel(protocol=protocol, choice=PAPER, indicator_name=name)
                    ).any()
                    unknown = usable and not np.isfinite(of_name["xi_structure"]).any()
                    why = AT_THE_EDGE if unknown else NOT_USABLE
                    row = {**head, "network": "mean", **_largest(of_name["mean"].values, _mean_delta(one), one, why)}
                    if choice == PAPER:
                        row["paper_delta_star"], row["paper"] = maxima[protocol].get((system, name), (np.nan, np.nan))
                    if "place" in row:
                        place = row.pop("place")
                        row |= {
                            "low": of_name["low"].values[place],
                            "high": of_name["high"].values[place],
                            "std_over_networks": of_name["std_over_networks"].values[place],
                            "noise_ceiling": finite_mean(one["ceiling"].values)[place],
                            "moved_p": float(of_name["moved_p"]),
                            "moved_largest": float(of_name["moved_largest"]),
                        }
                    row["xi_structure"] = float(finite_mean(of_name["xi_structure"].values))
                    row["xi_propensity"] = float(one["xi_propensity"])
                    rows.append(row)
                    for field in np.flatnonzero(dataset["indicator"].values == name):
                        network = int(dataset["network"].values[field])
                        if network == NO_NETWORK:
                            continue
                        curve = finite_mean(one["pearson"].values[..., field])
                        found = _largest(curve, _mean_delta(one), one, why)
                        found.pop("place", None)
                        rows.append({**head, "network": f"seed-{network}", **found})
            if "held_out" not in dataset["choice"].values:
                for name in dataset["indicator_name"].values.tolist():
                    note = "cannot be done with one configuration"
                    rows.append({
                        "protocol": protocol, "xi": "held_out", "system": system, "indicator": name, "network": "mean",
                        "note": note,
                    })  # fmt: skip
    columns = [
        *("protocol", "xi", "system", "indicator", "network", "c_max", "low", "high", "std_over_networks"),
        *("moved_p", "moved_largest"),
        *("delta_star", "temperature", "time", "noise_ceiling", "xi_structure", "xi_propensity"),
        *("paper", "paper_delta_star", "note"),
    ]
    return pd.DataFrame(rows, columns=columns)


def _length(
    system: str, quantity: str, statistic: str, values: np.ndarray, reference: pd.DataFrame, item: str, note: str = ""
) -> dict:
    paper, uncertainty = published(reference, "frontiers", item, system, "glass", quantity, statistic)
    return {
        "system": system, "phase": "glass", "quantity": quantity, "statistic": statistic,
        "value": float(finite_mean(values)), "std": float(finite_deviation(values)),
        "paper": paper, "paper_uncertainty": uncertainty, "note": note,
    }  # fmt: skip


def _mean_delta(dataset: xr.Dataset) -> np.ndarray:
    """delta, mean over configurations, shape (temperature, time)."""
    return finite_mean(dataset["delta"].values)


def _largest(values: np.ndarray, delta: np.ndarray, dataset: xr.Dataset, why: str) -> dict:
    """The value of largest modulus of a table (temperature, time), with its place; why not if all are NaN."""
    if not np.isfinite(values).any():
        return {"note": why}
    place = np.unravel_index(np.nanargmax(np.abs(values)), values.shape)
    return {
        "c_max": values[place],
        "delta_star": delta[place],
        "temperature": dataset["temperature"].values[place[0]],
        "time": dataset["time"].values[place[1]],
        "place": place,
    }


def further(
    lengths: pd.DataFrame, ensembles: pd.DataFrame, maxima: pd.DataFrame, glass_transition: pd.DataFrame
) -> pd.DataFrame:
    """The numbers of Tables 3 to 5 and T* in the form that `glassmap.papers.oyama2023.tables.reproduction` joins.

    Parameters
    ----------
    lengths, ensembles, maxima : DataFrame
        From `table3`, `table4`, `table5`.
    glass_transition : DataFrame
        Columns system, phase, quantity, statistic, value, low, high, note.

    Returns
    -------
    DataFrame
    """
    keys = ["system", "phase", "quantity", "statistic"]
    frames = [
        lengths.rename(columns={"value": "ours"})[
            [*keys, "ours", "low", "high", "std_over_networks", "networks", "note"]
        ].assign(source="frontiers"),
        ensembles.rename(columns={"value": "ours"})[[*keys, "ours"]].assign(
            source="frontiers", note=ensembles["label"] + " at delta = " + ensembles["delta"].map("{:.2g}".format)
        ),
    ]  # fmt: skip
    transition = glass_transition.rename(columns={"value": "ours"})[[*keys, "ours", "low", "high", "note"]]
    frames.append(transition.assign(source="arxiv-v2"))
    chosen = maxima[(maxima["xi"] == PAPER) & (maxima["network"] == "mean")]
    symbols = chosen["indicator"].map(KEYS)
    common = {"system": chosen["system"], "phase": "glass", "source": chosen["protocol"], "note": chosen["note"]}
    frames.append(
        pd.DataFrame({
            **common, "quantity": "c_" + symbols + "_delta_max", "statistic": "pearson", "ours": chosen["c_max"],
            "low": chosen["low"], "high": chosen["high"], "std_over_networks": chosen["std_over_networks"],
        })
    )  # fmt: skip
    frames.append(
        pd.DataFrame(
            {**common, "quantity": "delta_star_" + symbols, "statistic": "location", "ours": chosen["delta_star"]}
        )
    )
    return pd.concat(frames, ignore_index=True)
