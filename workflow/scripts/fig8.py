"""Rule fig8: spatial correlation of the bare indicators."""

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import SPATIAL
from glassmap.papers.oyama2023.figures_dynamics import structure_correlations
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "fig8"):
    systems, files = snakemake.params.systems, snakemake.input
    spatial = {system: read_dataset(path, SPATIAL) for system, path in zip(systems, files.spatial, strict=True)}
    columns = ("system", "quantity", "value", "low", "high", "paper", "paper_uncertainty", "note")
    table = read_table(files.table3, columns).set_index(["system", "quantity"])
    rows = {system: table.loc[system, "r_gamma"] for system in systems}
    # half of the 95 % interval over samples
    measured = {system: (row["value"], (row["high"] - row["low"]) / 2) for system, row in rows.items()}
    published = {
        system: (row["paper"], row["paper_uncertainty"]) for system, row in rows.items() if row["paper"] == row["paper"]
    }
    notes = {system: row["note"] for system, row in rows.items() if row["note"] == row["note"]}
    save(structure_correlations(spatial, measured, published, notes), snakemake.output.figures)
