"""The configuration: fills in defaults and finds every problem before any job starts.

The schema (``workflow/schemas/config.schema.yaml``) defines type, range, default, unit and source of each key;
relations between keys are checked here.
"""

import copy
import ctypes
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import metadata
from itertools import pairwise, product
from pathlib import Path
from string import ascii_uppercase

import jsonschema
import numpy as np
import yaml

from glassmap.errors import ConfigurationError, GlassmapError
from glassmap.io.sample_patterns import find_sample_files, match_files
from glassmap.io.splits import SPLITS, assign_splits
from glassmap.simulation.cooling_protocol import CoolingProtocol, cooling_of
from glassmap.simulation.lammps import find_program
from glassmap.structure.indicators import ORDER_PARAMETERS
from glassmap.system import System, pair_matrix, species_name, species_pairs
from glassmap.variants import STUDY
from glassmap.workflow import jung2023, oyama2023, predictors, swanson2020
from glassmap.workflow.jung2023 import only_named_papers
from glassmap.workflow.machine import runs_lammps
from glassmap.workflow.own_files import (
    clipped,
    computed_parts,
    from_trajectories,
    one_replica_each,
    own_systems,
    problems_of_trajectories,
    relations_of_files,
    species_problems,
    variant_problems,
)
from glassmap.workflow.resources import molecular_dynamics, time_of_job
from glassmap.workflow.swap_source import from_swap, relations_of_swap, variant_problems_of_swap

# sections that a variant of controls.sensitivity may change, except for the keys in FIXED
VARIABLE = ("density", "configurations", "classifier", "cooling")
# parts of the paper that need the network, or what is compared with its maps
ON_A_GRID = frozenset({"networks", "dynamics", "controls"})
STATE_NAME = "[a-z][a-z0-9_]{0,31}"
# in the tables' columns map_class and method, where the names of the networks' classes stand, too
OTHER_MAPS = "own|any|signed|layer_[0-9]+"
PAIR_TABLES = ("sigma", "epsilon", "tong_tanaka_sigma")
FIXED = frozenset(
    {"classifier.states", "classifier.device", "classifier.failed_below", "cooling.replicas", "cooling.batch_size"}
)
# names of figures other than the systems' maps
FIGURES = frozenset().union(*(one.ALL_FIGURES for one in (oyama2023, jung2023, swanson2020, predictors)))
# YAML 1.1 reads 1e-6 as text; here it is a number
NUMBER_AS_TEXT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)[eE][+-]?\d+", re.ASCII)
# larger values, or smaller than its inverse, would overflow in the checks; no quantity in reduced units comes close
LARGEST = 1e20
# no configuration needs more; YAML aliases can expand a short file without end
DEEPEST, MOST_VALUES = 8, 100_000
PLAIN = (Mapping, list, str, bool, int, float, type(None))
# jobs of one rule and system: every cluster job rebuilds the DAG of all jobs
MOST_BATCHES = 10_000
MOST_BINS = 10_000
# with 39 moved maps and the map itself, the two extremes make up 5 %
FEWEST_MOVED_MAPS = 39
MOST_SEGMENTS = 10_000
# LAMMPS counts steps between outputs in 32 bits, and all steps in 53 bits where they pass through a double
MOST_COOLING_STEPS, MOST_STEPS = 2**31 - 1, 2**53
# endings of file names that Snakemake mistakes for an endless recursion of rules
ENDLESS = re.compile(r"(.+)\1{19,}$")
# LAMMPS switches that control how it computes; others could read an input, set a variable or write a file
_WORDS = r"( [A-Za-z0-9][A-Za-z0-9_./]*)*"
_SUFFIX = "(gpu|intel|kk|omp|opt)"
SWITCH = re.compile(
    rf"(-(sf|suffix) ({_SUFFIX}|hybrid {_SUFFIX} {_SUFFIX})|-(pk|package) (gpu|intel|kokkos|omp){_WORDS}"
    rf"|-(k|kokkos) (on|off){_WORDS}|-(nc|nocite))( |$)"
)
SWITCHES = (
    "allowed: -sf (or -suffix) gpu, intel, kk, omp, opt or hybrid and two of these; -pk (-package) gpu, intel, kokkos "
    "or omp with its keywords and values; -k (-kokkos) on or off with its keywords and values; -nc (-nocite)"
)


