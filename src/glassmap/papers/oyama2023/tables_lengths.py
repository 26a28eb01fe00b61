"""Table 3: lengths of the propensity, of the best coarse-graining and of the structure."""

from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.correlations import KEYS
from glassmap.analysis.lengths import scan_notes
from glassmap.analysis.unreached import why_not_reached
from glassmap.io.datasets import read_dataset
from glassmap.io.exclusions import CONSTANT_FIELD, CRYSTAL, why_nothing_is_left
from glassmap.io.schema import LENGTHS, SPATIAL
from glassmap.papers.oyama2023.published import published, read_published, xi_delta_label
from glassmap.seeds import derive_seed
from glassmap.statistics import bootstrap_weights, finite_deviation, finite_mean, interval
from glassmap.structure.indicators import INDICATORS
from glassmap.structure.spatial_correlation import crossing_note, first_crossing

TAIL = 0.025  # tail probability of a 95 % interval


def table3(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Lengths of the propensity, of the best coarse-graining and of the structure (Frontiers, Table 3, Sec. 4.7)."""
    zeros = {}
    lengths = {system: read_dataset(path, LENGTHS) for system, path in zip(params.systems, files.lengths, strict=False)}
    for system, spatial in zip(params.systems, files.spatial, strict=True):
        seed = derive_seed(params.base_seed, system, "bootstrap over samples")
        zeros[system] = zero_crossings(read_dataset(spatial, SPATIAL), params.bootstrap_samples, seed)
    return lengths_table(lengths, zeros, read_published(files.reference), params.phase)


def zero_crossings(spatial: xr.Dataset, samples: int, seed: int) -> pd.DataFrame:
    """First zero of C_alpha(r) of each indicator (Frontiers, Sec. 4.7).

    Parameters
    ----------
    spatial : Dataset
        ``correlation`` (field, sample, bin), ``distance`` (bin), ``not_usable`` (field, sample).
    samples, seed : int
        Bootstrap over test samples.

    Returns
    -------
    DataFrame
        Columns indicator, value (mean over networks of the zero of each network's mean curve), low, high (95 %,
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
        resampled = np.array([
            finite_mean(np.array([first_crossing(distance, weighted_mean(curve, row), 0.0) for curve in curves]))
            for row in weights
        ])  # fmt: skip
        count = int(np.isfinite(curves[:, :, 0]).sum(axis=1).max(initial=0))
        low, high = interval(float(finite_mean(each)), resampled, count)
        note = crossing_note(distance, means, 0.0)
        if not np.isfinite(means).any():
            reasons = spatial["not_usable"].transpose("field", "sample").values[spatial["indicator"].values == name]
            note = why_nothing_is_left(reasons) or CONSTANT_FIELD
        without_zero = 1 - float(np.isfinite(resampled).mean())
        if np.isfinite([low, high]).all() and without_zero > TAIL:
            # one limit falls among the resampled curves without a zero
            low, high = np.nan, np.nan
            note = "; ".join([*filter(None, [note]), f"no interval: {without_zero:.0%} of the resampled have no zero"])
        rows.append({
            "indicator": name, "value": float(finite_mean(each)), "low": float(np.maximum(low, 0)), "high": high,
            "std_over_networks": float(finite_deviation(each)), "samples": count,
            "networks": int(np.isfinite(each).sum()) if name not in INDICATORS else 0,
            "note": note,
        })  # fmt: skip
    return pd.DataFrame(rows)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean of the finite values over the first axis, shape (item, bin) to (bin,)."""
    known = np.isfinite(values) * weights[:, None]
    total = known.sum(axis=0)
    return np.divide(
        (known * np.nan_to_num(values)).sum(axis=0), total, out=np.full(values.shape[1], np.nan), where=total > 0
    )


def lengths_table(
    lengths: Mapping[str, xr.Dataset],
    zeros: Mapping[str, pd.DataFrame],
    reference: pd.DataFrame,
    phase: str,
) -> pd.DataFrame:
    """Lengths of the propensity, of the best coarse-graining, and of the structure (Frontiers, Table 3, Sec. 4.7).

    Parameters
    ----------
    lengths : mapping of str to Dataset
        From `glassmap.analysis.lengths.measure`, by system; none in a study without dynamics.
    zeros : mapping of str to DataFrame
        From `zero_crossings`, by system.
    reference : DataFrame
        The published values.
    phase : str
        Name of the glass.

    Returns
    -------
    DataFrame
        One row per system and length. For xi, ``std`` is over configurations; ``noise_ceiling`` is that of the
        bare propensity, since the noise of a finite number of runs shortens xi_delta; ``noise_free`` is the length
        without this noise. ``note`` says why there is no number: delta or the level was not reached, the length is
        shorter than the first bin with pairs, or the best length is at the edge of the scan.
    """
    rows = []
    for system, of_structure in zeros.items():
        rows += _lengths_of_dynamics(system, lengths[system], reference, phase) if system in lengths else []
        for zero in of_structure.to_dict("records"):
            quantity, value = f"r_{KEYS[zero['indicator']]}", np.array([zero["value"]])
            row = _length(system, phase, quantity, "zero_crossing", value, reference, "section4.7", zero["note"])
            rows.append({**row, **{key: zero[key] for key in ("low", "high", "std_over_networks", "networks")}})
    columns = [
        *("system", "phase", "quantity", "statistic", "value", "std", "low", "high", "std_over_networks", "networks"),
        *("noise_free", "noise_ceiling", "paper", "paper_uncertainty", "note"),
    ]
    return pd.DataFrame(rows, columns=columns)


def _lengths_of_dynamics(system: str, dataset: xr.Dataset, reference: pd.DataFrame, phase: str) -> list[dict]:
    """Rows of the lengths of the propensity and of the best coarse-graining."""
    rows = []
    frontiers = dataset.sel(protocol="frontiers")
    for column, target in enumerate(dataset["target"].values.tolist()):
        values = dataset["xi_delta"].values[:, column]
        reached = dataset["delta_at_target"].values[:, column]
        note = ""
        if (dataset["not_usable"] == CRYSTAL).all():
            note = why_nothing_is_left(dataset["not_usable"].transpose("field", "configuration").values)
        elif not np.isfinite(reached).any():
            crystal = (dataset["not_usable"] == CRYSTAL).any("field").values
            delta = frontiers["scan_delta"].transpose("configuration", "time").values
            note = why_not_reached(delta, target, crystal)
        elif not np.isfinite(values).any():
            note = crossing_note(
                dataset["distance"].values, dataset["propensity_correlation"].values[:, column], 1 / np.e
            )
        row = _length(system, phase, xi_delta_label(target), "decay_length", values, reference, "table3", note)
        for name, key in (("noise_free", "xi_delta_noise_free"), ("noise_ceiling", "noise_ceiling_at_target")):
            row[name] = float(finite_mean(dataset[key].values[:, column]))
        rows.append(row)
    notes = scan_notes(dataset, "frontiers")
    common = np.array([float(frontiers["xi_structure_together"])])
    rows.append(_length(system, phase, "xi_structure", "argmax", common, reference, "table3", notes["together"]))
    for name in dataset["indicator_name"].values.tolist():
        value = np.array([float(frontiers["xi_structure"].sel(indicator_name=name))])
        rows.append(_length(system, phase, f"xi_{KEYS[name]}", "argmax", value, reference, "table3", notes[name]))
    return rows


def _length(
    system: str,
    phase: str,
    quantity: str,
    statistic: str,
    values: np.ndarray,
    reference: pd.DataFrame,
    item: str,
    note: str = "",
) -> dict:
    paper, uncertainty = published(reference, "frontiers", item, system, phase, quantity, statistic)
    return {
        "system": system, "phase": phase, "quantity": quantity, "statistic": statistic,
        "value": float(finite_mean(values)), "std": float(finite_deviation(values)),
        "paper": paper, "paper_uncertainty": uncertainty, "note": note,
    }  # fmt: skip
