"""No value of the configuration reaches a shell or, as text, a LAMMPS input."""

import copy
import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository import REPOSITORY, read_study

from glassmap.errors import ConfigurationError
from glassmap.simulation.cooling_protocol import CoolingProtocol, cooling_of
from glassmap.simulation.inherent_structures import minimisation_commands
from glassmap.simulation.isoconfigurational import segment_commands
from glassmap.simulation.lammps import Lammps, box_commands, cooling_commands, interaction_commands
from glassmap.system import System
from glassmap.workflow.config import check_machine, resolve

# the keys that are neither an enumeration nor letters, digits, - and _; checked by the tests below
PATTERNS = {"samples.files.<name>.snapshots", "samples.files.<name>.inherent_energies", "readings.transfer.<name>"}
PATTERNS |= {"samples.files.<name>.replica", "explain.<name>.files"}  # the first a regular expression
PATTERNS |= {"samples.files.<name>.runs.files[]"}
PATTERNS |= {"samples.files.<name>.dynamics.<name>"}  # or a column
PATTERNS |= {"predictors.own.<name>.array"}
FREE = {"lammps.command", "lammps.arguments", *PATTERNS}
# a function that the user asks to be imported: Python code, like the module that it is in
IMPORTED = "glassmlp.regressors.<name>.make"
FRAMES = "last|all|[1-9][0-9]{0,8}"  # of a file
ATTACKS = ["; touch pwned", "$(touch pwned)", "`touch pwned`", "a\nshell touch pwned", "& touch pwned", "| touch pwned"]
ATTACKS += [
    "${x}",
    "$(x)",
    "{wildcard}",
    "../../x",
    "/etc/x",
    "-in",
    "'x'",
    '"x"',
    "x y",
    "x\x00",
    "x\\",
    "#",
    "&",
    "x\n",
]


def select_keys(schema: dict, part: dict, key: str = "") -> Iterator[tuple[str, dict]]:
    """Every key with a value of its own, entries of lists and names of blocks too."""
    if "$ref" in part:
        part = {**schema["$defs"][part["$ref"].rsplit("/", 1)[1]], **part}
    if part.get("type") == "object":
        for name, child in part.get("properties", {}).items():
            yield from select_keys(schema, child, f"{key}.{name}" if key else name)
        if "propertyNames" in part:
            yield f"{key} (name)", {"type": "string", **part["propertyNames"]}
            yield from select_keys(schema, part["additionalProperties"], f"{key}.<name>")
    elif part.get("type") == "array":
        yield from select_keys(schema, part["items"], f"{key}[]")
    else:
        yield key, part


def test_every_key_is_a_number_an_enumeration_or_a_plain_name(schema):
    kinds = {}
    for key, part in select_keys(schema, schema):
        if "enum" in part:
            assert all(re.fullmatch(r"[A-Za-z0-9_-]+", value) for value in part["enum"]), key
            kinds[key] = "enum"
        elif part["type"] == "string":
            kinds[key] = "string"
            if key in FREE:
                continue
            # anchored, and nothing but these characters in its classes
            plain = re.fullmatch(r"\^(\[[A-Za-z0-9._-]+\](\{\d+,\d+\})?)+\$", part["pattern"])
            assert plain or part["pattern"] == FRAMES or key == IMPORTED, key
            assert not any(re.fullmatch(part["pattern"], text) for text in ATTACKS), key
        else:
            assert part["type"] in ("number", "integer", "boolean"), key
            assert part["type"] != "integer" or "maximum" in part, f"{key} has no maximum"
            kinds[key] = part["type"]
    assert {key for key, kind in kinds.items() if kind == "string"} == {
        *FREE,
        IMPORTED,
        "study",
        "systems (name)",
        "samples.files (name)",
        "samples.files.<name>.frames",
        "samples.files.<name>.dynamics (name)",
        "samples.files.<name>.runs.array",
        "swap.relaxation_time (name)",
        "jung2023.states[]",
        "jung2023.transfer (name)",
        "jung2023.transfer.<name>",
        "jung2023.without_runs[]",
        "swanson2020.slow",
        "swanson2020.fast",
        "swanson2020.variants (name)",
        "swanson2020.variant_sets[]",
        "glassmlp.species",
        "glassmlp.models[]",
        "glassmlp.regressors (name)",
        "predictors.rows[]",
        "predictors.own (name)",
        "predictors.own.<name>.column",
        "readings.transfer (name)",
        "readings.centres[]",
        "explain (name)",
        "explain.<name>.frames",
        "explain.<name>.system",
        "explain.<name>.class",
        "classifier.states[]",
        "systems.<name>.map.inverted[]",
        "controls.sensitivity (name)",
        *(f"systems.<name>.{table} (name)" for table in ("particles", "sigma", "epsilon", "tong_tanaka_sigma")),
        "systems.<name>.map.figure",
        "systems.<name>.map.bare_figure",
    }
    assert len(kinds) > 90


