"""What the page says of other attributions, from made-up tables with a known answer."""

import numpy as np
import pandas as pd
import pytest
from controls import make_controls
from repository import REPOSITORY
from test_summary_page import PNG, STUDY, Reader, make_ensemble

from glassmap.analysis.attribution_comparison import COLUMNS
from glassmap.papers.oyama2023.summary_page import page
from glassmap.papers.oyama2023.summary_page_attributions import (
    DEPENDS,
    SAME,
    UNDECIDED,
    grid,
    of_sign,
    section,
    sentences,
)

PHASES = ("liquid", "glass")

TEMPLATE = (REPOSITORY / "workflow/report/what_the_network_adds.html.jinja").read_text()
# C(., Upsilon) by attribution and kind of network
KINDS = {
    "trained": {"gradcam": 0.13, "gradcam_layer_1": 0.3, "occlusion": -0.73, "integrated_gradients": 0.64},
    "random_weights": {"gradcam": 0.2, "gradcam_layer_1": 0.5, "occlusion": 0.02, "integrated_gradients": 0.6},
    "shuffled_labels": {"gradcam": 0.1, "gradcam_layer_1": 0.4, "occlusion": -0.01, "integrated_gradients": 0.7},
}


def made_up(kinds=KINDS, system="KAM", phase="glass", map_class="glass", width=0.03) -> pd.DataFrame:
    rows = [
        {
            "system": system, "phase": phase, "network_kind": kind, "map_class": map_class, "method": method,
            "network": network, "quantity": quantity, "value": value * scale if network == "mean" else 0.99,
            "low": value * scale - width, "high": value * scale + width,
            "std_over_networks": 0.1, "networks": 3, "samples": 23, "dead": 0,
            "note": "no map left of 6: 6 dead" if np.isnan(value) else np.nan,
        }
        for kind, values in kinds.items() for method, value in values.items() for network in ("mean", "seed-0")
        for quantity, scale in (("c_upsilon", 1.0), ("c_theta", -0.5), ("similarity_coarse", 0.25))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_sentences_are_made_from_the_numbers():
    table = made_up()
    said = sentences(table[table["network"] == "mean"])
    assert said[0] == (
        "Of the same trained networks C(·, Υ) goes from −0.73 [−0.76, −0.70] (occlusion) to +0.64 [+0.61, +0.67] "
        f"(integrated gradients), by 1.37 between 4 attributions: {DEPENDS}."
    )
    assert said[1].startswith(
        "Of networks with random weights C(·, Υ) goes from +0.02 [−0.01, +0.05] (occlusion) to +0.60"
    )
    assert said[2].startswith("Of networks trained on shuffled labels C(·, Υ) goes from −0.01")
    assert said[3] == (
        "The trained networks are furthest from those that learned nothing by occlusion: −0.73 beside +0.02 of "
        "networks with random weights, deviation 0.10 over draws and −0.01 of networks trained on shuffled labels, "
        "deviation 0.10 over draws."
    )


@pytest.mark.parametrize(
    "values, intervals, said",
    [
        ((-0.7, 0.6), ((-0.75, -0.65), (0.55, 0.65)), DEPENDS),
        ((-0.7, 0.01), ((-0.75, -0.65), (-0.05, 0.06)), UNDECIDED),  # one of them may be of either sign
        ((0.1, 0.6), ((0.05, 0.2), (0.55, 0.65)), SAME),
        ((-0.1, -0.6), ((-0.2, -0.05), (-0.65, -0.55)), SAME),
        ((-0.7, 0.6), ((np.nan, np.nan), (0.55, 0.65)), UNDECIDED),  # no interval, no verdict
    ],
)
def test_a_sign_differs_only_where_both_are_known(values, intervals, said):
    table = pd.DataFrame(intervals, columns=["low", "high"]).assign(value=values)
    assert of_sign(table) == said


def test_a_map_of_the_other_class_is_not_counted_as_another_attribution():
    kinds = {"trained": {"gradcam": 0.3, "occlusion": 0.4, "gradcam_liquid": -0.9}}
    table = made_up(kinds)
    table.loc[table["method"] == "gradcam_liquid", "map_class"] = "liquid"
    (said,) = sentences(table[table["network"] == "mean"])
    assert "−0.90" not in said and SAME in said and "2 attributions" in said
    # but the table shows it
    assert "Grad-CAM, class liquid" in [row[0] for row in grid(table[table["network"] == "mean"])["rows"]]


def test_an_attribution_without_a_live_map_is_named():
    table = made_up({"trained": {"gradcam": 0.3, "occlusion": np.nan, "gradcam_layer_1": 0.4}})
    said = sentences(table[table["network"] == "mean"])
    assert (
        "between 2 attributions" in said[0]
        and said[1] == "By occlusion the trained networks have no value: no map left of 6: 6 dead."
    )


def test_kinds_of_network_are_listed_side_by_side_and_absent_ones_omitted():
    shown = grid(made_up().query("network == 'mean'"))
    assert shown["head"] == ["attribution"] + [
        f"{quantity}, {kind}"
        for quantity in ("C(·, Υ)", "C(·, Θ)", "agreement with their own Grad-CAM")
        for kind in ("trained", "random weights", "shuffled labels")
    ]
    occlusion = next(row for row in shown["rows"] if row[0] == "occlusion")
    assert occlusion[1:4] == ["−0.73 [−0.76, −0.70]", "+0.02 [−0.01, +0.05]", "−0.01 [−0.04, +0.02]"]
    assert len(shown["rows"]) == 4
    alone = made_up({"trained": KINDS["trained"]}).query("network == 'mean'")
    assert len(grid(alone)["head"]) == 4 and len(sentences(alone)) == 1


def test_the_page_has_a_section_for_each_class():
    table = pd.concat([
        made_up(system="KAM", phase="liquid"), made_up(system="KAM", phase="liquid", map_class="own"),
        made_up(system="KAM", phase="glass"), made_up(system="ABM", phase="glass"),
    ])  # fmt: skip
    assert set(COLUMNS) <= set(table.columns)
    parts = section(table, PHASES)
    assert [part["name"] for part in parts] == [
        "KAM glass", "KAM liquid, maps of the class glass", "KAM liquid, maps of its own class", "ABM glass",
    ]  # fmt: skip
    read = Reader(page(STUDY, make_controls(own=True), make_ensemble(), PNG, TEMPLATE, None, parts))
    assert parts[0]["lines"][0] in read.text and read.text.count("by 1.37 between 4 attributions") == 4
    assert "Other ways to ask" not in page(STUDY, make_controls(), make_ensemble(), PNG, TEMPLATE)
    # findings on the maps of either class, with the opposite numbers
    assert "KAM liquid, maps of its own class" in read.text and "C(Γ, Υ): " in read.text
