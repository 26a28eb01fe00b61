"""Rule fig_s7: radial distribution functions."""

from glassmap.contract import RADIAL_DISTRIBUTION
from glassmap.figures_samples import radial_distributions
from glassmap.files import read_dataset
from glassmap.job import job
from glassmap.style import save

with job(snakemake.log[0], "fig_s7"):
    results = [read_dataset(path, RADIAL_DISTRIBUTION) for path in snakemake.input.radial_distribution]
    by_phase = {(dataset.attrs["system"], dataset.attrs["phase"]): dataset for dataset in results}
    save(radial_distributions(by_phase), snakemake.output.figures)
