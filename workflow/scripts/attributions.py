"""Rules attributions and control_attributions: maps of other methods, by a system's networks or its null networks."""

import numpy as np

from glassmap.io.datasets import provenance, read_dataset, read_test_samples, select_replicas, write_dataset
from glassmap.io.schema import CONFIGURATIONS, DENSITY
from glassmap.learning.attribution import attribution_dataset
from glassmap.learning.cnn import Architecture, choose_device, load_model, make_deterministic
from glassmap.learning.map_class import is_dead
from glassmap.learning.null_networks import null_network, training_fields
from glassmap.learning.particle_scores import sample_kernels
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

name, params, files, config = snakemake.wildcards.system, snakemake.params, snakemake.input, snakemake.config


def trained_networks(architecture):
    """Seeds, attributes and model of every network of the study."""
    for seed, path in zip(params.seeds, files.models, strict=True):
        yield [params.base_seed, seed], {}, load_model(path, architecture)


def null_networks(architecture):
    """Seeds, attributes and model of every network that learned nothing of the phases."""
    samples, densities = [], []
    for configurations, density in zip(files.configurations, files.density, strict=True):
        samples.append(read_dataset(configurations, CONFIGURATIONS))
        densities.append(select_replicas(samples[-1], read_dataset(density, DENSITY), density)["density"].values)
    training, shuffled = training_fields(samples, densities, params.training_replicas), list(files.get("shuffled", []))
    for null, draw in params.null_networks:
        model = null_network(null, draw, architecture, params.start, training, shuffled, params.base_seed, name)
        yield params.base_seed, {"null": null, "draw": draw}, model


with job(snakemake.log[0], f"{snakemake.rule} {name}", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device, architecture = choose_device(config["classifier"]["device"]), Architecture.from_config(params.architecture)
    networks = list((null_networks if params.get("null_networks") else trained_networks)(architecture))
    outputs = iter(snakemake.output.attributions)
    for phase, configurations, density in zip(params.phases, files.configurations, files.density, strict=True):
        test, raw = read_test_samples(configurations, density)
        kernels = sample_kernels(test, pair_matrix(params.sigma), params.density)
        for seeds, of_network, model in networks:
            dataset = attribution_dataset(
                model,
                model.normalisation(raw),
                kernels,
                phase,
                params.phases,
                params.attribution,
                device,
                config["gradcam"]["batch_size"],
            )
            dead = is_dead(dataset["gamma"].values).sum(1).tolist()
            largest = float(np.abs(dataset["completeness_error"]).max())
            complete = f"; integrated gradients are complete to {largest:.2g}" if np.isfinite(largest) else ""
            report(f"{phase}, network {of_network or seeds[1]}: dead maps by method {dead} of {len(raw)}{complete}")
            values = {"architecture": params.architecture, "attribution": params.attribution}
            attributes = provenance(config["study"], seeds, values, name)
            dataset = dataset.assign_coords(replica=test["replica"]).assign_attrs(phase=phase, **of_network)
            write_dataset(dataset, next(outputs), attributes)
