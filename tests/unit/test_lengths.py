"""Spatial correlation functions, the lengths from them, and the scan of the coarse-graining length."""

import numpy as np
import pytest
import reference

from glassmap.analysis.lengths import (
    Glass,
    measure,
    propensity_length,
    scan_notes,
    target_lengths,
)
from glassmap.analysis.maps import panels
from glassmap.analysis.method import measured_lengths
from glassmap.analysis.particle_fields import ParticleFields, mean_by_indicator
from glassmap.errors import GlassmapError
from glassmap.papers.oyama2023.method import ARXIV_V2, FRONTIERS
from glassmap.structure.coarse_graining import coarse_grain
from glassmap.structure.spatial_correlation import (
    bin_centres,
    crossing_note,
    first_crossing,
    noise_free_correlation,
    spatial_correlation,
    spatial_correlations,
)

BOX = 24.0
PUBLISHED = {FRONTIERS: 4.0, ARXIV_V2: 0.0}
BARE = {FRONTIERS: 0.0, ARXIV_V2: 0.0}


def gaussian_field(positions, length, rng, modes=24):
    """A Gaussian random field on the torus, covariance close to exp(-r^2 / (2 length^2)), from its modes."""
    waves = 2 * np.pi / BOX * np.stack(np.meshgrid(*[np.arange(-modes, modes + 1)] * 2), -1).reshape(-1, 2)
    amplitude = np.exp(-(waves**2).sum(1) * length**2 / 4)
    phase = rng.uniform(0, 2 * np.pi, len(waves))
    weight = amplitude * rng.rayleigh(1, len(waves))
    return (weight * np.cos(positions @ waves.T + phase)).sum(1)


def test_correlation_function_agrees_with_brute_force(rng):
    positions, values = rng.random((60, 2)) * BOX, rng.standard_normal(60)
    found = spatial_correlation(values, positions, BOX, 1.0, 8.0)
    distance = reference.distances(positions, BOX)
    deviation = values - values.mean()
    product = np.outer(deviation, deviation) / (deviation**2).mean()
    for place, centre in enumerate(bin_centres(1.0, 8.0)):
        inside = (distance >= centre - 0.5) & (distance < centre + 0.5) & ~np.eye(60, dtype=bool)
        expected = 1.0 if place == 0 else product[inside].mean() if inside.any() else np.nan
        np.testing.assert_allclose(found[place], expected, rtol=1e-4)


def test_correlation_function_is_one_at_zero_and_invariant_under_scale_and_offset(rng):
    positions, values = rng.random((200, 2)) * BOX, rng.standard_normal(200)
    found = spatial_correlation(values, positions, BOX, 0.5, 10.0)
    assert found[0] == 1
    np.testing.assert_allclose(spatial_correlation(7 - 3 * values, positions, BOX, 0.5, 10.0), found, rtol=1e-5)
    assert np.isnan(spatial_correlation(np.ones(200), positions, BOX, 0.5, 10.0)).all()


def test_many_fields_at_once_agree_with_single_fields(rng):
    """In bins with pairs and without, for a constant field, and to the last bit each time."""
    positions, fields = rng.random((60, 2)) * BOX, rng.standard_normal((5, 60))
    fields[3] = 2.0
    for width in (0.05, 1.0):
        together = spatial_correlations(fields, positions, BOX, width, 10.0)
        alone = [spatial_correlation(values, positions, BOX, width, 10.0) for values in fields]
        np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-12)
        assert together.tobytes() == spatial_correlations(fields, positions, BOX, width, 10.0).tobytes()


def test_distances_beyond_half_of_the_box_are_refused(rng):
    with pytest.raises(GlassmapError, match=f"maximum_distance: got {BOX / 2:g}, must be less than half of the box"):
        spatial_correlations(rng.standard_normal((2, 60)), rng.random((60, 2)) * BOX, BOX, 0.5, BOX / 2)


def test_correlation_function_is_bitwise_reproducible(rng):
    positions, values = rng.random((2000, 2)) * BOX, rng.standard_normal(2000)
    found = {spatial_correlation(values, positions, BOX, 0.5, 11.0).tobytes() for _ in range(6)}
    assert len(found) == 1


