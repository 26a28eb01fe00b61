"""The search for hyperparameters: it finds the best ones, gives up the others, and goes on after a stop."""

import numpy as np
import pytest

from glassmap.learning.search import COMPLETE, PRUNED, SearchTrial, best_trial, search

RANGES = {"hidden": [100, 2400, 100], "dropout": [0.0, 0.5, 0.05], "steps": [3, 3, 1]}


def parabola(tried, go_on) -> float:
    """Largest at hidden = 800 and dropout = 0.2, reached evenly within five epochs."""
    value = 1 - ((tried["hidden"] - 800) / 1000) ** 2 - (tried["dropout"] - 0.2) ** 2
    for epoch in range(1, 6):
        go_on(epoch, value * epoch / 5)
    return value


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> list[SearchTrial]:
    return search(parabola, RANGES, 40, tmp_path_factory.mktemp("search") / "trials.log", "a", 1)


def test_it_tries_within_the_ranges_and_finds_the_best(found):
    assert len(found) == 40 and [trial.number for trial in found] == list(range(40))
    for trial in found:
        hidden, dropout = trial.hyperparameters["hidden"], trial.hyperparameters["dropout"]
        assert hidden % 100 == 0 and 100 <= hidden <= 2400 and trial.hyperparameters["steps"] == 3
        assert 0 <= dropout <= 0.5 and dropout / 0.05 == pytest.approx(round(dropout / 0.05))
        # what was tried says what it was worth
        if trial.state == COMPLETE:
            assert trial.value == pytest.approx(parabola(trial.hyperparameters, lambda epoch, value: None))
        else:
            assert trial.state == PRUNED and np.isnan(trial.value)
    assert best_trial(found).value > 0.98
    # later trials are nearer to it than the first ten, which are random
    distance = [abs(trial.hyperparameters["hidden"] - 800) for trial in found]
    assert np.mean(distance[20:]) < np.mean(distance[:10])


def test_trials_that_fall_behind_are_given_up(found):
    pruned = [trial for trial in found if trial.state == PRUNED]
    assert pruned and all(trial.number >= 5 for trial in pruned)
    values = [parabola(trial.hyperparameters, lambda epoch, value: None) for trial in pruned]
    assert max(values) < best_trial(found).value


def test_a_search_that_was_stopped_goes_on_to_the_same_trials(tmp_path, found):
    tried = []

    def stopped(hyperparameters, go_on) -> float:
        tried.append(hyperparameters)
        if len(tried) == 15:
            raise KeyboardInterrupt
        return parabola(hyperparameters, go_on)

    storage = tmp_path / "trials.log"
    with pytest.raises(KeyboardInterrupt):
        search(stopped, RANGES, 40, storage, "a", 1)
    again = search(stopped, RANGES, 40, storage, "a", 1)
    assert len(tried) == 41  # the one that was stopped, once more
    assert [trial.hyperparameters for trial in again] == [trial.hyperparameters for trial in found]
    assert [trial.state for trial in again] == [trial.state for trial in found]
    # of something else: none of these trials
    assert len(search(parabola, RANGES, 2, storage, "b", 1)) == 2
