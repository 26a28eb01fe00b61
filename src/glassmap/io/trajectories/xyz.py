"""Extended XYZ, in two or three dimensions, and XYZ with the headers of atooms.

Our own reader: chemfiles and ase refuse two-dimensional positions and know no header of atooms, which is GPL itself.
"""

import re
from collections.abc import Iterator
from functools import partial
from itertools import count

import numpy as np

from glassmap.errors import GlassmapError
from glassmap.io.trajectories.frame import RawFrame, UnreadFrame, cuboid, reading, require_number_of_particles
from glassmap.io.trajectories.text import (
    identity_of,
    names_of,
    numeric_columns,
    opened,
    read_block,
    read_line,
    read_table,
)

SPECIES = ("species", "element", "type", "name", "id")  # id is the species in older files of atooms
ATOOMS = {"pos": "position", "vel": "velocity"}  # short names of columns in older files
VECTORS = ("position", "velocity", "position_unfolded")


def xyz_frames(path: str) -> Iterator[UnreadFrame]:
    """Frames of an extended XYZ file (``Lattice=... Properties=...``) or one of atooms (``columns:... cell:...``).

    Parameters
    ----------
    path : str
        Compressed if it ends in ``.gz``.
    """
    with opened(path) as stream:
        for index in count():
            with reading(path, index):
                line = read_line(stream)
                while line and not line.strip():
                    line = read_line(stream)
                if not line:
                    return
                if not re.fullmatch(r"\d{1,18}", line.strip(), re.ASCII):
                    raise GlassmapError(f"got {line.strip()[:40]!r} for the number of particles; not XYZ, or damaged")
                number = require_number_of_particles(int(line))
                comment = read_line(stream)
                block = read_block(stream, number)
            yield UnreadFrame(path, index, partial(_frame, comment, block))


def _frame(comment: str, block: bytes) -> RawFrame:
    if re.search(r"(?<!\S)(columns|cell):", comment):
        columns, lengths = _atooms_header(comment)
        origin, periodic = np.zeros(3), [True] * 3
    else:
        columns, lengths, origin, periodic = _extended_header(comment)
    names = [name if width == 1 else f"{name}{place}" for name, width in columns for place in range(width)]
    if len(set(names)) < len(names):
        raise GlassmapError(f"a column occurs twice among {' '.join(names)}; write the file again")
    position = next((name for name in ("pos", "position") if name in dict(columns)), None)
    species = next((name for name in SPECIES if dict(columns).get(name) == 1), None)
    if position is None or species is None or dict(columns)[position] not in (2, 3):
        raise GlassmapError(f"columns {' '.join(names)}, must have a species and positions in 2 or 3 dimensions")
    table = read_table(block, names, frozenset({species}))
    geometry = [name for name in names if re.fullmatch(rf"{position}\d", name)]
    if any(table[name].dtype.kind != "f" for name in geometry):
        raise GlassmapError("positions are not numbers; write the file again")
    return RawFrame(
        np.column_stack([table[name] for name in geometry]),
        names_of(table, species),
        lengths,
        origin,
        periodic,
        identity=identity_of(table) if species != "id" else None,
        columns=numeric_columns(table, {"id", *geometry}),
    )


def _extended_header(comment: str) -> tuple[list[tuple[str, int]], np.ndarray | None, np.ndarray, list[bool]]:
    """Columns with their widths, edges of the box, its origin and whether it is periodic."""
    values = {key.lower(): value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|\S+)', comment)}
    properties = values.get("properties", "species:S:1:pos:R:3").split(":")
    kinds, widths = properties[1::3], properties[2::3]
    if len(properties) % 3 or not all(re.fullmatch("[1-9]", width) for width in widths) or set(kinds) - set("RISL"):
        raise GlassmapError(f"Properties={values['properties'][:60]}, must be name:type:columns, three by three")
    lengths = None
    if "lattice" in values:
        cell = _numbers("Lattice", values["lattice"])
        if len(cell) not in (4, 9):
            raise GlassmapError(f"Lattice has {len(cell)} numbers, must be 9, or 4 in two dimensions")
        side = {4: 2, 9: 3}[len(cell)]
        lengths = cuboid(np.reshape(cell, (side, side)))
    origin = _numbers("Origin", values.get("origin", "0 0 0"))
    if len(origin) < 2:
        raise GlassmapError("Origin must have a number for each dimension")
    periodic = [word.upper() in ("T", "TRUE", "1") for word in values.get("pbc", "T T T").split()]
    columns = list(zip(properties[::3], map(int, widths), strict=True))
    return columns, lengths, np.array(origin), periodic


def _atooms_header(comment: str) -> tuple[list[tuple[str, int]], np.ndarray | None]:
    """Columns with their widths, and edges of the box."""
    values = dict(re.findall(r"(\w+):(\S+)", comment))
    lengths = np.array(_numbers("cell", values["cell"].replace(",", " "))) if "cell" in values else None
    dimension = 3 if lengths is None else len(lengths)
    names = [ATOOMS.get(name, name) for name in values.get("columns", "species,position").split(",")]
    return [(name, dimension if name in VECTORS else 1) for name in names], lengths


def _numbers(key: str, text: str) -> list[float]:
    try:
        return [float(word) for word in text.split()]
    except ValueError:
        raise GlassmapError(f"{key} is {text[:40]!r}, must be numbers; write the file again") from None
