"""Operator M and its inverse against their definitions, and their symmetries."""

import numpy as np
import pytest
import reference

from glassmap.learning.normalisation import Normalisation
from glassmap.structure import density_grid
from glassmap.structure.density_grid import configuration_kernel, grid_kernel, kernel_widths
from glassmap.system import System


@pytest.fixture
def small(system) -> System:
    values = {name: getattr(system, name) for name in System.__dataclass_fields__}
    return System(**{**values, "counts": (60, 40)})


@pytest.fixture
def positions(small, rng) -> np.ndarray:
    return rng.uniform(0, small.box_length, (small.number_of_particles, 2))


def kernel(positions, system, grid, **options):
    return configuration_kernel(positions, system.species, system.sigma, system.box_length, grid, **options)


def test_kernel_width_agrees_with_the_paper(config):
    """a = 1.141 in KAM and 1.197 in ABM (method 3)."""
    for name, a in (("KAM", 1.141), ("ABM", 1.197)):
        system = System.from_config(name, config["systems"][name])
        widths = kernel_widths(system.species, system.sigma, system.box_length)
        np.testing.assert_allclose(widths / system.sigma.diagonal()[system.species], a, atol=5e-4)


@pytest.mark.parametrize("grid", [8, 13])
def test_density_agrees_with_its_definition(small, positions, grid):
    expected = reference.density(positions, small.species, small.sigma, small.box_length, grid)
    np.testing.assert_allclose(kernel(positions, small, grid).density(), expected, rtol=1e-12)


