"""Finished parts of a job, kept until its result is written: they survive a crash, and never serve another study."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from glassmap.errors import GlassmapError
from glassmap.io.datasets import read_dataset


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

    Raises
    ------
    GlassmapError
        If it cannot be written: a full disk.
    """
    content = io.BytesIO()
    np.savez(content, fingerprint=mark, **arrays)
    part = path.with_suffix(".part")
    try:
        with open(part, "wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        raise GlassmapError(f"{part}: {error.strerror}") from None


def read_scratch(path: Path, mark: str) -> dict[str, np.ndarray] | None:
    """What `write_scratch` wrote, or None if it is missing, damaged or has another fingerprint."""
    try:
        with np.load(path, allow_pickle=False) as content:
            if str(content["fingerprint"]) == mark:
                return {name: content[name] for name in content.files if name != "fingerprint"}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass  # as good as missing
    return None


def scratch_of_code(folder: str | Path, code: str) -> Path:
    """Folder for the parts that this code made, below ``folder``; what other code made there is removed.

    Parameters
    ----------
    folder : str or Path
        Of a job.
    code : str
        From `glassmap.workflow.code_dependencies.code_of`, of the script that the job runs.
    """
    chosen = Path(folder) / fingerprint({"code": code})[:12]
    chosen.mkdir(parents=True, exist_ok=True)
    for other in Path(folder).iterdir():
        if other.name != chosen.name:
            _remove(other)
    return chosen


def keep_result(folder: Path, mark: str, result: str | Path) -> None:
    """Put a finished result in the place of the parts that it was made of, as a second name of the same file.

    Snakemake deletes what a job made that ended after Snakemake itself was killed; this name survives.
    """
    for part in folder.iterdir():
        _remove(part)
    with contextlib.suppress(OSError):  # a file system without links: then nothing is kept
        os.link(result, folder / f"result-{mark}.nc")


def forget_results(scratch: str | Path) -> None:
    """Remove the second names of results that have their own, once Snakemake has seen the end of all jobs.

    From then on a batch that is asked for again is computed again.
    """
    for kept in list(Path(scratch).rglob("result-*.nc")):
        if kept.stat().st_nlink > 1:
            kept.unlink()
            with contextlib.suppress(OSError):  # not empty
                for folder in kept.parents:
                    folder.rmdir()
                    if folder == Path(scratch):
                        break


def _remove(path: Path) -> None:
    """A file or a folder with all that is in it."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def recover_result(folder: Path, mark: str, result: str | Path) -> bool:
    """Give what `keep_result` kept its name again; false if there is nothing, or it is damaged."""
    kept = folder / f"result-{mark}.nc"
    try:
        read_dataset(kept, {})  # all of it: a damaged file is no result
    except GlassmapError:
        return False
    Path(result).parent.mkdir(parents=True, exist_ok=True)
    part = Path(result).with_name(f".{Path(result).name}.link")
    part.unlink(missing_ok=True)
    os.link(kept, part)
    os.utime(part)
    os.replace(part, result)
    return True
