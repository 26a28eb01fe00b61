"""The record of the smoke study, and its report in a browser without a network."""

import base64
import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import gsd.hoomd
import numpy as np
import pytest
import xarray as xr
import yaml
from browser import CHROMIUM, browse, converse
from repository import REPOSITORY, read_study

from glassmap.workflow.config import resolve

in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


class Page(HTMLParser):
    """Elements of a page: their ids, links, sources, and the text of each `section`."""

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.sources, self.sections = set(), {}, [], {}
        self.section, self.lines = None, 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs["id"]} if "id" in attrs else set()
        if tag == "section":
            self.section = attrs["id"]
        if tag == "a":
            self.links.setdefault(self.section, []).append(attrs["href"])
        if tag == "dt" and self.section == "start":
            self.lines += 1
        self.sources += [(self.section, tag, attrs[key]) for key in ("src", "srcset", "data") if key in attrs]
        self.sources += [(self.section, tag, attrs["href"])] if tag == "link" else []

    def handle_data(self, data):
        self.sections[self.section] = self.sections.get(self.section, "") + data


@pytest.fixture(scope="module")
def record(smoke) -> dict:
    return json.loads((smoke.folder / "results/smoke/provenance.json").read_text())


@pytest.fixture(scope="module")
def report(smoke) -> Path:
    return smoke.folder / "results/smoke/report.html"


