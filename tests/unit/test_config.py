"""Studies are what they say they are, and bad configurations are refused in one line that names the key."""

import copy
import math
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from repository import REPOSITORY, read_study

from glassmap.errors import ConfigurationError
from glassmap.io.trajectories.formats import FORMATS
from glassmap.simulation.cooling_protocol import CoolingProtocol, cooling_of
from glassmap.simulation.propensity_protocol import PropensityProtocol
from glassmap.workflow import jung2023, oyama2023, predictors, swanson2020
from glassmap.workflow.config import check_machine, describe, resolve, systems_of_variant, variants
from glassmap.workflow.options import StudyFile, json_schema, schema_file
from glassmap.workflow.resources import job_resources, molecular_dynamics
from glassmap.workflow.study import StudyPlan


def changed(*changes: tuple[str, object]) -> dict:
    study = copy.deepcopy(read_study())
    for key, value in changes:
        *path, last = key.split(".")
        block = study
        for part in path:
            block = block.setdefault(part, {})
        block[last] = value
    return study


NONE = object()
REFUSED = [
    ("cooling.replicass", 5, "cooling.replicass: unknown key"),
    ("sistems", {}, "sistems: unknown key"),
    ("systems.KAM.densty", 1.2, "systems.KAM.densty: unknown key"),
    ("systems.KAM.sigma.BA", 1.0, "systems.KAM.sigma: got AA, AB, BA, BB; must have AA, AB, BB, the pairs of its"),
    ("systems.KAM.sigma", {"AA": 1.0, "AB": 0.8, "BC": 1.0}, "systems.KAM.sigma: got AA, AB, BC; must have AA, AB, BB"),
    ("systems.KAM.particles.C", 100, "systems.KAM.sigma: got AA, AB, BB; must have AA, AB, AC, BB, BC, CC, the pairs"),
    ("systems.KAM.particles", {"A": 100, "C": 100}, "systems.KAM.particles: got A, C, must be A, B, ... without gaps"),
    ("systems.KAM.particles", {"A": 2000}, "systems.KAM.particles: got"),
    ("systems.KAM.density", "high", 'systems.KAM.density: got "high", must be of type number'),
    ("systems.KAM.density", True, "systems.KAM.density: got true, must be of type number"),
    ("systems.KAM.density", -1.2, "systems.KAM.density: got -1.2, must be greater than 0"),
    ("systems.KAM.density", math.nan, "systems.KAM.density: got nan, must be a finite number"),
    ("systems.KAM.epsilon.AB", math.inf, "systems.KAM.epsilon.AB: got inf, must be a finite number"),
    ("cooling.temperature_grid", [1.0, math.nan], "cooling.temperature_grid[1]: got nan, must be a finite number"),
    ("cooling.replicas", 54.5, "cooling.replicas: got 54.5, must be of type integer"),
    ("cooling.replicas", None, "cooling.replicas: got null, must be of type integer"),
    ("cooling.replicas", 55, "cooling.replicas: got 55, must be a multiple of cooling.batch_size"),
    ("papers", {"oyama2023": ["figures"]}, 'papers.oyama2023[0]: got "figures", allowed: samples, networks, '),
    (
        "papers",
        {"oyama2023": ["controls"]},
        "papers.oyama2023: got controls; controls require networks",
    ),
    ("papers", {"oyama2024": ["samples"]}, "papers.oyama2024: unknown key"),
    ("cooling.cooling_rate", 0, "cooling.cooling_rate: got 0.0, must be greater than 0"),
    (
        "cooling.further_rates",
        [{"below": 6.0, "rate": 0.01}],
        "cooling.further_rates[0].below: got 6 (T = 4.8 in KAM), must lie between T_G = 0.05 and temperature_start = 4",
    ),
    (
        "cooling.further_rates",
        [{"below": 1.0, "rate": 0.02}, {"below": 1.1, "rate": 0.01}],
        "cooling.further_rates[1].below: got 1.1 (T = 0.88 in KAM), must lie between T_G = 0.05 and the previous one",
    ),
    ("systems.KAM.cooling", {"time_step": 0.1}, "systems.KAM.cooling.time_step: unknown key"),
    ("systems.KAM.cooling", {"cooling_rate": 0}, "systems.KAM.cooling.cooling_rate: got 0.0, must be greater than 0"),
    (
        "systems.KAM.cooling",
        {"cooling_rate": 1e3, "further_rates": []},
        "systems.KAM.cooling.cooling_rate: got 1000, which cools KAM in",
    ),
    (
        "systems.KAM.cooling",
        {"further_rates": [{"below": 6.0, "rate": 0.01}]},
        "systems.KAM.cooling.further_rates[0].below: got 6 (T = 4.8 in KAM), must lie between T_G = 0.05 and tempera",
    ),
    ("cooling.further_rates", [{"below": 1.0}], "cooling.further_rates[0].rate: missing"),
    ("cooling", {"cooling_rate": 1000.0, "further_rates": []}, "cooling.cooling_rate: got 1000"),
    ("cooling.temperature_start", 0.5, "cooling.temperature_start: got 0.5, must be at least systems"),
    ("cooling.temperature_grid", [9.0], "cooling.temperature_grid: got 9, must lie between"),
    ("cooling.temperature_grid", [1.0, 1.0 + 1e-9], "cooling.temperature_grid: got temperatures that"),
    ("cooling.temperature_grid", [0.1, 0.3, 0.5], "cooling.temperature_grid: got 5 temperatures from T_G to T_L"),
    ("inherent_structures.points_per_line", 5, "cooling.temperature_grid: got 9 temperatures from T_G to T_L (0.05 to"),
    ("inherent_structures.replicas", 105, "inherent_structures.replicas: got 105, must be at most cooling.replicas"),
    ("inherent_structures.replicas", 1, "inherent_structures.replicas: got 1, must be at least 2"),
    ("crystals.distance_range", [0.4, 0.2], "crystals.distance_range: got [0.4, 0.2], must be in increasing"),
    ("crystals.distance_range", [0.2, 0.3, 0.4], "crystals.distance_range: got [0.2, 0.3, 0.4], must have at most 2"),
    ("crystals.area", 1.5, "crystals.area: got 1.5, must be at most 1"),
    ("radial_distribution.reach", 0.5, "radial_distribution.reach: got 0.5, must be less than 0.5"),
    (
        "classifier.normalisation",
        "minmax",
        'classifier.normalisation: got "minmax", allowed: sample, sample_by_maximum, dataset, standardised',
    ),
    ("readings.transfer", {"KAN": "a/*.nc"}, "readings.transfer: got KAN, must be one of the systems: KAM, ABM"),
    ("samples.files", {"KAN": {"snapshots": "a/*.nc"}}, "samples.files: got KAN, must be one of the systems: KAM, ABM"),
    ("readings.centres", ["plane"], "readings.centres: got 'plane', not a reading of the study; allowed: base"),
    ("classifier.training_replicas", 80, "classifier.training_replicas: got 80, must be at most the 67 replicas"),
    ("classifier.batch_size", 0, "classifier.batch_size: got 0, must be at least 1"),
    ("classifier.kernel_size", 4, "classifier.kernel_size: got 4, must be odd"),
    ("classifier.device", "gpu", 'classifier.device: got "gpu", allowed: auto, cuda, cpu'),
    ("classifier.seeds", [1, 1], "classifier.seeds: got [1, 1], entries must differ"),
    ("classifier.seeds", [], "classifier.seeds: got [], must have at least 1 entries"),
    ("classifier.learning_rate", "fast", 'classifier.learning_rate: got "fast", must be of type number'),
    ("classifier.augmentation", ["shear"], 'classifier.augmentation[0]: got "shear", allowed: translation'),
    ("classifier.precision", "float16", 'classifier.precision: got "float16", allowed: float32, bfloat16'),
    (
        "systems.KAM.states.liquid",
        0.01,
        "classifier.states: got liquid, glass; must be two of systems.KAM.states (glass: 0.05, liquid: 0.01), the hott",
    ),
    (
        "classifier.states",
        ["hot", "glass"],
        "classifier.states: got hot, glass; must be two of systems.KAM.states (liq",
    ),
    (
        "classifier.states",
        ["glass", "liquid"],
        "classifier.states: got glass, liquid; must be two of systems.KAM.states",
    ),
    ("classifier.states", ["glass"], 'classifier.states: got ["glass"], must have at least 2 entries'),
    ("classifier.states", ["glass"] * 2, 'classifier.states: got ["glass", "glass"], entries must differ'),
    ("classifier.states", ["liquid", "warm", "glass"], 'classifier.states: got ["liquid", "warm", "glass"], must have'),
    ("classifier.states", "glass", 'classifier.states: got "glass", must be of type array'),
    ("systems.KAM.states.liquid", 0.05, "systems.KAM.states: got liquid: 0.05, glass: 0.05, temperatures must differ"),
    ("systems.KAM.states.warm", 0.5, "systems.ABM.states: got liquid: 2, glass: 0.05, must name the same states, from"),
    ("systems.KAM.states.Warm", 0.5, "systems.KAM.states: got the name 'Warm', must match [a-z][a-z0-9_]"),
    ("systems.KAM.states.liquid", 5.0, "cooling.temperature_start: got 4, must be at least systems.KAM.states.liquid"),
    (
        "systems.KAM.map.inverted",
        ["hexatic_order"],
        "systems.KAM.map.inverted: got 'hexatic_order', not in the maps; allowed: gradcam, voronoi_volume, tong_tanaka",
    ),
    ("systems.KAM.cutoff", 25.0, "systems.KAM.cutoff: got 25 sigma_ij = 25, must be less than half the box"),
    ("systems.KAM.tong_tanaka_sigma.AA", 5.0, "systems.KAM.tong_tanaka_sigma.AA: got 5, which forms no triangle"),
    ("systems.KAM.map.figure", "fig2", "systems.ABM.map.figure: got 'fig2', already used by systems.KAM"),
    ("systems.KAM.map.figure", "fig_s7", "systems.KAM.map.figure: got 'fig_s7', already used"),
    ("systems.KAM.map.figure", "fig6", "systems.KAM.map.figure: got 'fig6', already used"),
    ("systems.KAM.map.figure", "sensitivity", "systems.KAM.map.figure: got 'sensitivity', already used"),
    ("systems.sensitivity", {}, "systems: got the name 'sensitivity', not a valid name of a system"),
    ("configurations.input", "inherent", 'configurations.input: got "inherent", allowed: thermal, inherent_structures'),
    (
        "density.grid",
        12,
        "density.grid: got 12, a spacing of 3.4 larger than the cutoff 2.2 of the smallest particle of KAM",
    ),
    ("density.cutoff", 30.0, "density.cutoff: got 30 sigma_ii"),
    ("split.train", 0.9, "split: got fractions that sum to"),
    ("study", "a/b", 'study: got "a/b", must match'),
    ("study", "..", 'study: got "..", must match'),
    ("study", "a b; rm -rf x", 'study: got "a b; rm -rf x", must match'),
    ("protocol", "arxiv", 'protocol: got "arxiv", allowed: frontiers, arxiv-v2'),
    ("systems", {}, "systems: got {}, must have at least 1 entries"),
    ("systems.tables", {}, "systems: got the name 'tables', not a valid name of a system"),
    ("systems.new", {"density": 1.0}, "systems.new.particles, sigma"),
    ("systems", {1: {}}, "systems.1: got a key of type int, must be text (in quotes)"),
    ("systems.KAM\n", {}, "systems: got the name 'KAM\\n', not a valid name of a system; must match"),
    ("study", "a\n", 'study: got "a\\n", must match'),
    ("study", date(2026, 1, 1), "study: got a value of type date, must be keys, a list, text, a number, true or false"),
    ("a\nb", 1, '"a\\nb": unknown key'),
    ("systems.KAM.map.figure", "z" * 64, "systems.KAM.map.figure: got 'zzz"),
    (
        "systems.KAM.density",
        10**400,
        "systems.KAM.density: got an integer of 1329 bits, must be 0 or of a magnitude between",
    ),
    ("systems.KAM.density", "1e400", "systems.KAM.density: got inf, must be a finite number"),
    ("systems.KAM.density", 1e-320, "systems.KAM.density: got 9.99989e-321, must be 0 or of a magnitude between"),
    ("systems.KAM.particles.A", 10**12, "systems.KAM.particles.A: got 1000000000000, must be at most 1000000"),
    ("cooling.replicas", 10**12, "cooling.replicas: got 1000000000000, must be at most 100000"),
    ("cooling.equilibration_time", 1e12, "cooling.equilibration_time: got 1e+12, must be at most 1.07374e+07 with"),
    (
        "cooling",
        {"cooling_rate": 1e-12, "further_rates": []},
        "cooling.cooling_rate: got 1e-12, which cools KAM in 7.9e+14 steps; must take",
    ),
    ("crystals.bin_width", 1e-9, "crystals.bin_width: got 1e-09, must be at least"),
    ("crystals.bin_width", 9.0, "crystals.bin_width: got 9, must be at most crystals.distance_range (8)"),
    ("lengths.bin_width", 1e-9, "lengths.bin_width: got 1e-09, must be at least 0.0016 for at most 10000 bins"),
    ("propensity.segment_time", 0.01, "propensity.segment_time: got 0.01, must be at least 0.1 for at most 10000 segm"),
    ("controls.density_thresholds", [], "controls.density_thresholds: got [], must have at least 1 entries"),
    ("controls.density_thresholds", [0.0, 6.0], "controls.density_thresholds[1]: got 6.0, must be at most 5"),
    ("controls.density_thresholds", [0.5, 0.5], "controls.density_thresholds: got [0.5, 0.5], entries must differ"),
    ("controls.shuffled_networks", 10**9, "controls.shuffled_networks: got 1000000000, must be at most 100"),
    ("lammps.arguments", "-sf 'omp", "lammps.arguments: got"),
    ("lammps.command", "-in evil", 'lammps.command: got "-in evil", must match'),
    ("lammps.arguments", "-in other.in", "lammps.arguments: got '-in other.in', allowed: -sf (or -suffix) gpu, intel"),
    ("lammps.arguments", "-sf omp -log /etc/x", "lammps.arguments: got '-log /etc/x', allowed: -sf"),
    (
        "propensity.configurations",
        [0],
        "propensity.configurations: got 0, not a replica of the test split; allowed: 1, 6",
    ),
    ("propensity.configurations", [104], "propensity.configurations: got 104, not a replica of the test split"),
    ("propensity.configurations", [], "propensity.configurations: got [], must have at least 1 entries"),
    ("propensity.configurations", [1, 1], "propensity.configurations: got [1, 1], entries must differ"),
    ("propensity.runs", 15, "propensity.runs: got 15, must be a multiple of propensity.batch_size (6)"),
    ("propensity.runs", 1, "propensity.runs: got 1, must be at least 2"),
    ("propensity.moved_maps", 38, "propensity.moved_maps: got 38, must be 0 (none) or at least 39 for a band of 95 %"),
    ("propensity.moved_maps", -1, "propensity.moved_maps: got -1, must be at least 0"),
    ("propensity.moved_maps", 40.5, "propensity.moved_maps: got 40.5, must be of type integer"),
    (
        "propensity.ensembles.size",
        4,
        "propensity.runs_at_highest: got 6, must be at least 12 for 3 disjoint ensembles of 4 runs",
    ),
    (
        "propensity.extra_times",
        [970.0],
        "propensity.extra_times: got 970, must lie between propensity.time_step (0.005)",
    ),
    ("propensity.first_frame", 0.001, "propensity.first_frame: got 0.001, must lie between"),
    ("propensity.first_frame", 2000.0, "propensity.first_frame: got 2000, must lie between"),
    ("propensity.segment_time", 0.001, "propensity.segment_time: got 0.001, must be at least"),
    (
        "systems.KAM.propensity.temperatures",
        [0.6, 0.9],
        "systems.KAM.propensity.temperatures: got 0.9, must be above 0.05",
    ),
    (
        "systems.KAM.propensity.temperatures",
        [0.05],
        "systems.KAM.propensity.temperatures: got 0.05, must be above 0.05",
    ),
    (
        "systems.KAM.propensity.temperatures",
        [0.6, 0.60000001],
        "systems.KAM.propensity.temperatures: got temperatures that",
    ),
    ("systems.KAM.propensity.run_time", 0.001, "systems.KAM.propensity.run_time: got 0.001, must be at least"),
    ("systems.KAM.map.figure", "fig7", "systems.KAM.map.figure: got 'fig7', already used by another figure"),
    ("systems.KAM.map.bare_figure", "fig2", "systems.ABM.map.figure: got 'fig2', already used by systems.KAM"),
    ("xi", "held_out", "xi: got 'held_out', which chooses lengths on other configurations; must be paper or measured"),
    ("xi", "best", 'xi: got "best", allowed: paper, measured, held_out'),
    ("lengths.maximum_distance", 20.5, "lengths.maximum_distance: got 20.5, must be less than half the box (20.4124)"),
    ("lengths.bin_width", 17.0, "lengths.bin_width: got 17, must be at most lengths.maximum_distance (16)"),
    ("controls.occlusion_window", 37, "controls.occlusion_window: got 37, must be at most density.grid (36)"),
    ("controls.occlusion_stride", 7, "controls.occlusion_stride: got 7, must be at most controls.occlusion_window (6)"),
    (
        "classifier.channels",
        [8, 16],
        "controls.attributions: got 'gradcam_layer_3', but classifier.channels has 2 convolutions",
    ),
    ("lengths.targets", [0.3], "systems.KAM.coarse_graining.frontiers.propensity_maps: got 3 entries, must be one for"),
]


