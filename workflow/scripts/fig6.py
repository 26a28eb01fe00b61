"""Rule fig6: distributions of the correlations between indicators."""

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CORRELATIONS
from glassmap.papers.oyama2023.figures_correlations import correlation_violins
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS, published_means
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "fig6"):
    params = snakemake.params
    results = [read_dataset(path, CORRELATIONS) for path in snakemake.input.correlations]
    reference = read_table(snakemake.input.reference, REFERENCE_COLUMNS)
    lengths = {system: given[params.protocol] for system, given in params.lengths.items()}
    means, first = (published_means(reference, protocol, results) for protocol in (params.protocol, "arxiv-v2"))
    by_phase = {(dataset.attrs["system"], dataset.attrs["phase"]): dataset for dataset in results}
    save(correlation_violins(by_phase, params.protocol, lengths, means, first), snakemake.output.figures)
