"""Rule sensitivity_figure: the papers' claims in every variant."""

from glassmap.io.datasets import read_table
from glassmap.papers.oyama2023.figures_sensitivity import sensitivity
from glassmap.papers.oyama2023.sensitivity import COLUMNS
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "sensitivity_figure"):
    save(sensitivity(read_table(snakemake.input.table, COLUMNS)), snakemake.output.figures)
