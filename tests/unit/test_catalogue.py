"""What the Snakemake workflow catalog and those who cite the workflow read."""

import re
import tomllib

import draw_architecture
import pytest
import yaml
from repository import REPOSITORY

from glassmap.workflow.config import resolve_over

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def citation() -> dict:
    return yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())


def test_citation_has_the_keys_that_cff_requires(citation):
    assert citation["cff-version"] == "1.2.0"
    for key in ("message", "title", "authors"):
        assert citation[key]
    assert citation["title"] == PROJECT["name"]
    assert citation["type"] == "software"
    for reference in citation["references"]:
        assert {"type", "title", "authors"} <= set(reference)
        assert all(set(author) <= {"name", "family-names", "given-names"} and author for author in reference["authors"])


def test_version_and_licence_are_those_of_the_package(citation):
    assert str(citation["version"]) == PROJECT["version"]
    assert citation["license"] == PROJECT["license"] == "MIT"
    assert (REPOSITORY / "LICENSE").read_text().startswith("MIT License")
    assert PROJECT["version"] in (REPOSITORY / "CHANGELOG.md").read_text()


def test_keywords_and_authors_are_those_of_the_package(citation):
    assert citation["keywords"] == PROJECT["keywords"]
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in PROJECT["authors"]]


def test_the_papers_that_the_readme_asks_to_cite_are_the_references(citation):
    section = (REPOSITORY / "README.md").read_text().split("## Citing")[1]
    named = {doi.rstrip(".,;") for doi in re.findall(r"doi:(10\.[^\s)]+)", section)}
    assert len(named) >= 4
    assert named <= {reference.get("doi") for reference in citation["references"]}


def test_changelog_has_an_entry_at_its_top():
    headings = re.findall(r"^## (.+)$", (REPOSITORY / "CHANGELOG.md").read_text(), re.M)
    assert headings and re.fullmatch(r"\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", headings[0])


def test_catalogue_entry_says_how_the_workflow_is_used():
    usage = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage["mandatory-flags"] == {"desc": None, "flags": None}
    assert usage["software-stack-deployment"] == {"conda": True, "apptainer": False, "apptainer+conda": False}
    assert usage["report"] is True
    # conda: every rule has an environment
    for path in sorted((REPOSITORY / "workflow/rules").glob("*.smk")):
        text = path.read_text()
        assert len(re.findall(r"^ *rule ", text, re.M)) == text.count("    conda:\n"), path.name


def test_the_repository_is_found_by_the_catalogue():
    """Its rules: the words in the README, a Snakefile, rules in .smk files, how to configure in config/README.md."""
    readme = (REPOSITORY / "README.md").read_text().lower()
    assert "snakemake" in readme and "workflow" in readme
    assert (REPOSITORY / "Snakefile").exists() and (REPOSITORY / "config/README.md").exists()
    assert list((REPOSITORY / "workflow/rules").glob("*.smk"))


def test_the_system_of_the_readme_is_a_study(schema):
    """The block that shows how to add a system, laid over the default study, is complete and accepted."""
    block = re.search(r"```yaml\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.S)[1]
    study = resolve_over(REPOSITORY / "config/config.yaml", yaml.safe_load(block), schema)
    assert list(study["systems"]) == ["soft"] and study["study"] == "soft"


def test_the_readme_is_short():
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= 120


def test_what_the_architecture_names_is_there():
    """Every module and rule of docs/architecture.md, and every package of the picture."""
    text = (REPOSITORY / "docs/architecture.md").read_text()
    for path in re.findall(r"`([\w/]+\.py)`", text):
        assert (REPOSITORY / "src/glassmap" / path).is_file() or (REPOSITORY / path).is_file(), path
    rules = {
        name
        for path in (REPOSITORY / "workflow/rules").glob("*.smk")
        for name in re.findall(r"rule (\w+):", path.read_text())
    }
    table = text.split("## Where a quantity is")[1].split("## One replica")[0]
    named = {
        name
        for line in table.splitlines()
        if line.startswith("| ")
        for name in re.findall(r"`(\w+)`", line.split("|")[3])
    }
    assert len(named) > 15 and named <= rules
    assert draw_architecture.uses() and all(draw_architecture.packages().values())
    assert set(draw_architecture.packages()) == {
        "glassmap", *(path.name for path in (REPOSITORY / "src/glassmap").iterdir() if (path / "__init__.py").exists())
    }  # fmt: skip
