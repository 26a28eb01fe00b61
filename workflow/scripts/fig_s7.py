"""Rule fig_s7: radial distribution functions."""

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import RADIAL_DISTRIBUTION
from glassmap.papers.oyama2023.figures_samples import radial_distributions
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "fig_s7"):
    results = [read_dataset(path, RADIAL_DISTRIBUTION) for path in snakemake.input.radial_distribution]
    by_phase = {(dataset.attrs["system"], dataset.attrs["phase"]): dataset for dataset in results}
    save(radial_distributions(by_phase), snakemake.output.figures)
