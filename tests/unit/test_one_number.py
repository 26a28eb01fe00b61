"""What a threshold on one number of a graph tells apart, against sums by hand and plain statistics."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from glassmap.box import Box
from glassmap.learning.names import NUMBERS
from glassmap.learning.networks import Configurations
from glassmap.learning.one_number import logits, numbers_of
from glassmap.statistics import area_under_curve

BOX, NEIGHBOURS = Box.cube(8.0, 2), 3


def test_numbers_against_a_loop_over_pairs(rng):
    positions, species = 8 * rng.random((40, 2)), rng.integers(0, 3, 40)
    (found,) = numbers_of(Configurations(positions[None], species, BOX), NEIGHBOURS)
    distance = BOX.distances(positions, positions)
    pairs = {tuple(sorted((i, int(j)))) for i in range(40) for j in np.argsort(distance[i])[1 : NEIGHBOURS + 1]}
    by_kind = {}
    for i, j in pairs:
        by_kind.setdefault(tuple(sorted((species[i], species[j]))), []).append(distance[i, j])
    every = np.concatenate([np.array(values) for values in by_kind.values()])
    within = np.concatenate([np.array(values) - np.mean(values) for values in by_kind.values()])
    share = len(by_kind.get((0, 0), [])) / len(pairs)
    np.testing.assert_allclose(found, [every.mean(), np.sqrt((within**2).mean()), share], rtol=1e-12)
    assert len(NUMBERS) == len(found)


def test_moved_turned_and_renumbered_configurations_have_the_same_numbers(rng):
    positions, species = 8 * rng.random((40, 2)), rng.integers(0, 2, 40)
    order = rng.permutation(40)
    turned = BOX.wrap(positions @ [[0, 1], [-1, 0]] + [1.7, 0.3])
    first, second = (
        numbers_of(Configurations(places[None], kinds, BOX), NEIGHBOURS)
        for places, kinds in ((positions, species), (turned[order], species[order]))
    )
    np.testing.assert_allclose(first, second, rtol=1e-12)


def test_logits_are_those_of_linear_discriminant_analysis(rng):
    classes = np.repeat([0, 1], 60)
    values = rng.normal(size=120) - 1.5 * classes
    training = np.tile(np.arange(60) % 3 > 0, 2)
    balanced = LinearDiscriminantAnalysis(solver="lsqr").fit(values[training, None], classes[training])
    found = logits(values, classes, training)
    np.testing.assert_allclose(expit(found), balanced.predict_proba(values[:, None])[:, 1], rtol=1e-6)
    # the sign is learned too
    assert area_under_curve(found[~training], classes[~training]) > 0.7
    assert area_under_curve(found, classes) == pytest.approx(area_under_curve(-values, classes))


def test_a_number_that_does_not_vary_says_nothing_and_one_that_never_errs_all():
    classes, training = np.array([0, 0, 1, 1]), np.array([True, False, True, False])
    assert (logits(np.ones(4), classes, training) == 0).all()
    assert (np.sign(logits(np.array([2.0, 2.0, 1.0, 1.0]), classes, training)) == [-1, -1, 1, 1]).all()
