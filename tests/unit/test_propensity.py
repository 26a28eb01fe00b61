"""Cage-relative displacement, its mean over runs, and what a finite number of runs does to it."""

import tracemalloc

import numpy as np
import pytest
import reference

from glassmap.dynamics.propensity import (
    Cage,
    average,
    correlation_table,
    mean_displacement,
    mobility,
    nearest_frame,
    sub_ensembles,
)
from glassmap.simulation.propensity_protocol import PropensityProtocol, ensembles

BOX = 10.0


@pytest.fixture
def start(rng) -> np.ndarray:
    return rng.random((120, 2)) * BOX


@pytest.fixture
def cage(start) -> Cage:
    return Cage.of(start, BOX)


def test_a_rigid_translation_has_no_cage_relative_displacement(start, cage):
    moved = start + np.array([3.7, -12.9])
    np.testing.assert_allclose(mobility(moved, start, cage), 0, atol=1e-13)
    np.testing.assert_allclose(mobility(moved, start, cage, power=2), 0, atol=1e-26)


def test_cage_relative_displacement_of_a_single_moved_particle(start, cage):
    """Itself (1 - 1/N_i), a neighbour j 1/N_j, everyone else nothing; N_i counts the particle and its neighbours."""
    neighbours = reference.voronoi_neighbours(start, BOX)
    for particle in (0, 17, 95):
        moved = start.copy()
        moved[particle] += [0.3, -0.4]
        found = mobility(moved, start, cage)
        expected = np.zeros(len(start))
        expected[particle] = 0.5 * (1 - 1 / (len(neighbours[particle]) + 1))
        for other in neighbours[particle]:
            expected[other] = 0.5 / (len(neighbours[other]) + 1)
        np.testing.assert_allclose(found, expected, atol=1e-14)


def test_cage_relative_displacement_agrees_with_loops(start, cage, rng):
    neighbours = reference.voronoi_neighbours(start, BOX)
    frames = start + rng.standard_normal((4, *start.shape)) * [[[0.1]], [[0.5]], [[3.0]], [[20.0]]]
    for power in (1, 2):
        found = mobility(frames, start, cage, power)
        for frame, values in zip(frames, found, strict=True):
            moved = frame - start
            for particle, others in enumerate(neighbours):
                members = [particle, *others]
                relative = moved[particle] - sum(moved[member] for member in members) / len(members)
                assert values[particle] == pytest.approx(np.hypot(*relative) ** power, rel=1e-10)


def test_delta_grows_with_time_in_free_flight(start, cage, rng):
    velocity = rng.standard_normal(start.shape)
    times = np.geomspace(0.1, 100, 12)
    for power in (1, 2):
        delta = mean_displacement(mobility(start + times[:, None, None] * velocity, start, cage, power), power)
        assert (np.diff(delta) > 0).all()
        np.testing.assert_allclose(delta / times, delta[0] / times[0], rtol=1e-9)


def test_running_mean_agrees_with_the_mean(rng):
    fields = rng.random((7, 3, 50))
    found = average(iter(fields))
    assert found.runs == 7
    np.testing.assert_allclose(found.mean, fields.mean(axis=0), rtol=1e-12)
    with pytest.raises(ValueError, match="no runs"):
        average(iter([]))


