"""Rule network_scores: what a classifier on pictures or on graphs says of single particles, and networks beside it."""

import numpy as np
import torch
import xarray as xr

from glassmap.io.datasets import provenance, read_dataset, read_table, write_dataset
from glassmap.io.schema import CONFIGURATIONS, variable
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.learning.cnn import GLASS, make_deterministic
from glassmap.learning.network_scores import network_scores, random_networks
from glassmap.learning.networks import Configurations, load_network
from glassmap.seeds import derive_seed
from glassmap.system import species_pairs
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
identity = (wildcards.dataset, wildcards.network, wildcards.fold)
PAIRS = {
    "pair_weight": ("weight", "mean attention to the pairs of two species, relative to equal attention to all"),
    "pair_high": ("high", "share of the pairs of two species with high attention"),
}
with job(snakemake.log[0], " ".join(["network_scores", *identity]), snakemake.threads) as report:
    make_deterministic(1)
    device, options = torch.device("cpu"), params.explanations
    trained = load_network(files.model)
    seeds = [derive_seed(params.base_seed, *identity, "random weights", draw) for draw in range(options["draws"])]
    networks = [trained, *random_networks(trained, seeds, params.initialization)]
    predictions = read_table(files.predictions, ("tested", "phase", "replica", "split", "logit"))
    own = predictions[(predictions["tested"] == wildcards.dataset) & (predictions["split"] == REPORTED_SPLIT)]
    for phase, path, output in zip(params.phases, files.configurations, snakemake.output.scores, strict=True):
        samples = read_dataset(path, CONFIGURATIONS)
        logits = own[own["phase"] == phase].set_index("replica")["logit"].sort_index().iloc[: options["samples"]]
        places = np.flatnonzero(np.isin(samples["replica"].values, logits.index))
        tested = samples.isel(sample=places)
        found = [network_scores(one, Configurations.of_dataset(tested), device, options["steps"]) for one in networks]
        names, kinds = list(found[0][0]), species_pairs(int(samples["species"].values.max()) + 1)
        gamma = np.stack([np.stack([scores[name] for scores, _ in found]) for name in names])
        missing = np.full((len(places), len(kinds)), np.nan)
        right = (logits.loc[tested["replica"].values].to_numpy() > 0) == (phase == params.phases[GLASS])
        correct = np.stack([right, *[np.ones_like(right)] * len(seeds)]).astype(np.int8)
        report(f"{phase}: {', '.join(names)} of {len(places)} samples, {right.sum()} of them classified correctly")
        variables = {
            "gamma": variable(
                ("score", "network", "sample", "particle"), gamma.astype(np.float32), "1", "score of the particles"
            ),
            "correct": variable(
                ("network", "sample"), correct, "1", "1 where the sample is classified correctly, or weights are random"
            ),
        }
        for name, (key, label) in PAIRS.items():
            values = np.stack([pairs.get(key, missing) for _, pairs in found])
            variables[name] = variable(("network", "sample", "kind"), values, "1", label)
        coordinates = {"score": names, "kind": kinds, "replica": tested["replica"], "split": (
            "sample", [REPORTED_SPLIT] * len(places)
        )}  # fmt: skip
        attributes = provenance(snakemake.config["study"], params.base_seed, options, wildcards.dataset)
        dataset = xr.Dataset(variables, coords=coordinates).assign_attrs(phase=phase, network=wildcards.network)
        write_dataset(dataset, output, attributes)
