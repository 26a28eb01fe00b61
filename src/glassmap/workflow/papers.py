"""How a script that serves many rules finds the function that makes a table, a figure or a page of a paper."""

from collections.abc import Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any


def make(function: str, files: Mapping[str, Any], params: Mapping[str, Any]) -> Any:
    """What a function of `glassmap.papers` makes of a rule's inputs and parameters.

    Parameters
    ----------
    function : str
        Such as ``oyama2023.tables_accuracy.table2``. It takes two namespaces with what the rule names.
    files, params : mapping of str
        ``snakemake.input`` and ``snakemake.params``.

    Returns
    -------
    DataFrame, Figure or str
    """
    module, _, name = function.rpartition(".")
    result = getattr(import_module(f"glassmap.papers.{module}"), name)
    return result(SimpleNamespace(**dict(files.items())), SimpleNamespace(**dict(params.items())))