def test_memory_does_not_grow_with_the_number_of_runs(rng):
    field = rng.random((40, 2000))

    def peak(runs: int) -> int:
        tracemalloc.start()
        average(field * (1 + run) for run in range(runs))
        sub_ensembles((field * (1 + run) for run in range(runs)), 2, runs // 2)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(60) < 1.05 * peak(4)


def test_the_noise_ceiling_is_the_correlation_with_the_truth(rng):
    """Compared with the true field of a synthetic ensemble; the overall speed of a run is not noise."""
    truth = rng.standard_normal(20_000)
    for runs, noise in ((4, 1.0), (10, 3.0), (30, 2.0)):
        speed = rng.standard_normal(runs)[:, None, None] * 5
        fields = truth + noise * rng.standard_normal((runs, 1, len(truth))) + speed
        found = average(iter(fields))
        expected = np.corrcoef(found.mean[0], truth)[0, 1]
        assert found.ceiling[0] == pytest.approx(expected, abs=0.01)
        assert found.ceiling[0] == pytest.approx((1 + noise**2 / runs) ** -0.5, abs=0.01)


def test_the_noise_ceiling_without_noise_and_without_signal(rng):
    field = rng.random((2, 100))
    np.testing.assert_allclose(average(iter([field, field, field])).ceiling, 1)
    assert average(iter(rng.standard_normal((5, 1, 4000)))).ceiling[0] < 0.3
    assert np.isnan(average(iter([field])).ceiling).all()


def test_sub_ensembles_are_disjoint_and_together_the_whole(rng):
    fields = rng.random((6, 2, 30))
    parts = sub_ensembles(iter(fields), 3, 2)
    np.testing.assert_allclose(parts.mean(axis=0), fields.mean(axis=0))
    np.testing.assert_allclose(parts[1], fields[2:4].mean(axis=0))
    # of more runs than are needed the first are taken
    np.testing.assert_allclose(sub_ensembles(iter(fields), 2, 2), parts[:2])
    with pytest.raises(ValueError, match="6 runs for 4 sub-ensembles of 2"):
        sub_ensembles(iter(fields), 4, 2)


def test_correlations_between_ensembles_follow_from_signal_and_noise(rng):
    """Independent noise of variance s^2 per run: C(e_n, e_n') = 1 / (1 + s^2 / n)."""
    truth, noise = rng.standard_normal(40_000), 2.0
    fields = truth + noise * rng.standard_normal((12, len(truth)))
    parts = sub_ensembles(iter(fields[:, None]), 3, 4)[:, 0]
    found = correlation_table(parts, fields.mean(axis=0), lambda values: 2 * values + 1)
    assert found["parts_bare"][0] == pytest.approx(1 / (1 + noise**2 / 4), abs=0.02)
    assert found["parts_coarse"][0] == pytest.approx(found["parts_bare"][0])
    assert found["part_bare_coarse"][0] == found["whole_bare_coarse"][0] == pytest.approx(1)
    # a part shares its own noise with the whole
    expected = (1 + noise**2 / 12) / np.sqrt((1 + noise**2 / 4) * (1 + noise**2 / 12))
    assert found["part_whole_coarse"][0] == pytest.approx(expected, abs=0.02)


def test_a_target_is_reached_only_within_the_tolerance():
    delta = np.array([0.1, 0.28, 0.9, 1.4])
    assert nearest_frame(delta, 0.3, 0.15) == 1
    assert nearest_frame(delta, 1.0, 0.15) == 2
    assert nearest_frame(delta, 1.0, 0.05) is None
    assert nearest_frame(delta, 3.0, 0.15) is None


def test_frames_are_logarithmic_and_segments_cover_the_run():
    protocol = PropensityProtocol(100.0, 0.005, 0.5, 30, 0.01, (33.0, 50.0), 30.0)
    steps = protocol.frame_steps()
    assert steps[0] == 2 and steps[-1] == protocol.steps == 20_000
    assert (np.diff(steps) > 0).all() and {6600, 10_000} <= set(steps.tolist())
    assert protocol.segments() == [(0, 6000), (6000, 12_000), (12_000, 18_000), (18_000, 20_000)]
    ratio = np.diff(np.log(np.setdiff1d(steps, [6600, 10_000])))[10:]
    np.testing.assert_allclose(ratio, np.log(10_000) / 29, rtol=0.05)


def test_ensemble_names_of_the_first_configuration():
    section = {"configurations": [7, 3], "runs": 30, "runs_at_highest": 100}
    found = ensembles(section, [0.6, 0.45])
    assert list(found) == ["T-0.45", "T-0.6", "T-0.45-configuration-3", "T-0.6-configuration-3"]
    assert found["T-0.6"] == {"temperature": 0.6, "configuration": 7, "runs": 100}
    assert found["T-0.45-configuration-3"] == {"temperature": 0.45, "configuration": 3, "runs": 30}
