"""What the networks say of artificial configurations full of n-fold symmetry (supplement, Sec. IV and Fig. 4)."""

import logging
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.io.datasets import files_by_key, read_dataset
from glassmap.io.schema import CONFIGURATIONS
from glassmap.learning.cnn import GLASS, LIQUID
from glassmap.learning.names import RANDOM
from glassmap.learning.networks import Configurations, load_network, predict
from glassmap.papers.swanson2020.published import number_of_set
from glassmap.seeds import derive_seed
from glassmap.statistics import finite_deviation
from glassmap.structure.artificial import random_configuration, symmetric_configuration

LOG = logging.getLogger(__name__)
LEVEL = 0.95
COLUMNS = (
    *("dataset", "network", "configurations", "liquid", "low", "high"),
    *("std_over_folds", "published", "logit", "samples", "note"),
)
# "all of them were classified as liquids", whatever their symmetry, by the image classifier of the first set
PUBLISHED = {"image_cnn": 1.0}


def artificial_configurations(
    symmetries: Sequence[int], number: int, counts: Sequence[int], box: Box, base_seed: int
) -> dict[str, np.ndarray]:
    """Configurations of each symmetry, ``5-fold``, ..., and ``random`` ones, shape (number, N, 2) each."""
    makers = {f"{n}-fold": (n, lambda seed, n=n: symmetric_configuration(n, counts, box, seed)) for n in symmetries}
    makers[RANDOM] = (0, lambda seed: random_configuration(counts, box, seed))
    return {
        name: np.stack([make(derive_seed(base_seed, "artificial", n, one)) for one in range(number)])
        for name, (n, make) in makers.items()
    }


def artificial(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Share of artificial configurations that networks call liquid, by symmetry.

    Parameters
    ----------
    files : namespace
        ``configurations`` by dataset: of its glasses, for composition and box; ``models`` by dataset, network and fold.
    params : namespace
        ``datasets``, ``networks``, ``folds``; ``temperatures`` of the liquids of sets; ``symmetries``, ``number`` of
        configurations of each; ``base_seed``.

    Returns
    -------
    DataFrame
        Means over the networks of all folds, with 95 % intervals over configurations (Clopper and Pearson); ``logit``
        is that of the glass above that of the liquid. A system that has no such configurations (three
        dimensions, three species) has a note.
    """
    from scipy.stats import binomtest  # slow to load

    torch.set_num_threads(1)  # more change the order of summation
    glasses = files_by_key(files.configurations, params.datasets)
    published = params.published_liquids
    models = files_by_key(files.models, params.datasets, params.networks, params.folds)
    rows: list[dict] = []
    for dataset in params.datasets:
        glass = Configurations.of_dataset(read_dataset(glasses[dataset,], CONFIGURATIONS))
        counts = np.bincount(glass.species).tolist()
        seed = derive_seed(params.base_seed, dataset)
        try:
            made = artificial_configurations(params.symmetries, params.number, counts, glass.box, seed)
        except GlassmapError as error:
            rows += ({"dataset": dataset, "network": network, "note": str(error)} for network in params.networks)
            continue
        # A first, then B
        species = np.repeat([0, 1], counts)
        for network in params.networks:
            folds = [load_network(models[dataset, network, fold]) for fold in params.folds]
            for name, positions in made.items():
                shown = Configurations(positions, species, glass.box)
                draw = derive_seed(params.base_seed, dataset, network, name)
                logits = [predict(one, one.samples_of(shown, np.random.default_rng(draw))) for one in folds]
                above = np.stack([one[:, GLASS] - one[:, LIQUID] for one in logits]).astype(float)
                shares = (above < 0).mean(axis=1)
                share, number = float(shares.mean()), params.number
                # of as many configurations as one network has seen, since networks see the same ones
                limits = binomtest(round(share * number), number).proportion_ci(LEVEL, method="exact")
                LOG.info(f"{dataset}, {network}, {name}: {share:.0%} liquid")
                first = dataset in published and number_of_set(published[dataset]) == 1
                rows.append(
                    {
                        "dataset": dataset,
                        "network": network,
                        "configurations": name,
                        "liquid": share,
                        "low": min(share, limits.low),
                        "high": max(share, limits.high),
                        "std_over_folds": float(finite_deviation(shares)),
                        "published": PUBLISHED.get(network, np.nan) if first else np.nan,
                        "logit": float(above.mean()),
                        "samples": number,
                        "note": "",
                    }
                )
    return pd.DataFrame(rows, columns=list(COLUMNS))
