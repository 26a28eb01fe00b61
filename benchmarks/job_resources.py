"""Resources that the jobs of a study request, and what they used where it was run.

    python benchmarks/job_resources.py [study]

Prints for every rule the memory and time requested by the first attempt of a job (`glassmap.workflow.resources`),
and the largest use by any of its jobs, from their benchmark files. Exits with 1 if a job used more than it requested.
"""

import sys
from pathlib import Path

import pandas as pd

from glassmap.workflow.config import load_schema, read_study, resolve
from glassmap.workflow.resources import job_resources, light, memory, molecular_dynamics, runtime

ROOT = Path(__file__).parents[1]


def requested(config: dict) -> pd.DataFrame:
    """Megabytes and minutes by rule; rules of tables and figures share the row ``light``."""
    dynamics = molecular_dynamics(config)
    dynamics.pop("segment")
    gpu, longest = config["classifier"]["device"] != "cpu", config["cluster"]["job_time"]
    rows = {name: (memory(resources), min(longest, runtime(resources))) for name, resources in dynamics.items()}
    rows |= {
        name: (memory(resources, gpu), runtime(resources, gpu))
        for name, resources in {**job_resources(config), "light": light(config)}.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["mem_mb", "runtime"])


def used(results: Path, rules: pd.Index) -> pd.DataFrame:
    """Number of jobs by rule, and their largest memory (MB) and time (min)."""
    files = sorted((results / "benchmarks").glob("*/*.tsv"))
    rows = [
        (path.parent.name, *pd.read_csv(path, sep="\t", na_values="-").iloc[-1][["max_rss", "s"]]) for path in files
    ]
    table = pd.DataFrame(rows, columns=["rule", "max_rss", "s"])
    table["rule"] = table["rule"].where(table["rule"].isin(rules), "light")
    table["used_minutes"] = table["s"].astype(float) / 60
    table["used_mb"] = table["max_rss"].astype(float)
    return table.groupby("rule").agg(
        jobs=("s", "size"), used_mb=("used_mb", "max"), used_minutes=("used_minutes", "max")
    )


if __name__ == "__main__":
    study = sys.argv[1] if len(sys.argv) > 1 else "default"
    files = [
        ROOT / f"config/{name}.yaml" for name in dict.fromkeys(("config", study if study != "default" else "config"))
    ]
    config = resolve(read_study(*files), load_schema(ROOT / "workflow/schemas/config.schema.yaml"))
    table = requested(config)
    table = table.join(used(ROOT / "results" / study, table.index))
    print(f"study {study}: requested by each job, and the most that one used")
    print(table.round(1).to_string(na_rep="-"))
    exceeded = table[(table["used_mb"] > table["mem_mb"]) | (table["used_minutes"] > table["runtime"])]
    if len(exceeded):
        sys.exit(f"more than requested: {', '.join(exceeded.index)}")
