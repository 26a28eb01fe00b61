"""Rule reading: what the networks of one system say in one reading of the method."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from glassmap.io.datasets import read_dataset, select_replicas, write_table
from glassmap.io.samples import read_replicas
from glassmap.io.schema import BATCH, CONFIGURATIONS, DENSITY
from glassmap.learning.attribution import attribute, projected_part
from glassmap.learning.cnn import (
    GLASS,
    Architecture,
    choose_device,
    glass_probability,
    load_model,
    make_deterministic,
)
from glassmap.learning.map_class import OWN, map_classes
from glassmap.learning.map_ensemble import read_predictions
from glassmap.learning.particle_scores import particle_scores, sample_kernels
from glassmap.papers.oyama2023.method import METHODS, coarse_graining
from glassmap.papers.oyama2023.readings import accuracy, map_rows
from glassmap.seeds import derive_seed
from glassmap.system import pair_matrix
from glassmap.workflow.logging import job

params, files, config = snakemake.params, snakemake.input, snakemake.config
name = snakemake.wildcards.system
with job(snakemake.log[0], "reading {variant}{system}".format(**snakemake.wildcards), snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device = choose_device(config["classifier"]["device"])
    models = [load_model(path, Architecture.from_config(params.architecture)) for path in files.models]
    # the same replicas are drawn for every reading and in every table
    bootstrap = (params.bootstrap_samples, derive_seed(params.base_seed, name, "bootstrap over samples"))
    rows, sigma, paper = [], pair_matrix(params.sigma), METHODS[params.protocol]
    xi = coarse_graining({name: params.lengths}, files.measured_lengths)[name][paper]["correlations"]
    for place, phase in enumerate(params.phases):
        of_networks = SimpleNamespace(
            indicators=files.indicators[place],
            crystals=files.crystals[place],
            predictions=files.predictions,
            history=files.history,
        )
        networks = read_predictions(of_networks, params.seeds, params.failed_below, phase)
        test = select_replicas(
            networks.indicators, read_dataset(files.configurations[place], CONFIGURATIONS), files.configurations[place]
        )
        raw = select_replicas(test, read_dataset(files.density[place], DENSITY), files.density[place])["density"].values
        rows.append({"phase": phase, **accuracy(networks.correct, networks.failed, "accuracy", *bootstrap)})
        if files.transfer:
            others = read_replicas(files.transfer, BATCH, temperatures=[params.temperatures[place]]).isel(temperature=0)
            fields = np.stack([kernel.density() for kernel in sample_kernels(others, sigma, params.density)])
            said = np.array([glass_probability(model, model.normalisation(fields), device) for model in models])
            right = (said > 0.5) == (phase == params.phases[GLASS])
            rows.append({"phase": phase, **accuracy(right, networks.failed, "transfer_accuracy", *bootstrap)})
        kernels = sample_kernels(test, sigma, params.density)
        methods, maps, gamma = [], [], []
        for map_class in map_classes(phase, params.phases):
            target = params.phases.index(phase) if map_class == OWN else GLASS
            signed = [
                attribute(
                    model, model.normalisation(raw), **params.attribution, device=device, target=target,
                    batch_size=config["gradcam"]["batch_size"],
                ).maps
                for model in models
            ]  # fmt: skip
            for index, method in enumerate(params.attribution["methods"]):
                methods.append((method, map_class))
                maps.append(np.stack([projected_part(of_network[index], method) for of_network in signed]))
                gamma.append(particle_scores(maps[-1], kernels))
        box_length = float(test["box_length"])
        found = map_rows(
            methods, np.stack(maps, 1), np.stack(gamma, 1), networks, test["position"].values, box_length, xi, paper,
            *bootstrap,
        )  # fmt: skip
        rows += [{"phase": phase, **row} for row in found]
        report(f"{phase}: {int((~networks.failed).sum())} of {len(models)} networks trained")
    write_table(pd.DataFrame(rows), snakemake.output.reading)
