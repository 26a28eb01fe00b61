"""Replicas excluded because their glass is a crystal; imports nothing heavy."""

import numpy as np
import pandas as pd

from glassmap.errors import GlassmapError


def crystallised_replicas(crystals: pd.DataFrame, replicas: np.ndarray) -> np.ndarray:
    """Whether the glass of each replica is a crystal.

    Parameters
    ----------
    crystals : DataFrame
        From `glassmap.structure.crystals.find_crystals`, columns replica and crystallised.
    replicas : ndarray of int, shape (S,)

    Returns
    -------
    ndarray of bool, shape (S,)

    Raises
    ------
    GlassmapError
        If a replica is not in the table.
    """
    flags = crystals.set_index("replica")["crystallised"]
    missing = [int(replica) for replica in replicas if replica not in flags.index]
    if missing:
        raise GlassmapError(f"crystals.csv: replicas {missing[:5]} are missing; delete it to make it again")
    return flags.loc[np.asarray(replicas)].to_numpy() == 1
