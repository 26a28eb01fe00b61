"""Rule readings_figure: every reading beside the published correlations, drawn."""

from glassmap.figures_readings import readings
from glassmap.files import read_table
from glassmap.job import job
from glassmap.readings import COLUMNS
from glassmap.style import save

with job(snakemake.log[0], "readings_figure"):
    save(readings(read_table(snakemake.input.table, COLUMNS)), snakemake.output.figures)
