"""What the jobs of a study ask for, and what they used where it was run.

    python benchmarks/needs.py [study]

Prints for every rule the memory and the time that a job asks for in its first attempt (`glassmap.workflow.resources`),
and the largest that a job of it used, from its benchmark files. Exits with 1 if a job used more than it asked for.
"""

import sys
from pathlib import Path

import pandas as pd

from glassmap.workflow.config import load_schema, read_study, resolve
from glassmap.workflow.resources import light, memory, molecular_dynamics, needs, runtime

ROOT = Path(__file__).parents[1]


def asked(config: dict) -> pd.DataFrame:
    """Megabytes and minutes of every rule that is not light, and of those that are under ``light``."""
    running = molecular_dynamics(config)
    running.pop("segment")
    gpu, longest = config["classifier"]["device"] != "cpu", config["cluster"]["job_time"]
    rows = {name: (memory(need), min(longest, runtime(need))) for name, need in running.items()}
    rows |= {
        name: (memory(need, gpu), runtime(need, gpu))
        for name, need in {**needs(config), "light": light(config)}.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["mem_mb", "runtime"])


def used(results: Path, rules: pd.Index) -> pd.DataFrame:
    """Largest memory, MB, and time, min, of the jobs of every rule, and their number."""
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
    table = asked(config)
    measured = used(ROOT / "results" / study, table.index)
    table = table.join(measured)
    print(f"study {study}: what a job asks for and the most that one used")
    print(table.round(1).to_string(na_rep="-"))
    beyond = table[(table["used_mb"] > table["mem_mb"]) | (table["used_minutes"] > table["runtime"])]
    if len(beyond):
        sys.exit(f"more than asked for: {', '.join(beyond.index)}")
