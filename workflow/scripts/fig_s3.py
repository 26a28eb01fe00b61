"""Rule fig_s3: correlations with the propensity against the coarse-graining length."""

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import LENGTHS
from glassmap.papers.oyama2023.figures_dynamics import scan_of_xi
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "fig_s3"):
    params, files = snakemake.params, snakemake.input
    lengths = {system: read_dataset(path, LENGTHS) for system, path in zip(params.systems, files.lengths, strict=True)}
    published = {system: given[params.protocol] for system, given in params.published.items()}
    save(scan_of_xi(lengths, params.protocol, published), snakemake.output.figures)
