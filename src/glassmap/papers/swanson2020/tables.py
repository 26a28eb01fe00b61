"""Tables of the classifiers: accuracy and AUC, their matrix, variants of the graph classifier, trials of the search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.io.datasets import read_table
from glassmap.papers.swanson2020.published import number_of_set, published_auc
from glassmap.statistics import area_under_curve, change_interval, finite_deviation, finite_mean, share_interval

COLUMNS = ("tested", "phase", "replica", "split", "logit", "p_glass")
TEST = "test"
ONE_REPLICA = "one test replica: no interval"
GRAPH = "d_mpnn"  # the graph classifier, whose variants have a name after a hyphen
PLAIN = ""  # name among its variants of that of the study, none in the table


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

    def trials(self, quantity: str) -> float:
        """Independent trials whose share of hits varies at least as much as the mean over folds.

        Of the accuracy one for each test replica, whose two verdicts may be right or wrong together. Of the AUC one for
        each replica of the rarer class: it is the mean, over shifts, of shares of so many pairs of a glass and a
        liquid, no two of which have a sample in common, and varies no more than each of these shares, if samples are
        independent (Hoeffding, J. Am. Stat. Assoc. 58, 13 (1963), Sec. 5). Folds of unlike sizes count as their mean
        varies.
        """
        numbers = []
        for fold in self.folds:
            by_class = fold.groupby("class")["replica"].nunique()
            numbers.append(fold["replica"].nunique() if quantity == "accuracy" else by_class.min())
        return len(numbers) ** 2 / sum(1 / number for number in numbers)

    def deviations(self) -> np.ndarray:
        """What each test replica adds to the AUC, in the order of folds and replicas.

        The structural components of DeLong, DeLong and Clarke-Pearson, Biometrics 44, 837 (1988), less their mean and
        over their number, of the replica's samples together.
        """
        found = []
        for fold in self.folds:
            ones = fold["class"].to_numpy() == 1
            logit, replica = fold["logit"].to_numpy(), fold["replica"].to_numpy()
            above = np.sign(logit[ones][:, None] - logit[~ones]) / 2 + 0.5
            of_ones, of_zeros = ((above.mean(axis=axis) - above.mean()) / above.shape[1 - axis] for axis in (1, 0))
            parts = pd.Series(np.concatenate([of_ones, of_zeros]), np.concatenate([replica[ones], replica[~ones]]))
            found.append(parts.groupby(level=0).sum().to_numpy())
        return np.concatenate(found)

    @property
    def note(self) -> str:
        """Why there is no interval, if there is none."""
        return "" if self.trials("auc") > 1 else ONE_REPLICA

    def row(self, quantity: str) -> dict[str, float]:
        """Mean over folds, its deviation between them and its 95 % interval for other test replicas."""
        values, trials = self.by_fold(quantity), self.trials(quantity)
        mean = float(finite_mean(values))
        low, high = map(float, share_interval(mean, trials)) if trials > 1 else (np.nan, np.nan)
        return {
            quantity: mean,
            f"{quantity}_std": float(finite_deviation(values)),
            f"{quantity}_low": low,
            f"{quantity}_high": high,
        }


def change_of_auc(own: Judged, other: Judged) -> dict[str, float]:
    """AUC of a network above that of another on the same test replicas, with its 95 % interval."""
    both = [tuple(one.row("auc")[key] for key in ("auc", "auc_low", "auc_high")) for one in (own, other)]
    one, two = own.deviations(), other.deviations()
    size = np.sqrt((one @ one) * (two @ two))
    trials = own.trials("auc")
    # as if one more trial had none: few replicas on which both err alike do not make the change certain
    correlation = max(one @ two / size, 0.0) * (trials - 1) / trials if size > 0 else 0.0
    low, high = map(float, change_interval(*both, correlation))
    return {"auc_change": both[0][0] - both[1][0], "auc_change_low": low, "auc_change_high": high}


def _accuracy(logits: np.ndarray, classes: np.ndarray) -> float:
    return float(((logits > 0) == (classes == 1)).mean())


def read_judged(files: SimpleNamespace, params: SimpleNamespace) -> dict[tuple[str, str], dict[str, Judged]]:
    """What each network, by the pair of states that it has learned and its name, says of every pair.

    After them the numbers of `glassmap.learning.one_number`, if their file is among the inputs.
    """
    found: dict[tuple[str, str], dict[str, Judged]] = {}
    for (dataset, network, _), path in zip(params.networks, files.predictions, strict=True):
        table = read_table(path, COLUMNS)
        table = table[table["split"] == TEST].assign(**{"class": (table["phase"] == params.phases[1]).astype(int)})
        of_network = found.setdefault((dataset, network), {})
        for tested, rows in table.groupby("tested", sort=False):
            of_network.setdefault(tested, Judged([])).folds.append(rows)
    if hasattr(files, "one_number"):
        table = read_table(files.one_number, ("dataset", "network", "fold", "tested", "phase", "replica", "logit"))
        table = table.assign(**{"class": (table["phase"] == params.phases[1]).astype(int)})
        for (dataset, number, tested, _), rows in table.groupby(["dataset", "network", "tested", "fold"], sort=False):
            found.setdefault((dataset, number), {}).setdefault(tested, Judged([])).folds.append(rows)
    return found


def auc(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Accuracy and AUC of every network on the test replicas of the pair of states that it has learned (Fig. 5).

    After the networks those of one number of the graph, whose threshold the same training replicas set.
    """
    rows = []
    for (dataset, network), by_tested in read_judged(files, params).items():
        judged = by_tested[dataset]
        rows.append(
            {
                "dataset": dataset,
                "network": network,
                "folds": len(judged.folds),
                "samples": judged.samples,
                **judged.row("accuracy"),
                **judged.row("auc"),
                "note": judged.note,
            }
        )
    return pd.DataFrame(rows)


