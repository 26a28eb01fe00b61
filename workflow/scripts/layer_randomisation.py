"""Rule layer_randomisation: Grad-CAM while the layers of all networks of a system are randomised from the top."""

import numpy as np
import xarray as xr

from glassmap.io.datasets import provenance, read_test_samples, write_dataset
from glassmap.io.schema import variable
from glassmap.learning.cnn import Architecture, choose_device, load_model, make_deterministic
from glassmap.learning.gradcam import rectify
from glassmap.learning.layer_randomisation import TRAINED, cascade, layers_from_top
from glassmap.learning.map_class import is_dead
from glassmap.learning.particle_scores import particle_scores, sample_kernels
from glassmap.seeds import derive_seed
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

name, params, files, config = snakemake.wildcards.system, snakemake.params, snakemake.input, snakemake.config
with job(snakemake.log[0], f"layer randomisation {name}", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device = choose_device(config["classifier"]["device"])
    models = [load_model(path, Architecture.from_config(params.architecture)) for path in files.models]
    outputs = iter(snakemake.output.layer_randomisation)
    for phase, configurations, density in zip(params.phases, files.configurations, files.density, strict=True):
        test, raw = read_test_samples(configurations, density)
        kernels = sample_kernels(test, pair_matrix(params.sigma), params.density)
        for seed, model in zip(params.seeds, models, strict=True):
            # the phases are not named: both see the same randomised networks
            draws = [
                derive_seed(params.base_seed, name, "layer randomisation", seed, draw) for draw in range(params.draws)
            ]
            signed = cascade(model, model.normalisation(raw), draws, device, config["gradcam"]["batch_size"])
            layers = [TRAINED, *layers_from_top(model)]
            dead = is_dead(rectify(signed), axes=2).mean(axis=(1, 2))
            report(f"{phase}, network {seed}: dead maps by depth {np.round(dead, 2).tolist()}")
            variables = {
                "cam_signed": variable(
                    ("depth", "draw", "sample", "x", "y"), signed, "1",
                    f"signed class activation map of the class {params.phases[1]}",
                ),
                "gamma": variable(
                    ("depth", "draw", "sample", "particle"), particle_scores(rectify(signed), kernels), "1",
                    "Grad-CAM score of the particles",
                ),
            }  # fmt: skip
            coordinates = {"layer": ("depth", np.array(layers)), "replica": test["replica"]}
            values = {"architecture": params.architecture, "draws": params.draws}
            attributes = provenance(config["study"], [params.base_seed, seed, *draws], values, name)
            dataset = xr.Dataset(variables, coords=coordinates).assign_attrs(phase=phase)
            write_dataset(dataset, next(outputs), attributes)
