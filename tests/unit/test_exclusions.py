"""What does not count, and the note on a statistic of which nothing is left."""

import numpy as np
import pytest

from glassmap.io.exclusions import (
    CONSTANT_FIELD,
    exclusion_reasons,
    note_if_missing,
    why_nothing_is_left,
)
from glassmap.statistics import bootstrap_weights, mean_over_members

NONE, ALL = np.zeros(3, dtype=bool), np.ones(3, dtype=bool)
RIGHT = np.ones((2, 3), dtype=bool)


def test_the_first_reason_that_applies_is_given():
    correct = np.array([[True, False, True], [True, True, False]])
    dead = np.array([[True, True, True], [False, True, True]])
    reasons = exclusion_reasons(np.array([False, False, True]), np.array([False, True]), correct, dead)
    assert reasons.tolist() == [["dead", "wrong", "crystal"], ["failed", "failed", "crystal"]]
    assert exclusion_reasons(NONE, NONE[:2], RIGHT, constant=RIGHT).tolist() == [["constant"] * 3] * 2
    assert (exclusion_reasons(NONE, NONE[:2], RIGHT) == "").all()


@pytest.mark.parametrize(
    "reasons, note",
    [
        (exclusion_reasons(ALL, NONE[:2], RIGHT), "no glass left: 3 of 3 are crystals"),
        (exclusion_reasons(ALL, ALL[:2], ~RIGHT, RIGHT), "no glass left: 3 of 3 are crystals"),
        (exclusion_reasons(NONE, ALL[:2], RIGHT), "no network above chance: 2 of 2 failed"),
        (exclusion_reasons(NONE, NONE[:2], ~RIGHT), "no map left of 6: 6 of misclassified samples"),
        (
            exclusion_reasons(np.array([True, False, False]), np.array([True, False]), RIGHT, RIGHT),
            "no map left of 6: 2 of crystals, 2 of networks at chance, 2 dead",
        ),
        (exclusion_reasons(NONE[:0], NONE[:2], RIGHT[:, :0]), "no test sample"),
        (exclusion_reasons(NONE, np.array([True, False]), RIGHT), ""),
    ],
)
def test_each_cause_has_its_own_note(reasons, note):
    assert why_nothing_is_left(reasons) == note
    assert note_if_missing(0.3, reasons) == "" and note_if_missing(np.nan, reasons) == (note or CONSTANT_FIELD)


def test_the_mean_of_nothing_is_empty():
    for shape in ((2, 0), (0, 4), (2, 4)):
        mean = mean_over_members(np.full(shape, np.nan), bootstrap_weights(20, shape[1], 1))
        assert np.isnan([mean.value, mean.low, mean.high, mean.deviation]).all()
        assert (mean.members, mean.samples, len(mean.resampled)) == (0, 0, 20)
    one = mean_over_members(np.array([[0.5]]), bootstrap_weights(20, 1, 1))
    assert one.value == 0.5 and np.isnan([one.low, one.high]).all() and one.samples == 1
