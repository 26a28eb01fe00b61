"""Variants of a study: which jobs they add, that they share the study's runs, and what comes out."""

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from repository import read_study
from study import Study
from torch.nn import functional

from glassmap.io.datasets import read_dataset
from glassmap.io.schema import CONFIGURATIONS, DENSITY, INHERENT_STRUCTURES
from glassmap.learning.training import has_failed
from glassmap.papers.oyama2023.tables_sensitivity import COLUMNS

ONE = {"epochs": 60, "seeds": [0]}
GRID = {"density": {"grid": 24}, "classifier": ONE}
MINIMA = {"configurations": {"input": "inherent_structures"}, "classifier": {**ONE, "epochs": 5}}
# of a system with one network on a grid of its own, and what other samples take beside
OF_GRID = {
    "density": 2, "classifier": 1, "gradcam": 2, "correlations": 2, "spatial_correlations": 1, "sensitivity": 1,
}  # fmt: skip
OF_SAMPLES = {"configurations": 2, "indicators": 2, "crystals": 1}
ONLY_TRAINED = {
    "classifier": 2, "gradcam": 4, "correlations": 4, "spatial_correlations": 2, "sensitivity": 4,
    "sensitivity_table": 1, "sensitivity_figure": 1,
}  # fmt: skip
RESULT = {"sensitivity_table": 1, "sensitivity_figure": 1}
TARGETS = ("results/smoke/tables/sensitivity.csv", "results/smoke/figures/sensitivity.png")


def vary(study: Study, **variants: dict) -> None:
    study.configure(controls={"sensitivity": variants})


def jobs(systems: int, base: int = 2, samples: int | None = None, **further: int) -> dict[str, int]:
    """Those of a variant of so many systems, so many of them with other samples, and of the study's own numbers."""
    expected = {name: count * systems for name, count in OF_GRID.items()}
    taken = systems if samples is None else samples
    expected |= {name: count * taken for name, count in OF_SAMPLES.items() if taken}
    return {**expected, "sensitivity": systems + base, **RESULT, **further}


@pytest.mark.parametrize(
    "variant, expected",
    [
        (GRID, jobs(2, samples=0)),
        ({"classifier": {**ONE, "normalisation": "dataset"}}, ONLY_TRAINED),
        ({"systems": {"KAM": {"states": {"liquid": 0.65}}}}, {**jobs(1), "classifier": 2, "gradcam": 4}),
        ({"cooling": {"cooling_rate": 0.2}, "classifier": ONE}, jobs(2, cool=4)),
        (MINIMA, jobs(2, minimise=4)),
    ],
    ids=["grid", "classifier", "liquid", "cooling", "minima"],
)
def test_a_variant_runs_what_is_its_own_and_nothing_of_the_study(finished, variant, expected):
    vary(finished, variant=variant)
    assert finished.planned() == expected


def test_every_variant_of_the_set_is_planned_over_the_default_study(tmp_path):
    planned = Study.new(tmp_path / "study", "config/sensitivity.yaml").planned()
    given = read_study("sensitivity")["controls"]["sensitivity"]
    assert planned["cool"] == 8 + 8 and planned["minimise"] == 8
    assert planned["propensity_runs"] == 2 and planned["inherent_structures"] == 2
    assert planned["sensitivity"] == 2 * (1 + len(given))
    # the networks of each system in the study, and those that each variant names
    networks = 2 * len(read_study()["classifier"]["seeds"])
    assert planned["classifier"] == networks + sum(
        2 * len(variant["classifier"]["seeds"]) for variant in given.values()
    )
    assert planned["sensitivity_table"] == planned["sensitivity_figure"] == 1


