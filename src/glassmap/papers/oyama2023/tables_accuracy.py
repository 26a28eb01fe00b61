"""Table 2: classification accuracy of the networks."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.io.datasets import read_table
from glassmap.io.exclusions import FAILED, note_if_missing
from glassmap.io.schema import HISTORY, PREDICTIONS
from glassmap.learning.training import has_failed
from glassmap.papers.oyama2023.published import published, read_published


def table2(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Classification accuracy of every network, and the mean (Frontiers, Table 2)."""
    rows = []
    for (system, seed), predictions, history in zip(params.networks, files.predictions, files.history, strict=True):
        failed = has_failed(read_table(history, HISTORY), params.failed_below)
        status = "failed" if failed else "trained"
        rows.append(accuracies(read_table(predictions, PREDICTIONS), status, system, seed, params.phases))
    return accuracy_table(pd.concat(rows), read_published(files.reference))


def accuracies(predictions: pd.DataFrame, status: str, system: str, seed: int, phases: Sequence[str]) -> pd.DataFrame:
    """Test accuracy of one network, by phase.

    Parameters
    ----------
    predictions : DataFrame
        Columns phase, replica, split, predicted.
    status : {"trained", "failed"}
    system : str
    seed : int
    phases : (str, str)
        Liquid and glass.

    Returns
    -------
    DataFrame
        Columns system, phase, seed, status, samples, wrong, accuracy.
    """
    test = predictions[predictions["split"] == "test"]
    rows = []
    for phase in reversed(phases):
        correct = test.loc[test["phase"] == phase, "predicted"] == phase
        rows.append(
            {
                "system": system,
                "phase": phase,
                "seed": seed,
                "status": status,
                "samples": len(correct),
                "wrong": int((~correct).sum()),
                "accuracy": float(correct.mean()),
            }
        )
    return pd.DataFrame(rows)


def accuracy_table(networks: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Classification accuracy on the test split (Frontiers, Table 2).

    Parameters
    ----------
    networks : DataFrame
        Rows from `accuracies` for all systems and seeds.
    reference : DataFrame
        The published values.

    Returns
    -------
    DataFrame
        One row per network, then a row ``network = mean`` over the networks that did not fail, with the standard
        deviation over networks and the paper's value. ``note`` says why there is no accuracy.
    """
    rows = []
    for (system, phase), group in networks.groupby(["system", "phase"], sort=False):
        samples = int(group["samples"].iloc[0])
        for record in group.to_dict("records"):
            note = note_if_missing(record["accuracy"], np.full((1, samples), ""))
            rows.append({"network": f"seed-{record.pop('seed')}", **record, "note": note})
        trained = group[group["status"] == "trained"]
        reasons = np.repeat(np.where(group["status"] == "trained", "", FAILED)[:, None], samples, axis=1)
        accuracy = trained["accuracy"].mean()
        rows.append(
            {
                "network": "mean",
                "system": system,
                "phase": phase,
                "status": f"{len(trained)} of {len(group)} trained",
                "samples": samples,
                "wrong": int(trained["wrong"].sum()),
                "accuracy": accuracy,
                "std_over_networks": trained["accuracy"].std(ddof=1),
                "paper": published(reference, "frontiers", "table2", system, phase, "accuracy", "test")[0],
                "note": note_if_missing(accuracy, reasons),
            }
        )
    columns = [
        "system",
        "phase",
        "network",
        "status",
        "samples",
        "wrong",
        "accuracy",
        "std_over_networks",
        "paper",
        "note",
    ]
    return pd.DataFrame(rows, columns=columns)
