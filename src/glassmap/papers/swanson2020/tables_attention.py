"""What the networks look at: their scores of the particles against hand-made indicators, and the pairs attended to."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.score_correlations import PARTIAL, correlate_scores, moved_scores, moved_test
from glassmap.io.datasets import files_by_key, read_dataset, select_replicas
from glassmap.io.schema import CONFIGURATIONS, NETWORK_SCORES
from glassmap.learning.names import ATTENTION
from glassmap.seeds import derive_seed
from glassmap.statistics import bootstrap_weights, finite_mean, mean_over_members
from glassmap.structure.indicators import Parameters, compute_all
from glassmap.system import System, pair_matrix

TRAINED = 0
NONE_RIGHT = "no sample of a class that the network recognises"
CONSTANT = "the scores or the indicator are the same for all particles"
PAIRS = {"pair_weight": "weight", "pair_high": "high"}


def attention(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Correlations of the networks' particle scores with indicators, and their attention by pairs of species.

    Parameters
    ----------
    files : namespace
        ``configurations`` by dataset and phase; ``scores`` by dataset, network, fold and phase.
    params : namespace
        ``datasets``, ``networks``, ``folds``, ``phases``; ``systems``, by dataset the block of the system with its
        ``tong_tanaka_sigma``; ``density_radius``; ``lengths``, ``moved_maps``; ``bootstrap_samples``, ``base_seed``.

    Returns
    -------
    DataFrame
        Means over the test samples that a network classifies correctly, of all folds together, with 95 % intervals over
        samples. ``random_weights`` is the same, over the same samples, of networks that learned nothing, with the least
        and the largest of them, and the share of them, counting the trained one, whose correlation is at least as
        large, of either sign (``random_weights_p``, NaN without a value); ``moved_p`` is the p-value against scores
        that are moved in their box.
    """
    configurations = files_by_key(files.configurations, params.datasets, params.phases)
    scores = files_by_key(files.scores, params.datasets, params.networks, params.folds, params.phases)
    rows: list[dict] = []
    for dataset in params.datasets:
        block = params.systems[dataset]
        system = System.from_config(dataset, block)
        parameters = Parameters(system.box, pair_matrix(block["tong_tanaka_sigma"]), system, params.density_radius)
        for phase in params.phases:
            samples = read_dataset(configurations[dataset, phase], CONFIGURATIONS)
            for network in params.networks:
                folds = []
                for fold in params.folds:
                    path = scores[dataset, network, fold, phase]
                    found = read_dataset(path, NETWORK_SCORES)
                    folds.append((found, select_replicas(found, samples, path)["position"].values))
                about = {"dataset": dataset, "phase": phase, "network": network}
                seed = derive_seed(params.base_seed, dataset, phase, network, "scores")
                species = samples["species"].values
                rows += ({**about, **row} for row in _of_network(folds, species, parameters, params, seed))
    return pd.DataFrame(rows)


def _of_network(
    folds: list[tuple[xr.Dataset, np.ndarray]],
    species: np.ndarray,
    parameters: Parameters,
    params: SimpleNamespace,
    seed: int,
) -> Iterator[dict]:
    """Rows of one network: of every score, length and indicator, then of the pairs that it attends to."""
    right = np.concatenate([one["correct"].values[TRAINED] for one, _ in folds]) == 1
    fold = np.repeat(np.arange(len(folds)), [one.sizes["sample"] for one, _ in folds])
    weights = bootstrap_weights(params.bootstrap_samples, len(right), seed)
    positions = np.concatenate([positions for _, positions in folds])
    indicators = compute_all(positions, species, parameters)
    box_length, planar = parameters.box.shortest, parameters.box.dimension == 2
    for score in folds[0][0]["score"].values.tolist():
        gamma = np.concatenate([one["gamma"].sel(score=score).values for one, _ in folds], axis=1).astype(float)
        for xi in params.lengths:
            real, moved = [], []
            for sample, points in enumerate(positions):
                own = {name: values[sample] for name, values in indicators.items()}
                real.append(correlate_scores(gamma[:, sample], own, points, box_length, xi))
                if planar and params.moved_maps:
                    of_sample = derive_seed(seed, "moved", sample)
                    settings = (own, points, box_length, xi, params.moved_maps, of_sample)
                    moved.append(moved_scores(gamma[TRAINED, sample], *settings))
            for quantity in real[0]:
                values = np.stack([one[quantity] for one in real], axis=-1)
                p, largest = np.nan, np.nan
                if moved and quantity != PARTIAL:
                    drawn = np.stack([one[quantity] for one in moved], axis=-1)
                    p, largest = moved_test(np.where(right, values[TRAINED], np.nan), drawn)
                yield {
                    "score": score,
                    "quantity": quantity,
                    "length": xi,
                    **_mean(values, right, fold, weights),
                    "moved_p": p,
                    "moved_largest": largest,
                }
    if ATTENTION not in folds[0][0]["score"].values:
        return
    for variable, name in PAIRS.items():
        of_kinds = np.concatenate([one[variable].values for one, _ in folds], axis=1)
        for index, kind in enumerate(folds[0][0]["kind"].values.tolist()):
            yield {
                "score": ATTENTION,
                "quantity": f"{name}_{kind}",
                **_mean(of_kinds[..., index], right, fold, weights, signed=False),
            }


def _mean(
    values: np.ndarray,
    right: np.ndarray,
    fold: np.ndarray,
    weights: np.ndarray,
    signed: bool = True,
) -> Mapping[str, float | int | str]:
    """Columns of the mean over samples of values, shape (network, S), of which network 0 is the trained one.

    Means of random weights are over the samples that count for the trained network.
    """
    trained = np.where(right, values[TRAINED], np.nan)
    mean = mean_over_members(trained[None], weights, (-1.0, 1.0) if signed else (0.0, np.inf))
    members = [fold == one for one in np.unique(fold)]
    of_folds = np.array([finite_mean(trained[chosen]) for chosen in members])
    # a null of samples that the value is not about, such as those taken for the other class, is none for it
    others = np.where(np.isfinite(trained), values[TRAINED + 1 :], np.nan)
    random = np.concatenate([finite_mean(others[:, chosen], axis=1) for chosen in members])
    random = random[np.isfinite(random)]
    reached = int((np.abs(random) >= abs(mean.value)).sum())
    return {
        "value": mean.value,
        "low": mean.low,
        "high": mean.high,
        "std_over_folds": float(np.std(of_folds, ddof=1)) if len(of_folds) > 1 else np.nan,
        "samples": mean.samples,
        "random_weights": float(random.mean()) if len(random) else np.nan,
        "random_weights_low": float(random.min(initial=np.inf)) if len(random) else np.nan,
        "random_weights_high": float(random.max(initial=-np.inf)) if len(random) else np.nan,
        # a correlation that random weights reach with either sign is none that the training has made
        "random_weights_p": (1 + reached) / (1 + len(random)) if signed and len(random) else np.nan,
        "note": "" if np.isfinite(mean.value) else CONSTANT if right.any() else NONE_RIGHT,
    }
