"""What a study of the second paper computes, what it demands and what it refuses."""

import copy

import pytest
from repository import read_study

from glassmap.errors import ConfigurationError
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.workflow.config import resolve
from glassmap.workflow.jung2023 import (
    FIGURES,
    MODELS,
    TABLES,
    TRANSFER,
    WITHOUT_RUNS,
    regressor_problems,
)
from glassmap.workflow.machine import disk_megabytes, runs_lammps
from glassmap.workflow.predictors import file_problems
from glassmap.workflow.resources import job_resources, molecular_dynamics
from glassmap.workflow.study import StudyPlan


def changed(**changes) -> dict:
    """The smoke study of the second paper, of both its states, with some keys changed: of sections, or whole."""
    study = copy.deepcopy(read_study("jung2023-smoke"))
    del study["jung2023"]["states"]
    for section, values in changes.items():
        study[section] = {**study.get(section, {}), **values} if isinstance(values, dict) else values
    return study


def test_a_study_that_names_the_second_paper_alone_computes_it_alone(schema):
    study = changed()
    assert "propensity" not in study["systems"]["KA2D"] and "coarse_graining" not in study["systems"]["KA2D"]
    plan = StudyPlan(resolve(study, schema), schema)
    assert plan.parts == [] and plan.jung2023 == ["dynamics", "models", "results"]
    assert set(plan.tables) == {
        TRANSFER,
        "predictors",
        "predictors_s4",
        "predictor_transfer",
        *(name for names in TABLES.values() for name in names),
    }
    figures = (name for names in FIGURES.values() for name in names)
    assert set(plan.figures) == {TRANSFER, "predictors", "predictors_s4", *figures}
    assert plan.ensembles == {"KA2D": {}, "KA2D_large": {}} and not plan.with_networks and not plan.with_transition
    assert plan.predicted_states == ["warm", "cold"]
    batches = {system: plan.structure_batches(system) for system in plan.systems}
    ranges = {system: [plan.structure_range(system, batch) for batch in of] for system, of in batches.items()}
    assert ranges == {"KA2D": [[0, 6], [6, 12]], "KA2D_large": [[0, 3]]}  # its test structures alone
    assert plan.structure_splits("KA2D_large") == ["test"] and len(plan.structure_splits("KA2D")) == 3
    assert runs_lammps(plan.config)


def test_a_system_without_runs_needs_no_time_for_them(schema):
    """However large: 160 times the particles."""
    block = {**KA2D, "particles": {"A": 9600, "B": 5280, "C": 5760}}
    large = {"systems": {"KA2D": KA2D, "KA2D_large": block}}
    with_runs, alone = (
        resolve(changed(**large, jung2023={"without_runs": names}), schema) for names in ([], ["KA2D_large"])
    )
    plan = StudyPlan(alone, schema)
    assert plan.systems_with_runs == ["KA2D"] and set(WITHOUT_RUNS["tables"]) <= set(plan.tables)
    assert TRANSFER not in plan.tables and TRANSFER in StudyPlan(with_runs, schema).tables
    ours, theirs = (molecular_dynamics(config)["isoconfigurational_runs"] for config in (alone, with_runs))
    assert theirs.seconds == pytest.approx(160 * ours.seconds) and theirs.megabytes > ours.megabytes
    assert job_resources(alone)["glassmlp_model"].megabytes < job_resources(with_runs)["glassmlp_model"].megabytes
    assert disk_megabytes(alone) < disk_megabytes(with_runs)


