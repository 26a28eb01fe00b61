"""What a study of the second paper computes, what it demands and what it refuses."""

import copy

import pytest
from repository import read_study

from glassmap.errors import ConfigurationError
from glassmap.workflow.config import resolve
from glassmap.workflow.jung2023 import FIGURES, TABLES, protocol_of
from glassmap.workflow.machine import disk_megabytes, runs_lammps
from glassmap.workflow.resources import job_resources, molecular_dynamics
from glassmap.workflow.study import StudyPlan


def changed(**changes) -> dict:
    """The smoke study of the second paper with some keys changed: of sections, or whole."""
    study = copy.deepcopy(read_study("jung2023-smoke"))
    for section, values in changes.items():
        study[section] = {**study.get(section, {}), **values} if isinstance(values, dict) else values
    return study


def test_a_study_that_names_the_second_paper_alone_computes_it_alone(schema):
    study = changed()
    assert "propensity" not in study["systems"]["KA2D"] and "coarse_graining" not in study["systems"]["KA2D"]
    plan = StudyPlan(resolve(study, schema), schema)
    assert plan.parts == [] and plan.jung2023 == ["dynamics", "models", "results"]
    assert set(plan.tables) == {name for names in TABLES.values() for name in names}
    assert set(plan.figures) == {name for names in FIGURES.values() for name in names}
    assert plan.ensembles == {"KA2D": {}} and not plan.with_networks and not plan.with_transition
    assert plan.predicted_states == ["warm", "cold"]
    assert [plan.structure_range(batch) for batch in plan.structure_batches] == [[0, 8], [8, 16]]
    assert runs_lammps(plan.config)


def test_both_papers_in_one_study(schema):
    both = {"oyama2023": ["samples"], "jung2023": ["dynamics"]}
    plan = StudyPlan(resolve(changed(papers=both), schema), schema)
    assert plan.tables == ["relaxation"] and plan.figures == []  # Fig. S7 is of the states liquid and glass
    assert plan.parts == ["samples"]


def test_the_default_study_has_nothing_of_the_second_paper(config, schema):
    plan = StudyPlan(config, schema)
    assert plan.jung2023 == [] and not set(plan.tables) & {name for names in TABLES.values() for name in names}


def test_states_have_run_times_of_their_own(schema):
    found = resolve(changed(jung2023={"states": ["cold"]}, isoconfigurational={"run_times": {"cold": 250.0}}), schema)
    plan = StudyPlan(found, schema)
    assert plan.predicted_states == ["cold"] and plan.run_time("cold") == 250 and plan.run_time("warm") == 60
    times = protocol_of(found, "cold").frame_times()
    assert len(times) == 6 and times[0] == 1 and times[-1] == 250


def test_needs_grow_with_the_number_of_structures_and_of_runs(schema):
    few = resolve(changed(), schema)
    many = resolve(changed(cooling={"replicas": 160, "batch_size": 16}, isoconfigurational={"runs": 8}), schema)
    assert disk_megabytes(many) > 2 * disk_megabytes(few)
    for rule in ("propensities", "descriptors", "glassmlp_model", "judged_predictions"):
        assert job_resources(many)[rule].megabytes > job_resources(few)[rule].megabytes
    one, other = (molecular_dynamics(config)["isoconfigurational_runs"] for config in (few, many))
    assert one.seconds == pytest.approx(8 * 258 * 3e-7 * 6_000) and other.megabytes > one.megabytes


KA2D = read_study("jung2023-smoke")["systems"]["KA2D"]


@pytest.mark.parametrize(
    "changes, line",
    [
        ({"papers": {"jung2023": []}}, "papers: got no part of any paper, must have one of oyama2023 or jung2023"),
        ({"papers": {"jung2023": ["models"]}}, "papers.jung2023: got models; models require dynamics"),
        (
            {"papers": {"jung2023": ["dynamics", "results"]}},
            "papers.jung2023: got dynamics, results; results require models",
        ),
        ({"papers": {"jung2023": ["figures"]}}, 'papers.jung2023[0]: got "figures", allowed: dynamics, models'),
        ({"glassmlp": {"species": "D"}}, "glassmlp.species: got D, must be a species of systems.KA2D: A, B, C"),
        ({"glassmlp": {"target": "msd"}}, 'glassmlp.target: got "msd", allowed: bond_breaking, displacement'),
        ({"glassmlp": {"models": []}}, "glassmlp.models: got [], must have at least 1 entries"),
        ({"glassmlp": {"formula": "both"}}, 'glassmlp.formula: got "both", allowed: code, paper'),
        ({"glassmlp": {"distances": [2.0]}}, "glassmlp.distances: got 2 alone, must have none (those of the formula)"),
        ({"jung2023": {"states": ["hot"]}}, "jung2023.states: got 'hot', not a state of the systems; allowed: warm, c"),
        (
            {"isoconfigurational": {"run_times": {"hot": 5.0}}},
            "isoconfigurational.run_times: got 'hot', not a state of the systems; allowed: warm, cold",
        ),
        (
            {"isoconfigurational": {"extra_times": [90.0]}},
            "isoconfigurational.extra_times: got 90, must lie between isoconfigurational.time_step (0.01) and "
            "isoconfigurational.run_time (60)",
        ),
        (
            {"isoconfigurational": {"run_times": {"cold": 0.5}}},
            "isoconfigurational.first_frame: got 1, must lie between isoconfigurational.time_step (0.01) and "
            "isoconfigurational.run_times.cold (0.5)",
        ),
        ({"isoconfigurational": {"runs": 1}}, "isoconfigurational.runs: got 1, must be at least 2"),
        (
            {"isoconfigurational": {"segment_time": 0.001}},
            "isoconfigurational.segment_time: got 0.001, must be at least isoconfigurational.time_step (0.01)",
        ),
        (
            {"configurations": {"input": "inherent_structures"}},
            "configurations.input: got inherent_structures, must be thermal for papers.jung2023",
        ),
        (
            {"cooling": {"replicas": 3, "batch_size": 3}, "split": {"train": 0.8, "validation": 0.1, "test": 0.1}},
            "split.validation: got 0.1 of 3 replicas, must yield at least 1 replica",
        ),
        (
            {"systems": {"KA2D": {**KA2D, "particles": {"A": 120, "B": 138}}}},
            "systems.KA2D.sigma: got AA, AB, AC, BB, BC, CC; must have AA, AB, BB, the pairs of its species",
        ),
    ],
)  # fmt: skip
def test_refused_in_one_line(schema, changes, line):
    with pytest.raises(ConfigurationError) as refusal:
        resolve(changed(**changes), schema)
    assert any(problem.startswith(line) for problem in refusal.value.problems), refusal.value.problems
    assert all("\n" not in problem for problem in refusal.value.problems)


def test_users_files_without_a_potential_are_refused(schema):
    block = {key: value for key, value in KA2D.items() if key not in ("epsilon", "cutoff")}
    files = {"KA2D": {"states": {"warm": "warm/*.gsd", "cold": "cold/*.gsd"}}}
    study = changed(systems={"KA2D": block}, samples={"source": "files", "files": files})
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    assert refusal.value.problems == [
        "systems.KA2D.epsilon: missing, required with cutoff for the runs and energies of papers.jung2023"
    ]
    study["systems"]["KA2D"] = KA2D
    assert StudyPlan(resolve(study, schema), schema).jung2023 == ["dynamics", "models", "results"]
