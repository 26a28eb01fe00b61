"""Table of the set whose liquid has the energy of its glass."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis import equal_energy as analysis
from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.exclusions import crystallised_replicas
from glassmap.io.schema import CRYSTALS, INHERENT_ENERGIES
from glassmap.papers.swanson2020.published import EQUAL_ENERGY_DIFFERENCE, EQUAL_ENERGY_TEMPERATURE
from glassmap.seeds import derive_seed

MAY_BE_A_GLASS = "colder than the liquids of all other sets: it may be a glass itself"


def read_energies(files: SimpleNamespace, params: SimpleNamespace) -> dict[str, xr.DataArray]:
    """Inherent energies (replica, temperature) of the slow system and of the fast one, if there is one.

    Replicas that crystallised are left out; their number is the attribute ``crystallised``.
    """
    batches = [read_dataset(path, INHERENT_ENERGIES) for path in files.inherent_structures]
    energies = {}
    for name, crystals in zip(filter(None, params.systems), files.crystals, strict=True):
        found = xr.concat([one["inherent_energy"] for one in batches if one.attrs["system"] == name], "replica")
        crystallised = crystallised_replicas(read_table(crystals, CRYSTALS), found["replica"].values)
        energies[name] = found.isel(replica=~crystallised).assign_attrs(crystallised=int(crystallised.sum()))
    return energies


def equal_energy(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Where inherent structures of slow cooling have the energy of the fast glass (supplement, Sec. I)."""
    energies = read_energies(files, params)
    slow, fast = (energies[name] for name in params.systems)
    glass = fast.sel(temperature=params.glass[params.systems[1]], method="nearest")
    # the glass itself is no liquid
    liquids = slow.isel(temperature=slow["temperature"].values > params.glass[params.systems[0]] + 1e-9)
    found = analysis.equal_energy(
        liquids["temperature"].values,
        liquids.transpose("replica", "temperature").values,
        glass.values,
        params.bootstrap_samples,
        derive_seed(params.base_seed, "equal energy"),
    )
    rates = [params.cooling_rates.get(name, np.nan) for name in params.systems]
    row = {
        "slow": params.systems[0],
        "slow_rate": rates[0],
        "fast": params.systems[1],
        "fast_rate": rates[1],
        "glass_energy": float(np.mean(glass.values)),
        "temperature": found.value,
        "std": found.std,
        "low": found.low,
        "high": found.high,
        "published": EQUAL_ENERGY_TEMPERATURE if params.is_published_mixture else np.nan,
        "snapshot": found.snapshot,
        "difference": found.difference,
        "difference_std": found.difference_std,
        "published_difference": EQUAL_ENERGY_DIFFERENCE if params.is_published_mixture else np.nan,
        "replicas": slow.sizes["replica"],
        "crystallised": sum(one.attrs["crystallised"] for one in energies.values()),
        "note": MAY_BE_A_GLASS if found.snapshot < params.coldest_liquid - 1e-9 else "",
    }
    return pd.DataFrame([row])