def test_rows_that_learn_are_left_out_of_a_system_that_is_not_learned_from(schema):
    both = {"jung2023": ["dynamics", "models", "results"], "oyama2023": ["networks"], "swanson2020": ["networks"]}
    rows = ["potential_energy", "bond_order_mixture", "gradcam", "gradcam_untrained", "attention"]
    lengths = {
        "frontiers": {"correlations": 3.0, "dynamics": 3.0, "propensity": 3.0, "propensity_maps": [3.0, 3.0, 3.0]},
        "arxiv-v2": {"correlations": 3.0, "dynamics": 3.0, "propensity": 0.0, "propensity_maps": [0.0, 0.0, 0.0]},
    }
    systems = {
        name: {**block, "coarse_graining": lengths} for name, block in changed()["systems"].items() if "KA2D" in name
    }
    study = changed(
        papers=both, systems=systems, predictors={"rows": rows}, classifier={"states": ["warm", "cold"]},
        swanson2020={"networks": ["d_mpnn"], "folds": 3},
    )  # fmt: skip
    plan = StudyPlan(resolve(study, schema), schema)
    assert plan.predictor_fields_of("KA2D") == rows and plan.predictor_fields_of("KA2D_large") == ["potential_energy"]
    # 6 of 12 are the training split; a fold of three holds out 4
    assert plan.trained_on == {"gradcam": 6, "attention": 8} and plan.training_of_networks == 6
    fewer = resolve({**study, "classifier": {**study["classifier"], "training_replicas": 5}}, schema)
    assert StudyPlan(fewer, schema).trained_on["gradcam"] == 5


def test_both_papers_in_one_study(schema):
    both = {"oyama2023": ["samples"], "jung2023": ["dynamics"]}
    plan = StudyPlan(resolve(changed(papers=both, jung2023={"transfer": {}}), schema), schema)
    assert plan.tables == list(TABLES["dynamics"])
    assert plan.figures == list(FIGURES["dynamics"])  # Fig. S7 is of the states liquid and glass
    assert plan.parts == ["samples"]


def test_the_default_study_has_nothing_of_the_second_paper(config, schema):
    plan = StudyPlan(config, schema)
    assert plan.jung2023 == [] and not set(plan.tables) & {name for names in TABLES.values() for name in names}


def test_states_have_run_times_of_their_own(schema):
    found = resolve(changed(jung2023={"states": ["cold"]}, isoconfigurational={"run_times": {"cold": 250.0}}), schema)
    plan = StudyPlan(found, schema)
    assert plan.predicted_states == ["cold"] and plan.run_time("cold") == 250 and plan.run_time("warm") == 40
    times = PropensityProtocol.from_config(found["isoconfigurational"], plan.run_time("cold")).frame_times()
    assert len(times) == 6 and times[0] == 1 and times[-1] == 250


def test_needs_grow_with_the_number_of_structures_and_of_runs(schema):
    few = resolve(changed(), schema)
    many = resolve(changed(cooling={"replicas": 160, "batch_size": 16}, isoconfigurational={"runs": 8}), schema)
    assert disk_megabytes(many) > 2 * disk_megabytes(few)
    for rule in ("propensities", "descriptors", "glassmlp_model", "judged_predictions"):
        assert job_resources(many)[rule].megabytes > job_resources(few)[rule].megabytes
    one, other = (molecular_dynamics(config)["isoconfigurational_runs"] for config in (few, many))
    assert one.seconds == pytest.approx(6 * 258 * 3e-7 * 4_000) and other.megabytes > one.megabytes


def test_arrays_of_ones_own_must_be_there_unless_the_study_makes_them(schema, tmp_path):
    (tmp_path / "KA2D-warm.npy").touch()
    for pattern, missing in (
        (f"{tmp_path}/{{system}}-{{state}}.npy", 3),
        (f"{tmp_path}/KA2D-warm.npy", 0),
        ("results/{system}.npy", 0),
        ("x\x00.npy", 4),
        ("x" * 5000 + ".npy", 4),
    ):
        config = resolve(changed(predictors={"own": {"mine": {"array": pattern}}}), schema)
        problems = list(file_problems(config))
        assert len(problems) == missing and all(problem.endswith("no such file") for problem in problems)
        assert all(
            problem.startswith("predictors.own.mine.array: got ") and problem.isprintable() for problem in problems
        )


KA2D = read_study("jung2023-smoke")["systems"]["KA2D"]
NEAREST = {"make": "sklearn.neighbors.KNeighborsRegressor", "arguments": {"n_neighbors": 3}}


