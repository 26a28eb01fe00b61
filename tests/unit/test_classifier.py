"""The network, its training and its files."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from repository import REPOSITORY
from torch.nn import functional

from glassmap.errors import GlassmapError
from glassmap.learning.cnn import (
    CLASSES,
    Architecture,
    Protocol,
    draw_symmetries,
    evaluate,
    glass_probability,
    image_indices,
    initialise_unit_variance,
    keep_best,
    load_model,
    make_deterministic,
    new_classifier,
    padding,
    predict_logits,
    save_model,
    train,
    training_logits,
)
from glassmap.learning.normalisation import Normalisation
from glassmap.learning.null_networks import training_fields
from glassmap.learning.training import is_trained_on

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


def test_subnormal_numbers_count_as_zero_in_every_thread():
    """Without, a network whose units have died trains four times slower. In a process whose threads are new."""
    code = (
        "import torch; from glassmap.learning.cnn import make_deterministic; make_deterministic(2);"
        "small = torch.full((4_000_000,), 1e-30); print(torch.get_num_threads(), int((small * 1e-10).count_nonzero()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "0"]


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


def test_features_are_translation_equivariant():
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


def images(fields: torch.Tensor, symmetries, generator, margin: int = 0) -> torch.Tensor:
    """One random image of each field, shape (S, G, G), with a frame of periodic images."""
    count, grid, _ = fields.shape
    rows, columns = image_indices(draw_symmetries(count, grid, symmetries, generator), grid, margin)
    index = rows[:, :, None] + columns[:, None, :]
    return fields.flatten(1).gather(1, index.flatten(1)).reshape(index.shape)


def test_symmetries_are_exactly_those_of_the_periodic_square():
    """Each augmented field is one of the 8 G^2 images of its original, and all kinds occur."""
    grid, generator = 5, torch.Generator().manual_seed(0)
    field = torch.rand(grid, grid)
    known = {}
    for mirrored in (0, 1):
        for turns in range(4):
            turned = torch.rot90(torch.flip(field, (0,)) if mirrored else field, turns)
            for x in range(grid):
                for y in range(grid):
                    known[tuple(torch.roll(turned, (x, y), (0, 1)).flatten().tolist())] = (mirrored, turns, x, y)
    assert len(known) == 8 * grid**2
    batch = field.expand(2000, grid, grid)
    drawn = images(batch, ("translation", "rotation", "reflection"), generator)
    found = {known[tuple(image.flatten().tolist())] for image in drawn}
    assert len(found) == 8 * grid**2
    moved = images(batch, ("translation",), generator)
    assert {known[tuple(image.flatten().tolist())][:2] for image in moved} == {(0, 0)}
    assert torch.equal(images(batch, (), generator), batch)


def test_symmetries_of_an_epoch_equal_brute_force(rng):
    """Every point of every image of 200 fields, from the drawn turn, reflection and shift, point by point; its frame
    is torch's circular padding."""
    count, grid = 200, 6
    fields = torch.from_numpy(rng.uniform(size=(count, grid, grid)))
    shift_x, shift_y, turns, mirrored = draw_symmetries(
        count, grid, ("translation", "rotation", "reflection"), torch.Generator().manual_seed(4)
    )
    expected = torch.empty_like(fields)
    for sample in range(count):
        for x in range(grid):
            for y in range(grid):
                from_x, from_y = x, y
                for _ in range(turns[sample]):
                    from_x, from_y = -from_y, from_x
                if mirrored[sample]:
                    from_x = -from_x
                expected[sample, x, y] = fields[
                    sample, (from_x + shift_x[sample]) % grid, (from_y + shift_y[sample]) % grid
                ]
    kinds = ("translation", "rotation", "reflection")
    assert torch.equal(images(fields, kinds, torch.Generator().manual_seed(4)), expected)
    padded = functional.pad(expected[:, None], (4, 4, 4, 4), mode="circular")[:, 0]
    assert torch.equal(images(fields, kinds, torch.Generator().manual_seed(4), margin=4), padded)
    # a frame wider than the field holds several images
    wide = images(fields, (), torch.Generator().manual_seed(4), margin=13)
    assert torch.equal(wide, fields[:, torch.arange(-13, 19) % grid][:, :, torch.arange(-13, 19) % grid])


