"""Rule what_the_network_adds: the networks' correlations beside those of maps that need no network."""

from glassmap.figures_controls import COLUMNS, what_the_network_adds
from glassmap.files import read_table
from glassmap.job import job
from glassmap.style import save

with job(snakemake.log[0], "what_the_network_adds"):
    controls = read_table(snakemake.input.controls, COLUMNS)
    save(what_the_network_adds(controls, snakemake.params.protocol), snakemake.output.figures)