@cache
def load_schema(path: str | Path) -> dict:
    """Read the schema; cached, so do not modify the result."""
    # the loader in C, where PyYAML has it, is ten times faster
    return yaml.load(Path(path).read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def read_study(*paths: str | Path) -> dict:
    """Merge study files key by key, later ones first, as Snakemake merges ``--configfile`` into ``configfile:``."""
    study: dict = {}
    for path in paths:
        _overlay(study, yaml.safe_load(Path(path).read_bytes()))
    return study


def resolve(config: Mapping, schema: Mapping) -> dict:
    """Complete and validate a configuration.

    Parameters
    ----------
    config : mapping
        As read by Snakemake.
    schema : mapping
        From `load_schema`.

    Returns
    -------
    dict
        With every default filled in and disabled systems removed.

    Raises
    ------
    ConfigurationError
        With one line per problem: the key, what it got, what is allowed.
    """
    config = _checked(config, schema)
    variants(config, schema)
    return config


def resolve_over(path: str | Path, config: Mapping, schema: Mapping) -> dict:
    """As `resolve`, for a configuration that overrides a study file."""
    problems = list(_unreadable(config))
    if problems:
        raise ConfigurationError(problems)
    return resolve(_overlay(read_study(path), config), schema)


def variants(config: Mapping, schema: Mapping) -> dict[str, dict]:
    """Complete and validate the configuration of every variant of a study (``controls.sensitivity``).

    Parameters
    ----------
    config : mapping
        From `resolve`.
    schema : mapping

    Returns
    -------
    dict of str to dict
        Variant name to the study's configuration with the variant's keys, itself without variants.

    Raises
    ------
    ConfigurationError
        With one line per problem, starting with ``controls.sensitivity.<variant>`` or ``readings``.
    """
    base = copy.deepcopy(dict(config))
    base["controls"]["sensitivity"] = {}
    if "dynamics" not in computed_parts(base):
        for block in base["systems"].values():
            block.pop("propensity")  # emptied by `_checked`, which would refuse it so
    known = [STUDY, *config["controls"]["sensitivity"]]
    completed, problems = {}, [
        f"readings.centres: got {clipped(repr(name))}, not a reading of the study; allowed: {', '.join(known)}"
        for name in config["readings"]["centres"]
        if name not in known
    ]  # fmt: skip
    for name, changes in config["controls"]["sensitivity"].items():
        own_problems = list(_not_variable(changes, base["systems"]))
        if not own_problems:
            try:
                # variants share the dynamics and T* of the study
                completed[name] = _checked(
                    _overlay(copy.deepcopy(base), changes),
                    schema,
                    with_dynamics=False,
                    own_cooling="cooling" in changes,
                )
                own_problems = list(_variant_relations(base, completed[name]))
            except ConfigurationError as error:
                own_problems = error.problems
        problems += [f"controls.sensitivity.{name}: {problem}" for problem in own_problems]
    if problems:
        raise ConfigurationError(problems)
    return completed


def systems_of_variant(base: Mapping, variant: Mapping) -> list[str]:
    """Names of the systems changed by a variant from `variants`; all others are shared with the study."""
    sections = any(base[section] != variant[section] for section in VARIABLE)
    return [name for name, block in variant["systems"].items() if sections or block != base["systems"][name]]


def _checked(config: Mapping, schema: Mapping, *, with_dynamics: bool = True, own_cooling: bool = True) -> dict:
    """`resolve` without the variants, and optionally without checking dynamics and T*, or the cooling schedule."""
    problems = list(_unreadable(config))
    if problems:
        raise ConfigurationError(problems)
    config = _complete(only_named_papers(copy.deepcopy(dict(config))), schema, schema)
    # again, since a number written as text may have any size
    problems = list(_unreadable(config)) or sorted(
        {_sentence(leaf) for error in Validator(schema).iter_errors(config) for leaf in _leaves(error)}
    )
    if problems:
        raise ConfigurationError(problems)
    excluded = {name for name, block in config["systems"].items() if not block["enabled"]}
    config["systems"] = {name: block for name, block in config["systems"].items() if name not in excluded}
    for section, key in (("samples", "files"), ("readings", "transfer")):
        given = config[section][key]
        config[section][key] = {name: files for name, files in given.items() if name not in excluded}
        unknown = [name for name in config[section][key] if name not in config["systems"]]
        known = ", ".join(config["systems"])
        problems += [f"{section}.{key}: got {clipped(name)}, must be one of the systems: {known}" for name in unknown]
    predicted = config["jung2023"]
    predicted["transfer"] = {name: source for name, source in predicted["transfer"].items() if name not in excluded}
    predicted["without_runs"] = [name for name in predicted["without_runs"] if name not in excluded]
    parts = config["papers"]["oyama2023"] = computed_parts(config)
    if "controls" not in parts:
        config["controls"] |= {"nulls": [], "attributions": [], "layer_randomisations": 0}
    for name, block in config["systems"].items():
        problems += _dimension_problems(config, name, block)
        if "dynamics" not in parts:
            block["propensity"] = {"temperatures": [], "run_time": config["propensity"]["first_frame"]}
        elif "propensity" not in block:
            problems.append(f"systems.{name}.propensity: missing, required for the dynamics of papers.oyama2023")
        if "networks" in parts and "dynamics" not in parts and "coarse_graining" not in block:
            problems.append(
                f"systems.{name}.coarse_graining: missing, must be set: no lengths are published for {name}, and they "
                "are measured only with the dynamics (papers.oyama2023)"
            )
        problems += _potential_problems(config, name, block)
        problems += jung2023.potential_problems(config, name, block)
        letters = "".join(sorted(block["particles"]))
        if letters != ascii_uppercase[: len(letters)]:
            problems.append(f"systems.{name}.particles: got {', '.join(letters)}, must be A, B, ... without gaps")
        pairs = species_pairs(len(letters))
        block["particles"] = dict(sorted(block["particles"].items()))
        block["states"] = dict(sorted(block["states"].items(), key=lambda state: -state[1]))  # the hottest first
        for option in PAIR_TABLES:
            if option in block and sorted(block[option]) != pairs:
                got = ", ".join(sorted(block[option]))
                problems.append(
                    f"systems.{name}.{option}: got {got}; must have {', '.join(pairs)}, the pairs of its species"
                )
            if option in block:
                block[option] = dict(sorted(block[option].items()))
        block.setdefault("coarse_graining", {})
        block.setdefault("tong_tanaka_sigma", dict(block["sigma"]))
        block["map"].setdefault("figure", f"map_{name}")
        block["map"].setdefault("bare_figure", f"{block['map']['figure']}_bare")
    for options in config["explain"].values():
        options.setdefault("class", config["classifier"]["states"][1])
    problems += _class_problems(config)
    if problems:
        raise ConfigurationError(problems)
    problems = list(_relations(config, with_dynamics, own_cooling))
    if problems:
        raise ConfigurationError(problems)
    return config


def _potential_problems(config: Mapping, name: str, block: Mapping) -> Iterator[str]:
    """Keys of the potential that are missing; systems whose samples are the users' files need none."""
    missing = [key for key in ("epsilon", "cutoff") if key not in block]
    if len(missing) == 1 or (missing and not from_trajectories(config, name)):
        yield from (f"systems.{name}.{key}: missing" for key in missing)


def _class_problems(config: Mapping) -> Iterator[str]:
    """Problems of the two states that the networks tell apart; all systems have the same states."""
    phases = config["classifier"]["states"]
    with_networks = ON_A_GRID.intersection(config["papers"]["oyama2023"]) or config["papers"]["swanson2020"]
    if not (config["systems"] and with_networks):
        return
    name, block = next(iter(config["systems"].items()))
    if [state for state in block["states"] if state in phases] != phases:
        known = ", ".join(f"{state}: {temperature:g}" for state, temperature in block["states"].items())
        yield (
            f"classifier.states: got {clipped(', '.join(phases))}; must be two of systems.{name}.states "
            f"({known}), the hotter one first"
        )
    for state in phases:
        if re.fullmatch(OTHER_MAPS, state):
            yield f"classifier.states: got {state}, the name of other maps in the tables; must not match {OTHER_MAPS}"


def _dimension_problems(config: Mapping, name: str, block: Mapping) -> Iterator[str]:
    """What a three-dimensional system cannot be asked for."""
    if block["dimension"] == 2:
        return
    key, asked = f"systems.{name}", [part for part in config["papers"]["oyama2023"] if part in ON_A_GRID]
    if asked:
        yield (
            f"{key}.dimension: the grid network (papers.oyama2023: {', '.join(asked)}) is two-dimensional; got "
            f"{block['dimension']}; leave out {', '.join(asked)}"
        )
    if config["controls"]["sensitivity"]:
        yield (
            f"{key}.dimension: the grid network (controls.sensitivity) is two-dimensional; got {block['dimension']}; "
            "leave out controls.sensitivity"
        )
    if "tong_tanaka_sigma" in block:
        yield f"{key}.tong_tanaka_sigma: the Tong-Tanaka order parameter is two-dimensional, and {name} is not"


def check_machine(config: Mapping, *, local: bool) -> None:
    """Check that this machine has what the configuration needs.

    Parameters
    ----------
    config : mapping
        From `resolve`.
    local : bool
        Whether jobs run on this machine, so that ``device: cuda`` needs a GPU here, or on the nodes of a cluster, with
        a walltime.

    Raises
    ------
    ConfigurationError
        If ``lammps.command`` is not found, CUDA is required but not available, sample files are missing or belong to
        another system, a regressor of the user's own cannot be made, or a molecular-dynamics segment does not fit into
        a cluster job.
    """
    problems = []
    command = config["lammps"]["command"]
    if runs_lammps(config) and find_program(command) is None:
        problems.append(
            f"lammps.command: got {clipped(repr(command))}, no such program next to {sys.executable} or on the PATH"
        )
    if local and config["classifier"]["device"] == "cuda":
        reason = _why_no_cuda()
        if reason:
            problems.append(f"classifier.device: got 'cuda', but {reason}; allowed here: auto, cpu")
    if config["samples"]["source"] == "files":
        of_files = list(_problems_of_files(config))
        problems += of_files or swanson2020.problems_of_energies(config)
    problems += _problems_of_transfer(config)
    problems += _problems_of_explained(config)
    problems += jung2023.regressor_problems(config)
    problems += predictors.file_problems(config)
    minutes, segment = config["cluster"]["job_time"], molecular_dynamics(config)["segment"].seconds / 60
    if not local and segment > time_of_job(config["cluster"]) / 60:
        problems.append(
            f"cluster.job_time: got {minutes}, but a segment of molecular dynamics takes about {segment:.0f} min at "
            "cluster.pace; must be longer, or cooling.segment_time and propensity.segment_time shorter"
        )
    if problems:
        raise ConfigurationError(problems)


def _problems_of_files(config: Mapping) -> Iterator[str]:
    """Problems of the files that samples are read from."""
    from glassmap.io.samples import energy_problems, snapshot_problems  # heavy, and few studies need it

    for name, block in config["systems"].items():
        key, patterns = f"samples.files.{name}", config["samples"]["files"][name]
        if from_trajectories(config, name):
            yield from problems_of_trajectories(config, name)
            continue
        for kind in ("snapshots", "inherent_energies"):
            pattern = patterns.get(kind)
            if pattern and not find_sample_files(config["samples"], name, kind):
                yield f"{key}.{kind}: got {clipped(repr(pattern))}, no such file"
                return
        snapshots = find_sample_files(config["samples"], name, "snapshots")
        system, temperatures = System.from_config(name, block), list(block["states"].values())
        further = swanson2020.file_temperatures(config, name)
        for problem in snapshot_problems(snapshots, system, [*temperatures, *further], config["cooling"]["replicas"]):
            yield f"{key}.snapshots: {problem}"
        minima, energies = (
            config["inherent_structures"],
            find_sample_files(config["samples"], name, "inherent_energies"),
        )
        limits = (min(temperatures), max(temperatures))
        for problem in energy_problems(energies, system, limits, minima["replicas"], minima["points_per_line"]):
            yield f"{key}.inherent_energies: {problem}"


def _problems_of_transfer(config: Mapping) -> Iterator[str]:
    """Problems of the files with replicas cooled at another rate."""
    for name, pattern in config["readings"]["transfer"].items():
        key, files = f"readings.transfer.{name}", match_files(pattern)
        if not files:
            yield f"{key}: got {clipped(repr(pattern))}, no such file"
        elif name in config["systems"]:
            from glassmap.io.samples import snapshot_problems  # heavy, and few studies need it

            block = config["systems"][name]
            for problem in snapshot_problems(files, System.from_config(name, block), list(block["states"].values()), 0):
                yield f"{key}: {problem}"


def _problems_of_explained(config: Mapping) -> Iterator[str]:
    """Problems of new configurations for the networks that the first sample shows; the job reads the others."""
    for name, options in config["explain"].items():
        from glassmap.io.trajectories.samples import samples_of_system  # heavy

        key, files, system = f"explain.{name}.files", match_files(options["files"]), options["system"]
        if not files:
            yield f"{key}: got {clipped(repr(options['files']))}, no such file"
            continue
        try:
            model = System.from_config(system, config["systems"][system])
            next(samples_of_system(model, files, options, config["density"]["grid"]))
        except GlassmapError as error:
            yield f"{key}: {error}"


def _overlay(base: dict, top: Mapping) -> dict:
    """Merge ``top`` into ``base`` key by key, as Snakemake does."""
    for key, value in top.items():
        below = base.get(key)
        base[key] = _overlay(below if isinstance(below, dict) else {}, value) if isinstance(value, dict) else value
    return base


def _keys(changes: Mapping, key: str = "") -> Iterator[str]:
    """Dotted names of all keys of nested mappings."""
    for name, value in changes.items():
        below = _below(key, name)
        if isinstance(value, Mapping) and value:
            yield from _keys(value, below)
        else:
            yield below


def _not_variable(changes: Mapping, systems: Mapping) -> Iterator[str]:
    """Keys that no variant may change."""
    temperatures = [f"systems.{name}.states.{state}" for name, block in systems.items() for state in block["states"]]
    for key in _keys(changes):
        if key in FIXED or not (key in temperatures or key.split(".")[0] in VARIABLE):
            yield (
                f"{key}: a variant cannot change it; allowed: keys of {', '.join(VARIABLE)} (except "
                f"{', '.join(sorted(FIXED))}) and {', '.join(temperatures)}"
            )


def _variant_relations(base: Mapping, variant: Mapping) -> Iterator[str]:
    """Problems of a variant relative to its study, both complete."""
    yield from variant_problems(base, variant)
    yield from variant_problems_of_swap(base, variant)
    if not systems_of_variant(base, variant):
        yield "changes nothing, must differ from the study in at least one key"
    for name, block in base["systems"].items():
        for option in block["cooling"]:
            if variant["cooling"][option] != base["cooling"][option]:
                key = f"cooling.{option}"
                yield f"{key}: {name} overrides it, and a variant cannot change systems.{name}.{key}"
    if variant["cooling"] != base["cooling"]:
        if base["samples"]["source"] != "cooling":
            origin = "equilibrated by swap Monte Carlo" if from_swap(base) else "read from files"
            yield f"cooling: a variant cannot change it if the samples are {origin}"
        return  # its own cooling saves its own temperatures
    for name, block in base["systems"].items():
        saved = CoolingProtocol.from_config(cooling_of(base, name)).temperatures()
        if base["samples"]["source"] != "cooling":
            saved = np.array(sorted(block["states"].values(), reverse=True))  # files contain no others
        for state, temperature in variant["systems"][name]["states"].items():
            if temperature not in saved:
                yield (
                    f"systems.{name}.states.{state}: got {temperature:g}, must be a temperature that the study's "
                    f"cooling saved ({', '.join(f'{value:g}' for value in saved)})"
                )


def _complete(value, schema: Mapping, root: Mapping):
    """Fill in defaults, order keys, and turn numbers written as text into numbers, following the schema."""
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = {**target, **{key: item for key, item in schema.items() if key != "$ref"}}
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for key, item in properties.items():
            if key not in value and "default" in item:
                value[key] = copy.deepcopy(item["default"])
        other = schema.get("additionalProperties")
        # in the order of the schema, so that reordering keys reruns nothing
        ordered = [*(key for key in properties if key in value), *(key for key in value if key not in properties)]
        value = {key: value[key] for key in ordered}
        for key in value:
            item = properties.get(key, other if isinstance(other, Mapping) else {})
            value[key] = _complete(value[key], item, root)
    elif isinstance(value, list):
        value = [_complete(entry, schema.get("items", {}), root) for entry in value]
    elif schema.get("type") == "number":
        if isinstance(value, str) and NUMBER_AS_TEXT.fullmatch(value):
            value = float(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            value = float(value)  # so that replacing 4 by 4.0 reruns nothing
    elif schema.get("type") == "integer" and isinstance(value, float) and value.is_integer():
        value = int(value)  # an integer in JSON schema, but not in Python
    return value


def _unreadable(config: Mapping) -> Iterator[str]:
    """Problems with values that YAML allows but a configuration never needs; checked before anything else."""
    stack, seen = [("", config, 0)], 0
    while stack:
        key, value, depth = stack.pop()
        seen += 1
        if seen > MOST_VALUES:
            yield f"{key}: got more than {MOST_VALUES} values up to here, must be fewer"
            return
        if not isinstance(value, PLAIN):
            kind = type(value).__name__
            yield f"{key}: got a value of type {kind}, must be keys, a list, text, a number, true or false"
        elif depth > DEEPEST:
            yield f"{key}: got nested keys or lists, must be at most {DEEPEST} levels deep"
        elif isinstance(value, Mapping):
            for name in value:
                if not isinstance(name, str):
                    yield f"{_below(key, name)}: got a key of type {type(name).__name__}, must be text (in quotes)"
            stack += [(_below(key, name), item, depth + 1) for name, item in reversed(value.items())]
        elif isinstance(value, list):
            stack += [(f"{key}[{index}]", item, depth + 1) for index, item in reversed(list(enumerate(value)))]
        elif isinstance(value, float) and not math.isfinite(value):
            yield f"{key}: got {value}, must be a finite number"
        elif isinstance(value, int | float) and value and not 1 / LARGEST <= abs(value) <= LARGEST:
            # Python refuses to write out an integer of thousands of digits
            got = f"{value:g}" if isinstance(value, float) else f"an integer of {value.bit_length()} bits"
            yield f"{key}: got {got}, must be 0 or of a magnitude between {1 / LARGEST:g} and {LARGEST:g}"


def _below(key: str, name: object) -> str:
    """Dotted name of a key below another, always on one line."""
    text = name if isinstance(name, str) else clipped(repr(name))
    if not (text and text.isprintable()):
        text = json.dumps(text)
    return f"{key}.{clipped(text)}" if key else clipped(text)


def _whole_pattern(validator, pattern: str, instance, schema: Mapping) -> Iterator[jsonschema.ValidationError]:
    """JSON schema's ``pattern`` for the whole text; Python's ``$`` would allow a trailing newline."""
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _whole_pattern})


