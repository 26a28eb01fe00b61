"""Rule reproduction: the papers' numbers beside ours."""

import pandas as pd

from glassmap.io.datasets import read_dataset, read_table, write_table
from glassmap.io.schema import CORRELATIONS
from glassmap.papers.oyama2023.null_comparison import COLUMNS
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS, correlation_summary, reproduction
from glassmap.papers.oyama2023.tables_dynamics import further
from glassmap.workflow.logging import job

with job(snakemake.log[0], "reproduction"):
    files, params = snakemake.input, snakemake.params
    results = (read_dataset(path, CORRELATIONS) for path in files.correlations)
    summary = correlation_summary(results, params.bootstrap_samples, params.base_seed)
    accuracy = read_table(files.table2, ("system", "phase", "network", "accuracy"))
    reference = read_table(files.reference, REFERENCE_COLUMNS)
    keys = ("system", "phase", "quantity", "statistic", "value")
    # without inherent structures there is no T*
    transition = [read_table(path, (*keys, "low", "high", "note")) for path in files.glass_transition]
    others = further(
        read_table(files.table3, keys),
        read_table(files.table4, (*keys, "label", "delta")),
        read_table(files.table5, ("protocol", "xi", "system", "indicator", "network", "c_max", "delta_star")),
        transition[0] if transition else pd.DataFrame(columns=[*keys, "low", "high", "note"]),
    )
    controls = read_table(files.controls, COLUMNS)
    write_table(reproduction(summary, accuracy, reference, params.protocol, others, controls), snakemake.output.table)
