"""Table of the readings of the method, next to the published correlations."""

from collections.abc import Iterable, Sequence
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CORRELATIONS
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.learning.map_class import ANY, OWN, map_classes, matches_class
from glassmap.learning.null_maps import DENSITY_CUTS, cut_name, parse_cut_name
from glassmap.papers.oyama2023.published import published, read_published
from glassmap.papers.oyama2023.readings import PUBLISHED
from glassmap.statistics import finite_mean

PAPER, PAPER_ITEM = "arxiv-v2", "table_s1"  # contains all eight correlations
NO_NETWORK = "no network"  # reading in the table for the null maps
# the single density cut closest to all published correlations: the same in both phases, for maps of the class glass,
# and mirrored in liquids, for maps of their own class
ONE_CUT, MIRRORED_CUT = "one density cut", "one density cut, mirrored in liquids"
COLUMNS = (
    *("reading", "system", "phase", "attribution", "map_class", "quantity", "value", "low", "high"),
    *(
        "std_over_networks",
        "networks",
        "failed",
        "samples",
        "paper",
        "paper_uncertainty",
        "nearest_cut",
        "nearest_cut_value",
        "note",
    ),
)


def readings_table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Every reading next to the published correlations."""
    columns = ("phase", "attribution", "map_class", "quantity", "value", "networks", "failed", "samples", "note")
    parts = [
        (variant, system, read_table(path, columns))
        for (variant, system), path in zip(params.cases, files.readings, strict=True)
    ]
    controls = [read_dataset(path, CORRELATIONS) for path in files.controls]
    return readings_beside_papers(parts, read_published(files.reference), params.phases, controls, params.protocol)


def readings_beside_papers(
    parts: Iterable[tuple[str, str, pd.DataFrame]],
    reference: pd.DataFrame,
    phases: Sequence[str],
    controls: Iterable[xr.Dataset] = (),
    protocol: str = "frontiers",
) -> pd.DataFrame:
    """Content of ``tables/readings.csv``.

    Parameters
    ----------
    parts : iterable of (str, str, DataFrame)
        Reading, system, and their rows.
    reference : DataFrame
        The published values.
    phases : (str, str)
        Liquid and glass.
    controls : iterable of Dataset
        Correlations of the study's null maps, for `nearest_cut`; compared with every reading, even on another grid.
    protocol : {"frontiers", "arxiv-v2"}

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; ``paper`` is v2's value for either protocol, since only v2 is complete. For each reading,
        attribution and class there are rows with empty system and these quantities: ``distance``, the rms
        difference from the published correlations; ``distance_of_one``, its mean and standard deviation over single
        networks; ``signs``, the number of signs that agree, among correlations larger than their published
        deviation. ``samples`` is the number of correlations compared; if one has no value there is neither.
        ``nearest_cut`` is chosen for each correlation separately; the readings `ONE_CUT` and `MIRRORED_CUT` are the
        single cut that is best for all of them, and `NO_NETWORK` gives the distances of all null maps.
    """
    controls = list(controls)
    table = pd.concat([part.assign(reading=reading, system=system) for reading, system, part in parts])
    if controls:
        table = pd.concat([table, *_null_rows(controls, protocol, reference, phases)])
    table = table.reindex(columns=[*COLUMNS, "network"]).reset_index(drop=True)
    printed = [
        _paper(reference, row.system, row.phase, row.quantity) if row.quantity in PUBLISHED.values() else (np.nan,) * 2
        for row in table.itertuples()
    ]
    table["paper"], table["paper_uncertainty"] = zip(*printed, strict=True)
    by_group = {(dataset.attrs["system"], dataset.attrs["phase"]): dataset for dataset in controls}
    of_networks = ~table["reading"].isin([NO_NETWORK, ONE_CUT, MIRRORED_CUT])
    for (system, phase, quantity, paper), rows in (
        table[of_networks].groupby(["system", "phase", "quantity", "paper"]).groups.items()
    ):
        if (system, phase) in by_group:
            name, value = nearest_cut(by_group[system, phase], protocol, quantity, paper)
            table["nearest_cut"] = table["nearest_cut"].astype(object)
            table.loc[rows, ["nearest_cut", "nearest_cut_value"]] = name, value
    distances = pd.DataFrame(_distances(table, phases), columns=list(COLUMNS))
    kept = table["network"].isna() & (table["reading"] != NO_NETWORK)
    return pd.concat([table.loc[kept, list(COLUMNS)], distances], ignore_index=True)


def nearest_cut(controls: xr.Dataset, protocol: str, quantity: str, published: float) -> tuple[str, float]:
    """Density cut whose correlation is closest to a published one, and that correlation.

    Parameters
    ----------
    controls : Dataset
        From `glassmap.analysis.correlations.correlate`, for the null maps of one system and phase, with
        ``split(sample)``.
    protocol : {"frontiers", "arxiv-v2"}
    quantity : str
        One of `PUBLISHED`.
    published : float

    Returns
    -------
    name : str
        From `glassmap.learning.null_maps.cut_name`, chosen on the validation replicas; empty if there is no cut.
    value : float
        Mean over the test replicas.
    """
    cuts = np.array([parse_cut_name(name) is not None for name in controls["map"].values.tolist()], dtype=bool)
    values = controls["pearson"].sel(protocol=protocol, pair=quantity).values[cuts]
    split = controls["split"].values
    distance = np.abs(finite_mean(values[:, split == SELECTION_SPLIT], axis=1) - published)
    if not np.isfinite(distance).any():
        return "", np.nan
    nearest = int(np.nanargmin(distance))
    return str(controls["map"].values[cuts][nearest]), float(finite_mean(values[nearest, split == REPORTED_SPLIT]))


def _paper(reference: pd.DataFrame, system: str, phase: str, quantity: str) -> tuple[float, float]:
    return published(reference, PAPER, PAPER_ITEM, system, phase, quantity, "pearson")


def _null_rows(
    controls: Sequence[xr.Dataset], protocol: str, reference: pd.DataFrame, phases: Sequence[str]
) -> list[pd.DataFrame]:
    """Correlations of the null maps on the test replicas, means over draws, as additional readings; with single cuts.

    Maps of null networks have a class, as those of networks have. Others have none: for the class glass, the same map
    is used in glass and liquid; for a sample's own class, the liquid uses the mirrored cut, which selects as much of
    the other side of the distribution.
    """
    parts = []
    for dataset in controls:
        phase, split = dataset.attrs["phase"], dataset["split"].values
        names = dataset["map"].values.tolist()
        for quantity in PUBLISHED.values():
            values = dataset["pearson"].sel(protocol=protocol, pair=quantity).values
            of_phase = pd.DataFrame({
                "system": dataset.attrs["system"], "phase": phase, "quantity": quantity, "map": names,
                "chosen_on": finite_mean(values[:, split == SELECTION_SPLIT], axis=1),
                "value": finite_mean(values[:, split == REPORTED_SPLIT], axis=1),
            })  # fmt: skip
            explained = dataset["map_class"].values
            for map_class in map_classes(phase, phases):
                # name of the corresponding map in the glass
                partner = [
                    _mirrored(name) if map_class == OWN and of_map == ANY else name
                    for name, of_map in zip(names, explained.tolist(), strict=True)
                ]
                of_class = of_phase.assign(map_class=map_class, attribution=partner)
                parts.append(of_class[matches_class(explained, map_class)].dropna(subset="attribution"))
    draws = pd.concat(parts, ignore_index=True)
    keys = [name for name in draws.columns if name not in ("chosen_on", "value")]
    nulls = draws.groupby(keys, sort=False, as_index=False).mean().assign(reading=NO_NETWORK, networks=0, failed=0)
    paper = {key: _paper(reference, *key)[0] for key in nulls.groupby(["system", "phase", "quantity"]).groups}
    off = nulls["chosen_on"] - [
        paper[key] for key in zip(nulls["system"], nulls["phase"], nulls["quantity"], strict=True)
    ]
    tables = [nulls]
    for map_class, reading in ((phases[1], ONE_CUT), (OWN, MIRRORED_CUT)):
        chosen = nulls[(nulls["map_class"] == map_class) | (nulls["phase"] == phases[1])].assign(off=off**2)
        chosen = chosen[[parse_cut_name(name) is not None for name in chosen["attribution"]]]
        complete = chosen.groupby("attribution").filter(lambda rows: len(rows) == len(paper))
        total = complete.groupby("attribution")["off"].mean()
        if total.notna().any():
            best = complete[complete["attribution"] == total.idxmin()]
            tables.append(best.assign(reading=reading, nearest_cut=best["map"]))
    return tables


def _mirrored(name: str) -> str | None:
    """The cut that selects as much of the other side of the distribution; None if ``name`` is not a cut."""
    cut = parse_cut_name(name)
    if cut is None:
        return None
    side, threshold = cut
    return cut_name(next(name for name in DENSITY_CUTS if name != side), 0.0 - threshold)  # not -0.0


def _distances(table: pd.DataFrame, phases: Sequence[str]) -> list[dict]:
    """Distance of each reading from the published correlations; glasses count for both classes."""
    compared = table[table["paper"].notna()]
    rows = []
    for (reading, attribution), rows_of_map in compared.groupby(["reading", "attribution"], sort=False):
        for map_class in (phases[1], OWN):
            # glasses belong to both classes; without a map for the liquid's own class there is no distance
            class_rows = rows_of_map[(rows_of_map["map_class"] == map_class) | (rows_of_map["phase"] == phases[1])]
            chosen, singles = class_rows[class_rows["network"].isna()], class_rows[class_rows["network"].notna()]
            if not (chosen["phase"] != phases[1]).any() and (rows_of_map["phase"] != phases[1]).any():
                continue
            head = {"reading": reading, "system": "", "phase": "", "attribution": attribution, "map_class": map_class}
            off, nulls = chosen["value"] - chosen["paper"], chosen["nearest_cut_value"].astype(float) - chosen["paper"]
            signed = chosen[chosen["paper"].abs() > chosen["paper_uncertainty"].fillna(0)]
            networks = int(chosen["networks"].min()) if len(chosen) else 0
            rows.append({
                **head, "quantity": "distance", "value": _root_mean_square(off), "samples": len(chosen),
                "networks": networks, "nearest_cut_value": _root_mean_square(nulls), "note": _missing(chosen),
            })  # fmt: skip
            of_single = [
                _root_mean_square(of_network["value"] - of_network["paper"])
                for _, of_network in singles.groupby("network")
                if len(of_network) == len(chosen)
            ]
            if len(of_single):
                rows.append({
                    **head, "quantity": "distance_of_one", "value": float(np.mean(of_single)), "samples": len(chosen),
                    "std_over_networks": float(np.std(of_single, ddof=1)) if len(of_single) > 1 else np.nan,
                    "networks": len(of_single),
                })  # fmt: skip
            unknown = _missing(signed) if len(signed) else "no published correlation exceeds its deviation"
            same = np.nan if unknown else float((signed["value"] * signed["paper"] > 0).sum())
            rows.append({
                **head, "quantity": "signs", "value": same, "samples": len(signed), "networks": networks,
                "note": unknown,
            })  # fmt: skip
    return rows


def _missing(chosen: pd.DataFrame) -> str:
    """Which correlations have no value, so that there is no distance; empty if all have one."""
    missing = chosen[chosen["value"].isna()]
    names = [f"{row.quantity} of {row.system} {row.phase}" for row in missing.itertuples()]
    return f"no value: {', '.join(names)}" if names else ""


def _root_mean_square(values: pd.Series) -> float:
    return float(np.sqrt((values**2).mean())) if len(values) and values.notna().all() else np.nan
