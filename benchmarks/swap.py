"""Swap Monte Carlo of the ternary mixture: cost of an attempt beside LAMMPS, acceptance and relaxation.

    python benchmarks/swap.py [--temperatures 0.4 0.3 0.231] [--copies 1 2 4] [--longest 4000]

Prints microseconds of the processor per attempted exchange of the kernel and of ``fix atom/swap``, measured one after
the other from the same configuration, of 1290 particles and of its periodic copies; steps of molecular dynamics a
second of the kernel and of LAMMPS with the table and with ``lj/cut``; and for each temperature the acceptance by
species and the relaxation time of the A particles, from one run of forty times its length after an equilibration of
twenty, or as much of it as takes no more than ``--longest``: 21000 tau, half an hour, would be needed at T = 0.231.
"""

import argparse
import re
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from glassmap.dynamics.relaxation import intermediate_scattering, relaxation_time
from glassmap.simulation.lammps import Lammps, interaction_commands, interaction_files, plane_command
from glassmap.simulation.lammps_data import data_file, read_data_commands
from glassmap.simulation.swap import SwapProtocol, SwapState, run_swap
from glassmap.system import System
from glassmap.workflow.config import read_study

ROOT = Path(__file__).parents[1]
EXPECTED = {0.4: 8.0, 0.3: 23.0, 0.231: 350.0}  # tau, roughly: how long to run
RELAXATION_TIMES = 60  # a third of which equilibrate
CYCLES, STEPS, ATTEMPTS = 200, 3000, 1000  # of 1290 particles; fewer of more, except for the attempts of LAMMPS


def start(system: System) -> SwapState:
    """A liquid at T = 0.5 from a lattice."""
    number = system.number_of_particles
    rows = int(np.ceil(np.sqrt(number)))
    sites = np.stack(np.divmod(np.arange(rows**2), rows), axis=-1) * (system.box_length / rows)
    position = np.random.default_rng(1).permutation(sites)[:number]
    hot = SwapProtocol(2.0, time_step=0.002)
    state = run_swap(system, hot, SwapState.start(position, system.species, 2.0, seed=1), hot.cycles(2.0))
    protocol = SwapProtocol(0.5)
    return run_swap(system, protocol, state, protocol.cycles(50.0))


def in_lammps(system: System, state: SwapState, extra: str, steps: int) -> float:
    """Seconds of the processor in LAMMPS's loop."""
    order = np.argsort(state.species, kind="stable")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "start.data").write_text(data_file(system.box.wrap(state.position[order]), system))
        commands = f"""\
{read_data_commands("start.data", system)}
{interaction_commands(system, 0.3)}
{plane_command(system)}
velocity all create 0.4 1
timestep 0.01
fix thermostat all nvt temp 0.4 0.4 1.0
{extra}
run {steps}
"""
        Lammps().run(commands, path, "run", files=interaction_files(system))
        log = (path / "run.log").read_text()
    loop, share = re.search(r"^Loop time of (\S+)", log, re.M), re.search(r"^(\S+)% CPU use", log, re.M)
    return float(loop[1]) * float(share[1]) / 100


def timed(system: System, protocol: SwapProtocol, state: SwapState, cycles: int) -> float:
    """Seconds of the processor in the kernel."""
    before = time.process_time()
    run_swap(system, protocol, state, cycles)
    return time.process_time() - before


def copied(system: System, state: SwapState, copies: int) -> tuple[System, SwapState]:
    """The periodic continuation of a state, ``copies`` times along each side, its particles in random order."""
    counts = tuple(count * copies**2 for count in system.counts)
    larger = replace(system, counts=counts)
    steps = system.box_length * np.stack(np.divmod(np.arange(copies**2), copies), axis=-1)
    order = np.random.default_rng(1).permutation(sum(counts))
    position = (system.box.wrap(state.position)[None] + steps[:, None]).reshape(-1, 2)[order]
    species = np.tile(state.species, copies**2)[order]
    return larger, SwapState.start(position, species, 0.5, seed=2)


