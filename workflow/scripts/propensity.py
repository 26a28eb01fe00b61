"""Rule propensity: the mean over the runs of one ensemble, run by run."""

import numpy as np
import xarray as xr

from glassmap.dynamics.propensity import Cage, average, mean_displacement, mobility, sub_ensembles
from glassmap.io.datasets import provenance, read_dataset, read_slices, write_dataset
from glassmap.io.schema import RUNS, variable
from glassmap.papers.oyama2023.method import METHODS
from glassmap.workflow.logging import job

wildcards, params, files = snakemake.wildcards, snakemake.params, snakemake.input
with job(snakemake.log[0], f"propensity {wildcards.system} {wildcards.ensemble}") as report:
    about = read_dataset(files.runs[0], RUNS).drop_vars(["position", "kinetic_temperature", "wall_time"])
    initial, box_length = about["initial_position"].values, float(about["box_length"])
    cage = Cage.of(initial, box_length)

    def fields(power):
        for position in read_slices(files.runs, RUNS, "position", "run"):
            yield mobility(position, initial, cage, power)

    words = {1: "cage-relative displacement", 2: "squared cage-relative displacement"}
    variables = {name: about[name] for name in ("initial_position", "species", "box_length")}
    for method in METHODS.values():
        name, power = method.propensity, method.power
        mean = average(fields(power))
        units = "sigma*" if power == 1 else "sigma*^2"
        displacement = mean_displacement(mean.mean, power)
        variables[name] = variable(("time", "particle"), mean.mean, units, f"mean {words[power]} over the runs")
        root = "" if power == 1 else " of the square root of"
        variables[method.delta] = variable(("time",), displacement, "sigma*", f"mean{root} {name} over the particles")
        variables[f"noise_ceiling_{name}"] = variable(
            ("time",), mean.ceiling, "1", f"correlation of {name} with that of infinitely many runs"
        )
        variables["runs"] = variable((), mean.runs, "1", "number of runs")
        report(f"{method.name}: delta goes up to {displacement.max():.3g} sigma*; {mean.runs} runs")
    if params.sub_ensembles:
        parts = sub_ensembles(fields(1), **params.sub_ensembles)
        variables["sub_propensity"] = variable(
            ("ensemble", "time", "particle"), parts, "sigma*", "propensity of disjoint sub-ensembles of the runs"
        )
    dataset = xr.Dataset(variables, coords={"time": about["time"]}, attrs=about.attrs)
    kinetic = np.mean([*read_slices(files.runs, RUNS, "kinetic_temperature", "run")], axis=0)
    dataset["kinetic_temperature"] = variable(("time",), kinetic, "epsilon*", "kinetic temperature, mean over the runs")
    values = {"ensemble": params.ensemble, "sub_ensembles": params.sub_ensembles}
    attributes = provenance(snakemake.config["study"], params.base_seed, values, wildcards.system)
    write_dataset(dataset, snakemake.output.propensity, attributes)
