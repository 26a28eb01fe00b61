"""The cluster of the tests, and the smoke study that it is compared with."""

import shutil
import tempfile
from pathlib import Path

import pytest
from cluster import Cluster, why_not


@pytest.fixture(scope="session")
def cluster():
    """A SLURM of its own, taken down at the end."""
    reason = why_not()
    if reason:
        pytest.skip(f"no SLURM on this machine: {reason}")
    folder = Path(tempfile.mkdtemp(prefix="glassmap-slurm-", dir="/tmp"))
    cluster = Cluster(folder / "c")
    try:
        yield cluster.start()
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
