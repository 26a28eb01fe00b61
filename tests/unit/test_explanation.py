"""What trained networks say of new configurations, against a computation by brute force and symmetries."""

import copy

import numpy as np
import pytest
import torch
from repository import read_study
from trajectories import Configuration, write_gsd

from glassmap.errors import ConfigurationError, GlassmapError
from glassmap.io.trajectories.samples import samples_of_system
from glassmap.learning.cnn import Architecture, Classifier, new_classifier
from glassmap.learning.explanation import AT_CHANCE, Explanation, explain, explain_samples
from glassmap.learning.normalisation import Normalisation
from glassmap.plotting.explanations import MappedSample, maps_beside_particles
from glassmap.system import System
from glassmap.workflow.config import resolve

GRID, LENGTH, COUNTS = 12, 9.0, (40, 20)
SIGMA = np.array([[1.0, 0.9], [0.9, 0.8]])
DENSITY = {"grid": GRID, "kernel_width": 1.0, "cutoff": 2.5}
SPECIES = np.repeat([0, 1], COUNTS)
ARCHITECTURE = Architecture(GRID, channels=(3, 5), kernel_size=3, dense=8)


@pytest.fixture
def positions(rng) -> np.ndarray:
    return rng.uniform(0, LENGTH, (4, sum(COUNTS), 2))


@pytest.fixture
def models() -> list[Classifier]:
    """Two networks that were not trained, which is the same to what is asked of them here."""
    return [new_classifier(ARCHITECTURE, seed, Normalisation("standardised", 4.0, 0.5)) for seed in (1, 2)]


def asked(models: list[Classifier], positions: np.ndarray, species: np.ndarray = SPECIES, **options):
    settings = {"trained": np.ones(len(models), bool), "sigma": SIGMA, "density": DENSITY}
    return explain(positions, species, LENGTH, models=models, device=torch.device("cpu"), **{**settings, **options})


def gammas(explanations: list[Explanation]) -> np.ndarray:
    """Shape (network, sample, particle)."""
    return np.stack([one.gamma for one in explanations], axis=1)


def probabilities(explanations: list[Explanation]) -> np.ndarray:
    """Shape (network, sample, class)."""
    return np.stack([one.probability for one in explanations], axis=1)


def by_brute_force(model: Classifier, positions: np.ndarray, target: int) -> tuple[np.ndarray, np.ndarray]:
    """Class probabilities and scores of one configuration: every particle with every grid point, Eqs. S2 to S4."""
    points = np.stack(np.meshgrid(*[np.arange(GRID) * LENGTH / GRID] * 2, indexing="ij"), -1)
    apart = points[None] - positions[:, None, None]
    squares = ((apart - LENGTH * np.round(apart / LENGTH)) ** 2).sum(-1)
    diameters = SIGMA.diagonal()[SPECIES][:, None, None]
    width = LENGTH / np.sqrt(0.64 * len(positions)) * diameters
    weight = np.exp(-squares / width**2) * (squares <= (2.5 * diameters) ** 2)
    density = weight.sum(0)
    activations = []
    hook = model.features.register_forward_hook(lambda *out: activations.append(out[2]))
    logits = model.eval()(torch.tensor((density - 4.0) / 0.5, dtype=torch.float32)[None, None])
    hook.remove()
    (gradient,) = torch.autograd.grad(logits[0, target], activations[0])
    signed = (gradient.mean((2, 3), keepdim=True) * activations[0]).sum(1)[0].detach().numpy()
    gamma = (np.maximum(signed, 0) * weight / density).sum((1, 2))
    return torch.softmax(logits[0].detach().double(), 0).numpy(), gamma


@pytest.mark.parametrize("target", [0, 1])
def test_classes_and_scores_are_those_of_brute_force(models, positions, target):
    found = asked(models, positions, map_class=target)
    for network, model in enumerate(models):
        for sample, one in enumerate(positions):
            probability, gamma = by_brute_force(model, one, target)
            np.testing.assert_allclose(found[sample].probability[network], probability, rtol=1e-5)
            np.testing.assert_allclose(found[sample].gamma[network], gamma, rtol=1e-4, atol=1e-5 * gamma.max())
    assert gammas(found).max() > 0


