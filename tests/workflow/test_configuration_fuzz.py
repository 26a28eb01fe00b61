"""Mutated studies: each is refused in lines that name the key, or has a DAG. Nothing else may come out.

Every case goes through the real Snakefile in this process (a tenth of a second for a refused one, a second for a DAG).
What Snakemake itself makes of a file before it reads the Snakefile is out of reach: its own keys ``pathvars`` and
``__use_yte__``, a mapping that contains itself, and what no YAML reader takes (an impossible date).
"""

import copy
import datetime
import json
import logging
import math
import os
import string
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from repository import REPOSITORY, read_study
from snakemake.api import SnakemakeApi
from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DAGSettings, OutputSettings, ResourceSettings
from study import Study

from glassmap.workflow.config import load_schema

SCHEMA = load_schema(REPOSITORY / "workflow/schemas/config.schema.yaml")
STUDIES = {name: read_study(*([] if name == "default" else [name])) for name in ("default", "smoke", "workstation")}
STUDIES |= {name: read_study(name) for name in ("paper", "sensitivity")}
# the large DAGs less often
DRAWN = ["default"] * 3 + ["smoke"] * 4 + ["workstation"] * 2 + ["paper", "sensitivity"]
REFUSED = "The configuration is refused:\n"
SETTINGS = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # a failing case is small as it is: note() names its mutations
    suppress_health_check=list(HealthCheck),
)

HOSTILE = [
    *(
        "; touch pwned",
        "$(touch pwned)",
        "`touch pwned`",
        "a\nb",
        "a\n",
        "a\r",
        "a\x00b",
        "\x1b[2J",
        "{wildcard}",
        "{system}",
    ),
    *(
        "../..",
        "/etc/passwd",
        'a"b',
        "a'b",
        "a & b",
        "a | b",
        "${HOME}",
        "-in evil",
        "--help",
        " ",
        "",
        "a b",
        "*",
        "~",
    ),
    *("Ångström", "日本", "\u202e", "\u2028", "\ud800", "a: b", "a, b", "#", "%s", "x" * 300, "nan", "null", "1e400"),
]
WEIRD = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        0.5,
        -0.0,
        2,
        3,
        10**6,
        10**12,
        10**30,
        10**400,
        -(10**30),
        1e308,
        -1e308,
        1e-300,
        5e-324,
    ),
    *(
        math.nan,
        math.inf,
        -math.inf,
        [],
        {},
        [[]],
        [None],
        [1, 1],
        [3, 2, 1],
        {"a": 1},
        {1: 2},
        {None: None},
        {True: 1},
    ),
    *(datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1), b"bytes", {"a": {"b": {"c": {"d": {}}}}}, {1, 2}),
    *HOSTILE,
]
WRONG = {  # values of another type
    "number": ["high", None, [], {}, True, [1.0], "", datetime.date(2026, 1, 1), *HOSTILE[:9]],
    "integer": ["many", 1.5, None, [], {}, False, "5", datetime.date(2026, 1, 1), *HOSTILE[:9]],
    "string": [5, 1.5, None, [], {}, True, ["a"], datetime.date(2026, 1, 1)],
    "boolean": ["yes", 1, 0, None, [], {}],
    "array": [5, "a", None, {}, True, 1.0],
    "object": [5, "a", None, [], True, ["a"]],
    "enum": ["nothing", 5, None, [], {}, True, *HOSTILE[:9]],
}


@dataclass(frozen=True)
class Place:
    """A key of a study, with the part of the schema that holds for it."""

    path: tuple[str, ...]
    schema: dict

    @property
    def name(self) -> str:
        return shown(self.path)

    @property
    def kind(self) -> str:
        return "enum" if "enum" in self.schema else self.schema.get("type", "object")


def shown(path: tuple) -> str:
    """A key as the lines name it: on one line whatever it holds."""
    names = [name if isinstance(name, str) else repr(name) for name in path]
    names = [name if name and name.isprintable() else json.dumps(name) for name in names]
    return ".".join(name if len(name) <= 80 else name[:77] + "..." for name in names)


def below(schema: dict, name: object) -> dict | None:
    """The schema of a key below another one's; None where there is none."""
    other = schema.get("additionalProperties")
    part = schema.get("properties", {}).get(name, other if isinstance(other, dict) else None)
    if part and "$ref" in part:
        part = {**SCHEMA["$defs"][part["$ref"].rsplit("/", 1)[1]], **part}
    return part


def places(study: object, schema: dict = SCHEMA, path: tuple[str, ...] = ()) -> Iterator[Place]:
    """All keys of a study that the schema knows, those with keys below them too."""
    for name, value in study.items() if isinstance(study, dict) else ():
        part = below(schema, name)
        if part is not None:
            yield Place((*path, name), part)
            yield from places(value, part, (*path, name))


