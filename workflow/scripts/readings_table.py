"""Rule readings_table: every reading beside the published correlations."""

from glassmap.io.datasets import read_dataset, read_table, write_table
from glassmap.io.schema import CORRELATIONS
from glassmap.papers.oyama2023.readings import readings_table
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS
from glassmap.variants import plain_system, variant_of
from glassmap.workflow.logging import job

with job(snakemake.log[0], "readings_table"):
    params, files = snakemake.params, snakemake.input
    columns = ("phase", "attribution", "map_class", "quantity", "value", "networks", "failed", "samples")
    parts = [
        (variant_of(system), plain_system(system), read_table(path, columns))
        for system, path in zip(params.systems, files.readings, strict=True)
    ]
    controls = [read_dataset(path, CORRELATIONS) for path in files.controls]
    table = readings_table(parts, read_table(files.reference, REFERENCE_COLUMNS), controls, params.protocol)
    write_table(table, snakemake.output.table)
