"""What classifiers on pictures and graphs say of single particles, and how it is compared with structure."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

from glassmap.analysis.score_correlations import correlate_scores, moved_scores, moved_test
from glassmap.box import Box
from glassmap.io.datasets import write_dataset
from glassmap.learning.attention import attention_by_kind, edge_attention, high_attention
from glassmap.learning.image_cnn import ImageArchitecture, new_image_classifier
from glassmap.learning.message_passing import GraphArchitecture, LengthScaling, new_graph_classifier
from glassmap.learning.network_scores import network_scores, random_networks
from glassmap.learning.networks import Configurations, Network, Pictures, Windows, save_network
from glassmap.papers.swanson2020.tables_artificial import artificial
from glassmap.papers.swanson2020.tables_attention import NONE_RIGHT, attention
from glassmap.papers.swanson2020.tables_cost import training_cost
from glassmap.papers.swanson2020.tables_measures import graph_measures
from glassmap.structure.indicators import Parameters, compute_all
from glassmap.structure.neighbour_graph import neighbour_graph
from glassmap.system import System, pair_matrix, species_pairs

CPU, BOX, NUMBER = torch.device("cpu"), Box.cube(10.0, 2), 65
SPECIES = np.repeat([0, 1], [42, 23])


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def positions(rng) -> np.ndarray:
    """Not too close to each other."""
    grid = np.stack(np.meshgrid(np.arange(10.0), np.arange(10.0)), axis=-1).reshape(-1, 2)
    return np.stack([rng.permutation(grid)[:NUMBER] + 0.5 * rng.random((NUMBER, 2)) for _ in range(4)])


def image_network() -> Network:
    return Network(new_image_classifier(ImageArchitecture(size=40, dense=6), 1), Pictures(40), 20)


def graph_network(attention: str = "graph", window: float = 1.0) -> Network:
    architecture = GraphArchitecture(hidden=8, attention=attention)
    return Network(new_graph_classifier(architecture, 1, LengthScaling(1.0, 0.2)), Windows(3, window), 5)


@pytest.mark.parametrize(
    ("network", "names"),
    [
        (image_network(), ["gradcam", "integrated_gradients"]),
        (graph_network(), ["attention", "integrated_gradients"]),
        (graph_network(window=0.5), ["attention", "integrated_gradients"]),
        (graph_network(attention="none"), ["integrated_gradients"]),
    ],
    ids=["image_cnn", "d_mpnn", "windows", "no attention"],
)
def test_every_particle_has_scores_that_do_not_depend_on_its_number(network, names, positions, rng):
    order = np.concatenate([rng.permutation(42), 42 + rng.permutation(23)])
    first, pairs = network_scores(network, Configurations(positions, SPECIES, BOX), CPU, steps=8)
    second, _ = network_scores(network, Configurations(positions[:, order], SPECIES, BOX), CPU, steps=8)
    assert list(first) == names and bool(pairs) == ("attention" in names)
    tolerance = 0.05 if "gradcam" in names else 1e-5  # edges of dots that overlap depend a little on their order
    for name in names:
        assert first[name].shape == (4, NUMBER) and (first[name] >= 0).all()
        np.testing.assert_allclose(second[name], first[name][:, order], atol=tolerance * first[name].max())
    for random in random_networks(network, [3]):
        others, _ = network_scores(random, Configurations(positions, SPECIES, BOX), CPU, steps=8)
        assert all(not np.allclose(others[name], first[name]) for name in names)


def test_attention_by_pairs_of_species_against_a_loop(positions):
    graph = neighbour_graph(positions[0], SPECIES, BOX, 3)
    (weights,) = edge_attention(graph_network().module, [graph], CPU)
    found, high = attention_by_kind(graph, weights, 2), high_attention(weights)
    assert species_pairs(2) == ["AA", "AB", "BB"] and species_pairs(3)[3:] == ["BB", "BC", "CC"]
    by_kind = {kind: ([], []) for kind in species_pairs(2)}
    for number, (first, second) in enumerate(graph.pairs):
        kind = "".join(sorted("AB"[graph.species[one]] for one in (first, second)))
        by_kind[kind][0].append((weights[2 * number] + weights[2 * number + 1]) / 2)
        by_kind[kind][1].append(high[number])
    for index, (values, flags) in enumerate(by_kind.values()):
        assert found["weight"][index] == pytest.approx(np.mean(values))
        assert found["high"][index] == pytest.approx(np.mean(flags))
        assert found["share"][index] == pytest.approx(len(values) / len(graph.pairs))
    # the mean over all pairs is 1, as over all edges
    assert found["weight"] @ found["share"] == pytest.approx(1)
    alone = attention_by_kind(neighbour_graph(positions[0], np.zeros(NUMBER, dtype=int), BOX, 3), weights, 2)
    assert np.isnan(alone["weight"][1:]).all() and alone["share"].tolist() == [1, 0, 0]


def test_correlations_are_those_of_means_around_every_particle(positions, rng):
    gamma, volume = rng.random((2, NUMBER)), rng.random(NUMBER)
    weight = np.exp(-((BOX.distances(positions[0], positions[0]) / 1.5) ** 2))
    weight[BOX.distances(positions[0], positions[0]) > 3.0] = 0
    around = [one @ weight.T / weight.sum(axis=1) for one in (gamma[0], gamma[1], volume)]
    found = correlate_scores(gamma, {"voronoi_volume": volume}, positions[0], 10.0, 1.5)
    expected = [np.corrcoef(one, around[2])[0, 1] for one in around[:2]]
    np.testing.assert_allclose(found["c_upsilon"], expected)
    bare = correlate_scores(gamma, {"voronoi_volume": volume}, positions[0], 10.0, 0.0)["c_upsilon"]
    np.testing.assert_allclose(bare, [np.corrcoef(one, volume)[0, 1] for one in gamma])


def test_moved_scores_tell_a_relation_from_a_coincidence(positions, rng):
    """Scores that are the indicator, and scores of other configurations."""
    fields, p = rng.random((4, NUMBER)), {}
    for name, scores in (("same", fields), ("other", rng.random((4, NUMBER)))):
        real, moved = [], []
        for number, (points, gamma, volume) in enumerate(zip(positions, scores, fields, strict=True)):
            indicators = {"voronoi_volume": volume}
            real.append(correlate_scores(gamma, indicators, points, 10.0, 1.0)["c_upsilon"])
            moved.append(moved_scores(gamma, indicators, points, 10.0, 1.0, 99, number)["c_upsilon"])
        p[name], largest = moved_test(np.array(real), np.stack(moved, axis=-1))
        assert 0 < largest < 0.5
    assert p["same"] == 0.01 and p["other"] > 0.05
    assert np.isnan(moved_test(np.full(4, np.nan), np.ones((9, 4)))).all()


BLOCK = {
    "dimension": 2, "particles": {"A": 42, "B": 23}, "density": 0.65, "sigma": {"AA": 1.0, "AB": 0.8, "BB": 0.88},
    "epsilon": {"AA": 1.0, "AB": 1.5, "BB": 0.5}, "cutoff": 2.5, "potential": "shifted_force",
}  # fmt: skip


@pytest.fixture
def table_of(positions, rng, tmp_path):
    """Makes the table: scores of the Voronoi volume in one network, noise in those of random weights, in two folds.

    Called with ``correct`` of the trained network, shape (fold, sample); random weights score the Voronoi volume itself
    in samples that the trained network takes for a liquid.
    """
    system = System.from_config("KA", BLOCK)
    volumes = compute_all(positions, SPECIES, Parameters(system.box, pair_matrix(BLOCK["sigma"]), system))
    volume = volumes["voronoi_volume"]
    samples = xr.Dataset(
        {
            "position": (("sample", "particle", "axis"), positions),
            "species": (("particle",), SPECIES),
            "box_length": ((), system.box.shortest),
        },
        coords={"replica": ("sample", [5, 6, 7, 8]), "split": ("sample", ["test"] * 4)},
    )
    write_dataset(samples, tmp_path / "glass.nc", {})

    def made(correct: np.ndarray) -> pd.DataFrame:
        for fold, members in enumerate(([0, 1], [2, 3])):
            write_scores(fold, members, correct[fold])
        return attention(files, params)

    def write_scores(fold: int, members: list[int], right: np.ndarray) -> None:
        noise = rng.random((2, 3, 2, NUMBER))
        noise[0, 0] = volume[members] + 0.01 * noise[0, 0]
        noise[0, 1:, ~right] = volume[members][~right][:, None]
        scores = xr.Dataset(
            {
                "gamma": (("score", "network", "sample", "particle"), noise),
                "pair_weight": (("network", "sample", "kind"), np.full((3, 2, 3), [0.5, 1.0, 2.0 + fold])),
                "pair_high": (("network", "sample", "kind"), np.full((3, 2, 3), [0.0, 1.0, 1.0])),
                "correct": (("network", "sample"), np.stack([right, [True, True], [True, True]]).astype(int)),
            },
            coords={
                "score": ["attention", "integrated_gradients"], "kind": ["AA", "AB", "BB"],
                "replica": ("sample", np.array([5, 6, 7, 8])[members]), "split": ("sample", ["test"] * 2),
            },
        )  # fmt: skip
        write_dataset(scores, tmp_path / f"{fold}.nc", {})

    files = SimpleNamespace(
        configurations=[str(tmp_path / "glass.nc")], scores=[str(tmp_path / f"{fold}.nc") for fold in (0, 1)]
    )
    params = SimpleNamespace(
        datasets=["set1"], networks=["d_mpnn"], folds=[0, 1], phases=["glass"], density_radius=2.0,
        systems={"set1": {**BLOCK, "tong_tanaka_sigma": BLOCK["sigma"]}}, lengths=[0.0, 1.0], moved_maps=49,
        bootstrap_samples=100, base_seed=1,
    )  # fmt: skip
    return made


def test_the_table_of_attention(table_of):
    """One sample of the first fold is taken for a liquid."""
    found = table_of(np.array([[True, False], [True, True]])).set_index(["score", "length", "quantity"])
    for xi in (0.0, 1.0):
        row = found.loc["attention", xi, "c_upsilon"]
        assert row["value"] > 0.95 and row["samples"] == 3 and row["moved_p"] == 0.02
        assert abs(row["random_weights"]) < 0.3 and row["random_weights_low"] <= row["random_weights_high"] < 0.4
        assert row["random_weights_p"] == pytest.approx(1 / 5)  # two networks in each of two folds, and the trained one
        assert abs(found.loc["integrated_gradients", xi, "c_upsilon"]["value"]) < 0.5
    pairs = found.loc["attention"].droplevel("length")
    assert pairs.loc["weight_BB"]["value"] == pytest.approx((2 + 3 + 3) / 3)
    assert np.isnan(pairs.loc["weight_BB"]["random_weights_p"])
    assert pairs.loc["weight_BB"]["std_over_folds"] == pytest.approx(np.sqrt(0.5))
    assert pairs.loc["high_AA"]["value"] == 0 and (found["note"] == "").all()


def test_random_weights_are_asked_about_the_samples_that_count(table_of):
    """Their scores follow the Voronoi volume in the others alone; without any there is no value to compare with."""
    some = table_of(np.array([[True, False], [False, False]])).set_index(["score", "length", "quantity"])
    row = some.loc["attention", 0.0, "c_upsilon"]
    # in the second fold nothing is right, so the first one's two networks are all there is
    assert row["samples"] == 1 and row["random_weights_high"] < 0.5 and row["random_weights_p"] == pytest.approx(1 / 3)
    none = table_of(np.zeros((2, 2), dtype=bool))
    assert none["value"].isna().all() and (none["note"] == NONE_RIGHT).all() and set(none["samples"]) == {0}
    assert (
        none[["random_weights", "random_weights_low", "random_weights_high", "random_weights_p"]].isna().all(axis=None)
    )


def test_the_table_of_graph_measures_knows_a_bend_from_a_curve(rng, tmp_path):
    temperature, noise = np.linspace(0.1, 1.0, 10), rng.normal(0, 2e-4, (3, 8, 10))
    bend = 0.1 + 0.05 * temperature + 0.2 * np.maximum(temperature - 0.5, 0)
    curves = {"isolated": bend, "minority_pairs": 0.3 - bend, "components": 0.1 * temperature**2}
    measured = xr.Dataset(
        {name: (("replica", "temperature"), mean + of) for (name, mean), of in zip(curves.items(), noise, strict=True)},
        coords={"replica": np.arange(8), "temperature": temperature},
    )
    measured["isolated"][7] = 5.0  # a crystal
    write_dataset(measured, tmp_path / "measures.nc", {})
    crystals = pd.DataFrame({"replica": np.arange(8), "crystallised": np.arange(8) == 7})
    crystals = crystals.assign(split="train", crystalline_fraction=0.0, amplitude=0.0)
    crystals.to_csv(tmp_path / "crystals.csv", index=False)
    files = SimpleNamespace(graph_measures=[tmp_path / "measures.nc"], crystals=[tmp_path / "crystals.csv"])
    params = SimpleNamespace(
        systems=["slow"], limits={"slow": [0.1, 1.0]}, neighbours=2, base_seed=1,
        fit={"points_per_line": 3, "bootstrap": 100},
    )  # fmt: skip
    found = graph_measures(files, params).set_index("quantity")
    for name in ("isolated", "minority_pairs"):
        assert found.loc[name]["value"] == pytest.approx(0.5, abs=0.02) and found.loc[name]["note"] == ""
        assert found.loc[name]["low"] < found.loc[name]["value"] < found.loc[name]["high"]
    assert np.isnan(found.loc["components"]["value"]) and "no bend found" in found.loc["components"]["note"]
    assert set(found["replicas"]) == {7} and set(found["crystallised"]) == {1}


def test_the_table_of_artificial_configurations(positions, tmp_path):
    """Of a network that calls everything liquid, and one that goes by the number of B-B pairs alone: none."""
    liquid = graph_network(attention="none")
    with torch.no_grad():
        for parameter in liquid.module.parameters():
            parameter.zero_()
        liquid.module.head[-1].bias.fill_(-1.0)
    save_network(tmp_path / "liquid.pt", liquid)
    glass = graph_network(attention="none")
    with torch.no_grad():
        for parameter in glass.module.parameters():
            parameter.zero_()
        glass.module.head[-1].bias.fill_(1.0)
    save_network(tmp_path / "glass.pt", glass)
    spatial = np.concatenate([positions, positions[..., :1]], axis=-1)
    for name, places in (("plane", positions), ("space", spatial)):
        samples = xr.Dataset(
            {
                "position": (("sample", "particle", "axis"), places),
                "species": (("particle",), SPECIES), "box_length": ((), 10.0),
            },
            coords={"replica": ("sample", range(4)), "split": ("sample", ["test"] * 4)},
        )  # fmt: skip
        write_dataset(samples, tmp_path / f"{name}.nc", {})
    files = SimpleNamespace(
        configurations=[tmp_path / "plane.nc", tmp_path / "space.nc"],
        models=[tmp_path / "liquid.pt", tmp_path / "glass.pt"] * 2,
    )
    params = SimpleNamespace(
        datasets=["set1", "space"], networks=["d_mpnn"], folds=[0, 1], symmetries=[5, 3], number=3,
        published_liquids={"set1": 1.992}, base_seed=2,
    )  # fmt: skip
    found = artificial(files, params)
    of_plane = found[found["dataset"] == "set1"].set_index("configurations")
    assert of_plane.index.tolist() == ["5-fold", "3-fold", "random"] and (of_plane["liquid"] == 0.5).all()
    np.testing.assert_allclose(of_plane["std_over_folds"], np.sqrt(0.5))
    # 2 of 3, as one and a half is rounded, by Clopper and Pearson's table
    np.testing.assert_allclose(of_plane["low"], 0.0943, atol=1e-4)
    np.testing.assert_allclose(of_plane["high"], 0.9916, atol=1e-4)
    assert of_plane["published"].isna().all()
    (note,) = found[found["dataset"] == "space"]["note"]
    assert "2 dimensions" in note


def test_the_table_of_the_cost(positions, tmp_path):
    samples = xr.Dataset(
        {
            "position": (("sample", "particle", "axis"), positions),
            "species": (("particle",), SPECIES), "box_length": ((), 10.0),
        },
        coords={"replica": ("sample", range(4)), "split": ("sample", ["test"] * 4)},
    )  # fmt: skip
    write_dataset(samples, tmp_path / "samples.nc", {})
    graph = {
        "hidden": 8, "steps": 2, "layers": 1, "dropout": 0.0, "attention": "graph", "coordinates": "relative",
        "neighbours": 3, "corner": "anywhere", "neighbours_of": "configuration", "epochs": 1, "batch_size": 5,
        "warm_up": 1.0, "learning_rates": [1e-4, 1e-3, 1e-4], "l2": 0.0,
    }  # fmt: skip
    large = {**graph, "hidden": 160, "steps": 5}
    timed = [["d_mpnn", name, {**of, "window": w}] for name, of in (("own", graph), ("I", large)) for w in (0.5, 1.0)]
    params = SimpleNamespace(timed=timed, samples=6, gpu=False, base_seed=1)
    found = training_cost(SimpleNamespace(configurations=[tmp_path / "samples.nc"] * 2), params)
    found = found.set_index(["model", "window"])
    for name in ("own", "I"):
        assert found.loc[name, 1.0]["particles"] == NUMBER and 8 < found.loc[name, 0.5]["particles"] < 25
    # a thousand times as many multiplications, whatever else the machine does
    assert found.loc["I", 1.0]["seconds"] > found.loc["own", 1.0]["seconds"] > 0
    assert (found["samples"] == 6).all() and (found["device"] == "cpu").all() and found["published"].isna().all()
