"""Rule table4: correlations between the propensities of different ensembles."""

from glassmap.analysis.lengths import propensity_length
from glassmap.dynamics.propensity import correlation_table, frame_near
from glassmap.io.datasets import read_dataset, read_table, write_table
from glassmap.io.schema import LENGTHS, PROPENSITY, SUB_ENSEMBLES
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS
from glassmap.papers.oyama2023.tables_dynamics import table4
from glassmap.structure.coarse_graining import kernel_of, smoother
from glassmap.workflow.logging import job

with job(snakemake.log[0], "table4") as report:
    params, files = snakemake.params, snakemake.input
    found, about = {}, {}
    for system, path, lengths in zip(params.systems, files.propensity, files.lengths, strict=True):
        ensemble = read_dataset(path, {**PROPENSITY, **SUB_ENSEMBLES})
        xi = propensity_length(read_dataset(lengths, LENGTHS), params.published[system], params.xi, "frontiers")
        frame = frame_near(ensemble["delta"].values, params.delta)
        smooth = smoother(
            ensemble["initial_position"].values, float(ensemble["box_length"]), xi, kernel_of("frontiers", "propensity")
        )
        found[system] = correlation_table(
            ensemble["sub_propensity"].values[:, frame], ensemble["propensity"].values[frame], smooth
        )
        about[system] = {
            "size": params.size,
            "whole": int(ensemble["runs"]),
            "temperature": float(ensemble.attrs["temperature"]),
            "delta": float(ensemble["delta"].values[frame]),
            "xi": xi,
        }
        report(f"{system}: delta = {about[system]['delta']:.3g} is the nearest to {params.delta:g}")
    write_table(table4(found, about, read_table(files.reference, REFERENCE_COLUMNS)), snakemake.output.table)
