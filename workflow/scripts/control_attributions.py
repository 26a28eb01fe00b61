"""Rule control_attributions: as attributions, by the networks that learned nothing of the phases."""

from glassmap.io.datasets import provenance, read_dataset, read_test_samples, same_replicas, write_dataset
from glassmap.io.schema import CONFIGURATIONS, DENSITY
from glassmap.learning.attribution import attributions_of
from glassmap.learning.cnn import Architecture, choose_device, make_deterministic
from glassmap.learning.map_class import is_dead
from glassmap.learning.null_networks import null_network, training_fields
from glassmap.learning.particle_scores import kernels_of
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

name, params, files, config = snakemake.wildcards.system, snakemake.params, snakemake.input, snakemake.config
with job(snakemake.log[0], f"attributions of null networks {name}", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device = choose_device(config["classifier"]["device"])
    samples, densities = [], []
    for configurations, density in zip(files.configurations, files.density, strict=True):
        samples.append(read_dataset(configurations, CONFIGURATIONS))
        densities.append(same_replicas(samples[-1], read_dataset(density, DENSITY), density)["density"].values)
    training = training_fields(samples, densities, params.training_replicas)
    architecture, shuffled = Architecture.from_config(params.architecture), list(files.get("shuffled", []))
    models = [
        null_network(null, draw, architecture, params.start, training, shuffled, params.base_seed, name)
        for null, draw in params.networks
    ]
    outputs = iter(snakemake.output.attributions)
    for phase, configurations, density in zip(params.phases, files.configurations, files.density, strict=True):
        test, raw = read_test_samples(configurations, density)
        kernels = kernels_of(test, pair_matrix(params.sigma), params.density)
        for (null, draw), model in zip(params.networks, models, strict=True):
            dataset = attributions_of(
                model,
                model.normalisation(raw),
                kernels,
                phase,
                params.attribution,
                device,
                config["gradcam"]["batch_size"],
            )
            dead = is_dead(dataset["gamma"].values).sum(1).tolist()
            report(f"{phase}, {null} {draw}: dead maps by method {dead} of {len(raw)}")
            values = {"architecture": params.architecture, "attribution": params.attribution}
            attributes = provenance(config["study"], params.base_seed, values, name)
            dataset = dataset.assign_coords(replica=test["replica"])
            write_dataset(dataset.assign_attrs(phase=phase, null=null, draw=draw), next(outputs), attributes)