def cost(system: System, state: SwapState, cycles: int, steps: int) -> None:
    """Print the cost of attempts and steps."""
    with_exchanges = SwapProtocol(0.4)
    attempts = with_exchanges.attempts(system.number_of_particles)
    without = replace(with_exchanges, attempts_per_particle=0.0)
    dynamics = timed(system, without, state, cycles)
    ours = (timed(system, with_exchanges, state, cycles) - dynamics) / (cycles * attempts)
    plain = in_lammps(system, state, "", 100)
    fix = f"fix swap all atom/swap 10 {ATTEMPTS // 10} 5 0.4 ke no types 1 3"
    theirs = (in_lammps(system, state, fix, 100) - plain) / ATTEMPTS
    print(
        f"N = {system.number_of_particles}: an attempted exchange {ours * 1e6:.2f} us here ({1 / ours:.3g} a second), "
        f"{theirs * 1e6:.0f} us in LAMMPS, {theirs / ours:.0f} times"
    )
    table = steps / in_lammps(system, state, "", steps)
    cut = steps / in_lammps(replace(system, potential_kind="shifted"), state, "", steps)
    kernel = cycles * with_exchanges.steps_between / dynamics
    print(
        f"N = {system.number_of_particles}: steps a second {kernel:.0f} here, {table:.0f} in LAMMPS with the table, "
        f"{cut:.0f} with lj/cut, table / lj/cut {table / cut:.2f}",
        flush=True,
    )


def relaxation(system: System, state: SwapState, temperature: float, longest: float) -> SwapState:
    """Print acceptance and relaxation time at a temperature; returns the last state."""
    protocol = SwapProtocol(temperature)
    length = EXPECTED.get(temperature, 50.0)
    total = min(RELAXATION_TIMES * length, longest)
    state = run_swap(system, protocol, state, protocol.cycles(total / 3))
    every = protocol.cycles(length / 10)
    first, frames, kinds = state, [state.position], [state.species]
    for _ in range(round(20 * total / 3 / length)):
        state = run_swap(system, protocol, state, every)
        frames.append(state.position - state.position.mean(axis=0) + first.position.mean(axis=0))
        kinds.append(state.species)
    frames = np.array(frames)
    lags = np.unique(np.geomspace(1, len(frames) // 4, 25).astype(int))
    scattering = [
        np.mean(
            [
                intermediate_scattering((frames[origin + lag] - frames[origin])[kinds[origin] == 0])
                for origin in range(0, len(frames) - lag, 2)
            ]
        )
        for lag in lags
    ]
    times = lags * every * protocol.steps_between * protocol.time_step
    attempted = np.maximum(state.attempted - first.attempted, 1)  # of one species none
    accepted = (state.accepted - first.accepted) / attempted
    names = system.species_names
    shares = ", ".join(f"{names[a]}{names[b]} {100 * accepted[a, b]:.4f} %" for a, b in ((0, 1), (0, 2), (1, 2)))
    time = relaxation_time(times, np.array(scattering))
    print(
        f"T = {temperature:g}: accepted {shares}; relaxation time {time:.3g} tau, from {2 * total / 3:.0f} tau after "
        f"{total / 3:.0f}",
        flush=True,
    )
    return state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--temperatures", type=float, nargs="*", default=[0.4, 0.3, 0.231])
    parser.add_argument("--copies", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--longest", type=float, default=4000.0, help="tau for a temperature, 4 minutes of a core")
    options = parser.parse_args()
    system = System.from_config("KA2D", read_study(ROOT / "config/ka2d.yaml")["systems"]["KA2D"])
    state = start(system)
    for copies in options.copies:
        cost(*copied(system, state, copies), max(10, CYCLES // copies**2), max(200, STEPS // copies**2))
    for temperature in sorted(options.temperatures, reverse=True):
        state = relaxation(system, state, temperature, options.longest)


if __name__ == "__main__":
    main()
