"""Numbers published in the papers, from ``resources/paper_values.csv``."""

from pathlib import Path

import numpy as np
import pandas as pd

from glassmap.io.datasets import read_table

REFERENCE_COLUMNS = ("source", "item", "system", "phase", "quantity", "statistic", "value", "uncertainty")


def read_published(path: str | Path) -> pd.DataFrame:
    """All published numbers, with columns `REFERENCE_COLUMNS`."""
    return read_table(path, REFERENCE_COLUMNS)


def xi_delta_label(target: float) -> str:
    """Quantity of xi_Delta at a target delta, with the number as the user and the paper write it: ``xi_delta_0.3``."""
    return f"xi_delta_{float(target)}"


def published(
    reference: pd.DataFrame, source: str, item: str, system: str, phase: str, quantity: str, statistic: str
) -> tuple[float, float]:
    """Value and uncertainty of one published number; NaN if not published."""
    rows = reference[
        (reference["source"] == source)
        & (reference["item"] == item)
        & (reference["system"] == system.lower())
        & (reference["phase"] == phase)
        & (reference["quantity"] == quantity)
        & (reference["statistic"] == statistic)
    ]
    return (float(rows["value"].iloc[0]), float(rows["uncertainty"].iloc[0])) if len(rows) else (np.nan, np.nan)


def published_values(
    reference: pd.DataFrame, source: str, item: str, quantity: str, phase: str
) -> dict[str, tuple[float, float]]:
    """Value and uncertainty of one published quantity of a phase, by system (lower case, as in the reference)."""
    rows = reference[
        (reference["source"] == source)
        & (reference["item"] == item)
        & (reference["quantity"] == quantity)
        & (reference["phase"] == phase)
    ]
    return {row.system: (row.value, row.uncertainty) for row in rows.itertuples()}
