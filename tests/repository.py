"""Where the repository is, and its studies."""

from pathlib import Path

from glassmap.workflow import config

REPOSITORY = Path(__file__).parents[1]


def read_study(*names: str) -> dict:
    """A study as Snakemake reads it: config.yaml with further files laid over it, not yet completed."""
    return config.read_study(*(REPOSITORY / f"config/{name}.yaml" for name in ("config", *names)))
