"""One table over all networks of a study, whatever they see: density fields, pictures or graphs."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch
import xarray as xr

from glassmap.io.datasets import files_by_key, read_dataset, read_table, select_replicas
from glassmap.io.exclusions import crystallised_replicas
from glassmap.io.schema import CONFIGURATIONS, CRYSTALS, HISTORY, PREDICTIONS, gradcam
from glassmap.io.splits import REPORTED_SPLIT
from glassmap.learning.attention import configuration_attention
from glassmap.learning.cnn import GLASS
from glassmap.learning.cross_validation import TEST
from glassmap.learning.gradcam import grad_cam, rectify
from glassmap.learning.image_cnn import map_at_particles
from glassmap.learning.message_passing import NONE
from glassmap.learning.names import ATTENTION, D_MPNN, DENSITY_CNN, GRADCAM, IMAGE_CNN
from glassmap.learning.networks import Configurations, Network, load_network
from glassmap.learning.training import has_failed
from glassmap.papers.swanson2020.tables import COLUMNS
from glassmap.statistics import area_under_curve, finite_deviation, finite_mean, pearson
from glassmap.structure.indicators import Parameters, tong_tanaka, voronoi_volume
from glassmap.structure.neighbour_graph import neighbour_graph
from glassmap.structure.picture import pixels
from glassmap.system import pair_matrix

CPU = torch.device("cpu")
SEES = {DENSITY_CNN: "density field", IMAGE_CNN: "picture", D_MPNN: "graph of neighbours"}
INDICATORS: dict[str, Callable] = {"theta": tong_tanaka, "upsilon": voronoi_volume}


def architectures(files: SimpleNamespace, params: SimpleNamespace) -> pd.DataFrame:
    """Test accuracy, AUC and what the particle scores in glasses go with, for every kind of network of the study.

    Scores are Grad-CAM's of the class glass for networks with convolutions, and the attention of graph classifiers;
    correlations with the Tong-Tanaka order parameter Theta and the Voronoi volume Upsilon are bare, within each test
    glass that the network recognises, and means over these and over networks. Networks of all kinds that failed in
    training, by `has_failed`, are left out, and so are replicas that crystallised.
    """
    torch.set_num_threads(1)  # more change the order of summation
    glasses = {
        name: read_dataset(path, CONFIGURATIONS) for name, path in zip(params.datasets, files.glasses, strict=True)
    }
    rows = []
    if files.gradcam:
        of_density = {
            what: files_by_key(getattr(files, what), params.datasets, params.seeds)
            for what in ("density_predictions", "density_history", "gradcam")
        }
        flags = files_by_key(files.crystals, params.datasets, params.phases)
        for dataset in params.datasets:
            crystals = {phase: read_table(flags[dataset, phase], CRYSTALS) for phase in params.phases}
            found = [
                _density_network(
                    *(of_density[what][dataset, seed] for what in of_density),
                    dataset,
                    glasses[dataset],
                    crystals,
                    params,
                )
                for seed in params.seeds
            ]
            known = [one for one in found if one is not None]
            rows.append(_row(dataset, DENSITY_CNN, GRADCAM, known, params))
    by_network: dict[tuple[str, str], list[dict]] = {}
    scores: dict[tuple[str, str], str] = {}
    given = zip(params.networks, files.models, files.predictions, files.histories, strict=True)
    for (dataset, name, _), model, predictions, history in given:
        network = load_network(model)
        scores[dataset, name] = GRADCAM if network.kind == IMAGE_CNN else ATTENTION
        learned = by_network.setdefault((dataset, name), [])
        if not has_failed(read_table(history, HISTORY), params.failed_below):
            learned.append(_pair_network(network, read_table(predictions, COLUMNS), dataset, glasses[dataset], params))
    for (dataset, name), found in by_network.items():
        rows.append(_row(dataset, name, scores[dataset, name], found, params))
    table = pd.DataFrame(rows)
    return table.sort_values("dataset", key=lambda names: names.map(params.datasets.index), kind="stable")


def _row(dataset: str, network: str, score: str, found: list[dict], params: SimpleNamespace) -> dict:
    row = {"dataset": dataset, "network": network, "sees": SEES[network.partition("-")[0]], "score": score}
    row |= {"networks": len(found), "test_glasses": sum(one["glasses"] for one in found)}
    for quantity in ("accuracy", "auc", *(f"c_{name}" for name in INDICATORS)):
        values = np.array([one[quantity] for one in found], dtype=float)
        row |= {quantity: float(finite_mean(values)), f"{quantity}_std": float(finite_deviation(values))}
    return row


def _density_network(
    predictions: str,
    history: str,
    scores: str,
    dataset: str,
    glasses: xr.Dataset,
    crystals: Mapping[str, pd.DataFrame],
    params: SimpleNamespace,
) -> dict | None:
    """Results of a network of the first paper; None if it failed in training.

    Crystals, by phase, are left out: the other networks are asked about none.
    """
    if has_failed(read_table(history, HISTORY), params.failed_below):
        return None
    table = read_table(predictions, PREDICTIONS)
    test = table[table["split"] == REPORTED_SPLIT]
    amorphous = [
        of_phase[~crystallised_replicas(crystals[phase], of_phase["replica"].to_numpy())]
        for phase, of_phase in test.groupby("phase", sort=False)
        if phase in crystals
    ]
    test = pd.concat(amorphous)
    classes = (test["phase"] == params.phases[GLASS]).to_numpy().astype(int)
    said = test[f"p_{params.phases[GLASS]}"].to_numpy()
    right = (test["predicted"] == test["phase"]).to_numpy()
    gamma = read_dataset(scores, gradcam())
    gamma = gamma.isel(sample=np.isin(gamma["replica"].values, _recognised(test, right, params)))
    of_right = select_replicas(gamma, glasses, scores)
    return {
        "accuracy": float(right.mean()),
        "auc": area_under_curve(said, classes),
        "glasses": of_right.sizes["sample"],
        **_correlations(gamma["gamma"].values, of_right, dataset, params),
    }


def _pair_network(
    network: Network, table: pd.DataFrame, dataset: str, glasses: xr.Dataset, params: SimpleNamespace
) -> dict:
    """Results of the network of a fold on its own test samples."""
    test = table[(table["tested"] == dataset) & (table["split"] == TEST)]
    classes, logits = (test["phase"] == params.phases[GLASS]).to_numpy().astype(int), test["logit"].to_numpy()
    right = (logits > 0) == (classes == 1)
    of_right = glasses.isel(sample=np.isin(glasses["replica"].values, _recognised(test, right, params)))
    # without any there is nothing to make pictures or graphs of
    gamma = particle_scores(network, Configurations.of_dataset(of_right)) if of_right.sizes["sample"] else None
    return {
        "accuracy": float(right.mean()),
        "auc": area_under_curve(logits, classes),
        "glasses": of_right.sizes["sample"],
        **_correlations(gamma, of_right, dataset, params),
    }


def _recognised(test: pd.DataFrame, right: np.ndarray, params: SimpleNamespace) -> np.ndarray:
    """Replicas of the glasses that a network calls glasses, of its test samples and whether it is right of each."""
    return test.loc[right & (test["phase"] == params.phases[GLASS]), "replica"].to_numpy()


def particle_scores(network: Network, configurations: Configurations) -> np.ndarray:
    """Score of every particle, shape (S, N): Grad-CAM of the class glass at its pixel, or its share of the attention.

    NaN for a graph classifier without attention.
    """
    positions, species, box = configurations.positions, configurations.species, configurations.box
    if network.kind == IMAGE_CNN:
        pictures = network.samples_of(configurations, np.random.default_rng(0))
        _, signed = grad_cam(network.module, pictures, CPU)
        size, limits = network.sampling.size, network.sampling.limits
        return np.stack(
            [
                map_at_particles(rectify(one), *pixels(at, box, size=size, limits=limits), size)
                for one, at in zip(signed[GLASS].astype(float), positions, strict=True)
            ]
        )
    shape, sampling = network.module.architecture, network.sampling
    if shape.attention == NONE or shape.steps < 2:
        return np.full(positions.shape[:2], np.nan)
    graphs = [neighbour_graph(one, species, box, sampling.neighbours) for one in positions]
    return configuration_attention(network.module, graphs, CPU, sampling.window, network.batch_size)


def _correlations(
    gamma: np.ndarray | None, glasses: xr.Dataset, dataset: str, params: SimpleNamespace
) -> dict[str, float]:
    """Mean over glasses of the correlation within each, with every indicator that is defined in its dimension.

    NaN without glasses.
    """
    configurations = Configurations.of_dataset(glasses)
    found = {f"c_{name}": np.nan for name in INDICATORS}
    if gamma is None or not len(configurations):
        return found
    parameters = Parameters(configurations.box, pair_matrix(params.contact[dataset]))
    for name, indicator in INDICATORS.items():
        if configurations.box.dimension == 2 or indicator is voronoi_volume:
            values = np.stack([indicator(one, configurations.species, parameters) for one in configurations.positions])
            found[f"c_{name}"] = float(finite_mean(pearson(gamma, values)))
    return found
