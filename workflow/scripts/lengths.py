"""Rule lengths: xi_Delta from the decay of the propensity, xi_alpha from the best correlation with it."""

from glassmap.contract import OF_PROTOCOL, PROPENSITY
from glassmap.fields import fields_of
from glassmap.files import provenance, read_dataset, write_dataset
from glassmap.job import job
from glassmap.lengths import Glass, measure
from glassmap.networks import read_networks

name, params, files = snakemake.wildcards.system, snakemake.params, snakemake.input
with job(snakemake.log[0], f"lengths {name}") as report:
    networks = read_networks(
        files.indicators[0],
        files.gradcam,
        files.predictions,
        files.history,
        files.crystals[0],
        params.seeds,
        params.failed_below,
        "glass",
    )
    glasses = []
    for replica, path in zip(params.configurations, files.propensity, strict=True):
        ensemble = read_dataset(path, PROPENSITY)
        glasses.append(
            Glass(
                replica,
                ensemble["initial_position"].values,
                float(ensemble["box_length"]),
                fields_of(networks, replica),
                {protocol: ensemble[field].values for protocol, (field, _) in OF_PROTOCOL.items()},
                {protocol: ensemble[delta].values for protocol, (_, delta) in OF_PROTOCOL.items()},
                ensemble["noise_ceiling_propensity"].values,
            )
        )
    dataset = measure(glasses, ensemble["time"].values, xi_paper=params.published, **params.lengths)
    for target, xi in zip(params.lengths["targets"], dataset["xi_delta"].values.T, strict=True):
        report(f"delta = {target:g}: xi_Delta = {xi}")
    if len(glasses) == 1:
        report("one configuration: no length can be chosen on others (propensity.configurations)")
    configuration = {"lengths": params.lengths, "published": params.published}
    attributes = provenance(snakemake.config["study"], params.base_seed, configuration, name)
    write_dataset(dataset, snakemake.output.lengths, attributes)
