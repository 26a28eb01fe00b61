"""Studies on configurations that users bring (``samples.files.<system>.states``): what is computed, what is refused."""

import re
from collections.abc import Iterator, Mapping

from glassmap.io.sample_patterns import STATE, in_state, is_array, match_files, pair_by_name, split_archive
from glassmap.system import System
from glassmap.workflow.swap_source import NO_COOLING, from_swap

NO_SERIES = "your files are no cooling with inherent structures"


def clipped(text: str) -> str:
    """A value as it is told: at most 80 characters of it."""
    return text if len(text) <= 80 else text[:77] + "..."


def from_trajectories(config: Mapping, system: str) -> bool:
    """Whether the samples of a system are the users' own files."""
    samples = config["samples"]
    return samples["source"] == "files" and "states" in samples["files"].get(system, {})


def own_systems(config: Mapping) -> list[str]:
    """Names of the systems whose samples are the users' own files."""
    return [name for name in config["systems"] if from_trajectories(config, name)]


def has_potential(block: Mapping) -> bool:
    """Whether a system has a potential."""
    return "epsilon" in block and "cutoff" in block


def computed_parts(config: Mapping) -> list[str]:
    """Parts of the paper that are asked for and can be computed: of users' files and of swap those without a cooling.

    The dynamics need a potential and the key ``propensity`` of every system, T* energies along a cooling.
    """
    parts = config["papers"]["oyama2023"]
    own = own_systems(config)
    if not (own or from_swap(config)):
        return parts
    blocks = [config["systems"][name] for name in own]
    without = {"glass_transition"}
    if not all(has_potential(block) and "propensity" in block for block in blocks):
        without.add("dynamics")
    return [part for part in parts if part not in without]


def left_out(config: Mapping) -> str:
    """What users' files or swap Monte Carlo cannot say in a study, and why, in one line; empty for other studies.

    Parameters
    ----------
    config : mapping
        From `glassmap.workflow.config.resolve`.
    """
    own = own_systems(config)
    papers = config["papers"]
    if (papers["jung2023"] or papers["swanson2020"]) and not papers["oyama2023"]:
        return ""
    if not own:
        return f"T* ({NO_COOLING})" if from_swap(config) else ""
    lines = []
    if bare := [name for name in own if not has_potential(config["systems"][name])]:
        keys = " and ".join(f"systems.{name}" for name in bare)
        lines.append(f"potential energies, inherent structures and propensities (no epsilon and cutoff in {keys})")
    elif "dynamics" not in config["papers"]["oyama2023"]:
        lines.append("propensities (they need the part dynamics and propensity in every system)")
    return "; ".join([*lines, f"T* ({NO_SERIES})"])


def relations_of_files(config: Mapping) -> Iterator[str]:
    """Problems of ``samples.files`` that need no file to be seen."""
    for name, block in config["systems"].items():
        key = f"samples.files.{name}"
        files = config["samples"]["files"].get(name)
        if files is None:
            yield f"{key}: missing, must name the files of every system with samples.source: files"
            continue
        if ("snapshots" in files) == ("states" in files):
            got = "both" if "states" in files else "neither"
            yield f"{key}: got {got} of snapshots and states, must have one of them"
            continue
        if "states" not in files:
            for what in ("dynamics", "runs"):
                if what in files:
                    yield f"{key}.{what}: belongs to your own files (states), and the samples are snapshots"
            continue
        if sorted(files["states"]) != sorted(block["states"]):
            got, allowed = ", ".join(files["states"]), ", ".join(block["states"])
            yield f"{key}.states: got {clipped(got)}, must be the states of systems.{name}: {allowed}"
        if "inherent_energies" in files:
            yield f"{key}.inherent_energies: belongs to snapshots, and the samples are your own files (states)"
        yield from species_problems(key, files, name, block)
        if problem := _replica_problem(files["replica"]):
            yield f"{key}.replica: got {clipped(repr(files['replica']))}, {problem}"
        yield from _relations_of_dynamics(config, name)
    if own := own_systems(config):
        yield from _relations_of_own_files(config, own)


def species_problems(key: str, files: Mapping, system: str, block: Mapping) -> Iterator[str]:
    """Problems of the names that the species of a system have in files."""
    if "species" in files and sorted(files["species"]) != list(block["particles"]):
        got, allowed = ", ".join(files["species"]), ", ".join(block["particles"])
        yield f"{key}.species: got {clipped(got)}, must be the species of systems.{system}: {allowed}"


def _relations_of_own_files(config: Mapping, own: list[str]) -> Iterator[str]:
    blocks = config["systems"]
    if len(own) < len(blocks):
        yield "samples.files: got snapshots of some systems and states of others, must be the same for all"
    if not any(config["papers"].values()):
        yield f"papers.oyama2023: nothing is left of it; your own files (samples.files) leave out {left_out(config)}"
    with_potential = [name for name in own if has_potential(blocks[name])]
    if 0 < len(with_potential) < len(own):
        bare = next(name for name in own if name not in with_potential)
        yield (
            f"systems.{bare}.epsilon: missing, and systems.{with_potential[0]} has a potential; must have one in all "
            "systems or in none"
        )
    if config["configurations"]["input"] != "thermal" and len(with_potential) < len(own):
        yield (
            "configurations.input: got inherent_structures, which need epsilon and cutoff of every system; must be "
            "thermal without"
        )


