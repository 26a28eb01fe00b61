"""Study files: no key twice, the command line is YAML at every depth, targets of other studies."""

import logging

import pytest
from repository import REPOSITORY
from snakemake.cli import parse_config
from snakemake.exceptions import MissingRuleException

from glassmap.workflow.study_files import from_command_line, name_foreign_target, repeated_keys

HINT = "It belongs to the study {}, and this is {}: {}."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed: 1\nstudy: a\n", []),
        ("seed: 1\nstudy: a\nseed: 2\n", ["seed: given twice, in lines 1 and 3"]),
        ("density: {grid: 36, cutoff: 3.0, grid: 64}\n", ["density.grid: given twice, in lines 1 and 1"]),
        (
            "systems:\n  KAM:\n    density: 1.2\n    cutoff: 2.5\n    density: 1.1\n",
            ["systems.KAM.density: given twice, in lines 3 and 5"],
        ),
        ('"seed": 1\nseed: 2\n', ["seed: given twice, in lines 1 and 2"]),
        ("a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n", []),
        ("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n  y: 3\n  y: 4\n", ["b.y: given twice, in lines 5 and 6"]),
        ("a: &a {x: 1}\nb: &b {<<: *a, x: 2}\nc: {<<: *b}\n", []),
        ("a: &a {x: 1, x: 3}\nb: {<<: *a}\n", ["a.x: given twice, in lines 1 and 1"]),
        ("a: &a {x: 1}\nb: &b {x: 2}\nc:\n  <<: [*a, *b]\n", ["c.x: given twice, in lines 4 and 4"]),
        ("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n", ["b.x: given twice, in lines 3 and 4"]),
        ("list:\n- {x: 1, x: 2}\n", ["list[0].x: given twice, in lines 2 and 2"]),
        ("a: &a\n  b: *a\n", []),  # no end
        ("", []),
    ],
)
def test_a_key_given_twice_is_named_with_both_lines(tmp_path, text, expected):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    assert [line.removeprefix(f"{path}: ").removesuffix("; leave one") for line in repeated_keys(path)] == expected


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("cooling={replicas: 52}", {"cooling": {"replicas": 52}}),
        ("classifier={seeds: [0, 1], learning_rate: 0.5}", {"classifier": {"seeds": [0, 1], "learning_rate": 0.5}}),
        ("systems={ABM: {enabled: false}}", {"systems": {"ABM": {"enabled": False}}}),
        ("study=2026", {"study": 2026}),
        ("study=spring", {"study": "spring"}),
        ("papers={oyama2023: [samples]}", {"papers": {"oyama2023": ["samples"]}}),
        (
            "samples={files: {KAM: {snapshots: 'runs/*.nc'}}}",
            {"samples": {"files": {"KAM": {"snapshots": "runs/*.nc"}}}},
        ),
    ],
)
def test_the_command_line_is_read_as_yaml_at_every_depth(argument, expected):
    assert from_command_line(parse_config([argument])) == expected


def test_study_files_are_utf_8_in_every_locale(tmp_path, monkeypatch):
    monkeypatch.setattr("io.text_encoding", lambda encoding, *_: encoding or "ascii")
    path = tmp_path / "study.yaml"
    path.write_bytes("gläser: 1\ngläser: 2\n".encode())
    assert list(repeated_keys(path)) == [f"{path}: gläser: given twice, in lines 1 and 2; leave one"]


@pytest.mark.parametrize(
    ("target", "study", "remedy"),
    [
        ("results/smoke/tables/table2.csv", "default", "give --configfile {folder}/smoke.yaml after the target"),
        ("results/default/tables/table2.csv", "smoke", "leave out --configfile"),
        ("results/mine/KAM/crystals.csv", "smoke", "give --configfile with the file of that study after the target"),
        ("results/smoke/tables/table99.csv", "smoke", None),
        ("elsewhere/smoke/table2.csv", "default", None),
    ],
)
def test_a_target_of_another_study_gets_a_hint(target, study, remedy):
    folder = REPOSITORY / "config"
    record = logging.makeLogRecord({"msg": str(MissingRuleException(target))})
    before = record.getMessage()
    assert name_foreign_target(study, folder)(record)
    added = record.getMessage().removeprefix(before)
    assert added == (
        "" if remedy is None else "\n" + HINT.format(target.split("/")[1], study, remedy).format(folder=folder)
    )
