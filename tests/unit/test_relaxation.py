"""Relaxation, bond breaking and four-point functions against loops, limits and real files of others."""

import itertools

import numpy as np
import pytest
from ka2d import REAL_FILES, SIGMA
from scipy import stats

from glassmap.box import Box
from glassmap.dynamics.bond_breaking import bond_breaking, displacement, overlap
from glassmap.dynamics.four_point import (
    FourPointFit,
    correlation_function,
    fit_structure_factor,
    structure_factor,
    susceptibility,
    wave_vectors,
)
from glassmap.dynamics.relaxation import (
    bond_orientation,
    bond_orientation_correlation,
    intermediate_scattering,
    relaxation_time,
)

# of structure 151 of GlassBench, T = 0.23, mean over 20 runs and the particles of each species
BONDS = {
    "25": [0.9996, 0.9994, 0.9994],
    "30": [0.9977, 0.9972, 0.9966],
    "35": [0.9713, 0.9653, 0.9600],
    "40": [0.7600, 0.7324, 0.7102],
}
DISPLACEMENTS = {"05": [0.0533, 0.0512, 0.0525], "35": [0.1914, 0.1995, 0.2131], "40": [0.6260, 0.6991, 0.7161]}


def of_structure_151(code: str):
    with np.load(REAL_FILES / f"glassbench/N1290T0.23_151_tc{code}_excerpt.npz") as file:
        return (
            Box.cube(float(file["box"]), 2),
            file["types"] - 1,
            file["initial_positions"].astype(float),
            file["positions"].astype(float),
        )


def means(values: np.ndarray, species: np.ndarray) -> list[float]:
    return [float(values[..., species == kind].mean()) for kind in range(3)]


@pytest.mark.skipif(not REAL_FILES.is_dir(), reason="real files of others are not here")
@pytest.mark.parametrize("code", BONDS)
def test_bond_breaking_of_a_published_structure(code):
    box, species, initial, positions = of_structure_151(code)
    found = means(bond_breaking(initial, positions, species, box, SIGMA), species)
    np.testing.assert_allclose(found, BONDS[code], rtol=0, atol=6e-5)


@pytest.mark.skipif(not REAL_FILES.is_dir(), reason="real files of others are not here")
@pytest.mark.parametrize("code", DISPLACEMENTS)
def test_displacements_of_a_published_structure(code):
    box, species, initial, positions = of_structure_151(code)
    found = means(displacement(initial, positions, box), species)
    np.testing.assert_allclose(found, DISPLACEMENTS[code], rtol=0, atol=6e-5)


def test_bond_breaking_against_a_loop(rng):
    box, species = Box.cube(6.0, 2), rng.integers(0, 3, 40)
    initial = rng.random((40, 2)) * 6
    later = initial + 0.5 * rng.standard_normal((2, 3, 40, 2))
    found = bond_breaking(initial, later, species, box, SIGMA)
    assert found.shape == (2, 3, 40)
    for run in range(2):
        for i in range(40):
            n_0 = n_t = 0
            for j in range(40):
                if i == j:
                    continue
                sigma = SIGMA[species[i], species[j]]
                if np.linalg.norm(box.minimum_image(initial[i] - initial[j])) < 1.4 * sigma:
                    n_0 += 1
                    n_t += np.linalg.norm(box.minimum_image(later[run, 1, i] - later[run, 1, j])) < 1.8 * sigma
            if n_0 == 0:
                assert np.isnan(found[run, 1, i])
            else:
                assert found[run, 1, i] == n_t / n_0


def test_bonds_break_neither_by_a_drift_nor_by_wrapping(rng):
    box, species = Box.cube(6.0, 2), rng.integers(0, 3, 40)
    initial = rng.random((40, 2)) * 6
    np.testing.assert_array_equal(
        bond_breaking(initial, initial + [3.3, -8.0], species, box, SIGMA),
        bond_breaking(initial, box.wrap(initial + [3.3, -8.0]), species, box, SIGMA),
    )
    assert np.nanmin(bond_breaking(initial, initial + [3.3, -8.0], species, box, SIGMA)) == 1


def test_displacements_and_overlap():
    initial, later = np.zeros((2, 2)), np.array([[3.0, 4.0], [0.1, 0.0]])
    np.testing.assert_allclose(displacement(initial, later), [5.0, 0.1])
    np.testing.assert_allclose(displacement(initial, later, Box.cube(6.0, 2)), [np.hypot(3, 2), 0.1])
    np.testing.assert_allclose(overlap(np.array([0.0, 0.44, 1.0])), [0, 0.5, 1], atol=1e-7)


