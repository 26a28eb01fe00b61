"""Correlations with the propensity: against their definition, with intervals that hold, and the tables made of them."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from repository import REPOSITORY
from scipy import stats
from test_lengths import BARE, BOX, glass, measured

from glassmap.analysis.method import NO_LENGTH
from glassmap.analysis.moved_maps import moved_correlations
from glassmap.analysis.propensity_correlations import (
    BAND,
    LARGEST,
    Choice,
    choices,
    correlate_ensemble,
    gather,
    move_maps,
    table,
)
from glassmap.analysis.unreached import why_not_reached
from glassmap.dynamics.propensity import nearest_frame
from glassmap.errors import GlassmapError
from glassmap.io.datasets import provenance, read_dataset, write_dataset
from glassmap.io.exclusions import CRYSTAL
from glassmap.io.schema import DYNAMICS, LENGTHS
from glassmap.papers.oyama2023.method import ARXIV_V2, FRONTIERS, METHODS
from glassmap.papers.oyama2023.published import REFERENCE_COLUMNS
from glassmap.papers.oyama2023.reproduction import further, reproduction_table
from glassmap.papers.oyama2023.tables_dynamics import ENSEMBLE_ROWS, ensembles_table, maxima_table
from glassmap.papers.oyama2023.tables_lengths import lengths_table, zero_crossings
from glassmap.statistics import bootstrap_weights, correlation_interval, finite_deviation, finite_mean
from glassmap.structure.coarse_graining import coarse_grain
from glassmap.structure.spatial_correlation import bin_centres, spatial_correlation

PHASES = ("liquid", "glass")

NAMES = ["gradcam", "voronoi_volume", "tong_tanaka"]
PAPER = {
    FRONTIERS: {"dynamics": 3.0, "propensity": 2.0},
    ARXIV_V2: {"dynamics": 5.0, "propensity": 0.0},
}


@pytest.fixture(scope="module")
def reference() -> pd.DataFrame:
    return pd.read_csv(REPOSITORY / "resources/paper_values.csv")[list(REFERENCE_COLUMNS)]


def runs_of(one, count, noise, rng):
    """Mobilities of runs: the glass's own propensity and noise of each run."""
    clean = one.propensity[FRONTIERS]
    scale = clean.std(axis=1, keepdims=True) * noise
    fields = [np.abs(clean + scale * rng.standard_normal(clean.shape)) for _ in range(count)]
    return lambda power: (field**power for field in fields)


def correlated(one, mobilities, count, samples=60):
    lengths = measured([one])
    wanted = choices(lengths, PAPER, one.configuration)
    return correlate_ensemble(one.fields, one.positions, BOX, mobilities, count, wanted, samples, seed=3)


def test_correlations_agree_with_their_definition(rng):
    one = glass(5, 3.0, rng)
    mobilities = runs_of(one, 6, 0.5, rng)
    for found in correlated(one, mobilities, 6):
        choice, method = found.choice, found.choice.method
        power = method.power
        mean = np.mean([*mobilities(power)], axis=0)
        kernel = method.kernel_of("propensity")
        for time in range(3):
            target = mean[time]
            if choice.xi_propensity:
                target = coarse_grain(target, one.positions, BOX, choice.xi_propensity, kernel)
            for field, name in enumerate(one.fields.indicator):
                xi = choice.xi_structure[name]
                if np.isnan(xi):  # at the edge of the scan
                    assert choice.name == "measured" and np.isnan(found.pearson[time, field])
                    continue
                value = one.fields.values[field]
                if xi:
                    value = coarse_grain(value, one.positions, BOX, xi, method.kernel_of(name))
                assert found.pearson[time, field] == pytest.approx(stats.pearsonr(value, target)[0], abs=1e-10)
                assert found.spearman[time, field] == pytest.approx(stats.spearmanr(value, target)[0], abs=1e-10)
        root = {1: lambda values: values, 2: np.sqrt}[power]
        np.testing.assert_allclose(found.delta, root(mean).mean(axis=1))
        assert ((found.ceiling > 0) & (found.ceiling <= 1)).all()


