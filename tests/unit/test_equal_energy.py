"""The temperature of equal inherent energies, and bends of any quantity: known curves, published values, refusals."""

import numpy as np
import pytest
from scipy.optimize import brentq

from glassmap.analysis.equal_energy import equal_energy
from glassmap.analysis.glass_transition import bend_temperature, glass_transition
from glassmap.errors import GlassmapError

# Swanson et al.: the slow liquids of datasets 1 to 5 and the slow glass; dataset 6 and the deviations of its energies
PUBLISHED = np.array(
    [(1.992, -3.7647), (1.756, -3.7719), (0.957, -3.8118), (0.548, -3.8655), (0.440, -3.8863), (0.05, -3.9029)]
)
FAST, FAST_DEVIATION, SLOW_DEVIATION, LIQUID = -3.86744, 0.00288, 0.00382, 0.547
GRID = np.linspace(0.05, 1.0, 20)


def curve(t):
    """Flat in the glass, rising above it."""
    return -3.9 + 0.01 * t + 0.12 * np.logaddexp(0, (t - 0.4) / 0.05) * 0.05


def test_the_published_liquid_is_found_between_the_published_snapshots(rng):
    """The authors' T = 0.547, whose energy is 0.0005 above the glass's, from the energies of the other five sets."""
    temperature, energy = PUBLISHED.T
    slow = energy + SLOW_DEVIATION * rng.standard_normal((2000, 6))
    fast = FAST + FAST_DEVIATION * rng.standard_normal(2000)
    found = equal_energy(temperature, slow, fast, 200, 1)
    assert found.value == pytest.approx(LIQUID, abs=0.015) and found.snapshot == 0.548
    assert found.difference == pytest.approx(-3.8655 - FAST, abs=3e-4)
    assert found.difference_std == pytest.approx(np.hypot(SLOW_DEVIATION, FAST_DEVIATION) / np.sqrt(2000), rel=0.05)


@pytest.mark.parametrize("target", [-3.895, -3.87, -3.85])
def test_without_noise_it_is_the_root_of_the_curve(target, rng):
    """Of the curve's linear interpolation; in any order of the temperatures."""
    order = rng.permutation(20)
    found = equal_energy(GRID[order], np.tile(curve(GRID[order]), (3, 1)), np.full(2, target), 20, 1)
    expected = brentq(lambda t: np.interp(t, GRID, curve(GRID)) - target, 0.05, 1.0)
    assert found.value == pytest.approx(expected, abs=1e-9)
    assert found.std == pytest.approx(0, abs=1e-9) and found.low == pytest.approx(found.high)
    assert found.snapshot == GRID[np.abs(GRID - expected).argmin()]


@pytest.mark.parametrize(("replicas", "glasses"), [(4, 4), (10, 30)])
def test_the_interval_covers_the_temperature(replicas, glasses):
    inside, values, errors = [], [], []
    target = float(np.interp(0.55, GRID, curve(GRID)))
    for case in range(150):
        rng = np.random.default_rng(case)
        slow = curve(GRID) + 0.003 * (rng.standard_normal((replicas, 1)) + rng.standard_normal((replicas, 20)))
        found = equal_energy(GRID, slow, target + 0.003 * rng.standard_normal(glasses), 100, case)
        inside.append(found.low <= 0.55 <= found.high)
        values.append(found.value)
        errors.append(found.std)
    assert np.mean(inside) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 150)
    assert np.mean(values) == pytest.approx(0.55, abs=3 * np.std(values) / np.sqrt(150) + 0.003)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.3)


def test_noise_that_bends_the_curve_down_does_not_make_two_temperatures():
    """The part that falls is made flat, at its mean, and the temperature is its middle."""
    temperature = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    energy = np.tile([-3.9, -3.88, -3.89, -3.87, -3.86], (2, 1))
    assert equal_energy(temperature, energy, np.full(2, -3.885), 10, 1).value == pytest.approx(0.25)
    assert equal_energy(temperature, energy, np.full(2, -3.8775), 10, 1).value == pytest.approx(0.325)


def test_the_same_seed_gives_the_same_interval(rng):
    slow, fast = curve(GRID) + 0.003 * rng.standard_normal((5, 20)), -3.87 + 0.003 * rng.standard_normal(5)
    assert equal_energy(GRID, slow, fast, 50, 1) == equal_energy(GRID, slow, fast, 50, 1)
    assert equal_energy(GRID, slow, fast, 50, 1).std != equal_energy(GRID, slow, fast, 50, 2).std


def test_nothing_is_extrapolated():
    slow = np.tile(curve(GRID), (2, 1))
    with pytest.raises(GlassmapError, match=r"the fast glass has -3.95, below those of the slow curve, -3.89.* faster"):
        equal_energy(GRID, slow, np.full(2, -3.95), 10, 1)
    with pytest.raises(GlassmapError, match=r"the fast glass has -3.7, above those of the slow curve.* higher ones"):
        equal_energy(GRID, slow, np.full(2, -3.7), 10, 1)
    with pytest.raises(GlassmapError, match="got 20 temperatures, 1 replicas cooled slowly and 2 fast"):
        equal_energy(GRID, slow[:1], np.full(2, -3.87), 10, 1)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bend_of_either_sign_is_found(sign):
    """Fig. 7 has counts of both kinds; the interval covers the bend nine times of ten at least."""
    found = []
    for case in range(40):
        rng = np.random.default_rng(case)
        mean = 900 + sign * (20 * GRID + 300 * np.maximum(GRID - 0.37, 0))
        found.append(bend_temperature(GRID, mean + 5 * rng.standard_normal((12, 20)), (0.05, 1.0), 3, 100, case))
    assert all(one.note == "" and one.p <= 0.05 for one in found)
    assert np.mean([one.value for one in found]) == pytest.approx(0.37, abs=0.01)
    assert np.mean([one.low <= 0.37 <= one.high for one in found]) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40)
    slopes = np.array([(one.lower[0], one.upper[0]) for one in found])
    np.testing.assert_allclose(slopes.mean(axis=0), [sign * 20, sign * 320], rtol=0.4)


def test_smooth_quantities_have_no_bend():
    """At most one in twenty, give or take three standard errors, whatever the sign of the curvature."""
    found, curves = [], (lambda t: 300 * t**2, lambda t: -300 * t**2, lambda t: 50 * t)
    for number, mean in enumerate(curves):
        for case in range(40):
            rng = np.random.default_rng([number, case])
            values = 500 + mean(GRID) + 10 * rng.standard_normal((6, 20))
            found.append(bend_temperature(GRID, values, (0.05, 1.0), 3, 100, case))
    false = np.mean([np.isfinite(one.value) for one in found])
    assert false <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(found))
    assert all(one.note.startswith("no bend found") for one in found if np.isnan(one.value))


def test_p_is_that_of_the_direction_doubled(rng):
    values = 500 + 300 * np.maximum(GRID - 0.5, 0) + 60 * rng.standard_normal((6, 20))
    up, both = (f(GRID, values, (0.05, 1.0), 3, 200, 1) for f in (glass_transition, bend_temperature))
    assert up.p < 0.3 and both.p == pytest.approx(2 * up.p)
    assert both.lower == up.lower and both.upper == up.upper
    few = bend_temperature(GRID[:4], values[:, :4], (0.05, 1.0), 3, 100, 1)
    assert np.isnan(few.value) and few.note.startswith("too few temperatures")
