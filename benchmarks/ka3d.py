"""GlassMLP on real structures of the three-dimensional Kob-Andersen mixture, beside the published correlations.

    python benchmarks/ka3d.py FOLDER [--members 8] [--minima results/ka3d]

FOLDER holds files of an isoconfigurational ensemble as pyg_botan has them in ``small_data``: one npz for each
structure, ``train_*`` and ``test_*``, with ``types``, ``initial_positions`` and the ``positions`` of its runs at one
time. The last fifth of the training structures decides when the training stops. Prints the Pearson correlation of the
predicted displacement of the A particles with that of the runs, pooled over all test particles and averaged over the
test structures, and the noise ceiling of as many runs. Published, with 400 training structures at T = 0.44 and
t = 4120 (GlassBench): GlassMLP 0.768, BOTAN 0.755, CAGE 0.779, SE(3) 0.815.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from glassmap.dynamics.bond_breaking import displacement
from glassmap.learning.glassmlp import GlassMLP
from glassmap.learning.regression import RidgeRegressor, Structure
from glassmap.simulation.inherent_structures import minimise_replica
from glassmap.simulation.lammps import Lammps
from glassmap.structure.cell_surface import cell_surface
from glassmap.structure.descriptors import descriptors
from glassmap.structure.indicators import Parameters, potential_energy
from glassmap.system import System

BLOCK = {
    "particles": {"A": 3277, "B": 819},
    "density": 1.2,
    "dimension": 3,
    "sigma": {"AA": 1.0, "AB": 0.8, "BB": 0.88},
    "epsilon": {"AA": 1.0, "AB": 1.5, "BB": 0.5},
    "cutoff": 2.5,
    "potential": "shifted",
}
DISTANCES = (2.0, 4.0, 6.0)  # sigma*, of the correlations in three dimensions


def overlap(values: torch.Tensor) -> torch.Tensor:
    """As `glassmap.dynamics.bond_breaking.overlap`, for the loss."""
    return (torch.tanh(20 * (values - 0.44)) + 1) / 2


def structure_of(path: Path, system: System, folder: Path) -> tuple[Structure, np.ndarray]:
    """A structure, its targets the mean displacements, and the displacements in each run, shape (run, n)."""
    with np.load(path) as file:
        order = np.argsort(file["types"], kind="stable")  # A before B
        initial, later = file["initial_positions"][order], file["positions"][:, order]
    minimum = folder / f"{path.stem}.npy"
    if not minimum.exists():
        minima = minimise_replica(system, np.array([0.44]), initial[None], 1e-5, folder / path.stem, Lammps())
        np.save(minimum, minima.position[0])
    position, species = np.load(minimum), system.species
    energy = potential_energy(position, species, Parameters(system.box, system.sigma, system))
    surface = cell_surface(position, system.box, system.sigma.diagonal()[species] / 2)
    inputs = descriptors(position, species, energy, surface, system.box, number_of_species=2)
    moved = displacement(initial, later, system.box)[:, species == 0]
    chosen = species == 0
    return Structure(inputs[chosen], system.box.wrap(initial)[chosen], system.box, moved.mean(axis=0)[:, None]), moved


def correlations(model, structures: Sequence[Structure]) -> tuple[float, float]:
    """Pooled over the particles of all structures, and mean over the structures."""
    pairs = [(model.predict(structure)[:, 0], structure.targets[:, 0]) for structure in structures]
    pooled = np.corrcoef(*(np.concatenate(values) for values in zip(*pairs, strict=True)))[0, 1]
    return float(pooled), float(np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs]))


def ceiling(runs: Sequence[np.ndarray]) -> float:
    """Largest correlation that the noise of the runs allows, from their halves (Spearman and Brown)."""
    first, second = (np.concatenate([run[part::2].mean(axis=0) for run in runs]) for part in (0, 1))
    half = np.corrcoef(first, second)[0, 1]
    return float(np.sqrt(2 * half / (1 + half)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--members", type=int, default=8, help="networks, whose mean is the prediction")
    parser.add_argument("--minima", type=Path, default=Path("results/ka3d"), help="where inherent structures are kept")
    options = parser.parse_args()
    options.minima.mkdir(parents=True, exist_ok=True)
    system = System.from_config("KA", BLOCK)
    training, test = (
        [structure_of(path, system, options.minima) for path in sorted(options.folder.glob(f"{part}_*.npz"))]
        for part in ("train", "test")
    )
    learned, judged = [structure for structure, _ in training], [structure for structure, _ in test]
    held = max(1, len(learned) // 5)
    learned, validation = learned[:-held], learned[-held:]
    print(f"{len(learned)} structures to train, {held} to validate, {len(judged)} to test")
    print(f"noise ceiling of {len(test[0][1])} runs: {ceiling([moved for _, moved in test]):.3f}")
    models = {
        "ridge": RidgeRegressor(),
        "MLP (mae)": GlassMLP(1, options.members, full=False),
        "GlassMLP": GlassMLP(1, options.members, distances=DISTANCES, transform=overlap),
    }
    for name, model in models.items():
        start = time.perf_counter()
        pooled, mean = correlations(model.fit(learned, validation), judged)
        print(f"{name}: pooled {pooled:.3f}, mean {mean:.3f} ({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
