"""What the tests share: the repository, its configurations, and the smoke study, computed once for all of them."""

import sys

import numpy as np
import pytest
import ternary
from repository import REPOSITORY, read_study
from study import Study

from glassmap.system import System
from glassmap.workflow.config import load_schema, resolve


@pytest.fixture(scope="session")
def schema() -> dict:
    return load_schema(REPOSITORY / "workflow/schemas/config.schema.yaml")


@pytest.fixture(scope="session")
def config(schema) -> dict:
    return resolve(read_study(), schema)


@pytest.fixture(params=["KAM", "ABM", "ternary"])
def system(request, config) -> System:
    return System.from_config(request.param, {"ternary": ternary.BLOCK, **config["systems"]}[request.param])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def smoke(tmp_path_factory) -> Study:
    """The smoke study, run for real on two cores."""
    study = Study.new(tmp_path_factory.mktemp("smoke") / "study", "config/smoke.yaml")
    study.run("--cores", "2")
    return study


@pytest.fixture
def finished(smoke, tmp_path) -> Study:
    """A copy of the finished smoke study to try changes on."""
    return smoke.copy(tmp_path / "study")


def pytest_terminal_summary(terminalreporter):
    """The table of the faults that were injected."""
    faults = sys.modules.get("faults")
    if faults is not None and faults.TABLE:
        head = ("fault", "injected at", "lost work, replicas", "result")
        widths = [max(len(row[column]) for row in (head, *faults.TABLE)) for column in range(4)]
        terminalreporter.section("faults")
        for row in (head, *faults.TABLE):
            terminalreporter.write_line("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)))
