"""Code dependencies of rules.

Snakemake reruns a rule when its script is touched, but not when a module imported by the script changes. Instead, each
rule has a code fingerprint among its parameters: a hash of the syntax trees of its script and of all glassmap modules
that the script imports, directly or indirectly. Comments, docstrings, formatting and error messages do not enter the
hash, nor do modules without scientific content: none of these is a reason to cool glasses again. The profiles disable
Snakemake's own check of scripts (``rerun-triggers``).
"""

import ast
import atexit
import contextlib
import hashlib
import json
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
    return _digest("\n".join(parts).encode())


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
    directory, since the user's may be broken or from another version, and never sees a notebook's MPLBACKEND, whose
    module this environment need not have.
    """
    # result files are renamed when complete, so locks, which many cluster file systems lack, are not needed
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    own = [source, *dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))]
    others = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part not in own]
    os.environ["PYTHONPATH"] = os.pathsep.join([*own, *others])
    os.environ["MPLBACKEND"] = "Agg"
    os.environ["MPLCONFIGDIR"] = os.path.abspath(".snakemake/matplotlib")


@cache
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
    for level, module, names in _parsed(path)["imports"]:
        if level and parent is not None:
            base = [*parent[: len(parent) - (level - 1)], *(module.split(".") if module else [])]
        elif not level and module.split(".")[0] == "glassmap":
            base = module.split(".")[1:]
        else:
            continue
        # an imported name may be a submodule or an object in a module
        candidates |= {".".join(base), *(".".join([*base, one]) for one in names)}
    names = {name for name in candidates if name and module_file(name, package)}
    return tuple(sorted(name for name in _with_packages(names) if module_file(name, package)))


def _with_packages(names: Iterable[str]) -> set[str]:
    """Modules and the packages that they are in."""
    return {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}


def syntax_fingerprint(path: Path) -> str:
    """Fingerprint of a file's syntax tree, without docstrings and arguments of raised exceptions.

    It does not depend on the version of Python: empty fields, which newer versions add, are ignored.
    """
    return _parsed(path)["syntax"]


@cache
def _parsed(path: Path) -> dict:
    """What is asked of a file's syntax tree, kept for the next start of Snakemake by the file's content."""
    content = path.read_bytes()
    key = _digest(content)
    if key not in _known_files():
        tree = ast.parse(content)
        _known_files()[key] = {"syntax": _digest(repr(_syntax(tree)).encode()), "imports": _imports(tree)}
    return _known_files()[key]


@cache
def _known_files() -> dict[str, dict]:
    """Parsed files by the digest of their content; written in the working directory when Python ends."""
    # another version of this module may see other things in a file
    path = Path(f".snakemake/glassmap/parsed-{_digest(Path(__file__).read_bytes())}.json").absolute()
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):  # there is none, or it is damaged: parsed anew
        known = {}
    atexit.register(_keep, known, len(known), path)
    return known


def _keep(known: dict[str, dict], before: int, path: Path) -> None:
    # only beside Snakemake's own files; what cannot be written is parsed again
    if len(known) > before and path.parents[1].is_dir():
        with contextlib.suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}")
            part.write_text(json.dumps(known))
            part.replace(path)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _imports(tree: ast.Module) -> list[tuple[int, str, list[str]]]:
    """Level, module and names of every import."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or "", [alias.name for alias in node.names]))
        elif isinstance(node, ast.Import):
            found += [(0, alias.name, []) for alias in node.names]
    return found


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
