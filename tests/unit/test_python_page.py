"""docs/python.md: its lines run as they stand, and give what independent computations give."""

import re

import numpy as np
import pytest
import reference
import torch
from captum.attr import LayerGradCam
from repository import REPOSITORY
from trajectories import Configuration, write_gsd

from glassmap.learning.cnn import GLASS, Architecture, Protocol, initialise, new_classifier, save_model, train
from glassmap.structure.density_grid import configuration_kernel

COUNTS, RUNS, GRID, DENSITY = [1300, 700], 4, 20, 1.2  # of the page: the Kob-Andersen mixture
LENGTH = np.sqrt(sum(COUNTS) / DENSITY)
SIGMA, CONTACT = np.array([[1.0, 0.8], [0.8, 0.88]]), np.array([[1.0, 0.94], [0.94, 0.88]])


def block() -> str:
    """The code of the page."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", (REPOSITORY / "docs/python.md").read_text(), flags=re.M | re.S)
    return code


def sample(rng, disorder: float) -> np.ndarray:
    """Particles moved off a lattice at random."""
    sites = np.stack(np.meshgrid(np.arange(50), np.arange(40)), -1).reshape(-1, 2) * LENGTH / np.array([50, 40])
    return np.mod(sites + rng.normal(0, disorder, sites.shape), LENGTH)


def trained_network(rng, types):
    """A small network that has seen eight liquids and eight glasses."""
    classes = np.repeat([0, 1], 8)
    samples = [sample(rng, (0.4, 0.1)[label]) for label in classes]
    model = new_classifier(Architecture(GRID, channels=(4, 6), kernel_size=3, dense=8), 5)
    density = [configuration_kernel(one, types - 1, SIGMA, LENGTH, GRID).density() for one in samples]
    fields = model.normalisation(np.stack(density))
    initialise(model, "contrast", fields)
    protocol = Protocol(learning_rate=1e-3, epochs=3)
    for _ in train(model, (fields, classes), (fields, classes), protocol, 5, torch.device("cpu")):
        pass
    return model.eval()


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """What the page computes, and the glass, its species, the displacements of the runs and the network."""
    rng, folder = np.random.default_rng(7), tmp_path_factory.mktemp("page")
    types = rng.permutation(np.repeat([1, 2], COUNTS))
    glass = sample(rng, 0.15)
    moved = rng.normal(0, 0.3, (RUNS, *glass.shape)) + [3.0, -2.0]  # with a drift across the box
    frames = [glass, *np.mod(glass + moved, LENGTH)]
    nothing = np.zeros(len(types))
    write_gsd(folder / "glass.gsd", *(Configuration(one, types, np.full(2, LENGTH), nothing) for one in frames))
    network = trained_network(rng, types)
    save_model(folder / "model.pt", network)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        names = {}
        exec(block(), names)
    order = np.argsort(types, kind="stable")
    return names, glass[order], types[order] - 1, moved[:, order], network


def test_it_takes_fifteen_lines():
    assert len([line for line in block().splitlines() if line]) <= 15


def test_theta_and_upsilon_are_those_of_scipy(computed):
    names, glass, species, _, _ = computed
    np.testing.assert_allclose(names["theta"], reference.tong_tanaka(glass, species, LENGTH, CONTACT), atol=1e-4)
    np.testing.assert_allclose(names["upsilon"], reference.voronoi(glass, LENGTH)[0], rtol=1e-4)


def test_gamma_is_that_of_captum_shared_out_by_the_density(computed):
    """All particles at all points of the grid (v2 supplement, Eqs. S1-S4)."""
    names, glass, species, _, network = computed
    points = np.stack(np.meshgrid(*[np.arange(GRID) * LENGTH / GRID] * 2, indexing="ij"), -1).reshape(-1, 2)
    away = np.abs(points[:, None] - glass)
    distance = np.linalg.norm(np.minimum(away, LENGTH - away), axis=-1)
    own = SIGMA.diagonal()[species]
    weight = np.exp(-((distance * np.sqrt(0.64 * len(glass)) / LENGTH / own) ** 2)) * (distance <= 2.5 * own)
    density = weight.sum(axis=1)
    field = (density - density.min()) / np.ptp(density)
    tensor = torch.from_numpy(field.reshape(1, 1, GRID, GRID)).float()
    with torch.enable_grad():
        cam = LayerGradCam(network, network.features[-1]).attribute(tensor, GLASS, relu_attributions=True)
    expected = weight.T @ (cam.detach().numpy().ravel() / density)
    assert expected.std() > 0
    np.testing.assert_allclose(names["gamma"], expected, rtol=1e-3, atol=1e-4 * expected.max())


def test_the_propensity_is_the_mean_over_runs_of_what_cages_do_not_share(computed):
    names, glass, _, moved, _ = computed
    expected = np.zeros(len(glass))
    for particle, neighbours in enumerate(reference.voronoi_neighbours(glass, LENGTH)):
        cage = [particle, *set(neighbours)]
        relative = moved[:, particle] - moved[:, cage].mean(axis=1)
        expected[particle] = np.linalg.norm(relative, axis=-1).mean()
    np.testing.assert_allclose(names["propensity"], expected, atol=1e-5)  # single precision of the box
