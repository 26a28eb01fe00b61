"""Rule gradcam: class activation maps of the test samples, and their share for every particle."""

import numpy as np
import xarray as xr

from glassmap.io.datasets import provenance, read_test_samples, write_dataset
from glassmap.io.schema import variable
from glassmap.learning.cnn import (
    GLASS,
    LIQUID,
    Architecture,
    choose_device,
    load_model,
    make_deterministic,
)
from glassmap.learning.gradcam import grad_cam, rectify
from glassmap.learning.map_class import is_dead
from glassmap.learning.particle_scores import particle_scores, sample_kernels
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

name, phase, params, config = (
    snakemake.wildcards.system,
    snakemake.wildcards.phase,
    snakemake.params,
    snakemake.config,
)
with job(snakemake.log[0], f"gradcam {name} {phase} seed {snakemake.wildcards.seed}", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device = choose_device(config["classifier"]["device"])
    model = load_model(snakemake.input.model, Architecture.from_config(params.architecture))
    test, raw = read_test_samples(snakemake.input.configurations, snakemake.input.density)

    alpha, signed = grad_cam(model, model.normalisation(raw), device, config["gradcam"]["batch_size"])
    gamma = particle_scores(rectify(signed), sample_kernels(test, pair_matrix(params.sigma), params.density))
    dead = is_dead(rectify(signed), axes=2)
    report(f"{dead[GLASS].sum()} of {dead.shape[1]} maps of the class {params.phases[GLASS]} are dead")

    variables = {}
    for index, suffix in ((GLASS, ""), (LIQUID, f"_{params.phases[LIQUID]}")):
        class_label = f"of the class {params.phases[index]}"
        variables |= {
            f"alpha{suffix}": variable(("sample", "channel"), alpha[index], "1", f"channel weights {class_label}"),
            f"cam_signed{suffix}": variable(
                ("sample", "x", "y"), signed[index], "1", f"signed class activation map {class_label}"
            ),
            f"gamma{suffix}": variable(
                ("sample", "particle"), gamma[index], "1", f"Grad-CAM score of the particles {class_label}"
            ),
            f"dead{suffix}": variable(
                ("sample",),
                dead[index].astype(np.int8),
                "1",
                f"1 where the map {class_label} is nowhere positive",
            ),
        }
    dataset = xr.Dataset(variables, coords={"replica": test["replica"]})
    configuration = {"architecture": params.architecture, "sigma": params.sigma, "density": params.density}
    attributes = provenance(config["study"], [params.base_seed, int(snakemake.wildcards.seed)], configuration, name)
    write_dataset(dataset, snakemake.output.gradcam, attributes)