def test_a_known_correlation_length_is_recovered_from_a_gaussian_field(rng):
    length = 2.5
    distance = bin_centres(0.5, 10.0)
    curves = []
    for _ in range(40):
        positions = rng.random((1500, 2)) * BOX
        curves.append(spatial_correlation(gaussian_field(positions, length, rng), positions, BOX, 0.5, 10.0))
    mean, error = np.mean(curves, axis=0), np.std(curves, axis=0) / np.sqrt(len(curves))
    near = distance < 5
    # the mean over a box that holds few domains is not exactly zero: a bias of a few per cent
    assert (np.abs(mean - np.exp(-(distance**2) / (2 * length**2)))[near] < 0.05 + 3 * error[near]).all()
    assert first_crossing(distance, mean, 1 / np.e) == pytest.approx(np.sqrt(2) * length, rel=0.1)


def test_noise_of_the_runs_shortens_the_decay_unless_removed(rng):
    """Noise as strong as the field, itself correlated over short distances, in six runs."""
    positions = rng.random((3000, 2)) * BOX
    field = gaussian_field(positions, 2.5, rng)
    noise = [gaussian_field(positions, 0.7, rng, modes=40) for _ in range(6)]
    runs = [field + 2 * field.std() * one / one.std() for one in noise]
    distance = bin_centres(0.5, 10.0)
    clean, noisy = (
        first_crossing(distance, spatial_correlation(values, positions, BOX, 0.5, 10.0), 1 / np.e)
        for values in (field, np.mean(runs, axis=0))
    )
    common = noise_free_correlation(iter(runs), positions, BOX, 0.5, 10.0)
    assert common[0] == 1
    assert noisy < 0.9 * clean
    assert first_crossing(distance, common, 1 / np.e) == pytest.approx(clean, rel=0.1)


def test_first_crossing():
    distance = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert first_crossing(distance, np.array([1, 0.6, 0.2, 0.4, -0.2]), 0.5) == pytest.approx(1.25)
    assert first_crossing(distance, np.array([1, 0.6, np.nan, 0.2, -0.2]), 0.0) == pytest.approx(3.5)
    assert np.isnan(first_crossing(distance, np.array([1, 0.9, 0.8, 0.7, 0.6]), 0.5))
    assert np.isnan(first_crossing(distance, np.full(5, np.nan), 0.5))


def test_a_crossing_before_the_first_bin_with_pairs_is_nan():
    """At r = 0 any correlation function is 1, and the nearest pairs are far from there."""
    distance = np.array([0.0, 0.25, 0.75, 1.25, 1.75])
    short, long, none = (np.array([1, np.nan, *rest]) for rest in ((0.2, 0.1, 0), (0.8, 0.3, 0), (0.8, 0.7, 0.6)))
    assert np.isnan(first_crossing(distance, short, 1 / np.e))
    assert first_crossing(distance, short, 0.1) == pytest.approx(1.25)
    assert crossing_note(distance, short, 1 / np.e) == "shorter than the first bin (0.75)"
    assert first_crossing(distance, long, 1 / np.e) == pytest.approx(0.75 + 0.5 * (0.8 - 1 / np.e) / 0.5)
    assert crossing_note(distance, long, 1 / np.e) == ""
    assert np.isnan(first_crossing(distance, none, 1 / np.e))
    assert crossing_note(distance, none, 1 / np.e) == "not reached within 1.75"
    curves = np.stack([short, long, np.full(5, np.nan), short, none])
    assert crossing_note(distance, curves, 1 / np.e) == (
        "2 of 4 shorter than the first bin (0.75); 1 of 4 not reached within 1.75"
    )
    assert crossing_note(distance, curves[:1], 1 / np.e) == "shorter than the first bin (0.75)"
    assert crossing_note(distance, curves[2:3], 1 / np.e) == ""
    # particles at contact that differ, beside others that do not
    dip = np.array([1, np.nan, 0.28, 0.49, 0.22])
    assert np.isnan(first_crossing(distance, dip, 1 / np.e))
    assert (
        crossing_note(distance, dip, 1 / np.e) == "not determined: below in the first bin (0.75), above again at 1.25"
    )


