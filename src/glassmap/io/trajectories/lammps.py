"""LAMMPS dumps and data files.

Our own readers: chemfiles 0.10 moves particles by their image flags, which changes the last digits of positions,
and gives the types of particles one by one (17 s for a million).
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from io import BytesIO
from itertools import count

import numpy as np

from glassmap.errors import GlassmapError
from glassmap.io.trajectories.frame import RawFrame, UnreadFrame, reading, require_number_of_particles
from glassmap.io.trajectories.text import (
    CUT,
    identity_of,
    names_of,
    numeric_columns,
    opened,
    read_block,
    read_line,
    read_table,
)

# columns of positions by preference: wrapped, then unwrapped; scaled ones are in units of the box
POSITIONS = {"": (False, True), "s": (True, True), "u": (False, False), "su": (True, False)}
SPECIES = ("type", "element", "typelabel")
# columns before x y z of the atom styles
STYLES = {
    "atomic": ("id", "type"),
    "charge": ("id", "type", "q"),
    "molecular": ("id", "mol", "type"),
    "bond": ("id", "mol", "type"),
    "angle": ("id", "mol", "type"),
    "full": ("id", "mol", "type", "q"),
    "sphere": ("id", "type", "diameter", "density"),
}
IMAGE_FLAGS = ("ix", "iy", "iz")
GEOMETRY = frozenset(
    {"id", "mol", *SPECIES, *IMAGE_FLAGS, *(axis + kind for axis in "xyz" for kind in POSITIONS)}
)  # columns that are not values of particles


def dump_frames(path: str) -> Iterator[UnreadFrame]:
    """Frames of a LAMMPS dump, text, with any columns.

    Parameters
    ----------
    path : str
        Compressed if it ends in ``.gz``.

    Notes
    -----
    Positions are the first of x y, xs ys, xu yu and xsu ysu; image flags are ignored. Particles are sorted by id if
    there is one. Species are the column ``type``, or else ``element``.
    """
    with opened(path) as stream:
        for index in count():
            with reading(path, index):
                header = _dump_header(stream)
                if header is None:
                    return
                block = read_block(stream, header["count"])
            yield UnreadFrame(path, index, partial(_dump_frame, header, block))


def _dump_header(stream) -> Mapping | None:
    """Number of particles, box and columns of the next frame; None at the end of the file."""
    header: dict = {}
    while line := read_line(stream):
        if not line.strip() and not header:
            continue
        item = re.fullmatch(r"ITEM: (TIMESTEP|TIME|UNITS|NUMBER OF ATOMS|BOX BOUNDS|ATOMS)\b(.*)", line.strip())
        if item is None:
            raise GlassmapError(f"got {line.strip()[:40]!r} instead of 'ITEM: ...'; not a LAMMPS dump, or damaged")
        name, rest = item[1], item[2].split()
        if name == "NUMBER OF ATOMS":
            header["count"] = require_number_of_particles(_integer(read_line(stream)))
        elif name == "BOX BOUNDS":
            header["box"] = rest, [_numbers(read_line(stream)) for _ in range(3)]
        elif name == "ATOMS":
            header["columns"] = line.split()[2:]
            break
        else:
            header[name] = read_line(stream)
            if header[name].startswith("ITEM:"):
                raise GlassmapError(f"nothing below ITEM: {name}; a line is missing, write the file again")
    if not header:
        return None
    missing = [name for name in ("TIMESTEP", "count", "box", "columns") if name not in header]
    if missing:
        raise GlassmapError(f"the header lacks {', '.join(missing)}; {CUT}")
    return header


def _dump_frame(header: Mapping, block: bytes) -> RawFrame:
    flags, bounds = header["box"]
    if any(len(row) not in (2, 3) for row in bounds) or "abc" in flags:
        raise GlassmapError("the box is tilted or its bounds are incomplete; glassmap needs an orthogonal box")
    if any(len(row) == 3 and row[2] != 0 for row in bounds):
        raise GlassmapError("the box is tilted; glassmap needs an orthogonal box, so remap the configuration")
    low, high = np.array([row[:2] for row in bounds]).T
    periodic = [flag == "pp" for flag in flags if re.fullmatch("[pfsm]{2}", flag)] or [True] * 3
    columns = header["columns"]
    if len(set(columns)) < len(columns):
        raise GlassmapError(f"a column occurs twice among {' '.join(columns)}; write the file again")
    kind = next((kind for kind in POSITIONS if {f"x{kind}", f"y{kind}"} <= set(columns)), None)
    if kind is None:
        raise GlassmapError(f"columns {' '.join(columns)}, must have x y, xs ys, xu yu or xsu ysu")
    species = next((name for name in SPECIES if name in columns), None)
    if species is None:
        raise GlassmapError(f"columns {' '.join(columns)}, must have type or element")
    table = read_table(block, columns, frozenset({species}))
    positions = np.column_stack([table[f"{axis}{kind}"] for axis in "xyz" if f"{axis}{kind}" in columns])
    if positions.dtype.kind != "f":
        raise GlassmapError("positions are not numbers; write the file again")
    if positions.shape[1] == 2 and np.allclose(high - low, (high - low)[0]):
        raise GlassmapError("positions without z in a box that is a cube; write z, also where it is constant")
    scaled, wrapped = POSITIONS[kind]
    if scaled:
        positions = low[: positions.shape[1]] + positions * (high - low)[: positions.shape[1]]
    return RawFrame(
        positions,
        names_of(table, species),
        high - low,
        low,
        periodic,
        wrapped,
        identity_of(table),
        numeric_columns(table, GEOMETRY),
    )


def data_frames(path: str) -> Iterator[UnreadFrame]:
    """The frame of a LAMMPS data file.

    Notes
    -----
    The section is read by its style, ``Atoms # atomic``; without one it must have the columns of ``atomic``. Image
    flags are ignored.
    """
    with opened(path) as stream, reading(path, 0):
        header = _data_header(stream)
        block = b""
        while not block.strip():
            block = stream.readline()
            if not block:
                raise GlassmapError(f"nothing below Atoms; {CUT}")
        if header["count"] > 1:
            block += read_block(stream, header["count"] - 1)
        elif not block.endswith(b"\n"):
            raise GlassmapError(f"the last line does not end; {CUT}, or end the line")
        if stream.readline().strip():
            raise GlassmapError(f"more lines below Atoms than its {header['count']} particles; write the file again")
    yield UnreadFrame(path, 0, partial(_data_frame, header, block))


def _data_header(stream) -> Mapping:
    read_line(stream)  # the title
    header: dict = {"low": np.full(3, np.nan), "high": np.full(3, np.nan), "tilt": [0.0]}
    while line := read_line(stream):
        content, _, comment = line.partition("#")
        words = content.split()
        if words[1:] == ["atoms"]:
            header["count"] = require_number_of_particles(_integer(words[0]))
        elif len(words) == 4 and re.fullmatch("([xyz])lo \\1hi", " ".join(words[2:])):
            axis = "xyz".index(words[2][0])
            header["low"][axis], header["high"][axis] = _numbers(" ".join(words[:2]))
        elif words[3:] == ["xy", "xz", "yz"]:
            header["tilt"] = _numbers(" ".join(words[:3]))
        elif {"avec", "bvec", "cvec"}.intersection(words):
            header["tilt"] = [1.0]  # a general triclinic box
        elif words == ["Atoms"]:
            header["style"] = comment.strip()
            break
    if "style" not in header or "count" not in header:
        raise GlassmapError("no section Atoms or no number of atoms; not a LAMMPS data file, or cut off")
    return header


def _data_frame(header: Mapping, block: bytes) -> RawFrame:
    if any(tilt != 0 for tilt in header["tilt"]):
        raise GlassmapError("the box is tilted; glassmap needs an orthogonal box, so remap the configuration")
    width = len(BytesIO(block).readline().partition(b"#")[0].split())
    style = header["style"] or ("atomic" if width in (5, 8) else "")
    if style not in STYLES:
        raise GlassmapError(
            f"atom style {style or 'not given'}; write 'Atoms # atomic' or another of {', '.join(STYLES)}"
        )
    names = [*STYLES[style], "x", "y", "z"]
    if width == len(names) + 3:
        names += IMAGE_FLAGS
    if width != len(names):
        raise GlassmapError(f"{width} columns, must be {len(names)} or {len(names) + 3} for atom style {style}")
    table = read_table(block, names, frozenset({"type"}), comments="#")
    return RawFrame(
        np.column_stack([table[axis] for axis in "xyz"]),
        names_of(table, "type"),
        header["high"] - header["low"],
        np.where(np.isfinite(header["low"]), header["low"], 0.0),
        wrapped=True,
        identity=identity_of(table),
        columns=numeric_columns(table, GEOMETRY),
    )


def _integer(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text.strip(), re.ASCII):
        raise GlassmapError(f"got {text.strip()[:40]!r} for the number of particles; not of this format, or damaged")
    return int(text)


def _numbers(text: str) -> list[float]:
    try:
        return [float(word) for word in text.split()]
    except ValueError:
        raise GlassmapError(f"got {text.strip()[:40]!r} for a side of the box; not LAMMPS, or damaged") from None
