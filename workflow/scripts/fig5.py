"""Rule fig5: correlation of the Grad-CAM score with the propensity."""

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import DYNAMICS
from glassmap.papers.oyama2023.figures_dynamics import dynamics_by_temperature
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS
from glassmap.papers.oyama2023.tables_dynamics import published_maxima
from glassmap.plotting.style import save
from glassmap.workflow.logging import job

with job(snakemake.log[0], "fig5"):
    params, files = snakemake.params, snakemake.input
    paths = zip(params.systems, files.dynamics, strict=True)
    dynamics = {system: read_dataset(path, DYNAMICS) for system, path in paths}
    maxima = published_maxima(read_table(files.reference, REFERENCE_COLUMNS), params.protocol, params.systems)
    maxima = {system: point for (system, name), point in maxima.items() if name == "gradcam"}
    save(dynamics_by_temperature(dynamics, params.protocol, params.xi, maxima), snakemake.output.figures)
