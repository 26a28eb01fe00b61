"""What a study of the third paper computes, what it demands and what it refuses."""

import copy

import numpy as np
import pytest
import xarray as xr
from repository import read_study

from glassmap.errors import ConfigurationError
from glassmap.variants import Case
from glassmap.workflow.config import resolve
from glassmap.workflow.resources import job_resources
from glassmap.workflow.study import StudyPlan
from glassmap.workflow.swanson2020 import Origin, file_temperatures, problems_of_energies

SMOKE = read_study("swanson2020-smoke")
SLOW, FAST = SMOKE["systems"]["KA_slow"], SMOKE["systems"]["KA_fast"]
WHOLE = [1, 1, 1]  # a range of windows
BASE = {"papers": {"swanson2020": ["networks"]}}  # of config.yaml: liquids and glasses of KAM and ABM


def changed(base: dict | None = None, **changes) -> dict:
    """The smoke study of the third paper, or another, with some keys of sections changed."""
    study = copy.deepcopy(SMOKE if base is None else base)
    for section, values in changes.items():
        study[section] = {**study.get(section, {}), **values} if isinstance(values, dict) else values
    return study


def plan(schema, study: dict) -> StudyPlan:
    return StudyPlan(resolve(study, schema), schema)


def test_a_study_that_names_the_third_paper_alone_computes_it_alone(schema):
    found = plan(schema, changed(papers={"swanson2020": ["samples", "networks"]}))
    assert found.parts == [] and found.jung2023 == [] and not found.with_networks and not found.with_transition
    assert found.tables == ["auc", "auc_matrix", "architectures", "equal_energy", "graph_variants"]
    assert found.figures == ["sets", "auc", "auc_matrix"]
    assert found.sets == {
        "set1": (Origin("KA_slow", 1.992), Origin("KA_slow", 0.05)),
        "set2": (Origin("KA_slow", None), Origin("KA_fast", 0.05)),
    }
    assert found.set_of_equal_energy == "set2" and found.datasets == ["set1", "set2"]
    assert found.pair_networks("set1") == ["image_cnn", "d_mpnn", "d_mpnn-absolute"]
    assert found.pair_networks("set2") == ["image_cnn", "d_mpnn"]
    assert found.network_options("d_mpnn-absolute") == {**found.network_options("d_mpnn"), "coordinates": "absolute"}
    assert found.search_ranges("d_mpnn") == {} and list(found.folds) == [0, 1]


def test_without_a_fast_system_there_is_no_set_of_equal_energy(schema):
    study = changed()
    del study["swanson2020"]["fast"]
    found = plan(schema, study)
    assert list(found.sets) == ["set1"] and found.set_of_equal_energy is None and "equal_energy" not in found.tables


def test_liquids_and_glasses_of_the_first_paper_are_pairs_of_states_too(schema):
    both = {"oyama2023": ["networks"], "swanson2020": ["networks"]}
    found = plan(schema, changed(read_study(), papers=both))
    assert found.sets == {} and found.datasets == ["KAM", "ABM"] and found.with_networks
    assert {"table2", "auc", "architectures"} <= set(found.tables) and "sets" not in found.figures


def test_a_search_replaces_what_it_ranges_over(schema):
    found = plan(
        schema,
        changed(swanson2020={**SMOKE["swanson2020"], "search": {"trials": 3, "hidden": [32, 64, 16], "window": WHOLE}}),
    )
    assert "search" in found.tables and found.search_ranges("d_mpnn-absolute") == {}
    assert found.search_ranges("d_mpnn")["hidden"] == [32, 64, 16]
    assert set(found.search_ranges("image_cnn")) == {"batch_size", "dropout"}
    assert all(isinstance(value, int) for value in found.search_ranges("image_cnn")["batch_size"])


def test_more_and_larger_networks_need_more(schema):
    def needed(**changes):
        return job_resources(resolve(changed(swanson2020={**SMOKE["swanson2020"], **changes}), schema))

    usual, wide, long = needed(), needed(graph={"hidden": 500}), needed(graph={"epochs": 500})
    assert wide["network"].megabytes > usual["network"].megabytes
    assert wide["network"].seconds > usual["network"].seconds < long["network"].seconds
    assert needed(search={"trials": 20, "window": WHOLE})["search"].seconds > 10 * usual["network"].seconds


