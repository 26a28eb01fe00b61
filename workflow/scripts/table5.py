"""Rule table5: largest correlations with the propensity and where they are."""

from glassmap.io.datasets import read_dataset, read_table, write_table
from glassmap.io.schema import DYNAMICS
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS
from glassmap.papers.oyama2023.tables_dynamics import table5
from glassmap.workflow.logging import job

with job(snakemake.log[0], "table5"):
    files = snakemake.input
    dynamics = {
        system: read_dataset(path, DYNAMICS)
        for system, path in zip(snakemake.params.systems, files.dynamics, strict=True)
    }
    write_table(table5(dynamics, read_table(files.reference, REFERENCE_COLUMNS)), snakemake.output.table)
