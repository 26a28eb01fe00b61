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
    return sorted(glob(samples["files"].get(system, {}).get(kind, "")))
