"""Potentials against their published constants, their limits and LAMMPS."""

from dataclasses import replace

import numpy as np
import pytest
from ka2d import REAL_FILES, ka2d, liquid, published_configuration

from glassmap.potentials import KINDS, Potential
from glassmap.simulation.cooling import cool_replica, replica_seeds
from glassmap.simulation.cooling_protocol import CoolingProtocol
from glassmap.simulation.lammps import Lammps, interaction_commands, interaction_files, read_dump
from glassmap.simulation.lammps_data import data_file, read_data_commands
from glassmap.simulation.swap import SwapState, potential_energy
from glassmap.structure.indicators import Parameters
from glassmap.structure.indicators import potential_energy as energy_of_particles

PUBLISHED = [0.04049023795, 0.0, -0.00970155098, 0.00062012616]  # Jung et al. 2023, supplement, Sec. I
VANISHING = {"shifted": 1, "shifted_force": 2, "smoothed": 3}  # how many of V, V', V'' vanish at the cutoff


def bare(x):
    return 4 * (x**-12 - x**-6)


def test_constants_are_the_published_ones():
    np.testing.assert_allclose(Potential("smoothed", 2.5).constants, PUBLISHED, rtol=0, atol=1e-10)


def test_a_smoothed_energy_with_the_published_constants():
    r = np.linspace(0.8, 2.49, 50)
    published = 1.5 * (
        bare(r / 0.8) + 4 * (PUBLISHED[0] + PUBLISHED[2] * (r / 0.8) ** 2 + PUBLISHED[3] * (r / 0.8) ** 4)
    )
    expected = np.where(r < 2.0, published, 0.0)
    np.testing.assert_allclose(Potential("smoothed", 2.5).energy(r, 0.8, 1.5), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cutoff", [1.5, 2.5, 3.0])
def test_what_vanishes_at_the_cutoff(kind, cutoff):
    """V, V' and V'' at a distance h from the cutoff that are zero there fall with h, the others stay as they are."""
    potential, limits = Potential(kind, cutoff), []
    for h in (1e-3, 1e-4):
        before, middle, after = potential.energy(cutoff * 1.1 - np.array([3 * h, 2 * h, h]), 1.1, 2.0)
        limits.append([after, (after - before) / (2 * h), (after - 2 * middle + before) / h**2])
    fall = np.abs(limits[1]) / np.abs(limits[0])
    assert (fall[: VANISHING[kind]] < 0.15).all() and (fall[VANISHING[kind] :] > 0.9).all()
    beyond = np.array([cutoff, cutoff + 0.5]) * 1.1
    assert (potential.energy(beyond, 1.1, 2.0) == 0).all()
    assert (potential.force(beyond, 1.1, 2.0) == 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_forces_are_minus_the_slope(kind):
    potential = Potential(kind, 2.5)
    r = np.linspace(0.75, 1.9, 40)
    slope = (potential.energy(r + 1e-6, 0.8, 1.5) - potential.energy(r - 1e-6, 0.8, 1.5)) / 2e-6
    np.testing.assert_allclose(potential.force(r, 0.8, 1.5), -slope, rtol=1e-6, atol=1e-6)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="got 'cut', must be one of shifted_force, smoothed, shifted"):
        Potential("cut", 2.5)


def of_lammps(system, position, species, folder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions and species sorted by species, and LAMMPS's table of them: id, energy and force."""
    order = np.argsort(species, kind="stable")
    position, species = system.box.wrap(position[order]), species[order]
    (folder / "snapshot.data").write_text(data_file(position, system))
    commands = (
        read_data_commands("snapshot.data", system)
        + interaction_commands(system, 0.3)
        + "compute energy all pe/atom\nrun 0\n"
        + "write_dump all custom forces id c_energy fx fy modify sort id format float %.17g\n"
    )
    Lammps().run(commands, folder, "forces", files=interaction_files(system))
    return position, species, read_dump(folder / "forces", 4)


@pytest.mark.parametrize("kind", KINDS)
def test_lammps_has_the_same_energies_and_forces(kind, tmp_path):
    """A liquid of the ternary mixture; the table of the smoothed potential to 1e-6."""
    system = replace(ka2d(0.3), potential_kind=kind)
    state = liquid(system, 0.5, seed=3, time=2.0)
    position, species, table = of_lammps(system, state.position, state.species, tmp_path)
    ours = energy_of_particles(position, species, Parameters(system.box, system.sigma, system))
    assert table[:, 1].sum() == pytest.approx(ours.sum(), rel=1e-6)
    np.testing.assert_allclose(table[:, 1], ours, rtol=0, atol=1e-4)
    difference = position[:, None] - position
    difference -= system.box_length * np.round(difference / system.box_length)
    r = np.linalg.norm(difference, axis=-1) + 1e9 * np.eye(len(position))
    pair = system.sigma[species[:, None], species], system.epsilon[species[:, None], species]
    force = (system.potential.force(r, *pair)[..., None] * difference / r[..., None]).sum(axis=1)
    np.testing.assert_allclose(table[:, 2:], force, rtol=0, atol=2e-4 * np.abs(force).max())


def test_a_smoothed_mixture_is_cooled_in_segments(tmp_path):
    """LAMMPS finds the table in every segment; the glass has the energy that our formula gives it."""
    system = ka2d(0.2)
    protocol = CoolingProtocol(
        temperature_start=2.0,
        equilibration_time=1.0,
        cooling_rate=0.5,
        further_rates=(),
        time_step=0.005,
        thermostat_damping=0.1,
        temperature_grid=(),
        energy_records=20,
        segment_time=2.0,
        states=(("liquid", 1.0), ("glass", 0.05)),
    )
    replica = cool_replica(system, protocol, replica_seeds(1, system, 0), tmp_path / "cool", Lammps())
    glass = replica.position[-1]
    energy = energy_of_particles(glass, system.species, Parameters(system.box, system.sigma, system)).mean()
    assert -3.2 < energy < -2.5  # per particle, of a fast-cooled glass
    assert replica.potential_energy[-1] == pytest.approx(energy, abs=2e-3)


@pytest.mark.skipif(not REAL_FILES.is_dir(), reason="real files of others are not here")
def test_the_published_energy_of_a_published_configuration(tmp_path):
    """E/N = -2.676832, by our formula and by LAMMPS; with the constants outside the bracket it would be -3.158."""
    position, species = published_configuration()
    system = replace(ka2d(), density=1290 / 32.8962**2)
    state = SwapState.start(position, species, 0.231, seed=1)
    assert potential_energy(system, state) / 1290 == pytest.approx(-2.676832, abs=1e-6)
    _, _, table = of_lammps(system, position, species, tmp_path)
    assert table[:, 1].mean() == pytest.approx(-2.676832, abs=1e-6)
