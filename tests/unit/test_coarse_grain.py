"""Coarse-graining against all pairs, and its limits."""

import tracemalloc

import numpy as np
import pytest
import reference

from glassmap.papers.oyama2023.method import ARXIV_V2, FRONTIERS, METHODS
from glassmap.structure import coarse_graining
from glassmap.structure.coarse_graining import coarse_grain, normalise

BOX = 14.0
PROTOCOLS = ["frontiers", "arxiv-v2"]


@pytest.fixture
def positions(rng) -> np.ndarray:
    return rng.uniform(0, BOX, (300, 2))


@pytest.fixture
def values(rng) -> np.ndarray:
    return rng.normal(size=(3, 300))


def brute_force(values, positions, weight):
    matrix = weight(reference.distances(positions, BOX))
    return (matrix * values).sum(axis=1) / matrix.sum(axis=1)


@pytest.mark.parametrize("xi", [0.7, 3.0, 5.0, 20.0])  # cutoffs on both sides of L/2
def test_kernels_are_those_of_the_papers(values, positions, xi):
    cases = {
        ("frontiers", "gradcam"): lambda r: np.where(r <= 2 * xi, np.exp(-((r / xi) ** 2)), 0),
        ("frontiers", "tong_tanaka"): lambda r: np.where(r <= 2 * xi, np.exp(-((r / xi) ** 2)), 0),
        ("arxiv-v2", "gradcam"): lambda r: np.exp(-r / xi),
        ("arxiv-v2", "tong_tanaka"): lambda r: np.where(r <= xi, np.exp(-r / xi), 0),
    }
    for (protocol, indicator), weight in cases.items():
        result = coarse_grain(values, positions, BOX, xi, METHODS[protocol].kernel_of(indicator))
        for row, field in zip(result, values, strict=True):
            np.testing.assert_allclose(row, brute_force(field, positions, weight), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("indicator", ["gradcam", "tong_tanaka"])
@pytest.mark.parametrize("xi", [0.5, 2.0, 9.0])
def test_coarse_graining_preserves_a_constant(positions, protocol, indicator, xi):
    result = coarse_grain(np.full(300, 2.5), positions, BOX, xi, METHODS[protocol].kernel_of(indicator))
    np.testing.assert_allclose(result, 2.5, rtol=1e-13)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_small_xi_gives_the_bare_field(values, positions, protocol):
    result = coarse_grain(values, positions, BOX, 1e-5, METHODS[protocol].kernel_of("gradcam"))
    np.testing.assert_allclose(result, values, rtol=1e-10)


def test_large_xi_gives_the_mean_with_the_kernel_of_v2(values, positions):
    result = coarse_grain(values, positions, BOX, 1e9, ARXIV_V2.kernel_of("gradcam"))
    np.testing.assert_allclose(result, np.broadcast_to(values.mean(1)[:, None], values.shape), atol=1e-7)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_invariant_under_translation_and_wrapping(values, positions, protocol, rng):
    kernel = METHODS[protocol].kernel_of("gradcam")
    moved = positions + [2.2, 7.7] + BOX * rng.integers(-2, 3, positions.shape)
    np.testing.assert_allclose(
        coarse_grain(values, moved, BOX, 2.0, kernel), coarse_grain(values, positions, BOX, 2.0, kernel), rtol=1e-9
    )


@pytest.mark.parametrize("xi", [0.3, 1.0, 2.0, 2.7])
def test_blocks_agree_with_brute_force_and_any_order_of_particles(values, positions, xi, rng, monkeypatch):
    monkeypatch.setattr(coarse_graining, "KEPT_PAIRS", 0)
    monkeypatch.setattr(coarse_graining, "SMALL_BLOCK", 7)
    kernel = FRONTIERS.kernel_of("gradcam")
    result = coarse_grain(values, positions, BOX, xi, kernel)
    for row, field in zip(result, values, strict=True):
        expected = brute_force(field, positions, lambda r: np.where(r <= 2 * xi, np.exp(-((r / xi) ** 2)), 0))
        np.testing.assert_allclose(row, expected, rtol=1e-10, atol=1e-12)
    order = rng.permutation(300)
    permuted = coarse_grain(values[:, order], positions[order], BOX, xi, kernel)
    np.testing.assert_allclose(permuted, result[:, order], rtol=1e-10, atol=1e-12)


def test_memory_is_that_of_the_fields_for_many_particles(rng):
    number, box_length = 100_000, 300.0  # 9 million pairs, which would take 700 MB at once
    positions, values = rng.uniform(0, box_length, (number, 2)), rng.normal(size=number)
    tracemalloc.start()
    result = coarse_grain(values, positions, box_length, 3.6, FRONTIERS.kernel_of("gradcam"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.isfinite(result).all() and peak < 50e6


def test_normalised_to_0_1_and_nan_for_a_constant(values):
    result = normalise(values)
    np.testing.assert_allclose([result.min(), result.max()], [0, 1])
    assert np.isnan(normalise(np.zeros(5))).all()


def test_an_unknown_length_gives_no_field(values, positions):
    for method in METHODS.values():
        assert np.isnan(coarse_grain(values, positions, BOX, np.nan, method.kernel_of("gradcam"))).all()
