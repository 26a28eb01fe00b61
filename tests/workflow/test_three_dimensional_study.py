"""A three-dimensional model, added by configuration alone."""

import numpy as np
import pandas as pd
import pytest
import three_dimensional
from study import Study

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import BATCH, INHERENT_STRUCTURES, RADIAL_DISTRIBUTION


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    found = Study.new(tmp_path_factory.mktemp("three_dimensions") / "study", "config/smoke.yaml")
    found.configure(
        systems={"KAM": {"enabled": False}, "ABM": {"enabled": False}, "KA": three_dimensional.BLOCK},
        papers={"oyama2023": ["samples", "glass_transition"]},
        cooling={"replicas": 6, "batch_size": 3, "cooling_rate": 0.3},
    )
    return found


def test_its_samples_and_its_transition_are_those_of_a_block(study):
    """Cooling, configurations, crystals, g(r), inherent structures and T*, for real; then its indicators."""
    study.run("all", "results/smoke/KA/indicators/glass.nc", "--cores", "2")
    folder = study.folder / "results/smoke/KA"
    batch = read_dataset(folder / "cooling/batch-0.nc", BATCH)
    assert batch["position"].sizes["axis"] == 3
    assert float(batch["box_length"]) ** 3 * 1.2 == pytest.approx(500)
    g = read_dataset(folder / "radial_distribution/glass.nc", RADIAL_DISTRIBUTION)
    for pair in ("AA", "AB"):
        peak = float(g["r"][int(g["g"].sel(pair=pair).values.argmax())])
        assert abs(peak / (2 ** (1 / 6) * three_dimensional.BLOCK["sigma"][pair]) - 1) < 0.1, pair
    assert (pd.read_csv(folder / "crystals.csv")["crystallised"] == 0).all()
    minima = read_dataset(folder / "inherent_structures/batch-0.nc", INHERENT_STRUCTURES)
    assert (minima["inherent_energy"] <= minima["potential_energy"]).all()
    indicators = read_dataset(folder / "indicators/glass.nc", {"voronoi_volume": ("sample", "particle")})
    assert set(indicators.data_vars) == {"voronoi_volume", "number_density", "composition", "potential_energy"}
    assert indicators["voronoi_volume"].attrs["units"] == "sigma*^3"
    np.testing.assert_allclose(indicators["voronoi_volume"].mean("particle"), 1 / 1.2, rtol=1e-5)
    assert {path.name for path in (study.folder / "results/smoke/figures").iterdir()} == {
        "fig_s6.pdf", "fig_s6.png", "fig_s7.pdf", "fig_s7.png"
    }  # fmt: skip
    assert pd.read_csv(study.folder / "results/smoke/tables/glass_transition.csv")["system"].tolist() == ["KA"]


def test_its_networks_are_refused_before_any_job(study):
    study.configure(papers={"oyama2023": ["samples", "networks"]})
    done = study.run("--dry-run", check=False)
    assert done.returncode and (
        "systems.KA.dimension: the grid network (papers.oyama2023: networks) is two-dimensional; got 3; leave out "
        "networks" in done.stdout + done.stderr
    )
