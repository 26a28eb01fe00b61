"""Rule table5: largest correlations with the propensity and where they are."""

from glassmap.contract import DYNAMICS
from glassmap.files import read_dataset, read_table, write_table
from glassmap.job import job
from glassmap.tables import REFERENCE_COLUMNS
from glassmap.tables_dynamics import table5

with job(snakemake.log[0], "table5"):
    files = snakemake.input
    dynamics = {
        system: read_dataset(path, DYNAMICS)
        for system, path in zip(snakemake.params.systems, files.dynamics, strict=True)
    }
    write_table(table5(dynamics, read_table(files.reference, REFERENCE_COLUMNS)), snakemake.output.table)
