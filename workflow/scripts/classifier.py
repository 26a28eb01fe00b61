"""Rule classifier: train one network and let it judge every sample."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from glassmap.io.datasets import atomic_write, read_dataset, select_replicas, write_table
from glassmap.io.schema import CONFIGURATIONS, DENSITY
from glassmap.learning.cnn import (
    GLASS,
    Architecture,
    Protocol,
    choose_device,
    glass_probability,
    initialise,
    keep_best,
    make_deterministic,
    new_classifier,
    save_model,
    train,
)
from glassmap.learning.normalisation import Normalisation
from glassmap.learning.training import has_failed, is_trained_on, shuffle_labels
from glassmap.seeds import derive_seed, network_seed
from glassmap.workflow.logging import job

name, network, params, config = (
    snakemake.wildcards.system,
    snakemake.wildcards.seed,
    snakemake.params,
    snakemake.config,
)
with job(snakemake.log[0], f"classifier {name} seed {network}, {params.labels} labels", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    device = choose_device(config["classifier"]["device"])
    samples, fields = [], []
    for phase, configurations, density in zip(
        params.phases, snakemake.input.configurations, snakemake.input.density, strict=True
    ):
        replicas = read_dataset(configurations, CONFIGURATIONS)
        densities = select_replicas(replicas, read_dataset(density, DENSITY), density)
        samples.append(replicas[["replica", "split"]].to_dataframe()[["replica", "split"]].assign(phase=phase))
        fields.append(densities["density"].values)
    learned = np.concatenate([is_trained_on(of_phase, params.training_replicas) for of_phase in samples])
    samples = pd.concat(samples, ignore_index=True)
    raw = np.concatenate(fields)
    normalisation = Normalisation.fit(params.normalisation, raw[learned])
    fields = normalisation(raw)
    classes = (samples["phase"] == params.phases[GLASS]).to_numpy().astype(int)
    chosen = {"train": learned, "validation": (samples["split"] == "validation").to_numpy()}
    sets = {split: (fields[members], classes[members]) for split, members in chosen.items()}
    if params.labels == "shuffled":
        sets = {
            split: (inputs, shuffle_labels(known, derive_seed(params.base_seed, name, "labels", network, split)))
            for split, (inputs, known) in sets.items()
        }

    report(f"training on {device}: {len(sets['train'][0])} samples, {len(sets['validation'][0])} to validate")
    seed = network_seed(params.base_seed, name, network, shuffled=params.labels == "shuffled")
    architecture = Architecture.from_config(params.architecture)
    protocol = Protocol.from_config(params.protocol)
    model = new_classifier(architecture, seed, normalisation)
    initialise(model, params.initialization, sets["train"][0])
    epochs = train(model, sets["train"], sets["validation"], protocol, seed, device)
    history, best, weights = keep_best(epochs, protocol.epochs, report)
    model.load_state_dict(weights)
    history = pd.DataFrame([asdict(record) for record in history])
    if params.labels == "shuffled":
        report(f"kept epoch {best.epoch} of a training on shuffled labels")
    elif has_failed(history, config["classifier"]["failed_below"]):
        report(f"FAILED: at chance in the kept epoch {best.epoch}; left out of every average")
    else:
        report(f"kept epoch {best.epoch}: validation accuracy {best.validation_accuracy:.3f}")

    liquid, glass = params.phases
    said = glass_probability(model, fields, device)
    samples = samples.assign(**{f"p_{glass}": said, "predicted": np.where(said > 0.5, glass, liquid)})
    write_table(samples[["phase", "replica", "split", f"p_{glass}", "predicted"]], snakemake.output.predictions)
    write_table(history, snakemake.output.history)
    with atomic_write(snakemake.output.model) as part:
        save_model(part, model)