def _leaves(error: jsonschema.ValidationError) -> list[jsonschema.ValidationError]:
    return [leaf for child in error.context for leaf in _leaves(child)] if error.context else [error]


def _sentence(error: jsonschema.ValidationError) -> str:
    """One line for one schema error: key, value, what is allowed."""
    key = ""
    for part in error.absolute_path:
        key = f"{key}[{part}]" if isinstance(part, int) else _below(key, part)
    if error.validator == "additionalProperties":
        allowed = sorted(error.schema.get("properties", {}))
        unknown = sorted(name for name in error.instance if name not in allowed)
        names = ", ".join(_below(key, name) for name in unknown)
        return f"{names}: unknown key, allowed here: {', '.join(allowed)}"
    if error.validator == "required":
        missing = ", ".join(name for name in error.validator_value if name not in error.instance)
        return f"{key}.{missing}: missing" if key else f"{missing}: missing"
    if "propertyNames" in error.absolute_schema_path:
        got, pattern = f"{key or 'systems'}: got the name {clipped(repr(error.instance))}", error.schema["pattern"]
        kinds = {"controls.sensitivity": "a variant", "explain": "new configurations", "samples.files": "a system"}
        kind = kinds.get(key, "a system" if "not" in error.schema else "")
        reserved = f" and not be one of {', '.join(error.schema['not']['enum'])}" if "not" in error.schema else ""
        return f"{got}, {kind and f'not a valid name of {kind}; '}must match {pattern}{reserved}"
    limits = {
        "type": "must be of type {}",
        "enum": "allowed: {}",
        "minimum": "must be at least {}",
        "exclusiveMinimum": "must be greater than {}",
        "maximum": "must be at most {}",
        "exclusiveMaximum": "must be less than {}",
        "pattern": "must match {}",
        "minItems": "must have at least {} entries",
        "maxItems": "must have at most {} entries",
        "minProperties": "must have at least {} entries",
        "maxProperties": "must have at most {} entries",
        "maxLength": "must have at most {} characters",
        "uniqueItems": "entries must differ",
    }
    value = error.validator_value
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    got = clipped(json.dumps(error.instance))
    allowed = limits.get(error.validator, error.message).format(value)
    return f"{key or 'configuration'}: got {got}, {allowed}"