def test_white_noise_has_no_decay_length_and_the_table_says_so(rng):
    """C(r) of an uncorrelated field drops below 1/e before the closest pairs; the published length is used instead."""
    one = glass(5, 3.0, rng)
    noise = np.abs(1 + 0.3 * rng.standard_normal((3, 700))) * np.array([0.1, 0.3, 1.0])[:, None]
    white = Glass(**{**vars(one), "propensity": {FRONTIERS: noise, ARXIV_V2: noise**2},
                     "runs": lambda frame: (noise[frame], noise[frame])})  # fmt: skip
    found = measured([white])
    assert (
        np.isnan(found["xi_delta"].values).all() and np.isfinite(found["propensity_correlation"].values[0, 0, 2:]).any()
    )
    assert float(found["xi_propensity"][0]) == PUBLISHED[FRONTIERS]


@pytest.mark.parametrize("best", [0.0, 1.0, 3.0, 6.0])
def test_a_length_at_the_edge_of_its_scan_is_nan(rng, best):
    """The propensity is made with a length: 0 and 6 are the ends of the scan, but bare (0) has nothing below it."""
    found = measured([glass(5, best, rng)], BARE)
    note = scan_notes(found, "frontiers")["voronoi_volume"]
    xi = float(found["xi_structure"].sel(protocol="frontiers", indicator_name="voronoi_volume"))
    if best == 6:
        assert np.isnan(xi) and note == "at the edge of the scan (6)"
    else:
        assert xi == best and note == ("bare is best" if best == 0 else "")
    # the same glass with a scan that begins or ends there
    for scan in ([0.0, best / 4, best / 2, best], [best, best + 1, best + 2]) if best else ():
        short = measure([glass(5, best, rng)], np.arange(3.0), [1.0], 0.15, 0.5, 10.0, scan, BARE)
        xi = short["xi_structure"].sel(protocol="frontiers", indicator_name="voronoi_volume")
        assert np.isnan(float(xi))
        assert scan_notes(short, "frontiers")["voronoi_volume"] == f"at the edge of the scan ({best:g})"


def test_a_held_out_length_at_the_edge_is_nan(rng):
    glasses = [glass(1, 6.0, rng, noise=0.05), glass(2, 6.0, rng, noise=0.05), glass(3, 2.0, rng, noise=0.05)]
    found = measured(glasses, BARE).sel(protocol="frontiers", indicator_name="voronoi_volume")
    assert np.isnan(float(found["xi_structure_held_out"].sel(configuration=3)))


def test_maps_of_an_unknown_length_are_empty(rng):
    one = glass(5, 3.0, rng)
    fields = {"gradcam": one.fields.values[0], "voronoi_volume": one.fields.values[2]}
    shown = panels(fields, one.positions, BOX, {"gradcam": np.nan, "voronoi_volume": 2.0}, FRONTIERS, ["gradcam"])
    assert np.isnan(shown["1 − Γ"]).all() and np.isfinite(shown["Υ"]).all()


def test_without_a_usable_network_there_is_no_length(rng):
    crystal = glass(2, 3.0, rng)
    crystal.fields.not_usable[:] = "crystal"
    found = measured([crystal])
    assert set(scan_notes(found, "frontiers").values()) == {"no glass left: 1 of 1 are crystals"}
    failed, other = (glass(2, 3.0, rng, reason="failed") for _ in range(2))
    other.fields.not_usable[1] = "wrong"
    failed.fields.not_usable[1] = "failed"
    for one, note in (
        (failed, "no network above chance: 2 of 2 failed"),
        (other, "no map left of 2: 1 of networks at chance, 1 of misclassified samples"),
    ):
        notes = scan_notes(measured([one]), "frontiers")
        assert notes["gradcam"] == note and not notes["tong_tanaka"].startswith("no ")


