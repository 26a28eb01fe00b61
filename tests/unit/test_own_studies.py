"""Studies on users' files: which parts are computed, what is left out and said, what is refused by its key."""

import copy

import pytest
from repository import read_study

from glassmap.errors import ConfigurationError
from glassmap.io.sample_patterns import pair_by_name
from glassmap.workflow.config import check_machine, resolve, variants
from glassmap.workflow.machine import runs_lammps
from glassmap.workflow.own_files import left_out, problems_of_trajectories
from glassmap.workflow.study import StudyPlan

FILES = {"states": {"liquid": "liquid*.gsd", "glass": "glass*.gsd"}}


def own(potential: bool, propensity: bool = True, **files) -> dict:
    """The default study on users' files of one system."""
    study = copy.deepcopy(read_study())
    study["systems"]["ABM"]["enabled"] = False
    block = study["systems"]["KAM"]
    for key in () if potential else ("epsilon", "cutoff"):
        del block[key]
    if not propensity:
        del block["propensity"]
    study["samples"] = {"source": "files", "files": {"KAM": {**FILES, **files}}}
    study["cooling"]["replicas"] = 101  # no multiple of a batch
    study["propensity"]["configurations"] = [6]
    return study


def refused(study: dict, schema: dict) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    return "\n".join(refusal.value.problems)


def test_without_a_potential_everything_that_needs_none_is_computed(schema):
    config = resolve(own(potential=False), schema)
    assert config["papers"]["oyama2023"] == ["samples", "networks", "controls"]
    assert not runs_lammps(config)
    plan = StudyPlan(config, schema)
    assert {"table2", "table_s1", "table3", "controls", "attributions", "ensemble"} <= set(plan.tables)
    assert not {"table4", "table5", "reproduction", "glass_transition", "own_dynamics"} & set(plan.tables)
    assert {"fig_s7", "fig6", "fig8", "what_the_network_adds"} <= set(plan.figures)
    assert not {"fig1", "fig3", "fig7", "fig_s6"} & set(plan.figures)
    assert left_out(config) == (
        "potential energies, inherent structures and propensities (no epsilon and cutoff in systems.KAM); "
        "T* (your files are no cooling with inherent structures)"
    )
    assert plan.summary()["left_out"] == left_out(config)


def test_with_a_potential_also_the_dynamics(schema):
    config = resolve(own(potential=True), schema)
    assert config["papers"]["oyama2023"] == ["samples", "networks", "dynamics", "controls"]
    assert runs_lammps(config)
    assert left_out(config) == "T* (your files are no cooling with inherent structures)"
    without_runs = resolve(own(potential=True, propensity=False), schema)
    assert "dynamics" not in without_runs["papers"]["oyama2023"] and not runs_lammps(without_runs)
    assert left_out(without_runs).startswith(
        "propensities (they need the part dynamics and propensity in every system)"
    )


def test_studies_that_cool_leave_nothing_out(config):
    assert left_out(config) == ""


def test_own_dynamics_have_a_table(schema):
    config = resolve(own(potential=False, dynamics={"move": "c_move"}), schema)
    plan = StudyPlan(config, schema)
    assert plan.own_dynamics == {"KAM": {"move": "c_move"}} and "own_dynamics" in plan.tables


@pytest.mark.parametrize("key", ["epsilon", "cutoff"])
def test_half_a_potential_or_none_is_refused_where_one_is_needed(schema, key):
    study = own(potential=True)
    del study["systems"]["KAM"][key]
    assert refused(study, schema) == f"systems.KAM.{key}: missing"
    cooled = copy.deepcopy(read_study())
    del cooled["systems"]["KAM"][key]
    assert refused(cooled, schema) == f"systems.KAM.{key}: missing"


def test_all_systems_have_a_potential_or_none_has(schema):
    study = own(potential=False)
    study["systems"]["ABM"]["enabled"] = True
    study["samples"]["files"]["ABM"] = copy.deepcopy(FILES)
    assert "systems.KAM.epsilon: missing, and systems.ABM has a potential; must have one in all" in refused(
        study, schema
    )