def _relations(config: Mapping, with_dynamics: bool, own_cooling: bool) -> Iterator[str]:
    """Problems that involve several keys."""
    cooling, split, density, classifier = (config[name] for name in ("cooling", "split", "density", "classifier"))
    if config["samples"]["source"] == "files":
        yield from relations_of_files(config)
    if from_swap(config):
        yield from relations_of_swap(config)
    if not config["systems"]:
        yield "systems: all systems have enabled: false, at least one must be true"
    replicas, batch_size = cooling["replicas"], cooling["batch_size"]
    if replicas % batch_size and not own_systems(config) and not from_swap(config):
        yield (
            f"cooling.replicas: got {replicas}, must be a multiple of cooling.batch_size ({batch_size}), "
            "so that adding replicas keeps finished batches"
        )
    if replicas // batch_size > MOST_BATCHES:
        yield (
            f"cooling.batch_size: got {batch_size}, {replicas // batch_size} batches of cooling.replicas ({replicas}); "
            f"must be at least {math.ceil(replicas / MOST_BATCHES)}"
        )
    total = sum(split.values())
    if abs(total - 1) > 1e-9:
        yield f"split: got fractions that sum to {total:g}, must sum to 1"
    else:
        counts = _splits(replicas, tuple(split.items()))
        for name in SPLITS:
            if name not in counts:
                yield f"split.{name}: got {split[name]:g} of {replicas} replicas, must yield at least 1 replica"
        if classifier["training_replicas"] > (available := int((counts == "train").sum())):
            yield (
                f"classifier.training_replicas: got {classifier['training_replicas']}, must be at most the {available} "
                "replicas of the train split"
            )
    if classifier["kernel_size"] % 2 == 0:
        yield f"classifier.kernel_size: got {classifier['kernel_size']}, must be odd"
    elif classifier["kernel_size"] // 2 > density["grid"]:
        yield (
            f"classifier.kernel_size: got {classifier['kernel_size']}, must be at most "
            f"{2 * density['grid'] + 1} with density.grid {density['grid']}"
        )
    minimised = config["inherent_structures"]["replicas"]
    if minimised > replicas and config["papers"]["oyama2023"] and not from_swap(config):
        yield f"inherent_structures.replicas: got {minimised}, must be at most cooling.replicas ({replicas})"
    nearest, farthest = config["crystals"]["distance_range"]
    if nearest >= farthest:
        yield f"crystals.distance_range: got [{nearest:g}, {farthest:g}], must be in increasing order"
    elif config["crystals"]["bin_width"] > farthest - nearest:
        yield (
            f"crystals.bin_width: got {config['crystals']['bin_width']:g}, must be at most crystals.distance_range "
            f"({farthest - nearest:g})"
        )
    yield from _argument_relations(config["lammps"]["arguments"])
    yield from jung2023.relations(config)
    yield from swanson2020.relations(config)
    yield from predictors.relations(config)
    parts = config["papers"]["oyama2023"]
    if "controls" in parts and "networks" not in parts:
        yield f"papers.oyama2023: got {', '.join(parts)}; controls require networks"
    if "dynamics" in parts:
        yield from _propensity_relations(config)
    yield from _attribution_relations(config)
    yield from _explained_relations(config)
    figures: dict[str, str] = dict.fromkeys(FIGURES, "another figure")
    for name, block in config["systems"].items():
        yield from _system_relations(config, name, block, with_dynamics, own_cooling)
        yield from jung2023.system_relations(config, name, block)
        if ENDLESS.search(name):
            yield f"systems: got the name {name!r}, not a valid name of a system; must not end in 20 repetitions"
        for key in ("figure", "bare_figure"):
            figure = block["map"][key]
            if ENDLESS.search(figure):
                yield f"systems.{name}.map.{key}: got {figure!r}, must not end in 20 repetitions"
            if figure in figures:
                yield f"systems.{name}.map.{key}: got {figure!r}, already used by {figures[figure]}"
            figures[figure] = f"systems.{name}"