@pytest.mark.parametrize("channels", [(5,), (4, 6), (3, 5, 7)])
@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_padding_once_is_circular_padding_in_every_layer(channels, kernel_size):
    """Logits and gradients of the training's way equal those of the network's own forward pass."""
    architecture = Architecture(grid=8, channels=channels, kernel_size=kernel_size, dense=16, dropout=0.0)
    model = new_classifier(architecture, 2)
    fields, classes = torch.rand(6, 1, 8, 8), torch.arange(6) % 2
    width = padding(architecture)
    padded = fields[:, :, torch.arange(-width, 8 + width) % 8][..., torch.arange(-width, 8 + width) % 8]
    logits = model(fields)
    torch.testing.assert_close(training_logits(model, padded), logits)
    expected = torch.autograd.grad(functional.cross_entropy(logits, classes), list(model.parameters()))
    functional.cross_entropy(training_logits(model, padded), classes).backward()
    for values, gradient in zip(model.parameters(), expected, strict=True):
        torch.testing.assert_close(values.grad, gradient)
        assert gradient.abs().max() > 0


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_training_is_a_plain_loop_of_adam(rng, schedule):
    """Two epochs in batches that do not divide the samples equal torch's own layers, loss, Adam and schedule."""
    make_deterministic(1)
    architecture = Architecture(grid=10, channels=(4, 6), kernel_size=3, dense=40, dropout=0.0)
    protocol = Protocol(learning_rate=1e-2, schedule=schedule, l2=1e-2, batch_size=7, epochs=2)
    fields, classes = stripes(20, rng)
    model, plain = new_classifier(architecture, 0), new_classifier(architecture, 0)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    records = [record for record, _ in train(model, (fields, classes), stripes(5, rng), protocol, 9, CPU)]

    generator = torch.Generator().manual_seed(9)
    optimizer = torch.optim.Adam(plain.parameters(), lr=1e-2, weight_decay=1e-2)
    inputs, wanted = torch.from_numpy(fields).float()[:, None], torch.from_numpy(classes)
    for epoch in range(2):
        losses = []
        for number, chosen in enumerate(torch.randperm(40, generator=generator).split(7)):
            step = 6 * epoch + number  # of 12, 1 of which is the rise
            factor = 1.0 if schedule == "constant" or step < 1 else 0.5 * (1 + np.cos(np.pi * (step - 1) / 11))
            optimizer.param_groups[0]["lr"] = 1e-2 * factor
            loss = functional.cross_entropy(plain(inputs[chosen]), wanted[chosen])
            losses.append(loss.item() * len(chosen))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        for largest in (10, 10, 4, 2):  # drawn even if no symmetry is wanted, so that the order of samples stays
            torch.randint(0, largest, (40,), generator=generator)
        assert records[epoch].train_loss == pytest.approx(sum(losses) / 40, rel=1e-4)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value, rtol=1e-3, atol=1e-4)
        assert (value - start[name]).abs().max() > 1e-3


def test_training_learns_and_keeps_the_best_epoch(rng):
    model, history, best, _, lines, validation = fit(rng)
    assert best.validation_accuracy == max(record.validation_accuracy for record in history) > 0.9
    assert history[-1].train_loss < history[0].train_loss
    loss, accuracy = evaluate(model, *validation, CPU)
    assert accuracy == best.validation_accuracy
    assert loss == pytest.approx(best.validation_loss, abs=1e-6)
    assert len(lines) == 15
    assert "epoch 15/15" in lines[-1] and "loss" in lines[-1] and "0 s left" in lines[-1]


