"""Rule attributions: maps of other methods by all networks of a system, and their share for every particle."""

import numpy as np
import xarray as xr

from glassmap.attribution import SENT_SIGNED, attribute, sent
from glassmap.classifier import Architecture, choose_device, load_model, make_deterministic
from glassmap.contract import variable
from glassmap.files import provenance, read_test_samples, write_dataset
from glassmap.job import job
from glassmap.particle_scores import kernels_of, particle_scores
from glassmap.systems import pair_matrix

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
            found = attribute(
                model,
                model.normalisation(raw),
                **params.attribution,
                device=device,
                batch_size=config["gradcam"]["batch_size"],
            )
            gamma = [
                particle_scores(sent(maps, method), kernels)
                for method, maps in zip(found.methods, found.maps, strict=True)
            ]
            rectified = np.array([method not in SENT_SIGNED for method in found.methods], dtype=np.int8)
            variables = {
                "map": variable(("method", "sample", "x", "y"), found.maps, "1", "signed map of the method"),
                "gamma": variable(
                    ("method", "sample", "particle"), np.stack(gamma), "1", "score of the particles by the method"
                ),
                "rectified": variable(("method",), rectified, "1", "1 where the map's positive part is shared out"),
            }
            if found.completeness_error is not None:
                variables["completeness_error"] = variable(
                    ("sample",), found.completeness_error, "1",
                    "relative deviation of the sum of integrated gradients from the difference of the logits",
                )  # fmt: skip
                report(
                    f"{phase}, network {seed}: integrated gradients are complete to "
                    f"{np.abs(found.completeness_error).max():.2g}"
                )
            dataset = xr.Dataset(variables, coords={"method": list(found.methods), "replica": test["replica"]})
            values = {"architecture": params.architecture, "attribution": params.attribution}
            attributes = provenance(config["study"], [params.base_seed, seed], values, name)
            write_dataset(dataset.assign_attrs(phase=phase), next(outputs), attributes)
