"""What the network adds: the best null map, the excess over it and its interval, by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from repository import REPOSITORY
from scipy import stats

from glassmap.analysis.correlations import PAIRS, quantity_of
from glassmap.papers.oyama2023.null_comparison import (
    COLUMNS,
    NEAR_BOUND,
    Row,
    chosen_cuts,
    compare,
    error_components,
    judge,
    mean_row,
    verdict,
    verdict_of_length,
)
from glassmap.papers.oyama2023.published import REFERENCE_COLUMNS
from glassmap.papers.oyama2023.reproduction import NO_NETWORK_IN_IT, reproduction_table
from glassmap.papers.oyama2023.tables_controls import (
    compare_accuracy,
    compare_correlations,
    compare_dynamics,
    compare_lengths,
    pseudo_zeros,
)
from glassmap.statistics import bootstrap_weights, half_width_of_sum
from glassmap.structure.indicators import INDICATORS

PHASES = ("liquid", "glass")
GLASSES = {"system": "KAM", "phase": "glass", "map_class": "glass"}

HEAD = {
    "system": "KAM",
    "phase": "glass",
    "protocol": "frontiers",
    "quantity": "c_gamma_upsilon",
    "statistic": "pearson",
}
SAMPLES = 12


@pytest.fixture(scope="module")
def reference() -> pd.DataFrame:
    return pd.read_csv(REPOSITORY / "resources/paper_values.csv")[list(REFERENCE_COLUMNS)]


def row(name, kind, value, low=np.nan, high=np.nan, deviation=np.nan) -> Row:
    return Row(name, kind, value, low, high, deviation, 3, 20)


@pytest.mark.parametrize(
    "network, best, excess",
    [
        (-0.8, "down", 0.1),  # negative numbers are compared downwards
        (-0.6, "down", -0.1),
        (0.95, "up", 0.15),
        (0.3, "up", -0.5),
    ],
)
def test_best_null_is_the_most_extreme_with_the_networks_sign(network, best, excess):
    rows = [row("gradcam", "network", network), row("down", "null_map", -0.7), row("up", "null_map", 0.8)]
    rows += [row("lost", "null_map", np.nan), row("number_density", "baseline", -1.0)]
    found = compare(HEAD, rows, -0.83)[0]
    assert (found["best_null"], found["excess"]) == (best, pytest.approx(excess))
    assert found["paper"] == -0.83


def test_best_null_of_a_length_is_the_closest():
    rows = [row("gradcam", "network", 3.5), row("short", "null_map", 2.0), row("near", "null_map", 3.9)]
    found = compare(HEAD, rows, 3.5, of_correlation=False)
    assert (found[0]["best_null"], found[0]["excess"]) == ("near", pytest.approx(-0.4))
    assert "best_null" not in found[1]


def test_without_nulls_or_networks_there_is_no_excess():
    assert "excess" not in compare(HEAD, [row("gradcam", "network", 0.5)], np.nan)[0]
    assert "excess" not in compare(HEAD, [row("gradcam", "network", np.nan), row("up", "null_map", 0.5)], np.nan)[0]


def test_excess_is_resampled_over_common_replicas(rng):
    """A null map that scatters with the network replica by replica: the excess scatters less than either."""
    replica = rng.normal(0, 0.2, 20)
    weights = bootstrap_weights(500, 20, 1)
    network = mean_row("gradcam", "network", -0.6 + replica + 0.02 * rng.standard_normal((3, 20)), weights)
    null = mean_row("down", "null_map", (-0.5 + replica)[None], weights)
    found = compare(HEAD, [network, null], np.nan)[0]
    assert found["excess_low"] < 0.1 < found["excess_high"]
    assert found["excess_high"] - found["excess_low"] < 0.08 < 0.12 < network.high - network.low
    assert found["verdict"] == "beyond every null" and found["verdict_null"] == ""


def test_error_components_by_hand():
    """Replica by replica, network by network and draw by draw; each with its own degrees of freedom."""
    network = mean_row("gradcam", "network", np.array([[0.1, 0.3], [0.3, 0.9]]), np.ones((1, 2)))
    noise = mean_row("white_noise", "null_map", np.array([[0.0, 0.2], [0.2, 0.0], [0.4, 0.4]]), np.ones((1, 2)))
    # means of the networks 0.2 and 0.6, of the draws 0.1, 0.1 and 0.4; differences on the replicas 0 and 0.4
    parts = np.array(error_components(network, noise))
    np.testing.assert_allclose(parts, [[0.08 / 2, 1], [0.03 / 3, 2], [0.08 / 2, 1]])
    # a map without draws has no part of its own, one draw of a random map scatters as the networks do
    constant = mean_row("constant", "null_map", np.array([[0.0, 0.2]]), np.ones((1, 2)))
    np.testing.assert_allclose(error_components(network, constant), [[0.08 / 2, 1], [0.02 / 2, 1]])
    once = mean_row("shuffled_labels", "null_map", np.array([[0.0, 0.2]]), np.ones((1, 2)))
    np.testing.assert_allclose(error_components(network, once), [[0.08 / 2, 1], [0.08, 1], [0.02 / 2, 1]])
    # Student's factor of one degree of freedom is the tangent: tan(pi (1/2 - 0.01))
    width = np.sqrt(np.tan(0.49 * np.pi) ** 2 * 0.08 + 6.9646**2 * 0.01)
    assert half_width_of_sum(error_components(network, noise), 0.01) == pytest.approx(width, rel=1e-4)
    # no two correlations differ by more than 2
    assert judge(network, [noise])["excess_low"] == -2 and judge(network, [noise])["excess_high"] == 2
    # one network has no spread, and nothing is known of another
    alone = mean_row("gradcam", "network", np.array([[0.1, 0.3]]), np.ones((1, 2)))
    assert error_components(alone, noise) == [] and judge(alone, [noise])["verdict"] == "undecided"


def test_both_limits_by_hand(rng):
    """Lower end at 1 %, upper end at 1 % over the nulls but for the networks' own part."""
    table = 0.3 + 0.05 * rng.standard_normal((4, 1)) + 0.05 * rng.standard_normal((4, 30))
    network = mean_row("gradcam", "network", table, np.ones((1, 30)))
    nulls = [mean_row(f"null_{i}", "null_map", 0.02 * rng.standard_normal((1, 30)), np.ones((1, 30))) for i in range(5)]
    found = judge(network, nulls)
    of_networks = table.mean(axis=1).var(ddof=1) / 4
    ends = []
    for null in nulls:
        of_replicas = (table.mean(axis=0) - null.table[0]).var(ddof=1) / 30
        excess = table.mean() - null.table.mean()
        low = excess - np.sqrt(stats.t.ppf(0.99, 3) ** 2 * of_networks + stats.t.ppf(0.99, 29) ** 2 * of_replicas)
        high = excess + np.sqrt(stats.t.ppf(0.99, 3) ** 2 * of_networks + stats.t.ppf(0.998, 29) ** 2 * of_replicas)
        ends.append((low, high))
    assert (found["excess_low"], found["excess_high"]) == pytest.approx(tuple(np.min(ends, axis=0)))


