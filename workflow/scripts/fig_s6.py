"""Rule fig_s6: energies and inherent structures against temperature."""

import xarray as xr

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.left_out import crystallised_replicas
from glassmap.io.schema import BATCH, CRYSTALS, INHERENT_ENERGIES
from glassmap.papers.oyama2023.figures_samples import Energies, energies_and_transition
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

COLUMNS = (
    *("system", "value", "std", "low", "high", "paper"),
    *("slope_lower", "intercept_lower", "slope_upper", "intercept_upper"),
)
params, files = snakemake.params, snakemake.input
with job(snakemake.log[0], "fig_s6"):
    cooled = [read_dataset(path, BATCH)[["potential_energy", "thermostat_temperature"]] for path in files.batches]
    inherent = [
        read_dataset(path, INHERENT_ENERGIES)[["potential_energy", "inherent_energy"]]
        for path in files.inherent_structures
    ]
    transitions = read_table(files.table, COLUMNS).set_index("system")
    rows = {}
    for (name, limits), crystals in zip(params.limits.items(), files.crystals, strict=True):
        flags, parts = read_table(crystals, CRYSTALS), []
        for batches in (cooled, inherent):
            own = xr.concat(
                [batch for batch in batches if batch.attrs["system"] == name], "replica", data_vars="minimal"
            )
            parts.append(own.isel(replica=~crystallised_replicas(flags, own["replica"].values)))
        rows[name] = Energies(*parts, *limits, transitions.loc[name].to_dict())
    save(energies_and_transition(rows), snakemake.output.figures)
