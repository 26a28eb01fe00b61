"""A study on configurations that the user brings: what is planned, what is read, and what is refused before any job."""

import numpy as np
import pytest
import yaml
from study import SMOKE, Study, tiny_study
from trajectories import Configuration, dump, write_gsd

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CONFIGURATIONS

LENGTH, REPLICAS = 12.0, 24
COUNTS = [98, 52]
STATES = {"liquid": "runs/liquid*.lammpstrj", "glass": "runs/glass*.lammpstrj"}


def sample(seed: int, disorder: float) -> Configuration:
    """Particles moved off a lattice at random, more of them in the liquid than in the glass."""
    rng = np.random.default_rng(seed)
    sites = np.stack(np.meshgrid(np.arange(15), np.arange(10)), -1).reshape(-1, 2) * LENGTH / np.array([15, 10])
    positions = np.mod(sites + rng.normal(0, disorder, sites.shape), LENGTH)
    types = rng.permutation(np.repeat([1, 2], COUNTS))
    return Configuration(positions, types, np.full(2, LENGTH), np.zeros(len(types)))


def samples_of(state: str) -> list[Configuration]:
    return [sample(seed + 100 * (state == "glass"), {"liquid": 0.3, "glass": 0.05}[state]) for seed in range(REPLICAS)]


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Study:
    """The tiny study on dumps of its two states."""
    study = tiny_study(tmp_path_factory.mktemp("own") / "study")
    (study.folder / "runs").mkdir()
    for state in STATES:
        for place, one in enumerate(samples_of(state)):
            (study.folder / f"runs/{state}{place:02}.lammpstrj").write_text(dump(one, "id type x y"))
    study.configure(
        study="own",
        papers={"oyama2023": ["networks"]},
        samples={"source": "files", "files": {"KAM": {"states": STATES}}},
    )
    path = study.folder / SMOKE
    content = yaml.safe_load(path.read_text())
    content["systems"]["KAM"]["density"] = sum(COUNTS) / LENGTH**2
    content.setdefault("controls", {})["sensitivity"] = {}
    path.write_text(yaml.safe_dump(content))
    return study


def with_files(study: Study, folder, **changes) -> Study:
    """A copy of the study with other settings of its files."""
    copy = study.copy(folder)
    copy.configure(samples={"source": "files", "files": {"KAM": {"states": STATES, **changes}}})
    return copy


def test_networks_are_planned_and_no_molecular_dynamics(own):
    planned = own.planned()
    assert planned["configurations_of_files"] == 2
    assert {"classifier", "gradcam", "indicators", "correlations", "table2", "fig6"} <= planned.keys()
    assert not {"cool", "take_samples", "configurations", "inherent_structures", "propensity_runs"} & planned.keys()


def test_samples_are_those_of_the_files(own):
    own.run(*(f"results/own/KAM/configurations/{state}.nc" for state in STATES), "--cores", "1")
    for state in STATES:
        found = read_dataset(own.folder / f"results/own/KAM/configurations/{state}.nc", CONFIGURATIONS)
        assert found["replica"].values.tolist() == list(range(REPLICAS))
        assert set(found["split"].values) == {"train", "validation", "test"}
        np.testing.assert_array_equal(found["species"], np.repeat([0, 1], COUNTS))
        for positions, expected in zip(found["position"].values, samples_of(state), strict=True):
            order = np.argsort(expected.types, kind="stable")
            np.testing.assert_array_equal(positions, expected.positions[order])


def test_files_that_do_not_fit_are_refused_before_any_job(own, tmp_path):
    """The first sample of each state is read, and files are counted."""
    (own.folder / "runs/other.lammpstrj").write_text(
        dump(Configuration(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([1, 2]), np.full(2, LENGTH), np.zeros(2)))
    )
    study = with_files(own, tmp_path / "study", states={"liquid": "runs/none*.dump", "glass": "runs/other*"})
    done = study.run("--dry-run", check=False)
    said = done.stdout + done.stderr
    assert done.returncode and "Traceback" not in said
    assert "samples.files.KAM.states.liquid: got 'runs/none*.dump', no such file" in said
    assert (
        "samples.files.KAM.states.glass: runs/other.lammpstrj, frame 0: 1 of '1', 1 of '2'; must be 98 A, 52 B" in said
    )
    assert f"samples.files.KAM.states.glass: got 1 files, one sample each; cooling.replicas requires {REPLICAS}" in said


def test_a_bad_file_that_a_job_meets_is_named(own, tmp_path):
    study = with_files(own, tmp_path / "study", replica="file")
    path = study.folder / "runs/glass07.lammpstrj"
    path.write_text(path.read_text()[:2000])
    done = study.run(
        "results/own/KAM/configurations/glass.nc", "--forcerun", "configurations_of_files", "--cores", "1", check=False
    )
    assert done.returncode
    log = (study.folder / "results/own/logs/configurations_of_files/KAM-glass.log").read_text()
    assert "runs/glass07.lammpstrj, frame 0: " in log and "of 150 particles; the file is cut off" in log
    assert "Traceback" not in log


def test_networks_of_own_files_explain_others_without_another_training(own, tmp_path):
    """The last of the user's own samples, in another format, asked after the networks were trained."""
    study = own.copy(tmp_path / "study")
    glasses = samples_of("glass")
    write_gsd(study.folder / "runs/new.gsd", *glasses[-3:])
    study.configure(explain={"new": {"system": "KAM", "files": "runs/new.gsd", "frames": "all"}})
    target = "results/own/explain/new/maps.extxyz"
    planned = study.planned(target)
    assert {"density": 2, "classifier": 1, "explain": 1}.items() <= planned.items() and "cool" not in planned
    study.run("results/own/KAM/classifier/seed-0/model.pt", "--cores", "1")
    assert study.planned(target) == {"explain": 1}
    study.run(target, "--cores", "1")
    found = read_table(study.folder / "results/own/explain/new/classes.csv", ["frame", "network", "p_glass"])
    known = read_table(study.folder / "results/own/KAM/classifier/seed-0/predictions.csv", ["phase", "p_glass"])
    np.testing.assert_allclose(
        found.loc[found["network"] == "0", "p_glass"], known.query("phase == 'glass'")["p_glass"][-3:], rtol=1e-3
    )
