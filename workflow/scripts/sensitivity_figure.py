"""Rule sensitivity_figure: the papers' claims in every variant."""

from glassmap.figures_sensitivity import sensitivity
from glassmap.files import read_table
from glassmap.job import job
from glassmap.sensitivity import COLUMNS
from glassmap.style import save

with job(snakemake.log[0], "sensitivity_figure"):
    save(sensitivity(read_table(snakemake.input.table, COLUMNS)), snakemake.output.figures)