def test_without_tables_intervals_add_in_quadrature():
    network = row("gradcam", "network", -0.8, -0.83, -0.76, deviation=0.03)
    null = row("down", "null_map", -0.5, -0.54, -0.47)
    between, intervals = error_components(network, null)
    assert between == pytest.approx((0.03**2 / 3, 2))
    assert intervals == pytest.approx((2 * (0.035 / 1.96) ** 2, np.inf))
    assert error_components(network, row("down", "null_map", -0.5)) == []


def test_all_nulls_are_tested_not_only_the_best():
    """A null a little behind the best one that is known much worse decides."""
    rng = np.random.default_rng(2)
    network = mean_row("gradcam", "network", 0.6 + 0.02 * rng.standard_normal((4, 20)), np.ones((1, 20)))
    best = mean_row("constant", "null_map", 0.4 + 0.02 * rng.standard_normal((1, 20)), np.ones((1, 20)))
    vague = mean_row("white_noise", "null_map", np.array([[0.1], [0.65]]) + np.zeros((2, 20)), np.ones((1, 20)))
    assert judge(network, [best])["verdict"] == "beyond every null"
    found = judge(network, [best, vague])
    assert found["best_null"] == "constant" and found["excess"] == pytest.approx(0.2, abs=0.01)
    assert found["verdict"] == "undecided" and found["excess_low"] < 0 < found["excess_high"]
    # a null that cannot be tested leaves it open, too
    assert judge(network, [best, row("down", "null_map", 0.1)])["verdict"] == "undecided"


