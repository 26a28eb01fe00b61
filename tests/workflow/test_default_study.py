"""What the README promises of the default study; checked where `make run` has computed it."""

import pandas as pd
import pytest
import xarray as xr
from repository import REPOSITORY

RESULTS = REPOSITORY / "results/default"
pytestmark = pytest.mark.skipif(
    not (RESULTS / "tables/reproduction.csv").exists(), reason="results/default is not there: `make run` computes it"
)


def test_networks_tell_glass_from_liquid():
    """Over both phases: 0.95 on average over the networks of each model, none below 0.9."""
    table = pd.read_csv(RESULTS / "tables/table2.csv").query("network != 'mean'")
    accuracy = table.groupby(["system", "network"])["accuracy"].mean()
    print(accuracy)
    assert (table["status"] == "trained").all()
    assert (accuracy >= 0.9).all()
    assert (accuracy.groupby("system").mean() >= 0.95).all()


def test_ordered_regions_of_the_kam_glass_have_the_larger_cells():
    table = pd.read_csv(RESULTS / "tables/table_s1.csv").set_index(["system", "phase", "quantity", "statistic"])
    for statistic in ("pearson", "spearman"):
        row = table.loc[("KAM", "glass", "c_theta_upsilon", statistic)]
        assert row["value"] < -3 * row["std_over_samples"] / row["samples"] ** 0.5


def test_runs_pass_delta_1():
    for name, ensemble in (("KAM", "T-0.6"), ("ABM", "T-1.5")):
        assert float(xr.open_dataset(RESULTS / f"{name}/propensity/{ensemble}.nc")["delta"].max()) > 1


def test_structure_says_where_the_glass_moves_with_the_signs_of_the_paper():
    """Large cells are mobile in KAM and immobile in ABM, ordered regions the other way round (Frontiers, Fig. 7)."""
    table = pd.read_csv(RESULTS / "tables/table5.csv").set_index(["protocol", "xi", "system", "indicator", "network"])
    for name in ("KAM", "ABM"):
        for indicator in ("voronoi_volume", "tong_tanaka"):
            row = table.loc[("frontiers", "paper", name, indicator, "mean")]
            assert row["c_max"] * row["paper"] > 0 and abs(row["c_max"]) > 0.4
            assert row["low"] * row["high"] > 0 and abs(row["c_max"]) <= 1


def test_maps_that_need_no_network_give_the_papers_headline():
    """As measured outside this repository (method 11), for another cooling: C(Gamma, Upsilon) of the null maps."""
    table = pd.read_csv(RESULTS / "tables/controls.csv").query("map_class != 'own'")
    table = table.set_index(["protocol", "quantity", "statistic", "system", "phase", "map"])
    values = table.loc[("frontiers", "c_gamma_upsilon", "pearson"), "value"]
    values = values[~values.index.duplicated()]  # for liquids, one row beside the maps of each class
    measured = {
        "constant": (1.00, 1.00, 0.99, 1.00),
        "density_above_mean": (-0.89, -0.92, 0.00, 0.01),
        "density_below_mean": (0.93, 0.94, -0.03, -0.24),
        "white_noise": (0.34, 0.32, 0.41, 0.38),
        "composition": (0.84, 0.96, -0.96, -0.99),
    }
    places = [("KAM", "liquid"), ("KAM", "glass"), ("ABM", "liquid"), ("ABM", "glass")]
    for name, expected in measured.items():
        assert [values[*place, name] for place in places] == pytest.approx(expected, abs=0.1)
        for place in places:
            assert abs(values[*place, "signed_white_noise"]) < 0.1


def test_a_density_cut_reaches_the_papers_values():
    """Method 11: in either direction a cut, chosen on other replicas, goes at least as far as the paper's networks."""
    table = pd.read_csv(RESULTS / "tables/controls.csv").set_index(
        ["protocol", "quantity", "statistic", "system", "phase", "map"]
    )
    values = table.loc[("frontiers", "c_gamma_upsilon", "pearson"), "value"]
    values = values[~values.index.duplicated()]  # for liquids, one row beside the maps of each class
    assert values["KAM", "glass", "density_cut_negative"] < -0.8
    assert values["KAM", "liquid", "density_cut_positive"] > 0.8
    assert values["ABM", "glass", "density_cut_positive"] > 0.45


def test_networks_on_shuffled_labels_know_no_phase():
    table = pd.read_csv(RESULTS / "tables/controls.csv").query("quantity == 'accuracy'").set_index(["system", "map"])
    for name in ("KAM", "ABM"):
        assert (abs(table.loc[(name, "shuffled_labels"), "value"] - 0.5) < 0.15).all()
        assert (table.loc[(name, "gradcam"), "excess"] > 0.3).all()


def test_figures_are_there():
    names = [f"fig{number}" for number in range(1, 9)] + [f"fig_s{number}" for number in range(3, 8)]
    for name in [*names, "what_the_network_adds", "layer_randomisation"]:
        for kind in ("pdf", "png"):
            assert (RESULTS / f"figures/{name}.{kind}").stat().st_size > 20_000


def test_the_report_has_at_most_10_mb():
    assert (RESULTS / "report.html").stat().st_size <= 10e6
