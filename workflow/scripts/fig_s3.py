"""Rule fig_s3: correlations with the propensity against the coarse-graining length."""

from glassmap.contract import LENGTHS
from glassmap.figures_dynamics import scan_of_xi
from glassmap.files import read_dataset
from glassmap.job import job
from glassmap.style import save

with job(snakemake.log[0], "fig_s3"):
    params, files = snakemake.params, snakemake.input
    lengths = {system: read_dataset(path, LENGTHS) for system, path in zip(params.systems, files.lengths, strict=True)}
    published = {system: given[params.protocol] for system, given in params.published.items()}
    save(scan_of_xi(lengths, params.protocol, published), snakemake.output.figures)
