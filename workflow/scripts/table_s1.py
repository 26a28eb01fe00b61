"""Rule table_s1: mean and deviation of the correlations between indicators."""

from glassmap.io.datasets import read_dataset, read_table, write_table
from glassmap.io.schema import CORRELATIONS
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS, correlation_summary, table_s1
from glassmap.workflow.logging import job

with job(snakemake.log[0], "table_s1"):
    params = snakemake.params
    results = (read_dataset(path, CORRELATIONS) for path in snakemake.input.correlations)
    summary = correlation_summary(results, params.bootstrap_samples, params.base_seed)
    reference = read_table(snakemake.input.reference, REFERENCE_COLUMNS)
    lengths = {system: given[params.protocol] for system, given in params.lengths.items()}
    write_table(table_s1(summary, reference, params.protocol, lengths), snakemake.output.table)
