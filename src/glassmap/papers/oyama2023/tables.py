"""The papers' tables, and the table that puts the papers' numbers beside ours."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.correlations import PAPER_QUANTITIES, summarise
from glassmap.learning.map_class import GLASS, is_of_map, map_classes, of_class
from glassmap.seeds import derive_seed

REFERENCE_COLUMNS = ("source", "item", "system", "phase", "quantity", "statistic", "value", "uncertainty")

REPRODUCTION_COLUMNS = (
    *("source", "item", "system", "phase", "map_class", "quantity", "statistic", "paper", "paper_uncertainty", "ours"),
    *("low", "high", "std_over_samples", "std_over_networks", "best_null", "best_null_value", "threshold"),
    *("excess", "verdict", "samples", "networks", "protocol", "note"),
)
# where each paper prints the means of its correlations between indicators
MEANS = {"frontiers": "section4.5", "arxiv-v2": "table_s1"}
NO_INTERVAL = "no interval over replicas"
# in the column of the best null map
NO_NETWORK_IN_IT = "none: no network in it"


def accuracies(predictions: pd.DataFrame, status: str, system: str, seed: int) -> pd.DataFrame:
    """Test accuracy of one network, by phase.

    Parameters
    ----------
    predictions : DataFrame
        Columns phase, replica, split, p_glass, predicted.
    status : {"trained", "failed"}
    system : str
    seed : int

    Returns
    -------
    DataFrame
        Columns system, phase, seed, status, samples, wrong, accuracy.
    """
    test = predictions[predictions["split"] == "test"]
    rows = []
    for phase in ("glass", "liquid"):
        right = test.loc[test["phase"] == phase, "predicted"] == phase
        rows.append(
            {
                "system": system,
                "phase": phase,
                "seed": seed,
                "status": status,
                "samples": len(right),
                "wrong": int((~right).sum()),
                "accuracy": float(right.mean()),
            }
        )
    return pd.DataFrame(rows)


def table2(networks: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Classification accuracy on the test split (Frontiers, Table 2).

    Parameters
    ----------
    networks : DataFrame
        Rows of `accuracies` of all systems and seeds.
    reference : DataFrame
        The published values.

    Returns
    -------
    DataFrame
        One row per network, then a row ``network = mean`` over those that did not fail, with the
        deviation over networks and the paper's value.
    """
    rows = []
    for (system, phase), group in networks.groupby(["system", "phase"], sort=False):
        for record in group.to_dict("records"):
            rows.append({"network": f"seed-{record.pop('seed')}", **record})
        trained = group[group["status"] == "trained"]
        rows.append(
            {
                "network": "mean",
                "system": system,
                "phase": phase,
                "status": f"{len(trained)} of {len(group)} trained",
                "samples": int(group["samples"].iloc[0]),
                "wrong": int(trained["wrong"].sum()),
                "accuracy": trained["accuracy"].mean(),
                "std_over_networks": trained["accuracy"].std(ddof=1),
                "paper": published(reference, "frontiers", "table2", system, phase, "accuracy", "test")[0],
            }
        )
    columns = [
        "system",
        "phase",
        "network",
        "status",
        "samples",
        "wrong",
        "accuracy",
        "std_over_networks",
        "paper",
    ]
    return pd.DataFrame(rows, columns=columns)


def correlation_summary(results: Iterable[xr.Dataset], samples: int, base_seed: int) -> pd.DataFrame:
    """Statistics of all correlations, as of `glassmap.analysis.correlations.summarise`, of all systems and phases.

    ``map_class`` is the class that the maps are for, empty where a correlation has none in it.
    """
    tables = []
    for dataset in results:
        seed = derive_seed(base_seed, dataset.attrs["system"], "bootstrap over samples")
        for map_class in map_classes(dataset.attrs["phase"]):
            table = summarise(of_class(dataset, map_class), samples, seed)
            of_map = table["quantity"].map(is_of_map)
            table.insert(0, "system", dataset.attrs["system"])
            table.insert(1, "phase", dataset.attrs["phase"])
            table.insert(2, "map_class", np.where(of_map, map_class, ""))
            tables.append(table[of_map | (map_class == GLASS)])
    return pd.concat(tables, ignore_index=True)


def table_s1(summary: pd.DataFrame, reference: pd.DataFrame, protocol: str, lengths: dict[str, float]) -> pd.DataFrame:
    """Mean and deviation of the correlations between indicators (v2, Table S1; Frontiers, Sec. 4.5).

    Parameters
    ----------
    summary : DataFrame
        From `correlation_summary`.
    reference : DataFrame
    protocol : {"frontiers", "arxiv-v2"}
        Whose kernel, lengths and published values are used. Frontiers prints five of the means only.
    lengths : dict
        Coarse-graining length of each system, sigma*.

    Returns
    -------
    DataFrame
        Signs as measured, in both columns. Liquid samples have rows for both classes of the map, with the same
        published value beside each.
    """
    table = summary[(summary["protocol"] == protocol) & summary["quantity"].isin(PAPER_QUANTITIES)].copy()
    values = [
        published(reference, protocol, MEANS[protocol], row.system, row.phase, row.quantity, row.statistic)
        for row in table.itertuples()
    ]
    table["xi"] = table["system"].map(lengths)
    table["paper"] = [value for value, _ in values]
    table["paper_std"] = [uncertainty for _, uncertainty in values]
    order = ["system", "phase", "map_class", "quantity", "statistic", "value", "low", "high"]
    order += ["std_over_samples", "std_over_networks", "samples", "networks", "failed", "wrong", "dead"]
    return table[[*order, "crystallised", "protocol", "xi", "paper", "paper_std"]]


