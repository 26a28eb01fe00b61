"""The papers' claims in every variant of a study: counts, intervals, lengths of white noise, table and figure."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from repository import REPOSITORY

from glassmap.learning.map_class import map_classes
from glassmap.learning.map_ensemble import MapEnsemble
from glassmap.papers.oyama2023.figures_sensitivity import sensitivity
from glassmap.papers.oyama2023.method import FRONTIERS
from glassmap.papers.oyama2023.sensitivity import (
    accuracies,
    dynamics_correlation,
    indicator_correlations,
    mean_over_networks,
    white_noise_correlations,
    zero_of_gamma,
)
from glassmap.papers.oyama2023.tables_sensitivity import COLUMNS, claims_beside_papers
from glassmap.plotting.style import save
from glassmap.structure.indicators import INDICATORS
from glassmap.structure.spatial_correlation import first_crossing

PHASES = ("liquid", "glass")

BINS = {"bin_width": 0.5, "maximum_distance": 9.0}
FAILED = np.array([False, False, True])


def test_failed_networks_are_counted_and_not_averaged():
    values = np.array([[0.2, 0.4, np.nan], [0.6, np.nan, np.nan], [9.0, 9.0, 9.0]])
    row = mean_over_networks(values, FAILED, bootstrap=200, seed=1)
    assert row["value"] == pytest.approx(0.45)  # of 0.3 and 0.6
    assert row["std_over_networks"] == pytest.approx(np.std([0.3, 0.6], ddof=1))
    assert (row["networks"], row["failed"], row["samples"]) == (2, 1, 2)
    assert row["low"] <= 0.45 <= row["high"]
    assert row == mean_over_networks(values, FAILED, bootstrap=200, seed=1)


def test_no_interval_for_one_or_no_sample():
    nothing = mean_over_networks(np.ones((3, 4)), np.ones(3, dtype=bool), bootstrap=20, seed=1)
    assert np.isnan([nothing["value"], nothing["low"], nothing["high"]]).all() and nothing["failed"] == 3
    single = mean_over_networks(np.array([[0.5], [0.7]]), np.zeros(2, dtype=bool), bootstrap=20, seed=1)
    assert single["value"] == pytest.approx(0.6) and np.isnan([single["low"], single["high"]]).all()


def test_the_interval_of_many_samples_is_two_standard_errors(rng):
    values = rng.normal(0.3, 0.2, size=(1, 400))
    row = mean_over_networks(values, np.array([False]), bootstrap=2000, seed=3)
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * 0.2 / 20, rel=0.15)


def glasses(rng, samples: int = 6, particles: int = 500) -> xr.Dataset:
    """Disordered configurations of one species, a jittered lattice."""
    box_length, side = np.sqrt(particles / 1.2), int(np.ceil(np.sqrt(particles)))
    lattice = np.stack(np.meshgrid(*2 * [np.arange(side)], indexing="ij"), axis=-1).reshape(-1, 2)[:particles]
    positions = lattice * box_length / side + rng.normal(scale=0.1, size=(samples, particles, 2))
    return xr.Dataset(
        {
            "position": (("sample", "particle", "axis"), np.mod(positions, box_length)),
            "species": (("particle",), np.zeros(particles, dtype=np.int8)),
            "box_length": ((), box_length),
        },
        coords={"replica": ("sample", np.arange(samples))},
    )


def white_noise(
    configurations: xr.Dataset, density: dict, draws: int = 1, crystals: tuple[int, ...] = ()
) -> xr.Dataset:
    crystallised = np.isin(np.arange(configurations.sizes["sample"]), crystals)
    return white_noise_correlations(configurations, crystallised, np.ones((2, 2)), density, BINS, draws, 5)


def test_length_of_white_noise_depends_on_the_kernel_and_hardly_on_the_grid(rng):
    """Particles share the noise of the points that both reach, however many these are (3.0 to 3.4 for KAM)."""
    configurations, zeros = glasses(rng), {}
    for width, grid in ((1.0, 18), (1.0, 36), (0.5, 36)):
        density = {"grid": grid, "kernel_width": width, "cutoff": 2.5}
        noise = white_noise(configurations, density, draws=3)
        assert noise["correlation"].shape == (1, 6, 19) and noise["correlation"].values[0, :, 0] == pytest.approx(1)
        curve = noise["correlation"].values[0].mean(axis=0)
        zeros[width, grid] = first_crossing(noise["distance"].values, curve, 0.05)
    assert zeros[1.0, 36] == pytest.approx(zeros[1.0, 18], rel=0.2)
    assert zeros[0.5, 36] < 0.7 * zeros[1.0, 36]


def test_lengths_of_gamma_and_white_noise_count_networks_that_failed(rng):
    density = {"grid": 18, "kernel_width": 1.0, "cutoff": 2.5}
    noise = white_noise(glasses(rng), density)
    rows = zero_of_gamma(gamma_of(noise), noise, failed=1, bootstrap=50, seed=1, glass="glass").set_index("quantity")
    assert rows.loc["r_gamma", ["networks", "failed"]].tolist() == [2, 1]
    assert rows.loc["r_gamma", "value"] == rows.loc["r_white_noise", "value"]
    assert rows.loc["r_gamma", "low"] <= rows.loc["r_gamma", "value"] <= rows.loc["r_gamma", "high"]


def test_without_a_glass_there_is_no_length_and_the_reason_is_said(rng):
    """Every glass a crystal; one left, of which there is a length and no interval."""
    configurations, density = glasses(rng), {"grid": 18, "kernel_width": 1.0, "cutoff": 2.5}
    alone = white_noise(configurations, density, crystals=(0, 1, 3, 4, 5))
    # the first glass to be counted has the first random numbers
    np.testing.assert_array_equal(
        alone["correlation"].values[:, 2],
        white_noise(configurations.isel(sample=[2]), density)["correlation"].values[:, 0],
    )
    rows = zero_of_gamma(gamma_of(alone), alone, failed=1, bootstrap=50, seed=1, glass="glass").set_index("quantity")
    zero = first_crossing(alone["distance"].values, alone["correlation"].values[0, 2], 0.0)
    np.testing.assert_array_equal(rows["value"], [zero, zero])
    assert rows["low"].isna().all() and (rows["samples"] == 1).all() and not rows["note"].str.contains("crystal").any()
    none = white_noise(configurations, density, crystals=range(6))
    gamma = gamma_of(none).assign(not_usable=(("field", "sample"), np.full((4, 6), "crystal")))
    rows = zero_of_gamma(gamma, none, failed=1, bootstrap=50, seed=1, glass="glass")
    assert rows["value"].isna().all() and set(rows["note"]) == {"no glass left: 6 of 6 are crystals"}


def gamma_of(noise: xr.Dataset) -> xr.Dataset:
    """Spatial correlations of three networks, the last failed, and of an indicator."""
    curves = np.repeat(noise["correlation"].values, 4, axis=0)
    curves[2] = np.nan
    names = ["gradcam"] * 3 + ["voronoi_volume"]
    return xr.Dataset(
        {"correlation": (("field", "sample", "bin"), curves)},
        coords={"distance": noise["distance"], "indicator": ("field", names)},
    )


def ensemble(rng, configurations: xr.Dataset, displacement: list[float]) -> xr.Dataset:
    propensity = rng.random((len(displacement), configurations.sizes["particle"]))
    return xr.Dataset(
        {
            "propensity": (("time", "particle"), propensity),
            "delta": (("time",), displacement),
            "initial_position": (("particle", "axis"), configurations["position"].values[2]),
            "box_length": configurations["box_length"],
        },
        attrs={"replica": 2},
    )


def networks_of(rng, configurations: xr.Dataset, gamma: np.ndarray) -> MapEnsemble:
    shape = (configurations.sizes["sample"], configurations.sizes["particle"])
    bare = xr.Dataset({name: (("sample", "particle"), rng.random(shape)) for name in INDICATORS})
    count = len(gamma)
    right = np.ones((count, shape[0]), dtype=bool)
    right[1, 2] = False
    replica = configurations["replica"].values
    return MapEnsemble(
        replica, bare, gamma, right, FAILED, np.zeros(shape[0], dtype=bool), list(range(count)), ["gradcam"] * count
    )


@pytest.mark.parametrize("displacement, frame, note", [([0.1, 0.5, 1.02], 2, "1"), ([0.1, 0.31, 0.5], 1, "0.31")])
def test_correlation_with_the_dynamics_is_that_of_the_frame_nearest_to_delta_1(rng, displacement, frame, note):
    configurations = glasses(rng)
    runs = ensemble(rng, configurations, displacement)
    gamma = rng.random((3, 6, 500))
    gamma[0, 2] = -runs["propensity"].values[frame]
    args = ({"dynamics": 0.0, "propensity": 0.0}, FRONTIERS, [0.3, 3.0], 0.15, 20, 1, "glass")
    (row,) = dynamics_correlation(networks_of(rng, configurations, gamma), [runs], *args).to_dict("records")
    # the second network is wrong about the glass, the third failed
    assert row["value"] == pytest.approx(-1) and (row["networks"], row["failed"]) == (2, 1)
    assert row["note"] == f"delta = {note}" and np.isnan(row["low"])
    (row,) = dynamics_correlation(networks_of(rng, configurations, gamma), [], *args).to_dict("records")
    assert np.isnan(row["value"]) and row["note"] == "not the runs' glass"
    wrong = networks_of(rng, configurations, gamma)
    wrong.correct[0, 2] = False
    (row,) = dynamics_correlation(wrong, [runs], *args).to_dict("records")
    assert (
        np.isnan(row["value"])
        and row["note"] == "no map left of 3: 1 of networks at chance, 2 of misclassified samples"
    )


def correlations(phase: str, value: float) -> xr.Dataset:
    """Of three networks, with this value for the class glass and the opposite one for a liquid's own class."""
    classes = np.repeat(map_classes(phase, PHASES), 3)
    values = np.where(classes == "own", -value, value)[None, :, None, None]
    shape = (1, len(classes), 5, 4)
    names = ["c_gamma_upsilon", "c_gamma_theta", "c_theta_upsilon", "c_another_indicator"]
    spread = np.linspace(-0.05, 0.05, 5)[None, None, :, None]
    return xr.Dataset(
        {
            "pearson": (("protocol", "network", "sample", "pair"), np.broadcast_to(values, shape) + spread),
            "failed": (("network",), np.resize(FAILED, len(classes)).astype(int)),
            "correct": (("network", "sample"), np.ones(shape[1:3], dtype=int)),
            "dead": (("network", "sample"), np.zeros(shape[1:3], dtype=int)),
            "crystallised": (("sample",), np.zeros(5, dtype=int)),
        },
        coords={"protocol": ["frontiers"], "xi": ("protocol", [4.0]), "pair": names, "map_class": ("network", classes)},
        attrs={"phase": phase},
    )


