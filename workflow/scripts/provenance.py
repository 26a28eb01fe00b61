"""Rule provenance: which code, programs, configuration and seeds made the study, where, and at what cost."""

import json
from pathlib import Path

from glassmap.io.datasets import atomic_write
from glassmap.workflow.logging import job
from glassmap.workflow.paths import Paths
from glassmap.workflow.provenance import jobs, record

files, config = snakemake.input, snakemake.config
with job(snakemake.log[0], "provenance") as report:
    paths = Paths(config["study"])
    # a record that is made again does not count the one before, nor the report of it
    measured = [
        one for one in jobs(Path(paths.benchmarks), Path(paths.logs)) if one.rule not in (snakemake.rule, "report_page")
    ]
    content = record(config, Path(snakemake.scriptdir).parents[1], Path(files.pins).read_text(), measured)
    report(f"{len(measured)} jobs, commit {content['git']['commit']}")
    with atomic_write(snakemake.output[0]) as part:
        part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
