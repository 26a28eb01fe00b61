"""Rule export: every field of the particles of the samples of a state, for OVITO and other programs."""

from string import ascii_uppercase

import numpy as np

from glassmap.analysis.exported_fields import (
    attribution_scores,
    by_replica,
    fields_of_sample,
    propensities,
    scores,
)
from glassmap.io.datasets import opened_dataset, read_dataset
from glassmap.io.export import Sample, write_samples
from glassmap.io.schema import ATTRIBUTIONS, CONFIGURATIONS, PROPENSITY
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.learning.map_ensemble import read_all_classes
from glassmap.papers.oyama2023.method import METHODS, coarse_graining, of_purpose
from glassmap.structure.indicators import indicators_in
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

name, phase, params, files = (
    snakemake.wildcards.system,
    snakemake.wildcards.phase,
    snakemake.params,
    snakemake.input,
)
with job(snakemake.log[0], f"export {name} {phase}") as report:
    method = METHODS[params.protocol]
    configurations = read_dataset(files.configurations, CONFIGURATIONS)
    if params.samples == REPORTED_SPLIT:
        configurations = configurations.isel(sample=configurations["split"].values == REPORTED_SPLIT)
    known = indicators_in(configurations.sizes["axis"])
    # a system without a potential has no energies
    needed = {key: ("sample", "particle") for key, entry in known.items() if not entry.energetic}
    indicators = read_dataset(files.indicators, needed)
    names = [key for key in known if key in indicators]
    replica, xi, fields = indicators["replica"].values, 0.0, {}
    if files.get("gradcam"):
        networks = read_all_classes(files, params.seeds, params.failed_below, phase, params.phases)
        fields |= scores(networks, phase)
        lengths = coarse_graining({name: params.lengths}, files.measured_lengths)[name]
        xi = of_purpose(lengths, "correlations")[method]
        if not xi > 0:
            report(f"coarse-graining length {xi:g}: bare fields only")
    fields |= {key: by_replica(replica, indicators[key].values) for key in names}
    coarse = list(fields)
    for seed, path in zip(params.seeds, files.get("attributions", []), strict=False):
        with opened_dataset(path, ATTRIBUTIONS) as attributions:
            fields |= attribution_scores(attributions, phase, seed)
    ensembles = (read_dataset(path, PROPENSITY) for path in files.get("propensity", []))
    fields |= propensities(ensembles, method, **params.targets)

    box_length, species = float(configurations["box_length"]), configurations["species"].values
    letters = np.array(list(ascii_uppercase))[species]
    diameters = pair_matrix(params.sigma).diagonal()[species]
    written = write_samples(
        (
            Sample(
                positions,
                letters,
                diameters,
                [box_length] * positions.shape[-1],
                fields_of_sample(fields, coarse, one, positions, box_length, xi, method),
                {"replica": one, "split": split, "class": phase},
            )
            for positions, one, split in zip(
                configurations["position"].values,
                configurations["replica"].values.tolist(),
                configurations["split"].values.tolist(),
                strict=True,
            )
        ),
        snakemake.output.exported,
    )
    smoothed = f", {len(coarse)} of them also coarse-grained with xi = {xi:g} sigma*" if xi > 0 else ""
    report(f"{written} samples with {len(fields)} fields{smoothed}")
