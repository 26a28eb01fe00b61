"""Rule fig4: propensity of different ensembles of runs, bare and coarse-grained."""

from glassmap.analysis.lengths import propensity_length
from glassmap.dynamics.propensity import frame_near
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import LENGTHS, PROPENSITY, SUB_ENSEMBLES
from glassmap.papers.oyama2023.figures_dynamics import ensemble_maps
from glassmap.plotting.style import save
from glassmap.structure.coarse_graining import kernel_of, normalise, smoother
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

with job(snakemake.log[0], "fig4"):
    params, files = snakemake.params, snakemake.input
    ensemble = read_dataset(files.propensity[0], {**PROPENSITY, **SUB_ENSEMBLES})
    xi = propensity_length(read_dataset(files.lengths[0], LENGTHS), params.published, params.xi, "frontiers")
    positions, box_length = ensemble["initial_position"].values, float(ensemble["box_length"])
    frame = frame_near(ensemble["delta"].values, params.delta)
    parts = ensemble["sub_propensity"].values[:, frame]
    fields = {f"{params.size} runs, {letter}": part for letter, part in zip("ABCDEFGHIJ", parts, strict=False)}
    fields[f"all {int(ensemble['runs'])} runs"] = ensemble["propensity"].values[frame]
    smooth = smoother(positions, box_length, xi, kernel_of("frontiers", "propensity"))
    diameters = pair_matrix(params.sigma).diagonal()[ensemble["species"].values]
    title = (
        f"Propensity of {params.system}, replica {ensemble.attrs['replica']}, "
        f"T = {ensemble.attrs['temperature']:g}, δ = {float(ensemble['delta'][frame]):.2g} σ*, ξ = {xi:g} σ*"
    )
    figure = ensemble_maps(
        positions,
        diameters,
        box_length,
        {name: normalise(field) for name, field in fields.items()},
        {name: normalise(smooth(field)) for name, field in fields.items()},
        title,
    )
    save(figure, snakemake.output.figures)
