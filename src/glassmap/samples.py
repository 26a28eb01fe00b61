"""Where samples come from, as far as the Snakefile must know; light."""

from collections.abc import Mapping
from glob import glob


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
    """Files that match a pattern (with ``*``), sorted; none for an empty one."""
    return sorted(glob(pattern))
