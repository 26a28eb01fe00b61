"""A study whose samples come from files that another study shipped."""

import numpy as np
import pandas as pd
import pytest
from repository import read_study
from study import Study

from glassmap.io.datasets import read_dataset
from glassmap.io.samples import PRECISION
from glassmap.io.schema import CONFIGURATIONS

SHIPPED = [f"results/smoke/shipped/{name}/inherent_energies.nc" for name in ("KAM", "ABM")]


@pytest.fixture(scope="module")
def shipped(smoke, tmp_path_factory) -> Study:
    """The smoke study with its samples shipped, and a study file that takes them."""
    study = smoke.copy(tmp_path_factory.mktemp("shipped") / "study")
    batches = range(read_study("smoke")["cooling"]["replicas"] // read_study("smoke")["cooling"]["batch_size"])
    targets = [f"results/smoke/shipped/{name}/batch-{batch}.nc" for name in ("KAM", "ABM") for batch in batches]
    study.run(*targets, *SHIPPED, "--cores", "2")
    files = {
        name: {
            "snapshots": f"results/smoke/shipped/{name}/batch-*.nc",
            "inherent_energies": f"results/smoke/shipped/{name}/inherent_energies.nc",
        }
        for name in ("KAM", "ABM")
    }
    # the files know how fast their glasses were cooled, so what the study says of it does not matter
    study.configure(study="taken", samples={"source": "files", "files": files}, cooling={"cooling_rate": 0.02})
    return study


def test_nothing_is_cooled_and_everything_else_is_planned(shipped):
    planned = shipped.planned()
    assert not {"cool", "inherent_structures"} & planned.keys()
    assert {
        "take_samples",
        "take_inherent_energies",
        "classifier",
        "propensity_runs",
        "glass_transition",
    } <= planned.keys()


def test_samples_are_those_that_were_shipped(shipped):
    """Configurations within the precision of the files, and T* from the same energies."""
    targets = [
        f"results/taken/{name}/configurations/{phase}.nc" for name in ("KAM", "ABM") for phase in ("liquid", "glass")
    ]
    shipped.run(*targets, "results/taken/tables/glass_transition.csv", "--cores", "2")
    for target in targets:
        one, other = (
            read_dataset(shipped.folder / path, CONFIGURATIONS) for path in (target, target.replace("taken", "smoke"))
        )
        moved = one["position"].values - other["position"].values
        length = float(one["box_length"])
        assert np.abs(moved - length * np.rint(moved / length)).max() <= PRECISION
        for name in ("replica", "split", "species"):
            np.testing.assert_array_equal(one[name], other[name])
        assert "smoke" in one.attrs["configuration"] or one.attrs["study"] == "taken"
    tables = [
        pd.read_csv(shipped.folder / f"results/{name}/tables/glass_transition.csv") for name in ("taken", "smoke")
    ]
    pd.testing.assert_frame_equal(*tables)


def test_without_inherent_energies_there_is_no_t_star(shipped, tmp_path):
    study = shipped.copy(tmp_path / "study")
    files = {name: {"snapshots": f"results/smoke/shipped/{name}/batch-*.nc"} for name in ("KAM", "ABM")}
    study.configure(samples={"source": "files", "files": files})
    planned = study.planned()
    assert not {"take_inherent_energies", "glass_transition", "fig_s6"} & planned.keys() and "reproduction" in planned


@pytest.mark.parametrize(
    "samples, said",
    [
        ({"files": {}}, "samples.files.KAM: missing, must name the files of every system with samples.source: files"),
        (
            {"files": {name: {"snapshots": "nowhere/*.nc"} for name in ("KAM", "ABM")}},
            "samples.files.KAM.snapshots: got 'nowhere/*.nc', no such file",
        ),
        (
            {"files": {name: {"snapshots": "results/smoke/shipped/ABM/batch-*.nc"} for name in ("KAM", "ABM")}},
            "or other species",
        ),
    ],
    ids=["none", "nowhere", "another system"],
)
def test_files_that_do_not_fit_are_refused_before_any_job(shipped, tmp_path, samples, said):
    study = shipped.copy(tmp_path / "study")
    study.configure(samples={"source": "files", **samples})
    done = study.run("--dry-run", check=False)
    assert done.returncode and said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
