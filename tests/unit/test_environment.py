"""The two lists of pinned packages agree, and what runs is what they say."""

from importlib import metadata

import pytest
import yaml
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
