"""Rule glassbench: test structures of a state with all predictors, in the layout of GlassBench."""

from glassmap.io.datasets import read_dataset, select_replicas
from glassmap.io.schema import INHERENT, PREDICTOR, PREDICTOR_FIELDS, PROPENSITIES
from glassmap.papers.predictors.glassbench import arrays_of, write_archive
from glassmap.workflow.logging import job

params, files = snakemake.params, snakemake.input
with job(snakemake.log[0], " ".join(["glassbench", *snakemake.wildcards])) as report:
    dynamics = read_dataset(files.propensities, PROPENSITIES)
    minima, fields = (
        select_replicas(dynamics, read_dataset(path, schema), path)
        for path, schema in ((files.inherent, INHERENT), (files.fields, PREDICTOR_FIELDS))
    )
    predictions = {}
    for model, path in zip(params.models, files.predictors, strict=True):
        predicted = select_replicas(dynamics, read_dataset(path, PREDICTOR), path)
        predictions[model] = predicted["prediction"].values.astype(float).mean(axis=0)
    structures = arrays_of(
        dynamics,
        minima["position"].values,
        dict(zip(fields["predictor"].values.tolist(), fields["value"].values, strict=True)),
        predictions,
        params.species,
    )
    write_archive(snakemake.output.archive, structures, params.temperature)
    report(f"{len(structures)} test structures")
