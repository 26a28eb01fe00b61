"""Predictors against the cage-relative displacement of ageing glasses, the dynamics of the first paper."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.analysis.propensity_correlations import MEASURED, table
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import DYNAMICS
from glassmap.learning.predictors import CLASSES, NOTHING
from glassmap.papers.oyama2023.method import METHODS

DISPLACEMENT = "cage_relative_displacement"
NETWORKS = "gradcam"  # were told which samples are glass
COLUMNS = (
    *("system", "protocol", "xi", "temperature", "target", "xi_propensity", "time", "delta"),
    *("predictor", "version", "length", "told"),
    *("training_structures", "structures", "mean_within", "mean_within_low", "mean_within_high"),
    *("p_of_largest", "moved_largest", "noise_ceiling", "share_of_ceiling"),
)


def aging(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Correlations of ``tables/dynamics.csv`` in the columns of ``tables/predictors.csv``.

    Means over the few glasses that have runs, with their 95 % intervals (of one glass over its runs), at each time;
    ``xi`` says which lengths. The displacement is coarse-grained over ``xi_propensity``, 0 if bare, or squared, as the
    protocol has it. ``share_of_ceiling`` is of the magnitude. ``p_of_largest`` is of the largest correlation over all
    times and temperatures, by maps that are moved within the same glass
    (`glassmap.analysis.moved_maps.max_statistic_test`); there is none with ``measured`` lengths, which were chosen for
    the largest correlation with the same glass, as those of moved maps are not.
    """
    dynamics = {
        system: read_dataset(path, DYNAMICS) for system, path in zip(params.systems, files.dynamics, strict=True)
    }
    found = table(dynamics)
    found = found[found["configuration"] == "mean"].rename(
        columns={
            "indicator": "predictor",
            "pearson": "mean_within",
            "low": "mean_within_low",
            "high": "mean_within_high",
            "xi_structure": "length",
        }
    )
    moved = pd.DataFrame(
        {
            "system": system,
            "protocol": protocol,
            "xi": choice,
            "predictor": name,
            "structures": dataset.sizes["configuration"],
            "p_of_largest": np.nan if choice == MEASURED else float(dataset["moved_p"].values[p, c, i]),
            "moved_largest": np.nan if choice == MEASURED else float(dataset["moved_largest"].values[p, c, i]),
        }
        for system, dataset in dynamics.items()
        for p, protocol in enumerate(dataset["protocol"].values)
        for c, choice in enumerate(dataset["choice"].values)
        for i, name in enumerate(dataset["indicator_name"].values)
    )
    found = found.merge(moved, how="left", on=["system", "protocol", "xi", "predictor"])
    of_networks = found["predictor"] == NETWORKS
    ceiling = found["noise_ceiling"].where(found["noise_ceiling"] > 0)
    found = found.assign(
        target=found["protocol"].map(lambda name: DISPLACEMENT + ("_squared" if METHODS[name].power == 2 else "")),
        version=np.where(found["length"] == 0, "bare", "coarse_grained"),
        told=np.where(of_networks, CLASSES, NOTHING),
        training_structures=np.where(of_networks, params.training, 0),
        share_of_ceiling=found["mean_within"].abs() / ceiling,
    )
    return found[list(COLUMNS)]