def test_models_of_ones_own(schema):
    study = changed(glassmlp={"models": ["nearest", "glassmlp"], "regressors": {"nearest": NEAREST}})
    config = resolve(study, schema)
    assert list(regressor_problems(config)) == []
    for wrong, line in (
        (
            {"make": "sklearn.neighbors.KNearest"},
            "got sklearn.neighbors.KNearest, which cannot be imported (AttributeErr",
        ),
        ({"make": "no_such_module.Model"}, "got no_such_module.Model, which cannot be imported (ModuleNotFoundError: "),
        (
            {"arguments": {"neighbours": 3}},
            "got sklearn.neighbors.KNeighborsRegressor, which cannot be made with {'nei",
        ),
        (
            {"make": "fractions.Fraction", "arguments": {}},
            "got fractions.Fraction, must make a regressor of scikit-lea",
        ),
    ):
        config["glassmlp"]["regressors"]["nearest"] = {**NEAREST, **wrong}
        (problem,) = regressor_problems(config)
        assert problem.startswith(f"glassmlp.regressors.nearest: {line}") and "\n" not in problem
    config["glassmlp"]["models"] = list(MODELS)
    assert list(regressor_problems(config)) == []  # it is not used


@pytest.mark.parametrize(
    "changes, line",
    [
        (
            {"papers": {"jung2023": []}},
            "papers: got no part of any paper, must have one of oyama2023, jung2023 or swanson2020",
        ),
        ({"papers": {"jung2023": ["models"]}}, "papers.jung2023: got models; models require dynamics"),
        (
            {"papers": {"jung2023": ["dynamics", "results"]}},
            "papers.jung2023: got dynamics, results; results require models",
        ),
        ({"papers": {"jung2023": ["figures"]}}, 'papers.jung2023[0]: got "figures", allowed: dynamics, models'),
        ({"glassmlp": {"species": "D"}}, "glassmlp.species: got D, must be a species of systems.KA2D: A, B, C"),
        ({"glassmlp": {"target": "msd"}}, 'glassmlp.target: got "msd", allowed: bond_breaking, displacement'),
        (
            {"cooling": {"replicas": 2, "batch_size": 2}, "isoconfigurational": {"batch_size": 2}},
            "cooling.replicas: got 2, must be at least 3",
        ),
        (
            {"systems": {"KA2D": {**KA2D, "epsilon": {"AA": 1.0, "AB": 1.5, "BB": 0.5}}}},
            "systems.KA2D.epsilon: got AA, AB, BB; must have AA, AB, AC, BB, BC, CC, the pairs of its species",
        ),
        (
            {"predictors": {"rows": ["density"]}},
            "predictors.rows: got density, allowed: number_density, composition, potential_energy, voronoi_volume, ",
        ),
        (
            {"predictors": {"rows": ["graph_network"]}},
            "predictors.rows: got graph_network, which predicts no other system; must be without jung2023.transfer",
        ),
        (
            {"predictors": {"rows": ["gradcam"]}},
            "predictors.rows: got gradcam, which needs the networks of the first paper; must be with networks in "
            "papers.oyama2023",
        ),
        (
            {"predictors": {"rows": ["attention"]}},
            "predictors.rows: got attention, which needs d_mpnn; must be with networks in papers.swanson2020 and "
            "d_mpnn in swanson2020.networks",
        ),
        (
            {
                "papers": {"jung2023": ["dynamics", "models", "results"], "swanson2020": ["networks"]},
                "swanson2020": {"graph": {"attention": "none"}},
                "classifier": {"states": ["warm", "cold"]},
                "predictors": {"rows": ["attention"]},
            },
            "predictors.rows: got attention, which needs attention; must be with another swanson2020.graph.attention "
            "than none, and two steps or more",
        ),
        ({"predictors": {"lengths": [0.0]}}, "predictors.lengths[0]: got 0.0, must be greater than 0"),
        ({"predictors": {"moved_maps": 10}}, "predictors.moved_maps: got 10, must be at least 39"),
        (
            {"predictors": {"own": {"mine": {}}}},
            "predictors.own.mine: got neither of column and array, must have one of them",
        ),
        (
            {"predictors": {"own": {"mine": {"column": "c_1", "array": "{system}.npy"}}}},
            "predictors.own.mine: got both of column and array, must have one of them",
        ),
        (
            {"predictors": {"own": {"mine": {"array": "{phase}.npy"}}}},
            "predictors.own.mine.array: got '{phase}.npy', must have no other placeholders than {system} and {state}",
        ),
        (
            {"predictors": {"own": {"mine": {"array": "mine.csv"}}}},
            "predictors.own.mine.array: got 'mine.csv', must end in .npy",
        ),
        (
            {"predictors": {"own": {"mine": {"column": "c_1"}}}},
            "predictors.own.mine.column: is a column of your own files; must have samples.source: files",
        ),
        (
            {"predictors": {"own": {"ridge": {"array": "a.npy"}}}},
            "predictors.own.ridge: is the name of one of glassmlp.models; must be another",
        ),
        (
            {"predictors": {"own": {"tong_tanaka": {"array": "a.npy"}}}},
            "predictors.own: got tong_tanaka, the name of a predictor of glassmap; must be another",
        ),
        (
            {"predictors": {"own": {"mine": {"array": "a.npy", "told": "everything"}}}},
            'predictors.own.mine.told: got "everything", allowed: nothing, classes, dynamics',
        ),
        ({"glassmlp": {"models": []}}, "glassmlp.models: got [], must have at least 1 entries"),
        ({"glassmlp": {"models": ["forest"]}}, "glassmlp.models: got forest, allowed: glassmlp, mlp_mae, ridge (more"),
        (
            {"glassmlp": {"regressors": {"ridge": NEAREST}}},
            "glassmlp.regressors: got ridge, the name of another model; must not be glassmlp, mlp_mae, ridge",
        ),
        (
            {"glassmlp": {"regressors": {"nearest": {"make": "KNeighborsRegressor"}}}},
            'glassmlp.regressors.nearest.make: got "KNeighborsRegressor", must match',
        ),
        (
            {"jung2023": {"transfer": {"KA2D_large": "KAM"}}},
            "jung2023.transfer.KA2D_large: got KAM; KAM must be one of the systems: KA2D, KA2D_large",
        ),
        (
            {"jung2023": {"transfer": {"KA2D_large": "KA2D", "KA2D": "KA2D_large"}}},
            "jung2023.transfer.KA2D_large: got KA2D, must be a system that models learn from: none",
        ),
        ({"papers": {"jung2023": ["dynamics"]}}, "jung2023.transfer: needs models in papers.jung2023"),
        (
            {"jung2023": {"without_runs": ["KA2D"]}},
            "jung2023.without_runs: got KA2D, must be one of jung2023.transfer: KA2D_large",
        ),
        (
            {"glassmlp": {"cutoff": 5.3}},
            "glassmlp.cutoff: got 5.3, must be at most 5.201 for jung2023.transfer.KA2D_large, half of the smaller box",
        ),
        (
            {"systems": {"KA2D": KA2D, "KA2D_large": {**KA2D, "sigma": {**KA2D["sigma"], "AB": 0.85}}}},
            "jung2023.transfer.KA2D_large: got KA2D, whose sigma must be that of KA2D_large",
        ),
        ({"glassmlp": {"formula": "both"}}, 'glassmlp.formula: got "both", allowed: code, paper'),
        ({"glassmlp": {"distances": [2.0]}}, "glassmlp.distances: got 2 alone, must have none (those of the formula)"),
        (
            {"glassmlp": {"distances": [1.0, 2.0, 7.5]}},
            "glassmlp.distances: got 7.5, must be at most 7.356, the largest distance of two particles in the box",
        ),
        (
            {"predictors": {"learning_curve": [2, 100]}},
            "predictors.learning_curve: got 100, must be at most the 6 training structures",
        ),
        ({"jung2023": {"states": ["hot"]}}, "jung2023.states: got 'hot', not a state of the systems; allowed: warm, c"),
        (
            {"isoconfigurational": {"run_times": {"hot": 5.0}}},
            "isoconfigurational.run_times: got 'hot', not a state of the systems; allowed: warm, cold",
        ),
        (
            {"isoconfigurational": {"extra_times": [90.0]}},
            "isoconfigurational.extra_times: got 90, must lie between isoconfigurational.time_step (0.01) and "
            "isoconfigurational.run_time (40)",
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
    study = changed(systems={"KA2D": block}, samples={"source": "files", "files": files}, jung2023={"transfer": {}})
    del study["systems"]["KA2D_large"]
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    assert refusal.value.problems == [
        "systems.KA2D.epsilon: missing, required with cutoff for the runs and energies of papers.jung2023"
    ]
    study["systems"]["KA2D"] = KA2D
    assert StudyPlan(resolve(study, schema), schema).jung2023 == ["dynamics", "models", "results"]
