"""A study on configurations that the user brings: what is planned, what is read, and what is refused before any job."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from repository import REPOSITORY
from study import SMOKE, Study, tiny_study
from trajectories import Configuration, dump, write_gsd

from glassmap.io.datasets import read_dataset, read_table
from glassmap.io.schema import CONFIGURATIONS, CRYSTALS, RUNS
from glassmap.structure.indicators import Parameters, potential_energy
from glassmap.system import System
from glassmap.workflow.config import load_schema, read_study, resolve
from glassmap.workflow.study import StudyPlan

SCHEMA = load_schema(REPOSITORY / "workflow/schemas/config.schema.yaml")

LENGTH, REPLICAS = 12.0, 24
COUNTS = [98, 52]
TEST = 3  # a sample of the test split; the liquid of this number is a crystal, the glass is not
STATES = {"liquid": "runs/liquid*.lammpstrj", "glass": "runs/glass*.lammpstrj"}


def sample(seed: int, disorder: float) -> Configuration:
    """Particles moved off a lattice at random, more of them in the liquid than in the glass."""
    rng = np.random.default_rng(seed)
    sites = np.stack(np.meshgrid(np.arange(15), np.arange(10)), -1).reshape(-1, 2) * LENGTH / np.array([15, 10])
    positions = np.mod(sites + rng.normal(0, disorder, sites.shape), LENGTH)
    types = rng.permutation(np.repeat([1, 2], COUNTS))
    return Configuration(positions, types, np.full(2, LENGTH), rng.normal(size=len(types)).round(3))


def samples_of(state: str) -> list[Configuration]:
    if state == "glass":
        return [sample(100 + seed, disorder=0.05) for seed in range(REPLICAS)]
    return [sample(seed, disorder=0.0 if seed == TEST else 0.3) for seed in range(REPLICAS)]


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Study:
    """The tiny study on dumps of its two states."""
    study = tiny_study(tmp_path_factory.mktemp("own") / "study")
    (study.folder / "runs").mkdir()
    for state in STATES:
        for place, one in enumerate(samples_of(state)):
            columns = "id type x y q" if state == "glass" else "id type x y"
            (study.folder / f"runs/{state}{place:02}.lammpstrj").write_text(dump(one, columns))
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


def resolved(study: Study) -> dict:
    return resolve(read_study(study.folder / "config/config.yaml", study.folder / SMOKE), SCHEMA)


def with_everything(study: Study, folder, *, potential: bool, **files) -> Study:
    """A copy of the study with all parts of the paper, with or without a potential, and a column of dynamics."""
    copy = with_files(study, folder, dynamics={"charge": "q"}, **files)
    parts = ["samples", "networks", "glass_transition", "dynamics", "controls"]
    # these glasses are disordered lattices, and not to be left out as crystals; a lattice is
    crystals = {"order": 0.999, "area": 1.0, "amplitude": 10.0}
    copy.configure(
        papers={"oyama2023": parts}, propensity={"configurations": [TEST], "moved_maps": 39}, crystals=crystals
    )
    if not potential:
        path = copy.folder / "config/config.yaml"
        content = yaml.safe_load(path.read_text())
        for key in ("epsilon", "cutoff"):
            del content["systems"]["KAM"][key]
        path.write_text(yaml.safe_dump(content))
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


def test_everything_that_needs_no_potential_is_planned_without_one(own, tmp_path):
    planned = with_everything(own, tmp_path / "study", potential=False).planned()
    assert {"controls_table", "attributions_table", "layer_randomisation_table", "table3", "fig8"} <= planned.keys()
    assert {"radial_distribution", "fig_s7", "own_dynamics", "own_dynamics_table", "summary_page"} <= planned.keys()
    molecular = {"cool", "inherent_structures", "minimise_configurations", "propensity_runs"}
    of_runs = {"dynamics", "control_dynamics", "lengths", "table4", "table5", "reproduction", "glass_transition"}
    assert not (molecular | of_runs) & planned.keys()


def test_with_a_potential_runs_start_from_the_files(own, tmp_path):
    study = with_everything(own, tmp_path / "study", potential=True)
    planned = study.planned()
    assert {"propensity_runs", "propensity", "dynamics", "control_dynamics", "table5", "fig7"} <= planned.keys()
    assert not {"cool", "minimise_configurations", "glass_transition", "fig_s6"} & planned.keys()
    study.configure(configurations={"input": "inherent_structures"})
    # what was read has another name then
    assert study.planned() == planned | {"minimise_configurations": 2, "configurations_of_files": 2}


def test_the_study_without_a_potential_is_computed(own, tmp_path):
    """On a column of dynamics, too: energies are nowhere, everything else is."""
    study = with_everything(own, tmp_path / "study", potential=False)
    files = [f"tables/{name}.csv" for name in ("table_s1", "own_dynamics", "table3")]
    files += ["export/KAM/glass.gsd"]
    said = study.run(*(f"results/own/{file}" for file in files), "--cores", "2").stderr
    assert (
        "not computed: potential energies, inherent structures and propensities (no epsilon and cutoff in sys" in said
    )
    root = study.folder / "results/own"
    tables = {path.stem: pd.read_csv(path) for path in (root / "tables").glob("*.csv")}
    with_energies = [name for name, table in tables.items() if "energy" in table.to_string()]
    assert not with_energies and "potential_energy" not in read_dataset(root / "KAM/indicators/glass.nc", {})
    assert {"c_gamma_upsilon", "c_gamma_theta"} <= set(tables["table_s1"]["quantity"])
    assert set(tables["table3"]["quantity"]) >= {"r_gamma", "r_upsilon"}
    found = tables["own_dynamics"].set_index(["phase", "protocol", "indicator"])
    for state, crystal in (("liquid", TEST), ("glass", None)):
        flags = read_table(root / f"KAM/crystals/{state}.csv", CRYSTALS).set_index("replica")["crystallised"]
        assert flags[flags == 1].index.tolist() == ([] if crystal is None else [crystal])
        compared = read_dataset(root / f"KAM/correlations/{state}.nc", {})
        np.testing.assert_array_equal(compared["crystallised"], compared["replica"] == crystal)
        shown = tables["table_s1"].query("phase == @state")["crystallised"]
        assert set(shown) == {0 if crystal is None else 1}
    # charges are random
    assert found["pearson"].abs().max() < 0.5 and found.loc["glass"]["moved_p"].notna().any()


def test_minima_and_runs_are_those_of_the_files(own, tmp_path):
    """Runs start from the glass as it was read, everything else is computed of its inherent structure."""
    study = with_everything(own, tmp_path / "study", potential=True)
    study.configure(configurations={"input": "inherent_structures"})
    root = study.folder / "results/own/KAM"
    ensemble = next(iter(StudyPlan(resolved(study), SCHEMA).ensembles["KAM"]))
    runs = root / f"propensity/{ensemble}/runs-0.nc"
    study.run(
        str(root.relative_to(study.folder) / "configurations/glass.nc"),
        str(runs.relative_to(study.folder)),
        "--cores",
        "2",
    )
    read = read_dataset(root / "configurations/glass-as-read.nc", CONFIGURATIONS)
    minima = read_dataset(root / "configurations/glass.nc", CONFIGURATIONS)
    np.testing.assert_array_equal(read_dataset(runs, RUNS)["initial_position"], read["position"][TEST])
    np.testing.assert_array_equal(minima["split"], read["split"])
    assert minima["source"].values.tolist() == read["source"].values.tolist()
    assert (minima["inherent_energy"] < minima["potential_energy"]).all()
    system = System.from_config("KAM", resolved(study)["systems"]["KAM"])
    parameters = Parameters(system.box, system.sigma, system)
    for sample in (0, TEST):
        for dataset, name in ((read, "potential_energy"), (minima, "inherent_energy")):
            energy = potential_energy(dataset["position"].values[sample], read["species"].values, parameters).mean()
            assert energy == pytest.approx(float(minima[name][sample]), abs=1e-9)


@pytest.mark.parametrize(
    "content, said",
    [
        (lambda text: text.replace("0.0 12.0", "0.0 13.0"), "frame 0: a box of 13 x 13, that of KAM has 12; set"),
        (lambda text: "", "an empty file; leave it out"),
        (lambda text: text[:3000], "frame 0: "),
        (lambda text: text.replace(" 2 ", " 1 ", 1), "frame 0: 99 of '1', 51 of '2'; must be 98 A, 52 B in every"),
        (
            lambda text: re.sub(r"(?m)^(5 .*) \S+$", r"\1 nan", text),
            "frame 0: column 'q' is not finite for particle 4 (from 0); mend it or leave the frame out",
        ),
        (lambda text: "\x00\x01" + text, "a binary file, not text; give its format"),
    ],
    ids=["box", "empty", "cut", "species", "nan", "binary"],
)  # fmt: skip
def test_a_bad_file_anywhere_is_refused_before_any_job(own, tmp_path, content, said):
    """Not only the first file of a state."""
    study = with_files(own, tmp_path / "study", dynamics={"charge": "q"})
    path = study.folder / "runs/glass13.lammpstrj"
    path.write_text(content(path.read_text()))
    done = study.run("--dry-run", check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("samples.files")]
    assert done.returncode and len(lines) == 1, done.stderr
    assert lines[0].startswith("samples.files.KAM.states.glass: runs/glass13.lammpstrj") and said in lines[0]


def test_arrays_that_do_not_belong_to_the_files_are_refused(own, tmp_path):
    study = with_files(own, tmp_path / "study", dynamics={"x": "runs/{state}*.npy", "y": "runs/none*.npy"})
    np.save(study.folder / "runs/glass00.npy", np.zeros(sum(COUNTS)))
    done = study.run("--dry-run", check=False)
    said = done.stdout + done.stderr
    assert f"samples.files.KAM.dynamics.x: got 1 arrays for the {REPLICAS} files of glass, must be one for each" in said
    assert "samples.files.KAM.dynamics.y: got 'runs/none*.npy', no such file" in said


def test_another_column_of_dynamics_trains_no_network_again(own, tmp_path):
    study = with_files(own, tmp_path / "study", dynamics={"charge": "q"})
    study.run("results/own/KAM/own_dynamics/glass.nc", "--cores", "1")
    study.configure(samples={"source": "files", "files": {"KAM": {"states": STATES, "dynamics": {"other": "q"}}}})
    assert study.planned("results/own/KAM/own_dynamics/glass.nc") == {"own_dynamics": 1}
