"""Files of samples, found by glob patterns; imported by the Snakefile, so it imports nothing heavy."""

import re
from collections.abc import Mapping, Sequence
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


def pair_by_name(files: Sequence[str], pattern: str, arrays: Sequence[str], array_pattern: str) -> list[str] | None:
    """Arrays in the order of the files that they belong to, by what the wildcards of the two patterns matched.

    Sorting both is not enough: ``glass_10.xyz`` comes after ``glass_1.xyz``, and ``glass_10_q.npy`` before
    ``glass_1_q.npy``. Where the wildcards matched other words, their numbers decide.

    Parameters
    ----------
    files, arrays : sequence of str
        What `match_files` found for the patterns, in this order.
    pattern, array_pattern : str

    Returns
    -------
    list of str or None
        None if the names do not say which belong together.
    """
    words = [_wildcards(files, pattern), _wildcards(arrays, array_pattern)]
    numbers = [[re.findall(r"\d+", "/".join(word)) for word in of_names] for of_names in words]
    integers = [[tuple(map(int, found)) for found in of_names] for of_names in numbers]
    for own, others in (words, integers):
        place = dict(zip(others, arrays, strict=True))
        if len(place) == len(arrays) and len(own) == len(arrays) and set(own) == set(place):
            return [place[key] for key in own]
    return None


def _wildcards(paths: Sequence[str], pattern: str) -> list[tuple[str, ...]]:
    """What the wildcards of a glob pattern matched in each path."""
    kinds = {"**": "(.*)", "*": "([^/]*)", "?": "([^/])"}

    def expression(part: str) -> str:
        return kinds.get(part) or f"([{'^' if part[1] == '!' else ''}{part[1:-1].removeprefix('!')}])"

    parts = re.split(r"(\*\*|\*|\?|\[!?\]?[^\]]*\])", pattern)  # every second one is a wildcard
    text = "".join(expression(part) if index % 2 else re.escape(part) for index, part in enumerate(parts))
    matches = [re.search(f"(?:^|/){text}$", path) for path in paths]
    return [() if match is None else match.groups() for match in matches]
