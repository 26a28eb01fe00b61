"""Files of samples, found by glob patterns; imported by the Snakefile, so it imports nothing heavy."""

from collections.abc import Mapping
from glob import glob
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]


def find_sample_files(samples: Mapping, system: str, kind: str) -> list[str]:
    """Files that match ``samples.files``, sorted.

    Parameters
    ----------
    samples : mapping
        Section ``samples`` of the configuration.
    system : str
    kind : {"snapshots", "inherent_energies"}
    """
    return match_files(samples["files"].get(system, {}).get(kind, ""))


def match_files(pattern: str) -> list[str]:
    """Files that match a glob pattern, sorted; none for an empty pattern.

    A relative pattern is tried in the working directory first, then in the repository, which ships some samples.
    """
    return sorted(glob(pattern)) or (sorted(glob(str(REPOSITORY / pattern))) if pattern else [])
