"""Write the JSON schema of a study file and the table of all keys in config/README.md (make config-docs)."""

from pathlib import Path

from glassmap.workflow.config import describe
from glassmap.workflow.options import json_schema, schema_file

ROOT = Path(__file__).parents[1]
START, END = "<!-- table of keys -->\n", "<!-- end of table -->\n"

page = ROOT / "config/README.md"
before, rest = page.read_text().split(START)
after = rest.split(END)[1]
table = describe(json_schema())
(ROOT / "workflow/schemas/config.schema.yaml").write_text(schema_file())
page.write_text(before + START + table + END + after)