def _explained_relations(config: Mapping) -> Iterator[str]:
    """Problems of ``explain`` that need no file to be seen."""
    allowed = [*config["classifier"]["states"], "own"]
    for name, options in config["explain"].items():
        key, system = f"explain.{name}", options["system"]
        if not ON_A_GRID.intersection(config["papers"]["oyama2023"]):
            needed = ", ".join(sorted(ON_A_GRID))
            yield f"{key}: the study has no networks to ask; papers.oyama2023 must have one of {needed}"
        if options["class"] not in allowed:
            yield f"{key}.class: got {options['class']}, allowed: {', '.join(allowed)}"
        if system in config["systems"]:
            yield from species_problems(key, options, system, config["systems"][system])
        else:
            yield f"{key}.system: got {system}, allowed: {', '.join(config['systems'])}"


@lru_cache(maxsize=8)
def _splits(replicas: int, fractions: tuple[tuple[str, float], ...]) -> np.ndarray:
    """`assign_splits`, once for a study and its variants."""
    return assign_splits(replicas, dict(fractions))


def _argument_relations(arguments: str) -> Iterator[str]:
    """Problems of the LAMMPS switches; the allowed ones need no quoting."""
    rest = " ".join(arguments.split())
    while rest and (switch := SWITCH.match(rest)):
        rest = rest[switch.end() :]
    if rest or not arguments.isprintable():
        yield f"lammps.arguments: got {clipped(repr(rest or arguments))}, {SWITCHES}"


