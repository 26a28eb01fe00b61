"""Checkpoints of finished parts of a job, kept until its result is written; valid only for identical parameters."""

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
    """Hash of everything that a result depends on; arrays in ``identity`` must be lists."""
    return hashlib.blake2b(json.dumps(identity, sort_keys=True).encode(), digest_size=16).hexdigest()


def checksum(path: Path) -> str:
    """Hash of the content of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def write_checkpoint(path: Path, mark: str, arrays: Mapping) -> None:
    """Write arrays to a temporary file, sync it to disk, and rename it.

    Parameters
    ----------
    path : Path
        Must end in ``.npz``.
    mark : str
        From `fingerprint`.
    arrays : mapping of str to array_like

    Raises
    ------
    GlassmapError
        If the file cannot be written, for example on a full disk.
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


def read_checkpoint(path: Path, mark: str) -> dict[str, np.ndarray] | None:
    """Arrays written by `write_checkpoint`; None if missing, damaged or with another fingerprint."""
    try:
        with np.load(path, allow_pickle=False) as content:
            if str(content["fingerprint"]) == mark:
                return {name: content[name] for name in content.files if name != "fingerprint"}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass  # treated as missing
    return None


def scratch_of_code(folder: str | Path, code: str) -> Path:
    """Subfolder for the checkpoints of the current code; those of other code versions are removed.

    Parameters
    ----------
    folder : str or Path
        Scratch folder of the job.
    code : str
        From `glassmap.workflow.code_dependencies.code_fingerprint`, for the job's script.
    """
    chosen = Path(folder) / fingerprint({"code": code})[:12]
    chosen.mkdir(parents=True, exist_ok=True)
    for other in Path(folder).iterdir():
        if other.name != chosen.name:
            _remove(other)
    return chosen


def keep_result(folder: Path, mark: str, result: str | Path) -> None:
    """Replace the checkpoints in ``folder`` by a hard link to the finished result.

    If Snakemake is killed and a job finishes afterwards, Snakemake deletes the job's output; this link survives.
    """
    for part in folder.iterdir():
        _remove(part)
    with contextlib.suppress(OSError):  # the file system has no hard links: keep nothing
        os.link(result, folder / f"result-{mark}.nc")


def forget_results(scratch: str | Path) -> None:
    """Remove the links to results that are in place, once Snakemake has seen all jobs finish.

    From then on a batch that is requested again is recomputed.
    """
    for kept in list(Path(scratch).rglob("result-*.nc")):
        if kept.stat().st_nlink > 1:
            kept.unlink()
            with contextlib.suppress(OSError):  # folder not empty
                for folder in kept.parents:
                    folder.rmdir()
                    if folder == Path(scratch):
                        break


def _remove(path: Path) -> None:
    """Remove a file, or a folder with its content."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def recover_result(folder: Path, mark: str, result: str | Path) -> bool:
    """Restore a result kept by `keep_result`; False if there is none or it is damaged."""
    kept = folder / f"result-{mark}.nc"
    try:
        read_dataset(kept, {})  # reads the whole file, to detect damage
    except GlassmapError:
        return False
    Path(result).parent.mkdir(parents=True, exist_ok=True)
    part = Path(result).with_name(f".{Path(result).name}.link")
    part.unlink(missing_ok=True)
    os.link(kept, part)
    os.utime(part)
    os.replace(part, result)
    return True
