"""Rule lengths: xi_Delta from the decay of the propensity, xi_alpha from the best correlation with it."""

import math

from glassmap.analysis.lengths import Glass, measure
from glassmap.analysis.particle_fields import fields_of
from glassmap.dynamics.propensity import Cage, mobility
from glassmap.io.datasets import files_by_key, provenance, read_dataset, read_slices, write_dataset
from glassmap.io.schema import PROPENSITY, RUNS
from glassmap.learning.map_ensemble import read_networks
from glassmap.papers.oyama2023.method import METHODS, by_method, of_purpose
from glassmap.workflow.logging import job

name, params, files = snakemake.wildcards.system, snakemake.params, snakemake.input
with job(snakemake.log[0], f"lengths {name}") as report:
    networks = read_networks(files, params.seeds, params.failed_below, params.phase)
    batches = range(len(files.runs) // len(params.configurations))
    of_runs, glasses = files_by_key(files.runs, params.configurations, batches), []
    for replica, path in zip(params.configurations, files.propensity, strict=True):
        ensemble = read_dataset(path, PROPENSITY)
        initial, box_length = ensemble["initial_position"].values, float(ensemble["box_length"])
        cage = Cage.of(initial, box_length)

        paths = tuple(of_runs[replica, batch] for batch in batches)

        def runs(frame, paths=paths, initial=initial, cage=cage):
            for position in read_slices(paths, RUNS, "position", "run"):
                yield mobility(position[frame], initial, cage)

        glasses.append(
            Glass(
                replica,
                initial,
                box_length,
                fields_of(networks, replica),
                {method: ensemble[method.propensity].values for method in METHODS.values()},
                {method: ensemble[method.delta].values for method in METHODS.values()},
                ensemble["noise_ceiling_propensity"].values,
                runs,
            )
        )
    if params.published is None:
        xi_paper = dict.fromkeys(METHODS.values(), math.nan)
    else:
        xi_paper = of_purpose(by_method(params.published), "propensity")
    dataset = measure(glasses, ensemble["time"].values, xi_paper=xi_paper, **params.lengths)
    for target, xi in zip(params.lengths["targets"], dataset["xi_delta"].values.T, strict=True):
        report(f"delta = {target:g}: xi_Delta = {xi}")
    if len(glasses) == 1:
        report("one configuration: no length can be chosen on others (propensity.configurations)")
    configuration = {"lengths": params.lengths, "published": params.published}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.lengths, attributes)
