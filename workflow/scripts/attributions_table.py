"""Rule attributions_table: agreement of the methods of attribution with Grad-CAM, the structure and the dynamics."""

from itertools import product

import numpy as np
import pandas as pd

from glassmap.contract import ATTRIBUTIONS, CONFIGURATIONS, GRADCAM, OF_PROTOCOL, PROPENSITY
from glassmap.files import read_dataset, same_replicas, write_table
from glassmap.job import job
from glassmap.propensity import nearest_frame
from glassmap.seeds import derive_seed
from glassmap.tables_attribution import (
    compare,
    completeness_rows,
    networks_at,
    replica_weights,
    rows,
    usable_samples,
    with_propensity,
)

params, files = snakemake.params, snakemake.input
with job(snakemake.log[0], "attributions table") as report:
    tables = []
    for place, (system, phase) in enumerate(product(params.systems, params.phases)):
        networks = networks_at(files, place, params.seeds, params.failed_below, phase)
        samples, path = networks.indicators, files.configurations[place]
        configurations = same_replicas(samples, read_dataset(path, CONFIGURATIONS), path)
        positions, box_length = configurations["position"].values, float(configurations["box_length"])
        maps, gamma, errors = [], [], []
        for index in range(place * len(params.seeds), (place + 1) * len(params.seeds)):
            cam = same_replicas(samples, read_dataset(files.gradcam[index], GRADCAM), files.gradcam[index])
            path = files.attributions[index]
            other = same_replicas(samples, read_dataset(path, ATTRIBUTIONS), path)
            sent = other["map"].where(other["rectified"] == 0, np.maximum(other["map"], 0)).values
            maps.append(np.concatenate([np.maximum(cam["cam_signed"].values[None], 0), sent]))
            gamma.append(np.concatenate([cam["gamma"].values[None], other["gamma"].values]))
            if "completeness_error" in other:
                errors.append(other["completeness_error"].values)
        methods, gamma = ["gradcam", *other["method"].values.tolist()], np.stack(gamma)

        lengths, protocol = params.lengths[system], params.protocol
        found = compare(np.stack(maps), gamma, networks, positions, box_length, lengths["correlations"], protocol)
        usable, dead = usable_samples(networks), (gamma == 0).all(axis=-1)
        seed = derive_seed(params.base_seed, system, "bootstrap over samples")
        weights = replica_weights(networks, params.bootstrap_samples, seed)

        moved, one = {}, networks.replica == params.configuration
        if phase == "glass":
            ensemble = read_dataset(files.propensity[params.systems.index(system)], PROPENSITY)
            field, delta = (ensemble[name].values for name in OF_PROTOCOL[protocol])
            for target in params.targets["targets"]:
                frame = nearest_frame(delta, target, params.targets["tolerance"])
                if frame is None:
                    report(f"{system}: delta = {target:g} is not reached")
                    continue
                moved[f"c_delta_{target}"] = with_propensity(
                    gamma[:, :, one], field[frame], positions[one][0], box_length, lengths, protocol
                )
        for index, method in enumerate(methods):
            of_method = [
                rows({name: values[:, index] for name, values in found.items()}, dead[:, index], usable, params.seeds,
                     weights),
                rows({name: values[:, index] for name, values in moved.items()}, dead[:, index][:, one],
                     usable[:, one], params.seeds, weights[:, one]),
            ]  # fmt: skip
            if method == "integrated_gradients":
                of_method.append(completeness_rows(np.stack(errors), usable, params.seeds))
            table = pd.concat([part for part in of_method if len(part)])
            for column, value in reversed({"system": system, "phase": phase, "method": method}.items()):
                table.insert(0, column, value)
            tables.append(table)
    write_table(pd.concat(tables), snakemake.output.table)