def _propensity_relations(config: Mapping) -> Iterator[str]:
    """Problems of the isoconfigurational ensembles common to all systems."""
    cooling, propensity, lengths = config["cooling"], config["propensity"], config["lengths"]
    if abs(sum(config["split"].values()) - 1) <= 1e-9 and one_replica_each(config):
        test = np.flatnonzero(_splits(cooling["replicas"], tuple(config["split"].items())) == "test").tolist()
        for replica in propensity["configurations"]:
            if replica not in test:
                some = ", ".join(map(str, test[:8])) + (", ..." if len(test) > 8 else "")
                yield f"propensity.configurations: got {replica}, not a replica of the test split; allowed: {some}"
    for key in ("runs", "runs_at_highest"):
        if propensity[key] % propensity["batch_size"]:
            yield (
                f"propensity.{key}: got {propensity[key]}, must be a multiple of propensity.batch_size "
                f"({propensity['batch_size']})"
            )
    if 0 < propensity["moved_maps"] < FEWEST_MOVED_MAPS:
        yield (
            f"propensity.moved_maps: got {propensity['moved_maps']}, must be 0 (none) or at least {FEWEST_MOVED_MAPS} "
            "for a band of 95 %"
        )
    for name, block in config["systems"].items():
        others = len(block["propensity"]["temperatures"]) - 1
        runs = len(propensity["configurations"]) * (propensity["runs_at_highest"] + others * propensity["runs"])
        if runs / propensity["batch_size"] > MOST_BATCHES:
            yield (
                f"propensity.batch_size: got {propensity['batch_size']} for the {runs} runs of {name}, "
                f"must be at least {math.ceil(runs / MOST_BATCHES)}"
            )
    runs = propensity["ensembles"]["count"] * propensity["ensembles"]["size"]
    if runs > propensity["runs_at_highest"]:
        yield (
            f"propensity.runs_at_highest: got {propensity['runs_at_highest']}, must be at least {runs} for "
            f"{propensity['ensembles']['count']} disjoint ensembles of {propensity['ensembles']['size']} runs"
        )
    if config["xi"] == "held_out" and len(propensity["configurations"]) < 2:
        yield (
            "xi: got 'held_out', which chooses lengths on other configurations; "
            "must be paper or measured with a single entry in propensity.configurations"
        )
    if lengths["bin_width"] > lengths["maximum_distance"]:
        yield (
            f"lengths.bin_width: got {lengths['bin_width']:g}, must be at most lengths.maximum_distance "
            f"({lengths['maximum_distance']:g})"
        )
    if lengths["maximum_distance"] / lengths["bin_width"] > MOST_BINS:
        yield (
            f"lengths.bin_width: got {lengths['bin_width']:g}, must be at least "
            f"{lengths['maximum_distance'] / MOST_BINS:g} for at most {MOST_BINS} bins"
        )


def _attribution_relations(config: Mapping) -> Iterator[str]:
    """Problems of the attribution methods."""
    controls, grid, layers = config["controls"], config["density"]["grid"], len(config["classifier"]["channels"])
    window, stride = controls["occlusion_window"], controls["occlusion_stride"]
    if window > grid:
        yield f"controls.occlusion_window: got {window}, must be at most density.grid ({grid})"
    if stride > window:
        yield f"controls.occlusion_stride: got {stride}, must be at most controls.occlusion_window ({window})"
    for method in controls["attributions"]:
        if method.startswith("gradcam_layer_") and int(method.removeprefix("gradcam_layer_")) > layers:
            yield (
                f"controls.attributions: got {method!r}, but classifier.channels has {layers} "
                f"convolution{'s' if layers > 1 else ''}"
            )


