"""Rule dynamics: correlations of the structure with the propensity, with intervals and noise ceilings."""

from glassmap.analysis.particle_fields import fields_of
from glassmap.analysis.propensity_correlations import (
    PAPER,
    TOGETHER,
    choices,
    common_choices,
    correlate_ensemble,
    gather,
    move_maps,
)
from glassmap.dynamics.propensity import Cage, mobility
from glassmap.io.datasets import provenance, read_dataset, read_slices, write_dataset
from glassmap.io.schema import LENGTHS, RUNS
from glassmap.learning.map_ensemble import read_maps
from glassmap.papers.oyama2023.method import coarse_graining
from glassmap.seeds import derive_seed
from glassmap.workflow.logging import job

name, params, files = snakemake.wildcards.system, snakemake.params, snakemake.input
with job(snakemake.log[0], f"dynamics {name}") as report:
    networks = read_maps(files, params.seeds, params.failed_below, params.phase)
    lengths = read_dataset(files.lengths, LENGTHS) if hasattr(files, "lengths") else None
    common = coarse_graining({name: params.published}, files.measured_lengths)[name]
    name_of_common = PAPER if params.published else TOGETHER
    results, glasses, start = {}, {}, 0
    for configuration, temperature, batches in params.ensembles:
        paths = files.runs[start : start + batches]
        start += batches
        about = read_dataset(paths[0], RUNS)
        initial, box_length, time = about["initial_position"].values, float(about["box_length"]), about["time"].values
        runs = batches * about.sizes["run"]
        cage = Cage.of(initial, box_length)

        def mobilities(power, paths=paths, initial=initial, cage=cage):
            for position in read_slices(paths, RUNS, "position", "run"):
                yield mobility(position, initial, cage, power)

        fields = fields_of(networks, configuration)
        if lengths is None:  # controls: no lengths were chosen for them
            wanted = common_choices(fields.indicator.tolist(), common, name_of_common)
        else:
            wanted = choices(lengths, common, configuration, name_of_common)
        seed = derive_seed(params.base_seed, name, configuration, "bootstrap over runs", repr(float(temperature)))
        results[configuration, temperature] = correlate_ensemble(
            fields, initial, box_length, mobilities, runs, wanted, params.bootstrap_samples, seed
        )
        glasses[configuration] = (initial, box_length)
        report(f"configuration {configuration}, T = {temperature:g}: {runs} runs")
        unusable = [
            f"{kind} {number}: {reason}"
            for kind, number, reason in zip(networks.names, networks.seeds, fields.not_usable, strict=False)
            if reason
        ]
        if unusable:
            report(f"configuration {configuration}: not usable are {', '.join(unusable)}")
    moved = {}
    for configuration, glass in glasses.items() if params.moved_maps else ():
        of_glass = {temperature: found for (one, temperature), found in results.items() if one == configuration}
        # the same for every temperature and for the null maps, whose job comes through here, too
        seed = derive_seed(params.base_seed, name, configuration, "moved maps")
        moved[configuration] = move_maps(of_glass, *glass, params.moved_maps, seed)
        report(f"configuration {configuration}: {params.moved_maps} moved maps")
    seed = derive_seed(params.base_seed, name, "bootstrap over configurations")
    dataset = gather(results, time, params.bootstrap_samples, seed, moved)
    values = {"ensembles": params.ensembles, "published": params.published, "moved_maps": params.moved_maps}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, name)
    write_dataset(dataset, snakemake.output.dynamics, attributes)
