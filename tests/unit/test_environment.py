"""The two lists of pinned packages agree, and what runs is what they say."""

import re
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from repository import REPOSITORY


def pinned(name: str = "requirements.txt") -> list[str]:
    """Lines of a file of requirements."""
    lines = (REPOSITORY / "envs" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_conda_environment_has_the_same_pins():
    environment = yaml.safe_load((REPOSITORY / "envs/environment.yaml").read_text())
    (pip,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert pip == pinned()


@pytest.mark.parametrize("line", pinned())
def test_every_requirement_is_pinned_and_installed(line):
    name, pin = line.split("==")
    assert metadata.version(name.split("[")[0]).split("+")[0] == pin


@pytest.mark.parametrize(("version", "works"), [((3, 10), 0), ((3, 11), 1), ((3, 13), 1), ((3, 14), 0), ((3, 15), 0)])
def test_make_says_at_once_which_versions_of_python_work(monkeypatch, version, works):
    """The line of the Makefile, under other versions; pyproject allows the same ones."""
    (code,) = re.findall(r"\$\(PYTHON\) -c '(.*)'", (REPOSITORY / "Makefile").read_text())
    monkeypatch.setattr("sys.version_info", (*version, 0))
    with pytest.raises(SystemExit) as end:
        exec(code)
    assert (end.value.code is None) == bool(works)
    assert works or "Python 3.11, 3.12 or 3.13" in end.value.code
    allowed = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["requires-python"]
    assert (Version(".".join(map(str, version))) in SpecifierSet(allowed)) == bool(works)
