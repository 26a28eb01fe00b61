"""Rule fig7: correlations of all indicators with the propensity."""

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import DYNAMICS
from glassmap.papers.oyama2023.figures_dynamics import dynamics_by_indicator
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS
from glassmap.papers.oyama2023.tables_dynamics import published_maxima
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "fig7"):
    params, files = snakemake.params, snakemake.input
    paths = zip(params.systems, files.dynamics, strict=True)
    dynamics = {system: read_dataset(path, DYNAMICS) for system, path in paths}
    maxima = published_maxima(read_table(files.reference, REFERENCE_COLUMNS), params.protocol, params.systems)
    save(dynamics_by_indicator(dynamics, params.protocol, params.xi, maxima), snakemake.output.figures)