def test_memory_of_the_correlations_does_not_grow_with_the_number_of_runs(rng):
    one = glass(5, 3.0, rng)
    bare = Choice(FRONTIERS, "paper", dict.fromkeys(NAMES, 3.0), 0.0)
    clean = one.propensity[FRONTIERS]

    def peak(count: int) -> int:
        def mobilities(power):
            return (clean * (1 + 0.1 * np.cos(run + np.arange(clean.shape[1]))) for run in range(count))

        tracemalloc.start()
        correlate_ensemble(one.fields, one.positions, BOX, mobilities, count, [bare], 50, 1)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(4)  # what is loaded once
    assert peak(60) < 1.1 * peak(4)


def test_no_correlation_exceeds_its_noise_ceiling(rng):
    """The propensity is a function of the indicator, so its correlation is the ceiling itself."""
    one = glass(5, 3.0, rng)
    for noise in (0.5, 2.0):
        mobilities = runs_of(one, 8, noise, rng)
        bare = Choice(FRONTIERS, "paper", dict.fromkeys(NAMES, 3.0), 0.0)
        (found,) = correlate_ensemble(one.fields, one.positions, BOX, mobilities, 8, [bare], 10, 1)
        np.testing.assert_allclose(-found.pearson[:, 2], found.ceiling, atol=0.03)


def test_intervals_over_runs_cover_the_value_of_other_runs(rng):
    """In repeated experiments the 95 % interval holds the mean over experiments about as often as it says."""
    one = glass(5, 3.0, rng)
    choice = Choice(FRONTIERS, "paper", dict.fromkeys(NAMES, 1.0), 0.0)
    values, lows, highs = [], [], []
    for _ in range(80):
        (found,) = correlate_ensemble(
            one.fields, one.positions, BOX, runs_of(one, 12, 3.0, rng), 12, [choice], 200, int(rng.integers(1 << 30))
        )
        value = found.pearson[-1:, 3]
        low, high = correlation_interval(value, found.deviations["tong_tanaka"][:, -1:], found.runs)
        values.append(value[0]), lows.append(low[0]), highs.append(high[0])
    inside = (np.array(lows) <= np.mean(values)) & (np.mean(values) <= np.array(highs))
    assert 0.88 <= inside.mean() <= 1
    # and no wider than the scatter asks for
    assert np.mean(np.subtract(highs, lows)) < 1.2 * 3.92 * np.std(values)


def test_held_out_lengths_need_several_configurations(rng):
    glasses = [glass(1, 2.0, rng, noise=0.05), glass(2, 2.0, rng, noise=0.05), glass(8, 6.0, rng, noise=0.05)]
    alone = choices(measured(glasses[:1]), PAPER, 1)
    assert [choice.name for choice in alone] == ["paper", "measured"] * 2
    together = choices(measured(glasses, BARE), PAPER, 8)
    assert [choice.name for choice in together] == ["paper", "measured", "held_out"] * 2
    assert together[2].xi_structure["voronoi_volume"] == 2.0


def gathered(rng, configurations=1, temperatures=(0.5, 0.6), best=3.0, draws=0):
    glasses = [glass(replica, best, rng, noise=0.3) for replica in range(configurations)]
    lengths = measured(glasses)
    results = {}
    for one in glasses:
        wanted = choices(lengths, PAPER, one.configuration)
        for temperature in temperatures:
            mobilities = runs_of(one, 6, 0.5, rng)
            results[one.configuration, temperature] = correlate_ensemble(
                one.fields, one.positions, BOX, mobilities, 6, wanted, 40, seed=3
            )
    moved = {
        one.configuration: move_maps(
            {temperature: results[one.configuration, temperature] for temperature in temperatures},
            one.positions, BOX, draws, 11 + one.configuration,
        )
        for one in glasses if draws
    }  # fmt: skip
    return lengths, results, gather(results, np.arange(3.0), 100, 5, moved)


def test_a_file_of_a_former_version_is_refused_in_one_line(rng, tmp_path):
    """The files hold every variable that their readers take; without one they are no files of this version."""
    lengths, _, dynamics = gathered(rng, 1)
    attributes = provenance("study", 1, {}, "KAM")
    for found, variables in ((lengths, LENGTHS), (dynamics, DYNAMICS)):
        write_dataset(found, tmp_path / "now.nc", attributes)
        assert set(variables) <= set(read_dataset(tmp_path / "now.nc", variables).variables)
        write_dataset(found.drop_vars("not_usable"), tmp_path / "former.nc", attributes)
        with pytest.raises(GlassmapError, match=r"former\.nc: not a file of this workflow, the variable 'not_usable'"):
            read_dataset(tmp_path / "former.nc", variables)


