"""The studies of config/examples run as they are, on the files that config/examples/make_files.py makes."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from repository import REPOSITORY
from study import Study

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import CONFIGURATIONS
from glassmap.structure.indicators import INDICATORS

SAMPLES = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A copy of the repository with the files of all examples."""
    study = Study.new(tmp_path_factory.mktemp("examples") / "study", "config/examples/dump.yaml")
    done = subprocess.run(
        [sys.executable, "config/examples/make_files.py", "dump", "gsd", "archive"], cwd=study.folder,
        env={**os.environ, "PYTHONPATH": str(study.folder / "src")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{SAMPLES} liquids and {SAMPLES} glasses of KAM\n")
    return study.folder


def run(folder: Path, name: str, *tables: str) -> tuple[dict[str, pd.DataFrame], str]:
    """Tables of an example by name, and what it printed; the whole study, or some of its tables."""
    targets = [f"results/example-{name}/tables/{table}.csv" for table in tables]
    done = Study(folder, f"config/examples/{name}.yaml").run(*targets, "--cores", "2")
    made = (folder / f"results/example-{name}/tables").glob("*.csv")
    return {path.stem: pd.read_csv(path) for path in made}, done.stderr


def check_networks(tables: dict[str, pd.DataFrame]) -> None:
    """The networks tell glass from liquid, and the correlations are measured."""
    means = tables["table2"].query("network == 'mean'")
    assert means["accuracy"].mean() > 0.6  # of 16 test samples, which the machine decides
    assert np.isfinite(tables["table_s1"]["value"]).all()


def test_dumps_without_a_potential(folder):
    tables, said = run(folder, "dump", "table2", "table_s1", "own_dynamics")
    check_networks(tables)
    assert (
        "not computed: potential energies, inherent structures and propensities (no epsilon and cutoff in syst" in said
    )
    found = tables["own_dynamics"].set_index(["phase", "protocol", "indicator", "network"]).sort_index()
    assert set(tables["own_dynamics"]["phase"]) == {"glass"} and set(tables["own_dynamics"]["dynamics"]) == {
        "displacement"
    }
    indicators = set(INDICATORS) - {"potential_energy"}
    assert set(tables["own_dynamics"]["indicator"]) == {"gradcam", *indicators}
    # particles move where the packing is bad and there is room (Tong and Tanaka 2019), beyond all maps moved at random
    for indicator in ("tong_tanaka", "voronoi_volume"):
        bare = found.loc[("glass", "bare", indicator)].iloc[0]
        assert bare["low"] > 0 and bare["moved_p"] == pytest.approx(0.01)
    gamma = found.loc[("glass", "frontiers", "gradcam")]
    assert gamma.index.tolist() == ["0", "1", "mean"] and np.isfinite(gamma["pearson"]).all()


def test_frames_of_a_gsd_file_with_a_potential(folder):
    """As far as its networks, which are trained as those of the other examples are."""
    files = [f"results/example-gsd/KAM/{name}/glass.nc" for name in ("density", "indicators")]
    study = Study(folder, "config/examples/gsd.yaml")
    assert study.planned()["classifier"] == 1
    said = study.run(*files, "--cores", "2").stderr
    assert "not computed: propensities (they need the part dynamics" in said
    samples = read_dataset(folder / "results/example-gsd/KAM/configurations/glass.nc", CONFIGURATIONS)
    assert samples.sizes["sample"] == SAMPLES
    assert samples["source"].values[7] == "config/examples/files/gsd/glass.gsd, frame 7"
    # the energies per particle are those that LAMMPS recorded last
    reference = read_dataset(
        REPOSITORY / "resources/reference/KAM/batch-0.nc", {"potential_energy": ("replica", "record")}
    )
    indicators = read_dataset(
        folder / "results/example-gsd/KAM/indicators/glass.nc", {"potential_energy": ("sample", "particle")}
    )
    of_sample = indicators["potential_energy"].mean("particle").values
    for replica, energy in zip(indicators["replica"].values.tolist(), of_sample, strict=True):
        if replica < reference.sizes["replica"]:
            assert energy == pytest.approx(float(reference["potential_energy"][replica, -1]), abs=5e-3)


def test_npz_files_of_an_archive(folder):
    tables, _ = run(folder, "archive", "table2", "table_s1", "own_dynamics")
    check_networks(tables)
    assert set(tables["own_dynamics"]["dynamics"]) == {"propensity[0]", "propensity[1]"}
    sources = read_dataset(folder / "results/example-archive/KAM/configurations/glass.nc", CONFIGURATIONS)["source"]
    assert sources.values[3] == "config/examples/files/archive/glass.tar.xz/glass/N2000_03.npz, frame 0"
