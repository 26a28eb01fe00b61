"""How swap Monte Carlo is run. Imports quickly, since validating the configuration needs it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SKIN = 0.3  # sigma*, of the neighbour lists
FIRST_WINDOW = 20.0  # tau, of the equilibration; each further one is twice as long
FRAMES = 200  # of a window
RECORDS = 20  # of the energy and F_s, from one structure to the next


@dataclass(frozen=True)
class SwapProtocol:
    """Molecular dynamics with exchanges (Jung, Biroli and Berthier 2023, supplement, Sec. I A).

    Attributes
    ----------
    temperature : float
        epsilon*.
    time_step : float
        tau.
    friction : float
        Of the Langevin thermostat, 1/tau. The paper's is of Nose and Hoover; both sample the canonical ensemble.
    steps_between : int
        Steps of molecular dynamics between two phases of exchanges.
    attempts_per_particle : float
        Exchanges attempted in a phase; the paper's 2100 of 1290 particles.
    """

    temperature: float
    time_step: float = 0.01
    friction: float = 0.1
    steps_between: int = 10
    attempts_per_particle: float = 2100 / 1290

    def attempts(self, number: int) -> int:
        """Exchanges attempted in a phase of a system of ``number`` particles."""
        return max(1, round(self.attempts_per_particle * number))

    @property
    def cycle_time(self) -> float:
        """Length of a cycle of dynamics and exchanges, tau."""
        return self.steps_between * self.time_step

    def cycles(self, time: float) -> int:
        """Number of cycles that last at least ``time`` (tau)."""
        return int(np.ceil(time / self.cycle_time - 1e-9))


@dataclass(frozen=True)
class ChainProtocol:
    """How a chain is equilibrated and sampled; keys and units as under ``swap:`` in the configuration.

    A chain without a given ``relaxation_time`` measures its own: it runs in windows, each twice as long as the one
    before, until one after the first has lasted ``equilibration`` times the relaxation time that it shows. A quenched
    liquid relaxes the more slowly the longer it has relaxed, so a window that long is seen only where this has ended.
    Given or not, the structures that follow must be stationary (`glassmap.simulation.swap_samples`).

    Attributes
    ----------
    swap : SwapProtocol
    equilibration, spacing : float
        In relaxation times: before the first structure, and from one structure to the next.
    relaxation_time : float or None
        tau_SWAP, tau; None to measure it.
    longest_time : float
        The equilibration ends in a refusal if it would last longer, tau.
    structures : int
    """

    swap: SwapProtocol
    equilibration: float
    spacing: float
    relaxation_time: float | None
    longest_time: float
    structures: int

    @classmethod
    def from_config(cls, settings: Mapping) -> "ChainProtocol":
        """Build from `glassmap.workflow.study.StudyPlan.chain_settings`."""
        own = {name: settings[name] for name in cls.__dataclass_fields__ if name != "swap"}
        return cls(SwapProtocol(**{name: settings[name] for name in SwapProtocol.__dataclass_fields__}), **own)

    def interval_of_window(self, window: int) -> int:
        """Cycles between two frames of a window of the equilibration."""
        if self.relaxation_time is None:
            return self.swap.cycles(FIRST_WINDOW * 2**window / FRAMES)
        return self.swap.cycles(self.equilibration * self.relaxation_time / FRAMES)

    def length_of_window(self, window: int) -> float:
        """Length of a window of the equilibration, tau."""
        return FRAMES * self.interval_of_window(window) * self.swap.cycle_time

    def interval_of_records(self, relaxation_time: float) -> int:
        """Cycles between two records while structures are taken."""
        return self.swap.cycles(self.spacing * relaxation_time / RECORDS)

    @property
    def longest_run(self) -> float:
        """The most that a chain can take, tau."""
        if self.relaxation_time is None:
            return self.longest_time * (1 + self.structures * self.spacing / (2 * self.equilibration))
        return (self.equilibration + self.structures * self.spacing) * self.relaxation_time
