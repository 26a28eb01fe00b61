"""Whether two ways of cooling give the same liquids at T_L: they do where the liquid forgets how it came there.

    python benchmarks/liquids.py KAM 'resources/reference/KAM/batch-*.nc' \
        'resources/reference/fast/KAM/batch-*.nc'

Takes files of rule ship_samples, batches of the cooling, or files of benchmarks/cool_liquids.py. Prints for each the
mean over replicas with its standard error, and the difference in units of its own: the potential energy at T_L, the
fluctuation of the composition over the length of the box (1 in a mixture at random), the deviation and the largest
value of the density field, and of g(r) how many bins differ by more than three standard errors. Exits with 1 if one
differs by more than four.
"""

import sys
from glob import glob
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.io.samples import take
from glassmap.io.schema import BATCH
from glassmap.structure.density_grid import configuration_kernel
from glassmap.structure.radial_distribution import distances, total_distribution
from glassmap.system import System
from glassmap.workflow.config import load_schema, read_study, resolve

ROOT = Path(__file__).parents[1]
WINDOW = 0.05  # of T_L, on either side: energies there are fitted by a line
FARTHEST = 4.0  # standard errors


def energy_at(batch: xr.Dataset, temperature: float) -> np.ndarray:
    """Potential energy per particle of every replica where its kinetic temperature is ``temperature``, epsilon*.

    The thermostat lags behind the ramp, more so in a faster one: energies are compared at the temperature of the
    particles, along a line fitted to the records near T_L.
    """
    number = batch.sizes["particle"]
    kinetic = batch["kinetic_energy"].values.mean(0) * number / (number - 1)
    near = np.abs(batch["thermostat_temperature"].values / temperature - 1) < WINDOW
    ramp = batch["thermostat_temperature"].values[near]
    # the temperature of the thermostat at which the particles have the wanted one, on average
    slope, offset = np.polyfit(ramp, kinetic[near], 1)
    at = (temperature - offset) / slope
    lines = np.polyfit(ramp - at, batch["potential_energy"].values[:, near].T, 1)
    return lines[1]


def composition(positions: np.ndarray, species: np.ndarray, box_length: float) -> np.ndarray:
    """Structure factor of the concentration at the wave numbers 2 pi / L and sqrt(2) times that, shape (S,).

    Divided by x_A x_B (Bhatia and Thornton, Phys. Rev. B 2, 3004 (1970)): 1 where A and B lie at random.
    """
    share = (species == 0).mean()
    weights = np.where(species == 0, 1 - share, -share)
    waves = 2 * np.pi / box_length * np.array([[1, 0], [0, 1], [1, 1], [1, -1]])
    amplitudes = (weights[None, :, None] * np.exp(1j * (positions @ waves.T))).sum(1)
    return (np.abs(amplitudes) ** 2).mean(1) / (len(species) * share * (1 - share))


def fields_of(batch: xr.Dataset, sigma: np.ndarray, density: dict, temperature: float) -> dict[str, np.ndarray]:
    """Composition, deviation and largest value of the density field, and g(r), of every replica."""
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
    temperature, found = config["systems"][system]["states"]["liquid"], []
    for pattern in patterns:
        batch = take(sorted(glob(pattern)), BATCH)
        of_one = {"potential energy": energy_at(batch, temperature)}
        found.append(of_one | fields_of(batch, model.sigma, config["density"], temperature))
    counts = " and ".join(str(len(one["g(r)"])) for one in found)
    print(f"{system} at T_L = {temperature:g}: {counts} replicas")
    farthest = 0.0
    for name in found[0]:
        means = [one[name].mean(0) for one in found]
        errors = [one[name].std(0, ddof=1) / np.sqrt(len(one[name])) for one in found]
        away = (means[0] - means[1]) / np.maximum(np.hypot(*errors), 1e-12)
        if np.ndim(away):
            known = np.maximum(*means) > 0.05
            r = distances(model.box_length, 0.2, 0.1)[known]
            beyond, expected = (np.abs(away[known]) > 3).sum(), 0.0027 * known.sum()
            place = np.abs(away[known]).argmax()
            print(f"{name:26s} {beyond} of {known.sum()} bins beyond 3 standard errors ({expected:.1f} by chance), "
                  f"largest {np.abs(away[known]).max():.1f} at r = {r[place]:.2f}")  # fmt: skip
        else:
            farthest = max(farthest, abs(away))
            shown = "  ".join(f"{mean:.5f} ± {error:.5f}" for mean, error in zip(means, errors, strict=True))
            print(f"{name:26s} {shown}  difference {away:+.1f} standard errors")
    sys.exit(farthest > FARTHEST)


if __name__ == "__main__":
    main()
