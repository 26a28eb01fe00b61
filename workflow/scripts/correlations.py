"""Rule correlations: between all indicators, for every test sample and network; of null maps for more."""

from glassmap.analysis.correlations import correlate
from glassmap.io.datasets import provenance, read_dataset, select_replicas, write_dataset
from glassmap.io.schema import CONFIGURATIONS
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.learning.map_ensemble import read_all_classes
from glassmap.papers.oyama2023.method import coarse_graining, of_purpose
from glassmap.workflow.logging import job

name, phase, params, files = (
    snakemake.wildcards.system,
    snakemake.wildcards.phase,
    snakemake.params,
    snakemake.input,
)
with job(snakemake.log[0], f"correlations {name} {phase}") as report:
    networks = read_all_classes(
        files, params.seeds, params.failed_below, phase, params.phases, (SELECTION_SPLIT, REPORTED_SPLIT)
    )
    known = select_replicas(
        networks.indicators, read_dataset(files.configurations, CONFIGURATIONS), files.configurations
    )
    lengths = coarse_graining({name: params.lengths}, files.measured_lengths)[name]
    dataset = correlate(known, networks, of_purpose(lengths, "correlations"))
    if networks.crystallised.any():
        report(f"replicas {networks.replica[networks.crystallised].tolist()} are crystals and left out")
    for map_name, seed, map_class, right, lost, dead in zip(
        networks.names, networks.seeds, networks.classes, dataset["correct"].values, networks.failed,
        dataset["dead"].values, strict=True,
    ):  # fmt: skip
        report(
            f"{map_name} {seed}, class {map_class}{' (FAILED)' if lost else ''}: {(right == 0).sum()} of {len(right)} "
            f"samples wrong and left out, {dead.sum()} dead maps"
        )
    configuration = {"lengths": params.lengths, "failed_below": params.failed_below}
    attributes = provenance(snakemake.config["study"], [params.base_seed, *networks.seeds], configuration, name)
    write_dataset(dataset.assign_attrs(phase=phase), snakemake.output.correlations, attributes)