def _system_relations(
    config: Mapping, name: str, block: Mapping, with_dynamics: bool, own_cooling: bool
) -> Iterator[str]:
    cooling, key = cooling_of(config, name), f"systems.{name}"

    system = System.from_config(name, block)
    box_length = system.box_length
    problems = list(_state_relations(config, key, block["states"]))
    yield from problems
    if problems:
        return
    start, states = cooling["temperature_start"], block["states"]
    liquid, glass = max(states.values()), min(states.values())
    own_cooling = own_cooling and not from_trajectories(config, name) and not from_swap(config)
    if own_cooling and start < liquid:
        hottest = max(states, key=states.get)
        yield f"cooling.temperature_start: got {start:g}, must be at least {key}.states.{hottest} ({liquid:g})"
        return
    if own_cooling:
        problems = list(_schedule_relations(config, name, block))
        yield from problems
        if problems:
            return
    parts = config["papers"]["oyama2023"]
    if with_dynamics and "dynamics" in parts:
        yield from _ensemble_relations(config, key, block, box_length)
    saved = CoolingProtocol.from_config(cooling).temperatures()
    fitted = [value for value in saved if glass <= value <= liquid]
    fewest = 2 * config["inherent_structures"]["points_per_line"]
    if with_dynamics and "glass_transition" in parts and len(fitted) < fewest:
        yield (
            f"cooling.temperature_grid: got {len(fitted)} temperatures from T_G to T_L ({glass:g} to {liquid:g}, "
            f"inclusive) of {name}, must be at least {fewest} for the two line fits of T*"
        )
    if system.has_potential and system.cutoff.max() >= box_length / 2:
        yield (
            f"{key}.cutoff: got {block['cutoff']:g} sigma_ij = {system.cutoff.max():g}, "
            f"must be less than half the box ({box_length / 2:g})"
        )
    yield from _bin_relations(config, key, box_length)
    radius = config["indicators"]["density_radius"]
    if radius + 0.5 >= box_length / 2:  # freud smooths the edge of the disc by 0.5 on both sides
        yield (
            f"indicators.density_radius: got {radius:g}, "
            f"must be less than half the box minus 0.5 ({box_length / 2 - 0.5:g}) of {key}"
        )
    if system.dimension == 2 and parts:
        yield from _plane_relations(config, key, system, block)


def _schedule_relations(config: Mapping, name: str, system_block: Mapping) -> Iterator[str]:
    """Problems of the cooling schedule of one system."""
    cooling, states = cooling_of(config, name), system_block["states"]
    start, liquid, glass = cooling["temperature_start"], max(states.values()), min(states.values())

    def key_of(option: str) -> str:
        return f"systems.{name}.cooling.{option}" if option in system_block["cooling"] else f"cooling.{option}"

    bounds = [start, *(part["below"] * liquid for part in cooling["further_rates"]), glass]
    for index, (above, below) in enumerate(pairwise(bounds[:-1])):
        if not glass < below < above:
            got = cooling["further_rates"][index]["below"]
            yield (
                f"{key_of('further_rates')}[{index}].below: got {got:g} (T = {below:g} in {name}), must lie between "
                f"T_G = {glass:g} and {'temperature_start' if index == 0 else 'the previous one'} = {above:g}, in "
                "units of T_L"
            )
            return
    protocol = CoolingProtocol.from_config(cooling)
    steps = protocol.steps()
    if not cooling["energy_records"] <= steps <= MOST_COOLING_STEPS:
        yield (
            f"{key_of('cooling_rate')}: got {cooling['cooling_rate']:g}, which cools {name} in {steps:.10g} steps; "
            f"must take at least cooling.energy_records ({cooling['energy_records']}) and at most {MOST_COOLING_STEPS}"
        )
        return
    if cooling["equilibration_time"] / cooling["time_step"] > MOST_COOLING_STEPS:
        yield (
            f"{key_of('equilibration_time')}: got {cooling['equilibration_time']:g}, must be at most "
            f"{MOST_COOLING_STEPS * cooling['time_step']:g} with cooling.time_step {cooling['time_step']:g}"
        )
    for temperature in cooling["temperature_grid"]:
        if not glass <= temperature <= start:
            yield f"cooling.temperature_grid: got {temperature:g}, must lie between {glass:g} and {start:g} for {name}"
            return
    segment, time_step = cooling["segment_time"], cooling["time_step"]
    if not time_step <= segment < time_step * 2**53:
        yield f"cooling.segment_time: got {segment:g}, must be at least cooling.time_step ({time_step:g})"
    if len(set(protocol.snapshot_steps().tolist())) < len(protocol.temperatures()):
        yield f"cooling.temperature_grid: got temperatures that {name} passes in the same step, must be further apart"


def _plane_relations(config: Mapping, key: str, system: System, block: Mapping) -> Iterator[str]:
    """Problems of what only a two-dimensional system has: the density field on a grid, and Tong-Tanaka's angles."""
    density, box_length, name = config["density"], system.box_length, system.name
    reach = density["cutoff"] * system.sigma.diagonal()
    if reach.max() >= box_length / 2:
        yield (
            f"density.cutoff: got {density['cutoff']:g} sigma_ii = {reach.max():g} in {name}, "
            f"must be less than half the box ({box_length / 2:g})"
        )
    spacing = box_length / density["grid"]
    if spacing > reach.min() and "networks" in config["papers"]["oyama2023"]:
        coarsest = math.ceil(box_length / reach.min())
        yield (
            f"density.grid: got {density['grid']}, a spacing of {spacing:.3g} larger than the cutoff {reach.min():.3g} "
            f"of the smallest particle of {name}, must be at least {coarsest}"
        )
    shown = ("gradcam", *ORDER_PARAMETERS)
    for indicator in block["map"]["inverted"]:
        if indicator not in shown:
            yield f"{key}.map.inverted: got {clipped(repr(indicator))}, not in the maps; allowed: {', '.join(shown)}"
    distances = pair_matrix(block["tong_tanaka_sigma"])
    for first, second, centre in product(range(len(distances)), repeat=3):
        if distances[first, second] > distances[centre, first] + distances[centre, second]:
            pair = species_name(min(first, second)) + species_name(max(first, second))
            yield (
                f"{key}.tong_tanaka_sigma.{pair}: got {distances[first, second]:g}, which forms no triangle "
                "with the other two distances; must be at most their sum"
            )
            return