@pytest.mark.parametrize("configurations", [1, 2])
def test_moved_maps_give_bands_and_p_values(rng, configurations):
    draws = 59
    _, results, dataset = gathered(rng, configurations, draws=draws)
    place = {"protocol": "frontiers", "choice": "paper"}
    here = dataset.sel(place)
    for prefix, kind in (("", "pearson"), ("partial_", "partial")):
        # by the module alone, with one symmetry for all temperatures and times, another for each glass
        each = []
        for configuration in range(configurations):
            of_glass = [results[configuration, temperature][0] for temperature in (0.5, 0.6)]
            assert of_glass[0].choice.name == "paper"
            again = glass_again(configurations, configuration)
            found = moved_correlations(
                again.fields, again.positions, BOX, FRONTIERS, of_glass[0].choice.xi_structure,
                np.concatenate([one.propensity for one in of_glass]), draws, 11 + configuration,
            )  # fmt: skip
            each.append(found[kind])
        for name in NAMES:
            curves = np.mean([one[name] for one in each], axis=0)
            of_name = here.sel(indicator_name=name)
            mean = of_name[f"{prefix}mean"].values.ravel()
            if np.isnan(mean).all():  # held fixed itself
                assert (prefix, name) == ("partial_", "voronoi_volume")
                assert np.isnan(of_name[f"{prefix}moved_p"]) and of_name[f"{prefix}moved_low"].isnull().all()
                continue
            low, high = np.quantile(curves, (0.025, 0.975), axis=0, method="weibull")
            np.testing.assert_allclose(of_name[f"{prefix}moved_low"].values.ravel(), low)
            np.testing.assert_allclose(of_name[f"{prefix}moved_high"].values.ravel(), high)
            largest = np.abs(curves).max(axis=1)
            p = (1 + (largest >= np.abs(mean).max()).sum()) / (1 + draws)
            assert float(of_name[f"{prefix}moved_p"]) == pytest.approx(p)
            assert float(of_name[f"{prefix}moved_largest"]) == pytest.approx(
                np.quantile(largest, 0.95, method="weibull")
            )
    # the propensity is the indicator coarse-grained; the networks' maps are noise
    assert here["moved_p"].sel(indicator_name="voronoi_volume") == 1 / (1 + draws)
    assert dataset["moved_p"].attrs["units"] == "1" and "long_name" in dataset["partial_moved_high"].attrs


def test_moved_maps_are_averaged_over_the_glasses_of_the_map_itself(rng):
    """A glass whose length is unknown, as a held-out one at the edge of its scan, is in neither mean."""
    results, moved = {}, {}
    for replica, length in enumerate((2.0, np.nan)):
        one = glass(replica, 3.0, rng, noise=0.3)
        wanted = [Choice(FRONTIERS, "held_out", {**dict.fromkeys(NAMES, 2.0), "voronoi_volume": length}, 2.0)]
        found = correlate_ensemble(one.fields, one.positions, BOX, runs_of(one, 6, 0.5, rng), 6, wanted, 40, seed=3)
        results[replica, 0.5] = found
        moved[replica] = move_maps({0.5: found}, one.positions, BOX, 59, replica)
    assert np.isnan(moved[1][0]["pearson"]["voronoi_volume"]).all()
    assert np.isfinite(moved[1][0]["pearson"]["tong_tanaka"]).all()
    both, alone = (
        gather(
            {key: results[key] for key in keys}, np.arange(3.0), 100, 5, moved={key[0]: moved[key[0]] for key in keys}
        )
        for keys in (list(results), list(results)[:1])
    )
    for name in ("mean", *BAND, *LARGEST):
        found, expected = (one[name].sel(indicator_name="voronoi_volume") for one in (both, alone))
        np.testing.assert_array_equal(found, expected)
        assert (both[name] != alone[name]).sel(indicator_name="tong_tanaka").any() or name == "moved_p"


def glass_again(configurations, configuration):
    """The glass that `gathered` made of a fresh generator."""
    rng = np.random.default_rng(7)
    return [glass(replica, 3.0, rng, noise=0.3) for replica in range(configurations)][configuration]