def test_not_more_than_names_its_null_and_corrects_for_multiplicity():
    rng = np.random.default_rng(3)

    def made(name, kind, values):
        return mean_row(
            name, kind, np.asarray(values) + 0.01 * rng.standard_normal((len(values), 20)), np.ones((1, 20))
        )

    network = made("gradcam", "network", [[0.3], [0.28], [0.32], [0.3]])
    sure, vague = made("constant", "null_map", [[0.6]]), made("white_noise", "null_map", [[0.9], [0.4]])
    found = judge(network, [sure, vague])
    assert (found["verdict"], found["best_null"], found["verdict_null"]) == (
        "not more than", "white_noise", "constant",
    )  # fmt: skip
    many = judge(network, [sure, *(made(f"null_{i}", "null_map", [[0.0]]) for i in range(30))])
    assert found["excess_high"] < many["excess_high"] < 0


@pytest.mark.parametrize(
    "low, high, bounded, expected",
    [
        (0.02, 0.2, False, "beyond every null"),
        (-0.6, -0.4, False, "not more than"),
        (-0.02, 0.2, False, "undecided"),
        (0.0, 0.2, False, "undecided"),
        (-0.2, 0.0, False, "undecided"),
        (np.nan, np.nan, False, "undecided"),
        (-0.5, -0.4, True, "cannot exceed"),
        (np.nan, np.nan, True, "cannot exceed"),
    ],
)
def test_the_verdict_follows_the_rule(low, high, bounded, expected):
    assert verdict(low, high, bounded=bounded) == expected


def test_a_length_is_unlike_every_null_or_undecided():
    assert verdict_of_length(np.array([0.1, 0.4])) == "unlike every null"
    assert verdict_of_length(np.array([0.1, -0.4])) == "undecided"
    assert verdict_of_length(np.array([0.1, np.nan])) == "undecided"


@pytest.mark.parametrize("sign", [1, -1])
def test_a_null_at_the_bound_cannot_be_exceeded(sign):
    network = row("gradcam", "network", 0.5 * sign)
    found = judge(network, [row("constant", "null_map", NEAR_BOUND * sign), row("down", "null_map", 0.2 * sign)])
    assert (found["verdict"], found["verdict_null"]) == ("cannot exceed", "constant")
    # the bound on the other side is none
    assert judge(network, [row("constant", "null_map", -0.99 * sign)])["verdict"] == "undecided"


CUTS = {"density_above_-1.0": 0.2, "density_above_0.5": -0.7, "density_below_0.0": 0.6, "density_below_1.0": 0.1}


def scanned(test_shift: float = 0.0, validation_shift: float = 0.0) -> tuple[dict, np.ndarray]:
    """Values of four cuts on five validation and three test replicas, which take turns."""
    split = np.array(["validation", "test", "validation", "validation", "test", "validation", "validation", "test"])
    shift = np.where(split == "test", test_shift, validation_shift)
    return {name: value + shift * np.arange(8) for name, value in CUTS.items()}, split


def test_a_threshold_is_chosen_on_the_validation_replicas_and_reported_on_the_test_replicas():
    tables, split = scanned()
    tables["density_above_-1.0"] = np.where(split == "test", -0.95, 0.2)  # the best of the test replicas, by chance
    tables["density_below_0.0"] = np.where(split == "test", [0.3] * 8, 0.6)
    positive, negative = chosen_cuts(tables, split, np.ones((1, 3)))
    assert (positive.map, positive.label, positive.value) == (
        "density_cut_positive", "density_below_0.0", pytest.approx(0.3),
    )  # fmt: skip
    assert (negative.side, negative.threshold, negative.value) == ("density_above", 0.5, pytest.approx(-0.7))
    assert positive.samples == 3 and (positive.direction, negative.direction) == (1, -1)
    # a cut that is dead on a validation replica is no candidate
    tables["density_below_0.0"][0] = np.nan
    assert chosen_cuts(tables, split, np.ones((1, 3)))[0].label == "density_above_-1.0"
    assert chosen_cuts({}, split, np.ones((1, 3))) == []
    # a cut farthest to - is no null of networks that go to +
    rivals = [positive, negative]
    assert judge(row("gradcam", "network", 0.4), rivals)["best_null"] == positive.label
    found = judge(row("gradcam", "network", -0.4), rivals)
    assert (found["best_null"], found["side"], found["threshold"]) == (negative.label, "density_above", 0.5)