def _bin_relations(config: Mapping, key: str, box_length: float) -> Iterator[str]:
    """Problems of the bins of g(r), whose range scales with the box."""
    crystals, radial = config["crystals"], config["radial_distribution"]
    farthest = crystals["distance_range"][1]
    for name, section, reach in (
        ("crystals", crystals, farthest),
        ("radial_distribution", radial, radial["reach"] * box_length),
    ):
        fewest = reach / MOST_BINS
        if section["bin_width"] < fewest:
            yield (
                f"{name}.bin_width: got {section['bin_width']:g}, must be at least {fewest:g} for at most {MOST_BINS} "
                f"bins in {key}"
            )


def _state_relations(config: Mapping, key: str, states: Mapping[str, float]) -> Iterator[str]:
    """Problems of the states that samples of one system are taken in."""
    got = ", ".join(f"{name}: {temperature:g}" for name, temperature in states.items())
    for name in states:
        if not re.fullmatch(STATE_NAME, name):
            yield f"{key}.states: got the name {clipped(repr(name))}, must match {STATE_NAME}"
            return
    if len(set(states.values())) < len(states):
        yield f"{key}.states: got {got}, temperatures must differ"
        return
    first, block = next(iter(config["systems"].items()))
    if list(states) != list(block["states"]):
        yield f"{key}.states: got {got}, must name the same states, from the hottest on, as systems.{first}.states"
        return


def _ensemble_relations(config: Mapping, key: str, block: Mapping, box_length: float) -> Iterator[str]:
    """Problems of the isoconfigurational ensembles of one system."""
    propensity, lengths = config["propensity"], config["lengths"]
    run_time, time_step = block["propensity"]["run_time"], propensity["time_step"]
    phases = config["classifier"]["states"]
    liquid, glass = (block["states"][name] for name in phases)
    temperatures = block["propensity"]["temperatures"]
    for temperature in temperatures:
        if not glass < temperature <= liquid:
            yield (
                f"{key}.propensity.temperatures: got {temperature:g}, must be above {glass:g} and at most "
                f"{key}.states.{phases[0]} ({liquid:g})"
            )
    if len({f"{temperature:g}" for temperature in temperatures}) < len(temperatures):
        yield f"{key}.propensity.temperatures: got temperatures that agree to six digits, must differ by more"
    for time in (propensity["first_frame"], *propensity["extra_times"]):
        name = "first_frame" if time == propensity["first_frame"] else "extra_times"
        if not time_step <= time <= run_time:
            yield (
                f"propensity.{name}: got {time:g}, must lie between propensity.time_step ({time_step:g}) and "
                f"{key}.propensity.run_time ({run_time:g})"
            )
    for name, segment in (
        ("propensity.segment_time", propensity["segment_time"]),
        (f"{key}.propensity.run_time", run_time),
    ):
        if not time_step <= segment < time_step * MOST_STEPS:
            yield (
                f"{name}: got {segment:g}, must be at least propensity.time_step ({time_step:g}) and less than "
                f"{time_step * MOST_STEPS:g}"
            )
    shortest = run_time / MOST_SEGMENTS
    if propensity["segment_time"] < shortest:
        yield (
            f"propensity.segment_time: got {propensity['segment_time']:g}, must be at least {shortest:g} for at most "
            f"{MOST_SEGMENTS} segments of {key}.propensity.run_time ({run_time:g})"
        )
    if lengths["maximum_distance"] >= box_length / 2:
        yield (
            f"lengths.maximum_distance: got {lengths['maximum_distance']:g}, "
            f"must be less than half the box ({box_length / 2:g}) of {key}"
        )
    for protocol, published in block["coarse_graining"].items():
        if len(published["propensity_maps"]) != len(lengths["targets"]):
            yield (
                f"{key}.coarse_graining.{protocol}.propensity_maps: got {len(published['propensity_maps'])} entries, "
                f"must be one for each of lengths.targets ({len(lengths['targets'])})"
            )


def _why_no_cuda() -> str | None:
    """Reason why CUDA is unavailable here, found without importing torch; None if it is available."""
    version = metadata.version("torch")
    if "+cpu" in version:
        return f"torch {version} is a build without CUDA"
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "this machine has no CUDA driver (libcuda.so.1)"
    count = ctypes.c_int(0)
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or count.value < 1:
        return "this machine has no CUDA device"
    return None


def describe(schema: Mapping) -> str:
    """The table of all keys in config/README.md: key, default, unit, meaning, source."""
    rows = ["| key | default | unit | meaning | source |", "|---|---|---|---|---|"]

    def visit(item: Mapping, key: str) -> None:
        if "properties" in item and not item.get("source"):
            for name, child in item["properties"].items():
                visit(child, f"{key}.{name}" if key else name)
        elif "$ref" in (item.get("additionalProperties") or {}):
            visit(schema["$defs"]["system"], f"{key}.<system>")
        else:
            default = json.dumps(item["default"]) if "default" in item else "—"
            allowed = f" ({', '.join(item['enum'])})" if "enum" in item else ""
            cells = (f"`{key}`", default, item.get("unit", ""), item["description"] + allowed, item["source"])
            rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")

    visit(schema, "")
    return "\n".join(rows) + "\n"
