"""Rule fig5: correlation of the Grad-CAM score with the propensity."""

from glassmap.contract import DYNAMICS
from glassmap.figures_dynamics import dynamics_by_temperature
from glassmap.files import read_dataset, read_table
from glassmap.job import job
from glassmap.style import save
from glassmap.tables import REFERENCE_COLUMNS
from glassmap.tables_dynamics import published_maxima

with job(snakemake.log[0], "fig5"):
    params, files = snakemake.params, snakemake.input
    paths = zip(params.systems, files.dynamics, strict=True)
    dynamics = {system: read_dataset(path, DYNAMICS) for system, path in paths}
    maxima = published_maxima(read_table(files.reference, REFERENCE_COLUMNS), params.protocol, params.systems)
    maxima = {system: point for (system, name), point in maxima.items() if name == "gradcam"}
    save(dynamics_by_temperature(dynamics, params.protocol, params.xi, maxima), snakemake.output.figures)
