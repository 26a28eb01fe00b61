"""The papers' printed numbers, of ``resources/paper_values.csv``."""

from pathlib import Path

import numpy as np
import pandas as pd

from glassmap.io.datasets import read_table

REFERENCE_COLUMNS = ("source", "item", "system", "phase", "quantity", "statistic", "value", "uncertainty")


def read_published(path: str | Path) -> pd.DataFrame:
    """Every published number, with the columns `REFERENCE_COLUMNS`."""
    return read_table(path, REFERENCE_COLUMNS)


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


def published_values(reference: pd.DataFrame, source: str, item: str, quantity: str) -> dict[str, tuple[float, float]]:
    """Value and uncertainty of one published quantity, by system as the reference spells it (lower case)."""
    found = reference[
        (reference["source"] == source) & (reference["item"] == item) & (reference["quantity"] == quantity)
    ]
    return {row.system: (row.value, row.uncertainty) for row in found.itertuples()}
