"""The documentation: its pages, links, examples and the messages it quotes. `make docs` builds the site of it."""

import ast
import doctest
import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path

import pytest
import snakemake.exceptions
from repository import REPOSITORY
from test_environment import pinned

import glassmap

DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
REFERENCE = ("analysis", "dynamics", "learning", "structure")  # packages on the pages of docs/python
WITH_EXAMPLES = (
    "dynamics.propensity",
    "statistics",
    "structure.coarse_graining",
    "structure.indicators",
    "structure.radial_distribution",
)


def prose(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", page.read_text(), flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    """Of the headings of a page, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [REPOSITORY / "README.md", *PAGES], ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_is_reached_from_the_index():
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```$", page.read_text(), flags=re.M | re.S):
            names = [line for line in tree.splitlines() if line and not line.startswith(":")]
            waiting += [page.parent / f"{name}.md" for name in names]
    assert reached == set(PAGES)


def test_the_readme_is_short_and_leads_to_the_documentation():
    readme = (REPOSITORY / "README.md").read_text()
    assert len(readme.splitlines()) <= 120
    assert "](docs/index.md)" in readme


@pytest.mark.parametrize("package", REFERENCE)
def test_the_reference_has_every_module(package):
    of_page = re.findall(r"^\.\. automodule:: (\S+)$", (DOCS / f"python/{package}.md").read_text(), flags=re.M)
    folder = importlib.import_module(f"glassmap.{package}").__path__
    assert sorted(of_page) == sorted(f"glassmap.{package}.{module.name}" for module in pkgutil.iter_modules(folder))


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_of_docstrings_give_what_they_say(module):
    failed, tried = doctest.testmod(importlib.import_module(f"glassmap.{module}"))
    assert tried and not failed


def test_every_module_with_examples_is_tested():
    files = Path(glassmap.__path__[0]).rglob("*.py")
    found = {file for file in files if re.search(r"^ *>>> ", file.read_text(), flags=re.M)}
    assert found == {Path(importlib.import_module(f"glassmap.{module}").__file__) for module in WITH_EXAMPLES}


@cache
def messages() -> str:
    """Every text in the code of glassmap, of its workflow and of the errors of Snakemake."""
    files = [*(REPOSITORY / "src").rglob("*.py"), *(REPOSITORY / "workflow").rglob("*.py")]
    files.append(Path(snakemake.exceptions.__file__))
    constants = (node.value for file in files for node in ast.walk(ast.parse(file.read_text())) if is_text(node))
    rules = (file.read_text() for file in (REPOSITORY / "workflow/rules").glob("*.smk"))
    return "\n".join([*(" ".join(text.split()) for text in constants), *rules])


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_every_message_quoted_in_troubleshooting_is_one_of_the_code():
    blocks = re.findall(r"^```text\n(.*?)^```$", (DOCS / "troubleshooting.md").read_text(), flags=re.M | re.S)
    parts = [part.strip() for block in blocks for line in block.splitlines() for part in line.split("…")]
    quoted = [part for part in parts if re.search(r"\w", part)]
    assert len(quoted) > 30
    assert [part for part in quoted if part not in messages()] == []


def test_what_builds_the_site_is_pinned():
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in pinned("docs-requirements.txt"))