def value_at(study: dict, path: tuple):
    for name in path:
        study = study[name]
    return study


def set_at(study: dict, path: tuple, value) -> None:
    value_at(study, path[:-1])[path[-1]] = value


def rename_at(study: dict, path: tuple, name: object) -> None:
    """Another name for a key, in its place."""
    block = value_at(study, path[:-1])
    items = [(name if key == path[-1] else key, value) for key, value in block.items()]
    block.clear()
    block.update(items)


def outside(schema: dict) -> list:
    """Numbers just outside the limits of a schema."""
    step = 1 if schema["type"] == "integer" else 1e-6
    found = [schema[key] + sign * step for key, sign in (("minimum", -1), ("maximum", 1)) if key in schema]
    return found + [schema[key] for key in ("exclusiveMinimum", "exclusiveMaximum") if key in schema]


@st.composite
def wrong(draw, study: dict) -> str:
    """Do to a study what must be refused; returns the key that a line has to name."""
    every = list(places(study))
    how = draw(
        st.sampled_from(["unknown", "misspelt", "type", "limit", "number", "text", "name", "key", "list", "lammps"])
    )
    if how in ("unknown", "misspelt"):
        closed = [((), SCHEMA)] + [(place.path, place.schema) for place in every]
        closed = [(path, part) for path, part in closed if part.get("additionalProperties") is False]
        path, part = draw(st.sampled_from(closed))
        known = set(part["properties"])
        if how == "misspelt" and value_at(study, path):
            old = draw(st.sampled_from(sorted(value_at(study, path))))
            at = draw(st.integers(0, len(old) - 1))
            new = draw(st.sampled_from([old[:at] + old[at + 1 :], old[:at] + old[at] + old[at:], old.upper() + "_"]))
            if new not in known:
                rename_at(study, (*path, old), new)
                return shown((*path, new))
        names = st.sampled_from([*HOSTILE, "__proto__", "1"]) | st.text(string.printable, max_size=60)
        name = draw(names.filter(lambda name: name not in known))
        set_at(study, (*path, name), draw(st.sampled_from([1, "a", {}, None])))
        return shown((*path, name))
    if how == "type":
        place = draw(st.sampled_from(every))
        set_at(study, place.path, draw(st.sampled_from(WRONG[place.kind])))
        return place.name
    if how in ("limit", "number"):
        place = draw(st.sampled_from([place for place in every if place.kind in ("number", "integer")]))
        far = [math.nan, math.inf, -math.inf, 1e308, -1e308, 10**30, 10**400, 1e21, 1e-21, 5e-324]
        near = outside(place.schema)
        set_at(study, place.path, draw(st.sampled_from(near if how == "limit" and near else far)))
        return place.name
    if how == "text":
        place = draw(st.sampled_from([place for place in every if "pattern" in place.schema]))
        bad = [text for text in HOSTILE if text not in ("nan", "null", "1e400", "/etc/passwd")]
        set_at(study, place.path, draw(st.sampled_from([*bad, "x" * 5000])))
        return place.name
    if how == "name":
        block = draw(st.sampled_from([("systems",), ("controls", "sensitivity")]))
        names = {text for text in HOSTILE if text not in ("nan", "null")} | {5, None, True, datetime.date(2026, 1, 1)}
        taken = {"systems": {"tables", "figures", "logs", "scratch", "sensitivity", "benchmarks", "export"}}.get(
            block[0], {"base"}
        )
        name = draw(st.sampled_from(sorted(names | taken, key=repr)))
        study["controls"].setdefault("sensitivity", {})
        if not value_at(study, block):
            set_at(study, (*block, name), {"density": {"grid": 64}})
        else:
            rename_at(study, (*block, draw(st.sampled_from(list(value_at(study, block))))), name)
        return ".".join(block)
    if how == "key":
        place = draw(st.sampled_from([place for place in every if place.kind == "object"]))
        name = draw(st.sampled_from([0, 1.5, True, None, datetime.date(2026, 1, 1), (1, 2)]))
        set_at(study, (*place.path, name), 1)
        return shown((*place.path, name))
    if how == "list":
        place = draw(st.sampled_from([place for place in every if place.kind == "array"]))
        given = value_at(study, place.path)
        bad = [[None], ["x; y"], [[]], [{}], [math.nan], [-1], [10**30], [-(10**400)], given + [None]]
        bad += [given + given] if place.schema.get("uniqueItems") and given else []
        bad += [[]] if place.schema.get("minItems") else []
        set_at(study, place.path, draw(st.sampled_from(bad)))
        return place.name
    key = draw(st.sampled_from(["arguments", "command"]))
    bad = {
        "arguments": [
            "-in x",
            "-var a b",
            "-log /etc/x",
            "-sf omp -partition 2x1",
            "-pk omp 1; ls",
            "-sf 'omp",
            "-sf evil",
        ],
        "command": [
            "lmp-of-nowhere",
            "/nowhere/lmp",
            "/etc",
            "-in",
            "../lmp",
            "lmp lmp",
            "lmp\n",
            "/a\x00b",
            "x" * 5000,
        ],
    }
    set_at(study, ("lammps", key), draw(st.sampled_from(bad[key] + [text for text in HOSTILE if text.strip()])))
    return f"lammps.{key}"


