"""Write the table of all keys in config/README.md from the schema (make config-docs)."""

from pathlib import Path

from glassmap.workflow.config import describe, load_schema

ROOT = Path(__file__).parents[1]
START, END = "<!-- table of keys -->\n", "<!-- end of table -->\n"

page = ROOT / "config/README.md"
before, rest = page.read_text().split(START)
after = rest.split(END)[1]
table = describe(load_schema(ROOT / "workflow/schemas/config.schema.yaml"))
page.write_text(before + START + table + END + after)
