"""What the network adds: the best null map, the excess over it and its interval, by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from repository import REPOSITORY

from glassmap.comparison import (
    COLUMNS,
    Row,
    compare,
    compare_accuracy,
    compare_correlations,
    compare_dynamics,
    mean_row,
)
from glassmap.correlations import PAIRS, QUANTITIES
from glassmap.indicators import INDICATORS
from glassmap.statistics import bootstrap_weights
from glassmap.tables import NO_NETWORK_IN_IT, REFERENCE_COLUMNS, reproduction

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


def row(name, kind, value, low=np.nan, high=np.nan, again=None) -> Row:
    return Row(name, kind, value, low, high, np.nan, 3, 20, again)


@pytest.mark.parametrize(
    "network, best, excess",
    [
        (-0.8, "down", 0.1),  # negative numbers are compared downwards
        (-0.6, "down", -0.1),
        (0.95, "up", 0.15),
        (0.3, "up", -0.5),
    ],
)
def test_the_best_null_goes_farthest_in_the_direction_of_the_networks_sign(network, best, excess):
    rows = [row("gradcam", "network", network), row("down", "null_map", -0.7), row("up", "null_map", 0.8)]
    rows += [row("lost", "null_map", np.nan), row("number_density", "baseline", -1.0)]
    found = compare(HEAD, rows, -0.83)[0]
    assert (found["best_null"], found["excess"]) == (best, pytest.approx(excess))
    assert found["paper"] == -0.83


def test_of_a_length_the_best_null_is_the_nearest():
    rows = [row("gradcam", "network", 3.5), row("short", "null_map", 2.0), row("near", "null_map", 3.9)]
    found = compare(HEAD, rows, 3.5, of_correlation=False)
    assert (found[0]["best_null"], found[0]["excess"]) == ("near", pytest.approx(-0.4))
    assert "best_null" not in found[1]


def test_without_nulls_or_networks_there_is_no_excess():
    assert "excess" not in compare(HEAD, [row("gradcam", "network", 0.5)], np.nan)[0]
    assert "excess" not in compare(HEAD, [row("gradcam", "network", np.nan), row("up", "null_map", 0.5)], np.nan)[0]


def test_the_excess_is_resampled_with_the_replicas_that_both_share(rng):
    """A null map that scatters with the network replica by replica: the excess scatters less than either."""
    replica = rng.normal(0, 0.2, 20)
    weights = bootstrap_weights(500, 20, 1)
    network = mean_row("gradcam", "network", -0.6 + replica + 0.02 * rng.standard_normal((3, 20)), weights)
    null = mean_row("down", "null_map", (-0.5 + replica)[None], weights)
    found = compare(HEAD, [network, null], np.nan)[0]
    assert found["excess_low"] < 0.1 < found["excess_high"]
    assert found["excess_high"] - found["excess_low"] < 0.05 < 0.1 < network.high - network.low


def test_without_the_resampled_values_both_intervals_add_in_squares():
    network, null = row("gradcam", "network", -0.8, -0.83, -0.76), row("down", "null_map", -0.5, -0.54, -0.47)
    found = compare(HEAD, [network, null], np.nan)[0]
    # farther out with the network at its low end and the null at its high end
    assert found["excess_high"] == pytest.approx(0.3 + np.hypot(0.03, 0.03))
    assert found["excess_low"] == pytest.approx(0.3 - np.hypot(0.04, 0.04))


def correlations(values: dict[str, float], names: list[str], rng) -> xr.Dataset:
    """Correlations that scatter around the value of a quantity; 0 for the others."""
    middle = np.array([values.get(name, 0.0) for name in QUANTITIES])
    shape = (2, len(names), SAMPLES)
    table = middle + 0.01 * rng.standard_normal((*shape, len(PAIRS)))
    return xr.Dataset(
        {name: (("protocol", "network", "sample", "pair"), table) for name in ("pearson", "spearman")}
        | {"partial": (("protocol", "network", "sample"), 0.2 + 0.01 * rng.standard_normal(shape))}
        | {"failed": ("network", [0] * (len(names) - 1) + [1 if names[0] == "gradcam" else 0])},
        coords={"protocol": ["frontiers", "arxiv-v2"], "pair": list(QUANTITIES), "map": ("network", names)},
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
    without = pd.DataFrame(compare_correlations(head, networks, None, reference, 100, 1), columns=list(COLUMNS))
    assert set(without["kind"]) == {"network", "baseline"} and without["excess"].isna().all()


def predictions(right: int, count: int = 20) -> pd.DataFrame:
    said = ["glass" if i < right else "liquid" for i in range(count)]
    return pd.DataFrame({"phase": "glass", "replica": range(count), "split": "test", "p_glass": 0.5, "predicted": said})


def test_accuracy_beside_networks_that_learned_nothing(reference):
    # calls three of four a glass, of either phase
    p_glass = np.array([[np.nan] * 20, [0.9] * 15 + [0.1] * 5])
    one = xr.Dataset(
        {"p_glass": (("field", "sample"), p_glass)}, coords={"null": ("field", ["constant", "shuffled_labels"])}
    )
    controls = {"liquid": one, "glass": one}
    head = {"system": "KAM", "phase": "glass"}
    rows = compare_accuracy(head, [predictions(20), predictions(20)], controls, reference, 200, 1)
    assert [one["map"] for one in rows] == ["gradcam", "shuffled_labels"]
    assert rows[0]["value"] == 1 and rows[0]["paper"] == 1 and rows[0]["excess"] == pytest.approx(0.5)
    # 20 of 20 right happens in 2.5 % of the cases with this accuracy
    assert rows[0]["low"] ** 20 == pytest.approx(0.025) and rows[0]["high"] == 1
    assert rows[1]["value"] == 0.5
    assert compare_accuracy(head, [], controls, reference, 200, 1) == []


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
    coordinates = {"protocol": ["frontiers"], "choice": ["paper"], "indicator_name": names}
    return xr.Dataset(content, coords={**coordinates, "indicator": ("field", names)})


def test_the_largest_correlation_with_the_propensity_over_time(reference):
    curves = {name: np.array([0.1, 0.2, 0.1]) for name in INDICATORS}
    networks = dynamics({"gradcam": np.array([0.1, -0.6, 0.5]), **curves})
    controls = dynamics({"constant": np.array([0.0, 0.3, -0.7]), **curves})
    table = pd.DataFrame(compare_dynamics("KAM", networks, controls, reference), columns=list(COLUMNS))
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


def test_reproduction_says_what_is_beyond_the_best_null(reference):
    keys = {
        "system": "KAM", "phase": "glass", "map_class": "glass", "statistic": "pearson", "protocol": "frontiers",
    }  # fmt: skip
    numbers = {
        "value": -0.5, "low": -0.6, "high": -0.4, "std_over_samples": 0.1, "std_over_networks": 0.2,
        "samples": 20, "networks": 3,
    }  # fmt: skip
    names = {"c_gamma_theta": "glass", "c_theta_upsilon": ""}
    summary = pd.DataFrame([{**keys, **numbers, "quantity": name, "map_class": of} for name, of in names.items()])
    accuracy = pd.DataFrame(columns=["system", "phase", "network", "accuracy"])
    rows = [row("gradcam", "network", -0.5, -0.61, -0.39), row("constant", "null_map", -0.8)]
    controls = pd.DataFrame(compare({**keys, "quantity": "c_gamma_theta"}, rows, np.nan), columns=list(COLUMNS))
    table = reproduction(summary, accuracy, reference, "frontiers", None, controls).set_index("quantity")
    of_network = table.loc["c_gamma_theta"]
    assert of_network[["best_null", "best_null_value", "low"]].tolist() == ["constant", -0.8, -0.61]
    assert of_network["excess"] == pytest.approx(-0.3)
    assert table.loc["c_theta_upsilon", "best_null"] == NO_NETWORK_IN_IT
