"""Every page of a paper: written by the function that the rule names, of the rule's inputs and parameters."""

from glassmap.io.datasets import atomic_write
from glassmap.workflow.logging import job
from glassmap.workflow.papers import make

with job(snakemake.log[0], " ".join([snakemake.rule, *snakemake.wildcards])):
    page = make(snakemake.params.function, snakemake.input, snakemake.params)
    with atomic_write(snakemake.output[0]) as part:
        part.write_text(page, encoding="utf-8")
