"""Cost of the second paper's structure and learning: descriptors of a structure, and an epoch of training.

    python benchmarks/glassmlp.py [--particles 1290 82560]

Prints seconds per structure of the potential energies, the radical Voronoi cells and the sums of the descriptors, and
milliseconds per structure and epoch of GlassMLP for all times of a state at once: 16 times, 8 networks each, 600
particles; with the absolute error alone and with the full loss. Seconds are those of one core, whatever else it does.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from glassmap.learning.glassmlp import LearnedStructure, Loss, Networks
from glassmap.structure.cell_surface import cell_surface
from glassmap.structure.descriptors import descriptors
from glassmap.structure.indicators import Parameters, potential_energy
from glassmap.system import System
from glassmap.workflow.config import read_study

ROOT = Path(__file__).parents[1]
TIMES, MEMBERS, LEARNED, INPUTS = 16, 8, 600, 244
WARM_UP, STEPS = 3, 20


def mixture(number: int) -> System:
    """The paper's mixture with about so many particles."""
    block = read_study(ROOT / "config/ka2d.yaml")["systems"]["KA2D"]
    scale = number / sum(block["particles"].values())
    particles = {species: round(scale * count) for species, count in block["particles"].items()}
    return System.from_config("KA2D", {**block, "particles": particles})


def structure(system: System) -> np.ndarray:
    """A lattice, disordered by a tenth of its constant."""
    rows = int(np.ceil(np.sqrt(system.number_of_particles)))
    rng = np.random.default_rng(1)
    lattice = np.stack(np.divmod(np.arange(rows**2), rows), axis=-1) + 0.1 * rng.normal(size=(rows**2, 2))
    return rng.permutation(lattice * (system.box_length / rows))[: system.number_of_particles]


def seconds_of_descriptors(system: System) -> list[float]:
    """Of the energies, the cells and the sums, of one core."""
    position, species = system.box.wrap(structure(system)), system.species
    clock = [time.process_time()]
    energy = potential_energy(position, species, Parameters(system.box, system.sigma, system))
    clock.append(time.process_time())
    surface = cell_surface(position, system.box, system.sigma.diagonal()[species] / 2)
    clock.append(time.process_time())
    descriptors(position, species, energy, surface, system.box, number_of_species=len(system.counts))
    clock.append(time.process_time())
    return np.diff(clock).tolist()


def milliseconds_of_epoch(full: bool) -> float:
    """Per structure, of one core, without the first steps."""
    generator, box = torch.Generator().manual_seed(1), mixture(1290).box
    networks = Networks(INPUTS, TIMES * MEMBERS, generator)
    optimiser = torch.optim.Adam(networks.parameters(), foreach=True)
    loss = Loss("code", torch.ones(TIMES * MEMBERS), (2.0, 5.0, 8.0))
    inputs = torch.randn(LEARNED, INPUTS, generator=generator)
    targets = torch.rand(TIMES * MEMBERS, LEARNED, generator=generator)
    positions = torch.rand(LEARNED, 2, generator=generator) * box.shortest
    sample, began = LearnedStructure(inputs, targets, positions, box), 0.0
    for step in range(-WARM_UP, STEPS):
        if step == 0:
            began = time.process_time()
        optimiser.zero_grad(set_to_none=True)
        loss(networks(sample.inputs), sample, full).sum().backward()
        optimiser.step()
    return 1e3 * (time.process_time() - began) / STEPS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--particles", type=int, nargs="+", default=[1290, 82560])
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # as the job does: weights of distant pairs are denormal, and eight times as slow
    seconds_of_descriptors(mixture(200))  # compiled
    print("descriptors, seconds per structure\n     N  energies  cells   sums  total")
    for number in options.particles:
        parts = seconds_of_descriptors(mixture(number))
        print(f"{number:6d}  {parts[0]:8.2f} {parts[1]:6.2f} {parts[2]:6.2f} {sum(parts):6.2f}")
    print(f"training, milliseconds per structure and epoch, {TIMES} times of {MEMBERS} networks")
    for name, full in (("absolute error", False), ("full loss", True)):
        print(f"{name:14s}  {milliseconds_of_epoch(full):6.1f}")


if __name__ == "__main__":
    main()