def test_scattering_of_free_diffusion(rng):
    """Gaussian displacements of variance 2 D t on each axis: exp(-q^2 D t)."""
    for variance in (0.01, 0.05):
        steps = np.sqrt(variance) * rng.standard_normal((20000, 2))
        assert intermediate_scattering(steps, 6.0) == pytest.approx(np.exp(-18 * variance), abs=0.01)


def test_relaxation_times_of_known_decays():
    times = np.geomspace(0.1, 1000, 60)
    assert relaxation_time(times, np.exp(-times / 30)) == pytest.approx(30, rel=0.01)
    assert relaxation_time(times, 1 / (1 + times / 50), 0.5) == pytest.approx(50, rel=0.01)
    assert np.isnan(relaxation_time(times, np.exp(-times / 1e5)))  # does not fall so far
    assert np.isnan(relaxation_time(times, np.exp(-times / 1e-3)))  # has before


def test_bond_orientation_of_a_triangular_lattice():
    """|psi_6| = 1, and a lattice turned by 15 degrees has its phase turned by 90."""
    x, y = np.meshgrid(np.arange(8), np.arange(8))
    lattice = np.stack([x + 0.5 * (y % 2), np.sqrt(3) / 2 * y], axis=-1).reshape(-1, 2)
    box = Box((8.0, 4 * np.sqrt(3)))
    psi = bond_orientation(lattice, box, 1.1)
    np.testing.assert_allclose(psi, 1.0, atol=1e-12)
    assert bond_orientation_correlation(psi, psi) == pytest.approx(1)
    assert bond_orientation_correlation(psi * np.exp(6j * np.pi / 12), psi) == pytest.approx(0, abs=1e-12)
    assert (bond_orientation(lattice, box, 0.5) == 0).all()


@pytest.mark.parametrize("dimension", [2, 3])
def test_structure_factor_against_a_loop(dimension, rng):
    box = Box(tuple([5.0, 7.0, 6.0][:dimension]))
    positions = [rng.random((30, dimension)) * box.lengths for _ in range(2)]
    fields = [rng.standard_normal(30) + 1 for _ in range(2)]
    wave_number, value = structure_factor(positions, fields, box, 3.0)
    mean = np.concatenate(fields).mean()
    vectors = wave_vectors(box, 3.0)
    lengths = np.linalg.norm(vectors, axis=1)
    assert (np.diff(wave_number) > 0).all()
    for sample in range(2):
        of_vectors = np.array(
            [abs(((fields[sample] - mean) * np.exp(1j * positions[sample] @ q)).sum()) ** 2 / 30 for q in vectors]
        )
        expected = [of_vectors[np.isclose(lengths, q)].mean() for q in wave_number]
        np.testing.assert_allclose(value[sample], expected, rtol=1e-9)


def test_structure_factor_without_the_noise_of_the_runs(rng):
    """Of a wave and noise that is independent in two measurements, only the wave is left."""
    box, q = Box.cube(12.0, 2), 2 * np.pi / 12
    positions = [rng.random((400, 2)) * 12 for _ in range(60)]
    wave = [np.cos(q * points[:, 0]) for points in positions]
    one, other = ([truth + rng.normal(0, 2, 400) for truth in wave] for _ in range(2))
    _, noisy = structure_factor(positions, one, box, 2.0)
    wave_number, free = structure_factor(positions, one, box, 2.0, repeated=other)
    _, truth = structure_factor(positions, wave, box, 2.0)
    assert wave_number[0] == pytest.approx(q)
    np.testing.assert_allclose(noisy.mean(axis=0) - truth.mean(axis=0), 4, atol=1.5)  # the variance of the noise
    np.testing.assert_allclose(free.mean(axis=0)[1:], truth.mean(axis=0)[1:], atol=1.2)
    assert free.mean(axis=0)[0] == pytest.approx(truth.mean(axis=0)[0], rel=0.1)
    np.testing.assert_array_equal(structure_factor(positions, one, box, 2.0, repeated=one)[1], noisy)