def test_inverse_agrees_with_its_definition(small, positions, rng):
    field = rng.normal(size=(9, 9))
    expected = reference.inverse(field, positions, small.species, small.sigma, small.box_length)
    np.testing.assert_allclose(kernel(positions, small, 9).inverse(field), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("grid", [12, 36, 64, 128])
def test_inverse_conserves_the_field_on_covered_points(small, rng, grid):
    """sum_i Gamma_i = sum of L over covered grid points, with particles in one corner only."""
    positions = rng.uniform(0, small.box_length / 4, (small.number_of_particles, 2))
    operator = kernel(positions, small, grid)
    field = rng.uniform(size=(grid, grid))
    covered = operator.density() > 0
    assert covered.any() and not covered.all()
    gamma = operator.inverse(field)
    np.testing.assert_allclose(gamma.sum(), field[covered].sum(), rtol=1e-12)
    changed = np.where(covered, field, 1e6)
    np.testing.assert_allclose(operator.inverse(changed), gamma, rtol=1e-12)


def test_constant_field_maps_to_density_and_back(small, positions):
    """L = rho gives each particle the sum of its own Gaussian; several fields go through at once."""
    operator = kernel(positions, small, 24)
    ((_, weight),) = operator.blocks()
    own = weight.sum(axis=1)
    fields = np.stack([operator.density(), 2 * operator.density()])
    np.testing.assert_allclose(operator.inverse(fields), [own, 2 * own], rtol=1e-12)


def test_unchanged_by_wrapping(small, positions, rng):
    shifted = positions + small.box_length * rng.integers(-3, 4, positions.shape)
    field = rng.uniform(size=(20, 20))
    one, other = kernel(positions, small, 20), kernel(shifted, small, 20)
    np.testing.assert_allclose(other.density(), one.density(), rtol=1e-9)
    np.testing.assert_allclose(other.inverse(field), one.inverse(field), rtol=1e-9)


def test_equivariant_under_whole_step_translation(small, positions, rng):
    step = np.array([3, 5]) * small.box_length / 20
    field = rng.uniform(size=(20, 20))
    one, other = kernel(positions, small, 20), kernel(positions + step, small, 20)
    np.testing.assert_allclose(other.density(), np.roll(one.density(), (3, 5), (0, 1)), rtol=1e-9)
    np.testing.assert_allclose(other.inverse(np.roll(field, (3, 5), (0, 1))), one.inverse(field), rtol=1e-9)


def test_equivariant_under_rotation_by_90_degrees(small, positions, rng):
    """(x, y) -> (-y, x) takes grid point (k, l) to (-l, k)."""
    turned = np.stack([-positions[:, 1], positions[:, 0]], axis=1)

    def turn(field):
        k, m = np.meshgrid(np.arange(20), np.arange(20), indexing="ij")
        result = np.empty_like(field)
        result[-m % 20, k] = field
        return result

    field = rng.uniform(size=(20, 20))
    one, other = kernel(positions, small, 20), kernel(turned, small, 20)
    np.testing.assert_allclose(other.density(), turn(one.density()), rtol=1e-9)
    np.testing.assert_allclose(other.inverse(turn(field)), one.inverse(field), rtol=1e-9)


def test_first_axis_is_x(small):
    """One particle near (L/2, 0) peaks at grid point (G/2, 0)."""
    positions = np.array([[small.box_length / 2, 0.01]])
    field = grid_kernel(positions, np.ones(1), np.full(1, 2.5), small.box_length, 20).density()
    assert np.unravel_index(field.argmax(), field.shape) == (10, 0)


def test_a_cutoff_of_half_the_box_is_refused(small, positions):
    with pytest.raises(ValueError, match="half the box"):
        kernel(positions, small, 20, cutoff=0.5 * small.box_length)


def test_normalisation_of_each_sample(rng):
    """(rho - min) / max(rho - min) runs from 0 to 1; (rho - min) / max(rho) from 0 to less."""
    fields = rng.uniform(1, 3, size=(3, 6, 6))
    least, most = fields.min((1, 2), keepdims=True), fields.max((1, 2), keepdims=True)
    for kind, divisor in (("sample", most - least), ("sample_by_maximum", most)):
        normalise = Normalisation.fit(kind, rng.uniform(size=(4, 6, 6)))
        np.testing.assert_allclose(normalise(fields), (fields - least) / divisor)
        # what a sample becomes has to do with no other
        np.testing.assert_array_equal(normalise(fields[1:2])[0], normalise(fields)[1])
        np.testing.assert_array_equal(normalise(np.full((1, 4, 4), 3.0)), 0)


def test_normalisation_by_the_training_samples(rng):
    """One affine map for all samples, fixed by those of the training: the amplitude of a sample survives."""
    training, other = rng.uniform(1, 3, size=(20, 6, 6)), 2 + 0.1 * rng.normal(size=(3, 6, 6))
    normalise = Normalisation.fit("dataset", training)
    assert normalise(training).min() == 0 and normalise(training).max() == 1
    np.testing.assert_allclose(normalise(other), (other - training.min()) / np.ptp(training))
    assert normalise(other).std() < 0.3 * normalise(training).std()
    normalise = Normalisation.fit("standardised", training)
    assert normalise(training).mean() == pytest.approx(0, abs=1e-12) and normalise(training).std() == pytest.approx(1)
    np.testing.assert_allclose(normalise(other), (other - training.mean()) / training.std())
    np.testing.assert_array_equal(Normalisation.fit("dataset", np.ones((2, 4, 4)))(np.ones((2, 4, 4))), 0)


def test_unknown_normalisation_is_refused():
    with pytest.raises(
        ValueError, match="'minmax' is not a normalisation, allowed: sample, sample_by_maximum, dataset"
    ):
        Normalisation.fit("minmax", np.ones((1, 4, 4)))


def test_cost_is_linear_in_the_number_of_particles(rng):
    """The window around a particle holds as many grid points in a box ten times the area."""
    sizes = []
    for number in (200, 2000):
        box_length = np.sqrt(number / 1.2)
        grid = round(np.sqrt(0.64 * number))
        positions = rng.uniform(0, box_length, (number, 2))
        widths = np.full(number, box_length / grid)
        ((_, weight),) = grid_kernel(positions, widths, np.full(number, 2.5), box_length, grid).blocks()
        sizes.append(weight.shape)
    assert sizes[0][1] == sizes[1][1] < 60


def test_many_particles_are_evaluated_in_blocks(small, positions, rng, monkeypatch):
    whole, maps = kernel(positions, small, 20), rng.normal(size=(3, 20, 20))
    expected = whole.density(), whole.inverse(maps)
    monkeypatch.setattr(density_grid, "LARGEST", 7)
    blocks = kernel(positions, small, 20)
    assert len(list(blocks.blocks())) == -(-len(positions) // 7) > 3
    for found, one in zip((blocks.density(), blocks.inverse(maps)), expected, strict=True):
        np.testing.assert_allclose(found, one, rtol=1e-12, atol=1e-14)
