"""What the tests share: the repository, its configurations, and two studies, computed once for all of them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import ternary
from filelock import FileLock
from repository import REPOSITORY, read_study
from study import TINY_TARGETS, Study, smoke_study, swanson2020_study, tiny_study

from glassmap.system import System
from glassmap.workflow.config import load_schema, resolve

# files begin in this order when processes share the tests, the longest first; all others follow
LONGEST = (
    *("test_slurm", "test_faults", "test_dag", "test_trouble", "test_tutorial", "test_jung2023", "test_nothing_left"),
    *("test_swanson2020", "test_swanson2020_attention"),
    *("test_variants", "test_examples", "test_swap_study", "test_own_files", "test_configuration_fuzz"),
    *("test_sample_files", "test_surroundings", "test_ternary", "test_smoke", "test_explain"),
    *("test_report_in_a_browser", "test_swap"),
)


def pytest_collection_modifyitems(items):
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONGEST)))


@pytest.fixture(autouse=True)
def _subnormal_numbers():
    """A test that trains a network makes the whole process count them as zero."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


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
def computed_once(tmp_path_factory) -> Callable[..., Study]:
    """A study, by what writes its files, or some targets of it, computed on two cores by the first that asks for it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # each process has a folder of its own there

    def compute(new: Callable[[Path], Study], *targets: str) -> Study:
        folder, done = shared / new.__name__ / "study", shared / f"{new.__name__}.done"
        with FileLock(shared / f"{new.__name__}.lock"):
            if not folder.exists():
                study = new(folder)
                study.run(*targets, "--cores", "2")
                done.write_text("\n".join(study.configfiles))
        assert done.exists(), f"{folder} failed in another process"
        return Study(folder, *done.read_text().split("\n"))

    return compute


@pytest.fixture(scope="session")
def smoke(computed_once) -> Study:
    """The smoke study, computed; to be read only."""
    return computed_once(smoke_study)


@pytest.fixture(scope="session")
def tiny(computed_once) -> Study:
    """All tables of the tiny study and its maps, computed; to be read only."""
    return computed_once(tiny_study, *TINY_TARGETS)


@pytest.fixture(scope="session")
def swanson2020(computed_once) -> Study:
    """The smoke study of the third paper, computed; to be read only."""
    return computed_once(swanson2020_study)


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


@pytest.fixture
def one_thread():
    """Small networks are slower on several, by far if other processes need them too."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
