"""Rule ship_samples: a batch of cooled replicas, small enough for a repository."""

from glassmap.io.datasets import read_dataset, write_dataset
from glassmap.io.samples import PRECISION, compact_snapshots
from glassmap.io.schema import BATCH
from glassmap.workflow.logging import job

with job(snakemake.log[0], f"ship {snakemake.wildcards.system} batch {snakemake.wildcards.batch}"):
    batch = read_dataset(snakemake.input.batch, BATCH)
    dataset = compact_snapshots(batch, snakemake.params.temperatures)
    write_dataset(dataset, snakemake.output.batch, batch.attrs, precision={"position": PRECISION})
