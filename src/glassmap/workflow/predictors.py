"""What the comparison of all predictors computes (section ``predictors``), and what is refused."""

import math
import os
from collections.abc import Iterator, Mapping

from glassmap.io.splits import assign_splits
from glassmap.learning.names import D_MPNN, DENSITY_CNN
from glassmap.learning.predictors import DYNAMICS, PREDICTORS, Predictor
from glassmap.workflow.jung2023 import states_of, systems_with_runs, training_structures

NAME = "predictors"  # of the table, the figure and the page
S4 = "predictors_s4"  # of the table and the figure
TRANSFER, LEARNING_CURVES = "predictor_transfer", "learning_curves"
ALL_FIGURES = frozenset({NAME, S4, LEARNING_CURVES})
GRAPH_NETWORK = "graph_network"  # a row that learns from the runs themselves


def compared(config: Mapping) -> bool:
    """Whether a study compares predictors: one that judges the models of the second paper, unless it asks for none."""
    return "results" in config["papers"]["jung2023"] and bool(config["predictors"]["rows"])


def tables(config: Mapping) -> list[str]:
    """Names of the tables."""
    return [NAME, S4, TRANSFER, *_curves(config)] if compared(config) else []


def figures(config: Mapping) -> list[str]:
    """Names of the figures."""
    return [NAME, S4, *_curves(config)] if compared(config) else []


def _curves(config: Mapping) -> list[str]:
    return [LEARNING_CURVES] if config["predictors"]["learning_curve"] else []


def fields_of(config: Mapping) -> list[str]:
    """Rows that are not told the dynamics, of the registry."""
    return [name for name in config["predictors"]["rows"] if name in PREDICTORS]


def fields_of_system(config: Mapping, system: str) -> list[str]:
    """Those of a system: of one that is not learned from none that would learn from its structures."""
    alone = system in config["jung2023"]["transfer"]
    return [name for name in fields_of(config) if not (alone and _learns(PREDICTORS[name]))]


def _learns(predictor: Predictor) -> bool:
    """Networks with random weights are as many as those that the study trains."""
    return predictor.trained or bool(predictor.networks)


def training_of_networks(config: Mapping) -> int:
    """Replicas that the networks of the first paper learn from."""
    in_training = int((assign_splits(config["cooling"]["replicas"], config["split"]) == "train").sum())
    return config["classifier"]["training_replicas"] or in_training


def trained_on(config: Mapping) -> dict[str, int]:
    """Structures of each state that the networks of a row have learned from, each of them."""
    replicas, folds = config["cooling"]["replicas"], config["swanson2020"]["folds"]
    of_networks = {DENSITY_CNN: training_of_networks(config), D_MPNN: replicas - math.ceil(replicas / folds)}
    return {name: of_networks[kind] for name, kind in class_network_rows(config).items() if PREDICTORS[name].trained}


def class_network_rows(config: Mapping) -> dict[str, str]:
    """Rows that need networks that tell two states, and which networks."""
    return {name: PREDICTORS[name].networks for name in fields_of(config) if PREDICTORS[name].networks}


def own_rows(config: Mapping) -> dict[str, dict]:
    """Rows of the users' own, by name."""
    return config["predictors"]["own"] if compared(config) else {}


def with_graph_network(config: Mapping) -> bool:
    """Whether the graph network is a row."""
    return compared(config) and GRAPH_NETWORK in config["predictors"]["rows"]


def models_of(config: Mapping) -> list[str]:
    """Rows that have a file of predictions for each state: the models of the second paper, and the users' own."""
    network = [GRAPH_NETWORK] if with_graph_network(config) else []
    return [*config["glassmlp"]["models"], *network, *own_rows(config)]


def told(config: Mapping) -> dict[str, str]:
    """What each of these was told."""
    own = {name: block["told"] for name, block in own_rows(config).items()}
    return {**dict.fromkeys(models_of(config), DYNAMICS), **own}


def array_of(pattern: str, system: str, state: str) -> str:
    """The file of a user's own values of a state."""
    return pattern.replace("{system}", system).replace("{state}", state)


def file_problems(config: Mapping) -> Iterator[str]:
    """Files of the users' own values that are not there; those below results/ may be made by the study itself."""
    for name, block in own_rows(config).items():
        for system in systems_with_runs(config) if "array" in block else ():
            for state in states_of(config):
                path = array_of(block["array"], system, state)
                if not (os.path.exists(path) or path.startswith("results/")):
                    yield f"predictors.own.{name}.array: got {path[:200]!r}, no such file"


def _array_problem(pattern: str) -> str:
    """What is wrong with the pattern of an array; empty if nothing is."""
    if not pattern.endswith(".npy"):
        return "must end in .npy"
    if set(array_of(pattern, "", "")) & set("{}"):
        return "must have no other placeholders than {system} and {state}"
    return ""


def _class_network_relations(config: Mapping) -> Iterator[str]:
    """Rows whose networks the study does not train, or that have no attention."""
    options = config["swanson2020"]
    for name, kind in class_network_rows(config).items() if compared(config) else ():
        got = f"predictors.rows: got {name}, which needs"
        if kind == DENSITY_CNN and "networks" not in config["papers"]["oyama2023"]:
            yield f"{got} the networks of the first paper; must be with networks in papers.oyama2023"
        if kind == D_MPNN and not ("networks" in config["papers"]["swanson2020"] and kind in options["networks"]):
            yield f"{got} {kind}; must be with networks in papers.swanson2020 and {kind} in swanson2020.networks"
        elif kind == D_MPNN and options.get("slow"):
            yield f"{got} {kind} of the predicted systems; must be without swanson2020.slow"
        elif kind == D_MPNN and (options["graph"]["attention"] == "none" or options["graph"]["steps"] < 2):
            yield f"{got} attention; must be with another swanson2020.graph.attention than none, and two steps or more"


def relations(config: Mapping) -> Iterator[str]:
    """Problems that involve several keys, or names."""
    section, known = config["predictors"], [*PREDICTORS, GRAPH_NETWORK]
    for name in section["rows"]:
        if name not in known:
            yield f"predictors.rows: got {name}, allowed: {', '.join(known)} (more in predictors.own)"
    for key, names in (("glassmlp.regressors", config["glassmlp"]["regressors"]), ("predictors.own", section["own"])):
        for name in names:
            if name in known:
                yield f"{key}: got {name}, the name of a predictor of glassmap; must be another"
    numbers = {name: training_structures(config, name) for name in config["systems"]} if compared(config) else {}
    fewest = min((number for number in numbers.values() if number), default=0)
    for number in section["learning_curve"] if fewest else ():
        if number > fewest:
            yield f"predictors.learning_curve: got {number}, must be at most the {fewest} training structures"
    measured = set(config["jung2023"]["transfer"]).difference(config["jung2023"]["without_runs"])
    if GRAPH_NETWORK in section["rows"] and measured:
        yield f"predictors.rows: got {GRAPH_NETWORK}, which predicts no other system; must be without jung2023.transfer"
    yield from _class_network_relations(config)
    for name, block in section["own"].items():
        key = f"predictors.own.{name}"
        if name in config["glassmlp"]["models"]:
            yield f"{key}: is the name of one of glassmlp.models; must be another"
        if ("column" in block) == ("array" in block):
            yield f"{key}: got {'both' if 'column' in block else 'neither'} of column and array, must have one of them"
        if "array" in block and (problem := _array_problem(block["array"])):
            yield f"{key}.array: got {block['array'][:80]!r}, {problem}"
        if "column" in block and config["samples"]["source"] != "files":
            yield f"{key}.column: is a column of your own files; must have samples.source: files"