def test_delta_and_ceiling_are_those_of_the_glasses_that_count(rng, reference):
    """A crystal, or a glass without a length, is neither in the mean correlation nor in where it is."""
    _, _, dataset = gathered(rng, configurations=2)
    dataset["delta"][{"configuration": 1}] = 0.01 * dataset["delta"][{"configuration": 1}]
    dataset["ceiling"][{"configuration": 1}] = 0.1
    out = (dataset["indicator"] == "tong_tanaka") & (dataset["configuration"] == 1)
    dataset["pearson"] = dataset["pearson"].where(~out)
    here, rows = dataset.sel(protocol="frontiers", choice="paper"), table({"KAM": dataset})
    rows = rows.query("configuration == 'mean' and protocol == 'frontiers' and xi == 'paper' and temperature == 0.6")
    rows = rows.set_index("indicator")
    largest = maxima_table({"KAM": dataset}, reference, "glass")
    largest = largest.query("protocol == 'frontiers' and xi == 'paper' and network == 'mean'").set_index("indicator")
    for name, counted in (("tong_tanaka", [0]), ("voronoi_volume", [0, 1])):
        of_glasses = here.isel(configuration=counted)
        for column, quantity in (("delta", "delta"), ("noise_ceiling", "ceiling")):
            expected = of_glasses[quantity].mean("configuration")
            np.testing.assert_allclose(rows.loc[name, column], expected.sel(temperature=0.6))
        at = largest.loc[name, ["temperature", "time"]].to_dict()
        assert largest.loc[name, "delta_star"] == pytest.approx(of_glasses["delta"].sel(at).mean().item())
        assert largest.loc[name, "noise_ceiling"] == pytest.approx(of_glasses["ceiling"].sel(at).mean().item())


def test_without_moved_maps_there_is_no_band(rng):
    _, _, dataset = gathered(rng)
    for prefix in ("", "partial_"):
        for key in (*BAND, *LARGEST):
            assert dataset[f"{prefix}{key}"].isnull().all()


@pytest.mark.parametrize("configurations", [1, 3])
def test_gathered_means_are_those_of_networks_and_configurations(rng, configurations):
    _, results, dataset = gathered(rng, configurations)
    assert dataset.attrs["interval"] == ("runs" if configurations == 1 else "configurations")
    for (configuration, temperature), found in results.items():
        for one in found:
            place = {"protocol": one.choice.method.name, "choice": one.choice.name, "temperature": temperature}
            here = dataset.sel(**place, configuration=configuration)
            np.testing.assert_array_equal(here["pearson"], one.pearson)
            np.testing.assert_array_equal(here["ceiling"], one.ceiling)
    at = {"protocol": "frontiers", "choice": "paper", "temperature": 0.6}
    each = np.array([results[replica, 0.6][0].pearson for replica in range(configurations)])
    here = dataset.sel(**at)
    np.testing.assert_allclose(here["mean"].values[:, 0], each[..., :2].mean(axis=(0, 2)))
    np.testing.assert_allclose(here["mean"].values[:, 1], each[..., 2].mean(axis=0))
    np.testing.assert_allclose(here["std_over_networks"].values[:, 0], each[..., :2].mean(0).std(-1, ddof=1))
    assert (here["low"] <= here["mean"]).all() and (here["mean"] <= here["high"]).all()
    # from as many as there are: for three glasses the interval that Student gives their correlations
    if configurations == 3:
        values = np.arctanh(each[..., 2])
        half = stats.t.ppf(0.975, 2) * values.std(axis=0, ddof=1) / np.sqrt(3)
        found = np.arctanh(here["high"].values[:, 1]) - np.arctanh(here["mean"].values[:, 1])
        np.testing.assert_allclose(found, half, rtol=0.3)


def test_table_contains_every_point_of_the_figures(rng):
    _, _, dataset = gathered(rng, configurations=2, draws=39)
    found = table({"KAM": dataset})
    # protocols, choices, temperatures, times; every configuration's fields, and the mean of each indicator
    assert len(found) == 2 * 3 * 2 * 3 * (2 * 4 + 3)
    row = found.query(
        "protocol == 'arxiv-v2' and xi == 'held_out' and configuration == '1' and indicator == 'gradcam' "
        "and network == '1' and temperature == 0.5"
    )
    place = {"protocol": "arxiv-v2", "choice": "held_out", "configuration": 1, "temperature": 0.5}
    np.testing.assert_array_equal(row["pearson"], dataset["pearson"].sel(place)[:, 1])
    np.testing.assert_array_equal(row["delta"], dataset["delta"].sel({k: place[k] for k in place if k != "choice"}))
    means = found.query("network == 'mean' and indicator == 'tong_tanaka' and xi == 'paper' and temperature == 0.6")
    at = {"protocol": "frontiers", "choice": "paper", "temperature": 0.6, "indicator_name": "tong_tanaka"}
    np.testing.assert_array_equal(means["low"][:3], dataset["low"].sel(at))
    np.testing.assert_array_equal(means["moved_low"][:3], dataset["moved_low"].sel(at))
    np.testing.assert_array_equal(means["moved_high"][:3], dataset["moved_high"].sel(at))
    assert means["moved_low"].notna().all()


