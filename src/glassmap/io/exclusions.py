"""What does not count and why: crystals, networks at chance, wrong samples, dead maps; imports nothing heavy."""

import numpy as np
import pandas as pd

from glassmap.errors import GlassmapError

# why the map of a network does not count for a sample, the first that applies; empty if it counts
CRYSTAL, FAILED, WRONG, DEAD, CONSTANT = "crystal", "failed", "wrong", "dead", "constant"
IN_A_NOTE = {
    CRYSTAL: "of crystals",
    FAILED: "of networks at chance",
    WRONG: "of misclassified samples",
    DEAD: "dead",
    CONSTANT: "constant",
}
CONSTANT_FIELD = "a field is constant"


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


def exclusion_reasons(
    crystallised: np.ndarray,
    failed: np.ndarray,
    correct: np.ndarray,
    dead: np.ndarray | bool = False,
    constant: np.ndarray | bool = False,
) -> np.ndarray:
    """Why the map of each network does not count for each sample.

    Parameters
    ----------
    crystallised : ndarray of bool, shape (sample,)
    failed : ndarray of bool, shape (network,)
    correct : ndarray of bool, shape (network, sample)
        Whether the network classifies the sample correctly.
    dead, constant : ndarray of bool, shape (network, sample), optional
        Whether the map is nowhere positive, and whether it is the same everywhere.

    Returns
    -------
    ndarray of str, shape (network, sample)
        The first reason that applies, in the order of the parameters; empty where the map counts.
    """
    conditions = (crystallised, failed[:, None], ~correct, dead, constant)
    return np.select([np.broadcast_to(one, correct.shape) for one in conditions], list(IN_A_NOTE), default="")


def why_nothing_is_left(reasons: np.ndarray) -> str:
    """Note on a statistic of maps none of which counts; empty if one does.

    Parameters
    ----------
    reasons : ndarray of str, shape (network, sample)
        From `exclusion_reasons`; of a field that involves no network, shape (1, sample).
    """
    if not reasons.size:
        return "no test sample"
    if (reasons == "").any():
        return ""
    networks, samples = reasons.shape
    if (reasons == CRYSTAL).all():
        return f"no glass left: {samples} of {samples} are crystals"
    if (reasons == FAILED).all():
        return f"no network above chance: {networks} of {networks} failed"
    counts = {words: int((reasons == reason).sum()) for reason, words in IN_A_NOTE.items()}
    return f"no map left of {reasons.size}: " + ", ".join(
        f"{count} {words}" for words, count in counts.items() if count
    )


def note_if_missing(value: float, reasons: np.ndarray, otherwise: str = CONSTANT_FIELD) -> str:
    """Why a statistic is NaN: `why_nothing_is_left`, or ``otherwise`` if something is; empty if it is a number."""
    return "" if np.isfinite(value) else why_nothing_is_left(reasons) or otherwise