@st.composite
def anything(draw, study: dict) -> str:
    """Do anything to a study; returns what, in words."""
    every = list(places(study))
    if not every:
        return "nothing left"
    place = draw(st.sampled_from(every))
    path, value = place.path, value_at(study, place.path)
    how = draw(st.sampled_from(["delete", "weird", "scale", "order", "systems", "sections", "sensitivity"]))
    if how == "delete":
        del value_at(study, path[:-1])[path[-1]]
    elif how == "weird":
        set_at(study, path, copy.deepcopy(draw(st.sampled_from(WEIRD))))
    elif how == "scale":
        factor = draw(st.sampled_from([0.5, 2, 3, 10, 1e-3, 1e6, 1e12]))
        for part in places({path[-1]: value}, {"properties": {path[-1]: place.schema}}, path[:-1]):
            number = value_at(study, part.path)
            if isinstance(number, int | float) and not isinstance(number, bool):
                scaled = number * factor
                set_at(study, part.path, round(scaled) if part.kind == "integer" and math.isfinite(scaled) else scaled)
    elif how == "order":
        turned = list(reversed(value.items() if isinstance(value, dict) else value if isinstance(value, list) else []))
        set_at(study, path, dict(turned) if isinstance(value, dict) else turned if isinstance(value, list) else value)
    elif how == "systems" and isinstance(study.get("systems"), dict) and len(study["systems"]) > 1:
        first, second, *_ = study["systems"]
        systems = study["systems"]
        systems[first], systems[second] = systems[second], copy.deepcopy(systems[first])
    elif how == "sections":
        other = draw(st.sampled_from(sorted(STUDIES)))
        name = draw(st.sampled_from(sorted(STUDIES[other])))
        study[name] = copy.deepcopy(STUDIES[other][name])
    elif how == "sensitivity" and isinstance(study.get("controls"), dict):
        section = draw(st.sampled_from(["density", "configurations", "classifier", "cooling", "split", "systems"]))
        study["controls"]["sensitivity"] = {
            "x": {section: copy.deepcopy(draw(st.sampled_from([*WEIRD, {"grid": 40}])))}
        }
    return f"{how} {place.name}"


@st.composite
def harmless(draw, study: dict) -> str:
    """Do to a study what it likely survives; returns what, in words."""
    every = [place for place in places(study) if place.path[-1] != "device"]
    place = draw(st.sampled_from(every))
    value = value_at(study, place.path)
    if place.kind == "enum":
        value = draw(st.sampled_from(place.schema["enum"]))
    elif place.kind == "number" and isinstance(value, float):
        value = draw(st.floats(0.9, 1.1)) * value
        value = draw(st.sampled_from([value, f"{value:.6e}"]))
    elif place.kind == "integer":
        value = draw(st.sampled_from([value, value + 1, 2 * value, float(value), place.schema["maximum"]]))
    elif place.kind == "string" and "command" not in place.name:
        value = draw(st.sampled_from(["-sf opt", ""] if "lammps" in place.name else ["A", "a_b-C0", "z" * 64]))
    elif place.kind == "array" and len(value) > 1:
        value = draw(st.sampled_from([value[1:], value[:-1], value[::-1]]))
    elif place.kind == "object" and "default" in place.schema:
        value = {}
    elif place.path[0] == "systems" and len(place.path) == 2:
        name = draw(st.sampled_from(["a", "Base", "KAM-1", "x_y", "Z" * 32]))
        rename_at(study, place.path, name)
        return f"{place.name} renamed {name}"
    set_at(study, place.path, copy.deepcopy(value))
    return f"{place.name} = {str(value)[:80]}"


class Workflow:
    """The real Snakefile with any study in the place of config/config.yaml."""

    def __init__(self, study: Study):
        self.study = study
        self.outcomes = Counter()

    def outcome(self, study: dict) -> int | list[str]:
        """Number of jobs, or the lines of a refusal."""
        path = self.study.folder / "config/config.yaml"
        # aliases, as in a file written by hand, only make it shorter
        path.write_text(yaml.dump(study, Dumper=yaml.Dumper, sort_keys=False))
        before, folder = list(sys.path), os.getcwd()
        try:
            with SnakemakeApi(OutputSettings(dryrun=True)) as api:
                workflow = api.workflow(
                    ResourceSettings(cores=1), snakefile=self.study.folder / "Snakefile", workdir=self.study.folder
                )
                workflow.dag(DAGSettings()).execute_workflow(executor="dryrun")
                jobs = len(list(workflow._workflow.dag.jobs))
        except WorkflowError as error:
            text = str(error)
            assert text.startswith(REFUSED), text
            self.outcomes["refused"] += 1
            return text.removeprefix(REFUSED).split("\n")
        finally:
            sys.path[:] = before
            os.chdir(folder)
        self.outcomes["DAG"] += 1
        return jobs


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Study:
    return Study.new(tmp_path_factory.mktemp("fuzz") / "study")


