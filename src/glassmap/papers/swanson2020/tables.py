"""Tables of the classifiers: accuracy and AUC, their matrix, variants of the graph classifier, trials of the search."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.io.datasets import read_table
from glassmap.papers.swanson2020.published import number_of_set, published_auc
from glassmap.seeds import derive_seed
from glassmap.statistics import (
    area_under_curve,
    bootstrap_weights,
    finite_deviation,
    finite_mean,
    interval,
    resampled_area_under_curve,
)

COLUMNS = ("tested", "phase", "replica", "split", "logit", "p_glass")
TEST = "test"
GRAPH = "d_mpnn"  # the graph classifier, whose variants have a name after a hyphen


@dataclass(frozen=True)
class Judged:
    """What the networks of all folds say of the test samples of a pair of states.

    Attributes
    ----------
    folds : list of DataFrame
        Columns ``replica``, ``class`` (1 for glass) and ``logit``.
    """

    folds: list[pd.DataFrame]

    @property
    def samples(self) -> int:
        """Test samples of all folds."""
        return sum(len(fold) for fold in self.folds)

    def by_fold(self, quantity: str) -> np.ndarray:
        """Accuracy or AUC of each fold."""
        scores = {"accuracy": _accuracy, "auc": area_under_curve}
        return np.array([scores[quantity](fold["logit"].to_numpy(), fold["class"].to_numpy()) for fold in self.folds])

    def resampled(self, quantity: str, params: SimpleNamespace) -> np.ndarray:
        """Mean over folds for bootstrap samples of the test replicas of each; the same ones for all networks."""
        scores: dict[str, Callable] = {"accuracy": _resampled_accuracy, "auc": resampled_area_under_curve}
        found = []
        for number, fold in enumerate(self.folds):
            replicas, place = np.unique(fold["replica"], return_inverse=True)
            seed = derive_seed(params.base_seed, "bootstrap of test replicas", number)
            weights = bootstrap_weights(params.bootstrap_samples, len(replicas), seed)[:, place]
            found.append(scores[quantity](fold["logit"].to_numpy(), fold["class"].to_numpy(), weights))
        return finite_mean(np.array(found))

    def replicas(self) -> int:
        """Test replicas of all folds."""
        return sum(fold["replica"].nunique() for fold in self.folds)

    def row(self, quantity: str, params: SimpleNamespace) -> dict[str, float]:
        """Mean over folds, its deviation between them and its 95 % interval over test replicas."""
        values = self.by_fold(quantity)
        mean = float(finite_mean(values))
        low, high = np.clip(interval(mean, self.resampled(quantity, params), self.replicas()), 0, 1).tolist()
        return {
            quantity: mean,
            f"{quantity}_std": float(finite_deviation(values)),
            f"{quantity}_low": low,
            f"{quantity}_high": high,
        }


def _accuracy(logits: np.ndarray, classes: np.ndarray) -> float:
    return float(((logits > 0) == (classes == 1)).mean())


def _resampled_accuracy(logits: np.ndarray, classes: np.ndarray, multiplicity: np.ndarray) -> np.ndarray:
    return multiplicity @ ((logits > 0) == (classes == 1)) / multiplicity.sum(axis=1)


def read_judged(files: SimpleNamespace, params: SimpleNamespace) -> dict[tuple[str, str], dict[str, Judged]]:
    """What each network, by the pair of states that it has learned and its name, says of every pair."""
    found: dict[tuple[str, str], dict[str, Judged]] = {}
    for (dataset, network, _), path in zip(params.networks, files.predictions, strict=True):
        table = read_table(path, COLUMNS)
        table = table[table["split"] == TEST].assign(**{"class": (table["phase"] == params.phases[1]).astype(int)})
        of_network = found.setdefault((dataset, network), {})
        for tested, rows in table.groupby("tested", sort=False):
            of_network.setdefault(tested, Judged([])).folds.append(rows)
    return found


def auc(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Accuracy and AUC of every network on the test replicas of the pair of states that it has learned (Fig. 5)."""
    rows = []
    for (dataset, network), by_tested in read_judged(files, params).items():
        judged = by_tested[dataset]
        rows.append(
            {
                "dataset": dataset,
                "network": network,
                "folds": len(judged.folds),
                "samples": judged.samples,
                **judged.row("accuracy", params),
                **judged.row("auc", params),
            }
        )
    return pd.DataFrame(rows)


def auc_matrix(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """AUC of every network on the test replicas of all pairs of states, beside the published one.

    Test replicas are those of the network's own fold in every pair, so it has never seen a moment of their cooling.
    """
    rows = []
    numbers = {name: number_of_set(temperature) for name, temperature in params.temperatures.items()}
    for (dataset, network), by_tested in read_judged(files, params).items():
        for tested in params.datasets:
            judged = by_tested[tested]
            row = {"network": network, "trained": dataset, "tested": tested, "samples": judged.samples}
            row |= judged.row("auc", params)
            rows.append({**row, "published": published_auc(numbers.get(dataset), numbers.get(tested))})
    return pd.DataFrame(rows)


def graph_variants(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """What each choice of the graph classifier changes, on the same test replicas."""
    rows, judged = [], read_judged(files, params)
    for (dataset, network), by_tested in judged.items():
        kind, _, variant = network.partition("-")
        if kind != GRAPH or (dataset, GRAPH) not in judged:
            continue
        own, usual = by_tested[dataset], judged[dataset, GRAPH][dataset]
        changed = params.variants.get(variant, {})
        row = {
            "dataset": dataset,
            "variant": variant or "none",
            "changes": ", ".join(f"{key}: {params.graph[key]} -> {value}" for key, value in changed.items()),
            "folds": len(own.folds),
            **own.row("accuracy", params),
            **own.row("auc", params),
        }
        if variant:
            change = row["auc"] - float(finite_mean(usual.by_fold("auc")))
            resampled = own.resampled("auc", params) - usual.resampled("auc", params)
            low, high = interval(change, resampled, own.replicas())
            row |= {"auc_change": change, "auc_change_low": low, "auc_change_high": high}
        rows.append(row)
    # without variants on a pair of states there is nothing to compare
    varied = {row["dataset"] for row in rows if row["variant"] != "none"}
    columns = [
        *("dataset", "variant", "changes", "folds", "accuracy", "accuracy_std", "accuracy_low", "accuracy_high"),
        *("auc", "auc_std", "auc_low", "auc_high", "auc_change", "auc_change_low", "auc_change_high"),
    ]
    return pd.DataFrame([row for row in rows if row["dataset"] in varied], columns=columns)


def search(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Every trial of the search for hyperparameters, of each pair of states, network and fold."""
    parts: Sequence[pd.DataFrame] = [
        read_table(path, ("trial", "state", "auc", "chosen")).assign(dataset=dataset, network=network, fold=fold)
        for (dataset, network, fold), path in zip(params.networks, files.trials, strict=True)
    ]
    table = pd.concat(parts)
    first = ["dataset", "network", "fold"]
    return table[[*first, *(name for name in table if name not in first)]]
