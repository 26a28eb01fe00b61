"""What the tests share: the repository, its configurations, and random configurations of the models."""

import numpy as np
import pytest
from repository import REPOSITORY, read_study

from glassmap.config import load_schema, resolve
from glassmap.systems import System


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
