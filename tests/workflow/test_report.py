"""The record of the smoke study, and Snakemake's report of it."""

import json
import re

import pytest
import xarray as xr
from repository import REPOSITORY, read_study
from study import Study

from glassmap.workflow.config import resolve


@pytest.fixture(scope="module")
def record(smoke) -> dict:
    return json.loads((smoke.folder / "results/smoke/provenance.json").read_text())


@pytest.fixture(scope="module")
def report(smoke, tmp_path_factory) -> str:
    """The report, made after the study."""
    study, path = smoke.copy(tmp_path_factory.mktemp("reported") / "study"), "results/smoke/report.html"
    done = study.run("--report", path)
    assert "Report created" in done.stdout + done.stderr
    # remarks of docutils on a caption
    assert not re.search(r"\((WARNING|ERROR|SEVERE)/\d\)", done.stdout + done.stderr)
    return (study.folder / path).read_text(encoding="utf-8")


def variable(report: str, script: str):
    """A JavaScript variable of the report, which is JSON."""
    start = re.search(rf'<script id="{script}">\s*var \w+ = ', report).end()
    return json.JSONDecoder().raw_decode(report[start:])[0]


def test_record_has_the_configuration_and_the_versions(record, schema):
    assert record["study"] == "smoke"
    assert record["configuration"] == json.loads(json.dumps(resolve(read_study("smoke"), schema)))
    assert record["versions"]["not_as_pinned"] == {}
    assert "OPENMP" in record["lammps"]["packages"] and record["lammps"]["version"] != "unknown"
    assert set(record["git"]) == {"commit", "dirty", "changed", "untracked"}


def test_record_has_hosts_and_hours_of_every_rule(record, smoke):
    rules = record["rules"]
    benchmarks = smoke.folder / "results/smoke/benchmarks"
    assert {path.name for path in benchmarks.iterdir()} - {"provenance"} == set(rules)
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


def test_every_table_and_figure_is_in_the_report_with_caption_category_and_labels(report, smoke):
    results = variable(report, "results")
    made = [path for folder in ("tables", "figures") for path in (smoke.folder / "results/smoke" / folder).iterdir()]
    names = {str(path.relative_to(smoke.folder)) for path in made}
    assert len(names) > 40
    assert names | {"results/smoke/what_the_network_adds.html", "results/smoke/provenance.json"} == set(results)
    for path, item in results.items():
        assert len(item["caption"]) > 60 and "system-message" not in item["caption"], path
        assert len(item["labels"]) >= 2 and all(item["labels"].values()), path
    categories = variable(report, "categories")
    assert set(categories) == {"Tables", "Figures", "What the network adds", "Provenance"}
    assert set(categories["What the network adds"]) == {"Tables", "Figures", "Page"}
    filed = [path for group in categories.values() for paths in group.values() for path in paths]
    assert sorted(filed) == sorted(results)
    # files with the same labels would hide each other
    for group in categories.values():
        for paths in group.values():
            labels = {json.dumps(results[path]["labels"], sort_keys=True) for path in paths}
            assert len(labels) == len(paths)


def test_the_first_page_shows_the_record(report, record):
    page = variable(report, "workflow-desc")
    assert "system-message" not in page and "not recorded yet" not in page
    shown = [record["created"], record["host"], record["git"]["commit"], record["lammps"]["version"]]
    shown += [f"numpy {record['versions']['packages']['numpy']}", str(record["seeds"]["base"]), "cooling_rate: 0.08"]
    shown += [f"<td>{rule}</td>" for rule in record["rules"]]
    assert [text for text in shown if text not in page] == []


def test_the_report_needs_nothing_from_the_network(report):
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="(https?:)?//', report)


def test_a_study_without_its_results_has_no_report(tmp_path):
    study = Study.new(tmp_path / "study", "config/smoke.yaml")
    done = study.run("--report", "report.html", check=False)
    assert done.returncode and not (study.folder / "report.html").exists()
    assert "results/smoke" in done.stdout + done.stderr


def test_every_rule_with_a_table_or_figure_names_its_caption():
    """Also rules that the smoke study has no job of, such as those of the variants."""
    for path in sorted((REPOSITORY / "workflow/rules").glob("*.smk")):
        text = path.read_text()
        for caption in re.findall(r'caption="\.\./report/([^"]+)"', text):
            assert (REPOSITORY / "workflow/report" / caption).is_file(), f"{path.name}: {caption}"
        for name in re.findall(r'drawn\(\s*"(\w+)"', text):
            assert (REPOSITORY / f"workflow/report/{name}.rst").is_file() or "caption=" in text, f"{path.name}: {name}"
        for rule in re.split(r"^rule ", text, flags=re.M)[1:]:
            if "PATHS.table(" in rule.split("output:")[1] or "PATHS.figure(" in rule.split("output:")[1]:
                assert "report(" in rule or "drawn(" in rule, f"{path.name}: rule {rule.splitlines()[0]}"
