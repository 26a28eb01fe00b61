"""Rule controls: maps that no trained network made, and their share for every particle."""

import numpy as np
import xarray as xr

from glassmap.io.datasets import provenance, read_dataset, select_replicas, write_dataset
from glassmap.io.schema import CONFIGURATIONS, DENSITY, variable
from glassmap.io.splits import REPORTED_SPLIT, SELECTION_SPLIT
from glassmap.learning.cnn import (
    GLASS,
    Architecture,
    choose_device,
    glass_probability,
    make_deterministic,
)
from glassmap.learning.gradcam import grad_cam, rectify
from glassmap.learning.map_class import ANY, OWN, is_dead, map_classes
from glassmap.learning.null_maps import density_map, is_density_map, null_fields
from glassmap.learning.null_networks import null_network, training_fields
from glassmap.learning.particle_scores import particle_scores, sample_kernels
from glassmap.seeds import derive_seed
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

name, phase, params, config = (
    snakemake.wildcards.system,
    snakemake.wildcards.phase,
    snakemake.params,
    snakemake.config,
)
with job(snakemake.log[0], f"controls {name} {phase}", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device = choose_device(config["classifier"]["device"])
    densities, samples = {}, {}
    for one, configurations, density in zip(
        params.phases, snakemake.input.configurations, snakemake.input.density, strict=True
    ):
        samples[one] = read_dataset(configurations, CONFIGURATIONS)
        densities[one] = select_replicas(samples[one], read_dataset(density, DENSITY), density)["density"].values
    split = samples[phase]["split"].values
    chosen = np.isin(split, (SELECTION_SPLIT, REPORTED_SPLIT))
    known, raw = samples[phase].isel(sample=chosen), densities[phase][chosen]
    architecture = Architecture.from_config(params.architecture)
    training = training_fields(list(samples.values()), list(densities.values()), params.training_replicas)
    shuffled = list(snakemake.input.get("shuffled", []))

    maps, said, made = [], [], []
    for null, draw in null_fields(params.nulls, params.draws, len(shuffled), params.density_thresholds):
        if is_density_map(null):
            seeds = [
                derive_seed(params.base_seed, name, replica, phase, null, draw)
                for replica in known["replica"].values.tolist()
            ]
            maps.append([
                density_map(null, field, np.random.default_rng(seed)) for field, seed in zip(raw, seeds, strict=True)
            ])  # fmt: skip
            said.append(np.full(len(raw), np.nan))
            made.append((null, draw, ANY))
            continue
        model = null_network(null, draw, architecture, params.start, training, shuffled, params.base_seed, name)
        fields = model.normalisation(raw)
        cams = rectify(grad_cam(model, fields, device, config["gradcam"]["batch_size"])[1])
        for map_class in map_classes(phase, params.phases):
            maps.append(cams[params.phases.index(phase) if map_class == OWN else GLASS])
            said.append(glass_probability(model, fields, device))
            made.append((null, draw, map_class))
            dead = is_dead(maps[-1], axes=2).sum()
            report(f"{null} {draw}, class {map_class}: {dead} of {len(raw)} maps are dead")
    maps, said = np.array(maps, dtype=float), np.array(said)
    gamma = particle_scores(maps, sample_kernels(known, pair_matrix(params.sigma), params.density))
    dataset = xr.Dataset(
        {
            "map": variable(("field", "sample", "x", "y"), maps.astype(np.float32), "1", "map on the grid"),
            "gamma": variable(("field", "sample", "particle"), gamma, "1", "score of the particles"),
            f"p_{params.phases[GLASS]}": variable(
                ("field", "sample"),
                said,
                "1",
                f"probability of the class {params.phases[GLASS]}; NaN for maps of no network",
            ),
        },
        coords={
            "null": ("field", [null for null, _, _ in made]),
            "draw": ("field", [draw for _, draw, _ in made]),
            "map_class": ("field", [map_class for _, _, map_class in made]),
            "replica": known["replica"],
            "split": known["split"],
        },
    )
    configuration = {"architecture": params.architecture, "sigma": params.sigma, "density": params.density}
    attributes = provenance(config["study"], params.base_seed, configuration, name)
    write_dataset(dataset.assign_attrs(phase=phase), snakemake.output.controls, attributes)
