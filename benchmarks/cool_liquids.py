"""Cool liquids to T_L at one rate or several, to compare the reference dataset's with (benchmarks/liquids.py).

    python benchmarks/cool_liquids.py KAM 40 results/liquids/KAM-one-rate.nc 0.00395
    python benchmarks/cool_liquids.py KAM 40 results/liquids/KAM-two-rates.nc 0.08 1.5:0.00395

Takes the system, how many replicas, the file to write, and the rates in epsilon*/tau, each after the first with the
temperature in units of T_L below which it holds. All else is that of config/config.yaml, but that the cooling ends at
0.99 T_L and that the replicas begin like those of no study. Finished replicas survive an interruption.
"""

import sys
from dataclasses import asdict, replace
from pathlib import Path

from glassmap.io.datasets import provenance, write_dataset
from glassmap.simulation.cooling import batch_dataset, cool_batch
from glassmap.simulation.cooling_protocol import CoolingProtocol
from glassmap.simulation.lammps import Lammps
from glassmap.system import System
from glassmap.workflow.config import load_schema, read_study, resolve

ROOT = Path(__file__).parents[1]
SEED = 20261128
WORKERS = 2


def main() -> None:
    name, count, target, first, *further = sys.argv[1:]
    config = resolve(read_study(ROOT / "config/config.yaml"), load_schema(ROOT / "workflow/schemas/config.schema.yaml"))
    system = System.from_config(name, config["systems"][name])
    liquid = config["systems"][name]["states"]["liquid"]
    protocol = replace(
        CoolingProtocol.from_config({**config["cooling"], "states": {"liquid": liquid, "end": 0.99 * liquid}}),
        cooling_rate=float(first),
        further_rates=tuple(tuple(float(value) for value in pair.split(":")) for pair in further),
        temperature_grid=(),
        energy_records=2000,
    )
    scratch, replicas = Path(target).with_suffix(".scratch"), range(int(count))
    results = cool_batch(
        system,
        protocol,
        SEED,
        replicas,
        scratch,
        Lammps(**config["lammps"]),
        WORKERS,
        lambda line: print(line, flush=True),
    )
    attributes = provenance("liquids", SEED, {"model": system.identity(), "cooling": asdict(protocol)}, name)
    write_dataset(batch_dataset(system, protocol, SEED, replicas, results), target, attributes)


if __name__ == "__main__":
    main()