def test_held_out_lengths_need_another_glass_that_is_no_crystal(rng, reference):
    """By hand: the second of two glasses is a crystal, so the first has no other glass to take its lengths from."""
    _, _, dataset = gathered(rng, configurations=2)
    dataset = dataset.copy(deep=True)
    dataset["not_usable"].loc[{"configuration": 1}] = CRYSTAL
    dataset["pearson"].loc[{"configuration": 1}] = np.nan
    dataset["xi_structure"].loc[{"choice": "held_out", "configuration": 0}] = np.nan
    dataset["mean"].loc[{"choice": "held_out"}] = np.nan
    rows = maxima_table({"KAM": dataset}, reference, "glass").set_index(["xi", "network", "indicator"])
    notes = rows.loc["held_out"].loc["mean"]["note"]
    assert len(notes) and (notes == "cannot be done with one configuration").all()
    assert not (rows.loc["paper"].loc["mean"]["note"] == "cannot be done with one configuration").any()


def test_table5_takes_the_largest_modulus_with_its_sign(rng, reference):
    _, _, dataset = gathered(rng, draws=39)
    rows = (
        maxima_table({"KAM": dataset}, reference, "glass")
        .set_index(["protocol", "xi", "indicator", "network"])
        .sort_index()
    )
    row = rows.loc["frontiers", "paper", "voronoi_volume", "mean"]
    curve = dataset["mean"].sel(protocol="frontiers", choice="paper", indicator_name="voronoi_volume").values
    place = np.unravel_index(np.abs(curve).argmax(), curve.shape)
    assert row["c_max"] == curve[place] < 0
    assert row["delta_star"] == dataset["delta"].sel(protocol="frontiers").values[0][place]
    assert row["note"] == ("largest at the last time, and may grow after it" if place[1] == curve.shape[1] - 1 else "")
    assert row["temperature"] == (0.5, 0.6)[place[0]] and row["low"] <= row["c_max"] <= row["high"]
    assert (row["paper"], row["paper_delta_star"]) == (0.966, 2.860)
    at = {"protocol": "frontiers", "choice": "paper", "indicator_name": "voronoi_volume"}
    assert row["moved_p"] == float(dataset["moved_p"].sel(at)) == 1 / 40
    assert row["moved_largest"] == float(dataset["moved_largest"].sel(at)) < abs(row["c_max"])
    partial = dataset.sel(protocol="frontiers", choice="paper", indicator_name="tong_tanaka")
    found = rows.loc["frontiers", "paper", "tong_tanaka", "mean"]
    assert abs(found["partial"]) == np.abs(partial["partial_mean"]).max() > 0
    place = np.unravel_index(np.abs(partial["partial_mean"].values).argmax(), partial["partial_mean"].shape)
    assert found["partial_delta_star"] == dataset["delta"].sel(protocol="frontiers").values[0][place]
    for key in ("partial_moved_p", "partial_moved_largest"):
        assert found[key] == float(partial[key])
    assert rows.loc["arxiv-v2", "paper", "tong_tanaka", "mean"]["paper"] == -0.784
    note = rows.loc["frontiers", "held_out", "gradcam", "mean"]
    assert np.isnan(note["c_max"]) and note["note"] == "cannot be done with one configuration"
    assert {"seed-0", "seed-1"} <= set(rows.loc["frontiers", "measured", "gradcam"].index)


@pytest.mark.parametrize("largest, note", [(1, ""), (-1, "largest at the last time, and may grow after it")])
def test_a_largest_correlation_at_the_last_time_is_called_so(rng, reference, largest, note):
    _, _, dataset = gathered(rng)
    dataset["mean"].loc[{"indicator_name": "voronoi_volume"}] = 0.1
    dataset["mean"][{"time": largest, "temperature": 0}].loc[{"indicator_name": "voronoi_volume"}] = -0.9
    rows = (
        maxima_table({"KAM": dataset}, reference, "glass")
        .set_index(["protocol", "xi", "indicator", "network"])
        .sort_index()
    )
    row = rows.loc["frontiers", "paper", "voronoi_volume", "mean"]
    assert (row["c_max"], row["note"]) == (-0.9, note)


