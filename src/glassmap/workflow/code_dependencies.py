"""Code dependencies of rules.

Snakemake reruns a rule when its script is touched, but not when a module imported by the script changes. Instead, each
rule has a code fingerprint among its parameters: a hash of the syntax trees of its script and of all glassmap modules
that the script imports, directly or indirectly. Comments, docstrings, formatting and error messages do not enter the
hash, nor do modules without scientific content: none of these is a reason to cool glasses again. The profiles disable
Snakemake's own check of scripts (``rerun-triggers``).
"""

import ast
import hashlib
import os
import sysconfig
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
NON_SCIENTIFIC = frozenset(
    {"errors", "variants", "simulation.checkpoints", "simulation.parallel", "simulation.wall_time"}
)


def code_fingerprint(script: Path, module: str | None = None) -> str:
    """Fingerprint of a script and of the scientific modules that it depends on.

    Parameters
    ----------
    script : Path
    module : str, optional
        That a script of many rules calls for one of them, such as ``papers.oyama2023.tables_accuracy``.

    Returns
    -------
    str
    """
    files = {"": script} | {name: module_file(name) for name in scientific_modules(script, module)}
    parts = [f"{name} {syntax_fingerprint(file)}" for name, file in sorted(files.items())]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def scientific_modules(script: Path, module: str | None = None) -> list[str]:
    """Scientific modules that a script depends on.

    Parameters
    ----------
    script : Path
    module : str, optional
        As for `code_fingerprint`.

    Returns
    -------
    list of str
        Sorted module names relative to the package, such as ``structure.voronoi``.
    """
    modules: set[str] = set()
    queue = [*imported_modules(script), *([] if module is None else _with_packages([module]))]
    while queue:
        name = queue.pop()
        if name not in modules and name not in NON_SCIENTIFIC and name.split(".")[0] != "workflow":
            modules.add(name)
            queue += imported_modules(module_file(name), name)
    return sorted(modules)


def export_source(source: str) -> None:
    """Make child processes import glassmap from the directory ``source``.

    Entries of PYTHONPATH come after the packages of this environment. Matplotlib keeps its font list in the working
    directory, since the user's may be broken or from another version.
    """
    # result files are renamed when complete, so locks, which many cluster file systems lack, are not needed
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    own = [source, *dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))]
    others = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part not in own]
    os.environ["PYTHONPATH"] = os.pathsep.join([*own, *others])
    os.environ["MPLCONFIGDIR"] = os.path.abspath(".snakemake/matplotlib")


def module_file(name: str, package: Path = PACKAGE) -> Path | None:
    """File of a glassmap module, or ``__init__.py`` of a subpackage; None if there is no such module."""
    location = package.joinpath(*name.split("."))
    for path in (location.with_suffix(".py"), location / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def imported_modules(path: Path, name: str | None = None, package: Path = PACKAGE) -> tuple[str, ...]:
    """Glassmap modules imported by a Python file, including their parent packages.

    Parameters
    ----------
    path : Path
    name : str, optional
        Module name of the file, for relative imports.
    package : Path
        Directory of glassmap.

    Returns
    -------
    tuple of str
        Sorted module names relative to the package, without the package itself.
    """
    candidates: set[str] = set()
    parent = None
    if name is not None:
        parent = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom):
            if node.level and parent is not None:
                base = parent[: len(parent) - (node.level - 1)]
                module = [*base, *(node.module.split(".") if node.module else [])]
            elif not node.level and node.module and node.module.split(".")[0] == "glassmap":
                module = node.module.split(".")[1:]
            else:
                continue
            # an imported name may be a submodule or an object in a module
            candidates |= {".".join(module), *(".".join([*module, alias.name]) for alias in node.names)}
        elif isinstance(node, ast.Import):
            candidates |= {alias.name.partition(".")[2] for alias in node.names if alias.name.startswith("glassmap.")}
    names = {name for name in candidates if name and module_file(name, package)}
    return tuple(sorted(name for name in _with_packages(names) if module_file(name, package)))


def _with_packages(names: Iterable[str]) -> set[str]:
    """Modules and the packages that they are in."""
    return {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}


@cache
def syntax_fingerprint(path: Path) -> str:
    """Fingerprint of a file's syntax tree, without docstrings and arguments of raised exceptions.

    It does not depend on the version of Python: empty fields, which newer versions add, are ignored.
    """
    return hashlib.blake2b(repr(_syntax(_tree(path))).encode(), digest_size=16).hexdigest()


def _syntax(node):
    if isinstance(node, list):
        return [_syntax(item) for item in node]
    if not isinstance(node, ast.AST):
        return node
    fields = dict(ast.iter_fields(node))
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        fields["body"] = node.body[ast.get_docstring(node, clean=False) is not None :]
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        fields["exc"] = node.exc.func
    return type(node).__name__, [(key, _syntax(value)) for key, value in fields.items() if value not in (None, [])]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())