def test_training_is_bitwise_reproducible():
    """Same seed, same weights; another seed, others."""
    one, same, other = (fit(np.random.default_rng(3), seed)[3] for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_model_file_reproduces_the_trained_network(tmp_path):
    """Weights are saved contiguously, and the network read back gives the same logits."""
    model, *_, weights, _, (fields, _) = fit(np.random.default_rng(3))
    assert all(value.is_contiguous() for value in weights.values())
    save_model(tmp_path / "model.pt", model)
    again = load_model(tmp_path / "model.pt", SMALL)
    np.testing.assert_array_equal(predict_logits(again, fields, CPU), predict_logits(model, fields, CPU))


def test_bfloat16_trains_as_well_as_float32():
    """The same texture is learned, weights stay float32, and the same seed gives the same bytes."""
    protocol = Protocol(
        learning_rate=3e-3, batch_size=10, epochs=15, augmentation=("translation",), precision="bfloat16"
    )
    _, _, best, weights, *_ = fit(np.random.default_rng(3), protocol=protocol)
    assert best.validation_accuracy > 0.9
    assert {value.dtype for value in weights.values()} == {torch.float32}
    again = fit(np.random.default_rng(3), protocol=protocol)[3]
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    single = fit(np.random.default_rng(3))[3]
    assert not all(torch.equal(weights[name], single[name]) for name in weights)


def test_cosine_schedule_warms_up_and_decays_to_zero(rng):
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


def test_bad_model_files_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("results/study/model.pt")
    path.parent.mkdir(parents=True)
    with pytest.raises(GlassmapError, match=r"model\.pt: no such"):
        load_model(path)
    model = new_classifier(SMALL, 0)
    save_model(path, model)
    with pytest.raises(GlassmapError, match=r"model\.pt: model of another architecture"):
        load_model(path, Architecture(grid=12, channels=(4, 6), kernel_size=3, dense=16))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(GlassmapError, match=r"model\.pt: truncated model \(.*it is set aside as .*model\.pt\.damaged"):
        load_model(path)
    assert path.with_name("model.pt.damaged").exists() and not path.exists()
    torch.save({"epoch": 3}, path)
    with pytest.raises(GlassmapError, match=r"model\.pt: not a model of this workflow"):
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
    initialise_unit_variance(model, fields, zero_sum=zero_sum)
    seen = seen_before_relu(model, fields)
    assert len(seen) == 3
    for values in seen:
        others = [axis for axis in range(values.ndim) if axis != 1]
        torch.testing.assert_close(values.mean(others), torch.zeros(values.shape[1]), atol=1e-3, rtol=0)
        torch.testing.assert_close(values.std(others), torch.ones(values.shape[1]), atol=1e-3, rtol=0)
    moved = np.abs(predict_logits(model, fields + 3.0, CPU) - predict_logits(model, fields, CPU)).max()
    assert moved < 1e-3 if zero_sum else moved > 0.1


def test_initial_weights_use_samples_of_both_classes(rng):
    """Samples are sorted by class: 300 weak fields, then 300 strong ones; the scale must reflect both."""
    weak, strong = rng.normal(size=(300, 10, 10)), 10 * rng.normal(size=(300, 10, 10))
    model = new_classifier(SMALL, 0)
    initialise_unit_variance(model, np.concatenate([weak, strong]), zero_sum=False)
    first = seen_before_relu(model, np.concatenate([weak[::6], strong[::6]]))[0]
    assert 0.8 < float(first.std()) < 1.2


def test_null_networks_see_what_the_networks_learn_from(rng):
    replicas, split = np.arange(5), ["train", "test", "train", "validation", "train"]
    samples = xr.Dataset(coords={"replica": ("sample", replicas), "split": ("sample", split)})
    liquid, glass = rng.uniform(size=(2, 5, 3, 3))
    for count, learned in ((0, [0, 2, 4]), (2, [0, 2])):
        found = training_fields([samples, samples], [liquid, glass], count)
        np.testing.assert_array_equal(found, np.concatenate([liquid[learned], glass[learned]]))


def test_null_networks_see_no_sample_that_is_held_out_in_its_own_state(rng):
    """In users' files the same number is another sample in the other state, with another split."""
    splits = [["train", "test", "train"], ["test", "train", "validation", "train"]]
    samples = [xr.Dataset(coords={"replica": ("sample", range(len(one))), "split": ("sample", one)}) for one in splits]
    liquid, glass = rng.uniform(size=(3, 3, 3)), rng.uniform(size=(4, 3, 3))
    found = training_fields(samples, [liquid, glass], 0)
    np.testing.assert_array_equal(found, np.concatenate([liquid[[0, 2]], glass[[1, 3]]]))


def test_trained_on_are_the_first_samples_of_the_split():
    samples = pd.DataFrame({"replica": [0, 1, 2, 3, 4], "split": ["train", "test", "train", "validation", "train"]})
    assert is_trained_on(samples, 0).tolist() == [True, False, True, False, True]
    assert is_trained_on(samples, 2).tolist() == [True, False, True, False, False]


def test_reproducible_arithmetic_is_asked_for_without_a_compiler():
    """Whose import costs a job more than most maps."""
    program = (
        "import sys, torch; from glassmap.learning.cnn import make_deterministic; make_deterministic(1); "
        "print(torch.are_deterministic_algorithms_enabled(), torch.get_deterministic_debug_mode(), "
        "'torch._dynamo' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "True 2 False\n"
