"""The networks of the finished smoke study on its own test samples, as files that a user might bring."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from study import Study
from trajectories import Configuration, npz, write_gsd

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CONFIGURATIONS, gradcam
from glassmap.io.trajectories.formats import read_frames

RESULTS, SEEDS = "results/smoke/KAM", (0, 1)
BLOCKS = {
    "cold": {"system": "KAM", "files": "new/glass-*.npz"},
    "hot": {"system": "KAM", "files": "new/*.gsd", "frames": "all", "class": "own"},
}
STATES = {"cold": "glass", "hot": "liquid"}
TARGETS = [f"results/smoke/explain/{name}/maps.extxyz" for name in BLOCKS]


def samples_of_test(study: Study, state: str):
    """The test samples of the study, and the order in which each is written."""
    samples = read_dataset(study.folder / f"{RESULTS}/configurations/{state}.nc", CONFIGURATIONS)
    test = samples.isel(sample=samples["split"].values == "test")
    orders = [np.random.default_rng(replica).permutation(test.sizes["particle"]) for replica in test["replica"].values]
    return test, orders


def write_samples(study: Study) -> None:
    """Glasses as npz files, unwrapped, liquids as frames of a GSD file; particles in another order in each."""
    (study.folder / "new").mkdir()
    for state in STATES.values():
        test, orders = samples_of_test(study, state)
        box = np.full(2, float(test["box_length"]))
        written = [
            Configuration(positions[order], test["species"].values[order] + 1, box, np.zeros(len(order)))
            for positions, order in zip(test["position"].values, orders, strict=True)
        ]
        if state == "liquid":
            write_gsd(study.folder / "new/liquid.gsd", *written)
            continue
        for replica, one in zip(test["replica"].values, written, strict=True):
            (study.folder / f"new/glass-{replica:02}.npz").write_bytes(npz(one))


@pytest.fixture(scope="module")
def explained(smoke, tmp_path_factory) -> SimpleNamespace:
    """A copy of the smoke study whose test samples were explained, and what was planned before."""
    study = smoke.copy(tmp_path_factory.mktemp("explained") / "study")
    write_samples(study)
    study.configure(explain=BLOCKS)
    planned = study.jobs(*TARGETS)
    study.run(*TARGETS, "--cores", "1")
    return SimpleNamespace(study=study, planned=planned)


def classes(study: Study, name: str) -> pd.DataFrame:
    return read_table(study.folder / f"results/smoke/explain/{name}/classes.csv", ["file", "frame", "network"])


def test_nothing_trains_or_cools(explained):
    assert explained.planned == {"explain": 2}


@pytest.mark.parametrize("name", BLOCKS)
def test_classes_are_those_of_the_study(explained, name):
    test, _ = samples_of_test(explained.study, STATES[name])
    found = classes(explained.study, name)
    of_networks = []
    for seed in SEEDS:
        path = explained.study.folder / f"{RESULTS}/classifier/seed-{seed}/predictions.csv"
        known = read_table(path, ["phase", "replica"]).query(f"phase == '{STATES[name]}'").set_index("replica")
        known = known.loc[test["replica"].values]
        rows = found[found["network"] == str(seed)]
        np.testing.assert_allclose(rows["p_glass"], known["p_glass"], rtol=1e-4, atol=1e-9)
        np.testing.assert_allclose(rows["p_liquid"], 1 - known["p_glass"], rtol=1e-4, atol=2e-6)
        assert rows["predicted"].tolist() == known["predicted"].tolist()
        of_networks.append(rows["p_glass"].to_numpy())
    mean = found[found["network"] == "mean"]
    np.testing.assert_allclose(mean["p_glass"], np.mean(of_networks, axis=0), rtol=1e-4)
    np.testing.assert_allclose(mean["std_over_networks"], np.std(of_networks, axis=0, ddof=1), rtol=1e-2, atol=1e-9)


@pytest.mark.parametrize("name", BLOCKS)
def test_scores_are_those_of_the_study(explained, name):
    """For the glasses of the class glass; for the liquids of the class that the mean gives each."""
    test, orders = samples_of_test(explained.study, STATES[name])
    own = classes(explained.study, name).query("network == 'mean'")["predicted"].tolist()
    path = explained.study.folder / f"results/smoke/explain/{name}/maps.extxyz"
    frames = list(read_frames(str(path)))
    assert len(frames) == len(orders) == len(own)
    for seed in SEEDS:
        maps = {
            state: read_dataset(
                explained.study.folder / f"{RESULTS}/gradcam/seed-{seed}/{STATES[name]}.nc", gradcam(suffix)
            )[f"gamma{suffix}"].values
            for state, suffix in (("glass", ""), ("liquid", "_liquid"))
        }
        for sample, (frame, order) in enumerate(zip(frames, orders, strict=True)):
            expected = maps["glass" if name == "cold" else own[sample]][sample][order]
            scale = expected.max()
            np.testing.assert_allclose(frame.columns[f"gamma_{seed}"], expected, rtol=1e-4, atol=1e-5 * scale)
    for sample, (frame, order) in enumerate(zip(frames, orders, strict=True)):
        np.testing.assert_allclose(frame.positions, test["position"].values[sample][order], atol=1e-5)
        assert frame.species.tolist() == np.array(["A", "B"])[test["species"].values[order]].tolist()
        mean = np.mean([frame.columns[f"gamma_{seed}"] for seed in SEEDS], axis=0)
        np.testing.assert_allclose(frame.columns["gamma_mean"], mean, rtol=1e-12)
        assert (frame.columns["gamma_mean"] >= 0).all()
    assert max(frame.columns["gamma_mean"].max() for frame in frames) > 0
    comments = [line for line in path.read_text().splitlines() if line.startswith("Lattice")]
    explains = ["glass"] * len(own) if name == "cold" else own
    assert all(f' map_class="{state}" ' in line for line, state in zip(comments, explains, strict=True))


def test_figures_are_drawn(explained):
    folder = explained.study.folder / "results/smoke/explain/hot"
    assert (folder / "maps.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "maps.pdf").read_bytes().startswith(b"%PDF")


def test_only_a_block_that_changed_is_explained_again_and_the_study_is_left_alone(explained, tmp_path):
    study = explained.study.copy(tmp_path / "study")
    assert study.jobs("all", *TARGETS) == {}
    study.configure(explain={"cold": {**BLOCKS["cold"], "class": "own"}})
    assert study.jobs("all", *TARGETS) == {"explain": 1}
    study.configure(explain=BLOCKS)
    (study.folder / "new/liquid2.gsd").write_bytes((study.folder / "new/liquid.gsd").read_bytes())
    assert study.jobs(*TARGETS) == {"explain": 1}


def test_what_does_not_fit_is_refused_before_any_job(explained, tmp_path):
    study = explained.study.copy(tmp_path / "study")
    study.configure(
        explain={
            "cold": {"system": "ABM", "files": "new/glass-*.npz"},
            "hot": {"system": "KAM", "files": "nowhere/*.gsd"},
            "far": {**BLOCKS["cold"], "length_unit": 2.0},
        }
    )
    done = study.run(*TARGETS, "--dry-run", check=False)
    said = done.stdout + done.stderr
    assert done.returncode and "Traceback" not in said
    first = sorted(path.name for path in (study.folder / "new").glob("glass-*"))[0]
    assert f"explain.cold.files: new/{first}, frame 0: 325 of '1', 175 of '2'; must be 250 A, 250 B" in said
    assert "explain.hot.files: got 'nowhere/*.gsd', no such file" in said
    assert f"explain.far.files: new/{first}, frame 0: a box of 10.2" in said
    assert "that of KAM has 20.4" in said and "the networks know a grid spacing of 1.13" in said


def test_a_bad_file_that_the_job_meets_is_named_and_nothing_is_left(explained, tmp_path):
    study = explained.study.copy(tmp_path / "study")
    last = sorted((study.folder / "new").glob("glass-*"))[-1]
    last.write_bytes(last.read_bytes()[:2000])
    done = study.run(TARGETS[0], "--cores", "1", check=False)
    assert done.returncode
    log = (study.folder / "results/smoke/logs/explain/cold.log").read_text()
    assert f"new/{last.name}, frame 0: " in log and "Traceback" not in log
    assert not list((study.folder / "results/smoke/explain/cold").glob("*"))


def put_at_chance(study: Study, seed: int) -> None:
    """The history of a network that learned nothing."""
    history = study.folder / f"{RESULTS}/classifier/seed-{seed}/history.csv"
    table = pd.read_csv(history)
    table[["train_accuracy", "validation_accuracy"]] = 0.5
    table.to_csv(history, index=False)


def test_networks_at_chance_are_in_no_mean_and_say_nothing_alone(explained, tmp_path):
    study = explained.study.copy(tmp_path / "study")
    put_at_chance(study, 1)
    study.run(TARGETS[0], "--cores", "1", "--rerun-triggers", "mtime")
    found = classes(study, "cold")
    means, of_first = (found[found["network"] == name] for name in ("mean", "0"))
    np.testing.assert_array_equal(means["p_glass"], of_first["p_glass"])
    assert (found.loc[found["network"] == "1", "note"] == "at chance, not in the mean").all()
    assert means["std_over_networks"].isna().all()
    (frame, *_) = read_frames(str(study.folder / TARGETS[0]))
    np.testing.assert_array_equal(frame.columns["gamma_mean"], frame.columns["gamma_0"])
    put_at_chance(study, 0)
    assert study.run(TARGETS[0], "--cores", "1", "--rerun-triggers", "mtime", check=False).returncode
    log = (study.folder / "results/smoke/logs/explain/cold.log").read_text()
    assert "explain.cold: all 2 networks of KAM are at chance (classifier.failed_below)" in log
