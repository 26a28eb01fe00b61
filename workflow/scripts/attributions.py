"""Rule attributions: maps of other methods by all networks of a system, and their share for every particle."""

import numpy as np

from glassmap.io.datasets import provenance, read_test_samples, write_dataset
from glassmap.learning.attribution import attributions_of
from glassmap.learning.cnn import Architecture, choose_device, load_model, make_deterministic
from glassmap.learning.particle_scores import kernels_of
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

name, params, files, config = snakemake.wildcards.system, snakemake.params, snakemake.input, snakemake.config
with job(snakemake.log[0], f"attributions {name}", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device = choose_device(config["classifier"]["device"])
    models = [load_model(path, Architecture.from_config(params.architecture)) for path in files.models]
    outputs = iter(snakemake.output.attributions)
    for phase, configurations, density in zip(params.phases, files.configurations, files.density, strict=True):
        test, raw = read_test_samples(configurations, density)
        kernels = kernels_of(test, pair_matrix(params.sigma), params.density)
        for seed, model in zip(params.seeds, models, strict=True):
            dataset = attributions_of(
                model,
                model.normalisation(raw),
                kernels,
                phase,
                params.attribution,
                device,
                config["gradcam"]["batch_size"],
            )
            largest = np.abs(dataset["completeness_error"]).max()
            if np.isfinite(largest):
                report(f"{phase}, network {seed}: integrated gradients are complete to {float(largest):.2g}")
            values = {"architecture": params.architecture, "attribution": params.attribution}
            attributes = provenance(config["study"], [params.base_seed, seed], values, name)
            dataset = dataset.assign_coords(replica=test["replica"]).assign_attrs(phase=phase)
            write_dataset(dataset, next(outputs), attributes)