def correlations(values: dict[str, float], names: list[str], rng) -> xr.Dataset:
    """Correlations that scatter around the value of a quantity; 0 for the others."""
    quantities = [quantity_of(*pair) for pair in PAIRS]
    middle = np.array([values.get(name, 0.0) for name in quantities])
    split = np.array(["test"] * SAMPLES if names[0] == "gradcam" else ["validation", "test"] * SAMPLES)
    shape = (2, len(names), len(split))
    table = middle + 0.01 * rng.standard_normal((*shape, len(PAIRS)))
    return xr.Dataset(
        {name: (("protocol", "network", "sample", "pair"), table) for name in ("pearson", "spearman")}
        | {"partial": (("protocol", "network", "sample"), 0.2 + 0.01 * rng.standard_normal(shape))}
        | {"failed": ("network", [0] * (len(names) - 1) + [1 if names[0] == "gradcam" else 0])}
        | {"correct": (("network", "sample"), np.ones(shape[1:])), "dead": (("network", "sample"), np.zeros(shape[1:]))}
        | {"crystallised": ("sample", np.zeros(len(split)))},
        coords={"protocol": ["frontiers", "arxiv-v2"], "pair": quantities, "map": ("network", names)}
        | {"xi": ("protocol", [4.0, 20.0])}
        | {"split": ("sample", split)},
    )


def test_correlations_of_networks_nulls_and_baselines(rng, reference):
    baselines = {"c_density_upsilon": -0.9, "c_composition_upsilon": 0.95}
    networks = correlations({"c_gamma_upsilon": -0.4, **baselines}, ["gradcam"] * 3, rng)
    networks["pearson"][:, 2] = 5.0  # the network that failed
    controls = correlations({"c_gamma_upsilon": -0.7}, ["constant", "white_noise", "white_noise"], rng)
    head = {"system": "KAM", "phase": "glass"}
    table = pd.DataFrame(compare_correlations(head, networks, controls, reference, 100, 1), columns=list(COLUMNS))
    one = table.query("protocol == 'arxiv-v2' and quantity == 'c_gamma_upsilon' and statistic == 'pearson'")
    one = one.set_index("map")
    assert one.loc["gradcam", "value"] == pytest.approx(-0.4, abs=0.01)
    assert one.loc["gradcam", "draws"] == 2 and one.loc["white_noise", "draws"] == 2
    assert one.loc["gradcam", "excess"] == pytest.approx(-0.3, abs=0.02)
    assert one.loc["gradcam", ["paper", "paper_source"]].tolist() == [-0.828, "arxiv-v2"]
    # Frontiers prints C(Gamma, Theta) of the KAM glass, but not C(Gamma, Upsilon): v2's stands in
    printed = table.query("protocol == 'frontiers' and statistic == 'pearson' and map == 'gradcam'")
    printed = printed.set_index("quantity")[["paper", "paper_source"]]
    assert printed.loc["c_gamma_upsilon"].tolist() == [-0.828, "arxiv-v2"]
    assert printed.loc["c_gamma_theta"].tolist() == [0.426, "frontiers"]
    assert one.loc["number_density", "value"] == pytest.approx(-0.9, abs=0.01)
    assert one.loc["composition", "value"] == pytest.approx(0.95, abs=0.01)
    assert set(one["kind"]) == {"network", "null_map", "baseline"}
    assert table.query("quantity == 'c_gamma_theta_partial' and map == 'gradcam'")["value"].round(1).eq(0.2).all()
    assert table.query("map == 'gradcam'")["verdict"].notna().all()
    without = pd.DataFrame(compare_correlations(head, networks, None, reference, 100, 1), columns=list(COLUMNS))
    assert set(without["kind"]) == {"network", "baseline"} and without["excess"].isna().all()