@pytest.fixture(scope="module")
def page(report) -> Page:
    return Page(report.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(report) -> dict[str, Path]:
    """Every table and figure of the study, by the id that its page has in the report."""
    files = [*report.parent.glob("tables/*.csv"), *report.parent.glob("figures/*.png")]
    return {f"{path.parent.name}-{path.stem}": path for path in files}


def test_record_has_the_configuration_and_the_versions(record, schema):
    assert record["study"] == "smoke"
    assert record["configuration"] == json.loads(json.dumps(resolve(read_study("smoke"), schema)))
    assert record["versions"]["not_as_pinned"] == {}
    assert "OPENMP" in record["lammps"]["packages"] and record["lammps"]["version"] != "unknown"
    assert set(record["git"]) == {"commit", "dirty", "changed", "untracked"}


def test_record_has_hosts_and_hours_of_every_rule(record, smoke):
    rules = record["rules"]
    benchmarks = smoke.folder / "results/smoke/benchmarks"
    assert {path.name for path in benchmarks.iterdir()} - {"provenance", "report_page"} == set(rules)
    assert rules["cool"]["jobs"] == 4 and rules["fig6"]["jobs"] == 1
    for cost in rules.values():
        # all of it ran here
        assert cost["hosts"] == {record["host"]: cost["jobs"]} and cost["slurm_jobs"] == []
        assert cost["core_hours"] >= cost["wall_hours"] > 0
    # batches of 20 on two cores
    assert rules["cool"]["core_hours"] == pytest.approx(2 * rules["cool"]["wall_hours"])
    for name in ("wall_hours", "core_hours", "jobs"):
        assert record["total"][name] == pytest.approx(sum(cost[name] for cost in rules.values()))
    seconds = [
        float(path.read_text().splitlines()[1].split("\t")[0]) for path in (benchmarks / "classifier").rglob("*.tsv")
    ]
    assert rules["classifier"]["wall_hours"] == pytest.approx(sum(seconds) / 3600)
    assert rules["classifier"]["max_rss_mb"] > 100


def test_seeds_of_replicas_are_where_the_record_says(record, smoke):
    for key, pattern in (("replicas", "*/cooling/batch-*.nc"), ("runs", "*/propensity/*/runs-*.nc")):
        assert "`seeds`" in record["notes"][key]
        files = sorted((smoke.folder / "results/smoke").glob(pattern))
        assert files and all("seeds" in xr.open_dataset(path) for path in files)


def test_every_table_and_figure_is_one_click_from_the_first_page(page, made):
    assert len(made) > 25
    links = page.links["start"]
    assert {f"#{name}" for name in made} <= set(links)
    for name, path in made.items():
        about = page.sections[name]
        if path.suffix == ".csv":
            (table,) = [link for link in page.links[name] if link.startswith("data:text/csv;base64,")]
            assert base64.b64decode(table.partition(",")[2]) == path.read_bytes()
            rows = list(csv.reader(path.read_text().splitlines()))
            assert all(cell in about for row in rows[:200] for cell in row)
        else:
            (image,) = [source for section, tag, source in page.sources if (section, tag) == (name, "img")]
            assert base64.b64decode(image.partition(",")[2]).startswith(b"\x89PNG")
        assert len(about) > 100


def test_every_link_leads_somewhere(page, report):
    for link in (link for links in page.links.values() for link in links):
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        elif not link.startswith("data:"):
            assert (report.parent / link).is_file(), link


def test_the_report_needs_nothing_from_the_network_and_is_small(page, report):
    assert page.sources and all(source.startswith("data:") for _, _, source in page.sources)
    text = report.read_text(encoding="utf-8").partition("<script")[0]
    assert not re.search(r"url\(|@import", text)
    assert report.stat().st_size < 8e6


def test_the_first_page_says_in_ten_lines_what_was_found(page, report):
    """The numbers are those of the tables."""
    assert page.lines == 10
    first = page.sections["start"]
    assert "Not part of this study" not in first
    for row in csv.DictReader((report.parent / "tables/table2.csv").open()):
        if row["network"] == "mean":
            assert f"{float(row['accuracy']):.2f} on {row['phase']}" in first
    summary = (report.parent / "what_the_network_adds.html").read_text()
    judged = re.search(r"Of (\d+) comparisons .*?(\d+) (?:is|are) undecided", summary)
    assert re.search(rf"Of {judged[1]} comparisons .*{judged[2]} (is|are) undecided", first)
    rows = list(csv.DictReader((report.parent / "tables/reproduction.csv").open()))
    measured = [row for row in rows if row["ours"] and row["paper"]]
    keys = ("source", "item", "system", "phase", "quantity", "statistic")
    numbers = {tuple(row[key] for key in keys) for row in measured}
    assert len(numbers) < len(measured)  # of liquids one for each class
    assert f"{len(numbers)} published numbers are measured, in {len(measured)} comparisons" in first


def test_jobs_and_versions_are_on_a_page_of_their_own(page, record):
    jobs = page.sections["jobs"]
    shown = [record["created"], record["host"], record["git"]["commit"], record["lammps"]["version"]]
    shown += [f"numpy {record['versions']['packages']['numpy']}", str(record["seeds"]["base"]), "cooling_rate: 0.08"]
    shown += list(record["rules"])
    assert [text for text in shown if text not in jobs] == []
    assert record["git"]["commit"] not in page.sections["start"] and "#jobs" in page.links[None]


@in_a_browser
def test_a_browser_without_a_network_opens_the_first_page_and_every_other(report, made, tmp_path):
    """A script asks Chromium what it shows at each fragment, and which pictures have no pixels."""
    script = """<script>
    addEventListener("load", () => {
      const visible = () => [...document.querySelectorAll("section")].filter((s) => s.offsetParent).map((s) => s.id);
      const shown = {"": visible()};
      for (const page of document.querySelectorAll("section.page")) {
        location.hash = page.id;
        shown[page.id] = visible();
      }
      const broken = [...document.images].filter((image) => !image.naturalWidth).map((image) => image.alt);
      const fetched = performance.getEntriesByType("resource").map((r) => r.name).filter((n) => !n.startsWith("data:"));
      document.body.textContent = "SEEN" + JSON.stringify({shown, broken, fetched}) + "SEEN";
    });
    </script>"""
    copy = tmp_path / "report.html"
    copy.write_text(report.read_text(encoding="utf-8").replace("</body>", f"{script}</body>"), encoding="utf-8")
    done = browse(copy, "", tmp_path / "profile", "--dump-dom")
    seen = json.loads(done.stdout.split("SEEN")[-2])
    assert seen["shown"].pop("") == ["start"]
    assert {*made, "particles", "jobs", "what_the_network_adds.html"} == set(seen["shown"])
    assert all(shown == [name] for name, shown in seen["shown"].items())
    assert seen["broken"] == seen["fetched"] == []


@in_a_browser
@pytest.mark.parametrize("fragment", ["", "figures-fig1", "tables-controls", "jobs"])
def test_a_browser_draws_the_page_without_an_error(report, tmp_path, fragment):
    shot = tmp_path / "shot.png"
    done = browse(report, fragment, tmp_path / "profile", f"--screenshot={shot}")
    assert shot.read_bytes().startswith(b"\x89PNG") and shot.stat().st_size > 50_000
    assert "CONSOLE" not in done.stderr and "ERR_" not in done.stderr


LOOK = """(async () => {
  const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
  const drawn = () => globalThis.Bokeh?.documents[0]?.is_idle ?? false;
  while (!drawn()) await pause(50);
  const model = (name) => Bokeh.documents[0].get_model_by_name(name);
  for (const [name, value] of STEP) model(name).value = value;
  await pause(500);
  const data = model("shown").data, panels = [0, 1, 2];
  const maps = panels.map((panel) => model(`map_${panel}`));
  const bars = maps.map((map) => map.below.find((one) => one.type === "ColorBar"));
  return JSON.stringify({
    sample: model("sample").value,
    fields: panels.map((panel) => model(`field_${panel}`).value),
    options: model("field_0").options,
    values: panels.map((panel) => Array.from(data[`value_${panel}`])),
    x: Array.from(data.x), y: Array.from(data.y), radius: Array.from(data.radius), species: Array.from(data.species),
    titles: bars.map((bar) => bar.title),
    limits: bars.map((bar) => [bar.color_mapper.low, bar.color_mapper.high]),
    ranges: maps.map((map) => [map.x_range.start, map.x_range.end, map.y_range.start, map.y_range.end]),
  });
})()"""
PLACE = """(() => {
  const map = Bokeh.index.get_one(Bokeh.documents[0].get_model_by_name("map_1"));
  const {left, top} = map.el.getBoundingClientRect();
  return JSON.stringify([left + map.frame.x_scale.compute(X), top + map.frame.y_scale.compute(Y)]);
})()"""
TOOLTIP = """(() => {
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((one) =>
    [one, ...(one.shadowRoot ? inside(one.shadowRoot) : [])]);
  return JSON.stringify(inside(document.body).filter((one) => one.classList.contains("bk-Tooltip"))
    .map((one) => [...one.shadowRoot.children].map((child) => child.innerText).join(" ")).join(" "));
})()"""


def look(report, tmp_path, *steps: dict, pointer: int) -> tuple[list[dict], list[bytes], str, list[dict]]:
    """What the viewer shows at first and after each step, which gives widgets a value by their names.

    With pictures of it, what stands beside the pointer at a particle after the last step, and the events of the page.
    """

    async def talk(send):
        async def ask(expression: str):
            answer = await send("Runtime.evaluate", expression=expression, awaitPromise=True)
            assert "exceptionDetails" not in answer, answer
            return json.loads(answer["result"]["value"])

        seen, pictures = [], []
        for step in ({}, *steps):
            seen.append(await ask(LOOK.replace("STEP", json.dumps(list(step.items())))))
            pictures.append(base64.b64decode((await send("Page.captureScreenshot"))["data"]))
        x, y = (str(seen[-1][axis][pointer]) for axis in "xy")
        x, y = await ask(PLACE.replace("X", x).replace("Y", y))
        await send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        tooltip = ""
        for _ in range(100):
            tooltip = tooltip or await ask(TOOLTIP)
        return seen, pictures, tooltip

    (seen, pictures, tooltip), events = converse(report, "particles", tmp_path / "profile", talk)
    return seen, pictures, tooltip, events


def check_values(report, shown: dict, system: str, state: str, replica: int) -> None:
    """The three maps have the values of the exported fields, to half a thousandth of their range."""
    with gsd.hoomd.open(report.parent / f"export/{system}/{state}.gsd", "r") as trajectory:
        (frame,) = (one for one in trajectory if one.log["replica"][0] == replica)
    for place, name in enumerate(shown["fields"]):
        values = frame.log[f"particles/{name}"]
        reach = [values.min(), values.max()]
        assert shown["limits"][place] == pytest.approx(reach, rel=1e-12)
        found = np.array(shown["values"][place], dtype=float)
        np.testing.assert_allclose(found, values, rtol=0, atol=np.ptp(values) / 1999)
        assert shown["titles"][place].startswith(f"{name} (")
    np.testing.assert_allclose(shown["radius"], frame.particles.diameter / 2, rtol=1e-6)
    length = frame.configuration.box[0]
    np.testing.assert_allclose(shown["x"], frame.particles.position[:, 0] + length / 2, atol=1e-4)
    assert shown["species"] == [frame.particles.types[kind] for kind in frame.particles.typeid]
    assert shown["ranges"] == [pytest.approx([0, length, 0, length], rel=1e-6)] * 3


@in_a_browser
def test_the_viewer_shows_the_exported_fields_of_the_chosen_sample(report, tmp_path):
    with gsd.hoomd.open(report.parent / "export/KAM/glass.gsd", "r") as trajectory:
        # a sample that no network is right about has no mean
        means = {frame.log["replica"][0]: frame.log["particles/gamma_mean"] for frame in trajectory}
    known = [replica for replica, mean in means.items() if np.isfinite(mean).all()]
    other = next(replica for replica in known if replica != 3)
    steps = ({"field_1": "hexatic_order"}, {"sample": f"KAM glass {other}"}, {"sample": "ABM liquid 3"})
    (first, field, sample, system), pictures, tooltip, events = look(report, tmp_path, *steps, pointer=200)
    asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
    assert [address for address in asked if not address.startswith(("data:", "blob:"))] == [f"{report.as_uri()}"]
    failed = [one for one in events if one["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")]
    assert failed == []
    assert first["sample"] == "KAM glass 3"  # the one with runs
    assert first["fields"] == ["gamma_mean_xi_4", "voronoi_volume_xi_4", "propensity_T_0_6_delta_0_15"]
    assert first["titles"][1:] == ["voronoi_volume_xi_4 (σ*²)", "propensity_T_0_6_delta_0_15 (σ*)"]
    assert field["fields"] == [first["fields"][0], "hexatic_order", first["fields"][2]]
    # no runs, no propensity: the third map shows another field
    assert sample["fields"] == ["gamma_mean_xi_4", "hexatic_order", "tong_tanaka_xi_4"]
    # the same fields with the length of the other system
    assert system["fields"] == ["gamma_mean_xi_3", "hexatic_order", "tong_tanaka_xi_3"]
    assert "gamma_liquid_mean" in system["options"] and "occlusion_seed_0" in system["options"]
    for shown, place in (
        (first, ("KAM", "glass", 3)), (field, ("KAM", "glass", 3)), (sample, ("KAM", "glass", other)),
        (system, ("ABM", "liquid", 3)),
    ):  # fmt: skip
        check_values(report, shown, *place)
    assert len(set(pictures)) == 4 and all(len(picture) > 50_000 for picture in pictures)
    said = " ".join(tooltip.split())
    assert f"particle: 200 species: {system['species'][200]}" in said
    for name, values in zip(system["fields"], system["values"], strict=True):
        (value,) = re.findall(rf"{name}: (\S+)", said)  # small ones without an exponent
        assert float(value) == pytest.approx(values[200], rel=5e-3)


def test_snakemakes_own_report_shows_the_rules_and_where_the_results_are(finished):
    path = "results/smoke/rules.html"
    done = finished.run("--report", path)
    assert "Report created" in done.stdout + done.stderr
    # remarks of docutils
    assert not re.search(r"\((WARNING|ERROR|SEVERE)/\d\)", done.stdout + done.stderr)
    text = (finished.folder / path).read_text(encoding="utf-8")
    assert 'href=\\"report.html\\"' in text and "results/smoke/report.html" in text and len(text) < 5e6
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="(https?:)?//', text)


def test_every_table_and_figure_of_a_rule_has_a_title_and_a_caption():
    """Also those that the smoke study does not make, such as the variants'; readings are made on request only."""
    contents = yaml.safe_load((REPOSITORY / "workflow/report/contents.yaml").read_text())
    known = {
        kind: {name: about for section in contents for name, about in section.get(kind, {}).items()}
        for kind in ("figures", "tables")
    }
    text = "".join(path.read_text() for path in sorted((REPOSITORY / "workflow/rules").glob("*.smk")))
    assert set(re.findall(r'table=PATHS\.table\("(\w+)"\),\n +log:', text)) - {"readings", "predictors_aging"} == set(
        known["tables"]
    )
    drawn = set(re.findall(r'drawn\("(\w+)"\)', text)) - {"readings"}
    assert drawn | {"maps", "bare_maps"} == set(known["figures"])
    for about in (about for kind in known.values() for about in kind.values()):
        assert len(about["title"]) > 5 and len(about["caption"]) > 60