@pytest.mark.parametrize(
    "change, said",
    [
        ({"papers": {"oyama2023": ["glass_transition"]}}, "papers.oyama2023: nothing is left of it; your own files"),
        ({"configurations": {"input": "inherent_structures"}}, "configurations.input: got inherent_structures, which"),
        (
            {"papers": {"oyama2023": ["samples"]}, "samples": {"dynamics": {"move": "c_move"}}},
            "samples.files.KAM.dynamics.move: is compared with the networks' maps, so papers.oyama2023 must have netw",
        ),
        ({"samples": {"dynamics": {"a b": "q"}}}, "samples.files.KAM.dynamics: got the name 'a b', must match ^[A-Z"),
        (
            {"samples": {"states": {"liquid": "a.tar/*.npz", "glass": "b.tar/*.npz"}, "dynamics": {"move": "*.npy"}}},
            "samples.files.KAM.dynamics.move: got '*.npy'; of files in an archive it must be an array within them",
        ),
        ({"samples": {"replica": "seed"}}, "samples.files.KAM.replica: got 'seed', must be file, frame or a regular"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(schema, change, said):
    study = own(potential=False, **change.pop("samples", {}))
    study |= change
    assert said in refused(study, schema)


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"configurations": {"input": "inherent_structures"}}, "x: configurations: a variant cannot change it if the"),
        ({"systems": {"KAM": {"states": {"glass": 0.1}}}}, "x: systems.KAM.states: a variant cannot change it if the"),
    ],
)
def test_a_variant_cannot_change_which_samples_there_are(schema, changes, said):
    config = resolve(own(potential=True), schema)
    config["controls"]["sensitivity"] = {"x": changes}
    with pytest.raises(ConfigurationError) as refusal:
        variants(config, schema)
    assert any(said in problem for problem in refusal.value.problems), refusal.value.problems


def test_replicas_of_several_samples_are_left_to_the_files(schema):
    """Which samples are of the test split is then not known before they are read."""
    study = own(potential=True)
    study["propensity"]["configurations"] = [0]
    assert "propensity.configurations: got 0, not a replica of the test split" in refused(study, schema)
    study["samples"]["files"]["KAM"]["replica"] = "seed([0-9]+)"
    assert resolve(study, schema)["propensity"]["configurations"] == [0]


def test_a_file_is_of_one_state_only(schema, tmp_path, monkeypatch):
    """Otherwise networks would tell two names of the same samples apart."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.gsd", "glass.gsd"):
        (tmp_path / name).touch()
    config = resolve(own(potential=False, states={"liquid": "*.gsd", "glass": "glass*.gsd"}), schema)
    assert "samples.files.KAM.states.glass: got 'glass.gsd', a file of liquid; must be other files" in list(
        problems_of_trajectories(config, "KAM")
    )


def test_no_lammps_is_asked_for_where_none_runs(schema, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = resolve(own(potential=False), schema)
    config["lammps"]["command"] = "lmp-of-nowhere"
    with pytest.raises(ConfigurationError) as refusal:
        check_machine(config, local=True)
    assert refusal.value.problems == [
        f"samples.files.KAM.states.{state}: got '{state}*.gsd', no such file" for state in FILES["states"]
    ]


def test_folds_are_of_independent_samples(schema):
    """Frames of one trajectory would be in training and test."""
    study = own(potential=False, frames="all")
    study["papers"] = {"swanson2020": ["networks"]}
    assert "must be one each for papers.swanson2020, whose folds are of samples" in refused(study, schema)
    study["samples"]["files"]["KAM"]["frames"] = "last"
    assert resolve(study, schema)["papers"]["swanson2020"] == ["networks"]


@pytest.mark.parametrize(
    "files, pattern, arrays, array_pattern, expected",
    [
        # sorted, "." is before "0" and "_" after it
        (
            ["g_1.xyz", "g_10.xyz", "g_2.xyz"],
            "g_*.xyz",
            ["g_10_q.npy", "g_1_q.npy", "g_2_q.npy"],
            "g_*_q.npy",
            [1, 0, 2],
        ),
        (["g1.xyz", "g10.xyz"], "*.xyz", ["q/01.npy", "q/10.npy"], "q/*.npy", [0, 1]),
        (["a/1/x.gsd", "a/2/x.gsd"], "a/*/x.gsd", ["q2.npy", "q1.npy"], "q?.npy", [1, 0]),
        (["/home/me/a1.gsd", "/home/me/a2.gsd"], "a[0-9].gsd", ["a1.npy", "a2.npy"], "a[!a-z].npy", [0, 1]),
        (["one.gsd"], "one.gsd", ["q.npy"], "q.npy", [0]),
        (["a.gsd", "b.gsd"], "*.gsd", ["x.npy", "y.npy"], "*.npy", None),
        (["a1.gsd", "a2.gsd"], "*.gsd", ["x3.npy", "x4.npy"], "*.npy", None),
    ],
)
def test_arrays_belong_to_the_files_of_their_names(files, pattern, arrays, array_pattern, expected):
    found = pair_by_name(files, pattern, arrays, array_pattern)
    assert found == (None if expected is None else [arrays[place] for place in expected])
