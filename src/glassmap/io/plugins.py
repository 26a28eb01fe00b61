"""Objects of the user's own, by the name of what makes them."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from glassmap.errors import GlassmapError


def make_object(name: str, arguments: Mapping) -> object:
    """Call a class or a function by its full name; its module is installed, or in the working directory.

    Raises
    ------
    GlassmapError
        If it cannot be imported or called; one line.

    Examples
    --------
    >>> from glassmap.io.plugins import make_object
    >>> make_object("fractions.Fraction", {"numerator": 3, "denominator": 6})
    Fraction(1, 2)
    """
    module, _, attribute = name.rpartition(".")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        make = getattr(import_module(module), attribute)
    except Exception as error:  # whatever a module does when it is imported
        raise GlassmapError(f"got {name}, which cannot be imported ({_line(error)})") from None
    try:
        return make(**arguments)
    except Exception as error:
        raise GlassmapError(f"got {name}, which cannot be made with {dict(arguments)} ({_line(error)})") from None


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