def test_measured_lengths_at_the_edge_of_the_scan_give_no_correlation_and_a_note(rng, reference):
    """The propensity is made with the largest length of the scan; with the published length there is a number."""
    lengths, _, dataset = gathered(rng, best=6.0)
    row = lengths_table(
        {"KAM": lengths}, {"KAM": zero_crossings(spatial_of(glass(0, 3.0, rng)), 50, 1)}, reference, "glass"
    )
    row = row.set_index("quantity").loc["xi_upsilon"]
    assert np.isnan(row["value"]) and row["note"] == "at the edge of the scan (6)"
    rows = (
        maxima_table({"KAM": dataset}, reference, "glass")
        .set_index(["protocol", "xi", "indicator", "network"])
        .sort_index()
    )
    paper, measured_row = (rows.loc["frontiers", xi, "voronoi_volume", "mean"] for xi in ("paper", "measured"))
    assert np.isfinite(paper["c_max"])
    assert np.isnan(measured_row[["c_max", "low", "high", "xi_structure"]].astype(float)).all()
    assert measured_row["note"] == "measured length at the edge of its scan"
    points = table({"KAM": dataset}).query(
        "indicator == 'voronoi_volume' and xi == 'measured' and protocol == 'frontiers'"
    )
    assert points["pearson"].isna().all() and len(points)


def test_unusable_networks_are_distinguished_from_lengths_at_the_edge(rng, reference):
    _, _, dataset = gathered(rng)
    at = {"indicator_name": "gradcam"}
    for name in ("mean", "low", "high"):
        dataset[name].loc[at] = np.nan
    dataset["xi_structure"].loc[{**at, "choice": "measured"}] = np.nan
    dataset = dataset.assign(not_usable=dataset["not_usable"].where(dataset["indicator"] != "gradcam", "failed"))
    rows = (
        maxima_table({"KAM": dataset}, reference, "glass")
        .set_index(["protocol", "xi", "indicator", "network"])
        .sort_index()
    )
    assert rows.loc["frontiers", "measured", "gradcam", "mean"]["note"] == "no network above chance: 2 of 2 failed"


def spatial_of(one) -> xr.Dataset:
    """C(r) of the fields of a glass, three samples of the same."""
    curves = [spatial_correlation(field, one.positions, BOX, 0.5, 10.0) for field in one.fields.values]
    return xr.Dataset(
        {"correlation": (("field", "sample", "bin"), np.repeat(np.array(curves)[:, None], 3, axis=1))},
        coords={"distance": ("bin", bin_centres(0.5, 10.0)), **one.fields.coordinates()},
    )


def test_tables_join_the_reproduction(rng, reference):
    lengths, _, dataset = gathered(rng)
    spatial = spatial_of(glass(0, 3.0, rng))
    three = lengths_table({"KAM": lengths}, {"KAM": zero_crossings(spatial, 50, 1)}, reference, "glass")
    found = dict.fromkeys(ENSEMBLE_ROWS, (0.5, 0.1))
    about = {"size": 3, "whole": 10, "parts": 3, "temperature": 0.6, "delta": 0.98, "xi": 4.0, "note": ""}
    four = ensembles_table({"KAM": found}, {"KAM": about}, reference, "glass")
    assert (four["note"] == "").all()
    # one sub-ensemble, and no coarse-graining length
    nothing = {"KAM": dict.fromkeys(ENSEMBLE_ROWS, (np.nan, np.nan))}
    lacking = ensembles_table(nothing, {"KAM": about | {"parts": 1, "xi": np.nan}}, reference, "glass")
    assert lacking["note"].tolist() == ["one sub-ensemble", *[NO_LENGTH] * 4]
    assert four["label"].tolist()[0] == "C(e3, e3'), bare"
    assert four["paper"].tolist() == [0.769, 0.958, 0.82, 0.878, 0.985]
    five = maxima_table({"KAM": dataset}, reference, "glass")
    transition = pd.DataFrame([{
        "system": "KAM", "phase": "glass", "quantity": "glass_transition_temperature", "statistic": "intersection",
        "value": np.nan, "low": np.nan, "high": np.nan, "note": "no bend found: one smooth curve fits better",
    }])  # fmt: skip
    others = further(three, four, five, transition, "glass")
    summary = pd.DataFrame(
        [
            {
                "system": "KAM",
                "phase": "glass",
                "quantity": "none",
                "statistic": "pearson",
                "protocol": "frontiers",
                "map_class": "",
            }
        ]
    )
    accuracy = pd.DataFrame(columns=["network", "system", "phase", "note"])
    joined = reproduction_table(summary, accuracy, reference, "frontiers", PHASES, others).set_index(
        ["source", "quantity"]
    )
    kam = reference.query("system == 'kam' and item in ('table3', 'table4', 'table5', 'section4.7', 'section_sII_C')")
    assert set(joined.index) == {(row.source, row.quantity) for row in kam.itertuples()}
    assert joined.loc[("frontiers", "r_e30_e30_bare"), "ours"] == 0.5
    assert joined.loc[("frontiers", "xi_delta_3.0"), "note"] == "not reached: delta goes up to 1"
    assert np.isnan(joined.loc[("frontiers", "xi_delta_3.0"), "ours"])
    assert joined.loc[("arxiv-v2", "delta_star_theta"), "paper"] == 2.440
    row = joined.loc[("arxiv-v2", "glass_transition_temperature")]
    assert row["paper"] == 0.37 and np.isnan(row["ours"]) and row["note"].startswith("no bend found")


