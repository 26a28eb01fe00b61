"""What the text formats share: blocks of lines, one for each particle, and columns of numbers and names."""

import gzip
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader, BytesIO
from itertools import islice
from pathlib import Path

import numpy as np

from glassmap.errors import GlassmapError

LONGEST_LINE = 1 << 16  # bytes; a line without end is not text
NAME = "U24"  # of a species
CUT = "the file is cut off; copy it again or leave it out"


@contextmanager
def opened(path: str) -> Iterator[BufferedReader]:
    """A text file, compressed by gzip or not; its checksum, at the end, is right before the first line is read."""
    compressed = Path(path).suffix == ".gz"
    with gzip.open(path) if compressed else open(path, "rb") as stream:
        if compressed:
            while stream.read(1 << 20):
                pass
            stream.seek(0)
        head = stream.peek(4096)[:4096]
        if head.startswith(b"\x1f\x8b"):
            raise GlassmapError("compressed by gzip; end its name in .gz, once")
        if b"\0" in head:
            raise GlassmapError("a binary file, not text; give its format")
        yield stream


def read_line(stream: BufferedReader) -> str:
    """The next line, without its end; empty at the end of the file."""
    line = stream.readline(LONGEST_LINE)
    if len(line) == LONGEST_LINE:
        raise GlassmapError("a line of more than 65,000 characters, not a text file of particles")
    return line.decode()


def read_block(stream: BufferedReader, count: int) -> bytes:
    """The lines of ``count`` particles.

    Raises
    ------
    GlassmapError
        If the file ends before, or within the last number.
    """
    lines = list(islice(stream, count))
    if len(lines) < count:
        raise GlassmapError(f"{len(lines)} of {count} particles; {CUT}")
    block = b"".join(lines)
    if not lines[-1].endswith(b"\n") and _may_lack_digits(block):
        raise GlassmapError(f"the last line does not end, its last number may lack digits; {CUT}, or end the line")
    return block


def _may_lack_digits(block: bytes) -> bool:
    """Whether the last number may be cut off.

    It is not if no other of its column has more decimals (as with ``%.6f``) or more significant digits (``%g``).
    """
    *others, last = re.findall(rb"([-+\w.]+)[ \t\r]*$", block, re.MULTILINE)
    decimals, significant = (max(map(digits, others), default=0) for digits in (_decimals, _significant))
    return b"." not in last or (_decimals(last) < decimals and _significant(last) < significant)


def _decimals(word: bytes) -> int:
    return len(word.partition(b".")[2])


def _significant(word: bytes) -> int:
    return len(word.lstrip(b"+-0.").replace(b".", b""))


def read_table(block: bytes, names: Sequence[str], text: frozenset[str], comments: str | None = None) -> np.ndarray:
    """Columns of a block.

    Parameters
    ----------
    block : bytes
    names : sequence of str
    text : frozenset of str
        Columns that hold names, even if they look like numbers.
    comments : str, optional
        What begins a comment.

    Returns
    -------
    structured ndarray, shape (N,)
        Numbers as float; a column whose first entry is no number as text.

    Raises
    ------
    GlassmapError
        If a line has more or fewer columns, or text among numbers.
    """
    words = BytesIO(block).readline().decode().split()
    kinds = [
        (f"c{place}", NAME if name in text or not _is_number(word) else "f8")
        for place, (name, word) in enumerate(zip(names, words, strict=False))
    ]
    if comments is None and len(words) != len(names):
        raise GlassmapError(f"{len(words)} columns, must be {len(names)} ({' '.join(names)}); write the file again")
    try:
        table = np.loadtxt(BytesIO(block), dtype=kinds, comments=comments, encoding="utf-8", ndmin=1)
    except ValueError as error:
        raise GlassmapError(f"{str(error).split(';')[0]}; write the file again") from None
    if len(table) != block.count(b"\n") + (not block.endswith(b"\n")):
        raise GlassmapError("empty lines among the particles; write the file again")
    table.dtype.names = tuple(names[: len(words)])
    return table


def names_of(table: np.ndarray, name: str) -> np.ndarray:
    """A column of names of species.

    Raises
    ------
    GlassmapError
        If one is too long to be told from others.
    """
    values = table[name]
    if values.dtype.kind != "U":
        raise GlassmapError(f"species are named by the column {name!r}, which holds numbers")
    longest = values.dtype.itemsize // 4
    if np.char.str_len(values).max() >= longest:
        raise GlassmapError(f"a species with a name of {longest} characters or more; rename it")
    return values


def identity_of(table: np.ndarray) -> np.ndarray | None:
    """The column ``id``, None if there is none.

    Raises
    ------
    GlassmapError
        If it does not hold numbers.
    """
    if "id" not in table.dtype.names:
        return None
    if table["id"].dtype.kind != "f" or not np.isfinite(table["id"]).all():
        raise GlassmapError("the column id does not hold numbers; write the file again")
    return table["id"]


def numeric_columns(table: np.ndarray, without: Collection[str]) -> dict[str, np.ndarray]:
    """All columns of numbers but some."""
    return {
        name: np.ascontiguousarray(table[name])
        for name in table.dtype.names
        if name not in without and table[name].dtype.kind == "f"
    }


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
