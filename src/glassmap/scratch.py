"""Finished parts of a job, kept until its result is written: they survive a crash, and never serve another study."""

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def fingerprint(identity: Mapping) -> str:
    """Changes with everything in ``identity``, which must be what a result depends on; arrays as lists."""
    return hashlib.blake2b(json.dumps(identity, sort_keys=True).encode(), digest_size=16).hexdigest()


def checksum(path: Path) -> str:
    """Of the content of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def write_scratch(path: Path, mark: str, arrays: Mapping) -> None:
    """Write arrays under a temporary name, make sure they are on the disk, and rename.

    Parameters
    ----------
    path : Path
        Ends in ``.npz``.
    mark : str
        From `fingerprint`.
    arrays : mapping of str to array_like
    """
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        np.savez(file, fingerprint=mark, **arrays)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def read_scratch(path: Path, mark: str) -> dict[str, np.ndarray] | None:
    """What `write_scratch` wrote, or None if it is missing, damaged or has another fingerprint."""
    try:
        with np.load(path, allow_pickle=False) as content:
            if str(content["fingerprint"]) == mark:
                return {name: content[name] for name in content.files if name != "fingerprint"}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass  # as good as missing
    return None
