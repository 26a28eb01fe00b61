"""The table over all kinds of networks, from files made by hand."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from glassmap.box import Box
from glassmap.io.datasets import write_table
from glassmap.io.schema import variable
from glassmap.learning.attention import configuration_attention
from glassmap.learning.networks import Configurations, new_network, save_network
from glassmap.papers.swanson2020.tables_architectures import CPU, architectures, particle_scores
from glassmap.statistics import pearson
from glassmap.structure.artificial import random_configuration
from glassmap.structure.indicators import Parameters, tong_tanaka, voronoi_volume
from glassmap.structure.neighbour_graph import neighbour_graph
from glassmap.workflow.options import StudyFileSwanson2020Graph, StudyFileSwanson2020Image

BOX, COUNTS, CONTACT = Box.cube(8.0, 2), (42, 22), {"AA": 1.0, "AB": 0.94, "BB": 0.88}
SPECIES = np.repeat([0, 1], COUNTS)
OPTIONS = {
    "image_cnn": {**StudyFileSwanson2020Image().model_dump(), "size": 40, "dense": 8},
    "d_mpnn": {**StudyFileSwanson2020Graph().model_dump(), "hidden": 8},
}
PHASES = ["liquid", "glass"]


@pytest.fixture(scope="module")
def positions() -> np.ndarray:
    return np.stack([random_configuration(COUNTS, BOX, seed) for seed in range(4)])


def crystals_file(path: Path, crystals: list[int]) -> str:
    """Which of four replicas crystallised."""
    columns = {"replica": range(4), "split": "test", "crystalline_fraction": 0.0, "amplitude": 0.0}
    write_table(pd.DataFrame({**columns, "crystallised": [int(one in crystals) for one in range(4)]}), path)
    return str(path)


@pytest.fixture(scope="module")
def given(tmp_path_factory, positions) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Glasses of four replicas, a density network whose score is the Voronoi volume, and two others."""
    folder = tmp_path_factory.mktemp("architectures")
    configurations = xr.Dataset(
        {
            "position": variable(("sample", "particle", "axis"), positions, "sigma*", "positions"),
            "species": variable(("particle",), SPECIES, "1", "species"),
            "box_length": variable((), 8.0, "sigma*", "side of the box"),
        },
        coords={"replica": ("sample", np.arange(4)), "split": ("sample", np.array(["train", "train", "test", "test"]))},
    )
    configurations.to_netcdf(folder / "glass.nc")
    parameters = Parameters(BOX, np.array([[1.0, 0.94], [0.94, 0.88]]))
    gamma = np.stack([voronoi_volume(one, SPECIES, parameters) for one in positions[2:]])
    xr.Dataset(
        {"cam_signed": (("sample", "x", "y"), np.ones((2, 4, 4))), "gamma": (("sample", "particle"), gamma)},
        coords={"replica": ("sample", np.array([2, 3]))},
    ).to_netcdf(folder / "gradcam.nc")
    rows = [(phase, replica, "test", 0.4 + 0.2 * (phase == "glass")) for phase in PHASES for replica in (2, 3)]
    said = pd.DataFrame(rows, columns=["phase", "replica", "split", "p_glass"])
    write_table(said.assign(predicted=np.where(said["p_glass"] > 0.5, "glass", "liquid")), folder / "density.csv")
    epoch = {"epoch": 1, "train_loss": 0.1, "train_accuracy": 1.0, "validation_loss": 0.1, "validation_accuracy": 1.0}
    write_table(pd.DataFrame([epoch]), folder / "history.csv")
    models, predictions = [], []
    for network, options in OPTIONS.items():
        made = new_network(network, options, Configurations(positions, SPECIES, BOX), 2, 3)
        save_network(folder / f"{network}.pt", made)
        # of two liquids and two glasses one pair of four in the wrong order, and a glass called liquid
        of_fold = said.assign(tested="KAM", logit=[-2.0, 0.5, 0.3, 1.0])
        of_fold.loc[1, "logit"] = 0.4
        of_fold.loc[2, "logit"] = -0.1
        write_table(of_fold, folder / f"{network}.csv")
        models.append(str(folder / f"{network}.pt"))
        predictions.append(str(folder / f"{network}.csv"))
    files = SimpleNamespace(
        glasses=[str(folder / "glass.nc")], models=models, predictions=predictions,
        density_predictions=[str(folder / "density.csv")], density_history=[str(folder / "history.csv")],
        gradcam=[str(folder / "gradcam.nc")], crystals=[crystals_file(folder / "crystals.csv", [])] * len(PHASES),
        histories=[str(folder / "history.csv")] * len(OPTIONS),
    )  # fmt: skip
    params = SimpleNamespace(
        datasets=["KAM"], phases=PHASES, seeds=[0], failed_below=0.6, contact={"KAM": CONTACT},
        networks=[["KAM", name, 0] for name in OPTIONS],
    )  # fmt: skip
    return files, params


