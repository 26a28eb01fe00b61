"""Table of the papers' claims in every variant of a study."""

from collections.abc import Iterable
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.analysis.correlations import PAPER_QUANTITIES
from glassmap.io.datasets import read_table
from glassmap.papers.oyama2023.published import published, read_published
from glassmap.papers.oyama2023.tables_correlations import MEANS
from glassmap.papers.oyama2023.tables_dynamics import MAXIMA

# where a paper publishes a quantity, and under which name if not ours
PRINTED = {
    "accuracy": {"frontiers": "table2", "arxiv-v2": "table2"},
    "r_gamma": {"frontiers": "section4.7"},
    "c_gamma_delta": MAXIMA,
    **{quantity: MEANS for quantity in PAPER_QUANTITIES},
}
PRINTED_AS = {"c_gamma_delta": "c_gamma_delta_max"}
COLUMNS = (
    *("variant", "system", "phase", "map_class", "quantity", "statistic", "value", "low", "high"),
    *("std_over_networks", "networks", "failed", "samples", "paper", "paper_uncertainty", "paper_source"),
    *("paper_sign_agrees", "note"),
)


def sensitivity_table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """The papers' claims in the study and all its variants."""
    columns = ("phase", "quantity", "statistic", "value", "low", "high", "networks", "failed", "samples", "note")
    parts = [
        (variant, system, read_table(path, columns))
        for (variant, system), path in zip(params.cases, files.sensitivity, strict=True)
    ]
    return claims_beside_papers(parts, read_published(files.reference), params.protocol)


def claims_beside_papers(
    parts: Iterable[tuple[str, str, pd.DataFrame]], reference: pd.DataFrame, protocol: str
) -> pd.DataFrame:
    """Numbers of all variants next to the papers'.

    Parameters
    ----------
    parts : iterable of (str, str, DataFrame)
        Variant, system, and their rows from `glassmap.papers.oyama2023.sensitivity.sensitivity`.
    reference : DataFrame
        The published values.
    protocol : {"frontiers", "arxiv-v2"}
        Protocol of the study; selects the paper to compare with, or the other one if that has no value.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``paper_sign_agrees``, for correlations only, is ``undecided`` if the interval contains
        zero, and says if there is no interval.
    """
    table = pd.concat([part.assign(variant=variant, system=system) for variant, system, part in parts])
    table = table.reindex(columns=COLUMNS).astype({"paper_source": object, "paper_sign_agrees": object})
    printed = [_printed(reference, protocol, row) for row in table.itertuples()]
    table["paper"], table["paper_uncertainty"], table["paper_source"] = zip(*printed, strict=True)
    table["paper_sign_agrees"] = [_agreement(row) for row in table.itertuples()]
    return table


def _printed(reference: pd.DataFrame, protocol: str, row) -> tuple[float, float, str]:
    """Published value, its uncertainty and the paper it is from; NaN and empty if there is none."""
    items = PRINTED.get(row.quantity, {})
    quantity = PRINTED_AS.get(row.quantity, row.quantity)
    for source in sorted(items, key=lambda source: source != protocol):
        numbers = published(reference, source, items[source], row.system, row.phase, quantity, row.statistic)
        if np.isfinite(numbers[0]):
            return *numbers, source
    return np.nan, np.nan, ""


def _agreement(row) -> str:
    """Whether a correlation has the sign of the paper's: yes, no or undecided; empty if there is nothing to compare."""
    if not row.quantity.startswith("c_") or not np.isfinite(row.value) or not np.isfinite(row.paper):
        return ""
    if row.low < 0 < row.high:
        return "undecided"
    interval = "" if np.isfinite([row.low, row.high]).all() else " (no interval)"
    return ("yes" if row.value * row.paper > 0 else "no") + interval