def options(**changes) -> dict:
    return {"swanson2020": changes}


@pytest.mark.parametrize(
    "changes, line",
    [
        ({"papers": {"swanson2020": []}}, "papers: got no part of any paper, must have one of oyama2023, jung2023 or"),
        ({"papers": {"swanson2020": ["attention"]}}, "papers.swanson2020: got attention; attention requires networks"),
        ({"papers": {"swanson2020": ["pictures"]}}, 'papers.swanson2020[0]: got "pictures", allowed: samples'),
        (options(slow="KA2D"), "swanson2020.slow: got KA2D, must be one of the systems: KA_slow, KA_fast"),
        (options(fast="KA2D"), "swanson2020.fast: got KA2D, must be one of the systems: KA_slow, KA_fast"),
        (options(fast="KA_slow"), "swanson2020.fast: got KA_slow, must not be swanson2020.slow"),
        (
            {"systems": {**SMOKE["systems"], "KA_fast": {**FAST, "epsilon": {"AA": 1.0, "AB": 1.0, "BB": 1.0}}}},
            "swanson2020.fast: got KA_fast, whose epsilon must be that of KA_slow: liquid and glass of a set have",
        ),
        (
            {"systems": {**SMOKE["systems"], "set3": SLOW}},
            "systems: got the name set3, that of a set of swanson2020.slow; must be another",
        ),
        (
            options(liquid_temperatures=[1.992, 0.9]),
            "swanson2020.liquid_temperatures: got 0.9, must be a temperature above the glass at which the cooling of",
        ),
        (options(liquid_temperatures=[0.05]), "swanson2020.liquid_temperatures: got 0.05, must be a temperature above"),
        (options(folds=9), "swanson2020.folds: got 9 for 16 replicas, must be at most 8: each fold holds out repl"),
        (options(folds=1), "swanson2020.folds: got 1, must be at least 2"),
        (
            options(graph={"window": 0.1, "neighbours": 3}),
            "swanson2020.graph.window: got 0.1, a window that holds 2 of the 200 particles of KA_slow; must",
        ),
        (
            options(variants={"small": {"window": 0.1}}, variant_sets=[]),
            "swanson2020.variants.small: got 0.1, a window that holds 2 of the 200 particles of KA_slow",
        ),
        (
            options(graph={"window": 0.15, "neighbours": 3, "neighbours_of": "window"}),
            "swanson2020.graph.window: got 0.15, a window that holds 4.5 of the 200 particles of KA_slow; must hold "
            "more than the 3 neighbours and 4 to spare",
        ),
        (
            options(search={"trials": 2}),
            "swanson2020.search.window: got 0.05, a window that holds 0.5 of the 200 particles of KA_slow; must",
        ),
        (
            options(search={"trials": 2, "window": WHOLE, "steps": [6, 2, 1]}),
            "swanson2020.search.steps: got [6, 2, 1], must be lowest, highest and a step greater than 0",
        ),
        (
            options(search={"trials": 2, "window": WHOLE, "hidden": [0.5, 2, 1]}),
            "swanson2020.search.hidden: got [0.5, 2, 1], must be whole numbers from 1 on",
        ),
        (
            options(search={"trials": 2, "window": WHOLE, "dropout": [0, 1, 0.5]}),
            "swanson2020.search.dropout: got [0, 1, 0.5], must be less than 1",
        ),
        (options(variants={"same": {"hidden": 24}}), "swanson2020.variants.same: changes nothing of swanson2020.graph"),
        (options(networks=["image_cnn"]), "swanson2020.variants: are of d_mpnn, which swanson2020.networks must have"),
        (options(variant_sets=["set9"]), "swanson2020.variant_sets: got set9, allowed: set1, set2"),
        (options(image={"size": 16, "kernel_sizes": [10, 9]}), "swanson2020.image.size: got 16, must be at least"),
        (options(image={"kernel_sizes": [3]}), "swanson2020.image.kernel_sizes: got 1 for 2 convolutions "),
        ({"inherent_structures": {"replicas": 30}}, "inherent_structures.replicas: got 30, must be at most cooling"),
        (
            {"classifier": {"states": ["liquid", "crystal"]}},
            "classifier.states: got liquid, crystal; must be two of systems.KA_slow.states",
        ),
    ],
)  # fmt: skip
def test_refused_in_one_line(schema, changes, line):
    with pytest.raises(ConfigurationError) as refusal:
        resolve(changed(**changes), schema)
    assert any(problem.startswith(line) for problem in refusal.value.problems), refusal.value.problems
    assert all("\n" not in problem for problem in refusal.value.problems)


