"""The page "Which structure says where it will move": the table of all predictors, to be sorted by any column."""

from pathlib import Path
from types import SimpleNamespace

import jinja2
import numpy as np

from glassmap.io.datasets import read_table
from glassmap.papers.predictors.names import label

DIGITS = 4


def predictors(files: SimpleNamespace, params: SimpleNamespace) -> str:
    """HTML page with every cell of the table; what the predictors took stands beside them."""
    keys = ("system", "state")
    table = read_table(files.predictors, (*keys, "temperature", "target", "time", "predictor", "version"))
    costs = read_table(files.costs, (*keys, "predictor", "training_seconds", "seconds_per_structure"))
    merged = table.merge(costs, how="left", on=["system", "state", "predictor"])
    names = list(dict.fromkeys(merged["predictor"]))
    columns = {name: [_shown(value) for value in merged[name].tolist()] for name in merged.columns}
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(Path(files.template).read_text(encoding="utf-8"))
    return template.render(study=params.study, columns=columns, labels={name: label(name) for name in names})


def _shown(value: object) -> object:
    """A cell for JSON: numbers with few digits, nothing for what is not known."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
    return value