def auc_matrix(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """AUC of every network on the test replicas of all pairs of states, beside the published one.

    Test replicas are those of the network's own fold in every pair, so it has never seen a moment of their cooling.
    """
    rows = []
    numbers = {name: number_of_set(temperature) for name, temperature in params.published_liquids.items()}
    for (dataset, network), by_tested in read_judged(files, params).items():
        for tested in params.datasets:
            judged = by_tested[tested]
            row = {"network": network, "trained": dataset, "tested": tested, "samples": judged.samples}
            row |= judged.row("auc")
            published = published_auc(numbers.get(dataset), numbers.get(tested))
            rows.append({**row, "published": published, "note": judged.note})
    return pd.DataFrame(rows)


def graph_variants(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """What each choice of the graph classifier changes, on the same test replicas.

    Each variant is compared with `nearest_variant`, which the column ``compared_with`` names: what they do not have in
    common is what changes the AUC.
    """
    rows, judged = [], read_judged(files, params)
    by_dataset: dict[str, dict[str, Judged]] = {}
    for (dataset, network), by_tested in judged.items():
        kind, _, variant = network.partition("-")
        if kind == GRAPH:
            by_dataset.setdefault(dataset, {})[variant] = by_tested[dataset]
    for dataset, of_variants in by_dataset.items():
        # without variants on a pair of states there is nothing to compare
        if PLAIN not in of_variants or len(of_variants) == 1:
            continue
        changes = {name: changed_choices(params, name) for name in of_variants}
        for variant, own in of_variants.items():
            row = {
                "dataset": dataset,
                "variant": variant or "none",
                "changes": ", ".join(
                    f"{key}: {params.graph[key]} -> {value}" for key, value in changes[variant].items()
                ),
                "folds": len(own.folds),
                **own.row("accuracy"),
                **own.row("auc"),
                "note": own.note,
            }
            if variant != PLAIN:
                other = nearest_variant(variant, changes)
                row |= {"compared_with": other or "none", **change_of_auc(own, of_variants[other])}
            rows.append(row)
    columns = [
        *("dataset", "variant", "changes", "folds", "accuracy", "accuracy_std", "accuracy_low", "accuracy_high"),
        *("auc", "auc_std", "auc_low", "auc_high"),
        *("compared_with", "auc_change", "auc_change_low", "auc_change_high", "note"),
    ]
    return pd.DataFrame(rows, columns=columns)


def changed_choices(params: SimpleNamespace, variant: str) -> dict:
    """Keys of the graph classifier that a variant has another value of than the study, with its values."""
    return {key: value for key, value in params.variants.get(variant, {}).items() if value != params.graph[key]}


def nearest_variant(variant: str, changes: Mapping[str, Mapping]) -> str:
    """The network that has the most of a variant's changes, but not all of them, and no others; the first of several.

    Parameters
    ----------
    variant : str
    changes : mapping of str to mapping
        Changed keys and their values by the name of the variant, `PLAIN` among them, which has none.

    Examples
    --------
    >>> from glassmap.papers.swanson2020.tables import nearest_variant
    >>> changes = {"": {}, "windows": {"window": 0.4}, "batch": {"window": 0.4, "attention": "batch"}}
    >>> nearest_variant("batch", changes), nearest_variant("windows", changes)
    ('windows', '')
    """
    own = changes[variant].items()
    fewer = [name for name, others in changes.items() if others.items() < own]
    return max(fewer, key=lambda name: len(changes[name]), default=PLAIN)


def search(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Every trial of the search for hyperparameters, of each pair of states, network and fold."""
    parts: Sequence[pd.DataFrame] = [
        read_table(path, ("trial", "state", "auc", "chosen")).assign(dataset=dataset, network=network, fold=fold)
        for (dataset, network, fold), path in zip(params.networks, files.trials, strict=True)
    ]
    table = pd.concat(parts)
    first = ["dataset", "network", "fold"]
    return table[[*first, *(name for name in table if name not in first)]]
