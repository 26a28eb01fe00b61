"""Table of the other attribution methods."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from glassmap.analysis.attribution_comparison import (
    COARSE_GRAINED,
    TRAINED,
    compare,
    completeness_rows,
    maps_for_class,
    network_rows,
    propensity_correlation,
    replica_weights,
)
from glassmap.analysis.method import Method
from glassmap.analysis.unreached import why_not_reached
from glassmap.dynamics.propensity import nearest_frame
from glassmap.io.datasets import files_by_key, read_dataset, select_replicas
from glassmap.io.exclusions import CRYSTAL
from glassmap.io.schema import ATTRIBUTIONS, CONFIGURATIONS, PROPENSITY
from glassmap.learning.map_class import OWN, is_dead, map_classes
from glassmap.learning.map_ensemble import networks_of, read_network_maps
from glassmap.papers.oyama2023.method import METHODS, coarse_graining
from glassmap.seeds import derive_seed


def attributions_table(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Correlations of the attribution methods with Grad-CAM, structure and dynamics."""
    tables, keys, method = [], (params.systems, params.phases), METHODS[params.protocol]
    of_system = coarse_graining(params.lengths, files.measured_lengths)
    of_configurations = files_by_key(files.configurations, *keys)
    # a study without dynamics has no propensity
    of_propensity = files_by_key(files.propensity, params.systems) if files.propensity else {}
    for system, phase, networks in networks_of(files, *keys, params.seeds, params.failed_below):
        samples, path = networks.indicators, of_configurations[system, phase]
        configurations = select_replicas(samples, read_dataset(path, CONFIGURATIONS), path)
        positions, box_length = configurations["position"].values, float(configurations["box_length"])
        lengths = of_system[system][method]
        known_lengths = np.isfinite([lengths["dynamics"], lengths["propensity"]]).all()
        seed = derive_seed(params.base_seed, system, "bootstrap over samples")
        weights = replica_weights(networks, params.bootstrap_samples, seed)
        is_glass = networks.replica == params.configuration
        known = phase == params.phases[1] and of_propensity
        frames, missing = _propensity_frames(of_propensity[system,], method, params) if known else ({}, {})
        for map_class in map_classes(phase, params.phases):
            for kind, of_kind in _maps_by_kind(files, params, samples, system, phase, map_class).items():
                numbers, label = [number for number, _ in of_kind], "seed" if kind == TRAINED else "draw"
                gamma, maps, errors = (
                    np.stack([selected[name] for _, selected in of_kind]) for name in ("gamma", "map", "error")
                )
                with_structure = compare(maps, gamma, networks, positions, box_length, lengths["correlations"], method)
                with_dynamics = {
                    name: propensity_correlation(
                        gamma[:, :, is_glass], propensity, positions[is_glass][0], box_length, lengths, method
                    )
                    for name, propensity in frames.items()
                }
                dead = is_dead(gamma)
                # null networks are no classifiers; keep their misclassified samples
                not_counted = (
                    networks.not_counted
                    if kind == TRAINED
                    else np.repeat(np.where(networks.crystallised, CRYSTAL, "")[None], len(of_kind), axis=0)
                )
                methods, classes = (of_kind[0][1][name].tolist() for name in ("method", "map_class"))
                for index, (attribution, target) in enumerate(zip(methods, classes, strict=True)):
                    of_method = [
                        network_rows(
                            {name: values[:, index] for name, values in with_structure.items()},
                            dead[:, index], not_counted, numbers, weights, label,
                            () if np.isfinite(lengths["correlations"]) else COARSE_GRAINED,
                        ),
                        network_rows(
                            {name: values[:, index] for name, values in with_dynamics.items()},
                            dead[:, index][:, is_glass], not_counted[:, is_glass], numbers, weights[:, is_glass],
                            label, () if known_lengths else with_dynamics,
                        ),
                    ]  # fmt: skip
                    unreached = {"network": "mean", "networks": 0, "samples": 0, "dead": 0}
                    of_method.append(
                        pd.DataFrame([unreached | {"quantity": name, "note": note} for name, note in missing.items()])
                    )
                    if attribution == "integrated_gradients":
                        of_method.append(completeness_rows(errors[:, index], not_counted, numbers, label))
                    table = pd.concat([part for part in of_method if len(part)])
                    head = {
                        "system": system, "phase": phase, "network_kind": kind, "map_class": target,
                        "method": attribution,
                    }  # fmt: skip
                    for column, value in reversed(head.items()):
                        table.insert(0, column, value)
                    tables.append(table)
    return pd.concat(tables)


def _propensity_frames(
    path: str, method: Method, params: SimpleNamespace
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Propensity at each target mean displacement, by name of the correlation with it; why others are not reached."""
    ensemble = read_dataset(path, PROPENSITY)
    field, delta = ensemble[method.propensity].values, ensemble[method.delta].values
    frames, missing = {}, {}
    for target in params.targets["targets"]:
        name, frame = f"c_delta_{target}", nearest_frame(delta, target, params.targets["tolerance"])
        if frame is None:
            missing[name] = f"delta = {target:g} {why_not_reached(delta[None], target)}"
        else:
            frames[name] = field[frame]
    return frames, missing


def _maps_by_kind(
    files: SimpleNamespace, params: SimpleNamespace, samples: xr.Dataset, system: str, phase: str, map_class: str
) -> dict[str, list[tuple[int, dict]]]:
    """Seed (or draw) and maps of every network of one system and phase, by kind of network."""
    keys = (params.systems, params.phases)
    of_gradcam, of_attributions = (
        files_by_key(paths, *keys, params.seeds) for paths in (files.gradcam, files.attributions)
    )
    of_null_networks = files_by_key(files.control_attributions, *keys, [tuple(key) for key in params.null_networks])
    suffix = f"_{phase}" if map_class == OWN else ""
    by_kind = {}
    for seed in params.seeds:
        path = of_gradcam[system, phase, seed]
        cam = select_replicas(samples, read_network_maps(path, seed, suffix), path)
        path = of_attributions[system, phase, seed]
        methods = select_replicas(samples, read_dataset(path, ATTRIBUTIONS), path)
        gradcam = cam[f"cam_signed{suffix}"].values, cam[f"gamma{suffix}"].values
        by_kind.setdefault(TRAINED, []).append((seed, maps_for_class(methods, map_class, gradcam)))
    for null, draw in params.null_networks:
        path = of_null_networks[system, phase, (null, draw)]
        methods = select_replicas(samples, read_dataset(path, ATTRIBUTIONS), path)
        by_kind.setdefault(null, []).append((draw, maps_for_class(methods, map_class)))
    return by_kind
