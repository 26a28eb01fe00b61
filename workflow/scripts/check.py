"""Rule check: what the study needs from this machine, and what is there."""

from pathlib import Path

import torch

from glassmap.workflow.logging import job
from glassmap.workflow.machine import describe
from glassmap.workflow.paths import Paths

with job(snakemake.log[0], "check"):
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    results = Path(Paths(snakemake.config["study"]).root)
    print("\n".join(describe(snakemake.config, results, gpu)), flush=True)
