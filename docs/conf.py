"""The documentation as a site: ``make docs`` writes it to docs/_build."""

import re
from importlib import metadata

project, author = "glassmap", "the authors of glassmap"
version = release = metadata.version("glassmap")
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "glassmap"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

default_role = "py:obj"  # a name in backticks is a link to it
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 90
napoleon_google_docstring = False
napoleon_use_ivar = True

# files outside docs/ that a page here stands for; GitHub shows the files, the site the pages
PAGES = {"../config/README.md": "configuration.md", "../CHANGELOG.md": "changelog.md"}


def link_to_pages(app, name, source):
    """Turn links to included files into links to the pages that include them."""
    for file, page in PAGES.items():
        source[0] = source[0].replace(f"]({file})", f"]({page})")


def keep_bars(app, kind, name, thing, options, lines):
    """Keep ``|C|`` in docstrings from being read as a substitution."""
    lines[:] = [
        line if ".. math" in line or line.startswith("    \\")
        else "".join(
            part if part.startswith("``") else part.replace("|", "\\|") for part in re.split(r"(``.*?``)", line)
        )
        for line in lines
    ]  # fmt: skip


def setup(app):
    app.connect("source-read", link_to_pages)
    app.connect("autodoc-process-docstring", keep_bars, priority=400)