def _relations_of_dynamics(config: Mapping, name: str) -> Iterator[str]:
    """Problems of the users' own dynamics of a system."""
    files = config["samples"]["files"][name]
    for quantity, source in files.get("dynamics", {}).items():
        key = f"samples.files.{name}.dynamics.{quantity}"
        if "networks" not in config["papers"]["oyama2023"]:
            yield f"{key}: is compared with the networks' maps, so papers.oyama2023 must have networks"
        if is_array(source) and any(split_archive(pattern) is not None for pattern in files["states"].values()):
            yield f"{key}: got {clipped(repr(source))}; of files in an archive it must be an array within them"


def variant_problems(base: Mapping, variant: Mapping) -> Iterator[str]:
    """What a variant of a study on users' files cannot change: which samples there are."""
    own = own_systems(base)
    if own and variant["configurations"] != base["configurations"]:
        yield "configurations: a variant cannot change it if the samples are your own files; the study can"
    for name in own:
        if variant["systems"][name]["states"] != base["systems"][name]["states"]:
            yield f"systems.{name}.states: a variant cannot change it if the samples are your own files"


def _replica_problem(replica: str) -> str | None:
    if replica in ("file", "frame"):
        return None
    try:
        groups = re.compile(replica).groups
    except re.error as error:
        return f"not a regular expression ({error})"
    return None if groups == 1 else "must be file, frame or a regular expression with one group ( )"


def one_replica_each(config: Mapping) -> bool:
    """Whether every sample is a replica of its own, as far as the settings of users' files tell; else files decide."""
    files = config["samples"]["files"]
    return all(
        files[name]["replica"] == "frame" or (files[name]["replica"], files[name]["frames"]) == ("file", "last")
        for name in own_systems(config)
    )


def problems_of_trajectories(config: Mapping, name: str) -> Iterator[str]:
    """Problems of the users' files of a system that are seen at a glance; jobs read the rest.

    Raises nothing: whatever is wrong with a file is a line.
    """
    from glassmap.io.trajectories.first_look import problems_at_a_glance  # heavy

    options, replicas = config["samples"]["files"][name], config["cooling"]["replicas"]
    system = System.from_config(name, config["systems"][name])
    state_of: dict[str, str] = {}
    for state, pattern in options["states"].items():
        key, files = f"samples.files.{name}.states.{state}", match_files(pattern)
        if not files:
            yield f"{key}: got {clipped(repr(pattern))}, no such file"
            continue
        if taken := [path for path in files if path in state_of]:
            yield f"{key}: got {clipped(repr(taken[0]))}, a file of {state_of[taken[0]]}; must be other files"
            continue
        state_of |= dict.fromkeys(files, state)
        is_glass = state == config["classifier"]["states"][1]
        for problem in problems_at_a_glance(system, files, options, with_dynamics=is_glass):
            yield f"{key}: {problem}"
        if options["frames"] == "last" and split_archive(pattern) is None and len(files) < replicas:
            yield f"{key}: got {len(files)} files, one sample each; cooling.replicas requires {replicas}"
        for given in options.get("runs", {}).get("files", []):
            if len(found := match_files(in_state(given, state))) != len(files):
                key = f"samples.files.{name}.runs.files"
                yield f"{key}: got {clipped(repr(given))}, {len(found)} files, must be {len(files)} as for {state}"
    for quantity, source in options.get("dynamics", {}).items():
        if not is_array(source):
            continue
        key, by_state = f"samples.files.{name}.dynamics.{quantity}", arrays_of_states(source, options, config)
        if not by_state:
            yield f"{key}: got {clipped(repr(source))}, no such file"
        for state, arrays in by_state.items():
            files = match_files(options["states"][state])
            if len(arrays) != len(files):
                yield (f"{key}: got {len(arrays)} arrays for the {len(files)} files of {state}, must be one for each")
            elif pair_by_name(files, options["states"][state], arrays, in_state(source, state)) is None:
                yield (
                    f"{key}: got {clipped(repr(source))}, whose names do not say which array belongs to which file of "
                    f"{state}; name them alike, or with the same numbers"
                )


def arrays_of_states(source: str, options: Mapping, config: Mapping) -> dict[str, list[str]]:
    """Files of an array of users' own dynamics, by state: of those that ``{state}`` finds, or of the glass.

    In the order of the files of the samples, if their names say so.
    """
    states = options["states"] if STATE in source else [config["classifier"]["states"][1]]
    found = {}
    for state in states:
        pattern = in_state(source, state)
        if arrays := match_files(pattern):
            samples = options["states"][state]
            found[state] = pair_by_name(match_files(samples), samples, arrays, pattern) or arrays
    return found