def test_blocks_take_no_other_keys(schema):
    """But for systems and variants, whose values are checked as a system and as a whole configuration."""

    def visit(part, key=""):
        if isinstance(part, dict):
            blocks = ("systems", "controls.sensitivity", "<variant>", "samples.files", "readings.transfer", "explain")
            blocks += ("jung2023.transfer",)
            if part.get("type") == "object" and key not in blocks:
                # or numbers by species and pairs of them, whose names are letters, or by system and state
                other = part["additionalProperties"]
                while isinstance(other, dict) and other["type"] == "object" and "propertyNames" in part:
                    other = other["additionalProperties"]
                assert other is False or other["type"] in ("number", "integer"), key
            for name, child in part.get("properties", {}).items():
                visit(child, f"{key}.{name}" if key else name)

    visit(schema)
    for part in schema["$defs"].values():
        visit(part, "$defs")


@pytest.mark.parametrize("attack", ATTACKS)
def test_patterns_of_files_are_looked_up_and_never_run(schema, tmp_path, monkeypatch, attack):
    """A pattern that finds nothing is refused in one line; what it finds is read as NetCDF."""
    monkeypatch.chdir(tmp_path)
    study = copy.deepcopy(read_study())
    study["samples"] = {"source": "files", "files": {name: {"snapshots": attack} for name in study["systems"]}}
    study["readings"] = {"transfer": {"KAM": attack}}
    study["explain"] = {"new": {"system": "KAM", "files": attack}}
    with pytest.raises(ConfigurationError) as refusal:
        check_machine(resolve(study, schema), local=True)
    keys = ("samples.files.KAM.snapshots: got ", "readings.transfer.KAM: got ", "explain.new.files: got ")
    assert all(problem.startswith(keys) and problem.isprintable() for problem in refusal.value.problems)
    assert len(refusal.value.problems) == 3 and not list(tmp_path.iterdir())


def with_lammps(**values: str) -> dict:
    study = copy.deepcopy(read_study())
    study["lammps"].update(values)
    return study


GOOD_ARGUMENTS = ["", "-sf omp -pk omp 1", "-suffix opt", "-sf hybrid intel omp -nc", "-k on g 1 t 4 -sf kk -nocite"]
GOOD_ARGUMENTS += [
    "-pk gpu 1 split 0.75 newton off",
    "-package kokkos cuda/aware on neigh half",
    "-k off",
    " -sf  gpu ",
]
BAD_ARGUMENTS = [
    "-in other.in",
    "-i x",
    "-var a b",
    "-v a b",
    "-log /etc/x",
    "-l x",
    "-screen x",
    "-sc x",
    "-partition 2x1",
]
BAD_ARGUMENTS += [
    "-p 2",
    "-restart2data a b",
    "-r2data a b",
    "-rx a b",
    "-reorder nth 2",
    "-ro custom x",
    "-plog x",
    "-h",
]
BAD_ARGUMENTS += [
    "-mpicolor 1",
    "-m 1",
    "-mdi 'x'",
    "-echo both",
    "-e both",
    "-cite x",
    "-help",
    "-skiprun",
    "-sr",
    "--",
]
BAD_ARGUMENTS += ["-sf", "-sf evil", "-sf omp omp", "-pk", "-pk evil 1", "-pk omp ../x", "-pk omp /x", "-k", "-k maybe"]
BAD_ARGUMENTS += [
    "-sf omp -in x",
    "-pk omp 1 -in x",
    "-nc x",
    "-sf hybrid omp",
    "omp",
    "lmp -sf omp",
    "-pk omp '1 -in x'",
]
BAD_ARGUMENTS += [f"-pk omp {attack}" for attack in ATTACKS if attack != "x y"]