def test_refused_without_slow(schema):
    study = changed(options(fast="KA_fast") | {"papers": {"swanson2020": ["samples"]}, "systems": SMOKE["systems"]})
    with pytest.raises(ConfigurationError) as refusal:
        resolve({**SMOKE, **study, "swanson2020": {"fast": "KA_fast"}}, schema)
    assert refusal.value.problems[:2] == [
        "papers.swanson2020: got samples, which needs swanson2020.slow",
        "swanson2020.fast: got KA_fast without swanson2020.slow",
    ]


def test_systems_with_other_species_are_no_pairs_beside_each_other(schema):
    ternary = read_study("jung2023-smoke")["systems"]["KA2D"]
    study = changed(read_study(), papers=BASE["papers"])
    study["systems"]["KA2D"] = {**ternary, "states": {"liquid": 0.8, "glass": 0.05}}
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    assert refusal.value.problems == [
        "systems.KA2D: has other dimensions or species than KAM; networks of papers.swanson2020 are tested on all "
        "systems, which must have the same number of both"
    ]


@pytest.mark.parametrize("shift, refused", [(0.04, False), (-0.1, True), (0.3, True)])
def test_a_fast_glass_that_the_curve_in_files_does_not_reach_is_refused_before_any_job(
    schema, tmp_path, shift, refused
):
    """Of energies that rise by 0.1 per unit of temperature from -3.9."""
    temperatures = np.array([1.992, 0.957, 0.44, 0.05])
    for name, extra in (("KA_slow", 0.0), ("KA_fast", shift)):
        energy = -3.9 + 0.1 * temperatures + extra + np.array([[1e-3], [-1e-3]])
        shape = {"replica": np.arange(2), "temperature": temperatures}
        variables = {key: (("replica", "temperature"), energy) for key in ("inherent_energy", "potential_energy")}
        variables |= {"largest_force": (("replica", "temperature"), 0 * energy), "wall_time": ("replica", np.zeros(2))}
        xr.Dataset(variables, shape).to_netcdf(tmp_path / f"{name}.nc")
    files = {
        name: {"snapshots": f"{tmp_path}/none-*.nc", "inherent_energies": f"{tmp_path}/{name}.nc"}
        for name in ("KA_slow", "KA_fast")
    }
    config = resolve(changed(samples={"source": "files", "files": files}), schema)
    problems = list(problems_of_energies(config))
    assert len(problems) == refused
    if refused:
        assert problems[0].startswith("swanson2020.fast: the glass of KA_fast has the inherent energy -3.")
        assert "liquids of KA_slow, -3.856 to -3.7008" in problems[0]
    assert file_temperatures(config, "KA_slow") == [1.992] and file_temperatures(config, "KA_fast") == []


def test_inherent_structures_are_those_of_the_sets_too(schema):
    """Which liquid has the energy of the fast glass is not known beforehand: all that are saved are minimised."""
    inherent = {"configurations": {"input": "inherent_structures"}}
    both = plan(schema, changed(**inherent))
    saved = {1.992, 1.3, 0.957, 0.75, 0.548, 0.44, 0.25, 0.05}
    assert saved <= set(both.minimised_temperatures(Case("KA_slow")))
    assert both.minimised_temperatures(Case("KA_fast")) == [1.992, 0.05]
    alone = changed(**inherent)
    alone["swanson2020"] = {key: value for key, value in alone["swanson2020"].items() if key != "fast"}
    alone["swanson2020"]["liquid_temperatures"] = [1.992, 0.957]
    assert plan(schema, alone).minimised_temperatures(Case("KA_slow")) == [1.992, 0.05, 0.957]