def glass(configuration, best, rng, delta=(0.1, 0.3, 1.0), reason="", noise=0.0):
    """A glass whose propensity is an indicator coarse-grained with a known length, in Frontiers' way."""
    positions = rng.random((700, 2)) * BOX
    values = rng.standard_normal((4, 700))
    fields = ParticleFields(
        values,
        np.array(["gradcam", "gradcam", "voronoi_volume", "tong_tanaka"]),
        np.array([0, 1, -1, -1]),
        np.array([reason, "", "", ""], dtype="U8"),
    )
    moved = coarse_grain(values[2], positions, BOX, best, FRONTIERS.kernel_of("voronoi_volume"))
    moved = moved / moved.std() + noise * rng.standard_normal(700)
    mobile = 10 - moved
    steps = np.array(delta)
    magnitude = steps[:, None] * mobile / mobile.mean()
    delta_root = (np.abs(magnitude)).mean(axis=1)
    return Glass(configuration, positions, BOX, fields, {FRONTIERS: magnitude, ARXIV_V2: magnitude**2},
                 {FRONTIERS: steps, ARXIV_V2: delta_root}, np.full(len(steps), 0.8),
                 lambda frame: (magnitude[frame], magnitude[frame]))  # fmt: skip


def measured(glasses, published=PUBLISHED):
    scan = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0]
    return measure(glasses, np.arange(3.0), [0.3, 1.0, 3.0], 0.15, 0.5, 10.0, scan, published)


def test_the_scan_recovers_the_length_of_a_synthetic_propensity(rng):
    for best in (2.0, 4.0):
        found = measured([glass(5, best, rng)], BARE).sel(protocol="frontiers")
        assert float(found["xi_structure"].sel(indicator_name="voronoi_volume")) == best
        at_best = found["scan"].sel(xi=best).values[0]
        np.testing.assert_allclose(at_best[:, 2], -1, atol=1e-9)  # signed as measured
        assert (np.abs(found["scan"].values[..., [0, 1, 3]]) < 0.7).all()


def test_a_target_that_is_not_reached_gives_nan(rng):
    found = measured([glass(5, 3.0, rng)])
    assert found["delta_at_target"].values[0, :2].tolist() == [0.3, 1.0]
    assert np.isnan(found["delta_at_target"].values[0, 2]) and np.isnan(found["xi_delta"].values[0, 2])
    assert np.isnan(found["propensity_correlation"].values[0, 2]).all()
    assert np.isnan(found["noise_free_correlation"].values[0, 2]).all()
    np.testing.assert_array_equal(found["noise_ceiling_at_target"].values[0], [0.8, 0.8, np.nan])
    # runs without noise
    np.testing.assert_allclose(found["xi_delta_noise_free"], found["xi_delta"], rtol=1e-6)
    # the decay length at delta = 1 stands for all times, the one without the runs' noise; v2 leaves the propensity bare
    assert float(found["xi_propensity"][0]) == pytest.approx(float(found["xi_delta"][0, 1]))
    assert float(found["xi_propensity"][1]) == 0
    assert propensity_length(found, {"frontiers": {"propensity": 4.0}}, "paper", "frontiers") == 4.0
    noise_free = found["xi_delta_noise_free"].values[0].tolist()
    assert propensity_length(found, {"frontiers": {"propensity": 4.0}}, "measured", "frontiers") == noise_free[1]
    maps = {"propensity": 4.0, "propensity_maps": [3.0, 4.0, 5.0]}
    assert target_lengths(found, maps, "paper", "frontiers", 5) == [3.0, 4.0, 5.0]
    chosen = target_lengths(found, maps, "measured", "frontiers", 5)
    assert chosen[:2] == noise_free[:2] and chosen[2] == 5.0


def test_without_the_reference_delta_the_published_length_is_used(rng):
    found = measured([glass(5, 3.0, rng, delta=(0.05, 0.1, 0.3))])
    assert float(found["xi_propensity"][0]) == 4.0
    # a length at a delta that is not the reference is no length at the reference
    scan = [0.0, 1.0, 2.0]
    other = measure([glass(5, 3.0, rng)], np.arange(3.0), [0.1, 0.3], 0.15, 0.5, 10.0, scan, PUBLISHED)
    assert np.isfinite(other["xi_delta"]).all() and float(other["xi_propensity"][0]) == 4.0


