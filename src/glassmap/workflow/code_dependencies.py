"""What code a rule depends on.

Snakemake reruns a rule when its script was touched, and not when a module that the script imports changes. Instead, a
rule has a fingerprint of its code among its parameters: of the syntax trees of its script and of the modules of
glassmap that the script imports, directly or not. Comments, docstrings, formatting and the wording of errors are not in
it, and modules that carry no science are left out: none of these is a reason to cool glasses again. The profiles leave
Snakemake's own look at scripts out (``rerun-triggers``).
"""

import ast
import hashlib
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
WITHOUT_SCIENCE = frozenset(
    {"errors", "variants", "simulation.checkpoints", "simulation.parallel", "simulation.wall_time"}
)


def code_of(script: Path, module: str | None = None) -> str:
    """Changes with what a script does, directly or by modules with science.

    Parameters
    ----------
    script : Path
    module : str, optional
        That a script of many rules calls for one of them, such as ``papers.oyama2023.tables_accuracy``.

    Returns
    -------
    str
    """
    files = {"": script} | {name: file_of(name) for name in modules_of(script, module)}
    parts = [f"{name} {meaning_of(file)}" for name, file in sorted(files.items())]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def modules_of(script: Path, module: str | None = None) -> list[str]:
    """Modules with science that a script depends on.

    Parameters
    ----------
    script : Path
    module : str, optional
        As for `code_of`.

    Returns
    -------
    list of str
        Sorted, by their names in the package, such as ``cooling`` or ``structure.voronoi``.
    """
    found: set[str] = set()
    waiting = [*imported_modules(script), *([] if module is None else _with_packages([module]))]
    while waiting:
        name = waiting.pop()
        if name not in found and name not in WITHOUT_SCIENCE and name.split(".")[0] != "workflow":
            found.add(name)
            waiting += imported_modules(file_of(name), name)
    return sorted(found)


def use_in_jobs(source: str) -> None:
    """Make the programs that this process starts import glassmap from the folder ``source``."""
    # result files are complete when they get their names: no locks, which many cluster file systems do not have
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    others = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != source]
    os.environ["PYTHONPATH"] = os.pathsep.join([source, *others])


def file_of(name: str, package: Path = PACKAGE) -> Path | None:
    """The file of a module of glassmap, of a subpackage its ``__init__.py``; None where there is no such module."""
    place = package.joinpath(*name.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def imported_modules(path: Path, name: str | None = None, package: Path = PACKAGE) -> tuple[str, ...]:
    """Modules of glassmap that a Python file imports, with the packages that they are in.

    Parameters
    ----------
    path : Path
    name : str, optional
        Of the module that the file is, for relative imports.
    package : Path
        Folder of glassmap.

    Returns
    -------
    tuple of str
        Sorted names in the package; that of the package itself is not among them.
    """
    found: set[str] = set()
    inside = None
    if name is not None:
        inside = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom):
            if node.level and inside is not None:
                base = inside[: len(inside) - (node.level - 1)]
                module = [*base, *(node.module.split(".") if node.module else [])]
            elif not node.level and node.module and node.module.split(".")[0] == "glassmap":
                module = node.module.split(".")[1:]
            else:
                continue
            # a name may be a module of a package, or something in a module
            found |= {".".join(module), *(".".join([*module, alias.name]) for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[2] for alias in node.names if alias.name.startswith("glassmap.")}
    names = {one for one in found if one and file_of(one, package)}
    return tuple(sorted(one for one in _with_packages(names) if file_of(one, package)))


def _with_packages(names: Iterable[str]) -> set[str]:
    """Modules and the packages that they are in."""
    return {".".join(one.split(".")[:depth]) for one in names for depth in range(1, one.count(".") + 2)}


@cache
def meaning_of(path: Path) -> str:
    """Fingerprint of the syntax tree of a file, without docstrings and the arguments of what is raised.

    It is the same for every version of Python that has the same syntax: empty fields, which versions add, are left out.
    """
    return hashlib.blake2b(repr(_meaning(_tree(path))).encode(), digest_size=16).hexdigest()


def _meaning(node):
    if isinstance(node, list):
        return [_meaning(item) for item in node]
    if not isinstance(node, ast.AST):
        return node
    fields = dict(ast.iter_fields(node))
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        fields["body"] = node.body[ast.get_docstring(node, clean=False) is not None :]
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        fields["exc"] = node.exc.func
    return type(node).__name__, [(key, _meaning(value)) for key, value in fields.items() if value not in (None, [])]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())
