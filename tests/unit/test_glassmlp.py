"""GlassMLP: its loss against loops and finite differences, what it learns, what it refuses."""

import warnings

import numpy as np
import pytest
import torch
from scipy.special import expit
from sklearn.ensemble import RandomForestRegressor

from glassmap.box import Box
from glassmap.errors import GlassmapError
from glassmap.learning.glassmlp import (
    GlassMLP,
    LearnedStructure,
    Loss,
    Networks,
    correlation_weights,
    phases,
    spatial_correlation,
)
from glassmap.learning.regression import Pointwise, RidgeRegressor, Scaling, Structure


def test_the_number_of_parameters_is_the_published_one():
    for inputs, parameters in ((244, 641), (256, 665), (184, 521)):
        networks = Networks(inputs, 1, torch.Generator().manual_seed(1))
        assert sum(parameter.numel() for parameter in networks.parameters()) == parameters


def test_networks_side_by_side_are_single_networks():
    """Each network against a plain chain of layers with its weights."""
    networks = Networks(7, 3, torch.Generator().manual_seed(1))
    x = torch.randn(5, 7)
    for member in range(3):
        values = x
        for layer, (weight, bias) in enumerate(zip(networks.weights, networks.biases, strict=True)):
            values = values @ weight[member] + bias[member]
            values = torch.where(values >= 0, values, torch.exp(values) - 1) if layer < 3 else values
        torch.testing.assert_close(networks(x)[member], values[:, 0])


@pytest.mark.parametrize("formula", ["code", "paper"])
def test_spatial_correlation_against_a_loop(formula, rng):
    box = Box.cube(12.0, 2)
    positions, fields = rng.random((15, 2)) * 12, rng.random((2, 15))
    weights = correlation_weights(torch.tensor(positions), box, (2.0, 5.0), formula)
    found = spatial_correlation(torch.tensor(fields), weights).numpy()
    r = box.distances(positions, positions)
    for d, distance in enumerate((2.0, 5.0)):
        for m in range(2):
            deviation = fields[m] - fields[m].mean()
            total = 0.0
            for i in range(15):
                row = np.exp(-0.5 * (r[i] - distance) ** 2)
                total += deviation[i] * (row * deviation).sum() / (row.sum() if formula == "code" else 1)
            assert found[d, m] == pytest.approx(total / (deviation**2).sum(), rel=1e-9)


@pytest.mark.parametrize("formula", ["code", "paper"])
def test_gradient_of_the_full_loss(formula, rng):
    box = Box.cube(10.0, 2)
    positions = torch.tensor(rng.random((12, 2)) * 10)
    target = torch.tensor(rng.random((2, 12)))
    predicted = torch.tensor(rng.random((2, 12)), requires_grad=True)
    loss = Loss(formula, torch.tensor([0.3, 0.4], dtype=torch.float64), (2.0, 4.0, 6.0))
    sample = LearnedStructure(torch.empty(12, 0), target, positions, box)
    assert torch.autograd.gradcheck(lambda values: loss(values, sample, True), predicted)
    perfect = loss(target, sample, True)
    torch.testing.assert_close(perfect, torch.zeros(2, dtype=torch.float64))


@pytest.mark.parametrize("formula", ["code", "paper"])
def test_full_loss_against_a_loop(formula, rng):
    """Supplement, Eqs. 6 and 7 as printed, and as in the authors' code: both scales and signs of the variance."""
    box, distances = Box.cube(10.0, 2), (2.0, 4.0, 6.0)
    positions, target, trained = rng.random((12, 2)) * 10, rng.random(12), 0.4
    spread = np.stack([target + 0.5 * rng.standard_normal(12), target.mean() + 0.1 * rng.standard_normal(12)])
    tensors = [torch.tensor(values) for values in (np.stack([target, target]), spread)]
    loss = Loss(formula, torch.full((2,), trained, dtype=torch.float64), distances)
    found = loss(tensors[1], LearnedStructure(torch.empty(12, 0), tensors[0], torch.tensor(positions), box), True)

    def correlation(field, distance):
        deviation, total = field - field.mean(), 0.0
        for i in range(12):
            apart = positions - positions[i]
            row = np.exp(-0.5 * (np.hypot(*(apart - 10 * np.round(apart / 10)).T) - distance) ** 2)
            total += deviation[i] * (row * deviation).sum() / (row.sum() if formula == "code" else 1)
        return total / (deviation**2).sum()

    for member, predicted in enumerate(spread):
        error = sum(abs(p - x) for p, x in zip(predicted, target, strict=True)) / 12
        excess = predicted.var() / target.var() - 1
        assert (excess > 0) == (member == 0)  # one too broad, one too narrow
        theirs = [correlation(target, distance) for distance in distances]
        terms = [abs(correlation(predicted, d) - one) for d, one in zip(distances, theirs, strict=True)]
        correlated = sum(terms) / abs(theirs[0] - theirs[-1])
        error, excess = (error / trained, abs(excess)) if formula == "code" else (error / target.std(), excess)
        assert found[member].item() == pytest.approx(error + 1.0 * excess + 0.5 * correlated, rel=1e-9)