def test_a_variant_has_no_files_of_a_system_that_it_leaves_as_it_is(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    vary(study, variant={"systems": {"KAM": {"states": {"liquid": 0.65}}}})
    target = "results/smoke/sensitivity/variant/{}/sensitivity.csv"
    assert study.planned(target.format("KAM"))["sensitivity"] == 1
    refused = study.run("--dry-run", target.format("ABM"), check=False)
    assert refused.returncode and "MissingRuleException" in refused.stdout + refused.stderr


def test_minima_for_the_transition_and_for_everything_else_at_once(finished):
    """Both rules take the same replicas, at the same time: neither touches the other's scratch folder."""
    finished.configure(configurations={"input": "inherent_structures"})
    targets = [
        f"results/smoke/{name}/{folder}/batch-{batch}.nc"
        for name in ("KAM", "ABM") for folder in ("inherent_structures", "minimised") for batch in (0, 1)
        if folder == "minimised" or batch == 0
    ]  # fmt: skip
    for target in targets:
        (finished.folder / target).unlink(missing_ok=True)
    # as many cores as threads of all jobs together: all are running side by side
    finished.run(*targets, "--cores", "32")
    for name in ("KAM", "ABM"):
        every, chosen = (
            read_dataset(finished.folder / f"results/smoke/{name}/{folder}/batch-0.nc", INHERENT_STRUCTURES)
            for folder in ("inherent_structures", "minimised")
        )
        both = [value for value in chosen["replica"].values if value in every["replica"].values]
        assert both and chosen.sizes["temperature"] == 2 < every.sizes["temperature"]
        np.testing.assert_array_equal(
            chosen["inherent_energy"].sel(replica=both),
            every["inherent_energy"].sel(replica=both, temperature=chosen["temperature"]),
        )


def test_a_whole_study_of_inherent_structures_cools_and_runs_nothing_again(finished):
    finished.configure(configurations={"input": "inherent_structures"})
    planned = finished.planned()
    assert planned["minimise"] == 4 and planned["configurations"] == 4 and planned["classifier"] == 4
    assert not {"cool", "propensity_runs", "propensity", "inherent_structures"} & planned.keys()


@pytest.fixture(scope="module")
def varied(smoke, tmp_path_factory) -> Study:
    """The smoke study of KAM with two variants, computed for real."""
    study = smoke.copy(tmp_path_factory.mktemp("varied") / "study")
    blocks = read_study("smoke")["systems"]
    study.configure(systems={"KAM": blocks["KAM"], "ABM": {"enabled": False}})
    vary(study, grid=GRID, minima=MINIMA)
    assert study.planned(*TARGETS) == {**jobs(2, base=1, samples=1, minimise=2), "sensitivity": 3}
    study.run("--cores", "2", *TARGETS)
    return study


def test_table_has_the_study_and_every_variant(varied):
    table = pd.read_csv(varied.folder / TARGETS[0])
    assert tuple(table.columns) == COLUMNS
    assert list(dict.fromkeys(table["variant"])) == ["base", "grid", "minima"] and set(table["system"]) == {"KAM"}
    own = table.query("map_class == 'own'")
    assert set(own["phase"]) == {"liquid"} and set(own["quantity"]) == {"c_gamma_upsilon", "c_gamma_theta"}
    rows = table.drop(index=own.index).set_index(["variant", "phase", "quantity"]).sort_index()
    assert rows.index.is_unique
    networks = rows.drop(index="r_white_noise", level="quantity")
    assert (networks.loc["base", "networks"] + networks.loc["base", "failed"] == 2).all()
    assert (networks.loc[["grid", "minima"], "networks"] + networks.loc[["grid", "minima"], "failed"] == 1).all()
    # a network that failed is averaged nowhere, and has left nothing else out
    accuracy = rows.xs("accuracy", level="quantity")
    assert (accuracy["value"].notna() == (accuracy["networks"] > 0)).all()
    assert accuracy["value"].dropna().between(0, 1).all()
    correlations = networks[networks["statistic"] == "pearson"]
    assert correlations["value"].dropna().between(-1, 1).all()
    assert (correlations["low"].fillna(-1) <= correlations["value"].fillna(0)).all()
    noise = rows.xs("r_white_noise", level="quantity")
    assert noise["value"].between(2.0, 5.0).all()
    assert rows.loc[("grid", "glass", "c_gamma_delta"), "note"].startswith("delta = ")
    assert (rows.xs("r_gamma", level="quantity")["paper"] == 3.5).all()


def test_the_base_rows_are_those_of_the_study(varied, smoke):
    table = pd.read_csv(varied.folder / TARGETS[0]).query("variant == 'base'")
    printed = pd.read_csv(smoke.folder / "results/smoke/tables/table_s1.csv")
    printed = printed.query("system == 'KAM' and statistic == 'pearson'")
    keys = ["phase", "map_class", "quantity"]
    one, other = (rows.fillna({"map_class": ""}).set_index(keys)["value"] for rows in (table, printed))
    for phase, map_class in (("glass", "glass"), ("liquid", "glass"), ("liquid", "own")):
        for quantity in ("c_gamma_upsilon", "c_gamma_theta"):
            assert one[phase, map_class, quantity] == pytest.approx(other[phase, map_class, quantity])
        assert one[phase, "", "c_theta_upsilon"] == pytest.approx(other[phase, "", "c_theta_upsilon"])
    table = table.set_index(["phase", "quantity"])
    lengths = pd.read_csv(smoke.folder / "results/smoke/tables/table3.csv").set_index(["system", "quantity"])
    assert table.loc[("glass", "r_gamma"), "value"] == pytest.approx(lengths.loc[("KAM", "r_gamma"), "value"])


def test_a_variant_differs_from_the_study_in_its_keys_only(varied):
    results = varied.folder / "results/smoke"
    for phase, temperature in (("liquid", 0.8), ("glass", 0.05)):
        thermal = read_dataset(results / f"KAM/configurations/{phase}.nc", CONFIGURATIONS)
        assert not (results / f"sensitivity/grid/KAM/configurations/{phase}.nc").exists()  # it takes the study's
        density = read_dataset(results / f"sensitivity/grid/KAM/density/{phase}.nc", DENSITY)
        assert density["density"].shape == (40, 24, 24)
        minima = read_dataset(results / f"sensitivity/minima/KAM/configurations/{phase}.nc", CONFIGURATIONS)
        assert (minima["split"] == thermal["split"]).all() and (minima["replica"] == thermal["replica"]).all()
        assert minima["position"].shape == thermal["position"].shape
        box_length = float(thermal["box_length"])
        assert minima["position"].min() >= 0 and minima["position"].max() < box_length
        batch = read_dataset(results / "sensitivity/minima/KAM/minimised/batch-1.nc", INHERENT_STRUCTURES)
        assert batch.sizes["temperature"] == 2 and (batch["largest_force"] < 1e-5).all()
        structure = batch["position"].sel(temperature=temperature, replica=25).values
        assert (structure == minima["position"].values[25]).all()
        moved = np.abs(minima["position"].values - thermal["position"].values)
        moved = np.minimum(moved, box_length - moved)
        assert 0 < np.median(moved) < (0.1 if phase == "glass" else 0.3)


def test_nothing_runs_again_and_a_further_variant_runs_only_itself(varied, tmp_path):
    study = varied.copy(tmp_path / "study")
    assert study.planned(*TARGETS) == {}
    vary(study, grid=GRID, minima=MINIMA, wide={"density": {"kernel_width": 1.4}, "classifier": ONE})
    assert study.planned(*TARGETS) == {**jobs(1, base=0, samples=0)}
    vary(study, minima=MINIMA)
    assert study.planned(*TARGETS) == RESULT
    vary(study, grid={**GRID, "classifier": {**ONE, "epochs": 61}}, minima=MINIMA)
    again = {"classifier": 1, "gradcam": 2, "correlations": 2, "spatial_correlations": 1, "sensitivity": 1, **RESULT}
    assert study.planned(*TARGETS) == again


READY = "results/smoke/shipped/KAM/batch-{}.nc"
READINGS = ("results/smoke/tables/readings.csv", "results/smoke/figures/readings.png")


def classes_by_hand(model, samples, phase: str) -> list[int]:
    """Class, 1 for glass, of every sample of a shipped file, from all distances and the weights alone."""
    with xr.open_dataset(samples) as file:
        target = {"liquid": 0.8, "glass": 0.05}[phase]
        positions = file["position"].sel(temperature=target, method="nearest").values
        species, length = file["species"].values, float(file["box_length"])
    content = torch.load(model, weights_only=True)
    grid, weights, given = content["architecture"]["grid"], content["weights"], content["normalisation"]
    sigma = np.array([1.0, 0.88])[species]
    points = np.stack(np.meshgrid(*[np.arange(grid) * length / grid] * 2, indexing="ij"), axis=-1)
    classes = []
    for sample in positions:
        apart = points[:, :, None] - sample
        distance = np.linalg.norm(apart - length * np.round(apart / length), axis=-1)
        width = length / np.sqrt(0.64 * len(sigma)) * sigma
        field = np.where(distance <= 2.5 * sigma, np.exp(-((distance / width) ** 2)), 0.0).sum(2)
        if given["kind"] == "sample":
            field = (field - field.min()) / (field.max() - field.min())
        else:
            field = (field - given["offset"]) / given["scale"]
        values = torch.as_tensor(field, dtype=torch.float32)[None, None]
        for number in range(len(content["architecture"]["channels"])):
            values = functional.pad(values, [2] * 4, mode="circular")
            layer = [weights[f"features.{2 * number}.{part}"] for part in ("weight", "bias")]
            values = functional.conv2d(values, *layer).relu()
        hidden = functional.linear(values.flatten(1), weights["head.1.weight"], weights["head.1.bias"]).relu()
        classes.append(int(functional.linear(hidden, weights["head.4.weight"], weights["head.4.bias"]).argmax()))
    return classes


def test_readings_of_the_smoke_study(finished):
    """Two readings of KAM for real: every attribution at the centre, Grad-CAM elsewhere, and the transfer."""
    blocks = read_study("smoke")["systems"]
    finished.run(READY.format(0), "--cores", "2")
    vary(finished, dataset={"classifier": {**ONE, "normalisation": "dataset", "initialization": "unit_variance"}})
    finished.configure(
        systems={"KAM": blocks["KAM"], "ABM": {"enabled": False}},
        readings={"transfer": {"KAM": READY.format("*")}},
    )
    planned = {"classifier": 1, "reading": 2, "readings_table": 1, "readings_figure": 1}
    assert finished.planned(*READINGS) == planned
    finished.run("--cores", "2", *READINGS)
    table = pd.read_csv(finished.folder / READINGS[0])
    given = read_study("smoke")["controls"]
    others = {"gradcam", *given["attributions"]} - {"gradcam_class_0"}
    asked = table.dropna(subset="attribution").groupby("reading")["attribution"].unique()
    assert set(asked["base"]) == others and set(asked["dataset"]) == {"gradcam"}
    rows = table[table["system"] == "KAM"].set_index(["reading", "phase", "attribution", "map_class", "quantity"])
    assert rows.index.is_unique
    # the study's own numbers, which went another way
    printed = pd.read_csv(finished.folder / "results/smoke/tables/table_s1.csv")
    printed = printed.query("system == 'KAM' and statistic == 'pearson'").set_index(["phase", "map_class", "quantity"])
    for phase, map_class in (("glass", "glass"), ("liquid", "glass"), ("liquid", "own")):
        for quantity in ("c_gamma_upsilon", "c_gamma_theta"):
            one = rows.loc[("base", phase, "gradcam", map_class, quantity)]
            assert one["value"] == pytest.approx(printed.loc[(phase, map_class, quantity), "value"], abs=1e-5)
            assert np.isfinite(one["paper"]) and one["nearest_cut"].startswith(("density_above_", "density_below_"))
            assert abs(one["nearest_cut_value"]) <= 1
    transferred = table[table["quantity"] == "transfer_accuracy"].set_index(["reading", "phase"])
    assert len(transferred) == 4
    for reading, folder in (("base", "results/smoke/KAM"), ("dataset", "results/smoke/sensitivity/dataset/KAM")):
        networks = [path.parent for path in sorted((finished.folder / folder / "classifier").glob("seed-*/model.pt"))]
        trained = [path for path in networks if not has_failed(pd.read_csv(path / "history.csv"), 0.6)]
        for place, phase in enumerate(("liquid", "glass")):
            said = [classes_by_hand(path / "model.pt", finished.folder / READY.format(0), phase) for path in trained]
            expected = np.mean(np.array(said) == place) if trained else np.nan
            found = transferred.loc[(reading, phase), "value"]
            assert found == pytest.approx(expected, abs=1e-9, nan_ok=True), (reading, phase)
    assert finished.planned(*READINGS) == {}


def test_a_variant_of_a_study_without_dynamics(finished):
    """Its numbers are there, and those of the dynamics are not."""
    vary(finished, unit={"classifier": {**ONE, "initialization": "unit_variance"}})
    finished.configure(
        papers={"oyama2023": ["samples", "networks", "controls"]},
        systems={"KAM": read_study("smoke")["systems"]["KAM"], "ABM": {"enabled": False}},
    )
    finished.run("--cores", "2", TARGETS[0])
    table = pd.read_csv(finished.folder / TARGETS[0])
    known = table[table["value"].notna()]
    assert {"base", "unit"} == set(known["variant"]) and {"accuracy", "c_gamma_upsilon"} <= set(known["quantity"])
    assert not known["quantity"].str.startswith("c_gamma_delta").any()
