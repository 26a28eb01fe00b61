"""Rule spatial_correlations: C_alpha(r) of the bare indicators of the test samples; of null maps of more."""

import numpy as np
import xarray as xr

from glassmap.analysis.particle_fields import fields_of
from glassmap.io.datasets import provenance, read_dataset, select_replicas, write_dataset
from glassmap.io.schema import CONFIGURATIONS, variable
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.learning.map_ensemble import read_maps
from glassmap.structure.spatial_correlation import bin_centres, spatial_correlations
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
name, phase = wildcards.system, wildcards.phase
with job(snakemake.log[0], f"spatial correlations {name} {phase}"):
    networks = read_maps(files, params.seeds, params.failed_below, phase, (SELECTION_SPLIT, REPORTED_SPLIT))
    known = select_replicas(
        networks.indicators, read_dataset(files.configurations, CONFIGURATIONS), files.configurations
    )
    distance, box_length = bin_centres(**params.lengths), float(known["box_length"])
    curves, not_usable = [], []
    for replica, positions in zip(networks.replica, known["position"].values, strict=True):
        fields = fields_of(networks, replica)
        if hasattr(files, "controls"):  # the hand-made indicators stand beside the networks
            fields = fields.only(networks.names)
        found = np.full((len(fields.values), len(distance)), np.nan)
        found[fields.usable] = spatial_correlations(
            fields.values[fields.usable], positions, box_length, **params.lengths
        )
        curves.append(found)
        not_usable.append(fields.not_usable)
    dataset = xr.Dataset(
        {
            "correlation": variable(
                ("field", "sample", "bin"), np.swapaxes(curves, 0, 1), "1",
                "C(r) of the bare indicator; NaN where a network failed or is wrong, or its map is dead",
            ),
            "not_usable": variable(
                ("field", "sample"), np.swapaxes(not_usable, 0, 1), "",
                "why there is none, as of a network that failed or of a crystal; empty if there is",
            ),
        },
        coords={
            "replica": variable(("sample",), networks.replica, "1", "replica"),
            "split": known["split"],
            "distance": variable(("bin",), distance, "sigma*", "distance"),
            **fields.coordinates(),
        },
    )  # fmt: skip
    attributes = provenance(snakemake.config["study"], params.base_seed, {"lengths": params.lengths}, name)
    write_dataset(dataset, snakemake.output.correlations, attributes)
