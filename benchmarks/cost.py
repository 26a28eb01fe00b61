"""Cost of a study, and of molecular dynamics at every scale.

    python benchmarks/cost.py [study]

Prints the wall time of the study's jobs by rule, from their benchmark files; core-seconds per step of a replica or run,
from the wall times of the LAMMPS runs in the cooling and propensity files; and both extrapolated to all studies in
config/. Run it after `make run`.
"""

import sys
from pathlib import Path

import pandas as pd

from glassmap.errors import ConfigurationError
from glassmap.io.datasets import read_dataset
from glassmap.io.schema import BATCH, RUNS
from glassmap.simulation.cooling_protocol import CoolingProtocol, cooling_of
from glassmap.simulation.propensity_protocol import PropensityProtocol, ensembles
from glassmap.system import System
from glassmap.workflow.config import load_schema, read_study, resolve

ROOT = Path(__file__).parents[1]


def completed(name: str) -> dict:
    """A study in config/, completed."""
    files = [ROOT / f"config/{file}.yaml" for file in dict.fromkeys(("config", name))]
    return resolve(read_study(*files), load_schema(ROOT / "workflow/schemas/config.schema.yaml"))


def steps_of(config: dict, name: str) -> tuple[int, int]:
    """Number of particles, and steps per replica (equilibration and cooling)."""
    system = System.from_config(name, config["systems"][name])
    protocol = CoolingProtocol.from_config(cooling_of(config, name))
    return system.number_of_particles, protocol.steps() + round(protocol.equilibration_time / protocol.time_step)


def runs_of(config: dict, name: str) -> tuple[int, int]:
    """Steps per isoconfigurational run, and number of runs in all ensembles of a system."""
    block = config["systems"][name]["propensity"]
    runs = sum(ensemble["runs"] for ensemble in ensembles(config["propensity"], block["temperatures"]).values())
    return PropensityProtocol.from_config(config["propensity"], block["run_time"]).steps, runs


def mean_wall_time(paths: list[Path], variables: dict) -> float:
    """Mean wall time of the LAMMPS runs in some files, seconds on one core."""
    return float(pd.concat([read_dataset(path, variables)["wall_time"].to_series() for path in paths]).mean())


study = sys.argv[1] if len(sys.argv) > 1 else "default"
results = ROOT / "results" / study
config = completed("config" if study == "default" else study)
rows = []
for path in sorted((results / "benchmarks").glob("*/*.tsv")):
    rows.append({"rule": path.parent.name, "wall_s": pd.read_csv(path, sep="\t")["s"].iloc[-1]})
if not rows:
    sys.exit(f"{results}: no finished study; run it first (make run, or snakemake --configfile config/{study}.yaml)")
by_rule = pd.DataFrame(rows).groupby("rule")["wall_s"].agg(jobs="size", wall_s="sum")
print(f"study {study}: {len(rows)} jobs")
print(by_rule.sort_values("wall_s", ascending=False).round(1).to_string())

cooling, runs = {}, {}
for name in config["systems"]:
    particles, steps = steps_of(config, name)
    mean = mean_wall_time(sorted((results / name / "cooling").glob("batch-*.nc")), BATCH)
    cooling[name] = mean / steps / particles
    print(f"{name} cooling: {mean:.1f} core-seconds per replica of {steps} steps, {mean / steps:.3g} per step")
    steps, _ = runs_of(config, name)
    mean = mean_wall_time(sorted((results / name / "propensity").glob("*/runs-*.nc")), RUNS)
    runs[name] = mean / steps / particles
    print(f"{name} propensity: {mean:.1f} core-seconds per run of {steps} steps, {mean / steps:.3g} per step")
print("molecular dynamics at every scale, core-hours:")
print(f"  {'study':12s} {'cooling':>10s} {'propensity':>10s} {'a run':>8s}")
for file in sorted((ROOT / "config").glob("*.yaml")):
    try:
        other = completed(file.stem)
    except ConfigurationError:  # laid over another study than the default one
        continue
    cooled = run = longest = 0.0
    for name in cooling.keys() & other["systems"].keys():  # nothing is measured of others
        particles, steps = steps_of(other, name)
        cooled += cooling[name] * particles * steps * other["cooling"]["replicas"] / 3600
        steps, number = runs_of(other, name)
        run += runs[name] * particles * steps * number / 3600
        longest = max(longest, runs[name] * particles * steps / 3600)
    print(f"  {other['study']:12s} {cooled:10.3g} {run:10.3g} {longest:8.2g}")
