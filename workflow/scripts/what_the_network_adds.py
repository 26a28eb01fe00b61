"""Rule what_the_network_adds: the networks' correlations beside those of maps that need no network."""

from glassmap.io.datasets import read_table
from glassmap.papers.oyama2023.figures_controls import COLUMNS, what_the_network_adds
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "what_the_network_adds"):
    controls = read_table(snakemake.input.controls, COLUMNS)
    save(what_the_network_adds(controls, snakemake.params.protocol), snakemake.output.figures)
