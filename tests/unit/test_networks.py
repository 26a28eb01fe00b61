"""Classifiers on pictures and on graphs: what they see, what they learn, and that files keep all of it."""

import numpy as np
import pytest
import torch

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.io.schema import variable
from glassmap.learning.networks import (
    NETWORKS,
    Configurations,
    Pictures,
    Windows,
    load_network,
    new_network,
    predict,
    save_network,
    schedule_of,
    train_network,
)
from glassmap.structure.picture import picture
from glassmap.workflow.options import StudyFileSwanson2020Graph, StudyFileSwanson2020Image

SIDE, SPECIES = 8.0, np.repeat([0, 1], [42, 22])
OPTIONS = {
    "image_cnn": {
        **StudyFileSwanson2020Image().model_dump(),
        **{"size": 30, "channels": [6, 8], "kernel_sizes": [5, 3], "dense": 16, "dropout": 0.0, "epochs": 25},
        **{"batch_size": 5, "learning_rates": [3e-4, 3e-3, 3e-4]},
    },
    "d_mpnn": {
        **StudyFileSwanson2020Graph().model_dump(),
        **{"hidden": 16, "epochs": 8, "learning_rates": [1e-3, 1e-2, 1e-3]},
    },
}


def configurations(rng: np.random.Generator, number: int) -> tuple[Configurations, np.ndarray]:
    """Gases, class 0, and square lattices with a little noise, class 1, moved at random."""
    lattice = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    gases = rng.random((number, 64, 2)) * SIDE
    noise = rng.normal(0, 0.05, (number, 64, 2))
    crystals = np.stack([lattice[rng.permutation(64)] for _ in range(number)]) + noise + rng.random((number, 1, 2))
    positions = np.mod(np.concatenate([gases, crystals]), SIDE)
    return Configurations(positions, SPECIES, Box.cube(SIDE, 2)), np.repeat([0, 1], number)


@pytest.fixture(params=NETWORKS)
def kind(request) -> str:
    return request.param


def trained(kind: str, seed: int = 1, **changes):
    torch.set_num_threads(1)
    options = {**OPTIONS[kind], **changes}
    training = configurations(np.random.default_rng(1), 12)
    validation = configurations(np.random.default_rng(2), 5)
    network = new_network(kind, options, training[0], 2, seed)
    history, best = train_network(network, training, validation, schedule_of(options), seed)
    return network, history, best


def test_it_learns_an_easy_pair_and_files_keep_it(kind, tmp_path):
    network, history, best = trained(kind)
    assert len(history) == OPTIONS[kind]["epochs"] and best.validation_accuracy == 1.0
    others, classes = configurations(np.random.default_rng(3), 6)
    samples = network.samples_of(others, np.random.default_rng(4))
    logits = predict(network, samples)
    np.testing.assert_array_equal(logits.argmax(axis=1), classes)
    save_network(tmp_path / "model.pt", network)
    loaded = load_network(tmp_path / "model.pt")
    assert loaded.kind == kind and loaded.sampling == network.sampling and not loaded.module.training
    np.testing.assert_array_equal(predict(loaded, loaded.samples_of(others, np.random.default_rng(4))), logits)


def test_the_same_seed_gives_the_same_network(kind):
    (first, history, _), (second, again, _), (other, _, _) = (trained(kind, seed, epochs=2) for seed in (1, 1, 2))
    assert history == again
    weights = [next(network.module.parameters()) for network in (first, second, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_files_that_hold_no_network_are_refused_in_a_line(tmp_path, kind):
    path = tmp_path / "model.pt"
    with pytest.raises(GlassmapError, match=r"model\.pt: no such model file"):
        load_network(path)
    network = new_network(kind, OPTIONS[kind], configurations(np.random.default_rng(1), 3)[0], 2, 1)
    save_network(path, network)
    content = torch.load(path, weights_only=True)
    torch.save({**content, "kind": "forest"}, path)
    with pytest.raises(GlassmapError, match=r"model\.pt: not a model of this workflow .*kind forest"):
        load_network(path)
    torch.save({**content, "weights": {}}, path)
    with pytest.raises(GlassmapError, match=r"model\.pt: not a model of this workflow"):
        load_network(path)
    path.write_bytes(b"PK")
    with pytest.raises(GlassmapError, match=r"model\.pt: truncated model"):
        load_network(path)


def test_pictures_move_and_turn_in_training_alone(rng):
    some, _ = configurations(rng, 3)
    draw = Pictures(30).drawn(some)
    expected = [picture(one, SPECIES, some.box, size=30) for one in some.positions]
    np.testing.assert_array_equal(draw(np.random.default_rng(0), False), expected)
    moved = draw(np.random.default_rng(0), True)
    assert moved.shape == (6, 30, 30, 3) and (moved != expected).any(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(Pictures(30, augmentation=()).drawn(some)(np.random.default_rng(0), True), expected)
    # turned alone: the same pixels in another order, whatever the turn
    turned = Pictures(30, augmentation=("symmetries",)).drawn(some)(np.random.default_rng(0), True)
    np.testing.assert_array_equal(turned.sum(axis=(1, 2)), np.sum(expected, axis=(1, 2)))


def test_windows_are_new_every_time_but_whole_configurations_are_not(rng):
    some, _ = configurations(rng, 4)
    whole = Windows(neighbours=2).drawn(some)
    assert [len(graph.particle) for graph in whole(rng, True)] == [64] * 8
    for neighbours_of in ("configuration", "window"):
        draw = Windows(neighbours=2, window=0.5, neighbours_of=neighbours_of).drawn(some)
        first, second = draw(rng, True), draw(rng, True)
        assert any(one.particle.tolist() != other.particle.tolist() for one, other in zip(first, second, strict=True))
        assert np.mean([len(graph.particle) for graph in first]) == pytest.approx(16, abs=6)
    with pytest.raises(GlassmapError, match="neighbours: got 9, but the window holds"):
        Windows(neighbours=9, window=0.2, neighbours_of="window").drawn(some)(rng, False)


def test_configurations_of_a_result_file():
    import xarray as xr

    positions = np.random.default_rng(5).random((3, 64, 2)) * SIDE
    dataset = xr.Dataset(
        {
            "position": variable(("sample", "particle", "axis"), positions, "sigma*", "positions"),
            "species": variable(("particle",), SPECIES, "1", "species"),
            "box_length": variable((), SIDE, "sigma*", "side of the box"),
        }
    )
    found = Configurations.of_dataset(dataset)
    assert found.box == Box.cube(SIDE, 2) and len(found.take([2, 0])) == 2
    np.testing.assert_array_equal(found.take([2, 0]).positions, positions[[2, 0]])
