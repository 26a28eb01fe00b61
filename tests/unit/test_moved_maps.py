"""Maps moved against the glass: a symmetry of the square, the field itself, and a p that means what it says."""

import numpy as np
import pytest
import reference
from scipy import stats

from glassmap.analysis import moved_maps
from glassmap.analysis.lengths import coarse_fields, correlate_fields
from glassmap.analysis.moved_maps import (
    POINT_GROUP,
    Symmetries,
    band,
    interpolated_fields,
    max_statistic_test,
    moved_correlations,
)
from glassmap.analysis.particle_fields import ParticleFields
from glassmap.papers.oyama2023.method import ARXIV_V2, FRONTIERS, METHODS
from glassmap.statistics import residuals
from glassmap.structure.coarse_graining import coarse_grain, coarse_grain_at
from glassmap.structure.indicators import HELD_FIXED

BOX = 12.0
DRAWS = 59
NAMES = np.array(["gradcam", "gradcam", *HELD_FIXED])


def smooth(rng, positions, xi, box_length=BOX):
    """A random field of mean 0, standard deviation 1 and a given correlation length."""
    noise = rng.standard_normal(len(positions))
    coarse = coarse_grain(noise, positions, box_length, xi, FRONTIERS.kernel_of("gradcam"))
    return (coarse - coarse.mean()) / coarse.std()


def glass_like(rng, side=12) -> np.ndarray:
    """Positions with little room between them. Where many are missing, structure and dynamics both scatter more."""
    lattice = (np.stack(np.meshgrid(*[np.arange(side)] * 2), axis=-1).reshape(-1, 2) + 0.5) * BOX / side
    return (lattice + rng.normal(0, 0.2 * BOX / side, lattice.shape)) % BOX


def glass_of(rng, length=2.0, held_length=2.0, copied=0.0, shared=0.0):
    """Fields of a glass, and its propensity at four times.

    Two networks' maps alike, with ``copied`` of the density in them; the propensity has as much of it, and ``shared``
    of what is the maps' own.
    """
    positions = glass_like(rng)
    held = np.stack([smooth(rng, positions, held_length) for _ in HELD_FIXED])
    own, mobile = smooth(rng, positions, length), smooth(rng, positions, 2.0)
    maps = [own + copied * held[0] + 0.3 * smooth(rng, positions, length) for _ in range(2)]
    fields = ParticleFields(np.concatenate([maps, held]), NAMES, np.array([0, 1, -1, -1, -1]), np.full(5, ""))
    times = [mobile + shared * own + copied * held[0] + noise * smooth(rng, positions, 2.0) for noise in (0, 0.5, 1, 2)]
    return positions, fields, np.stack(times)


def correlations(positions, fields, propensity, xi=1.0, method=FRONTIERS):
    """What `correlate_ensemble` has of one glass: plain and partial, shape (time, field)."""
    coarse = coarse_fields(fields, positions, BOX, method, dict.fromkeys(NAMES.tolist(), xi))
    given = coarse[2:]
    return {
        "pearson": correlate_fields(coarse, propensity, fields),
        "partial": correlate_fields(residuals(coarse, given), residuals(propensity, given), fields),
    }


def moved(positions, fields, propensity, xi=1.0, draws=DRAWS, seed=1, method=FRONTIERS):
    lengths = dict.fromkeys(NAMES.tolist(), xi)
    return moved_correlations(fields, positions, BOX, method, lengths, propensity, draws, seed)


def test_the_eight_elements_are_the_point_group_of_the_square():
    elements = {element.tobytes() for element in POINT_GROUP}
    assert len(elements) == 8
    assert {(first @ second).tobytes() for first in POINT_GROUP for second in POINT_GROUP} == elements
    assert sorted(np.linalg.det(POINT_GROUP).round()) == [-1] * 4 + [1] * 4


def test_draws_are_symmetries_of_the_periodic_square_with_equal_probability(rng):
    positions = rng.uniform(-BOX, 2 * BOX, (40, 2))
    symmetries = Symmetries.draw(8000, BOX, 3)
    for places in symmetries.apply(positions, BOX, slice(30)):
        assert (places >= 0).all() and (places < BOX).all()
        np.testing.assert_allclose(
            reference.distances(places, BOX), reference.distances(positions % BOX, BOX), atol=1e-9
        )
    counts = [(symmetries.point == element).all(axis=(1, 2)).sum() for element in POINT_GROUP]
    assert sum(counts) == 8000 and stats.chisquare(counts).pvalue > 0.001
    for shift in symmetries.shift.T:
        assert stats.kstest(shift / BOX, "uniform").pvalue > 0.001
    assert abs(stats.pearsonr(*symmetries.shift.T)[0]) < 0.04


KERNELS = [(FRONTIERS, "gradcam"), (ARXIV_V2, "gradcam"), (ARXIV_V2, "tong_tanaka")]


