"""Comparison of all published numbers with those of a study."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.analysis.correlations import KEYS
from glassmap.analysis.propensity_correlations import PAPER
from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CORRELATIONS
from glassmap.learning.map_class import involves_map, map_classes
from glassmap.papers.oyama2023.null_comparison import COLUMNS
from glassmap.papers.oyama2023.published import read_published
from glassmap.papers.oyama2023.tables_correlations import correlation_summary

REPRODUCTION_COLUMNS = (
    *("source", "item", "system", "phase", "map_class", "quantity", "statistic", "paper", "paper_uncertainty", "ours"),
    *("low", "high", "std_over_samples", "std_over_networks", "best_null", "best_null_value", "threshold"),
    *("excess", "verdict", "samples", "networks", "protocol", "note"),
)
NO_INTERVAL = "no interval over replicas"
# entry in the column ``best_null``
NO_NETWORK_IN_IT = "none: no network in it"


def reproduction(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """The papers' numbers next to ours."""
    results = (read_dataset(path, CORRELATIONS) for path in files.correlations)
    summary = correlation_summary(results, params.bootstrap_samples, params.base_seed, params.phases)
    accuracy = read_table(files.table2, ("system", "phase", "network", "accuracy", "note"))
    keys = ("system", "phase", "quantity", "statistic", "value")
    # T* needs inherent structures, which are optional
    transition = [read_table(path, (*keys, "low", "high", "note")) for path in files.glass_transition]
    others = further(
        read_table(files.table3, keys),
        read_table(files.table4, (*keys, "label", "delta", "note")),
        read_table(files.table5, ("protocol", "xi", "system", "indicator", "network", "c_max", "delta_star", "note")),
        transition[0] if transition else pd.DataFrame(columns=[*keys, "low", "high", "note"]),
        params.phases[1],
    )
    controls = read_table(files.controls, COLUMNS)
    reference = read_published(files.reference)
    return reproduction_table(summary, accuracy, reference, params.protocol, params.phases, others, controls)


