"""Snakemake with its packages imported once for all plans, which are then made in half the time.

A plan is made by a fork of a process that has imported Snakemake and nothing of glassmap, which it imports from the
study's own copy, as `python -m snakemake` does.
"""

import atexit
import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
LOADED = ("snakemake.cli", "snakemake.profiles", "snakemake.report.html_reporter", "snakemake.storage")
CONTEXT.set_forkserver_preload([*LOADED, "jsonschema", "pandas", "xarray", "yaml"])  # the rest for the Snakefile


def run(arguments: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess:
    """Call Snakemake with these arguments in a folder."""
    with tempfile.TemporaryDirectory() as outputs:
        files = [Path(outputs) / name for name in ("stdout", "stderr")]
        process = CONTEXT.Process(target=_main, args=(arguments, folder, environment, files))
        process.start()
        process.join()
        return subprocess.CompletedProcess(arguments, process.exitcode, *(path.read_text() for path in files))


def _main(arguments, folder, environment, outputs):
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for stream, path in enumerate(outputs, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    sys.argv = ["snakemake", *arguments]
    sys.path[:] = ["", *(path for path in sys.path if path.startswith((sys.prefix, sys.base_prefix)))]
    from snakemake.cli import main

    try:
        main(arguments)
    finally:
        atexit._run_exitfuncs()  # processes of multiprocessing end without them