@pytest.mark.parametrize("xi", [0.0, 0.05, 1.5, 4.0, 7.0])
@pytest.mark.parametrize(("method", "name"), KERNELS)
def test_between_particles_a_field_is_the_local_weighted_mean(rng, method, name, xi):
    positions, points = rng.random((150, 2)) * BOX, rng.uniform(-BOX, 2 * BOX, (60, 2))
    values, kernel = rng.standard_normal((2, 150)), method.kernel_of(name)
    separation = points[:, None] - positions
    distance = np.linalg.norm(separation - BOX * np.round(separation / BOX), axis=-1)
    expected = values[:, distance.argmin(axis=1)]
    if xi > 0:
        weight = np.where(distance <= kernel.cutoff * xi, kernel.weight(distance / xi), 0.0)
        some = weight.sum(axis=1) > 0
        assert some.all() or xi == 0.05  # which reaches next to nothing
        expected[:, some] = values @ weight[some].T / weight[some].sum(axis=1)
    np.testing.assert_allclose(coarse_grain_at(values, positions, points, BOX, xi, kernel), expected, atol=1e-12)
    at_home = coarse_grain(values, positions, BOX, xi, kernel)
    np.testing.assert_allclose(coarse_grain_at(values, positions, positions, BOX, xi, kernel), at_home, atol=1e-12)


@pytest.mark.parametrize(
    ("method", "name", "tolerance"), [(*KERNELS[0], 0.03), (*KERNELS[1], 0.03), (*KERNELS[2], 0.2)]
)
def test_the_moved_field_is_the_coarse_grained_one_at_the_moved_positions(rng, method, name, tolerance):
    """Root mean square deviation relative to that of the field; Tong-Tanaka's kernel of v2 ends with a jump."""
    box_length, kernel = 25.0, method.kernel_of(name)
    positions = rng.random((600, 2)) * box_length
    values = rng.standard_normal((2, 600))
    places = Symmetries.draw(3, box_length, 5).apply(positions, box_length).reshape(-1, 2)
    for xi in (0.0, 2.0, 4.0, 8.0):
        exact = coarse_grain_at(values, positions, places, box_length, xi, kernel)
        found = interpolated_fields(values, positions, box_length, xi, kernel)(places)
        deviation = np.sqrt(((found - exact) ** 2).mean() / exact.var())
        assert deviation < (tolerance if xi else 1e-12), xi


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("xi", [0.0, 2.0])
def test_the_identity_gives_the_observed_correlation(rng, monkeypatch, method, xi):
    positions, fields, propensity = glass_of(rng, copied=0.5, shared=0.5)
    identity = Symmetries(np.eye(2, dtype=int)[None], np.zeros((1, 2)))
    monkeypatch.setattr(Symmetries, "draw", lambda *_: identity)
    found = moved(positions, fields, propensity, xi, draws=1, method=method)
    expected = correlations(positions, fields, propensity, xi, method)
    atol = 0.03 if xi else 1e-12
    np.testing.assert_allclose(found["pearson"]["gradcam"][0], expected["pearson"][:, :2].mean(axis=1), atol=atol)
    # v2's kernel has a cusp at each particle: what the grid cuts off of it is held fixed as well
    if not (method is ARXIV_V2 and xi):
        np.testing.assert_allclose(found["partial"]["gradcam"][0], expected["partial"][:, :2].mean(axis=1), atol=atol)
    np.testing.assert_allclose(found["pearson"][HELD_FIXED[0]][0], expected["pearson"][:, 2], atol=atol)


def test_a_field_that_is_not_usable_is_left_out(rng):
    positions, fields, propensity = glass_of(rng)
    one = ParticleFields(fields.values, fields.indicator, fields.network, np.array(["failed", "", "", "", ""]))
    values = fields.values.copy()
    values[0] = values[1]
    both = moved(positions, ParticleFields(values, fields.indicator, fields.network, fields.not_usable), propensity)
    found = moved(positions, one, propensity)
    np.testing.assert_allclose(found["partial"]["gradcam"], both["partial"]["gradcam"])
    none = moved(positions, ParticleFields(values, fields.indicator, fields.network, np.full(5, "failed")), propensity)
    assert all(np.isnan(curve).all() for of_kind in none.values() for curve in of_kind.values())


def ps_of(rng, kind, cases, **options) -> np.ndarray:
    """p of the largest over times of the mean over networks; within its step, so that it can be uniform."""
    found = []
    for _ in range(cases):
        made = glass_of(rng, **options)
        observed = correlations(*made)[kind][:, :2].mean(axis=1)
        p, _ = max_statistic_test(observed, moved(*made, seed=int(rng.integers(1 << 30)))[kind]["gradcam"])
        found.append(p - rng.random() / (1 + DRAWS))
    return np.array(found)