@pytest.mark.parametrize("arguments", GOOD_ARGUMENTS)
def test_switches_of_how_lammps_computes_are_taken(schema, arguments):
    assert resolve(with_lammps(arguments=arguments), schema)["lammps"]["arguments"] == arguments


@pytest.mark.parametrize("arguments", BAD_ARGUMENTS)
def test_other_switches_of_lammps_are_refused_with_what_is_allowed(schema, arguments):
    with pytest.raises(ConfigurationError) as refusal:
        resolve(with_lammps(arguments=arguments), schema)
    (problem,) = refusal.value.problems
    assert problem.startswith("lammps.arguments: got ") and "allowed: -sf (or -suffix) gpu, intel" in problem
    assert problem.isprintable()


@pytest.mark.parametrize(
    "command", ["lmp\n", "lmp\x00", "-in", "lmp -in x", "bin/lmp", "../lmp", "~/lmp", "", "/a\nb", *ATTACKS]
)
def test_a_command_is_a_name_or_a_full_path(schema, command):
    with pytest.raises(ConfigurationError) as refusal:
        check_machine(resolve(with_lammps(command=command), schema), local=False)
    (problem,) = refusal.value.problems
    assert problem.startswith("lammps.command: got ") and problem.isprintable()


@pytest.fixture
def recorder(tmp_path) -> Path:
    """A program, at a path that a shell would split, which records its arguments and ends well."""
    program = tmp_path / "a $(touch pwned); lmp"
    code = "import json, sys\nwith open('argv.json', 'w') as file:\n    json.dump(sys.argv[1:], file)\n"
    program.write_text(f"#!{sys.executable}\n{code}")
    program.chmod(0o755)
    return program


def test_metacharacters_are_arguments_and_run_nothing(schema, recorder, tmp_path):
    """Even those that the configuration would not let through."""
    folder = tmp_path / "run"
    config = resolve(with_lammps(command=str(recorder)), schema)
    check_machine(config, local=False)
    attacks = [text for text in ATTACKS if "\x00" not in text]
    quoted = " ".join("'" + text.replace("'", "'\"'\"'") + "'" for text in attacks)
    Lammps(command=config["lammps"]["command"], arguments=quoted).run("", folder, "x")
    argv = json.loads((folder / "argv.json").read_text())
    assert argv == [*attacks, "-in", "x.in", "-log", "x.log", "-nocite"]
    assert sorted(path.name for path in folder.iterdir()) == ["argv.json", "x.in", "x.out"]
    assert not list(tmp_path.rglob("pwned")) and not Path("pwned").exists()


def test_the_real_program_runs_nothing(tmp_path):
    """LAMMPS itself substitutes variables in its input, not in its arguments."""
    commands = "units lj\nprint done file done.txt\n"
    arguments = "-sf omp -pk omp 1 -var x '$(touch pwned)' -var y '`touch pwned`' -var z '; shell touch pwned'"
    Lammps(arguments=arguments).run(commands, tmp_path, "x")
    assert (tmp_path / "done.txt").exists() and not (tmp_path / "pwned").exists()


def numbers_of(config: dict) -> Iterator[tuple[str, object]]:
    """All values that go into the inputs of LAMMPS."""
    for section in ("cooling", "propensity"):
        yield from config[section].items()
    for block in config["systems"].values():
        yield from block.items()
    yield "neighbor_skin", config["lammps"]["neighbor_skin"]
    yield "force_tolerance", config["inherent_structures"]["force_tolerance"]


