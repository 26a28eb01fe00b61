"""What a study computes, and whose results its variants take: pure functions of the configuration."""

import copy

import pytest
from repository import read_study

from glassmap.system import System
from glassmap.variants import STUDY, Case
from glassmap.workflow.config import resolve
from glassmap.workflow.oyama2023 import FIGURES, TABLES
from glassmap.workflow.study import NO_ENSEMBLE, StudyPlan

ALL = ["samples", "networks", "glass_transition", "dynamics", "controls"]


def plan(schema, *names: str, **changes) -> StudyPlan:
    """Of a study file with some keys changed, one level deep."""
    study = copy.deepcopy(read_study(*names))
    for section, values in changes.items():
        study[section] = {**study.get(section, {}), **values} if isinstance(values, dict) else values
    return StudyPlan(resolve(study, schema), schema)


def test_the_default_study_has_every_table_and_figure_of_the_paper(schema):
    found = plan(schema)
    assert found.parts == ALL and found.with_transition and not found.from_files and found.variants == []
    assert {*found.tables} >= {"table2", "table3", "table4", "table5", "table_s1", "glass_transition", "reproduction"}
    assert {*found.figures} >= {
        *(f"fig{number}" for number in range(1, 9)),
        *(f"fig_s{number}" for number in range(3, 8)),
    }
    assert len(found.tables) == len(set(found.tables)) and len(found.figures) == len(set(found.figures))
    assert found.maps == {"fig1": "KAM", "fig2": "ABM"} and found.bare_maps == {"fig_s4": "KAM", "fig_s5": "ABM"}


def test_jobs_know_everything_that_a_system_is_made_of(schema):
    """The system that a job builds is that of the configuration, whatever its potential; the default has no key."""
    for name, study in (("KA2D", plan(schema, "ka2d")), ("KAM", plan(schema)), ("ABM", plan(schema))):
        model = study.model(Case(name))
        built, meant = System.from_config(name, model), System.from_config(name, study.config["systems"][name])
        assert built.identity() == meant.identity() and built.potential == meant.potential
        assert ("potential" in model) == (name == "KA2D")


@pytest.mark.parametrize("parts", [["samples"], ["networks"], ["glass_transition"], ["networks", "dynamics"]])
def test_a_part_has_its_tables_and_figures_alone(schema, parts):
    found = plan(schema, papers={"oyama2023": parts})
    tables = {name for part in parts for name in TABLES.get(part, ())}
    figures = {name for part in parts for name in FIGURES.get(part, ())}
    if "glass_transition" in parts:
        tables, figures = tables | {"glass_transition"}, figures | {"fig_s6"}
    if "dynamics" in parts:
        figures |= {"fig1", "fig2", "fig_s4", "fig_s5"}
    assert (set(found.tables), set(found.figures)) == (tables, figures)
    # what no part asks for is not there to be computed
    assert found.null_networks == [] and list(found.shuffled) == []
    assert all(bool(names) == ("dynamics" in parts) for names in found.ensembles.values())
    assert (found.highest_ensembles("KAM") == [NO_ENSEMBLE]) == ("dynamics" not in parts)


def test_files_without_inherent_energies_have_no_transition(schema):
    files = {name: {"snapshots": "x/*.nc", "inherent_energies": "x/energies.nc"} for name in ("KAM", "ABM")}
    assert plan(schema, samples={"source": "files", "files": files}).with_transition
    del files["ABM"]["inherent_energies"]
    found = plan(schema, samples={"source": "files", "files": files})
    assert found.from_files and not found.with_transition and "fig_s6" not in found.figures


def test_batches_hold_every_replica_once(schema):
    found = plan(schema, cooling={"replicas": 60, "batch_size": 20}, inherent_structures={"replicas": 30})
    assert [found.replica_range(batch) for batch in found.batches] == [[0, 20], [20, 40], [40, 60]]
    assert [found.inherent_replica_range(batch) for batch in found.inherent_batches] == [[0, 20], [20, 30]]


def test_runs_and_ensembles(schema):
    study = copy.deepcopy(read_study())
    study["systems"]["KAM"]["propensity"]["temperatures"] = [0.5, 0.6]
    study["propensity"] |= {"configurations": [1, 6], "runs": 12, "runs_at_highest": 18, "batch_size": 6}
    found = StudyPlan(resolve(study, schema), schema)
    assert found.highest_ensembles("KAM") == ["T-0.6", "T-0.6-configuration-6"]
    assert found.ensemble_sizes("KAM") == [[1, 0.5, 2], [1, 0.6, 3], [6, 0.5, 2], [6, 0.6, 3]]
    assert [found.run_range(batch) for batch in found.run_batches("KAM", "T-0.6")] == [[0, 6], [6, 12], [12, 18]]


