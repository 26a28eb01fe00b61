"""What the figure of the controls shows of made-up but realistic tables."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from controls import BASELINES, INDICATORS, NULLS, make_controls

from glassmap.io.datasets import read_table, write_table
from glassmap.papers.oyama2023.figures_controls import (
    COLUMNS,
    MAPS,
    OWN_SHIFT,
    SYMBOLS,
    name_of_map,
    networks_beside_nulls,
)
from glassmap.plotting.style import PAPER, save

PHASES = ("liquid", "glass")


@pytest.fixture(autouse=True)
def strict():
    """Warnings are errors, and no figure stays open."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    plt.close("all")


def dots(axis) -> dict[float, float]:
    """Value of each line of a panel, by its place."""
    return {
        float(line.get_ydata()[0]): float(line.get_xdata()[0])
        for line in axis.lines
        if line.get_marker() in ("o", "s", "^", "v")
    }


def diamonds(axis) -> list[float]:
    return [float(line.get_xdata()[0]) for line in axis.lines if line.get_marker() == PAPER["marker"]]


def names(figure) -> list[str]:
    """Names of the maps in the last row, which has them all."""
    columns = len({round(axis.get_subplotspec().colspan.start) for axis in figure.axes})
    return [label.get_text() for label in figure.axes[-columns].get_yticklabels()]


def panels(figure) -> dict[tuple[str, str], plt.Axes]:
    return {(axis.get_title(loc="left").split(" ", 1)[1], axis.get_xlabel()): axis for axis in figure.axes}


def test_figure_has_one_line_per_map_and_one_row_per_quantity():
    table = make_controls()
    figure = networks_beside_nulls(table, "frontiers", PHASES)
    assert len(figure.axes) == 16 and figure.get_figheight() < 9.5  # a page
    assert [axis.get_title(loc="left")[:3] for axis in figure.axes] == [f"({letter})" for letter in "abcdefghijklmnop"]
    order = ["gradcam", *NULLS, *BASELINES, *INDICATORS]
    assert names(figure) == [MAPS[name] for name in order]
    measured = table[(table["protocol"] == "frontiers") & (table["statistic"] == "pearson")]
    for (title, symbol), axis in panels(figure).items():
        here = (measured["system"] + " " + measured["phase"] == title) & (measured["quantity"].map(SYMBOLS) == symbol)
        chosen = measured[here].set_index("map")
        expected = {
            place: pytest.approx(chosen.loc[name, "value"]) for place, name in enumerate(order) if name in chosen.index
        }
        assert dots(axis) == expected and len(expected) == (16 if "Δ" in symbol else 14)
        assert diamonds(axis) == chosen["paper"].dropna().tolist()
        assert axis.get_xlim()[0] < -1 and axis.get_xlim()[1] > 1
        low, high = chosen.loc["gradcam", ["low", "high"]]
        (band,) = (patch for patch in axis.patches)
        np.testing.assert_allclose(band.get_extents().transformed(axis.transData.inverted()).intervalx, (low, high))


def test_maps_of_networks_for_a_liquids_own_class_stand_below_those_for_the_class_glass():
    table = make_controls(("KAM",), own=True)
    every = panels(networks_beside_nulls(table, "frontiers", PHASES))
    axis = every["KAM liquid", "C(Γ, Υ)"]
    order = ["gradcam", *NULLS, *BASELINES, *INDICATORS]
    below = {round(place - OWN_SHIFT): value for place, value in dots(axis).items() if place % 1}
    measured = table.query("protocol == 'frontiers' and statistic == 'pearson' and phase == 'liquid'")
    measured = measured.query("quantity == 'c_gamma_upsilon' and map_class == 'own'").set_index("map")["value"]
    of_networks = ("gradcam", "random_weights", "shuffled_labels")
    assert below == {order.index(name): measured[name] for name in of_networks}
    assert len([place for place in dots(axis) if not place % 1]) == 1 + len(NULLS) + len(BASELINES)
    assert diamonds(axis) == [0.858] and len(axis.patches) == 2
    # glass samples have one map
    assert all(not place % 1 for place in dots(every["KAM glass", "C(Γ, Υ)"]))


def test_network_is_the_first_line():
    figure = networks_beside_nulls(make_controls(("ABM",)), "arxiv-v2", PHASES)
    bottom, top = figure.axes[0].get_ylim()
    assert bottom > top and names(figure)[0] == "network (Grad-CAM)"


