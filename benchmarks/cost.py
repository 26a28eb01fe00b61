"""What a study cost, from the benchmark files of its jobs, and what the other studies will cost.

    python benchmarks/cost.py [study]

Prints core-hours by rule, core-seconds per replica-step of cooling for each system, and the extrapolation of
cooling to every study in config/. Run it after `make run`.
"""

import sys
from pathlib import Path

import pandas as pd

from glassmap.config import load_schema, read_study, resolve
from glassmap.cooling import CoolingProtocol
from glassmap.systems import System

ROOT = Path(__file__).parents[1]


def completed(name: str) -> dict:
    """A study of config/, complete."""
    files = [ROOT / f"config/{file}.yaml" for file in dict.fromkeys(("config", name))]
    return resolve(read_study(*files), load_schema(ROOT / "workflow/schemas/config.schema.yaml"))


def steps_of(config: dict, name: str) -> tuple[int, int]:
    """Particles, and steps of one replica: equilibration and cooling."""
    section = {key: value for key, value in config["cooling"].items() if key not in ("replicas", "batch_size")}
    protocol, system = CoolingProtocol.from_config(section), System.from_config(name, config["systems"][name])
    return system.number_of_particles, protocol.steps(system) + round(protocol.equilibration_time / protocol.time_step)


study = sys.argv[1] if len(sys.argv) > 1 else "default"
config = completed("config" if study == "default" else study)
rows = []
for path in sorted((ROOT / "results" / study / "benchmarks").glob("*/*.tsv")):
    measured = pd.read_csv(path, sep="\t").iloc[-1]
    rows.append({"rule": path.parent.name, "job": path.stem, "wall_s": measured["s"], "core_s": measured["cpu_time"]})
jobs = pd.DataFrame(rows)
by_rule = jobs.groupby("rule").agg(jobs=("job", "size"), wall_s=("wall_s", "sum"), core_s=("core_s", "sum"))
print(f"study {study}: {len(jobs)} jobs, {jobs['core_s'].sum() / 3600:.3f} core-hours")
print(by_rule.sort_values("core_s", ascending=False).round(1).to_string())

per_step = {}
for name in config["systems"]:
    cool = jobs[(jobs["rule"] == "cool") & jobs["job"].str.startswith(f"{name}-")]
    particles, steps = steps_of(config, name)
    per_step[name] = cool["core_s"].sum() / (config["cooling"]["replicas"] * steps) / particles
    print(
        f"{name}: {per_step[name] * particles:.3g} core-seconds per replica-step "
        f"({particles} particles, {1 / (per_step[name] * particles):.0f} steps/s on one core, all overheads counted)"
    )
print("cooling at every scale, core-hours:")
for file in sorted((ROOT / "config").glob("*.yaml")):
    other = completed(file.stem)
    hours = 0.0
    for name in other["systems"]:
        particles, steps = steps_of(other, name)
        hours += per_step[name] * particles * steps * other["cooling"]["replicas"] / 3600
    print(f"  {other['study']:10s} {hours:10.3g}")
