"""The page of what the network adds: the verdict's rule, the numbers in the sentences, the form of the HTML."""

import base64
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from controls import make_controls
from repository import REPOSITORY

from glassmap.analysis.network_agreement import COLUMNS as ENSEMBLE_COLUMNS
from glassmap.papers.oyama2023.summary_page import page
from glassmap.papers.oyama2023.summary_page_sentences import (
    caveats,
    finding,
    number,
    of_the_ensemble,
    verdict_in_print,
    with_and_without,
    with_interval,
)

TEMPLATE = (REPOSITORY / "workflow/report/what_the_network_adds.html.jinja").read_text()
STUDY = {
    "name": "made up", "protocol": "frontiers", "replicas": 104, "test": 0.22, "networks": 3, "configurations": 1,
    "runs": 6, "dynamics": True, "cooling_rates": {"KAM": 0.0395, "ABM": 0.0395}, "phases": ("liquid", "glass"),
    "source": "cooling",
}  # fmt: skip
PNG = b"\x89PNG made up"
VOID = {"meta", "img", "br", "link"}


class Reader(HTMLParser):
    """Text, tags and images of a page; an unclosed or wrongly closed tag is an error."""

    def __init__(self, source: str):
        super().__init__()
        self.open, self.seen, self.words, self.images = [], [], [], []
        self.feed(source)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag == "img":
            self.images.append(dict(attrs)["src"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def make_ensemble(systems=("KAM", "ABM")) -> pd.DataFrame:
    values = {
        ("agreement_bare", "any"): 0.61, ("agreement_coarse", "frontiers"): 0.73,
        ("agreement_coarse", "arxiv-v2"): 0.87, ("agreement_coarse_random_weights", "frontiers"): 0.58,
        ("accuracy", "any"): 0.97, ("dead_fraction", "any"): 0.04, ("wrong_fraction", "any"): 0.03,
        ("failed_fraction", "any"): 0.25, ("spread_c_gamma_upsilon", "frontiers"): 0.19,
    }  # fmt: skip
    rows = [
        {
            "system": system, "phase": phase, "protocol": protocol, "quantity": quantity, "value": value,
            "low": value - 0.02, "high": value + 0.02, "std_over_networks": 0.05, "smallest": -0.24, "largest": 0.13,
            "expected": 0.04 if "spread" in quantity else np.nan, "networks": 3, "failed": 1, "samples": 21,
        }
        for system in systems for phase in ("glass", "liquid") for (quantity, protocol), value in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(ENSEMBLE_COLUMNS))


def network_row(controls: pd.DataFrame, quantity: str, **changes) -> tuple[dict, pd.DataFrame]:
    """The row of the networks of KAM's glass with changes, and those of the nulls."""
    of = controls.query("system == 'KAM' and phase == 'glass' and protocol == 'frontiers' and quantity == @quantity")
    of = of[of["statistic"] != "spearman"]
    return of[of["kind"] == "network"].iloc[0].to_dict() | changes, of[of["kind"] == "null_map"]


@pytest.mark.parametrize(
    "judged, null, expected",
    [
        ("beyond every null", "", "beyond every null"),
        ("not more than", "density_above_0.75", "not more than ReLU(ρ − mean − 0.75 sd)"),
        ("cannot exceed", "constant", "cannot exceed constant"),
        ("undecided", np.nan, "undecided"),  # an empty cell of a table
        (np.nan, np.nan, "not compared"),
    ],
)
def test_the_verdict_in_print_names_its_null(judged, null, expected):
    assert verdict_in_print({"verdict": judged, "verdict_null": null}) == expected


def test_numbers_have_two_decimals_and_a_sign():
    assert [number(value) for value in (0.346, -0.346, -0.001, 0.0, np.nan)] == [
        "+0.35", "−0.35", "0.00", "0.00", "not measured",
    ]  # fmt: skip
    assert number(3.456, signed=False) == "3.46"
    assert with_interval(-0.5, -0.6, 0.001) == "−0.50 [−0.60, 0.00]"
    assert with_interval(-0.5, np.nan, 0.1) == "−0.50"


@pytest.mark.parametrize("sign", [1, -1])
def test_verdict_does_not_depend_on_the_sign(sign):
    """The excess counts in the network's own direction, so a strong negative correlation can be beyond, too."""
    row, nulls = network_row(
        make_controls(), "c_gamma_upsilon", value=0.95 * sign, low=0.95 * sign - 0.02, high=0.95 * sign + 0.02,
        excess=0.05, excess_low=0.01, excess_high=0.09, best_null="constant", best_null_value=0.9 * sign,
        verdict="beyond every null", verdict_null="",
    )  # fmt: skip
    found = finding(row, nulls)
    assert found["verdict"] == "beyond every null"
    mark = "+" if sign > 0 else "−"
    assert f"constant with {mark}0.90; their excess over it is +0.05 [+0.01, +0.09]." in found["text"]
    assert ("of the other sign" in found["text"]) == (sign > 0)  # the paper has −0.83


def test_a_finding_says_what_the_table_says():
    row, nulls = network_row(make_controls(), "c_gamma_upsilon")
    found = finding(row, nulls)
    assert found["verdict"] == "not more than ReLU(ρ − mean − 0.25 sd)"
    assert (
        "The networks have −0.35 [−0.42, −0.29] on 23 samples, with a deviation of 0.11 over 3 networks."
        in found["text"]
    )
    assert "differ by more than half the width of that interval, 0.07" in found["text"]
    # what the paper has, a map without a network has too
    assert (
        "The paper has −0.83; in that direction the furthest null, ReLU(ρ − mean − 0.25 sd), has −0.93, beyond"
        in found["text"]
    )
    assert found["paper"] == "−0.83" and found["deviation"] == "0.11" and found["excess"] == "−0.58 [−0.66, −0.49]"


def test_a_finding_without_interval_null_or_number_says_so():
    row, nulls = network_row(
        make_controls(), "c_gamma_upsilon", low=np.nan, high=np.nan, excess_low=np.nan, verdict="undecided"
    )
    assert "their excess over it is −0.58." in finding(row | {"verdict_null": ""}, nulls)["text"]
    row |= {"verdict": "cannot exceed", "verdict_null": "constant", "best_null": "constant"}
    found = finding(row, nulls)
    assert found["verdict"] == "cannot exceed constant" and "constant is at the bound of what" in found["text"]
    row, nulls = network_row(make_controls(nulls={}), "c_gamma_upsilon")
    found = finding(row, nulls)
    assert found["verdict"] == "not compared" and found["text"].endswith("There is no null to compare it with.")
    row |= {"value": np.nan, "low": np.nan, "high": np.nan, "std_over_draws": np.nan, "draws": 0, "samples": 0}
    assert finding(row, nulls)["text"].startswith("It was not measured.")
    row, nulls = network_row(make_controls(), "c_gamma_upsilon", value=0.02, low=-0.1, high=0.1)
    assert "The interval holds 0" in finding(row, nulls)["text"]


def test_a_length_has_a_nearest_null():
    row, nulls = network_row(make_controls(), "r_gamma")
    found = finding(row, nulls)
    assert found["verdict"] == "unlike every null"
    assert "The nearest null is shuffled labels with 1.80; their difference from it is +1.80 [+1.72" in found["text"]
    assert found["value"] == "3.60 [3.53, 3.66]"


@pytest.mark.parametrize("chance, judged", [(0.34, "so that it may be chance"), (0.0033, "chance alone seldom gives")])
def test_a_correlation_with_the_dynamics_says_what_moved_maps_have(chance, judged):
    row, nulls = network_row(make_controls(), "c_gamma_delta_max", moved_p=chance, moved_largest=0.54)
    text = finding(row, nulls)["text"]
    assert f"more than 0.54 in 5 % of the draws and reach the networks' with p = {chance}" in text and judged in text
    row["moved_p"] = np.nan
    assert "oved" not in finding(row, nulls)["text"]
    for quantity in ("c_gamma_upsilon", "r_gamma"):
        assert "oved" not in finding(*network_row(make_controls(), quantity))["text"]


def test_partial_correlations_are_listed_with_the_plain_ones():
    rows = {name: network_row(make_controls(), name)[0] for name in ("c_gamma_theta", "c_gamma_theta_partial")}
    (sentence,) = with_and_without(rows)
    assert sentence.startswith("C(Γ, Θ) is +0.32 [+0.25, +0.38]; with density, composition and Voronoi volume held")
    assert sentence.endswith("it is +0.28 [+0.21, +0.34].")
    assert with_and_without({"c_gamma_theta": rows["c_gamma_theta"]}) == []


def test_the_ensemble_is_described_by_its_table():
    table = make_ensemble(("KAM",)).query("phase == 'glass' and protocol != 'arxiv-v2'")
    text = " ".join(of_the_ensemble(table))
    for part in (
        "+0.61 [+0.59, +0.63] bare and +0.73 [+0.71, +0.75] coarse-grained, over 21 samples",
        "+0.58 for random weights",
        "Test accuracy 0.97 [0.95, 0.99], deviation 0.05 over 3 networks; 1 training failed",
        "0.04 [0.02, 0.06] of the maps are dead",
        "C(Γ, Υ) go from −0.24 to +0.13: deviation 0.19 [0.17, 0.21], where finite samples alone would give 0.04",
    ):
        assert part in text
    assert of_the_ensemble(table.iloc[:0]) == []


def test_caveats_name_the_size_of_the_study():
    text = " ".join(caveats(STUDY, 20))
    assert "104 replicas" in text and "3 networks" in text and "1 configuration " in text and "6 runs" in text
    assert "474 times faster than the paper's" in text and "at most about 1.0 would be called" in text
    assert "at the paper's rate" in " ".join(
        caveats(STUDY | {"cooling_rates": {"KAM": 1 / 12000, "ABM": 1 / 12000}}, 20)
    )
    assert "2 times slower" in " ".join(caveats(STUDY | {"cooling_rates": {"KAM": 1 / 24000}}, 20))
    said = " ".join(caveats(STUDY | {"cooling_rates": {"KAM": 1 / 24000, "ABM": 1 / 6000}}, 20))
    assert "those of KAM 2 times slower than the paper's, those of ABM 2 times faster than the paper's" in said


def test_the_page_is_one_valid_file_with_every_number():
    controls, ensemble = make_controls(), make_ensemble()
    source = page(STUDY, controls, ensemble, PNG, TEMPLATE)
    assert source.startswith("<!DOCTYPE html>") and 'src="http' not in source and "<script" not in source
    read = Reader(source)
    (image,) = read.images
    assert base64.b64decode(image.removeprefix("data:image/png;base64,")) == PNG
    assert read.seen.count("table") == 1 + 4 and read.seen.count("h1") == 1
    shown = controls[(controls["protocol"] == "frontiers") & (controls["statistic"] != "spearman")]
    for row in shown.to_dict("records"):
        signed = row["quantity"] not in ("r_gamma", "accuracy")
        assert with_interval(row["value"], row["low"], row["high"], signed) in read.text
    for line in of_the_ensemble(ensemble.query("system == 'ABM' and phase == 'liquid' and protocol != 'arxiv-v2'")):
        assert line in read.text
    judged = shown[shown["kind"] == "network"]
    assert f"Of {len(judged)} comparisons" in read.text
    assert "0.87" not in read.text  # the other protocol's agreement
    assert source == page(STUDY, controls, ensemble, PNG, TEMPLATE)


def test_everything_from_data_is_escaped():
    bad = "<script>alert('x')</script>"
    controls = make_controls().replace({"system": {"KAM": bad}}).replace({"map": {"constant": "a<b>&c"}})
    source = page(STUDY | {"name": bad}, controls, make_ensemble(), PNG, TEMPLATE, {bad: table_of_attributions()})
    assert "<script" not in source and "a<b>" not in source
    read = Reader(source)
    assert bad in read.text and "a<b>&c" in read.text


def table_of_attributions() -> pd.DataFrame:
    rows = [
        {
            "system": "KAM", "phase": phase, "protocol": protocol, "method": method, "quantity": quantity,
            "network": network, "dead": 0, "value": 0.37 if network == "mean" else 0.99,
            "low": 0.31, "high": 0.42, "std_over_networks": 0.1, "networks": 3, "samples": 23,
        }
        for phase in ("glass", "liquid") for protocol in ("frontiers", "arxiv-v2") for method in ("occlusion", "x&y")
        for network in ("mean", "seed-0") for quantity in ("c_gamma_upsilon", "agreement")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_further_tables_are_shown_when_given():
    further = {"Other attributions": table_of_attributions()}
    read = Reader(page(STUDY, make_controls(), make_ensemble(), PNG, TEMPLATE, further))
    assert "Other attributions" in read.text and "KAM glass occlusion +0.37 [+0.31, +0.42]" in read.text
    assert read.seen.count("table") == 6 and "seed-0" not in read.text
    assert "Other attributions" not in page(STUDY, make_controls(), make_ensemble(), PNG, TEMPLATE)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.iloc[:0],
        lambda table: table[table["kind"] != "null_map"],
        lambda table: table[table["kind"] != "network"],
        lambda table: table[table["system"] == "ABM"],
        lambda table: table.assign(
            **dict.fromkeys(("value", "low", "high", "std_over_draws", "excess", "paper"), np.nan)
        ),
        lambda table: table.assign(best_null=np.nan, best_null_value=np.nan, excess=np.nan),
    ],
    ids=["empty", "no null", "no network", "one system", "nothing measured", "no best null"],
)
def test_what_is_missing_breaks_nothing(change, tmp_path):
    change(make_controls()).to_csv(tmp_path / "controls.csv", index=False)
    controls = pd.read_csv(tmp_path / "controls.csv")
    Reader(page(STUDY, controls, make_ensemble().iloc[:0], PNG, TEMPLATE))
