"""What a study cost, and what cooling costs at every scale.

    python benchmarks/cost.py [study]

Prints the wall time of its jobs by rule, from their benchmark files; core-seconds per replica-step, from the wall time
of each LAMMPS run on its core in the cooling files; and cooling extrapolated to the studies in config/. Run it after
`make run`.
"""

import sys
from pathlib import Path

import pandas as pd

from glassmap.config import load_schema, read_study, resolve
from glassmap.contract import BATCH
from glassmap.cooling_protocol import CoolingProtocol
from glassmap.files import read_dataset
from glassmap.systems import System

ROOT = Path(__file__).parents[1]


def completed(name: str) -> dict:
    """A study of config/, complete."""
    files = [ROOT / f"config/{file}.yaml" for file in dict.fromkeys(("config", name))]
    return resolve(read_study(*files), load_schema(ROOT / "workflow/schemas/config.schema.yaml"))


def steps_of(config: dict, name: str) -> tuple[int, int]:
    """Particles, and steps of one replica: equilibration and cooling."""
    protocol, system = CoolingProtocol.from_config(config["cooling"]), System.from_config(name, config["systems"][name])
    return system.number_of_particles, protocol.steps(system) + round(protocol.equilibration_time / protocol.time_step)


study = sys.argv[1] if len(sys.argv) > 1 else "default"
results = ROOT / "results" / study
config = completed("config" if study == "default" else study)
rows = []
for path in sorted((results / "benchmarks").glob("*/*.tsv")):
    rows.append({"rule": path.parent.name, "wall_s": pd.read_csv(path, sep="\t")["s"].iloc[-1]})
by_rule = pd.DataFrame(rows).groupby("rule")["wall_s"].agg(jobs="size", wall_s="sum")
print(f"study {study}: {len(rows)} jobs")
print(by_rule.sort_values("wall_s", ascending=False).round(1).to_string())

per_particle = {}
for name in config["systems"]:
    batches = [read_dataset(path, BATCH) for path in sorted((results / name / "cooling").glob("batch-*.nc"))]
    mean = float(pd.concat([batch["wall_time"].to_series() for batch in batches]).mean())
    particles, steps = steps_of(config, name)
    per_particle[name] = mean / steps / particles
    print(
        f"{name}: {mean:.1f} core-seconds a replica of {steps} steps, {mean / steps:.3g} core-seconds per replica-step "
        f"({particles} particles)"
    )
print("cooling at every scale, core-hours:")
for file in sorted((ROOT / "config").glob("*.yaml")):
    other = completed(file.stem)
    hours = 0.0
    for name in other["systems"]:
        particles, steps = steps_of(other, name)
        hours += per_particle[name] * particles * steps * other["cooling"]["replicas"] / 3600
    print(f"  {other['study']:10s} {hours:.3g}")