def reproduction_table(
    summary: pd.DataFrame,
    accuracy: pd.DataFrame,
    reference: pd.DataFrame,
    protocol: str,
    phases: Sequence[str],
    further: pd.DataFrame | None = None,
    controls: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every published number that this study measures, next to ours.

    Each row is measured with the protocol of the paper that published it: v2's values with v2's kernel and lengths,
    those of Frontiers with its own. Rows of the study's protocol come first.

    Parameters
    ----------
    summary : DataFrame
        From `glassmap.papers.oyama2023.tables_correlations.correlation_summary`, both protocols.
    accuracy : DataFrame
        From `glassmap.papers.oyama2023.tables_accuracy.accuracy_table`.
    reference : DataFrame
    protocol : {"frontiers", "arxiv-v2"}
    phases : (str, str)
        Liquid and glass; the published numbers of a state are given if it has the published name.
    further : DataFrame, optional
        Numbers from other tables: columns source, system, phase, quantity, statistic, ours, and any of the columns
        below.
    controls : DataFrame, optional
        Comparison with null maps: rows from `glassmap.papers.oyama2023.null_comparison.compare`.

    Returns
    -------
    DataFrame
        Columns source, item, system, phase, map_class, quantity, statistic, paper, paper_uncertainty, ours, low, high
        (95 % interval), std_over_samples, std_over_networks, best_null, best_null_value, threshold (of a
        density cut, in standard deviations of the field), excess (of the networks over all null maps),
        verdict (`glassmap.papers.oyama2023.null_comparison.verdict`), samples, networks, protocol, note. A number that
        this study could not measure is NaN, and ``note`` says why; a number that involves no network has no null map,
        and ``best_null`` says so. The papers do not say which class the maps of liquid samples explain, so their
        numbers have two rows, with the class glass and own as ``map_class``.
    """
    keys = ["system", "phase", "quantity", "statistic"]
    correlations = summary.set_index([*keys, "protocol", "map_class"])
    means = accuracy[accuracy["network"] == "mean"].set_index(["system", "phase"])
    others = {} if further is None else {
        tuple(record[key] for key in (*keys, "source")): record for record in further.to_dict("records")
    }  # fmt: skip
    beyond = _beyond_nulls(controls)
    names = {name.lower(): name for name in summary["system"].unique()}
    rows = []
    for printed in reference.itertuples():
        system = names.get(printed.system)
        key = (system, printed.phase, printed.quantity, printed.statistic, printed.source)
        for map_class in map_classes(printed.phase, phases) if involves_map(printed.quantity) else ("",):
            row = {
                "source": printed.source,
                "item": printed.item,
                "system": system,
                "phase": printed.phase,
                "map_class": map_class,
                "quantity": printed.quantity,
                "statistic": printed.statistic,
                "paper": printed.value,
                "paper_uncertainty": printed.uncertainty,
                "protocol": printed.source,
            }
            if (*key, map_class) in correlations.index:
                ours = correlations.loc[(*key, map_class)]
                row |= {
                    "ours": ours["value"],
                    "low": ours["low"],
                    "high": ours["high"],
                    "std_over_samples": ours["std_over_samples"],
                    "std_over_networks": ours["std_over_networks"],
                    "samples": int(ours["samples"]),
                    "networks": int(ours["networks"]),
                    "note": ours["note"],
                }
            elif printed.item == "table2" and key[:2] in means.index:
                ours = means.loc[key[:2]]
                row |= {
                    "ours": ours["accuracy"],
                    # binomial, for a single sample
                    "std_over_samples": np.sqrt(ours["accuracy"] * (1 - ours["accuracy"])),
                    "std_over_networks": ours["std_over_networks"],
                    "samples": int(ours["samples"]),
                    "networks": int(ours["status"].split()[0]),
                    "note": ours["note"],
                }
            elif key in others:
                row |= {name: value for name, value in others[key].items() if name in REPRODUCTION_COLUMNS}
            else:
                continue
            of_network = printed.item == "table2" or involves_map(printed.quantity)
            row |= beyond.get((*key, map_class), {}) if of_network else {"best_null": NO_NETWORK_IN_IT}
            if np.isfinite(row.get("ours", np.nan)) and not np.isfinite(row.get("low", np.nan)):
                notes = [row["note"]] if isinstance(row.get("note"), str) and row["note"] else []
                row["note"] = "; ".join([*notes, NO_INTERVAL])
            rows.append(row)
    table = pd.DataFrame(rows, columns=list(REPRODUCTION_COLUMNS)).astype({"samples": "Int64", "networks": "Int64"})
    first = (table["source"] != protocol).to_numpy()
    return table.iloc[np.argsort(first, kind="stable")]


def _beyond_nulls(controls: pd.DataFrame | None) -> dict[tuple, dict]:
    """Interval, best null map and excess of the networks' numbers, by the keys that `reproduction_table` looks up."""
    if controls is None:
        return {}
    result = {}
    for row in controls[controls["kind"] == "network"].to_dict("records"):
        # empty if the quantity involves no map; read back from a file as NaN
        map_class = row["map_class"] if isinstance(row["map_class"], str) else ""
        key = (row["system"], row["phase"], row["quantity"], row["statistic"], row["protocol"], map_class)
        result[key] = {name: row[name] for name in ("best_null", "best_null_value", "threshold", "excess", "verdict")}
        result[key] |= {name: row[name] for name in ("low", "high") if np.isfinite(row[name])}
    return result


def further(
    lengths: pd.DataFrame, ensembles: pd.DataFrame, maxima: pd.DataFrame, glass_transition: pd.DataFrame, phase: str
) -> pd.DataFrame:
    """Numbers of Tables 3 to 5 and T*, in the format of ``further`` in `reproduction_table`.

    Parameters
    ----------
    lengths, ensembles, maxima : DataFrame
        ``table3.csv``, ``table4.csv``, ``table5.csv``.
    glass_transition : DataFrame
        Columns system, phase, quantity, statistic, value, low, high, note.
    phase : str
        Name of the glass, whose dynamics ``maxima`` are about.

    Returns
    -------
    DataFrame
    """
    keys = ["system", "phase", "quantity", "statistic"]
    at_delta = ensembles["label"] + " at delta = " + ensembles["delta"].map("{:.2g}".format)
    of_ensembles = at_delta + ("; " + ensembles["note"].replace("", np.nan)).fillna("")
    frames = [
        lengths.rename(columns={"value": "ours"})[
            [*keys, "ours", "low", "high", "std_over_networks", "networks", "note"]
        ].assign(source="frontiers"),
        ensembles.rename(columns={"value": "ours"})[[*keys, "ours"]].assign(source="frontiers", note=of_ensembles),
    ]  # fmt: skip
    transition = glass_transition.rename(columns={"value": "ours"})[[*keys, "ours", "low", "high", "note"]]
    frames.append(transition.assign(source="arxiv-v2"))
    chosen = maxima[(maxima["xi"] == PAPER) & (maxima["network"] == "mean")]
    symbols = chosen["indicator"].map(KEYS)
    common = {"system": chosen["system"], "phase": phase, "source": chosen["protocol"], "note": chosen["note"]}
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