def test_weights_that_are_not_kept_train_the_same_networks(rng, monkeypatch):
    """Whether there is memory for all structures, for one, or for none."""
    box = Box.cube(10.0, 2)

    def structure() -> Structure:
        inputs = rng.normal(size=(30, 3))
        return Structure(inputs, rng.random((30, 2)) * 10, box, inputs[:, :1] + 0.1 * rng.normal(size=(30, 1)))

    structures = [structure() for _ in range(3)]
    found = []
    for kept in (10**9, 3 * 30**2, 0):
        monkeypatch.setattr("glassmap.learning.glassmlp.KEPT_WEIGHTS", kept)
        model = GlassMLP(1, 2, scale=0.02).fit(structures[:2], structures[2:])
        found.append(model.predict(structures[0]))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def smooth_field(rng, positions, box, length):
    """A field of zero mean and unit variance with a given correlation length, at the particles."""
    r = box.distances(positions, positions)
    field = np.exp(-0.5 * (r / length) ** 2) @ rng.standard_normal(len(positions))
    return (field - field.mean()) / field.std()


def planted(rng, number, noise=0.0):
    """Structures whose propensity is a step in a descriptor that is smooth in space; a second target is its mirror."""
    box, result = Box.cube(16.0, 2), []
    for _ in range(number):
        positions = rng.random((150, 2)) * 16
        hidden = smooth_field(rng, positions, box, 2.0)
        inputs = np.concatenate([hidden[:, None], rng.standard_normal((150, 5))], axis=1)
        target = expit(4 * (hidden - 0.5)) + noise * rng.standard_normal(150)
        result.append(Structure(inputs, positions, box, np.stack([target, 1 - target], axis=-1)))
    return result


def pearson(first, second):
    return np.corrcoef(first, second)[0, 1]


def test_a_planted_field_is_learned(rng):
    """Its optimum is known: the target without its noise. Ridge, which is linear, cannot follow the step."""
    training, validation, (test,) = planted(rng, 20, 0.05), planted(rng, 10, 0.05), planted(rng, 1)
    lines = []
    model = GlassMLP(seed=3, members=2, scale=0.3, report=lines.append).fit(training, validation)
    predicted = model.predict(test)
    assert predicted.shape == test.targets.shape == (150, 2)
    assert pearson(predicted[:, 0], test.targets[:, 0]) > 0.98
    assert pearson(predicted[:, 1], test.targets[:, 1]) > 0.98
    linear = RidgeRegressor().fit(training, validation).predict(test)
    assert pearson(linear[:, 0], test.targets[:, 0]) < pearson(predicted[:, 0], test.targets[:, 0])
    assert len(lines) == 4
    assert lines[0].startswith("absolute error, rate 0.0005: 90 epochs")
    assert lines[3].startswith("full loss, rate 2e-05: ")


def half_seen(rng, number):
    """Structures of different mobility, of which the descriptors say half: the other half is smooth in space, too."""
    box, result = Box.cube(16.0, 2), []
    for _ in range(number):
        positions = rng.random((80, 2)) * 16
        seen, unseen = (smooth_field(rng, positions, box, 2.0) for _ in range(2))
        seen = seen + 0.7 * rng.standard_normal()
        inputs = np.concatenate([seen[:, None], rng.standard_normal((80, 2))], axis=1)
        result.append(Structure(inputs, positions, box, expit(3 * (seen + unseen - 1))[:, None]))
    return result


