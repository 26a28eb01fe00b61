"""Lines at the start of the report on the second paper: what was asked, how well it is predicted, what limits it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from glassmap.io.datasets import read_table
from glassmap.papers.jung2023.names import MODELS


def prediction_lines(tables: Mapping[str, Path], study: Mapping) -> list[dict]:
    """What the study predicts and how well.

    Parameters
    ----------
    tables : mapping of str to Path
        The CSV files that the study has made, by name.
    study : mapping
        With ``replicas`` (structures of each state), ``transfer`` and ``systems``: their ``particles`` and ``states``.

    Returns
    -------
    list of dict
        ``name``, ``text`` and ``see`` (ids of tables and figures), for every table that there is.
    """

    def line(name: str, sentences: Callable, table: str, *see: str) -> list[dict]:
        if table not in tables:
            return []
        text = " ".join(sentences(read_table(tables[table], ("system", "state", "temperature", "note"))))
        return [{"name": name, "text": text, "see": see}]

    transfer = study["transfer"]
    models = "; ".join(
        f"{name} (N = {system['particles']}, T = "
        + ", ".join(f"{system['states'][state]:g}" for state in study["predicted_states"])
        + (f"; its test structures, by the models of {transfer[name]})" if name in transfer else ")")
        for name, system in study["systems"].items()
    )
    question = {
        "name": "Prediction",
        "text": "How much of the dynamics of single particles does the structure at the start say, and how "
        f"heterogeneous are they? {study['replicas']} structures of each state of {models}.",
        "see": (),
    }
    return [
        question,
        *line("Relaxation", _relaxation, "relaxation", "tables-relaxation"),
        *line("Correlation", _correlation, "pearson", "figures-fig2a", "figures-comparison", "tables-pearson"),
        *line("Heterogeneity", _heterogeneity, "chi4", "figures-fig3b", "figures-four_point", "tables-chi4"),
    ]


def _relaxation(table: pd.DataFrame) -> Iterator[str]:
    for row in table[(table["quantity"] == "tau_bb") & table["predicted"]].to_dict("records"):
        where, paper = f"{row['system']}, T = {row['temperature']:g}", row["paper"]
        known = np.isfinite(paper)
        if np.isfinite(row["value"]):
            beside = f" (paper {paper:.0f} τ)" if known else ""
            yield f"{where}: half of the bonds are broken after {row['value']:.3g} τ{beside}."
        else:
            beside = f"; in the paper half of them are broken after {paper:.0f} τ" if known else ""
            yield f"{where}: {row['at_the_end']:.2f} of the bonds are left at the end of the runs{beside}."


def _correlation(table: pd.DataFrame) -> Iterator[str]:
    for (system, temperature), rows in table.groupby(["system", "temperature"], sort=False):
        said = []
        for model, of_model in rows.groupby("model", sort=False):
            known = of_model[np.isfinite(of_model["pearson"])]
            if len(known):
                best = known.loc[known["pearson"].idxmax()]
                limits = f" [{best['low']:.2f}, {best['high']:.2f}]" if np.isfinite(best["low"]) else ""
                said.append(
                    f"{MODELS.get(model, model)} {best['pearson']:.2f}{limits} at t = {best['time']:.3g} τ, where "
                    f"noise allows {best['noise_ceiling']:.2f}"
                )
        yield f"{system}, T = {temperature:g}: {'at most ' + '; '.join(said) if said else 'nothing is learned'}."


def _heterogeneity(table: pd.DataFrame) -> Iterator[str]:
    for (system, temperature), rows in table.groupby(["system", "temperature"], sort=False):
        largest = rows.groupby("source", sort=False)["chi4"].max()
        said = ", ".join(f"{MODELS.get(source, source)} {value:.2g}" for source, value in largest.items())
        yield f"{system}, T = {temperature:g}: χ₄ is at most {said.replace('md ', 'of the dynamics ')}."
