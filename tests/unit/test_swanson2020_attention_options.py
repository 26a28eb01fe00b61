"""What a study of the third paper computes of what its networks look at, and of their cost."""

import copy

import pytest
from repository import read_study

from glassmap.errors import ConfigurationError
from glassmap.workflow.config import resolve
from glassmap.workflow.resources import job_resources
from glassmap.workflow.study import StudyPlan


def changed(**changes) -> dict:
    """The smoke study of the third paper with some keys of sections changed."""
    study = copy.deepcopy(read_study("swanson2020-smoke"))
    for section, values in changes.items():
        study[section] = {**study[section], **values} if isinstance(values, dict) else values
    return study


def plan(schema, **changes) -> StudyPlan:
    return StudyPlan(resolve(changed(**changes), schema), schema)


def test_tables_and_figures_of_the_parts(schema):
    everything = plan(schema)
    assert {"attention", "artificial", "graph_measures", "training_cost"} <= set(everything.tables)
    shown = {"attention_maps", "feature_maps", "artificial", "graph_measures", "training_cost"}
    assert shown <= set(everything.figures)
    without = plan(schema, papers={"swanson2020": ["networks"]})
    assert not {"attention", "artificial", "graph_measures", "training_cost"} & set(without.tables)
    assert not shown & set(without.figures)
    graphs = plan(schema, swanson2020={"networks": ["d_mpnn"]})
    assert "attention_maps" in graphs.figures and "feature_maps" not in graphs.figures


def test_graphs_are_measured_along_the_coolings_of_the_sets_or_of_all_systems(schema):
    assert plan(schema).measured_systems == ["KA_slow", "KA_fast"]
    assert plan(schema).system_of("set1") == "KA_slow" and plan(schema).system_of("set2") == "KA_fast"
    study = changed(papers={"swanson2020": ["networks", "attention"]})
    del study["swanson2020"]["slow"], study["swanson2020"]["fast"], study["swanson2020"]["variant_sets"]
    of_systems = StudyPlan(resolve(study, schema), schema)
    assert of_systems.datasets == of_systems.measured_systems == ["KA_slow", "KA_fast"]
    assert of_systems.system_of("KA_fast") == "KA_fast"


def test_what_is_timed(schema):
    timed = plan(schema, swanson2020={"cost": {"models": ["own", "I"]}, "window_sizes": [0.5, 1.0]}).timed_networks
    named = [(kind, model, options.get("window")) for kind, model, options in timed]
    graphs = [("d_mpnn", model, window) for model in ("own", "I") for window in (0.5, 1.0)]
    assert sorted(named, key=str) == sorted([("image_cnn", "own", None), *graphs], key=str)
    own, smallest = (
        next(one for kind, name, one in timed if name == model and kind == "d_mpnn") for model in ("own", "I")
    )
    assert own["hidden"] == 24 and (smallest["hidden"], smallest["steps"], smallest["neighbours"]) == (300, 2, 1)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"window_sizes": [0.1]}, "swanson2020.window_sizes: got 0.1, a window that holds 2 of the 200 particles"),
        ({"measured_neighbours": 100, "window_sizes": [0.0]}, "swanson2020.window_sizes"),
        ({"cost": {"models": ["IV"]}}, "swanson2020.cost.models"),
        ({"explanations": {"samples": 0}}, "swanson2020.explanations.samples"),
        ({"artificial": {"symmetries": [1]}}, "swanson2020.artificial.symmetries"),
    ],
)
def test_what_is_refused(schema, changes, line):
    with pytest.raises(ConfigurationError, match=line.replace(".", r"\.")):
        plan(schema, swanson2020=changes)


def test_needs_grow_with_what_is_explained(schema):
    few = job_resources(plan(schema).config)
    many = job_resources(
        plan(schema, swanson2020={"explanations": {"samples": 6, "draws": 5, "moved_maps": 999, "steps": 64}}).config
    )
    large = job_resources(plan(schema, swanson2020={"cost": {"models": ["III"]}, "window_sizes": [1.0]}).config)
    for rule in ("network_scores", "attention_table"):
        assert many[rule].seconds > 2 * few[rule].seconds
    assert large["training_cost"].seconds > 20 * few["training_cost"].seconds
