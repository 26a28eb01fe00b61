"""The page of all predictors, as a browser shows it: chosen cells, sorted by any column."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from browser import CHROMIUM, converse
from repository import REPOSITORY

from glassmap.papers.predictors.figures import predictors as figure
from glassmap.papers.predictors.page import predictors as page
from glassmap.papers.predictors.tables import COLUMNS

VALUES = {  # pearson at both times, coarse-grained
    "number_density": (0.2, -0.4),
    "potential_energy": (0.5, np.nan),
    "glassmlp": (0.6, 0.7),
    "mine & <own>": (0.1, 0.9),
}
SHOWN = """(async () => {
  while (!document.querySelector("#body tr")) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const text of CLICKS)
    [...document.querySelectorAll("#head button")].find((one) => one.textContent.startsWith(text)).click();
  const rows = [...document.querySelectorAll("#body tr")].map((row) => [...row.children].map((one) => one.textContent));
  const head = [...document.querySelectorAll("#head button")].map((one) => one.textContent);
  const grey = [...document.querySelectorAll("#body td.chance")].length;
  return JSON.stringify({rows, head, grey, title: document.querySelector("#body td[title]").title});
})()"""


@pytest.fixture
def files(tmp_path) -> SimpleNamespace:
    rows = [
        {
            "system": "KA2D", "state": "cold", "temperature": 0.4, "target": "bond_breaking", "time": time,
            "predictor": name, "version": version, "length": 2.0, "told": "nothing", "training_structures": 0,
            "structures": 3, "pearson": value / (1 + (version == "bare")), "low": value - 0.1, "high": value + 0.1,
            "p": 0.3 if name == "number_density" else 0.01, "noise_ceiling": 0.8, "note": "",
        }
        for name, values in VALUES.items()
        for time, value in zip((1.0, 10.0), values, strict=True)
        for version in ("bare", "coarse_grained")
    ]  # fmt: skip
    pd.DataFrame(rows, columns=COLUMNS).to_csv(tmp_path / "predictors.csv", index=False)
    costs = {
        "system": "KA2D",
        "state": "cold",
        "predictor": list(VALUES),
        "seconds_per_structure": [1.0, 2.0, 3.0, 4.0],
    }
    pd.DataFrame({**costs, "training_seconds": np.nan}).to_csv(tmp_path / "costs.csv", index=False)
    template = REPOSITORY / "workflow/report/predictors.html.jinja"
    return SimpleNamespace(predictors=tmp_path / "predictors.csv", costs=tmp_path / "costs.csv", template=template)


def test_names_cannot_leave_their_place_in_the_page(files):
    text = page(files, SimpleNamespace(study="a study"))
    assert "mine & <own>" not in text and "NaN" not in text and "study a study" in text


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
@pytest.mark.parametrize(
    "clicks, first",
    [
        ([], ["mine & <own>", "GlassMLP", "local number density", "potential energy"]),  # by the last time
        (["t = 1 τ"], ["GlassMLP", "potential energy", "local number density", "mine & <own>"]),
        (["t = 1 τ", "t = 1 τ"], ["mine & <own>", "local number density", "potential energy", "GlassMLP"]),
        (["predictor"], ["GlassMLP", "local number density", "mine & <own>", "potential energy"]),
        (["s per structure"], ["mine & <own>", "GlassMLP", "potential energy", "local number density"]),
    ],
)
def test_a_click_sorts_by_a_column_and_what_is_not_known_comes_last(files, tmp_path, clicks, first):
    path = tmp_path / "predictors.html"
    path.write_text(page(files, SimpleNamespace(study="a study")), encoding="utf-8")

    async def talk(send):
        expression = SHOWN.replace("CLICKS", json.dumps(clicks))
        answer = await send("Runtime.evaluate", expression=expression, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return json.loads(answer["result"]["value"])

    shown, events = converse(path, "", tmp_path / "profile", talk)
    assert sorted(row[0] for row in shown["rows"]) == sorted(first) and not [
        event for event in events if event["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")
    ]
    assert [row[0] for row in shown["rows"]] == first
    assert any(text.endswith((" ↓", " ↑")) for text in shown["head"]) and shown["grey"] == 2
    assert "ceiling 0.8" in shown["title"] and "[" in shown["title"]


def test_the_figure_has_a_panel_for_each_field_and_a_cell_for_each_predictor(files):
    params = SimpleNamespace(models=["glassmlp", "mine & <own>"], rows=["number_density", "potential_energy"])
    drawn = figure(files, params)
    bare, coarse = drawn.axes[:2]
    assert "coarse-grained" in coarse.get_title() and "bond breaking" in bare.get_title()
    assert coarse.get_images()[0].get_array().shape[:2] == (len(VALUES), 2)
    assert [text.get_text() for text in bare.get_yticklabels()][:2] == ["GlassMLP", "mine & <own>"]
    printed = {text.get_text() for text in coarse.texts}
    assert {".70", "-.40", ".90"} <= printed and len(coarse.texts) == 7
