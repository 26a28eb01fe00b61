"""Test whether two cooling schedules give the same liquids at T_L, i.e. whether the liquid has lost its memory.

    python benchmarks/liquids.py KAM 'resources/reference/KAM/batch-*.nc' \
        'resources/reference/fast/KAM/batch-*.nc'

Reads files of rule ship_samples, cooling batches, or files of benchmarks/cool_liquids.py. For each it prints means over
replicas with standard errors, and their difference in standard errors: the potential energy at T_L, the
composition fluctuation on the scale of the box (1 in an ideal mixture), and the standard deviation and maximum
of the density field. For g(r) it prints how many bins differ by more than three standard errors. Exits with 1 if any
mean differs by more than four.
"""

import sys
from glob import glob
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.io.samples import read_replicas
from glassmap.io.schema import BATCH
from glassmap.structure.density_grid import configuration_kernel
from glassmap.structure.radial_distribution import distances, total_distribution
from glassmap.system import System
from glassmap.workflow.config import load_schema, read_study, resolve

ROOT = Path(__file__).parents[1]
WINDOW = 0.05  # of T_L, on either side; energies in it are fitted by a line
FARTHEST = 4.0  # standard errors


def energy_at(batch: xr.Dataset, temperature: float) -> np.ndarray:
    """Potential energy per particle of every replica at kinetic temperature ``temperature``, epsilon*.

    The kinetic temperature lags behind the thermostat, the more the faster the ramp. Energies are therefore compared at
    equal kinetic temperature, on a line fitted to the records near T_L.
    """
    number = batch.sizes["particle"]
    kinetic = batch["kinetic_energy"].values.mean(0) * number / (number - 1)
    near = np.abs(batch["thermostat_temperature"].values / temperature - 1) < WINDOW
    ramp = batch["thermostat_temperature"].values[near]
    # thermostat temperature at which the mean kinetic temperature is the required one
    slope, offset = np.polyfit(ramp, kinetic[near], 1)
    thermostat = (temperature - offset) / slope
    lines = np.polyfit(ramp - thermostat, batch["potential_energy"].values[:, near].T, 1)
    return lines[1]


def composition(positions: np.ndarray, species: np.ndarray, box_length: float) -> np.ndarray:
    """Structure factor of the concentration at the wave numbers 2 pi / L and sqrt(2) times that, shape (S,).

    Divided by x_A x_B (Bhatia and Thornton, Phys. Rev. B 2, 3004 (1970)): 1 if A and B are placed at random.
    """
    fraction = (species == 0).mean()
    weights = np.where(species == 0, 1 - fraction, -fraction)
    waves = 2 * np.pi / box_length * np.array([[1, 0], [0, 1], [1, 1], [1, -1]])
    amplitudes = (weights[None, :, None] * np.exp(1j * (positions @ waves.T))).sum(1)
    return (np.abs(amplitudes) ** 2).mean(1) / (len(species) * fraction * (1 - fraction))


def field_statistics(batch: xr.Dataset, sigma: np.ndarray, density: dict, temperature: float) -> dict[str, np.ndarray]:
    """Composition, standard deviation and maximum of the density field, and g(r), for every replica."""
    species, box_length = batch["species"].values, float(batch["box_length"])
    positions = batch["position"].sel(temperature=temperature).values
    fields = np.array([configuration_kernel(x, species, sigma, box_length, **density).density() for x in positions])
    return {
        "composition over the box": composition(positions, species, box_length),
        "deviation of the density": fields.std(axis=(1, 2)),
        "largest density": fields.max(axis=(1, 2)),
        "g(r)": np.array([total_distribution(x, box_length, 0.2, 0.1) for x in positions]),
    }


def main() -> None:
    system, *patterns = sys.argv[1:]
    config = resolve(read_study(ROOT / "config/config.yaml"), load_schema(ROOT / "workflow/schemas/config.schema.yaml"))
    model = System.from_config(system, config["systems"][system])
    temperature, datasets = config["systems"][system]["states"]["liquid"], []
    for pattern in patterns:
        batch = read_replicas(sorted(glob(pattern)), BATCH)
        energy = {"potential energy": energy_at(batch, temperature)}
        datasets.append(energy | field_statistics(batch, model.sigma, config["density"], temperature))
    counts = " and ".join(str(len(dataset["g(r)"])) for dataset in datasets)
    print(f"{system} at T_L = {temperature:g}: {counts} replicas")
    farthest = 0.0
    for name in datasets[0]:
        means = [dataset[name].mean(0) for dataset in datasets]
        errors = [dataset[name].std(0, ddof=1) / np.sqrt(len(dataset[name])) for dataset in datasets]
        difference = (means[0] - means[1]) / np.maximum(np.hypot(*errors), 1e-12)
        if np.ndim(difference):
            known = np.maximum(*means) > 0.05
            r = distances(model.box_length, 0.2, 0.1)[known]
            beyond, expected = (np.abs(difference[known]) > 3).sum(), 0.0027 * known.sum()
            largest = np.abs(difference[known]).argmax()
            print(f"{name:26s} {beyond} of {known.sum()} bins beyond 3 standard errors ({expected:.1f} by chance), "
                  f"largest {np.abs(difference[known]).max():.1f} at r = {r[largest]:.2f}")  # fmt: skip
        else:
            farthest = max(farthest, abs(difference))
            shown = "  ".join(f"{mean:.5f} ± {error:.5f}" for mean, error in zip(means, errors, strict=True))
            print(f"{name:26s} {shown}  difference {difference:+.1f} standard errors")
    sys.exit(farthest > FARTHEST)


if __name__ == "__main__":
    main()
