"""Rule readings_figure: every reading beside the published correlations, drawn."""

from glassmap.io.datasets import read_table
from glassmap.papers.oyama2023.figures_readings import readings
from glassmap.papers.oyama2023.readings import COLUMNS
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "readings_figure"):
    save(readings(read_table(snakemake.input.table, COLUMNS)), snakemake.output.figures)