def test_reported_numbers_do_not_use_validation_replicas(rng, reference):
    """Other values there change no row as long as they choose the same cuts; the test replicas choose none."""
    networks = correlations({"c_gamma_upsilon": -0.4}, ["gradcam"] * 3, rng)
    controls = correlations({}, ["constant", "white_noise", "white_noise", *CUTS], rng)
    for index, value in enumerate(CUTS.values(), start=3):
        for name in ("pearson", "spearman"):
            controls[name][:, index] = value
        controls["partial"][:, index] = value
    head = {"system": "KAM", "phase": "glass"}

    def table(of_controls):
        rows = compare_correlations(head, networks, of_controls, reference, 100, 1)
        return pd.DataFrame(rows, columns=list(COLUMNS))

    before = table(controls)
    chosen = before[before["map"] == "density_cut_negative"]
    assert len(chosen) and (chosen["threshold"] == 0.5).all() and (chosen["samples"] == SAMPLES).all()
    on_validation = controls["split"] == "validation"
    # seven tenths of each value and another 0.05: another number everywhere, and the same order
    pd.testing.assert_frame_equal(before, table(controls.where(~on_validation, 0.7 * controls + 0.05)))
    # turned round on the test replicas: other numbers of the same cuts
    turned = table(controls.where(on_validation, -controls))
    cuts = before["map"].str.startswith("density_cut")
    pd.testing.assert_frame_equal(
        before.loc[cuts, ["map", "side", "threshold"]], turned.loc[cuts, ["map", "side", "threshold"]]
    )
    np.testing.assert_allclose(turned.loc[cuts, "value"], -before.loc[cuts, "value"])


def predictions(right: int, count: int = 20) -> pd.DataFrame:
    said = ["glass" if i < right else "liquid" for i in range(count)]
    return pd.DataFrame({"phase": "glass", "replica": range(count), "split": "test", "p_glass": 0.5, "predicted": said})


def test_accuracy_is_compared_with_null_networks(reference):
    # calls three of four a glass, of either phase
    p_glass = np.array([[np.nan] * 20, [0.9] * 15 + [0.1] * 5])
    one = xr.Dataset(
        # the first half are validation samples, of which all are called liquids
        {"p_glass": (("field", "sample"), np.concatenate([np.where(np.isnan(p_glass), np.nan, 0.0), p_glass], axis=1))},
        coords={
            "null": ("field", ["constant", "shuffled_labels"]),
            "split": ("sample", ["validation"] * 20 + ["test"] * 20),
        },
    )
    controls = {"liquid": one, "glass": one}
    head = {"system": "KAM", "phase": "glass"}
    rows = compare_accuracy(head, [(predictions(20), False)] * 5, controls, reference, 200, 1, "glass")
    assert [one["map"] for one in rows] == ["gradcam", "shuffled_labels"]
    assert rows[0]["value"] == 1 and rows[0]["paper"] == 1 and rows[0]["excess"] == pytest.approx(0.5)
    # 20 of 20 right happens in 2.5 % of the cases with this accuracy
    assert rows[0]["low"] ** 20 == pytest.approx(0.025) and rows[0]["high"] == 1
    assert rows[1]["value"] == 0.5
    # networks that are always right show no spread, but 20 samples leave some: five are beyond one half, two not surely
    assert 0.4 > rows[0]["excess"] - rows[0]["excess_low"] > 0.2 and rows[0]["verdict"] == "beyond every null"
    assert (
        compare_accuracy(head, [(predictions(20), False)] * 2, controls, reference, 200, 1, "glass")[0]["verdict"]
        == "undecided"
    )
    # liquids that are not those of the same replicas, nor as many: 5 of 12 are right
    others = one.isel(sample=[*range(20), *range(28, 40)])
    fewer = compare_accuracy(
        head, [(predictions(20), False)], {"liquid": others, "glass": one}, reference, 200, 1, "glass"
    )
    assert fewer[1]["value"] == pytest.approx((0.75 + 5 / 12) / 2)
    # what is always right cannot be exceeded
    known = one["p_glass"].notnull()
    perfect = one.assign(p_glass=xr.full_like(one["p_glass"], 0.9).where(known))
    sure = {"liquid": perfect.assign(p_glass=1 - perfect["p_glass"]), "glass": perfect}
    found = compare_accuracy(
        head, [(predictions(19), False), (predictions(20), False)], sure, reference, 200, 1, "glass"
    )[0]
    assert (found["verdict"], found["verdict_null"]) == ("cannot exceed", "shuffled_labels")
    # networks at chance have no accuracy, and the null networks keep theirs
    rows = compare_accuracy(head, [(predictions(20), True)] * 2, controls, reference, 200, 1, "glass")
    assert np.isnan(rows[0]["value"]) and rows[0]["note"] == "no network above chance: 2 of 2 failed"
    assert rows[0]["verdict"] == "not compared" and rows[1]["value"] == 0.5


