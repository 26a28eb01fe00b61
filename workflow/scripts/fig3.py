"""Rule fig3: spatial correlation of the propensity."""

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import LENGTHS
from glassmap.papers.oyama2023.figures_dynamics import propensity_correlations
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS, published_values
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "fig3"):
    systems, files = snakemake.params.systems, snakemake.input
    lengths = {system: read_dataset(path, LENGTHS) for system, path in zip(systems, files.lengths, strict=True)}
    reference = read_table(files.reference, REFERENCE_COLUMNS)
    published = {}
    for target in lengths[systems[0]]["target"].values.tolist():
        values = published_values(reference, "frontiers", "table3", f"xi_delta_{target:.1f}")
        published |= {(system, target): values[system.lower()][0] for system in systems if system.lower() in values}
    save(propensity_correlations(lengths, published), snakemake.output.figures)
