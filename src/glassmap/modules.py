"""Which modules of glassmap a rule depends on.

Snakemake reruns a rule when its script changes but not when a module that the script imports does;
so the modules that a script imports, directly or not, are inputs of its rule. Those that carry no
science are left out: a better error message is no reason to cool glasses again.
"""

import ast
import os
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
WITHOUT_SCIENCE = frozenset(
    {"chain", "config", "contract", "errors", "files", "job", "modules", "needs", "paths", "pool", "scratch"}
    | {"wall_time"}
)


def modules_of(script: Path) -> list[str]:
    """Modules with science that a script depends on.

    Parameters
    ----------
    script : Path

    Returns
    -------
    list of str
        Sorted, as ``src/glassmap/<name>.py`` relative to the repository.
    """
    found: set[str] = set()
    waiting = list(imported_modules(script))
    while waiting:
        name = waiting.pop()
        if name not in found and name not in WITHOUT_SCIENCE:
            found.add(name)
            waiting += imported_modules(PACKAGE / f"{name}.py")
    return [f"src/glassmap/{name}.py" for name in sorted(found)]


def use_in_jobs(source: str) -> None:
    """Make the programs that this process starts import glassmap from the folder ``source``."""
    # result files are complete when they get their names: no locks, which many cluster file systems do not have
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    others = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != source]
    os.environ["PYTHONPATH"] = os.pathsep.join([source, *others])


@cache
def imported_modules(path: Path) -> tuple[str, ...]:
    """Names of the glassmap modules that a Python file imports."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("glassmap."):
            names.append(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "glassmap":
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("glassmap.")]
    return tuple(names)