def test_p_is_uniform_for_independent_structure_and_dynamics(rng):
    found = ps_of(rng, "pearson", 200)
    assert stats.kstest(found, "uniform").pvalue > 0.01
    # 2.5 standard errors of a share of 0.05
    assert (found < 0.05).mean() < 0.089


@pytest.mark.parametrize(("length", "held_length"), [(2.0, 0.7), (0.7, 2.5)])
def test_p_of_the_partial_correlation_is_valid_if_only_the_density_is_shared(rng, length, held_length):
    """Moved without the density that it follows, what is left of the map has another length: 0.16 and 0.00."""
    options = {"length": length, "held_length": held_length, "copied": 2.0}
    found = ps_of(rng, "partial", 200, **options)
    assert 0.004 < (found < 0.05).mean() < 0.089
    assert 0.06 < (found < 0.2).mean() < 0.271
    # the plain correlation is real
    assert np.median(ps_of(rng, "pearson", 20, **options)) < 0.05


@pytest.mark.parametrize("kind", ["pearson", "partial"])
def test_a_map_correlated_with_the_dynamics_has_a_small_p(rng, kind):
    found = ps_of(rng, kind, 20, shared=3.0, length=1.0)
    assert np.median(found) < 0.02 and (found < 0.05).mean() > 0.8


def test_two_independent_fields_of_one_glass_correlate_as_in_independent_simulations(rng):
    """xi = 8 for the structure and 4 for the propensity in L = 40.8: few domains, a deviation of about 0.2."""
    side, box_length, xi = 64, 40.8, (8.0, 4.0)
    waves = 2 * np.pi * np.fft.fftfreq(side, box_length / side)
    square = waves[:, None] ** 2 + waves**2
    # white noise through the Fourier transform of exp(-(r / xi)^2)
    pairs = [
        [np.fft.ifft2(np.fft.fft2(rng.standard_normal((side, side))) * np.exp(-square * one**2 / 4)).real for one in xi]
        for _ in range(1500)
    ]
    simulated = np.std([stats.pearsonr(first.ravel(), second.ravel())[0] for first, second in pairs])
    names = np.array(["gradcam", *HELD_FIXED])
    lengths = dict.fromkeys(names.tolist(), xi[0])
    squares = []
    for seed in range(16):
        positions = rng.random((500, 2)) * box_length
        fields = ParticleFields(rng.standard_normal((4, 500)), names, np.array([0, -1, -1, -1]), np.full(4, ""))
        propensity = np.stack([smooth(rng, positions, xi[1], box_length) for _ in range(4)])
        found = moved_correlations(fields, positions, box_length, FRONTIERS, lengths, propensity, 60, seed)["pearson"]
        squares += [np.mean(found[name] ** 2) for name in names]
    assert 0.15 < simulated < 0.27
    assert np.sqrt(np.mean(squares)) == pytest.approx(simulated, rel=0.1)


def test_moved_correlations_are_bitwise_reproducible_for_a_seed(rng):
    made = glass_of(rng)
    first, second, other = (moved(*made, seed=seed) for seed in (7, 7, 8))
    for kind in ("pearson", "partial"):
        assert first[kind]["gradcam"].tobytes() == second[kind]["gradcam"].tobytes()
        assert (first[kind]["gradcam"] != other[kind]["gradcam"]).all()
    # blocks are only a matter of memory
    assert first["pearson"]["gradcam"].shape == (DRAWS, 4) and DRAWS % moved_maps.BLOCK


def test_band_and_p_count_the_map_as_one_of_the_draws(rng):
    draws = rng.permutation(np.arange(39.0))[:, None] / 100
    np.testing.assert_allclose(band(draws), [[0.0], [0.38]], atol=1e-12)
    assert max_statistic_test(np.array([-0.3]), draws)[0] == (1 + 9) / 40
    assert max_statistic_test(np.array([0.5]), draws) == (1 / 40, pytest.approx(0.37))
    # the largest over what was observed, of map and draws alike
    two = np.concatenate([draws, 0.9 - draws], axis=1)
    assert max_statistic_test(np.array([0.1, np.nan]), two)[0] == (1 + 29) / 40
    assert max_statistic_test(np.array([0.1, 0.0]), two)[0] == 1.0
    assert np.isnan(max_statistic_test(np.array([np.nan]), draws)).all()
    assert np.isnan(max_statistic_test(np.array([0.1]), draws[:0])).all()
    # of 40 alike, one in forty is the lowest
    many = rng.standard_normal((4000, 40))
    low, high = band(many[:, 1:].T)
    assert (many[:, 0] < low).mean() == pytest.approx(0.025, abs=0.01)
    assert (many[:, 0] > high).mean() == pytest.approx(0.025, abs=0.01)
