"""Rule referee_page: what the network adds, in sentences, verdicts, a figure and tables."""

from pathlib import Path

from glassmap.analysis import network_agreement as ensemble
from glassmap.io.datasets import read_table, replacing
from glassmap.papers.oyama2023 import figures_controls
from glassmap.papers.oyama2023 import summary_page_attributions as referee_attributions
from glassmap.papers.oyama2023.summary_page import page
from glassmap.workflow.logging import job

FURTHER = {"attributions": "Other attributions", "layer_randomisation": "Layers put back to random weights"}

files = snakemake.input
with job(snakemake.log[0], "referee_page"):
    given = {title: files.get(name) for name, title in FURTHER.items()}
    further = {title: read_table(path, ["quantity", "value"]) for title, path in given.items() if path is not None}
    attributions = files.get("attributions")
    text = page(
        {"name": snakemake.config["study"], **snakemake.params.study},
        read_table(files.controls, figures_controls.COLUMNS),
        read_table(files.ensemble, ensemble.COLUMNS),
        Path(files.figure).read_bytes(),
        Path(files.template).read_text(encoding="utf-8"),
        further,
        [] if attributions is None else referee_attributions.section(
            read_table(attributions, referee_attributions.COLUMNS)
        ),
    )  # fmt: skip
    with replacing(snakemake.output.page) as part:
        part.write_text(text, encoding="utf-8")