def test_chosen_density_cuts_are_drawn_with_their_thresholds():
    table = make_controls(("KAM",))
    scanned = table[table["map"] == "density_cut_positive"].assign(kind="scanned_null", map="density_above")
    figure = networks_beside_nulls(pd.concat([table, scanned]), "frontiers", PHASES)
    assert names(figure) == names(networks_beside_nulls(table, "frontiers", PHASES))
    for axis in figure.axes:
        assert [text.get_text() for text in axis.texts if text.get_text()] == ["ρ < −0.75", "ρ > +0.25"]


@pytest.mark.parametrize(
    "name, printed",
    [
        ("density_above_0.75", "ReLU(ρ − mean − 0.75 sd)"),
        ("density_above_-1.0", "ReLU(ρ − mean + 1 sd)"),
        ("density_above_0.0", "ReLU(ρ − mean)"),
        ("density_below_-0.75", "ReLU(mean − 0.75 sd − ρ)"),
        ("density_below_0.25", "ReLU(mean + 0.25 sd − ρ)"),
        ("density_below_mean", "ReLU(mean − ρ)"),
    ],
)
def test_a_cut_is_printed_as_its_formula(name, printed):
    assert name_of_map(name) == printed


def test_intervals_are_drawn_at_their_values():
    table = make_controls(("KAM",))
    (axis, *_) = networks_beside_nulls(table, "frontiers", PHASES).axes
    bars = {float(line.get_ydata()[0]): line.get_xdata() for line in axis.lines if line.get_linewidth() > 2}
    assert len(bars) == 14
    first = table[(table["map"] == "constant") & (table["protocol"] == "frontiers")].iloc[0]
    np.testing.assert_allclose(bars[1], [first["low"], first["high"]])
    without = table.assign(low=np.nan, high=np.nan)
    (axis, *_) = networks_beside_nulls(without, "frontiers", PHASES).axes
    assert not [line for line in axis.lines if line.get_linewidth() > 2] and not axis.patches
    assert len(dots(axis)) == 14


@pytest.mark.parametrize(
    "change, lines",
    [
        (lambda table: table[table["kind"] != "null_map"], 7),
        (lambda table: table[table["kind"] == "network"], 1),
        (lambda table: table[table["kind"] != "network"], 15),
        (lambda table: table[table["system"] == "KAM"], 16),
        (lambda table: table.assign(value=np.nan, low=np.nan, high=np.nan, std_over_draws=np.nan, paper=np.nan), 16),
        (lambda table: table[table["quantity"] == "c_gamma_theta"], 14),
        (lambda table: table.iloc[:0], None),
    ],
    ids=["no null", "network only", "no network", "one system", "nothing measured", "one quantity", "empty"],
)
def test_what_is_missing_breaks_nothing(change, lines):
    figure = networks_beside_nulls(change(make_controls()), "frontiers", PHASES)
    if lines is not None:
        assert len(names(figure)) == lines


def test_a_panel_without_a_number_says_so():
    table = make_controls(("KAM",))
    known = table["value"].where(~table["quantity"].str.contains("delta"))
    figure = networks_beside_nulls(table.assign(value=known), "frontiers", PHASES)
    said = {key: [text.get_text() for text in axis.texts] for key, axis in panels(figure).items()}
    assert said[("KAM glass", "C(Γ, Δ), largest")] == ["not measured"]
    assert "not measured" not in said[("KAM glass", "C(Γ, Υ)")]


def test_a_map_without_a_printed_name_is_drawn():
    table = make_controls(("KAM",), nulls={"my_own_null": 0.3})
    assert "my own null" in names(networks_beside_nulls(table, "frontiers", PHASES))
    assert name_of_map("my_own_null") == "my own null"


def test_a_table_from_a_file_has_its_nulls(tmp_path):
    """``null`` is a kind here, no missing value; an empty column is."""
    path = tmp_path / "controls.csv"
    write_table(make_controls(("KAM",)).assign(delta=np.nan), path)
    table = read_table(path, COLUMNS)
    assert table["delta"].isna().all() and (table["kind"] == "null_map").any()
    assert len(names(networks_beside_nulls(table, "frontiers", PHASES))) == 16


def test_the_figure_is_as_wide_as_a_page_and_repeats_to_the_byte(tmp_path):
    for name in "ab":
        figure = networks_beside_nulls(
            make_controls(("KAM",)).query("quantity == 'c_gamma_theta'"), "frontiers", PHASES
        )
        assert figure.get_figwidth() == 7
        save(figure, [tmp_path / f"{name}.pdf", tmp_path / f"{name}.png"])
    for kind in ("pdf", "png"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
