"""What the networks of the third paper look at, in its smoke study: files, tables and figures."""

import numpy as np
import pandas as pd
import pytest

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import CONFIGURATIONS, GRAPH_MEASURES, NETWORK_SCORES
from glassmap.learning.attention import configuration_attention
from glassmap.learning.networks import Configurations, load_network
from glassmap.structure.neighbour_graph import neighbour_graph

RESULTS = "results/swanson2020-smoke"
SETS, NETWORKS, FOLDS, PHASES = ("set1", "set2"), ("image_cnn", "d_mpnn"), 2, ("liquid", "glass")
SCORES = {"image_cnn": ["gradcam", "integrated_gradients"], "d_mpnn": ["attention", "integrated_gradients"]}
SAMPLES, DRAWS, PARTICLES, REPLICAS = 2, 1, 200, 12


@pytest.fixture(scope="module")
def results(swanson2020):
    return swanson2020.folder / RESULTS


def table(results, name: str) -> pd.DataFrame:
    return pd.read_csv(results / f"tables/{name}.csv")


@pytest.mark.parametrize("network", NETWORKS)
def test_scores_are_those_of_test_samples(results, network):
    for phase in PHASES:
        folder = results / f"set1/swanson2020/{network}/fold-1"
        found = read_dataset(folder / f"scores-{phase}.nc", NETWORK_SCORES)
        assert found["score"].values.tolist() == SCORES[network]
        assert found["gamma"].shape == (2, 1 + DRAWS, SAMPLES, PARTICLES) and (found["gamma"] >= 0).all()
        told = pd.read_csv(folder / "predictions.csv").query("tested == 'set1' and phase == @phase and split == 'test'")
        assert set(found["replica"].values) <= set(told["replica"])
        right = told.set_index("replica").loc[found["replica"].values, "logit"] * (1 if phase == "glass" else -1) > 0
        assert (found["correct"].values[0] == right).all() and (found["correct"].values[1:] == 1).all()


def test_attention_scores_are_those_of_the_saved_network(results):
    folder = results / "set2/swanson2020/d_mpnn/fold-0"
    found = read_dataset(folder / "scores-glass.nc", NETWORK_SCORES)
    samples = read_dataset(results / "set2/configurations/glass.nc", CONFIGURATIONS)
    shown = Configurations.of_dataset(samples).take(np.isin(samples["replica"], found["replica"]).nonzero()[0])
    network = load_network(folder / "model.pt")
    graphs = [neighbour_graph(one, shown.species, shown.box, network.sampling.neighbours) for one in shown.positions]
    expected = configuration_attention(network.module, graphs, network.module.head[-1].weight.device)
    np.testing.assert_allclose(found["gamma"].sel(score="attention").values[0], expected, rtol=1e-4)
    # mean over directed edges 1, so that particles have half of those at them
    pairs = np.mean([len(graph.pairs) for graph in graphs])
    assert expected.sum(axis=1).mean() == pytest.approx(2 * pairs, rel=1e-3)


def test_scores_against_structure(results):
    found = table(results, "attention")
    assert set(found["dataset"]) == set(SETS) and set(found["network"]) == set(NETWORKS)
    counted = found[found["note"].isna()]
    correlations = counted[counted["quantity"].str.startswith("c_")]
    assert {"c_upsilon", "c_theta", "c_density", "c_theta_partial"} <= set(correlations["quantity"])
    assert correlations["value"].between(-1, 1).all() and set(correlations["length"]) == {0.0, 2.0}
    assert (counted["low"].dropna() <= counted["value"][counted["low"].notna()] + 1e-6).all()
    assert found["moved_p"].dropna().between(1 / 20 - 1e-6, 1).all() and correlations["random_weights"].notna().all()
    weights = counted[counted["quantity"].str.startswith("weight_")]
    assert set(weights["quantity"]) == {"weight_AA", "weight_AB", "weight_BB"} and (weights["value"] > 0).all()
    missing = found[found["value"].isna()]
    assert missing["note"].notna().all()


def test_graphs_are_counted_at_every_temperature(results):
    measured = read_dataset(results / "KA_slow/swanson2020/graph_measures.nc", GRAPH_MEASURES)
    assert measured.sizes["replica"] == REPLICAS and measured["isolated"].dims == ("replica", "temperature")
    cold, hot = (measured.sel(temperature=value, method="nearest").mean() for value in (0.05, 1.992))
    assert cold["isolated"] < hot["isolated"] and cold["minority_pairs"] < hot["minority_pairs"]
    found = table(results, "graph_measures")
    assert len(found) == 6 and (found["value"].isna() == found["note"].notna()).all()


def test_artificial_configurations(results):
    found = table(results, "artificial")
    assert len(found) == len(SETS) * len(NETWORKS) * 3
    assert found["liquid"].between(0, 1).all() and (found["low"] <= found["liquid"]).all()
    published = found[found["published"].notna()]
    assert set(published["network"]) == {"image_cnn"} and set(published["dataset"]) == {"set1"}


def test_the_cost_and_the_figures(results):
    cost = table(results, "training_cost")
    assert len(cost) == 3 and (cost["seconds"] > 0).all()
    for name in ("attention_maps", "feature_maps", "graph_measures", "artificial", "training_cost"):
        for kind in ("pdf", "png"):
            assert (results / f"figures/{name}.{kind}").stat().st_size > 5000
    report = (results / "report.html").read_text()
    assert "attention of the graph classifier" in report and "temperatures at which graphs change" in report


def test_what_explains_reruns_alone(swanson2020, tmp_path):
    copy = swanson2020.copy(tmp_path / "study")
    copy.configure(swanson2020={"explanations": {"samples": 1, "draws": 1, "moved_maps": 19, "steps": 8}})
    assert set(copy.planned()) == {"network_scores", "attention_table"}