@pytest.mark.parametrize("key, value, line", REFUSED, ids=[f"{key}={value}"[:40] for key, value, _ in REFUSED])
def test_refused_in_one_line_that_names_the_key(schema, key, value, line):
    with pytest.raises(ConfigurationError) as refusal:
        resolve(changed((key, value)), schema)
    assert any(problem.startswith(line) for problem in refusal.value.problems), refusal.value.problems
    assert all("\n" not in problem for problem in refusal.value.problems)


def test_no_map_takes_the_name_of_a_figure_that_a_rule_draws(schema):
    """Of any study, not only of this one: rule maps would make the same file."""
    rules = "".join(path.read_text() for path in (REPOSITORY / "workflow/rules").glob("*.smk"))
    drawn = set(re.findall(r'drawn\("(\w+)"\)', rules))
    papers = (oyama2023, jung2023, swanson2020, predictors)
    assert drawn == {name for paper in papers for name in paper.ALL_FIGURES}
    for name in sorted(drawn):
        with pytest.raises(ConfigurationError, match=f"figure: got '{name}', already used by another figure"):
            resolve(changed(("systems.KAM.map.figure", name)), schema)


def test_a_study_of_networks_needs_no_runs_and_no_temperature_grid(schema):
    study = changed(("cooling.temperature_grid", []))
    del study["systems"]["KAM"]["propensity"]
    with pytest.raises(
        ConfigurationError, match=r"systems\.KAM\.propensity: missing, required for the dynamics of papers\.oyama2023"
    ):
        resolve(study, schema)
    study["papers"] = {"oyama2023": ["samples", "networks"]}
    found = resolve(study, schema)
    assert found["systems"]["KAM"]["propensity"]["temperatures"] == [] == found["controls"]["nulls"]
    assert job_resources(found)["classifier"].seconds > 0 and molecular_dynamics(found)["cool"].seconds > 0


