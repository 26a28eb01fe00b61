"""Rule correlations: between all indicators, for every test sample and network."""

import numpy as np

from glassmap.contract import CONFIGURATIONS, CRYSTALS, GRADCAM, HISTORY, PREDICTIONS
from glassmap.correlations import correlate
from glassmap.crystallised import crystallised_replicas
from glassmap.files import provenance, read_dataset, read_table, same_replicas, write_dataset
from glassmap.indicators import INDICATORS
from glassmap.job import job
from glassmap.training import has_failed

name, phase, params, files = (
    snakemake.wildcards.system,
    snakemake.wildcards.phase,
    snakemake.params,
    snakemake.input,
)
with job(snakemake.log[0], f"correlations {name} {phase}") as report:
    wanted = {key: ("sample", "particle") for key in INDICATORS}
    indicators = read_dataset(files.indicators, {**wanted, "replica": ("sample",)})
    test = same_replicas(indicators, read_dataset(files.configurations, CONFIGURATIONS), files.configurations)
    gamma, correct, failed = [], [], []
    for gradcam, predictions, history in zip(files.gradcam, files.predictions, files.history, strict=True):
        scores = same_replicas(indicators, read_dataset(gradcam, GRADCAM), gradcam)
        gamma.append(scores["gamma"].values)
        judged = read_table(predictions, PREDICTIONS).query("phase == @phase").set_index("replica")
        correct.append(judged.loc[test["replica"].values, "predicted"].to_numpy() == phase)
        failed.append(has_failed(read_table(history, HISTORY), params.failed_below))
    crystallised = crystallised_replicas(read_table(files.crystals, CRYSTALS), test["replica"].values)
    if crystallised.any():
        report(f"{crystallised.sum()} of {len(crystallised)} samples left out: their glass is a crystal")
    dataset = correlate(
        test,
        np.array(gamma),
        indicators,
        params.lengths,
        params.seeds,
        np.array(correct),
        np.array(failed),
        crystallised,
    )
    for seed, right, lost, dead in zip(
        params.seeds, dataset["correct"].values, failed, dataset["dead"].values, strict=True
    ):
        report(
            f"network {seed}{' (FAILED)' if lost else ''}: {(right == 0).sum()} of {len(right)} samples wrong "
            f"and left out, {dead.sum()} dead maps"
        )
    configuration = {"lengths": params.lengths, "failed_below": params.failed_below}
    attributes = provenance(snakemake.config["study"], [params.base_seed, *params.seeds], configuration, name)
    write_dataset(dataset.assign_attrs(phase=phase), snakemake.output.correlations, attributes)