def dynamics(curves: dict[str, np.ndarray]) -> xr.Dataset:
    names = list(curves)
    table = np.stack([curves[name] for name in names], axis=-1)[None, None, None]
    summary = ("protocol", "choice", "temperature", "time", "indicator_name")
    content = {}
    for prefix, factor in (("", 1.0), ("partial_", 0.5)):
        for key, shift in (("mean", 0.0), ("low", -0.1), ("high", 0.1), ("std_over_networks", 0.0)):
            content[f"{prefix}{key}"] = (summary, factor * table + shift)
        content |= {
            f"{prefix}{key}": (("protocol", "choice", "indicator_name"), factor * np.array([[value]]))
            for key, value in (("moved_p", 0.1 * np.arange(1, 1 + len(names))), ("moved_largest", [0.8] * len(names)))
        }
    content["delta"] = (("protocol", "configuration", "temperature", "time"), np.array([[[[0.1, 0.5, 1.0]]]]))
    content["pearson"] = (("protocol", "choice", "configuration", "temperature", "time", "field"), table[:, :, None])
    coordinates = {"protocol": ["frontiers"], "choice": ["paper"], "indicator_name": names}
    return xr.Dataset(content, coords={**coordinates, "indicator": ("field", names)})


def test_the_largest_correlation_with_the_propensity_over_time(reference):
    curves = {name: np.array([0.1, 0.2, 0.1]) for name in INDICATORS}
    networks = dynamics({"gradcam": np.array([0.1, -0.6, 0.5]), **curves})
    controls = dynamics({"constant": np.array([0.0, 0.3, -0.7]), **curves})
    table = pd.DataFrame(compare_dynamics(GLASSES, networks, controls, reference), columns=list(COLUMNS))
    largest = table[table["quantity"] == "c_gamma_delta_max"].set_index("map")
    assert largest.loc["gradcam", ["value", "delta", "paper"]].tolist() == [-0.6, 0.5, -0.925]
    assert largest.loc["gradcam", "best_null"] == "constant"
    assert largest.loc["gradcam", "excess"] == pytest.approx(-0.1)
    assert largest.loc["gradcam", ["moved_p", "moved_largest"]].tolist() == [0.1, 0.8]
    assert largest.loc["voronoi_volume", "moved_p"] == pytest.approx(0.2)
    assert set(largest["kind"]) == {"network", "null_map", "baseline", "indicator"}
    partial = table[table["quantity"] == "c_gamma_delta_partial_max"].set_index("map")
    assert partial.loc["gradcam", "value"] == pytest.approx(-0.3)
    assert partial.loc["gradcam", ["moved_p", "moved_largest"]].tolist() == [0.05, 0.4]
    place = table[table["quantity"] == "delta_star_gamma"].set_index("map")
    assert place.loc["gradcam", ["value", "paper", "best_null_value"]].tolist() == [0.5, 1.167, 1.0]


def test_for_the_dynamics_every_threshold_is_a_null_and_the_extremes_are_named(reference):
    curves = {name: np.array([0.1, 0.2, 0.1]) for name in INDICATORS}
    networks = dynamics({"gradcam": np.array([0.1, -0.3, 0.2]), **curves})
    cuts = {name: value * np.array([0.1, 1.0, 0.5]) for name, value in CUTS.items()}
    controls = dynamics({"constant": np.array([0.0, 0.3, -0.1]), **cuts, **curves})
    table = pd.DataFrame(compare_dynamics(GLASSES, networks, controls, reference), columns=list(COLUMNS))
    largest = table[table["quantity"] == "c_gamma_delta_max"].set_index("map")
    assert largest.loc["density_cut_negative", ["side", "threshold", "value"]].tolist() == ["density_above", 0.5, -0.7]
    assert largest.loc["density_cut_positive", ["side", "threshold", "value"]].tolist() == ["density_below", 0.0, 0.6]
    rest = largest[largest["kind"] == "scanned_null"]
    assert sorted(rest["threshold"]) == [-1.0, 1.0] and set(rest.index) == {"density_above", "density_below"}
    assert largest.loc["gradcam", "best_null"] == "density_above_0.5" and largest.loc["gradcam", "threshold"] == 0.5


