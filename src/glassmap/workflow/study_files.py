"""YAML of study files and of ``--config`` that Snakemake's parsing loses, and targets of other studies."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml

FOREIGN_TARGET = re.compile(r"No rule to produce results/(?P<study>[^/\s]+)/")
DEFAULTS = "config.yaml"  # the study file that needs no --configfile
MERGE = "tag:yaml.org,2002:merge"  # the key <<


def repeated_keys(path: str | Path) -> Iterator[str]:
    """Duplicate keys in a YAML file, of which YAML silently keeps the last.

    Parameters
    ----------
    path : path-like

    Yields
    ------
    str
        One line per key, with its dotted name and both line numbers. Of keys merged by ``<<``, those that two mappings
        give; one that the mapping itself gives as well is overridden, which is what merging is for.
    """
    stack: list[tuple[str, yaml.Node]] = [("", yaml.compose(Path(path).read_bytes(), Loader=yaml.SafeLoader))]
    seen = set()  # an alias leads back to a node
    while stack:
        key, node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            stack += [(f"{key}[{index}]", item) for index, item in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            own: dict[str, int] = {}
            merged: dict[str, int] = {}
            for name, line, value, is_merged in _entries(node):
                dotted = f"{key}.{name}" if key else name
                lines = merged if is_merged else own
                if name in lines:
                    yield f"{path}: {dotted}: given twice, in lines {lines[name]} and {line}; leave one"
                lines[name] = line
                stack.append((dotted, value))


def _entries(
    mapping: yaml.MappingNode, line: int | None = None, depth: int = 0
) -> Iterator[tuple[str, int, yaml.Node, bool]]:
    """Keys, line numbers and values of a mapping, and whether they are merged; these have the line of their ``<<``."""
    for name, value in mapping.value:
        here = line or name.start_mark.line + 1
        if name.tag != MERGE:
            yield str(name.value), here, value, False
        elif depth < 8:  # a mapping may merge itself
            parts = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for part in parts:
                if isinstance(part, yaml.MappingNode):
                    entries = sorted(_entries(part, here, depth + 1), key=lambda entry: not entry[3])
                    # its own keys come after those that it merges
                    effective = {name: value for name, _, value, _ in entries}
                    yield from ((name, here, value, True) for name, value in effective.items())


def read_command_line(config: dict, values: Mapping) -> dict:
    """Re-read the values of ``--config`` in a configuration as YAML at every depth.

    Parameters
    ----------
    config : dict
        As merged by Snakemake.
    values : mapping
        ``--config`` as parsed by Snakemake.
    """
    for key, value in values.items():
        if isinstance(value, Mapping) and isinstance(config.get(key), Mapping):
            config = {**config, key: read_command_line(config[key], value)}
        elif key in config and config[key] == value:  # a module may have received another value
            config = {**config, key: from_command_line(value)}
    return config


def from_command_line(value):
    """A value of ``--config`` as read by YAML; Snakemake leaves values inside braces and brackets as text.

    Parameters
    ----------
    value : object
        As Snakemake parsed it.
    """
    if isinstance(value, Mapping):
        return {key: from_command_line(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_command_line(item) for item in value]
    if not isinstance(value, str):
        return value
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError:
        return value
    return read if isinstance(read, bool | int | float | type(None)) else value


def name_foreign_target(study: str, folder: str | Path) -> Callable[[logging.LogRecord], bool]:
    """Log filter that adds the remedy to Snakemake's error on a target of another study, for which it has no rule.

    Parameters
    ----------
    study : str
        The study of this run.
    folder : path-like
        Folder of study files, in which the other study is looked for.
    """

    def add_remedy(record: logging.LogRecord) -> bool:
        said = record.getMessage()
        found = FOREIGN_TARGET.search(said)
        if found and found["study"] != study:
            record.msg, record.args = f"{said}\n{_remedy(found['study'], study, Path(folder))}", ()
        return True

    return add_remedy


def _remedy(other: str, study: str, folder: Path) -> str:
    path = next((path for path in sorted(folder.glob("*.yaml")) if _study_of(path) == other), None)
    belongs = f"It belongs to the study {other}, and this is {study}"
    if path and path.name == DEFAULTS:
        return f"{belongs}: leave out --configfile."
    return f"{belongs}: give --configfile {path or 'with the file of that study'} after the target."


def _study_of(path: Path) -> str | None:
    """Name of the study of a study file; None if it has none."""
    try:
        content = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError:
        return None
    return content.get("study") if isinstance(content, Mapping) else None