def test_what_lammps_inputs_are_made_of_is_finite_numbers(schema):
    def visit(value):
        if isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                yield from visit(item)
        else:
            yield value

    given = copy.deepcopy(read_study())
    given["cooling"]["time_step"] = "5e-3"  # text in YAML
    config = resolve(given, schema)
    values = [
        value for key, item in numbers_of(config) if key not in ("map", "enabled", "potential") for value in visit(item)
    ]
    assert len(values) > 90
    assert all(type(value) in (int, float) and math.isfinite(value) for value in values)
    for wrong in (math.nan, math.inf, -math.inf, "1e400", "0.005\nshell ls", "${x}", "$(1)"):
        given["cooling"]["time_step"] = wrong
        with pytest.raises(ConfigurationError) as refusal:
            resolve(given, schema)
        assert all(problem.startswith("cooling.time_step: got ") for problem in refusal.value.problems)


def inputs(config: dict) -> Iterator[str]:
    """All inputs of LAMMPS, of every system."""
    for name, block in config["systems"].items():
        system = System.from_config(name, block)
        protocol = CoolingProtocol.from_config(cooling_of(config, name))
        yield box_commands(system) + interaction_commands(system, config["lammps"]["neighbor_skin"])
        steps = protocol.steps()
        for first, last in ((0, 50), (50, 10 + steps)):
            yield cooling_commands(
                system,
                temperature_start=protocol.temperature_start,
                time_step=protocol.time_step,
                thermostat_damping=protocol.thermostat_damping,
                equilibration_steps=10,
                stages=protocol.stages(),
                record_every=10,
                first_step=first,
                last_step=last,
                snapshot_steps=protocol.snapshot_steps().tolist(),
                seeds=(1, 2, 3),
                neighbor_skin=config["lammps"]["neighbor_skin"],
            )
        yield minimisation_commands(system, snapshots=2, force_tolerance=1e-5, neighbor_skin=0.3)
        yield segment_commands(
            system,
            temperature=block["propensity"]["temperatures"][0],
            time_step=config["propensity"]["time_step"],
            thermostat_damping=config["propensity"]["thermostat_damping"],
            first_step=0,
            last_step=100,
            frame_steps=[10, 100],
            velocities=1,
            neighbor_skin=0.3,
            restart=True,
        )


def test_the_only_text_of_the_configuration_in_an_input_is_a_systems_name_in_a_comment(schema):
    given = copy.deepcopy(read_study())
    study, system, figure = "Zstudy-Q", "Zsystem-Q", "Zfigure_Q"
    given["study"] = study
    given["systems"][system] = given["systems"].pop("KAM")
    given["systems"][system]["map"].update(figure=figure, bare_figure=f"{figure}_b")
    config = resolve(given, schema)
    found = 0
    for text in inputs(config):
        assert not re.search(rf"{study}|{figure}|-sf|frontiers", text)
        for line in text.splitlines():
            if system in line:
                assert line.startswith("# glassmap: ") and "&" not in line and "$" not in line
                found += 1
    assert found == 4


def test_no_rule_runs_a_shell():
    """Rules run scripts; no value of the configuration is near a command line."""
    rules = [REPOSITORY / "Snakefile", *sorted((REPOSITORY / "workflow").rglob("*.smk"))]
    sources = [*(REPOSITORY / "workflow").rglob("*.py"), *(REPOSITORY / "src").rglob("*.py")]
    assert len(rules) > 10 and len(sources) > 60
    directives = r"^\s*(shell|run|wrapper|notebook|cwl)\s*:|\bshell\(|os\.system|subprocess"
    for path in rules:
        text = path.read_text()
        assert not re.search(directives, text, re.M), path
        # the scripts read it from the configuration; it is no parameter
        assert 'config["lammps"]' not in text and '"lammps"' not in text, path
    for path in sources:
        assert not re.search(r"shell\s*=|os\.system|os\.popen|(?<![.\w])(eval|exec)\(", path.read_text()), path
