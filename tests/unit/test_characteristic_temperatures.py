"""Characteristic temperatures of relaxation times that are known functions of the temperature."""

import numpy as np
import pytest

from glassmap.dynamics.characteristic_temperatures import DEPARTURE, glass_transition, mode_coupling, onset

ONSET, CRITICAL, EXPONENT, BARRIER = 0.6, 0.3, 2.4, 5.0
TEMPERATURES = np.array([1.0, 0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.45, 0.42, 0.4, 0.38, 0.36, 0.34, 0.33, 0.25, 0.2, 0.15])


def relaxation_time(temperature: np.ndarray) -> np.ndarray:
    """A power law below the onset, above it the Arrhenius law that is tangent, and a second one at the coldest."""
    power = (np.maximum(temperature, CRITICAL + 0.02) - CRITICAL) ** -EXPONENT
    slope = EXPONENT * ONSET**2 / (ONSET - CRITICAL)
    hot = (ONSET - CRITICAL) ** -EXPONENT * np.exp(slope * (1 / temperature - 1 / ONSET))
    cold = 0.02**-EXPONENT * np.exp(BARRIER * (1 / temperature - 1 / (CRITICAL + 0.02)))
    return np.where(temperature > ONSET, hot, np.where(temperature > CRITICAL + 0.02, power, cold))


def test_the_onset_is_where_the_arrhenius_law_is_left():
    found = onset(TEMPERATURES, relaxation_time(TEMPERATURES))
    slope = EXPONENT * ONSET**2 / (ONSET - CRITICAL)
    hot = (ONSET - CRITICAL) ** -EXPONENT * np.exp(slope * (1 / found.value - 1 / ONSET))
    assert CRITICAL < found.value < ONSET and not found.note
    assert relaxation_time(np.array(found.value)) / hot == pytest.approx(DEPARTURE, rel=0.02)  # between two states
    scattered = np.random.default_rng(1).permutation(TEMPERATURES)
    assert onset(scattered, relaxation_time(scattered)) == found


def test_an_arrhenius_liquid_has_no_onset_and_says_so():
    time = np.exp(2 / TEMPERATURES)
    for estimate in (onset, mode_coupling, glass_transition):
        found = estimate(TEMPERATURES, time)
        assert np.isnan(found.value) and "Arrhenius law down to the coldest state (0.15)" in found.note


def test_the_power_law_is_found_and_kept_only_if_a_colder_state_relaxes():
    time = relaxation_time(TEMPERATURES)
    assert mode_coupling(TEMPERATURES, time).value == pytest.approx(CRITICAL, abs=1e-4)
    beyond = np.where(TEMPERATURES > CRITICAL, time, np.nan)  # the runs are too short for those below
    found = mode_coupling(TEMPERATURES, beyond)
    assert np.isnan(found.value) and found.note == "extrapolated to 0.3, below the coldest state that relaxes (0.33)"


def test_the_glass_transition_is_an_extrapolation_until_a_state_is_that_slow():
    time = relaxation_time(TEMPERATURES)
    start = np.exp(np.interp(1 / onset(TEMPERATURES, time).value, 1 / TEMPERATURES, np.log(time)))
    wanted = 1 / (1 / 0.15 + (np.log(start * 1e12) - np.log(time[-1])) / BARRIER)
    found = glass_transition(TEMPERATURES, time)
    assert np.isnan(found.value) and found.note.startswith(f"extrapolated to {wanted:.3g}, below the coldest state")
    colder = np.append(TEMPERATURES, [0.12, 0.1, 0.08, 0.06])
    assert glass_transition(colder, relaxation_time(colder)).value == pytest.approx(wanted, rel=1e-3)


def test_few_states_carry_nothing():
    few = TEMPERATURES[:3]
    assert onset(few, relaxation_time(few)).note == "3 states that relax, 4 are needed"
    known = np.where(TEMPERATURES < 0.39, np.nan, relaxation_time(TEMPERATURES))
    found = mode_coupling(TEMPERATURES, known)
    assert np.isnan(found.value) and "are needed" in found.note
