"""What the comparison of all predictors computes (section ``predictors``), and what is refused."""

from collections.abc import Iterator, Mapping

from glassmap.learning.predictors import DYNAMICS, PREDICTORS

NAME = "predictors"  # of the table, the figure and the page


def compared(config: Mapping) -> bool:
    """Whether a study compares predictors: one that judges the models of the second paper, unless it asks for none."""
    return "results" in config["papers"]["jung2023"] and bool(config["predictors"]["rows"])


def models_of(config: Mapping) -> list[str]:
    """Rows that have a file of predictions for each state: the models of the second paper."""
    return list(config["glassmlp"]["models"])


def told(config: Mapping) -> dict[str, str]:
    """What each of these was told."""
    return dict.fromkeys(config["glassmlp"]["models"], DYNAMICS)


def relations(config: Mapping) -> Iterator[str]:
    """Problems that involve several keys, or names."""
    section = config["predictors"]
    for name in section["rows"]:
        if name not in PREDICTORS:
            yield f"predictors.rows: got {name}, allowed: {', '.join(PREDICTORS)}"
    for name in config["glassmlp"]["regressors"]:
        if name in PREDICTORS:
            yield f"glassmlp.regressors: got {name}, the name of a predictor; must be another"