def test_neither_the_order_of_the_particles_nor_their_images_matter(models, positions, rng):
    order = rng.permutation(len(SPECIES))
    images = LENGTH * rng.integers(-3, 4, positions.shape)
    before = asked(models, positions)
    after = asked(models, (positions + images)[:, order], SPECIES[order])
    np.testing.assert_allclose(probabilities(after), probabilities(before), rtol=1e-5)
    np.testing.assert_allclose(gammas(after), gammas(before)[..., order], rtol=1e-4, atol=1e-7)


def test_a_translation_by_grid_cells_moves_the_maps_with_the_particles(models, positions):
    """Exactly so if the dense layer does not know where it looks: its weights are the same at every grid point."""
    for model in models:
        dense = model.head[1]
        by_channel = dense.weight.data.reshape(len(dense.weight), -1, GRID**2)
        dense.weight.data = (
            by_channel.mean(2, keepdim=True).expand_as(by_channel).reshape(len(dense.weight), -1).clone()
        )
    before = asked(models, positions, map_class=1)
    after = asked(models, positions + np.array([5, -2]) * LENGTH / GRID, map_class=1)
    assert (gammas(before).max(axis=-1) > 0).any()
    np.testing.assert_allclose(probabilities(after), probabilities(before), rtol=1e-5)
    np.testing.assert_allclose(gammas(after), gammas(before), rtol=1e-4, atol=1e-5 * gammas(before).max())


def test_the_own_class_of_a_sample_is_what_the_mean_over_trained_networks_says(models, positions):
    """For all networks the same; a network at chance has no vote and is in no mean."""
    of_class = [asked(models, positions, map_class=target) for target in (0, 1)]
    for trained in ([True, True], [True, False], [False, True]):
        for sample, one in enumerate(asked(models, positions, trained=np.array(trained))):
            votes = one.probability[np.array(trained), 1]
            assert one.explained == int(votes.mean() > 0.5)
            np.testing.assert_array_equal(one.gamma, of_class[one.explained][sample].gamma)
            np.testing.assert_allclose(one.mean_probability[1], votes.mean())
            np.testing.assert_allclose(one.mean_gamma, one.gamma[np.array(trained)].mean(0))


def test_the_table_has_every_network_and_their_mean(models, positions):
    said = Explanation(
        np.array([[0.2, 0.8], [0.6, 0.4], [0.9, 0.1]]), np.zeros((3, 5)), 1, np.array([True, True, False])
    )
    rows = said.rows([4, 5, 6], ["hot", "cold"])
    assert [(row["network"], row["predicted"], row["note"]) for row in rows] == [
        (4, "cold", ""), (5, "hot", ""), (6, "hot", AT_CHANCE), ("mean", "cold", ""),
    ]  # fmt: skip
    np.testing.assert_allclose([row["p_cold"] for row in rows], [0.8, 0.4, 0.1, 0.6])
    np.testing.assert_allclose([row["p_hot"] for row in rows], [0.2, 0.6, 0.9, 0.4])
    np.testing.assert_allclose([row["std_over_networks"] for row in rows], [np.nan] * 3 + [np.std([0.8, 0.4], ddof=1)])
    assert list(said.scores([4, 5, 6])) == ["gamma_4", "gamma_5", "gamma_6", "gamma_mean"]


SYSTEM = System("KAM", COUNTS, sum(COUNTS) / LENGTH**2, SIGMA, np.ones((2, 2)), 2.5)
OPTIONS = {"frames": "all", "length_unit": 1.0}


def trajectory(path, positions: np.ndarray, length: float = LENGTH) -> str:
    """A GSD file of the configurations."""
    box, charge = np.full(2, length), np.zeros(len(SPECIES))
    write_gsd(path, *(Configuration(one, SPECIES + 1, box, charge) for one in positions))
    return str(path)


def test_samples_are_explained_in_their_order_however_many_at_once(models, positions, tmp_path):
    file = trajectory(tmp_path / "new.gsd", positions)
    everything = asked(models, positions, map_class=1)

    def explainer(positions, species, box_length):
        assert len(positions) <= 3 and box_length == pytest.approx(LENGTH, rel=1e-6)
        return asked(models, positions, species, map_class=1)

    found = list(explain_samples(samples_of_system(SYSTEM, [file], OPTIONS), explainer, 3))
    assert [sample.frame for sample, _ in found] == [0, 1, 2, 3]
    for (_, said), expected in zip(found, everything, strict=True):
        np.testing.assert_allclose(said.probability, expected.probability, rtol=1e-5)
        np.testing.assert_allclose(said.gamma, expected.gamma, rtol=1e-4, atol=1e-6)