def test_zero_crossing_of_a_known_curve(rng):
    distance = np.linspace(0, 10, 41)
    zeros = np.array([[3.0, 3.2, 3.4], [4.0, 4.2, 4.4], [1.0, 1.0, 1.0]])
    curves = 1 - distance / zeros[..., None]
    spatial = xr.Dataset(
        {"correlation": (("field", "sample", "bin"), curves)},
        coords={
            "distance": ("bin", distance),
            "indicator": ("field", ["gradcam", "gradcam", "tong_tanaka"]),
            "network": ("field", [0, 1, -1]),
        },
    )
    found = zero_crossings(spatial, 200, 1).set_index("indicator")
    # the zero of a mean of lines is their harmonic mean
    expected = np.mean(1 / np.mean(1 / zeros[:2], axis=1))
    assert found.loc["gradcam", "value"] == pytest.approx(expected)
    assert found.loc["gradcam", "low"] < expected < found.loc["gradcam", "high"]
    assert found.loc["gradcam", "networks"] == 2 and found.loc["gradcam", "std_over_networks"] == pytest.approx(
        0.71, abs=0.01
    )
    assert found.loc["tong_tanaka", "value"] == pytest.approx(1) and found.loc["tong_tanaka", "low"] == pytest.approx(1)


def test_a_zero_outside_the_range_of_pairs_is_nan(rng):
    distance = np.array([0.0, 0.75, 1.25, 1.75])
    short, long, none = np.array([[1, -0.1, 0, 0], [1, 0.5, -0.5, 0], [1, 0.5, 0.4, 0.3]])
    curves = np.stack([[short] * 4, [long] * 4, [none] * 4, [none] * 4, [long, long, long, none]])
    names = ["gradcam", "gradcam", "voronoi_volume", "tong_tanaka", "composition"]
    spatial = xr.Dataset(
        {"correlation": (("field", "sample", "bin"), curves + 1e-3 * rng.standard_normal(curves.shape))},
        coords={"distance": ("bin", distance), "indicator": ("field", names), "network": ("field", [0, 1, -1, -1, -1])},
    )
    found = zero_crossings(spatial, 200, 1).set_index("indicator")
    assert found.loc["gradcam", "value"] == pytest.approx(1.0, abs=0.01)
    assert found.loc["gradcam", "note"] == "1 of 2 shorter than the first bin (0.75)"
    assert np.isnan(found.loc["voronoi_volume", "value"]) and np.isnan(found.loc["voronoi_volume", "low"])
    assert found.loc["voronoi_volume", "note"] == "not reached within 1.75"
    # the mean of all reaches 0, that of many of the resampled does not
    assert np.isfinite(found.loc["composition", "value"]) and np.isnan(found.loc["composition", "low"])
    assert found.loc["composition", "note"].startswith("no interval: ")


