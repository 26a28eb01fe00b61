"""The network, its training and its files."""

import numpy as np
import pandas as pd
import pytest
import torch

from glassmap.classifier import (
    CLASSES,
    Architecture,
    Protocol,
    evaluate,
    glass_probability,
    keep_best,
    load_model,
    make_deterministic,
    new_classifier,
    predict_logits,
    random_symmetries,
    save_model,
    start_with_unit_variance,
    train,
)
from glassmap.density import Normalisation
from glassmap.errors import GlassmapError
from glassmap.training import training_replicas

CPU = torch.device("cpu")
SMALL = Architecture(grid=10, channels=(4, 6), kernel_size=3, dense=16)


def stripes(number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two classes that a network must tell apart by texture: smooth and rough noise, anywhere."""
    rough = rng.uniform(size=(number, 10, 10))
    smooth = sum(np.roll(rough, (i, j), (1, 2)) for i in range(3) for j in range(3)) / 9
    return np.concatenate([rough, smooth]), np.repeat([0, 1], number)


def fit(rng, seed=1, protocol=None, threads=1):
    make_deterministic(threads)
    protocol = protocol or Protocol(learning_rate=3e-3, batch_size=10, epochs=15, augmentation=("translation",))
    training, validation = stripes(40, rng), stripes(10, rng)
    model = new_classifier(SMALL, seed)
    lines: list[str] = []
    epochs = train(model, training, validation, protocol, seed, CPU)
    history, best, weights = keep_best(epochs, protocol.epochs, lines.append)
    model.load_state_dict(weights)
    return model, history, best, weights, lines, validation


def test_architecture_is_that_of_the_paper():
    """Three convolutions with circular padding, each with ReLU, no pooling; dense, ReLU, dropout 0.5, 2 logits."""
    model = new_classifier(Architecture(grid=36), 0)
    convolutions = [layer for layer in model.features if isinstance(layer, torch.nn.Conv2d)]
    assert [layer.out_channels for layer in convolutions] == [16, 32, 64]
    assert all(layer.padding_mode == "circular" and layer.stride == (1, 1) for layer in convolutions)
    assert [type(layer).__name__ for layer in model.features] == ["Conv2d", "ReLU"] * 3
    assert [type(layer).__name__ for layer in model.head] == ["Flatten", "Linear", "ReLU", "Dropout", "Linear"]
    assert model.head[3].p == 0.5
    fields = torch.rand(2, 1, 36, 36)
    assert model.features(fields).shape == (2, 64, 36, 36)
    assert model(fields).shape == (2, len(CLASSES))


def test_features_move_with_the_field():
    """Circular padding: feature maps of a shifted field are the shifted feature maps."""
    model = new_classifier(SMALL, 0).eval()
    field = torch.rand(1, 1, 10, 10)
    with torch.no_grad():
        moved = model.features(torch.roll(field, (3, 8), (2, 3)))
        torch.testing.assert_close(moved, torch.roll(model.features(field), (3, 8), (2, 3)))


def test_defaults_are_the_published_protocol():
    assert Protocol() == Protocol(
        learning_rate=1e-6, schedule="constant", l2=1e-4, batch_size=5, epochs=250, augmentation=()
    )


def test_symmetries_are_exactly_those_of_the_periodic_square():
    """Each augmented field is one of the 8 G^2 images of its original, and all kinds occur."""
    grid, generator = 5, torch.Generator().manual_seed(0)
    field = torch.rand(grid, grid)
    images = {}
    for mirrored in (0, 1):
        for turns in range(4):
            turned = torch.rot90(torch.flip(field, (0,)) if mirrored else field, turns)
            for x in range(grid):
                for y in range(grid):
                    images[tuple(torch.roll(turned, (x, y), (0, 1)).flatten().tolist())] = (mirrored, turns, x, y)
    assert len(images) == 8 * grid**2
    batch = field.expand(2000, 1, grid, grid)
    drawn = random_symmetries(batch, ("translation", "rotation", "reflection"), generator)
    found = {images[tuple(image.flatten().tolist())] for image in drawn}
    assert len(found) == 8 * grid**2
    moved = random_symmetries(batch, ("translation",), generator)
    assert {images[tuple(image.flatten().tolist())][:2] for image in moved} == {(0, 0)}
    assert torch.equal(random_symmetries(batch, (), generator), batch)


def test_training_learns_and_keeps_the_best_epoch(rng):
    model, history, best, _, lines, validation = fit(rng)
    assert best.validation_accuracy == max(record.validation_accuracy for record in history) > 0.9
    assert history[-1].train_loss < history[0].train_loss
    loss, accuracy = evaluate(model, *validation, CPU)
    assert accuracy == best.validation_accuracy
    assert loss == pytest.approx(best.validation_loss, abs=1e-6)
    assert len(lines) == 15
    assert "epoch 15/15" in lines[-1] and "loss" in lines[-1] and "0 s left" in lines[-1]


def test_training_repeats_itself_bit_for_bit():
    """Same seed, same weights; another seed, others."""
    one, same, other = (fit(np.random.default_rng(3), seed)[3] for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_cosine_schedule_rises_then_falls_to_nothing(rng):
    """With a vanishing last step the weights of the last epochs barely move."""
    protocol = Protocol(learning_rate=3e-3, schedule="cosine", batch_size=10, epochs=20)
    _, history, *_ = fit(rng, protocol=protocol)
    assert abs(history[-1].validation_loss - history[-2].validation_loss) < 0.02


def test_probability_is_the_softmax_of_the_logits(rng):
    model = new_classifier(SMALL, 0)
    fields = rng.uniform(size=(7, 10, 10))
    logits = predict_logits(model, fields, CPU, batch_size=3)
    expected = np.exp(logits[:, 1]) / np.exp(logits).sum(1)
    np.testing.assert_allclose(glass_probability(model, fields, CPU), expected, rtol=1e-6)


def test_models_are_written_and_read_without_pickle(tmp_path, rng):
    path = tmp_path / "model.pt"
    model = new_classifier(SMALL, 0, Normalisation("dataset", 0.2, 1.7))
    save_model(path, model)
    fields = rng.uniform(size=(3, 10, 10))
    again = load_model(path, SMALL)
    assert again.normalisation == model.normalisation == Normalisation("dataset", 0.2, 1.7)
    np.testing.assert_array_equal(predict_logits(again, fields, CPU), predict_logits(model, fields, CPU))
    torch.load(path, weights_only=True)


def test_bad_model_files_are_named(tmp_path):
    path = tmp_path / "model.pt"
    with pytest.raises(GlassmapError, match=r"model\.pt: no such"):
        load_model(path)
    model = new_classifier(SMALL, 0)
    save_model(path, model)
    with pytest.raises(GlassmapError, match=r"model\.pt: model of another architecture"):
        load_model(path, Architecture(grid=12, channels=(4, 6), kernel_size=3, dense=16))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(
        GlassmapError, match=r"model\.pt: a truncated model \(.*it is set aside as .*model\.pt\.damaged"
    ):
        load_model(path)
    assert path.with_name("model.pt.damaged").exists() and not path.exists()
    torch.save({"epoch": 3}, path)
    with pytest.raises(GlassmapError, match=r"model\.pt: no model of this workflow"):
        load_model(path)
    model.architecture = Architecture(grid=12, channels=(4, 6), kernel_size=3, dense=16)
    save_model(path, model)
    with pytest.raises(GlassmapError, match=r"model\.pt: its weights do not fit"):
        load_model(path)


def seen_before_relu(model, fields) -> list[torch.Tensor]:
    """What every unit puts into its ReLU, layer by layer."""
    seen = []
    for layer in [*model.features, *model.head]:
        if isinstance(layer, torch.nn.ReLU):
            layer.register_forward_pre_hook(lambda _, values: seen.append(values[0]))
    predict_logits(model, fields, CPU, batch_size=len(fields))
    return seen


@pytest.mark.parametrize("zero_sum", [True, False])
def test_initial_weights_of_unit_variance(rng, zero_sum):
    """Every unit's input to its ReLU has mean 0 and variance 1 over the samples; zero sum hides the mean."""
    fields = 5 + 0.1 * rng.normal(size=(60, 10, 10))
    model = new_classifier(SMALL, 0)
    start_with_unit_variance(model, fields, zero_sum=zero_sum)
    seen = seen_before_relu(model, fields)
    assert len(seen) == 3
    for values in seen:
        others = [axis for axis in range(values.ndim) if axis != 1]
        torch.testing.assert_close(values.mean(others), torch.zeros(values.shape[1]), atol=1e-3, rtol=0)
        torch.testing.assert_close(values.std(others), torch.ones(values.shape[1]), atol=1e-3, rtol=0)
    moved = np.abs(predict_logits(model, fields + 3.0, CPU) - predict_logits(model, fields, CPU)).max()
    assert moved < 1e-3 if zero_sum else moved > 0.1


def test_initial_weights_know_both_classes(rng):
    """Samples come class after class: 300 weak fields, then 300 strong ones; the scale is that of both."""
    weak, strong = rng.normal(size=(300, 10, 10)), 10 * rng.normal(size=(300, 10, 10))
    model = new_classifier(SMALL, 0)
    start_with_unit_variance(model, np.concatenate([weak, strong]), zero_sum=False)
    first = seen_before_relu(model, np.concatenate([weak[::6], strong[::6]]))[0]
    assert 0.8 < float(first.std()) < 1.2


def test_training_replicas_are_the_first_of_the_split():
    samples = pd.DataFrame(
        {"replica": [0, 1, 2, 3, 4] * 2, "split": ["train", "test", "train", "validation", "train"] * 2}
    )
    assert training_replicas(samples, 0).tolist() == [0, 2, 4]
    assert training_replicas(samples, 2).tolist() == [0, 2]
