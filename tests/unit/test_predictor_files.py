"""Predictions that come from files and go into files, learning curves, and what predictors cost."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from sklearn.linear_model import LinearRegression

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.io.trajectories.samples import read_samples
from glassmap.learning.regression import Pointwise
from glassmap.papers.predictors.costs import costs
from glassmap.papers.predictors.glassbench import arrays_of, write_archive
from glassmap.papers.predictors.learning_curves import learning_curve
from glassmap.papers.predictors.own import from_array, from_column, prediction_of
from glassmap.statistics import bootstrap_weights

BOX, TIMES, COUNTS = Box.cube(9.0, 2), [1.0, 10.0], {"A": 30, "B": 12}
SPLITS = ["train", "validation", "test", "train", "test", "train", "train", "test"]
NUMBER = sum(COUNTS.values())


@pytest.fixture
def dynamics(rng) -> xr.Dataset:
    shape = (len(SPLITS), len(TIMES), NUMBER)
    return xr.Dataset(
        {
            "bond_breaking": (("sample", "time", "particle"), rng.random(shape)),
            "displacement": (("sample", "time", "particle"), rng.random(shape)),
            "initial_position": (("sample", "particle", "axis"), 9 * rng.random((len(SPLITS), NUMBER, 2))),
            "species": ("particle", np.repeat([0, 1], list(COUNTS.values()))),
            "box_length": 9.0,
        },
        coords={
            "replica": ("sample", np.arange(len(SPLITS))),
            "split": ("sample", SPLITS),
            "time": TIMES,
        },
    )


def test_an_array_has_a_value_of_every_particle_once_or_at_each_time(dynamics, rng, tmp_path):
    values = rng.random((10, NUMBER))  # of more structures than are known
    np.save(tmp_path / "static.npy", values)
    some = dynamics.isel(sample=[4, 1])
    found = from_array(str(tmp_path / "static.npy"), some)
    for time in (0, 1):
        np.testing.assert_array_equal(found[:, time], values[[4, 1]])
    np.save(tmp_path / "moving.npy", rng.random((8, 2, NUMBER)))
    assert from_array(str(tmp_path / "moving.npy"), dynamics).shape == (8, 2, NUMBER)
    predicted = prediction_of(found, some, "B", "mine")["prediction"]
    assert predicted.dims == ("member", "sample", "time", "particle")
    np.testing.assert_array_equal(predicted[0, 0, 1], values[4, COUNTS["A"] :])


@pytest.mark.parametrize(
    "shape, message",
    [
        ((8, 3, NUMBER), r"float64 of shape \(8, 3, 42\), must be numbers, \(M, 42\) or \(M, 2, 42\)"),
        ((8, 7), r"float64 of shape \(8, 7\), must be"),
        ((5, NUMBER), "5 structures, must have at least 8"),
    ],
)
def test_an_array_of_another_shape_is_refused_in_one_line(dynamics, tmp_path, shape, message):
    np.save(tmp_path / "wrong.npy", np.zeros(shape))
    with pytest.raises(GlassmapError, match=message) as refusal:
        from_array(str(tmp_path / "wrong.npy"), dynamics)
    assert "wrong.npy" in str(refusal.value) and "\n" not in str(refusal.value)


def test_what_goes_out_in_the_layout_of_glassbench_comes_in_again(dynamics, rng, tmp_path):
    inherent = dynamics["initial_position"].values + 0.01
    density = rng.random((len(SPLITS), NUMBER))
    predicted = rng.random((len(SPLITS), len(TIMES), COUNTS["A"]))
    structures = arrays_of(dynamics, inherent, {"DEN": density}, {"GlassMLP": predicted}, "A")
    assert list(structures) == [2, 4, 7]  # the test structures
    arrays = structures[4]
    assert np.abs(arrays["initial_positions"]).max() <= 4.5 and arrays["md_prop"].shape == (2, NUMBER)
    np.testing.assert_array_equal(arrays["GlassMLP"][:, : COUNTS["A"]], predicted[4])
    assert np.isnan(arrays["GlassMLP"][:, COUNTS["A"] :]).all()
    path = tmp_path / "T0.44.tar.gz"
    write_archive(path, structures, 0.44)
    samples = list(read_samples([str(path)], counts=COUNTS))
    assert [sample.file.rpartition("/")[2] for sample in samples] == [
        f"N42T0.44_{replica}.npz" for replica in (2, 4, 7)
    ]
    tested = dynamics.isel(sample=[2, 4, 7])
    known = xr.Dataset(
        coords={
            "replica": ("sample", [2, 4, 7]),
            "source": ("sample", [f"{sample.file}, frame 0" for sample in samples]),
        }
    )
    for column, expected in (("GlassMLP", predicted[[2, 4, 7]]), ("bb_prop", tested["bond_breaking"].values[..., :30])):
        found = from_column(iter(samples), column, known, tested, "A")
        np.testing.assert_allclose(found[..., : COUNTS["A"]], expected)
    np.testing.assert_allclose(samples[0].positions, BOX.wrap(tested["initial_position"].values[0]), atol=1e-12)
    with pytest.raises(GlassmapError, match="no column 'BOTAN'; columns: "):
        from_column(iter(samples), "BOTAN", known, tested, "A")
    # structures that are not judged may be without
    training = tested.assign_coords(split=("sample", ["train"] * 3))
    assert np.isnan(from_column(iter(samples), "BOTAN", known, training, "A")).all()


def test_a_learning_curve_rises_to_what_all_structures_give(dynamics, rng):
    """Of a linear law with noise; that of all structures is not learned again."""
    inputs = rng.normal(size=(len(SPLITS), NUMBER, 25))
    law = rng.normal(size=25)
    targets = np.repeat((inputs @ law)[:, None], 2, axis=1) + 3 * rng.normal(size=(len(SPLITS), 2, NUMBER))
    dynamics["bond_breaking"] = (("sample", "time", "particle"), targets)
    descriptors = xr.Dataset({"value": (("sample", "particle", "descriptor"), inputs)})
    test = np.array(SPLITS) == "test"
    predicted = np.repeat((inputs @ law)[None, test, :30], 2, axis=0)
    trained = []

    def make() -> Pointwise:
        trained.append(1)
        return Pointwise(LinearRegression())

    options = {"target": "bond_breaking", "species": "A"}
    rows = learning_curve(dynamics, descriptors, predicted, [1, 2, 50], bootstrap_weights(50, 3, 1), options, make)
    found = pd.DataFrame(rows).groupby("training_structures")["pearson"].mean()
    assert list(found.index) == [1, 2, 4] and len(trained) == 2
    assert found[1] < found[2] < found[4]


def test_costs_are_those_that_were_measured(tmp_path):
    rows = ["number_density", "gradcam", "attention"]
    seconds = pd.DataFrame({"predictor": rows, "seconds": [6.0] * 3, "structures": [12] * 3})
    seconds.to_csv(tmp_path / "seconds.csv", index=False)
    (tmp_path / "train-world-cold-ridge.tsv").write_text("s\th:m:s\tmax_rss\n7.5\t0:00:07\t-\n")
    (tmp_path / "inputs-world-cold.tsv").write_text("s\n36.0\n")
    patterns = {
        "training": f"{tmp_path}/train-{{system}}-{{phase}}-{{model}}.tsv",
        "inputs": f"{tmp_path}/inputs-{{system}}-{{phase}}.tsv",
    }
    for seed, time in enumerate((3.0, 4.0)):
        (tmp_path / f"network-world-{seed}.tsv").write_text(f"s\n{time}\n")
    of_networks = [f"{tmp_path}/network-{{system}}-{seed}.tsv" for seed in range(3)]
    params = SimpleNamespace(
        systems=["world"], states=["cold"], transfer={}, benchmarks={"ridge": patterns, "glassmlp": patterns},
        of_networks={"gradcam": of_networks[:2], "attention": of_networks},
    )  # fmt: skip
    found = costs(SimpleNamespace(seconds=[str(tmp_path / "seconds.csv")]), params).set_index("predictor")
    assert found.loc["number_density", "seconds_per_structure"] == 0.5
    assert found.loc["gradcam", "training_seconds"] == 7.0  # of all networks
    assert np.isnan(found.loc[["number_density", "attention"], "training_seconds"]).all()
    assert found.loc["ridge", ["training_seconds", "seconds_per_structure"]].tolist() == [7.5, 3.0]
    assert np.isnan(found.loc["glassmlp", "training_seconds"])  # no benchmark is left of it
