"""Rule reproduction: the papers' numbers beside ours."""

from glassmap.contract import CORRELATIONS
from glassmap.files import read_dataset, read_table, write_table
from glassmap.job import job
from glassmap.tables import REFERENCE_COLUMNS, correlation_summary, reproduction

with job(snakemake.log[0], "reproduction"):
    summary = correlation_summary(read_dataset(path, CORRELATIONS) for path in snakemake.input.correlations)
    accuracy = read_table(snakemake.input.table2, ("system", "phase", "network", "accuracy"))
    reference = read_table(snakemake.input.reference, REFERENCE_COLUMNS)
    table = reproduction(summary, accuracy, reference, snakemake.params.protocol)
    write_table(table, snakemake.output.table)
