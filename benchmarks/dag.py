"""Cost of planning: `snakemake -n` for the published study with an increasing number of replicas.

    python benchmarks/dag.py [--replicas 100 1000 5000 10000 100000] [--figure fig6]

For each number of replicas per model, prints time and peak memory for planning everything, one figure, and one cooling
batch; every cluster job pays the last one again, since it plans its own target. No results exist, so every
job is planned. Times are wall-clock times, with processor times in parentheses; both agree on an otherwise idle
machine. The cost per batch is the increase in processor time for planning everything, divided by the increase in the
number of batches: constant means linear in the number of jobs. Goal: the published scale, 5000 replicas, in under 5 s.
"""

import argparse
import re
import tempfile
from pathlib import Path

from workplace import Cost, copy_repository, run_snakemake, write_study

REPLICAS = [100, 1000, 5000, 10_000, 100_000]
TARGETS = ("everything", "figure", "one batch")


def jobs_of(printed: str) -> int:
    """Number of jobs in a dry run, without the target rule."""
    counts = dict(re.findall(r"^(all|total) +(\d+)$", printed, re.M))
    return int(counts["total"]) - int(counts.get("all", 0))


def plan(folder: Path, replicas: int, figure: str) -> tuple[int, int, dict[str, Cost]]:
    """Batches of all models, planned jobs, and the cost of planning each of `TARGETS`."""
    config = write_study(folder / "study.yaml", "paper", cooling={"replicas": replicas})
    results, model = f"results/{config['study']}", next(iter(config["systems"]))
    targets = ([], [f"{results}/figures/{figure}.pdf"], [f"{results}/{model}/cooling/batch-0.nc"])
    options = ("--dry-run", "--quiet", "rules", "--nolock", "--configfile", "study.yaml")
    costs = {name: run_snakemake(folder, *target, *options) for name, target in zip(TARGETS, targets, strict=True)}
    batches = len(config["systems"]) * replicas // config["cooling"]["batch_size"]
    return batches, jobs_of(costs["everything"].printed), costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--replicas", type=int, nargs="+", default=REPLICAS, help="of each model")
    parser.add_argument("--figure", default="fig6")
    options = parser.parse_args()
    titles = ("everything", options.figure, "one batch")
    print(
        f"{'replicas':>8s} {'batches':>7s} {'jobs':>6s}"
        + "".join(f"{title + ', s':>20s}{'MiB':>6s}" for title in titles)
        + f"{'ms per batch':>14s}"
    )
    before = None
    with tempfile.TemporaryDirectory() as temporary:
        folder = copy_repository(Path(temporary))
        for replicas in sorted(options.replicas):
            batches, jobs, costs = plan(folder, replicas, options.figure)
            row = f"{replicas:8d} {batches:7d} {jobs:6d}"
            for cost in costs.values():
                row += f"{f'{cost.wall:.2f} ({cost.processor:.2f})':>20s}{cost.memory:6.0f}"
            seconds = costs["everything"].processor
            if before is not None:
                row += f"{(seconds - before[1]) / (batches - before[0]) * 1e3:14.1f}"
            before = batches, seconds
            print(row, flush=True)


if __name__ == "__main__":
    main()
