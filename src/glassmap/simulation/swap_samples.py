"""Samples of a state from its chains of swap Monte Carlo, refused unless they are stationary."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from scipy.stats import ttest_ind

from glassmap.errors import GlassmapError
from glassmap.io.schema import variable
from glassmap.io.splits import assign_splits

CHANCE = 1e-4  # that equilibrated chains are refused, by each of the tests of a state
LONGER = 1.5  # times the relaxation time that the structures were spaced by, beyond the error of both: too close


def stationarity_problem(chains: Sequence[xr.Dataset]) -> str | None:
    """What shows that the chains of a state are not equilibrated, in words; None if nothing does.

    Parameters
    ----------
    chains : sequence of Dataset
        From `glassmap.simulation.swap_chain.chain_dataset`.

    Notes
    -----
    An equilibrated chain does not know how old it is. Compared are the first and the second half of the structures of
    all chains: the energy, averaged on the way to each structure, and F_s from each structure to the next, at the time
    when it is nearest to 1/e. Both are averages over several relaxation times and independent from one structure to the
    next, so that Welch's t-test has the right errors although energies close in time are correlated.
    """
    for chain in chains:
        taken, found = (float(chain[name]) for name in ("relaxation_time", "relaxation_time_of_structures"))
        if not found <= LONGER * taken:
            spacing = float(chain["lag"][-1])
            last = f"more than {spacing:.3g}" if np.isnan(found) else f"{found:.3g}"
            return (
                f"structures are {spacing:.3g} tau apart, and their relaxation time is {last} tau, after {taken:.3g} "
                "tau before"
            )
    energies, scattering = [], []
    for chain in chains:
        number, records = chain.sizes["structure"], chain.sizes["lag"]
        energies.append(chain["potential_energy"].values[-number * records :].reshape(number, records).mean(axis=1))
        curves = chain["scattering"].values
        scattering.append(curves[:, np.argmin(np.abs(curves.mean(axis=0) - np.exp(-1)))])
    for name, values in (("the energy per particle", energies), ("F_s at the relaxation time", scattering)):
        first = np.concatenate([of_chain[: len(of_chain) // 2] for of_chain in values])
        second = np.concatenate([of_chain[-(len(of_chain) // 2) :] for of_chain in values])
        chance = ttest_ind(first, second, equal_var=False).pvalue
        if chance < CHANCE:
            return (
                f"{name} is {first.mean():.4f} in the first and {second.mean():.4f} in the second half of the "
                f"structures, by chance with p = {chance:.0e}"
            )
    return None


def configurations_of_chains(
    chains: Sequence[xr.Dataset], split: Mapping[str, float], name: str, remedy: str
) -> xr.Dataset:
    """Contents of ``configurations/<state>.nc`` from all chains of a state.

    Parameters
    ----------
    chains : sequence of Dataset
        From `glassmap.simulation.swap_chain.chain_dataset`, each with the same number of structures.
    split : mapping
        Fractions, for `glassmap.io.splits.assign_splits`. Structures several relaxation times apart are independent, so
        the split is by structure, not by chain.
    name : str
        System, state and temperature, for the message.
    remedy : str
        What to raise, besides the temperature, likewise.

    Returns
    -------
    Dataset
        With the variables of `glassmap.io.schema.CONFIGURATIONS`. Structures are numbered across the chains, the first
        of each, then the second of each, so that longer chains add structures at the end.

    Raises
    ------
    GlassmapError
        If the chains are not stationary; one line with what was found and what to do.
    """
    if problem := stationarity_problem(chains):
        raise GlassmapError(f"{name}: not in equilibrium: {problem}; raise {remedy} or the temperature")
    first = chains[0]
    position = np.stack([chain["position"].values for chain in chains], axis=1)
    position = position.reshape(-1, *position.shape[2:])
    number = np.arange(len(position))
    return xr.Dataset(
        {
            "position": variable(("sample", "particle", "axis"), position, "sigma*", "positions, wrapped into [0, L)"),
            "species": first["species"],
            "box_length": first["box_length"],
        },
        coords={
            "replica": variable(("sample",), number, "1", "number of the structure"),
            "chain": variable(("sample",), number % len(chains), "1", "chain of swap Monte Carlo"),
            "split": variable(("sample",), assign_splits(len(number), split), "1", "train, validation or test"),
        },
    )
