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
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

default_role = "py:obj"  # a name in backticks is a link to it
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say more: shapes and units
add_module_names = False
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

# files outside docs/ that a page here stands for; GitHub shows the files, the site the pages
PAGES = {"../config/README.md": "configuration.md", "../CHANGELOG.md": "changelog.md"}


def link_to_pages(app, name, source):
    """Turn links to included files into links to the pages that include them."""
    for file, page in PAGES.items():
        source[0] = source[0].replace(f"]({file})", f"]({page})")


def keep_bars(app, kind, name, thing, options, lines):
    """Keep ``|C|`` in docstrings, though not in code and mathematics, from being read as a substitution."""
    text = "\n".join(lines)
    parts = re.split(r"(``.*?``|^\.\. math::.*\n(?:\n| .*\n)*)", text, flags=re.M)
    parts[::2] = (part.replace("|", r"\|") for part in parts[::2])
    lines[:] = "".join(parts).split("\n")


def setup(app):
    app.connect("source-read", link_to_pages)
    app.connect("autodoc-process-docstring", keep_bars, priority=400)
