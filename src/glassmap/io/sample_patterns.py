"""Files of samples, found by glob patterns; imported by the Snakefile, so it imports nothing heavy."""

import re
from collections.abc import Mapping
from glob import glob
from pathlib import Path

STATE = "{state}"  # in patterns of arrays of dynamics, for the name of a state
REPOSITORY = Path(__file__).parents[3]
ARCHIVE = re.compile(r"(.+?\.(?:tar(?:\.(?:gz|xz|bz2))?|tgz|txz))(?:/(.+))?", re.DOTALL)


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


def in_state(pattern: str, state: str) -> str:
    """A pattern with the name of a state for ``{state}``."""
    return pattern.replace("{state}", state)


def match_files(pattern: str) -> list[str]:
    """Files that match a glob pattern, sorted; none for an empty pattern.

    A relative pattern is tried in the working directory first, then in the repository, which ships some samples. Below
    a tar archive the pattern is that of its members (`split_archive`), and is kept.
    """
    if (archive := split_archive(pattern)) is not None:
        outer, members = archive
        return [f"{path}/{members}" for path in _glob(outer)]
    return _glob(pattern)


def _glob(pattern: str) -> list[str]:
    return sorted(glob(pattern)) or (sorted(glob(str(REPOSITORY / pattern))) if pattern else [])


def split_archive(path: str) -> tuple[str, str] | None:
    """A tar archive and the pattern of its members, all npz files by default; None for other files.

    ``T0.23.tar.xz/T0.23/test/*_tc05.npz`` names members of ``T0.23.tar.xz``.
    """
    names = ARCHIVE.fullmatch(path)
    return None if names is None else (names[1], names[2] or "*.npz")


def is_array(source: str) -> bool:
    """Whether users' own dynamics are arrays in files of their own, by a pattern, or else a column of the samples."""
    return source.endswith((".npy", ".npz"))
