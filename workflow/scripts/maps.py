"""Rule maps: the indicators of one glass configuration, particle by particle."""

from glassmap.contract import CONFIGURATIONS, GRADCAM, HISTORY, PREDICTIONS
from glassmap.errors import GlassmapError
from glassmap.figures import particle_maps, save
from glassmap.files import read_dataset, read_table, same_replicas
from glassmap.indicators import INDICATORS
from glassmap.job import job
from glassmap.maps import choose_sample, panels
from glassmap.systems import pair_matrix
from glassmap.training import has_failed

params, files = snakemake.params, snakemake.input
with job(snakemake.log[0], f"maps {params.system}") as report:
    failed = [has_failed(read_table(path, HISTORY), params.failed_below) for path in files.history]
    chosen = failed.index(False) if False in failed else 0
    network = f"network {params.seeds[chosen]}{' (training failed)' if failed[chosen] else ''}"
    indicators = read_dataset(
        files.indicators[0], {**{name: ("sample", "particle") for name in INDICATORS}, "replica": ("sample",)}
    )
    test = same_replicas(indicators, read_dataset(files.configurations[0], CONFIGURATIONS), files.configurations[0])
    scores = same_replicas(indicators, read_dataset(files.gradcam[chosen], GRADCAM), files.gradcam[chosen])
    replicas = test["replica"].values
    try:
        sample = choose_sample(replicas, read_table(files.predictions[chosen], PREDICTIONS), params.sample)
    except GlassmapError as error:
        if not failed[chosen]:
            raise
        report(f"{error}; shown all the same, since no training succeeded")
        sample = 0
    positions, box_length = test["position"].values[sample], float(test["box_length"])
    xi = params.lengths[params.protocol]
    bare = {"gradcam": scores["gamma"].values[sample]}
    bare |= {name: indicators[name].values[sample] for name in INDICATORS}
    diameters = pair_matrix(params.sigma).diagonal()[test["species"].values]
    title = f"{params.system} glass, replica {replicas[sample]}, {network}, ξ = {xi:g} σ*"
    figure = particle_maps(
        positions,
        diameters,
        box_length,
        panels(bare, positions, box_length, xi, params.protocol, params.inverted),
        title,
    )
    save(figure, snakemake.output.figures)
