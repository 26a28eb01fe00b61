"""Rule crystals: which samples are crystals."""

from glassmap.io.datasets import read_dataset, write_table
from glassmap.io.schema import CONFIGURATIONS
from glassmap.structure.crystals import find_crystals
from glassmap.workflow.logging import job

name, criteria = snakemake.wildcards.system, snakemake.params.criteria
state = snakemake.wildcards.get("phase")  # of users' files and of swap; of replicas the glasses
where, samples = (f"{name} {state}", "samples") if state else (name, "glasses")
with job(snakemake.log[0], f"crystals {name}") as report:
    table = find_crystals(read_dataset(snakemake.input[0], CONFIGURATIONS), criteria)
    for row in table[table["crystallised"] == 1].itertuples():
        report(
            f"{where} replica {row.replica} ({row.split}) CRYSTALLISED: crystalline fraction "
            f"{row.crystalline_fraction:.3f}, amplitude of g(r) {row.amplitude:.3f}; left out of every average"
        )
    report(
        f"{where}: {table['crystallised'].sum()} of {len(table)} {samples} are crystals; largest crystalline "
        f"fraction {table['crystalline_fraction'].max():.3f}, amplitude of g(r) "
        f"{table['amplitude'].max():.3f}"
    )
    write_table(table, snakemake.output.crystals)
