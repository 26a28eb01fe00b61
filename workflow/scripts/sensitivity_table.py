"""Rule sensitivity_table: the numbers of all variants beside the papers'."""

from glassmap.io.datasets import read_table, write_table
from glassmap.papers.oyama2023.sensitivity import sensitivity_table
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS
from glassmap.variants import plain_system, variant_of
from glassmap.workflow.logging import job

with job(snakemake.log[0], "sensitivity_table"):
    params, files = snakemake.params, snakemake.input
    columns = ("phase", "quantity", "statistic", "value", "low", "high", "networks", "failed", "samples", "note")
    parts = [
        (variant_of(system), plain_system(system), read_table(path, columns))
        for system, path in zip(params.systems, files.sensitivity, strict=True)
    ]
    table = sensitivity_table(parts, read_table(files.reference, REFERENCE_COLUMNS), params.protocol)
    write_table(table, snakemake.output.table)