def test_held_out_lengths_are_chosen_on_the_other_configurations(rng):
    glasses = [glass(1, 2.0, rng, noise=0.05), glass(2, 2.0, rng, noise=0.05), glass(3, 6.0, rng, noise=0.05)]
    found = measured(glasses, BARE).sel(protocol="frontiers", indicator_name="voronoi_volume")
    assert float(found["xi_structure_held_out"].sel(configuration=3)) == 2.0
    alone = measured(glasses[:1]).sel(protocol="frontiers")
    assert np.isnan(alone["xi_structure_held_out"].values).all()


def test_unusable_fields_are_ignored(rng):
    lost = glass(5, 3.0, rng, reason="failed")
    found = measured([lost])
    assert np.isnan(found["scan"].values[..., 0]).all() and np.isfinite(found["scan"].values[..., 1:]).all()
    assert found["not_usable"].values.tolist() == [["failed", "", "", ""]]
    means = mean_by_indicator(np.array([1.0, 3.0, 5.0, 7.0]), lost.fields)
    assert means == {"gradcam": 3.0, "voronoi_volume": 5.0, "tong_tanaka": 7.0}


def test_crystals_are_ignored(rng):
    sound, crystal = glass(1, 3.0, rng), glass(2, 3.0, rng)
    crystal.fields.not_usable[:] = "crystal"
    both, alone = measured([sound, crystal]), measured([sound])
    assert np.isnan(both["xi_delta"].values[1]).all() and np.isnan(both["scan"].values[:, 1]).all()
    for name in ("xi_structure", "xi_propensity", "xi_structure_together"):
        np.testing.assert_allclose(both[name], alone[name])
    assert np.isnan(measured([crystal])["xi_structure"]).all()


def test_measured_lengths_are_used_if_none_are_published(rng):
    unpublished = {FRONTIERS: np.nan, ARXIV_V2: np.nan}
    found = measured([glass(5, 3.0, rng), glass(6, 3.0, rng)], unpublished)
    frontiers, v2 = (measured_lengths(found, method) for method in (FRONTIERS, ARXIV_V2))
    # xi_Delta at delta = 1, the second target, without the noise of the runs; the mean over glasses at every target
    decay = found["xi_delta_noise_free"].values
    assert frontiers["propensity"] == pytest.approx(decay[:, 1].mean())
    np.testing.assert_allclose(frontiers["propensity_maps"], [*decay[:, :2].mean(axis=0), np.nan])
    # Frontiers has one length for the propensity and for Fig. 6; v2 one for everything, and a bare propensity
    assert frontiers["correlations"] == frontiers["propensity"]
    assert v2["correlations"] == v2["dynamics"]
    assert v2["propensity"] == 0 and v2["propensity_maps"] == [0.0, 0.0, 0.0]
    # one length for all indicators: the largest mean of |C| over those of the papers
    for method, lengths in ((FRONTIERS, frontiers), (ARXIV_V2, v2)):
        score = found["scan_score"].sel(protocol=method.name).mean("configuration").mean("indicator_name").values
        best = found["xi"].values[score.argmax()]
        np.testing.assert_equal(lengths["dynamics"], np.nan if best == found["xi"].values[-1] else best)


def test_without_a_length_of_the_propensity_nothing_is_correlated_with_it(rng):
    one = glass(5, 3.0, rng)
    still = Glass(**{**vars(one), "delta": {FRONTIERS: np.full(3, 0.01), ARXIV_V2: np.full(3, 0.01)}})
    found = measured([still], {FRONTIERS: np.nan, ARXIV_V2: np.nan})
    assert np.isnan(measured_lengths(found, FRONTIERS)["propensity"])
    assert set(scan_notes(found, "frontiers").values()) == {"no coarse-graining length of the propensity"}
    assert found["scan"].sel(protocol="frontiers").isnull().all()
    assert found["scan"].sel(protocol="arxiv-v2").notnull().any()
