"""The ten lines at the start of the report: what the study is and what it found, generated from its tables."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from glassmap.io.datasets import read_table
from glassmap.learning.map_class import OWN
from glassmap.papers.oyama2023 import figures_controls
from glassmap.papers.oyama2023.figures_controls import SYMBOLS, of_protocol
from glassmap.papers.oyama2023.null_comparison import BEYOND, NOT_COMPARED
from glassmap.papers.oyama2023.summary_page_sentences import (
    ORIGINS,
    beside_paper,
    count,
    count_verdicts,
    number,
    with_interval,
)

NOT_PART = "Not part of this study."
TABLE_S1 = ("system", "phase", "map_class", "quantity", "statistic", "value", "low", "high", "paper", "note")
NUMBER = ("source", "item", "system", "phase", "quantity", "statistic")  # what tells published numbers apart
INDICATORS = {"gradcam": "Γ", "voronoi_volume": "Υ", "tong_tanaka": "Θ"}


def ten_lines(tables: Mapping[str, Path], study: Mapping) -> list[dict]:
    """What the study is and what it found.

    Parameters
    ----------
    tables : mapping of str to Path
        The CSV files that the study has made, by name.
    study : mapping
        ``protocol``, ``xi``, ``replicas``, ``left_out`` (what the samples cannot say, and why; may be empty),
        ``phases`` (names of liquid and glass), ``source`` (``samples.source``), ``cooling_rates`` (by system,
        epsilon*/tau; none of samples that were not cooled), and ``systems``: of each its number of ``particles`` and
        the temperatures of its ``states``.

    Returns
    -------
    list of dict
        ten of ``name``, ``text`` and ``see`` (ids of tables and figures of the report).
    """

    def line(name: str, sentences: Callable, needed: Mapping[str, tuple], *see: str) -> dict:
        present = all(table in tables for table in needed)
        read = [read_table(tables[table], columns) for table, columns in needed.items()] if present else []
        text = " ".join(sentences(*read, study)) if present else NOT_PART
        return {"name": name, "text": text, "see": see}

    return [
        line("Question", _question, {}, "figures-fig1", "figures-fig2"),
        line("Samples", _samples, {}, "figures-fig_s7"),
        line(
            "Glass transition",
            _transition,
            {"glass_transition": ("system", "value", "low", "high", "paper", "note")},
            *("tables-glass_transition", "figures-fig_s6"),
        ),
        line(
            "Networks",
            _networks,
            {"table2": ("system", "phase", "network", "status", "accuracy", "paper")},
            "tables-table2",
        ),
        line(
            "Maps and structure",
            _structure,
            {"controls": figures_controls.COLUMNS} if "controls" in tables else {"table_s1": TABLE_S1},
            *("figures-fig6", "tables-table_s1"),
        ),
        line(
            "Null maps",
            _nulls,
            {"controls": figures_controls.COLUMNS},
            *("figures-what_the_network_adds", "tables-controls"),
        ),
        line(
            "Agreement",
            _agreement,
            {"ensemble": ("system", "phase", "map_class", "protocol", "quantity", "value", "low", "high", "note")},
            "tables-ensemble",
        ),
        line(
            "Dynamics",
            _dynamics,
            {"table5": ("protocol", "xi", "system", "indicator", "network", "c_max", "moved_p", "paper", "note")},
            *("figures-fig7", "tables-table5"),
        ),
        line(
            "Lengths",
            _lengths,
            {"table3": ("system", "quantity", "value", "low", "high", "paper", "note")},
            *("figures-fig3", "figures-fig8", "tables-table3"),
        ),
        line(
            "Beside the papers",
            _published,
            {"reproduction": (*NUMBER, "paper", "ours", "low", "high")},
            *("tables-reproduction", "figures-sensitivity"),
        ),
    ]


def _question(study: Mapping) -> Iterator[str]:
    yield (
        "Networks learn to tell glass from liquid; the Grad-CAM score Γ says which particles they look at. Is Γ the "
        "Voronoi volume Υ or the Tong-Tanaka order parameter Θ, and does it say where particles will move "
        "(propensity Δ)?"
    )


def _samples(study: Mapping) -> Iterator[str]:
    models = []
    for name, system in study["systems"].items():
        states = ", ".join(f"{state} at T = {temperature:g}" for state, temperature in system["states"].items())
        rate = study["cooling_rates"].get(name)
        origin = ORIGINS[study["source"]] if rate is None else f"cooled {beside_paper(rate)}"
        models.append(f"{name} (N = {system['particles']}, {states}, {origin})")
    yield f"{count(study['replicas'], 'replica')} of each model: {'; '.join(models)}."
    if study["left_out"]:
        yield f"Not computed: {study['left_out']}."


def _transition(table: pd.DataFrame, study: Mapping) -> Iterator[str]:
    for row in table.to_dict("records"):
        if np.isfinite(row["value"]):
            found = f"T* is {with_interval(row['value'], row['low'], row['high'], False)} in {row['system']}"
        else:
            found = f"{row['system']}: {row['note']}"
        yield f"{found}{_paper(row['paper'], False)}."


def _networks(table: pd.DataFrame, study: Mapping) -> Iterator[str]:
    means = table[table["network"] == "mean"]
    for system, rows in means.groupby("system", sort=False):
        accuracies = ", ".join(
            f"{number(row['accuracy'], False)} on {row['phase']}{_paper(row['paper'], False)}"
            for row in rows.to_dict("records")
        )
        yield f"{system}: {rows['status'].iloc[0]}, test accuracy {accuracies}."


def _structure(table: pd.DataFrame, study: Mapping) -> Iterator[str]:
    glass = study["phases"][1]
    rows = _of_networks(table, study["protocol"]) if "kind" in table else table[table["statistic"] == "pearson"]
    rows = rows[rows["phase"] == glass].drop_duplicates(["system", "quantity"])
    found, quantities = [], ("c_gamma_upsilon", "c_gamma_theta")
    for quantity in quantities:
        values = [
            f"{with_interval(row['value'], row['low'], row['high'])} in {row['system']}{_paper(row['paper'])}"
            for row in rows[rows["quantity"] == quantity].to_dict("records")
            if np.isfinite(row["value"])
        ]
        if values:
            found.append(f"{SYMBOLS[quantity]} is {' and '.join(values)}")
    if found:
        yield f"In the {glass} samples {'; '.join(found)}."
    yield from _not_measured(rows[rows["quantity"].isin(quantities)])


def _nulls(table: pd.DataFrame, study: Mapping) -> Iterator[str]:
    rows = _of_networks(table, study["protocol"])
    # quantities that involve no map are those of one class
    rows = rows.assign(own=rows["map_class"] == OWN).drop_duplicates(["system", "phase", "own", "quantity"])
    judged = [verdict for verdict in rows["verdict"] if isinstance(verdict, str) and verdict != NOT_COMPARED]
    if not judged:
        yield "No comparison with maps that need no trained network was possible."
        return
    counts = [
        f"{many} {'is' if many == 1 else 'are'} {name}"
        for name, many in count_verdicts(judged).items()
        if many or name == BEYOND
    ]
    yield f"Of {count(len(judged), 'comparison')} with maps that need no trained network {', '.join(counts)}."


def _agreement(table: pd.DataFrame, study: Mapping) -> Iterator[str]:
    rows = of_protocol(table, study["protocol"])
    glass = study["phases"][1]
    rows = rows[(rows["phase"] == glass) & (rows["map_class"] == glass)]
    values = {
        quantity: [
            f"{with_interval(row['value'], row['low'], row['high'])} in {row['system']}"
            for row in rows[rows["quantity"] == quantity].to_dict("records")
            if np.isfinite(row["value"])
        ]
        for quantity in ("agreement_coarse", "agreement_coarse_random_weights")
    }
    networks, nulls = values.values()
    if networks:
        text = f"Coarse-grained maps of the same {glass} sample by two networks correlate by {' and '.join(networks)}"
        yield f"{text}; by two networks with random weights by {' and '.join(nulls)}." if nulls else f"{text}."
    yield from _not_measured(rows[rows["quantity"] == "agreement_coarse"])


def _dynamics(table: pd.DataFrame, study: Mapping) -> Iterator[str]:
    means = table[(table["protocol"] == study["protocol"]) & (table["network"] == "mean")]
    rows = means[np.isfinite(means["c_max"])]
    # the study's choice of lengths first, then the others
    rows = rows.iloc[np.argsort(rows["xi"] != study["xi"], kind="stable")].drop_duplicates(["system", "indicator"])
    found = []
    for system, of_system in rows.groupby("system", sort=False):
        known = of_system.set_index("indicator").to_dict("index")
        values = [
            f"{number(known[name]['c_max'])} for {symbol}{_paper(known[name]['paper'], chance=known[name]['moved_p'])}"
            for name, symbol in INDICATORS.items()
            if name in known
        ]
        found.append(f"{system} {', '.join(values)}")
    if found:
        yield f"Largest correlation with Δ: {'; '.join(found)}."
    if np.isfinite(rows["moved_p"]).any():
        yield "p: probability of one as large by chance."
    without = means[~means["system"].isin(rows["system"])]
    yield from _not_measured(without.rename(columns={"c_max": "value"}))


def _lengths(table: pd.DataFrame, study: Mapping) -> Iterator[str]:
    for system, rows in table.groupby("system", sort=False):
        known = rows[np.isfinite(rows["value"])]
        found = []
        decay = known[known["quantity"].str.startswith("xi_delta_")].to_dict("records")
        if decay:
            delta = decay[-1]["quantity"].removeprefix("xi_delta_")
            found.append(f"Δ decays over {decay[-1]['value']:.1f} σ* at δ = {delta}{_paper(decay[-1]['paper'], False)}")
        for row in known[known["quantity"] == "r_gamma"].to_dict("records"):
            zero = with_interval(row["value"], row["low"], row["high"], False)
            found.append(f"C_Γ(r) vanishes at {zero} σ*{_paper(row['paper'], False)}")
        if found:
            yield f"{system}: {', '.join(found)}."
        else:
            yield from _not_measured(rows[rows["quantity"] == "r_gamma"])


def _published(table: pd.DataFrame, study: Mapping) -> Iterator[str]:
    known = table[np.isfinite(table["ours"]) & np.isfinite(table["paper"])]
    ranges = known[np.isfinite(known["low"]) & np.isfinite(known["high"])]
    inside = ((ranges["low"] <= ranges["paper"]) & (ranges["paper"] <= ranges["high"])).sum()
    correlations = known[known["quantity"].str.startswith("c_")]
    same = (correlations["ours"] * correlations["paper"] > 0).sum()
    numbers = known.drop_duplicates([*NUMBER])
    twice = " (those of liquids beside maps of either class)" if len(numbers) < len(known) else ""
    yield (
        f"{len(numbers)} published numbers are measured, in {count(len(known), 'comparison')}{twice}: {inside} of "
        f"{len(ranges)} lie within our 95 % intervals, and {same} of {len(correlations)} correlations have the "
        "published sign."
    )


def _of_networks(controls: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """Rows of the trained networks that the page "What the network adds" judges."""
    rows = of_protocol(controls, protocol)
    return rows[(rows["kind"] == "network") & (rows["statistic"] != "spearman") & rows["quantity"].isin(SYMBOLS)]


def _not_measured(rows: pd.DataFrame) -> Iterator[str]:
    """Which systems have no value, and why by the table's ``note``; of several rows of a system the first counts."""
    missing = rows[~np.isfinite(rows["value"])].drop_duplicates("system")
    reasons = missing["note"].map(lambda note: f" ({note})" if isinstance(note, str) and note else "")
    if len(missing):
        yield f"Not measured in {' and '.join(missing['system'] + reasons)}."


def _paper(value: float, signed: bool = True, chance: float = np.nan) -> str:
    """The paper's value and the chance level, as far as there are any, in brackets."""
    parts = [f"paper {number(value, signed)}"] if np.isfinite(value) else []
    parts += [f"p = {chance:.2g}"] if np.isfinite(chance) else []
    return f" ({', '.join(parts)})" if parts else ""