def test_every_kind_of_network_has_a_row(given, positions):
    table = architectures(*given).set_index("network")
    assert table["sees"].tolist() == ["density field", "picture", "graph of neighbours"]
    assert table["score"].tolist() == ["gradcam", "gradcam", "attention"]
    assert table["test_glasses"].tolist() == [2, 1, 1]  # those that are recognised
    density = table.loc["density_cnn"]
    assert density["accuracy"] == density["auc"] == 1
    # the score is the Voronoi volume itself, in the test glasses
    parameters = Parameters(BOX, np.array([[1.0, 0.94], [0.94, 0.88]]))
    fields = [
        [function(one, SPECIES, parameters) for one in positions[2:]] for function in (voronoi_volume, tong_tanaka)
    ]
    assert density["c_upsilon"] == pytest.approx(1)
    assert density["c_theta"] == pytest.approx(pearson(*map(np.array, fields)).mean())
    for network in OPTIONS:
        assert table["auc"][network] == 0.75 and table["accuracy"][network] == 0.5  # one liquid, one glass wrong
        # only the last glass is recognised
        made = new_network(network, OPTIONS[network], Configurations(positions, SPECIES, BOX), 2, 3)
        (gamma,) = particle_scores(made, Configurations(positions[3:], SPECIES, BOX))
        expected = [np.corrcoef(gamma, of_glasses[1])[0, 1] for of_glasses in fields]
        assert table.loc[network, ["c_upsilon", "c_theta"]].tolist() == pytest.approx(expected, rel=1e-4)
    assert table["auc_std"].isna().all()  # of one network


def test_scores_are_attention_or_gradcam_at_the_particles(given, positions):
    configurations = Configurations(positions, SPECIES, BOX)
    graph = new_network("d_mpnn", OPTIONS["d_mpnn"], configurations, 2, 3)
    graphs = [neighbour_graph(one, SPECIES, BOX, 3) for one in positions]
    np.testing.assert_allclose(
        particle_scores(graph, configurations), configuration_attention(graph.module, graphs, CPU), rtol=1e-6
    )
    image = new_network("image_cnn", OPTIONS["image_cnn"], configurations, 2, 3)
    scores = particle_scores(image, configurations)
    assert scores.shape == (4, 64) and (scores >= 0).all()
    plain = new_network("d_mpnn", {**OPTIONS["d_mpnn"], "attention": "none"}, configurations, 2, 3)
    assert np.isnan(particle_scores(plain, configurations)).all()


def test_networks_of_every_kind_that_failed_are_left_out(given):
    files, params = given
    table = architectures(files, SimpleNamespace(**{**vars(params), "failed_below": 1.1}))
    assert len(table) == 3 and (table["networks"] == 0).all() and (table["test_glasses"] == 0).all()
    assert table[["accuracy", "auc", "c_theta", "c_upsilon"]].isna().all(axis=None)


def test_a_network_of_any_kind_fails_by_its_own_history(given, tmp_path):
    files, params = given
    chance = {"epoch": 1, "train_loss": 0.7, "train_accuracy": 0.55, "validation_loss": 0.7, "validation_accuracy": 0.9}
    write_table(pd.DataFrame([chance]), tmp_path / "chance.csv")
    image = SimpleNamespace(**{**vars(files), "histories": [str(tmp_path / "chance.csv"), files.histories[1]]})
    assert architectures(image, params)["networks"].tolist() == [1, 0, 1]
    density = SimpleNamespace(**{**vars(files), "density_history": [str(tmp_path / "chance.csv")]})
    assert architectures(density, params)["networks"].tolist() == [0, 1, 1]


@pytest.mark.parametrize("recognised", [1, 0])
def test_glasses_taken_for_liquids_do_not_count_for_any_kind(given, tmp_path, recognised):
    """Of the density network, whose score in the first glass is the opposite; of the others, none is recognised."""
    files, params = given
    scores = xr.load_dataset(files.gradcam[0])
    scores["gamma"][0] *= -1
    scores.to_netcdf(tmp_path / "gradcam.nc")
    said = pd.read_csv(files.density_predictions[0])
    said.loc[(said["phase"] == "glass") & (said["replica"] < 4 - recognised), "predicted"] = "liquid"
    write_table(said, tmp_path / "density.csv")
    others = pd.read_csv(files.predictions[0]).assign(logit=-1.0)
    write_table(others, tmp_path / "others.csv")
    changed = {
        "gradcam": [str(tmp_path / "gradcam.nc")],
        "density_predictions": [str(tmp_path / "density.csv")],
        "predictions": [str(tmp_path / "others.csv")] * len(OPTIONS),
    }
    table = architectures(SimpleNamespace(**{**vars(files), **changed}), params).set_index("network")
    assert table["test_glasses"].tolist() == [recognised, 0, 0] and (table["networks"] == 1).all()
    assert table.loc[list(OPTIONS), ["c_theta", "c_upsilon"]].isna().all(axis=None)
    density = table["c_upsilon"]["density_cnn"]
    assert density == pytest.approx(1) if recognised else np.isnan(density)


def test_crystals_do_not_count_for_density_networks_either(given, tmp_path):
    """The second glass is one, which the network calls a liquid and whose score is the opposite."""
    files, params = given
    scores = xr.load_dataset(files.gradcam[0])
    scores["gamma"][1] *= -1
    scores.to_netcdf(tmp_path / "gradcam.nc")
    said = pd.read_csv(files.density_predictions[0])
    said.loc[(said["phase"] == "glass") & (said["replica"] == 3), ["predicted", "p_glass"]] = ["liquid", 0.1]
    write_table(said, tmp_path / "density.csv")
    changed = {"gradcam": [str(tmp_path / "gradcam.nc")], "density_predictions": [str(tmp_path / "density.csv")]}
    for crystals, accuracy, auc in (([], 0.75, 0.5), ([3], 1.0, 1.0)):
        flags = [files.crystals[0], crystals_file(tmp_path / "crystals.csv", crystals)]
        table = architectures(SimpleNamespace(**{**vars(files), **changed, "crystals": flags}), params)
        density = table.set_index("network").loc["density_cnn"]
        assert (density["accuracy"], density["auc"], density["test_glasses"]) == (accuracy, auc, 1)
        assert density["c_upsilon"] == pytest.approx(1)
