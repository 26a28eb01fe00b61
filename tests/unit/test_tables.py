"""Tables: the right number in the right place, with its sign."""

import re
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from repository import REPOSITORY

from glassmap.analysis.correlations import PAIRS, quantity_of
from glassmap.io.datasets import write_table
from glassmap.learning.map_class import map_classes
from glassmap.papers.oyama2023.reproduction import reproduction_table
from glassmap.papers.oyama2023.tables_accuracy import accuracies, accuracy_table
from glassmap.papers.oyama2023.tables_correlations import correlations_table
from glassmap.workflow.papers import make

PHASES = ("liquid", "glass")


@pytest.fixture
def reference() -> pd.DataFrame:
    return pd.read_csv(REPOSITORY / "resources/paper_values.csv")


@pytest.fixture
def summary(rng) -> pd.DataFrame:
    rows = [
        {
            "system": system, "phase": phase, "map_class": map_class, "protocol": protocol, "quantity": quantity,
            "statistic": statistic,
            "value": rng.uniform(-1, 1), "low": -0.9, "high": 0.9, "std_over_samples": 0.1, "std_over_networks": 0.05,
            "samples": 6, "networks": 3, "failed": 0, "wrong": 1, "dead": 0, "crystallised": 0, "note": "",
        }
        for system in ("KAM", "ABM") for phase in ("glass", "liquid") for protocol in ("frontiers", "arxiv-v2")
        for quantity in (quantity_of(*pair) for pair in PAIRS) for statistic in ("pearson", "spearman")
        for map_class in (map_classes(phase, PHASES) if "gamma" in quantity else ("",))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def judged(right_glass: int, right_liquid: int) -> pd.DataFrame:
    rows = []
    for phase, other, right in (("glass", "liquid", right_glass), ("liquid", "glass", right_liquid)):
        rows += [
            {"phase": phase, "replica": i, "split": "test", "p_glass": 0.5, "predicted": phase if i < right else other}
            for i in range(10)
        ]
        rows += [{"phase": phase, "replica": 99, "split": "train", "p_glass": 0.5, "predicted": other}]
    return pd.DataFrame(rows)


def test_accuracy_is_counted_on_the_test_split(reference):
    networks = pd.concat(
        [
            accuracies(judged(10, 8), "trained", "KAM", 0, PHASES),
            accuracies(judged(8, 9), "trained", "KAM", 1, PHASES),
            accuracies(judged(0, 10), "failed", "KAM", 2, PHASES),
        ]
    )
    table = accuracy_table(networks, reference).set_index(["phase", "network"])
    assert table.loc[("glass", "seed-1"), "accuracy"] == pytest.approx(0.8)
    assert table.loc[("glass", "seed-2"), "status"] == "failed"
    mean = table.loc[("glass", "mean")]
    assert mean["accuracy"] == pytest.approx(0.9)
    assert mean["std_over_networks"] == pytest.approx(np.std([1.0, 0.8], ddof=1))
    assert mean["status"] == "2 of 3 trained"
    assert mean["paper"] == 1.0 and table.loc[("liquid", "mean"), "paper"] == 0.998


def test_table2_is_made_of_the_files_of_a_rule(tmp_path, reference):
    """By the name that the rule gives its script; a network at chance is named failed, and counts in no mean."""
    networks, files = [("KAM", 0), ("KAM", 1)], {"predictions": [], "history": []}
    files["reference"] = REPOSITORY / "resources/paper_values.csv"
    for (_, seed), right, accuracy in zip(networks, (9, 5), (1.0, 0.5), strict=True):
        epochs = {"epoch": 1, "train_loss": 0.1, "train_accuracy": accuracy, "validation_loss": 0.1}
        tables = {
            "predictions": judged(right, right),
            "history": pd.DataFrame([epochs | {"validation_accuracy": accuracy}]),
        }
        for kind, table in tables.items():
            files[kind].append(tmp_path / f"{kind}-{seed}.csv")
            write_table(table, files[kind][-1])
    table = make(
        "oyama2023.tables_accuracy.table2", files, {"networks": networks, "phases": PHASES, "failed_below": 0.6}
    )
    assert table["status"].tolist() == 2 * ["trained", "failed", "1 of 2 trained"]
    assert table["accuracy"].tolist() == 2 * [0.9, 0.5, 0.9]


def test_every_function_that_a_rule_names_is_there():
    text = "\n".join(path.read_text() for path in (REPOSITORY / "workflow/rules").glob("*.smk"))
    named = re.findall(r'made_by\("(\w+)", "([\w.]+)"\)', text)
    assert len(named) > 25 and {script for script, _ in named} == {"table", "figure", "page"}
    for script, function in named:
        module, _, name = function.rpartition(".")
        annotation = getattr(import_module(f"glassmap.papers.{module}"), name).__annotations__["return"]
        assert annotation is {"table": pd.DataFrame, "figure": Figure, "page": str}[script], function


def test_table_s1_has_the_right_published_values(summary, reference):
    lengths = {"KAM": 20.0, "ABM": 10.0}
    table = correlations_table(summary, reference, "arxiv-v2", lengths, ["KAM"])
    assert len(table) == 24 + 8 and table["paper"].notna().all()
    # the paper's value of a liquid stands beside the maps of either class
    beside = table.query("phase == 'liquid' and quantity == 'c_gamma_upsilon' and statistic == 'pearson'")
    assert beside["map_class"].tolist() == 2 * ["glass", "own"] and beside["value"].nunique() == 4
    assert beside["paper"].tolist() == [0.858, 0.858, 0.031, 0.031]
    table = table[table["map_class"] != "own"].set_index(["system", "phase", "quantity", "statistic"])
    assert table.loc[("KAM", "glass", "c_gamma_upsilon", "pearson"), "paper"] == -0.828
    assert table.loc[("KAM", "liquid", "c_gamma_upsilon", "spearman"), "paper"] == 0.847
    assert table.loc[("ABM", "glass", "c_theta_upsilon", "pearson"), "paper"] == -0.326
    assert (table["protocol"] == "arxiv-v2").all()
    assert table.loc[("ABM", "glass", "c_theta_upsilon", "pearson"), "xi"] == 10
    assert table["xi_source"].groupby("system").unique().map(list).to_dict() == {
        "ABM": ["measured"],
        "KAM": ["published"],
    }
    frontiers = correlations_table(summary, reference, "frontiers", lengths, list(lengths))
    assert frontiers["paper"][frontiers["map_class"] != "own"].notna().sum() == 5  # what Frontiers prints


def test_reproduction_measures_each_number_under_its_own_protocol(summary, reference):
    accuracy = accuracy_table(
        pd.concat([accuracies(judged(10, 9), "trained", name, 0, PHASES) for name in ("KAM", "ABM")]), reference
    )
    table = reproduction_table(summary, accuracy, reference, "frontiers", PHASES)
    assert set(table["item"]) == {"table2", "section4.5", "table_s1"}
    own = table["map_class"] == "own"
    assert len(table[~own]) == 4 + 5 + 24 and len(table[own & (table["item"] == "table_s1")]) == 8
    assert set(table[own]["phase"]) == {"liquid"} and table[own]["quantity"].str.contains("gamma").all()
    assert (table["protocol"] == table["source"]).all()
    assert table["source"].iloc[0] == "frontiers"
    assert reproduction_table(summary, accuracy, reference, "arxiv-v2", PHASES)["source"].iloc[0] == "arxiv-v2"
    keys = ["system", "phase", "quantity", "statistic", "map_class"]
    indexed = table.set_index(["source", *keys])
    ours = summary.set_index(["protocol", *keys])["value"]
    for key, row in indexed.iterrows():
        if row["item"] != "table2":
            assert row["ours"] == ours[key]
    assert indexed.loc[("frontiers", "KAM", "liquid", "accuracy", "test", ""), "ours"] == pytest.approx(0.9)


def test_a_study_of_one_system_has_its_rows_only(summary, reference):
    accuracy = accuracy_table(accuracies(judged(10, 9), "trained", "ABM", 0, PHASES), reference)
    table = reproduction_table(summary[summary["system"] == "ABM"], accuracy, reference, "frontiers", PHASES)
    assert set(table["system"]) == {"ABM"}