def test_structure_factor_of_independent_particles_is_their_variance(rng):
    box = Box.cube(20.0, 2)
    positions = [rng.random((400, 2)) * 20 for _ in range(60)]
    fields = [rng.standard_normal(400) * 0.3 for _ in range(60)]
    _, value = structure_factor(positions, fields, box, 2.0)
    assert value.mean() == pytest.approx(0.09, rel=0.05)
    number = susceptibility(np.array([field.mean() for field in fields]), 400)
    low, high = stats.chi2(59).ppf([0.001, 0.999])
    assert low < 59 * number / 0.09 < high
    within = correlation_function(positions, fields, box, np.arange(0.0, 5.0, 0.5))
    assert np.abs(within.mean(axis=0)).max() < 0.01


def test_the_form_is_fitted_back():
    """Noisy values of a known form: length and cubic term come back."""
    q = 2 * np.pi / 100 * np.sqrt(np.arange(1, 200))
    for truth in (FourPointFit(50.0, 4.0, 0.0), FourPointFit(20.0, 3.0, 0.8)):
        noise = np.exp(0.02 * np.random.default_rng(3).standard_normal(len(q)))
        found = fit_structure_factor(q, truth(q) * noise, 0.9)
        assert found.length == pytest.approx(truth.length, rel=0.15)
        assert found.susceptibility == pytest.approx(truth.susceptibility, rel=0.15)
        assert found.cubic == pytest.approx(truth.cubic, abs=0.4)
    assert np.isnan(fit_structure_factor(q[:3], q[:3], 10.0).length)
    assert np.isnan(fit_structure_factor(q, -q, 10.0).length)


def test_a_structure_factor_that_defines_no_length_gives_none_between_those_of_its_waves():
    """A power has none however long; values that do not fall with q, or with its cube alone, none however short."""
    q = 2 * np.pi / 30 * np.sqrt(np.arange(1, 80))
    assert fit_structure_factor(q, q**-2.5, 2.0).length > 1 / q.min()
    for flat in (np.ones(len(q)), q, 1 / (1 + (4 * q) ** 3)):
        assert fit_structure_factor(q, flat, 2.0).length < 1 / 2.0


def test_a_fit_does_not_depend_on_the_scale_of_its_values(rng):
    """At short times S_4 is a millionth of what it is later."""
    q = 2 * np.pi / 30 * np.sqrt(np.arange(1, 80))
    value = FourPointFit(1.0, 2.0, 0.3)(q) * np.exp(0.2 * rng.standard_normal(len(q)))
    whole, small = fit_structure_factor(q, value, 2.0), fit_structure_factor(q, 1e-9 * value, 2.0)
    assert small.length == pytest.approx(whole.length, rel=1e-6)
    assert small.cubic == pytest.approx(whole.cubic, rel=1e-5)
    assert small.susceptibility == pytest.approx(1e-9 * whole.susceptibility, rel=1e-6)


def test_no_parameters_of_a_scan_fit_better(rng):
    q = 2 * np.pi / 30 * np.sqrt(np.arange(1, 80))
    value = FourPointFit(3.0, 2.0, 0.3)(q) * np.exp(0.2 * rng.standard_normal(len(q)))
    found, used = fit_structure_factor(q, value, 2.0), q <= 2.0
    near = itertools.product(np.linspace(0.9, 1.1, 9), np.linspace(0.9, 1.1, 9), np.linspace(0.5, 1.5, 9))
    scanned = [FourPointFit(found.susceptibility * a, found.length * b, found.cubic * c) for a, b, c in near]

    def misfit(fit: FourPointFit) -> float:
        return float((np.log(fit(q[used]) / value[used]) ** 2).sum())

    assert misfit(found) <= min(map(misfit, scanned)) + 1e-12


def test_correlation_function_of_domains(rng):
    """Stripes of +1 and -1, four wide: correlated near, anti-correlated at half their period."""
    box = Box.cube(16.0, 2)
    positions = [rng.random((2000, 2)) * 16 for _ in range(3)]
    fields = [np.where(points[:, 0] % 8 < 4, 1.0, -1.0) for points in positions]
    edges = np.array([0, 0.5, 1.0])
    near = correlation_function(positions, fields, box, edges).mean(axis=0)
    # a neighbour at r is on the other stripe with probability <|r cos|> / 4 = 2 r / (4 pi)
    centre = 2 / 3 * (edges[1:] ** 3 - edges[:-1] ** 3) / (edges[1:] ** 2 - edges[:-1] ** 2)
    np.testing.assert_allclose(near, 1 - 2 * 2 * centre / (4 * np.pi), atol=0.08)