def reproduction(
    summary: pd.DataFrame,
    accuracy: pd.DataFrame,
    reference: pd.DataFrame,
    protocol: str,
    further: pd.DataFrame | None = None,
    controls: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every published number that this study measures, beside ours.

    Each row is measured under the protocol of the paper that printed it: v2's values with v2's kernel
    and lengths, those of Frontiers with its own. Rows of the study's protocol come first.

    Parameters
    ----------
    summary : DataFrame
        From `correlation_summary`, both protocols.
    accuracy : DataFrame
        From `table2`.
    reference : DataFrame
    protocol : {"frontiers", "arxiv-v2"}
    further : DataFrame, optional
        Numbers of other tables: columns source, system, phase, quantity, statistic, ours, and any of those
        below that a row has.
    controls : DataFrame, optional
        What the network adds: rows of `glassmap.papers.oyama2023.null_comparison.compare`.

    Returns
    -------
    DataFrame
        Columns source, item, system, phase, map_class, quantity, statistic, paper, paper_uncertainty, ours, low, high
        (95 % interval), std_over_samples, std_over_networks, best_null, best_null_value, threshold (of a
        density cut, deviations of the field), excess (how much farther the network goes than any null map),
        verdict (`glassmap.papers.oyama2023.null_comparison.verdict`), samples, networks, protocol, note. A number that
        this study could not measure is NaN, and ``note`` says why; one that no network is in has no null map, and
        ``best_null`` says so. The papers do not say for which class the maps of liquid samples are: their
        numbers have two rows, ``map_class`` glass and own.
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
        for map_class in map_classes(printed.phase) if is_of_map(printed.quantity) else ("",):
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
                }
            elif printed.item == "table2" and key[:2] in means.index:
                ours = means.loc[key[:2]]
                row |= {
                    "ours": ours["accuracy"],
                    # of one sample's being right or wrong
                    "std_over_samples": np.sqrt(ours["accuracy"] * (1 - ours["accuracy"])),
                    "std_over_networks": ours["std_over_networks"],
                    "samples": int(ours["samples"]),
                    "networks": int(ours["status"].split()[0]),
                }
            elif key in others:
                row |= {name: value for name, value in others[key].items() if name in REPRODUCTION_COLUMNS}
            else:
                continue
            of_network = printed.item == "table2" or is_of_map(printed.quantity)
            row |= beyond.get((*key, map_class), {}) if of_network else {"best_null": NO_NETWORK_IN_IT}
            if np.isfinite(row.get("ours", np.nan)) and not np.isfinite(row.get("low", np.nan)):
                said = [row["note"]] if isinstance(row.get("note"), str) and row["note"] else []
                row["note"] = "; ".join([*said, NO_INTERVAL])
            rows.append(row)
    table = pd.DataFrame(rows, columns=list(REPRODUCTION_COLUMNS)).astype({"samples": "Int64", "networks": "Int64"})
    first = (table["source"] != protocol).to_numpy()
    return table.iloc[np.argsort(first, kind="stable")]


def _beyond_nulls(controls: pd.DataFrame | None) -> dict[tuple, dict]:
    """Interval, best null map and excess over it of the networks' numbers, by what `reproduction` looks them up."""
    if controls is None:
        return {}
    found = {}
    for row in controls[controls["kind"] == "network"].to_dict("records"):
        # empty, and missing once it has been in a file, where no map is in the quantity
        map_class = row["map_class"] if isinstance(row["map_class"], str) else ""
        key = (row["system"], row["phase"], row["quantity"], row["statistic"], row["protocol"], map_class)
        found[key] = {name: row[name] for name in ("best_null", "best_null_value", "threshold", "excess", "verdict")}
        found[key] |= {name: row[name] for name in ("low", "high") if np.isfinite(row[name])}
    return found


def published(
    reference: pd.DataFrame, source: str, item: str, system: str, phase: str, quantity: str, statistic: str
) -> tuple[float, float]:
    """Value and uncertainty of one published number; NaN where it was not published."""
    found = reference[
        (reference["source"] == source)
        & (reference["item"] == item)
        & (reference["system"] == system.lower())
        & (reference["phase"] == phase)
        & (reference["quantity"] == quantity)
        & (reference["statistic"] == statistic)
    ]
    return (float(found["value"].iloc[0]), float(found["uncertainty"].iloc[0])) if len(found) else (np.nan, np.nan)


def published_means(
    reference: pd.DataFrame, protocol: str, results: Iterable[xr.Dataset]
) -> dict[tuple[str, str, str], float]:
    """The paper's mean correlations between indicators, by system, phase and quantity, where it prints them."""
    found = {}
    for dataset in results:
        of = (dataset.attrs["system"], dataset.attrs["phase"])
        for quantity in PAPER_QUANTITIES:
            value = published(reference, protocol, MEANS[protocol], *of, quantity, "pearson")[0]
            if np.isfinite(value):
                found[*of, quantity] = value
    return found


def published_values(reference: pd.DataFrame, source: str, item: str, quantity: str) -> dict[str, tuple[float, float]]:
    """Value and uncertainty of one published quantity, by system as the reference spells it (lower case)."""
    found = reference[
        (reference["source"] == source) & (reference["item"] == item) & (reference["quantity"] == quantity)
    ]
    return {row.system: (row.value, row.uncertainty) for row in found.itertuples()}
