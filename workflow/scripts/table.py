"""Every table of a paper: made by the function that the rule names, of the rule's inputs and parameters."""

from glassmap.io.datasets import write_table
from glassmap.workflow.logging import job
from glassmap.workflow.papers import make

with job(snakemake.log[0], " ".join(filter(None, [snakemake.rule, *snakemake.wildcards]))):
    write_table(make(snakemake.params.function, snakemake.input, snakemake.params), snakemake.output[0])
