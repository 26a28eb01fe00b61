"""Studies by swap Monte Carlo: what is computed, asked for and refused, from the configuration alone."""

import copy

import pytest
from ka2d import BLOCK
from repository import read_study

from glassmap.errors import ConfigurationError
from glassmap.io.splits import SPLITS, assign_splits
from glassmap.papers.jung2023.published import bond_breaking_time
from glassmap.simulation.swap_protocol import ChainProtocol
from glassmap.variants import Case
from glassmap.workflow.config import resolve, variants
from glassmap.workflow.jung2023 import run_time, states_of
from glassmap.workflow.machine import disk_megabytes, runs_lammps
from glassmap.workflow.own_files import left_out
from glassmap.workflow.resources import memory, molecular_dynamics, rounds, runtime
from glassmap.workflow.study import StudyPlan


def study(**changes) -> dict:
    """The default study of the ternary mixture at three temperatures, with some keys changed."""
    found = copy.deepcopy(read_study("ka2d"))
    found["samples"] = {"source": "swap"}
    found["cooling"]["replicas"] = 60
    found["propensity"]["configurations"] = [6]
    states = {"liquid": 0.8, "warm": 0.5, "glass": 0.4}
    found["systems"]["KA2D"] |= {
        "states": states,
        "propensity": {"temperatures": [0.5], "run_time": 1000.0},
        "coarse_graining": found["systems"]["KAM"]["coarse_graining"],
    }
    for key, value in changes.items():
        *path, last = key.split("__")
        block = found
        for part in path:
            block = block.setdefault(part, {})
        block[last] = value
    return found


def refused(given: dict, schema: dict) -> list[str]:
    with pytest.raises(ConfigurationError) as refusal:
        variants(resolve(given, schema), schema)
    return refusal.value.problems


def test_everything_but_the_transition_is_computed(schema):
    config = resolve(study(), schema)
    plan = StudyPlan(config, schema)
    assert config["papers"]["oyama2023"] == ["samples", "networks", "dynamics", "controls"]
    assert plan.from_swap and plan.by_state and not plan.from_trajectories and not plan.with_transition
    assert plan.states == ["liquid", "warm", "glass"] and list(plan.chains) == [0, 1, 2, 3]
    assert {"table2", "table5", "controls"} <= set(plan.tables) and "glass_transition" not in plan.tables
    assert left_out(config) == "T* (swap Monte Carlo is no cooling with inherent structures)"
    assert plan.summary()["cooling_rates"] == {} and plan.summary()["source"] == "swap"
    assert runs_lammps(config)
    assert not runs_lammps(resolve(study(papers={"oyama2023": ["samples"]}), schema))


def test_a_chain_depends_on_its_own_state_alone(schema):
    plan = StudyPlan(resolve(study(swap={"relaxation_time": {"KA2D": {"glass": 8.0}}}), schema), schema)
    settings = plan.chain_settings("KA2D", "glass")
    assert settings["temperature"] == 0.4 and settings["structures"] == 15 and settings["relaxation_time"] == 8.0
    assert plan.chain_settings("KA2D", "warm")["relaxation_time"] is None
    more = {"chains": 8, "longest_time": 5e4, "relaxation_time": {"KA2D": {"glass": 8.0, "liquid": 0.4}}}
    other = StudyPlan(resolve(study(swap=more, cooling__replicas=120), schema), schema)
    assert other.chain_settings("KA2D", "glass") == settings
    protocol = ChainProtocol.from_config({**settings, "longest_time": 1e4})
    assert protocol.swap.attempts(1290) == 2100
    assert protocol.longest_run == (20 + 15 * 5) * 8
    # a record every quarter of the relaxation time, 200 frames of the equilibration
    assert (protocol.interval_of_records(8.0), protocol.interval_of_window(0)) == (20, 8)


def test_the_potential_is_that_of_the_system(schema):
    """Of former results it is not among the parameters, since they have but one."""
    plan = StudyPlan(resolve(study(), schema), schema)
    assert plan.model(Case("KA2D"))["potential"] == BLOCK["potential"] == "smoothed"
    cooled = StudyPlan(resolve(read_study(), schema), schema)
    assert "potential" not in cooled.model(Case("KAM"))


