"""Every figure of a paper: drawn by the function that the rule names, of the rule's inputs and parameters."""

from glassmap.plotting.style import save
from glassmap.workflow.logging import job
from glassmap.workflow.papers import make

with job(snakemake.log[0], " ".join([snakemake.rule, *snakemake.wildcards])):
    save(make(snakemake.params.function, snakemake.input, snakemake.params), snakemake.output)
