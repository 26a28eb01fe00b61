"""Table of the glass transition temperature T*."""

import logging
from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.analysis import glass_transition as analysis
from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.exclusions import crystallised_replicas
from glassmap.io.schema import CRYSTALS, INHERENT_ENERGIES
from glassmap.papers.oyama2023.published import read_published
from glassmap.seeds import derive_seed

LOG = logging.getLogger(__name__)


def glass_transition(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """T* of every system from the energies of its inherent structures (v2 supplement, Sec. II.C)."""
    batches = [read_dataset(path, INHERENT_ENERGIES) for path in files.inherent_structures]
    transitions, counts = {}, {}
    for (name, limits), crystals in zip(params.limits.items(), files.crystals, strict=True):
        own = [batch for batch in batches if batch.attrs["system"] == name]
        replicas = np.concatenate([batch["replica"].values for batch in own])
        energy = np.concatenate([batch["inherent_energy"].values for batch in own])
        crystallised = crystallised_replicas(read_table(crystals, CRYSTALS), replicas)
        counts[name] = {"replicas": int((~crystallised).sum()), "crystallised": int(crystallised.sum())}
        seed = derive_seed(params.base_seed, name, "glass transition")
        temperature = own[0]["temperature"].values
        transition = analysis.glass_transition(
            temperature, energy[~crystallised], tuple(limits), **params.fit, seed=seed
        )
        transitions[name] = transition
        result = transition.note or f"T* = {transition.value:.3f} +- {transition.std:.3f}"
        LOG.info(f"{name}: {result}, from {counts[name]['replicas']} replicas")
    reference = read_published(files.reference)
    of_state = (reference["quantity"] == "glass_transition_temperature") & (reference["phase"] == params.phase)
    published = reference[of_state].set_index("system")["value"]
    papers = {name: published[name.lower()] for name in transitions if name.lower() in published.index}
    return analysis.transition_table(transitions, counts, params.cooling_rates, papers, params.phase)
