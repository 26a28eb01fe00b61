"""Rule sensitivity_table: the numbers of all variants beside the papers'."""

from glassmap.files import read_table, write_table
from glassmap.job import job
from glassmap.sensitivity import sensitivity_table
from glassmap.tables import REFERENCE_COLUMNS
from glassmap.variants import plain_system, variant_of

with job(snakemake.log[0], "sensitivity_table"):
    params, files = snakemake.params, snakemake.input
    columns = ("phase", "quantity", "statistic", "value", "low", "high", "networks", "failed", "samples", "note")
    parts = [
        (variant_of(system), plain_system(system), read_table(path, columns))
        for system, path in zip(params.systems, files.sensitivity, strict=True)
    ]
    table = sensitivity_table(parts, read_table(files.reference, REFERENCE_COLUMNS), params.protocol)
    write_table(table, snakemake.output.table)
