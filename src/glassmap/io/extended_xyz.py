"""Extended XYZ out: configurations with per-particle columns that OVITO, chemfiles and ase open as they are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from glassmap.io.datasets import atomic_write

KINDS = {"U": "S", "i": "I", "u": "I", "f": "R"}  # of columns, by the kind of the array
NAME = re.compile("[A-Za-z][A-Za-z0-9_]*")
VALUE = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')  # of the comment line
STANDARD = ("Lattice", "Properties", "pbc")
FLAT_EDGE = 1.0  # sigma*; of a two-dimensional box in the third direction, where it must have one


@dataclass(frozen=True)
class ParticleFrame:
    """One configuration to be written.

    Attributes
    ----------
    positions : ndarray, shape (N, d)
    species : sequence of str, N of them
        Names without blanks.
    box_lengths : sequence of float
        Edges of the periodic box, d of them, 2 or 3.
    columns : mapping of str to ndarray, shape (N,) or (N, k)
        Further values of each particle: numbers, or text without blanks.
    about : mapping of str to str, int or float
        Of the configuration as a whole, for the comment line.
    """

    positions: np.ndarray
    species: Sequence[str]
    box_lengths: Sequence[float]
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    about: Mapping[str, str | int | float] = field(default_factory=dict)


def extended_xyz(frame: ParticleFrame, digits: str | None = None) -> str:
    """A configuration as a frame of extended XYZ.

    Two-dimensional configurations lie in the plane z = 0 of a box of height 1 that is not periodic in z.

    Parameters
    ----------
    frame : ParticleFrame
    digits : str, optional
        Format of real numbers, such as ``%.7g``; by default the fewest digits that are read back as the same number.

    Raises
    ------
    ValueError
        If the name of a column or of a value of ``about`` is not a letter followed by letters, digits and ``_``, or
        is taken.
    """
    table = _table(frame)
    rows = table.to_csv(sep=" ", header=False, index=False, na_rep="nan", float_format=digits, lineterminator="\n")
    return f"{len(table)}\n{_comment(frame)}\n{rows}"


def write_extended_xyz(path: str | Path, frames: Iterable[ParticleFrame]) -> None:
    """Write configurations one after another, with one in memory at a time; no digit is lost (see `extended_xyz`)."""
    with atomic_write(path) as part, open(part, "w", encoding="utf-8", newline="\n") as file:
        for frame in frames:
            file.write(extended_xyz(frame))


def read_about(path: str | Path) -> list[dict[str, str]]:
    """What each frame of a written file is: its ``about``, as text."""
    with open(path, encoding="utf-8") as file:
        comments = [line for line in file if line.startswith("Lattice=")]
    return [
        {name: quoted or plain for name, quoted, plain in VALUE.findall(comment) if name not in STANDARD}
        for comment in comments
    ]


def _columns(frame: ParticleFrame) -> dict[str, np.ndarray]:
    """All columns, those that every file has first."""
    positions = np.asarray(frame.positions, dtype=float)
    padded = np.pad(positions, [(0, 0), (0, 3 - positions.shape[1])])
    return {"species": np.asarray(frame.species, dtype=str), "pos": padded, **frame.columns}


def _table(frame: ParticleFrame) -> pd.DataFrame:
    flat = {name: values.reshape(len(values), -1) for name, values in _columns(frame).items()}
    return pd.DataFrame(
        {(name, place): values[:, place] for name, values in flat.items() for place in range(values.shape[1])}
    )


def _comment(frame: ParticleFrame) -> str:
    """The second line: box, columns, and what is known of the configuration."""
    for name in (*frame.columns, *frame.about):
        if not NAME.fullmatch(name) or name.lower() in ("species", "pos", "lattice", "properties", "pbc"):
            raise ValueError(f"{name!r} cannot name a column or a value of extended XYZ")
    edges = [*map(float, frame.box_lengths), FLAT_EDGE][:3]
    lattice = " ".join(map(str, np.diag(edges).ravel().tolist()))
    properties = ":".join(
        f"{name}:{KINDS[values.dtype.kind]}:{values[:1].size}" for name, values in _columns(frame).items()
    )
    periodic = "T T T" if len(frame.box_lengths) == 3 else "T T F"
    about = "".join(f" {name}={_quoted(value)}" for name, value in frame.about.items())
    return f'Lattice="{lattice}" Properties={properties} pbc="{periodic}"{about}'


def _quoted(value: str | int | float) -> str:
    """A value of the comment line; what would end it or the line is replaced by ``_``."""
    if isinstance(value, str):
        return '"' + "".join(one if one.isprintable() and one not in '"\\' else "_" for one in value) + '"'
    return str(value)
