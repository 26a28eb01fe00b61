"""The two-dimensional ternary mixture of Jung, Biroli and Berthier (2023), for the tests."""

import os
from pathlib import Path

import numpy as np
import yaml
from repository import REPOSITORY

from glassmap.simulation.swap import SwapProtocol, SwapState, run_swap
from glassmap.system import System, pair_matrix

BLOCK = yaml.safe_load((REPOSITORY / "config/ka2d.yaml").read_text())["systems"]["KA2D"]
SIGMA = pair_matrix(BLOCK["sigma"])
COUNTS, DENSITY = tuple(BLOCK["particles"].values()), BLOCK["density"]

# real files of others, which are not part of the repository; tests that read them are skipped where they are not
REAL_FILES = Path(os.environ.get("GLASSMAP_REAL_FILES", "/work/shared/data"))


def published_configuration() -> tuple[np.ndarray, np.ndarray]:
    """Positions and species of 1290 particles at T = 0.231, from `REAL_FILES`; their box is 32.8962 wide."""
    rows = [line.split() for line in (REAL_FILES / "ka2d_structure/config_0.exyz").read_text().splitlines()[2:]]
    return np.array([row[1:3] for row in rows], dtype=float), np.array([int(row[0]) - 1 for row in rows])


def ka2d(share: float = 1.0) -> System:
    """The mixture with a share of its particles, at its density."""
    particles = {species: round(share * count) for species, count in BLOCK["particles"].items()}
    return System.from_config("KA2D", {**BLOCK, "particles": particles})


def liquid(system: System, temperature: float, seed: int, time: float = 20.0) -> SwapState:
    """A liquid from a square lattice of particles in random order, with exchanges."""
    rows = int(np.ceil(np.sqrt(system.number_of_particles)))
    x, y = np.divmod(np.arange(rows**2), rows)
    rng = np.random.default_rng(seed)
    lattice = np.stack([x, y], axis=-1) * (system.box_length / rows)
    position = rng.permutation(lattice)[: system.number_of_particles]
    hot = SwapProtocol(2.0, time_step=0.002)
    state = run_swap(system, hot, SwapState.start(position, system.species, 2.0, seed), hot.cycles(2.0))
    protocol = SwapProtocol(temperature)
    return run_swap(system, protocol, state, protocol.cycles(time))
