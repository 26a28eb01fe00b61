"""The page "What the network adds": sentences, verdicts, a figure and tables generated from the results of a study."""

import base64
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import jinja2
import numpy as np
import pandas as pd

from glassmap.analysis import network_agreement
from glassmap.io.datasets import read_table
from glassmap.learning.map_class import OWN
from glassmap.papers.oyama2023 import figures_controls, summary_page_attributions
from glassmap.papers.oyama2023.figures_controls import SYMBOLS, maps_of, name_of_map, of_protocol, threshold_of
from glassmap.papers.oyama2023.null_comparison import NEAR_BOUND, NOT_COMPARED, TAIL
from glassmap.papers.oyama2023.summary_page_sentences import (
    UNSIGNED,
    caveats,
    count_verdicts,
    finding,
    group_name,
    of_the_ensemble,
    with_and_without,
    with_interval,
)

FURTHER = {"attributions": "Other attributions", "layer_randomisation": "Layers put back to random weights"}
# columns of further tables that do not identify rows on the page
NO_KEYS = ("protocol", "failed", "dead", "statistic", "network")
VALUES = ("quantity", "value", "low", "high", "std_over_networks", "std_over_draws", "networks", "draws", "samples")


def summary_page(files: SimpleNamespace, params: SimpleNamespace) -> str:
    """HTML page on what the network adds: sentences, verdicts, a figure and tables."""
    present = {title: vars(files)[name] for name, title in FURTHER.items() if name in vars(files)}
    attributions = []
    if "attributions" in vars(files):
        table = read_table(files.attributions, summary_page_attributions.COLUMNS)
        attributions = summary_page_attributions.section(table, params.study["phases"])
    return page(
        params.study,
        read_table(files.controls, figures_controls.COLUMNS),
        read_table(files.ensemble, network_agreement.COLUMNS),
        Path(files.figure).read_bytes(),
        Path(files.template).read_text(encoding="utf-8"),
        {title: read_table(path, ["quantity", "value"]) for title, path in present.items()},
        attributions,
    )


def page(
    study: Mapping,
    controls: pd.DataFrame,
    ensemble: pd.DataFrame,
    figure: bytes,
    template: str,
    further: Mapping[str, pd.DataFrame] | None = None,
    attributions: Sequence[Mapping] = (),
) -> str:
    """The page as self-contained HTML.

    Parameters
    ----------
    study : mapping
        ``name``, ``protocol`` and the keys needed by `caveats`.
    controls : DataFrame
        With columns `glassmap.papers.oyama2023.figures_controls.COLUMNS`.
    ensemble : DataFrame
        With columns `glassmap.analysis.network_agreement.COLUMNS`.
    figure : bytes
        PNG.
    template : str
        Jinja template; everything inserted is escaped.
    further : mapping of str to DataFrame, optional
        Further tables in long format, by title.
    attributions : sequence of mapping, optional
        From `glassmap.papers.oyama2023.summary_page_attributions.section`.

    Returns
    -------
    str
        Deterministic: equal numbers give equal text.
    """
    controls = of_protocol(controls, study["protocol"])
    controls = controls[(controls["statistic"] != "spearman") & controls["quantity"].isin(SYMBOLS)]
    ensemble = of_protocol(ensemble, study["protocol"])
    groups = []
    # glass before liquid for each system
    for system, phase, of_own in product(dict.fromkeys(controls["system"]), reversed(study["phases"]), (False, True)):
        # quantities that involve no map are listed with the class glass
        group, of_group = (
            table[(table["system"] == system) & (table["phase"] == phase) & ((table["map_class"] == OWN) == of_own)]
            for table in (controls, ensemble)
        )
        if group.empty:
            continue
        # in the order of the symbols
        networks = group[group["kind"] == "network"].drop_duplicates("quantity").set_index("quantity", drop=False)
        rows = {name: networks.loc[name].to_dict() for name in SYMBOLS if name in networks.index}
        nulls = group[group["kind"] == "null_map"]
        groups.append(
            {
                "name": group_name(system, phase, study["phases"], of_own),
                "findings": [finding(row, nulls[nulls["quantity"] == name]) for name, row in rows.items()],
                "partial": with_and_without(rows),
                "ensemble": of_the_ensemble(of_group),
                "grid": grid_of_controls(group),
            }
        )
    entries = [entry["verdict"] for group in groups for entry in group["findings"]]
    judged = [entry for entry in entries if entry != NOT_COMPARED]
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template).render(
        study=study,
        groups=groups,
        judged=len(judged),
        verdicts=count_verdicts(judged),
        near_bound=NEAR_BOUND,
        confidence=f"{1 - 2 * TAIL:.0%}".replace("%", " %"),
        caveats=caveats(study, len(judged)),
        attributions=attributions,
        figure=base64.b64encode(figure).decode(),
        further={
            title: grid_of_table(of_protocol(table, study["protocol"]) if "protocol" in table else table)
            for title, table in (further or {}).items()
        },
    )


def grid_of_controls(group: pd.DataFrame) -> dict[str, list]:
    """Table of one system and phase, maps in rows, quantities in columns: ``head`` and ``rows``."""
    quantities = [name for name in SYMBOLS if (group["quantity"] == name).any()]
    cells = group.drop_duplicates(["map", "quantity"]).set_index(["map", "quantity"])
    rows = [
        [name_of_map(name), *(_cell(cells, (name, quantity), quantity) for quantity in quantities)]
        for name in maps_of(group)
    ]
    return {"head": ["map", *(SYMBOLS[name] for name in quantities)], "rows": rows}


def grid_of_table(table: pd.DataFrame) -> dict[str, list]:
    """Pivot a long table to quantities in columns, means over networks only: ``head`` and ``rows``."""
    if "statistic" in table:
        table = table[table["statistic"] != "spearman"]
    if "network" in table:
        table = table[table["network"] == "mean"]
    keys = [name for name in table if name not in VALUES and name not in NO_KEYS]
    quantities = list(dict.fromkeys(table["quantity"]))
    cells = table.drop_duplicates([*keys, "quantity"]).set_index([*keys, "quantity"])
    rows = []
    for key in dict.fromkeys(zip(*(table[name] for name in keys), strict=True)):
        values = [_cell(cells, (*key, quantity), quantity) for quantity in quantities]
        rows.append([*(str(part) for part in key), *values])
    return {"head": [*keys, *(SYMBOLS.get(name, name) for name in quantities)], "rows": rows}


def _cell(cells: pd.DataFrame, key: tuple, quantity: str) -> str:
    """Value and interval of one row of an indexed table; a dash if there is none."""
    if key not in cells.index or not np.isfinite(float(cells.loc[key, "value"])):
        return "–"
    row = cells.loc[key]
    text = with_interval(*(float(row[name]) for name in ("value", "low", "high")), quantity not in UNSIGNED)
    threshold = threshold_of(row) if "side" in row else ""
    return f"{text} ({threshold})" if threshold else text