@pytest.fixture
def workflow(copied) -> Iterator[Workflow]:
    """The Snakefile in this process; what it changes of it is put back."""
    path = os.environ.get("PYTHONPATH")
    logging.disable(logging.CRITICAL)
    yield Workflow(copied)
    logging.disable(logging.NOTSET)
    if path is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = path


def named(study: object, schema: dict = SCHEMA, path: tuple = ()) -> Iterator[str]:
    """All keys that a line may begin with: those of a study, and those of the schema below them."""
    written = list(study) if isinstance(study, dict) else []
    for name in dict.fromkeys([*written, *schema.get("properties", {})]):
        yield shown((*path, name))
        yield from named(study.get(name) if isinstance(study, dict) else None, below(schema, name) or {}, (*path, name))


def check_lines(lines: list[str], study: dict) -> None:
    """Each line begins with a key that exists or was written."""
    names = {f"{name}{end}" for name in named(study) for end in (":", ",", "[")}
    variants = study.get("controls", {}) if isinstance(study.get("controls"), dict) else {}
    variants = variants.get("sensitivity") if isinstance(variants.get("sensitivity"), dict) else {}
    assert lines
    for line in lines:
        # a line about a variant goes on with the key of the study that it has
        rests = [line, *(line.removeprefix(f"{shown(('controls', 'sensitivity', name))}: ") for name in variants)]
        assert line.isprintable() and any(rest.startswith(name) for rest in rests for name in names), line
        assert len(line) < 5000


def test_what_is_wrong_is_refused_by_its_key(workflow):
    @settings(SETTINGS, max_examples=150)
    @given(st.data())
    def check(data):
        name = data.draw(st.sampled_from(DRAWN))
        study = copy.deepcopy(STUDIES[name])
        before = [data.draw(harmless(study)) for _ in range(data.draw(st.sampled_from([0, 0, 0, 1, 2])))]
        key = data.draw(wrong(study))
        note(f"{name}: {before}, then {key}")
        lines = workflow.outcome(study)
        assert isinstance(lines, list), f"{lines} jobs"
        check_lines(lines, study)
        if not before:  # what else is wrong may come first
            assert any(line.startswith(key) or f", {key}" in line for line in lines), lines

    check()
    assert workflow.outcomes["refused"] >= 150


@pytest.mark.parametrize(
    "mutation, cases, fewest", [(anything, 25, 6), (harmless, 20, 12)], ids=["anything", "harmless"]
)
def test_any_study_is_refused_or_has_a_dag(workflow, mutation, cases, fewest):
    @settings(SETTINGS, max_examples=cases)
    @given(st.data())
    def check(data):
        name = data.draw(st.sampled_from(DRAWN))
        study = copy.deepcopy(STUDIES[name])
        done = [data.draw(mutation(study)) for _ in range(data.draw(st.integers(1, 3)))]
        note(f"{name}: {done}")
        found = workflow.outcome(study)
        if isinstance(found, list):
            check_lines(found, study)
        else:
            assert found > 30

    check()
    assert sum(workflow.outcomes.values()) >= cases
    assert workflow.outcomes["DAG"] >= fewest


BY_HAND = [
    ("study: 2026-01-01", "study: got a value of type date, must be"),
    ('"a\\nb\\ud800": 1', '"a\\nb\\ud800": unknown key'),
    ("seed: 1" + "0" * 4000, "seed: got an integer of 13288 bits, must be 0 or of a magnitude between"),
    ("lengths: {targets: &x [*x]}", "lengths.targets[0][0]"),
    ("'{system}': {a: [x; ls]}", "{system}: unknown key, allowed here:"),
]


@pytest.mark.parametrize("text, line", BY_HAND, ids=[line[:20] for _, line in BY_HAND])
def test_the_program_prints_lines_and_no_traceback(workflow, text, line):
    study = Study(workflow.study.folder, "config/fuzz.yaml")
    for name in ("config", "fuzz"):
        path = workflow.study.folder / f"config/{name}.yaml"
        path.write_text((REPOSITORY / "config/config.yaml").read_text() if name == "config" else text)
    done = study.run("--dry-run", check=False)
    said = done.stdout + done.stderr
    assert done.returncode and "Traceback" not in said
    assert f"\n{line}" in said, said
