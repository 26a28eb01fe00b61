"""The report of a study: one page to open, with what was found in ten lines, every table and every figure."""

import base64
import csv
import html
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import jinja2
import yaml
from PIL import Image

from glassmap.errors import GlassmapError
from glassmap.papers.jung2023.report_sentences import prediction_lines
from glassmap.papers.oyama2023.report_particles import particles
from glassmap.papers.oyama2023.report_sentences import ten_lines
from glassmap.papers.swanson2020.report_sentences import classifier_lines

ROWS = 200  # of a table that are shown; all are in the CSV file that the report holds
WIDTH, THUMBNAIL = 1200, 240  # of figures, pixels
COLOURS = 256
CITATIONS = {
    "oyama2023": "N. Oyama, S. Koyama, T. Kawasaki, Front. Phys. 10, 1007861 (2023)",
    "jung2023": "G. Jung, G. Biroli, L. Berthier, Phys. Rev. Lett. 130, 238202 (2023)",
    "swanson2020": "K. Swanson, S. Trivedi, J. Lequieu, K. Swanson, R. Kondor, Soft Matter 16, 435 (2020)",
}


def report(files: SimpleNamespace, params: SimpleNamespace) -> str:
    """HTML report of a study: ten lines, figures, tables, the page on null maps, particles, jobs and versions."""
    tables = {Path(path).stem: Path(path) for path in files.tables}
    contents = yaml.safe_load(Path(files.contents).read_text(encoding="utf-8"))
    sections = sections_of(
        contents,
        {"figures": {Path(path).stem: Path(path) for path in files.figures}, "tables": tables},
        {"maps": params.maps, "bare_maps": params.bare_maps},
    )
    papers = params.study["papers"]
    return page(
        params.study,
        [
            *(ten_lines(tables, params.study) if papers["oyama2023"] else []),
            *(prediction_lines(tables, params.study) if papers["jung2023"] else []),
            *(classifier_lines(tables, params.study) if papers["swanson2020"] else []),
        ],
        sections,
        {Path(path).name: Path(path).read_text(encoding="utf-8") for path in files.pages},
        particles(files.exported, params.sigma, params.seeds, params.configurations) if files.exported else None,
        json.loads(Path(files.record).read_text(encoding="utf-8")),
        Path(files.template).read_text(encoding="utf-8"),
    )


def sections_of(
    contents: list[Mapping], made: Mapping[str, Mapping[str, Path]], maps: Mapping[str, Mapping[str, str]]
) -> list[dict]:
    """Sections of the report, with what the study has made.

    Parameters
    ----------
    contents : list of mapping
        From ``workflow/report/contents.yaml``.
    made : mapping
        Files of ``figures`` (PNG) and ``tables`` (CSV), by name.
    maps : mapping of str to mapping
        Entries of the contents that stand for one figure per system: figure to system.

    Returns
    -------
    list of dict
        ``name`` and ``items``: ``id``, ``label``, ``title``, ``caption``, ``path`` and ``kind`` of each.

    Raises
    ------
    GlassmapError
        If a table or figure is not in the contents.
    """
    sections, shown = [], set()
    for section in contents:
        items = []
        for kind in ("figures", "tables"):
            for entry, about in section.get(kind, {}).items():
                for name, system in maps.get(entry, {entry: ""}).items():
                    if name in made[kind]:
                        shown.add((kind, name))
                        items.append(
                            {
                                "id": f"{kind}-{name}",
                                "kind": kind,
                                "label": label(name),
                                "title": about["title"].format(system=system),
                                "caption": about["caption"],
                                "path": made[kind][name],
                            }
                        )
        if items:
            sections.append({"name": section["section"], "items": items})
    missing = sorted({(kind, name) for kind, names in made.items() for name in names} - shown)
    if missing:
        raise GlassmapError(f"no title and caption in the report's contents for {missing}")
    return sections


def label(name: str) -> str:
    """Printed name of a table or figure: Fig. S3 of ``fig_s3``, Table 2 of ``table2``."""
    numbered = re.fullmatch(r"(fig|table)_?(s?\d+)", name)
    if numbered is None:
        return name.replace("_", " ")
    return f"{'Fig.' if numbered[1] == 'fig' else 'Table'} {numbered[2].upper()}"


def page(
    study: Mapping,
    lines: list[Mapping],
    sections: list[Mapping],
    pages: Mapping[str, str],
    particles: Mapping | None,
    record: Mapping,
    template: str,
) -> str:
    """The report as one HTML file that needs no other.

    Parameters
    ----------
    study : mapping
        ``name``, ``protocol`` and ``papers``.
    lines : list of mapping
        From `glassmap.papers.oyama2023.report_sentences.ten_lines`.
    sections : list of mapping
        From `sections_of`.
    pages : mapping of str to str
        Further pages in HTML, by file name.
    particles : mapping, optional
        From `glassmap.papers.oyama2023.report_particles.particles`.
    record : mapping
        Contents of ``provenance.json``.
    template : str
        Jinja template; everything inserted is escaped.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {}  # unsorted: in Bokeh's objects a reference follows what it names
    environment.filters |= {
        "png": png,
        "grid": grid,
        "csv": lambda path: _encoded(path.read_bytes()),
        "heading": heading,
    }
    items = [item for section in sections for item in section["items"]]
    return environment.from_string(template).render(
        study=study,
        methods=[citation for paper, citation in CITATIONS.items() if study["papers"][paper]],
        lines=lines,
        sections=sections,
        items=items,
        known={item["id"]: item["label"] for item in items},
        pages=pages,
        particles=particles,
        record=record,
        configuration=yaml.safe_dump(record["configuration"], sort_keys=False, default_flow_style=None, width=100),
        thumbnail=THUMBNAIL,
    )


def heading(content: str) -> str:
    """The first heading of a page in HTML."""
    found = re.search(r"<h1>(.*?)</h1>", content)
    return "" if found is None else html.unescape(found[1])


def png(path: Path, width: int = WIDTH) -> str:
    """A figure as PNG in base64, of at most this width and with 256 colours: a third of its bytes."""
    with Image.open(path) as image:
        picture = image.convert("RGB")
    picture.thumbnail((width, picture.height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.quantize(COLOURS).save(buffer, "PNG", compress_level=6)
    return _encoded(buffer.getvalue())


def grid(path: Path) -> dict:
    """The first rows of a table, cells as in the CSV file: ``head``, ``rows``, and how many there are in ``count``."""
    with path.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    return {"head": head, "rows": rows[:ROWS], "count": len(rows)}


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
