"""A chain of swap Monte Carlo: one state is equilibrated, then gives structures that are independent of each other.

The structures of Jung, Biroli and Berthier (2023, supplement, Sec. I A) are five relaxation times tau_SWAP apart. A
chain runs in the same pieces whether it is interrupted or not, so a killed job goes on to bitwise identical results.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import xarray as xr

from glassmap.errors import GlassmapError, OutOfTime
from glassmap.io.schema import variable
from glassmap.seeds import derive_seed
from glassmap.simulation.checkpoints import fingerprint, read_checkpoint, write_checkpoint
from glassmap.simulation.swap import SwapState, potential_energy, run_swap
from glassmap.simulation.swap_protocol import FRAMES, RECORDS, ChainProtocol, SwapProtocol
from glassmap.simulation.wall_time import WallTime
from glassmap.system import System

LEVEL = np.exp(-1)  # that F_s falls to in the relaxation time
LAGS = 20  # of F_s in a window, logarithmic
# a lattice of particles in random order melts in this time (tau), hot and damped, since some of them overlap
MELTING, HOT = 2.0, SwapProtocol(temperature=2.0, time_step=0.001, friction=10.0)
SAVE_EVERY, SHARE_OF_SAVING = 60.0, 0.05  # seconds, and of the time; whichever is rarer
STATE_ARRAYS = ("position", "velocity", "species", "cycles", "attempted", "accepted")


@dataclass(frozen=True)
class Relaxation:
    """How relaxation is measured: functions of `glassmap.dynamics.relaxation`, a package above this one.

    Attributes
    ----------
    scattering : callable
        F_s from displacements, shape (N, d).
    time : callable
        When a function, from its times and values, shape (T,), falls to 1/e; NaN if it does not.
    """

    scattering: Callable[[np.ndarray], float]
    time: Callable[[np.ndarray, np.ndarray], float]

    def time_of(self, times: np.ndarray, values: np.ndarray) -> float:
        """Relaxation time, at least the first of the times; NaN if there is none."""
        return float(times[0] if values[0] <= LEVEL else self.time(times, values))


@dataclass(frozen=True)
class Chain:
    """One of the independent chains of a state.

    Attributes
    ----------
    system : System
    state : str
    index : int
    protocol : ChainProtocol
    base_seed : int
    """

    system: System
    state: str
    index: int
    protocol: ChainProtocol
    base_seed: int

    @property
    def seed(self) -> int:
        """Of all random numbers; the same whatever other chains there are."""
        return derive_seed(self.base_seed, self.system.name, "swap", self.state, self.index)

    @property
    def name(self) -> str:
        """Name of the chain in logs."""
        return f"{self.system.name} {self.state} (T = {self.protocol.swap.temperature:g}), chain {self.index}"

    def identity(self) -> dict:
        """All that the course of the chain depends on, not where it ends."""
        protocol = asdict(self.protocol)
        del protocol["structures"], protocol["longest_time"]
        return {**self.system.identity(), **protocol, "seed": self.seed}


@dataclass
class Progress:
    """All that a chain is continued from.

    Attributes
    ----------
    state : SwapState
    relaxation_time : float
        tau_SWAP, tau; NaN during the equilibration.
    window : int
        Windows of the equilibration so far.
    relaxation_time_of_window : float
        tau_SWAP in the last of them, tau; NaN if F_s did not fall to 1/e in it.
    frames, kinds : list of ndarray, shapes (N, d) and (N,)
        Unwrapped positions and species, of the present window or at the origin of F_s.
    time, energy : list of float
        Of every record so far, tau and epsilon* per particle.
    scattering : list of float
        F_s, `RECORDS` values for each structure.
    structures, structure_kinds : list of ndarray
        As ``frames`` and ``kinds``.
    seconds : float
        Spent so far.
    """

    state: SwapState
    relaxation_time: float = np.nan
    window: int = 0
    relaxation_time_of_window: float = np.nan
    frames: list = field(default_factory=list)
    kinds: list = field(default_factory=list)
    time: list = field(default_factory=list)
    energy: list = field(default_factory=list)
    scattering: list = field(default_factory=list)
    structures: list = field(default_factory=list)
    structure_kinds: list = field(default_factory=list)
    seconds: float = 0.0

    def arrays(self) -> dict:
        """For a checkpoint."""
        own = {name: np.array(getattr(self, name)) for name in self.__dataclass_fields__ if name != "state"}
        state = {f"state_{name}": getattr(self.state, name) for name in STATE_ARRAYS}
        return {**own, **state, "random": json.dumps(self.state.random.bit_generator.state)}

    @classmethod
    def from_arrays(cls, arrays: dict) -> "Progress":
        """Inverse of `arrays`."""
        generator = np.random.PCG64()
        generator.state = json.loads(str(arrays["random"]))
        state = {name: arrays[f"state_{name}"] for name in STATE_ARRAYS}
        state["cycles"] = int(state["cycles"])
        own = {
            name: arrays[name].item() if arrays[name].ndim == 0 else list(arrays[name])
            for name in cls.__dataclass_fields__
            if name != "state"
        }
        return cls(SwapState(**state, random=np.random.Generator(generator)), **own)


class _Run:
    """A chain that is run: advances it, and saves it from time to time."""

    def __init__(self, chain: Chain, relaxation: Relaxation, folder: Path, wall_time: WallTime):
        self.chain, self.relaxation, self.wall_time = chain, relaxation, wall_time
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.mark = folder / "chain.npz", fingerprint(chain.identity())
        saved = read_checkpoint(self.path, self.mark)
        self.continued = saved is not None
        self.progress = Progress(_melt(chain)) if saved is None else Progress.from_arrays(saved)
        self.saved, self.cost = time.monotonic(), 0.0

    def save(self) -> None:
        before = time.monotonic()
        write_checkpoint(self.path, self.mark, self.progress.arrays())
        self.saved = time.monotonic()
        self.cost = self.saved - before

    def save_if_due(self) -> None:
        if time.monotonic() - self.saved > max(SAVE_EVERY, self.cost / SHARE_OF_SAVING):
            self.save()

    def remember_frame(self) -> None:
        self.progress.frames.append(self.progress.state.position)
        self.progress.kinds.append(self.progress.state.species)

    def advance(self, cycles: int) -> None:
        """Run some cycles and record the energy."""
        progress, system, protocol = self.progress, self.chain.system, self.chain.protocol.swap
        self.wall_time.begin(cycles)
        before = time.perf_counter()
        progress.state = run_swap(system, protocol, progress.state, cycles)
        progress.energy.append(potential_energy(system, progress.state) / system.number_of_particles)
        progress.time.append(progress.state.cycles * protocol.cycle_time)
        elapsed = time.perf_counter() - before
        progress.seconds += elapsed
        self.wall_time.record(cycles, elapsed)

    def check_length(self) -> None:
        """Refuse a window that would end after the longest time; the first, or one that is given, is never too long."""
        protocol, progress = self.chain.protocol, self.progress
        end = progress.state.cycles * protocol.swap.cycle_time + protocol.length_of_window(progress.window)
        if protocol.relaxation_time is not None or end <= protocol.longest_time:
            return
        last, found = protocol.length_of_window(progress.window - 1), progress.relaxation_time_of_window
        measured = f"more than {last / 4:g}" if np.isnan(found) else f"{found:.3g}"
        raise GlassmapError(
            f"{self.chain.name}: not equilibrated within swap.longest_time ({protocol.longest_time:g} tau): the "
            f"relaxation time is {measured} tau in the last window of {last:g} tau, which must last "
            f"{protocol.equilibration:g} of them (swap.equilibration); raise systems.{self.chain.system.name}.states."
            f"{self.chain.state}, or swap.longest_time to {end:.0f} or more, and the chain goes on"
        )

    def equilibrate(self) -> None:
        """Windows of the equilibration, until one has lasted long enough."""
        progress, protocol = self.progress, self.chain.protocol
        while np.isnan(progress.relaxation_time):
            interval = protocol.interval_of_window(progress.window)
            length = protocol.length_of_window(progress.window)
            if not progress.frames:
                self.check_length()
                self.remember_frame()
            while len(progress.frames) <= FRAMES:
                self.advance(interval)
                self.remember_frame()
                self.save_if_due()
            found = protocol.relaxation_time
            if found is None:
                lags, values = scattering_of_window(progress.frames, progress.kinds, self.relaxation.scattering)
                found = self.relaxation.time_of(lags * interval * protocol.swap.cycle_time, values)
            progress.window += 1
            progress.relaxation_time_of_window = found
            progress.frames, progress.kinds = [], []
            # in the first window the liquid has just been quenched, and still moves fast
            long_enough = progress.window > 1 and length >= protocol.equilibration * found
            if protocol.relaxation_time is not None or long_enough:
                progress.relaxation_time = found
            self.save_if_due()

    def sample(self, report: Callable[[str], None]) -> None:
        """Structures after each other, with F_s from each to the next."""
        progress, protocol = self.progress, self.chain.protocol
        interval = protocol.interval_of_records(progress.relaxation_time)
        while len(progress.structures) < protocol.structures:
            if not progress.frames:
                self.remember_frame()
            for _ in range(len(progress.scattering) - RECORDS * len(progress.structures), RECORDS):
                self.advance(interval)
                moved = _displacements(progress.frames[0], progress.state.position, progress.kinds[0])
                progress.scattering.append(float(self.relaxation.scattering(moved)))
                self.save_if_due()
            progress.structures.append(progress.state.position)
            progress.structure_kinds.append(progress.state.species)
            progress.frames, progress.kinds = [], []
            report(f"{self.chain.name}: {len(progress.structures)} of {protocol.structures} structures")
            self.save_if_due()


def run_chain(
    chain: Chain,
    relaxation: Relaxation,
    folder: Path,
    wall_time: WallTime,
    report: Callable[[str], None] = lambda line: None,
) -> Progress:
    """Equilibrate a chain and take its structures, from where it was saved last.

    Parameters
    ----------
    chain : Chain
    relaxation : Relaxation
    folder : Path
        Holds ``chain.npz``, from which the chain goes on; one of another system, protocol or seed is not used.
    wall_time : WallTime
    report : callable
        Called with one line of progress per structure.

    Returns
    -------
    Progress

    Raises
    ------
    GlassmapError
        If the state is not equilibrated within ``longest_time``, or particles fly apart.
    OutOfTime
        If the job's wall time is too short. In both cases what has been done is kept.
    """
    run = _Run(chain, relaxation, folder, wall_time)
    progress = run.progress
    if run.continued:
        done = f"{len(progress.structures)} of {chain.protocol.structures} structures"
        report(f"{chain.name}: goes on after {chain.protocol.swap.cycle_time * progress.state.cycles:g} tau, {done}")
    try:
        run.equilibrate()
        report(f"{chain.name}: relaxation time {progress.relaxation_time:.3g} tau")
        run.sample(report)
    except OutOfTime:
        run.save()
        done = f"{len(progress.structures)} of {chain.protocol.structures} structures"
        raise OutOfTime(
            f"{chain.name}: ended before its wall time with {done}; the next attempt goes on from here"
        ) from None
    except GlassmapError:
        run.save()
        raise
    return progress


def scattering_of_window(
    frames: list[np.ndarray], kinds: list[np.ndarray], scattering: Callable[[np.ndarray], float]
) -> tuple[np.ndarray, np.ndarray]:
    """F_s of the A particles, averaged over all origins in a window.

    Parameters
    ----------
    frames, kinds : list of ndarray, shapes (N, d) and (N,)
        Unwrapped positions (sigma*) and species at equal intervals. A particle counts if it is A at the origin.
    scattering : callable
        Of `Relaxation`.

    Returns
    -------
    lags : ndarray of int, shape (L,)
        In intervals, up to a quarter of the window.
    values : ndarray, shape (L,)
    """
    lags = np.unique(np.geomspace(1, (len(frames) - 1) // 4, LAGS).astype(int))
    values = [
        np.mean(
            [
                scattering(_displacements(frames[origin], frames[origin + lag], kinds[origin]))
                for origin in range(len(frames) - lag)
            ]
        )
        for lag in lags
    ]
    return lags, np.array(values)


def _displacements(first: np.ndarray, later: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Of the particles that were A, without the drift of the whole."""
    moved = later - first
    return (moved - moved.mean(axis=0))[kinds == 0]