def part(value: float, grid: int, rng) -> pd.DataFrame:
    """The rows of one system in one variant."""
    replicas = np.arange(5)
    said = pd.concat([
        pd.DataFrame({"phase": phase, "replica": replicas, "split": "test", "predicted": phase})
        for phase in ("liquid", "glass")
    ])  # fmt: skip
    configurations = glasses(rng, samples=2)
    density = {"grid": grid, "kernel_width": 1.0, "cutoff": 2.5}
    noise = white_noise(configurations, density)
    by_phase = [correlations(phase, value) for phase in ("liquid", "glass")]
    runs = ensemble(rng, glasses(rng), [1.0])
    networks = networks_of(rng, glasses(rng), rng.random((3, 6, 500)))
    args = ({"dynamics": 4.0, "propensity": 4.0}, FRONTIERS, [0.3], 0.15, 20, 1, "glass")
    return pd.concat([
        accuracies([said, said, said], FAILED, PHASES, 20, 1),
        indicator_correlations(by_phase, "frontiers", 20, 1, PHASES),
        dynamics_correlation(networks, [runs], *args),
        zero_of_gamma(gamma_of(noise), noise, 1, 20, 1, "glass"),
    ])  # fmt: skip


def test_table_says_whether_a_sign_is_the_papers(rng):
    reference = pd.read_csv(REPOSITORY / "resources/paper_values.csv")
    parts = [("base", "KAM", part(-0.5, 18, rng)), ("other", "KAM", part(0.02, 24, rng))]
    table = claims_beside_papers(parts, reference, "frontiers")
    assert tuple(table.columns) == COLUMNS and set(table["variant"]) == {"base", "other"}
    liquid = table[(table["variant"] == "base") & (table["phase"] == "liquid")].set_index(["quantity", "map_class"])
    # the paper's value, v2's, stands beside either class; the signs are opposite here
    both = liquid.loc["c_gamma_upsilon"]
    assert both["value"].round(3).to_dict() == {"glass": -0.5, "own": 0.5}
    assert both["paper"].tolist() == [0.858, 0.858] and both["networks"].tolist() == [2, 2]
    assert both["paper_sign_agrees"].to_dict() == {"glass": "no", "own": "yes"}
    assert liquid.loc["c_theta_upsilon"].index.tolist() == [""]
    rows = table.set_index(["variant", "phase", "quantity"])
    # Frontiers prints no mean of C(Gamma, Upsilon) of the KAM glass; v2 does
    row = rows.loc[("base", "glass", "c_gamma_upsilon")]
    assert (row["paper"], row["paper_source"], row["paper_sign_agrees"]) == (-0.828, "arxiv-v2", "yes")
    assert rows.loc[("base", "glass", "c_gamma_theta"), "paper_sign_agrees"] == "no"
    assert rows.loc[("other", "glass", "c_gamma_upsilon"), "paper_sign_agrees"] == "undecided"
    assert rows.loc[("base", "glass", "accuracy"), "value"] == 1
    assert "(no interval)" in rows.loc[("base", "glass", "c_gamma_delta"), "paper_sign_agrees"]
    row = rows.loc[("base", "glass", "r_gamma")]
    assert (row["paper"], row["paper_uncertainty"], row["paper_sign_agrees"]) == (3.5, 0.5, "")