def test_no_lengths_are_published_for_a_new_system(schema):
    """Nobody gets those of another one: they are measured, for which the dynamics are needed."""
    block = copy.deepcopy(read_study()["systems"]["KAM"])
    del block["coarse_graining"], block["map"]
    study = changed(("systems.mine", block))
    study["papers"] = {"oyama2023": ["samples", "networks"]}
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    (problem,) = refusal.value.problems
    assert problem.startswith("systems.mine.coarse_graining: missing, must be set: no lengths are published for mine")
    for parts in (["samples", "glass_transition"], ["samples", "networks", "dynamics"]):
        study["papers"] = {"oyama2023": parts}
        assert resolve(study, schema)["systems"]["mine"]["coarse_graining"] == {}


def files_of(path: Path) -> list[str]:
    """The study files that the command at the head of one lays over each other; itself if there is none."""
    head = re.sub(r"(\\\n)?#", " ", "".join(line for line in path.open() if line.startswith("#")))
    found = re.search(r"--configfile((?: +config/[\w-]+\.yaml)+)", head)
    return re.findall(r"config/([\w-]+)\.yaml", found[1]) if found else [path.stem]


@pytest.mark.parametrize("path", sorted((REPOSITORY / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_study_is_accepted_with_those_that_it_overrides(schema, path):
    names = files_of(path)
    assert names[-1] == path.stem
    plan = StudyPlan(resolve(read_study(*names), schema), schema)
    assert plan.tables and plan.systems


def test_too_many_batches(schema):
    study = changed(("cooling.replicas", 100_000), ("cooling.batch_size", 5), ("propensity.configurations", [0]))
    with pytest.raises(ConfigurationError, match=r"cooling.batch_size: got 5, 20000 batches of cooling.replicas"):
        resolve(study, schema)
    study = changed(("propensity.runs_at_highest", 30_000), ("propensity.batch_size", 2))
    with pytest.raises(ConfigurationError, match=r"propensity.batch_size: got 2 for the 30000 runs of KAM"):
        resolve(study, schema)


def test_a_study_without_end_is_refused(schema):
    """YAML's aliases can make a short file endless: to go through all of it would take for ever."""
    cycle, bomb = {}, "x"
    cycle["a"] = cycle
    for _ in range(7):
        bomb = [bomb] * 100
    for value, line in ((cycle, "must be at most 8 levels deep"), (bomb, "got more than 100000 values")):
        with pytest.raises(ConfigurationError, match=line) as refusal:
            resolve(changed(("lengths.targets", value)), schema)
        assert refusal.value.problems[0].startswith("lengths.targets")


def test_networks_tell_apart_states_of_any_names(schema):
    """One line if they are no states, whatever the number of systems; a study without networks needs no such states."""
    warm = {"states": {"hot": 2.0, "warm": 1.0, "cold": 0.05}}
    study = read_study()
    for name in ("KAM", "ABM"):
        study["systems"][name] |= warm
        study["systems"][name]["propensity"]["temperatures"] = [1.5]
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    states = "systems.KAM.states (hot: 2, warm: 1, cold: 0.05)"
    got = f"classifier.states: got liquid, glass; must be two of {states}, the hotter one first"
    assert refusal.value.problems == [got]
    assert resolve(study | {"papers": {"oyama2023": ["samples", "glass_transition"]}}, schema)
    study["classifier"]["states"] = ["hot", "warm"]
    assert resolve(study, schema)["classifier"]["states"] == ["hot", "warm"]
    # the runs start from the second state
    study["systems"]["ABM"]["propensity"]["temperatures"] = [0.5]
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    said = "systems.ABM.propensity.temperatures: got 0.5, must be above 1 and at most systems.ABM.states.hot (2)"
    assert refusal.value.problems == [said]
    # what the tables call other maps
    for name in ("own", "any", "signed", "layer_2"):
        study["classifier"]["states"] = ["hot", name]
        for block in study["systems"].values():
            block["states"] = {"hot": 2.0, name: 0.05}
        with pytest.raises(ConfigurationError, match=f"^classifier.states: got {name}, the name of other maps in the"):
            resolve(study, schema)


def test_whole_floats_are_integers(schema):
    config = resolve(changed(("cooling.replicas", 104.0), ("classifier.seeds", [0.0, 1])), schema)
    assert repr(config["cooling"]["replicas"]) == "104" and repr(config["classifier"]["seeds"]) == "[0, 1]"


def test_variants_take_what_files_hold(schema):
    """Shipped samples are of T_L and T_G alone, and cooled already."""
    files = {name: {"snapshots": "x.nc"} for name in ("KAM", "ABM")}
    for changes, said in (
        ({"systems": {"KAM": {"states": {"liquid": 0.9}}}}, "x: systems.KAM.states.liquid: got 0.9, must be"),
        ({"cooling": {"cooling_rate": 0.02}}, "x: cooling: a variant cannot change it if the samples are read from"),
    ):
        given = changed(("samples", {"source": "files", "files": files}), ("controls.sensitivity", {"x": changes}))
        with pytest.raises(ConfigurationError) as refusal:
            resolve(given, schema)
        assert refusal.value.problems[0].startswith(f"controls.sensitivity.{said}")


OWN = {name: {"states": {"liquid": "liquid*.dump", "glass": "glass*.dump"}} for name in ("KAM", "ABM")}


def own_files(**changes) -> list[tuple[str, object]]:
    """Changes of a study on the user's own files, with others of KAM's files."""
    files = {**OWN, "KAM": {**OWN["KAM"], **changes}}
    return [("samples", {"source": "files", "files": files}), ("papers.oyama2023", ["networks"])]


def test_own_files_need_no_schedule_of_cooling(schema):
    """Their states may be colder than any temperature of the grid, or hotter than where cooling starts."""
    states = {"liquid": 9.0, "glass": 0.3}
    config = resolve(changed(*own_files(), *((f"systems.{name}.states", dict(states)) for name in OWN)), schema)
    files = config["samples"]["files"]["KAM"]
    assert (files["frames"], files["replica"], files["length_unit"]) == ("last", "file", 1.0)


@pytest.mark.parametrize(
    "changes, more, said",
    [
        ({"snapshots": "x.nc"}, [], "samples.files.KAM: got both of snapshots and states, must have one of them"),
        ({"states": {"liquid": "a"}}, [], "samples.files.KAM.states: got liquid, must be the states of systems.KAM"),
        ({"inherent_energies": "x.nc"}, [], "samples.files.KAM.inherent_energies: belongs to snapshots"),
        ({"species": {"A": "1"}}, [], "samples.files.KAM.species: got A, must be the species of systems.KAM: A, B"),
        ({"replica": "seed("}, [], "samples.files.KAM.replica: got 'seed(', not a regular expression"),
        ({"replica": "seed"}, [], "samples.files.KAM.replica: got 'seed', must be file, frame or a regular expression"),
        ({"frames": "0"}, [], 'samples.files.KAM.frames: got "0", must match last|all|'),
        ({"format": "pdb"}, [], 'samples.files.KAM.format: got "pdb", allowed: gsd, lammps-dump'),
        ({}, [("samples.files.ABM", {"snapshots": "x.nc"})], "samples.files: got snapshots of some systems and states"),
        ({}, [("samples.files.ABM", {})], "samples.files.ABM: got neither of snapshots and states"),
    ],
)
def test_settings_of_own_files_that_cannot_be_are_refused(schema, changes, more, said):
    with pytest.raises(ConfigurationError) as refusal:
        resolve(changed(*own_files(**changes), *more), schema)
    assert any(problem.startswith(said) for problem in refusal.value.problems), refusal.value.problems


def test_the_formats_of_files_are_those_that_are_read(schema):
    files = schema["properties"]["samples"]["properties"]["files"]["additionalProperties"]["properties"]
    assert files["format"]["enum"] == list(FORMATS)


SAVED = "must be a temperature that the study's cooling saved (3.5, 3, 2.5"
REFUSED_VARIANTS = [
    ({}, "x: changes nothing, must differ from the study"),
    ({"density": {}}, "x: changes nothing, must differ from the study"),
    ({"density": {"grid": 36}}, "x: changes nothing, must differ from the study"),
    ({"density": {"gird": 64}}, "x: density.gird: unknown key"),
    ({"density": 64}, "x: density: got 64, must be of type object"),
    ({"density": {"grid": {"x": 64}}}, 'x: density.grid: got {"x": 64}, must be of type integer'),
    ({"density": {"grid": 12}}, "x: density.grid: got 12, a spacing of 3.4 larger than the cutoff"),
    ({"density": {"kernel_width": math.nan}}, "x.density.kernel_width: got nan, must be a finite number"),
    ({"classifier": {"kernel_size": 4}}, "x: classifier.kernel_size: got 4, must be odd"),
    (
        {"classifier": {"states": ["liquid", "glass"]}},
        "x: classifier.states: a variant cannot change it; allowed: keys",
    ),
    ({"classifier": {"device": "cpu"}}, "x: classifier.device: a variant cannot change it; allowed: keys of"),
    ({"cooling": {"replicas": 208}}, "x: cooling.replicas: a variant cannot change it; allowed: keys of"),
    ({"cooling": {"cooling_rate": 1000.0, "further_rates": []}}, "x: cooling.cooling_rate: got 1000"),
    ({"split": {"train": 0.5}}, "x: split.train: a variant cannot change it; allowed: keys of density"),
    ({"seed": 5}, "x: seed: a variant cannot change it"),
    ({"controls": {"draws": 5}}, "x: controls.draws: a variant cannot change it"),
    ({"systems": {"KAM": {"density": 1.1}}}, "x: systems.KAM.density: a variant cannot change it"),
    (
        {"systems": {"new": {"states": {"liquid": 0.5}}}},
        "x: systems.new.states.liquid: a variant cannot change it",
    ),
    (
        {"systems": {"KAM": {"states": {"liquid": 0.55}}}},
        f"x: systems.KAM.states.liquid: got 0.55, {SAVED}",
    ),
    (
        {"systems": {"KAM": {"states": {"liquid": 0.01}}}},
        "x: classifier.states: got liquid, glass; must be two of systems.KAM.states (glass: 0.05, liquid: 0.01), the",
    ),
    (5, "x: got 5, must be of type object"),
]


@pytest.mark.parametrize("changes, line", REFUSED_VARIANTS, ids=[str(item)[:40] for item, _ in REFUSED_VARIANTS])
def test_a_variant_is_refused_in_one_line_that_names_it(schema, changes, line):
    with pytest.raises(ConfigurationError) as refusal:
        resolve(changed(("controls.sensitivity", {"x": changes})), schema)
    assert any(problem.startswith(f"controls.sensitivity.{line}") for problem in refusal.value.problems)
    assert all(problem.startswith("controls.sensitivity.x") for problem in refusal.value.problems)
    assert not any("\n" in problem for problem in refusal.value.problems)


def test_names_of_variants(schema):
    for name in ("base", "Grid", "a/b", ".."):
        with pytest.raises(ConfigurationError, match=r"sensitivity: got the name .*, not a valid name of a var"):
            resolve(changed(("controls.sensitivity", {name: {"density": {"grid": 64}}})), schema)


def test_a_variant_is_the_study_but_for_its_keys(schema):
    given = {
        "grid": {"density": {"grid": 64}},
        "liquid": {"systems": {"KAM": {"states": {"liquid": 0.5}}}},
        "fast": {"cooling": {"cooling_rate": "1.58e-1"}, "systems": {"KAM": {"states": {"liquid": 0.55}}}},
    }
    study = resolve(changed(("controls.sensitivity", given)), schema)
    found = variants(study, schema)
    plain = resolve(read_study(), schema)
    assert list(found) == ["grid", "liquid", "fast"]
    assert {**found["grid"], "density": plain["density"]} == plain and found["grid"]["density"]["grid"] == 64
    # below a temperature of the runs, which a variant has none of; a cooling of its own saves what it needs
    assert found["liquid"]["systems"]["KAM"]["states"]["liquid"] == 0.5
    assert found["fast"]["cooling"]["cooling_rate"] == 0.158
    assert systems_of_variant(study, found["grid"]) == ["KAM", "ABM"]
    assert systems_of_variant(study, found["liquid"]) == ["KAM"]
    assert variants(plain, schema) == {}


@pytest.mark.parametrize("study", [(), ("workstation",), ("paper",)], ids=str)
def test_the_set_of_variants_goes_with_every_study(schema, study):
    found = variants(resolve(read_study(*study, "sensitivity"), schema), schema)
    assert {"grid-64", "grid-128", "inherent-structures"} < found.keys()


def test_variants_of_a_study_without_dynamics(schema):
    """Runs are left out of its blocks, and of its variants."""
    study = changed(
        ("papers", {"oyama2023": ["samples", "networks", "controls"]}),
        ("controls.sensitivity", {"coarse": {"density": {"grid": 24}}}),
    )
    config = resolve(study, schema)
    (coarse,) = variants(config, schema).values()
    assert coarse["density"]["grid"] == 24 and coarse["systems"] == config["systems"]


def test_files_of_disabled_systems_may_stay(schema):
    files = {name: {"snapshots": f"{name}/*.nc"} for name in ("KAM", "ABM")}
    config = resolve(changed(("samples.files", files), ("systems.ABM.enabled", False)), schema)
    assert list(config["samples"]["files"]) == ["KAM"]


def test_what_is_missing_is_said_once(schema):
    study = changed(("systems.new", {"states": {"liquid": 0.8, "glass": 0.05}}))
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    problems = [problem for problem in refusal.value.problems if problem.startswith("systems.new.")]
    assert problems and len(problems) == len(set(problems))


def test_every_problem_is_named_at_once(schema):
    study = changed(("classifier.batch_size", 0), ("densty", {}), ("systems.ABM.density", -1))
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    assert len(refusal.value.problems) == 3


def test_too_few_replicas_for_a_split(schema):
    study = changed(
        ("cooling.replicas", 3), ("cooling.batch_size", 3), ("split.validation", 0.01), ("split.train", 0.77)
    )
    with pytest.raises(ConfigurationError, match=r"split.validation: got 0.01 of 3 replicas"):
        resolve(study, schema)


def test_missing_program_and_missing_gpu_are_refused(schema, monkeypatch):
    config = resolve(changed(("lammps.command", "lmp-of-nowhere"), ("classifier.device", "cuda")), schema)
    with pytest.raises(ConfigurationError) as refusal:
        check_machine(config, local=False)
    (problem,) = refusal.value.problems
    assert problem.startswith("lammps.command: got 'lmp-of-nowhere', no such program")
    config["lammps"]["command"] = "lmp"
    check_machine(config, local=False)
    monkeypatch.setattr("glassmap.workflow.config.metadata.version", lambda name: "2.13.0+cpu")
    with pytest.raises(ConfigurationError) as refusal:
        check_machine(config, local=True)
    (problem,) = refusal.value.problems
    assert problem.startswith("classifier.device: got 'cuda', but torch 2.13.0+cpu is a build without CUDA")


def test_numbers_that_yaml_reads_as_text_are_numbers(schema):
    config = resolve(changed(("classifier.learning_rate", "1e-6"), ("cooling.time_step", ".5e-2")), schema)
    assert config["classifier"]["learning_rate"] == 1e-6
    assert config["cooling"]["time_step"] == 0.005


def test_the_order_of_keys_makes_no_difference(schema):
    """Not to Snakemake either, which compares parameters by their text."""

    def turned(value):
        return {key: turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    study = read_study()
    one, other = resolve(study, schema), resolve(turned(study), schema)
    # but for the systems, which tables and figures have in the order of the configuration
    assert list(one["systems"]) == ["KAM", "ABM"] == list(other["systems"])[::-1]
    for found in (one, other):
        found["systems"] = dict(sorted(found["systems"].items()))
    assert str({name: one[name] for name in sorted(one)}) == str({name: other[name] for name in sorted(other)})


def test_a_system_can_be_left_out_and_a_new_one_is_a_block(schema):
    block = copy.deepcopy(read_study()["systems"]["ABM"])
    for name in ("tong_tanaka_sigma", "map"):
        del block[name]
    config = resolve(changed(("systems.KAM.enabled", False), ("systems.mine", block)), schema)
    assert list(config["systems"]) == ["ABM", "mine"]
    mine = config["systems"]["mine"]
    assert mine["tong_tanaka_sigma"] == block["sigma"]
    assert mine["map"] == {"inverted": ["gradcam"], "figure": "map_mine", "bare_figure": "map_mine_bare"}
    with pytest.raises(ConfigurationError, match="systems: all systems have enabled: false"):
        resolve(changed(("systems.KAM.enabled", False), ("systems.ABM.enabled", False)), schema)


def test_defaults_are_the_published_protocol(schema):
    """A study that says nothing but its systems is the paper's."""
    bare = resolve({"systems": read_study()["systems"]}, schema)
    paper = resolve(read_study("paper"), schema)
    for section in (
        "cooling",
        "inherent_structures",
        "crystals",
        "radial_distribution",
        "configurations",
        "split",
        "density",
        "classifier",
        "gradcam",
        "protocol",
        "xi",
        "propensity",
        "lengths",
    ):
        given, expected = copy.deepcopy(paper[section]), copy.deepcopy(bare[section])
        if section == "classifier":
            assert len(given.pop("seeds")) >= len(expected.pop("seeds"))
        assert given == expected, section


def test_paper_study_is_the_published_scale(schema):
    paper = resolve(read_study("paper"), schema)
    assert paper["cooling"]["replicas"] == 5000
    assert paper["cooling"]["cooling_rate"] == pytest.approx(8.33e-5, rel=1e-3)
    assert CoolingProtocol.from_config(cooling_of(paper, "KAM")).steps() == pytest.approx(9.5e6, rel=5e-3)
    classifier = paper["classifier"]
    assert (classifier["learning_rate"], classifier["batch_size"], classifier["epochs"]) == (1e-6, 5, 250)
    assert paper["systems"]["KAM"]["coarse_graining"]["frontiers"]["correlations"] == 4
    for block in paper["systems"].values():
        protocol = PropensityProtocol.from_config(paper["propensity"], block["propensity"]["run_time"])
        assert protocol.steps == 3e8 and len(block["propensity"]["temperatures"]) == 5
    assert paper["propensity"]["runs"] == paper["propensity"]["ensembles"]["size"] == 30
    assert paper["systems"]["ABM"]["coarse_graining"]["arxiv-v2"]["correlations"] == 10


def test_model_parameters_are_those_of_table_1(config):
    kam, abm = config["systems"]["KAM"], config["systems"]["ABM"]
    assert np.sqrt(2000 / kam["density"]) == pytest.approx(40.82, abs=0.005)
    assert np.sqrt(2000 / abm["density"]) == pytest.approx(42.84, abs=0.005)
    assert (kam["sigma"], kam["epsilon"]) == ({"AA": 1, "AB": 0.8, "BB": 0.88}, {"AA": 1, "AB": 1.5, "BB": 0.5})
    assert abm["sigma"] == {"AA": pytest.approx(5 / 6), "AB": 1, "BB": pytest.approx(7 / 6)}
    assert (kam["cutoff"], abm["cutoff"]) == (2.5, 3.0)
    assert (kam["particles"], abm["particles"]) == ({"A": 1300, "B": 700}, {"A": 1000, "B": 1000})
    assert kam["tong_tanaka_sigma"]["AB"] == 0.94


def test_every_option_has_a_meaning_and_a_source(schema):
    def visit(item, key):
        if "properties" in item and "source" not in item:
            for name, child in item["properties"].items():
                visit(child, f"{key}.{name}")
        elif not isinstance(item.get("additionalProperties"), dict):
            assert item.get("description") and item.get("source"), key
            if item.get("type") == "number" and key.startswith((".cooling", ".propensity", ".lengths")):
                assert item.get("unit"), key

    visit(schema, "")
    visit(schema["$defs"]["system"], ".systems")


def test_the_schema_is_written_from_the_options(schema):
    """workflow/schemas/config.schema.yaml is that of glassmap.workflow.options (make config-docs), word for word."""
    assert (REPOSITORY / "workflow/schemas/config.schema.yaml").read_text() == schema_file()
    assert json_schema() == schema


def test_every_section_is_a_model(schema):
    """With the keys of the schema, and no other keys allowed: pydantic reads a resolved study as it is."""
    config = resolve(read_study(), schema)
    study = StudyFile.model_validate(config)
    assert set(StudyFile.model_fields) == set(schema["properties"])
    assert study.cooling.replicas == config["cooling"]["replicas"] and study.systems["KAM"].particles == {
        "A": 1300,
        "B": 700,
    }
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        StudyFile.model_validate({**config, "cooling": {**config["cooling"], "rate": 1.0}})


def test_the_configuration_is_documented(schema):
    """The table of config/README.md is the schema's (make config-docs)."""
    assert describe(schema) in (REPOSITORY / "config/README.md").read_text()