def _melt(chain: Chain) -> SwapState:
    """A hot liquid, from a lattice with particles of all species in random order."""
    system, temperature = chain.system, chain.protocol.swap.temperature
    hot = replace(HOT, temperature=max(HOT.temperature, temperature))
    side = int(np.ceil(system.number_of_particles ** (1 / system.dimension) - 1e-9))
    order = np.random.default_rng([chain.seed, 1]).permutation(side**system.dimension)[: system.number_of_particles]
    sites = np.stack(np.unravel_index(order, (side,) * system.dimension), axis=-1) * (system.box_length / side)
    state = SwapState.start(sites, system.species, hot.temperature, chain.seed)
    melted = run_swap(system, hot, state, hot.cycles(MELTING))
    none = np.zeros_like(state.attempted)
    return replace(melted, cycles=0, attempted=none, accepted=none.copy())


def chain_dataset(chain: Chain, progress: Progress, relaxation: Relaxation) -> xr.Dataset:
    """Content of ``swap/<state>/chain-<c>.nc``.

    Exchanges change the species of particles where they are, so the particles of a structure are sorted by species;
    their order within a species has no meaning. A chain that was interrupted may have gone further than is asked for
    now: what follows the last structure is left out.
    """
    system, protocol, state = chain.system, chain.protocol, progress.state
    wanted = RECORDS * protocol.structures
    records = len(progress.energy) - max(len(progress.scattering) - wanted, 0)
    kinds = progress.structure_kinds[: protocol.structures]
    order = np.argsort(kinds, axis=1, kind="stable")
    position = np.take_along_axis(np.array(progress.structures[: protocol.structures]), order[..., None], axis=1)
    scattering = np.reshape(progress.scattering[:wanted], (-1, RECORDS))
    interval = protocol.interval_of_records(progress.relaxation_time) * protocol.swap.cycle_time
    lags = interval * np.arange(1, RECORDS + 1)
    found = relaxation.time_of(lags, scattering.mean(axis=0))
    first, second = np.triu_indices(len(system.counts), 1)
    pairs = [system.species_names[a] + system.species_names[b] for a, b in zip(first, second, strict=True)]
    return xr.Dataset(
        {
            "position": variable(
                ("structure", "particle", "axis"), system.box.wrap(position), "sigma*", "positions, wrapped into [0, L)"
            ),
            "species": variable(("particle",), system.species, "1", "species, 0 = A, 1 = B, ..."),
            "box_length": variable((), system.box_length, "sigma*", "side L of the periodic box"),
            "potential_energy": variable(
                ("record",),
                np.array(progress.energy[:records]),
                "epsilon*",
                "potential energy per particle along the chain",
            ),
            "time": variable(
                ("record",), np.array(progress.time[:records]), "tau", "time since the chain was quenched"
            ),
            "scattering": variable(
                ("structure", "lag"), scattering, "1", "F_s of the A particles on the way to the structure"
            ),
            "relaxation_time": variable(
                (), progress.relaxation_time, "tau", "tau_SWAP by which the structures were spaced"
            ),
            "relaxation_time_of_structures": variable((), found, "tau", "tau_SWAP while the structures were taken"),
            "attempted": variable(("pair",), state.attempted[first, second], "1", "exchanges attempted"),
            "accepted": variable(("pair",), state.accepted[first, second], "1", "exchanges accepted"),
            "seed": variable((), chain.seed, "1", "seed of the chain"),
            "wall_time": variable((), progress.seconds, "s", "time that the chain took"),
        },
        coords={
            "lag": variable(("lag",), lags, "tau", "time of F_s"),
            "pair": variable(("pair",), np.array(pairs), "1", "species of the two particles"),
        },
        attrs={"temperature": protocol.swap.temperature, "chain": chain.index},
    )
