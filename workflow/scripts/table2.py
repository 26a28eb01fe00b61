"""Rule table2: classification accuracy."""

import pandas as pd

from glassmap.io.datasets import read_table, write_table
from glassmap.io.schema import HISTORY, PREDICTIONS
from glassmap.learning.training import has_failed
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS, accuracies, table2
from glassmap.workflow.logging import job

with job(snakemake.log[0], "table2"):
    rows = []
    for (system, seed), predictions, history in zip(
        snakemake.params.networks, snakemake.input.predictions, snakemake.input.history, strict=True
    ):
        lost = has_failed(read_table(history, HISTORY), snakemake.params.failed_below)
        status = "failed" if lost else "trained"
        rows.append(accuracies(read_table(predictions, PREDICTIONS), status, system, seed))
    reference = read_table(snakemake.input.reference, REFERENCE_COLUMNS)
    write_table(table2(pd.concat(rows), reference), snakemake.output.table)
