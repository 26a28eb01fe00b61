"""Rule ship_samples: a batch of cooled replicas, small enough for a repository."""

from glassmap.contract import BATCH
from glassmap.files import read_dataset, write_dataset
from glassmap.job import job
from glassmap.sample_files import PRECISION, to_ship

with job(snakemake.log[0], f"ship {snakemake.wildcards.system} batch {snakemake.wildcards.batch}"):
    batch = read_dataset(snakemake.input.batch, BATCH)
    dataset = to_ship(batch, snakemake.params.temperatures)
    write_dataset(dataset, snakemake.output.batch, batch.attrs, precision={"position": PRECISION})