def test_statistics_ignore_missing_values():
    values = np.array([[1.0, np.nan, 3.0], [3.0, np.nan, np.nan]])
    np.testing.assert_array_equal(finite_mean(values), [2.0, np.nan, 3.0])
    np.testing.assert_array_equal(finite_mean(values, axis=-1), [2.0, 3.0])
    np.testing.assert_allclose(finite_deviation(values), [np.sqrt(2), np.nan, np.nan])
    weights = bootstrap_weights(500, 12, 1)
    assert (weights.sum(axis=1) == 12).all() and weights.mean() == 1
    # Poisson-like: (1 - 1/n)^n of the items are left out
    assert (weights == 0).mean() == pytest.approx((1 - 1 / 12) ** 12, abs=0.02)


def test_interval_is_centred_on_the_value(rng):
    deviations = 0.1 * rng.standard_normal((4000, 2))
    low, high = correlation_interval(np.array([0.8, 0.8]), deviations, np.array([1000, 5]))
    # Student's quantile, and n drawn scatter by (n - 1) / n less than n new ones
    for place, half in enumerate((0.196, 0.1 * stats.t.ppf(0.975, 4) * np.sqrt(5 / 4))):
        assert np.arctanh(low[place]) == pytest.approx(np.arctanh(0.8) - half, rel=0.03)
        assert np.arctanh(high[place]) == pytest.approx(np.arctanh(0.8) + half, rel=0.03)
    assert np.isnan(correlation_interval(np.array([np.nan]), deviations, 5)[0]).all()
    assert np.isnan(correlation_interval(np.array([0.8]), deviations, 1)[0]).all()


def test_published_lengths_are_those_of_the_configuration(config):
    for block in config["systems"].values():
        given = block["coarse_graining"]
        assert set(METHODS) == set(given)
        assert given["arxiv-v2"]["propensity"] == 0 and len(given["frontiers"]["propensity_maps"]) == 3


def test_lengths_keep_their_targets_and_say_why_they_are_missing(rng, reference):
    """0.15 is another target than the paper's 0.1 would be, and a crystal is not a delta that was not reached."""
    lengths, _, _ = gathered(rng)
    zeros = {"KAM": zero_crossings(spatial_of(glass(0, 3.0, rng)), 50, 1)}
    targets = lengths["target"].values
    moved = lengths.assign_coords(target=np.where(targets == 0.3, 0.25, targets))
    for dataset, label, paper in ((lengths, "xi_delta_0.3", 3.41), (moved, "xi_delta_0.25", np.nan)):
        rows = lengths_table({"KAM": dataset}, zeros, reference, "glass").set_index("quantity")
        assert rows.index[0] == label
        np.testing.assert_equal(np.isfinite(rows.loc[label, "paper"]), np.isfinite(paper))
    crystal = lengths.assign(not_usable=xr.full_like(lengths["not_usable"], "crystal", dtype="U8"))
    rows = lengths_table({"KAM": crystal}, zeros, reference, "glass").set_index("quantity")
    assert set(rows.filter(like="xi_delta", axis=0)["note"]) == {"no glass left: 1 of 1 are crystals"}


def test_each_cause_of_a_target_without_a_frame_has_its_own_note(rng, reference):
    """delta ends below the target, begins above it, or jumps over it; and a crystal counts neither way."""
    below, above, between = [0.1, 0.5], [2.0, 4.0], [0.5, 2.0]
    for delta, note in (
        (below, "not reached: delta goes up to 0.5"),
        (above, "passed before the first time: delta starts at 2"),
        (between, "passed between two times, of which neither is near enough"),
    ):
        assert nearest_frame(np.array(delta), 1.0, 0.15) is None
        assert why_not_reached(np.array([delta, delta]), 1.0) == note
    mixed = why_not_reached(np.array([above, below, above]), 1.0, np.array([True, False, False]))
    assert mixed == (
        "1 of 3 a crystal; 1 of 3 not reached: delta goes up to 0.5; "
        "1 of 3 passed before the first time: delta starts at 2"
    )
    # in Table 3 the delta of a crystal is not how far the glasses go
    glasses = [glass(0, 3.0, rng, delta=(0.1, 0.3, 9.0)), glass(1, 3.0, rng)]
    glasses[0].fields.not_usable[:] = "crystal"
    zeros = {"KAM": zero_crossings(spatial_of(glass(0, 3.0, rng)), 50, 1)}
    rows = lengths_table({"KAM": measured(glasses)}, zeros, reference, "glass").set_index("quantity")
    assert rows.loc["xi_delta_3.0", "note"] == "1 of 2 a crystal; 1 of 2 not reached: delta goes up to 1"
