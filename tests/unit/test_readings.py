"""Readings of the method: their numbers by hand, and their table and figure."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from glassmap.learning.map_ensemble import MapEnsemble
from glassmap.papers.oyama2023.figures_readings import readings
from glassmap.papers.oyama2023.method import FRONTIERS
from glassmap.papers.oyama2023.readings import accuracy, map_rows
from glassmap.papers.oyama2023.tables_readings import COLUMNS, _mirrored, nearest_cut, readings_beside_papers
from glassmap.structure.coarse_graining import coarse_grain

PHASES = ("liquid", "glass")

BOX, XI = 8.0, 1.5
METHODS = [("gradcam", "glass"), ("occlusion", "glass")]


@pytest.fixture
def positions(rng) -> np.ndarray:
    return rng.uniform(0, BOX, (4, 60, 2))


@pytest.fixture
def networks(rng) -> MapEnsemble:
    """Three networks and four samples: the first is wrong about sample 1, the third failed, sample 3 is a crystal."""
    indicators = {
        name: (("sample", "particle"), rng.uniform(size=(4, 60))) for name in ("voronoi_volume", "tong_tanaka")
    }
    correct = np.ones((3, 4), dtype=bool)
    correct[0, 1] = False
    return MapEnsemble(
        np.arange(4), xr.Dataset(indicators), np.empty((3, 4, 0)), correct, np.array([False, False, True]),
        np.array([False, False, False, True]), [0, 1, 2], ["gradcam"] * 3,
    )  # fmt: skip


def coarse(values, name, place):
    return coarse_grain(values, place, BOX, XI, FRONTIERS.kernel_of(name))


def test_numbers_of_a_reading_are_those_of_its_usable_samples(networks, positions, rng):
    gamma = rng.uniform(size=(3, 2, 4, 60))
    gamma[1, 1, 2] = 0  # a dead map
    maps = rng.uniform(size=(3, 2, 4, 5, 5))
    rows = map_rows(METHODS, maps, gamma, networks, positions, BOX, XI, FRONTIERS, 200, 1)
    everything = pd.DataFrame(rows)
    singles = everything[everything["network"].notna()].set_index(["attribution", "quantity", "network"])["value"]
    table = everything[everything["network"].isna()].set_index(["attribution", "quantity"])
    usable = {0: [0, 2], 1: [0, 1, 2]}
    for index, (attribution, _) in enumerate(METHODS):
        for quantity, name in (("c_gamma_upsilon", "voronoi_volume"), ("c_gamma_theta", "tong_tanaka")):
            means = []
            for network, samples in usable.items():
                known = [sample for sample in samples if gamma[network, index, sample].any()]
                means.append(np.mean([
                    np.corrcoef(
                        coarse(gamma[network, index, sample], "gradcam", positions[sample]),
                        coarse(networks.indicators[name].values[sample], name, positions[sample]),
                    )[0, 1]
                    for sample in known
                ]))  # fmt: skip
            assert [singles[attribution, quantity, network] for network in usable] == pytest.approx(means)
            row = table.loc[(attribution, quantity)]
            assert row["value"] == pytest.approx(np.mean(means))
            assert row["std_over_networks"] == pytest.approx(np.std(means, ddof=1))
            assert (row["networks"], row["failed"]) == (2, 1) and row["low"] <= row["value"] <= row["high"]
    assert table.loc[("gradcam", "dead_fraction"), "value"] == 0
    assert table.loc[("occlusion", "dead_fraction"), "value"] == pytest.approx((0 + 1 / 3) / 2)
    # the third network failed, sample 1 and 3 are not for both of the others, a dead map agrees with nothing
    for index, (attribution, samples) in enumerate([("gradcam", [0, 2]), ("occlusion", [0])]):
        both = [[coarse(gamma[k, index, sample], "gradcam", positions[sample]) for k in (0, 1)] for sample in samples]
        expected = np.mean([np.corrcoef(*pair)[0, 1] for pair in both])
        assert table.loc[(attribution, "agreement"), "value"] == pytest.approx(expected)


def test_a_reading_in_which_every_training_fails_has_no_numbers(networks, positions, rng):
    lost = MapEnsemble(**{**vars(networks), "failed": np.ones(3, dtype=bool)})
    gamma = rng.uniform(size=(3, 1, 4, 60))
    rows = map_rows(METHODS[:1], rng.uniform(size=(3, 1, 4, 5, 5)), gamma, lost, positions, BOX, XI, FRONTIERS, 50, 1)
    assert len(rows) == 4 and all(np.isnan(row.get("value", np.nan)) and row["failed"] == 3 for row in rows)


def test_accuracy_leaves_failed_trainings_out():
    right = np.array([[True, True, False, True], [True] * 4, [False] * 4])
    row = accuracy(right, np.array([False, False, True]), "accuracy", 100, 1)
    assert row["value"] == pytest.approx((0.75 + 1) / 2) and (row["networks"], row["failed"]) == (2, 1)
    assert 0 <= row["low"] <= row["high"] <= 1


def part(upsilon: dict, theta: float, null: float = np.nan) -> pd.DataFrame:
    """Rows of one system: C(Gamma, Upsilon) by phase and class, one C(Gamma, Theta) for all."""
    rows = [{"phase": "glass", "quantity": "accuracy", "value": 0.98, "networks": 2, "failed": 0, "samples": 4}]
    for (phase, map_class), value in upsilon.items():
        head = {
            "phase": phase,
            "attribution": "gradcam",
            "map_class": map_class,
            "networks": 2,
            "failed": 0,
            "samples": 4,
        }
        rows.append({**head, "quantity": "c_gamma_upsilon", "value": value, "nearest_cut_value": null})
        rows.append({**head, "quantity": "c_gamma_theta", "value": theta, "nearest_cut_value": null})
    return pd.DataFrame(rows)


@pytest.fixture
def reference() -> pd.DataFrame:
    values = {
        "kam": {"upsilon": (-0.8, 0.9), "theta": (0.4, 0.0)},
        "abm": {"upsilon": (0.6, 0.0), "theta": (-0.4, 0.3)},
    }
    return pd.DataFrame([
        {"source": "arxiv-v2", "item": "table_s1", "system": system, "phase": phase, "quantity": f"c_gamma_{name}",
         "statistic": "pearson", "value": value, "uncertainty": 0.1}
        for system, of_system in values.items() for name, pair in of_system.items()
        for phase, value in zip(("glass", "liquid"), pair, strict=True)
    ])  # fmt: skip


@pytest.fixture
def table(reference) -> pd.DataFrame:
    kam = part({("glass", "glass"): -0.8, ("liquid", "glass"): -0.1, ("liquid", "own"): 0.9}, 0.4, 0.1)
    abm = part({("glass", "glass"): 0.5, ("liquid", "glass"): 0.0, ("liquid", "own"): 0.1}, -0.4, 0.2)
    return readings_beside_papers(
        [("base", "KAM", kam), ("base", "ABM", abm), ("dead", "KAM", kam.assign(value=np.nan))], reference, PHASES
    )


def test_distance_is_to_all_published_correlations(table):
    """By hand: differences of C(Gamma, Upsilon) and of C(Gamma, Theta) = +0.4 and -0.4, glasses for both classes."""
    assert tuple(table.columns) == COLUMNS
    found = table[table["reading"] == "base"].set_index(["quantity", "map_class"])["value"]
    theta = [0.0, 0.4, 0.0, -0.7]
    own = [0.0, 0.0, -0.1, 0.1, *theta]
    glass = [0.0, -1.0, -0.1, 0.0, *theta]
    assert found["distance", "own"] == pytest.approx(np.sqrt(np.mean(np.square(own))))
    assert found["distance", "glass"] == pytest.approx(np.sqrt(np.mean(np.square(glass))))
    # within its deviation of 0.1 a published 0.0 has no sign; the liquid's C(Gamma, Theta) of the ABM has the wrong one
    assert found["signs", "own"] == 5 and found["signs", "glass"] == 4
    assert (table.loc[table["quantity"] == "signs", "samples"].iloc[:2] == 6).all()
    samples = table[table["quantity"] == "distance"].set_index(["reading", "map_class"])["samples"]
    assert samples["base", "own"] == 8
    nothing = table[(table["reading"] == "dead") & (table["quantity"] == "distance")]
    assert len(nothing) == 2 and nothing["value"].isna().all()
    # what has no value has no sign either
    signs = table[(table["reading"] == "dead") & (table["quantity"] == "signs")]
    assert len(signs) == 2 and signs["value"].isna().all() and signs["note"].str.startswith("no value: c_gamma").all()


def test_the_nearest_cut_is_chosen_on_the_validation_replicas():
    """By hand: cut 0.5 is nearest to -0.8 on the validation replicas, whatever it has on the test replicas."""
    values = np.array([[-0.2, -0.3, -0.8, -0.8], [-0.7, -0.9, -0.1, -0.3], [-0.8, -0.8, -0.8, -0.8]])
    controls = xr.Dataset(
        {"pearson": (("protocol", "network", "sample", "pair"), values[None, :, :, None])},
        coords={
            "protocol": ["frontiers"], "pair": ["c_gamma_upsilon"],
            "split": ("sample", ["validation", "validation", "test", "test"]),
            "map": ("network", ["density_above_0.0", "density_above_0.5", "white_noise"]),
        },
    )  # fmt: skip
    name, value = nearest_cut(controls, "frontiers", "c_gamma_upsilon", -0.8)
    assert name == "density_above_0.5" and value == pytest.approx(-0.2)
    nothing = controls.isel(network=[2])
    assert nearest_cut(nothing, "frontiers", "c_gamma_upsilon", -0.8)[0] == ""


def test_null_maps_have_distances(table):
    row = table[(table["quantity"] == "distance") & (table["reading"] == "base") & (table["map_class"] == "own")].iloc[
        0
    ]
    published = np.array([-0.8, 0.9, 0.4, 0.0, 0.6, 0.0, -0.4, 0.3])
    nulls = np.repeat([0.1, 0.2], 4)
    assert row["nearest_cut_value"] == pytest.approx(np.sqrt(np.mean((nulls - published) ** 2)))


def test_distance_of_one_network_is_the_mean_of_those_of_the_seeds(reference):
    """By hand: seed 0 has every published correlation, seed 1 misses each by 0.2; seed 2 has values in one system."""
    kam = part({("glass", "glass"): -0.8, ("liquid", "own"): 0.9}, 0.4)
    abm = part({("glass", "glass"): 0.6, ("liquid", "own"): 0.0}, -0.4)
    parts = []
    for system, one, theta in (("KAM", kam, (0.4, 0.0)), ("ABM", abm, (-0.4, 0.3))):
        exact = one[one["quantity"] != "accuracy"].copy()
        exact.loc[exact["quantity"] == "c_gamma_theta", "value"] = theta
        seeds = [exact.assign(network=0), exact.assign(network=1, value=exact["value"] + 0.2)]
        parts.append(
            ("base", system, pd.concat([one, *seeds, *([exact.assign(network=2)] if system == "KAM" else [])]))
        )
    table = readings_beside_papers(parts, reference, PHASES)
    row = table[(table["quantity"] == "distance_of_one") & (table["map_class"] == "own")].iloc[0]
    assert row["value"] == pytest.approx(0.1) and row["std_over_networks"] == pytest.approx(0.2 / np.sqrt(2))
    assert row["networks"] == 2 and row["samples"] == 8
    assert "network" not in table and len(table[table["quantity"] == "c_gamma_upsilon"]) == 4


def test_one_cut_for_all_correlations_is_chosen_on_the_validation_replicas(reference):
    """By hand: every cut has the published values but for one offset; mirrored in liquids, another one is best.

    Two draws of a null network have other offsets, and in liquids others again for their own class.
    """
    published = reference.set_index(["system", "phase", "quantity"])["value"]
    names = ["density_above_0.5", "density_below_-0.5", "density_above_-0.5", "density_below_0.5", "white_noise"]
    drawn = {("glass", 0): 0.1, ("glass", 1): 0.3, ("own", 0): 0.4, ("own", 1): 0.8}
    # offsets on the validation and test replicas
    offsets = {
        "glass": {names[0]: (0.1, 0.3), names[1]: (0.2, 0.0), names[2]: (0.3, 0.5), names[3]: (0.0, 0.4)},
        "liquid": {names[0]: (0.1, 0.2), names[1]: (0.3, 0.1), names[2]: (0.0, 0.6), names[3]: (0.9, 0.7)},
    }
    controls = []
    for system in ("KAM", "ABM"):
        for phase, of_phase in offsets.items():
            pairs = ["c_gamma_upsilon", "c_gamma_theta"]
            values = [
                [
                    [published[system.lower(), phase, pair] + shift for pair in pairs]
                    for shift in of_phase.get(name, (0, 0))
                ]
                for name in names
            ]
            classes = ["any"] * len(names)
            for (map_class, _), shift in drawn.items():
                if phase == "liquid" or map_class == "glass":
                    values.append([[published[system.lower(), phase, pair] + shift for pair in pairs]] * 2)
                    classes.append(map_class)
            controls.append(
                xr.Dataset(
                    {"pearson": (("protocol", "network", "sample", "pair"), np.array([values]))},
                    coords={
                        "protocol": ["frontiers"], "pair": pairs, "map_class": ("network", classes),
                        "map": ("network", names + ["random_weights"] * (len(classes) - len(names))),
                        "split": ("sample", ["validation", "test"]),
                    },
                    attrs={"system": system, "phase": phase},
                )
            )  # fmt: skip
    parts = [
        ("base", system, part({("glass", "glass"): 0.0, ("liquid", "own"): 0.0}, 0.0)) for system in ("KAM", "ABM")
    ]
    table = readings_beside_papers(parts, reference, PHASES, controls)
    distance = table[table["quantity"] == "distance"].set_index(["reading", "attribution", "map_class"])["value"]
    # the same cut: above 0.5 has (0.1, 0.1) on validation; (0.3, 0.2) on test
    assert distance["one density cut", "density_above_0.5", "glass"] == pytest.approx(np.sqrt((0.09 + 0.04) / 2))
    # mirrored: below 0.5 in glasses and above -0.5 in liquids have (0, 0); (0.4, 0.6) on test
    mirrored = ("one density cut, mirrored in liquids", "density_below_0.5", "own")
    assert distance[mirrored] == pytest.approx(np.sqrt((0.16 + 0.36) / 2))
    cuts = table[table["reading"] == mirrored[0]].set_index(["system", "phase", "quantity"])
    assert set(cuts.xs("liquid", level="phase")["nearest_cut"]) == {"density_above_-0.5"}
    # every null map has its distance, and only a cut a mirror image
    assert distance["no network", "white_noise", "glass"] == 0 and ("no network", "white_noise", "own") not in distance
    # of a null network the mean over its draws, with the map of each class in liquids
    assert distance["no network", "random_weights", "glass"] == pytest.approx(0.2)
    assert distance["no network", "random_weights", "own"] == pytest.approx(np.sqrt((0.04 + 0.36) / 2))
    assert (table.loc[table["quantity"] == "distance", "samples"] == 8).all()
    assert not table[table["system"] != ""]["reading"].eq("no network").any()
    figure = readings(table, PHASES)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()][1:] == [
        "one density cut", "one density cut, mirrored in liquids",
    ]  # fmt: skip
    plt.close(figure)


def test_figure_names_every_reading_and_panel(table):
    figure = readings(table, PHASES)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == [
        f"{system} {phase}, {label}" for label in ("C(Γ, Υ)", "C(Γ, Θ)")
        for system in ("KAM", "ABM") for phase in ("liquid", "glass")
    ]  # fmt: skip
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["base: as in the study (0.98)", "dead"]
    plt.close(figure)


def test_the_cut_at_the_mean_is_mirrored_to_the_mean():
    assert (
        _mirrored("density_above_0.0") == "density_below_0.0" and _mirrored("density_below_-0.5") == "density_above_0.5"
    )
    assert _mirrored("constant") is None
