"""Rule layer_randomisation_figure: similarity to the trained network's map by depth."""

from glassmap.figures_attribution import layer_randomisation
from glassmap.files import read_table
from glassmap.job import job
from glassmap.style import save
from glassmap.tables_attribution import COLUMNS

with job(snakemake.log[0], "layer randomisation figure"):
    table = read_table(snakemake.input.table, ("system", "phase", "depth", "layer", *COLUMNS))
    save(layer_randomisation(table), snakemake.output.figures)
