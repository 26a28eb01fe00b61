"""The smoke study, computed once for all tests that look at it."""

import time

import pytest
from study import Study


@pytest.fixture(scope="session")
def smoke(tmp_path_factory) -> Study:
    """The smoke study, run for real on two cores."""
    study = Study.new(tmp_path_factory.mktemp("smoke") / "study", "config/smoke.yaml")
    start = time.monotonic()
    study.run("--cores", "2")
    study.seconds = time.monotonic() - start
    return study


@pytest.fixture
def finished(smoke, tmp_path) -> Study:
    """A copy of the finished smoke study to try changes on."""
    return smoke.copy(tmp_path / "study")