def test_jobs_ask_for_what_a_chain_may_take(schema):
    config = resolve(study(swap={"relaxation_time": {"KA2D": {"liquid": 0.5, "warm": 2.0, "glass": 8.0}}}), schema)
    chain = molecular_dynamics(config)["swap"]
    # (20 + 15 * 5) * 8 tau, ten cycles each of 10 steps and 2100 / 1290 exchanges of each particle
    assert chain.seconds == pytest.approx(7600 * 1290 * 3e-7 * (10 + 10 * 2100 / 1290), rel=1e-3)
    # measured 7.8 ms a cycle on a busy core
    assert 7600 * 7.8e-3 < 60 * runtime(chain) < 60 * 10 + 10 * 7600 * 7.8e-3
    unknown = molecular_dynamics(resolve(study(), schema))["swap"]
    assert unknown.seconds > 10 * chain.seconds
    positions = 16e-6 * 1290
    assert memory(chain) > 700 + 3 * positions * (200 + 15)
    assert disk_megabytes(config) > 60 * (3 + 2) * positions
    assert molecular_dynamics(resolve(read_study(), schema))["swap"].seconds == 0


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"swap": {"chains": 7}}, "cooling.replicas: got 60, must be a multiple of swap.chains (7)"),
        (
            {"swap": {"chains": 20}},
            "cooling.replicas: got 60, must be at least 80 with 20 swap.chains: fewer structures do not show that",
        ),
        (
            {"systems__KA2D__particles": {"A": 15, "B": 8, "C": 9}},
            "systems.KA2D.particles: got 32, half of whose box (2.59) is less than the longest cutoff and the skin",
        ),
        (
            {"papers": {"oyama2023": ["glass_transition"]}},
            "papers.oyama2023: nothing is left of it; samples.source swap leaves out T* (swap Monte Carlo is",
        ),
        (
            {"swap": {"relaxation_time": {"KA2D": {"glass": 3000.0}}}},
            "swap.relaxation_time.KA2D.glass: got 3000, so that 20 relaxation times (swap.equilibration) take 60000 "
            "tau; must be at most swap.longest_time (10000), so raise it or systems.KA2D.states.glass",
        ),
        (
            {"swap": {"relaxation_time": {"KA2D": {"cold": 3.0}}}},
            "swap.relaxation_time.KA2D.cold: no such state; allowed: liquid, warm, glass",
        ),
        (
            {"swap": {"relaxation_time": {"KA": {"glass": 3.0}}}},
            "swap.relaxation_time: got KA, must be systems of the study: KA2D",
        ),
        ({"swap": {"longest_time": 3.0}}, "swap.longest_time: got 3, must be at least 20"),
        ({"swap": {"longest_time": 30.0, "steps_between": 30}}, "swap.longest_time: got 30, must be at least 60"),
        ({"swap": {"spacing": 4.0}}, "swap.spacing: got 4.0, must be at least 5"),
        (
            {"systems__KA2D__particles": {"A": 600, "B": 690}},
            "systems.KA2D.sigma: got AA, AB, AC, BB, BC, CC; must have AA, AB, BB, the pairs of its species",
        ),
        (
            {"split": {"train": 0.99, "validation": 0.005, "test": 0.005}},
            "split.test: got 0.005 of 60 replicas, must yield at least 1 replica",
        ),
        (
            {"papers": {"jung2023": ["dynamics"]}, "isoconfigurational": {"extra_times": [4000.0]}},
            "isoconfigurational.extra_times: got 4000, must lie between isoconfigurational.time_step (0.01) and",
        ),
        ({"swap": {"friction": 0}}, "swap.friction: got 0.0, must be greater than 0"),
        ({"swap": {"steps": 5}}, "swap.steps: unknown key, allowed here: attempts_per_particle, chains, "),
        ({"samples": {"source": "swapping"}}, 'samples.source: got "swapping", allowed: cooling, swap, files'),
        (
            {"controls__sensitivity": {"fast": {"cooling": {"cooling_rate": 0.1}}}},
            "controls.sensitivity.fast: cooling: a variant cannot change it if the samples are equilibrated by swap",
        ),
        (
            {"controls__sensitivity": {"cold": {"systems": {"KA2D": {"states": {"glass": 0.45}}}}}},
            "controls.sensitivity.cold: systems.KA2D.states: a variant cannot change it with samples.source swap",
        ),
        (
            {"controls__sensitivity": {"minima": {"configurations": {"input": "inherent_structures"}}}},
            "controls.sensitivity.minima: configurations: a variant cannot change it with samples.source swap",
        ),
    ],
)
def test_what_swap_cannot_do_is_refused_before_any_job(schema, changes, said):
    assert any(problem.startswith(said) for problem in refused(study(**changes), schema)), refused(
        study(**changes), schema
    )


