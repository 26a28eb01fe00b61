"""Table S1: correlations between attribution maps and hand-crafted order parameters."""

from collections.abc import Collection, Iterable, Sequence
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.correlations import PAPER_QUANTITIES, summarise
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import CORRELATIONS
from glassmap.learning.map_class import OWN, involves_map, map_classes, select_class
from glassmap.papers.oyama2023.method import METHODS, coarse_graining
from glassmap.papers.oyama2023.published import published, read_published
from glassmap.seeds import derive_seed

# where each paper publishes its mean correlations between indicators
MEANS = {"frontiers": "section4.5", "arxiv-v2": "table_s1"}


def table_s1(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Mean and standard deviation of the correlations between indicators (v2, Table S1; Frontiers, Sec. 4.5)."""
    results = (read_dataset(path, CORRELATIONS) for path in files.correlations)
    summary = correlation_summary(results, params.bootstrap_samples, params.base_seed, params.phases)
    lengths = {
        system: by_method[METHODS[params.protocol]]["correlations"]
        for system, by_method in coarse_graining(params.lengths, files.measured_lengths).items()
    }
    published_for = [system for system, lengths_of in params.lengths.items() if lengths_of is not None]
    return correlations_table(summary, read_published(files.reference), params.protocol, lengths, published_for)


def correlation_summary(
    results: Iterable[xr.Dataset], samples: int, base_seed: int, phases: Sequence[str]
) -> pd.DataFrame:
    """Statistics from `glassmap.analysis.correlations.summarise` for all systems and phases.

    ``map_class`` is the class that the maps explain; empty for correlations that involve no map.
    """
    tables = []
    for dataset in results:
        seed = derive_seed(base_seed, dataset.attrs["system"], "bootstrap over samples")
        for map_class in map_classes(dataset.attrs["phase"], phases):
            table = summarise(select_class(dataset, map_class), samples, seed)
            of_map = table["quantity"].map(involves_map)
            table.insert(0, "system", dataset.attrs["system"])
            table.insert(1, "phase", dataset.attrs["phase"])
            table.insert(2, "map_class", np.where(of_map, map_class, ""))
            tables.append(table[of_map | (map_class != OWN)])
    return pd.concat(tables, ignore_index=True)


def correlations_table(
    summary: pd.DataFrame,
    reference: pd.DataFrame,
    protocol: str,
    lengths: dict[str, float],
    published_for: Collection[str],
) -> pd.DataFrame:
    """Mean and standard deviation of the correlations between indicators (v2, Table S1; Frontiers, Sec. 4.5).

    Parameters
    ----------
    summary : DataFrame
        From `correlation_summary`.
    reference : DataFrame
    protocol : {"frontiers", "arxiv-v2"}
        Selects kernel, lengths and published values. Frontiers publishes only five of the means.
    lengths : dict
        Coarse-graining length of each system, sigma*.
    published_for : collection of str
        Systems with published lengths; for others they are measured, as stated in ``xi_source``.

    Returns
    -------
    DataFrame
        Signs as measured, in both columns. Liquid samples have rows for both classes of the map, each with the same
        published value.
    """
    table = summary[(summary["protocol"] == protocol) & summary["quantity"].isin(PAPER_QUANTITIES)].copy()
    values = [
        published(reference, protocol, MEANS[protocol], row.system, row.phase, row.quantity, row.statistic)
        for row in table.itertuples()
    ]
    table["xi"] = table["system"].map(lengths)
    table["xi_source"] = np.where(table["system"].isin(published_for), "published", "measured")
    table["paper"] = [value for value, _ in values]
    table["paper_std"] = [uncertainty for _, uncertainty in values]
    order = ["system", "phase", "map_class", "quantity", "statistic", "value", "low", "high"]
    order += ["std_over_samples", "std_over_networks", "samples", "networks", "failed", "wrong", "dead"]
    return table[[*order, "crystallised", "protocol", "xi", "xi_source", "paper", "paper_std", "note"]]


def published_means(
    reference: pd.DataFrame, protocol: str, results: Iterable[xr.Dataset]
) -> dict[tuple[str, str, str], float]:
    """The paper's mean correlations between indicators, if published, by system, phase and quantity."""
    means = {}
    for dataset in results:
        system, phase = dataset.attrs["system"], dataset.attrs["phase"]
        for quantity in PAPER_QUANTITIES:
            value = published(reference, protocol, MEANS[protocol], system, phase, quantity, "pearson")[0]
            if np.isfinite(value):
                means[system, phase, quantity] = value
    return means