def test_another_box_is_refused_with_both_boxes_and_both_grid_spacings(positions, tmp_path):
    file = trajectory(tmp_path / "new.gsd", positions, 12.0)
    with pytest.raises(GlassmapError) as refusal:
        list(samples_of_system(SYSTEM, [file], OPTIONS, GRID))
    assert str(refusal.value) == (
        f"{file}, frame 0: a box of 12 x 12, that of KAM has 9; set density to 0.416666667, or leave it out; "
        "the networks know a grid spacing of 0.75, here it would be 1 x 1"
    )


def test_another_mixture_is_refused(positions, tmp_path):
    file = trajectory(tmp_path / "new.gsd", positions)
    other = System("ABM", (30, 30), SYSTEM.density, SIGMA, np.ones((2, 2)), 2.5)
    with pytest.raises(GlassmapError, match="frame 0: 40 of '1', 20 of '2'; must be 30 A, 30 B in every frame"):
        list(samples_of_system(other, [file], OPTIONS, GRID))


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"system": "XYZ"}, "explain.new.system: got XYZ, allowed: KAM, ABM"),
        ({"class": "crystal"}, "explain.new.class: got crystal, allowed: liquid, glass, own"),
        ({"species": {"A": "1"}}, "explain.new.species: got A, must be the species of systems.KAM: A, B"),
        ({"frames": "0"}, 'explain.new.frames: got "0", must match last|all|'),
        ({"format": "pdb"}, 'explain.new.format: got "pdb", allowed: gsd, lammps-dump'),
        ({"length_unit": 0}, "explain.new.length_unit: got 0.0, must be greater than 0"),
        ({"files": ""}, 'explain.new.files: got "", '),
        ({"replica": "file"}, "explain.new.replica: unknown key, allowed here: class, files, format, frames"),
    ],
)
def test_options_that_cannot_be_are_refused(schema, changes, said):
    study = copy.deepcopy(read_study())
    study["explain"] = {"new": {"system": "KAM", "files": "new.gsd", **changes}}
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    assert any(problem.startswith(said) for problem in refusal.value.problems), refusal.value.problems


def test_names_and_what_is_missing_are_refused(schema):
    study = copy.deepcopy(read_study())
    study["explain"] = {"new": {"system": "KAM"}, "../x": {"system": "KAM", "files": "new.gsd"}}
    study["papers"] = {"oyama2023": ["samples"]}
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    assert refusal.value.problems == [
        "explain.new.files: missing",
        "explain: got the name '../x', not a valid name of new configurations; must match "
        "^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$",
    ]
    study["explain"] = {"new": {"system": "KAM", "files": "new.gsd"}}
    with pytest.raises(ConfigurationError) as refusal:
        resolve(study, schema)
    (problem,) = refusal.value.problems
    assert problem.startswith("explain.new: the study has no networks to ask; papers.oyama2023 must have one of")


def test_maps_explain_the_second_state_unless_told_otherwise(schema):
    study = copy.deepcopy(read_study())
    study["explain"] = {"new": {"system": "KAM", "files": "new.gsd"}}
    assert resolve(study, schema)["explain"]["new"] == {
        "frames": "last", "length_unit": 1.0, "system": "KAM", "files": "new.gsd", "class": "glass",
    }  # fmt: skip


def test_a_figure_has_particles_and_values_and_says_where_a_map_is_dead(positions, rng):
    values = [rng.uniform(size=len(SPECIES)), np.full(len(SPECIES), np.nan)]
    samples = [
        MappedSample(f"new.gsd, frame {place}", "Γ", one, map_)
        for place, (one, map_) in enumerate(zip(positions, values, strict=False))
    ]
    figure = maps_beside_particles(samples, SPECIES, SIGMA.diagonal()[SPECIES], LENGTH, "KAM")
    panels = [axis for axis in figure.axes if axis.get_title()]
    assert [axis.get_title() for axis in panels] == [
        "(a) new.gsd, frame 0", "(b) Γ", "(c) new.gsd, frame 1", "(d) Γ",
    ]  # fmt: skip
    for axis, sample in zip(panels, np.repeat([0, 1], 2), strict=True):
        (discs,) = axis.collections
        np.testing.assert_array_equal(discs.get_offsets(), positions[sample])
    np.testing.assert_array_equal(panels[1].collections[0].get_array(), values[0])
    assert [text.get_text() for text in panels[3].texts] == ["the map is zero everywhere"]
    assert not panels[1].texts
