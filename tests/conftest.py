"""What the tests share: the repository, its configurations, and random configurations of the models."""

from pathlib import Path

import numpy as np
import pytest

from glassmap import config as config_files
from glassmap.config import load_schema, resolve
from glassmap.systems import System

REPOSITORY = Path(__file__).parents[1]


def read_study(*names: str) -> dict:
    """A study as Snakemake reads it: config.yaml with further files laid over it, not yet completed."""
    return config_files.read_study(*(REPOSITORY / f"config/{name}.yaml" for name in ("config", *names)))


@pytest.fixture(scope="session")
def schema() -> dict:
    return load_schema(REPOSITORY / "workflow/schemas/config.schema.yaml")


@pytest.fixture(scope="session")
def config(schema) -> dict:
    return resolve(read_study(), schema)


@pytest.fixture(params=["KAM", "ABM"])
def system(request, config) -> System:
    return System.from_config(request.param, config["systems"][request.param])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
