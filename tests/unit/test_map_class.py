"""Maps of liquid samples for the class glass and for their own: from the files to the tables and Fig. 6."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection
from repository import REPOSITORY

from glassmap.analysis.correlations import PAPER_QUANTITIES, correlate, correlate_sample
from glassmap.analysis.network_agreement import ANY_PROTOCOL, agreement, summarise_ensemble
from glassmap.errors import GlassmapError
from glassmap.io.datasets import provenance, write_dataset, write_table
from glassmap.io.schema import variable
from glassmap.learning.map_class import involves_map, map_classes, select_class
from glassmap.learning.map_ensemble import concatenate, read_all_classes, read_controls, read_networks
from glassmap.papers.oyama2023.figures_correlations import class_colours, correlation_violins
from glassmap.papers.oyama2023.method import ARXIV_V2, FRONTIERS
from glassmap.papers.oyama2023.reproduction import reproduction_table
from glassmap.papers.oyama2023.tables_correlations import correlation_summary, correlations_table
from glassmap.plotting.style import PAPER
from glassmap.structure.indicators import INDICATORS

PHASES = ("liquid", "glass")

REPLICAS, NUMBER, BOX = [3, 4, 8, 9], 80, 9.0
LENGTHS = {FRONTIERS: 1.5, ARXIV_V2: 3.0}


@pytest.fixture
def reference() -> pd.DataFrame:
    return pd.read_csv(REPOSITORY / "resources/paper_values.csv")


@pytest.fixture
def configurations(rng) -> xr.Dataset:
    positions = rng.uniform(0, BOX, (len(REPLICAS), NUMBER, 2))
    return xr.Dataset(
        {"position": (("sample", "particle", "axis"), positions), "box_length": BOX},
        coords={"replica": ("sample", REPLICAS), "split": ("sample", ["test"] * len(REPLICAS))},
    )


def write(dataset: xr.Dataset, path, phase: str, seed=1) -> str:
    of_samples = {"replica": ("sample", REPLICAS), "split": ("sample", ["test"] * len(REPLICAS))}
    dataset = dataset.assign_coords(of_samples).assign_attrs(phase=phase)
    write_dataset(dataset, path, provenance("test", seed, {}, "KAM"))
    return str(path)


@pytest.fixture
def files(tmp_path, rng):
    """Files of two networks and three null maps of a phase; in the liquid the first network is wrong about sample 1."""
    scores = ("sample", "particle")
    shape = (len(REPLICAS), NUMBER)

    def of_phase(phase: str) -> SimpleNamespace:
        bare = {name: variable(scores, rng.normal(size=shape), "1", name) for name in INDICATORS}
        indicators = write(xr.Dataset(bare), tmp_path / f"indicators-{phase}.nc", phase)
        crystals = pd.DataFrame({"replica": REPLICAS, "split": "test", "crystallised": 0})
        for name in ("crystalline_fraction", "amplitude"):
            crystals[name] = 0.1
        write_table(crystals, tmp_path / "crystals.csv")
        paths = {"gradcam": [], "predictions": [], "history": []}
        for seed in (0, 1):
            cams = xr.Dataset()
            for suffix in ("", "_liquid"):
                cams[f"cam_signed{suffix}"] = variable(("sample", "x", "y"), rng.normal(size=(4, 3, 3)), "1", "map")
                cams[f"gamma{suffix}"] = variable(scores, rng.uniform(size=shape), "1", "score")
            if seed == 1:
                cams["gamma_liquid"][2] = 0  # a dead map of the class liquid only
            paths["gradcam"].append(write(cams, tmp_path / f"cam-{phase}-{seed}.nc", phase, [1, seed]))
            said = pd.DataFrame({"phase": phase, "replica": REPLICAS, "split": "test", "p_glass": 0.5})
            said["predicted"] = phase
            if seed == 0 and phase == "liquid":
                said.loc[1, "predicted"] = "glass"
            history = pd.DataFrame({"epoch": [1], "train_loss": 0.1, "train_accuracy": 1.0, "validation_loss": 0.1})
            history["validation_accuracy"] = 1.0
            for name, table in (("predictions", said), ("history", history)):
                path = tmp_path / f"{name}-{phase}-{seed}.csv"
                write_table(table, path)
                paths[name].append(str(path))
        names = [("constant", "any"), ("random_weights", "glass")]
        names += [("random_weights", "own")] if phase == "liquid" else []
        nulls = xr.Dataset(
            {
                "map": variable(("field", "sample", "x", "y"), rng.uniform(size=(len(names), 4, 3, 3)), "1", "map"),
                "gamma": variable(("field", *scores), rng.uniform(size=(len(names), *shape)), "1", "score"),
                "p_glass": variable(("field", "sample"), np.full((len(names), 4), 0.5), "1", "probability"),
            },
            coords={
                "null": ("field", [name for name, _ in names]),
                "draw": ("field", [0] * len(names)),
                "map_class": ("field", [of for _, of in names]),
            },
        )
        controls = write(nulls, tmp_path / f"controls-{phase}.nc", phase)
        networks = SimpleNamespace(indicators=indicators, crystals=tmp_path / "crystals.csv", **paths)
        null_maps = SimpleNamespace(indicators=indicators, crystals=tmp_path / "crystals.csv", controls=controls)
        return SimpleNamespace(networks=networks, controls=null_maps)

    return of_phase


def test_each_map_appears_once_per_class(files):
    assert map_classes("glass", PHASES) == ("glass",) and map_classes("liquid", PHASES) == ("glass", "own")
    liquid, glass = files("liquid"), files("glass")
    both = read_all_classes(liquid.networks, [0, 1], 0.6, "liquid", PHASES)
    assert both.classes == ["glass", "glass", "own", "own"] and both.seeds == [0, 1, 0, 1]
    for number, path in enumerate(liquid.networks.gradcam):
        with xr.open_dataset(path) as opened:
            np.testing.assert_array_equal(both.gamma[number], opened["gamma"])
            np.testing.assert_array_equal(both.gamma[2 + number], opened["gamma_liquid"])
    own = both.select_class("own")
    np.testing.assert_array_equal(own.gamma, both.gamma[2:])
    # what a network gets wrong is left out of its maps of either class
    np.testing.assert_array_equal(own.correct, both.select_class("glass").correct)
    assert own.correct.sum() == 7 and own.seeds == [0, 1] and own.classes == ["own", "own"]
    # of a glass, its own class is the class glass
    once = read_all_classes(glass.networks, [0, 1], 0.6, "glass", PHASES)
    assert once.classes == ["glass", "glass"]
    np.testing.assert_array_equal(once.gamma, read_networks(glass.networks, [0, 1], 0.6, "glass").gamma)


def test_null_maps_without_a_network_are_listed_for_both_classes(files):
    nulls = read_controls(files("liquid").controls)
    assert nulls.select_class("glass").names == nulls.select_class("own").names == ["constant", "random_weights"]
    np.testing.assert_array_equal(nulls.select_class("own").gamma, nulls.gamma[[0, 2]])
    assert read_controls(files("glass").controls).classes == ["any", "glass"]


@pytest.fixture
def correlations(files, configurations):
    """The correlations of both phases, of the networks."""
    return {
        phase: correlate(
            configurations, read_all_classes(files(phase).networks, [0, 1], 0.6, phase, PHASES), LENGTHS
        ).assign_attrs(system="KAM", phase=phase)
        for phase in ("glass", "liquid")
    }


def test_correlations_of_the_own_class_are_those_of_its_scores(files, configurations):
    networks = read_all_classes(files("liquid").networks, [0, 1], 0.6, "liquid", PHASES)
    found = correlate(configurations, networks, LENGTHS)
    assert found["map_class"].values.tolist() == ["glass", "glass", "own", "own"]
    bare = {name: networks.indicators[name].values[3] for name in INDICATORS}
    own = select_class(found, "own")
    for network in range(2):
        gamma = networks.gamma[2 + network, 3][None]
        alone = correlate_sample(gamma, bare, configurations["position"].values[3], BOX, 1.5, FRONTIERS)
        values = own["pearson"].sel(protocol="frontiers").isel(network=network, sample=3)
        np.testing.assert_allclose(values, alone["pearson"][0], atol=1e-12)
        np.testing.assert_allclose(own["partial"].values[0, network, 3], alone["partial"][0], atol=1e-12)
    assert own["dead"].values.sum() == 1 and select_class(found, "glass")["dead"].values.sum() == 0
    assert np.isnan(own["pearson"].values[:, 0, 1]).all()


def test_tables_compare_both_classes_with_the_papers_value(correlations, reference):
    summary = correlation_summary(correlations.values(), 50, 1, PHASES)
    table = correlations_table(summary, reference, "frontiers", {"KAM": 1.5}, ["KAM"])
    keys = ["phase", "map_class", "quantity", "statistic"]
    assert not table.duplicated(keys).any()
    rows = table.set_index(keys)
    # three quantities, of which two have a map in them
    assert len(rows) == 2 * 3 + 2 * (3 + 2)
    for map_class in ("glass", "own"):
        part = select_class(correlations["liquid"], map_class)["pearson"].sel(
            protocol="frontiers", pair="c_gamma_upsilon"
        )
        row = rows.loc["liquid", map_class, "c_gamma_upsilon", "pearson"]
        assert row["value"] == pytest.approx(np.mean([np.nanmean(network) for network in part.values]))
        assert row["networks"] == 2 and row["wrong"] == 1
    assert rows.loc["liquid", "own", "c_gamma_upsilon", "pearson"]["dead"] == 1
    assert set(table[~table["quantity"].map(involves_map)]["map_class"]) == {""}

    accuracy = pd.DataFrame(columns=["system", "phase", "network", "accuracy"])
    both = reproduction_table(summary, accuracy, reference, "arxiv-v2", PHASES).query(
        "phase == 'liquid' and item == 'table_s1'"
    )
    both = both.query("quantity == 'c_gamma_upsilon' and statistic == 'pearson'").set_index("map_class")
    assert both.index.tolist() == ["glass", "own"] and both["paper"].tolist() == [0.858, 0.858]
    ours = summary.query("protocol == 'arxiv-v2' and phase == 'liquid' and statistic == 'pearson'")
    ours = ours.set_index(["quantity", "map_class"])["value"]["c_gamma_upsilon"]
    assert both["ours"].to_dict() == ours.to_dict() and both["ours"].nunique() == 2


def test_ensemble_table_has_each_class(files, configurations, correlations):
    of_phase = files("liquid")
    networks = read_all_classes(of_phase.networks, [0, 1], 0.6, "liquid", PHASES)
    every = concatenate(networks, read_controls(of_phase.controls))
    tables = {}
    for one in ("glass", "own"):
        found = agreement(every.select_class(one), configurations["position"].values, BOX, LENGTHS)
        parts = (networks.select_class(one), found, select_class(correlations["liquid"], one))
        tables[one] = summarise_ensemble(*parts, draws=50, seed=1, map_class=one).set_index("quantity")
        row = tables[one][tables[one]["protocol"] == ANY_PROTOCOL].loc["agreement_bare"]
        first = 0 if one == "glass" else 2
        # the samples that both networks are right about, and whose maps are alive
        used = [0, 2, 3] if one == "glass" else [0, 3]
        pairs = [np.corrcoef(networks.gamma[first, i], networks.gamma[first + 1, i])[0, 1] for i in used]
        assert row["value"] == pytest.approx(np.mean(pairs)) and row["samples"] == len(used)
        assert row["map_class"] == one
    no_map = ["wrong_fraction", "accuracy", "failed_fraction"]
    assert tables["glass"].loc[no_map, "map_class"].tolist() == ["", "", ""]
    assert not set(no_map) & set(tables["own"].index)
    assert tables["own"].loc["dead_fraction", "value"] == pytest.approx(1 / 8)
    assert tables["glass"].loc["dead_fraction", "value"] == 0


def test_maps_of_another_network_are_refused(files):
    of_phase = files("glass").networks
    read_networks(of_phase, [0, 1], 0.6, "glass")
    of_phase.gradcam.reverse()
    with pytest.raises(GlassmapError, match=r"cam-glass-1\.nc: maps of the network with seed \[1\], expected 0"):
        read_networks(of_phase, [0, 1], 0.6, "glass")


def test_fig6_has_a_violin_per_class_for_correlations_of_maps(correlations):
    published = {("KAM", "liquid", "c_gamma_upsilon"): 0.858, ("KAM", "glass", "c_gamma_upsilon"): -0.828}
    by_phase = {("KAM", phase): dataset for phase, dataset in correlations.items()}
    figure = correlation_violins(by_phase, PHASES, "frontiers", {"KAM": 1.5}, published)
    (axis,) = figure.axes
    filled = [body for body in axis.collections if isinstance(body, PolyCollection) and body.get_alpha() == 0.55]
    colours = [tuple(body.get_facecolor()[0][:3]) for body in filled]
    for (phase, map_class), colour in class_colours(PHASES).items():
        count = sum(np.allclose(one, plt.matplotlib.colors.to_rgb(colour)) for one in colours)
        assert count == (2 if map_class == "own" else 3), (phase, map_class)
    diamonds = [line for line in axis.lines if line.get_marker() == PAPER["marker"]]
    assert [float(line.get_ydata()[0]) for line in diamonds] == [-0.828, 0.858, 0.858]
    places = [float(line.get_xdata()[0]) for line in diamonds]
    assert len(set(places)) == 3 and all(
        abs(place - PAPER_QUANTITIES.index("c_gamma_upsilon")) < 0.5 for place in places
    )
    plt.close(figure)

    # v2's means only where the other paper prints none, and told apart from them
    first = {key: 0.5 for key in [("KAM", "liquid", "c_gamma_theta"), *published]}
    (axis,) = correlation_violins(by_phase, PHASES, "frontiers", {"KAM": 1.5}, published, first).axes
    grey = [line for line in axis.lines if line.get_marker() == "D" and line.get_markerfacecolor() == "0.6"]
    assert [float(line.get_ydata()[0]) for line in grey] == [0.5, 0.5]
    assert len([line for line in axis.lines if line.get_marker() == "D"]) == 5
    plt.close("all")
