"""Search for hyperparameters by a tree-structured Parzen estimator (Swanson et al. 2020, supplement, Sec. III)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from glassmap.seeds import derive_seed

COMPLETE, PRUNED = "complete", "pruned"
UNJUDGED, PATIENCE = 5, 3  # trials and epochs before any is given up


@dataclass(frozen=True)
class SearchTrial:
    """One set of hyperparameters that was tried.

    Attributes
    ----------
    number : int
        From 0.
    state : {"complete", "pruned"}
    value : float
        What is maximised; NaN if the trial was given up.
    hyperparameters : mapping of str to int or float
    """

    number: int
    state: str
    value: float
    hyperparameters: Mapping[str, int | float]


# what a trial is worth, of its hyperparameters; told of every epoch, larger is better, and refuses to go on
Objective = Callable[[dict[str, int | float], Callable[[int, float], None]], float]


def search(
    objective: Objective,
    ranges: Mapping[str, Sequence[float]],
    trials: int,
    storage: str | Path,
    name: str,
    seed: int,
    report: Callable[[str], None] = lambda line: None,
) -> list[SearchTrial]:
    """Try hyperparameters, the promising ones more often, and give up those that fall behind.

    Parameters
    ----------
    objective : callable
        Takes hyperparameters, and what it calls after each epoch with its number and a value, larger is better.
        That raises where half of the trials were better in the same epoch; the objective lets this pass.
    ranges : mapping of str to (low, high, step)
        Whole numbers if all three are.
    trials : int
        In all, with those that the storage has.
    storage : str or Path
        File to which every trial is added as it ends, and from which a search that was stopped goes on: with the same
        trials, as each has a seed of its own.
    name : str
        Of all that the trials depend on; others in the storage are left alone.
    seed : int
    report : callable
        Called with a line for each trial.

    Returns
    -------
    list of SearchTrial
        In their order; see `best_trial`.
    """
    import optuna  # slow to load
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend
    from optuna.trial import TrialState

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    Path(storage).parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(storage))),
        study_name=name,
        direction="maximize",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(UNJUDGED, PATIENCE),
    )
    for stopped in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(stopped.number, state=TrialState.FAIL)
    states = {TrialState.COMPLETE: COMPLETE, TrialState.PRUNED: PRUNED}

    def ended() -> list[SearchTrial]:
        found = study.get_trials(deepcopy=False, states=tuple(states))
        return [
            SearchTrial(
                number,
                states[trial.state],
                trial.value if trial.state == TrialState.COMPLETE else float("nan"),
                {key: _rounded(trial.params[key]) for key in ranges},
            )
            for number, trial in enumerate(found)
        ]

    while (number := len(ended())) < trials:
        study.sampler = optuna.samplers.TPESampler(seed=derive_seed(seed, "trial", number))
        trial = study.ask()
        tried = {key: _suggested(trial, key, *values) for key, values in ranges.items()}

        def go_on(epoch: int, value: float, trial=trial) -> None:
            trial.report(value, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned

        try:
            value = objective(tried, go_on)
            study.tell(trial, value)
            said = f"{value:.4f}"
        except optuna.TrialPruned:
            study.tell(trial, state=TrialState.PRUNED)
            said = PRUNED
        report(f"trial {number + 1}/{trials}: {said}, {json.dumps(tried)}")
    return ended()


def best_trial(trials: Sequence[SearchTrial]) -> SearchTrial:
    """The first one of the highest value."""
    return max((trial for trial in trials if trial.state == COMPLETE), key=lambda trial: trial.value)


def _suggested(trial, key: str, low: float, high: float, step: float) -> int | float:
    if all(isinstance(value, int) for value in (low, high, step)):
        return trial.suggest_int(key, low, low + (high - low) // step * step, step=step)
    steps = int((high - low) / step + 1e-9)  # whole ones within the range
    return _rounded(trial.suggest_float(key, low, _rounded(low + steps * step), step=step))


def _rounded(value: int | float) -> int | float:
    return round(value, 12) if isinstance(value, float) else value
