"""Rule layer_randomisation_figure: similarity to the trained network's map by depth."""

from glassmap.analysis.attribution_comparison import COLUMNS
from glassmap.io.datasets import read_table
from glassmap.papers.oyama2023.figures_attribution import layer_randomisation
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "layer randomisation figure"):
    table = read_table(snakemake.input.table, ("system", "phase", "depth", "layer", *COLUMNS))
    save(layer_randomisation(table), snakemake.output.figures)
