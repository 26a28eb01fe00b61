"""Lines at the start of the report on the third paper: what was asked, and how well networks tell states apart."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from glassmap.io.datasets import read_table
from glassmap.learning.names import NUMBERS
from glassmap.papers.swanson2020.figures import LABELS
from glassmap.papers.swanson2020.report_sentences_attention import artificial, measures, scores


def classifier_lines(tables: Mapping[str, Path], study: Mapping) -> list[dict]:
    """What networks on pictures and on graphs tell apart, and how well.

    Parameters
    ----------
    tables : mapping of str to Path
        The CSV files that the study has made, by name.
    study : mapping
        With ``replicas`` and ``systems``.

    Returns
    -------
    list of dict
        ``name``, ``text`` and ``see`` (ids of tables and figures), for every table that there is.
    """
    lines = [
        {
            "name": "Pictures and graphs",
            "text": "Do networks tell liquid from glass by a picture of the particles, or by the graph of their "
            f"neighbours? {study['replicas']} replicas of {', '.join(study['systems'])}.",
            "see": (),
        }
    ]
    for name, sentences, table, *see in (
        ("Equal energies", _equal_energy, "equal_energy", "figures-sets", "tables-equal_energy"),
        ("Classifiers", _auc, "auc", "figures-auc", "tables-auc"),
        ("Other pairs", _transfer, "auc_matrix", "figures-auc_matrix", "tables-auc_matrix"),
        ("What they look at", scores, "attention", "figures-attention_maps", "tables-attention"),
        ("Graphs", measures, "graph_measures", "figures-graph_measures", "tables-graph_measures"),
        ("Artificial glasses", artificial, "artificial", "figures-artificial", "tables-artificial"),
    ):
        text = " ".join(sentences(read_table(tables[table], ()))) if table in tables else ""
        if text:
            lines.append({"name": name, "text": text, "see": tuple(see)})
    return lines


def _label(network: str) -> str:
    kind, _, variant = network.partition("-")
    return f"{LABELS[kind]} ({variant})" if variant else LABELS[kind]


def _equal_energy(table: pd.DataFrame) -> Iterator[str]:
    for row in table.to_dict("records"):
        beside = f" (paper {row['published']:g})" if pd.notna(row["published"]) else ""
        yield (
            f"The glass of {row['fast']} has the inherent energy of {row['slow']} at T = {row['temperature']:.3g} "
            f"[{row['low']:.3g}, {row['high']:.3g}]{beside}; its last set has the liquid at "
            f"T = {row['snapshot']:g}, whose energy differs by {row['difference']:.2g} ε* per particle."
        )


def _auc(table: pd.DataFrame) -> Iterator[str]:
    of_numbers = table["network"].isin(list(NUMBERS))
    for network, rows in table[~table["network"].str.contains("-") & ~of_numbers].groupby("network", sort=False):
        said = ", ".join(
            f"{row['dataset']} {row['auc']:.2f} "
            + (f"[{row['auc_low']:.2f}, {row['auc_high']:.2f}]" if pd.notna(row["auc_low"]) else f"({row['note']})")
            for row in rows.to_dict("records")
        )
        yield f"AUC of the {_label(network)}: {said}."
    if of_numbers.any():
        best = table[of_numbers].sort_values("auc", ascending=False).drop_duplicates("dataset").sort_values("dataset")
        said = ", ".join(
            f"{row['dataset']} {row['auc']:.2f} ({NUMBERS[row['network']]})" for row in best.to_dict("records")
        )
        yield f"One number of the graph tells them apart without a network with an AUC of: {said}."


def _transfer(table: pd.DataFrame) -> Iterator[str]:
    others = table[(table["trained"] != table["tested"]) & ~table["network"].str.contains("-")]
    others = others[~others["network"].isin(list(NUMBERS))]
    for network, rows in others.groupby("network", sort=False):
        worst = rows.loc[rows["auc"].idxmin()]
        beside = f" (paper {worst['published']:.2f})" if pd.notna(worst["published"]) else ""
        yield (
            f"The {_label(network)} does worst on pairs that it has not learned when it is trained on "
            f"{worst['trained']} and tested on {worst['tested']}: AUC {worst['auc']:.2f}{beside}."
        )
