"""Table of the graph measures: at which temperature their curves bend (supplement, Fig. 7)."""

import logging
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.glass_transition import bend_temperature
from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.exclusions import crystallised_replicas
from glassmap.io.schema import CRYSTALS, GRAPH_MEASURES
from glassmap.seeds import derive_seed
from glassmap.statistics import finite_deviation, finite_mean

LOG = logging.getLogger(__name__)
# of Fig. 7, in its order
MEASURES = ("isolated", "minority_pairs", "components")


def graph_measures(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """T_g of every graph measure of every system, by two lines, or a note why there is none.

    Parameters
    ----------
    files : namespace
        ``graph_measures`` and ``crystals`` by system.
    params : namespace
        ``systems``; ``limits``, by system the lowest and the highest temperature of the fit; ``neighbours``; ``fit``
        with ``points_per_line`` and ``bootstrap``; ``base_seed``.

    Notes
    -----
    The rule is that of T*, `glassmap.analysis.glass_transition.bend_temperature`: two lines fitted to any curve
    intersect somewhere, so a bend must be more than a smooth curve has.
    """
    rows = []
    for system, path, crystals in zip(params.systems, files.graph_measures, files.crystals, strict=True):
        measured = read_dataset(path, GRAPH_MEASURES)
        crystallised = crystallised_replicas(read_table(crystals, CRYSTALS), measured["replica"].values)
        for name in MEASURES:
            values = measured[name].values[~crystallised]
            seed = derive_seed(params.base_seed, system, "graph measures", name)
            found = bend_temperature(
                measured["temperature"].values, values, tuple(params.limits[system]), **params.fit, seed=seed
            )
            LOG.info(f"{system}, {name}: {found.note or f'T_g = {found.value:.3f} +- {found.std:.3f}'}")
            rows.append(
                {
                    "system": system,
                    "quantity": name,
                    "neighbours": params.neighbours,
                    "value": found.value,
                    "std": found.std,
                    "low": found.low,
                    "high": found.high,
                    "replicas": int((~crystallised).sum()),
                    "crystallised": int(crystallised.sum()),
                    "slope_lower": found.lower[0],
                    "intercept_lower": found.lower[1],
                    "slope_upper": found.upper[0],
                    "intercept_upper": found.upper[1],
                    "p": found.p,
                    "note": found.note,
                }
            )
    return pd.DataFrame(rows)


def curve(measured: xr.Dataset, name: str, crystallised: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Temperatures, ascending, the mean of a measure over replicas, and its standard error; shape (T,) each.

    NaN of what so few replicas do not tell.
    """
    of_all = measured.sortby("temperature")
    values = of_all[name].values[~crystallised]
    error = finite_deviation(values) / np.sqrt(max(1, len(values)))
    return of_all["temperature"].values, finite_mean(values), error