def test_figure_draws_every_variant_and_says_what_failed(rng, tmp_path):
    reference = pd.read_csv(REPOSITORY / "resources/paper_values.csv")
    lost = part(0.3, 24, rng)
    lost.loc[lost["quantity"] != "r_white_noise", ["value", "low", "high", "std_over_networks"]] = np.nan
    lost.loc[lost["quantity"] != "r_white_noise", "networks"] = 0
    parts = [
        ("base", "KAM", part(-0.5, 18, rng)),
        ("base", "ABM", part(0.4, 18, rng)),
        ("grid", "KAM", lost),  # and not of ABM
    ]
    table = claims_beside_papers(parts, reference, "frontiers")
    table.to_csv(tmp_path / "table.csv", index=False)
    figure = sensitivity(pd.read_csv(tmp_path / "table.csv"), PHASES)
    assert figure.get_size_inches()[0] == 7
    axes = np.reshape(figure.axes, (2, 4))
    # a point for the glass and for each class of the maps of the liquid, in the study's row
    shown = {line.get_marker(): line.get_xdata()[0] for line in axes[0, 0].lines if line.get_marker() in "osD"}
    assert {marker: round(float(value), 3) for marker, value in shown.items()} == {"o": -0.5, "s": -0.5, "D": 0.5}
    # the paper's values, one of each phase
    assert [line.get_xdata()[0] for line in axes[0, 0].lines if line.get_linestyle() == "--"] == [-0.828, 0.858]
    assert [text.get_text() for text in axes[0, 0].get_yticklabels()] == ["as in the study", "grid"]
    assert [text.get_text() for text in axes[1, 0].get_yticklabels()] == ["as in the study"]
    assert all("training failed" in [text.get_text() for text in axis.texts] for axis in axes[0])
    save(figure, [tmp_path / "figure.png", tmp_path / "figure.pdf"])
    assert (tmp_path / "figure.png").stat().st_size > 10_000
