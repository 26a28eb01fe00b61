"""Where samples come from, as far as the Snakefile must know; light."""

from collections.abc import Mapping
from glob import glob
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]


def files_of(samples: Mapping, system: str, kind: str) -> list[str]:
    """Files of ``samples.files``, sorted.

    Parameters
    ----------
    samples : mapping
        The section of the configuration.
    system : str
    kind : {"snapshots", "inherent_energies"}
    """
    return matching(samples["files"].get(system, {}).get(kind, ""))


def matching(pattern: str) -> list[str]:
    """Files that match a pattern (with ``*``), sorted; none for an empty one.

    A relative one is looked for in the working directory and, where nothing matches there, in the repository, which
    ships some.
    """
    return sorted(glob(pattern)) or (sorted(glob(str(REPOSITORY / pattern))) if pattern else [])
