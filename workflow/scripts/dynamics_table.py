"""Rule dynamics_table: every correlation with the propensity, one row each."""

from glassmap.analysis.propensity_correlations import table
from glassmap.io.datasets import read_dataset, write_table
from glassmap.io.schema import DYNAMICS
from glassmap.workflow.logging import job

with job(snakemake.log[0], "dynamics table"):
    paths = zip(snakemake.params.systems, snakemake.input.dynamics, strict=True)
    write_table(table({system: read_dataset(path, DYNAMICS) for system, path in paths}), snakemake.output.table)
