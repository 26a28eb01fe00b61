"""The documentation: its pages, links, examples and the messages it quotes. `make docs` builds the site of it."""

import ast
import doctest
import importlib
import pkgutil
import re
from functools import cache
from operator import attrgetter
from pathlib import Path

import pytest
import snakemake.exceptions
import yaml
from repository import REPOSITORY
from test_environment import pinned

import glassmap
from glassmap.errors import ConfigurationError
from glassmap.workflow.config import resolve_over

DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
REFERENCE = ("analysis", "dynamics", "learning", "structure")  # packages on the pages of docs/python
SOURCE = Path(glassmap.__path__[0])
WITH_EXAMPLES = sorted(
    ".".join(file.relative_to(SOURCE).with_suffix("").parts)
    for file in SOURCE.rglob("*.py")
    if re.search(r"^ *>>> ", file.read_text(), flags=re.M)
)
# what one calls from Python: a quantity of a configuration, of its particles, or of its runs
QUANTITIES = {
    "analysis.glass_transition": ("fit_two_lines",),
    "analysis.moved_maps": ("Symmetries", "max_statistic_test"),
    "dynamics.propensity": ("Cage.relative", "mobility", "average", "mean_displacement"),
    "learning.attribution": ("integrated_gradients", "occlusion"),
    "learning.cnn": ("glass_probability",),
    "learning.gradcam": ("grad_cam",),
    "learning.normalisation": ("Normalisation",),
    "learning.null_maps": ("density_map",),
    "learning.particle_gradcam": ("particle_gradcam",),
    "learning.particle_scores": ("particle_scores",),
    "statistics": ("partial", "spearman"),
    "structure.coarse_graining": ("coarse_grain", "coarse_grain_at", "normalise"),
    "structure.crystals": ("crystalline_fraction",),
    "structure.density_grid": ("configuration_kernel",),
    "structure.indicators": ("voronoi_volume", "tong_tanaka", "number_density", "potential_energy", "hexatic_order"),
    "structure.radial_distribution": ("total_distribution", "pair_distributions"),
    "structure.spatial_correlation": ("spatial_correlation",),
    "structure.voronoi": ("tessellate", "sixfold_order", "coherent_order", "averaged_order"),
}


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


def test_the_readme_leads_to_the_documentation():
    assert "](docs/index.md)" in (REPOSITORY / "README.md").read_text()


def studies_of_own_system() -> list[dict]:
    """The study files that docs/own-system.md shows."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", (DOCS / "own-system.md").read_text(), flags=re.M | re.S)
    return [study for study in map(yaml.safe_load, blocks) if "study" in study]


def test_the_studies_of_own_system_are_accepted(schema):
    soft, ka3d = (resolve_over(REPOSITORY / "config/config.yaml", study, schema) for study in studies_of_own_system())
    assert list(soft["systems"]) == ["soft"] and list(ka3d["systems"]) == ["KA"]


@pytest.mark.parametrize(
    "study, changes",
    [
        (0, {"sigma": {"AA": 1.0, "AB": 0.85, "AC": 1.15, "BB": 0.7, "CC": 1.3}}),
        (0, {"particles": {"A": 10, "B": 5, "C": 5}}),
        (0, {"states": {"liquid": 0.04, "glass": 0.05}}),
        (0, {"propensity": {"temperatures": [1.5], "run_time": 500.0}}),
        (1, {}),
    ],
)
def test_what_own_system_says_is_refused(schema, study, changes):
    """Each line that the page quotes, in the words of the code."""
    given = studies_of_own_system()[study]
    *_, system = given["systems"].values()
    system |= changes
    if system.get("dimension") == 3:
        given["papers"]["oyama2023"] = ["samples", "networks"]
    with pytest.raises(ConfigurationError) as refused:
        resolve_over(REPOSITORY / "config/config.yaml", given, schema)
    quoted = re.findall(r"`((?:systems|classifier)\.[^`]*)`", (DOCS / "own-system.md").read_text())
    assert set(quoted) & set(refused.value.problems), refused.value.problems


@pytest.mark.parametrize("package", REFERENCE)
def test_the_reference_has_every_module(package):
    of_page = re.findall(r"^\.\. automodule:: (\S+)$", (DOCS / f"python/{package}.md").read_text(), flags=re.M)
    folder = importlib.import_module(f"glassmap.{package}").__path__
    assert sorted(of_page) == sorted(f"glassmap.{package}.{module.name}" for module in pkgutil.iter_modules(folder))


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_of_docstrings_give_what_they_say(module):
    failed, tried = doctest.testmod(importlib.import_module(f"glassmap.{module}"))
    assert tried and not failed


@pytest.mark.parametrize("module", QUANTITIES)
def test_every_quantity_has_an_example(module):
    """And says which shapes it takes."""
    for name in QUANTITIES[module]:
        found = attrgetter(name)(importlib.import_module(f"glassmap.{module}")).__doc__
        assert ">>> " in found and "shape (" in found, name


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


def test_every_study_file_is_in_the_table_of_studies():
    text = (REPOSITORY / "config/README.md").read_text()
    files = {path.name for path in (REPOSITORY / "config").glob("*.yaml")}
    named = {name for row in re.findall(r"^\| (`\S+\.yaml`.*?) \|", text, re.M) for name in re.findall(r"`(.+?)`", row)}
    assert named == files


def test_the_table_of_keys_reads_as_it_is_written():
    """Five cells in each row, and outside of code nothing that a browser takes for HTML."""
    rows = re.findall(r"^\|.*$", (REPOSITORY / "config/README.md").read_text().split("## All keys")[1], flags=re.M)
    assert len(rows) > 100
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert not [row for row in rows if "<" in re.sub(r"`[^`]*`", "", row)]


def test_what_builds_the_site_is_pinned():
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in pinned("docs-requirements.txt"))


def test_the_profile_names_every_rule_that_asks_for_a_gpu():
    asking = set()
    for path in (REPOSITORY / "workflow/rules").glob("*.smk"):
        _, *blocks = re.split(r"^ *rule (\w+):$", path.read_text(), flags=re.M)
        asking |= {name for name, text in zip(blocks[::2], blocks[1::2], strict=True) if "gpu=GPUS" in text}
    profile = (REPOSITORY / "profiles/slurm/profile.yaml").read_text()
    assert set(re.findall(r"^#   (\w+): [&*]gpu", profile, flags=re.M)) == asking
