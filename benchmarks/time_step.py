"""How much warmer the integration step makes a liquid than its thermostat says.

    python benchmarks/time_step.py [--states KAM:0.6 ABM:1.5] [--steps 0.0025 0.005 0.01] [--time 300]

Of shipped liquids at T_L brought to a temperature, the mean potential energy per particle with each step, and the
change of the temperature that has the same effect. The thermostat holds the velocities of whole steps; the temperature
of the positions is above theirs by a part that grows as the square of the step. Differences are paired by replica, with
standard errors; steps are extrapolated to zero from the two shortest.
"""

import argparse
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import BATCH
from glassmap.simulation.lammps import Lammps, interaction_commands, interaction_files, plane_command
from glassmap.simulation.lammps_data import data_file, read_data_commands
from glassmap.system import System
from glassmap.workflow.config import load_schema, read_study, resolve

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "resources/reference/fast"
DAMPING, WARMER = 0.5, 1.1  # tau, and the factor of the temperature for the slope of the energy
WORKERS = 2


def mean_energy(
    system: System, position: np.ndarray, temperature: float, step: float, settling: float, time: float
) -> float:
    """Mean potential energy per particle of a run, epsilon*."""
    sampled = round(time / step)
    target = f"{temperature!r} {temperature!r}"
    commands = f"""\
{read_data_commands("start.data", system)}
{interaction_commands(system, 0.3)}
timestep {step!r}
velocity all create {temperature!r} 20261127 mom yes rot no dist gaussian
{plane_command(system)}
fix thermostat all nvt temp {target} {DAMPING!r}
run {round(settling / step)}
reset_timestep 0
fix energy all ave/time 1 {sampled} {sampled} c_thermo_pe file energy.txt format " %.17g"
run {sampled}
"""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "start.data").write_text(data_file(system.box.wrap(position), system))
        Lammps().run(commands, Path(folder), "run", files=interaction_files(system))
        return float((Path(folder) / "energy.txt").read_text().split()[-1]) / len(position)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--states", nargs="+", default=["KAM:0.6", "ABM:1.5"], metavar="SYSTEM:T")
    parser.add_argument("--steps", nargs="+", type=float, default=[0.0025, 0.005, 0.01], help="tau")
    parser.add_argument("--settling", type=float, default=50.0, help="before each run, tau")
    parser.add_argument("--time", type=float, default=300.0, help="of each run, tau")
    parser.add_argument("--replicas", type=int, default=4)
    arguments = parser.parse_args()
    steps = sorted(arguments.steps)
    config = resolve(read_study(ROOT / "config/config.yaml"), load_schema(ROOT / "workflow/schemas/config.schema.yaml"))
    print("system      T    step  energy per particle  as if warmer by, per cent of T")
    for state in arguments.states:
        name, temperature = state.split(":")[0], float(state.split(":")[1])
        system = System.from_config(name, config["systems"][name])
        batch = read_dataset(SHIPPED / name / "batch-0.nc", BATCH)
        hot = config["systems"][name]["states"]["liquid"]
        liquids = batch["position"].sel(temperature=hot).values[: arguments.replicas]

        def energies(step: float, factor: float = 1.0, system=system, liquids=liquids, temperature=temperature):
            times = {"settling": arguments.settling, "time": arguments.time}
            run = partial(mean_energy, system, temperature=factor * temperature, step=step, **times)
            with ThreadPoolExecutor(WORKERS) as pool:
                return np.array(list(pool.map(run, liquids)))

        found = np.array([energies(step) for step in steps])
        slope = (energies(steps[0], WARMER) - found[0]).mean() / ((WARMER - 1) * temperature)
        squares = np.square(steps)
        limit = found[0] - squares[0] * (found[1] - found[0]) / (squares[1] - squares[0])
        for step, values in zip(steps, found, strict=True):
            warmer = 100 * (values - limit) / slope / temperature
            error = warmer.std(ddof=1) / np.sqrt(len(warmer))
            print(f"{name:6} {temperature:6g} {step:7g} {values.mean():20.4f} {warmer.mean():8.2f} +- {error:.2f}")


if __name__ == "__main__":
    main()