def test_the_full_loss_keeps_what_the_absolute_error_shrinks():
    """The variance within structures, and with it chi_4, that of their means (Fig. 3b and SM Fig. 2)."""
    rng = np.random.default_rng(5)
    training, validation, test = half_seen(rng, 16), half_seen(rng, 8), half_seen(rng, 40)
    variance, chi4 = {}, {}
    for full in (False, True):
        model = GlassMLP(seed=3, members=2, full=full, scale=0.3).fit(training, validation)
        predicted = [model.predict(one)[:, 0] for one in test]
        variance[full] = np.mean([p.var() / one.targets.var() for p, one in zip(predicted, test, strict=True)])
        chi4[full] = 80 * np.var([p.mean() for p in predicted])
    assert variance[False] < variance[True] < 1.1
    assert chi4[False] < chi4[True]


def test_the_same_seed_gives_the_same_predictions(rng):
    structures = planted(rng, 3)
    first, second, other = (
        GlassMLP(seed=seed, members=1, scale=0.01).fit(structures[:2], structures[2:]).predict(structures[2])
        for seed in (1, 1, 2)
    )
    assert (first == second).all()
    assert (first != other).any()


def test_scaling_uses_the_training_structures_alone(rng):
    training = [Structure(rng.normal(3, 2, (40, 4)) * [1, 1, 0, 1], np.zeros((40, 2)), Box.cube(1, 2))]
    scaling = Scaling.of(training)
    assert scaling.kept.tolist() == [True, True, False, True]
    scaled = scaling(training[0].inputs)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-12)
    with pytest.raises(GlassmapError, match="no descriptor varies"):
        Scaling.of([Structure(np.ones((5, 2)), np.zeros((5, 2)), Box.cube(1, 2))])


def test_any_regressor_of_scikit_learn_fits(rng):
    training, (test,) = planted(rng, 6), planted(rng, 1)
    forest = Pointwise(RandomForestRegressor(20, random_state=1)).fit(training, [])
    assert pearson(forest.predict(test)[:, 1], test.targets[:, 1]) > 0.9
    one = [Structure(s.inputs, s.positions, s.box, s.targets[:, :1]) for s in training]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn would rather have one target as a vector
        assert Pointwise(RandomForestRegressor(5)).fit(one, []).predict(test).shape == (150, 1)


def test_the_validation_structures_choose_the_penalty(rng):
    """A linear target: the smallest penalty; pure noise: a large one."""
    box = Box.cube(10.0, 2)

    def linear(noise):
        inputs = rng.standard_normal((60, 40))
        targets = inputs[:, :1] * (noise == 0) + noise * rng.standard_normal((60, 1))
        return Structure(inputs, rng.random((60, 2)) * 10, box, targets)

    exact = RidgeRegressor().fit([linear(0.0)], [linear(0.0)])
    assert exact.penalty == 1.0
    assert RidgeRegressor().fit([linear(1.0)], [linear(1.0)]).penalty >= 100
    assert RidgeRegressor((5.0, 1.0)).fit([linear(0.0)], []).penalty == 5.0


def test_what_cannot_be_learned_is_refused(rng):
    structures = planted(rng, 2)
    with pytest.raises(GlassmapError, match="no validation structures"):
        GlassMLP(1).fit(structures, [])
    with pytest.raises(GlassmapError, match="no structures to train on"):
        GlassMLP(1).fit([], structures)
    constant = [Structure(s.inputs, s.positions, s.box, np.ones_like(s.targets)) for s in structures]
    with pytest.raises(GlassmapError, match="a target is the same for all training particles"):
        GlassMLP(1).fit(constant, constant)
    with pytest.raises(GlassmapError, match="formula: got 'printed', must be one of code, paper"):
        GlassMLP(1, formula="printed")


def test_phases_are_the_published_ones():
    assert [(phase.epochs, phase.rate) for phase in phases("paper")] == [
        (300, 5e-4),
        (1000, 2e-4),
        (50, 4e-5),
        (1000, 2e-5),
    ]
    assert [phase.epochs for phase in phases("code")] == [300, 100, 50, 100]
    assert [(phase.full, phase.stops) for phase in phases()] == [
        (False, False),
        (False, True),
        (True, False),
        (True, True),
    ]
