"""How much of the molecular dynamics' speed the workflow keeps: rule `cool` against the bare program.

    python benchmarks/cooling.py [--study config] [--system KAM] [--replicas 2] [--steps 100000]

Cools the same replicas from the same LAMMPS inputs on one core, one after the other: by the bare program, through
Snakemake in a temporary copy of the repository, and by the bare program again, so that a busy moment of the machine
meets both. Prints replica-steps (of equilibration and cooling) per second and core, on the clock and by processor
time, which others on the machine disturb less, and their ratio to the bare program:

- LAMMPS: the runs of LAMMPS in the job, from the batch file.
- job: the whole job, from its benchmark file: Python's start, LAMMPS, checking the snapshots, writing the batch.
- Snakemake: the whole command with Snakemake's own start and planning, which a study pays once.

What is taken besides the molecular dynamics does not grow with the steps, so the last line tells the ratio in a job of
the published study, by processor time, for a batch of as few replicas and with Snakemake's start in every job. Goal: a
ratio of at least 0.95. (Snakemake's own record of a job's processor time misses the end of the job and is not used.)
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from workplace import copy_repository, run_snakemake, write_study

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import BATCH
from glassmap.simulation.cooling import replica_seeds
from glassmap.simulation.cooling_protocol import CoolingProtocol, cooling_of
from glassmap.simulation.lammps import Lammps, cooling_commands
from glassmap.system import System
from glassmap.workflow.paths import Paths


def inputs(system: System, protocol: CoolingProtocol, seed: int, replicas: int, skin: float) -> list[str]:
    """LAMMPS inputs of the first replicas, as the workflow makes them, each in one segment."""
    steps = protocol.steps()
    return [
        cooling_commands(
            system,
            temperature_start=protocol.temperature_start,
            time_step=protocol.time_step,
            thermostat_damping=protocol.thermostat_damping,
            equilibration_steps=protocol.equilibration_steps,
            stages=protocol.stages(),
            record_every=steps // protocol.energy_records,
            first_step=0,
            last_step=protocol.equilibration_steps + steps,
            snapshot_steps=protocol.snapshot_steps().tolist(),
            seeds=replica_seeds(seed, system, replica),
            neighbor_skin=skin,
        )
        for replica in range(replicas)
    ]


def run_bare(commands: list[str], lammps: Lammps, folder: Path) -> np.ndarray:
    """Run the program on each input; seconds on the clock and of the processor."""

    def processor() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    wall, used = time.monotonic(), processor()
    for index, text in enumerate(commands):
        lammps.run(text, folder / str(index), "cool")
    return np.array([time.monotonic() - wall, processor() - used])


def total_steps(protocol: CoolingProtocol) -> int:
    """Steps of one replica."""
    return protocol.equilibration_steps + protocol.steps()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--study", default="config", help="study of config/ whose cooling is made longer or shorter")
    parser.add_argument("--system", default="KAM")
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--steps", type=int, default=100_000, help="of cooling")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = copy_repository(Path(temporary))
        names = [name for name in (options.study,) if name != "config"]
        config = write_study(folder / "study.yaml", *names)
        system = System.from_config(options.system, config["systems"][options.system])
        span = config["cooling"]["temperature_start"] - config["systems"][options.system]["states"]["glass"]
        cooling_rate = span / (options.steps * config["cooling"]["time_step"])
        changes = {"batch_size": options.replicas, "cooling_rate": cooling_rate, "further_rates": []}
        changes["replicas"] = -(-config["cooling"]["replicas"] // options.replicas) * options.replicas
        config = write_study(folder / "study.yaml", *names, cooling=changes)
        protocol, lammps = CoolingProtocol.from_config(cooling_of(config, options.system)), Lammps(**config["lammps"])
        steps = total_steps(protocol)
        commands = inputs(system, protocol, config["seed"], options.replicas, lammps.neighbor_skin)

        first = run_bare(commands, lammps, folder / "before")
        paths, wildcards = Paths(config["study"]), {"system": options.system, "batch": 0}
        target = paths.batch.format(**wildcards)
        whole = run_snakemake(folder, target, "--cores", "1", "--configfile", "study.yaml")
        second = run_bare(commands, lammps, folder / "after")

        benchmark = paths.benchmark("cool", "{system}-{batch}").format(**wildcards)
        job = pd.read_csv(folder / benchmark, sep="\t").iloc[-1]
        in_lammps = float(read_dataset(folder / target, BATCH)["wall_time"].sum())
        published = write_study(folder / "published.yaml", "paper")
    bare = (first + second) / 2
    print(f"{options.system}, {system.number_of_particles} particles: {options.replicas} replicas of {steps} steps")
    print(
        f"bare program before and after: {first[0]:.1f} and {second[0]:.1f} s ({first[1]:.1f} and {second[1]:.1f} s "
        "of the processor)"
    )
    print(f"{'':14s}{'replica-steps/s/core':>22s}{'ratio':>7s}{'by processor time':>19s}{'ratio':>7s}")
    rows = {
        "bare program": bare,
        "LAMMPS": [in_lammps, np.nan],
        "job": [job["s"], np.nan],
        "Snakemake": [whole.wall, whole.processor],
    }
    for name, (wall, processor) in rows.items():
        row = f"{name:14s}{options.replicas * steps / wall:22.0f}{bare[0] / wall:7.3f}"
        if np.isfinite(processor):
            row += f"{options.replicas * steps / processor:19.0f}{bare[1] / processor:7.3f}"
        print(row)
    longer = total_steps(CoolingProtocol.from_config(cooling_of(published, options.system))) / steps
    extrapolated = bare[1] * longer / (bare[1] * longer + whole.processor - bare[1])
    print(
        f"besides LAMMPS the job takes {job['s'] - in_lammps:.1f} s, and with Snakemake "
        f"{whole.processor - bare[1]:.1f} s of the processor; ratio in a job of the published study: {extrapolated:.4f}"
    )


if __name__ == "__main__":
    main()
