"""A model of three species with states of its own names, added by configuration alone."""

import numpy as np
import pandas as pd
import ternary
from study import Study

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import BATCH, DENSITY, RADIAL_DISTRIBUTION, gradcam


def test_a_ternary_system_is_a_block_of_the_configuration(tmp_path):
    """Its whole study is planned like that of the two models; its samples, a network and Fig. S7 are made for real."""
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    block = {**ternary.BLOCK, "particles": {"A": 175, "B": 175, "C": 150}, "states": {"hot": 1.2, "cold": 0.05}}
    block["propensity"] = {"temperatures": [0.8], "run_time": 30.0}
    study.configure(systems={"KAM": {"enabled": False}, "ABM": {"enabled": False}, "ternary": block})
    study.configure(classifier={"states": ["hot", "cold"], "seeds": [0], "epochs": 2})
    planned = study.planned()
    assert {"cool", "classifier", "gradcam", "indicators", "propensity_runs", "dynamics", "maps", "table5"} <= set(
        planned
    )
    study.configure(papers={"oyama2023": ["samples"]}, cooling={"replicas": 10, "batch_size": 5, "cooling_rate": 0.2})
    folder = "results/smoke/ternary"
    study.run(
        "results/smoke/figures/fig_s7.png",
        "results/smoke/tables/table2.csv",
        f"{folder}/gradcam/seed-0/hot.nc",
        f"{folder}/indicators/cold.nc",
        "--cores",
        "2",
    )
    batch = read_dataset(study.folder / folder / "cooling/batch-0.nc", BATCH)
    assert np.bincount(batch["species"].values).tolist() == [175, 175, 150]
    g = read_dataset(study.folder / folder / "radial_distribution/cold.nc", RADIAL_DISTRIBUTION)
    assert g["pair"].values.tolist() == ["AA", "AB", "AC", "BB", "BC", "CC"]
    # every pair has its first neighbours at about its own distance
    for pair in g["pair"].values:
        peak = float(g["r"][int(g["g"].sel(pair=pair).argmax())])
        assert abs(peak / (2 ** (1 / 6) * ternary.BLOCK["sigma"][pair]) - 1) < 0.15, pair
    assert read_dataset(study.folder / folder / "density/cold.nc", DENSITY)["density"].notnull().all()
    # the network, its maps and its table name the states that it tells apart; the papers print nothing for these
    predictions = pd.read_csv(study.folder / folder / "classifier/seed-0/predictions.csv")
    assert set(predictions["phase"]) == {"hot", "cold"}
    assert (predictions["predicted"] == np.where(predictions["p_cold"] > 0.5, "cold", "hot")).all()
    maps = read_dataset(study.folder / folder / "gradcam/seed-0/hot.nc", gradcam() | gradcam("_hot"))
    assert maps["gamma_hot"].attrs["long_name"] == "Grad-CAM score of the particles of the class hot"
    table = pd.read_csv(study.folder / "results/smoke/tables/table2.csv")
    assert table["phase"].tolist() == ["cold"] * 2 + ["hot"] * 2 and table["paper"].isna().all()
