"""Rule table3: lengths of the dynamics, of the best coarse-graining and of the structure."""

from glassmap.io.datasets import read_dataset, read_table, write_table
from glassmap.io.schema import LENGTHS, SPATIAL
from glassmap.papers.oyama2023.tables import REFERENCE_COLUMNS
from glassmap.papers.oyama2023.tables_dynamics import table3, zero_crossings
from glassmap.seeds import derive_seed
from glassmap.workflow.logging import job

with job(snakemake.log[0], "table3"):
    params, files = snakemake.params, snakemake.input
    lengths, zeros = {}, {}
    for system, measured, spatial in zip(params.systems, files.lengths, files.spatial, strict=True):
        lengths[system] = read_dataset(measured, LENGTHS)
        seed = derive_seed(params.base_seed, system, "bootstrap over samples")
        zeros[system] = zero_crossings(read_dataset(spatial, SPATIAL), params.bootstrap_samples, seed)
    write_table(table3(lengths, zeros, read_table(files.reference, REFERENCE_COLUMNS)), snakemake.output.table)
