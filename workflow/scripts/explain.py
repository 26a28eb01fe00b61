"""Rule explain: trained networks on configurations of the user, their classes and the score of every particle."""

from functools import partial
from pathlib import PurePath

import numpy as np
import pandas as pd

from glassmap.errors import GlassmapError
from glassmap.io.datasets import provenance, read_table, write_table
from glassmap.io.extended_xyz import ParticleFrame, write_extended_xyz
from glassmap.io.sample_patterns import match_files
from glassmap.io.schema import HISTORY
from glassmap.io.trajectories.samples import Sample, samples_of_system
from glassmap.learning.cnn import Architecture, choose_device, load_model, make_deterministic
from glassmap.learning.explanation import Explanation, explain, explain_samples
from glassmap.learning.map_class import OWN
from glassmap.learning.training import has_failed
from glassmap.plotting.explanations import MappedSample, maps_beside_particles
from glassmap.plotting.style import save
from glassmap.structure.coarse_graining import normalise
from glassmap.system import System
from glassmap.workflow.logging import job

SHOWN = 4  # samples in the figure, the first
AT_ONCE = 50_000  # particles in memory, each with the grid points around it
LONGEST = 40  # characters of a file's name in the figure

name, params, config = snakemake.wildcards.explanation, snakemake.params, snakemake.config
states, options = params.phases, params.options


def frame_of(sample: Sample, said: Explanation) -> ParticleFrame:
    """Particles in the order of their file, with the scores by every network and their mean."""
    order = np.argsort(sample.order)
    p_of_states = {f"p_{state}": float(p) for state, p in zip(states, said.mean_probability, strict=True)}
    return ParticleFrame(
        sample.positions[order],
        np.array(list(system.species_names))[sample.species[order]],
        sample.box_lengths,
        {column: values[order] for column, values in said.scores(params.seeds).items()},
        {
            "study": config["study"],
            "system": system.name,
            "source": sample.file,
            "frame": sample.frame,
            "map_class": states[said.explained],
            **p_of_states,
            "git_commit": commit,
        },
    )


def shown(sample: Sample, said: Explanation) -> MappedSample:
    """A sample as the figure shows it."""
    file = PurePath(sample.file).name
    file = file if len(file) <= LONGEST else f"...{file[-LONGEST:]}"
    said_of_it = f"Γ of the class {states[said.explained]}, p = {said.mean_probability[said.explained]:.3g}"
    return MappedSample(f"{file}, frame {sample.frame}", said_of_it, sample.positions, normalise(said.mean_gamma))


with job(snakemake.log[0], f"explain {name}", snakemake.threads) as report:
    make_deterministic(snakemake.threads)
    trained = np.array(
        [not has_failed(read_table(path, HISTORY), params.failed_below) for path in snakemake.input.history]
    )
    if not trained.any():
        raise GlassmapError(
            f"explain.{name}: all {len(trained)} networks of {options['system']} are at chance "
            "(classifier.failed_below), so they have nothing to say; train them longer"
        )
    system = System.from_config(options["system"], params.model)
    commit = provenance(config["study"], 0, {})["git_commit"]
    networks = partial(
        explain,
        models=[load_model(path, Architecture.from_config(params.architecture)) for path in snakemake.input.models],
        trained=trained,
        sigma=system.sigma,
        density=params.density,
        device=choose_device(config["classifier"]["device"]),
        map_class=None if options["class"] == OWN else states.index(options["class"]),
        batch_size=config["gradcam"]["batch_size"],
    )
    samples = samples_of_system(system, match_files(options["files"]), options, params.density["grid"])
    rows, first = [], []

    def noted(explained):
        """The samples as they pass, of which the table keeps the classes, and the figure the first."""
        for sample, said in explained:
            rows.extend({"file": sample.file, "frame": sample.frame, **row} for row in said.rows(params.seeds, states))
            if len(first) < SHOWN:
                first.append((sample, said))
            yield frame_of(sample, said)

    at_once = max(1, AT_ONCE // system.number_of_particles)
    write_extended_xyz(snakemake.output.maps, noted(explain_samples(samples, networks, at_once)))
    write_table(pd.DataFrame(rows), snakemake.output.classes)
    species = first[0][0].species
    title = f"{system.name}, {config['study']}: mean of {trained.sum()} network{'s' if trained.sum() > 1 else ''}"
    figure = maps_beside_particles(
        [shown(*one) for one in first], species, system.sigma.diagonal()[species], system.box_length, title
    )
    save(figure, snakemake.output.figures)
    count = len(rows) // (len(trained) + 1)
    report(f"{count} samples, {trained.sum()} of {len(trained)} networks in the mean: {snakemake.output.maps}")