def test_a_variant_takes_what_it_does_not_change(schema):
    """By what it changes: the network alone, the grid, the samples' input, the liquid's temperature, the cooling."""
    changes = {
        "network": {"classifier": {"epochs": 7}},
        "grid": {"density": {"grid": 40}},
        "minima": {"configurations": {"input": "inherent_structures"}},
        "warm": {"systems": {"KAM": {"states": {"liquid": 0.9}}}},
        "fast": {"cooling": {"cooling_rate": 0.1}},
    }
    found = plan(schema, controls={"sensitivity": changes})
    own = {
        name: [
            owner(Case("KAM", name)) != Case("KAM")
            for owner in (found.cooling_source, found.configurations_source, found.density_source)
        ]
        for name in changes
    }
    assert own == {
        "network": [False, False, False], "grid": [False, False, True], "minima": [False, True, True],
        "warm": [False, True, True], "fast": [True, True, True],
    }  # fmt: skip
    assert found.uses_inherent_structures(Case("ABM", "minima")) and not found.uses_inherent_structures(Case("ABM"))
    assert found.seeds(Case("KAM", "network")) == found.seeds(Case("KAM"))
    assert "sensitivity" in found.tables
    of_variants = {Case(system, name) for name in changes for system in ("KAM", "ABM")}
    assert set(found.variants) == of_variants - {Case("ABM", "warm")}  # which it leaves as it is
    assert set(found.settings) == {Case("KAM"), Case("ABM"), *found.variants}


@pytest.mark.parametrize(
    "case, variant", [(Case("KAM"), ""), (Case("KAM", "grid-64"), "sensitivity/grid-64/")], ids=[STUDY, "variant"]
)
def test_a_case_is_known_by_its_wildcards(case, variant):
    assert case.wildcards == {"variant": variant, "system": "KAM"}
    assert Case.of_wildcards(**case.wildcards) == case and case.in_study == Case("KAM", STUDY)


def test_preparation_and_model_are_all_that_the_cooling_depends_on(schema):
    one, other = plan(schema), plan(schema, cooling={"replicas": 52, "batch_size": 13}, classifier={"epochs": 3})
    for case in map(Case, ("KAM", "ABM")):
        assert one.cooling_settings(case) == other.cooling_settings(case) and one.model(case) == other.model(case)
    own = {"cooling_rate": 0.02, "further_rates": [{"below": 1.5, "rate": 0.01}]}
    study = copy.deepcopy(read_study())
    study["systems"]["KAM"]["cooling"] = own
    changed = StudyPlan(resolve(study, schema), schema)
    assert changed.cooling_settings(Case("KAM")) == {**one.cooling_settings(Case("KAM")), **own}
    assert changed.cooling_settings(Case("ABM")) == one.cooling_settings(Case("ABM"))


def test_a_name_for_a_saved_temperature_cools_nothing_anew(schema):
    blocks = read_study()["systems"]

    def states(name: str, between: float) -> dict:
        liquid, glass = (blocks[name]["states"][state] for state in ("liquid", "glass"))
        return {**blocks[name], "states": {"liquid": liquid, "between": between, "glass": glass}}

    named, other = (
        plan(schema, systems={"KAM": states("KAM", between), "ABM": states("ABM", 1.5)}) for between in (0.5, 0.55)
    )
    one, case = plan(schema), Case("KAM")
    assert named.cooling_settings(case) == one.cooling_settings(case) != other.cooling_settings(case)


def test_null_networks_are_numbered(schema):
    found = plan(
        schema,
        classifier={"seeds": [0, 7]},
        controls={"nulls": ["constant", "shuffled_labels", "random_weights"], "draws": 2, "shuffled_networks": 3},
    )
    assert sorted(map(tuple, found.null_networks)) == [
        *(("random_weights", draw) for draw in range(2)), *(("shuffled_labels", draw) for draw in range(3)),
    ]  # fmt: skip
    assert set(found.all_seeds) == {0, 1, 2, 7}


def test_only_the_centres_of_the_readings_have_every_attribution(schema):
    changes = {"sensitivity": {"one": {"classifier": {"epochs": 7}}}}
    found = plan(schema, controls=changes, readings={"centres": ["base"]})
    assert found.attribution_of_reading(Case("KAM", "one"))["methods"] == ["gradcam"]
    methods = found.attribution_of_reading(Case("KAM"))["methods"]
    assert methods[0] == "gradcam" and "occlusion" in methods and "gradcam_class_0" not in methods