def test_a_single_state_and_a_number_that_is_no_multiple_of_a_batch(schema):
    given = study(papers={"oyama2023": ["samples"]}, cooling__replicas=36)
    given["systems"]["KA2D"]["states"] = {"cold": 0.4}
    plan = StudyPlan(resolve(given, schema), schema)
    assert plan.states == ["cold"] and plan.chain_settings("KA2D", "cold")["structures"] == 9


def test_the_studies_of_the_second_paper(schema):
    """On a laptop, and at the published scale but for the runs at T = 0.23."""
    laptop, published = (resolve(read_study(name), schema) for name in ("jung2023", "jung2023-published"))
    mixture = read_study("ka2d")["systems"]["KA2D"]
    for config in (laptop, published):
        assert config["papers"] == {"oyama2023": [], "jung2023": ["dynamics", "models", "results"], "swanson2020": []}
        block = config["systems"]["KA2D"]
        assert all(block[key] == mixture[key] for key in ("particles", "density", "sigma", "epsilon", "potential"))
        assert left_out(config) == "" and runs_lammps(config)
        assert config["swap"]["spacing"] == 5 and config["isoconfigurational"]["time_step"] == 0.01
        # nothing of a job depends on the length of runs that are not asked for
        longest = max(run_time(config, state) for state in states_of(config))
        runs = config["isoconfigurational"]
        seconds = molecular_dynamics(config)["isoconfigurational_runs"].seconds
        assert seconds == pytest.approx(runs["batch_size"] * rounds(runs["runs"], 16) * 1290 * 3e-7 * longest / 0.01)
    plan = StudyPlan(published, schema)
    splits = assign_splits(300, published["split"]).tolist()
    assert [splits.count(name) for name in SPLITS] == [100, 100, 100]
    assert plan.predicted_states == ["hottest", "hotter", "hot", "warm", "cool"]
    assert published["isoconfigurational"]["runs"] == 20 and plan.systems_with_runs == ["KA2D"]
    hot = sum(300 * 20 * run_time(published, state) / 0.01 for state in ("hottest", "hotter", "hot")) / 5000 / 3600
    assert hot == pytest.approx(27, rel=0.04)
    for state, hours in {"warm": 57, "cool": 1100, "cold": 1.3e5}.items():
        time = run_time(published, state)
        assert time == bond_breaking_time("KA2D", published["systems"]["KA2D"]["states"][state])
        # at 5000 steps a second
        assert 300 * 20 * time / 0.01 / 5000 / 3600 == pytest.approx(hours, rel=0.04)
        # equilibrated, with structures, within the longest time
        assert published["swap"]["longest_time"] > 3 * 40 * 350
    plan = StudyPlan(laptop, schema)
    assert plan.predicted_states == ["cold"] and laptop["systems"]["KA2D"]["states"] == {"cold": 0.4}
    runs = laptop["isoconfigurational"]
    # at 6400 steps a second on two cores; the rest of the 75 minutes is not molecular dynamics
    seconds = laptop["cooling"]["replicas"] * runs["runs"] * runs["run_time"] / runs["time_step"] / 6400
    assert seconds < 66 * 60 and 1 < run_time(laptop, "cold") / (bond_breaking_time("KA2D", 0.4) / 3) < 1.2