def spatial(names: list[str], zeros: np.ndarray, split: list[str]) -> xr.Dataset:
    """C(r) = 1 - r / zero, of each field and sample."""
    distance = np.linspace(0, 9, 91)
    return xr.Dataset(
        {"correlation": (("field", "sample", "bin"), 1 - distance / np.asarray(zeros, dtype=float)[..., None])},
        coords={
            "distance": ("bin", distance), "indicator": ("field", names), "split": ("sample", split),
            "network": ("field", [0] * len(names)),
        },
    )  # fmt: skip


def test_jackknife_error_of_the_first_zero_agrees_with_the_bootstrap(rng):
    zeros = rng.uniform(2, 6, (2, 40))
    zeros[1, 7] = np.nan
    dataset = spatial(["gradcam"] * 2, zeros, ["test"] * 40)
    found = pseudo_zeros(dataset, "gradcam")
    assert np.isnan(found[1, 7]) and np.isnan(found).sum() == 1
    # the zero of the mean curve is the harmonic mean, whose error follows from that of 1/zero
    harmonic = 1 / np.mean(1 / zeros[0])
    error = harmonic**2 * np.std(1 / zeros[0], ddof=1) / np.sqrt(40)
    assert found[0].mean() == pytest.approx(harmonic, abs=0.2 * error)
    assert found[0].std(ddof=1) / np.sqrt(40) == pytest.approx(error, rel=0.1)


def test_the_nearest_cut_of_a_length_is_chosen_on_the_validation_replicas(rng, reference):
    split = ["validation", "test"] * 20
    networks = spatial(["gradcam"] * 3, 4 + 0.1 * rng.standard_normal((3, 20)), ["test"] * 20)
    length = np.array([[2.0], [3.0], [7.0]]) + 0.1 * rng.standard_normal((3, 40))
    length[1, 1::2] += 4.0  # on the test replicas it is not the nearest
    controls = spatial(["constant", "density_above_0.5", "density_below_-1.0"], length, split)
    table = pd.DataFrame(compare_lengths(GLASSES, networks, controls, reference, 50, 1), columns=list(COLUMNS))
    by_map = table.set_index("map")
    assert by_map.index.tolist() == ["gradcam", "constant", "density_cut_nearest"]
    assert by_map.loc["density_cut_nearest", ["side", "threshold"]].tolist() == ["density_above", 0.5]
    assert by_map.loc["density_cut_nearest", "value"] == pytest.approx(7, abs=0.1)
    assert by_map.loc["gradcam", "best_null"] == "constant" and by_map.loc["gradcam", "verdict"] == "unlike every null"


def test_reproduction_gives_the_excess_over_the_best_null(reference):
    keys = {
        "system": "KAM", "phase": "glass", "map_class": "glass", "statistic": "pearson", "protocol": "frontiers",
    }  # fmt: skip
    numbers = {
        "value": -0.5, "low": -0.6, "high": -0.4, "std_over_samples": 0.1, "std_over_networks": 0.2,
        "samples": 20, "networks": 3, "note": "",
    }  # fmt: skip
    names = {"c_gamma_theta": "glass", "c_theta_upsilon": ""}
    summary = pd.DataFrame([{**keys, **numbers, "quantity": name, "map_class": of} for name, of in names.items()])
    accuracy = pd.DataFrame(columns=["system", "phase", "network", "accuracy"])
    rows = [row("gradcam", "network", -0.5, -0.61, -0.39), row("constant", "null_map", -0.8)]
    controls = pd.DataFrame(compare({**keys, "quantity": "c_gamma_theta"}, rows, np.nan), columns=list(COLUMNS))
    table = reproduction_table(summary, accuracy, reference, "frontiers", PHASES, None, controls).set_index("quantity")
    of_network = table.loc["c_gamma_theta"]
    assert of_network[["best_null", "best_null_value", "low"]].tolist() == ["constant", -0.8, -0.61]
    assert of_network["excess"] == pytest.approx(-0.3)
    assert of_network["verdict"] == "undecided" and np.isnan(of_network["threshold"])
    assert table.loc["c_theta_upsilon", "best_null"] == NO_NETWORK_IN_IT
